"""Histories of every manner, paged backwards, against the bars of all there ever was."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin import backfill, venues
from livefin.backfill import Backfill, bars_of, has
from livefin.errors import MessageError
from livefin.events import Bar, Trade
from livefin.folding import NAMES, Seam, fold_bars, fold_trades, rows_of
from livefin.venues.contract import Subscription, Venue

S = 1_000_000_000
TRADES, BARS = Subscription("trades", "A-B"), Subscription("bars:1s", "A-B")


def trade(id_, ts, price=1.0, size=1.0):
    return Trade("A-B", ts, 0, price, size, "buy", id_)


def bar(start, close=1.0, *, closed=True):
    return Bar("A-B", start, 0, "1s", 1.0, 2.0, 0.5, close, 3.0, 4, closed)


class Archive(Venue):
    """A venue with a history, `page` events at a time, found by "ids", "times" or not at all."""

    name = "archive"
    channels = ("trades", "bars")
    example = "A-B"

    def __init__(self, events, *, page=5, by="times", newest_first=False, beyond=0, numbered=True):
        self.events, self.page, self.by = events, page, by
        self.trade_ids_contiguous, self.history_newest_first = numbered, newest_first
        self.beyond = beyond
        self.urls = []

    def history_url(self, sub, span):
        if sub not in (TRADES, BARS):
            return None
        ids = [span.first, span.last] if self.by == "ids" else [None, None]
        times = [span.start, span.end] if self.by == "times" else [0, 0]
        return json.dumps([*times, *ids])

    def get(self, url):
        self.urls.append(url)
        start, end, first, last = json.loads(url)
        there = self.events
        if self.by == "ids":
            there = [e for e in there if first <= e.id <= last]
        elif self.by == "times":
            there = [e for e in there if start <= e.ts_event <= end]
        cut = there[-self.page :] if self.newest_first or self.by == "page" else there[: self.page]
        if cut and self.beyond:
            i, j = self.events.index(cut[0]), self.events.index(cut[-1])
            cut = self.events[max(0, i - self.beyond) : j + 1 + self.beyond]
        return cut

    @property
    def newest_first(self):
        return self.history_newest_first

    def parse_history(self, sub, body, ts_recv):
        return body


def run(fill, venue, now=0):
    while (url := fill.url()) is not None:
        fill.take(venue.get(url), now)
    return fill.rows()


def folded(trades, interval):
    return fold_trades(
        np.array([t.ts_event for t in trades], "i8"),
        np.array([t.price for t in trades], "f8"),
        np.array([t.size for t in trades], "f8"),
        interval,
    )


def same(rows, wanted):
    for name in NAMES:
        np.testing.assert_allclose(rows[name], wanted[name])


TIMES = st.lists(st.integers(0, 400), max_size=60).map(sorted)
MANNER = st.fixed_dictionaries(
    {"page": st.integers(4, 30), "newest_first": st.booleans(), "beyond": st.integers(0, 3)}
)


@given(TIMES, MANNER, st.sampled_from(["ids", "times"]), st.integers(1, 12), st.integers(100, 400))
def test_trades_are_paged_back_to_whole_bars_without_a_hole(times, manner, by, bars, end):
    # Of one time there may be no more than a page holds, or they could not be turned.
    times = [t for i, t in enumerate(times) if times[max(0, i - 3) : i + 1].count(t) < 3]
    trades = [trade(n, ts * S, float(n), n / 4) for n, ts in enumerate(times, 1)]
    before = [t for t in trades if t.ts_event < end * S]
    venue = Archive(trades, by=by, **manner)
    start = max(0, end - bars * 10) // 10 * 10
    last = len(before) if by == "ids" else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backfill, "MOST_REQUESTS", 10_000)
        patch.setattr(backfill, "IDS", 7)
        fill = Backfill(venue, TRADES, 10 * S, start=start * S, end=end * S, last=last)
        rows = run(fill, venue)
    wanted = folded(before, 10 * S)
    count = len(rows["start"])
    same(rows, {name: wanted[name][len(wanted["start"]) - count :] for name in NAMES})
    assert count >= np.sum(wanted["start"] >= start * S)
    if last and count:
        first = next(t.id for t in before if t.ts_event >= rows["start"][0])
        assert fill.id_before(int(rows["start"][0])) == first - 1


@given(TIMES, MANNER, st.sampled_from([1, 4]), st.integers(1, 12), st.integers(100, 400))
def test_bars_are_paged_back_and_made_of_shorter_ones(times, manner, ratio, bars, end):
    all_bars = [bar(ts * S, float(ts)) for ts in sorted(set(times))]
    end = end // ratio * ratio
    before = [b for b in all_bars if b.ts_event < end * S]
    venue = Archive(all_bars, **manner)
    start = max(0, end - bars * ratio)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backfill, "MOST_REQUESTS", 10_000)
        rows = run(Backfill(venue, BARS, ratio * S, start=start * S, end=end * S), venue)
    wanted = fold_bars(rows_of(before, S), ratio * S)
    count = len(rows["start"])
    same(rows, {name: wanted[name][len(wanted["start"]) - count :] for name in NAMES})
    assert count >= np.sum(wanted["start"] >= start * S)
    if before and end - before[-1].ts_event / S < 32:
        assert count  # where there is nothing it looks further back


@given(TIMES, MANNER, st.integers(1, 8), st.booleans())
def test_what_is_found_before_it_ends_early_has_no_hole(times, manner, requests, fails):
    all_bars = [bar(ts * S, float(ts)) for ts in sorted(set(times))]
    venue = Archive(all_bars, **manner)
    fill = Backfill(venue, BARS, 2 * S, start=0, end=400 * S)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backfill, "MOST_REQUESTS", requests)
        while (url := fill.url()) is not None:
            if fails and fill.requests == requests:
                break  # the last one is never answered
            fill.take(venue.get(url), 0)
    assert fill.requests <= requests
    rows = fill.rows()
    wanted = fold_bars(rows_of([b for b in all_bars if b.ts_event < 400 * S], S), 2 * S)
    same(rows, {n: wanted[n][len(wanted["start"]) - len(rows["start"]) :] for n in NAMES})


def test_a_dense_market_takes_no_more_requests_than_pages():
    venue = Archive([bar(n * S) for n in range(500)], page=100)
    rows = run(Backfill(venue, BARS, S, start=100 * S, end=400 * S), venue)
    assert len(rows["start"]) == 300
    assert len(venue.urls) == 3


def test_ids_are_asked_for_in_pieces_before_the_first_that_is_held():
    venue = Archive([trade(n, n * S) for n in range(1, 5_000)], by="ids", page=1_000)
    rows = run(Backfill(venue, TRADES, S, start=3_500 * S, end=4_000 * S, last=3_999), venue)
    assert rows["start"][-1] == 3_999 * S
    assert rows["start"][0] <= 3_500 * S
    assert [json.loads(url)[2:] for url in venue.urls] == [[3_000, 3_999]]


def test_a_history_that_is_one_page_is_asked_for_once():
    venue = Archive([trade(n, n * S // 3) for n in range(100)], by="page", page=50)
    rows = run(Backfill(venue, TRADES, S, start=0, end=30 * S), venue)
    assert len(venue.urls) == 1
    assert rows["start"].tolist() == [s * S for s in range(17, 30)]  # the 16th began before
    assert set(rows["trades"].tolist()) == {3}


def test_an_end_of_history_is_found_after_some_empty_stretches():
    venue = Archive([bar(100_000 * S)])
    fill = Backfill(venue, BARS, S, start=99_000 * S, end=100_000 * S)
    assert len(run(fill, venue)["start"]) == 0
    assert len(venue.urls) == backfill.EMPTY
    venue.urls.clear()
    near = Backfill(venue, BARS, S, start=99_000 * S, end=100_000 * S, further=False)
    assert len(run(near, venue)["start"]) == 0
    assert len(venue.urls) == 1


def test_the_first_trade_there_ever_was_is_the_end():
    venue = Archive([trade(n, n * S) for n in range(1, 6)], by="ids")
    fill = Backfill(venue, TRADES, 2 * S, start=0, end=6 * S, last=5)
    assert run(fill, venue)["trades"].tolist() == [1, 2, 2]
    assert run(Backfill(venue, TRADES, S, start=0, end=S, last=0), venue)["trades"].tolist() == []


def test_bars_that_open_off_the_grid_are_left_out():
    venue = Archive([bar(n * S + n % 2) for n in range(10)], page=99)
    rows = run(Backfill(venue, BARS, S, start=0, end=10 * S), venue)
    assert rows["start"].tolist() == [0, 2 * S, 4 * S, 6 * S, 8 * S]


def test_a_page_that_cannot_be_read_ends_it():
    class Broken(Archive):
        def parse_history(self, sub, body, ts_recv):
            raise MessageError("broken")

    venue = Broken([])
    fill = Backfill(venue, BARS, S, start=0, end=S)
    fill.url()
    with pytest.raises(MessageError):
        fill.take(b"", 0)
    assert fill.url() is None
    assert len(fill.rows()["start"]) == 0


@pytest.mark.parametrize(
    ("bars", "now", "seam"),
    [
        ([bar(10 * S)], 11 * S, Seam.WHOLE),
        ([bar(10 * S)], 10 * S, Seam.SO_FAR),
        ([bar(10 * S, closed=False)], 11 * S, Seam.SO_FAR),
        ([], 10 * S, Seam.WHOLE),
    ],
)
def test_how_it_completes_the_first_bar_of_our_own(bars, now, seam):
    venue = Archive(bars)
    fill = Backfill(venue, BARS, S, start=0, end=11 * S)
    run(fill, venue, now)
    assert fill.seam(10 * S, now) is seam
    assert Backfill(venue, TRADES, S, start=0, end=S).seam(0, now) is Seam.REST


@pytest.mark.parametrize("name", venues.HOMES)
def test_every_venue_is_asked_without_a_mistake(name):
    venue = venues.get(name)
    for seconds in (1, 5, 60, 300, 3_600, 86_400, 604_800):
        sub = bars_of(venue, venue.example, seconds * S) or Subscription("trades", venue.example)
        if has(venue, sub):
            start, end = 1_700_000_000 * S, 1_700_604_800 * S
            fill = Backfill(venue, sub, seconds * S, start=start, end=end, last=9_999)
            assert fill.url().startswith("http")


def test_the_longest_bars_that_make_up_those_wanted_are_asked_for():
    spelled = {s: bars_of(venues.get("binance"), "BTC-USDT", s * S) for s in (1, 5, 60, 600, 7_200)}
    assert {s: sub.channel for s, sub in spelled.items()} == {
        1: "bars:1s", 5: "bars:1s", 60: "bars:1m", 600: "bars:5m", 7_200: "bars:2h"
    }  # fmt: skip
    assert bars_of(venues.get("kraken"), "BTC-USD", S) is None
    assert not has(venues.get("kraken"), Subscription("bars:1s", "BTC-USD"))

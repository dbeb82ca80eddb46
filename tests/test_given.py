"""Events as a person gives them: what is filled in, what is converted, what is refused."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import LivefinError
from livefin.events import (
    AggTrade,
    Bar,
    BookDelta,
    BookSnapshot,
    Funding,
    OrderDelta,
    OrderEvent,
    Quote,
    Rate,
    Status,
    Ticker,
    Trade,
)
from livefin.given import HISTORY, EventError, to_event, to_events, to_id, to_ns

NOW = 1_700_000_000_000_000_000
NAN = float("nan")
S = 10**9


def complaint(one):
    with pytest.raises(EventError) as caught:
        to_events(one, NOW)
    assert isinstance(caught.value, LivefinError)
    return str(caught.value)


@pytest.mark.parametrize(
    "event",
    [
        Trade("A", NOW, NOW, 1.0, 2.0, "buy", 3),
        Trade("S&P 500", NOW, NOW, -1.5, 0.0),
        AggTrade("A", NOW, NOW, 1.0, 2.0, "sell", 3, 1, 2),
        Quote("A", NOW, NOW, 1.0, 2.0, 3.0, 4.0, 5),
        BookSnapshot("A", NOW, NOW, [(1.0, 2.0)], [], 7, 5, ([("1.0", "2.0")], [])),
        BookDelta("A", NOW, NOW, [(1.0, 0.0)], [], 7, 8, 6),
        OrderDelta("A", NOW, NOW, [OrderEvent("A", NOW, NOW, "add", "x", "buy", 1.0, 2.0)], 1, 1),
        Bar("A", NOW, NOW, "1m", 1.0, 2.0, 0.5, 1.5, 9.0, 3, closed=False),
        Rate("A", NOW, NOW, -0.5),
        Funding("A", NOW, NOW, 0.0001),
        Status("error", NOW, "A", detail="mine"),
    ],
)
def test_a_sound_event_stays_as_it_is(event):
    assert to_events(event, NOW) == [event]


@pytest.mark.parametrize(
    "event", [Quote("A", NOW, NOW, NAN, NAN, 1.0, 1.0), Ticker("A", NOW, NOW, *[NAN] * 5)]
)
def test_what_may_be_unknown_may_be_nan(event):
    assert repr(to_event(event, NOW)) == repr(event)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"price": 1}, Trade),
        ({"bid": 1, "ask": 2}, Quote),
        ({"bids": [], "asks": []}, BookSnapshot),
        ({"bids": [], "asks": [], "sequence": 7}, BookSnapshot),
        ({"bids": [], "asks": [], "last": 7}, BookDelta),
        ({"open": 1, "high": 2, "low": 1, "close": 2, "interval": "1m"}, Bar),
        ({"rate": 1}, Rate),
    ],
)
def test_a_mapping_is_told_by_its_fields(fields, kind):
    event = to_event({"symbol": "A", **fields}, NOW)
    assert type(event) is kind
    assert (event.ts_event, event.ts_recv) == (NOW, NOW)


def test_what_a_mapping_leaves_out():
    assert to_event({"symbol": "A", "price": 1}, NOW).size == 0.0
    assert np.isnan(to_event({"symbol": "A", "bid": 1, "ask": 2}, NOW).bid_size)
    bar = {"symbol": "A", "open": 1, "high": 2, "low": 1, "close": 2, "interval": "1m"}
    assert to_event(bar, NOW).closed


@pytest.mark.parametrize(
    "price", ["10.5", 10.5, Decimal("10.5"), np.float64(10.5), np.float32(10.5)]
)
def test_numbers_of_every_kind(price):
    assert to_event({"symbol": "A", "price": price}, NOW).price == 10.5
    assert to_event(Trade("A", None, None, price, np.int64(2)), NOW).size == 2.0


@pytest.mark.parametrize(
    "levels",
    [
        [("10.5", "2")],
        [[10.5, 2]],
        ((np.float64(10.5), np.float64(2)),),
        np.array([[10.5, 2.0]]),
        [{"price": "10.5", "size": "2"}],
    ],
)
def test_levels_of_every_kind(levels):
    assert to_event(BookSnapshot("A", 0, 0, levels, []), NOW).bids == [(10.5, 2.0)]


def test_sides_in_any_case():
    sides = [to_event(Trade("A", 0, 0, 1.0, 1.0, side), NOW).side for side in ("Buy", "SELL", None)]
    assert sides == ["buy", "sell", None]


# Times

MOMENT = 1_618_678_262_712_345_678


@pytest.mark.parametrize(
    "value",
    [
        MOMENT,
        np.int64(MOMENT),
        str(MOMENT),
        np.datetime64(MOMENT, "ns"),
        pd.Timestamp(MOMENT, tz="UTC"),
        pd.Timestamp(MOMENT, tz="UTC").tz_convert("Asia/Tokyo"),
        "2021-04-17T16:51:02.712345678Z",
        "2021-04-17 18:51:02.712345678+02:00",
    ],
)
def test_times_to_the_nanosecond(value):
    assert to_ns(value) == MOMENT


@pytest.mark.parametrize(
    ("value", "ns"),
    [
        (1_618_678_262, 1_618_678_262 * S),
        (1_618_678_262.5, 1_618_678_262_500_000_000),
        ("1618678262.5", 1_618_678_262_500_000_000),
        (1_618_678_262_712, 1_618_678_262_712_000_000),
        (1_618_678_262_712.0, 1_618_678_262_712_000_000),
        (1_618_678_262_712_345, 1_618_678_262_712_345_000),
        (datetime(2021, 4, 17, 16, 51, 2, 712, tzinfo=UTC), 1_618_678_262_000_712_000),
        (datetime(2021, 4, 17, 18, 51, 2, tzinfo=timezone(timedelta(hours=2))), 1_618_678_262 * S),
        ("2021-04-17", 1_618_617_600 * S),
    ],
)
def test_times_of_every_unit(value, ns):
    assert to_ns(value) == ns


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (datetime(2021, 4, 17), "no time zone"),  # noqa: DTZ001 - that is the mistake
        (pd.Timestamp("2021-04-17"), "no time zone"),
        (pd.NaT, "missing"),
        (NAN, "missing"),
        (np.datetime64("NaT"), "missing"),
        (12.5, "no time after 1973"),
        (-1, "no time after 1973"),
        (2**63, "no time after 1973"),
        (float("inf"), "no time after 1973"),
        (True, "no time"),
        ("noon", "no ISO 8601 time"),
        (np.array([1, 2]), "several times"),
        ([1], "no time"),
        (datetime(1960, 1, 1, tzinfo=UTC), "1970 to 2262"),
        (datetime(2500, 1, 1, tzinfo=UTC), "1970 to 2262"),
    ],
)
def test_what_is_no_time(value, why):
    with pytest.raises(EventError, match=why):
        to_ns(value)


@given(st.integers(10**8, 10**11 - 1), st.sampled_from([1, 10**3, 10**6, 10**9]))
def test_the_unit_is_told_by_the_size(seconds, per_second):
    if seconds * S < 2**63:
        assert to_ns(seconds * per_second) == seconds * S


def test_an_events_own_time_is_in_nanoseconds_only():
    assert "looks like seconds" in complaint(Trade("A", 1_618_678_262, 0, 1.0, 1.0))
    assert "int(ts_event * 1_000_000)" in complaint(Trade("A", 1_618_678_262_712.5, 0, 1.0, 1.0))
    assert "ts_recv is 1618678262, which looks like seconds" in complaint(
        Trade("A", NOW, 1_618_678_262, 1.0, 1.0)
    )


def test_history_is_no_lag():
    def received(ts_event, **options):
        return to_event({"symbol": "A", "rate": 1, "time": ts_event}, NOW, **options).ts_recv

    assert received(NOW - HISTORY + 1) == NOW
    assert received(NOW - HISTORY) == NOW - HISTORY
    assert received(NOW - HISTORY, arrived=True) == NOW


# Mistakes


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (Trade(None, 0, 0, 1.0, 1.0), "Trade: symbol is None; expected str, got null"),
        (Trade("", 0, 0, 1.0, 1.0), "symbol is ''; it is a text of 1 to 64 letters"),
        (Trade("A" * 65, 0, 0, 1.0, 1.0), "it is a text of 1 to 64"),
        (Trade("A\n", 0, 0, 1.0, 1.0), "it is a text of 1 to 64"),
        (Trade("A", 0, 0, NAN, 1.0), "Trade: price is nan"),
        (Trade("A", 0, 0, "inf", 1.0), "Trade: price is inf"),
        (Trade("A", 0, 0, None, 1.0), "Trade: price is None; expected float, got null"),
        (Trade("A", 0, 0, True, 1.0), "Trade: price is True; expected float, got bool"),
        (Trade("A", 0, 0, 1.0, -1.0), 'below 0; the side says which way: side="sell"'),
        (Trade("A", 0, 0, 1.0, 1.0, "ask"), "side is 'ask'; say \"buy\" or \"sell\", the taker's"),
        (Trade("A", 0, 0, 1.0, 1.0, None, 1.5), "id is 1.5; it is a whole number or a text"),
        (Quote("A", 0, 0, 1.0, float("inf"), 1.0, 1.0), "Quote: bid_size is inf"),
        (Rate("A", 0, 0, NAN), "Rate: rate is nan"),
        (BookSnapshot("A", 0, 0, [(1, 2, 3)], []), "bids hold [1, 2, 3]; a level is (price, size)"),
        (BookSnapshot("A", 0, 0, [{"p": 1}], []), "bids hold {'p': 1}; a level is"),
        (BookSnapshot("A", 0, 0, [(1, -2)], []), "(1.0, -2.0) is no level"),
        (BookSnapshot("A", 0, 0, [(NAN, 2)], []), "is no level"),
        (BookSnapshot("A", 0, 0, None, []), "bids is None; expected array"),
        ({"symbol": "A"}, "the keys 'symbol' is no event: a trade has price"),
        ({}, "the keys none is no event"),
        ({"price": 1}, "a Trade needs symbol"),
        ({"symbol": "A", "price": 1, "qty": 1, "n": 2}, "a Trade has no 'qty', 'n'; it has:"),
        ({"symbol": "A", "open": 1, "high": 1, "low": 1, "close": 1}, "a Bar needs interval"),
        (Status("nonsense", 0), "Status: kind is 'nonsense'"),
        ("A", "'A' (str) is no event: give one such as lf.Trade"),
        (("A", 1.0, 2.0), "'A' (str) is no event"),
        (pd.DataFrame({"price": [1]}), "'price' (str) is no event"),
        (object, "is no event"),
    ],
)  # fmt: skip
def test_mistakes_are_named(one, why):
    assert why in complaint(one)


class Shy:
    def __repr__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    "value", [Shy(), 10**6_000, -(10**6_000), "x" * 10**6], ids=["shy", "huge", "low", "long"]
)
@pytest.mark.parametrize("name", ["price", "symbol", "time", "side", "id", "size"])
def test_a_mistake_that_cannot_be_shown_is_one_all_the_same(name, value):
    assert len(complaint({"symbol": "A", "price": 1, name: value})) < 300


def test_ids():
    same = [7, "7", np.int64(7)]
    assert [to_id(one) for one in same] == [7, 7, 7]
    assert [to_id(one) for one in (None, "007", "a-7", 10**18 - 1)] == [
        None,
        "007",
        "a-7",
        10**18 - 1,
    ]
    assert to_id(100182534526255757567432481) == "100182534526255757567432481"
    for one in (1.5, True, [], "", "x" * 129, 10**200, 10**6_000):
        with pytest.raises(EventError, match="id is"):
            to_id(one)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    ),
    st.sampled_from(["price", "time", "side", "id", "size", "symbol", "bids", "rate", "bid"]),
)
def test_whatever_is_given_it_is_events_or_an_event_error(value, name):
    for one in (
        value,
        {"symbol": "A", "price": 1, name: value},
        {"symbol": "A", "bids": [], "asks": [], name: value},
    ):
        try:
            to_events(one, NOW)
        except EventError:
            continue


@pytest.mark.parametrize("value", [62135596800, 9_223_372_037, "62135596800", 99_999_999_999.5])
def test_seconds_beyond_the_times_that_a_column_holds_are_no_time(value):
    with pytest.raises(EventError, match="no time after 1973"):
        to_ns(value)
    assert to_ns(9_223_372_036) < 2**63

"""Streams of trades: each once and in order, what is missing filled from history or reported."""

from simplevenue import S, T, frame, ids, opened, quote, said, trade

from livefin.events import Quote
from livefin.tradesync import ANEW_QUOTES


def test_the_venues_clock_tells_a_new_count_from_a_trade_that_comes_twice():
    """Ours may be wrong by an hour: a duplicate is still a duplicate."""
    live = opened(numbered=True, now=T - 3_600 * S)
    now = T - 3_600 * S
    out = live.receive([frame(trade(7), trade(8))], now)
    out += live.receive([frame(trade(7))], now) + live.tick(now)
    assert ids(out) == [7, 8]
    assert [status.count for status in said(out, "duplicate")] == [1]
    assert not said(out, "gap")


def test_a_much_newer_trade_with_a_lower_id_begins_a_new_count():
    live = opened(numbered=True)
    out = live.receive([frame(trade(1_000, T))], T)
    out += live.receive([frame(trade(5, T + 31 * S), trade(6, T + 32 * S))], T + 32 * S)
    assert ids(out) == [1_000, 5, 6]
    (gap,) = said(out, "gap")
    assert "began anew at 5" in gap.detail
    assert (gap.start, gap.end) == (T, T + 32 * S)


def test_a_quote_comes_once_and_never_after_a_newer_one():
    live = opened("quotes")
    now = 0
    out = live.receive([frame(*(quote(n) for n in (5, 6, 6, 8, 7)))], now) + live.tick(now)
    assert [event.sequence for event in out if isinstance(event, Quote)] == [5, 6, 8]
    (status,) = said(out)
    assert (status.kind, status.count, status.channel) == ("duplicate", 2, "quotes")


def test_quotes_without_a_number_all_pass():
    live = opened("quotes")
    assert len(live.receive([frame(quote(None), quote(None))], 0)) == 2


def test_quotes_that_are_numbered_anew_are_believed_in_the_end():
    live = opened("quotes")
    live.receive([frame(quote(10**9))], 0)
    out = live.receive([frame(*(quote(n) for n in range(ANEW_QUOTES + 5)))], 0)
    assert [quote.sequence for quote in out] == [*range(ANEW_QUOTES - 1, ANEW_QUOTES + 5)]
    live.receive([frame(quote(10**9), quote(3))], 0)
    assert len(live.receive([frame(quote(10**9 + 1))], 0)) == 1

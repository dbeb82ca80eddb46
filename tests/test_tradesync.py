"""Streams of trades: each once and in order, what is missing filled from history or reported."""

from simplevenue import S, T, frame, ids, opened, said, trade


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

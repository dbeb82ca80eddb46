"""`push`: a feed for data of your own, which any thread or coroutine appends to.

The parts: feed (PushFeed, what one appends to), rows (pandas frames to events), driver (the
queue to the background loop), venue (what a recording of it looks like).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from livefin.backlog import Policies
from livefin.given import check_symbol
from livefin.openfeeds import keep, replace_previous
from livefin.push.feed import PushFeed
from livefin.push.venue import Pushed


def push(
    name: str = "mine",
    symbols: str | Iterable[str] = (),
    *,
    rows: int = 100_000,
    window: str | None = None,
    backlog: int = 50_000,
    policy: Policies = "block",
    trade_ids_contiguous: bool = False,
    record: str | Path | None = None,
) -> PushFeed:
    """A feed that your own code appends to; live until it is closed.

    Args:
        name: what charts and the status card call it.
        symbols: those to make room for now, so that they can be looked at, or charted, before
            their first event. Others come by themselves.
        rows: the most rows a frame holds.
        window: bounds the frames in time as well, as "15min".
        backlog: the most events that may wait to be written.
        policy: what happens beyond the backlog, as for `connect`; "block" lets `append` wait.
        trade_ids_contiguous: trade ids of a symbol rise by one, so that a jump is a gap.
        record: a file to record to from the start; `lf.Replay(path, venue=Pushed())`, with
            Pushed from livefin.push, gives it back.

    Raises EventError for a symbol that cannot be, RecordingError.

    >>> feed = push("model")
    >>> feed.append_trade("ABC", 10.5, 2, "buy")
    >>> feed.append({"symbol": "ABC", "price": "10.6", "time": "2024-08-08T23:54:13Z"})
    >>> feed.trades["ABC"].df.price.tolist(), feed.state
    ([10.5, 10.6], 'live')
    >>> feed.append_trade("ABC", float("nan"))
    Traceback (most recent call last):
    livefin.given.EventError: Trade: price is nan
    >>> feed.close()
    """
    replace_previous()
    wanted = [symbols] if isinstance(symbols, str) else list(symbols)
    for symbol in wanted:
        check_symbol(symbol)
    feed = PushFeed(
        name,
        wanted,
        rows=rows,
        window=window,
        backlog=backlog,
        policy=policy,
        trade_ids_contiguous=trade_ids_contiguous,
    )
    if record is not None:
        feed.record(record)
    keep(feed)
    return feed.start()


__all__ = ["PushFeed", "Pushed", "push"]

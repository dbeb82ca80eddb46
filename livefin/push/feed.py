"""A feed that a person's own code appends to, from any thread or coroutine.

What is appended is checked at the call (given.py, rows.py) and goes through a queue to a
session of its own (driver.py), so that duplicates, gaps, callbacks, policy and backlog are
as for any feed.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import nan
from typing import Any

from livefin.backlog import Policies
from livefin.driver import Deliver, Driver
from livefin.errors import FeedClosedError, LivefinError
from livefin.events import BookDelta, BookSnapshot, Event, Level, OrderDelta, OrderSnapshot, Side
from livefin.feed import Feed
from livefin.given import EventError, Given, to_events
from livefin.loop import background
from livefin.push.driver import PushDriver, Queue
from livefin.push.venue import Pushed, PushedInOrder
from livefin.session import Session
from livefin.store import Store
from livefin.venues.contract import Subscription

CHANNELS = ("trades", "quotes", "book")
"""What room is made for when a symbol is named before its first event."""
PATIENCE = 1.0
"""Seconds that a look at the feed waits for what was appended before."""
_SNAPSHOTS: dict[type, type] = {BookDelta: BookSnapshot, OrderDelta: OrderSnapshot}


class PushFeed(Feed):
    """Made by `livefin.push`: a Feed with `append` and its kin, which any thread may call.

    They wait while half of `backlog` wait already, except on the background loop itself (in a
    callback, or in `lf.run`), where EventError is raised instead. What was appended is in the
    frames when they are next looked at through the feed, if no slow callback holds it up.
    """

    def __init__(
        self,
        name: str,
        symbols: Sequence[str] = (),
        *,
        rows: int = 100_000,
        window: str | None = None,
        backlog: int = 50_000,
        policy: Policies = "block",
        trade_ids_contiguous: bool = False,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        session = Session(PushedInOrder() if trade_ids_contiguous else Pushed(), None)
        subs = [Subscription(channel, symbol) for symbol in symbols for channel in CHANNELS]
        session.subscribe(subs, clock())
        self._queue = Queue(name, limit=max(1, backlog // 2))  # the other half is the backlog's
        self._begun: set[tuple[type, str]] = set()
        """Books that had their snapshot."""

        def make_driver(session: Session, deliver: Deliver) -> Driver:
            return PushDriver(session, deliver, self._queue, self._books, clock=clock)

        super().__init__(
            [session],
            make_driver,
            name=name,
            rows=rows,
            window=window,
            backlog=backlog,
            policy=policy,
            clock=clock,
        )

    # Appending

    def append(self, *events: Given | Iterable[Given]) -> None:
        """Append events, mappings of their fields, or any iterables of these.

        Times may be left out: None or 0 is now. A mapping takes `time` in any unit. Raises
        EventError, a ValueError, for what is no sound event; then nothing is appended.
        """
        now = self._clock()
        self._append([event for given in events for event in to_events(given, now)])

    def append_trade(
        self,
        symbol: str,
        price: float,
        size: float = 0.0,
        side: Side | None = None,
        *,
        time: Any = None,
        id: int | str | None = None,  # noqa: A002 - the event's own word
    ) -> None:
        """Append a trade; `time` in any unit, now by default. `side` is the taker's."""
        given = {"symbol": symbol, "price": price, "size": size, "side": side}
        self.append({**given, "time": time, "id": id})

    def append_quote(
        self,
        symbol: str,
        bid: float,
        ask: float,
        bid_size: float = nan,
        ask_size: float = nan,
        *,
        time: Any = None,
    ) -> None:
        """Append a best bid and ask; NaN for a side or a size that is not known."""
        sizes = {"bid_size": bid_size, "ask_size": ask_size}
        self.append({"symbol": symbol, "bid": bid, "ask": ask, **sizes, "time": time})

    def append_book(
        self, symbol: str, bids: Iterable[Level], asks: Iterable[Level], *, time: Any = None
    ) -> None:
        """Append a whole book of (price, size) levels; its changes go as lf.BookDelta."""
        self.append({"symbol": symbol, "bids": list(bids), "asks": list(asks), "time": time})

    def append_rate(self, symbol: str, rate: float, *, time: Any = None) -> None:
        """Append a value with no size behind it: an index, a signal, a temperature."""
        self.append({"symbol": symbol, "rate": rate, "time": time})

    def append_frame(
        self,
        df: Any,
        symbol: str | None = None,
        *,
        channel: str | None = None,
        interval: str | None = None,
    ) -> int:
        """Append every row of a pandas frame, in its order; the number of rows.

        Columns `price` and `size` make trades, `bid` and `ask` quotes, `open`, `high`, `low`
        and `close` bars (of `interval`, else told by their distance), `rate` rates; `channel`
        says which where several fit. Times are the index or a column `time`: datetimes (UTC
        where they say no zone), ISO texts, or numbers since 1970. Other columns are left out.
        Raises EventError, which names the first wrong row; then nothing is appended.
        """
        from livefin.push.rows import events_of  # noqa: PLC0415 - few append frames

        now = self._clock()
        events = events_of(df, now, symbol=symbol, channel=channel, interval=interval)
        self._append(events)
        return len(events)

    def _append(self, events: Sequence[Event]) -> None:
        if self._closed:
            raise FeedClosedError(f"{self.name}: this feed is closed; push anew")
        begun = {(type(event), event.symbol) for event in events if _begins(event)}
        for event in events:
            needed = _SNAPSHOTS.get(type(event))
            book = (needed, event.symbol)
            if needed is not None and book not in self._begun and book not in begun:
                raise EventError(
                    f"{event.symbol}: a {type(event).__name__} changes a book, and there is none "
                    f"yet; append its {needed.__name__} first"
                )
        self._begun |= begun
        self._queue.put(events)

    def flush(self) -> None:
        """Wait until what was appended is taken. Reading through the feed does so by itself."""
        with contextlib.suppress(TimeoutError):  # the loop is busy: then it is not there yet
            while not (self._queue.settled or self._closed or background.inside):
                if not background.call(self._take, timeout=PATIENCE):
                    return  # a slow callback holds it up

    def _take(self) -> bool:
        return any(driver.take() for driver in self._drivers if isinstance(driver, PushDriver))

    # Reading

    @property
    def _store(self) -> Store:
        """What it holds; whoever looks sees what was appended before."""
        self.flush()
        return self._kept

    @_store.setter
    def _store(self, store: Store) -> None:
        self._kept = store

    @property
    def subscriptions(self) -> list[Subscription]:
        """Channels and symbols that came, and those named at the start."""
        self.flush()
        return super().subscriptions

    @property
    def queued(self) -> int:
        """Events appended and not yet in the frames; 0 while livefin keeps up."""
        return len(self._queue) + super().queued

    def send(self, message: str | bytes | Mapping[str, Any] | list[Any]) -> None:
        """Raise LivefinError: there is nobody to send to."""
        raise LivefinError(f"{self.name}: a push feed has nobody to send {message!r:.40} to")

    def _books(self) -> Iterator[Event]:
        """The books as they stand, for a recording that begins now."""
        for books in (self._kept.books, self._kept.mbo):
            yield from [book.snapshot() for book in books.values() if book.synced]


def _begins(event: Event) -> bool:
    return type(event) in _SNAPSHOTS.values()

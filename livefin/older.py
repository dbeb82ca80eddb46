"""Bars from before a feed began: asked of the venue, put in front of those held.

The asking half of a Feed. What to ask for is backfill.py's, how old and new become one is
bars.py's; here are the asks under way, on the background loop. A recording, and a feed that
is pushed into, have nobody to ask.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

from livefin.backfill import Backfill, bars_of, has
from livefin.bars import BarTable, TimeBars
from livefin.driver import Driver
from livefin.errors import LivefinError
from livefin.events import Status
from livefin.folding import origin_of
from livefin.loop import background
from livefin.store import Store
from livefin.venues.contract import Subscription, Venue

S = 1_000_000_000
SETTLE = 2 * S
"""A venue's history has a bar for good that long after it was closed."""
LONGEST_SLEEP = 60.0
"""Seconds until the clock is looked at again, which may have been set."""


class Asks:
    """What a feed is asking its venue for."""

    def __init__(self) -> None:
        self.under_way: dict[tuple[TimeBars, int], Future[int]] = {}
        """By the bars, and the time from which they are wanted."""
        self.turns: dict[TimeBars, asyncio.Lock] = defaultdict(asyncio.Lock)
        """One at a time goes on from what is held."""
        self.mending: set[TimeBars] = set()
        self.before: dict[TimeBars, tuple[int, int]] = {}
        """When the oldest bar opens, and the id of the trade before it, where that is known."""


class Older:
    """A feed that can be asked for bars from before it began."""

    _store: Store
    _drivers: list[Driver]
    _clock: Callable[[], int]
    _closed: bool
    _asks: Asks

    def bars(self, interval: str = "1s", *, rows: int | None = None) -> BarTable:
        """Bars of `interval` by symbol."""
        raise NotImplementedError

    @property
    def subscriptions(self) -> list[Subscription]:
        """Channels and symbols subscribed now."""
        raise NotImplementedError

    def _watch(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` until the feed closes."""
        raise NotImplementedError

    def older(self, symbol: str, interval: str, before: int, count: int = 1_000) -> Future[int]:
        """Have bars from before the time `before` (ns) put in front of `bars(interval)[symbol]`.

        Asks the venue's history for `count` of them, and for all between them and those held.
        The result is how many were put there: 0 where the venue has no more, where there is
        no room (at most twice the table's `rows` are held) and in a replay. Errors become a
        Status. May be called from any thread; a second ask for the same stretch while one
        runs is the same ask. The first bar made here, which lacks its begin, is completed.
        Raises SymbolError, FrameError.

        >>> import livefin as lf
        >>> feed = lf.connect("paper", "BTC-USDT")
        >>> bars = feed.bars("1s")["BTC-USDT"]
        >>> feed.wait(lambda: len(bars) > 0)
        True
        >>> feed.older("BTC-USDT", "1s", bars.oldest, 60).result(10) > 10
        True
        >>> feed.close()
        """
        bars = self.bars(interval)[symbol]
        if self._closed:
            over: Future[int] = Future()
            over.set_result(0)
            return over
        asked: Future[int] = background.call(lambda: self._ask(bars, before, max(1, count)))
        return asked

    # On the background thread

    def _ask(self, bars: TimeBars, before: int, count: int) -> Future[int]:
        oldest = bars.oldest
        start = (before if oldest is None else min(before, oldest)) - count * bars.interval_ns
        key, under_way = (bars, start), self._asks.under_way
        if key not in under_way:
            future = under_way[key] = Future()
            future.set_running_or_notify_cancel()  # it is not one asker's to cancel
            self._watch(self._answer(bars, start, future))
        return under_way[key]

    async def _answer(self, bars: TimeBars, start: int, future: Future[int]) -> None:
        count = 0
        try:
            async with self._asks.turns[bars]:
                count = await self._extend(bars, start)
        finally:
            del self._asks.under_way[bars, start]
            future.set_result(count)

    async def _extend(self, bars: TimeBars, start: int) -> int:
        found = self._where(bars.symbol)
        if found is None or not (bars.room or bars.unfinished):
            return 0
        driver, venue = found
        try:
            backfill = self._of_bars(bars, venue, start) or self._of_trades(bars, venue, start)
            if backfill is None:
                return 0
            await self._fetch(bars, driver, backfill)
            count = self._put(bars, backfill)
        except Exception as error:  # noqa: BLE001 - a venue may be of a person's own making
            self._failed(bars, error)
            return 0
        if backfill.of_bars and bars.unfinished is not None and bars not in self._asks.mending:
            self._asks.mending.add(bars)
            self._watch(self._mend(bars))
        return count

    async def _mend(self, bars: TimeBars) -> None:
        """Have the venue's own of the first bar made here, as soon as it is closed."""
        try:
            opens = bars.unfinished[0] if bars.unfinished is not None else 0
            end = opens + bars.interval_ns
            while (wait := end + SETTLE - self._clock()) > 0:  # noqa: ASYNC110 - a clock's no event
                await asyncio.sleep(min(wait / S, LONGEST_SLEEP))
            async with self._asks.turns[bars]:
                found = self._where(bars.symbol)
                sub = found and bars_of(found[1], bars.symbol, bars.interval_ns)
                if found is not None and sub is not None and bars.unfinished is not None:
                    one = Backfill(
                        found[1], sub, bars.interval_ns, start=opens, end=end, further=False
                    )
                    await self._fetch(bars, found[0], one)
                    self._put(bars, one)
        finally:
            self._asks.mending.discard(bars)

    async def _fetch(self, bars: TimeBars, driver: Driver, backfill: Backfill) -> None:
        """Ask for one page after the other. What was found before an error is good."""
        try:
            while (url := backfill.url()) is not None:
                body = await driver.get(url)
                if body is None:
                    return
                backfill.take(body, self._clock())
        except Exception as error:  # noqa: BLE001 - a venue may be of a person's own making
            self._failed(bars, error)

    def _put(self, bars: TimeBars, backfill: Backfill) -> int:
        """Put what was found in front of `bars`."""
        unfinished = bars.unfinished
        # Where there is none of our own yet, the newest one found may be forming.
        opens = self._opens(bars, self._clock()) if unfinished is None else unfinished[0]
        count = bars.put_in_front(backfill.rows(), backfill.seam(opens, self._clock()))
        oldest = bars.oldest
        id_ = None if oldest is None else backfill.id_before(oldest)
        if oldest is not None and id_ is not None:
            self._asks.before[bars] = oldest, id_
        return count

    def _failed(self, bars: TimeBars, error: Exception) -> None:
        said = str(error) if isinstance(error, LivefinError) else f"{type(error).__name__}: {error}"
        detail = f"{bars.symbol}: older bars of {bars.interval} could not be had: {said}"
        self._store.note(Status("error", self._clock(), bars.symbol, "bars", detail=detail))

    # What to ask for

    def _where(self, symbol: str) -> tuple[Driver, Venue] | None:
        """The socket that has `symbol`, or else the first."""
        there = [(driver, session) for driver in self._drivers for session in driver.sessions]
        there.sort(key=lambda pair: all(sub.symbol != symbol for sub in pair[1].subscriptions))
        return (there[0][0], there[0][1].venue) if there else None

    @staticmethod
    def _opens(bars: TimeBars, ts: int) -> int:
        return int(ts - (ts - origin_of(bars.interval_ns)) % bars.interval_ns)

    def _of_bars(self, bars: TimeBars, venue: Venue, start: int) -> Backfill | None:
        """The venue's own bars, up to the first that was made here, which they complete."""
        sub = bars_of(venue, bars.symbol, bars.interval_ns)
        if sub is None:
            return None
        oldest, unfinished, length = bars.oldest, bars.unfinished, bars.interval_ns
        if oldest is None:
            oldest, unfinished = self._opens(bars, self._clock()), (0, 0)
            end = oldest + length
        else:
            end = oldest + (length if unfinished and unfinished[0] == oldest else 0)
        start = max(start, oldest - max(1, bars.room) * length)
        return Backfill(venue, sub, length, start=start, end=end)

    def _of_trades(self, bars: TimeBars, venue: Venue, start: int) -> Backfill | None:
        """Trades, up to the first that the bars are made of."""
        channels = {sub.channel for sub in self.subscriptions}
        aggregated = "agg_trades" in channels and "trades" not in channels
        sub = Subscription("agg_trades" if aggregated else "trades", bars.symbol)
        if not has(venue, sub):
            return None
        oldest, unfinished, length = bars.oldest, bars.unfinished, bars.interval_ns
        last: int | None = None
        if oldest is None:
            end = self._opens(bars, self._clock()) + length
        elif unfinished is None or unfinished[0] != oldest:
            end = oldest
            known = self._asks.before.get(bars)
            last = known[1] if known is not None and known[0] == oldest else None
        else:
            end = unfinished[1]
            table = self._store.tables[sub.channel]
            if bars.symbol in table:
                times, ids = (table[bars.symbol].column(name) for name in ("time", "id"))
                if ids.dtype != object and end in times:
                    last = int(ids[times >= end].min()) - 1
        start = max(start, end - max(1, bars.room) * length)
        return Backfill(venue, sub, length, start=start, end=end, last=last)

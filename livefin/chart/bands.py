"""Turn a feed's statuses into stretches of time to shade on a chart: gaps, silence, absence.

No clock: everything is in the statuses. Times leave here in ms since 1970 UTC, as the page
wants them. Only what concerns the chart's symbol and the trades its bars are made of counts;
a broken book is the book's business. Fed by livechart.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from livefin.events import Status

MAX_BANDS = 200
CHANNELS = ("", "trades", "agg_trades", "bars")
_OPENS = {"disconnected": "connected", "resync": "resynced"}
"""A status that opens a band, and the one that ends it."""
_CLOSES = {end: start for start, end in _OPENS.items()}
_SPANS = ("gap", "stale", "dropped")
NS_PER_MS = 1_000_000


class Band(NamedTuple):
    """A stretch to shade; `end` is None while it lasts. Label is for people, plain text."""

    kind: str
    start: float
    end: float | None
    label: str


class Bands:
    """The bands of one symbol, the last `MAX_BANDS` of them.

    >>> bands = Bands("BTC-USDT")
    >>> s = 10**9
    >>> bands.update([Status("disconnected", 5 * s, start=3 * s), Status("gap", 5 * s, "ETH-USDT")])
    True
    >>> bands.list
    [Band(kind='disconnected', start=3000.0, end=None, label='disconnected')]
    >>> bands.update([Status("connected", 7 * s, start=3 * s, end=7 * s)]), bands.list[0].label
    (True, 'disconnected 4.0 s')
    """

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.list: list[Band] = []

    def update(self, statuses: Iterable[Status]) -> bool:
        """Take in further statuses; whether any band came or changed."""
        changed = False
        for status in statuses:
            if status.symbol in ("", self.symbol) and status.channel in CHANNELS:
                changed |= self._take(status)
        del self.list[:-MAX_BANDS]
        return changed

    def _take(self, status: Status) -> bool:
        start = _ms(status.ts if status.start is None else status.start)
        end = _ms(status.ts if status.end is None else status.end)
        kind: str = status.kind
        if kind in _CLOSES:
            return self._close(_CLOSES[kind], end)
        if kind in _OPENS:
            if self._open(kind) is None:  # each failed attempt to reconnect says it again
                self._add(Band(kind, start, None, kind))
                return True
            return False
        if kind == "filled":
            return self._filled(start, end, status.count)
        if kind not in _SPANS:
            return False
        what = f"{kind} {status.count:,}" if status.count else kind
        self._add(Band(kind, start, end, what))
        return True

    def _filled(self, start: float, end: float, count: int) -> bool:
        """What was missing is there now: the bands inside the stretch say so.

        History fetched before what is live has no band, for nothing was missing then.
        """
        changed = False
        for i, band in enumerate(self.list):
            inside = band.end is not None and band.start < end and band.end > start
            if band.kind in ("disconnected", "gap") and inside:
                self.list[i] = band._replace(kind="filled", label=f"filled {count:,}")
                changed = True
        return changed

    def _add(self, band: Band) -> None:
        last = self.list[-1] if self.list else None
        if last is not None and last.end is not None and last.kind == band.kind:
            overlaps = band.end is not None and last.start <= band.start <= last.end
            if overlaps and band.end is not None:  # a flood of gaps is one long band
                self.list[-1] = Band(band.kind, last.start, max(last.end, band.end), band.kind)
                return
        self.list.append(band)

    def _open(self, kind: str) -> int | None:
        for i in range(len(self.list) - 1, -1, -1):
            if self.list[i].kind == kind and self.list[i].end is None:
                return i
        return None

    def _close(self, kind: str, end: float) -> bool:
        i = self._open(kind)
        if i is None:
            return False
        start = self.list[i].start
        self.list[i] = Band(kind, start, end, f"{kind} {max(0.0, end - start) / 1e3:.1f} s")
        return True


def _ms(ns: int) -> float:
    return ns / NS_PER_MS

"""Tell when a bar is closed, for venues that never say it: when a later one begins.

No I/O, no clock. Serves the venues whose candles carry no such flag (Bitfinex, Deribit,
Hyperliquid); knows none of them.
"""

from __future__ import annotations

from msgspec.structs import replace

from livefin.events import Bar

MAX_SERIES = 8_192
UNIT_NS = {
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
    "w": 604_800_000_000_000,
    "M": 31 * 86_400_000_000_000,
}


def length_ns(interval: str) -> int:
    """How long a bar of `interval` is, in ns; a month counts as its longest.

    >>> length_ns("15m") // 1_000_000_000
    900
    """
    return int(interval[:-1]) * UNIT_NS[interval[-1]]


class OpenBars:
    """The newest bar of each symbol and interval.

    >>> bars = OpenBars()
    >>> def bar(start, close):
    ...     return Bar("A-B", start, 0, "1m", 1.0, 2.0, 1.0, close, 5.0, 0, False)
    >>> [(b.ts_event, b.close, b.closed) for b in bars.update(bar(0, 1.5))]
    [(0, 1.5, False)]
    >>> [(b.ts_event, b.close, b.closed) for b in bars.update(bar(60, 1.7))]
    [(0, 1.5, True), (60, 1.7, False)]
    """

    def __init__(self) -> None:
        self._newest: dict[tuple[str, str], Bar] = {}

    def update(self, bar: Bar) -> tuple[Bar, ...]:
        """`bar`, after the one that it closes; one from before the newest comes out closed."""
        series = bar.symbol, bar.interval
        newest = self._newest.get(series)
        if newest is not None and bar.ts_event < newest.ts_event:
            return (replace(bar, closed=True),)
        if newest is not None or len(self._newest) < MAX_SERIES:
            self._newest[series] = bar
        if newest is None or newest.ts_event == bar.ts_event:
            return (bar,)
        return (replace(newest, ts_recv=bar.ts_recv, closed=True), bar)

    def append(self, bars: list[Bar]) -> list[Bar]:
        """A stretch of one series, as on subscribing: those not known as closed, oldest first."""
        if not bars:
            return []
        bars = sorted(bars, key=lambda bar: bar.ts_event)
        newest = self._newest.get((bars[0].symbol, bars[0].interval))
        if newest is not None:
            bars = [bar for bar in bars if bar.ts_event >= newest.ts_event]
        if not bars:
            return []
        *past, last = bars
        return [*(replace(bar, closed=True) for bar in past), self.update(last)[-1]]

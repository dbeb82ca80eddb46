"""DeMark's sequential: setups of nine bars, the levels they leave, and the countdown to thirteen.

Of onestep's kind.
"""

from __future__ import annotations

from collections import deque
from types import MappingProxyType
from typing import ClassVar, NamedTuple

from livefin.indicators.bars.onestep import OneStep
from livefin.indicators.contract import NAN, BarRow, Values

BACK = 4
"""Bars between the closes that are compared."""
SETUP = 9
"""Bars of a setup that is complete."""
COUNTDOWN, EIGHTH = 13, 8


class _Count(NamedTuple):
    """A setup that goes on: bars below those of four bars before (a buy setup), or above."""

    side: int = 0
    """1 a buy setup, -1 a sell setup, 0 neither."""
    bars: int = 0


class _Setup(OneStep):
    """What is made of setups."""

    needs: ClassVar = ("high", "low", "close")
    warm_up = None

    def __init__(self) -> None:
        self._set()
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._bars: deque[BarRow] = deque(maxlen=SETUP - 1)
        self._count = _Count()

    def _counted(self, row: BarRow) -> _Count:
        """The setup with a bar."""
        close = self._bars[-BACK].close
        side = (row.close < close) - (row.close > close)
        return _Count(side, self._count.bars * (side == self._count.side) + 1 if side else 0)

    def _take(self, row: BarRow, count: _Count) -> None:
        self._bars.append(row)
        self._count = count


class TDSetup(_Setup):
    """DeMark's buy and sell setups, counted, and whether one is perfect.

    `buy` counts the closes in a row that are below the close of four bars before, `sell` those
    above; each is 0 outside of its run. A setup is complete at 9; the count goes on as long as
    the run does. A buy setup is perfect when the low of its bar 8 or 9, or of a later bar, is
    below the lows of both bars 6 and 7; a sell setup when a high is above theirs. `perfect` is
    1 at the bar that makes a buy setup perfect, -1 at the one that makes a sell setup so, else
    0; a later bar can do so until another setup is complete.

    Lean counts no setup while a countdown runs, and starts anew after 9; here, as DeMark has
    it, setups are counted at all times.

    Source: DeMark, "The New Science of Technical Analysis" (1994); Perl, "DeMark
    Indicators" (2008).

    >>> setup = TDSetup()
    >>> [setup.update(BarRow(i, x, x, x, x, 1.0)) for i, x in enumerate(range(20, 7, -1))][-1]
    (9.0, 0.0, 1.0)
    """

    outputs = ("buy", "sell", "perfect")
    kinds = MappingProxyType({"perfect": "histogram"})
    levels = (float(SETUP),)
    lookback = BACK

    def reset(self) -> None:
        """Forget all bars."""
        super().reset()
        self._pending: tuple[int, float] | None = None
        """A complete setup that is not perfect yet: its side, and the extreme to go beyond."""

    def step(self, row: BarRow, keep: bool) -> Values:
        """The counts at a bar."""
        if len(self._bars) < BACK:
            if keep:
                self._take(row, self._count)
            return self._nothing
        count, pending, perfect = self._counted(row), self._pending, 0
        if count.bars == SETUP:
            pending = count.side, _extreme(count.side, self._bars[-3], self._bars[-2])
            if _beyond(pending, self._bars[-1]):
                pending, perfect = None, count.side
        if pending is not None and _beyond(pending, row):
            perfect = pending[0]
            pending = None
        if keep:
            self._take(row, count)
            self._pending = pending
        buy, sell = (count.bars if count.side == side else 0 for side in (1, -1))
        return float(buy), float(sell), float(perfect)


def _level(side: int, bars: tuple[BarRow, ...]) -> float:
    """What a setup leaves behind: resistance above a buy setup, support below a sell setup."""
    return max(bar.high for bar in bars) if side > 0 else min(bar.low for bar in bars)


def _extreme(side: int, *bars: BarRow) -> float:
    return min(bar.low for bar in bars) if side > 0 else max(bar.high for bar in bars)


def _beyond(pending: tuple[int, float], row: BarRow) -> bool:
    side, extreme = pending
    return row.low < extreme if side > 0 else row.high > extreme


class TDTrend(_Setup):
    """DeMark's setup trend: the levels that the last complete setups leave behind (TDST).

    `resistance` is the highest high of the nine bars of the last complete buy setup, `support`
    the lowest low of those of the last sell setup; each stands from the ninth bar on until the
    next one is complete.

    Source: DeMark, "The New Science of Technical Analysis" (1994); Perl, "DeMark
    Indicators" (2008).

    >>> trend = TDTrend()
    >>> [trend.update(BarRow(i, x, x, x, x, 1.0)) for i, x in enumerate(range(20, 7, -1))][-1]
    (16, nan)
    """

    outputs = ("resistance", "support")
    pane = "price"
    lookback = BACK + SETUP - 1

    def reset(self) -> None:
        """Forget all bars."""
        super().reset()
        self._levels: Values = (NAN, NAN)

    def step(self, row: BarRow, keep: bool) -> Values:
        """The levels at a bar."""
        count, found = self._count, self._levels
        if len(self._bars) >= BACK:
            count = self._counted(row)
            if count.bars == SETUP:
                level = _level(count.side, (*self._bars, row))
                found = (level, found[1]) if count.side > 0 else (found[0], level)
        if keep:
            self._take(row, count)
            self._levels = found
        return found


class _Countdown(NamedTuple):
    """A countdown that runs."""

    side: int = 0
    """As of a setup; 0 while none runs."""
    bars: int = 0
    eighth: float = NAN
    """The close of its eighth bar."""
    level: float = NAN


class TDCountdown(_Setup):
    """DeMark's countdown after a setup: thirteen closes beyond the bar two before, in a row or not.

    After a complete buy setup, from its ninth bar on, `buy` counts the bars whose close is at
    or below the low of two bars before; after a sell setup `sell` counts those at or above the
    high. The thirteenth waits for a bar whose low is at or below the close of the eighth (a
    high at or above it). The count stands between its bars; it is 0 where no countdown runs.

    A countdown ends after 13, when a setup the other way is complete, or when a whole bar and
    the close before it lie beyond the level that the setup left (`TDTrend`). A further setup the
    same way changes nothing: DeMark's recycling, of which there are several versions, is left
    out. Lean begins after the ninth bar, has no condition for the thirteenth, and ends at a
    close beyond the level.

    Source: DeMark, "The New Science of Technical Analysis" (1994); Perl, "DeMark Indicators"
    (2008).

    >>> countdown = TDCountdown()
    >>> [countdown.update(BarRow(i, x, x, x, x, 1.0)) for i, x in enumerate(range(40, 15, -1))][-1]
    (13.0, 0.0)
    """

    outputs = ("buy", "sell")
    levels = (float(COUNTDOWN),)
    lookback = BACK

    def reset(self) -> None:
        """Forget all bars."""
        super().reset()
        self._running = _Countdown()

    def step(self, row: BarRow, keep: bool) -> Values:
        """The counts at a bar."""
        if len(self._bars) < BACK:
            if keep:
                self._take(row, self._count)
            return self._nothing
        count, running = self._counted(row), self._running
        if running.bars == COUNTDOWN:
            running = _Countdown()
        if count.bars == SETUP and count.side != running.side:
            level = _level(count.side, (*self._bars, row))
            running = _Countdown(count.side, level=level)
        elif running.side and self._broken(running, row):
            running = _Countdown()
        if running.side:
            running = self._counting(running, row)
        if keep:
            self._take(row, count)
            self._running = running
        buy, sell = (running.bars if running.side == side else 0 for side in (1, -1))
        return float(buy), float(sell)

    def _broken(self, running: _Countdown, row: BarRow) -> bool:
        close = self._bars[-1].close
        if running.side > 0:
            return min(row.low, close) > running.level
        return max(row.high, close) < running.level

    def _counting(self, running: _Countdown, row: BarRow) -> _Countdown:
        side, bars, eighth, level = running
        before = self._bars[-2]
        beyond = row.close <= before.low if side > 0 else row.close >= before.high
        if bars == COUNTDOWN - 1:
            beyond = beyond and (row.low <= eighth if side > 0 else row.high >= eighth)
        if not beyond:
            return running
        bars += 1
        return _Countdown(side, bars, row.close if bars == EIGHTH else eighth, level)

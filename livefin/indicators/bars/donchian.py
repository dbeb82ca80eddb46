"""Highest highs and lowest lows: Donchian's channel and Ichimoku's lines. Of onestep's kind."""

from __future__ import annotations

from collections import deque
from typing import ClassVar

from livefin.indicators.bars.onestep import OneStep, length
from livefin.indicators.bars.smoothing import take
from livefin.indicators.contract import NAN, BarRow, Values
from livefin.indicators.parameters import Parameter
from livefin.indicators.windows import WindowMax, WindowMin


class _Reach:
    """Highest high and lowest low of the last `n` bars."""

    def __init__(self, n: int) -> None:
        self._high, self._low = WindowMax(n), WindowMin(n)

    @property
    def value(self) -> tuple[float, float]:
        return self._high.value, self._low.value

    def push(self, row: BarRow) -> tuple[float, float]:
        return self._high.push(row.high), self._low.push(row.low)

    def peek(self, row: BarRow) -> tuple[float, float]:
        return self._high.peek(row.high), self._low.peek(row.low)


class Donchian(OneStep):
    """Donchian channel: the highest high and lowest low of `n` bars, and their middle.

    With `current=False` the bar itself is left out, so that its close can break the channel.

    Source: Donchian, "High finance in copper", Financial Analysts Journal 16 (1960); Faith,
    "Way of the Turtle" (2007), for the bar left out.

    >>> donchian = Donchian(2, current=False)
    >>> [donchian.update(BarRow(i, i, i + 1.0, i - 1.0, i, 1.0)) for i in range(3)][-1]
    (2.0, 0.5, -1.0)
    """

    outputs = ("upper", "middle", "lower")
    pane = "price"
    needs: ClassVar = ("high", "low")
    parameters = (
        length("n", 20, "bars in the window"),
        Parameter("current", "bool", True, doc="whether the bar itself counts"),
    )

    def __init__(self, n: int = 20, *, current: bool = True) -> None:
        self._set(n=n, current=current)
        self._current = current
        self.lookback = n - 1 if current else n
        self.warm_up = self.lookback
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._reach = _Reach(self.params["n"])

    def step(self, row: BarRow, keep: bool) -> Values:
        """The channel at a bar."""
        before = self._reach.value
        high, low = take(self._reach, keep)(row) if keep or self._current else before
        if not self._current:
            high, low = before
        return high, (high + low) / 2, low


class Ichimoku(OneStep):
    """Ichimoku's lines as they stand at each bar: nothing of later bars is in them.

    `tenkan` and `kijun` are the middles of the highest high and lowest low of `tenkan` and
    `kijun` bars. The cloud, `senkou_a` and `senkou_b`, is drawn `shift` bars ahead of what
    it is made from; here its value at a bar is the one drawn there, made `shift` bars ago.

    The lagging line (chikou) is left out: it is the close drawn `shift` bars back, so that at
    any bar but the last it shows the future. What it is read for, whether the close is above
    that of `shift` bars ago, is TA-Lib's MOM(26) above 0.

    Source: Patel, "Trading with Ichimoku Clouds" (2010), chapter 2;
    https://chartschool.stockcharts.com, "Ichimoku Cloud".

    >>> ichimoku = Ichimoku(1, kijun=2, senkou=2, shift=1)
    >>> [ichimoku.update(BarRow(i, i, i + 1.0, i - 1.0, i, 1.0)) for i in range(3)][-1]
    (2.0, 1.5, 0.75, 0.5)
    """

    outputs = ("tenkan", "kijun", "senkou_a", "senkou_b")
    pane = "price"
    needs: ClassVar = ("high", "low")
    parameters = (
        length("tenkan", 9, "bars of the conversion line"),
        length("kijun", 26, "bars of the base line"),
        length("senkou", 52, "bars of the slow edge of the cloud"),
        length("shift", 26, "bars the cloud is drawn ahead", low=0),
    )

    def __init__(
        self, tenkan: int = 9, *, kijun: int = 26, senkou: int = 52, shift: int = 26
    ) -> None:
        self._set(tenkan=tenkan, kijun=kijun, senkou=senkou, shift=shift)
        self._shift = shift
        self.lookback = min(tenkan, kijun, senkou + shift) - 1
        self.warm_up = max(tenkan, kijun, senkou) + shift - 1
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._reaches = [_Reach(self.params[name]) for name in ("tenkan", "kijun", "senkou")]
        self._ahead: deque[tuple[float, float]] = deque()
        """The cloud of bars to come, the next one's first."""

    def step(self, row: BarRow, keep: bool) -> Values:
        """The lines at a bar."""
        tenkan, kijun, senkou = (sum(take(reach, keep)(row)) / 2 for reach in self._reaches)
        edges = (tenkan + kijun) / 2, senkou
        if not self._shift:
            return tenkan, kijun, *edges
        full = len(self._ahead) == self._shift
        here = self._ahead[0] if full else (NAN, NAN)
        if keep:
            self._ahead.append(edges)
            if full:
                self._ahead.popleft()
        return tenkan, kijun, *here

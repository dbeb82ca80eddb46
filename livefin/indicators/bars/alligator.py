"""Williams' alligator, three averages drawn ahead, and how far its mouth is open.

Of onestep's kind.
"""

from __future__ import annotations

from collections import deque
from types import MappingProxyType
from typing import ClassVar

from livefin.indicators.bars.onestep import OneStep, length
from livefin.indicators.bars.smoothing import Wilder, take
from livefin.indicators.contract import NAN, BarRow, Values

LINES = ("jaw", "teeth", "lips")


class _Ahead:
    """Wilder's average, drawn so many bars ahead: what shows here was made as many bars ago."""

    def __init__(self, n: int, shift: int) -> None:
        self._average = Wilder(n)
        self._made: deque[float] = deque([NAN] * shift, maxlen=shift)

    @property
    def memory(self) -> int:
        """Numbers after which what came before does not matter."""
        return self._average.memory + len(self._made)

    def push(self, x: float) -> float:
        """Take one more; the line here."""
        value = self._average.push(x)
        if self._made:
            here = self._made[0]
            self._made.append(value)
            return here
        return value

    def peek(self, x: float) -> float:
        """The line here were `x` pushed."""
        return self._made[0] if self._made else self._average.peek(x)


class Alligator(OneStep):
    """Williams' alligator: three of Wilder's averages of the middle of the bar, drawn ahead.

    `jaw`, `teeth` and `lips` are averages of so many bars, each drawn so many bars ahead as
    its shift says. A line's value at a bar is the one drawn there: nothing of later bars.

    Source: Williams, "Trading Chaos" second edition (2004);
    https://www.metatrader5.com/en/terminal/help/indicators/bw_indicators/alligator.

    >>> alligator = Alligator(1, teeth=1, lips=1, jaw_shift=2, teeth_shift=1, lips_shift=0)
    >>> [alligator.update(BarRow(i, i, i + 1.0, i - 1.0, i, 1.0)) for i in range(3)][-1]
    (0.0, 1.0, 2.0)
    """

    outputs: tuple[str, ...] = LINES
    pane = "price"
    needs: ClassVar = ("high", "low")
    parameters = (
        length("jaw", 13, "bars in the slowest average"),
        length("teeth", 8, "bars in the middle average"),
        length("lips", 5, "bars in the fastest average"),
        length("jaw_shift", 8, "bars that the jaw is drawn ahead", low=0),
        length("teeth_shift", 5, "bars that the teeth are drawn ahead", low=0),
        length("lips_shift", 3, "bars that the lips are drawn ahead", low=0),
    )

    def __init__(
        self,
        jaw: int = 13,
        *,
        teeth: int = 8,
        lips: int = 5,
        jaw_shift: int = 8,
        teeth_shift: int = 5,
        lips_shift: int = 3,
    ) -> None:
        self._set(
            jaw=jaw,
            teeth=teeth,
            lips=lips,
            jaw_shift=jaw_shift,
            teeth_shift=teeth_shift,
            lips_shift=lips_shift,
        )
        self.reset()
        firsts = jaw + jaw_shift - 1, teeth + teeth_shift - 1, lips + lips_shift - 1
        self.lookback = self._begin(*firsts)
        self.warm_up = max(line.memory for line in self._lines)

    def _begin(self, jaw: int, teeth: int, lips: int) -> int:
        """The first bar with a value, given that of each line."""
        return min(jaw, teeth, lips)

    def reset(self) -> None:
        """Forget all bars."""
        self._lines = [_Ahead(self.params[name], self.params[f"{name}_shift"]) for name in LINES]

    def step(self, row: BarRow, keep: bool) -> Values:
        """The lines at a bar."""
        price = (row.high + row.low) / 2
        return tuple(take(line, keep)(price) for line in self._lines)


class Gator(Alligator):
    """Gator oscillator: how far the alligator's mouth is open, above and below 0.

    `upper` is the distance from the jaw to the teeth, `lower` that from the teeth to the lips
    below 0. Both grow while the alligator eats and shrink when it has had enough.

    Source: Williams, "Trading Chaos" second edition (2004);
    https://www.metatrader5.com/en/terminal/help/indicators/bw_indicators/go.

    >>> gator = Gator(1, teeth=1, lips=1, jaw_shift=3, teeth_shift=1, lips_shift=0)
    >>> [gator.update(BarRow(i, i, i + 1.0, i - 1.0, i, 1.0)) for i in range(4)][-1]
    (2.0, -1.0)
    """

    outputs = ("upper", "lower")
    pane = "new"
    kinds = MappingProxyType({"upper": "histogram", "lower": "histogram"})
    levels = (0.0,)

    def _begin(self, jaw: int, teeth: int, lips: int) -> int:
        return max(teeth, min(jaw, lips))

    def step(self, row: BarRow, keep: bool) -> Values:
        """Both distances at a bar."""
        jaw, teeth, lips = super().step(row, keep)
        return abs(jaw - teeth), -abs(teeth - lips)

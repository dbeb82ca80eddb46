"""Signals bar by bar, for what is live: the same answers as `signals`, one at a time.

Each holds no more than where it was last. A chart's alerts call `update` once a closed bar.
"""

from __future__ import annotations

import math

from livefin.errors import IndicatorError


class Crossing:
    """Whether one value has just crossed another: `way` is "above", "below" or "both".

    >>> crossing = Crossing("above")
    >>> [crossing.update(a, 2.0) for a in (1.0, 3.0, math.nan, 2.0, 4.0)]
    [False, True, False, False, True]
    """

    def __init__(self, way: str = "above") -> None:
        if way not in ("above", "below", "both"):
            raise IndicatorError(f'way must be "above", "below" or "both", got {way!r}')
        self.way = way
        self._side: int | None = None

    def update(self, a: float, b: float) -> bool:
        """Take the values at one more closed bar."""
        if not (math.isfinite(a) and math.isfinite(b)):
            return False
        side, before = int(a > b) - int(a < b), self._side
        if self.way == "both":
            if side == 0:
                return False
            self._side = side
            return before is not None and side != before
        self._side = side
        wanted = 1 if self.way == "above" else -1
        return before is not None and side == wanted != before


class StateMachine:
    """The position, -1, 0 or 1, as conditions come: `signals.state_machine` bar by bar.

    >>> machine = StateMachine()
    >>> machine.update(True, False), machine.update(False, False), machine.update(True, True)
    (1, 1, 0)
    """

    def __init__(self) -> None:
        self.position = 0

    def update(
        self,
        enter: bool,
        exit: bool = False,  # noqa: A002
        *,
        enter_short: bool = False,
        exit_short: bool = False,
    ) -> int:
        """Take the conditions at one more closed bar; the position at its close."""
        if (
            enter
            or enter_short
            or (exit and self.position > 0)
            or (exit_short and self.position < 0)
        ):
            long = enter and not exit and not enter_short
            short = enter_short and not exit_short and not enter
            self.position = int(long) - int(short)
        return self.position


class OncePer:
    """Lets a signal through at most once in so many bars.

    >>> rest = OncePer(3)
    >>> [rest.update(found) for found in (True, True, False, True, True)]
    [True, False, False, True, False]
    """

    def __init__(self, bars: int) -> None:
        if bars < 1:
            raise IndicatorError(f"bars must be at least 1, got {bars}")
        self.bars = bars
        self._rest = 0

    def update(self, found: bool) -> bool:
        """Take the signal at one more closed bar."""
        self._rest = max(0, self._rest - 1)
        if not found or self._rest:
            return False
        self._rest = self.bars
        return True

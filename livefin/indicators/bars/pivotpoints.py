"""Pivot points: levels worked out from the high, low and close of a period that is over.

Of the session before (a day, week or month of a zone: sessions.py), or of the last bars. Of
onestep's kind; which levels there are depends on the kind.
"""

from __future__ import annotations

from collections import deque
from typing import ClassVar, NamedTuple

from livefin.indicators.bars.onestep import OneStep, choice, length
from livefin.indicators.bars.sessions import Sessions
from livefin.indicators.contract import NAN, BarRow, Values
from livefin.indicators.parameters import Parameter
from livefin.indicators.windows import WindowMax, WindowMin

LEVELS = {"standard": 3, "fibonacci": 3, "camarilla": 4, "woodie": 3, "demark": 1}
"""How many levels a kind has on either side of its pivot."""
FIBONACCI = (0.382, 0.618, 1.0)
CAMARILLA = (1.1 / 12, 1.1 / 6, 1.1 / 4, 1.1 / 2)
KIND = choice("kind", tuple(LEVELS), "how the levels are worked out")


class Period(NamedTuple):
    """Bars taken together."""

    open: float
    high: float
    low: float
    close: float


def outputs_of(kind: str) -> tuple[str, ...]:
    """The pivot, its resistances from the nearest one on, its supports likewise.

    >>> outputs_of("demark")
    ('pp', 'r1', 's1')
    """
    count = LEVELS[kind]
    return ("pp", *(f"{side}{i + 1}" for side in "rs" for i in range(count)))


def levels(kind: str, period: Period, opening: float) -> Values:
    """The levels after a period, as `outputs_of`; `opening` is where the next period opened.

    >>> levels("standard", Period(9.0, 12.0, 9.0, 12.0), 12.0)
    (11.0, 13.0, 14.0, 16.0, 10.0, 8.0, 7.0)
    """
    begin, high, low, close = period
    span = high - low
    if kind in ("fibonacci", "camarilla"):
        middle = (high + low + close) / 3 if kind == "fibonacci" else close
        away = [share * span for share in (FIBONACCI if kind == "fibonacci" else CAMARILLA)]
        return (middle, *(middle + x for x in away), *(middle - x for x in away))
    if kind == "demark":
        more = low if close < begin else high if close > begin else close
        # The high or the low goes out again by itself, so that a wild one takes no digits along.
        above, below = high + close + (more - low), low + close + (more - high)
        return (high + low + close + more) / 4, above / 2, below / 2
    last = opening if kind == "woodie" else close
    middle = (high + low + 2 * opening) / 4 if kind == "woodie" else (high + low + last) / 3
    above, below = middle - low, high - middle
    up = (middle + above, middle + span, high + 2 * above)
    return (middle, *up, middle - below, middle - span, low - 2 * below)


class PivotPoints(OneStep):
    """Pivot points of the session before, which stand for the whole of this one.

    `pp` is the pivot, `r1` and on are resistances above it, `s1` and on supports below: three
    of each, four with "camarilla", one with "demark". A session is a day, a week ("W"), a
    month ("MS") or any length of time ("4h") of a zone. The first session given may have
    begun before its first bar; the levels after it are those of what was given.

    - "standard": the pivot is the mean of high, low and close.
    - "fibonacci": the same pivot; levels lie 0.382, 0.618 and 1 ranges from it.
    - "camarilla": levels lie 1.1 / 12, / 6, / 4 and / 2 ranges from the close, which is `pp`.
    - "woodie": (high + low + twice the open of this session) / 4, known from its first bar on.
    - "demark": high + low + close, and the low once more after a fall from open to close,
      the high after a rise, else the close; a quarter of it is the pivot.

    Raises IndicatorError for an unknown zone or length of a session.

    Source: Person, "A Complete Guide to Technical Trading Tactics" (2004), for the standard
    and Woodie's; Stott's camarilla equations (1989); DeMark, "The New Science of
    Technical Analysis" (1994); as given at https://dotnet.stockindicators.dev, "Pivot Points".

    >>> pivots, hour = PivotPoints(session="1h"), 3_600 * 10**9
    >>> bars = BarRow(0, 9.0, 12.0, 9.0, 12.0, 1.0), BarRow(hour, 12.0, 13.0, 11.0, 12.0, 1.0)
    >>> [pivots.update(bar)[:2] for bar in bars]
    [(nan, nan), (11.0, 13.0)]
    """

    pane = "price"
    needs: ClassVar = ("open", "high", "low", "close")
    parameters = (
        KIND,
        Parameter("session", "text", "1D", doc="how long a session is"),
        Parameter("tz", "text", "UTC", doc="the zone whose days these are"),
    )
    lookback = 1
    warm_up = None
    outputs = outputs_of("standard")

    def __init__(self, kind: str = "standard", *, session: str = "1D", tz: str = "UTC") -> None:
        self.outputs = outputs_of(kind) if kind in LEVELS else self.outputs
        self._set(kind=kind, session=session, tz=tz)
        self._sessions = Sessions("session", tz, session)
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._session: int | None = None
        self._period = Period(NAN, NAN, NAN, NAN)
        self._levels = self._nothing

    def step(self, row: BarRow, keep: bool) -> Values:
        """The levels at a bar."""
        session = self._sessions.of(row.time)
        found, period = self._levels, self._period
        if session != self._session:
            if self._session is not None:
                found = levels(self.params["kind"], period, row.open)
            period = Period(row.open, row.high, row.low, row.close)
        else:
            high, low = max(period.high, row.high), min(period.low, row.low)
            period = Period(period.open, high, low, row.close)
        if keep:
            self._session, self._period, self._levels = session, period, found
        return found


class RollingPivots(OneStep):
    """Pivot points of the `n` bars before each bar, or of `n` bars that ended `offset` bars ago.

    The levels are those of `PivotPoints`; the bar itself is not in them but with "woodie",
    which takes its open. "demark" goes by the open of the first of the `n` bars.

    Source: as PivotPoints; rolling as given at https://dotnet.stockindicators.dev, "Rolling
    Pivot Points", which for "demark" takes the open of the bar itself, and not the period's.

    >>> pivots, closes = RollingPivots(2), (9.0, 12.0, 10.0)
    >>> [pivots.update(BarRow(i, x, x, x, x, 1.0))[0] for i, x in enumerate(closes)]
    [nan, nan, 11.0]
    """

    pane = "price"
    needs: ClassVar = ("open", "high", "low", "close")
    parameters = (
        length("n", 20, "bars in the window"),
        length("offset", 0, "bars between the window and the bar", low=0),
        KIND,
    )
    outputs = outputs_of("standard")

    def __init__(self, n: int = 20, *, offset: int = 0, kind: str = "standard") -> None:
        self.outputs = outputs_of(kind) if kind in LEVELS else self.outputs
        self._set(n=n, offset=offset, kind=kind)
        self._offset = offset
        self.lookback = self.warm_up = n + offset
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        n = self.params["n"]
        self._high, self._low = WindowMax(n), WindowMin(n)
        self._opens: deque[float] = deque(maxlen=n)
        self._close = NAN
        self._waiting: deque[BarRow] = deque()
        """Bars that are not yet in the window."""

    def step(self, row: BarRow, keep: bool) -> Values:
        """The levels at a bar."""
        found = self._nothing
        if len(self._high) == self._high.n:
            period = Period(self._opens[0], self._high.value, self._low.value, self._close)
            found = levels(self.params["kind"], period, row.open)
        if keep:
            self._waiting.append(row)
            if len(self._waiting) > self._offset:
                gone = self._waiting.popleft()
                self._high.push(gone.high)
                self._low.push(gone.low)
                self._opens.append(gone.open)
                self._close = gone.close
        return found

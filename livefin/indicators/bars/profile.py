"""Where the volume was traded, or the time spent: point of control and value area, bar by bar.

Volumes are added and taken away as whole numbers of any length, which is exact: a bar that
leaves takes all of itself along. Of onestep's kind.
"""

from __future__ import annotations

from collections import deque
from math import exp, floor, isfinite, log, log1p
from typing import ClassVar

from livefin.indicators.bars.onestep import OneStep, choice, factor, length
from livefin.indicators.bars.sessions import Sessions
from livefin.indicators.contract import BarRow, Values
from livefin.indicators.parameters import Parameter

FINEST = 1074
"""Every float is a whole number of 2 ** -1074."""


class VolumeProfile(OneStep):
    """Point of control and value area of the last `n` bars, or of the session so far.

    The volume of a bar counts at its average price where that is known, else at its typical
    price, (high + low + close) / 3, in rows of prices that are each `bps` hundredths of a
    percent wide. `poc` is the middle of the row with most volume, the lower one of equals. The
    value area grows from there, each time by the fuller of the two next rows that have any
    volume (the upper one of equals), until it holds `share` of all: `high` is its upper edge,
    `low` its lower one. A bar costs in proportion to the rows that have volume.

    Raises IndicatorError for an unknown zone or length of a session.

    Source: Steidlmayer, Koy, "Markets and Market Logic" (1986); Dalton, Jones, Dalton, "Mind
    over Markets" (1993), appendix A; one row at a time here, not two.

    >>> profile = VolumeProfile(3, bps=100)
    >>> bars = [BarRow(i, x, x, x, x, v) for i, (x, v) in enumerate([(100, 1), (105, 5), (90, 1)])]
    >>> [round(value, 2) for value in [profile.update(bar) for bar in bars][-1]]
    [104.77, 105.29, 104.25]
    """

    outputs = ("poc", "high", "low")
    pane = "price"
    needs: ClassVar = ()
    parameters = (
        length("n", 100, "bars in the window"),
        choice("over", ("window", "session"), "the last n bars, or the session so far"),
        factor("bps", 10.0, "width of a row in hundredths of a percent", low=0.01, high=1000.0),
        factor("share", 0.7, "of the volume that is in the value area", high=1.0),
        Parameter("tz", "text", "UTC", doc="the zone whose days these are"),
        Parameter("session", "text", "1D", doc="how long a session is"),
    )

    def __init__(
        self,
        n: int = 100,
        *,
        over: str = "window",
        bps: float = 10.0,
        share: float = 0.7,
        tz: str = "UTC",
        session: str = "1D",
    ) -> None:
        self._set(n=n, over=over, bps=bps, share=share, tz=tz, session=session)
        self._width, self._share = log1p(bps / 10_000), share
        sessions = Sessions("session", tz, session)  # says what is wrong with them in any case
        self._sessions = sessions if over == "session" else None
        self.lookback = n - 1 if over == "window" else 0
        self.warm_up = n - 1 if over == "window" else None
        self._n = n
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._held: deque[tuple[int, int]] = deque()
        """The window's bars, as (row, volume)."""
        self._rows: dict[int, int] = {}
        """Volume by row; none is 0."""
        self._session: int | None = None

    def usable(self, row: BarRow) -> bool:
        """Whether the bar has a volume of 0 or more, and a price above 0."""
        price = _price(row)
        return isfinite(row.volume) and row.volume >= 0 and isfinite(price) and price > 0

    def step(self, row: BarRow, keep: bool) -> Values:
        """The profile at a bar."""
        place = floor(log(_price(row)) / self._width)
        over, under = self._weight(row).as_integer_ratio()
        volume = over << (FINEST + 1 - under.bit_length())
        changes = [(place, volume)]
        rows = self._rows
        if self._sessions is not None:
            session = self._sessions.of(row.time)
            if session != self._session:
                rows = {}
            if keep:
                self._session = session
        elif len(self._held) == self._n:
            gone, less = self._held[0]
            changes.append((gone, -less))
        rows = rows if keep else dict(rows)
        for at, change in changes:
            total = rows.get(at, 0) + change
            if total:
                rows[at] = total
            else:
                rows.pop(at, None)
        if keep:
            self._rows = rows
            if self._sessions is None:
                if len(changes) > 1:
                    self._held.popleft()
                self._held.append((place, volume))
        full = self._sessions is not None or len(self._held) + (not keep) >= self._n
        return self._area(rows) if rows and full else self._nothing

    def _weight(self, row: BarRow) -> float:
        """What a bar counts."""
        return row.volume

    def _area(self, rows: dict[int, int]) -> Values:
        places = sorted(rows)
        most = max(rows.values())
        low = high = next(i for i, place in enumerate(places) if rows[place] == most)
        control = places[low]
        over, under = float(self._share).as_integer_ratio()
        wanted, inside = sum(rows.values()) * over, most
        while inside * under < wanted:
            above = rows[places[high + 1]] if high + 1 < len(places) else 0
            below = rows[places[low - 1]] if low else 0
            if above >= below:
                high, inside = high + 1, inside + above
            else:
                low, inside = low - 1, inside + below
        width = self._width
        top, bottom = (places[high] + 1) * width, places[low] * width
        return exp((control + 0.5) * width), exp(top), exp(bottom)


class TimeProfile(VolumeProfile):
    """Where the market spent its time: the lines of `VolumeProfile`, each bar counting once.

    For markets without a volume. Steidlmayer marks each half hour at all prices it touched;
    here, as in QuantConnect Lean, a bar counts at one price, so that short bars serve better
    than long ones. Parameters and the rows of prices are those of `VolumeProfile`.

    Source: Steidlmayer, Koy, "Markets and Market Logic" (1986), for the profile of time.

    >>> profile = TimeProfile(3, bps=100)
    >>> bars = [BarRow(i, x, x, x, x, v) for i, (x, v) in enumerate([(90, 1), (105, 5), (90, 1)])]
    >>> [round(value, 2) for value in [profile.update(bar) for bar in bars][-1]]
    [90.24, 105.29, 89.8]
    """

    def usable(self, row: BarRow) -> bool:
        """Whether the bar has a price above 0."""
        price = _price(row)
        return isfinite(price) and price > 0

    def _weight(self, row: BarRow) -> float:  # noqa: ARG002 - all bars count alike
        return 1.0


def _price(row: BarRow) -> float:
    return row.vwap if isfinite(row.vwap) else (row.high + row.low + row.close) / 3

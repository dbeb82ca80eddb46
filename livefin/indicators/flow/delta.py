"""Volume that takers bought less volume that they sold: since the session began, or a bar.

Signed by takers.py, added up by totals.py. Read at bars by ticking.py and closing.py.
"""

from __future__ import annotations

from livefin.indicators.contract import NAN, TradeRow, Values
from livefin.indicators.flow.durations import Sessions
from livefin.indicators.flow.takers import UNKNOWN, Taker, is_trade
from livefin.indicators.parameters import Parameter, checked
from livefin.indicators.stepwise import Stepwise
from livefin.indicators.totals import EARLIEST, NOTHING, added


class _Delta(Stepwise):
    """Signed volume, which begins anew with every session."""

    source = "trades"
    warm_up = None
    levels = (0.0,)
    _sessions: Sessions | None

    def reset(self) -> None:
        """Forget all rows."""
        self._taker = Taker(self.params["unknown"])
        self._total = NOTHING
        self._reached = self._began = EARLIEST

    def update(self, row: TradeRow) -> Values:
        """Take one more trade; the delta with it."""
        if not is_trade(row):
            return (NAN,)
        # A late trade belongs to the session that was reached by then.
        self._reached = max(row.time, self._reached)
        if self._sessions is not None:
            began = self._sessions.begin(self._reached)
            if began != self._began:
                self._began, self._total = began, NOTHING
        self._total = added(self._total, self._taker.take(row) * row.size)
        return (self._total[0] + self._total[1],)


class CVD(_Delta):
    """Cumulative volume delta: what takers bought less what they sold since the session began.

    In units of size. `session` is a length of time counted in the days and weeks of `tz`
    ("1D", "8h", "1W"), or "all": then it never begins anew. A trade of unknown side is
    signed by the tick rule, or adds nothing with `unknown="skip"`.

    Source: Lee, Ready, "Inferring trade direction from intraday data", Journal of Finance 46
    (1991), for the tick rule; the sum itself is the order imbalance in volume of Chordia,
    Roll, Subrahmanyam, "Order imbalance, liquidity, and market returns", Journal of Financial
    Economics 65 (2002), added up.

    >>> cvd = CVD()
    >>> [cvd.update(TradeRow(i, 10.0, 2.0, side)) for i, side in enumerate((1, 1, -1))]
    [(2.0,), (4.0,), (2.0,)]
    >>> cvd.update(TradeRow(86_400 * 10**9, 10.0, 1.0, -1))  # the next day
    (-1.0,)
    """

    outputs = ("cvd",)
    parameters = (
        Parameter("session", "text", "1D", doc='how long a session is, or "all"'),
        Parameter("tz", "text", "UTC", doc="the zone whose days these are"),
        UNKNOWN,
    )

    def __init__(self, *, session: str = "1D", tz: str = "UTC", unknown: str = "tick") -> None:
        self._sessions = None if session == "all" else Sessions(session, tz)
        self.params = checked(self.parameters, {"session": session, "tz": tz, "unknown": unknown})
        self.name = f"CVD({session})"
        self.reset()


class VolumeDelta(_Delta):
    """What takers bought less what they sold since the bar began, in units of size.

    At bars of the same `interval` it is the delta of each bar. A bar in which nothing traded
    has no delta of its own, and shows that of the last one that had.

    Source: as CVD.

    >>> delta = VolumeDelta(interval="1s")
    >>> MS = 10**6
    >>> [delta.update(TradeRow(ms * MS, 10.0, 2.0, 1)) for ms in (0, 999, 1_000)]
    [(2.0,), (4.0,), (2.0,)]
    """

    outputs = ("delta",)
    kinds = {"delta": "histogram"}  # noqa: RUF012 - nobody writes to it
    parameters = (Parameter("interval", "text", "1s", doc="how long a bar is"), UNKNOWN)

    def __init__(self, *, interval: str = "1s", unknown: str = "tick") -> None:
        self._sessions = Sessions(interval)
        self.params = checked(self.parameters, {"interval": interval, "unknown": unknown})
        self.name = f"Delta({interval})"
        self.reset()

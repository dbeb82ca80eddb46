"""How busy trading is: arrivals a second, and how many trades came of late.

Time is that of the trades; a late one counts as of the time that was reached by then.
"""

from __future__ import annotations

from collections import deque
from math import exp2, log

from livefin.indicators.contract import NAN, TradeRow, Values
from livefin.indicators.flow.durations import duration_ns
from livefin.indicators.flow.takers import is_trade
from livefin.indicators.parameters import Parameter, checked
from livefin.indicators.stepwise import Stepwise
from livefin.indicators.totals import EARLIEST


class TradeIntensity(Stepwise):
    """Trades a second, each counting half as much with every `half_life` that passes.

    At a trade: the sum over all trades so far, this one too, of ln 2 / h · 2^(-age / h), h
    being the half-life in seconds. With trades at a steady rate it comes to that rate, from
    below: after ten half-lives from the first trade 0.1 % are missing. Between trades it
    falls, which the next trade tells.

    Source: Hawkes, "Spectra of some self-exciting and mutually exciting point processes",
    Biometrika 58 (1971), for the exponential kernel.

    >>> intensity = TradeIntensity(half_life="1s")
    >>> values = [intensity.update(TradeRow(ms * 10**6, 1.0, 1.0, 1))[0] for ms in (0, 1_000)]
    >>> [round(value, 6) for value in values]
    [0.693147, 1.039721]
    """

    outputs = ("trades_per_second",)
    source = "trades"
    warm_up = None
    parameters = (Parameter("half_life", "text", "10s", doc="time in which a trade fades by half"),)

    def __init__(self, *, half_life: str = "10s") -> None:
        self.params = checked(self.parameters, {"half_life": half_life})
        self._half = duration_ns(half_life)
        self._each = log(2) / (self._half / 1e9)
        self.name = f"Intensity({half_life})"
        self.reset()

    def reset(self) -> None:
        """Forget all rows."""
        self._reached = EARLIEST
        self._rate = 0.0

    def update(self, row: TradeRow) -> Values:
        """Take one more trade; the intensity with it."""
        if not is_trade(row):
            return (NAN,)
        self._rate, self._reached = self._with(row), max(row.time, self._reached)
        return (self._rate,)

    def peek(self, row: TradeRow) -> Values:
        """The intensity were `row` the next trade; commits nothing."""
        return (self._with(row) if is_trade(row) else NAN,)

    def _with(self, row: TradeRow) -> float:
        passed = max(row.time, self._reached) - self._reached
        return self._rate * exp2(-passed / self._half) + self._each


class TradeCount(Stepwise):
    """How many trades came in the last `window` of time, the newest among them.

    Of the times t with now - window < t ≤ now.

    Source: Jones, Kaul, Lipson, "Transactions, volume, and volatility", Review of Financial
    Studies 7 (1994), for the number of transactions as a measure of activity.

    >>> count = TradeCount(window="1s")
    >>> [count.update(TradeRow(ms * 10**6, 1.0, 1.0, 1))[0] for ms in (0, 500, 1_000, 3_000)]
    [1.0, 2.0, 2.0, 1.0]
    """

    outputs = ("trades",)
    source = "trades"
    warm_up = None
    parameters = (Parameter("window", "text", "10s", doc="how far back trades are counted"),)

    def __init__(self, *, window: str = "10s") -> None:
        self.params = checked(self.parameters, {"window": window})
        self._span = duration_ns(window)
        self.name = f"Trades({window})"
        self.reset()

    def reset(self) -> None:
        """Forget all rows."""
        self._times: deque[int] = deque()

    def update(self, row: TradeRow) -> Values:
        """Take one more trade; the count with it."""
        if not is_trade(row):
            return (NAN,)
        times = self._times
        now = max(row.time, times[-1]) if times else row.time
        times.append(now)
        while times[0] <= now - self._span:
            times.popleft()
        return (float(len(times)),)

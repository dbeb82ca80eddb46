"""How far the price moves for what is traded: Kyle's lambda, and Amihud's illiquidity.

Trades are gathered into buckets (trade by trade, by time or by volume), and the last so many
buckets measured with windows.py. A bucket counts when it is complete, at the trade that says
so; until the next one the value stands.
"""

from __future__ import annotations

from typing import NamedTuple

from livefin.errors import IndicatorError
from livefin.folding import origin_of
from livefin.indicators.contract import NAN, TradeRow, Values
from livefin.indicators.flow.durations import duration_ns
from livefin.indicators.flow.takers import UNKNOWN, Taker, is_trade
from livefin.indicators.parameters import Parameter, checked
from livefin.indicators.stepwise import Stepwise
from livefin.indicators.totals import EARLIEST, NOTHING, Total, added
from livefin.indicators.windows import WindowCovariance, WindowSum

MILLION = 1e6


class Bucket(NamedTuple):
    """Trades taken together. Both sums with what rounding took off them."""

    price: float
    """Of its last trade."""
    signed: Total
    """Size bought less size sold."""
    turnover: Total
    """Price times size, added up."""


class Buckets:
    """Gathers trades: each by itself ("trade"), by a length of time ("1s"), by volume ("100").

    A bucket of time is complete with the first trade after it; one of volume with the trade
    that fills it, which is in it whole.

    >>> buckets = Buckets("2")
    >>> found = [buckets.take(TradeRow(0, price, 1.0, 1), 1) for price in (9.0, 8.0)]
    >>> found[0], found[1].price, found[1].signed
    (None, 8.0, (2.0, 0.0))
    """

    def __init__(self, by: str) -> None:
        self._interval, self._volume = 0, 0.0
        try:
            self._volume = 0.0 if by == "trade" else float(by)
        except (TypeError, ValueError):
            self._interval = duration_ns(by)
        if by != "trade" and not self._interval and not 0 < self._volume < float("inf"):
            raise IndicatorError(f"a bucket needs a volume above 0, got {by!r}")
        self._start = EARLIEST
        self._held: Bucket | None = None
        self._filled = NOTHING

    def take(self, row: TradeRow, sign: int) -> Bucket | None:
        """Take one more trade; the bucket that it completes, if any."""
        if self._interval:
            start = row.time - (row.time - origin_of(self._interval)) % self._interval
            done = self._held if start > self._start else None
            if start > self._start:
                self._start, self._held = start, None
            self._add(row, sign)
            return done
        self._add(row, sign)
        self._filled = added(self._filled, row.size)
        if (self._filled[0] - self._volume) + self._filled[1] < 0:
            return None
        done, self._held, self._filled = self._held, None, NOTHING
        return done

    def _add(self, row: TradeRow, sign: int) -> None:
        held = self._held
        signed, turnover = (NOTHING, NOTHING) if held is None else (held.signed, held.turnover)
        self._held = Bucket(
            row.price, added(signed, sign * row.size), added(turnover, row.price * row.size)
        )


_BY = Parameter("bucket", "text", "1s", doc='"trade", a length of time, or a volume: "100"')


class KyleLambda(Stepwise):
    """Kyle's lambda: how far the price moves for a unit of size bought, of late.

    The least-squares slope, with an intercept, of the change of price from bucket to bucket
    on the bucket's signed volume (bought less sold), over the last `window` buckets. In
    units of price a unit of size; the higher, the thinner the market. A `bucket` is "trade"
    (each by itself), a length of time ("1s") or a volume ("100"). NaN before there are as
    many, and where all buckets have the same signed volume.

    Source: Kyle, "Continuous auctions and insider trading", Econometrica 53 (1985); the
    regression as in López de Prado, "Advances in financial machine learning" (2018), ch. 19.

    >>> kyle = KyleLambda(window=2, bucket="trade")
    >>> trades = [(10.0, 1, 1.0), (10.5, 1, 1.0), (9.5, -1, 2.0), (9.0, -1, 1.0)]
    >>> [kyle.update(TradeRow(0, p, size, side))[0] for p, side, size in trades]
    [nan, nan, 0.5, 0.5]
    """

    outputs = ("lambda",)
    source = "trades"
    warm_up = None
    parameters = (Parameter("window", "int", 100, 2, 100_000, 1, doc="buckets"), _BY, UNKNOWN)

    def __init__(self, *, window: int = 100, bucket: str = "1s", unknown: str = "tick") -> None:
        self.params = checked(
            self.parameters, {"window": window, "bucket": bucket, "unknown": unknown}
        )
        self.name = f"Kyle({window}, {bucket})"
        self.reset()

    def reset(self) -> None:
        """Forget all rows."""
        self._taker = Taker(self.params["unknown"])
        self._buckets = Buckets(self.params["bucket"])
        self._window = WindowCovariance(self.params["window"])
        self._price: float | None = None
        """Of the bucket before."""
        self._value = NAN

    def update(self, row: TradeRow) -> Values:
        """Take one more trade; the slope with the buckets that are complete."""
        if not is_trade(row):
            return (NAN,)
        done = self._buckets.take(row, self._taker.take(row))
        if done is not None:
            if self._price is not None:
                joint = self._window.push(sum(done.signed), done.price - self._price)
                there = joint.variance_x > 0
                self._value = joint.covariance / joint.variance_x if there else NAN
            self._price = done.price
        return (self._value,)


class Amihud(Stepwise):
    """Amihud's illiquidity: how far the price moves, in either direction, for what is turned over.

    The mean over the last `window` buckets of |return| / turnover, times a million: the
    return, as a fraction, that goes with a turnover of a million units of the quote
    currency. The return is from the last price of the bucket before. A bucket without turnover
    is passed over. NaN before there are as many. `bucket` as in KyleLambda.

    Source: Amihud, "Illiquidity and stock returns: cross-section and time-series effects",
    Journal of Financial Markets 5 (2002), there of days.

    >>> amihud = Amihud(window=1, bucket="trade")
    >>> [amihud.update(TradeRow(0, price, 1_000.0, 1))[0] for price in (100.0, 125.0)]
    [nan, 2.0]
    """

    outputs = ("illiquidity",)
    source = "trades"
    warm_up = None
    parameters = (Parameter("window", "int", 50, 1, 100_000, 1, doc="buckets"), _BY)

    def __init__(self, *, window: int = 50, bucket: str = "1s") -> None:
        self.params = checked(self.parameters, {"window": window, "bucket": bucket})
        self.name = f"Amihud({window}, {bucket})"
        self.reset()

    def reset(self) -> None:
        """Forget all rows."""
        self._buckets = Buckets(self.params["bucket"])
        self._window = WindowSum(self.params["window"])
        self._price: float | None = None
        self._value = NAN

    def update(self, row: TradeRow) -> Values:
        """Take one more trade; the illiquidity of the buckets that are complete."""
        if not is_trade(row):
            return (NAN,)
        done = self._buckets.take(row, row.side)
        if done is not None:
            turnover = sum(done.turnover)
            if self._price and turnover > 0:
                moved = abs(done.price - self._price) / abs(self._price)
                summed = self._window.push(moved / turnover * MILLION)
                self._value = summed / self._window.n
            self._price = done.price
        return (self._value,)

"""VPIN: how one-sided the volume is, measured bucket by bucket of equal volume.

Volume is split into bought and sold, trade by trade by its taker (takers.py) or in bulk
from how far the price moved, and poured into buckets one after the other; windows.py adds up
how one-sided the last ones were.
"""

from __future__ import annotations

from math import fmod, isfinite, sqrt
from statistics import NormalDist

from livefin.errors import IndicatorError
from livefin.folding import origin_of
from livefin.indicators.contract import NAN, TradeRow, Values
from livefin.indicators.flow.durations import duration_ns
from livefin.indicators.flow.takers import Taker, is_trade
from livefin.indicators.parameters import Parameter, checked
from livefin.indicators.stepwise import Stepwise
from livefin.indicators.totals import EARLIEST, NOTHING, Total, added
from livefin.indicators.windows import WindowMoments, WindowSum

_normal = NormalDist().cdf


class VPIN(Stepwise):
    """Volume-synchronised probability of informed trading, 0 (balanced) to 1 (one-sided).

    The sum of |bought - sold| over the last `buckets` buckets, divided by their volume.
    Each holds exactly `bucket` of volume: a trade is split where it fills one up. The paper
    takes a fiftieth of an average day's volume for a bucket, and 50 of them.

    With `split="taker"` a trade belongs to its taker's side, by the tick rule where that is
    unknown; what still is unknown counts half as bought, half as sold. With "bulk" all volume
    of a `bar` of time is split by how far its last price is from the bar's before, in standard
    deviations of the last `deviations` such changes (the paper takes those of the whole sample,
    which looks ahead): the share Φ(change / deviation) is bought, half where no price moved.
    Volume before there are so many bars is left out. A bar is poured with the first trade
    after it. The value stands until the next bucket is full; NaN before there are `buckets`.

    Source: Easley, López de Prado, O'Hara, "Flow toxicity and liquidity in a high-frequency
    world", Review of Financial Studies 25 (2012).

    >>> vpin = VPIN(bucket=10.0, buckets=2)
    >>> trades = [(6.0, 1), (6.0, 1), (9.0, -1)]  # 10 bought; 2 bought and 8 sold
    >>> [vpin.update(TradeRow(i, 100.0, size, side))[0] for i, (size, side) in enumerate(trades)]
    [nan, nan, 0.8]
    """

    outputs = ("vpin",)
    source = "trades"
    warm_up = None
    parameters = (
        Parameter("bucket", "float", 10.0, 0.0, None, doc="volume of one bucket, above 0"),
        Parameter("buckets", "int", 50, 1, 100_000, 1, doc="how many buckets count"),
        Parameter("split", "choice", "taker", choices=("taker", "bulk"), doc="bought or sold"),
        Parameter("bar", "text", "1min", doc="bulk: volume that is split at once"),
        Parameter("deviations", "int", 50, 2, 100_000, 1, doc="bulk: bars that say how far is far"),
    )

    def __init__(
        self,
        *,
        bucket: float = 10.0,
        buckets: int = 50,
        split: str = "taker",
        bar: str = "1min",
        deviations: int = 50,
    ) -> None:
        self.params = checked(
            self.parameters,
            {
                "bucket": bucket,
                "buckets": buckets,
                "split": split,
                "bar": bar,
                "deviations": deviations,
            },
        )
        self._size = self.params["bucket"]
        if not (self._size > 0 and isfinite(self._size)):
            raise IndicatorError(f"a bucket needs a volume above 0, got {bucket}")
        self._bulk = split == "bulk"
        self._interval = duration_ns(bar)
        self.name = f"VPIN({bucket:g}, {buckets})"
        self.reset()

    def reset(self) -> None:
        """Forget all rows."""
        self._taker = Taker("tick")
        self._filled = NOTHING
        self._net = NOTHING
        """Bought less sold, in the bucket that is filling."""
        self._window = WindowSum(self.params["buckets"])
        self._bar = EARLIEST
        self._volume = NOTHING
        """Of the bar that is forming; and its last price, and that of the bar before."""
        self._price = self._closed = NAN
        self._changes = WindowMoments(self.params["deviations"])
        self._value = NAN

    def update(self, row: TradeRow) -> Values:
        """Take one more trade; the one-sidedness of the buckets that are full."""
        if not is_trade(row):
            return (NAN,)
        if self._bulk:
            self._in_bulk(row)
        else:
            self._pour((row.size, 0.0), self._taker.take(row))
        return (self._value,)

    def _in_bulk(self, row: TradeRow) -> None:
        bar = row.time - (row.time - origin_of(self._interval)) % self._interval
        if bar > self._bar:
            self._close_bar()
            self._bar, self._volume = bar, NOTHING
        self._price, self._volume = row.price, added(self._volume, row.size)

    def _close_bar(self) -> None:
        change, self._closed = self._price - self._closed, self._price
        if not isfinite(change):  # the first two bars
            return
        variance = self._changes.push(change).variance
        if isfinite(variance):
            deviation = sqrt(variance)
            bought = _normal(change / deviation) if deviation else 0.5
            self._pour(self._volume, 2 * bought - 1)

    def _pour(self, volume: Total, lean: float) -> None:
        """Fill buckets with `volume`, of which bought less sold is the share `lean`."""
        size = self._size
        filled = added(added(self._filled, volume[0]), volume[1])
        if (filled[0] - size) + filled[1] < 0:
            self._filled = filled
            self._net = added(self._net, lean * sum(volume))
            return
        room = size - sum(self._filled)
        self._full(abs(sum(added(self._net, lean * room))))
        # The remainder of a division is exact, however large a bad print was.
        rest = added((fmod(filled[0], size), 0.0), filled[1])
        if sum(rest) < 0:
            rest = added(rest, size)
        # A single trade may fill more buckets than the window holds.
        more = (sum(filled) - sum(rest)) / size - 1
        for _ in range(round(min(more, self._window.n))):
            self._full(abs(lean) * size)
        self._filled, self._net = rest, (lean * rest[0], lean * rest[1])

    def _full(self, one_sided: float) -> None:
        self._value = self._window.push(one_sided) / (self._window.n * self._size)

"""Oracles of the oscillators that TA-Lib lacks, by exact.py, in decimals.

Written from the definitions as their authors give them, in other words than the indicators:
a rate as a ratio, a line of least squares by its sums.
"""

from decimal import Decimal
from itertools import pairwise

from exact import (
    AVERAGES,
    above,
    close,
    column,
    deviation,
    ema,
    exactly,
    mean,
    rsi_all,
    sma,
    true_ranges,
)


def averages(average, xs, n, count):
    """The last `count` values of an average, each worked out anew."""
    ends = range(max(n, len(xs) - count + 1), len(xs) + 1)
    return [AVERAGES[average](xs[:end], n) for end in ends]


def emas(xs, n, alpha=None):
    """An exponential average at every number that has one."""
    if len(xs) < n:
        return []
    alpha = Decimal(2) / (n + 1) if alpha is None else alpha
    found = [mean(xs[:n])]
    for x in xs[n:]:
        found.append(alpha * x + (1 - alpha) * found[-1])
    return found


def last(xs, back=1):
    return xs[-back] if len(xs) >= back else None


# Rates of change


def rates(rows, n):
    closes = column(rows, "close")
    return [100 * (b / a - 1) for a, b in zip(closes, closes[n:], strict=False)]


@exactly(needs=above)
def kst(rows, *, signal, **params):
    rows, lines = rows[-200:], []
    for weight in (1, 2, 3, 4):
        found, n = rates(rows, params[f"roc{weight}"]), params[f"sma{weight}"]
        lines.append([weight * mean(found[i + 1 - n : i + 1]) for i in range(n - 1, len(found))])
    shortest = min(map(len, lines))
    values = [
        sum(each) for each in zip(*(line[len(line) - shortest :] for line in lines), strict=True)
    ]
    return last(values), sma(values, signal)


@exactly(needs=above)
def pmo(rows, *, n, smooth, signal):
    once = [10 * x for x in emas(rates(rows, 1), n, Decimal(2) / n)]
    values = emas(once, smooth, Decimal(2) / smooth)
    return last(values), ema(values, signal)


@exactly(needs=above)
def rate_of_change_bands(rows, *, n, ema, deviation):
    found = rates(rows, n)
    square = sma([x * x for x in found], deviation)
    away = None if square is None else square.sqrt()
    return last(found), last(emas(found, ema)), away, None if away is None else -away


# Oscillators of oscillators


def places(xs, n):
    """Where each stands in its range, averaged half and half; as before where there is none."""
    found, averaged = Decimal(0), []
    for i in range(n - 1, len(xs)):
        low, high = min(xs[i + 1 - n : i + 1]), max(xs[i + 1 - n : i + 1])
        if high > low:
            found = 100 * (xs[i] - low) / (high - low)
        averaged.append((averaged[-1] + found) / 2 if averaged else found)
    return averaged


@exactly(needs=close)
def schaff_trend_cycle(rows, *, n, fast, slow):
    closes = column(rows, "close")
    quick, lazy = emas(closes, fast), emas(closes, slow)
    count = min(len(quick), len(lazy))
    apart = [
        a - b for a, b in zip(quick[len(quick) - count :], lazy[len(lazy) - count :], strict=True)
    ]
    return (last(places(places(apart, n), n)),)


@exactly
def premier_stochastic(rows, *, n, smooth):
    normal = []
    for i in range(max(n - 1, len(rows) - 600), len(rows)):
        low, high = (
            min(column(rows[i + 1 - n : i + 1], "low")),
            max(column(rows[i + 1 - n : i + 1], "high")),
        )
        place = 100 * (Decimal(rows[i].close) - low) / (high - low) if high > low else Decimal(0)
        normal.append((place - 50) / 10)
    value = ema(emas(normal, smooth), smooth)
    return (None if value is None else (value.exp() - 1) / (value.exp() + 1),)


@exactly(needs=close)
def derivative_oscillator(rows, *, rsi, first, second, signal):
    values = emas(emas(rsi_all(column(rows, "close"), rsi), first), second)
    middle = sma(values, signal)
    return (None if middle is None else values[-1] - middle,)


@exactly
def wave_trend(rows, *, n, smooth, signal):
    prices = [mean([Decimal(x) for x in row[2:5]]) for row in rows]
    averaged = emas(prices, n)
    distances = [price - middle for price, middle in zip(prices[n - 1 :], averaged, strict=False)]
    usual = emas([abs(x) for x in distances], n)
    near = [Decimal(10) ** -12 * abs(middle) for middle in averaged[n - 1 :]]
    ratios = [
        away / (Decimal("0.015") * size) if size > least else Decimal(0)
        for away, size, least in zip(distances[n - 1 :], usual, near, strict=True)
    ]
    waves = emas(ratios, smooth)
    return last(waves), sma(waves, signal)


# Who moves the price


def rounded(xs):
    return [
        (a + 2 * b + 2 * c + d) / 6 for a, b, c, d in zip(xs, xs[1:], xs[2:], xs[3:], strict=False)
    ]


@exactly
def relative_vigor(rows, *, n, average):
    open_, high, low, closing = (column(rows, name) for name in ("open", "high", "low", "close"))
    moves = rounded([b - a for a, b in zip(open_, closing, strict=True)])
    ranges = rounded([b - a for a, b in zip(low, high, strict=True)])
    parts = zip(averages(average, moves, n, 4), averages(average, ranges, n, 4), strict=True)
    values = [move / reach if reach else Decimal(0) for move, reach in parts]
    return last(values), last(rounded(values))


@exactly
def demarker(rows, *, n, average):
    rose = [max(b - a, Decimal(0)) for a, b in pairwise(column(rows, "high"))]
    fell = [max(a - b, Decimal(0)) for a, b in pairwise(column(rows, "low"))]
    up, down = AVERAGES[average](rose, n), AVERAGES[average](fell, n)
    if up is None:
        return (None,)
    return (up / (up + down) if up + down else Decimal(0),)


@exactly(needs=close)
def momersion(rows, *, n):
    closes = column(rows[-n - 2 :], "close")
    moves = [b - a for a, b in pairwise(closes)]
    pairs = [a * b for a, b in pairwise(moves)]
    if len(pairs) < n:
        return (None,)
    went_on, turned = sum(x > 0 for x in pairs), sum(x < 0 for x in pairs)
    still = n - went_on - turned
    return (
        Decimal(50) if still >= Decimal(n) / 2 else 100 * Decimal(went_on) / (went_on + turned),
    )


# Squeezes


def line_end(ys):
    """The line of least squares through (0, y0), (1, y1), … at the last of them."""
    n, xs = len(ys), range(len(ys))
    if n == 1:
        return ys[0]
    slope = (n * sum(x * y for x, y in zip(xs, ys, strict=True)) - sum(xs) * sum(ys)) / (
        n * sum(x * x for x in xs) - sum(xs) ** 2
    )
    return (sum(ys) - slope * sum(xs)) / n + slope * (n - 1)


@exactly
def squeeze(rows, *, n, width, ranges, range_width, first_range):
    spans = true_ranges(rows, first_range)[-ranges:]
    if len(rows) < n or len(spans) < ranges:
        return (None,)
    closes = column(rows[-n:], "close")
    middle, band = mean(closes), Decimal(width) * deviation(closes)
    channel = Decimal(range_width) * mean(spans)
    inside = middle - channel < middle - band and middle + band < middle + channel
    return (Decimal(1 if inside else -1),)


@exactly
def momentum(rows, n):
    """How far each close is from the middle, along the last n bars, and where that ends."""
    distances = []
    for i in range(max(n - 1, len(rows) - n), len(rows)):
        held = rows[i + 1 - n : i + 1]
        middle = (max(column(held, "high")) + min(column(held, "low"))) / 2
        distances.append(Decimal(rows[i].close) - (middle + mean(column(held, "close"))) / 2)
    return (line_end(distances) if len(distances) == n else None,)


def squeeze_momentum(rows, **params):
    (on,), (value,) = squeeze(rows, **params), momentum(rows, n=params["ranges"])
    if on is None or value is None:
        return None, None
    return value, Decimal(0) if on == 1 else None


ORACLES = {
    "DeMarker": demarker,
    "DerivativeOscillator": derivative_oscillator,
    "KST": kst,
    "Momersion": momersion,
    "PMO": pmo,
    "PremierStochastic": premier_stochastic,
    "RateOfChangeBands": rate_of_change_bands,
    "RelativeVigor": relative_vigor,
    "SchaffTrendCycle": schaff_trend_cycle,
    "Squeeze": squeeze,
    "SqueezeMomentum": squeeze_momentum,
    "WaveTrend": wave_trend,
}
"""The oracle of each indicator, by the name of its class."""

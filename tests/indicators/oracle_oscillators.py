"""Oracles of adaptive averages and of oscillators that TA-Lib lacks, by exact.py, in decimals.

Written from the definitions as their authors give them, in other words than the indicators:
a rate as a ratio, a momentum as sums of rises and falls, a line of least squares by its sums.
"""

from decimal import Decimal
from itertools import pairwise
from math import cos, pi, sin

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
    wilder,
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


def middles(rows):
    return [(Decimal(row.high) + Decimal(row.low)) / 2 for row in rows]


# Averages


@exactly(needs=close)
def vidya(rows, *, n, momentum, smoothing):
    closes = column(rows, "close")
    moves = [b - a for a, b in pairwise(closes)]
    ups, downs = ([max(sign * x, Decimal(0)) for x in moves] for sign in (1, -1))
    value = None
    for i in range(momentum, len(closes)):
        if smoothing == "sums" or i == momentum:
            up, down = (mean(xs[i - momentum : i]) for xs in (ups, downs))
        else:
            up = ((momentum - 1) * up + ups[i - 1]) / momentum
            down = ((momentum - 1) * down + downs[i - 1]) / momentum
        share = abs(up - down) / (up + down) if up + down else Decimal(0)
        weight = Decimal(2) / (n + 1) * share
        value = closes[i] * weight + (closes[i - 1] if value is None else value) * (1 - weight)
    return (value,)


@exactly
def frama(rows, *, n, slowness, price):
    highs, lows = (column(rows, "close" if price == "close" else x) for x in ("high", "low"))
    prices = column(rows, "close") if price == "close" else middles(rows)
    # Of what is longer ago, an average that is slow half of the time remembers nothing.
    value, dimension, two = None, Decimal(0), Decimal(2).ln()
    for i in range(max(n - 1, len(rows) - 600), len(rows)):
        spans = [
            (max(highs[first:end]) - min(lows[first:end])) / (end - first)
            for first, end in (
                (i + 1 - n // 2, i + 1),
                (i + 1 - n, i + 1 - n // 2),
                (i + 1 - n, i + 1),
            )
        ]
        if all(spans):
            dimension = ((spans[0] + spans[1]) / spans[2]).ln() / two
        weight = (-Decimal(slowness) * (dimension - 1)).exp()
        weight = min(max(weight, Decimal("0.01")), Decimal(1))
        value = weight * prices[i] + (1 - weight) * (prices[i - 1] if value is None else value)
    return (value,)


@exactly
def alligator(rows, *, jaw, teeth, lips, jaw_shift, teeth_shift, lips_shift):
    prices = middles(rows)
    lines = ((jaw, jaw_shift), (teeth, teeth_shift), (lips, lips_shift))
    return tuple(wilder(prices[: max(len(prices) - shift, 0)], n) for n, shift in lines)


def gator(rows, **params):
    jaw, teeth, lips = alligator(rows, **params)
    upper = None if jaw is None or teeth is None else abs(jaw - teeth)
    return upper, None if teeth is None or lips is None else -abs(teeth - lips)


@exactly(needs=close)
def jma(rows, *, n, phase, power):
    """Its last stage as one filter of its last two values."""
    closes = column(rows, "close")[n - 1 :]
    if not closes:
        return (None,)
    slow = Decimal("0.45") * (n - 1)
    beta = slow / (slow + 2)
    alpha = beta ** Decimal(power)
    average, away, values = closes[0], Decimal(0), [closes[0]] * 2
    for x in closes[1:]:
        average = (1 - alpha) * x + alpha * average
        away = (1 - beta) * (x - average) + beta * away
        aim = average + (Decimal("1.5") + Decimal(phase) / 100) * away
        values.append((1 - alpha) ** 2 * aim + 2 * alpha * values[-1] - alpha**2 * values[-2])
    return (values[-1],)


@exactly(needs=close)
def ehlers_filter(rows, *, n, tool, delta):
    """His table of coefficients, with trigonometric functions as floats have them."""
    closes = column(rows, "close")
    if len(closes) < n:
        return (None,)
    sine, cosine = Decimal(sin(2 * pi / n)), Decimal(cos(2 * pi / n))
    root = Decimal("2.415") * (1 - cosine)
    alpha = -root + (root**2 + 2 * root).sqrt()
    back = (2 * (1 - alpha), -((1 - alpha) ** 2))
    if tool == "highpass":
        alpha = 1 - cosine / (1 + sine)
        scale, shape, back = 1 - alpha / 2, (1, -1, 0), (1 - alpha, 0)
    elif tool == "bandpass":
        gamma = 1 / Decimal(cos(4 * pi * delta / n))
        alpha = gamma - (gamma**2 - 1).sqrt()
        scale, shape, back = (1 - alpha) / 2, (1, 0, -1), (cosine * (1 + alpha), -alpha)
    else:
        scale, shape = {
            "gauss": (alpha**2, (1, 0, 0)),
            "butter": (alpha**2 / 4, (1, 2, 1)),
            "highpass2": ((1 - alpha / 2) ** 2, (1, -2, 1)),
        }[tool]
    start = closes[0] if tool in {"gauss", "butter"} else Decimal(0)
    held, values = [closes[0]] * 2 + closes, [start, start]
    for i in range(2, len(held)):
        new = sum(b * held[i - j] for j, b in enumerate(shape))
        values.append(scale * new + back[0] * values[-1] + back[1] * values[-2])
    return (values[-1],)


@exactly(needs=close)
def relative_average(rows, *, n):
    means = [sma(column(rows[-3 * n :], "close"), times * n) for times in (3, 2, 1)]
    return (None if None in means else means[0] - means[1] + means[2],)


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


# Channels and squeezes


@exactly(needs=close)
def envelopes(rows, *, n, percent, average):
    middle = AVERAGES[average](column(rows, "close"), n)
    if middle is None:
        return None, None, None
    away = Decimal(percent / 100) * middle
    return middle + away, middle, middle - away


@exactly(needs=close)
def zscore(rows, *, n):
    closes = column(rows[-n:], "close")
    apart = deviation(closes) if len(closes) == n else 0
    return ((closes[-1] - mean(closes)) / apart if apart else None,)


def bands(rows, n, width):
    closes = column(rows[-n:], "close")
    if len(closes) < n:
        return None
    middle, away = mean(closes), Decimal(width) * deviation(closes)
    return middle - away, middle, middle + away


@exactly(needs=close)
def percent_b(rows, *, n, width):
    found = bands(rows, n, width)
    if not found or found[0] == found[2]:
        return (None,)
    return ((Decimal(rows[-1].close) - found[0]) / (found[2] - found[0]),)


@exactly(needs=close)
def bandwidth(rows, *, n, width):
    found = bands(rows, n, width)
    return ((found[2] - found[0]) / found[1] if found and found[1] else None,)


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
    "Alligator": alligator,
    "BandWidth": bandwidth,
    "DeMarker": demarker,
    "DerivativeOscillator": derivative_oscillator,
    "EhlersFilter": ehlers_filter,
    "Envelopes": envelopes,
    "FRAMA": frama,
    "Gator": gator,
    "JMA": jma,
    "KST": kst,
    "Momersion": momersion,
    "PMO": pmo,
    "PercentB": percent_b,
    "PremierStochastic": premier_stochastic,
    "RateOfChangeBands": rate_of_change_bands,
    "RelativeAverage": relative_average,
    "RelativeVigor": relative_vigor,
    "SchaffTrendCycle": schaff_trend_cycle,
    "Squeeze": squeeze,
    "SqueezeMomentum": squeeze_momentum,
    "VIDYA": vidya,
    "WaveTrend": wave_trend,
    "ZScore": zscore,
}
"""The oracle of each indicator, by the name of its class."""

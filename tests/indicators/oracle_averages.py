"""Oracles of the averages that TA-Lib lacks, by exact.py, in decimals.

Written from the definitions as their authors give them, in other words than the indicators:
a momentum as sums of rises and falls, a dimension by logarithms, a filter by its coefficients.
"""

from decimal import Decimal
from itertools import pairwise
from math import cos, pi, sin

from exact import AVERAGES, close, column, deviation, exactly, mean, sma, wilder


def middles(rows):
    return [(Decimal(row.high) + Decimal(row.low)) / 2 for row in rows]


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


# Around an average


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


ORACLES = {
    "Alligator": alligator,
    "BandWidth": bandwidth,
    "EhlersFilter": ehlers_filter,
    "Envelopes": envelopes,
    "FRAMA": frama,
    "Gator": gator,
    "JMA": jma,
    "PercentB": percent_b,
    "RelativeAverage": relative_average,
    "VIDYA": vidya,
    "ZScore": zscore,
}
"""The oracle of each indicator, by the name of its class."""

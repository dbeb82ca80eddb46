"""Oracles of oscillators, by exact.py: their definitions in decimals."""

from decimal import Decimal
from itertools import pairwise

from exact import above, close, column, exactly, mean, rsi_all, sma, true_ranges


@exactly
def choppiness(rows, *, n, extremes, first_range):
    spans = true_ranges(rows, first_range)
    if len(spans) < n:
        return (None,)
    high, low = max(column(rows[-n:], "high")), min(column(rows[-n:], "low"))
    if extremes == "true" and len(rows) > 1:
        before = column(rows, "close")[-n - 1 : -1]
        high, low = max(high, *before), min(low, *before)
    if high == low:
        return (Decimal(100),)
    return (100 * (sum(spans[-n:]) / (high - low)).log10() / Decimal(n).log10(),)


@exactly(needs=close)
def efficiency_ratio(rows, *, n):
    closes = column(rows[-n - 1 :], "close")
    if len(closes) <= n:
        return (None,)
    way = sum(abs(b - a) for a, b in pairwise(closes))
    return (abs(closes[-1] - closes[0]) / way if way else Decimal(0),)


@exactly(needs=above)
def mcginley(rows, *, n, share):
    closes = column(rows, "close")
    if len(closes) < n:
        return (None,)
    value = mean(closes[:n])
    for last in closes[n:]:
        slow = Decimal(share) * n * (last / value) ** 4
        value += (last - value) / max(slow, 1)
    return (value,)


@exactly(needs=above)
def ulcer(rows, *, n):
    if len(rows) < n:
        return (None,)
    closes = column(rows[-n:], "close")
    falls = [100 * (last / max(closes[: i + 1]) - 1) for i, last in enumerate(closes)]
    return (mean([fall**2 for fall in falls]).sqrt(),)


@exactly(needs=close)
def stoch_rsi(rows, *, rsi, n, smooth, signal):
    values = rsi_all(column(rows, "close"), rsi)
    ends = range(max(n, len(values) - smooth - signal - 2), len(values) + 1)
    places = []
    for end in ends if len(values) >= n else ():
        held = values[end - n : end]
        low, high = min(held), max(held)
        places.append(100 * (held[-1] - low) / (high - low) if high > low else Decimal(0))
    ks = [sma(places[: i + 1], smooth) for i in range(smooth - 1, len(places))]
    return (ks[-1] if ks else None), sma(ks, signal) if ks else None


@exactly(needs=above)
def connors_rsi(rows, *, rsi, streak, rank):
    closes = column(rows, "close")
    streaks, run = [], 0
    for a, b in pairwise(closes):
        run = 0 if a == b else (max(run, 0) + 1 if b > a else min(run, 0) - 1)
        streaks.append(Decimal(run))
    changes = [(b - a) / a for a, b in pairwise(closes)]
    strengths, runs = rsi_all(closes, rsi), rsi_all(streaks, streak)
    if len(changes) <= rank or not strengths or not runs:
        return (None,)
    below = sum(change < changes[-1] for change in changes[-rank - 1 : -1])
    return (mean([strengths[-1], runs[-1], 100 * Decimal(below) / rank]),)


# The weights and bounds are the floats that they are: to compare what is computed with them.
SMOOTH = tuple(map(Decimal, (0.33, 0.67)))
EDGES = tuple(map(Decimal, (0.99, 0.999)))


@exactly
def fisher_transform(rows, *, n, price, carry):
    prices = column(rows, "close")
    if price == "median":
        prices = [(Decimal(row.high) + Decimal(row.low)) / 2 for row in rows]
    place, fishers = Decimal(0), []
    for i in range(max(n - 1, len(prices) - 500), len(prices)):
        held = prices[i + 1 - n : i + 1]
        low, high = min(held), max(held)
        now = 2 * ((prices[i] - low) / (high - low) - Decimal("0.5")) if high > low else 0
        place = SMOOTH[0] * now + SMOOTH[1] * place
        if abs(place) > EDGES[0]:
            place = EDGES[1].copy_sign(place)
        fisher = ((1 + place) / (1 - place)).ln() / 2
        fishers.append(fisher + Decimal(carry) * fishers[-1] if fishers else fisher)
    return (fishers[-1] if fishers else None), (fishers[-2] if len(fishers) > 1 else None)


ORACLES = {
    "Choppiness": choppiness,
    "ConnorsRSI": connors_rsi,
    "EfficiencyRatio": efficiency_ratio,
    "FisherTransform": fisher_transform,
    "McGinley": mcginley,
    "StochRSI": stoch_rsi,
    "Ulcer": ulcer,
}

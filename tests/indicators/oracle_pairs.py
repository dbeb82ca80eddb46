"""Oracles of volatility and of two symbols, by exact.py: their definitions in decimals."""

from decimal import Decimal
from itertools import pairwise

from exact import both, deviation, exactly, mean


@exactly
def realised_volatility(rows, *, n, estimator, seconds, year):
    if len(rows) < n + (estimator in {"close", "yang-zhang"}):
        return (None,)
    logs = [tuple(Decimal(x).ln() for x in row[1:5]) for row in rows[-n - 1 :]]
    gaps = [b[0] - a[3] for a, b in pairwise(logs)]
    moves = [b[3] - a[3] for a, b in pairwise(logs)]
    logs = logs[-n:]
    inside = mean([(up - c) * (up - o) + (down - c) * (down - o) for o, up, down, c in logs])
    two = Decimal(2).ln()
    if estimator == "close":
        variance = deviation(moves, 1) ** 2
    elif estimator == "parkinson":
        variance = mean([(up - down) ** 2 for _, up, down, _ in logs]) / (4 * two)
    elif estimator == "garman-klass":
        terms = [(up - down) ** 2 / 2 - (2 * two - 1) * (c - o) ** 2 for o, up, down, c in logs]
        variance = max(mean(terms), Decimal(0))
    elif estimator == "rogers-satchell":
        variance = inside
    else:
        k = Decimal("0.34") / (Decimal("1.34") + Decimal(n + 1) / (n - 1))
        opened = [c - o for o, _, _, c in logs]
        variance = deviation(gaps, 1) ** 2 + k * deviation(opened, 1) ** 2 + (1 - k) * inside
    scale = Decimal(1) if seconds is None else Decimal(year) / Decimal(seconds)
    return ((variance * scale).sqrt(),)


def joint(rows, n, of):
    """The last n pairs, their variances and covariance."""
    pairs = [tuple(map(Decimal, row.closes)) for row in rows[-n - 1 :]]
    if of == "returns":
        pairs = [tuple(y / x - 1 for x, y in zip(a, b, strict=True)) for a, b in pairwise(pairs)]
    pairs = pairs[-n:]
    if len(pairs) < n:
        return None
    xs, ys = zip(*pairs, strict=True)
    middle_x, middle_y = mean(xs), mean(ys)
    product = mean([(x - middle_x) * (y - middle_y) for x, y in pairs])
    return deviation(xs) ** 2, deviation(ys) ** 2, product


@exactly(needs=both)
def rolling_correlation(rows, *, n, of, symbols):
    found = joint(rows, n, of)
    return (found[2] / (found[0] * found[1]).sqrt() if found and found[0] and found[1] else None,)


@exactly(needs=both)
def rolling_beta(rows, *, n, of, symbols):
    found = joint(rows, n, of)
    return (found[2] / found[1] if found and found[1] else None,)


@exactly(needs=both)
def pair_zscore(rows, *, n, hedge, symbols):
    spreads = []
    for end in range(max(0, len(rows) - 2 * n), len(rows)):
        first, second = map(Decimal, rows[end].closes)
        found = joint(rows[max(0, end - n) : end + 1], n, "prices") if hedge is None else None
        if hedge is not None or (found and found[1]):
            slope = found[2] / found[1] if hedge is None else Decimal(hedge)
            spreads.append(first - slope * second)
    spreads = spreads[-n:]
    if len(spreads) < n or not deviation(spreads):
        return (None,)
    return ((spreads[-1] - mean(spreads)) / deviation(spreads, 1),)


ORACLES = {
    "PairZScore": pair_zscore,
    "RealisedVolatility": realised_volatility,
    "RollingBeta": rolling_beta,
    "RollingCorrelation": rolling_correlation,
}

"""What the oracles of bars and closes are written with: decimals of 50 digits, rows, averages.

An oracle takes all rows and the parameters, and gives the values at the last row, worked out
anew; None stands for NaN. Slow on purpose: no number is carried from one row to the next.
"""

from decimal import Context, Decimal, localcontext
from functools import partial, wraps
from itertools import pairwise
from math import isfinite

import pandas as pd

DIGITS = Context(prec=50)


# What a row must have


def prices(row):
    return all(isfinite(x) for x in row[1:5])


def close(row):
    return isfinite(row.close)


def above(row):
    return isfinite(row.close) and row.close > 0


def weighed(row):
    return isfinite(row.volume) and (isfinite(row.vwap) or all(map(isfinite, row[2:5])))


def both(row):
    return all(isfinite(x) and x > 0 for x in row.closes)


def exactly(function=None, *, needs=prices):
    """Rows are taken as decimals, and those that lack what is needed are left out."""
    if function is None:
        return partial(exactly, needs=needs)

    @wraps(function)
    def last(rows, **params):
        with localcontext(DIGITS):
            values = function([row for row in rows if needs(row)], **params)
        if not rows or not needs(rows[-1]):
            return (None,) * len(values)
        return values

    return last


def column(rows, name):
    return [Decimal(getattr(row, name)) for row in rows]


def decimals(xs):
    return list(map(Decimal, xs))


# Averages


def mean(xs):
    return sum(xs) / len(xs)


def sma(xs, n):
    return mean(xs[-n:]) if len(xs) >= n else None


def ema(xs, n, alpha=None):
    if len(xs) < n:
        return None
    alpha = Decimal(2) / (n + 1) if alpha is None else alpha
    value = mean(xs[:n])
    for x in xs[n:]:
        value = alpha * x + (1 - alpha) * value
    return value


def wilder(xs, n):
    return ema(xs, n, Decimal(1) / n)


AVERAGES = {"sma": sma, "ema": ema, "wilder": wilder}


def true_ranges(rows, first):
    """True ranges, after Wilder's three distances."""
    high, low, close = (column(rows, name) for name in ("high", "low", "close"))
    found = [high[0] - low[0]] if first and rows else []
    return found + [
        max(up - down, abs(up - last), abs(down - last))
        for up, down, last in zip(high[1:], low[1:], close, strict=False)
    ]


def rsi_all(xs, n):
    """RSI at every number that has one."""
    if len(xs) <= n:
        return []
    ups = [max(b - a, Decimal(0)) for a, b in pairwise(xs)]
    downs = [max(a - b, Decimal(0)) for a, b in pairwise(xs)]
    up, down = mean(ups[:n]), mean(downs[:n])
    found = []
    for i in range(n, len(ups) + 1):
        found.append(100 - 100 / (1 + up / down) if down else Decimal(100))
        if i < len(ups):
            up, down = ((n - 1) * up + ups[i]) / n, ((n - 1) * down + downs[i]) / n
    return found


def deviation(xs, less=0):
    middle = mean(xs)
    return (sum((x - middle) ** 2 for x in xs) / (len(xs) - less)).sqrt()


# What a bar counts at, and when


def paid(row, kind="bar"):
    """What a bar counts at."""
    if kind == "close":
        return Decimal(row.close)
    if kind == "mean":
        return mean([Decimal(x) for x in row[1:5]])
    if kind == "bar" and isfinite(row.vwap):
        return Decimal(row.vwap)
    return mean([Decimal(x) for x in row[2:5]])


def session_of(row, tz, session):
    assert session == "1D"
    return pd.Timestamp(row.time, tz="UTC").tz_convert(tz).date()

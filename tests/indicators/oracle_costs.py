"""Oracles of what trades cost, by oracle_flow.py: their definitions, in exact fractions.

`quoted` are rows to hold them against, late and lacking ones among them.
"""

from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from math import isfinite

from flowrows import made
from oracle_flow import defined, is_trade, reached, signs

from livefin.indicators.contract import QuotedRow
from livefin.indicators.flow.durations import duration_ns


def quoted_row(m, time):
    quote = m.quote(time)
    return QuotedRow(*m.trade(time), quote.bid, quote.ask)


quoted = made.map(lambda m: [quoted_row(m, time) for time in m.times])


def has_all(row, **_):
    return all(isfinite(x) for x in (row.price, row.size, row.bid, row.ask))


def recent(kept, window):
    """More than enough, of which some have no side and some are not old enough."""
    return kept[-3 * window - 100 :]


def middle(row):
    return (Fraction(row.bid) + Fraction(row.ask)) / 2


def takers(kept, unknown):
    """By what the venue says, else by the quote, else by the tick."""
    found = []
    for row, tick in zip(kept, signs(kept), strict=True):
        # As written: 100.14 is half-way from 100.13 to 100.15.
        price, bid, ask = (Fraction(repr(x)) for x in (row.price, row.bid, row.ask))
        off = 2 * price - bid - ask
        guess = 0 if unknown == "skip" else ((off > 0) - (off < 0) or tick)
        found.append(row.side or guess)
    return found


def mean_of(costs, window):
    """The mean of the last (cost, size) by size."""
    last = costs[-window:]
    sizes = sum(size for _, size in last)
    return (sum(x * size for x, size in last) / sizes if len(last) == window and sizes else None,)


def unit_of(row, unit):
    return 1 if unit == "price" else 10_000 / middle(row)


@defined(has_all)
def effective_spread(kept, *, window, unit, unknown):
    kept = recent(kept, window)
    costs = [
        (2 * side * (Fraction(row.price) - middle(row)) * unit_of(row, unit), Fraction(row.size))
        for row, side in zip(kept, takers(kept, unknown), strict=True)
        if side
    ]
    return mean_of(costs, window)


def later(kept, horizon, unknown):
    """Each trade of known side with the first one that is old enough after it."""
    times = reached(kept)
    for i, side in enumerate(takers(kept, unknown)):
        due = times[i] + duration_ns(horizon)
        after = next((j for j in range(i, len(kept)) if times[j] >= due), None)
        if side and after is not None:
            yield kept[i], side, kept[after]


@defined(has_all)
def realised_spread(kept, *, window, horizon, unit, unknown):
    costs = [
        (2 * side * (Fraction(row.price) - middle(then)) * unit_of(row, unit), Fraction(row.size))
        for row, side, then in later(recent(kept, window), horizon, unknown)
    ]
    return mean_of(costs, window)


@defined(has_all)
def price_impact(kept, *, window, horizon, unit, unknown):
    costs = [
        (2 * side * (middle(then) - middle(row)) * unit_of(row, unit), Fraction(row.size))
        for row, side, then in later(recent(kept, window), horizon, unknown)
    ]
    return mean_of(costs, window)


@defined(is_trade)
def roll_spread(kept, *, window, unit):
    prices = [Fraction(row.price) for row in kept[-window - 2 :]]
    changes = [b - a if unit == "price" else 10_000 * (b / a - 1) for a, b in pairwise(prices)]
    pairs = list(pairwise(changes))
    if len(pairs) < window:
        return (None,)
    means = [sum(pair[i] for pair in pairs) / window for i in (0, 1)]
    covariance = sum((a - means[0]) * (b - means[1]) for a, b in pairs) / window
    with localcontext() as context:
        context.prec = 40
        over = Decimal(-covariance.numerator) / Decimal(covariance.denominator)
        return (2 * over.sqrt() if over > 0 else None,)


ORACLES = {
    "EffectiveSpread": effective_spread,
    "PriceImpact": price_impact,
    "RealisedSpread": realised_spread,
    "RollSpread": roll_spread,
}

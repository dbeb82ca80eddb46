"""The oracle of each indicator on bars and closes, and how far an indicator is from its own.

They are written by exact.py, an idea a file; those on trades, quotes and books are in
oracle_flow.py.
"""

from fractions import Fraction
from math import isnan

import oracle_averages
import oracle_oscillators
import oracle_pairs
import oracle_ranges
import oracle_strength
import oracle_structure
import oracle_trends
import oracle_volume

ORACLES = (
    oracle_averages.ORACLES
    | oracle_oscillators.ORACLES
    | oracle_pairs.ORACLES
    | oracle_ranges.ORACLES
    | oracle_strength.ORACLES
    | oracle_structure.ORACLES
    | oracle_trends.ORACLES
    | oracle_volume.ORACLES
)
"""The oracle of each indicator, by the name of its class."""


def error(values, oracle, least=0.0):
    """The largest relative error; infinite where one has a value and the other has none.

    Relative to `least` where the true value is nearer 0 than that.
    """
    worst = 0.0
    for value, true in zip(values, oracle, strict=True):
        if true is None or isnan(value):
            if true is not None or not isnan(value):
                return float("inf")
        elif value != true:
            apart = abs(Fraction(value) - Fraction(true))
            size = max(abs(Fraction(true)), Fraction(least))
            worst = max(worst, float(apart / size) if size else float("inf"))
    return worst


def furthest(indicator, rows, **options):
    """The largest error of an indicator along rows, from the first one on."""
    true = ORACLES[type(indicator).__name__]
    return max(
        error(indicator.update(row), true(rows[: i + 1], **indicator.params), **options)
        for i, row in enumerate(rows)
    )


def first(indicator, rows):
    """Rows before the first one at which an indicator has a value; None where none has."""
    return next(
        (i for i, row in enumerate(rows) if not all(map(isnan, indicator.update(row)))), None
    )

"""One way to hold an indicator of ticks against its oracle: at every row, peeked and taken."""

import numpy as np
from oracle_costs import ORACLES as COSTS
from oracle_flow import ORACLES, same
from oracle_stoikov import ORACLES as STOIKOV


def matches(indicator, rows, **limits):
    """Stream values equal the oracle's, peeks equal what the update then gives."""
    indicator.reset()
    oracle = (ORACLES | COSTS | STOIKOV)[type(indicator).__name__]
    for i, row in enumerate(rows):
        peeked = [indicator.peek(row) for _ in range(2)]
        values = indicator.update(row)
        np.testing.assert_array_equal(peeked, [values, values])
        true = oracle(rows[: i + 1], **indicator.params)
        assert same(values, true, **limits), f"row {i}: {values}, and not {true}"

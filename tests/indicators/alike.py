"""One way to hold an indicator of ticks against its oracle: at every row, peeked and taken."""

import numpy as np
from oracle_flow import same


def matches(indicator, rows, oracle, **limits):
    """Stream values equal the oracle's, peeks equal what the update then gives."""
    indicator.reset()
    for i, (row, true) in enumerate(zip(rows, oracle, strict=True)):
        peeked = [indicator.peek(row) for _ in range(2)]
        values = indicator.update(row)
        np.testing.assert_array_equal(peeked, [values, values])
        width = len(indicator.outputs)
        expected = true if len(true) == width else (None,) * width
        assert same(values, expected, **limits), f"row {i}: {values}, and not {expected}"

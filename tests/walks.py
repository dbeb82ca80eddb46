"""Random walks as frames of bars, for tests of indicators. The same seed, the same bars."""

import numpy as np
import pandas as pd


def market(seed, count=1_000):
    """A random walk of bars; volumes are such that MAVP can take them as periods."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, count)))
    opening = np.concatenate([close[:1], close[:-1]]) * np.exp(rng.normal(0, 0.003, count))
    top, bottom = np.maximum(opening, close), np.minimum(opening, close)
    return pd.DataFrame(
        {
            "open": opening,
            "high": top * (1 + np.abs(rng.normal(0, 0.004, count))),
            "low": bottom * (1 - np.abs(rng.normal(0, 0.004, count))),
            "close": close,
            "volume": rng.lognormal(3, 1, count),
        },
        index=pd.date_range("2026-03-01", periods=count, freq="1min", tz="UTC"),
    )

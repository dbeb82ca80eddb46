"""Rows of any source, as many as wanted, the same for the same seed, with one bad print.

Prices come back to 100 again and again; some bars have no volume, some no average price.
"""

import numpy as np

from livefin.indicators.contract import (
    BarRow,
    BookRow,
    ClosesRow,
    QuotedRow,
    QuoteRow,
    TradeRow,
)

S = 10**9
NAN = float("nan")
BEGIN = 20 * 3_600 * S
"""Before the first midnight, so that a new day begins within a few hundred bars."""
PIECE = 10_000
BAD = 1e6
"""How many times too high the bad print is."""


def made(source="bars", count=1_000, *, seed=7, bad=None):
    """So many rows, one by one; the one at `bad` is a million times too high."""
    rng = np.random.default_rng(seed)
    make = {
        "bars": _bars,
        "trades": _trades,
        "quoted": _quoted,
        "quotes": _quotes,
        "book": _books,
        "closes": _closes,
    }
    level, at = np.zeros(2), BEGIN
    for start in range(0, count, PIECE):
        n = min(PIECE, count - start)
        walk = []
        for step in rng.normal(0.0, 0.002, (n, 2)) + rng.normal(0.0, 0.002, (n, 1)):
            level = 0.995 * level + step
            walk.append(level)
        prices = 100 * np.exp(np.array(walk))
        if bad is not None and start <= bad < start + n:
            prices[bad - start, 0] *= BAD
        if source in {"bars", "closes"}:
            times = at + 60 * S * np.arange(1, n + 1)
        else:  # a day of some 2,000 rows, in bursts
            gaps = np.where(rng.random(n) < 0.3, rng.integers(0, 2 * S, n), 60 * S)
            times = at + np.cumsum(gaps)
        at = int(times[-1])
        yield from make[source](rng, times.tolist(), prices)


def _bars(rng, times, prices):
    n = len(times)
    close = prices[:, 0]
    open_ = close * np.exp(rng.normal(0, 0.001, n))
    high = np.maximum(open_, close) * np.exp(np.abs(rng.normal(0, 0.001, n)))
    low = np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0, 0.001, n)))
    volume = np.where(rng.random(n) < 0.02, 0.0, rng.lognormal(1.0, 1.0, n))
    vwap = np.where(rng.random(n) < 0.1, NAN, low + (high - low) * rng.random(n))
    columns = (open_, high, low, close, volume, vwap)
    yield from map(BarRow, times, *(column.tolist() for column in columns))


def _trades(rng, times, prices):
    n = len(times)
    sides = rng.choice([1, -1, 0], n, p=[0.45, 0.45, 0.1])
    columns = (prices[:, 0].round(2), rng.lognormal(0.0, 1.0, n), sides)
    yield from map(TradeRow, times, *(column.tolist() for column in columns))


def _quoted(rng, times, prices):
    for trade in _trades(rng, times, prices):
        bid = round(trade.price - 0.01 * int(rng.integers(-1, 4)), 2)
        yield QuotedRow(*trade, bid, round(bid + 0.01 * int(rng.integers(1, 4)), 2))


def _quotes(rng, times, prices):
    n = len(times)
    bid = prices[:, 0].round(2)
    ask = bid + 0.01 * rng.integers(1, 6, n)
    columns = (bid, rng.lognormal(0, 1, n), ask, rng.lognormal(0, 1, n))
    yield from map(QuoteRow, times, *(column.tolist() for column in columns))


def _books(rng, times, prices, depth=6):
    steps = np.cumsum(0.01 * rng.integers(1, 4, (len(times), 2, depth)), axis=2)
    sizes = rng.lognormal(0, 1, (len(times), 2, depth)).tolist()
    for time, price, step, size in zip(times, prices[:, 0].round(2), steps, sizes, strict=True):
        bids = tuple(zip((price - step[0]).tolist(), size[0], strict=True))
        yield BookRow(time, bids, tuple(zip((price + step[1]).tolist(), size[1], strict=True)))


def _closes(_rng, times, prices):
    yield from map(ClosesRow, times, map(tuple, prices.tolist()))

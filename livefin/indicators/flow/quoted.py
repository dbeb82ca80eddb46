"""Trades with the best bid and ask that stood before them: what it takes to say what they cost.

By the venue's own time, strictly before the trade's: a quote of the same moment may be what the
trade has left behind. And by arrival: a quote that came in only after the trade was not to be
seen by then. No I/O, no state. Used by tradecost.py's indicators, in batch and along a feed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livefin.indicators.contract import QuotedRow, TradeRow
from livefin.indicators.flow.takers import Taker
from livefin.indicators.rows import times
from livefin.indicators.totals import EARLIEST

Times = NDArray[np.int64]
ARRIVED = "ts_recv"
LATEST = 2**63 - 1
NEAR = 1e-12
"""100.14 is half-way from 100.13 to 100.15, though no float of them is."""


def quoted(trades: pd.DataFrame, quotes: pd.DataFrame) -> pd.DataFrame:
    """`trades` with the columns `bid` and `ask`, of the last quote before each.

    Both as the feed has them, in the order of their arrival, `quotes` also as a BookTape has
    them. A quote that came late counts as of the time that was reached by then. NaN before
    the first quote, and where that quote lacks a side. Where one of the frames does not know
    when its rows arrived (`ts_recv`), their times alone count.

    >>> at = pd.to_datetime([0, 5, 10], unit="s", utc=True)
    >>> quotes = pd.DataFrame({"bid": [9.0, 9.5, 9.8], "ask": [10.0, 10.5, 10.8]}, at)
    >>> trades = pd.DataFrame({"price": [10.5, 10.8], "size": 1.0}, at[1:] + pd.Timedelta("1s"))
    >>> quoted(trades, quotes).bid.tolist(), quoted(trades, quotes.iloc[:0]).bid.tolist()
    ([9.5, 9.8], [nan, nan])
    """
    before = np.searchsorted(np.maximum.accumulate(_stamps(quotes)), _stamps(trades))
    if ARRIVED in trades and ARRIVED in quotes:
        # Where nobody knows when a row arrived, its time alone counts.
        came = np.maximum.accumulate(_arrivals(quotes, unknown=EARLIEST))
        asked = _arrivals(trades, unknown=LATEST)
        before = np.minimum(before, np.searchsorted(came, asked, side="right"))
    sides = {}
    for side in ("bid", "ask"):
        # A first quote that is none stands for all before the first one.
        column = np.append(np.nan, np.asarray(quotes[side], dtype=np.float64))
        sides[side] = column[before]
    return trades.assign(**sides)


def _stamps(df: pd.DataFrame) -> Times:
    times(df.iloc[:0])  # says what is wrong with an index of no times
    return pd.DatetimeIndex(df.index).as_unit("ns").asi8


def _arrivals(df: pd.DataFrame, *, unknown: int) -> Times:
    index = pd.DatetimeIndex(df[ARRIVED])
    return np.where(index.isna(), unknown, index.as_unit("ns").asi8)


class QuotedTaker:
    """Signs trades that have their quote: 1 where the taker bought, -1 where it sold.

    What the venue says counts. Else, with the rule "tick", a trade above the middle of the
    quote is a purchase, one below it a sale, and one at it goes by the tick test of `Taker`.
    With "skip" it is 0, as it is where nobody can tell.

    Source: Lee, Ready, "Inferring trade direction from intraday data", Journal of Finance 46
    (1991).

    >>> taker = QuotedTaker("tick")
    >>> [taker.take(QuotedRow(0, price, 1.0, 0, 9.0, 11.0)) for price in (10.5, 10.0, 9.5)]
    [1, -1, -1]
    """

    def __init__(self, unknown: str) -> None:
        self._ticks = Taker(unknown)

    def take(self, row: QuotedRow) -> int:
        """Take one more trade; its side."""
        tick = self._ticks.take(TradeRow(*row[:4]))
        if row.side or self._ticks.unknown == "skip":
            return row.side
        off = (row.price - row.bid) + (row.price - row.ask)
        if abs(off) <= NEAR * abs(row.price):
            return tick
        return 1 if off > 0 else -1


def mid(row: QuotedRow) -> float:
    """The middle of the quote that stood before a trade.

    >>> mid(QuotedRow(0, 10.5, 1.0, 1, 9.0, 11.0))
    10.0
    """
    return row.bid + (row.ask - row.bid) / 2

"""Rows of a market as indicators take them, to and from frames as the feed gives them.

The frames are those of `feed.bars`, `feed.trades`, `feed.quotes` and of a BookTape with
levels; of several symbols' closes it is a column a symbol. No I/O, no state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from livefin.errors import IndicatorError
from livefin.indicators.contract import (
    NAN,
    BarRow,
    BookRow,
    ClosesRow,
    QuotedRow,
    QuoteRow,
    Row,
    TradeRow,
)

SIDES = {"buy": 1, "sell": -1}


def rows(df: pd.DataFrame, source: str = "bars") -> Iterator[Row]:
    """The rows of a frame, oldest first, one by one. Raises IndicatorError.

    >>> times = pd.date_range("2026-03-01", periods=2, freq="1s", tz="UTC")
    >>> trades = pd.DataFrame({"price": [9.0, 8.0], "size": 1.0, "side": ["buy", None]}, times)
    >>> [row.side for row in rows(trades, "trades")]
    [1, 0]
    """
    make = _MAKERS.get(source)
    if make is None:
        raise IndicatorError(f"no source {source!r}; there are {', '.join(_MAKERS)}")
    return make(df)


def times(df: pd.DataFrame) -> list[int]:
    """Each row's time in ns since 1970 UTC. Raises IndicatorError without an index of times."""
    index = df.index
    if not isinstance(index, pd.DatetimeIndex):
        raise IndicatorError(f"rows must be indexed by time, not by {type(index).__name__}")
    return index.as_unit("ns").asi8.tolist()


def columns(df: pd.DataFrame, *names: str) -> list[Any]:
    """Columns as lists of floats. Raises IndicatorError for those that are missing."""
    missing = [name for name in names if name not in df]
    if missing:
        raise IndicatorError(
            f"the frame has no {', '.join(missing)}; it has {_there(df)}{_advice(df, missing)}"
        )
    return [np.asarray(df[name], dtype=np.float64).tolist() for name in names]


def _there(df: pd.DataFrame) -> str:
    return ", ".join(map(str, df.columns)) or "no columns"


def _advice(df: pd.DataFrame, missing: list[str]) -> str:
    lower = {str(name).lower() for name in df.columns}
    return "; as df.rename(columns=str.lower)" if lower.issuperset(missing) else ""


def _bars(df: pd.DataFrame) -> Iterator[Row]:
    values = columns(df, "open", "high", "low", "close", "volume")
    vwap = columns(df, "vwap")[0] if "vwap" in df else [NAN] * len(df)
    return map(BarRow, times(df), *values, vwap)


def _trades(df: pd.DataFrame) -> Iterator[Row]:
    return map(TradeRow, times(df), *columns(df, "price", "size"), _sides(df))


def _quoted(df: pd.DataFrame) -> Iterator[Row]:
    prices, sizes, *quotes = columns(df, "price", "size", "bid", "ask")
    return map(QuotedRow, times(df), prices, sizes, _sides(df), *quotes)


def _sides(df: pd.DataFrame) -> list[int]:
    return [SIDES.get(side, 0) for side in df["side"]] if "side" in df else [0] * len(df)


def _quotes(df: pd.DataFrame) -> Iterator[Row]:
    return map(QuoteRow, times(df), *columns(df, "bid", "bid_size", "ask", "ask_size"))


def _book(df: pd.DataFrame) -> Iterator[Row]:
    depth = 0
    while f"bid_price_{depth}" in df:
        depth += 1
    sides = []
    for side in ("bid", "ask"):
        names = [f"{side}_{what}_{i}" for i in range(depth) for what in ("price", "size")]
        values = np.array(columns(df, *names), dtype=np.float64).reshape(depth, 2, len(df))
        levels = values.transpose(2, 0, 1).tolist()
        sides.append([tuple((p, s) for p, s in row if p == p) for row in levels])  # noqa: PLR0124
    return map(BookRow, times(df), *sides)


def _closes(df: pd.DataFrame) -> Iterator[Row]:
    values = np.asarray(df, dtype=np.float64).tolist()
    return map(ClosesRow, times(df), map(tuple, values))


_MAKERS: dict[str, Callable[[pd.DataFrame], Iterator[Row]]] = {
    "bars": _bars,
    "trades": _trades,
    "quoted": _quoted,
    "quotes": _quotes,
    "book": _book,
    "closes": _closes,
}


def frame(given: Iterable[Row]) -> pd.DataFrame:
    """Rows of bars, trades or quotes as a frame again.

    >>> frame([BarRow(0, 1.0, 2.0, 0.5, 1.5, 10.0)]).close.tolist()
    [1.5]
    """
    held = list(given)
    if not held:
        return frame([BarRow(0, NAN, NAN, NAN, NAN, NAN)]).iloc[:0]
    values = pd.DataFrame(held, columns=type(held[0])._fields)
    index = pd.to_datetime(values.pop("time"), utc=True).rename("time")
    if isinstance(held[0], TradeRow):
        names = {sign: side for side, sign in SIDES.items()}
        values["side"] = [names.get(side) for side in values["side"]]
    return values.set_index(pd.DatetimeIndex(index))

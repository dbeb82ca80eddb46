"""Rows of a pandas frame as events: trades, quotes, bars or rates, told by the columns.

Columns are checked whole, so that a frame of a million rows costs about a second; an error
names the first row that is wrong. Nothing is resampled, sorted or made up. Used by push.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livefin.events import Bar, MarketEvent, Quote, Rate, Trade
from livefin.given import HISTORY, MAX_NS, UNITS, EventError, check_symbol, to_id

S = 1_000_000_000
KINDS: dict[str, tuple[type, tuple[str, ...]]] = {
    "trades": (Trade, ("price", "size")),
    "quotes": (Quote, ("bid", "ask")),
    "bars": (Bar, ("open", "high", "low", "close")),
    "rates": (Rate, ("rate",)),
}
"""Channel -> its event, and the columns that a frame of it must have."""
TIMES = ("time", "ts_event", "timestamp", "datetime", "date")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
INTERVALS = {
    int(text[:-1]) * _SECONDS[text[-1]] * S: text
    for text in "1s 5s 10s 30s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w".split()  # noqa: SIM905
}
"""Length in ns -> as livefin writes it."""
Times: TypeAlias = NDArray[np.int64]
_SIDES = {"buy": "buy", "sell": "sell", "": None, "nan": None, "none": None, "<na>": None}


def events_of(
    df: pd.DataFrame,
    now: int,
    *,
    symbol: str | None = None,
    channel: str | None = None,
    interval: str | None = None,
) -> list[MarketEvent]:
    """The rows of `df` in their order.

    `symbol` where there is no such column, `interval` of bars where their distance does not
    tell it, `channel` where the columns fit several. Raises EventError.

    >>> df = pd.DataFrame({"time": [1618678262712], "price": [10.5], "size": [2]})
    >>> events_of(df, 10**18, symbol="ABC")[0].ts_event
    1618678262712000000
    """
    if not isinstance(df, pd.DataFrame):
        raise EventError(f"a {type(df).__name__} is no frame; give a pandas DataFrame")
    columns = _Columns(df)
    channel = _channel(columns, channel)
    if not len(df):
        return []
    kind, needed = KINDS[channel]
    for name in needed:
        if name not in columns:
            raise EventError(
                f"{channel} need a column {name!r}; there are: {columns.there}. "
                f"Rename one, or add it: df.assign({name}=…)"
            )
    symbols = [symbol] * len(df) if symbol is not None else columns.texts("symbol")
    for each in dict.fromkeys(symbols):
        check_symbol(each)
    ts_event = columns.times()
    ts_recv = columns.received(ts_event, now)
    heads = (symbols, ts_event.tolist(), ts_recv)
    if channel == "bars":
        rest = _bars(columns, ts_event, symbols, interval)
    else:
        rest = _VALUES[channel](columns)
    return [kind(*row) for row in zip(*heads, *rest, strict=True)]


def _channel(columns: _Columns, channel: str | None) -> str:
    if channel is not None:
        if channel not in KINDS:
            raise EventError(f"there is no channel {channel!r}; frames hold: {', '.join(KINDS)}")
        return channel
    keys = {"trades": ("price",)}
    fitting = [
        name
        for name, (_, needed) in KINDS.items()
        if all(column in columns for column in keys.get(name, needed))
    ]
    if len(fitting) != 1:
        what = f"fit {' and '.join(fitting)}: say channel=" if fitting else "tell no kind of rows"
        raise EventError(
            f"the columns {columns.there} {what}; trades have price and size, quotes bid and "
            "ask, bars open, high, low and close, rates have rate"
        )
    return fitting[0]


def _trades(columns: _Columns) -> Iterator[list[Any]]:
    yield columns.numbers("price")
    yield columns.numbers("size", least=0.0)
    yield columns.sides()
    yield columns.ids("id")


def _quotes(columns: _Columns) -> Iterator[list[Any]]:
    for side in ("bid", "ask"):
        yield columns.numbers(side, unknown=True)
        yield columns.numbers(f"{side}_size", least=0.0, unknown=True)
    yield columns.counts("sequence")


def _rates(columns: _Columns) -> Iterator[list[Any]]:
    yield columns.numbers("rate")


_VALUES = {"trades": _trades, "quotes": _quotes, "rates": _rates}


def _bars(
    columns: _Columns, times: Times, symbols: list[str], interval: str | None
) -> Iterator[list[Any]]:
    if "interval" in columns and interval is None:
        yield columns.texts("interval")
    else:
        yield [interval or _interval(times, symbols)] * len(times)
    for name in ("open", "high", "low", "close"):
        yield columns.numbers(name)
    yield columns.numbers("volume", least=0.0, default=0.0)
    yield [int(count) for count in columns.numbers("trades", least=0.0, default=0.0)]
    yield columns.flags("closed")


def _interval(times: Times, symbols: list[str]) -> str:
    """How far the bars of a symbol are apart, as it is most of the time."""
    first = times[np.array(symbols) == symbols[0]]
    steps, counts = np.unique(np.diff(np.sort(first)), return_counts=True)
    step = int(steps[counts.argmax()]) if len(steps) else 0
    if step not in INTERVALS:
        raise EventError('how long a bar is cannot be told from their times: say interval="1m"')
    return INTERVALS[step]


class _Columns:
    """The columns of a frame by their names in small letters."""

    def __init__(self, df: pd.DataFrame) -> None:
        if isinstance(df.columns, pd.MultiIndex):
            raise EventError("the columns have several levels; take one: df.xs(…, axis=1)")
        self._df = df
        self._names = {str(name).strip().lower(): i for i, name in enumerate(df.columns)}
        self.there = ", ".join(map(repr, df.columns)) or "none"

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def __getitem__(self, name: str) -> pd.Series[Any]:
        return self._df.iloc[:, self._names[name]]

    def _wrong(self, name: str, bad: NDArray[np.bool_], why: str) -> EventError:
        row = int(np.flatnonzero(bad)[0])
        i = self._names.get(name)
        column = self._df.index if i is None else self._df.iloc[:, i]
        value = column[row : row + 1].tolist()[0]  # as Python has it, not numpy
        return EventError(f"row {row}: {name} is {value!r}, {why}")

    def numbers(
        self,
        name: str,
        *,
        least: float = -np.inf,
        unknown: bool = False,
        default: float = np.nan,
    ) -> list[float]:
        """A column of finite numbers from `least` on; NaN where they may be `unknown`."""
        if name not in self:
            return [default] * len(self._df)
        values = pd.to_numeric(self[name], errors="coerce").to_numpy(dtype="f8", na_value=np.nan)
        nan = np.isnan(values)
        bad = np.isinf(values) | (values < least)
        bad |= nan & self[name].notna().to_numpy() if unknown else nan
        if bad.any():
            raise self._wrong(
                name, bad, f"below {least:g}" if values[bad][0] < least else "no number"
            )
        return values.tolist()

    def texts(self, name: str) -> list[str]:
        """A column of texts; `symbol` may be called ticker."""
        if name not in self and name == "symbol":
            raise EventError(f'whose rows are these? say symbol="ABC"; there are: {self.there}')
        values = self[name].astype(object).tolist()
        bad = np.array([not (isinstance(value, str) and value) for value in values])
        if bad.any():
            raise self._wrong(name, bad, "no text")
        return values

    def sides(self) -> list[Any]:
        """The takers' sides; None where unknown."""
        if "side" not in self:
            return [None] * len(self._df)
        given = [str(value).lower() for value in self["side"].astype(object)]
        bad = np.array([side not in _SIDES for side in given])
        if bad.any():
            raise self._wrong("side", bad, 'neither "buy" nor "sell" (the taker\'s)')
        return [_SIDES[side] for side in given]

    def ids(self, name: str) -> list[int | str | None]:
        """Numbers or texts; None where they are missing, which frames write as -1."""
        if name not in self:
            return [None] * len(self._df)
        missing = self[name].isna().tolist()
        out: list[int | str | None] = []
        for row, value in enumerate(self[name].astype(object).tolist()):
            # A column that lacks one is of floats.
            whole = int(value) if isinstance(value, float) and value.is_integer() else value
            try:
                out.append(None if missing[row] or whole == -1 else to_id(whole))
            except EventError as error:
                raise EventError(f"row {row}: {error}") from None
        return out

    def counts(self, name: str) -> list[int | None]:
        """Whole numbers; None where they are missing, which frames write as -1."""
        found = self.ids(name)
        bad = np.array([isinstance(value, str) for value in found])
        if bad.any():
            raise self._wrong(name, bad, "no whole number")
        return found  # type: ignore[return-value] # none is a text

    def flags(self, name: str) -> list[bool]:
        """A column of truth; true where there is none."""
        return [True] * len(self._df) if name not in self else self[name].astype(bool).tolist()

    def received(self, ts_event: Times, now: int) -> list[int]:
        """When the rows came: as they say, else now, and what is history when it happened."""
        if "ts_recv" in self:
            return list(self._ns("ts_recv", self["ts_recv"]).tolist())
        return [now if now - ts < HISTORY else ts for ts in ts_event.tolist()]

    def times(self) -> Times:
        """When the rows happened, in ns."""
        for name in TIMES:
            if name in self:
                return self._ns(name, self[name])
        index = self._df.index
        if isinstance(index, pd.DatetimeIndex):
            return self._ns("time", index.to_series())
        raise EventError(
            f"no times: give the frame a DatetimeIndex or a column 'time'; there are: {self.there}"
        )

    def _ns(self, name: str, column: pd.Series[Any]) -> Times:
        if pd.api.types.is_numeric_dtype(column):
            return self._numbers_ns(name, column)
        if not pd.api.types.is_datetime64_any_dtype(column):
            try:
                column = pd.to_datetime(column, utc=True, format="ISO8601")
            except (ValueError, TypeError) as error:
                why = str(error).partition("\n")[0]
                raise EventError(f"{name}: {why} Use pd.to_datetime first") from None
        if column.dt.tz is not None:
            column = column.dt.tz_convert("UTC").dt.tz_localize(None)
        missing = column.isna().to_numpy()
        if missing.any():
            raise self._wrong(name, missing, "no time")
        ns: Times = column.to_numpy().astype("datetime64[ns]").astype("i8")
        return ns

    def _numbers_ns(self, name: str, column: pd.Series[Any]) -> Times:
        values = column.to_numpy(dtype=None if column.dtype.kind in "iu" else "f8")
        bad = ~((values >= UNITS[0][0]) & (values <= MAX_NS))
        if bad.any():
            raise self._wrong(name, bad, "no time after 1973 in s, ms, µs or ns")
        bounds = [least for least, _, _ in UNITS]
        units = np.searchsorted(bounds, values, side="right") - 1
        factor = UNITS[int(units[0])][1]
        if (units != units[0]).any():
            raise self._wrong(name, units != units[0], "of another unit than the rows before")
        whole = values.astype("i8")
        ns: Times = whole * factor + np.rint((values - whole) * factor).astype("i8")
        return ns

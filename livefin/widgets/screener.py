"""The screener: a live table with a row a symbol and a column an indicator's line.

`table` makes of the present readings what the page shows: short texts, zones by each
indicator's levels, notes for what fails. A row whose readings are the same is not made again.
The page sorts, by the header that was clicked or by `sort`, and colours; its half is
screener.js. What is computed, and when, is abreast's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import traitlets

from livefin.chart.asked import feed_of
from livefin.chart.overlays import Overlay
from livefin.chart.source import ChartFeed
from livefin.errors import ChartError
from livefin.indicators.contract import Indicator
from livefin.widgets.abreast import PRICE, Abreast, Reading
from livefin.widgets.figures import clip, places, price, sparkline
from livefin.widgets.living import LiveWidget, page

ROWS = 200
NOTES = 5
OWN = ("symbol", PRICE, "change")
"""Columns that every table has."""
Levels = Sequence[float]


def screener(
    feed: ChartFeed,
    indicators: Mapping[str, Overlay] | Iterable[Overlay],
    *,
    symbols: Iterable[str] | None = None,
    bars: str = "1s",
    sort: str | None = None,
    colour: bool | Mapping[str, Levels | None] = True,
    sparklines: Iterable[str] = (PRICE,),
    rows: int = ROWS,
) -> Screener:
    """A live table of `indicators` over all symbols of `feed`; show it in a cell.

    Args:
        feed: a feed with trades.
        indicators: by name, or some; functions of a frame of bars as well. A column a line.
        symbols: whose rows; by default all that the feed has, also those that come later.
        bars: interval of the bars, as "1s" or "5min".
        sort: the column to sort by, falling with a "-" before it; clicking a header changes it.
        colour: False for none; or levels by column, such as {"RSI": (20, 80)}, in place of the
            indicator's own. Below the lowest and above the highest a cell is coloured, with
            one level on both sides of it. None leaves a column plain. A histogram's level is 0.
        sparklines: columns that show how their last 60 bars went.
        rows: the most rows; further symbols are counted under the table.

    `change` is the price's, in percent, over the bars that the sparkline has. An indicator
    that fails shows its error at its cells and under the table. Raises ChartError,
    IndicatorError, FrameError.

    >>> import livefin as lf
    >>> from livefin.indicators import ta
    >>> feed = lf.push("example", ["ABC", "XYZ"])
    >>> screener(feed, {"RSI": ta.RSI(14)}, sort="-RSI").columns
    ['symbol', 'price', 'change', 'RSI']
    >>> feed.close()
    """
    if rows < 1:
        raise ChartError(f"a screener needs at least 1 row, got {rows}")
    sparklines = [sparklines] if isinstance(sparklines, str) else list(sparklines)
    abreast = Abreast(
        feed_of(feed), indicators, interval=bars, symbols=symbols, lines=_Wanted(sparklines)
    )
    if not abreast.indicators:
        raise ChartError("a screener needs at least one indicator")
    if taken := [name for name in OWN if name in abreast.indicators]:
        raise ChartError(f"the table has a {taken[0]} of its own; give the indicator another name")
    table = Table(abreast, colour=colour, sparklines=sparklines, rows=rows)
    table.check([*([] if sort is None else [sort.removeprefix("-")]), *sparklines])
    if isinstance(colour, Mapping):
        table.check(colour)
    return Screener(abreast, table, sort=sort or "")


class _Wanted:
    """The indicators of which a column has a sparkline; columns are known later than these."""

    def __init__(self, titles: Iterable[str]) -> None:
        self._titles = tuple(titles)

    def __contains__(self, name: object) -> bool:
        return any(title == name or title.startswith(f"{name} ") for title in self._titles)


class Column(NamedTuple):
    """One line of one indicator."""

    title: str
    name: str
    """The indicator's."""
    output: str
    hint: str
    levels: tuple[float, ...]


class Table:
    """What the screener shows, of the readings there are."""

    def __init__(
        self,
        abreast: Abreast,
        *,
        colour: bool | Mapping[str, Levels | None] = True,
        sparklines: Iterable[str] = (PRICE,),
        rows: int = ROWS,
    ) -> None:
        self._abreast, self._colour, self._rows = abreast, colour, rows
        self._sparklines = set(sparklines)
        self._found: dict[str, tuple[str, ...]] = {}
        """Outputs of those that did not say them."""
        self._digits: dict[tuple[str, str], tuple[float, int]] = {}
        """By symbol and column, the largest size so far and the digits after its point."""
        self._made: dict[str, tuple[list[Reading], list[Any], list[str]]] = {}

    def check(self, names: Iterable[str]) -> None:
        """Raise ChartError for what is no column, nor an indicator."""
        if not all(map(self._outputs, self._abreast.indicators)):
            return  # a person's function says only later what its columns are called
        there = [*OWN, *(column.title for column in self.columns)]
        for name in names:
            if name not in there and name not in self._abreast.indicators:
                raise ChartError(f"no column {name!r}; there are {', '.join(there)}")

    def _outputs(self, name: str) -> tuple[str, ...]:
        return self._abreast.indicators[name].outputs or self._found.get(name, ())

    @property
    def columns(self) -> list[Column]:
        """Besides symbol, price and change."""
        return [
            column
            for name, made in self._abreast.indicators.items()
            for column in self._columns_of(name, made)
        ]

    def _columns_of(self, name: str, made: Indicator) -> list[Column]:
        outputs = self._outputs(name)
        columns = []
        for output in outputs or ("",):
            alone = len(outputs) <= 1 or output.casefold() == name.casefold()
            title = name if alone else f"{name} {output}"
            levels = self._levels(title, name, made, output)
            hint = made.name + ("" if alone else f", {output}")
            columns.append(Column(title, name, output, hint, levels))
        return columns

    def _levels(self, title: str, name: str, made: Indicator, output: str) -> tuple[float, ...]:
        if self._colour is False:
            return ()
        own: Levels = (0.0,) if made.kinds.get(output) == "histogram" else made.levels
        if isinstance(self._colour, Mapping):
            for key in (title, name):
                if key in self._colour:
                    own = self._colour[key] or ()
                    break
        try:
            return tuple(float(level) for level in own)
        except (TypeError, ValueError) as error:
            raise ChartError(
                f"colour of {title} must be levels, as (30, 70); got {own!r}"
            ) from error

    def said(self) -> dict[str, Any]:
        """All the page shows."""
        symbols = self._abreast.symbols
        shown = symbols[: self._rows]
        self._discover(shown)
        columns = self.columns
        rows, errors = [], []
        for symbol in shown:
            row, failed = self._row(symbol, columns)
            rows.append(row)
            errors += failed
        return {
            "interval": self._abreast.interval,
            "columns": [
                {"title": c.title, "hint": c.hint, "levels": c.levels,
                 "spark": c.title in self._sparklines}
                for c in columns
            ],
            "spark": PRICE in self._sparklines,
            "rows": rows,
            "notes": _notes(errors, len(symbols) - len(shown)),
        }  # fmt: skip

    def _discover(self, symbols: Iterable[str]) -> None:
        for name in self._abreast.indicators:
            if not self._outputs(name):
                for symbol in symbols:
                    lines = self._abreast.reading(symbol, name).lines
                    if lines:
                        self._found[name] = tuple(lines)
                        self._made.clear()
                        break

    def _row(self, symbol: str, columns: list[Column]) -> tuple[list[Any], list[str]]:
        read = self._abreast.reading
        readings = {name: read(symbol, name) for name in (PRICE, *self._abreast.indicators)}
        before = self._made.get(symbol)
        given = list(readings.values())
        if before is not None and all(map(_same, before[0], given)):
            return before[1], before[2]
        closes = readings[PRICE].lines.get("close")
        own: list[Any] = [None, None, ""]
        if closes is not None and len(closes):
            own = [price(float(closes[-1]), self._tick(symbol)), _change(closes), ""]
            if PRICE in self._sparklines:
                own[2] = sparkline(closes)
        cells = [self._cell(symbol, readings[c.name], c) for c in columns]
        failed = [f"{name}: {r.error}" for name, r in readings.items() if r.error]
        row = [clip(symbol), *own, *cells]
        self._made[symbol] = given, row, failed
        return row, failed

    def _cell(self, symbol: str, reading: Reading, column: Column) -> Any:
        """A text, None without a value; {"error"} where it failed; [text, line] with a line."""
        if reading.error:
            return {"error": clip(f"{column.name}: {reading.error}")}
        value = reading.last(column.output)
        if value is None:
            return None
        # As many digits as the largest so far has, so that a column does not jump about.
        key = symbol, column.title
        size, count = self._digits.get(key, (-1.0, 0))
        if abs(value) > size:
            count = places(value)
            self._digits[key] = abs(value), count
        text = f"{value:.{count}f}"
        if column.title not in self._sparklines:
            return text
        return [text, sparkline(reading.lines[column.output])]

    def _tick(self, symbol: str) -> float | None:
        known: Callable[[str], float | None] | None = getattr(self._abreast.feed, "tick_size", None)
        return None if known is None else known(symbol)


class Screener(LiveWidget):
    """The live table; also an ipywidget to lay out with others. Made by `screener`."""

    _esm = page("screener")
    sort = traitlets.Unicode("").tag(sync=True)
    """The column to sort by, falling with a "-" before it; "" for the feed's own order."""

    def __init__(self, abreast: Abreast, table: Table, **traits: Any) -> None:
        self._table = table
        super().__init__(abreast, **traits)

    @property
    def columns(self) -> list[str]:
        """Titles of the columns, as `sort` has them."""
        return [*OWN, *(column.title for column in self._table.columns)]

    def say(self) -> dict[str, Any]:
        """The table; see Table."""
        return self._table.said()

    def __repr__(self) -> str:
        return f"<Screener of {self.feed.name}: {', '.join(self.columns[len(OWN) :])}>"


def _same(one: Reading, other: Reading) -> bool:
    return one is other or (one.lines is other.lines and one.error == other.error)


def _change(closes: Any) -> str | None:
    first, last = float(closes[0]), float(closes[-1])
    change = 100 * (last / first - 1) if first else math.nan
    return f"{change:.2f}" if math.isfinite(change) else None


def _notes(errors: Iterable[str], more: int) -> list[str]:
    each = list(dict.fromkeys(map(clip, errors)))
    notes = each[:NOTES]
    if len(each) > NOTES:
        notes.append(f"and {len(each) - NOTES} more errors")
    if more > 0:
        notes.append(f"{more:,} more symbols are not shown; rows= says how many are")
    return notes

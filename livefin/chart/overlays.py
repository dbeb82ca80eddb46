"""Evaluate a chart's overlays: functions from a frame of bars to one or more lines.

Called on the painter's thread, at paint rate at most and never for more than a quarter of
its time. A function that raises is reported once and tried again; the chart goes on. Lines
are kept as float64 arrays aligned to bar ordinals, and only what changed since the last
evaluation is given out. Used by livechart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livefin.errors import ChartError

Overlay: TypeAlias = Callable[[pd.DataFrame], Any]
"""From a frame of bars to a Series, an array of its length, or a DataFrame of several lines."""
Floats: TypeAlias = NDArray[np.float64]

KINDS = ("line", "histogram", "dots")
"""What a line may be drawn as."""
SHARE = 0.25
"""The most of the painter's time that overlays may take."""


class Line(NamedTuple):
    """Values from the bar `first` on."""

    first: int
    array: Floats


class Placing(NamedTuple):
    """Where an overlay's lines are drawn, and as what; `kinds` by line or column, where given."""

    pane: str = "price"
    kind: str = "line"
    kinds: Mapping[str, str] = MappingProxyType({})


def named(overlays: Mapping[str, Overlay] | Iterable[Overlay] | None) -> dict[str, Overlay]:
    """Overlays by name, from a mapping or from the functions' own names. Raises ChartError.

    >>> def mid(df): return (df.high + df.low) / 2
    >>> list(named([mid, mid]))
    ['mid', 'mid (2)']
    """
    if overlays is None:
        return {}
    if isinstance(overlays, Mapping):
        found = dict(overlays)
    else:
        found = {}
        for function in [overlays] if callable(overlays) else overlays:
            name = str(getattr(function, "__name__", None) or function)
            count = sum(other.split(" (")[0] == name for other in found)
            found[f"{name} ({count + 1})" if count else name] = function
    for name, function in found.items():
        if not callable(function):
            raise ChartError(f"overlay {name!r} is no function of a frame of bars: {function!r}")
    return found


def drawable(kind: str, kinds: Mapping[str, str]) -> None:
    """Raise ChartError for what no line is drawn as.

    >>> drawable("line", {"gap": "histogram"})
    """
    for each in (kind, *kinds.values()):
        if each not in KINDS:
            raise ChartError(f"a line is drawn as one of {', '.join(KINDS)}; got {each!r}")


def as_lines(name: str, result: Any, index: pd.Index[Any]) -> dict[str, Floats]:
    """What an overlay returned as float64 arrays along `index`, by line name. Raises ChartError."""
    if isinstance(result, pd.DataFrame):
        return {_line(name, column): _values(name, result[column], index) for column in result}
    return {name: _values(name, result, index)}


def _line(name: str, column: object) -> str:
    """As "MACD signal" of "MACD"; a column "vwap" of "VWAP" is the overlay's own line."""
    return name if str(column).casefold() == name.casefold() else f"{name} {column}"


def _values(name: str, result: Any, index: pd.Index[Any]) -> Floats:
    if isinstance(result, pd.Series) and len(result) != len(index):
        result = result.reindex(index)
    values = np.asarray(result, dtype=np.float64)
    if values.shape != (len(index),):
        raise ChartError(f"{name} gave shape {values.shape} for {len(index)} bars")
    return values


class Overlays:
    """The lines of one chart and when to compute them next."""

    def __init__(
        self, functions: Mapping[str, Overlay], *, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.functions: dict[str, Overlay] = {}
        self.lines: dict[str, Line] = {}
        self.errors: dict[str, str] = {}
        """What each failing overlay last raised, for people."""
        self._of: dict[str, str] = {}
        """Line name to overlay name."""
        self._places: dict[str, Placing] = {}
        self._clock = clock
        self._not_before = 0.0
        for name, function in functions.items():
            self.add(name, function)

    def add(self, name: str, function: Overlay, placing: Placing | None = None) -> None:
        """Compute one more, or another under the same name; its lines go where `placing` says."""
        self._places[name] = placing or Placing()
        self.functions[name] = function
        self._not_before = 0.0

    def remove(self, name: str) -> list[str]:
        """Compute it no more; the names of the lines that it had."""
        self.functions.pop(name, None)
        self._places.pop(name, None)
        self.errors.pop(name, None)
        lines = [line for line, overlay in list(self._of.items()) if overlay == name]
        for line in lines:
            del self._of[line]
            self.lines.pop(line, None)
        return lines

    def in_pane(self, pane: str) -> list[str]:
        """Names of the overlays that are drawn there."""
        return [name for name, placing in self._places.items() if placing.pane == pane]

    def place(self, line: str) -> dict[str, str]:
        """In which pane, and as what, a line is drawn."""
        overlay = self._of[line]
        placing = self._places[overlay]
        column = line.removeprefix(f"{overlay} ")
        kind = placing.kinds.get(line, placing.kinds.get(column, placing.kind))
        return {"pane": placing.pane, "kind": kind}

    def forget(self) -> None:
        """The bars are others: all lines are to be computed anew."""
        self.lines.clear()
        self._not_before = 0.0

    @property
    def due(self) -> bool:
        """Whether there is something to compute and time to do it."""
        return bool(self.functions) and self._clock() >= self._not_before

    def update(self, df: pd.DataFrame, first: int) -> dict[str, Line]:
        """Evaluate on `df`, whose first row is the bar `first`; the changed tails by line."""
        began = self._clock()
        changed: dict[str, Line] = {}
        for name, function in list(self.functions.items()):
            try:
                lines = as_lines(name, function(df), df.index)
            except Exception as error:  # noqa: BLE001 - a person's function must not stop the chart
                self.errors[name] = f"{type(error).__name__}: {error}"
                continue
            if self.functions.get(name) is not function:
                continue  # removed while it ran: its lines must not come back
            self.errors.pop(name, None)
            for line, values in lines.items():
                self._of[line] = name
                tail = _changed(self.lines.get(line), first, values)
                self.lines[line] = Line(first, values)
                if tail is not None:
                    changed[line] = tail
        took = self._clock() - began
        self._not_before = began + took / SHARE
        return changed


def _changed(before: Line | None, first: int, values: Floats) -> Line | None:
    """The tail of `values` from the first that differs from `before`; None if all are as before."""
    if before is None or before.first > first:
        return Line(first, values)
    old = before.array[first - before.first :]
    same = min(len(old), len(values))
    new = values[:same]
    differs = np.flatnonzero((old[:same] != new) & ~(np.isnan(old[:same]) & np.isnan(new)))
    start = int(differs[0]) if len(differs) else same
    return Line(first + start, values[start:]) if start < len(values) else None

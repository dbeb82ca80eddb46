"""The panes of one chart in one Bokeh document, and the JSON from which a page copies them.

Whatever changes in the document, by the user's hand or livefin's, marks it, and the chart
ships it again. The price pane is always there and first; further panes hold lines only.
Used by livechart; figure builds what is in a pane, page/view.js lays the panes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from bokeh import __version__ as bokeh_version
from bokeh.document import Document
from bokeh.models import ColumnDataSource

from livefin.chart.figure import Panel
from livefin.errors import ChartError

LINES = 6
"""Colours that lines take turns with."""
PRICE = "price"
PANE_SHARE = 0.28
"""A further pane's height beside the price pane's, which counts as 1."""
MAX_PANES = 60
SOURCES: dict[str, tuple[str, ...]] = {
    "bars": ("time", "open", "high", "low", "close", "volume"),
    "marks": ("time", "open", "high", "low", "close", "volume"),
}
"""Live sources besides lines: every bar in view, and what is drawn for them."""


class DrawnLine(NamedTuple):
    """A line in a pane: its name for people, its key on the wire, its colour's role.

    `owner` is the indicator that it is of, by name.
    """

    name: str
    key: str
    role: str
    kind: str
    pane: str
    owner: str = ""


class Pane:
    """One pane of a chart. Its `figure` is a Bokeh figure, live once the chart is shown.

    `share` is its height beside the price pane's; `range` fixes its y axis; `levels` are
    values to draw a faint line at, such as 30 and 70.
    """

    def __init__(
        self,
        key: str,
        *,
        share: float,
        bounds: tuple[float, float] | None = None,
        levels: Sequence[float] = (),
        title: str = "",
    ) -> None:
        self.key, self.share, self.range, self.title = key, share, bounds, title
        self.levels: list[float] = []
        self._panel = Panel(key, prices=key == PRICE)
        self.set_levels(levels)

    def set_levels(self, levels: Iterable[float]) -> None:
        """Draw faint lines at these values, in place of those before."""
        wanted = [float(level) for level in levels]
        if wanted != self.levels:
            self.levels = wanted
            self._panel.set_levels(wanted)

    @property
    def figure(self) -> Any:
        """The Bokeh figure: change it at any time, and the page follows."""
        return self._panel.figure

    def __repr__(self) -> str:
        return f"<Pane {self.title or self.key}>"

    def _wire(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "root": self.figure.id,
            "share": self.share,
            "range": self.range,
            "levels": self.levels,
            "title": self.title,
        }


class Sheet:
    """All panes of a chart.

    >>> sheet = Sheet()
    >>> sheet.changed = False
    >>> sheet.panes[0].figure.title.text = "mine"
    >>> sheet.changed, sheet.item()["version"] == bokeh_version
    (True, True)
    """

    def __init__(self) -> None:
        self.panes: list[Pane] = []
        self.lines: dict[str, DrawnLine] = {}
        """By name, in order of coming."""
        self.changed = False
        """Something changed; whoever ships the sheet takes this back first."""
        self._document = Document()
        self._sources: dict[str, ColumnDataSource] = {}
        self._numbered = 0
        self._lines_made = 0
        self.add_pane(key=PRICE, share=1.0)
        self._document.on_change(self._mark)
        self.changed = False

    def _mark(self, _event: Any) -> None:
        self.changed = True

    def add_pane(
        self, *, key: str | None = None, share: float = PANE_SHARE, **options: Any
    ) -> Pane:
        """A new pane under the others."""
        if len(self.panes) >= MAX_PANES:
            raise ChartError(f"a chart has at most {MAX_PANES} panes")
        if not share > 0:
            raise ChartError(f"a pane's share of the height must be above 0, got {share}")
        if key is None:
            self._numbered += 1
            key = f"pane:{self._numbered}"
        pane = Pane(key, share=share, **options)
        self.panes.append(pane)
        self._document.add_root(pane.figure)
        self.changed = True
        return pane

    def remove_pane(self, key: str) -> None:
        """Take away a pane and its lines; the price pane stays."""
        pane = self.pane(key)
        if pane.key == PRICE:
            raise ChartError("the price pane cannot be removed")
        for name in [line.name for line in self.lines.values() if line.pane == key]:
            del self.lines[name]
        self.panes.remove(pane)
        self._document.remove_root(pane.figure)
        self.changed = True

    def pane(self, key: str) -> Pane:
        """The pane of that key. Raises ChartError."""
        for pane in self.panes:
            if pane.key == key:
                return pane
        raise ChartError(f"no pane {key!r}; there are {', '.join(p.key for p in self.panes)}")

    @contextmanager
    def many(self) -> Iterator[None]:
        """Add many lines inside: Bokeh then looks through all its models once, not each time."""
        with self._document.models.freeze():
            yield

    def add_line(
        self,
        name: str,
        *,
        pane: str = PRICE,
        kind: str = "line",
        faint: bool = False,
        owner: str = "",
    ) -> DrawnLine:
        """Draw a line of that name; one that is there already as it is to be, is left so.

        `owner` is the indicator that it is of: a page can hide all lines of one together.
        """
        line = self.lines.get(name)
        if line is not None and (line.pane, line.kind) != (pane, kind):
            self.remove_line(name)
            line = None
        if line is None:
            number, self._lines_made = self._lines_made, self._lines_made + 1
            role = "faint" if faint else f"line{number % LINES}"
            line = DrawnLine(name, f"line:{number}", role, kind, pane, owner)
            self.pane(pane)._panel.add_line(line.key, line.role, kind)  # noqa: SLF001 - our own
            self.lines[name] = line
            self.changed = True
        return line

    def remove_line(self, name: str) -> None:
        """Take a line away; one that is not there is no error."""
        line = self.lines.pop(name, None)
        if line is not None:
            self.pane(line.pane)._panel.remove_line(line.key)  # noqa: SLF001 - our own
            self.changed = True

    def source(self, name: str) -> ColumnDataSource:
        """A live source: "bars", "marks", or a line by name. Raises ChartError."""
        if name in SOURCES:
            columns, key = SOURCES[name], name
        elif name in self.lines:
            columns, key = ("time", "value"), self.lines[name].key
        else:
            there = ", ".join([*SOURCES, *self.lines])
            raise ChartError(f"no source {name!r}; there are {there}")
        if key not in self._sources:
            empty: dict[str, list[float]] = {column: [] for column in columns}
            self._sources[key] = ColumnDataSource(empty, name=f"livefin:user:{key}")
        return self._sources[key]

    def item(self) -> dict[str, Any]:
        """What a page needs to show the panes: Bokeh's JSON, and which colours are roles."""
        themed = [item for pane in self.panes for item in pane._panel.themed]  # noqa: SLF001
        return {
            "doc": self._document.to_json(deferred=False),
            "version": bokeh_version,
            "panes": [pane._wire() for pane in self.panes],  # noqa: SLF001 - our own
            "theme": [(item.model.id, item.prop, item.role) for item in themed if item.holds],
            "lines": [line._asdict() for line in self.lines.values()],
        }

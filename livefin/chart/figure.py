"""Build a chart's Bokeh figure, and the JSON from which a page makes its own copy.

The figure is a real one and stays the user's to change: whatever changes marks it, and the
chart ships it again. Its data sources are named and empty here; the page fills them with the
window it shows. Volume is drawn in the same frame, on a range of its own under the prices:
painting a second pane would double the cost of every paint. Colours are given as roles, so
that the page can change theme; a colour that the user has set is no longer livefin's.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from bokeh import __version__ as bokeh_version
from bokeh.document import Document
from bokeh.models import (
    ColumnDataSource,
    DatetimeTickFormatter,
    Line,
    LinearScale,
    Model,
    NumeralTickFormatter,
    Patch,
    Range1d,
    VStrip,
)
from bokeh.plotting import figure

LIGHT: dict[str, str] = {
    "ink": "#3c4655",
    "faint": "#8b95a5",
    "grid": "#e6e9ee",
    "up": "#0b84a5",
    "down": "#e0542c",
    "up_fill": "#0b84a5",
    "down_fill": "#e0542c",
    "band": "#8a6d1f",
    "line0": "#7a4fd0",
    "line1": "#c98a00",
    "line2": "#2f6fde",
    "line3": "#c2418f",
    "line4": "#4b8b3b",
    "line5": "#6b7280",
}
"""Colours by role in the light theme; theme.js has the dark ones. Up and down are a blue
and an orange, told apart by the colour-blind and by lightness too."""
LINES = 6
HEADER = 34
"""Pixels above the frame for the page's header: title, readout, state."""
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"


class Themed(NamedTuple):
    """A property that carries a role's colour as long as the user leaves it alone."""

    model: Model
    prop: str
    role: str


class Pane:
    """The price pane: a figure, the document it lives in, and its overlay lines.

    >>> pane = Pane(height=300, width=None)
    >>> pane.changed = False
    >>> pane.figure.title.text = "mine"
    >>> pane.changed, pane.item()["version"] == bokeh_version
    (True, True)
    """

    def __init__(self, *, height: int, width: int | None) -> None:
        self.lines: dict[str, str] = {}
        """Overlay lines by name: the role of each one's colour."""
        self.changed = False
        """Something changed; whoever ships the figure takes this back first."""
        self._themed: list[Themed] = []
        self.figure = self._build(height, width)
        self._document = Document()
        self._document.add_root(self.figure)
        self._document.on_change(self._mark)

    def _mark(self, _event: Any) -> None:
        self.changed = True

    def add_line(self, name: str) -> None:
        """Draw an overlay line under that name; one that is there is left as it is."""
        if name in self.lines:
            return
        number = len(self.lines)
        role = f"line{number % LINES}"
        glyph = Line(x="x", y="y", line_color=LIGHT[role], line_width=1.5)
        self.lines[name] = role
        self._add(glyph, f"line:{number}", ("x", "y"))
        self._themed.append(Themed(glyph, "line_color", role))

    def item(self) -> dict[str, Any]:
        """What a page needs to show the figure: Bokeh's JSON, and which colours are roles."""
        theme = [
            (model.id, prop, role)
            for model, prop, role in self._themed
            if getattr(model, prop) == LIGHT[role]
        ]
        return {
            "doc": self._document.to_json(deferred=False),
            "root_id": self.figure.id,
            "version": bokeh_version,
            "theme": theme,
            "lines": [
                [name, f"line:{i}", role] for i, (name, role) in enumerate(self.lines.items())
            ],
        }

    def _build(self, height: int, width: int | None) -> Any:
        size = {"sizing_mode": "stretch_width"} if width is None else {"width": width}
        pane = figure(
            height=height,
            x_axis_type="datetime",
            y_axis_location="right",
            x_range=Range1d(0, 1),
            y_range=Range1d(0, 1),
            tools="",
            toolbar_location=None,
            min_border_top=HEADER,
            min_border_right=78,
            min_border_left=2,  # BokehJS never clears the first half pixel of a canvas
            min_border_bottom=26,
            background_fill_alpha=0,
            border_fill_alpha=0,
            outline_line_color=None,
            lod_threshold=None,
            **size,
        )
        pane.toolbar.logo = None
        pane.extra_y_ranges = {"volume": Range1d(0, 1)}
        pane.extra_y_scales = {"volume": LinearScale()}
        self._style_axes(pane)
        self.figure = pane
        self._add(VStrip(x0="x0", x1="x1", line_color=None), "bands", ("x0", "x1"), under=True)
        for way in ("down", "up"):
            self._add_filled(f"volume:{way}", way, alpha=0.35, y_range_name="volume")
        for way in ("down", "up"):
            self._add_filled(f"candles:{way}", way, alpha=1.0)
        return pane

    def _style_axes(self, pane: Any) -> None:
        for axis in (pane.xaxis[0], pane.yaxis[0]):
            axis.axis_line_color = None
            axis.major_tick_line_color = None
            axis.minor_tick_line_color = None
            axis.major_label_text_font = FONT
            axis.major_label_text_font_size = "11px"
            axis.major_label_text_color = LIGHT["ink"]
            self._themed.append(Themed(axis, "major_label_text_color", "ink"))
        pane.yaxis[0].major_label_standoff = 6
        pane.yaxis[0].ticker.desired_num_ticks = 7
        # The page sets the decimals to the range in view, as long as the formatter has its name.
        pane.yaxis[0].formatter = NumeralTickFormatter(format="0,0.00", name="livefin:price")
        pane.xaxis[0].ticker.desired_num_ticks = 8
        pane.xaxis[0].formatter = DatetimeTickFormatter(
            microseconds="%H:%M:%S.%3N",
            milliseconds="%H:%M:%S.%3N",
            seconds="%H:%M:%S",
            minsec="%H:%M:%S",
            minutes="%H:%M",
            hourmin="%H:%M",
            hours="%H:%M",
            days="%d %b",
            months="%b %Y",
            years="%Y",
            strip_leading_zeros=False,
        )
        for grid in (pane.xgrid[0], pane.ygrid[0]):
            grid.grid_line_color = LIGHT["grid"]
            self._themed.append(Themed(grid, "grid_line_color", "grid"))

    def _add_filled(self, name: str, way: str, *, alpha: float, **where: Any) -> None:
        """All candles of one way as a single path: one fill and one stroke, however many."""
        solid = alpha == 1.0
        glyph = Patch(x="x", y="y", fill_color=LIGHT[way], fill_alpha=alpha)
        glyph.line_color = LIGHT[way] if solid else None
        self._themed.append(Themed(glyph, "fill_color", f"{way}_fill"))
        if solid:
            self._themed.append(Themed(glyph, "line_color", way))
        self._add(glyph, name, ("x", "y"), **where)

    def _add(
        self, glyph: Any, name: str, columns: tuple[str, ...], *, under: bool = False, **where: Any
    ) -> None:
        source = ColumnDataSource({column: [] for column in columns}, name=f"livefin:{name}")
        # Without glyphs for selection and muting each source is mapped once, not four times.
        renderer = self.figure.add_glyph(
            source,
            glyph,
            selection_glyph=None,
            nonselection_glyph=None,
            muted_glyph=None,
            name=name,
            level="underlay" if under else "glyph",
            **where,
        )
        if under:
            glyph.fill_color, glyph.fill_alpha = LIGHT["band"], 0.13
            self._themed.append(Themed(glyph, "fill_color", "band"))
        renderer.view.name = f"livefin:view:{name}"

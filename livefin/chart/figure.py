"""Build the Bokeh figures of a chart's panes.

They are real figures and stay the user's to change. Their data sources are named and empty
here; the page fills them with the window it shows. livefin's own glyphs are drawn on the x
range "drawn", where closed sessions take no room; the default x range is in true time, and a
user's glyphs and annotations belong there. Volume has a range of its own under the prices.
Colours are given as roles, so that the page can change theme; a colour that the user has set
is no longer livefin's. Used by sheet.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from bokeh.models import (
    ColumnDataSource,
    DatetimeTickFormatter,
    FixedTicker,
    Line,
    LinearScale,
    Model,
    NumeralTickFormatter,
    Patch,
    Range1d,
    Scatter,
    Span,
    VStrip,
)
from bokeh.plotting import figure

LIGHT: dict[str, str] = {
    "ink": "#3c4655",
    "faint": "#667085",
    "grid": "#e8ebf0",
    "up": "#0a7796",
    "down": "#c9421b",
    "up_fill": "#0b84a5",
    "down_fill": "#e0542c",
    "band": "#856716",
    "line0": "#6a1fb0",
    "line1": "#7d5a00",
    "line2": "#2868eb",
    "line3": "#c9319e",
    "line4": "#2c8150",
    "line5": "#3f465c",
}
"""Colours by role in the light theme; theme.js has the dark ones. Up and down are a blue
and an orange, told apart by the colour-blind and by lightness too."""
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"
AXIS_WIDTH = 78
"""Pixels right of every frame, the same in all panes: so their times stand in line."""
DRAWN = "drawn"
"""The x range of livefin's own glyphs."""


class Themed(NamedTuple):
    """A property that carries a role's colour as long as the user leaves it alone."""

    model: Model
    prop: str
    role: str

    @property
    def holds(self) -> bool:
        """Whether the user has left it alone."""
        return bool(getattr(self.model, self.prop) == LIGHT[self.role])


class Panel:
    """One pane's figure and its glyphs; `prices` says whether bars and volume go there."""

    def __init__(self, key: str, *, prices: bool) -> None:
        self.key, self.prices = key, prices
        self.themed: list[Themed] = []
        self._levels: list[Span] = []
        self.figure = self._build()
        if prices:
            self._add_prices()

    def add_line(self, key: str, role: str, kind: str) -> None:
        """Draw a line's values under that key, as what overlays.KINDS says."""
        if kind == "none":
            return
        if kind == "marks" and self.prices:
            for way, marker in (("down", "inverted_triangle"), ("up", "triangle")):
                self._add_markers(f"{key}:{way}", marker, way, size=8)
            return
        if kind in ("histogram", "marks"):
            for way in ("down", "up"):
                self._add_filled(f"{key}:{way}", way, alpha=0.55, stroke=False)
            return
        if kind == "dots":
            glyph: Any = Scatter(x="x", y="y", size=4, line_color=None, fill_color=LIGHT[role])
            self._theme(glyph, "fill_color", role)
        else:
            glyph = Line(x="x", y="y", line_color=LIGHT[role], line_width=1.5)
            self._theme(glyph, "line_color", role)
        self._add(glyph, key, ("x", "y"))

    def set_levels(self, values: Iterable[float]) -> None:
        """Faint lines across the pane, in place of those before."""
        gone, self._levels = self._levels, [self._level(value) for value in values]
        self.themed = [item for item in self.themed if item.model not in gone]
        kept = [each for each in self.figure.center if each not in gone]
        self.figure.center = [*kept, *self._levels]

    def _level(self, value: float) -> Span:
        span = Span(location=value, dimension="width", line_color=LIGHT["faint"])
        span.line_dash, span.line_alpha, span.level = "dashed", 0.7, "underlay"
        self._theme(span, "line_color", "faint")
        return span

    def remove_line(self, key: str) -> None:
        """Take away what `add_line` added."""
        names = {key, f"{key}:up", f"{key}:down"}
        glyphs = {f"livefin:glyph:{name}" for name in names}
        self.figure.renderers = [
            renderer for renderer in self.figure.renderers if renderer.name not in names
        ]
        self.themed = [item for item in self.themed if item.model.name not in glyphs]

    def _build(self) -> Any:
        pane = figure(
            sizing_mode="stretch_both",
            min_height=20,
            x_axis_type="datetime",
            y_axis_location="right",
            x_range=Range1d(0, 1),
            y_range=Range1d(0, 1),
            tools="",
            toolbar_location=None,
            min_border_top=0,
            min_border_right=AXIS_WIDTH,
            min_border_left=2,  # BokehJS never clears the first half pixel of a canvas
            min_border_bottom=0,
            background_fill_alpha=0,
            border_fill_alpha=0,
            outline_line_color=None,
            lod_threshold=None,
        )
        pane.toolbar.logo = None
        pane.extra_x_ranges = {DRAWN: Range1d(0, 1)}
        pane.extra_x_scales = {DRAWN: LinearScale()}
        self._style_axes(pane)
        return pane

    def _style_axes(self, pane: Any) -> None:
        for axis in (pane.xaxis[0], pane.yaxis[0]):
            axis.axis_line_color = None
            axis.major_tick_line_color = None
            axis.minor_tick_line_color = None
            axis.major_label_text_font = FONT
            axis.major_label_text_font_size = "11px"
            axis.major_label_text_color = LIGHT["ink"]
            self._theme(axis, "major_label_text_color", "ink")
        pane.yaxis[0].major_label_standoff = 6
        # The page chooses ticks and words them, as long as these have their names.
        pane.xaxis[0].ticker = FixedTicker(ticks=[], name="livefin:ticks")
        pane.yaxis[0].ticker = FixedTicker(ticks=[], name="livefin:ticks")
        pane.xgrid[0].ticker, pane.ygrid[0].ticker = pane.xaxis[0].ticker, pane.yaxis[0].ticker
        pane.xaxis[0].formatter = DatetimeTickFormatter(name="livefin:time")
        pane.yaxis[0].formatter = NumeralTickFormatter(name="livefin:price")
        for grid in (pane.xgrid[0], pane.ygrid[0]):
            grid.grid_line_color = LIGHT["grid"]
            self._theme(grid, "grid_line_color", "grid")

    def _add_prices(self) -> None:
        pane = self.figure
        pane.extra_y_ranges = {"volume": Range1d(0, 1)}
        pane.extra_y_scales = {"volume": LinearScale()}
        pane.extra_x_ranges = {DRAWN: Range1d(0, 1), "share": Range1d(0, 1)}
        pane.extra_x_scales = {DRAWN: LinearScale(), "share": LinearScale()}
        bands = VStrip(x0="x0", x1="x1", line_color=None, fill_color=LIGHT["band"], fill_alpha=0.13)
        self._theme(bands, "fill_color", "band")
        self._add(bands, "bands", ("x0", "x1"), level="underlay")
        for way in ("down", "up"):
            self._add_filled(f"profile:{way}", way, alpha=0.22, stroke=False, x_range_name="share")
            self._add_filled(f"volume:{way}", way, alpha=0.35, stroke=False, y_range_name="volume")
        control = Line(x="x", y="y", line_color=LIGHT["faint"], line_dash="dotted")
        self._theme(control, "line_color", "faint")
        self._add(control, "profile:control", ("x", "y"), x_range_name="share")
        self._add_filled("area", "line2", alpha=0.16, stroke=False)
        self._add_filled("below", "down", alpha=0.16, stroke=False)
        self._add_filled("above", "up", alpha=0.16, stroke=False)
        for way in ("down", "up"):
            self._add_filled(f"candles:{way}", way, alpha=1.0)
            self._add_filled(f"outlines:{way}", way, alpha=0.0)
        close = Line(x="x", y="y", line_color=LIGHT["line2"], line_width=2)
        self._theme(close, "line_color", "line2")
        self._add(close, "close", ("x", "y"))
        for way in ("down", "up"):
            part = Line(x="x", y="y", line_color=LIGHT[way], line_width=1.5)
            self._theme(part, "line_color", way)
            self._add(part, f"baseline:{way}", ("x", "y"))
        for side, marker, role in (
            ("buy", "triangle", "up"),
            ("sell", "inverted_triangle", "down"),
        ):
            self._add_markers(f"markers:{side}", marker, role)
        self._add_markers("markers:note", "circle", "line1")

    def _add_markers(self, name: str, marker: str, role: str, *, size: int = 11) -> None:
        glyph = Scatter(x="x", y="y", marker=marker, size=size, fill_color=LIGHT[role])
        glyph.line_color, glyph.line_width = "white", 1.5
        self._theme(glyph, "fill_color", role)
        self._add(glyph, name, ("x", "y"), level="overlay")

    def _add_filled(
        self, name: str, role: str, *, alpha: float, stroke: bool = True, **where: Any
    ) -> None:
        """All outlines of one kind as a single path: one fill and one stroke, however many."""
        fill = f"{role}_fill" if f"{role}_fill" in LIGHT else role
        glyph = Patch(x="x", y="y", fill_color=LIGHT[fill], fill_alpha=alpha, line_join="miter")
        glyph.line_color = LIGHT[role] if stroke else None
        self._theme(glyph, "fill_color", fill)
        if stroke:
            self._theme(glyph, "line_color", role)
        self._add(glyph, name, ("x", "y"), **where)

    def _add(
        self,
        glyph: Any,
        name: str,
        columns: tuple[str, ...],
        *,
        level: str = "glyph",
        x_range_name: str = DRAWN,
        **where: Any,
    ) -> None:
        glyph.name = f"livefin:glyph:{name}"
        source = ColumnDataSource({column: [] for column in columns}, name=f"livefin:{name}")
        # Without glyphs for selection and muting each source is mapped once, not four times.
        renderer = self.figure.add_glyph(
            source,
            glyph,
            selection_glyph=None,
            nonselection_glyph=None,
            muted_glyph=None,
            name=name,
            level=level,
            x_range_name=x_range_name,
            **where,
        )
        renderer.view.name = f"livefin:view:{name}"

    def _theme(self, model: Model, prop: str, role: str) -> None:
        self.themed.append(Themed(model, prop, role))

"""Colours can be read and told apart, also by the colour-blind; what is shown is whole."""

import io
from itertools import combinations

import pytest
from fakes import FakeFeed
from PIL import Image

from livefin.chart import Chart

PANELS = {"light": ["#ffffff"], "dark": ["#111111", "#15181d", "#1e1e1e"]}
"""What lies behind: JupyterLab's, livefin's own and VS Code's."""
TEXTS = ["ink", "faint", "up", "down", "band", "warn", "bad", *(f"line{i}" for i in range(6))]
MARKS = ["up_fill", "down_fill", "good"]
LINES = [f"line{i}" for i in range(6)]
SEEING = {  # linear RGB to linear RGB, Machado, Oliveira and Fernandes 2009, severity 1
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no green": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "no red": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
}
APART = 0.065  # in OKLab; two neighbours of a good palette of ten are about as far apart


@pytest.fixture
def palettes(modules):
    return modules("theme").evaluate("({PALETTES}) => PALETTES")


@pytest.mark.parametrize("theme", PANELS)
def test_texts_and_marks_stand_out_from_what_is_behind_them(palettes, theme):
    colours = palettes[theme]
    for panel in PANELS[theme]:
        low = {role for role in TEXTS if contrast(colours[role], panel) < 4.5}
        low |= {role for role in MARKS if contrast(colours[role], panel) < 3}
        assert low == set(), f"on {panel}"
    assert contrast(colours["badge"], colours["onBadge"]) >= 4.5


@pytest.mark.parametrize("seeing", SEEING)
@pytest.mark.parametrize("theme", PANELS)
def test_six_lines_and_up_and_down_can_be_told_apart(palettes, theme, seeing):
    colours = palettes[theme]
    near = {
        (one, other): round(distance(colours[one], colours[other], seeing), 3)
        for one, other in [*combinations(LINES, 2), ("up", "down"), ("up_fill", "down_fill")]
        if distance(colours[one], colours[other], seeing) < APART
    }
    assert near == {}


class TestCrisp:
    """Marks lie on whole pixels, and those of one width look alike."""

    @pytest.mark.parametrize("ratio", [1, 2])
    def test_sides_lie_on_pixels_evenly_about_the_middle(self, modules, ratio):
        sx, sy = modules("crisp").evaluate(
            """({snap}, ratio) => {
              const sx = Float64Array.of(7.1, 13.3, 13.3, 7.1, NaN, 16.6, 22.8, 22.8, 16.6, NaN);
              const sy = Float64Array.of(1.2, 1.2, 8.9, 8.9, NaN, 3.4, 3.4, 3.6, 3.6, NaN);
              snap(sx, sy, ratio, 0);
              return [sx, sy];
            }""",
            ratio,
        )
        values = [value for value in sx + sy if value is not None]
        assert all((value * ratio).is_integer() for value in map(float, values))
        assert sx[1] - sx[0] == sx[6] - sx[5] == 6
        assert [sx.index(None), sy.index(None)] == [4, 4], "what is apart stays apart"

    @pytest.mark.parametrize("scale", [1, 2])
    def test_a_candle_has_no_blurred_edge(self, stage, scale):
        shown = stage(height=240, bars_visible=40, tab={"width": 500, "scale": scale})
        shown.paint()
        seen = Image.open(io.BytesIO(shown.screenshot())).convert("RGB")
        box = shown.evaluate("""({view}) => {
            const {bars} = view.scene;
            const {open, close, time} = bars.columns;
            let [widest, row] = [0, 0];
            for (let i = bars.end - 20; i < bars.end - 2; i++) {
              const high = Math.abs(close[i] - open[i]);
              if (high > widest) [widest, row] = [high, i];
            }
            const [pane] = view.panes;
            const y = (pane.y(open[row]) + pane.y(close[row])) / 2;
            return {x: view.px(view.scene.timeline.u(time[row])), y};
        }""")
        row = round(box["y"] * scale)
        left = round(box["x"] * scale) - 8 * scale
        colours = [seen.getpixel((left + i, row)) for i in range(16 * scale)]
        # The panel, the edge and the inside, and nothing in between.
        assert len(set(colours)) <= 3


class TestStates:
    def test_what_is_waited_for_is_said(self, stage):
        feed = FakeFeed("ETH-USDT", name="binance")
        feed.bars("1s")
        shown = stage(Chart(feed))
        shown.paint()
        said = []
        for state in ("connecting", "live", "stale"):
            feed.state = state
            shown.paint()
            said.append(shown.evaluate("({view}) => view.hud.empty.textContent"))
        feed.close()
        shown.paint()
        said.append(shown.evaluate("({view}) => view.hud.empty.textContent"))
        assert all(
            name in text for name, text in zip(["binance", "ETH-USDT"] * 2, said, strict=True)
        )
        assert shown.evaluate("({view}) => view.hud.empty.firstChild.hidden"), "nothing to wait for"

    def test_nothing_turns_for_who_wants_no_motion(self, stage):
        feed = FakeFeed("ETH-USDT")
        feed.bars("1s")
        for wish, turning in (("reduce", "none"), ("no-preference", "turn")):
            shown = stage(Chart(feed), tab={"reduced_motion": wish})
            shown.paint()
            spinner = "({view}) => getComputedStyle(view.hud.empty.firstChild).animationName"
            assert shown.evaluate(spinner) == turning
        feed.close()

    def test_with_the_systems_own_colours_state_and_choice_are_still_seen(self, stage):
        shown = stage(tab={"forced_colors": "active"})
        shown.paint()
        shown.evaluate("({view}) => view.toolbar.draw('trend')")
        found = shown.evaluate("""({view: {toolbar: {chip, tools}}}) => [
            getComputedStyle(chip, "::before").backgroundColor,
            getComputedStyle(tools.button).outlineStyle,
        ]""")
        assert found == ["rgb(37, 121, 75)", "solid"]

    def test_a_level_of_the_axis_gives_way_to_the_tag_that_lies_over_it(self, stage, feed):
        shown = stage(height=300)
        shown.paint()
        shown.still()
        level = shown.evaluate("({view: {panes: [pane]}}) => pane.levels[1].value")
        text = "({view: {panes: [pane]}}, level) => [pane.covered(level), pane.levelText(level)]"
        before = shown.evaluate(text, level)
        shown.chart.drawings.add("level", level)
        shown.paint()
        assert shown.evaluate(text, level)[0]
        assert before[1], "and it has a text else"


def linear(colour):
    """Linear red, green and blue of "#rrggbb"."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]


def contrast(one, other):
    """WCAG's contrast ratio."""
    weights = (0.2126, 0.7152, 0.0722)
    low, high = sorted(
        sum(w * c for w, c in zip(weights, linear(colour), strict=True)) for colour in (one, other)
    )
    return (high + 0.05) / (low + 0.05)


def distance(one, other, seeing):
    """How far two colours are apart in OKLab, as such eyes see them."""
    a, b = (oklab(times(SEEING[seeing], linear(colour))) for colour in (one, other))
    return sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) ** 0.5


def oklab(rgb):
    cones = times(
        (
            (0.4122214708, 0.5363325363, 0.0514459929),
            (0.2119034982, 0.6806995451, 0.1073969566),
            (0.0883024619, 0.2817188376, 0.6299787005),
        ),
        [min(max(c, 0), 1) for c in rgb],
    )
    return times(
        (
            (0.2104542553, 0.7936177850, -0.0040720468),
            (1.9779984951, -2.4285922050, 0.4505937099),
            (0.0259040371, 0.7827717662, -0.8086757660),
        ),
        [c ** (1 / 3) for c in cones],
    )


def times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]

"""Colours can be read and told apart, also by the colour-blind; what is shown is whole."""

from itertools import combinations

import pytest

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

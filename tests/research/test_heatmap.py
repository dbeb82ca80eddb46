"""The picture of a sweep: well formed, escaped, and read without telling hues apart."""

import math
from itertools import pairwise
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from livefin.research.heat import heat
from livefin.research.heatmap import STAR, as_html, colour
from livefin.research.sweeping import sweep


@pytest.fixture
def df():
    rng = np.random.default_rng(11)
    return pd.DataFrame({"close": 100 * np.exp(np.cumsum(rng.normal(0, 0.001, 400)))})


def momentum(df, window=3, sign=1, kind="a"):
    return sign * df.close.diff(window) if kind != "none" else df.close * math.nan


def swept(df, grid):
    return sweep(momentum, df, grid, workers=1, progress=False)


def parsed(text):
    return ET.fromstring(f"<div>{text}</div>")  # noqa: S314 - our own


def light(hexed):
    channels = [int(hexed[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_step_of_the_scale_is_lighter_than_the_one_before():
    shades = [light(colour(i / 50)) for i in range(51)]
    assert all(after > before for before, after in pairwise(shades))
    assert (shades[-1] + 0.05) / (shades[0] + 0.05) > 10


def test_every_set_has_a_cell_with_a_hint_and_one_is_the_best(df):
    found = swept(df, {"window": range(2, 14), "sign": [1, -1]})
    drawn = parsed(as_html(heat(found, "window", "sign")))
    cells = [each for each in drawn.iter("rect") if each.get("data-cell")]
    assert len(cells) == 24
    hints = {each.find("title").text for each in cells}
    assert len(hints) == 24
    best = found.best_params
    hint = next(hint for hint in hints if f"window {best['window']}, sign {best['sign']}:" in hint)
    assert f"{found.df.ic.iloc[0]:.4g}" in hint
    assert [each.text for each in drawn.iter("text")].count(STAR) == 1


def test_a_cell_without_a_set_has_a_hint_but_cannot_be_picked(df):
    found = sweep(momentum, df, {"window": [2, 3], "sign": [1, -1]}, n=3, workers=1, progress=False)
    drawn = parsed(as_html(heat(found, "window", "sign")))
    cells = [each for each in drawn.iter("rect") if each.get("data-cell")]
    (empty,) = [each for each in cells if each.get("data-empty")]
    assert "no set tried" in empty.find("title").text
    assert empty.get("fill") != "none", "which no pointer meets"


def test_names_out_of_a_grid_are_text_and_no_markup(df):
    found = swept(df, {"kind": ["<b onload=x>", '"&'], "window": [2, 3]})
    text = found._repr_html_()
    assert "<b onload" not in text
    assert "&lt;b onload=x&gt;" in text
    parsed(as_html(heat(found, "kind", "window")))


def test_one_parameter_is_drawn_as_a_line_with_a_gap_where_there_is_no_score(df):
    found = swept(df, {"kind": ["a", "none", "b", "c"]})
    drawn = parsed(as_html(heat(found, "kind")))
    line = next(each.get("d") for each in drawn.iter("path"))
    assert line.count("M") == 2
    assert len(list(drawn.iter("circle"))) == 3


@pytest.mark.parametrize("grid", [{"kind": ["none", "none"], "sign": [1, 2]}, {"kind": ["none"]}])
def test_without_a_score_there_is_no_best_and_nothing_fails(df, grid):
    text = swept(df, grid)._repr_html_()
    assert STAR not in text


def test_scores_that_are_all_alike_have_one_colour(df):
    found = sweep(momentum, df, {"window": [2, 3], "sign": [1, 2]}, lambda values, df: 1.0,
                  workers=1, progress=False)  # fmt: skip
    drawn = parsed(as_html(heat(found, "window", "sign")))
    assert len({each.get("fill") for each in drawn.iter("rect") if each.get("data-cell")}) == 1

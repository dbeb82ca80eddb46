"""The map of a sweep as a widget: turned by its menus, picked from, kept in a saved notebook."""

from types import SimpleNamespace

import IPython
import ipywidgets
import numpy as np
import pandas as pd
import pytest
import traitlets

from livefin.cell import Cell
from livefin.chart.shown import shows
from livefin.errors import IndicatorError
from livefin.research.heat import heat
from livefin.research.heatmap import as_html
from livefin.widgets import sweepmap
from livefin.widgets.sweepmap import heatmap, sweep

WIDGET = "application/vnd.jupyter.widget-view+json"
GRID = {"fast": [3, 6, 9], "slow": [20, 30], "kind": ["a", "b"]}


@pytest.fixture(autouse=True)
def closed(no_leaks):
    """No comm after a test: a map that is no cell's stays until it is closed."""
    yield
    ipywidgets.Widget.close_all()


def gap(df, fast=3, slow=10, kind="a"):
    line = df.close.rolling(fast).mean() - df.close.rolling(slow).mean()
    return line if kind == "a" else line.shift(2)


@pytest.fixture(scope="module")
def df():
    rng = np.random.default_rng(11)
    return pd.DataFrame({"close": 100 * np.exp(np.cumsum(rng.normal(0, 0.001, 400)))})


@pytest.fixture(scope="module")
def found(df):
    return sweep(gap, df, GRID, ["ic", "sharpe"], workers=1, progress=False)


def test_its_menus_offer_what_was_varied(found, df):
    assert heatmap(found).choices == {
        "x": ["fast", "slow", "kind"],
        "y": ["fast", "slow", "kind"],
        "score": ["ic", "sharpe"],
        "aggregate": ["max", "mean", "median", "min"],
    }
    two = sweep(gap, df, {"fast": [3, 6], "slow": [20, 30]}, workers=1, progress=False)
    assert heatmap(two).choices["score"] == heatmap(two).choices["aggregate"] == []
    one = heatmap(sweep(gap, df, {"fast": [3, 6]}, workers=1, progress=False))
    assert (one.x, one.y, one.choices["x"]) == ("fast", "", [])


def test_turned_it_shows_what_was_asked_for(found):
    shown = heatmap(found)
    shown.y, shown.score, shown.aggregate = "kind", "sharpe", "mean"
    wanted = as_html(heat(found, "fast", "kind", score="sharpe", aggregate="mean"))
    assert wanted in shown.html


def test_the_axes_change_places_where_both_would_be_the_same(found):
    shown = heatmap(found, x="fast", y="slow")
    shown.x = "slow"
    assert (shown.x, shown.y) == ("slow", "fast")
    assert as_html(heat(found, "slow", "fast")) in shown.html


@pytest.mark.parametrize("name", ["x", "y", "score", "aggregate"])
def test_what_there_is_not_is_refused(found, name):
    shown = heatmap(found)
    before = getattr(shown, name), shown.html
    with pytest.raises(traitlets.TraitError, match="<img>"):
        setattr(shown, name, "<img>")
    assert (getattr(shown, name), shown.html) == before
    with pytest.raises(IndicatorError):
        heatmap(found, **{name: "other"})


def test_a_cell_that_is_picked_gives_its_best_set(found):
    picks, seen = [], []
    shown = heatmap(found, x="fast", y="slow", aggregate="min", on_pick=picks.append)
    shown.observe(lambda change: seen.append(change["new"]), "picked")
    shown._handle_custom_msg({"pick": [1, 2]}, [])
    best = found.df.query("fast == 9 and slow == 30").iloc[0]
    assert shown.picked == {"fast": 9, "slow": 30, "kind": best.kind}
    assert picks == seen == [shown.picked]


@pytest.mark.parametrize(
    "message", [{}, {"pick": [9, 9]}, {"pick": [-1, 0]}, {"pick": ["0", "0"]}, {"pick": 3}, None]
)
def test_what_a_page_may_not_say_is_passed_over(found, message):
    shown = heatmap(found)
    shown._handle_custom_msg(message, [])
    assert shown.picked == {}


def test_a_cell_without_a_set_gives_none(df):
    few = sweep(gap, df, {"fast": [3, 6], "slow": [20, 30]}, n=1, workers=1, progress=False)
    shown = heatmap(few)
    assert sum(bool(shown.pick(i, k)) for i in (0, 1) for k in (0, 1)) == 1


@pytest.fixture
def page(monkeypatch):
    """What is displayed, as in a notebook."""
    shown = []
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setattr(sweepmap, "display", lambda bundle, **_: shown.append(bundle))
    monkeypatch.setattr(sweepmap, "this_cell", lambda: None)
    yield shown
    for each in list(shows._cells):
        each.release()


def test_a_sweep_shows_its_map_in_a_notebook_and_keeps_a_picture(found, page):
    found._ipython_display_()
    live, kept = page
    assert live[WIDGET]["model_id"]
    assert WIDGET not in kept
    assert found._repr_html_() in kept["text/html"]
    assert "<svg" in kept["text/html"]
    assert "<script" not in kept["text/html"]


def test_outside_of_a_notebook_a_sweep_is_shown_as_any_result(found):
    with pytest.raises(NotImplementedError):
        found._ipython_display_()


def test_shown_anew_by_its_cell_a_map_leaves_nothing_behind(found, page, monkeypatch):
    for run in (1, 2):
        monkeypatch.setattr(sweepmap, "this_cell", lambda run=run: Cell("a", run))
        found._ipython_display_()
    assert len(shows) == 1


def test_without_anything_varied_there_is_no_map_but_the_table(df, page):
    one = sweep(gap, df, {"fast": [3]}, workers=1, progress=False)
    with pytest.raises(NotImplementedError):
        one._ipython_display_()
    assert "<table" in one._repr_html_()
    assert page == []
    with pytest.raises(IndicatorError, match="several values"):
        heatmap(one)

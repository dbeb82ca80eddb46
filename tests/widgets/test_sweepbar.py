"""The bar of a sweep: what it says, how it stops, and that nothing of it is left over."""

import inspect

import numpy as np
import pandas as pd
import pytest

from livefin.errors import IndicatorError
from livefin.research import sweeping, walkforward
from livefin.research.sweeping import SoFar
from livefin.widgets import sweepbar
from livefin.widgets.sweepbar import SweepBar
from livefin.widgets.sweepmap import sweep, walk_forward


@pytest.fixture
def df():
    rng = np.random.default_rng(11)
    return pd.DataFrame({"close": 100 * np.exp(np.cumsum(rng.normal(0, 0.001, 300)))})


def momentum(df, window=3):
    return df.close.diff(window)


class Handle:
    """Stands for a notebook's output."""

    def __init__(self):
        self.shown, self.left = [], []

    def __call__(self, thing, *, display_id):
        assert display_id
        self.shown.append(thing)
        return self

    def update(self, bundle, *, raw):
        self.left.append(bundle["text/plain"])


@pytest.fixture
def page(monkeypatch):
    """As in a notebook."""
    page = Handle()
    monkeypatch.setattr(sweepbar, "in_kernel", lambda: True)
    monkeypatch.setattr(sweepbar, "display", page)
    return page


def test_it_says_how_far_it_is_and_what_is_best():
    now = [0.0]
    bar = SweepBar(clock=lambda: now[0])
    now[0] = 2.0
    bar.tell(SoFar(0, 400))
    assert bar.text == "0 of 400 sets in 2.0 s, time left not known yet"
    bar.tell(SoFar(100, 400, {"window": 5, "kind": "ema"}, 0.0312))
    assert (bar.done, bar.total) == (100, 400)
    assert bar.text == "100 of 400 sets in 2.0 s, 6.0 s left · best 0.0312 at window 5, kind ema"
    assert bar.ended == "100 of 400 sets in 2.0 s, stopped"
    bar.close()


def test_an_interrupt_ends_the_sweep_and_keeps_what_was_found(page, df, monkeypatch):
    monkeypatch.setattr(sweeping, "EVERY", 0.0)

    def interrupted(df, window=3):
        if window == 5:
            raise KeyboardInterrupt
        return df.close.diff(window)

    found = sweep(interrupted, df, {"window": range(1, 30)}, workers=1)
    assert found.interrupted
    assert len(found.df) == 4
    assert page.left[0].startswith("4 of 29 sets in ")
    assert page.left[0].endswith(", stopped")


def test_a_walk_forward_has_a_bar_too(page, df):
    walk = walk_forward(momentum, df, {"window": [2, 3]}, splits=2, workers=1)
    assert len(walk.df) == 2
    assert page.left[0].startswith("2 of 2 sets in ")


def test_what_the_sweep_raises_comes_through_and_leaves_no_widget(page, df):
    with pytest.raises(IndicatorError):
        sweep(momentum, df, {})
    assert page.left[0].startswith("over after ")


@pytest.mark.parametrize("progress", [False, lambda so_far: None])
def test_who_wants_no_bar_gets_none(page, df, progress):
    sweep(momentum, df, {"window": [2, 3]}, workers=1, progress=progress)
    assert page.shown == []


def test_elsewhere_it_is_the_plain_one(df):
    assert len(sweep(momentum, df, {"window": [2, 3]}, workers=1).df) == 2
    for ours, plain in ((sweep, sweeping.sweep), (walk_forward, walkforward.walk_forward)):
        assert inspect.signature(ours) == inspect.signature(plain)
        assert ours.__doc__ == plain.__doc__

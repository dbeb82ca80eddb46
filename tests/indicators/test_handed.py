"""What people hand in by mistake is refused where they called, with what to do instead."""

import numpy as np
import pandas as pd
import pytest

import livefin as lf
from livefin.errors import IndicatorError
from livefin.trust.made import made_bars

BARS = made_bars(100)


def half(df, share=0.5):
    return share * df.close


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        (BARS.close, r'series\.to_frame\("close"\)'),
        (None, "takes a frame, got a NoneType"),
        (BARS.to_numpy(), "takes a frame, got a ndarray"),
        (BARS.iloc[::-1], r"df\.sort_index\(\)"),
    ],
)
@pytest.mark.parametrize("made", [lf.ta.RSI(14), lf.indicators.Supertrend(), lf.indicator(half)])
def test_what_is_no_frame_in_order_is_refused_by_every_indicator(made, given, advice):
    with pytest.raises(IndicatorError, match=advice):
        made(given)


def test_two_bars_at_one_time_are_in_order():
    twice = pd.concat([BARS.iloc[:50], BARS.iloc[49:]])
    assert len(lf.ta.RSI(14)(twice)) == 101


def test_a_frame_of_capital_names_is_told_how_to_rename_them():
    with pytest.raises(IndicatorError, match=r"no close; .*df\.rename\(columns=str\.lower\)"):
        lf.ta.RSI(14)(BARS.rename(columns=str.title))
    with pytest.raises(IndicatorError, match=r"no close; it has open$"):
        lf.ta.RSI(14)(BARS[["open"]])


@pytest.mark.parametrize(
    ("thing", "advice"),
    [
        (lf.ta.RSI, r"call the class: RSI\(\)"),
        (half, r"lf\.indicator\(f\)"),
        ("RSI", r"such as lf\.ta\.RSI\(14\), got 'RSI'"),
    ],
)
def test_what_is_no_indicator_yet_is_told_how_to_become_one(thing, advice):
    for call in (lambda: lf.on("5min", thing), lambda: lf.chain(thing, lf.ta.EMA(9))):
        with pytest.raises(IndicatorError, match=advice):
            call()


def test_research_wants_values_of_an_indicator_and_says_how_they_are_had():
    with pytest.raises(IndicatorError, match="RSI\\(14\\) gives them when called with bars"):
        lf.ic(lf.ta.RSI(14), BARS.close)


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        ({"grid": {"shar": [1.0]}}, "did you mean 'share'"),
        ({"grid": [1.0]}, "a grid is as"),
        ({"df": BARS.close}, "takes a frame, got a Series"),
        ({"df": BARS.iloc[::-1]}, "oldest first"),
        ({"score": 3}, "score must be of ic"),
        ({"horizon": 0}, "horizon must be at least 1"),
    ],
)
@pytest.mark.parametrize("run", [lf.sweep, lf.walk_forward])
def test_a_sweep_that_could_find_nothing_is_refused_at_once(run, change, advice):
    with pytest.raises(IndicatorError, match=advice):
        run(half, **({"df": BARS, "grid": {"share": [0.5]}, "progress": False} | change))


def test_a_sweep_may_turn_what_is_no_knob():
    longer = lf.on("5s", lf.ta.SMA(2))
    found = lf.sweep(longer, BARS, {"interval": ["5s", "10s"]}, progress=False)
    assert not len(found.errors)
    assert not np.isnan(found.df.ic).any()

"""The figures of a sweep's map are those that grouping its table gives."""

import math

import numpy as np
import pandas as pd
import pytest

from livefin.errors import IndicatorError
from livefin.research.heat import MOST, axes, heat
from livefin.research.sweeping import sweep

GRID = {"kind": ["b", "a"], "fast": [9, 3, 6], "slow": [20, 10]}


@pytest.fixture
def df():
    rng = np.random.default_rng(11)
    return pd.DataFrame({"close": 100 * np.exp(np.cumsum(rng.normal(0, 0.001, 400)))})


def gap(df, fast=3, slow=10, kind="a"):
    if fast == 9 and slow == 10:
        return df.close * math.nan
    line = df.close.rolling(fast).mean() - df.close.rolling(slow).mean()
    return line if kind == "a" else line.shift(2)


def swept(df, grid=None, score="ic", **options):
    return sweep(gap, df, grid or GRID, score, workers=1, progress=False, **options)


@pytest.mark.parametrize("aggregate", ["max", "mean", "median", "min"])
def test_each_cell_is_the_aggregate_of_its_sets(df, aggregate):
    found = swept(df, score=["ic", "sharpe"])
    drawn = heat(found, "fast", "slow", score="sharpe", aggregate=aggregate)
    table = found.heat("fast", "slow", score="sharpe", aggregate=aggregate)
    assert (drawn.columns, drawn.lines) == (["3", "6", "9"], ["10", "20"])
    np.testing.assert_array_equal(drawn.scores, table.to_numpy())
    assert drawn.counts.tolist() == [[2, 2, 2], [2, 2, 2]]
    assert drawn.others == ("kind",)


def test_the_best_cell_has_the_best_set_and_each_cell_its_own(df):
    found = swept(df)
    drawn = heat(found, "fast", "slow", aggregate="min")
    line, column = drawn.best
    assert found.params(drawn.rows[line, column]) == found.best_params
    for (line, column), row in np.ndenumerate(drawn.rows):
        place = f"fast == {drawn.columns[column]} and slow == {drawn.lines[line]}"
        scores = found.df.query(place).ic
        assert row == (-1 if scores.isna().all() else scores.idxmax())


def test_words_come_in_the_order_they_were_given_and_numbers_rise(df):
    drawn = heat(swept(df), "kind", "fast")
    assert (drawn.columns, drawn.lines) == (["b", "a"], ["3", "6", "9"])


def test_a_long_axis_is_shown_in_groups_of_neighbours(df):
    grid = {"fast": range(2, 2 + 2 * MOST), "slow": [30, 50]}
    found = swept(df, grid)
    drawn = heat(found, "fast", "slow")
    assert len(drawn.columns) == MOST
    assert drawn.columns[0] == "2 – 3"
    both = found.df[found.df.fast.isin([2, 3]) & (found.df.slow == 30)]
    assert drawn.scores[0, 0] == both.ic.max()
    assert drawn.counts[0, 0] == 2
    assert "max of 2 sets" in drawn.hint(0, 0)


def test_values_that_are_alike_only_in_their_names_are_kept_apart(df):
    def by(df, how=(1,)):
        return df.close.diff(len(how))

    grid = {"how": [[1], [1, 2], [1, 2, 3]]}  # lists cannot be grouped by
    found = sweep(by, df, grid, workers=1, progress=False)
    drawn = heat(found, "how")
    assert drawn.counts.tolist() == [[1, 1, 1]]
    assert found.params(drawn.rows[0, 1]) == {"how": [1, 2]}


def test_sets_drawn_at_random_lie_where_they_belong(df):
    found = swept(df, n=5, seed=3)
    drawn = heat(found, "fast", "slow")
    assert drawn.counts.sum() == 5
    for row in range(5):
        params = found.params(row)
        at = drawn.lines.index(str(params["slow"])), drawn.columns.index(str(params["fast"]))
        assert drawn.counts[at] >= 1
        assert found.df[["kind", "fast", "slow"]].iloc[row].to_dict() == params


def test_the_axes_are_the_parameters_with_the_most_values(df):
    assert axes(swept(df)) == ["kind", "fast"]
    assert axes(swept(df, {"kind": ["a", "b"], "slow": range(10, 13), "fast": [3, 4, 5]})) == [
        "slow",
        "fast",
    ]
    assert axes(swept(df, {"kind": ["a"], "slow": [10, 20]})) == ["slow"]
    assert axes(swept(df, {"kind": ["a"]})) == []


@pytest.mark.parametrize(
    ("names", "options"),
    [
        (("fast", "fast"), {}),
        (("fast", "other"), {}),
        (("fast",), {"score": "sharpe"}),
        (("fast",), {"aggregate": "sum"}),
    ],
)
def test_what_there_is_no_map_of_is_said(df, names, options):
    with pytest.raises(IndicatorError):
        heat(swept(df), *names, **options)

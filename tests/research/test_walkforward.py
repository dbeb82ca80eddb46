"""Walking forward: folds that never overlap, the choice made in sample, the score out of it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import IndicatorError
from livefin.research.walkforward import folds, walk_forward


@pytest.fixture
def df():
    rng = np.random.default_rng(2)
    times = pd.date_range("2026-03-01", periods=900, freq="1min", tz="UTC")
    return pd.DataFrame({"close": 100 * np.exp(np.cumsum(rng.normal(0, 0.001, 900)))}, times)


def momentum(df, window=5):
    return df.close.diff(window)


@given(
    rows=st.integers(1, 300),
    splits=st.integers(1, 8),
    train=st.one_of(st.none(), st.integers(1, 100), st.floats(0.05, 0.5)),
    gap=st.integers(0, 20),
)
def test_no_test_row_is_trained_on_and_the_gap_is_kept(rows, splits, train, gap):
    try:
        found = folds(rows, splits, train=train, gap=gap)
    except IndicatorError:
        return
    assert len(found) == splits
    assert found[-1].stop == rows
    for fold, following in zip(found, [*found[1:], None], strict=True):
        assert 0 <= fold.begin < fold.end == fold.first - gap
        assert fold.first < fold.stop
        if train is not None:
            assert fold.end - fold.begin == (
                train if isinstance(train, int) else round(rows * train)
            )
        else:
            assert fold.begin == 0
        if following is not None:
            assert following.first == fold.stop
            assert following.stop - following.first == fold.stop - fold.first


def test_each_fold_chooses_by_its_own_training_rows_and_is_scored_on_its_test(df):
    windows = [2, 7, 30]
    walk = walk_forward(
        momentum, df, {"window": windows}, splits=3, horizon=4, workers=1, progress=False
    )
    for row, fold in zip(walk.df.itertuples(), folds(900, 3, gap=4), strict=True):
        train = df.iloc[: fold.end]
        inside = {w: rank(momentum(train, w), train.close) for w in windows}
        best = max(inside, key=inside.get)
        line = momentum(df.iloc[: fold.stop], best).iloc[fold.first :]
        test = df.close.iloc[fold.first : fold.stop]
        assert row.window == best
        assert walk.df.loc[row.Index, "in"] == pytest.approx(inside[best])
        assert row.out == pytest.approx(rank(line, test))
        assert row.train_to < row.test_from
        assert row.test_from - row.train_to == pd.Timedelta(minutes=5)
    assert walk.degradation == pytest.approx((walk.df["in"] - walk.df["out"]).mean())
    assert "3 sets were tried on each fold" in str(walk)


def rank(line, close):
    after = np.log(close.shift(-4) / close)
    both = line.notna() & after.notna()
    return line[both].rank().corr(after[both].rank())


def test_nothing_behind_a_fold_changes_what_it_chose(df):
    options = {"splits": 3, "workers": 1, "progress": False}
    whole = walk_forward(momentum, df, {"window": range(2, 9)}, **options)
    changed = df.copy()
    changed.iloc[450:, 0] = changed["close"].iloc[450:].to_numpy()[::-1]
    again = walk_forward(momentum, changed, {"window": range(2, 9)}, **options)
    same = ["train_to", "window", "in", "out"]
    pd.testing.assert_frame_equal(whole.df.loc[[1], same], again.df.loc[[1], same])
    assert whole.df.loc[3, "in"] != again.df.loc[3, "in"]


def test_a_fold_without_a_score_has_none(df):
    def late(df, window):
        return df.close.where(np.arange(len(df)) > window)

    walk = walk_forward(late, df, {"window": [400]}, splits=2, workers=1, progress=False)
    assert walk.df["in"].isna().tolist() == [True, False]
    assert walk.df.loc[2, "window"] == 400


@pytest.mark.parametrize(
    "options", [{"splits": 0}, {"splits": 950}, {"gap": 500}, {"gap": -1}, {"train": 896}]
)
def test_too_few_rows_are_said(df, options):
    with pytest.raises(IndicatorError):
        walk_forward(momentum, df, {"window": [2]}, workers=1, progress=False, **options)

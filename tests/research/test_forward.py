"""What came after a signal, against plain pandas; pending ones are said and not counted."""

import math

import numpy as np
import pandas as pd
import pytest

from livefin.errors import IndicatorError
from livefin.research.forward import after, forward_returns, holding, turnover

COLUMNS = ["count", "mean", "median", "std", "hit_rate", "5 %", "95 %"]


@pytest.fixture
def close():
    rng = np.random.default_rng(7)
    times = pd.date_range("2026-03-01", periods=3_000, freq="1min", tz="UTC")
    return pd.Series(100 * np.exp(np.cumsum(rng.normal(0, 0.001, 3_000))), times, name="close")


@pytest.fixture
def signal(close):
    return pd.Series(np.random.default_rng(8).random(len(close)) < 0.1, close.index, name="dice")


@pytest.mark.parametrize("kind", ["log", "simple"])
def test_forward_returns_are_those_of_pandas(close, kind):
    found = forward_returns(close, [1, 7], kind=kind)
    for horizon in (1, 7):
        ratio = close.shift(-horizon) / close
        expected = np.log(ratio) if kind == "log" else ratio - 1
        pd.testing.assert_series_equal(found[horizon], expected, check_names=False)
    assert found.columns.name == "outcome"
    assert found[7].isna().sum() == 7


def test_prices_that_are_none_have_no_return():
    found = forward_returns([100.0, math.nan, 0.0, -5.0, math.inf, 100.0, 110.0], 1)
    assert found[1].isna().tolist() == [True] * 5 + [False, True]


def test_the_figures_are_those_of_the_returns_after_the_signal(close, signal):
    cost = 3.0
    df = after(signal, close, [1, 20], cost_bps=cost).df
    for horizon in (1, 20):
        all_returns = np.log(close.shift(-horizon) / close)
        net = all_returns[signal].dropna() - cost / 1e4
        expected = [
            len(net),
            net.mean(),
            net.median(),
            net.std(),
            (net > 0).mean(),
            net.quantile(0.05),
            net.quantile(0.95),
        ]
        assert df.loc[horizon, COLUMNS].tolist() == pytest.approx(expected)
        assert df.loc[horizon, "baseline"] == pytest.approx(all_returns.mean())
        assert df.loc[horizon, "excess"] == pytest.approx(
            net.mean() + cost / 1e4 - all_returns.mean()
        )
        assert df.loc[horizon, "pending"] == signal.iloc[-horizon:].sum()


def test_with_returns_that_do_not_overlap_t_is_the_plain_one(close, signal):
    net = np.log(close.shift(-1) / close)[signal].dropna()
    plain = net.mean() / (net.std() / math.sqrt(len(net)))
    assert after(signal, close, 1).df.loc[1, "t"] == pytest.approx(plain)


def test_a_signal_without_meaning_has_no_large_t_even_where_returns_overlap():
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        close = 100 * np.exp(np.cumsum(rng.normal(0, 0.001, 2_000)))
        state = np.repeat(rng.random(100) < 0.5, 20)  # on and off for 20 bars at a time
        row = after(state, close, 20).df.loc[20]
        plain = row["mean"] / row["std"] * math.sqrt(row["count"])
        found.append((row["t"], row["t_excess"], plain))
    honest, excess, plain = np.std(found, axis=0)
    assert 0.7 < honest < 1.6
    assert 0.7 < excess < 1.6
    assert plain > 2.5  # what a plain t would have made of the same dice


def test_a_signal_that_knows_the_future_is_found_out(close):
    knows = np.log(close.shift(-5) / close) > 0
    row = after(knows, close, [5]).df.loc[5]
    assert row["hit_rate"] == 1.0
    assert row["t_excess"] > 10


def test_sold_counts_the_other_way_round(close, signal):
    bought = after(signal, close, [5]).df.loc[5]
    sold = after(-signal.astype(int), close, [5]).df.loc[5]
    for column in ("mean", "median", "baseline", "excess", "t"):
        assert sold[column] == pytest.approx(-bought[column])


def test_a_signal_at_every_bar_is_its_own_baseline(close):
    row = after(np.ones(len(close), dtype=bool), close, 5).df.loc[5]
    assert row["excess"] == pytest.approx(0, abs=1e-15)
    assert math.isnan(row["t_excess"])


def test_signals_without_a_price_are_not_counted_and_said():
    outcome = after([True] * 5, [100, math.nan, 100, 101, 102], 1)
    assert outcome.df.loc[1, ["count", "missing", "pending"]].tolist() == [2, 2, 1]
    assert "pending, not counted yet: 1 at 1" in str(outcome)
    assert "without a price, not counted: 2 at 1" in str(outcome)


@pytest.mark.parametrize(("bars", "counts"), [(0, [0, 0]), (1, [0, 0]), (30, [15, 5])])
def test_too_few_or_constant_prices_give_figures_that_say_so(bars, counts):
    signal = np.arange(bars) % 2 == 0
    df = after(signal, pd.Series([100.0] * bars, dtype=float), (1, 20)).df
    assert df["t"].isna().all()
    assert df["count"].tolist() == counts


def test_the_histogram_holds_every_return(close, signal):
    outcome = after(signal, close, [5])
    counts, edges = outcome.histogram(5, bins=11)
    assert counts.sum() == outcome.df.loc[5, "count"] == len(outcome.returns(5))
    assert len(edges) == 12
    with pytest.raises(IndicatorError, match="no horizon of 6"):
        outcome.returns(6)


def test_a_card_shows_names_as_text_and_the_colours_of_the_lab(close, signal):
    shown = after(signal.rename("<script>x</script>"), close)._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert "var(--jp-ui-font-color1, inherit)" in shown


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: after([True, False], [1.0, 2.0], kind="linear"),
        lambda: after([True, False], [1.0, 2.0], cost_bps=-1),
        lambda: after([True, False], [1.0]),
        lambda: forward_returns([1.0, 2.0], 0),
        lambda: forward_returns([1.0, 2.0], kind="linear"),
    ],
)
def test_what_has_no_outcome_is_said(wrong):
    with pytest.raises(IndicatorError):
        wrong()


def test_turnover_and_holding_of_positions():
    position = [0, 1, 1, 1, 0, 0, -1, 1, 1]
    assert turnover(position) == pytest.approx((1 + 1 + 1 + 2) / 9)
    assert holding(position) == pytest.approx((3 + 1) / 2)  # the last one goes on
    assert math.isnan(holding([0, 0]))
    assert math.isnan(turnover(pd.Series([], dtype=float)))

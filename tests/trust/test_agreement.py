"""Two tables of values: the same but for rounding, or not."""

import numpy as np

from livefin.trust.agreement import difference, differs, jittered, noise, typical
from livefin.trust.made import made_bars, scaled


def column(*values):
    return np.array(values, dtype=np.float64).reshape(-1, 1)


def test_the_first_row_that_differs_is_named_with_both_values():
    found = difference(column(1, 2, 3), column(1, 2.5, 4))
    assert (found.row, found.column, found.pair, found.rows) == (1, 0, (2.0, 2.5), 2)


def test_a_value_that_is_missing_on_one_side_differs():
    assert difference(column(1, np.nan), column(1, 2)).row == 1
    assert difference(column(np.nan), column(np.nan)) is None
    assert difference(column(np.inf), column(np.inf)) is None
    assert difference(column(np.inf), column(-np.inf)) is not None


def test_one_part_in_a_billion_of_the_usual_size_is_rounding():
    assert difference(column(1, 1e-12, 1), column(1, 0, 1)) is None
    assert difference(column(1, 1e-8, 1), column(1, 0, 1)).row == 1


def test_slack_allows_what_was_measured_and_no_more():
    one, other, slack = column(1, 2), column(1.1, 2.1), column(0.2, 0.05)
    assert differs(one, other, slack).ravel().tolist() == [False, True]


def test_typical_is_the_median_of_what_is_there():
    assert typical(np.array([[np.nan, np.nan], [-3.0, np.nan], [5.0, np.inf]])).tolist() == [
        4.0,
        0.0,
    ]


def test_jitter_keeps_ties_and_order_and_moves_last_digits_only():
    bars = made_bars(500)
    close, moved = bars.close.to_numpy(), jittered(bars).close.to_numpy()
    assert not np.array_equal(close, moved)
    assert np.allclose(close, moved, rtol=1e-14, atol=0)
    assert np.array_equal(np.sign(np.diff(close)), np.sign(np.diff(moved)))
    assert jittered(bars).trades.equals(bars.trades)


def test_a_sum_that_cancels_is_allowed_its_noise():
    bars = scaled(made_bars(500), 1e6)

    def variance(df):
        x = df.close
        total, square = x.cumsum(), (x**2).cumsum()
        n = 20
        return column(*((square - square.shift(n)) / n - ((total - total.shift(n)) / n) ** 2))

    table = variance(bars)
    slack = noise(table, variance(jittered(bars)))
    assert np.nanmedian(slack) > 1.0
    assert difference(table + np.nanmedian(slack) / 10, table, slack) is None


def test_a_steady_sum_is_allowed_nothing_to_speak_of():
    bars = made_bars(500)
    table = bars[["close"]].to_numpy()
    slack = noise(table, jittered(bars)[["close"]].to_numpy())
    assert slack.max() < 1e-9


def test_one_state_that_flips_allows_only_the_rows_around_it():
    table = np.zeros((50, 1))
    again = table.copy()
    again[25] = 1.0
    slack = noise(table, again)
    assert np.flatnonzero(slack).tolist() == [23, 24, 25, 26, 27]

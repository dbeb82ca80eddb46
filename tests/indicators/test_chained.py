"""Indicators of indicators: as the outer one on the inner one's values, in every way."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import IndicatorError
from livefin.indicators import ta
from livefin.indicators.chained import chain
from livefin.indicators.contract import BarRow, ClosesRow, TradeRow
from livefin.indicators.custom.drawing import Drawing
from livefin.indicators.custom.functionindicator import FunctionIndicator
from livefin.indicators.custom.userdefined import indicator
from livefin.indicators.rows import frame

NAN = float("nan")
CLOSES = st.lists(
    st.floats(1, 9, allow_nan=False) | st.sampled_from([NAN, float("inf")]), min_size=1, max_size=40
)


def bars(closes):
    return [BarRow(i * 10**9, c, c, c, c, float(i % 3)) for i, c in enumerate(closes)]


def mean(df, window=3):
    return df.close.rolling(window, min_periods=1).mean()


class Range:
    def __init__(self, window=2):
        self.window, self.held = window, []

    def update(self, row):
        self.held = [*self.held, row.close][-self.window :]
        return max(self.held) - min(self.held), row.volume


class TestContract:
    @pytest.mark.parametrize(
        "made",
        [
            ta.RSI(3) | ta.EMA(2),
            ta.MACD(2, 4, 2) | ta.SMA(3) | ta.STDDEV(2),
            chain(ta.BBANDS(3), ta.OBV(), "lowerband"),
            ta.RSI(3) | indicator(Range, window=3),
            indicator(Range) | ta.EMA(2),
        ],
        ids=str,
    )
    @given(CLOSES, st.integers(0, 40))
    def test_batch_history_stream_and_peek_agree_at_every_row(self, made, closes, before):
        given_rows = bars(closes)
        before = min(before, len(given_rows))
        batch = made.batch(frame(given_rows))
        one = made.copy()
        got = one.begin(frame(given_rows[:before])).to_numpy().tolist()
        for row in given_rows[before:]:
            peeked = [one.peek(row) for _ in range(3)]
            got.append(one.update(row))
            np.testing.assert_array_equal(peeked, [got[-1]] * 3)
        np.testing.assert_array_equal(np.array(got).reshape(len(closes), -1), batch)

    @given(CLOSES)
    def test_it_is_the_outer_one_on_bars_of_the_inner_one_s_values(self, closes):
        df = frame(bars(closes))
        values = ta.BBANDS(3).batch(df)["middleband"]
        wanted = ta.OBV().batch(pd.DataFrame({"close": values, "volume": df.volume}, df.index))
        made = chain(ta.BBANDS(3), ta.OBV(), "middleband")
        pd.testing.assert_frame_equal(made.batch(df), wanted)

    def test_a_function_is_computed_on_the_line(self):
        df = frame(bars([1.0, 2.0, 4.0, 3.0]))
        made = ta.SMA(2) | FunctionIndicator(mean, {"window": 2})
        wanted = df.close.rolling(2).mean().rolling(2, min_periods=1).mean()
        np.testing.assert_array_equal(made.batch(df)["mean"], wanted)
        assert made.outputs == ("mean",)

    def test_a_copy_goes_its_own_way(self):
        made = indicator(Range) | ta.SMA(2)
        for row in bars([1.0, 2.0, 4.0]):
            made.update(row)
        twin = made.copy()
        twin.update(bars([90.0])[0])
        assert made.update(bars([5.0])[0]) == (1.5,)

    def test_what_is_chained_is_left_as_it_was(self):
        inner, outer = indicator(Range), ta.SMA(2)
        made = inner | outer
        made.begin(frame(bars([1.0, 2.0, 4.0])))
        assert inner.update(bars([3.0])[0]) == (0.0, 0.0)
        assert np.isnan(outer.update(bars([3.0])[0])).all()


class TestSources:
    def test_the_size_of_a_trade_is_its_volume(self):
        class Price:
            def update(self, row):
                return row.price

        made = indicator(Price, source="trades") | indicator(Range)
        assert made.source == "trades"
        assert made.update(TradeRow(0, 9.0, 4.0, 1)) == (0.0, 4.0)
        df = frame([TradeRow(0, 9.0, 4.0, 1), TradeRow(1, 7.0, 5.0, 1)])
        assert made.batch(df).to_numpy().tolist() == [[0.0, 4.0], [2.0, 5.0]]

    def test_closes_of_symbols_have_no_volume(self):
        class Ratio:
            def update(self, row):
                return row.closes[0] / row.closes[1]

        pair = indicator(Ratio, source="closes", symbols=("A", "B"))
        made = pair | indicator(Range)
        assert made.symbols == ("A", "B")
        np.testing.assert_array_equal(made.update(ClosesRow(0, (3.0, 2.0))), (0.0, NAN))
        with pytest.raises(IndicatorError, match="only one of bars"):
            ta.RSI(3) | pair


class TestMade:
    def test_memory_adds_up_and_is_without_end_where_one_s_is(self):
        made = ta.SMA(5) | ta.RSI(3)
        assert made.lookback == ta.SMA(5).lookback + ta.RSI(3).lookback
        assert made.warm_up == ta.SMA(5).warm_up + ta.RSI(3).warm_up
        assert (ta.SMA(5) | indicator(Range)).warm_up is None
        assert (indicator(Range) | ta.SMA(5)).warm_up is None

    def test_parameters_are_those_of_both_under_names_of_their_own(self):
        made = ta.RSI(14) | ta.EMA(9) | ta.SMA(4)
        names = [name for name in made.params if name.startswith("timeperiod")]
        assert [made.params[name] for name in names] == [14, 9, 4]
        assert {p.name for p in made.parameters} == set(made.params)
        other = made.with_params(**{names[0]: 10, names[2]: 3})
        assert other.name == (ta.RSI(10) | ta.EMA(9) | ta.SMA(3)).name
        with pytest.raises(IndicatorError, match="no parameter 'nothing'"):
            made.with_params(nothing=1)

    def test_a_name_that_is_taken_in_the_outer_one_is_not_given_twice(self):
        def inner(df, window=2):
            return df.close * window

        def outer(df, window_2=3, window=4):
            return df.close + window_2 + 10 * window

        made = indicator(inner) | indicator(outer)
        assert dict(made.params) == {"window": 2, "window_2": 3, "window_3": 4}
        df = frame(bars([1.0]))
        assert made.with_params(window_3=0).batch(df).to_numpy().tolist() == [[5.0]]

    def test_it_is_drawn_where_its_scale_is(self):
        average = ta.RSI(14) | ta.EMA(9)
        assert (average.pane, average.levels) == (ta.RSI(14).pane, ta.RSI(14).levels)
        assert (ta.SMA(3) | ta.EMA(3)).pane == "price"
        strength = ta.SMA(3) | ta.RSI(14)
        assert (strength.pane, strength.levels) == ("new", ta.RSI(14).levels)

    def test_it_is_trusted_where_both_are(self):
        assert (ta.SMA(3) | ta.EMA(3)).trusted
        assert not (ta.SMA(3) | indicator(mean)).trusted
        assert not (indicator(mean) | ta.SMA(3)).trusted

    def test_its_name_says_of_what_it_is(self):
        assert (
            chain(ta.BBANDS(5), ta.EMA(9), "upperband").name
            == f"EMA(9) of {ta.BBANDS(5)} upperband"
        )

    def test_an_output_that_is_not_there_is_named(self):
        with pytest.raises(IndicatorError, match=r"no output 'middle'.*upperband, middleband"):
            chain(ta.BBANDS(5), ta.EMA(9), "middle")
        late = chain(FunctionIndicator(mean, drawing=Drawing("average")), ta.EMA(9), "middle")
        with pytest.raises(IndicatorError, match="no output 'middle'; there are: average"):
            late.batch(frame(bars([1.0])))

    def test_nothing_else_can_be_chained(self):
        with pytest.raises(TypeError, match="unsupported operand"):
            ta.RSI(3) | 5

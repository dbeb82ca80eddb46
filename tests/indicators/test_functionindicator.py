"""Functions of a frame under the contract: as the function itself, on every prefix."""

import functools
import re

import numpy as np
import pandas as pd
import pytest
from alone import Alone
from hypothesis import given
from hypothesis import strategies as st

from livefin.bars import TimeBars
from livefin.errors import IndicatorError
from livefin.events import Trade
from livefin.indicators.contract import BarRow, ClosesRow, TradeRow
from livefin.indicators.custom import functionindicator
from livefin.indicators.custom.drawing import Drawing
from livefin.indicators.custom.functionindicator import FunctionIndicator
from livefin.indicators.live.running import Running
from livefin.indicators.rows import frame, rows

ROWS = st.lists(
    st.builds(
        lambda price, size: (price, price + 1, price - 1, price, size),
        st.integers(1, 9).map(float) | st.just(float("nan")),
        st.integers(0, 4).map(float),
    ),
    min_size=1,
    max_size=30,
).map(lambda values: [BarRow(i * 10**9, *each) for i, each in enumerate(values)])


def mean(df, window=3):
    return df.close.rolling(window, min_periods=1).mean()


def bands(df, window: int = 3, width: float = 2.0):
    middle = mean(df, window)
    return pd.DataFrame({"middle": middle, "upper": middle + width})


class TestContract:
    @given(ROWS, st.integers(0, 30))
    def test_row_by_row_equals_the_function_on_every_prefix(self, given_rows, before):
        before = min(before, len(given_rows))
        made = FunctionIndicator(bands, {"window": 2})
        whole = bands(frame(given_rows), window=2)
        begun = made.begin(frame(given_rows[:before]))
        np.testing.assert_array_equal(begun.to_numpy(), whole.iloc[:before, : begun.shape[1]])
        for i in range(before, len(given_rows)):
            peeked = [made.peek(given_rows[i]) for _ in range(3)]
            values = made.update(given_rows[i])
            np.testing.assert_array_equal([*peeked, values], [whole.iloc[i]] * 4)
        pd.testing.assert_frame_equal(made.batch(frame(given_rows)), whole)

    def test_a_copy_goes_its_own_way(self):
        made = FunctionIndicator(mean)
        row = BarRow(0, 1.0, 1.0, 1.0, 1.0, 1.0)
        made.update(row)
        twin = made.copy()
        assert twin.update(row._replace(close=4.0)) == (2.5,)
        assert made.update(row._replace(close=2.0)) == (1.5,)
        assert (twin.name, twin.params) == (made.name, made.params)

    def test_begin_forgets_what_was(self):
        made = FunctionIndicator(mean)
        made.update(BarRow(0, 9.0, 9.0, 9.0, 9.0, 1.0))
        made.begin(frame([BarRow(0, 1.0, 1.0, 1.0, 1.0, 1.0)]))
        assert made.update(BarRow(1, 2.0, 2.0, 2.0, 2.0, 1.0)) == (1.5,)

    def test_of_more_rows_than_are_kept_the_last_ones_count(self):
        made = FunctionIndicator(lambda df: df.volume.cumsum(), max_rows=4)
        for i in range(9):
            values = made.update(BarRow(i, 1.0, 1.0, 1.0, 1.0, 1.0))
        assert values == (4.0,)

    def test_it_is_not_trusted_and_remembers_all(self):
        made = FunctionIndicator(mean)
        assert (made.trusted, made.warm_up, made.source, made.pane) == (False, None, "bars", "new")


class TestLines:
    def test_they_are_known_once_it_was_called_and_not_before(self):
        calls = []

        def counted(df):
            calls.append(len(df))
            return {"a": df.close, "b": df.open}

        made = FunctionIndicator(counted)
        assert made.outputs == ()
        assert made.begin(frame([])).shape == (0, 0)
        assert calls == []
        made.peek(BarRow(0, 1.0, 1.0, 1.0, 2.0, 1.0))
        assert made.outputs == ("a", "b")
        assert list(made.batch(frame([]))) == ["a", "b"]
        assert calls == [1]

    def test_a_single_one_is_called_as_the_function_or_as_said(self):
        df = frame([BarRow(0, 1.0, 1.0, 1.0, 1.0, 1.0)])
        assert list(FunctionIndicator(mean).batch(df)) == ["mean"]
        said = FunctionIndicator(mean, drawing=Drawing("Average"))
        assert list(said.batch(df)) == ["Average"]
        assert (said.name, repr(said)) == ("Average", "Average")
        assert FunctionIndicator(functools.partial(mean, window=9)).name == "mean"
        assert FunctionIndicator(lambda df: df.close).name == "lambda"

    def test_other_lines_than_before_are_an_error_and_another_order_is_none(self):
        def moody(df):
            order = ["a", "b"] if len(df) < 3 else ["b", "a"] if len(df) < 4 else ["a", "c"]
            return {name: np.full(len(df), ord(name)) for name in order}

        made = FunctionIndicator(moody)
        row = BarRow(0, 1.0, 1.0, 1.0, 1.0, 1.0)
        assert [made.update(row) for _ in range(3)] == [(97.0, 98.0)] * 3
        words = "moody gave the lines a, c at 4 rows, and a, b before"
        with pytest.raises(IndicatorError, match=words):
            made.update(row)

    def test_along_live_bars_they_are_learned_from_the_first_bar(self):
        bars = TimeBars("X", "1s")
        running = Alone(Running(FunctionIndicator(bands), bars), bars)
        assert running.update() == {}
        lines = {}
        for second, price in enumerate([5.0, 7.0, 9.0]):
            bars.update(Trade("X", second * 10**9, 0, price, 1.0))
            lines = running.update()
        assert {name: (line.first, *line.array) for name, line in lines.items()} == {
            "middle": (1, 6.0, 7.0),
            "upper": (1, 8.0, 9.0),
        }


class TestInput:
    @pytest.mark.parametrize("by_itself", [functionindicator.COPY_ON_WRITE, False])
    def test_a_function_that_changes_its_input_harms_nobody(self, monkeypatch, by_itself):
        monkeypatch.setattr(functionindicator, "COPY_ON_WRITE", by_itself)

        def careless(df):
            df["more"] = 1.0
            df.loc[:, "close"] = 0.0
            df["open"] += 5.0
            df.index.name = "other"
            df.loc[df.index[0]] = 7.0
            del df["volume"]
            return df.close

        df = frame([BarRow(i, 1.0, 1.0, 1.0, 1.0, 1.0) for i in range(3)])
        before = df.copy(deep=True)
        made = FunctionIndicator(careless)
        made.batch(df)
        made.begin(df)
        made.update(BarRow(3, 1.0, 1.0, 1.0, 1.0, 1.0))
        pd.testing.assert_frame_equal(df, before)
        assert made._held.frame().close.tolist() == [1.0] * 4

    def test_begin_gives_the_columns_that_rows_have_and_no_more(self):
        seen = []
        made = FunctionIndicator(lambda df: seen.append(list(df)) or df.close)
        df = frame([BarRow(0, 1.0, 1.0, 1.0, 1.0, 1.0)]).assign(trades=3, closed=True)
        made.begin(df)
        made.update(BarRow(1, 1.0, 1.0, 1.0, 1.0, 1.0))
        assert seen == [list(BarRow._fields[1:])] * 2

    def test_trades_and_closes_are_frames_too(self):
        def bought(df):
            return (df["size"] * (df.side == "buy")).cumsum()

        trades = [TradeRow(i, 9.0, 2.0, side) for i, side in enumerate([1, -1, 1])]
        made = FunctionIndicator(bought, drawing=Drawing(source="trades"))
        assert [made.update(row) for row in trades] == [(2.0,), (2.0,), (4.0,)]
        assert made.batch(frame(trades))["bought"].tolist() == [2.0, 2.0, 4.0]

        pair = Drawing(source="closes", symbols=("A", "B"))
        ratio = FunctionIndicator(lambda df: df.A / df.B, drawing=pair)
        closes = pd.DataFrame({"A": [1.0, 3.0], "B": 2.0}, frame(trades[:2]).index)
        assert ratio.begin(closes)["lambda"].tolist() == [0.5, 1.5]
        assert ratio.update(ClosesRow(9, (4.0, 2.0))) == (2.0,)
        assert [row.closes for row in rows(closes, "closes")] == [(1.0, 2.0), (3.0, 2.0)]

    def test_what_the_function_raises_comes_through(self):
        made = FunctionIndicator(lambda df: df["nothing"])
        with pytest.raises(KeyError, match="nothing"):
            made.batch(frame([BarRow(0, 1.0, 1.0, 1.0, 1.0, 1.0)]))

    def test_a_result_that_is_no_line_is_named(self):
        made = FunctionIndicator(lambda df: None, drawing=Drawing("mine"))
        with pytest.raises(IndicatorError, match="mine gave None"):
            made.peek(BarRow(0, 1.0, 1.0, 1.0, 1.0, 1.0))


class TestParameters:
    def test_all_are_there_with_their_defaults_and_can_be_changed(self):
        made = FunctionIndicator(bands, {"window": 5}, drawing=Drawing(pane="price"), max_rows=7)
        other = made.with_params(width=3)
        assert dict(made.params) == {"window": 5, "width": 2.0}
        assert dict(other.params) == {"window": 5, "width": 3.0}
        assert (other.pane, other.max_rows, other.function) == ("price", 7, bands)
        assert [p.name for p in made.parameters] == ["window", "width"]
        df = frame([BarRow(0, 1.0, 1.0, 1.0, 1.0, 1.0)])
        assert other.batch(df).to_numpy().tolist() == [[1.0, 4.0]]

    def test_those_it_does_not_have_are_refused(self):
        with pytest.raises(IndicatorError, match="'windw', did you mean 'window'"):
            FunctionIndicator(bands, {"windw": 5})
        with pytest.raises(IndicatorError, match="whole number"):
            FunctionIndicator(bands).with_params(window=True)

    def test_a_coroutine_is_refused(self):
        async def waiting(df): ...

        with pytest.raises(IndicatorError, match="waiting is a coroutine"):
            FunctionIndicator(waiting)

    def test_its_source_is_there(self):
        assert re.match(r"def mean\(df, window=3\):", FunctionIndicator(mean).module_source)

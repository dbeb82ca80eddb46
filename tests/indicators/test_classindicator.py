"""Classes with update(row) under the contract: what they give, and what they may hold."""

import threading
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import IndicatorError
from livefin.indicators.contract import BarRow, BookRow, ClosesRow, QuotedRow, QuoteRow, TradeRow
from livefin.indicators.custom.classindicator import ClassIndicator
from livefin.indicators.custom.drawing import Drawing
from livefin.indicators.rows import frame

NAN = float("nan")


def bar(close, time=0):
    return BarRow(time, close, close, close, close, 1.0)


@dataclass
class Mean:
    """Of the last `window` closes; None before."""

    window: int = 3
    held: list = field(default_factory=list, init=False)

    def update(self, row):
        self.held = [*self.held, row.close][-self.window :]
        return sum(self.held) / self.window if len(self.held) == self.window else None


class Extremes:
    """Gives in whatever form it was made for."""

    def __init__(self, form=dict):
        self.form, self.low, self.high = form, np.inf, -np.inf

    def update(self, row):
        self.low, self.high = min(self.low, row.close), max(self.high, row.close)
        return self.form(low=self.low, high=self.high)


class Pair(NamedTuple):
    low: float
    high: float


CLOSES = st.lists(st.integers(1, 9).map(float) | st.just(NAN), min_size=1, max_size=30)


class TestContract:
    @given(CLOSES, st.integers(0, 30))
    def test_rows_without_prices_have_no_value_and_change_nothing(self, closes, before):
        before = min(before, len(closes))
        good = [close for close in closes if close == close]  # noqa: PLR0124 - NaN is not
        own = Mean()
        wanted = iter([own.update(bar(close)) for close in good])
        values = [next(wanted) if close == close else None for close in closes]  # noqa: PLR0124
        values = [NAN if value is None else value for value in values]

        made = ClassIndicator(Mean)
        given_rows = [bar(close, i) for i, close in enumerate(closes)]
        batch = made.batch(frame(given_rows))
        got = made.begin(frame(given_rows[:before])).to_numpy().ravel().tolist()
        for row in given_rows[before:]:
            peeked = [made.peek(row) for _ in range(3)]
            got += made.update(row)
            np.testing.assert_array_equal(peeked, [[got[-1]]] * 3)
        np.testing.assert_array_equal(got, values)
        np.testing.assert_array_equal(batch["Mean"], values)

    def test_batch_changes_no_state_and_begin_forgets_it(self):
        made = ClassIndicator(Extremes)
        made.update(bar(5.0))
        made.batch(frame([bar(9.0)]))
        assert made.peek(bar(4.0)) == (4.0, 5.0)
        made.begin(frame([bar(9.0)]))
        assert made.peek(bar(4.0)) == (4.0, 9.0)

    def test_a_copy_goes_its_own_way(self):
        made = ClassIndicator(Extremes)
        made.update(bar(5.0))
        twin = made.copy()
        twin.update(bar(9.0))
        assert made.update(bar(4.0)) == (4.0, 5.0)
        assert twin.update(bar(8.0)) == (5.0, 9.0)

    def test_its_own_peek_is_asked_where_it_has_one(self):
        class Locked:
            def __init__(self):
                self.lock, self.total = threading.Lock(), 0.0

            def update(self, row):
                self.total += row.volume
                return self.total

            def peek(self, row):
                return self.total + row.volume

        made = ClassIndicator(Locked)
        assert made.copy().update(bar(1.0)) == (1.0,)  # a fresh one is made, not copied
        assert made.update(bar(1.0)) == (1.0,)
        assert [made.peek(bar(1.0)), made.peek(bar(1.0))] == [(2.0,), (2.0,)]
        with pytest.raises(IndicatorError, match=r"Locked cannot be copied.*lock.*peek"):
            made.copy()

    def test_what_cannot_be_copied_for_the_forming_bar_is_named(self):
        class Locked:
            def __init__(self):
                self.lock = threading.Lock()

            def update(self, row):
                return row.close

        with pytest.raises(IndicatorError, match=r"Locked cannot be copied.*peek\(row\)"):
            ClassIndicator(Locked).peek(bar(1.0))

    @pytest.mark.parametrize(
        "row",
        [
            TradeRow(0, NAN, 1.0, 1),
            QuotedRow(0, 1.0, 1.0, 1, NAN, 2.0),
            QuoteRow(0, NAN, 1.0, 2.0, 1.0),
            BookRow(0, (), ((1.0, 1.0),)),
            ClosesRow(0, (1.0, NAN)),
            BarRow(0, 1.0, float("inf"), 1.0, 1.0, 1.0),
        ],
    )
    def test_a_row_of_any_kind_without_its_prices_is_not_given(self, row):
        class Never:
            def update(self, row):
                raise AssertionError

        assert np.isnan(ClassIndicator(Never).update(row)).all()

    def test_a_bar_without_volume_has_its_prices(self):
        row = bar(3.0)._replace(volume=NAN)
        assert ClassIndicator(Extremes).update(row) == (3.0, 3.0)


class TestLines:
    @pytest.mark.parametrize("form", [dict, Pair])
    def test_a_dict_and_a_named_tuple_name_them(self, form):
        made = ClassIndicator(Extremes, {"form": form})
        assert made.outputs == ()
        assert made.begin(frame([bar(5.0), bar(3.0)])).values.tolist() == [[5, 5], [3, 5]]
        assert made.outputs == ("low", "high")

    def test_a_tuple_numbers_them_unless_the_class_says_them(self):
        class Plain(Extremes):
            def update(self, row):
                return tuple(super().update(row).values())

        class Said(Plain):
            outputs = ("bottom", "top")

        numbered, said = ClassIndicator(Plain), ClassIndicator(Said)
        assert said.outputs == ("bottom", "top")
        for made in (numbered, said):
            assert made.update(bar(5.0)) == (5.0, 5.0)
        assert numbered.outputs == ("1", "2")

    def test_before_the_first_value_there_is_nan(self):
        made = ClassIndicator(Mean, {"window": 2})
        assert np.isnan(made.update(bar(5.0))).tolist() == [True]
        assert made.update(bar(6.0)) == (5.5,)
        assert made.outputs == ("Mean",)

    def test_several_that_come_late_are_learned_when_they_come(self):
        class Late(Extremes):
            def update(self, row):
                found = super().update(row)
                return found if self.high > self.low else None

        made = ClassIndicator(Late)
        table = made.begin(frame([bar(5.0), bar(5.0), bar(6.0)]))
        assert list(table) == ["low", "high"]
        assert table.isna().all(axis=1).tolist() == [True, True, False]

    def test_other_lines_than_before_are_an_error_and_another_order_is_none(self):
        given_each = iter(
            [{"a": 1, "b": 2}, {"b": 4, "a": 3}, None, {"a": None, "b": 5}, {"a": 1, "c": 2}]
        )

        class Moody:
            def update(self, row):
                return next(given_each)

        made = ClassIndicator(Moody)
        got = [made.update(bar(1.0)) for _ in range(4)]
        np.testing.assert_array_equal(got, [[1, 2], [3, 4], [NAN, NAN], [NAN, 5]])
        with pytest.raises(IndicatorError, match="its lines are a, b"):
            made.update(bar(1.0))

    @pytest.mark.parametrize("given_each", ["text", {}, {1: 2.0}, object(), (1.0, "x"), [[1], [2]]])
    def test_what_is_no_number_is_refused(self, given_each):
        class Wrong:
            def update(self, row):
                return given_each

        with pytest.raises(IndicatorError, match="Wrong gave"):
            ClassIndicator(Wrong).update(bar(1.0))


class TestMade:
    def test_what_the_class_says_counts_and_what_is_said_beside_it_counts_more(self):
        class Named:
            name, lookback, warm_up, pane = "Mine(3)", 2, 7, "price"
            levels, kinds = [30, 70], {"a": "dots"}

            def update(self, row): ...

        made = ClassIndicator(Named)
        assert (made.name, made.lookback, made.warm_up, made.pane) == ("Mine(3)", 2, 7, "price")
        assert (made.levels, made.kinds, made.trusted) == ((30, 70), {"a": "dots"}, False)
        said = ClassIndicator(Named, drawing=Drawing("Other", "new", {"a": "line"}, (50,)))
        assert (said.name, said.pane, said.kinds) == ("Other", "new", {"a": "line"})
        assert said.levels == (50,)

    def test_the_constructor_takes_the_parameters(self):
        made = ClassIndicator(Mean).with_params(window=1)
        assert dict(made.params) == {"window": 1}
        assert made.update(bar(5.0)) == (5.0,)
        with pytest.raises(IndicatorError, match="'windw', did you mean 'window'"):
            ClassIndicator(Mean, {"windw": 1})

    def test_a_class_without_update_is_refused(self):
        with pytest.raises(IndicatorError, match=r"int has no update\(row\)"):
            ClassIndicator(int)

    def test_its_source_is_there(self):
        assert ClassIndicator(Mean).module_source.startswith("@dataclass\nclass Mean:")

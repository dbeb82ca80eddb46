"""What a person's function may give, and what each thing that is no line is called."""

from collections import namedtuple

import numpy as np
import pandas as pd
import pytest

from livefin.errors import IndicatorError
from livefin.indicators.custom.returned import lines

INDEX = pd.date_range("2026-03-01", periods=4, freq="1min", tz="UTC")
VALUES = [1.0, 2.0, 3.0, 4.0]
Bands = namedtuple("Bands", ["upper", "lower"])  # noqa: PYI024 - as a person writes it


def series(values=VALUES, index=INDEX, **options):
    return pd.Series(values, index, **options)


class TestTaken:
    @pytest.mark.parametrize(
        "given",
        [
            series(),
            VALUES,
            tuple(VALUES),
            np.array(VALUES),
            np.array(VALUES, dtype="f4"),
            np.array([1, 2, 3, 4]),
            series(dtype="object"),
            series(dtype="Float64"),
            series(dtype="Int64"),
            pd.array(VALUES, dtype="Float64"),
        ],
    )
    def test_numbers_in_any_dress_are_the_line_of_the_function(self, given):
        table = lines("mine", given, INDEX)
        assert list(table) == ["mine"]
        assert table["mine"].dtype == np.float64
        assert table["mine"].tolist() == VALUES
        assert table.index is INDEX

    @pytest.mark.parametrize(
        "given",
        [
            pd.DataFrame({"upper": VALUES, "lower": 0.0}, INDEX),
            {"upper": VALUES, "lower": np.zeros(4)},
            Bands(series(), series([0, 0, 0, 0])),
        ],
    )
    def test_several_lines_keep_their_names(self, given):
        table = lines("mine", given, INDEX)
        assert table.to_dict("list") == {"upper": VALUES, "lower": [0.0] * 4}

    def test_true_is_one_and_what_is_missing_is_nan(self):
        for given in (
            series([True, False, True, False]),
            series([True, False, True, False], dtype="boolean"),
        ):
            assert lines("up", given, INDEX)["up"].tolist() == [1.0, 0.0, 1.0, 0.0]
        for given in (
            series([1.0, None, 3.0, 4.0], dtype="Float64"),
            np.ma.masked_equal([1, 2, 3, 4], 2),
        ):
            assert lines("up", given, INDEX)["up"].isna().tolist() == [False, True, False, False]

    def test_a_shorter_series_is_put_where_its_times_are(self):
        short = lines("mine", series()[[False, True, False, True]], INDEX)["mine"]
        np.testing.assert_array_equal(short, [np.nan, 2.0, np.nan, 4.0])
        longer = pd.date_range(INDEX[0], periods=9, freq="1min", tz="UTC")
        assert lines("mine", series(range(9), longer), INDEX)["mine"].tolist() == [0, 1, 2, 3]

    def test_bars_at_the_same_time_twice_are_no_fault_of_the_function(self):
        twice = INDEX[[0, 0, 1, 2]]
        assert lines("mine", series(index=twice), twice)["mine"].tolist() == VALUES

    def test_nothing_for_no_bars(self):
        for given in (pd.Series([]), [], np.empty(0), pd.DataFrame({"mine": []})):
            assert lines("mine", given, INDEX[:0]).shape == (0, 1)

    def test_the_lines_are_in_memory_of_their_own(self):
        for given in (np.array(VALUES), series(np.array(VALUES)), series(dtype="Float64")):
            table = lines("mine", given, INDEX)
            given[0] = 99.0
            assert table["mine"].iloc[0] == 1.0


class TestRefused:
    @pytest.mark.parametrize(
        ("given", "words"),
        [
            (None, "mine gave None; is a `return` missing"),
            (5.0, "one value for 4 bars"),
            ([1.0, 2.0], "2 values for 4 bars"),
            (np.zeros((4, 2)), r"shape \(4, 2\) for 4 bars; name the lines"),
            ([[1.0], [1.0, 2.0]], "different lengths"),
            ((value for value in VALUES), "a generator"),
            (series(["a", "b", "c", "d"]), "mine gave"),
            (["a", "b", "c", "d"], "<U1; lines are of numbers"),
            ([1.0, None, 3.0, 4.0], r"objects such as None.*float\('nan'\)"),
            (series([1j, 2, 3, 4]), "complex"),
            (series(INDEX), "objects such as Timestamp"),
            (INDEX - INDEX[0], "timedelta64"),
            (series(list("abcd"), dtype="category"), "objects such as 'a'"),
            (pd.Series(VALUES), "numbered by RangeIndex.*index=df.index"),
            (pd.Series(VALUES[1:]), "numbered by RangeIndex"),
            (series(index=INDEX.tz_localize(None)), "without a time zone"),
            (series(VALUES[:2], INDEX[:2].tz_localize(None)), "without a time zone"),
            (series(index=INDEX + pd.Timedelta("1min")), "at row 0, 2026-03-01 00:01"),
            (series(index=INDEX[::-1]), "other times than the bars'"),
            (series(VALUES[:3], INDEX[[0, 1, 1]]), "two values for 2026-03-01 00:01"),
            (series(VALUES[:1], INDEX[:1] - pd.Timedelta("1s")), "none at a bar's time"),
            ({}, "no lines: an empty dict"),
            (pd.DataFrame(index=INDEX), "no lines: an empty DataFrame"),
            (pd.DataFrame({0: VALUES}, INDEX), "a line called 0; names must be text"),
            (pd.DataFrame([[1, 2]] * 4, INDEX, ["a", "a"]), "two lines called 'a'"),
            ({"up": VALUES, "down": None}, "mine, down, gave None"),
            ({"up": 1.0}, "mine, up, gave one value"),
        ],
    )
    def test_what_is_no_line_is_called_by_its_name(self, given, words):
        with pytest.raises(IndicatorError, match=words):
            lines("mine", given, INDEX)

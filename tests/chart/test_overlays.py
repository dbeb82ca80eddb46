import numpy as np
import pandas as pd
import pytest

from livefin.chart.overlays import SHARE, Overlays, Placing, as_lines, named
from livefin.errors import ChartError


def frame(closes):
    index = pd.date_range("2026-01-01", periods=len(closes), freq="s", tz="UTC")
    return pd.DataFrame({"close": np.array(closes, dtype=float)}, index=index)


def made(**functions):
    now = [0.0]
    return Overlays(functions, clock=lambda: now[0]), now


def test_names_come_from_mappings_functions_and_are_told_apart():
    def ema(df):
        return df.close

    assert list(named(None)) == []
    assert list(named({"x": ema})) == ["x"]
    assert list(named([ema, ema, ema])) == ["ema", "ema (2)", "ema (3)"]
    assert list(named(ema)) == ["ema"]
    with pytest.raises(ChartError, match="no function"):
        named([3])


def test_only_the_changed_tail_comes_and_nan_equals_nan():
    overlays, _ = made(mean=lambda df: df.close.rolling(3).mean())
    assert overlays.update(frame([1, 2, 3, 4]), 0)["mean"].first == 0
    assert overlays.update(frame([1, 2, 3, 4]), 0) == {}
    changed = overlays.update(frame([1, 2, 3, 7, 8]), 0)["mean"]
    assert changed.first == 3
    np.testing.assert_allclose(changed.array, [4, 6])


def test_ordinals_hold_when_old_bars_are_dropped_or_come_back():
    overlays, _ = made(close=lambda df: df.close)
    overlays.update(frame([1, 2, 3, 4]), 10)
    changed = overlays.update(frame([3, 4, 5]), 12)["close"]
    assert (changed.first, changed.array.tolist()) == (14, [5])
    assert overlays.update(frame([9, 1, 2, 3, 4, 5]), 9)["close"].first == 9


@pytest.mark.parametrize(
    "result",
    [np.zeros(3), "text", None, np.zeros((4, 2)), 5.0, ["a", "b", "c", "d"]],
)
def test_what_is_no_line_is_an_error_told_and_then_taken_back(result):
    results = [result, np.ones(4)]
    overlays, _ = made(odd=lambda _: results.pop(0), good=lambda df: df.close)
    assert list(overlays.update(frame([1, 2, 3, 4]), 0)) == ["good"]
    assert "odd" in overlays.errors
    assert list(overlays.update(frame([1, 2, 3, 4]), 0)) == ["odd"]
    assert overlays.errors == {}


def test_a_frame_gives_a_line_a_column_and_a_short_series_is_aligned_by_time():
    df = frame([1, 2, 3])
    lines = as_lines("b", pd.DataFrame({"up": df.close + 1, "low": df.close - 1}), df.index)
    assert {name: list(line) for name, line in lines.items()} == {
        "b up": [2, 3, 4],
        "b low": [0, 1, 2],
    }
    short = as_lines("s", df.close.iloc[1:], df.index)["s"]
    np.testing.assert_array_equal(short, [np.nan, 2, 3])


def test_a_column_of_the_overlays_own_name_is_not_said_twice():
    index = pd.RangeIndex(2)
    lines = as_lines("VWAP", pd.DataFrame({"vwap": [1.0, 2.0], "upper": [2.0, 3.0]}), index)
    assert list(lines) == ["VWAP", "VWAP upper"]


def test_an_overlay_that_is_removed_while_it_runs_leaves_no_line():
    def leaving(df):
        overlays.remove("leaving")
        return df.close

    overlays = Overlays({"leaving": leaving})
    assert overlays.update(frame([1, 2]), 0) == {}
    assert overlays.lines == {}


def test_a_column_is_drawn_as_its_own_name_or_its_lines_says():
    overlays = Overlays({})
    kinds = {"gap": "histogram", "m signal": "dots"}
    lines = lambda df: pd.DataFrame({"gap": df.close, "signal": 1.0, "line": 2.0})  # noqa: E731
    overlays.add("m", lines, Placing(kinds=kinds))
    overlays.update(frame([1, 2]), 0)
    assert {line: overlays.place(line)["kind"] for line in overlays.lines} == {
        "m gap": "histogram",
        "m signal": "dots",
        "m line": "line",
    }


def test_a_slow_overlay_takes_no_more_than_its_share():
    overlays, now = made()
    overlays.functions["slow"] = lambda df: now.__setitem__(0, now[0] + 2.0) or df.close
    assert overlays.due
    overlays.update(frame([1]), 0)
    now[0] = 2.0 / SHARE - 0.1
    assert not overlays.due
    now[0] = 2.0 / SHARE
    assert overlays.due

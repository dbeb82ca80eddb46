"""Exported modules run in a process of their own and give the lines that `batch` gives."""

import linecache
import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from livefin.errors import IndicatorError
from livefin.indicators import ta
from livefin.indicators.bars.donchian import Donchian
from livefin.indicators.contract import NAN
from livefin.indicators.custom.userdefined import indicator
from livefin.indicators.stepwise import Stepwise
from livefin.research.exporting import export
from livefin.research.gathering import literal

CELL = '''
import math
from math import sqrt

import numpy as np
import pandas as pd
from numpy import log as ln

SHARE = 0.5
LIMITS = {"low": -math.inf, "high": (1, 2)}


class Feed:
    pass


feed = Feed()


def indicator(f):
    return f


def half(x):
    return x * SHARE


def scaled(x, by=SHARE):
    # ä comment stays
    return half(x) / by


@indicator
def spread(df: pd.DataFrame, window: int = 10, *, kind="mean", width: float = 2.0):
    """Bands."""
    rolled = df.close.rolling(window)  # close is no global
    middle = getattr(rolled, kind)()
    up = scaled(ln(df.close)) * sqrt(width)
    inner = [half(x) for x in np.arange(len(df))]
    return pd.DataFrame({"middle": middle, "up": up, "inner": inner})


def single(df, n):
    return df.close.diff(n)


def live(df):
    return df.close - feed.price


def lost(df):
    return nowhere(df)


class Mean:
    def __init__(self, share=0.5):
        self.share, self.value = share, None

    def update(self, bar):
        before = bar.close if self.value is None else self.value
        self.value = before + half(self.share) * (bar.close - before)
        return {"mean": self.value, "away": bar.close - self.value}


def main(df):
    return df.close


def around(level):
    def line(df):
        return df.close - level
    return line
'''


@pytest.fixture
def cell():
    """What a notebook's cell defined, in a module that cannot be imported."""
    name = "<cell 1>"
    linecache.cache[name] = (len(CELL), None, CELL.splitlines(keepends=True), name)
    space = {"__name__": "__main__", "__builtins__": __builtins__}
    exec(compile(CELL, name, "exec"), space)  # noqa: S102 - as a notebook does
    yield space
    del linecache.cache[name]


@pytest.fixture
def bars():
    rng = np.random.default_rng(5)
    times = pd.date_range("2026-03-01", periods=120, freq="1min", tz="UTC", name="time")
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 120)))
    df = pd.DataFrame({"open": close, "high": close + 1, "low": close - 1, "close": close}, times)
    df["volume"] = rng.uniform(1, 9, 120)
    df.iloc[40, :4] = np.nan
    return df


def run(text_path, bars, folder):
    bars.to_csv(folder / "bars.csv")
    made = subprocess.run(  # noqa: S603 - what this test has just written
        [sys.executable, "-I", str(text_path), "bars.csv", "--out", "lines.csv"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert made.returncode == 0, made.stderr
    return pd.read_csv(folder / "lines.csv", index_col=0, parse_dates=True)


def check(made, bars, folder):
    """What the exported module's process computes is what `batch` does; gives its text."""
    path = folder / "mine.py"
    text = export(made, path)
    assert path.read_text(encoding="utf-8") == text
    pd.testing.assert_frame_equal(
        run(path, bars, folder), made.batch(bars), rtol=1e-12, check_freq=False
    )
    return text


def test_a_function_comes_with_all_it_needs_and_no_livefin(cell, bars, tmp_path):
    made = indicator(cell["spread"], window=7, kind="median")
    text = check(made, bars, tmp_path)
    assert "livefin" not in text
    assert (
        "def spread(df: pd.DataFrame, window: int = 7, *, kind='median', width: float = 2.0)"
        in text
    )
    assert "# ä comment stays" in text
    assert "@indicator" not in text
    assert "from numpy import log as ln" in text
    assert "Feed" not in text
    assert "LIMITS" not in text


def test_a_parameter_without_a_default_gets_one(cell, bars, tmp_path):
    text = check(indicator(cell["single"], n=3), bars, tmp_path)
    assert "def single(df, n=3):" in text


def test_a_function_called_main_keeps_its_name(cell, bars, tmp_path):
    check(indicator(cell["main"]), bars, tmp_path)


def test_what_a_function_closes_over_is_written_down(cell, bars, tmp_path):
    text = check(indicator(cell["around"](99.5)), bars, tmp_path)
    assert "level = 99.5" in text


def test_a_class_with_update_runs_over_the_rows(cell, bars, tmp_path):
    made = indicator(cell["Mean"], share=0.25)
    text = check(made, bars, tmp_path)
    assert "livefin" not in text


@pytest.mark.parametrize(
    "made",
    [ta.RSI(9), ta.MACD(), ta.ATR(5), ta.BBANDS(20, matype="EMA"), ta.CDLDOJI(), ta.SMA(200)],
    ids=repr,
)
def test_one_of_talibs_becomes_a_call_of_talib(made, bars, tmp_path):
    text = check(made, bars, tmp_path)
    assert f"talib.{made.function.name}(" in text
    assert "livefin" not in text


def test_one_of_livefins_own_is_made_anew_there(bars, tmp_path):
    text = check(Donchian(), bars, tmp_path)
    assert "from livefin.indicators.bars.donchian import Donchian" in text


def test_what_uses_a_live_feed_is_refused_by_name(cell):
    with pytest.raises(IndicatorError, match="live uses feed, a Feed"):
        export(cell["live"])


def test_a_name_that_is_nowhere_is_refused(cell):
    with pytest.raises(IndicatorError, match="lost needs 'nowhere'"):
        export(cell["lost"])


def test_a_lambda_and_a_text_that_is_lost_are_refused():
    with pytest.raises(IndicatorError, match="lambda"):
        export(lambda df: df.close)
    space = {}
    exec("def gone(df): return df.close", space)  # noqa: S102 - a function with no text
    with pytest.raises(IndicatorError, match="text of gone cannot be found"):
        export(space["gone"])


def test_what_is_not_of_bars_or_cannot_be_imported_is_refused():
    class Local(Stepwise):
        name, outputs = "Local", ("a",)

        def reset(self):
            pass

        def update(self, row):
            return (NAN,)

    with pytest.raises(IndicatorError, match="cannot be imported"):
        export(Local())
    with pytest.raises(IndicatorError, match="is of trades"):
        export(indicator(lambda df: df.price, source="trades"))


@pytest.mark.parametrize("value", [1, -2.5, "a'b", None, True, (1, [2, {"a": {3}}]), math.inf])
def test_a_plain_value_is_written_so_that_python_reads_it_back(value):
    assert eval(literal(value)) == value  # noqa: S307 - what was just written


@pytest.mark.parametrize("value", [object(), np.ones(3), pd.Series([1]), len])
def test_what_is_no_plain_value_is_not_written(value):
    assert literal(value) is None

"""A frame that begins its warm-up before a row gives the value there that all history gives."""

import numpy as np
import pytest
import talib
from walks import market

from livefin.indicators import ta

NAMES = sorted(talib.get_functions())
AVERAGES = [name for name in vars(type(talib.MA_Type)) if name.isupper()]
CLOSE = 1e-9
ROWS = 15_000


@pytest.fixture(scope="module")
def bars():
    return market(11, ROWS)


def worst(indicator, bars, before):
    """The largest error at some rows with so many rows of history, by the output's own scale."""
    whole = np.nan_to_num(indicator.batch(bars).to_numpy())
    scale = np.maximum(np.abs(whole).max(axis=0), np.finfo(float).tiny)
    errors = []
    for row in range(ROWS - 1, before, -211):
        cut = indicator.batch(bars.iloc[row - before : row + 1]).to_numpy()[-1]
        errors.append(np.abs(np.nan_to_num(cut) - whole[row]) / scale)
    return np.max(errors)


@pytest.mark.parametrize(
    "name", [name for name in NAMES if getattr(ta, name)().warm_up is not None]
)
def test_after_the_warm_up_it_does_not_matter_what_came_before(name, bars):
    indicator = getattr(ta, name)()
    assert worst(indicator, bars, indicator.warm_up) <= CLOSE


@pytest.mark.parametrize("matype", AVERAGES)
@pytest.mark.parametrize("name", ["MA", "BBANDS", "STOCH", "MACDEXT", "APO", "MAVP"])
def test_the_warm_up_follows_the_moving_average(name, matype, bars):
    function = getattr(ta, name)
    keys = [each.name for each in function.function.numbers if "matype" in each.name]
    indicator = function(**dict.fromkeys(keys, matype))
    assert worst(indicator, bars, indicator.warm_up) <= CLOSE


@pytest.mark.parametrize("name", ["OBV", "AD", "CUMSUM", "PVT", "NVI", "VWAP", "MAXINDEX"])
def test_of_a_running_total_nothing_is_enough(name, bars):
    indicator = getattr(ta, name)()
    assert indicator.warm_up is None
    assert worst(indicator, bars, 5_000) > CLOSE


@pytest.mark.parametrize("name", ["RSI", "ADX", "EMA", "TEMA", "ATR", "KAMA", "HT_DCPERIOD"])
def test_the_lookback_alone_is_not_enough_for_what_smooths(name, bars):
    indicator = getattr(ta, name)()
    assert indicator.warm_up > indicator.lookback
    assert worst(indicator, bars, indicator.lookback) > CLOSE

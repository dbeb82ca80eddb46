"""Every function of TA-Lib: its stream equals its batch and TA-Lib itself, bit for bit."""

import copy
import inspect
import math
import pickle

import numpy as np
import pandas as pd
import pytest
import talib
from talib import abstract
from walks import market

from livefin.errors import IndicatorError
from livefin.indicators import ta
from livefin.indicators.contract import BarRow
from livefin.indicators.rows import rows

NAMES = sorted(talib.get_functions())
BARS = 1_000
HARD = {
    "constant prices": dict.fromkeys(("open", "high", "low", "close"), 100.0),
    "all zero": dict.fromkeys(("open", "high", "low", "close", "volume"), 0.0),
    "no volume": {"volume": 0.0},
    "huge": dict.fromkeys(("open", "high", "low", "close", "volume"), 1e100),
}


@pytest.fixture(scope="module")
def bars():
    return market(1)


def every(*, but=()):
    return pytest.mark.parametrize("name", [name for name in NAMES if name not in but])


def made(name, **params):
    return getattr(ta, name)(**params)


def stepped(indicator, frame):
    found = [indicator.update(row) for row in rows(frame)]
    return np.array(found, dtype=np.float64).reshape(len(frame), len(indicator.outputs))


def same(one, other):
    """Bit for bit, any NaN as good as the other."""
    one, other = (np.array(each, dtype=np.float64, ndmin=2) for each in (one, other))
    for each in (one, other):
        each[np.isnan(each)] = np.nan
    return one.shape == other.shape and (one.view(np.int64) == other.view(np.int64)).all()


def raw_inputs(name, frame):
    """The arrays that TA-Lib's own function takes, by its own metadata."""
    found = []
    for wanted in abstract.Function(name).info["input_names"].values():
        found += [wanted] if isinstance(wanted, str) else wanted
    return [
        np.full(len(frame), 14.0) if column == "periods" else frame[column].to_numpy(copy=True)
        for column in found
    ]


def test_all_functions_that_talib_has_are_there():
    assert len(NAMES) >= 201
    assert set(NAMES) < set(dir(ta))
    assert all(issubclass(getattr(ta, name), ta.TALib) for name in NAMES)


@every()
def test_update_equals_talib_and_batch_bit_for_bit_on_every_prefix(name, bars):
    indicator = made(name)
    values = stepped(indicator, bars)
    assert same(values, indicator.batch(bars))
    assert np.isnan(values[: indicator.lookback]).all()
    assert {type(value) for value in indicator.update(next(rows(bars)))} == {float}
    function, inputs = getattr(talib, name), raw_inputs(name, bars)
    for count in range(indicator.lookback + 1, BARS + 1):
        found = function(*(each[:count] for each in inputs))
        last = [each[-1] for each in (found if isinstance(found, tuple) else (found,))]
        assert same(values[count - 1], last), f"prefix of {count}"
    for count in [*range(8), *range(indicator.lookback, BARS, 97)]:
        assert same(values[:count], indicator.batch(bars.iloc[:count])), f"prefix of {count}"


@every()
def test_the_first_value_comes_right_after_the_lookback(name, bars):
    # Its argument is out of the range of an arc sine at any price.
    frame = bars / 1_000 if name in ("ACOS", "ASIN") else bars
    indicator = made(name)
    assert np.isfinite(indicator.batch(frame).iloc[indicator.lookback]).all()


@every()
def test_twenty_peeks_change_nothing_and_say_what_update_would(name, bars):
    peeked, plain = made(name), made(name)
    others = list(rows(market(2, 20)))
    for row in rows(bars):
        for other in others:
            peeked.peek(other)
        ahead = peeked.peek(row)
        assert same(ahead, plain.update(row))
        assert same(ahead, peeked.update(row))


@every()
def test_history_and_then_updates_equal_updates_alone(name, bars):
    indicator = made(name)
    values = stepped(indicator, bars)
    for cut in (0, 1, indicator.lookback, indicator.lookback + 1, 700):
        again = made(name)
        again.update(next(rows(bars.iloc[500:])))  # to be forgotten
        begun = again.begin(bars.iloc[:cut])
        later = stepped(again, bars.iloc[cut:])
        assert same(values, np.concatenate([begun, later])), f"history of {cut}"


@every()
@pytest.mark.parametrize("method", ["copy", "__copy__", "__deepcopy__"])
def test_a_copy_has_a_state_of_its_own(name, method, bars):
    copies = {"copy": lambda it: it.copy(), "__copy__": copy.copy, "__deepcopy__": copy.deepcopy}
    others = market(2, 100)
    for cut in (3, 400):
        first, alone = made(name), made(name)
        stepped(first, bars.iloc[:cut]), stepped(alone, bars.iloc[:cut])
        second = copies[method](first)
        stepped(first, others)
        rest = bars.iloc[cut : cut + 150]
        assert same(stepped(second, rest), stepped(alone, rest))


@every()
def test_a_row_that_lacks_an_input_has_no_value_and_changes_nothing(name, bars):
    rng = np.random.default_rng(3)
    broken = bars.copy()
    for column in broken:
        where = rng.random(BARS) < 0.05
        where[: rng.integers(4)] = True
        broken.loc[where, column] = rng.choice([np.nan, np.inf, -np.inf], where.sum())
    indicator = made(name)
    wanted = [column for column in inputs_of(indicator) if isinstance(column, str)]
    whole = np.isfinite(broken[wanted]).all(axis=1).to_numpy()
    assert 0 < (~whole).sum() < BARS
    values = stepped(indicator, broken)
    assert np.isnan(values[~whole]).all()
    assert same(values, indicator.batch(broken))
    assert same(values[whole], indicator.batch(broken[whole]))
    begun = made(name)
    head = begun.begin(broken.iloc[:333])
    assert same(values, np.concatenate([head, stepped(begun, broken.iloc[333:])]))


def inputs_of(indicator):
    return indicator.function.columns(indicator.params)


@every()
@pytest.mark.parametrize("what", HARD)
def test_odd_markets_give_the_same_both_ways_and_raise_nothing(name, what, bars):
    frame = bars.iloc[:300].assign(**HARD[what])
    indicator = made(name)
    assert same(stepped(indicator, frame), indicator.batch(frame))


@every()
def test_numbers_that_no_market_has_break_nothing(name, bars):
    rng = np.random.default_rng(NAMES.index(name))
    odd = [1.7e308, -1e300, 1e155, 1e100, -1e100, 1e-100, 1e-101, 5e-324, 0.0, -0.0, math.nan]
    frame = bars.iloc[:400].copy()
    for column in frame:
        where = rng.random(len(frame)) < 0.2
        frame.loc[where, column] = rng.choice(odd, where.sum())
    indicator = made(name)
    values = stepped(indicator, frame)
    assert same(values, indicator.batch(frame))
    wanted = frame[[column for column in inputs_of(indicator) if isinstance(column, str)]].abs()
    none = ~((wanted == 0) | wanted.ge(1e-100) & wanted.le(1e100)).all(axis=1).to_numpy()
    assert np.isnan(values[none]).all()


@every()
@pytest.mark.parametrize("count", [0, 1, 2])
def test_very_short_frames_are_taken(name, count, bars):
    frame = bars.iloc[:count]
    indicator = made(name)
    values = indicator.batch(frame)
    assert values.shape == (count, len(indicator.outputs))
    assert list(values) == list(indicator.outputs)
    assert (values.dtypes == np.float64).all()
    assert values.index.equals(frame.index)
    assert same(indicator.begin(frame), values)


@every()
def test_any_parameters_in_range_give_the_same_both_ways(name, bars):
    rng = np.random.default_rng(NAMES.index(name))
    frame = bars.iloc[:250]
    for _ in range(8):
        indicator = made(name).with_params(**drawn(name, rng))
        assert same(stepped(indicator, frame), indicator.batch(frame)), indicator


def drawn(name, rng):
    """Parameters at random, periods such that there are values."""
    found = {}
    for each in getattr(ta, name).function.parameters:
        if each.kind == "choice":
            found[each.name] = str(rng.choice([c for c in each.choices if c != "vwap"]))
        elif each.kind == "int":
            found[each.name] = int(rng.integers(max(1, each.low), 21))
        else:
            low = -3.0 if each.low is None else each.low
            high = 3.0 if each.high is None else each.high
            found[each.name] = float(rng.uniform(low, min(high, low + 3)))
    if name == "MAVP":
        found["minperiod"], found["maxperiod"] = 2, 25
        found["periods"] = str(rng.choice(["volume", "close"]))
    return found


@every()
def test_the_name_is_how_it_is_written(name):
    rng = np.random.default_rng(1)
    for indicator in (made(name), made(name, **drawn(name, rng))):
        written = indicator.name if "(" in indicator.name else f"{indicator.name}()"
        again = eval(written, {name: getattr(ta, name)})  # noqa: S307 - made in the line above
        assert again.params == indicator.params


@pytest.mark.parametrize(
    ("indicator", "name"),
    [
        (ta.RSI(14), "RSI(14)"),
        (ta.RSI(timeperiod=14, price="high"), "RSI(14, price='high')"),
        (ta.BBANDS(20, nbdevup=2.5), "BBANDS(20, nbdevup=2.5)"),
        (ta.MACD(), "MACD(12, 26, 9)"),
        (ta.SAR(), "SAR"),
        (ta.MA(matype=1), "MA(30, matype='EMA')"),
    ],
)
def test_names_are_short(indicator, name):
    assert indicator.name == repr(indicator) == name


@every()
def test_help_shows_parameters_and_defaults(name):
    made_by = getattr(ta, name)
    signature = inspect.signature(made_by)
    defaults = {key: value.default for key, value in signature.parameters.items()}
    assert defaults == dict(made_by().params)
    assert all(f"    {key}: " in made_by.__doc__ for key in defaults)
    assert abstract.Function(name).info["display_name"] in made_by.__doc__


@every()
def test_outputs_are_named_for_people(name):
    indicator = made(name)
    assert len(set(indicator.outputs)) == len(indicator.outputs)
    assert not {"real", "integer"} & set(indicator.outputs)
    assert set(indicator.kinds) <= set(indicator.outputs)
    assert indicator.pane in ("price", "new")


def test_panes_kinds_and_levels_are_what_people_know():
    assert (ta.SMA().pane, ta.RSI().pane, ta.SMA(price="volume").pane) == ("price", "new", "new")
    assert (ta.BBANDS().pane, ta.VWMA().pane, ta.AVGDEV().pane) == ("price", "price", "new")
    assert ta.MACD().kinds == {"macdhist": "histogram"}
    assert ta.SAR().kinds == {"sar": "dots"}
    assert (ta.CDLDOJI().pane, ta.CDLDOJI().kinds) == ("price", {"cdldoji": "marks"})
    assert ta.SUPERTREND().kinds == {"trend": "none"}
    assert ta.RSI().levels == (30, 70)
    assert ta.MOM().levels == (0,)


def test_a_column_of_the_bar_is_chosen_by_keyword(bars):
    found = ta.CORREL(30, price0="close", price1="volume").batch(bars)
    assert same(found.correl, talib.CORREL(bars.close, bars.volume, 30))
    found = stepped(ta.RSI(price="high"), bars)
    assert same(found[:, 0], talib.RSI(bars.high.to_numpy()))


def test_periods_of_mavp_are_a_column_or_one_number(bars):
    found = ta.MAVP(2, 40, periods="volume").batch(bars)
    assert same(found.mavp, talib.MAVP(bars.close, bars.volume, 2, 40))
    found = ta.MAVP(2, 40, periods=9).batch(bars).mavp
    assert found.iloc[39:].tolist() == pytest.approx(talib.SMA(bars.close, 9).iloc[39:].tolist())


@pytest.mark.parametrize("far", [0.0, 14.0])
def test_a_vwap_column_that_is_there_can_be_an_input(far):
    frame = market(4, 50).assign(vwap=lambda it: it.close + far)
    assert same(ta.SMA(5, price="vwap").batch(frame), talib.SMA(frame.vwap.to_numpy(), 5)[:, None])


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (lambda: ta.RSJ, "'RSJ'; near: RSI"),
        (lambda: ta.rsi, "near: RSI"),
        (lambda: ta.RSI(1), "timeperiod must be from 2 to 100000, got 1"),
        (lambda: ta.RSI(14.5), "a whole number, got 14.5"),
        (lambda: ta.RSI(period=3), "did you mean 'timeperiod'"),
        (lambda: ta.RSI(price="hihg"), "price must be one of 'open', 'high'"),
        (lambda: ta.RSI(1, 2), "takes 1 parameters by place"),
        (lambda: ta.RSI(3, timeperiod=3), "given twice"),
        (lambda: ta.BBANDS(matype="EMMA"), "matype must be one of 'SMA', 'EMA'"),
        (lambda: ta.BBANDS(matype=33), "got 33"),
        (lambda: ta.SAR(-1.0), "acceleration must be at least 0"),
        (lambda: ta.SAR(math.inf), "cannot be computed"),
        (lambda: ta.MAVP(40, 30), "cannot be computed"),
        (lambda: ta.RSI().with_params(timeperiod=0), "from 2 to 100000"),
        (lambda: ta.ATR()(pd.DataFrame({"close": [1.0]})), "the frame has no high, low; it has"),
        (lambda: ta.RSI()(pd.DataFrame({"close": ["a"]})), "the column close must be of numbers"),
    ],
)
def test_what_is_wrong_is_named(attempt, says):
    with pytest.raises(IndicatorError) as caught:
        attempt()
    assert says in str(caught.value)


def test_a_wrong_name_is_an_attribute_error_too():
    assert not hasattr(ta, "RSJ")
    assert not hasattr(ta, "__wrapped__")


def test_the_frame_is_not_changed(bars):
    before = bars.copy()
    for name in NAMES:
        made(name).begin(bars)
    pd.testing.assert_frame_equal(bars, before)


def test_whole_numbers_in_a_frame_are_taken():
    frame = pd.DataFrame({"close": range(1, 40)})
    assert ta.SMA(3).batch(frame).sma.tolist()[-1] == 38.0


def test_a_pickled_indicator_arrives_with_its_parameters_and_no_state(bars):
    indicator = ta.BBANDS(10, matype="EMA", price="high")
    stepped(indicator, bars)
    again = pickle.loads(pickle.dumps(indicator))  # noqa: S301 - made in this line
    assert again.params == indicator.params
    assert same(stepped(again, bars), indicator.batch(bars))


def test_peeking_before_there_are_values_commits_nothing():
    indicator = ta.SMA(2)
    row = BarRow(0, 1.0, 1.0, 1.0, 1.0, 1.0)
    for _ in range(3):
        assert math.isnan(indicator.peek(row)[0])
    assert math.isnan(indicator.update(row)[0])
    assert indicator.peek(row._replace(close=3.0)) == (2.0,)
    assert indicator.update(row._replace(close=5.0)) == (3.0,)

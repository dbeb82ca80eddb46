"""What every own indicator keeps to, found by itself: stream and batch, peeks, gaps, bounds."""

import inspect
import sys
from collections import Counter, deque
from itertools import islice
from math import isnan

import numpy as np
import pandas as pd
import pytest
from members import members
from seeded import made

import livefin.indicators
from livefin.errors import IndicatorError
from livefin.indicators.bars.onestep import OneStep
from livefin.indicators.contract import Indicator
from livefin.indicators.rows import SIDES
from livefin.indicators.stepwise import Stepwise

MEMBERS = members()
NAN = float("nan")
COUNT = 600

every = pytest.mark.parametrize("cls", MEMBERS.values(), ids=MEMBERS)


def frame(given, source):
    """Rows of any source as the frame that the feed gives."""
    index = pd.DatetimeIndex([row.time for row in given], tz="UTC", name="time")
    if source == "closes":
        return pd.DataFrame([row.closes for row in given], index=index, columns=["A", "B"])
    if source == "book":
        table = {}
        for side in ("bid", "ask"):
            for level in range(6):
                column = [getattr(row, f"{side}s") for row in given]
                pairs = [held[level] if level < len(held) else (NAN, NAN) for held in column]
                for i, what in enumerate(("price", "size")):
                    table[f"{side}_{what}_{level}"] = [pair[i] for pair in pairs]
        return pd.DataFrame(table, index=index, dtype=float)
    names = {
        "bars": "open high low close volume vwap",
        "trades": "price size side",
        "quoted": "price size side bid ask",
    }
    columns = names.get(source, "bid bid_size ask ask_size").split()
    table = pd.DataFrame([row[1:] for row in given], index=index, columns=columns)
    if "side" in table:
        words = {sign: word for word, sign in SIDES.items()}
        table["side"] = [words.get(side) for side in table["side"]]
    return table


def lacking(row):
    """The row without its numbers."""
    if hasattr(row, "bids"):
        return row._replace(bids=(), asks=())
    if hasattr(row, "closes"):
        return row._replace(closes=tuple(NAN for _ in row.closes))
    return row._replace(**{name: NAN for name in row._fields if name not in {"time", "side"}})


def still(row, zero):
    """The row at one price; of no volume, if wished."""
    if hasattr(row, "closes"):
        return row._replace(closes=(10.0, 10.0))
    if hasattr(row, "open"):
        prices = dict.fromkeys(("open", "high", "low", "close", "vwap"), 10.0)
        return row._replace(**prices, **({"volume": 0.0} if zero else {}))
    if hasattr(row, "price"):
        return row._replace(price=10.0, **({"size": 0.0} if zero else {}))
    if hasattr(row, "bid"):
        sizes = {"bid_size": 0.0, "ask_size": 0.0} if zero else {}
        return row._replace(bid=10.0, ask=10.5, **sizes)
    sides = ([(price, 0.0 if zero else size) for price, size in side] for side in row[1:])
    return type(row)(row.time, *map(tuple, sides))


def same(values, others):
    return np.array_equal(np.array(values), np.array(others), equal_nan=True)


def size(thing, seen):
    """Bytes of a state, everything in it counted once."""
    if id(thing) in seen or inspect.isroutine(thing) or isinstance(thing, type):
        return 0
    seen.add(id(thing))
    held = sys.getsizeof(thing)
    if isinstance(thing, dict):
        return held + sum(size(x, seen) for pair in thing.items() for x in pair)
    if isinstance(thing, (list, tuple, set, deque)):
        return held + sum(size(x, seen) for x in thing)
    for name in getattr(type(thing), "__slots__", ()):
        held += size(getattr(thing, name, None), seen)
    return held + (size(vars(thing), seen) if hasattr(thing, "__dict__") else 0)


def test_there_are_members_of_every_source():
    assert {cls.source for cls in MEMBERS.values()} >= {"bars", "closes"}
    assert len(MEMBERS) >= 20


@every
def test_what_it_says_of_itself_holds(cls):
    indicator = cls()
    assert indicator.name
    assert repr(indicator) == indicator.name
    assert len(set(indicator.outputs)) == len(indicator.outputs) > 0
    assert set(indicator.kinds) <= set(indicator.outputs)
    assert indicator.pane in {"price", "new"}
    assert indicator.lookback >= 0
    assert indicator.warm_up is None or indicator.warm_up >= indicator.lookback
    assert {parameter.name for parameter in indicator.parameters} <= set(indicator.params)
    for parameter in indicator.parameters:
        assert indicator.params[parameter.name] == parameter.default
        assert parameter.doc
    assert "Source:" in inspect.getdoc(cls)
    assert ">>> " in inspect.getdoc(cls)


def test_names_are_unique():
    assert max(Counter(cls().name for cls in MEMBERS.values()).values()) == 1


@every
def test_the_stream_is_the_batch_at_each_row(cls):
    rows = list(made(cls.source, COUNT))
    df, indicator = frame(rows, cls.source), cls()
    before = df.copy()
    batch = indicator.batch(df)
    stream = [indicator.update(row) for row in rows]
    pd.testing.assert_frame_equal(df, before)
    assert list(batch) == list(indicator.outputs)
    assert batch.index.equals(df.index)
    if cls.batch in (Stepwise.batch, OneStep.batch) and cls.begin is Stepwise.begin:
        assert same(batch, stream)
    else:
        np.testing.assert_allclose(batch, np.array(stream), rtol=1e-12)
    first = np.flatnonzero(~np.isnan(batch.to_numpy()).all(axis=1))
    assert not (first < indicator.lookback).any()


@every
def test_history_and_then_updates_are_updates_alone(cls):
    rows = list(made(cls.source, COUNT))
    begun, alone = cls(), cls()
    for row in rows[:50]:
        begun.update(row)
    history = begun.begin(frame(rows[:200], cls.source))
    for i, row in enumerate(rows):
        values = alone.update(row)
        other = history.iloc[i].to_numpy() if i < 200 else begun.update(row)
        np.testing.assert_allclose(np.array(other), np.array(values), rtol=1e-12)


@every
def test_twenty_peeks_change_nothing_and_tell_what_update_says(cls):
    rows = list(made(cls.source, COUNT))
    peeked, quiet = cls(), cls()
    for i, row in enumerate(rows):
        for other in islice(rows[::-1], 19):
            peeked.peek(other._replace(time=row.time))
        told = peeked.peek(row)
        values = peeked.update(row)
        assert same(values, quiet.update(row)), i
        np.testing.assert_allclose(np.array(told), np.array(values), rtol=1e-9, atol=1e-12)


@every
def test_a_copy_goes_its_own_way(cls):
    rows = list(made(cls.source, COUNT))
    indicator, alone = cls(), cls()
    for row in rows[:150]:
        indicator.update(row)
        alone.update(row)
    copied = indicator.copy()
    assert type(copied) is cls
    for row in made(cls.source, 40, seed=11):
        copied.update(row._replace(time=rows[150].time))
    for row in rows[150:]:
        assert same(indicator.update(row), alone.update(row))


@every
def test_a_row_that_lacks_its_numbers_gives_nothing_and_changes_nothing(cls):
    rows = list(made(cls.source, COUNT))
    given, alone = [], cls()
    for i, row in enumerate(rows):
        given += [lacking(row)] * (i % 7 == 3) + [row]
    indicator = cls()
    for row in given:
        if _empty(row):
            assert all(map(isnan, indicator.peek(row)))
            assert all(map(isnan, indicator.update(row)))
        else:
            assert same(indicator.update(row), alone.update(row))
    batch = cls().batch(frame(given, cls.source))
    whole = [not _empty(row) for row in given]
    np.testing.assert_allclose(batch[whole], cls().batch(frame(rows, cls.source)), rtol=1e-12)
    assert batch[np.logical_not(whole)].isna().all(axis=None)


def _empty(row):
    if hasattr(row, "closes"):
        return isnan(row.closes[0])
    return not row.bids if hasattr(row, "bids") else isnan(row[1])


@every
@pytest.mark.parametrize("zero", [False, True], ids=["constant prices", "zero volume"])
def test_a_market_that_stands_still_breaks_nothing(cls, zero):
    rows = [still(row, zero) for row in made(cls.source, COUNT)]
    indicator = cls()
    values = np.array([indicator.update(row) for row in rows])
    assert not np.isinf(values).any()
    np.testing.assert_allclose(cls().batch(frame(rows, cls.source)), values, rtol=1e-12)


def test_no_number_of_a_bar_is_too_large_or_too_small_to_be_taken():
    rng, given = np.random.default_rng(5), []
    absurd = [1.7e308, -1.7e308, 1e200, 5e-324, 1e-200, 0.0, -5.0]
    for row in made("bars", 200):
        names = rng.choice(["open", "high", "low", "close", "volume"], rng.choice([0, 0, 1, 5]))
        given.append(row._replace(**{name: float(rng.choice(absurd)) for name in names}))
    failed = {}
    for name, cls in MEMBERS.items():
        indicator = cls()
        for row in given if indicator.source == "bars" else ():
            try:
                indicator.peek(row)
                indicator.update(row)
            except (ArithmeticError, ValueError) as error:
                failed[name] = error
    assert not failed


@every
@pytest.mark.parametrize("count", [0, 1, 2])
def test_short_frames_are_taken(cls, count):
    df = frame(list(made(cls.source, 5)), cls.source).iloc[:count]
    for values in (cls().batch(df), cls().begin(df), cls()(df)):
        assert values.shape == (count, len(cls().outputs))
        assert (values.dtypes == np.float64).all()
        assert values.index.equals(df.index)


@every
def test_memory_does_not_grow_once_windows_are_full(cls):
    indicator, sizes = cls(), []
    for i, row in enumerate(made(cls.source, 9_000)):
        indicator.update(row)
        if i % 100 == 0:
            sizes.append(size(indicator, set()))
    assert max(sizes[60:]) <= 1.3 * max(sizes[30:60]) + 2_000


@every
def test_other_parameters_make_a_fresh_one_and_unknown_ones_are_refused(cls):
    rows = list(made(cls.source, 50))
    indicator = cls()
    for row in rows:
        indicator.update(row)
    fresh, new = indicator.with_params(), cls()
    assert isinstance(fresh, Indicator)
    assert dict(fresh.params) == dict(indicator.params)
    assert all(same(fresh.update(row), new.update(row)) for row in rows)
    with pytest.raises(IndicatorError):
        indicator.with_params(no_such_parameter=1)
    for parameter in indicator.parameters:
        with pytest.raises(IndicatorError):
            indicator.with_params(**{parameter.name: object()})
        for value in parameter.choices[-1:] or (parameter.default,):
            other = indicator.with_params(**{parameter.name: value})
            assert other.params[parameter.name] == value


@every
def test_it_forgets_what_lies_before_its_warm_up(cls):
    indicator = cls()
    if indicator.warm_up is None:
        pytest.skip("the past always matters")
    rows = list(made(cls.source, indicator.warm_up + 400))
    whole = indicator.batch(frame(rows, cls.source)).iloc[-1]
    cut = indicator.batch(frame(rows[-indicator.warm_up - 1 :], cls.source)).iloc[-1]
    np.testing.assert_allclose(cut, whole, rtol=1e-8, atol=1e-9)


def test_every_one_can_be_had_from_the_package_by_its_name():
    assert sorted(members()) == sorted(livefin.indicators.__all__)
    for name, cls in members().items():
        assert getattr(livefin.indicators, name) is cls

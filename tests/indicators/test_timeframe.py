"""Longer bars against a reference that sees nothing but the past, and against TimeBars."""

import math

import numpy as np
import pandas as pd
import pytest
from alone import Alone
from hypothesis import given, settings
from hypothesis import strategies as st

from livefin.bars import TimeBars
from livefin.errors import FrameError, IndicatorError
from livefin.events import Trade
from livefin.indicators import ta
from livefin.indicators.contract import BarRow
from livefin.indicators.custom.userdefined import indicator
from livefin.indicators.live.running import Running
from livefin.indicators.live.track import Track
from livefin.indicators.rows import frame
from livefin.indicators.stepwise import Stepwise
from livefin.indicators.timeframe import on

S = 10**9
DAY = 86_400 * S
NAN = float("nan")


class Sums(Stepwise):
    """Shows all of a bar, and counts them."""

    name, warm_up = "Sums", None
    outputs = ("count", "time", *BarRow._fields[1:])

    def __init__(self):
        self.reset()

    def reset(self):
        self.count = 0

    def update(self, row):
        self.count += 1
        return float(self.count), float(row.time), *row[1:]


def row(time, price, volume=1.0):
    return BarRow(time, price, price + 1, price - 2, price + 0.5, volume, price)


@st.composite
def bars(draw):
    """Bars in the order of their times, some missing, some without a price or volume."""
    places = draw(st.lists(st.integers(-20, 60), min_size=1, max_size=40, unique=True))
    price = st.integers(10, 20).map(float) | st.sampled_from([NAN, math.inf])
    return [row(i * S, draw(price), draw(st.integers(0, 3))) for i in sorted(places)]


def folded(given_rows, length):
    """Longer bars of these shorter ones, all of them."""
    groups = {}
    for each in given_rows:
        if all(map(math.isfinite, each[1:5])):
            groups.setdefault(each.time // length * length, []).append(each)
    return [
        BarRow(
            start,
            group[0].open,
            max(each.high for each in group),
            min(each.low for each in group),
            group[-1].close,
            volume := sum(each.volume for each in group),
            sum(each.vwap * each.volume for each in group) / volume if volume else NAN,
        )
        for start, group in groups.items()
    ]


def reference(inner, given_rows, length, *, base, forming):
    """The values at the last row, from that row and those before it alone."""
    last = given_rows[-1]
    values = (NAN,) * len(inner.outputs)
    if not all(map(math.isfinite, last[1:5])):
        return values
    one = inner.copy()
    for longer in folded(given_rows, length):
        if forming or longer.time + length <= last.time + base:
            values = one.update(longer)
    return values


class TestNoLookAhead:
    @pytest.mark.parametrize("base", [None, "1s"])
    @pytest.mark.parametrize("inner", [Sums(), ta.OBV()], ids=str)
    @settings(max_examples=30)
    @given(bars(), st.sampled_from([1, 2, 5, 7]), st.integers(0, 40), st.booleans())
    def test_every_value_is_that_of_the_past_alone(  # noqa: PLR0917 - hypothesis gives them
        self, base, inner, given_rows, seconds, before, forming
    ):
        made = on(f"{seconds}s", inner, forming=forming, base=base)
        step = 0 if base is None else S
        wanted = [
            reference(inner, given_rows[: i + 1], seconds * S, base=step, forming=forming)
            for i in range(len(given_rows))
        ]
        np.testing.assert_allclose(made.batch(frame(given_rows)), wanted, rtol=1e-12)
        one = made.copy()
        got = one.begin(frame(given_rows[:before])).to_numpy().tolist()
        for each in given_rows[before:]:
            peeked = [one.peek(each) for _ in range(3)]
            got.append(one.update(each))
            np.testing.assert_array_equal(peeked, [got[-1]] * 3)
        np.testing.assert_array_equal(got, made.batch(frame(given_rows)))

    def test_a_longer_bar_with_a_gap_at_its_end_is_closed_by_a_later_bar_and_not_before(self):
        given_rows = [row(0, 10.0), row(S, 11.0), row(7 * S, 12.0)]
        for base, wanted in ((None, [NAN, NAN, 1.0]), ("1s", [NAN, NAN, 1.0])):
            counts = on("3s", Sums(), base=base).batch(frame(given_rows))["count"]
            np.testing.assert_array_equal(counts, wanted)

    def test_with_the_base_known_a_whole_bar_shows_at_its_own_end(self):
        given_rows = [row(i * S, 10.0) for i in range(6)]
        for base, wanted in ((None, [NAN, NAN, NAN, 1, 1, 1]), ("1s", [NAN, NAN, 1, 1, 1, 2])):
            counts = on("3s", Sums(), base=base).batch(frame(given_rows))["count"]
            np.testing.assert_array_equal(counts, wanted)

    def test_what_is_older_than_the_longer_bar_at_hand_changes_nothing(self):
        made = on("3s", Sums(), base="1s")
        for second in range(4):
            made.update(row(second * S, 10.0))
        for second in (0, 2):
            assert np.isnan(made.peek(row(second * S, 99.0))).all()
            assert np.isnan(made.update(row(second * S, 99.0))).all()
        assert made.peek(row(5 * S, 10.0))[3] == 11.0

    def test_weeks_begin_on_mondays(self):
        monday = 4 * DAY
        given_rows = [row(monday + i * DAY, 10.0 + i) for i in range(8)]
        df = on("1W", Sums(), base="1d").batch(frame(given_rows))
        assert df["time"].isna().tolist() == [True] * 6 + [False] * 2
        assert df["time"].iloc[-1] == monday


TRADES = st.lists(
    st.builds(
        lambda second, price, size: Trade("X", second * S, 0, price, size),
        st.integers(0, 40),
        st.integers(1, 9).map(float),
        st.integers(1, 4).map(float),
    ),
    min_size=1,
    max_size=60,
)


class TestLive:
    @given(TRADES, st.booleans())
    def test_late_trades_and_all_the_lines_are_in_the_end_those_of_longer_bars(
        self, trades, forming
    ):
        shorter, longer = TimeBars("X", "1s"), TimeBars("X", "5s")
        running = Alone(Running(on("5s", Sums(), base="1s", forming=forming), shorter), shorter)
        tracks = {output: Track() for output in Sums.outputs}
        for each in trades:
            shorter.update(each)
            longer.update(each)
            for output, line in running.update().items():
                tracks[output].put(line)
        got = pd.DataFrame({output: track.array for output, track in tracks.items()})
        every = Sums().batch(longer.df)
        ends = shorter.df.index + pd.Timedelta("1s")
        for i, (opened, end) in enumerate(zip(shorter.df.index, ends, strict=True)):
            whole = every[longer.df.index + pd.Timedelta("5s") <= end]
            if len(whole):
                if not forming:
                    np.testing.assert_allclose(got.iloc[i], whole.iloc[-1], rtol=1e-12)
            elif not forming:
                assert got.iloc[i].isna().all()
            if forming:
                assert got["count"][i] == (longer.df.index <= opened).sum()
        if forming:
            np.testing.assert_allclose(got.iloc[-1], every.iloc[-1], rtol=1e-12)

    def test_a_function_s_lines_are_known_from_the_first_bar(self):
        made = on("5s", indicator(lambda df: {"a": df.close, "b": df.open}))
        assert np.isnan(made.update(row(0, NAN))).tolist() == [True, True]
        late = on("5s", indicator(lambda df: {"a": df.close, "b": df.open}))
        assert np.isnan(late.peek(row(0, 5.0))).tolist() == [True, True]
        assert late.outputs == made.outputs == ("a", "b")
        assert late.batch(frame([row(0, 5.0), row(5 * S, 6.0)])).iloc[1].tolist() == [5.5, 5.0]


class TestMemory:
    @pytest.mark.parametrize("forming", [False, True])
    @settings(max_examples=10)
    @given(st.integers(60, 70), st.integers(1, 9))
    def test_what_is_older_than_the_warm_up_does_not_matter(self, forming, count, seconds):
        made = on(f"{seconds}s", ta.SMA(3), base="1s", forming=forming)
        given_rows = [row(i * S, 10.0 + i * i % 7) for i in range(count)]
        whole = made.batch(frame(given_rows))
        for i in range(made.warm_up, count):
            cut = made.batch(frame(given_rows[i - made.warm_up : i + 1]))
            np.testing.assert_allclose(cut.iloc[-1], whole.iloc[i], rtol=1e-9)

    @pytest.mark.parametrize("forming", [False, True])
    def test_the_lookback_is_where_the_first_value_is(self, forming):
        made = on("4s", ta.SMA(3), base="1s", forming=forming)
        values = made.batch(frame([row(i * S, 10.0) for i in range(30)]))["sma"]
        assert values.isna().tolist().index(False) == made.lookback

    def test_without_a_base_there_is_no_telling(self):
        assert on("4s", ta.SMA(3)).warm_up is None
        assert on("4s", Sums(), base="1s").warm_up is None


class TestMade:
    def test_it_is_drawn_and_trusted_as_what_it_is_of(self):
        made = on("5min", ta.RSI(14))
        assert made.name == "RSI(14) on 5min"
        assert (made.pane, made.levels, made.outputs) == ("new", ta.RSI(14).levels, ("rsi",))
        assert made.trusted
        assert not on("5min", indicator(lambda df: df.close)).trusted

    def test_its_parameters_can_be_changed_and_those_of_what_it_is_of(self):
        made = on("5min", ta.RSI(14)).with_params(timeperiod=7, base="1min", forming=True)
        assert made.name == "RSI(7) on 5min"
        changed = made.params["base"], made.params["forming"], made.params["timeperiod"]
        assert changed == ("1min", True, 7)
        assert made.lookback == 7 * 5
        names = [parameter.name for parameter in made.parameters]
        assert "timeperiod" in names
        assert names[-1] == "forming"

    def test_a_copy_goes_its_own_way(self):
        made = on("2s", Sums())
        made.update(row(0, 10.0))
        twin = made.copy()
        twin.update(row(2 * S, 12.0))
        assert made.update(row(S, 11.0))[0] != 1.0
        assert made.update(row(2 * S, 11.0))[:2] == (1.0, 0.0)

    def test_what_cannot_be_is_refused(self):
        trades = indicator(lambda df: df.price, source="trades")
        for raised, words in (
            (lambda: on("5min", trades), "lambda is of trades, not of bars"),
            (lambda: on("5min", ta.SMA(3), base="2min"), "cannot be made of bars of 2min"),
            (lambda: on("1min", ta.SMA(3), base="5min"), "cannot be made of bars of 5min"),
        ):
            with pytest.raises(IndicatorError, match=words):
                raised()
        with pytest.raises(FrameError, match="'1M'"):
            on("1M", ta.SMA(3))

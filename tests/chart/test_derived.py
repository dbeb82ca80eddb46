"""Bars made from bars: after any edits they are what a plain loop makes of the bars held."""

import math
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

STEP = 1_000
LONG, ORIGIN = 5_000, 2_000
SIZE = 1.0

# Writes are [first ordinal, rows, held, whole]; the overlay line is twice the close. With `anew`,
# what bars made from scratch hold is compared after every write.
PLAY = """({ History, Heikin, Resampled, Bricks }, writes, { long, origin, size, step, anew }) => {
  const history = new History();
  const make = {
    heikin: () => new Heikin(history),
    resampled: () => new Resampled(history, long, origin),
    bricks: () => new Bricks(history, size, step),
    unaided: () => new Bricks(history, size),
  };
  const rows = (bars) => Array.from({ length: bars.length }, (_, i) =>
    [...Object.values(bars.columns), bars.lines["line:0"]].map((column) => column[bars.start + i]));
  const made = Object.fromEntries(Object.entries(make).map(([name, build]) => [name, build()]));
  const wrong = [];
  for (const [first, bars, held, whole] of writes) {
    if (whole) history.clear();
    const column = (c) => Float64Array.from(bars, (bar) => bar[c] ?? NaN);
    const columns = Array.from({ length: 6 }, (_, c) => column(c));
    if (!history.writeBars(first, columns)) throw new Error("rows are missing");
    history.writeLine("line:0", first, columns[4].map((close) => 2 * close));
    history.drop(held);
    for (const [name, bars] of Object.entries(made)) {
      bars.update(first - history.base);
      const same = () => JSON.stringify(rows(bars)) === JSON.stringify(rows(make[name]()));
      if (anew && !same()) wrong.push([name, first]);
    }
  }
  for (const name of Object.keys(made)) made[name] = rows(made[name]);
  return { wrong, rows: made };
}"""
OPTIONS = {"long": LONG, "origin": ORIGIN, "size": SIZE, "step": STEP, "anew": True}


@pytest.fixture
def play(modules):
    """play(writes, **options): rows by kind, the incremental ones equal to those from scratch."""
    page = modules("history", "heikin", "resample", "renko")

    def make(writes, **options):
        made = page.evaluate(PLAY, writes, OPTIONS | options)
        assert made["wrong"] == []
        return made["rows"]

    return make


# What a plain loop makes of bars (time, open, high, low, close, volume); prices can be None


def heikin(bars):
    rows, before = [], None
    for time, o, h, low, c, volume in bars:
        if o is None:
            rows.append([time, None, None, None, None, volume, None])
            before = None
            continue
        close = (o + h + low + c) / 4
        start = (o + c) / 2 if before is None else before
        high, least = max(h, start, close), min(low, start, close)
        rows.append([time, start, high, least, close, volume, 2 * c])
        before = (start + close) / 2
    return rows


def resampled(bars):
    rows = {}
    for bar in bars:
        rows.setdefault(bar[0] - (bar[0] - ORIGIN) % LONG, []).append(bar)
    made = []
    for begin, inside in rows.items():
        priced = [bar for bar in inside if bar[1] is not None]
        prices = [None] * 4
        if priced:
            high, low = max(bar[2] for bar in priced), min(bar[3] for bar in priced)
            prices = [priced[0][1], high, low, priced[-1][4]]
        line = None if inside[-1][4] is None else 2 * inside[-1][4]
        made.append([begin, *prices, sum(bar[5] for bar in inside), line])
    return made


def bricks(bars, size=SIZE):
    rows, level, way = [], None, 0
    for time, *_, close, volume in bars:
        if close is None:
            continue
        level = math.floor(close / size + 0.5) if level is None else level
        made = []
        while True:
            up = level + (2 if way < 0 else 1)
            down = level - (2 if way > 0 else 1)
            if close / size >= up:
                way, level = 1, up
            elif close / size <= down:
                way, level = -1, down
            else:
                break
            made.append(((level - way) * size, level * size))
        for k, (o, c) in enumerate(made):
            at = time + k * STEP / len(made)
            rows.append([at, o, max(o, c), min(o, c), c, volume / len(made), 2 * close])
    return rows


def check(rows, expected, since=-math.inf):
    """Rows from the time `since` on are as expected."""
    rows = [row for row in rows if row[0] >= since]
    expected = [row for row in expected if row[0] >= since]
    assert len(rows) == len(expected)
    np.testing.assert_allclose(
        np.array(rows, dtype=float), np.array(expected, dtype=float), rtol=1e-12, atol=1e-9
    )


class Tape:
    """Bars that come, change, are late, and the writes that tell a page so."""

    def __init__(self, seed=0, first=0):
        self.random = random.Random(seed)
        self.bars, self.writes, self.first, self.held = [], [], first, first
        self.price, self.time = 100.0, 1_000_000

    def bar(self, time, *, hole=False):
        volume = float(self.random.randrange(100))
        if hole:
            return [time, None, None, None, None, volume]
        start = self.price
        self.price += self.random.randrange(-16, 17) / 4
        high, low = max(start, self.price) + 0.25, min(start, self.price) - 0.5
        return [time, start, high, low, self.price, volume]

    def write(self, index, *, whole=False):
        self.writes.append([self.first + index, self.bars[index:], self.held, whole])

    def append(self, skip=0, count=1, *, hole=False):
        index = len(self.bars)
        for _ in range(count):
            self.time += STEP * (1 + skip)
            self.bars.append(self.bar(self.time, hole=hole))
        self.write(index)

    def amend(self, back):
        index = max(self.held - self.first, len(self.bars) - 1 - back)
        self.bars[index] = self.bar(self.bars[index][0], hole=self.random.random() < 0.1)
        self.write(index)

    def insert(self, back):
        """A late bar where there was none, if there is such a place."""
        index = max(self.held - self.first, len(self.bars) - 1 - back)
        time = self.bars[index][0] - STEP
        if index == 0 or self.bars[index - 1][0] < time:
            self.bars.insert(index, self.bar(time))
            self.write(index)

    def replace(self, keep):
        """A snapshot that begins elsewhere."""
        self.bars = self.bars[-keep:]
        self.first = self.held = self.random.randrange(100)
        self.write(0, whole=True)


EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 3), st.integers(1, 3)),
        st.tuples(st.just("amend"), st.just(0)),
        st.tuples(st.just("amend"), st.integers(0, 20)),
        st.tuples(st.just("insert"), st.integers(0, 10)),
        st.tuples(st.just("replace"), st.integers(1, 10)),
    ),
    max_size=40,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS, seed=st.integers(0, 1_000))
def test_edits_of_any_kind_give_what_bars_from_scratch_give(play, edits, seed):
    tape = Tape(seed, first=seed % 7)
    tape.append()
    for verb, *numbers in edits:
        getattr(tape, verb)(*numbers)
    made = play(tape.writes)
    check(made["heikin"], heikin(tape.bars))
    check(made["resampled"], resampled(tape.bars))
    check(made["bricks"], bricks(tape.bars))


def test_bars_that_are_dropped_and_arrays_that_move_change_nothing_after_them(play):
    tape = Tape(seed=3)
    for i in range(120):
        tape.append(count=25)
        tape.held = max(0, tape.first + len(tape.bars) - 200)
        tape.append(hole=i % 10 == 0)
        tape.amend(0)
        if i > 10:
            tape.amend(150)
    assert len(tape.bars) > 3_000, "the history's arrays have moved more than once"
    made = play(tape.writes, anew=False)
    oldest = tape.bars[tape.held - tape.first][0]
    assert len(made["heikin"]) == 201
    check(made["heikin"], heikin(tape.bars), oldest)
    # The oldest long bar has what was held of it when it last changed.
    check(made["resampled"], resampled(tape.bars), oldest + LONG)
    assert made["resampled"][0][0] <= oldest
    check(made["bricks"], bricks(tape.bars), oldest)
    assert len([row for row in made["bricks"] if row[0] < oldest]) == 1, "the one in force"


def test_bricks_of_a_forming_bar_vanish_when_its_price_comes_back(play):
    def forming(close):
        return [1_000, 10.0, 20.0, 5.0, close, 6.0]

    bars = [[0, 10.0, 10.0, 10.0, 10.0, 1.0]]
    writes = [[0, bars, 0], [1, [forming(13.5)], 0]]
    made = play(writes)["bricks"]
    assert [row[0] for row in made] == pytest.approx([1_000, 1_333.333333, 1_666.666667])
    assert [row[1:5] for row in made] == [[10, 11, 10, 11], [11, 12, 11, 12], [12, 13, 12, 13]]
    assert [row[5:] for row in made] == [[2, 27]] * 3
    assert play([*writes, [1, [forming(10.9)], 0]])["bricks"] == []
    turned = play([*writes, [1, [forming(8.0)], 0]])["bricks"]
    assert [row[4] for row in turned] == [9, 8]


def test_a_turn_takes_two_bricks(play):
    closes = [10.0, 12.0, 10.5, 10.0, 11.5, 12.0]
    bars = [[1_000 * i, c, c, c, c, 1.0] for i, c in enumerate(closes)]
    made = play([[0, bars, 0]])["bricks"]
    assert [(row[0], row[1], row[4]) for row in made] == [
        (1_000, 10, 11),
        (1_500, 11, 12),
        (3_000, 11, 10),
        (5_000, 11, 12),
    ]


BRICKS = """({ History, Bricks, MOST }, bars, size) => {
  const history = new History();
  const column = (c) => Float64Array.from(bars, (bar) => bar[c] ?? NaN);
  history.writeBars(0, Array.from({ length: 6 }, (_, c) => column(c)));
  const bricks = new Bricks(history, size);
  const { asked, doublings, length } = bricks;
  return { size: bricks.size, asked, doublings, length, MOST };
}"""


@pytest.mark.parametrize(
    ("spread", "size"), [(1.0, 2), (2.4, 5), (0.0013, 0.002), (40_000.0, 100_000), (0.0, 0.1)]
)
def test_the_automatic_size_is_a_round_number_near_two_mean_ranges(modules, spread, size):
    bars = [[1_000 * i, 100.0, 100.0 + spread, 100.0, 100.0, 1.0] for i in range(500)]
    made = modules("history", "renko").evaluate(BRICKS, bars, None)
    assert made["size"] == size
    assert (made["asked"], made["doublings"]) == (None, 0)


def test_few_bars_have_bricks_enough_to_see_something(modules):
    page = modules("history", "renko")
    choice = random.Random(3)
    for count in (50, 50, 50, 100, 200, 400):
        bars, price = [], 1_000.0
        for i in range(count):
            walk = [price := price + choice.gauss(0, 1) for _ in range(10)]
            bars.append([1_000 * i, walk[0], max(walk), min(walk), walk[-1], 1.0])
        assert 12 <= page.evaluate(BRICKS, bars, None)["length"] <= count, count


@pytest.mark.parametrize("size", [1.0, 1e-300, 0, -1, None])
def test_a_size_too_small_is_doubled_until_the_bricks_fit(modules, size):
    closes = [100.0, 300_000.0, 100.0, None, 300_000.0]
    bars = [[1_000 * i, c, c, c, c, 1.0] for i, c in enumerate(closes)]
    made = modules("history", "renko").evaluate(BRICKS, bars, size)
    assert 0 < made["length"] <= made["MOST"]
    if made["asked"] is None:
        assert made["doublings"] == 0
    else:
        assert made["doublings"] > 0
        assert made["size"] == size * 2.0 ** made["doublings"]


def test_a_history_without_bars_or_with_no_price_makes_none(modules):
    for bars in ([], [[0, None, None, None, None, 1.0]]):
        made = modules("history", "renko").evaluate(BRICKS, bars, None)
        assert made["length"] == 0
        assert made["size"] is None or made["size"] > 0


def test_a_size_taken_from_few_bars_is_taken_again_when_there_are_more(modules):
    sizes = modules("history", "renko").evaluate(
        """({ History, Bricks }) => {
          const history = new History();
          const row = (i) => [1000 * i, 100, 100 + i, 100, 100, 1];
          history.writeBars(0, row(0).map((value) => Float64Array.of(value)));
          const bricks = new Bricks(history);
          const sizes = [bricks.size];
          for (let i = 1; i < 1_100; i++) {
            history.writeBars(i, row(i).map((value) => Float64Array.of(value)));
            bricks.update(i);
            if (bricks.size !== sizes.at(-1)) sizes.push(bricks.size);
          }
          return sizes;
        }"""
    )
    assert sizes[0] == 0.1
    assert sizes == sorted(sizes)
    assert sizes[-1] == 1_000, "settled after some hundred bars"


def test_a_line_that_comes_or_goes_later_is_carried_over(modules):
    made = modules("history", "heikin", "resample", "renko").evaluate(
        """({ History, Heikin, Resampled, Bricks }) => {
          const history = new History();
          const closes = [10, 11, 12, 13, 14, 15];
          const times = closes.map((_, i) => 1000 * i);
          history.writeBars(0, [times, closes, closes, closes, closes, closes]);
          const all = [
            new Heikin(history), new Resampled(history, 3000, 0), new Bricks(history, 1, 1000),
          ];
          const read = () => all.map(({ lines, start, end }) => lines.mean?.slice(start, end));
          history.writeLine("mean", 2, Float64Array.of(20, 30, 40, 50));
          const first = all.map((bars) => bars.update(5));
          const there = read();
          history.lines = {};
          for (const bars of all) bars.update(5);
          return { first, there, gone: read().every((line) => line === undefined) };
        }"""
    )
    assert made["there"] == [
        [None, None, 20, 30, 40, 50],
        [20, 50],
        [None, 20, 30, 40, 50],
    ]
    assert made["first"] == [5, 1, 4], "the first row that changed"
    assert made["gone"]


def test_bricks_that_vanish_count_as_a_change(modules):
    made = modules("history", "renko").evaluate(
        """({ History, Bricks }) => {
          const history = new History();
          const write = (i, close) =>
            history.writeBars(i, [[1000 * i], [10], [10], [10], [close], [1]]);
          write(0, 10);
          write(1, 12);
          const bricks = new Bricks(history, 1, 1000);
          write(2, 14);
          bricks.update(2);
          bricks.take();
          write(2, 12.5);
          return [bricks.update(2), bricks.take(), bricks.length];
        }"""
    )
    assert made == [2, 2, 2]


def test_they_are_read_as_a_history_is(modules):
    made = modules("history", "resample").evaluate(
        """({ History, Resampled }) => {
          const history = new History();
          const seconds = Float64Array.from({ length: 60 }, (_, i) => 1000 * i);
          history.writeBars(5, Array(6).fill(seconds));
          const week = 7 * 86_400_000;
          const weeks = new Resampled(history, week, 4 * 86_400_000);
          const bars = new Resampled(history, 10_000, 0);
          return [
            bars.length, bars.find(20_000), bars.find(20_001),
            bars.nearest(24_000), bars.nearest(26_000),
            weeks.columns.time[weeks.start] === -3 * 86_400_000,
          ];
        }"""
    )
    assert made == [6, 2, 3, 2, 3, True]

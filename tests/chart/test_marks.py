"""Bars in view as marks: nothing left out, NaN harmless, with a pyramid or without."""

import random

import pytest

MARKS = """({ History, Pyramid, aggregate, line }, writes, views) => {
  const history = new History();
  const pyramid = new Pyramid(history);
  for (const [first, bars, held] of writes) {
    const column = (c) => Float64Array.from(bars, (bar) => bar[c] ?? NaN);
    history.writeBars(first, Array.from({ length: 6 }, (_, c) => column(c)));
    history.writeLine("mean", first, column(6));
    history.drop(held);
    pyramid.update(first - history.base);
  }
  const at = (ordinal) => Math.max(history.start, ordinal - history.base);
  return views.map(([from, to, most]) => [null, pyramid].map((used) => {
    history.pyramid = used;
    return {
      marks: aggregate(history, at(from), at(to), most, 1000),
      line: line(history, "mean", at(from), at(to), most),
      blocks: pyramid.inside(at(from), at(to), "mean") !== null,
    };
  }));
}"""


@pytest.fixture
def look(modules):
    """look(writes, *views): marks and line of each view, without and with a pyramid."""
    page = modules("history", "marks", "pyramid")

    def make(writes, *views):
        return page.evaluate(MARKS, writes, views)

    return make


def tape(count, seed, holes=0.02):
    """Rows of bars, each with a line's value; some prices, volumes and values are missing."""
    choose = random.Random(seed)

    def maybe(value):
        return None if choose.random() < holes else value

    rows = []
    for i in range(count):
        o, c = choose.uniform(90, 110), choose.uniform(90, 110)
        prices = [o, max(o, c) + choose.random(), min(o, c) - choose.random(), c]
        rest = [float(choose.randrange(100)), choose.gauss(0, 1)]
        rows.append([1_000.0 * i, *map(maybe, [*prices, *rest])])
    return rows


def there(values):
    return [value for value in values if value is not None]


def test_many_bars_in_one_mark_are_a_bar(look):
    bars = tape(1_000, 1)
    [[plain, _]] = look([[0, bars, 0]], [100, 900, 80])
    marks = plain["marks"]
    assert (marks["size"], marks["count"]) == (10, 80)
    for m in range(80):
        inside = bars[100 + 10 * m : 110 + 10 * m]
        _, o, h, low, c, v, _ = map(list, zip(*inside, strict=True))
        assert marks["open"][m] == there(o)[0]
        assert marks["high"][m] == max(there(h))
        assert marks["low"][m] == min(there(low))
        assert marks["close"][m] == there(c)[-1]
        assert marks["volume"][m] == sum(there(v))
    assert marks["highest"] == max(marks["high"])
    assert marks["lowest"] == min(marks["low"])
    assert marks["busiest"] == max(marks["volume"])


def test_a_bar_without_prices_is_a_hole_and_its_neighbours_are_as_they_were(look):
    bars = [[0, 1, 3, 1, 2, 5, 1], [1_000, *[None] * 6], [2_000, 2, 4, 2, 3, 6, 2]]
    [[plain, _]] = look([[0, bars, 0]], [0, 3, 100])
    marks = plain["marks"]
    assert marks["close"] == [2, None, 3]
    assert marks["volume"] == [5, 0, 6]
    assert (marks["lowest"], marks["highest"], marks["busiest"]) == (1, 4, 6)
    assert plain["line"]["y"] == [1, None, 2]


def test_a_view_without_bars_has_no_marks(look):
    for pair in look([[0, tape(10, 1), 0]], [5, 5, 100], [7, 3, 100]):
        for made in pair:
            assert made["marks"]["count"] == 0
            assert made["line"]["x"] == []


@pytest.mark.parametrize("seed", range(3))
def test_a_pyramid_changes_nothing_but_the_time_it_takes(look, seed):
    choose = random.Random(seed)
    bars, writes, first, held = tape(2_500, seed), [], choose.randrange(100), 0
    end = 0
    while end < len(bars):
        begin, end = end, end + choose.randrange(1, 300)
        held = max(0, end - 1_800)
        writes.append([first + begin, bars[begin:end], first + held])
        back = max(
            held, min(end, len(bars)) - 1 - choose.randrange(400)
        )  # late: a bar of before and all since
        bars[back] = [bars[back][0], 100.0, 200.0 + seed, -50.0, 100.0, 7.0, None]
        writes.append([first + back, bars[back:end], first + held])
    spans = [(held, 2_500), (held + 13, 2_400), (2_000, 2_500), (2_490, 2_500)]
    views = [[first + a, first + b, most] for a, b in spans for most in (1, 3, 7, 40, 400)]
    made = look(writes, *views)
    assert sum(quick["blocks"] for _, quick in made) >= 10, "the blocks were used"
    for plain, quick in made:
        assert quick["line"] == plain["line"]
        assert quick["marks"] == plain["marks"]
    whole = made[0][1]["marks"]
    _, _, high, low, _, volume, _ = zip(*bars[held:], strict=True)
    assert (whole["highest"], whole["lowest"]) == (max(there(high)), min(there(low)))
    assert sum(whole["volume"]) == pytest.approx(sum(there(volume)))


def test_a_pyramid_keeps_no_blocks_of_bars_that_are_gone(modules):
    held = modules("history", "pyramid").evaluate(
        """({ History, Pyramid }) => {
          const history = new History();
          const pyramid = new Pyramid(history);
          for (let i = 0; i < 40_000; i += 500) {
            const times = Float64Array.from({ length: 500 }, (_, k) => i + k);
            history.writeBars(i, Array(6).fill(times));
            history.drop(i - 1_000);
            pyramid.update(i - history.base);
          }
          const { length, capacity } = pyramid.blocks;
          history.clear();
          pyramid.update(0);
          return [length, capacity, pyramid.blocks.length];
        }"""
    )
    assert held == [24, 1_024, 0], "of 625"

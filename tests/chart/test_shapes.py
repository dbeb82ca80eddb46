"""What each chart type draws: checked as outlines, each a list of points."""

import pytest

MAKE = """({ shapes }, kind, bars, options) => {
  const column = (c) => Float64Array.from(bars, (bar) => bar[c] ?? NaN);
  const marks = {
    count: bars.length,
    time: Float64Array.from(bars, (_, i) => 10 * i), half: new Float64Array(bars.length).fill(4),
    open: column(0), high: column(1), low: column(2), close: column(3),
  };
  return shapes(kind, marks, options);
}"""
UP, DOWN, DOJI, HOLE = [10, 14, 9, 12], [12, 13, 7, 8], [8, 9, 7, 8], [None, None, None, None]


@pytest.fixture
def draw(modules):
    """draw(kind, *bars, **options): outlines by slot."""

    def make(kind, *bars, **options):
        slots = modules("shapes").evaluate(MAKE, kind, bars, options)
        return {name: outlines(**columns) for name, columns in slots.items()}

    return make


def outlines(x, y):
    """Columns parted at their holes."""
    parts = [[]]
    for point in zip(x, y, strict=True):
        if None in point:
            assert point == (None, None) or point[0] is not None, "no hole in time alone"
            parts.append([])
        else:
            parts[-1].append(point)
    return [part for part in parts if part]


def edges(outline):
    """The strokes of a closed outline, whichever way they go."""
    return {
        tuple(sorted((a, b)))
        for a, b in zip(outline, outline[1:] + outline[:1], strict=True)
        if a != b
    }


def test_every_kind_there_is_can_be_drawn_and_an_unknown_one_is_an_error(modules):
    page = modules("shapes")
    kinds = page.evaluate("({ KINDS }) => KINDS")
    assert kinds == ["candles", "hollow", "heikin", "bars", "line", "area", "baseline", "renko"]
    for kind in kinds:
        assert page.evaluate(MAKE, kind, [UP, DOWN, DOJI, HOLE], {"base": 9, "bottom": 0})
        assert page.evaluate(MAKE, kind, [], {"base": 9, "bottom": 0})
        assert page.evaluate(MAKE, kind, [HOLE], {})
    error = page.evaluate(
        "({ shapes }) => { try { shapes('pie', {}); } catch (error) { return error.message; } }"
    )
    assert error.startswith('no chart type "pie"; there are candles, ')


@pytest.mark.parametrize("kind", ["candles", "heikin"])
def test_a_candle_is_its_body_and_a_wick_that_stops_at_it(draw, kind):
    made = draw(kind, UP, DOWN)
    assert set(made) == {"up", "down"}
    [candle] = made["up"]
    assert edges(candle) == {
        ((0, 12), (0, 14)),
        ((0, 9), (0, 10)),
        ((-4, 10), (-4, 12)),
        ((4, 10), (4, 12)),
        ((-4, 12), (0, 12)),
        ((0, 12), (4, 12)),
        ((-4, 10), (0, 10)),
        ((0, 10), (4, 10)),
    }
    assert len(made["down"]) == 1


def test_a_bar_that_did_not_move_is_still_a_line(draw):
    [doji] = draw("candles", DOJI)["up"]
    assert ((-4, 8), (0, 8)) in edges(doji)
    assert ((0, 8), (4, 8)) in edges(doji)
    [flat] = draw("hollow", [8, 8, 8, 8])["hollowUp"]
    assert {point for edge in edges(flat) for point in edge} == {(-4, 8), (0, 8), (4, 8)}
    [tick] = draw("bars", [8, 8, 8, 8])["up"]
    assert edges(tick) == {((-4, 8), (0, 8)), ((0, 8), (4, 8))}


def test_hollow_fills_what_fell_and_colours_by_the_close_before(draw):
    rose_open_above = [15, 16, 12, 13]  # closes above the 12 before, yet below its own open
    fell_open_below = [10, 12, 9, 11]
    made = draw("hollow", UP, rose_open_above, fell_open_below, DOWN)
    assert [len(made[slot]) for slot in ("hollowUp", "up", "hollowDown", "down")] == [1, 1, 1, 1]
    assert made["hollowUp"][0][0][0] == 0
    assert made["up"][0][0][0] == 10
    assert made["hollowDown"][0][0][0] == 20
    assert made["down"][0][0][0] == 30


def test_an_ohlc_bar_has_its_open_left_and_its_close_right_and_no_area(draw):
    [tick] = draw("bars", DOWN)["down"]
    assert ((-4, 12), (0, 12)) in edges(tick)
    assert ((0, 8), (4, 8)) in edges(tick)
    assert {y for x, y in tick if x == 0} == {13, 12, 8, 7}
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(tick, tick[1:] + tick[:1], strict=True))
    assert area == 0


def test_bricks_are_bodies_only_and_never_lie_over_each_other(modules):
    made = modules("shapes").evaluate(
        """({ shapes }) => shapes("renko", {
          count: 3, time: [0, 2, 20], half: [4, 4, 4],
          open: [1, 2, 3], close: [2, 3, 2], high: [2, 3, 3], low: [1, 2, 2],
        })"""
    )
    first, second = outlines(**made["up"])
    assert first == [(-1, 1), (1, 1), (1, 2), (-1, 2)]
    assert second == [(1, 2), (3, 2), (3, 3), (1, 3)]
    assert outlines(**made["down"]) == [[(16, 2), (24, 2), (24, 3), (16, 3)]]


def test_an_area_is_closed_at_the_bottom_on_each_side_of_a_hole(draw):
    made = draw("area", UP, DOWN, HOLE, DOJI, bottom=1)
    assert made["close"] == [[(0, 12), (10, 8)], [(30, 8)]]
    assert made["area"] == [
        [(0, 1), (0, 12), (10, 8), (10, 1)],
        [(30, 1), (30, 8), (30, 1)],
    ]
    assert set(draw("line", UP)) == {"close"}


def test_a_baseline_is_cut_just_where_it_crosses(draw):
    made = draw("baseline", UP, DOWN, HOLE, DOJI, UP, base=9)
    assert made["aboveLine"] == [[(0, 12), (7.5, 9)], [(32.5, 9), (40, 12)]]
    assert made["belowLine"] == [[(7.5, 9), (10, 8)], [(30, 8), (32.5, 9)]]
    assert made["above"][0] == [(0, 9), (0, 12), (7.5, 9), (7.5, 9)]
    assert all(y >= 9 for outline in made["above"] for _, y in outline)
    assert all(y <= 9 for outline in made["below"] for _, y in outline)


def test_without_a_base_the_first_close_in_view_is_it(draw):
    made = draw("baseline", HOLE, DOWN, UP)
    assert made["aboveLine"] == [[(10, 8), (20, 12)]]
    assert made["belowLine"] == []


def test_a_missing_price_leaves_a_hole_and_nothing_broken(draw):
    for kind in ("candles", "hollow", "bars", "renko"):
        with_hole = draw(kind, UP, [10, None, 9, 12], HOLE, DOWN)
        assert sum(len(outlines) for outlines in with_hole.values()) == 2

"""The page's half of a person's own trades and orders, and both halves together."""

import random

import pytest

from livefin.chart.markers import Markers

VIEW = "({Markers}, t0, t1) => window.marks.visible(t0, t1, null, 1000)"


@pytest.fixture
def page(modules):
    page = modules("markers")
    page.evaluate("({Markers}) => { window.marks = new Markers(); }")
    return page


def take(page, wire):
    return page.evaluate("(_, wire) => window.marks.take(wire)", wire)


def held(page):
    return page.evaluate("() => Array.from(window.marks.columns.price.subarray(0, marks.count))")


def test_marks_lie_at_their_times_and_prices_by_side(page):
    rows = [[0, 5, 1, 2, "in"], [500, 6, -1, None, ""], [900, 7, 0, 1234.5, ""]]
    assert take(page, {"from": 0, "rows": rows, "clear": True})
    assert page.evaluate(VIEW, 0, 1_000) == {
        "buy": {"x": [0], "y": [5]},
        "sell": {"x": [500], "y": [6]},
        "note": {"x": [900], "y": [7]},
        "labels": [
            {"x": 0, "y": 5, "text": "in", "side": "buy"},
            {"x": 900, "y": 7, "text": "1,234.5", "side": "note"},
        ],
    }


def test_out_of_order_they_are_sorted_by_time(page):
    times = random.Random(5).sample(range(1_000), 300)
    for i, time in enumerate(times):
        take(page, {"from": i, "rows": [[time, i, 1, None, str(time)]], "clear": i == 0})
    assert held(page) == [times.index(time) for time in sorted(times)]
    assert page.evaluate("() => marks.texts") == [str(time) for time in sorted(times)]


def test_on_few_pixels_they_are_one_at_their_mean_with_a_count(page):
    rows = [[0, 10, 1, 1, "a"], [1, 20, 1, 3, "b"], [2, 99, -1, 1, ""], [600, 5, 1, None, "c"]]
    take(page, {"from": 0, "rows": rows, "clear": True})
    seen = page.evaluate(VIEW, 0, 1_000)
    assert seen["buy"] == {"x": [0.5, 600], "y": [17.5, 5]}
    assert seen["sell"] == {"x": [2], "y": [99]}
    assert [label["text"] for label in seen["labels"]] == ["×2", "1", "c"]


def test_which_are_one_does_not_change_while_the_view_moves(page):
    times = sorted(random.Random(7).sample(range(3_000), 600))
    rows = [[time, 1, 1, None, ""] for time in times]
    take(page, {"from": 0, "rows": rows, "clear": True})
    inner = [
        [x for x in page.evaluate(VIEW, start, start + 1_000)["buy"]["x"] if 1_200 < x < 1_700]
        for start in range(800, 1_100, 37)
    ]
    assert all(each == inner[0] for each in inner)


def test_labels_are_there_while_they_are_few(page):
    rows = [[i * 30, 1, 1, None, "x"] for i in range(60)]
    take(page, {"from": 0, "rows": rows, "clear": True})
    assert len(page.evaluate(VIEW, 0, 890)["labels"]) == 30
    assert page.evaluate(VIEW, 0, 1_000)["labels"] == []


def test_without_a_price_they_lie_on_the_close_or_nowhere(page):
    take(page, {"from": 0, "rows": [[10, None, 1, None, ""]], "clear": True})
    history = "{ nearest: () => 1, columns: { close: [7, 8] } }"
    assert page.evaluate(f"() => marks.visible(0, 20, {history}).buy") == {"x": [10], "y": [8]}
    scene = f"{{ history: {history}, timeline: {{ u: (t) => t }} }}"
    assert page.evaluate(f"() => marks.visible(0, 20, {scene}).buy") == {"x": [10], "y": [8]}
    empty = "{ nearest: () => -1, columns: { close: [] } }"
    assert page.evaluate(f"() => marks.visible(0, 20, {empty}).buy") == {"x": [], "y": []}


def test_they_are_told_apart_by_where_they_are_drawn(page):
    rows = [[0, 1, 1, None, ""], [100, 2, 1, None, ""], [100_000, 3, 1, None, ""]]
    take(page, {"from": 0, "rows": rows, "clear": True})
    closed = "{ timeline: { u: (t) => Math.min(t, 200) + (t > 50_000 ? 800 : 0) } }"
    seen = page.evaluate(f"() => marks.visible(0, 100_000, {closed}, 1000).buy.y")
    assert seen == [1, 2, 3]
    assert page.evaluate("() => marks.visible(0, 100_000, null, 1000).buy.y") == [1.5, 3]


def test_what_came_already_is_passed_over_and_what_is_missing_is_said(page):
    rows = [[i, i, 1, None, ""] for i in range(5)]
    assert take(page, {"from": 0, "rows": rows[:3], "clear": True})
    assert take(page, {"from": 1, "rows": rows[1:5], "clear": False})
    assert take(page, {"from": 1, "rows": rows[1:2], "clear": False})
    assert held(page) == [0, 1, 2, 3, 4]
    assert not take(page, {"from": 6, "rows": rows[:1], "clear": False})
    assert held(page) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("seed", range(3))
def test_a_page_holds_what_the_kernel_holds_after_any_edits(page, seed):
    choice = random.Random(seed)
    markers = Markers(rows=100)
    page.evaluate("({Markers}) => { window.marks = new Markers({most: 100}); }")
    since = 0
    for step in range(60):
        for _ in range(choice.choice([0, 1, 1, 2, 70])):
            markers.add(choice.randrange(10**9), step)
        if choice.random() < 0.05:
            markers.clear()
        if choice.random() < 0.1:
            since = 0
        if choice.random() < 0.7:
            assert take(page, markers.wire(since))
            since = markers.revision
    assert take(page, markers.wire(since))
    assert page.evaluate("() => marks.length") == len(markers)
    kept = page.evaluate("""() => Array.from({length: marks.count}, (_, i) => i)
        .filter((i) => marks.columns.number[i] >= marks.next - 100)
        .map((i) => [marks.columns.number[i], marks.columns.time[i], marks.columns.price[i]])""")
    first = markers.revision - len(markers)
    rows = markers.wire(0)["rows"]
    assert sorted(kept) == [[first + i, row[0], row[1]] for i, row in enumerate(rows)]
    assert [time for _, time, _ in kept] == sorted(row[0] for row in rows)


@pytest.fixture
def lines(modules):
    """Order lines on a frame from 0 to 400 px, where a price is its pixel."""
    page = modules("markers")
    page.evaluate("""({OrderLines}) => {
      const frame = { left: 0, right: 600, top: 0, bottom: 400 };
      window.space = { frame, y: (price) => price, text: (price) => price.toFixed(1) };
      const space = (name) => (name === "price" ? window.space : null);
      window.lines = new OrderLines(document.body, { space });
    }""")
    return page


SHOWN = """() => {
  const all = (name) => Array.from(lines.root.querySelectorAll(`.${name}`));
  const seen = (name) => all(name).filter((node) => !node.hidden);
  return {
    lines: seen("line").map((node) => [parseFloat(node.style.top), node.className]),
    tags: seen("tag").map((node) => [parseFloat(node.style.top), node.textContent]),
  };
}"""


def order(name, price, side="buy", size=0.5, text=""):
    return {"id": name, "price": price, "side": side, "size": size, "text": text}


def test_an_order_is_a_line_with_a_tag_that_says_what_it_is(lines):
    orders = [order("a", 100), order("b", 200, "sell", None, "stop <b>")]
    lines.evaluate("(_, list) => lines.set(list)", orders)
    assert lines.evaluate(SHOWN) == {
        "lines": [[100, "line buy"], [200, "line sell"]],
        "tags": [[100, "buy 0.5 @ 100.0"], [200, "stop <b> · sell @ 200.0"]],
    }
    lines.evaluate("(_, list) => lines.set(list)", [order("a", 150, "sell", 12_000)])
    assert lines.evaluate(SHOWN) == {
        "lines": [[150, "line sell"]],
        "tags": [[150, "sell 12,000 @ 150.0"]],
    }


def test_lines_out_of_the_frame_and_without_a_frame_are_hidden(lines):
    orders = [order("a", -1), order("b", 401), order("c", 200)]
    lines.evaluate("(_, list) => lines.set(list)", orders)
    assert len(lines.evaluate(SHOWN)["lines"]) == 1
    lines.evaluate("() => { window.space = null; lines.place(); }")
    assert lines.evaluate(SHOWN) == {"lines": [], "tags": []}
    lines.evaluate("() => lines.close()")
    assert lines.evaluate("() => document.body.children.length") == 0

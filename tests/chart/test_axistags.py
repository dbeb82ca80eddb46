"""Tags at the axes keep apart, near to their values, and clear of the last price."""

import random
from itertools import pairwise

import pytest
from inview import drawn

from livefin.chart import Chart


@pytest.fixture
def lines(modules):
    return modules("axistags")


@pytest.mark.parametrize(
    ("heights", "moved"),
    [
        ([50, 100], [50, 100]),
        ([50, 50], [45, 55]),
        ([50, 55], [47.5, 57.5]),
        ([50, 50, 50], [40, 50, 60]),
        ([2, 3], [0, 10]),
        ([198, 199], [190, 200]),
        ([40, 40, 55, 56], [32.75, 42.75, 52.75, 62.75]),
        ([], []),
    ],
)
def test_tags_keep_apart_and_move_as_little_as_can_be(lines, heights, moved):
    result = lines.evaluate("({apart}, heights) => apart(heights, 10, [0, 200])", heights)
    assert result == moved


def test_any_tags_that_fit_keep_apart_within_the_frame(lines):
    choice = random.Random(11)
    for _ in range(50):
        heights = sorted(choice.uniform(0, 400) for _ in range(choice.randrange(1, 21)))
        moved = lines.evaluate("({apart}, heights) => apart(heights, 19, [0, 400])", heights)
        assert moved[0] >= 0
        assert moved[-1] <= 400
        assert all(b - a >= 19 - 1e-9 for a, b in pairwise(moved))


def test_tags_are_moved_clear_of_the_last_price_to_their_own_side(lines):
    choice = random.Random(5)
    for _ in range(50):
        fixed = {"y": choice.uniform(0, 400), "half": 16}
        heights = sorted(choice.uniform(0, 400) for _ in range(choice.randrange(1, 15)))
        moved = lines.evaluate("({aside}, ...given) => aside(...given)", heights, [0, 400], fixed)
        assert len(moved) == len(heights)
        assert all(b - a >= 18 - 1e-9 for a, b in pairwise(moved))
        assert all(abs(at - fixed["y"]) >= 16 + 9 - 1e-9 for at in moved)
        if 150 < fixed["y"] < 250:
            assert [at < fixed["y"] for at in moved] == [at < fixed["y"] for at in heights]


TAGS = """({view: {hud, layers}}) => [hud.price,
    ...layers.alerts.root.querySelectorAll(".tag"),
    ...layers.drawings.root.querySelectorAll("rect.tag"),
  ].map((tag) => tag.getBoundingClientRect()).map((box) => [box.top, box.bottom, box.height])"""


def test_no_tag_at_the_axis_lies_on_another(stage, feed):
    chart = Chart(feed)
    last = feed.bars()["BTC-USDT"].df.close.iloc[-1]
    for near in (0.99999, 1.0, 1.00001):
        chart.alerts.add(above=last * near)
    chart.drawings.add("level", last)
    chart.drawings.add("level", last * 1.00002)
    shown = drawn(stage(chart))
    tags = shown.evaluate(TAGS)
    assert len(tags) == 6
    assert all(height > 14 for *_, height in tags)
    for (_, bottom, _), (top, *_) in pairwise(sorted(tags)):
        assert top >= bottom - 0.5
    box = shown.box()
    assert all(box["y"] < top and bottom < box["y"] + box["height"] for top, bottom, _ in tags)

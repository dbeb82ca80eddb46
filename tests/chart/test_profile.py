"""The volume profile: nothing lost, and its value area as worked out by hand."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PROFILE = """({ profile }, bars, rows, range) => {
  const column = (c) => Float64Array.from(bars, (bar) => bar[c] ?? NaN);
  const [open, high, low, close, volume] = [0, 1, 2, 3, 4].map(column);
  return profile({ count: bars.length, open, high, low, close, volume }, rows, range);
}"""


@pytest.fixture
def profile(modules):
    """profile(bars, rows, range) of bars (open, high, low, close, volume)."""
    page = modules("profile")
    return lambda bars, rows, span: page.evaluate(PROFILE, bars, rows, span)


def flat(price, volume):
    return [price, price, price, price, volume]


def test_a_bars_volume_is_spread_evenly_over_its_prices(profile):
    made = profile([[1, 4, 0, 3, 8.0], [3, 3, 2, 2, 5.0]], 4, [0, 4])
    assert made["price"] == [0, 1, 2, 3, 4]
    assert made["up"] == [2, 2, 2, 2]
    assert made["down"] == [0, 0, 5, 0]
    assert made["poc"] == 2


def test_a_flat_bar_goes_into_its_one_row(profile):
    made = profile([flat(2.5, 7.0), flat(4, 1.0), flat(0, 2.0)], 4, [0, 4])
    assert made["up"] == [2, 0, 7, 1], "the highest price belongs to the highest row"


def test_bars_out_of_the_range_widen_it(profile):
    made = profile([flat(-4, 1.0), flat(4, 3.0)], 4, [0, 2])
    assert made["price"] == [-4, -2, 0, 2, 4]
    assert made["up"] == [1, 0, 0, 3]


def test_bars_of_one_price_still_have_rows_of_some_height(profile):
    made = profile([flat(100, 3.0)], 5, [100, 100])
    assert made["price"] == sorted(set(made["price"]))
    assert made["up"] == [0, 0, 3, 0, 0]


@pytest.mark.parametrize(
    ("volumes", "poc", "value"),
    [
        # The fuller pair is taken each time: 10, + (6 + 5) above, then 21 of 30 are 70 %.
        ([1, 2, 3, 10, 6, 5, 3], 3, [3, 5]),
        # Below is fuller: 10 + (7 + 1).
        ([1, 7, 10, 1, 1, 1], 2, [0, 2]),
        # At the end of the rows only the other side is left.
        ([10, 1, 1, 1, 1, 1], 0, [0, 2]),
        ([1, 1, 1, 1, 1, 10], 5, [3, 5]),
        # One full row is enough.
        ([0, 0, 9, 1], 2, [2, 2]),
        # A tie goes up.
        ([1, 1, 4, 1, 1], 2, [2, 4]),
    ],
)
def test_the_value_area_grows_by_the_fuller_two_rows(profile, volumes, poc, value):
    bars = [flat(i + 0.5, float(volume)) for i, volume in enumerate(volumes)]
    made = profile(bars, len(volumes), [0, len(volumes)])
    assert (made["poc"], made["value"]) == (poc, value)


def test_without_volume_there_is_no_point_of_control(profile):
    for bars in ([], [flat(1, 0.0)], [[None] * 4 + [5.0]], [[1, 1, 1, 1, None]]):
        made = profile(bars, 3, [0, 3])
        assert made["up"] == made["down"] == [0, 0, 0]
        assert (made["poc"], made["value"]) == (-1, [-1, -1])


def test_a_range_that_is_not_known_yet_is_that_of_the_bars(modules):
    price = modules("profile").evaluate(
        """({ profile }) => {
          const none = { count: 0 };
          const one = { count: 1, open: [1], high: [3], low: [1], close: [1], volume: [1] };
          return [none, one].map((marks) => profile(marks, 2, [Infinity, -Infinity]).price);
        }"""
    )
    assert price == [[0, 0.5, 1], [1, 2, 3]]


PRICE = st.floats(-1e4, 1e5, allow_nan=False)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    prices=st.lists(st.tuples(PRICE, PRICE, PRICE, PRICE, st.floats(0, 1e6)), max_size=30),
    rows=st.integers(1, 200),
    span=st.tuples(PRICE, PRICE).map(sorted),
)
def test_the_profile_adds_up_to_the_bars_volume(profile, prices, rows, span):
    bars = [[o, max(o, c, a, b), min(o, c, a, b), c, v] for o, a, b, c, v in prices]
    made = profile(bars, rows, span)
    total = sum(bar[4] for bar in bars)
    up, down = made["up"], made["down"]
    assert sum(up) == pytest.approx(sum(bar[4] for bar in bars if bar[3] >= bar[0]), abs=1e-6)
    assert sum(up) + sum(down) == pytest.approx(total, abs=1e-6)
    assert min(up + down) > -1e-6
    if made["poc"] >= 0:
        volume = [a + b for a, b in zip(up, down, strict=True)]
        first, last = made["value"]
        assert 0 <= first <= made["poc"] <= last < rows
        assert sum(volume[first : last + 1]) >= 0.7 * sum(volume) * (1 - 1e-9)


def test_columns_lie_at_the_right_edge_with_the_fullest_row_as_long_as_the_share(modules):
    made = modules("profile").evaluate(
        """({ columns }) => columns({
          price: [0, 10, 20, 30], up: Float64Array.of(3, 1, 0), down: Float64Array.of(1, 0, 0),
        }, 0.4)"""
    )
    up, down = made["up"], made["down"]
    assert up["x"] == pytest.approx([0.7, 1, 1, 0.7, None, 0.9, 1, 1, 0.9, None])
    assert up["y"] == pytest.approx([0.5, 0.5, 9.5, 9.5, None, 10.5, 10.5, 19.5, 19.5, None])
    assert down["x"] == pytest.approx([0.6, 0.7, 0.7, 0.6, None]), "stacked on what rose"


def test_a_profile_without_volume_draws_nothing(modules):
    assert modules("profile").evaluate(
        "({ columns }) => columns({ price: [0, 1], up: [0], down: [0] }, 0.4)"
    ) == {"up": {"x": [], "y": []}, "down": {"x": [], "y": []}}

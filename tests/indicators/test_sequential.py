"""DeMark's setups and the levels they leave behind, held against their definitions."""

from math import isnan
from random import Random

import pytest
from oracle import furthest
from seeded import made

from livefin.indicators.bars.sequential import TDCountdown, TDSetup, TDTrend
from livefin.indicators.contract import BarRow

CALM = list(made("bars", 160))
# Bars with a lean, now up and now down, that setups are complete; some closes are equal.
LEANING = [
    row._replace(
        **{
            name: round(getattr(row, name) + 0.15 * abs((i + 20) % 80 - 40), 1)
            for name in ("high", "low", "close")
        }
    )
    for i, row in enumerate(CALM)
]


def jumping(seed, count=200):
    """Bars that run one way, then the other, and jump now and then."""
    random, price, lean, rows = Random(seed), 100.0, 0.0, []
    for i in range(count):
        if random.random() < 0.05:
            lean = random.uniform(-1, 1)
        begin, price = price, price + lean + random.choice([-0.5, 0.0, 0.5])
        if random.random() < 0.03:
            price = begin = price + 20 * lean
        high, low = max(begin, price) + 0.2, min(begin, price) - 0.2
        prices = (round(x, 1) for x in (begin, high, low, price))
        rows.append(BarRow(i, *prices, 1.0))
    return rows


KINDS = {"calm": CALM, "leaning": LEANING, "one": jumping(1), "two": jumping(2)}


@pytest.mark.parametrize("rows", KINDS.values(), ids=KINDS)
def test_setups_and_their_levels_are_their_definition(rows):
    assert furthest(TDSetup(), rows) == 0
    assert furthest(TDTrend(), rows) == 0
    assert furthest(TDCountdown(), rows) == 0


def test_the_leaning_bars_have_setups_of_both_kinds():
    setup = TDSetup()
    values = [setup.update(row) for row in LEANING]
    assert {perfect for _, _, perfect in values if not isnan(perfect)} == {1.0, 0.0, -1.0}
    assert max(buy for buy, _, _ in values if not isnan(buy)) > 9
    assert max(sell for _, sell, _ in values if not isnan(sell)) > 9


def test_a_later_bar_can_make_a_setup_perfect():
    setup, closes = TDSetup(), [20.0 - i for i in range(13)]
    for i, close in enumerate(closes):
        low = 1.0 if i in (9, 10) else close  # bars 6 and 7 of the setup
        _, _, perfect = setup.update(BarRow(i, close, close, low, close, 1.0))
    assert perfect == 0
    assert setup.peek(BarRow(13, 30.0, 30.0, 1.0, 30.0, 1.0))[2] == 0
    assert setup.update(BarRow(13, 30.0, 30.0, 0.5, 30.0, 1.0)) == (0.0, 1.0, 1.0)
    assert setup.update(BarRow(14, 30.0, 30.0, 0.5, 30.0, 1.0))[2] == 0


def falling(count):
    return [BarRow(i, x, x, x, x, 1.0) for i, x in enumerate(range(100, 100 - count, -1))]


def test_a_countdown_begins_with_the_ninth_bar_and_ends_after_thirteen():
    countdown = TDCountdown()
    values = [countdown.update(row)[0] for row in falling(40)]
    assert values[11:13] == [0.0, 1.0]  # bars 8 and 9 of the setup
    assert max(values[4:]) == 13.0
    assert values[values.index(13.0) + 1] == 0.0


def test_the_thirteenth_bar_waits_until_it_is_below_the_eighth():
    countdown, rows = TDCountdown(), falling(40)
    for row in rows[:24]:
        values = countdown.update(row)
    assert values == (12.0, 0.0)
    eighth = rows[12 + 7].close
    near = rows[24]._replace(low=eighth + 1, high=eighth + 5)
    assert countdown.peek(near) == (12.0, 0.0)
    assert countdown.peek(near._replace(low=eighth)) == (13.0, 0.0)


def test_a_bar_beyond_the_level_of_the_setup_ends_the_countdown():
    countdown, rows = TDCountdown(), falling(20)
    for row in rows:
        countdown.update(row)
    high = max(row.high for row in rows[4:13])
    gap = BarRow(20, *[high + 1.0] * 4, 1.0)
    assert countdown.update(gap) == countdown.update(gap._replace(low=high))  # the close before
    assert countdown.update(gap) == (0.0, 0.0)

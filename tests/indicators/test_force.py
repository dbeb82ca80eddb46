"""Klinger's oscillator and Arms' ease of movement, held against their definitions."""

import pytest
from oracle import furthest
from seeded import made

from livefin.errors import IndicatorError
from livefin.indicators.bars.force import EaseOfMovement, KlingerOscillator
from livefin.indicators.contract import BarRow

ROWS = list(made("bars", 90))


@pytest.mark.parametrize("force", ["common", "article"])
@pytest.mark.parametrize(("fast", "slow", "signal"), [(3, 7, 4), (8, 2, 1)])
def test_klingers_oscillator_is_its_definition(force, fast, slow, signal):
    oscillator = KlingerOscillator(fast, slow=slow, signal=signal, force=force)
    assert furthest(oscillator, ROWS, least=1e-2) < 1e-12


def test_the_first_value_is_that_of_the_slow_average():
    oscillator = KlingerOscillator(3, slow=5, signal=4)
    lines = [oscillator.update(row) for row in ROWS]
    found = [[values[i] == values[i] for values in lines].index(True) for i in range(2)]
    assert found == [oscillator.lookback, oscillator.lookback + 3] == [6, 9]


def test_a_price_a_last_digit_higher_rises():
    # As rounded sums the two bars are one.
    low = BarRow(0, 1e6, 1e6 + 0.1, 1e6 - 0.1, 1e6, 1.0)
    high = low._replace(close=1e6 + 2e-10)
    assert low.high + low.low + low.close == high.high + high.low + high.close
    rising, level = KlingerOscillator(1, slow=2), KlingerOscillator(1, slow=2)
    for oscillator, last in ((rising, high), (level, low)):
        for row in (low, low, low, low, last):
            (kvo, _) = oscillator.update(row)
        assert (kvo > 0) == (oscillator is rising)


def test_bars_that_do_not_move_have_no_force():
    oscillator = KlingerOscillator(1, slow=2, signal=1)
    for i in range(6):
        values = oscillator.update(BarRow(i, 5.0, 5.0, 5.0, 5.0, 9.0))
    assert values == (0.0, 0.0)


@pytest.mark.parametrize("n", [1, 6])
@pytest.mark.parametrize("scale", [1.0, 1e8])
def test_the_ease_of_movement_is_its_definition(n, scale):
    rows = [row._replace(volume=0.0) if i % 9 == 4 else row for i, row in enumerate(ROWS)]
    assert furthest(EaseOfMovement(n, scale=scale), rows, least=scale * 1e-6) < 1e-12


@pytest.mark.parametrize("wrong", [{"n": 0}, {"scale": 0.0}, {"scale": float("inf")}])
def test_what_is_no_ease_is_refused(wrong):
    with pytest.raises(IndicatorError):
        EaseOfMovement(**wrong)

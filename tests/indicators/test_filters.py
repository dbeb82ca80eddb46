"""Jurik's average, Ehlers' filters and the relative average: definitions, and what they let by."""

import numpy as np
import pytest
import talib
from exact import column
from oracle import first, furthest
from seeded import made

from livefin.indicators.bars.filters import JMA, EhlersFilter, RelativeAverage
from livefin.indicators.contract import BarRow

ROWS = list(made("bars", 80))
TOOLS = ("gauss", "butter", "highpass", "highpass2", "bandpass")


def along(indicator, closes):
    rows = [BarRow(i, x, x, x, x, 1.0) for i, x in enumerate(closes)]
    return np.array([indicator.update(row)[0] for row in rows])


@pytest.mark.parametrize(
    ("n", "phase", "power"), [(7, 0.0, 2.0), (1, 50.0, 1.0), (20, -100.0, 0.5), (4, 100.0, 4.0)]
)
def test_juriks_average_is_its_definition(n, phase, power):
    assert furthest(JMA(n, phase=phase, power=power), ROWS) < 1e-13


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(("n", "delta"), [(20, 0.1), (4, 0.4), (9, 0.01)])
def test_ehlers_filters_are_their_definitions(n, delta, tool):
    assert furthest(EhlersFilter(n, tool=tool, delta=delta), ROWS, least=1.0) < 1e-11


@pytest.mark.parametrize("tool", TOOLS)
def test_a_price_that_stands_still_is_let_by_wholly_or_not_at_all(tool):
    indicator = EhlersFilter(9, tool=tool)
    values = along(indicator, [0.1] * 30)[8:]
    smooths = tool in {"gauss", "butter"}
    assert set(values) == {0.1 if smooths else 0.0}
    assert indicator.pane == ("price" if smooths else "new")


@pytest.mark.parametrize(
    ("tool", "share"),
    [("gauss", 0.0), ("butter", 0.0), ("highpass", 1.0), ("highpass2", 1.0), ("bandpass", 0.0)],
)
def test_a_price_that_turns_at_every_bar_is_let_by_by_a_highpass_alone(tool, share):
    values = along(EhlersFilter(20, tool=tool), [100.0, 102.0] * 400)[-40:]
    assert np.ptp(values) / 2 == pytest.approx(share, abs=0.06)


def test_a_bandpass_lets_by_the_swing_that_it_is_for():
    swings = {n: 100 + np.sin(2 * np.pi * np.arange(4_000) / n) for n in (10, 20, 40)}
    heights = {
        n: np.ptp(along(EhlersFilter(20, tool="bandpass"), swings[n])[-200:]) / 2 for n in swings
    }
    assert heights[20] == pytest.approx(1.0, abs=1e-3)
    assert heights[10] < 0.3 > heights[40]


@pytest.mark.parametrize("phase", [-100.0, 0.0, 100.0])
def test_juriks_average_comes_to_rest_at_the_price(phase):
    values = along(JMA(7, phase=phase), [*[10.0] * 10, *[11.0] * 80])
    assert values[6:10] == pytest.approx([10.0] * 4)
    assert values[-1] == pytest.approx(11.0, abs=1e-9)


def test_more_phase_is_less_lag():
    slow, quick = (along(JMA(9, phase=phase), np.arange(80.0))[-1] for phase in (-100.0, 100.0))
    assert slow < quick


@pytest.mark.parametrize("n", [1, 6])
def test_the_relative_average_is_its_definition_and_made_of_talibs_means(n):
    assert furthest(RelativeAverage(n), ROWS) < 1e-13
    close = np.array(column(ROWS, "close"), float)
    short, middle, long = (
        close if times * n == 1 else talib.SMA(close, times * n) for times in (1, 2, 3)
    )
    np.testing.assert_allclose(along(RelativeAverage(n), close), short - middle + long, rtol=1e-12)


@pytest.mark.parametrize(
    "indicator",
    [JMA(4), EhlersFilter(9), RelativeAverage(3)],
    ids=str,
)
def test_values_begin_where_it_says(indicator):
    assert first(indicator, ROWS) == indicator.lookback

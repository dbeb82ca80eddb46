"""A planted fault is detected, and no honest indicator is blamed, each by its name.

A third of each, for the sake of time; `python tests/trust/planted.py` checks them all.
"""

import planted
import planted_faults
import planted_honest
import planted_later
import planted_rare
import pytest

from livefin.trust.checking import check

MARKET = planted.market()
LONG = 60.0
"""Seconds: a fault is looked for to the end of the plan, however busy the machine is."""
EACH = 3


def test_there_are_enough_of_both():
    for module in (planted_faults.fault, planted_later.fault, planted_rare.fault):
        assert module is planted.fault
    assert planted_honest.honest is planted.honest
    assert len(planted.FAULTS) >= 90
    assert len(planted.HONEST) >= 70


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", list(planted.FAULTS)[::EACH])
def test_a_planted_fault_is_detected(name):
    verdict = check(planted.FAULTS[name], MARKET, budget=LONG)
    assert not verdict.honest, verdict
    for finding in verdict.failed:
        if finding.check in {"look-ahead", "repaint", "stream", "steady"}:
            assert finding.bar is not None
            assert finding.values is not None


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", list(planted.HONEST)[::EACH])
def test_an_honest_indicator_is_not_blamed(name):
    verdict = check(planted.HONEST[name], MARKET, budget=1.5)
    assert verdict.honest, verdict

"""Effective and realised spreads and price impact, held against exact ones."""

from math import isnan

import pytest
from alike import matches
from hypothesis import given
from hypothesis import strategies as st
from oracle_costs import quoted
from seeded import S, made

from livefin.errors import IndicatorError
from livefin.indicators.contract import QuotedRow
from livefin.indicators.flow.tradecost import EffectiveSpread, PriceImpact, RealisedSpread

ways = st.fixed_dictionaries(
    {
        "window": st.sampled_from([1, 2, 7]),
        "unit": st.sampled_from(["price", "bps"]),
        "unknown": st.sampled_from(["tick", "skip"]),
    }
)
horizons = st.sampled_from(["1s", "300ms", "10s"])
LATER = pytest.mark.parametrize("cls", [RealisedSpread, PriceImpact])


@given(quoted, ways)
def test_the_effective_spread_is_its_definition(rows, way):
    matches(EffectiveSpread(**way), rows, least=1e-3)


@LATER
@given(rows=quoted, way=ways, horizon=horizons)
def test_what_is_known_later_is_its_definition(cls, rows, way, horizon):
    matches(cls(horizon=horizon, **way), rows, least=1e-3)


@pytest.mark.parametrize("unit", ["price", "bps"])
def test_the_effective_spread_is_what_was_kept_and_what_moved(unit):
    rows = list(made("quoted", 150))
    effective = EffectiveSpread(window=100, unit=unit)
    kept, moved = (cls(window=100, unit=unit) for cls in (RealisedSpread, PriceImpact))
    for row in rows:
        told = effective.update(row), kept.update(row), moved.update(row)
    (paid,) = told[0]
    end = QuotedRow(rows[-1].time + 3_600 * S, *rows[0][1:])  # by then all of them are known
    (realised,), (impact,) = kept.update(end), moved.update(end)
    assert realised + impact == pytest.approx(paid, rel=1e-12)
    assert abs(impact) > 1e-3


@LATER
def test_nothing_is_told_before_it_is_known(cls):
    indicator = cls(window=1, horizon="5s")
    for ms in (0, 3_000, 4_999):
        assert isnan(indicator.update(QuotedRow(ms * 10**6, 10.0, 1.0, 1, 9.0, 10.0))[0])
    assert not isnan(indicator.update(QuotedRow(5 * S, 10.0, 1.0, 1, 9.5, 10.0))[0])


def test_large_trades_weigh_more():
    effective = EffectiveSpread(window=2)
    effective.update(QuotedRow(0, 10.0, 99.0, 1, 9.0, 10.0))
    assert effective.update(QuotedRow(0, 10.0, 1.0, 1, 9.9, 10.0))[0] == pytest.approx(0.991)


def test_what_is_no_horizon_or_window_is_refused():
    with pytest.raises(IndicatorError, match="length of time"):
        RealisedSpread(horizon="soon")
    with pytest.raises(IndicatorError, match="window"):
        PriceImpact(window=0)

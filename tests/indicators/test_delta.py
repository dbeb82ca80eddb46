"""Volume deltas, held against sums of fractions by session."""

import flowrows
import pandas as pd
import pytest
from alike import matches
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import IndicatorError
from livefin.indicators.contract import TradeRow
from livefin.indicators.flow.delta import CVD, VolumeDelta

sessions = st.sampled_from(["1D", "all"])
zones = st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata"])
rules = st.sampled_from(["tick", "skip"])


@given(flowrows.trades, sessions, zones, rules)
def test_cvd_is_the_exact_sum_since_the_session_began(rows, session, tz, unknown):
    matches(CVD(session=session, tz=tz, unknown=unknown), rows, least=1e-3)


@given(flowrows.trades, st.sampled_from(["1s", "1min"]), rules)
def test_delta_is_the_exact_sum_since_the_bar_began(rows, interval, unknown):
    matches(VolumeDelta(interval=interval, unknown=unknown), rows, least=1e-3)


def test_a_day_is_the_zones_own_also_when_the_clocks_change():
    cvd = CVD(tz="Europe/Berlin")
    # 29 March 2026 has 23 hours in Berlin: from 23:00 to 22:00 UTC.
    times = ["03-28 22:59:59", "03-28 23:00", "03-29 21:59:59", "03-29 22:00", "03-30 21:59:59"]
    values = [
        cvd.update(TradeRow(pd.Timestamp(f"2026-{time}", tz="UTC").value, 10.0, 1.0, 1))
        for time in times
    ]
    assert values == [(1.0,), (1.0,), (2.0,), (1.0,), (2.0,)]


def test_a_late_trade_does_not_bring_back_the_session_before():
    delta = VolumeDelta(interval="1s")
    rows = [TradeRow(ms * 10**6, 10.0, 1.0, 1) for ms in (900, 1_100, 950, 1_200)]
    assert [delta.update(row) for row in rows] == [(1.0,), (1.0,), (2.0,), (3.0,)]


def test_what_is_no_session_zone_or_rule_is_refused():
    for wrong in ({"session": "a day"}, {"tz": "Mars/Olympus"}, {"unknown": "guess"}):
        with pytest.raises(IndicatorError):
            CVD(**wrong)

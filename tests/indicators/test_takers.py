"""The tick rule, held against the definition in Lee and Ready's words."""

import flowrows
import oracle_flow as oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import IndicatorError
from livefin.indicators.contract import TradeRow
from livefin.indicators.flow.takers import Taker, is_trade


@given(flowrows.trades, st.sampled_from(["tick", "skip"]))
def test_an_unknown_side_is_that_of_the_last_change_of_price(rows, unknown):
    rows = [row for row in rows if is_trade(row)]
    taker = Taker(unknown)
    found = []
    for row in rows:
        looked = taker.sign(row)
        found.append(taker.take(row))
        assert looked == found[-1]
    assert found == oracle.signs(rows, unknown)


def test_a_side_that_is_known_stays_and_its_price_counts_for_the_next():
    taker = Taker("tick")
    rows = [TradeRow(0, 10.0, 1.0, 1), TradeRow(1, 9.0, 1.0, 1), TradeRow(2, 9.0, 1.0, 0)]
    assert [taker.take(row) for row in rows] == [1, 1, -1]


def test_what_is_no_rule_is_refused():
    with pytest.raises(IndicatorError, match="tick, skip"):
        Taker("quote")

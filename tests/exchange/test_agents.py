"""The crowd: that what it makes is a market, for long and with any seed."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.exchange.agents import FURTHEST, LAYERS, MAKERS, PUBLIC, Crowd, FairValue
from livefin.exchange.instruments import INSTRUMENTS
from livefin.exchange.matching import LimitOrderBook

ACTS = 4_000


def trade(symbol, seed, acts=ACTS, dt=0.025):
    instrument = INSTRUMENTS[symbol]
    crowd, book = Crowd(instrument, Random(seed)), LimitOrderBook()
    crowd.open(book)
    prices, spreads = [], []
    for _ in range(acts):
        outcomes = crowd.act(book, dt)
        prices += [instrument.price(fill.price) for o in outcomes for fill in o.fills]
        if book.best_bid is not None and book.best_ask is not None:
            spreads.append(book.best_ask - book.best_bid)
    return instrument, book, crowd, prices, spreads


@pytest.mark.parametrize("symbol", INSTRUMENTS)
@pytest.mark.parametrize("seed", [1, 2])
def test_it_trades_near_its_fair_value(symbol, seed):
    instrument, book, crowd, prices, spreads = trade(symbol, seed)
    assert len(prices) > ACTS / 8  # it does not stall
    assert len(spreads) > 0.99 * ACTS  # both sides are there
    assert all(0.8 * instrument.start < price < 1.25 * instrument.start for price in prices)
    assert len(set(prices)) > 10  # it moves
    assert instrument.price(book.best_bid) == pytest.approx(crowd.fair.value, rel=0.01)
    assert sorted(spreads)[len(spreads) // 2] < instrument.start * 10**instrument.price_digits / 500
    # nothing piles up: every maker's layers, both sides, and the public's
    assert len(book) <= 2 * MAKERS * LAYERS + PUBLIC


def test_volatility_comes_in_clusters():
    fair = FairValue(Random(5), start=100.0, volatility=1e-4)
    moves, last = [], 100.0
    for _ in range(20_000):
        fair.step(1.0)
        moves.append(abs(math.log(fair.value / last)))
        last = fair.value
    mean = sum(moves) / len(moves)
    lagged = sum((a - mean) * (b - mean) for a, b in zip(moves, moves[5:], strict=False))
    assert lagged / sum((a - mean) ** 2 for a in moves) > 0.05  # 20,000 draws: noise is 0.007
    tail = sum(move > 4 * mean for move in moves) / len(moves)
    assert tail > 0.0025  # a normal walk has 0.0014


@given(st.integers(), st.floats(1e-6, 0.5), st.lists(st.floats(0, 1e6), min_size=1, max_size=300))
def test_the_fair_value_is_bounded_whatever_the_volatility(seed, volatility, steps):
    fair = FairValue(Random(seed), start=50.0, volatility=volatility)
    for dt in steps:
        fair.step(dt)
        assert 50 * math.exp(-FURTHEST) * 0.999 <= fair.value <= 50 * math.exp(FURTHEST) * 1.001


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_a_swept_side_comes_back_at_once(side):
    _, book, crowd, _, _ = trade("ACME", 3, acts=200)
    book.market(side, 10**12)
    assert book.best_ask is None or book.best_bid is None
    for _ in range(MAKERS * 10):
        crowd.act(book, 0.025)
    assert book.best_bid < book.best_ask


def test_few_acts_with_long_waits_still_make_a_market():
    instrument, _, crowd, prices, _ = trade("BTC-USDT", 4, acts=500, dt=60.0)
    assert len(prices) > 100
    assert prices[-1] == pytest.approx(crowd.fair.value, rel=0.02)
    assert min(prices) > instrument.start / 2

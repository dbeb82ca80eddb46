"""Listings on one clock: repeatable to the last digit, numbered without holes."""

from __future__ import annotations

import hashlib
import subprocess
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livefin.errors import SymbolError
from livefin.exchange.instruments import INSTRUMENTS
from livefin.exchange.market import Market, S
from livefin.exchange.process import child_command
from livefin.exchange.protocol import BookDelta, NewOrder, Quote, Trade

ORIGIN = 1_700_000_000 * S


def stream(market, seconds, parts=1):
    out = []
    for part in range(1, parts + 1):
        out += market.advance(market.origin + seconds * S * part // parts).public
    return out


def test_one_seed_one_market_however_it_is_advanced():
    first, second = (Market(seed=9, origin=ORIGIN, history=20) for _ in range(2))
    assert stream(first, 10) == stream(second, 10, parts=777)
    assert first["ACME"].trades == second["ACME"].trades
    assert stream(Market(seed=10, origin=ORIGIN, history=20), 10) != stream(first, 10)


def test_the_same_in_another_interpreter():
    # hash randomisation differs there
    code = (
        "from livefin.exchange.market import Market, S;import hashlib, msgspec;"
        f"out = Market(seed=4, origin={ORIGIN}).advance({ORIGIN} + 5 * S).public;"
        "print(hashlib.sha256(msgspec.json.encode(out)).hexdigest())"
    )
    command = child_command(code)
    there = subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603 - ours
    here = msgspec.json.encode(Market(seed=4, origin=ORIGIN).advance(ORIGIN + 5 * S).public)
    assert there.decode().strip() == hashlib.sha256(here).hexdigest()


def test_a_symbol_does_not_depend_on_its_neighbours():
    alone = stream(Market(["ACME"], seed=2, origin=ORIGIN), 5)
    among = [m for m in stream(Market(seed=2, origin=ORIGIN), 5) if m.symbol == "ACME"]
    assert alone == among


def test_numbers_have_no_holes_and_deltas_rebuild_the_book():
    market = Market(seed=3, origin=ORIGIN, history=30)
    books, ids, times = {}, {}, {}
    for symbol, listing in market.listings.items():
        snapshot = listing.snapshot(0)
        books[symbol] = ({"b": dict(snapshot.bids), "a": dict(snapshot.asks)}, snapshot.sequence)
        ids[symbol] = listing.trades[-1].id
    quotes = 0
    for message in stream(market, 20):
        symbol = message.symbol
        assert times.get(symbol, 0) <= message.ts
        times[symbol] = message.ts
        sides, sequence = books[symbol]
        if isinstance(message, Trade):
            assert message.id == ids[symbol] + 1
            ids[symbol] += 1
        elif isinstance(message, BookDelta):
            assert message.first == sequence + 1
            assert message.last - message.first + 1 == len(message.bids) + len(message.asks)
            for side, levels in (("b", message.bids), ("a", message.asks)):
                for price, size in levels:
                    sides[side][price] = size
                    if not size:
                        del sides[side][price]
            books[symbol] = (sides, message.last)
        elif isinstance(message, Quote):
            # at its sequence, a quote is the top of the book the deltas give
            quotes += 1
            bid, ask = max(sides["b"]), min(sides["a"])
            assert message.sequence == sequence
            assert (message.bid, message.bid_size) == (bid, sides["b"][bid])
            assert (message.ask, message.ask_size) == (ask, sides["a"][ask])
    assert quotes > 500
    for symbol, (sides, sequence) in books.items():
        snapshot = market[symbol].snapshot(0)
        assert (dict(snapshot.bids), dict(snapshot.asks)) == (sides["b"], sides["a"])
        assert snapshot.sequence == sequence


def test_history_runs_up_to_the_origin():
    market = Market(seed=1, origin=ORIGIN, history=120)
    assert market.events == 0
    for listing in market.listings.values():
        trades = list(listing.trades)
        assert len(trades) > 100
        assert ORIGIN - 120 * S <= trades[0].ts < ORIGIN - 100 * S
        assert trades[-1].ts < ORIGIN
        assert all(b.id == a.id + 1 and b.ts >= a.ts for a, b in pairwise(trades))


@pytest.mark.parametrize("rate", [5, 40, 400])
def test_the_rate_is_the_rate(rate):
    market = Market(["BTC-USDT"], rate=rate, origin=ORIGIN)
    market.advance(ORIGIN + 4_000 // rate * S)
    assert market.events == pytest.approx(4_000, rel=0.1)


def test_a_limit_bounds_one_call():
    market = Market(rate=1_000, origin=ORIGIN)
    market.advance(ORIGIN + 10 * S, limit=50)
    assert market.events == 50
    assert market.next_at < ORIGIN + S


@pytest.mark.parametrize("hours", [1, -1])
def test_realign_moves_the_clock_and_nothing_else(hours):
    market, twin = (Market(["ACME"], seed=6, origin=ORIGIN) for _ in range(2))
    assert market.realign(ORIGIN, S) == 0
    moved = market.realign(ORIGIN + hours * 3600 * S, S)
    assert moved == pytest.approx(hours * 3600 * S, rel=1e-3)
    out, other = (m.advance(m.next_at + 5 * S).public for m in (market, twin))
    assert [msgspec.structs.replace(m, ts=m.ts - moved) for m in out] == other


def test_names_and_instruments():
    own = msgspec.structs.replace(INSTRUMENTS["ACME"], symbol="MINE", start=5.0)
    assert list(Market([own, "ACME", "ACME"]).listings) == ["MINE", "ACME"]
    assert list(Market("ACME").listings) == ["ACME"]
    with pytest.raises(SymbolError, match="BTC-USDT"):
        Market(["NOPE"])
    with pytest.raises(SymbolError):
        Market([])
    for rate in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="rate"):
            Market(rate=rate)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["buy", "sell"]),
            st.one_of(st.none(), st.floats(0.45, 2.1)),
            st.floats(1e-3, 2e6),
            st.booleans(),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_no_client_can_break_the_market(orders):
    market = Market(["ACME"], seed=8, origin=ORIGIN)
    listing, now = market["ACME"], ORIGIN
    sequence = listing.sequence
    for side, where, size, ioc in orders:
        price = None if where is None else round(where * 100, 2)
        kind = "market" if price is None else "limit"
        order = NewOrder("ACME", side, float(round(size)) or 1.0, kind, price, ioc)
        now += S // 5
        out = market.advance(now)
        out.public.extend(listing.order(1, order, now).public)
        for delta in (m for m in out.public if isinstance(m, BookDelta)):
            assert delta.first == sequence + 1
            sequence = delta.last
    listing.cancel_all(1, now)
    market.advance(now + 30 * S)
    quote = listing.quote(0)
    assert quote is not None
    assert 90 < quote.bid < quote.ask < 110

"""REST answers, without HTTP."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.exchange import rest
from livefin.exchange.market import Market, S

MARKET = Market(["BTC-USDT", "ACME"], seed=2, origin=10**18, history=120)


def get(target):
    status, body = rest.respond(MARKET, target, 10**18, clients=3)
    return status, json.loads(body)


def test_symbols_and_health():
    status, body = get("/symbols")
    assert status == 200
    assert [s["symbol"] for s in body["symbols"]] == ["BTC-USDT", "ACME"]
    assert (body["symbols"][0]["tick"], body["symbols"][1]["lot"]) == (0.1, 1)
    assert get("/health") == (200, {"status": "ok", "ts": 10**18, "clients": 3, "events": 0})


def test_trades_are_the_latest_oldest_first():
    held = MARKET["ACME"].trades
    status, body = get("/trades?symbol=ACME&limit=3")
    assert status == 200
    assert [t["id"] for t in body["trades"]] == [t.id for t in list(held)[-3:]]
    assert body["trades"][-1]["ts"] == held[-1].ts < 10**18
    assert len(get("/trades?symbol=ACME&limit=10000")[1]["trades"]) == len(held)
    assert len(get("/trades?symbol=ACME")[1]["trades"]) == min(500, len(held))


def test_book_and_its_depth():
    body = get("/book?symbol=ACME")[1]
    assert body["sequence"] == MARKET["ACME"].sequence
    best = get("/book?symbol=ACME&depth=2")[1]
    assert (best["bids"], best["asks"]) == (body["bids"][:2], body["asks"][:2])


def test_ticker_sums_up_the_trades():
    body, held = get("/ticker?symbol=BTC-USDT")[1], MARKET["BTC-USDT"].trades
    prices = [t.price for t in held]
    assert (body["high"], body["low"], body["last"]) == (max(prices), min(prices), prices[-1])
    assert body["since"] >= 10**18 - 120 * S
    assert body["volume"] == pytest.approx(sum(t.size for t in held))
    assert body["bid"] < body["ask"]


def test_ticker_before_the_first_trade():
    status, body = rest.respond(Market(["ACME"]), "/ticker?symbol=ACME", 5)
    assert status == 200
    assert json.loads(body)["trades"] == 0
    assert "last" not in json.loads(body)


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/", 404),
        ("/nope", 404),
        ("/trades/", 404),
        ("/../../etc/passwd", 404),
        ("/trades", 400),
        ("/trades?symbol=", 400),
        ("/trades?symbol=XYZ", 404),
        ("/trades?symbol=" + "A" * 10_000, 404),
        ("/trades?symbol=ACME&limit=0", 400),
        ("/trades?symbol=ACME&limit=-1", 400),
        ("/trades?symbol=ACME&limit=10001", 400),
        ("/trades?symbol=ACME&limit=1e3", 400),
        ("/trades?symbol=ACME&limit=" + "9" * 5_000, 400),
        ("/trades?symbol=ACME&limit=%D9%A3", 400),
        ("/book?symbol=ACME&depth=x", 400),
        ("/book?" + "a=1&" * 50, 400),
        ("//[", 400),
    ],
)
def test_what_cannot_be_answered(target, status):
    got, body = get(target)
    assert got == status
    assert set(body) == {"error"}
    assert len(body["error"]) < 300


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_target_raises(path, query):
    status, body = get(f"/{path}?symbol=ACME&{query}")
    assert status in (200, 400, 404)
    assert isinstance(body, dict)

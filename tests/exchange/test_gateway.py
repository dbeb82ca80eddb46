"""Requests in, frames out: the whole protocol, with neither socket nor clock."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livefin.exchange.gateway import BURST, TOLERANCE, Gateway
from livefin.exchange.listing import MAX_OPEN
from livefin.exchange.market import Market, S

NOW = 1_700_000_000 * S
ALL = ["trades", "quotes", "book"]


@pytest.fixture
def gateway():
    return Gateway(Market(["BTC-USDT", "ACME"], seed=5, origin=NOW, rate=0.001))


def ask(gateway, client, request, now=NOW):
    """Every client's messages that `request` leads to; the asker's under its number."""
    raw = request if isinstance(request, bytes) else json.dumps(request).encode()
    return read(gateway.receive(client, raw, now))


def read(deliveries):
    return {
        client: [json.loads(frame) for frame in frames] for client, frames in deliveries.items()
    }


def order(side="buy", size=10, price=100.0, **more):
    kind = "market" if price is None else "limit"
    body = {"op": "order", "symbol": "ACME", "side": side, "type": kind, "size": size, **more}
    return body if price is None else body | {"price": price}


def best(gateway):
    quote = gateway.market["ACME"].quote(0)
    return quote.bid, quote.ask


def test_subscribing_gives_the_quote_and_the_book(gateway):
    client = gateway.connect()
    request = {"op": "subscribe", "channels": ALL, "symbols": ["ACME"], "id": 1}
    acknowledged, quote, book = ask(gateway, client, request)[client]
    assert acknowledged == {
        "type": "subscribed", "ts": NOW, "channels": ALL, "symbols": ["ACME"], "id": 1,
    }  # fmt: skip
    assert (quote["type"], book["type"]) == ("quote", "book_snapshot")
    assert book["bids"][0] == [quote["bid"], quote["bid_size"]]
    assert book["asks"][0] == [quote["ask"], quote["ask_size"]]
    assert book["bids"] == sorted(book["bids"], reverse=True)
    assert book["asks"] == sorted(book["asks"])
    # once more is acknowledged, but brings no second snapshot
    assert [m["type"] for m in ask(gateway, client, request)[client]] == ["subscribed"]


def test_only_what_was_subscribed_comes():
    gateway = Gateway(Market(seed=5, origin=NOW))
    tape, books = gateway.connect(), gateway.connect()
    ask(gateway, tape, {"op": "subscribe", "channels": ["trades"], "symbols": ["ACME"]})
    ask(gateway, books, {"op": "subscribe", "channels": ["book"], "symbols": ["EUR-USD"]})
    out = gateway.advance(NOW + S // 5)
    for _ in range(20):
        for client, frames in gateway.advance(gateway.market.next_at + S // 5).items():
            out.setdefault(client, []).extend(frames)
    kinds = {c: {(m["type"], m["symbol"]) for m in map(json.loads, out[c])} for c in out}
    assert kinds == {tape: {("trade", "ACME")}, books: {("book_delta", "EUR-USD")}}
    ask(gateway, tape, {"op": "unsubscribe", "channels": ["trades"], "symbols": ["ACME"]})
    assert tape not in gateway.advance(gateway.market.next_at + S // 5)


def test_unsubscribe_and_subscribe_starts_the_book_over(gateway):
    client = gateway.connect()
    both = {"channels": ["book"], "symbols": ["ACME"]}
    ask(gateway, client, {"op": "subscribe", **both})
    ask(gateway, client, order(price=best(gateway)[0] - 5))
    assert ask(gateway, client, {"op": "unsubscribe", **both})[client][0]["type"] == "unsubscribed"
    out = ask(gateway, client, {"op": "subscribe", **both})[client]
    assert [m["type"] for m in out] == ["subscribed", "book_snapshot"]
    assert out[1]["sequence"] == gateway.market["ACME"].sequence


def test_the_known_part_of_a_request_is_carried_out(gateway):
    client = gateway.connect()
    out = ask(
        gateway,
        client,
        {"op": "subscribe", "channels": ["trades", "tea"], "symbols": ["XYZ", "ACME"], "id": "a"},
    )[client]
    assert [m["type"] for m in out] == ["error", "error", "subscribed"]
    assert (out[0]["code"], out[1]["code"]) == ("unknown_channel", "unknown_symbol")
    assert out[1]["symbol"] == "XYZ"
    assert "ACME" in out[1]["message"]
    assert all(m["id"] == "a" for m in out)
    assert (out[2]["channels"], out[2]["symbols"]) == (["trades"], ["ACME"])
    only_wrong = {"op": "subscribe", "channels": ["trades"], "symbols": ["XYZ"]}
    assert [m["type"] for m in ask(gateway, client, only_wrong)[client]] == ["error"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "bad_json"),
        (b"garbage", "bad_json"),
        (b'{"op":"ping"', "bad_json"),
        (b"\xff\xfe\x00\x80", "bad_json"),
        (b'{"op":"\xff"}', "bad_json"),
        (b"[" * 60_000, "bad_request"),
        (b'{"op":"ping","deep":' + b"[" * 60_000, "bad_json"),
        (b'{"op":"ping"}' * 2, "bad_json"),
        (b"[]", "bad_request"),
        (b"null", "bad_request"),
        (b"{}", "bad_request"),
        (b'{"op":"dance"}', "bad_request"),
        (b'{"op":7}', "bad_request"),
        (b'{"op":"subscribe"}', "bad_request"),
        (b'{"op":"subscribe","channels":[],"symbols":["ACME"]}', "bad_request"),
        (b'{"op":"subscribe","channels":"trades","symbols":["ACME"]}', "bad_request"),
        (b'{"op":"ping","id":99999999999999999999999}', "bad_request"),
        (b'{"op":"ping","id":' + b"9" * 5_000 + b"}", "bad_request"),
        (b'{"op":"ping","id":{"a":1}}', "bad_request"),
        (b'{"op":"order","symbol":"ACME","side":"up","size":1}', "bad_request"),
        (b'{"op":"order","symbol":"ACME","side":"buy","size":NaN}', "bad_json"),
        (b'{"op":"order","symbol":"ACME","side":"buy","size":1e999}', "bad_request"),
        (b'{"op":"order","symbol":"NOPE","side":"buy","size":1,"price":1}', "unknown_symbol"),
        (b'{"op":"cancel","order_id":"ACME:1"}', "unknown_order"),
        (b'{"op":"cancel","order_id":"ACME:-1"}', "unknown_order"),
        (b'{"op":"cancel","order_id":"ACME:' + "٣".encode() + b'"}', "unknown_order"),
        (b'{"op":"cancel","order_id":""}', "unknown_order"),
        (b" " * 70_000, "too_large"),
    ],
)
def test_hostile_requests_are_answered(gateway, raw, code):
    client = gateway.connect()
    (answer,) = ask(gateway, client, raw)[client]
    assert (answer["type"], answer["ts"], answer["code"]) == ("error", NOW, code)
    assert len(answer["message"]) < 400
    assert ask(gateway, client, {"op": "ping"})[client] == [{"type": "pong", "ts": NOW}]


@given(st.binary(max_size=200))
def test_no_bytes_raise(raw):
    gateway = Gateway(Market(["ACME"], origin=NOW, rate=0.001))
    client = gateway.connect()
    (answer,) = gateway.receive(client, raw, NOW)[client]
    assert json.loads(answer)["type"] == "error"


def test_heartbeat_goes_to_everybody(gateway):
    clients = [gateway.connect() for _ in range(3)]
    gateway.disconnect(clients[1], NOW)
    beat = json.dumps({"type": "heartbeat", "ts": NOW}, separators=(",", ":")).encode()
    assert gateway.heartbeat(NOW) == {clients[0]: [beat], clients[2]: [beat]}


# Orders


def test_a_resting_order_is_accepted_seen_and_cancelled(gateway):
    maker, watcher = gateway.connect(), gateway.connect()
    ask(gateway, watcher, {"op": "subscribe", "channels": ["book"], "symbols": ["ACME"]})
    price = best(gateway)[0] - 7.77
    price = round(price, 2)
    out = ask(gateway, maker, order(price=price, size=3, client_id="mine"))
    (accepted,) = out[maker]
    assert accepted["status"] == "accepted"
    assert (accepted["client_id"], accepted["size"], accepted["left"]) == ("mine", 3, 3)
    (delta,) = out[watcher]
    assert delta["bids"] == [[price, 3]]
    assert delta["first"] == delta["last"] == gateway.market["ACME"].sequence
    out = ask(gateway, maker, {"op": "cancel", "order_id": accepted["order_id"]})
    assert [m["status"] for m in out[maker]] == ["cancelled"]
    assert out[watcher][0]["bids"] == [[price, 0]]
    again = ask(gateway, maker, {"op": "cancel", "order_id": accepted["order_id"]})
    assert again[maker][0]["code"] == "unknown_order"


def test_two_clients_trade_with_each_other(gateway):
    maker, taker, watcher = (gateway.connect() for _ in range(3))
    ask(gateway, watcher, {"op": "subscribe", "channels": ["trades"], "symbols": ["ACME"]})
    bid, ask_price = best(gateway)
    price = round((bid + ask_price) / 2, 2)
    (accepted,) = ask(gateway, maker, order("sell", 10, price))[maker]
    out = ask(gateway, taker, order("buy", 4, price))
    assert [m["status"] for m in out[taker]] == ["accepted", "filled"]
    (partial,) = out[maker]
    assert (partial["status"], partial["left"]) == ("partially_filled", 6)
    assert partial["order_id"] == accepted["order_id"]
    (trade,) = out[watcher]
    assert (trade["price"], trade["size"], trade["side"]) == (price, 4, "buy")
    assert partial["trade_id"] == out[taker][1]["trade_id"] == trade["id"]
    out = ask(gateway, taker, order("buy", 9, price, ioc=True))
    assert [(m["status"], m["left"]) for m in out[taker]] == [
        ("accepted", 9), ("partially_filled", 3), ("cancelled", 3),
    ]  # fmt: skip
    assert [(m["status"], m["left"]) for m in out[maker]] == [("filled", 0)]
    out = ask(gateway, maker, {"op": "cancel", "order_id": accepted["order_id"]})
    assert out[maker][0]["code"] == "unknown_order"


def test_an_order_that_two_others_fill_in_one_step_is_reported_twice(gateway):
    client, listing = gateway.connect(), gateway.market["ACME"]
    bid, _ = best(gateway)
    price = round(bid + listing.instrument.tick, 2)
    ask(gateway, client, order("sell", 10, price))
    ticks = listing.instrument.ticks(price)
    listing._crowd.act = lambda book, _: [book.limit("buy", ticks, size) for size in (4, 6)]
    executions = [execution for _, execution in listing.step(0.1, NOW).private]
    assert [(e.status, e.left, e.fill_size) for e in executions] == [
        ("partially_filled", 6, 4), ("filled", 0, 6),
    ]  # fmt: skip
    assert listing.cancel(client, int(executions[0].order_id.partition(":")[2]), NOW) is None


def test_somebody_elses_order_cannot_be_cancelled(gateway):
    owner, thief = gateway.connect(), gateway.connect()
    (accepted,) = ask(gateway, owner, order(price=round(best(gateway)[0] - 5, 2)))[owner]
    out = ask(gateway, thief, {"op": "cancel", "order_id": accepted["order_id"]})
    assert out[thief][0]["code"] == "unknown_order"
    assert owner not in out


def test_a_market_order_larger_than_the_book_is_cancelled_for_the_rest(gateway):
    client = gateway.connect()
    out = ask(gateway, client, order("buy", 900_000, None))[client]
    assert (out[0]["status"], out[-1]["status"]) == ("accepted", "cancelled")
    filled = sum(m["fill_size"] for m in out[1:-1])
    assert filled + out[-1]["left"] == 900_000
    assert [m["fill_price"] for m in out[1:-1]] == sorted(m["fill_price"] for m in out[1:-1])
    # a side is empty: no quote to give, but a book
    both = {"op": "subscribe", "channels": ["quotes", "book"], "symbols": ["ACME"]}
    assert [m["type"] for m in ask(gateway, client, both)[client]] == [
        "subscribed", "book_snapshot",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"size": 0}, "size"),
        ({"size": -1}, "size"),
        ({"size": 1.5}, "size"),
        ({"size": 1e18}, "size"),
        ({"price": 0.0}, "price"),
        ({"price": -5.0}, "price"),
        ({"price": 100.001}, "price"),
        ({"price": 1e300}, "price"),
        ({"price": 20.0}, "within"),
        ({"price": 900.0}, "within"),
        ({"price": 100.0, "type": "market"}, "no price"),
        ({"type": "limit", "price": None}, "price"),
    ],
)
def test_orders_that_are_rejected(gateway, bad, reason):
    client, sequence = gateway.connect(), gateway.market["ACME"].sequence
    (answer,) = ask(gateway, client, order() | bad)[client]
    assert (answer["type"], answer["status"]) == ("execution", "rejected")
    assert reason in answer["reason"]
    assert "order_id" not in answer
    assert gateway.market["ACME"].sequence == sequence


def test_open_orders_are_bounded_and_go_with_the_client(gateway):
    client, listing = gateway.connect(), gateway.market["ACME"]
    before, price = listing.snapshot(0), round(best(gateway)[0] - 9, 2)
    for _ in range(MAX_OPEN):
        assert ask(gateway, client, order(price=price))[client][0]["status"] == "accepted"
    assert "open orders" in ask(gateway, client, order(price=price))[client][0]["reason"]
    gateway.disconnect(client, NOW)
    assert gateway.disconnect(client, NOW) == {}
    after = listing.snapshot(0)
    assert (after.bids, after.asks) == (before.bids, before.asks)
    assert gateway.receive(client, b'{"op":"ping"}', NOW) == {}


def test_what_was_due_before_a_request_comes_before_its_answer():
    gateway = Gateway(Market(["ACME"], origin=NOW, rate=200))
    client = gateway.connect()
    ask(gateway, client, {"op": "subscribe", "channels": ["book"], "symbols": ["ACME"]})
    out = ask(gateway, client, order(price=95.0), NOW + S // 10)[client]
    assert len(out) > 5
    assert [m["ts"] for m in out] == sorted(m["ts"] for m in out)


# Standstills


def test_a_standstill_is_left_out_not_made_up_for():
    gateway = Gateway(Market(origin=NOW, rate=40))
    gateway.advance(NOW + 3600 * S)
    assert gateway.market.events < 40
    assert gateway.left_out == pytest.approx(3600 * S, rel=0.001)
    start = gateway.market.events
    for i in range(1, 11):
        gateway.advance(NOW + 3600 * S + i * S // 10)
    assert gateway.market.events - start == pytest.approx(200, rel=0.4)


def test_a_rate_beyond_our_means_is_bounded_a_call():
    gateway = Gateway(Market(origin=NOW, rate=1e7))
    gateway.advance(NOW + TOLERANCE // 2)
    assert gateway.market.events == BURST
    assert gateway.left_out > 0


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(["sub", "unsub", "order", "market", "leave", "step"]), max_size=40))
def test_a_subscriber_can_always_rebuild_the_book(actions):
    gateway = Gateway(Market(["ACME"], seed=1, origin=NOW, rate=100))
    watcher, other, now = gateway.connect(), gateway.connect(), NOW
    channel = {"channels": ["book"], "symbols": ["ACME"]}
    book, subscribed = {}, False
    for action in actions:
        now += S // 50
        match action:
            case "sub" | "unsub":
                subscribed = action == "sub"
                op = "subscribe" if subscribed else "unsubscribe"
                out = ask(gateway, watcher, {"op": op, **channel}, now)
            case "order":
                out = ask(gateway, other, order("buy", 7, 99.5), now)
            case "market":
                out = ask(gateway, other, order("sell", 500, None), now)
            case "leave":
                out = read(gateway.disconnect(other, now))
                other = gateway.connect()
            case _:
                out = read(gateway.advance(now))
        for message in out.get(watcher, []):
            follow(book, message)
        if subscribed:
            held = gateway.market["ACME"].snapshot(0)
            assert book == {
                "bids": dict(held.bids), "asks": dict(held.asks), "sequence": held.sequence,
            }  # fmt: skip


def follow(book, message):
    if message["type"] == "book_snapshot":
        book.update({side: dict(map(tuple, message[side])) for side in ("bids", "asks")})
        book["sequence"] = message["sequence"]
    elif message["type"] == "book_delta":
        assert message["first"] == book["sequence"] + 1
        book["sequence"] = message["last"]
        for side in ("bids", "asks"):
            book[side].update(map(tuple, message[side]))
            book[side] = {price: size for price, size in book[side].items() if size}

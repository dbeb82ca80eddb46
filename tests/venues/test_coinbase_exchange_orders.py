"""Single orders (level 3) of Coinbase Exchange: the documentation's messages."""

import pytest

from livefin.errors import MessageError
from livefin.events import OrderDelta, OrderEvent, OrderSnapshot, Trade
from livefin.sequence import BookSequence
from livefin.venues.coinbase.advanced import Coinbase
from livefin.venues.coinbase.exchange import CoinbaseExchange
from livefin.venues.coinbase.exchange_orders import MAX_ARRIVING, MAX_PRODUCTS
from livefin.venues.wire import iso_ns

NOW = 1_618_677_817_000_000_000
RECEIVED = b"""{"type":"received","time":"2014-11-07T08:19:27.028459Z","product_id":"BTC-USD",
"sequence":10,"order_id":"d50ec984","size":"1.34","price":"502.1","side":"buy",
"order_type":"limit"}"""
MARKET = b"""{"type":"received","time":"2014-11-09T08:19:27.028459Z","product_id":"BTC-USD",
"sequence":12,"order_id":"dddec984","funds":"3000.234","side":"buy","order_type":"market"}"""
OPEN = b"""{"type":"open","time":"2014-11-07T08:19:27.028459Z","product_id":"BTC-USD",
"sequence":10,"order_id":"d50ec984","price":"200.2","remaining_size":"1.00","side":"sell"}"""
DONE = b"""{"type":"done","time":"2014-11-07T08:19:27.028459Z","product_id":"BTC-USD",
"sequence":10,"price":"200.2","order_id":"d50ec984","reason":"canceled","side":"sell",
"remaining_size":"0.2"}"""
MARKET_DONE = b"""{"type":"done","time":"2014-11-07T08:19:27.028459Z","product_id":"BTC-USD",
"sequence":13,"order_id":"dddec984","reason":"filled","side":"buy"}"""
MATCH = b"""{"type":"match","trade_id":10,"sequence":50,"maker_order_id":"ac928c66",
"taker_order_id":"132fb6ae","time":"2014-11-07T08:19:27.028459Z","product_id":"BTC-USD",
"size":"5.23512","price":"400.23","side":"sell"}"""
CHANGE = b"""{"type":"change","reason":"STP","time":"2014-11-07T08:19:27.028459Z",
"sequence":80,"order_id":"ac928c66","side":"sell","product_id":"BTC-USD",
"old_size":"12.234412","new_size":"5.23512","price":"400.23"}"""
MODIFY = b"""{"type":"change","reason":"modify_order","time":"2022-06-06T22:55:43.433114Z",
"sequence":24753,"order_id":"c3f16063","side":"buy","product_id":"ETH-USD","old_size":"80",
"new_size":"80","old_price":"7","new_price":"6"}"""
FUNDS = b"""{"type":"change","time":"2014-11-07T08:19:27.028459Z","sequence":80,
"order_id":"dddec984","product_id":"BTC-USD","old_funds":"12.23","new_funds":"5.23",
"price":null,"side":"sell"}"""
ORDERS = b"""{"sequence":49,"bids":[["6247.58","6.3578146","d50ec984"]],
"asks":[["6251.52","2","ac928c66"],["6251.52","1","132fb6ae"]],
"time":"2021-02-12T01:09:23.334Z"}"""
T = iso_ns("2014-11-07T08:19:27.028459Z")


def orders(venue, raw):
    (delta,) = venue.parse(raw, NOW)
    assert isinstance(delta, OrderDelta)
    assert delta.first == delta.last
    return [(o.action, o.order_id, o.side, o.price, o.size) for o in delta.orders]


def test_an_orders_life():
    venue = CoinbaseExchange()
    assert orders(venue, RECEIVED) == []
    assert orders(venue, OPEN) == [("add", "d50ec984", "sell", 200.2, 1.0)]
    assert orders(venue, CHANGE) == [("change", "ac928c66", "sell", 400.23, 5.23512)]
    assert orders(venue, DONE) == [("delete", "d50ec984", "sell", 200.2, 0.2)]
    assert orders(venue, MODIFY) == [("change", "c3f16063", "buy", 6.0, 80.0)]
    trade, delta = venue.parse(MATCH, NOW)
    assert isinstance(trade, Trade)
    fill = OrderEvent("BTC-USD", T, NOW, "fill", "ac928c66", "sell", 400.23, 5.23512)
    assert delta == OrderDelta("BTC-USD", T, NOW, [fill], 50, 50)


def test_an_order_that_is_not_on_the_book_changes_nothing_there():
    venue = CoinbaseExchange()
    assert orders(venue, MARKET) == []
    assert orders(venue, FUNDS) == []
    assert orders(venue, MARKET_DONE) == []
    assert orders(venue, RECEIVED) == []
    assert orders(venue, CHANGE.replace(b"ac928c66", b"d50ec984")) == []
    assert orders(venue, DONE) == []  # filled as it came
    assert venue._orders._arriving == {}


def test_ever_new_orders_and_products_do_not_fill_the_memory():
    venue = CoinbaseExchange()
    venue._orders._arriving = dict.fromkeys(map(str, range(MAX_ARRIVING)))
    venue._orders.products = set(map(str, range(MAX_PRODUCTS)))
    orders(venue, RECEIVED)
    assert len(venue._orders._arriving) == MAX_ARRIVING
    assert "0" not in venue._orders._arriving
    assert len(venue._orders.products) == MAX_PRODUCTS


def test_orders_chain_to_the_book_that_rest_has():
    venue, chain = CoinbaseExchange(), BookSequence()
    assert venue.orders_url("BTC-USD") == (
        "https://api.exchange.coinbase.com/products/BTC-USD/book?level=3"
    )
    snapshot = venue.parse_orders("BTC-USD", ORDERS, NOW)
    assert snapshot == OrderSnapshot(
        "BTC-USD", iso_ns("2021-02-12T01:09:23.334Z"), NOW, [("d50ec984", 6247.58, 6.3578146, 0)],
        [("ac928c66", 6251.52, 2.0, 0), ("132fb6ae", 6251.52, 1.0, 0)], 49,
    )  # fmt: skip
    for number in (48, 49, 50):
        raw = RECEIVED.replace(b'"sequence":10', b'"sequence":%d' % number)
        (delta,) = venue.parse(raw, NOW)
        assert chain.delta(delta).events == []
    assert chain.snapshot(snapshot, fetched=True).events == [snapshot, delta]
    (late,) = venue.parse(RECEIVED.replace(b'"sequence":10', b'"sequence":53'), NOW)
    assert chain.delta(late).hole == (51, 52)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"message":"NotFound"}', ORDERS[:-2], b"\xff"])
def test_a_body_that_is_no_book(body):
    with pytest.raises(MessageError):
        CoinbaseExchange().parse_orders("BTC-USD", body, NOW)


def test_the_server_half_knows_the_address_of_the_orders():
    venue = CoinbaseExchange()
    path = venue.orders_url("BTC-USD").removeprefix(venue.rest_url)
    assert venue.orders_symbol(path) == "BTC-USD"
    for other in ("", "/products/BTC-USD/book", "/products/BTC-USD/book?level=2", "//["):
        assert venue.orders_symbol(other) is None


def test_its_frames_are_recognised():
    for raw in (RECEIVED, MARKET, OPEN, DONE, MARKET_DONE, MATCH, CHANGE, MODIFY, FUNDS):
        assert CoinbaseExchange.recognises(raw.replace(b"\n", b""))
        assert not Coinbase.recognises(raw)


@pytest.mark.parametrize(
    "raw",
    [
        OPEN.replace(b'"order_id":"d50ec984",', b""),
        OPEN.replace(b'"sequence":10', b'"sequence":' + b"9" * 30),
        DONE.replace(b'"0.2"', b'"NaN"'),
        CHANGE.replace(b'"sell"', b'"offer"'),
        RECEIVED.replace(b"d50ec984", b"d" * 65),
    ],
    ids=lambda raw: repr(raw[:60]),
)
def test_what_cannot_be_read_is_a_message_error(raw):
    with pytest.raises(MessageError):
        list(CoinbaseExchange().parse(raw, NOW))

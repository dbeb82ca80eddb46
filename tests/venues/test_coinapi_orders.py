"""CoinAPI's order-by-order books: steps, what is left of an order, and books of levels."""

import json

import pytest

from livefin.errors import MessageError
from livefin.events import OrderDelta, OrderEvent, OrderSnapshot
from livefin.venues.apibricks import orders as coinapi_orders
from livefin.venues.apibricks.coinapi import CoinApi
from livefin.venues.contract import Numbered, Subscription

NOW = 1_723_161_253_937_085_768
BCH = "COINBASE_SPOT_BCH_USD"
T = 1_598_445_364_346_470_600
A, B, C, D = "520269d4-c085", "0ac891c7-8360", "6340ec1e-8be8", "7eaaa899-089f"


def frame(sequence, *, bids=(), asks=(), snapshot=False):
    """A message as the documentation shows it, of (id, price, size, update_type)."""

    def entries(rows):
        return [
            {"id": id_, "price": price, "size": size}
            | ({} if kind is None else {"update_type": kind})
            for id_, price, size, kind in rows
        ]

    return json.dumps(
        {
            "type": "book_l3",
            "symbol_id": BCH,
            "sequence": sequence,
            "time_exchange": "2020-08-26T12:36:04.3464706Z",
            "time_coinapi": "2020-08-26T12:36:04.2807750Z",
            "is_snapshot": snapshot,
            "asks": entries(asks),
            "bids": entries(bids),
        }
    ).encode()


SNAPSHOT = frame(
    7,
    bids=[(C, 272.94, 1.5, None), (D, 272.90, 2.0, None)],
    asks=[(A, 273.01, 1.0, None)],
    snapshot=True,
)


def begun():
    venue = CoinApi()
    list(venue.parse(SNAPSHOT, NOW))
    return venue


def steps(venue, raw):
    numbered, delta = venue.parse(raw, NOW)
    assert numbered == Numbered(delta.last, BCH, "orders")
    assert delta.first == delta.last
    return [(e.action, e.order_id, e.side, e.price, e.size) for e in delta.orders]


def test_a_snapshot_holds_the_orders_of_both_sides():
    assert list(CoinApi().parse(SNAPSHOT, NOW)) == [
        Numbered(7, BCH, "orders"),
        OrderSnapshot(
            BCH, T, NOW, [(C, 272.94, 1.5, 0), (D, 272.90, 2.0, 0)], [(A, 273.01, 1.0, 0)], 7
        ),
    ]


def test_the_documented_update():
    raw = frame(
        8,
        asks=[(B, 273.02, 1.81940502, "ADD"), (A, 273.01, 1.0, "DELETE")],
        bids=[(C, 272.94, 1.81940502, "UPDATE"), (D, 272.90, 1.85989855, "DELETE")],
    )
    step = lambda *rest: OrderEvent(BCH, T, NOW, *rest)  # noqa: E731
    assert list(begun().parse(raw, NOW)) == [
        Numbered(8, BCH, "orders"),
        OrderDelta(
            BCH, T, NOW,
            [
                step("change", C, "buy", 272.94, 1.81940502),
                step("delete", D, "buy", 272.90, 2.0),
                step("add", B, "sell", 273.02, 1.81940502),
                step("delete", A, "sell", 273.01, 1.0),
            ],
            8, 8,
        ),
    ]  # fmt: skip


def test_what_is_subtracted_leaves_a_rest_and_what_is_matched_is_a_fill():
    venue = begun()
    raw = frame(8, bids=[(D, 272.90, 0.5, "SUBTRACT"), (C, 272.94, 0.5, "MATCH")])
    assert steps(venue, raw) == [
        ("change", D, "buy", 272.90, 1.5),
        ("fill", C, "buy", 272.94, 0.5),
    ]
    raw = frame(9, bids=[(D, 272.90, 0.25, "SUBTRACT"), (C, 272.94, 0.0, "DELETE")])
    assert steps(venue, raw) == [
        ("change", D, "buy", 272.90, 1.25),
        ("delete", C, "buy", 272.94, 1.0),
    ]
    assert steps(venue, frame(10, bids=[(D, 272.90, 9.0, "SUBTRACT")]))[0][4] == 0.0


def test_before_its_snapshot_a_book_has_only_its_number():
    venue = CoinApi()
    assert steps(venue, frame(5, bids=[(D, 272.90, 0.5, "SUBTRACT")])) == []
    list(venue.parse(SNAPSHOT, NOW))
    assert steps(venue, frame(8, bids=[(D, 272.90, 0.5, "SUBTRACT")])) != []


def test_an_order_that_is_not_there_cannot_shrink():
    for kind in ("SUBTRACT", "MATCH", None):
        with pytest.raises(MessageError, match="does not rest"):
            list(begun().parse(frame(8, bids=[("x", 272.90, 0.5, kind)]), NOW))


def test_an_unknown_step_is_a_message_error():
    with pytest.raises(MessageError):
        list(begun().parse(frame(8, bids=[(D, 272.90, 0.5, "FLY")]), NOW))


def test_levels_of_an_exchange_that_tells_no_orders_apart_are_orders_by_price():
    venue = CoinApi()
    raw = frame(
        1, bids=[(None, 272.94, 1.5, None)], asks=[(None, 273.01, 1.0, None)], snapshot=True
    )
    _, snapshot = venue.parse(raw, NOW)
    assert snapshot.bids == [("buy@272.94", 272.94, 1.5, 0)]
    assert snapshot.asks == [("sell@273.01", 273.01, 1.0, 0)]
    raw = frame(2, bids=[(None, 272.94, 0.5, "SUBTRACT")], asks=[(None, 273.01, 0.0, "DELETE")])
    assert steps(venue, raw) == [
        ("change", "buy@272.94", "buy", 272.94, 1.0),
        ("delete", "sell@273.01", "sell", 273.01, 1.0),
    ]


def test_a_new_snapshot_replaces_and_a_new_socket_forgets():
    venue = begun()
    list(venue.parse(frame(20, bids=[(B, 272.0, 1.0, None)], snapshot=True), NOW))
    with pytest.raises(MessageError):
        list(venue.parse(frame(21, bids=[(D, 272.90, 0.5, "MATCH")]), NOW))
    for forget in (
        venue.opened,
        lambda: venue.unsubscribe([Subscription("orders", BCH)]),
    ):
        list(venue.parse(SNAPSHOT, NOW))
        forget()
        assert steps(venue, frame(8, bids=[(D, 272.90, 0.5, "MATCH")])) == []


def test_it_holds_no_more_than_its_bounds(monkeypatch):
    monkeypatch.setattr(coinapi_orders, "MAX_ORDERS", 3)
    monkeypatch.setattr(coinapi_orders, "MAX_BOOKS", 1)
    venue = begun()
    with pytest.raises(MessageError, match="more than 3 orders"):
        list(venue.parse(frame(8, bids=[(B, 272.0, 1.0, "ADD")]), NOW))
    assert steps(venue, frame(8, bids=[(D, 272.9, 1.0, "UPDATE")])) != []
    with pytest.raises(MessageError, match="more than 1 symbols"):
        list(venue.parse(SNAPSHOT.replace(b"BCH", b"BTC"), NOW))

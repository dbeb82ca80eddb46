"""Bitstamp's books and orders: how changes meet a REST snapshot, and how a break shows."""

import json

import pytest

from livefin.errors import MessageError
from livefin.events import BookSnapshot, OrderSnapshot
from livefin.sequence import BookSequence, BookState, Hole
from livefin.venues.bitstamp.venue import Bitstamp
from livefin.venues.contract import Subscription

NOW = 1_723_161_253_937_085_768
MS, SEC = 1_000, 1_000_000
T0 = 1_618_677_691_000_000
"""A time in microseconds, as everything here."""


def change(us, market="btcusd"):
    data = {"timestamp": "1", "microtimestamp": str(us), "bids": [["9.5", "1"]], "asks": []}
    body = {"data": data, "channel": f"diff_order_book_{market}", "event": "data"}
    return json.dumps(body).encode()


def acknowledged(market="btcusd"):
    body = {"event": "bts:subscription_succeeded", "channel": f"diff_order_book_{market}"}
    return json.dumps(body | {"data": {}}).encode()


def body(us, *, ids=False):
    one = ["9.0", "2.0", "77"] if ids else ["9.0", "2.0"]
    return json.dumps({"microtimestamp": str(us), "bids": [one], "asks": []}).encode()


def order(us, id_, previous, *, named=True):
    data = {"id": 7, "order_type": 0, "microtimestamp": str(us), "amount": 1, "price": 9.5}
    names = {"event_id": id_, "pre_event_id": previous} if named else {}
    message = {"data": data, "channel": "live_orders_btcusd", "event": "order_created"} | names
    return json.dumps(message).encode()


class Bridge:
    """A venue and the chain that a session keeps of one book."""

    def __init__(self):
        self.venue = Bitstamp()
        self.chain = BookSequence()

    def take(self, raw):
        (event,) = self.venue.parse(raw, NOW)
        return self.chain.delta(event)

    def book(self, us):
        return self.chain.snapshot(
            self.venue.parse_snapshot("BTC-USD", body(us), NOW), fetched=True
        )

    def orders(self, us):
        raw = body(us, ids=True)
        return self.chain.snapshot(self.venue.parse_orders("BTC-USD", raw, NOW), fetched=True)

    @property
    def live(self):
        return self.chain.state is BookState.LIVE


class TestAddresses:
    def test_which_book_an_answer_is_of_comes_from_its_path(self):
        venue = Bitstamp()
        url = venue.snapshot_url("BTC-USD")
        assert url == "https://www.bitstamp.net/api/v2/order_book/btcusd/?group=1"
        for path in (url.removeprefix(venue.rest_url), "/api/v2/order_book/btcusd"):
            assert (venue.snapshot_symbol(path), venue.orders_symbol(path)) == ("BTC-USD", None)
        url = venue.orders_url("BTC-USD-PERP")
        assert url == "https://www.bitstamp.net/api/v2/order_book/btcusd-perp/?group=2"
        path = url.removeprefix(venue.rest_url)
        assert (venue.snapshot_symbol(path), venue.orders_symbol(path)) == (None, "BTC-USD-PERP")

    @pytest.mark.parametrize(
        "path",
        ["", "/", "/api/v2/order_book/", "/api/v2/ticker/btcusd/", "/api/v2/order_book/btcusd/?x=1",
         "/api/v2/order_book/BTCUSD/", "/api/v2/order_book/a b/"],
    )  # fmt: skip
    def test_other_paths_are_of_none(self, path):
        venue = Bitstamp()
        assert venue.snapshot_symbol(path) is venue.orders_symbol(path) is None

    def test_a_symbol_comes_back_as_it_was_subscribed(self):
        venue = Bitstamp()
        venue.subscribe([Subscription("book", "AB-CUSD")])
        assert venue.snapshot_symbol("/api/v2/order_book/abcusd/") == "AB-CUSD"


class TestBodies:
    def test_a_book(self):
        raw = b"""{"timestamp":"1643643584","microtimestamp":"1643643584684047","bids":[["38416.00",
        "0.00280000"]],"asks":[["38417.00","1.20000000"]]}"""
        assert Bitstamp().parse_snapshot("BTC-USD", raw, NOW) == BookSnapshot(
            "BTC-USD", 1643643584684047000, NOW, [(38416.0, 0.0028)], [(38417.0, 1.2)],
            1643643584684047,
        )  # fmt: skip

    def test_orders(self):
        raw = b"""{"timestamp":"1643643584","microtimestamp":"1643643584684047","bids":[["64959.48",
        "0.68711663","1458532827766784"]],"asks":[["64959.49","0.80924200","1458532827766785"]]}"""
        assert Bitstamp().parse_orders("BTC-USD", raw, NOW) == OrderSnapshot(
            "BTC-USD", 1643643584684047000, NOW,
            [("1458532827766784", 64959.48, 0.68711663, 0)],
            [("1458532827766785", 64959.49, 0.809242, 0)], 0,
        )  # fmt: skip

    @pytest.mark.parametrize(
        "raw", [b"", b"[]", b"{}", b"<html>", b'{"microtimestamp":"-1","bids":[],"asks":[]}']
    )
    def test_what_is_none(self, raw):
        for parse in (Bitstamp().parse_snapshot, Bitstamp().parse_orders):
            with pytest.raises(MessageError):
                parse("BTC-USD", raw, NOW)


class TestBooks:
    def test_each_change_reaches_back_to_the_one_before(self):
        venue = Bitstamp()
        deltas = [next(iter(venue.parse(change(T0 + n), NOW))) for n in (0, 5, 9)]
        assert [(d.first, d.last) for d in deltas] == [(T0, T0), (T0 + 1, T0 + 5), (T0 + 6, T0 + 9)]

    def test_a_snapshot_among_the_changes_is_bridged_and_older_ones_dropped(self):
        bridge = Bridge()
        for n in (0, 5, 9):
            bridge.take(change(T0 + n))
        finding = bridge.book(T0 + 5)
        assert [getattr(e, "last", None) for e in finding.events] == [None, T0 + 9]
        assert bridge.live
        assert bridge.take(change(T0 + 20)).hole is None

    def test_a_snapshot_from_before_the_changes_is_too_old(self):
        bridge = Bridge()
        bridge.take(change(T0))
        assert bridge.book(T0 - 10 * SEC).snapshot_too_old
        assert not bridge.live
        assert len(bridge.book(T0 + 1).events) == 1

    def test_a_market_that_is_quiet_since_its_stream_began_is_whole(self):
        """Another market's frame tells when that was."""
        bridge = Bridge()
        for raw in (acknowledged(), acknowledged("ethusd")):
            assert list(bridge.venue.parse(raw, NOW)) == []
        list(bridge.venue.parse(change(T0, "ethusd"), NOW))
        assert bridge.book(T0 + 3 * SEC).events
        assert bridge.take(change(T0 + 60 * SEC)).events
        assert bridge.live

    def test_a_snapshot_from_before_its_stream_began_is_not(self):
        bridge = Bridge()
        list(bridge.venue.parse(acknowledged(), NOW))
        list(bridge.venue.parse(change(T0, "ethusd"), NOW))
        bridge.book(T0 - SEC)
        assert bridge.take(change(T0 + 60 * SEC)).snapshot_too_old

    def test_what_comes_after_a_new_subscription_does_not_reach_back_over_it(self):
        venue = Bitstamp()
        list(venue.parse(change(T0), NOW))
        list(venue.parse(acknowledged(), NOW))
        (delta,) = venue.parse(change(T0 + 9), NOW)
        assert delta.first == T0 + 9

    def test_a_new_socket_begins_anew(self):
        venue = Bitstamp()
        list(venue.parse(change(T0), NOW))
        venue.opened()
        (delta,) = venue.parse(change(T0 + 9), NOW)
        assert delta.first == T0 + 9


class TestOrders:
    def test_events_that_name_one_another_chain(self):
        bridge = Bridge()
        for n, (id_, previous) in enumerate(["ba", "cb", "dc"]):
            bridge.take(order(T0 + n * MS, id_, previous))
        finding = bridge.orders(T0 + 1 * MS)  # which has "b" and "c"
        assert [e.ts_event for e in finding.events[1:]] == [(T0 + 2 * MS) * 1_000]
        assert bridge.take(order(T0 + 3 * MS, "e", "d")).events
        assert bridge.live

    def test_events_of_one_millisecond_are_not_taken_for_one(self):
        bridge = Bridge()
        bridge.take(order(T0, "b", "a"))
        bridge.orders(T0)
        taken = [bridge.take(order(T0 + 5 * MS, id_, before)) for id_, before in ("cb", "dc", "ed")]
        assert [len(finding.events) for finding in taken] == [1, 1, 1]

    def test_a_broken_chain_is_a_hole_of_no_known_size(self):
        bridge = Bridge()
        bridge.take(order(T0, "b", "a"))
        bridge.orders(T0)
        finding = bridge.take(order(T0 + 9 * MS, "f", "e"))
        assert finding.hole == Hole(3, 3)
        assert not bridge.live
        assert len(bridge.orders(T0 + 9 * MS).events) == 1

    def test_a_snapshot_from_before_the_first_event_is_too_old(self):
        bridge = Bridge()
        bridge.take(order(T0, "b", "a"))
        assert bridge.orders(T0 - 1).snapshot_too_old

    def test_nobody_knows_what_came_between_a_snapshot_and_the_first_event(self):
        bridge = Bridge()
        bridge.orders(T0)
        assert bridge.live
        assert bridge.take(order(T0 + MS, "b", "a")).snapshot_too_old
        assert len(bridge.orders(T0 + 2 * MS).events) == 1

    def test_without_names_there_is_no_chain_to_break(self):
        """As it was before the venue named its events."""
        bridge = Bridge()
        bridge.take(order(T0, "", "", named=False))
        bridge.orders(T0)
        for n in range(1, 4):
            assert bridge.take(order(T0 + n * MS, "", "", named=False)).events

    def test_the_best_hundred_do_not_replace_orders_that_are_followed(self):
        venue = Bitstamp()
        detail = body(T0, ids=True).decode()
        raw = f'{{"data":{detail},"channel":"detail_order_book_btcusd","event":"data"}}'.encode()
        assert len(list(venue.parse(raw, NOW))) == 1
        list(venue.parse(order(T0, "b", "a"), NOW))
        assert list(venue.parse(raw, NOW)) == []


class TestServerHalf:
    def test_its_body_is_read_back(self):
        venue = Bitstamp()
        book = BookSnapshot("BTC-USD", T0 * 1_000, NOW, [(9.5, 2.0)], [(9.6, 1.0)], T0)
        raw = venue.render_snapshot(book)
        assert venue.parse_snapshot("BTC-USD", raw, NOW) == book
        assert json.loads(raw)["timestamp"] == str(T0 // SEC)

    @pytest.mark.parametrize(
        ("raw", "kind"),
        [
            (b'{"event":"bts:heartbeat"}', "bts:heartbeat"),
            (b'{"event":"bts:subscribe","data":{"channel":"a_b"}}', "bts:subscription_succeeded"),
            (
                b'{"event":"bts:unsubscribe","data":{"channel":"a_b"}}',
                "bts:unsubscription_succeeded",
            ),
            (b'{"event":"bts:subscribe"}', "bts:error"),
            (b"nonsense", "bts:error"),
            (b"[" * 50_000, "bts:error"),
        ],
        ids=lambda raw: repr(raw[:40]),
    )
    def test_what_is_asked_is_answered(self, raw, kind):
        (answer,) = Bitstamp().answer(raw)
        assert json.loads(answer)["event"] == kind

    def test_it_recognises_its_own_frames_only(self):
        for raw in (change(T0), order(T0, "b", "a"), acknowledged()):
            assert Bitstamp.recognises(raw)
        for raw in (
            b"", b"{}", b"\xff" * 100, b'{"channel":"ticker","type":"update","data":[]}',
            b'{"channel":"trades","data":[]}', b'{"event":"subscribed","channel":"book"}',
        ):  # fmt: skip
            assert not Bitstamp.recognises(raw)

"""The paper venue on frames of the real market, and on frames no honest exchange sends."""

from __future__ import annotations

import contextlib
import gzip
import json
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.book import OrderBook
from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import BookDelta, BookSnapshot, Quote, Status, Trade
from livefin.exchange.gateway import Gateway
from livefin.exchange.market import Market, S
from livefin.venues.contract import Subscription
from livefin.venues.paper import Paper

NOW = 1_700_000_000 * S
CAPTURES = Path(__file__).parents[2].parent / "shared" / "captures"
SUBS = [Subscription(channel, "ACME") for channel in ("trades", "quotes", "book")]
TRADE = {
    "type": "trade", "ts": NOW, "symbol": "ACME", "id": 7, "price": 100.5, "size": 3, "side": "buy",
}  # fmt: skip


def frames(seconds=5):
    """What a client of ACME gets, and the market it came from."""
    gateway = Gateway(Market(["ACME"], seed=4, origin=NOW, rate=100))
    client = gateway.connect()
    out = []
    for message in Paper().subscribe(SUBS):
        out += gateway.receive(client, message.encode(), NOW)[client]
    for i in range(1, seconds * 20 + 1):
        out += gateway.advance(NOW + i * S // 20).get(client, [])
    out += gateway.heartbeat(NOW)[client]
    return out, gateway.market


def test_frames_of_the_market_become_events():
    raws, market = frames()
    paper, book, events = Paper(), OrderBook("ACME"), []
    for raw in raws:
        assert paper.recognises(raw)
        events += paper.parse(raw, 99)
    trades = [e for e in events if isinstance(e, Trade)]
    assert [(t.id, t.price, t.size, t.side, t.ts_event) for t in trades] == [
        (t.id, t.price, t.size, t.side, t.ts) for t in market["ACME"].trades
    ]
    sequence = None
    for event in events:
        assert (event.symbol, event.ts_recv) == ("ACME", 99)
        assert event.ts_event >= NOW
        if isinstance(event, BookSnapshot):
            book.apply(event)
            sequence = event.sequence
        elif isinstance(event, BookDelta):
            assert event.first == sequence + 1
            sequence = event.last
            book.apply(event)
        elif isinstance(event, Quote) and event.sequence == sequence and book.synced:
            assert book.best_bid == (event.bid, event.bid_size)
            assert book.best_ask == (event.ask, event.ask_size)
    own = market["ACME"].snapshot(0)
    assert book.levels() == (own.bids, own.asks)
    assert {type(e) for e in events} == {Trade, Quote, BookSnapshot, BookDelta}


def test_each_field_of_each_kind():
    paper = Paper()
    assert list(paper.parse(json.dumps(TRADE).encode(), 5)) == [
        Trade("ACME", NOW, 5, 100.5, 3.0, "buy", 7)
    ]
    quote = (
        b'{"type":"quote","ts":1,"symbol":"A","sequence":9,"bid":1.5,"bid_size":2,"ask":1.6,'
        b'"ask_size":3}'
    )
    assert list(paper.parse(quote, 5)) == [Quote("A", 1, 5, 1.5, 2.0, 1.6, 3.0, 9)]
    book = b'{"type":"book_snapshot","ts":1,"symbol":"A","sequence":9,"bids":[[1,2]],"asks":[]}'
    assert list(paper.parse(book, 5)) == [BookSnapshot("A", 1, 5, [(1.0, 2.0)], [], 9)]
    delta = b'{"type":"book_delta","ts":1,"symbol":"A","first":3,"last":4,"bids":[],"asks":[[2,0]]}'
    assert list(paper.parse(delta, 5)) == [BookDelta("A", 1, 5, [], [(2.0, 0.0)], 3, 4)]


@pytest.mark.parametrize(
    "raw",
    [
        b'{"type":"heartbeat","ts":1}',
        b'{"type":"pong","ts":1,"id":"x"}',
        b'{"type":"subscribed","ts":1,"channels":["book"],"symbols":["A"]}',
        b'{"type":"unsubscribed","ts":1,"channels":["book"],"symbols":["A"]}',
        b'{"type":"execution","ts":1,"symbol":"A","status":"filled","side":"buy","left":0}',
    ],
)
def test_signs_of_life_and_executions_are_no_events(raw):
    assert list(Paper().parse(raw, 5)) == []


def test_an_error_is_a_status():
    raw = (
        b'{"type":"error","ts":1,"code":"unknown_symbol","message":"no symbol \'X\'","symbol":"X"}'
    )
    (status,) = Paper().parse(raw, 5)
    assert isinstance(status, Status)
    assert (status.kind, status.ts, status.symbol) == ("rejected", 5, "X")
    assert "no symbol 'X'" in status.detail
    assert "unknown_symbol" in status.detail


@pytest.mark.parametrize(
    "change",
    [
        {"price": -1}, {"price": 0}, {"price": "100"}, {"price": None}, {"size": -0.001},
        {"size": "NaN"}, {"side": "up"}, {"id": -1}, {"id": 2**63}, {"id": 10**400}, {"id": 1.5},
        {"ts": -1}, {"ts": 2**64}, {"ts": "now"}, {"symbol": ""}, {"symbol": "A" * 65},
        {"symbol": 5}, {"type": "tardis"}, {"type": 7}, {"type": None},
    ],
)  # fmt: skip
def test_a_field_out_of_bounds_is_an_error(change):
    with pytest.raises(MessageError, match="paper"):
        list(Paper().parse(json.dumps(TRADE | change).encode(), 5))


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"null", b"[]", b"{}", b"\xff\xff", b'{"type":"trade"', b'"' + b"a" * 100_000,
        b"[" * 100_000, b'{"type":"heartbeat","ts":1,"x":' + b"[" * 100_000,
        b'{"type":"trade","ts":1,"symbol":"A","id":1,"price":NaN,"size":1,"side":"buy"}',
        b'{"type":"trade","ts":1,"symbol":"A","id":1,"price":1e999,"size":1,"side":"buy"}',
        b'{"type":"trade","ts":1,"symbol":"A","id":1,"price":-Infinity,"size":1,"side":"buy"}',
        b'{"type":"trade","ts":1,"symbol":"A\xff","id":1,"price":1,"size":1,"side":"buy"}',
        b'{"type":"book_delta","ts":1,"symbol":"A","first":1,"last":1,"bids":[[1]],"asks":[]}',
        b'{"type":"book_delta","ts":1,"symbol":"A","first":1,"last":1,"bids":[[1,-1]],"asks":[]}',
        b'{"type":"book_delta","ts":1,"symbol":"A","first":1,"last":1,"bids":[[-1,1]],"asks":[]}',
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_an_error(raw):
    with pytest.raises(MessageError, match="paper"):
        list(Paper().parse(raw, 5))
    assert not Paper.recognises(raw) or raw.startswith((b'{"type":"trade","ts":1,', b"{"))


@given(st.binary(max_size=100))
def test_no_bytes_raise_anything_else(raw):
    with pytest.raises(MessageError):
        list(Paper().parse(raw, 5))
    assert not Paper.recognises(raw)
    assert len(Paper().answer(raw)) == 1


def test_every_cut_of_a_frame_is_an_error():
    raw = json.dumps(TRADE).encode()
    for end in range(len(raw)):
        with pytest.raises(MessageError):
            list(Paper().parse(raw[:end], 5))


# Subscribing


def test_one_message_for_symbols_that_want_the_same():
    subs = [Subscription(c, s) for s in ("A", "B") for c in ("trades", "book")]
    subs.append(Subscription("quotes", "C"))
    messages = [json.loads(m) for m in Paper().subscribe(subs)]
    assert [(m["op"], m["channels"], m["symbols"]) for m in messages] == [
        ("subscribe", ["trades", "book"], ["A", "B"]),
        ("subscribe", ["quotes"], ["C"]),
    ]
    assert Paper().subscribe([]) == []


def test_many_symbols_fit_what_the_exchange_takes():
    subs = [Subscription("trades", f"{'S' * 58}{i:06}") for i in range(1_000)]
    messages = Paper().subscribe(subs)
    assert sum(len(json.loads(m)["symbols"]) for m in messages) == 1_000
    gateway = Gateway(Market(["ACME"], origin=NOW, rate=0.001))
    client = gateway.connect()
    for message in messages:
        answers = gateway.receive(client, message.encode(), NOW)[client]
        assert {json.loads(a)["code"] for a in answers} == {"unknown_symbol"}


def test_a_book_starts_over_by_unsubscribing_and_subscribing():
    gateway = Gateway(Market(["ACME"], seed=4, origin=NOW, rate=100))
    client, paper, book = gateway.connect(), Paper(), [Subscription("book", "ACME")]
    for messages in (paper.subscribe(book), paper.unsubscribe(book), paper.subscribe(book)):
        raws = [r for m in messages for r in gateway.receive(client, m.encode(), NOW)[client]]
    assert [type(e) for raw in raws for e in paper.parse(raw, 1)] == [BookSnapshot]
    assert paper.snapshot_url("ACME") is None


def test_the_ping_is_answered():
    gateway = Gateway(Market(["ACME"], origin=NOW, rate=0.001))
    (pong,) = gateway.receive(gateway.connect(), Paper().ping().encode(), NOW)[1]
    assert json.loads(pong)["type"] == "pong"
    assert list(Paper().parse(pong, 1)) == []


def test_an_address_of_its_own():
    assert Paper().endpoint() == Paper.url == "ws://127.0.0.1:8877/"
    assert Paper("ws://127.0.0.1:1/").endpoint() == "ws://127.0.0.1:1/"
    assert Paper().endpoint() == Paper.url


def test_what_can_be_known_to_be_wrong_offline():
    Paper().check(Subscription("trades", "ACME"))
    with pytest.raises(ChannelError, match="book"):
        Paper().check(Subscription("funding", "ACME"))
    with pytest.raises(SymbolError):
        Paper().check(Subscription("trades", ""))


# The server half


def test_answers_are_those_of_the_exchange_but_for_the_time():
    gateway, paper = Gateway(Market(["ACME"], origin=NOW, rate=0.001)), Paper()
    client = gateway.connect()
    trades = [Subscription("trades", "ACME")]
    for message in [*paper.subscribe(trades), *paper.unsubscribe(trades), paper.ping()]:
        (theirs,) = gateway.receive(client, message.encode(), NOW)[client]
        (ours,) = paper.answer(message.encode())
        assert json.loads(ours) == json.loads(theirs) | {"ts": 0}
        assert list(Paper().parse(ours, 1)) == []


@pytest.mark.parametrize(
    "raw",
    [
        b'{"op":"order","symbol":"ACME","side":"buy","size":1}',
        b'{"op":"cancel","order_id":"ACME:1"}',
        b'{"op":"dance"}',
        b'{"op":"ping","id":' + b"9" * 5_000 + b"}",
        b'{"op":"ping","deep":' + b"[" * 100_000,
        b"",
    ],
)
def test_what_a_recording_cannot_do_is_an_error(raw):
    (answer,) = Paper().answer(raw)
    (status,) = Paper().parse(answer, 1)
    assert status.kind == "rejected"


def test_other_venues_frames_are_not_taken_for_ours():
    others = [
        b'{"type":"heartbeat","sequence":90,"product_id":"BTC-USD","time":"2014-11-07T08:19:28Z"}',
        b'{"type":"trade","symbol":"BTCUSD","event_id":3575573053,"timestamp":151231241}',
        b'{"type":"trade","ts":17,"price":1}',
        b'{"stream":"btcusdt@trade","data":{}}',
        b'{"topic":"trade","type":"snapshot","ts":1672304486868}',
    ]
    assert not any(Paper.recognises(raw) for raw in others)


@pytest.mark.skipif(not CAPTURES.is_dir(), reason="no ../shared/captures here")
def test_frames_of_other_venues_are_neither_ours_nor_a_crash():
    seen = 0
    for path in sorted(CAPTURES.rglob("*.gz")):
        for frame in islice(captured(path), 100):
            seen += 1
            assert not Paper.recognises(frame)
            with contextlib.suppress(MessageError):
                assert all(isinstance(event, Status) for event in Paper().parse(frame, 1))
    assert seen > 1_000


def captured(path):
    """Frames of a capture: `{"t":"recv","data":"..."}` or `<time> <frame>` a line."""
    with gzip.open(path, "rb") as lines:
        for line in lines:
            if line.startswith(b"{"):
                record = json.loads(line)
                if record.get("t") == "recv" and "data" in record:
                    yield record["data"].encode()
            elif line[:1].isdigit():
                yield line.partition(b" ")[2].strip()

"""Book snapshots of a served recording: the recorded one first, then the book as it stands."""

import asyncio
import time

import pytest
from served import DEPTH, S, body, delta, fetched, get, receive, record, subscribed, trade

from livefin.recording import Record, Recording
from livefin.serve import ReplayServer
from livefin.serve.outline import Outline
from livefin.serve.snapshots import Snapshots
from livefin.venues.binance.spot import Binance
from livefin.venues.contract import Venue


def test_the_recorded_snapshot_first_and_the_book_as_it_stands_after(tmp_path):
    snapshot = body(10, (5, 1), (4, 1)).replace(",", " ,")
    items = [delta(9, 11, (5, 2)), fetched(DEPTH, snapshot), delta(12, 12, (4, 0), (3, 7))]

    async def main():
        async with (
            ReplayServer(record(tmp_path, *items), speed=None) as server,
            subscribed(server) as client,
        ):
            await receive(client, 3)
            first = await get(server, DEPTH)
            assert (first.status_code, first.text) == (200, snapshot)
            assert first.headers["content-type"] == "application/json"
            later = (await get(server, DEPTH)).json()
            assert later["lastUpdateId"] == 12
            levels = [[float(price), float(size)] for price, size in later["bids"]]
            assert levels == [[5, 2], [3, 7]]

    asyncio.run(main())


def test_a_snapshot_is_held_until_the_playing_has_reached_it(tmp_path):
    hour = 3600 * S
    items = [delta(9, 11), trade(0), fetched(DEPTH, body(10))]

    async def main():
        path, began = record(tmp_path, *items, step=hour), time.monotonic()
        async with ReplayServer(path, speed=3600 / 0.2) as server, subscribed(server) as client:
            answered = asyncio.create_task(get(server, DEPTH))
            await receive(client, 1)
            assert (await answered).json()["lastUpdateId"] == 10
            assert time.monotonic() - began >= 0.39

    asyncio.run(main())


def test_a_snapshot_that_takes_too_long_is_to_be_asked_for_again(tmp_path, monkeypatch):
    monkeypatch.setattr("livefin.serve.server.HOLD", 0.1)
    items = [delta(9, 11), fetched(DEPTH, body(10))]

    async def main():
        async with ReplayServer(record(tmp_path, *items, step=3600 * S)) as server:
            answer = await get(server, DEPTH)
            assert answer.status_code == 503
            assert "BTC-USDT" in answer.json()["error"]

    asyncio.run(main())


def test_without_a_recorded_snapshot_the_book_is_what_its_changes_say(tmp_path):
    async def main():
        path = record(tmp_path, delta(1, 2, (5, 1)), delta(3, 3, (5, 0), (4, 2)))
        async with ReplayServer(path, speed=None) as server, subscribed(server) as client:
            await receive(client, 3)
            assert (await get(server, DEPTH)).json() == {
                "lastUpdateId": 3,
                "bids": [["4.00000000", "2.00000000"]],
                "asks": [],
            }

    asyncio.run(main())


def test_other_requests(tmp_path):
    info = "/api/v3/exchangeInfo"
    items = [fetched(info, '{"a":1}'), fetched("/odd?q=1", "[]"), delta(1, 1)]

    async def main():
        async with ReplayServer(record(tmp_path, *items), speed=None) as server:
            assert (await get(server, info)).text == '{"a":1}'
            assert (await get(server, "/odd?q=1")).text == "[]"
            for path in ("/odd?q=2", "/", "/api/v3/depth", DEPTH.replace("BTC", "DOGE")):
                answer = await get(server, path)
                assert answer.status_code == 404
                assert "error" in answer.json()

    asyncio.run(main())


def test_a_body_without_an_address_is_known_by_its_update_id():
    venue = Binance()
    lines = [
        (1, delta(100, 200, symbol="ethusdt")),
        (2, delta(9, 11, (5, 2))),
        (3, body(10, (4, 1)).encode()),
        (4, b'{"lastUpdateId":5000,"bids":[],"asks":[]}'),
    ]
    records = plain_records(lines)
    outline = Outline(records, venue)
    snapshots = Snapshots(venue, outline)
    assert snapshots.symbols == {"BTC-USDT", "ETH-USDT"}
    assert snapshots.answer("BTC-USDT", from_start=True) is None
    snapshots.played(records)
    assert snapshots.answer("BTC-USDT", from_start=True) == lines[2][1]
    book = venue.parse_snapshot("BTC-USDT", snapshots.answer("BTC-USDT", from_start=True), 0)
    assert (book.sequence, book.bids) == (11, [(5.0, 2.0), (4.0, 1.0)])


def plain_records(lines):
    return [
        Record("recv" if raw.startswith(b'{"stream"') else "http", ts, raw) for ts, raw in lines
    ]


@pytest.mark.parametrize("unread", [50_000, 100])
def test_books_read_late_or_at_once_are_the_same(captures, monkeypatch, unread):
    monkeypatch.setattr("livefin.serve.snapshots.UNREAD", unread)
    recording = Recording(captures / "binance" / "spot_4sym_20211012.jsonl.gz")
    records = [record for record in recording if record.kind in {"recv", "http"}]
    snapshots = Snapshots(Binance(), Outline(records, Binance()))
    for i in range(0, len(records), 7):
        snapshots.played(records[i : i + 7])
        assert len(snapshots._unread) <= max(unread, 100) + 7
    venue = Binance()
    for symbol in ("NKN-USDT", "RUNE-EUR"):
        body = snapshots.answer(symbol, from_start=False)
        book = venue.parse_snapshot(symbol, body, 0)
        assert book.bids[0][0] < book.asks[0][0]
        assert len(book.bids) > 100


def test_a_venue_whose_book_is_in_the_stream_needs_no_snapshots(tmp_path):
    class InStream(Venue):
        name = "in-stream"

        def parse(self, raw, ts_recv):
            return ()

    path = record(tmp_path, b"[1]", fetched("/book", "[2]"))
    snapshots = Snapshots(InStream(), Outline(Recording(path), InStream()))
    snapshots.played(list(Recording(path)))
    assert (len(snapshots._unread), snapshots.symbols) == (0, set())

    async def main():
        async with ReplayServer(path, venue=InStream(), speed=None) as server:
            assert (await get(server, "/book")).text == "[2]"

    asyncio.run(main())

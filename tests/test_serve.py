"""A recording served over real sockets: every frame, in order, as the venue would send it."""

import asyncio
import contextlib
import itertools
import json
import time

import httpx
import pytest
from faults import FaultProxy
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from livefin.book import OrderBook
from livefin.client import Client
from livefin.errors import RecordingError
from livefin.events import BookDelta, BookSnapshot, Quote, Status, Trade
from livefin.recording import Record, Recorder, Recording
from livefin.serve import ReplayServer, run_serve
from livefin.serve.console import greeting, progress
from livefin.serve.outline import Outline, Sockets
from livefin.serve.snapshots import Snapshots
from livefin.session import Session
from livefin.venues.binance import Binance
from livefin.venues.contract import Subscription, Venue

SOON = 20
S = 1_000_000_000
T = 1_723_161_254 * S
SUBSCRIBE = '{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}'
ACK = '{"result":null,"id":1}'
DEPTH = "/api/v3/depth?symbol=BTCUSDT&limit=5000"


def trade(n):
    data = {"t": n, "p": "1.0", "q": "1.0", "T": 1, "m": True}
    return json.dumps({"stream": "btcusdt@trade", "data": data}, separators=(",", ":")).encode()


def delta(first, last, *bids, symbol="btcusdt"):
    data = {"E": 1, "U": first, "u": last, "b": [list(map(str, bid)) for bid in bids], "a": []}
    raw = {"stream": f"{symbol}@depth@100ms", "data": data}
    return json.dumps(raw, separators=(",", ":")).encode()


def body(id_, *bids):
    return json.dumps({"lastUpdateId": id_, "bids": [list(map(str, b)) for b in bids], "asks": []})


@pytest.fixture
def record(tmp_path):
    """Write a recording of binance: frames, or calls on the Recorder, one a `step` ns."""

    def record(*items, step=0, name="r.gz"):
        with Recorder(tmp_path / name, venue="binance", overwrite=True) as recorder:
            for i, item in enumerate(items):
                if callable(item):
                    item(recorder, T + i * step)
                else:
                    recorder.recv(item, T + i * step)
        return tmp_path / name

    return record


@contextlib.asynccontextmanager
async def subscribed(server, path="/stream", message=SUBSCRIBE):
    async with connect(server.url + path, max_size=None, compression=None) as client:
        await client.send(message)
        yield client


async def receive(client, n):
    async with asyncio.timeout(SOON):
        return [await client.recv() for _ in range(n)]


async def get(server, path):
    async with httpx.AsyncClient(timeout=SOON) as client:
        return await client.get(server.rest_url + path)


# Playing


def test_every_frame_in_order_after_the_acknowledgement(record):
    frames = [trade(n) for n in range(3000)]

    async def main():
        async with ReplayServer(record(*frames), speed=None) as server:
            async with subscribed(server) as client:
                assert await receive(client, 1) == [ACK]
                assert await receive(client, 3000) == [frame.decode() for frame in frames]
                await asyncio.wait_for(server.finished.wait(), SOON)
                await (await client.ping())  # the connection stays open
            assert (server.frames, server.venue.name) == (3000, "binance")

    asyncio.run(main())


def test_text_stays_text_and_binary_binary(record):
    frames = [b"{}", b"\xff\x00", "żółw".encode(), b"x" * 200, b"y" * 70_000]

    async def main():
        path = record(*frames, lambda to, ts: to.recv(b"[]", ts, binary=True))
        async with ReplayServer(path, speed=None) as server, subscribed(server) as client:
            got = await receive(client, 7)
            assert got[1:] == ["{}", b"\xff\x00", "żółw", "x" * 200, "y" * 70_000, b"[]"]

    asyncio.run(main())


def test_playing_waits_for_whoever_subscribes_late(record):
    async def main():
        async with (
            ReplayServer(record(trade(0)), speed=None) as server,
            connect(server.url) as client,
        ):
            await asyncio.sleep(0.1)
            assert server.frames == 0
            await client.send(SUBSCRIBE)
            assert (await receive(client, 2))[1] == trade(0).decode()

    asyncio.run(main())


@pytest.mark.parametrize(("path", "patience"), [("/", 0.05), ("/stream?streams=a@trade", 1e9)])
def test_playing_begins_without_a_message(record, monkeypatch, path, patience):
    monkeypatch.setattr("livefin.serve.server.PATIENCE", patience)

    async def main():
        async with (
            ReplayServer(record(trade(0)), speed=None) as server,
            connect(server.url + path) as client,
        ):
            assert await receive(client, 1) == [trade(0).decode()]

    asyncio.run(main())


def test_playing_need_not_wait_at_all(record):
    async def main():
        async with ReplayServer(record(trade(0)), speed=None, wait=False) as server:
            await asyncio.wait_for(server.finished.wait(), SOON)
            assert server.frames == 1

    asyncio.run(main())


@pytest.mark.parametrize("speed", [1, 4])
def test_frames_come_no_sooner_than_they_are_due(record, speed):
    step = 40_000_000
    path = record(*[trade(n) for n in range(6)], step=step)

    async def main():
        began, arrived = time.monotonic(), []
        async with ReplayServer(path, speed=speed) as server, subscribed(server) as client:
            await receive(client, 1)
            for n in range(6):
                assert await receive(client, 1) == [trade(n).decode()]
                arrived.append(time.monotonic() - began)
            assert server.elapsed == 5 * step
        for n, at in enumerate(arrived):
            assert at >= n * step / S / speed - 0.005  # due frames may go a little early together

    asyncio.run(main())


def test_a_recording_that_goes_back_in_time_is_paced_from_there(record):
    def at(seconds):
        return lambda to, _: to.recv(trade(seconds), T + seconds * S)

    async def main():
        path = record(at(7200), at(0), at(3600))
        async with ReplayServer(path, speed=1) as server, subscribed(server) as client:
            assert len(await receive(client, 3)) == 3
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.recv(), 0.1)

    asyncio.run(main())


def test_whoever_joins_later_joins_where_the_playing_is(record):
    hours = 10 * 3600 * S

    async def main():
        path = record(trade(0), trade(1), step=hours)
        async with ReplayServer(path) as server, subscribed(server) as first:
            await receive(first, 2)
            async with subscribed(server) as second:
                assert await receive(second, 1) == [ACK]
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(second.recv(), 0.1)
                assert server.clients == 2

    asyncio.run(main())


def test_looping_starts_over_on_new_connections(record):
    async def main():
        path = record(trade(0), trade(1))
        async with ReplayServer(path, speed=None, loop=True) as server:
            for _ in range(3):
                async with subscribed(server) as client:
                    assert (await receive(client, 3))[1:] == [trade(0).decode(), trade(1).decode()]
                    with pytest.raises(ConnectionClosed) as closed:
                        await receive(client, 1)
                    assert closed.value.rcvd.code == 1012
            assert not server.finished.is_set()

    asyncio.run(main())


def test_a_slow_client_holds_the_playing_up_and_loses_nothing(record):
    big = [trade(n)[:-2] + b" " * 50_000 + b"}}" for n in range(1000)]

    async def main():
        async with ReplayServer(record(*big), speed=None) as server, subscribed(server) as client:
            await receive(client, 1)
            await asyncio.sleep(0.3)
            assert server.frames < 1000
            got = [json.loads(frame)["data"]["t"] for frame in await receive(client, 1000)]
            assert got == list(range(1000))

    asyncio.run(main())


def test_a_client_that_does_not_read_is_cut_off(record, monkeypatch):
    monkeypatch.setattr("livefin.serve.server.STALLED", 0.2)
    big = [trade(n)[:-2] + b" " * 50_000 + b"}}" for n in range(1000)]

    async def main():
        async with ReplayServer(record(*big), speed=None) as server:
            reader, writer = await asyncio.open_connection(*server.url[5:].split(":"), limit=1)
            writer.write(
                b"GET /?x HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            await reader.read(1)
            async with subscribed(server) as client, asyncio.timeout(SOON):
                while json.loads(await client.recv()).get("data", {}).get("t") != 999:
                    pass
                assert server.clients == 1
            writer.transport.abort()

    asyncio.run(main())


@pytest.mark.parametrize("junk", ["", "{", "null", "[" * 100_000, b"\xff\x00", '{"method":7}'])
def test_a_client_may_send_anything(record, junk):
    async def main():
        path = record(trade(0))
        async with ReplayServer(path, speed=None) as server, connect(server.url) as client:
            await client.send(junk)
            await client.send(SUBSCRIBE)
            got = await receive(client, 2)
            while ACK not in got or trade(0).decode() not in got:
                got += await receive(client, 1)

    asyncio.run(main())


# Several sockets in one recording


def opened(url, conn):
    return lambda to, ts: to.connect(url, ts, conn=conn)


def on(conn, n):
    return lambda to, ts: to.recv(trade(n), ts, conn=conn)


def sent(data, conn):
    return lambda to, ts: to.send(data, ts, conn=conn)


TWO_PATHS = [
    opened("wss://x.example/linear", "a"),
    opened("wss://x.example/spot?y=1", "b"),
    *[on("a", 1), on("b", 2), on("a", 3)],
]
TWO_MESSAGES = [
    *[opened("wss://x.example", "a"), sent("A", "a"), on("a", 1)],
    *[opened("wss://x.example", "b"), sent("B", "b"), on("b", 2), on("a", 3)],
]
CONTINUED = [
    *[opened("wss://x.example", "a"), sent("A", "a"), on("a", 1)],
    *[opened("wss://x.example", "c"), sent("C", "c")],
    lambda to, ts: to.disconnect("cable", ts, conn="a"),
    *[opened("wss://x.example", "b"), sent("A again", "b"), on("b", 2), on("c", 9)],
]


@pytest.mark.parametrize(
    ("items", "path", "message", "expected"),
    [
        (TWO_PATHS, "/linear", "?", [1, 3]),
        (TWO_PATHS, "/spot?y=1", "?", [2]),
        (TWO_PATHS, "/spot", "?", [1, 2, 3]),
        (TWO_PATHS, "/", "?", [1, 2, 3]),
        (TWO_MESSAGES, "/", "A", [1, 3]),
        (TWO_MESSAGES, "/", "B", [2]),
        (TWO_MESSAGES, "/", "?", [1, 2, 3]),
        (CONTINUED, "/", "A", [1, 2]),
        (CONTINUED, "/", "C", [9]),
    ],
)
def test_a_client_gets_the_socket_it_stands_for(record, items, path, message, expected):
    assert asyncio.run(trades_got(record(*items), path, message)) == expected


def test_a_socket_found_while_playing_is_told_apart_from_then_on(record, monkeypatch):
    monkeypatch.setattr("livefin.serve.server.PEEK", 0)
    monkeypatch.setattr("livefin.serve.server.BATCH", 1)
    assert asyncio.run(trades_got(record(*TWO_MESSAGES), "/", "B")) == [1, 2]


async def trades_got(recording, path, message):
    """Ids of the trades that a client gets which connects to `path` and says `message`."""
    async with (
        ReplayServer(recording, speed=None) as server,
        subscribed(server, path, message) as client,
    ):
        await asyncio.wait_for(server.finished.wait(), SOON)
        await client.send(SUBSCRIBE)  # its acknowledgement marks the end
        got = []
        while ACK not in got:
            got += await receive(client, 1)
        frames = map(json.loads, got)
        return [frame["data"]["t"] for frame in frames if "data" in frame]


def test_without_sockets_all_frames_are_everyones():
    assert Sockets().for_client("/", b"A") is None


# REST


def fetched(path, text):
    return lambda to, ts: to.http("https://api.binance.com" + path, text, ts)


def test_the_recorded_snapshot_first_and_the_book_as_it_stands_after(record):
    snapshot = body(10, (5, 1), (4, 1)).replace(",", " ,")
    items = [delta(9, 11, (5, 2)), fetched(DEPTH, snapshot), delta(12, 12, (4, 0), (3, 7))]

    async def main():
        async with ReplayServer(record(*items), speed=None) as server, subscribed(server) as client:
            await receive(client, 3)
            first = await get(server, DEPTH)
            assert (first.status_code, first.text) == (200, snapshot)
            assert first.headers["content-type"] == "application/json"
            later = (await get(server, DEPTH)).json()
            assert later["lastUpdateId"] == 12
            levels = [[float(price), float(size)] for price, size in later["bids"]]
            assert levels == [[5, 2], [3, 7]]

    asyncio.run(main())


def test_a_snapshot_is_held_until_the_playing_has_reached_it(record):
    hour = 3600 * S
    items = [delta(9, 11), trade(0), fetched(DEPTH, body(10))]

    async def main():
        path, began = record(*items, step=hour), time.monotonic()
        async with ReplayServer(path, speed=3600 / 0.2) as server, subscribed(server) as client:
            answered = asyncio.create_task(get(server, DEPTH))
            await receive(client, 1)
            assert (await answered).json()["lastUpdateId"] == 10
            assert time.monotonic() - began >= 0.39

    asyncio.run(main())


def test_a_snapshot_that_takes_too_long_is_to_be_asked_for_again(record, monkeypatch):
    monkeypatch.setattr("livefin.serve.server.HOLD", 0.1)
    items = [delta(9, 11), fetched(DEPTH, body(10))]

    async def main():
        async with ReplayServer(record(*items, step=3600 * S)) as server:
            answer = await get(server, DEPTH)
            assert answer.status_code == 503
            assert "BTC-USDT" in answer.json()["error"]

    asyncio.run(main())


def test_without_a_recorded_snapshot_the_book_is_what_its_changes_say(record):
    async def main():
        path = record(delta(1, 2, (5, 1)), delta(3, 3, (5, 0), (4, 2)))
        async with ReplayServer(path, speed=None) as server, subscribed(server) as client:
            await receive(client, 3)
            assert (await get(server, DEPTH)).json() == {
                "lastUpdateId": 3,
                "bids": [["4.00000000", "2.00000000"]],
                "asks": [],
            }

    asyncio.run(main())


def test_other_requests(record):
    info = "/api/v3/exchangeInfo"
    items = [fetched(info, '{"a":1}'), fetched("/odd?q=1", "[]"), delta(1, 1)]

    async def main():
        async with ReplayServer(record(*items), speed=None) as server:
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


def test_a_venue_whose_book_is_in_the_stream_needs_no_snapshots(record):
    class InStream(Venue):
        name = "in-stream"

        def parse(self, raw, ts_recv):
            return ()

    path = record(b"[1]", fetched("/book", "[2]"))
    snapshots = Snapshots(InStream(), Outline(Recording(path), InStream()))
    snapshots.played(list(Recording(path)))
    assert (len(snapshots._unread), snapshots.symbols) == (0, set())

    async def main():
        async with ReplayServer(path, venue=InStream(), speed=None) as server:
            assert (await get(server, "/book")).text == "[2]"

    asyncio.run(main())


# Real captures, and the real client


async def play(server, url, last):
    """Events livefin's own client makes of what is served at `url`, until the change `last`."""
    venue = Binance()
    venue.url, venue.rest_url = f"{url}/stream", url.replace("ws://", "http://")
    events, complete = [], asyncio.Event()

    def deliver(new):
        events.extend(new)
        if book_sequence(new) == last:
            complete.set()

    client = Client(Session(venue, SUBS), deliver)
    running = asyncio.create_task(client.run())
    try:
        async with asyncio.timeout(60):
            await server.finished.wait()
            await complete.wait()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return events


def book_sequence(events):
    """The update id after the last of `events`, if any concerns the book."""
    for event in reversed(events):
        if isinstance(event, BookDelta | BookSnapshot):
            return event.last if isinstance(event, BookDelta) else event.sequence
    return None


def book_of(events):
    book = OrderBook("BTC-USDT")
    for event in events:
        if isinstance(event, BookDelta | BookSnapshot):
            book.apply(event)
    return book


SUBS = [Subscription(channel, "BTC-USDT") for channel in ("trades", "quotes", "book")]


@pytest.fixture(scope="module")
def spot(captures):
    return captures / "binance" / "spot_btcusdt_20240808.txt.gz"


def offline(spot):
    """The last book of the capture, by another way than the server's."""
    venue, bids, held = Binance(), None, []
    for record in Recording(spot):
        if record.kind == "http":
            snapshot = venue.parse_snapshot("BTC-USDT", record.data, 0)
            bids, last = dict(snapshot.bids), snapshot.sequence
        elif b"@depth" in record.data[:40]:
            held += venue.parse(record.data, 0)
    for change in held:
        if change.last > last:
            bids.update(change.bids)
    return {price: size for price, size in bids.items() if size}, held[-1].last


def test_the_real_client_gets_every_event_of_a_real_capture(spot):
    bids, last = offline(spot)

    async def main():
        async with ReplayServer(spot, speed=None) as server:
            return await play(server, server.url, last)

    events = asyncio.run(main())
    assert sum(isinstance(event, Trade) for event in events) == 9757
    assert sum(isinstance(event, Quote) for event in events) == 28_040
    assert {event.kind for event in events if isinstance(event, Status)} == {"connected"}
    assert dict(book_of(events).levels()[0]) == bids


def test_a_book_broken_on_the_way_is_whole_again_at_the_end(spot):
    bids, last = offline(spot)

    depth = itertools.count(1)

    def every_500th(raw):
        return b"@depth" in raw[:40] and next(depth) % 500 == 0

    async def main():
        async with ReplayServer(spot, speed=None) as server, FaultProxy(server.url) as proxy:
            proxy.drop_matching(every_500th, 6)
            return await play(server, proxy.url, last), proxy.dropped

    events, dropped = asyncio.run(main())
    gaps = [event for event in events if isinstance(event, Status) and event.kind == "gap"]
    assert len(dropped) == 6
    assert gaps
    assert dict(book_of(events).levels()[0]) == bids


@pytest.mark.parametrize(
    "name",
    [
        "kraken/v1_10pairs_20210417.jsonl.gz",
        "huobi/huobi.jsonl.gz",
        "hyperliquid/btc_20250126.txt.gz",
        "coinbase/advanced_trade_20260809_part1.jsonl.gz",
    ],
)
def test_captures_of_other_venues_are_served_through_the_contract_alone(captures, name):
    class Other(Venue):
        name = "other"

        def parse(self, raw, ts_recv):
            return ()

    path = captures / name
    expected = [
        record.data if record.binary else record.data.decode()
        for record in Recording(path)
        if record.kind == "recv"
    ]

    async def main():
        async with (
            ReplayServer(path, venue=Other(), speed=None) as server,
            connect(f"{server.url}/?x", max_size=None) as client,
        ):
            assert await receive(client, len(expected)) == expected

    asyncio.run(main())


# The server's own life


def test_closing_ends_connections_tasks_and_may_come_twice(record):
    async def main():
        server = ReplayServer(record(trade(0), trade(1), step=3600 * S))
        async with server, subscribed(server) as client:
            await receive(client, 2)
            waiting = asyncio.create_task(get(server, DEPTH))
            await server.close()
            with pytest.raises(ConnectionClosed) as closed:
                await receive(client, 1)
            assert closed.value.rcvd.code == 1001
            await asyncio.gather(waiting, return_exceptions=True)
        await server.close()
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


def test_a_port_that_is_taken(record):
    async def main():
        path = record(trade(0))
        async with ReplayServer(path) as server:
            port = int(server.url.rpartition(":")[2])
            with pytest.raises(OSError, match="in use"):
                await ReplayServer(path, port=port).__aenter__()

    asyncio.run(main())


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_a_speed_that_is_none(record, speed):
    with pytest.raises(RecordingError, match="speed"):
        ReplayServer(record(trade(0)), speed=speed)


def test_a_recording_of_an_unknown_venue(tmp_path):
    (tmp_path / "r").write_bytes(b'{"t":"header","format":2,"exchange":"ATLANTIS"}\n')
    with pytest.raises(RecordingError, match="pass venue="):
        ReplayServer(tmp_path / "r")


# The command line


def test_the_greeting_is_ready_to_paste(record):
    server = ReplayServer(record(trade(0), delta(1, 1), delta(1, 1, symbol="ethusdt")))
    line = 'lf.connect("binance", ["BTC-USDT", "ETH-USDT"], channels=["trades", "book"], url="'
    assert line in greeting(server)
    assert progress(server) == "waiting: 0 frames, 0:00 in, 0 clients"


def test_run_serve_says_where_and_runs_until_cancelled(record, capsys):
    async def main():
        serving = asyncio.create_task(run_serve(record(trade(0)), speed=None))
        text = ""
        while "url=" not in text:
            await asyncio.sleep(0.01)
            text += capsys.readouterr().out
        url = text.split('url="')[1].split('"')[0]
        async with connect(f"{url}/?x") as client:
            assert await receive(client, 1) == [trade(0).decode()]
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)

    asyncio.run(main())

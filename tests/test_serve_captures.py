"""Real captures served to livefin's own client, and the command line that does it."""

import asyncio
import itertools

import pytest
from faults import FaultProxy
from served import delta, receive, record, trade
from websockets.asyncio.client import connect

from livefin.book import OrderBook
from livefin.client import Client
from livefin.events import BookDelta, BookSnapshot, Quote, Status, Trade
from livefin.recording import Recording
from livefin.serve import ReplayServer, run_serve
from livefin.serve.console import greeting, progress
from livefin.session import Session
from livefin.venues.binance.spot import Binance
from livefin.venues.contract import Subscription, Venue


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
    for was in Recording(spot):
        if was.kind == "http":
            snapshot = venue.parse_snapshot("BTC-USDT", was.data, 0)
            bids, last = dict(snapshot.bids), snapshot.sequence
        elif b"@depth" in was.data[:40]:
            held += venue.parse(was.data, 0)
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


# The command line


def test_the_greeting_is_ready_to_paste(tmp_path):
    server = ReplayServer(record(tmp_path, trade(0), delta(1, 1), delta(1, 1, symbol="ethusdt")))
    line = 'lf.connect("binance", ["BTC-USDT", "ETH-USDT"], channels=["trades", "book"], url="'
    assert line in greeting(server)
    assert progress(server) == "waiting: 0 frames, 0:00 in, 0 clients"


def test_run_serve_says_where_and_runs_until_cancelled(tmp_path, capsys):
    async def main():
        serving = asyncio.create_task(run_serve(record(tmp_path, trade(0)), speed=None))
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

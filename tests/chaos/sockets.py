"""The same storm over real sockets: feeds behind proxies that break what passes.

The embedded exchange and a recording served again, both on this machine. One more client,
connected without a proxy, sees all that the exchange sends, or the recording itself says
it; afterwards each feed is held to it. What is drawn from the seed is which fault comes when;
how the threads take turns is the machine's business.
"""

import asyncio
import contextlib
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path
from threading import Event

sys.path[:0] = [str(Path(__file__).parents[1])]

from books import LevelBook, Truth
from capturevenue import CAPTURES, items_of
from dialects import Binance
from faults import FaultProxy
from ledger import Ledger, Said, Verdict
from threaded import threaded
from websockets.asyncio.client import connect

import livefin as lf
from livefin.errors import LivefinError
from livefin.events import BookDelta, BookSnapshot, Quote, Status, Trade
from livefin.exchange import ExchangeServer
from livefin.serve import ReplayServer

S = 1_000_000_000
SYMBOLS = ["BTC-USDT", "ETH-USDT"]
CAPTURE = "binance/spot_btcusdt_20240808.txt.gz"
RECOVERY = 90.0
KINDS = {
    "drop": 6, "duplicate": 5, "reorder": 5, "truncate": 4, "garbage": 5, "cut": 1,
    "cut in a frame": 1, "silence": 1, "slow read": 3, "slow callback": 3, "refused": 1,
    "rest error": 2, "handover": 2,
}  # fmt: skip
GARBAGE = ("", "null", "[]", "not json", "{" * 2_000, '{"type":"trade"}', b"\xff\xfe\x00", b"")


class Wall:
    """The clock of this machine, for the ledger."""

    origin = 0

    @property
    def true(self):
        return time.time_ns()

    @staticmethod
    def true_of(local):
        return local

    @staticmethod
    def was_set(start, end):
        return False


class ChaosProxy(FaultProxy):
    """Breaks frames in the midst, and lets them wait; called from any thread by `do`."""

    def __init__(self, upstream):
        super().__init__(upstream)
        self._slow_until = 0.0
        self._tear = False

    async def __aenter__(self):
        self._loop = asyncio.get_running_loop()
        return await super().__aenter__()

    def do(self, verb, *args):
        self._loop.call_soon_threadsafe(getattr(self, verb), *args)

    def slow(self, seconds):
        """Pass nothing on for so long, and all of it then."""
        self._slow_until = self._loop.time() + seconds

    def tear(self):
        """End every connection in the midst of a frame."""
        for client in list(self._clients):
            client.transport.write(b"\x81\x7e\x01\x00{")  # the head of 256 bytes, and the first
            client.transport.close()

    def mend(self):
        """No faults any more."""
        self._drop = self._duplicate = self._truncate = 0
        self._slow_until = 0.0
        self.silence(on=False)
        self.http_error(None)
        self.rest_error(None)

    async def _down(self, server, client):
        async def slowly():
            async for data in server:
                wait = self._slow_until - self._loop.time()
                if wait > 0:
                    await asyncio.sleep(wait)
                yield data

        await super()._down(slowly(), client)


class Witness:
    """What one feed gave out, and how its book stood after each change."""

    def __init__(self, feed):
        self.feed, self.events, self.stood = feed, [], []
        self._mirrors = {}
        self.slow = Event()
        feed.on_event(self)

    def __call__(self, event):
        if self.slow.is_set():
            time.sleep(0.004)
        self.events.append(event)
        if isinstance(event, BookDelta | BookSnapshot):
            mirror = self._mirrors.get(event.symbol)
            if isinstance(event, BookSnapshot):
                mirror = self._mirrors.setdefault(event.symbol, LevelBook())
                mirror.replace(event.bids, event.asks)
            elif mirror is None:  # it began before anybody looked
                return
            else:
                mirror.change(event.bids, event.asks)
            book = self.feed.book[event.symbol]
            if book.synced:
                self.stood.append((event.symbol, book.sequence, mirror.digest))


class ExchangeTruth:
    """All that an exchange sends, by a connection that nothing happens to."""

    def __init__(self):
        self.events, self.truths = [], {symbol: Truth() for symbol in SYMBOLS}

    async def watch(self, url):
        request = {"op": "subscribe", "channels": ["trades", "quotes", "book"], "symbols": SYMBOLS}
        async with connect(url, compression=None, max_size=None) as link:
            await link.send(json.dumps(request))
            async for raw in link:
                self._take(json.loads(raw))

    def _take(self, m):
        match m["type"]:
            case "trade":
                ts, rest = m["ts"], (m["price"], m["size"], m["side"], m["id"])
                self.events.append((time.time_ns(), Trade(m["symbol"], ts, ts, *rest)))
            case "quote":
                best = (m["bid"], m["bid_size"], m["ask"], m["ask_size"], m["sequence"])
                self.events.append((time.time_ns(), Quote(m["symbol"], m["ts"], m["ts"], *best)))
            case "book_delta" | "book_snapshot":
                bids, asks = ([tuple(level) for level in m[side]] for side in ("bids", "asks"))
                ids = (m["first"], m["last"]) if "first" in m else (m["sequence"],)
                kind = BookDelta if "first" in m else BookSnapshot
                event = kind(m["symbol"], m["ts"], m["ts"], bids, asks, *ids)
                self.truths[event.symbol].apply(event)


@contextlib.contextmanager
def exchange(seed, feeds):
    """An exchange, and the addresses of as many proxies before it; and what it sends."""
    truth = ExchangeTruth()

    @contextlib.asynccontextmanager
    async def everything():
        async with contextlib.AsyncExitStack() as stack:
            server = await stack.enter_async_context(
                ExchangeServer(seed=seed, rate=60, symbols=SYMBOLS)
            )
            watching = asyncio.create_task(truth.watch(server.url))
            stack.callback(watching.cancel)
            proxies = [
                await stack.enter_async_context(ChaosProxy(server.url)) for _ in range(feeds)
            ]
            yield proxies

    with threaded(everything) as proxies:
        yield proxies, truth


class RecordingTruth:
    """What a recording of Binance says that was sent."""

    def __init__(self):
        self.events, self.truths = [], {"BTC-USDT": Truth()}
        for item in items_of(CAPTURES / CAPTURE, Binance):
            for event in item.events:
                if isinstance(event, BookDelta | BookSnapshot):
                    self.truths[event.symbol].apply(event)
                elif isinstance(event, Trade | Quote):
                    self.events.append((0, event))


@contextlib.contextmanager
def recording(speed):
    """A recording served again, and a proxy before it."""

    @contextlib.asynccontextmanager
    async def everything():
        server = ReplayServer(CAPTURES / CAPTURE, speed=speed)
        async with server, ChaosProxy(server.url) as proxy:
            proxy.replay = server
            yield [proxy]

    with threaded(everything) as proxies:
        yield proxies, RecordingTruth()


class Storm:
    """Faults on several feeds in turn, drawn from `rng`."""

    def __init__(self, rng, proxies, witnesses, kinds=KINDS):
        self.rng, self.counts = rng, Counter()
        self._pairs = list(zip(proxies, witnesses, strict=True))
        self._kinds = kinds

    def strike(self):  # noqa: PLR0912 - a table of faults
        """One fault."""
        rng = self.rng
        proxy, witness = rng.choice(self._pairs)
        kind = rng.choices(list(self._kinds), list(self._kinds.values()))[0]
        n = rng.choice((1, 1, 2, 4, 12))
        match kind:
            case "drop" if rng.random() < 0.5:
                marks = rng.choice((b'"trade"', b'"book_delta"', b"@trade", b"@depth"))
                proxy.do("drop_matching", lambda raw, marks=marks: marks in raw, n)
            case "drop" | "duplicate" | "truncate":
                proxy.do(kind, n)
            case "reorder":
                proxy.do(kind, max(2, n))
            case "garbage":
                proxy.do("inject", rng.choice(GARBAGE))
            case "cut":
                proxy.do("cut")
            case "cut in a frame":
                proxy.do("tear")
            case "silence":
                self._for(rng.uniform(0.2, 1.2), proxy, "silence", True, False)
            case "slow read":
                proxy.do("slow", rng.choice((0.05, 0.2, 0.8)))
            case "slow callback":
                witness.slow.set()
                proxy.do("later", rng.uniform(0.1, 0.6), witness.slow.clear)
            case "refused":
                self._for(rng.uniform(0.2, 1.0), proxy, "http_error", rng.choice((429, 503)), None)
                proxy.do("cut")
            case "rest error":
                status = rng.choice((429, 500, 503))
                self._for(rng.uniform(0.2, 1.5), proxy, "rest_error", status, None)
            case "handover":
                try:
                    witness.feed.reconnect()
                except LivefinError:  # there is no connection just now
                    return
        self.counts[kind] += 1

    def _for(self, seconds, proxy, verb, on, off):
        proxy.do(verb, on)
        proxy.do("later", seconds, lambda: getattr(proxy, verb)(off))


def _later(proxy, seconds, call):
    proxy._loop.call_later(seconds, call)


ChaosProxy.later = _later


def run(seed, faults, *, feeds=3, spacing=0.05, seconds=120.0):
    """A storm of `faults` over the embedded exchange; its verdict, and counts by fault."""
    rng, verdict = random.Random(f"sockets/{seed}"), Verdict()
    with exchange(seed, feeds) as (proxies, truth), contextlib.ExitStack() as stack:
        witnesses = []
        for n, proxy in enumerate(proxies):
            policy = {"policy": "drop_oldest", "backlog": 200} if n % 3 == 2 else {}
            feed = lf.connect(
                "paper", SYMBOLS, url=proxy.url, silence=0.5, rows=2_000_000, **policy
            )
            witnesses.append(Witness(stack.enter_context(feed)))
        for witness in witnesses:
            witness.feed.wait(lambda feed=witness.feed: _well(feed))
        storm = Storm(rng, proxies, witnesses)
        _blow(storm, faults, spacing, seconds)
        _calm(proxies, witnesses)
        for witness in witnesses:
            _recover(witness.feed, verdict)
        time.sleep(1.0)
        for witness in witnesses:
            witness.feed.close()
        time.sleep(0.3)
        for witness in witnesses:
            verdict += _judge(witness, truth, ("trades",))
    return verdict, storm.counts


def run_recording(seed, faults, *, speed=4.0, spacing=0.12):
    """The same over a recording that is served again.

    Few outages: a recording does not wait, and what comes after its end tells of no hole.
    """
    rng, verdict = random.Random(f"recording/{seed}"), Verdict()
    kinds = {kind: n for kind, n in KINDS.items() if kind not in ("handover", "slow callback")}
    kinds |= dict.fromkeys(("cut", "cut in a frame", "silence", "refused"), 0.25)
    with recording(speed) as (proxies, truth):
        (proxy,) = proxies
        with lf.connect("binance", "BTC-USDT", url=proxy.url, silence=0.6, rows=2_000_000) as feed:
            witness = Witness(feed)
            feed.wait(lambda: _well(feed), timeout=30)
            storm = Storm(rng, proxies, [witness], kinds)
            _blow(storm, faults, spacing, 0.4 * 346 / speed)
            _calm(proxies, [witness])
            _recover(feed, verdict)
            feed.wait(proxy.replay.finished.is_set, timeout=2 * 346 / speed)
            time.sleep(1.5)
            _recover(feed, verdict)
        verdict += _judge(witness, truth, ("trades",))
    return verdict, storm.counts


def _blow(storm, faults, spacing, seconds):
    end = time.monotonic() + seconds
    while sum(storm.counts.values()) < faults and time.monotonic() < end:
        storm.strike()
        time.sleep(storm.rng.expovariate(1 / spacing))


def _calm(proxies, witnesses):
    time.sleep(1.5)  # what was to end by itself has ended
    for proxy, witness in zip(proxies, witnesses, strict=True):
        proxy.do("mend")
        witness.slow.clear()


def _well(feed):
    books = [feed.book[symbol] for symbol in feed.symbols]
    return feed.state == "live" and not feed.filling and all(book.synced for book in books)


def _recover(feed, verdict):
    if not feed.wait(lambda: _well(feed), timeout=RECOVERY):
        verdict.complain("hangs", f"{feed!r} after {RECOVERY:.0f} s: {feed.status.list()[-3:]}")


def _judge(witness, truth, numbered):
    """Hold one feed to the truth."""

    def private(quote):  # the current one, sent on subscribing
        return quote.sequence in truth.truths[quote.symbol].by_id

    ledger = Ledger(Wall(), lambda channel: channel in numbered, private=private)
    for at, event in truth.events:
        stream, index = ledger.happened(event)
        stream.at[index] = at or event.ts_event
    for event in witness.events:
        if not isinstance(event, Status):
            ledger.event(event)
    for status in witness.feed.status.list():
        ledger.said.append(Said(status, status.start, status.end, status.ts))
    verdict = ledger.judge()
    verdict.counts["book states judged"] += len(witness.stood)
    for symbol, sequence, digest in witness.stood:
        known = truth.truths[symbol]
        if known.by_id.get(sequence, digest) != digest:
            verdict.complain("books_wrong", f"{symbol}: not the venue's book at {sequence}")
        elif sequence not in known.by_id and digest not in known.last_of:
            verdict.complain("books_wrong", f"{symbol}: no book of the venue's, at {sequence}")
    if witness.feed.status.total > len(witness.feed.status):
        verdict.complain("other", "statuses fell out of the log")
    for status in witness.feed.status.list():
        if status.kind == "error" and ("callback" in status.detail or "stopped" in status.detail):
            verdict.complain("other", status.detail)
    return verdict

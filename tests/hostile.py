"""A server that keeps to no protocol, a venue for it to speak as, and a neighbour to spare.

    with HostileServer(talk) as server:     # talk is a coroutine function of a Visit
        feed = lf.connect(Told(server.url), "A")

A Told venue's frames are words, so that a test can send any event by hand.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import resource
import threading
import time
from pathlib import Path

import pytest
from scripted import ScriptedServer

import livefin as lf
from livefin.errors import MessageError
from livefin.events import BookDelta, BookSnapshot, Status, Trade
from livefin.venues.contract import Closing, Reply, Venue
from livefin.venues.wire import inflate

TEXT, BINARY, CLOSE, PING, PONG, CONT = 0x1, 0x2, 0x8, 0x9, 0xA, 0x0
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Told(Venue):
    """A venue whose frames are words.

    "T A 1": trade 1 of A. "S A 7": its book at update 7. "D A 8 9 [SUM]": a change of it.
    "E A what": a refusal in the venue's words. "R": a question.
    "C": this socket will close. "ok": nothing.
    """

    name, channels, example = "told", ("trades", "book"), "A"
    trade_ids_contiguous = True
    key_names = ("api_key",)
    silence = 30.0

    def __init__(self, url="", rest_url=""):
        self.url, self.rest_url = url, rest_url or url.replace("ws", "http", 1)

    def headers(self):
        key = self.keys.get("api_key")
        return {"X-Told-Key": key.reveal()} if key else {}

    def login(self, now):
        key = self.keys.get("api_key")
        return [f"login {key.reveal()}"] if key else []

    def subscribe(self, subs):
        return [f"+ {sub.channel} {sub.symbol}" for sub in subs]

    def unsubscribe(self, subs):
        return [f"- {sub.channel} {sub.symbol}" for sub in subs]

    def ping(self):
        return "?"

    def parse(self, raw, ts_recv):
        if raw[:2] == b"\x1f\x8b":
            raw = inflate(raw)
        try:
            kind, *words = raw.decode().split(" ")
            return self._events(kind, words, ts_recv)
        except (ValueError, IndexError) as error:
            raise MessageError(f"told: {error}") from error

    def _events(self, kind, words, now):
        asides = {"ok": (), "R": (Reply("an answer"),), "C": (Closing(5.0),)}
        if kind in asides:
            return asides[kind]
        if kind == "T":
            at = int(words[2]) if len(words) > 2 else now
            return (Trade(words[0], at, now, 100.0, 1.0, "buy", int(words[1])),)
        if kind == "S":
            sequence = int(words[1])
            return (BookSnapshot(words[0], now, now, [(99.0, 1.0)], [(101.0, 1.0)], sequence),)
        if kind == "D":
            first, last = int(words[1]), int(words[2])
            return (BookDelta(words[0], now, now, [(98.0, 1.0)], [], first, last),)
        if kind == "E":
            detail = f"told: {' '.join(words[1:])}"
            return (Status("rejected", now, words[0], "trades", detail=detail),)
        raise MessageError(f"told: {kind[:20]!r} is no word of ours")


class Fetched(Told):
    """The same with its book fetched beside the stream."""

    name = "fetched"

    def snapshot_url(self, symbol):
        return f"{self.rest_url}/book/{symbol}"

    def parse_snapshot(self, symbol, body, ts_recv):
        (event,) = self.parse(body, ts_recv)
        return event


class Visit:
    """One connection to a HostileServer: what was asked, and what to answer with."""

    def __init__(self, server, reader, writer, path, headers):
        self.server, self.path, self.headers = server, path, headers
        self.reader, self.writer = reader, writer
        self.number = len(server.visits)

    @property
    def upgrades(self):
        return "upgrade" in self.headers

    async def write(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def accept(self, extensions=""):
        """Answer the handshake as a server should."""
        key = self.headers["sec-websocket-key"].encode()
        digest = hashlib.sha1(key + _MAGIC, usedforsecurity=False).digest()
        more = f"Sec-WebSocket-Extensions: {extensions}\r\n" if extensions else ""
        await self.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}\r\n{more}\r\n".encode()
        )

    async def answer(self, status, body=b"", **headers):
        """Answer as HTTP."""
        more = "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in headers.items())
        head = f"HTTP/1.1 {status} So\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{more}"
        await self.write(f"{head}\r\n".encode() + body)

    async def say(self, *words):
        """Text frames."""
        await self.write(b"".join(frame(TEXT, word.encode()) for word in words))

    async def stay(self, read=True, hang_up=True):
        """Keep the connection, reading what comes or not, until the other side ends it."""
        with contextlib.suppress(ConnectionError):
            while read and (data := await self.reader.read(65_536)):
                self.server.received += data
                if hang_up and data[0] == 0x80 | CLOSE:
                    return
        if not read:
            await asyncio.sleep(3600)


class HostileServer:
    """Runs `talk(visit)` for each connection, on a thread of its own; `visits` counts them."""

    def __init__(self, talk, *, tls=None):
        self._talk, self._tls = talk, tls
        self.visits = []
        """(when, path, headers) of each request."""
        self.received = bytearray()
        """What came after the requests, as long as somebody reads it."""
        self.errors = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="hostile-server")
        self._tasks = set()

    def __enter__(self):
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(self, *_):
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        assert not self.errors, self.errors

    @property
    def url(self):
        return f"{'wss' if self._tls else 'ws'}://127.0.0.1:{self.port}"

    def paths(self):
        return [path for _, path, _ in self.visits]

    def _run(self, coro):
        return asyncio.run_coroutine_threadsafe(coro, self._loop).result(30)

    async def _listen(self):
        self._server = await asyncio.start_server(
            self._visit, "127.0.0.1", 0, ssl=self._tls, limit=2**20
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self):
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _visit(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            request, *lines = head.strip().split("\r\n")
            headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
            path = request.split(" ")[1]
            self.visits.append((time.monotonic(), path, headers))
            await self._talk(Visit(self, reader, writer, path, headers))
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        except Exception as error:  # noqa: BLE001 - shown when the server ends
            self.errors.append(repr(error))
        finally:
            self._tasks.discard(task)
            writer.transport.abort()


def frame(opcode, payload=b"", *, fin=True, rsv=0, length=None, masked=False):
    """A frame as it goes over the wire, or as it should not."""
    n = len(payload) if length is None else length
    mask = 0x80 if masked else 0
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    if n < 126:
        head += bytes([mask | n])
    elif n < 2**16:
        head += bytes([mask | 126]) + n.to_bytes(2, "big")
    else:
        head += bytes([mask | 127]) + n.to_bytes(8, "big")
    return head + (bytes(4) if masked else b"") + payload


def refusing_rest(talk):
    """`talk` for sockets; whatever is fetched is answered with 404."""

    async def both(visit):
        if visit.upgrades:
            await talk(visit)
        else:
            await visit.answer(404, b"no such thing")

    return both


class Neighbour:
    """A second feed of the same process, on a server that behaves. `unharmed()` is the test."""

    def __init__(self):
        self._server = ScriptedServer()
        self._ending = threading.Event()

    def __enter__(self):
        self._server.__enter__()
        self._feed = lf.connect(Told(self._server.url), "N", channels=["trades"])
        self._thread = threading.Thread(target=self._send, name="neighbour")
        self._thread.start()
        return self

    def _send(self):
        n = 0
        while not self._ending.wait(0.01):
            n += 1
            self._server.send(f"T N {n}")

    def unharmed(self, trades=5):
        """It receives now, and was never disturbed."""
        more = self._feed.trades["N"].total + trades
        assert self._feed.wait(lambda: self._feed.trades["N"].total >= more, timeout=20)
        assert not {"disconnected", "gap", "malformed"} & self._feed.status.counts.keys()

    def __exit__(self, *_):
        self._ending.set()
        self._thread.join()
        self._feed.close()
        self._server.__exit__()


def resident_mb():
    """Memory of this process now, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def details(feed, kind):
    """What the statuses of a kind say."""
    return [status.detail for status in feed.status.list() if status.kind == kind]


def once(data):
    """Say `data` on the first connection, and behave on those that follow."""

    async def talk(visit):
        await visit.accept()
        if visit.number == 1:
            await visit.say("T A 1")
            await visit.write(data)
        else:
            await visit.say("T A 2", "T B 1")
        await visit.stay()

    return talk


@pytest.fixture
def attack():
    """`attack(talk)` gives a server that does so, and a feed of A and B on it."""
    ending = []

    def begin(talk, **options):
        server = HostileServer(talk)
        ending.append(server.__exit__)
        server.__enter__()
        feed = lf.connect(Told(server.url), ["A", "B"], channels=["trades"], **options)
        ending.append(feed.close)
        return server, feed

    yield begin
    for end in reversed(ending):
        end()


@pytest.fixture
def neighbour():
    """A second feed, to be asked whether it was disturbed."""
    with Neighbour() as neighbour:
        yield neighbour


def unmasked(received):
    """The texts of short frames that a client sent."""
    at, out = 0, b""
    while at + 6 <= len(received):
        n = received[at + 1] & 0x7F
        key, data = received[at + 2 : at + 6], received[at + 6 : at + 6 + n]
        out += bytes(c ^ key[i % 4] for i, c in enumerate(data))
        at += 6 + n
    return out

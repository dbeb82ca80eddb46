"""A network in memory: takes the place of sockets and of REST, and lets the weather at both.

The real client, line, feed and session run on top. Each link keeps order, as TCP does, but
where the weather says otherwise. Everything that becomes of a frame is told to the ledger
and the books.
"""

import asyncio
import contextlib
from collections import deque
from types import SimpleNamespace

from ledger import CUT, GARBLED, LOST
from streams import Frame, oddly
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.http11 import Response

from livefin import client, dispatch, fetch

S = 1_000_000_000
WAY = (0.004, 0.012)
"""Seconds that a message takes, least and most."""
COALESCE = 0.005
REST_WAY = (0.03, 0.3)
NEVER = 10.0
HOLD = 0.4
"""Seconds that frames out of order wait for the last of them."""


class Network:
    """Between `server` and whoever connects. `verdict` collects what the books complain of."""

    def __init__(self, loop, clock, server, weather, ledger, books, rng):  # noqa: PLR0917 - all it joins
        self.loop, self.clock, self.server, self.weather = loop, clock, server, weather
        self.ledger, self.books, self.rng = ledger, books, rng
        self.links = {}
        self.settled = lambda link, frames: None
        """Called when what a link brought has been taken in."""

    @contextlib.contextmanager
    def patched(self):
        """Have livefin's client use this network."""
        connect, get, slice_ = client.connect, fetch.get, dispatch.SLICE
        client.connect, fetch.get = self.connect, self.get
        dispatch.SLICE = 3_600  # real seconds, in which simulated time stands still
        try:
            yield
        finally:
            client.connect, fetch.get, dispatch.SLICE = connect, get, slice_

    def any_link(self, rng):
        """One of the open links; None where there is none."""
        return rng.choice(list(self.links.values())) if self.links else None

    async def connect(self, url, **_):
        """As websockets' own."""
        await asyncio.sleep(self.rng.uniform(0.01, 0.05))
        if self.weather.refuses():
            match self.rng.randrange(3):
                case 0:
                    raise ConnectionRefusedError
                case 1:
                    headers = Headers({"Retry-After": "2"})
                    raise InvalidStatus(Response(429, "Too Many Requests", headers))
            raise InvalidStatus(Response(503, "Service Unavailable", Headers()))
        conn = self.server.connect(url)
        link = self.links[conn] = Link(self, conn)
        return link

    def post(self, conn, frame):
        """The server sends `frame` to a client."""
        link = self.links.get(conn)
        if link is not None:
            link.carry(frame)

    async def get(self, url, *, headers=None, body=None):
        """As fetch.get."""
        fault, rng = self.weather.fault_of_request(), self.rng
        await asyncio.sleep(rng.uniform(*REST_WAY))
        if fault == "rest never":
            await asyncio.sleep(NEVER)
            raise fetch.FetchError("ReadTimeout: ")
        if fault == "rest error":
            raise fetch.FetchError(f"HTTP {rng.choice((500, 502, 503))}: a fault")
        if fault == "rest 429":
            wait = rng.choice((None, 1.0, 5.0))
            raise fetch.FetchError("HTTP 429: slow down", retry_after=wait)
        answer = self.server.get(url) if fault == "rest old" else None
        await asyncio.sleep(rng.uniform(1, 8) if fault == "rest late" else rng.uniform(0, 0.1))
        if fault == "rest old":  # what a cache in between still has
            await asyncio.sleep(rng.uniform(0.2, 2))
        status, data = answer or self.server.get(url)
        await asyncio.sleep(rng.uniform(0, 0.1))
        if status != 200:
            refused = status in fetch.REFUSALS
            raise fetch.FetchError(f"HTTP {status}: {data[:60]!r}", refused=refused)
        if fault == "rest garbage":
            return rng.choice((b"", b"<html>", b"[]", b"{}", data[: len(data) // 2]))
        return data


class Link:
    """One socket, as client.py sees its Link."""

    def __init__(self, network, conn):
        self.conn = conn
        self.deliver = None
        self.transport = self
        self.protocol = SimpleNamespace(close_sent=None)
        self.close_code, self.close_reason, self.fault = None, "", ""
        self.dead = False
        self._net, self._loop = network, network.loop
        self._closed = asyncio.Event()
        self._coming = deque()
        """(when, frame) on their way."""
        self._going = deque()
        self._inbox = []
        self._held = False
        self._out_of_order = []
        self._silent_until = self._stalled_until = self._last = self._last_up = 0.0
        self._flush_at = 0.0

    # From the server

    def carry(self, frame):
        """A frame sets out."""
        net, now = self._net, self._loop.time()
        weather, rng = net.weather, net.rng
        if now < self._silent_until:
            self._lose(frame, LOST)
            weather.frames["silence"] += 1
            return
        fault = weather.fault_of(frame)
        if fault == "drop":
            self._lose(frame, LOST)
        elif fault == "truncate":
            self._lose(frame, LOST | GARBLED)
            self._set_out(Frame(frame.raw[: rng.randrange(len(frame.raw))], of=frame))
        elif fault == "duplicate":
            self._set_out(frame)
            if rng.random() < 0.5:
                self._set_out(oddly(frame, "again"))
            else:
                self._loop.call_later(rng.uniform(0, HOLD), self._set_out, oddly(frame, "again"))
        elif fault == "reorder":
            net.books.lost(self, frame)  # for now
            self._out_of_order.append(oddly(frame, "late"))
            if len(self._out_of_order) == 1:
                self._loop.call_later(rng.uniform(0.05, HOLD), self._shuffled)
        elif fault == "garbage":
            self._set_out(Frame(weather.garbage(frame.raw)))
            self._set_out(frame)
        else:
            self._set_out(frame)

    def _shuffled(self):
        frames, self._out_of_order = self._out_of_order, []
        self._net.rng.shuffle(frames)
        for frame in frames:
            self._set_out(frame)

    def _lose(self, frame, how):
        net = self._net
        net.books.lost(self, frame)
        arrival = max(self._last, self._loop.time() + WAY[0], self._stalled_until)
        net.ledger.lost(self, frame, how, net.clock.origin + int(arrival * S))

    def _set_out(self, frame):
        if self.dead:
            self._lose(frame, CUT)
            return
        now = self._loop.time()
        arrival = max(self._last, now + self._net.rng.uniform(*WAY), self._stalled_until)
        self._last = arrival
        self._coming.append((arrival, frame))
        self._wake_at(max(arrival, self._flush_at + COALESCE))

    def _wake_at(self, when):
        self._loop.call_at(when, self._arrive)

    def _arrive(self):
        now = self._loop.time()
        while self._coming and self._coming[0][0] <= now and not self.dead:
            self._inbox.append(self._coming.popleft()[1])
        if not self._held:
            self.flush()

    def flush(self):
        """Hand over what has arrived."""
        if self._inbox and self.deliver is not None and not self.dead:
            frames, self._inbox = self._inbox, []
            self._flush_at = self._loop.time()
            net = self._net
            for frame in frames:
                net.ledger.delivered(self, frame)
                net.books.delivered(self, frame)
            self.deliver([frame.raw for frame in frames])
            net.settled(self, frames)

    # From the client

    async def send(self, data):
        """Send a message to the server."""
        if self.dead:
            raise ConnectionClosedError(None, None)
        now = self._loop.time()
        self._last_up = max(self._last_up, now + self._net.rng.uniform(*WAY))
        self._going.append(data)
        self._loop.call_at(self._last_up, self._up)

    def _up(self):
        data = self._going.popleft()
        if not self.dead and self._loop.time() >= self._silent_until:
            self._net.server.receive(self.conn, data)

    async def ping(self):
        """A future that is done when the pong comes, which it may not."""
        if self.dead:
            raise ConnectionClosedError(None, None)
        pong = self._loop.create_future()
        if self._loop.time() >= self._silent_until:
            self._loop.call_later(2 * WAY[1], self._ponged, pong)
        return pong

    def _ponged(self, pong):
        if not self.dead and not pong.done() and self._loop.time() >= self._silent_until:
            self._net.ledger.heard(self)
            pong.set_result(0.0)

    def hold(self):
        """Read no further."""
        self._held = True

    def go_on(self):
        """Read again."""
        self._held = False
        self._wake_at(self._loop.time())

    async def wait_closed(self):
        """Until the socket is gone."""
        await self._closed.wait()

    async def close(self):
        """End it from this side."""
        self.die(1000, "")

    def abort(self):
        """End it without a word."""
        self.die(1006, "")

    def is_closing(self):
        """Whether it is gone."""
        return self.dead

    # Faults

    def fall_silent(self, seconds):
        """Let nothing through, either way, while the socket stays open."""
        now = self._loop.time()
        if self.dead or now < self._silent_until:
            return False
        self._silent_until = now + seconds
        return True

    def stall(self, seconds):
        """Let everything wait, and come at once then."""
        self._stalled_until = max(self._stalled_until, self._loop.time() + seconds)

    def die(self, code, reason, *, torn=False):
        """The socket is gone, and what was under way with it; `torn`: in the midst of it."""
        if self.dead:
            return
        if not torn:  # what had arrived is read before its end is
            self._arrive()
        self.dead = True
        net = self._net
        for frame in [*self._inbox, *(frame for _, frame in self._coming), *self._out_of_order]:
            self._lose(frame, CUT)
        self._coming.clear()
        self._inbox, self._out_of_order = [], []
        self.close_code, self.close_reason = code, reason
        net.links.pop(self.conn, None)
        net.server.disconnect(self.conn)
        net.ledger.ended(self)
        net.books.ended(self)
        self._closed.set()

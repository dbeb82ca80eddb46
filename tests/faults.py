"""A proxy that stands between a client and a server and breaks what passes, on request.

    async with FaultProxy(server.url) as proxy:
        feed = connect(..., url=proxy.url)
        proxy.drop(3)          # the next three frames never arrive; proxy.dropped has them

Faults concern frames on their way to the client, all clients alike, and are counted off
frame by frame. Messages to the server and REST requests pass unharmed, silence excepted.
"""

import asyncio
import contextlib
from collections import deque
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.http11 import Response

NOT_COPIED = frozenset({"connection", "content-encoding", "content-length", "transfer-encoding"})


class FaultProxy:
    """Relays WebSocket and HTTP to `upstream`, a ws:// address, from a free local port."""

    def __init__(self, upstream):
        self._upstream = urlsplit(upstream)
        self.dropped = []
        """Every frame the client never got whole in its place, as bytes, in order."""
        self.passed = 0
        """Frames handed on."""
        self.connections = 0
        """WebSockets accepted so far."""
        self._drop, self._matches = 0, lambda _: True
        self._duplicate = self._truncate = self._reorder = 0
        self._held = deque()
        self._silent = self._refusing = False
        self._handshake_error = self._rest_error = None
        self._clients = set()
        self._server = None

    async def __aenter__(self):
        def create(*args, **kwargs):
            connection = _Connection(*args, **kwargs)
            connection.proxy = self
            return connection

        self._server = await serve(
            self._relay,
            "127.0.0.1",
            0,
            create_connection=create,
            process_request=self._request,
            compression=None,
            max_size=None,
            ping_interval=None,
            close_timeout=0.2,
        )
        host, port = self._server.sockets[0].getsockname()
        self.url, self.rest_url = f"ws://{host}:{port}", f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_):
        self.cut()
        self._server.close()
        await self._server.wait_closed()

    # Faults

    def drop(self, n=1):
        """Swallow the next `n` frames."""
        self.drop_matching(lambda _: True, n)

    def drop_matching(self, predicate, n=1):
        """Swallow the next `n` frames whose bytes `predicate` is true of."""
        self._matches, self._drop = predicate, n

    def duplicate(self, n=1):
        """Send each of the next `n` frames twice."""
        self._duplicate = n

    def truncate(self, n=1):
        """Send only the first half of each of the next `n` frames."""
        self._truncate = n

    def reorder(self, n=2):
        """Hold the next `n` frames back, then send them in reverse."""
        self._reorder = n

    def inject(self, data):
        """Send `data` as a frame of its own to every client; bytes as a binary one."""
        for client in self._clients:
            client.send_now(data)

    def silence(self, on=True):
        """Swallow everything, answers to pings too, while the socket stays open."""
        self._silent = on

    def cut(self):
        """End every connection without a word."""
        for client in list(self._clients):
            client.transport.abort()

    def refuse(self, on=True):
        """Hang up on whoever connects."""
        self._refusing = on

    def http_error(self, status):
        """Answer WebSocket handshakes with `status`; None ends that."""
        self._handshake_error = status

    def rest_error(self, status):
        """Answer REST requests with `status`; None ends that."""
        self._rest_error = status

    # Relaying

    async def _relay(self, client):
        upstream = self._upstream
        path = client.request.path if client.request.path != "/" else upstream.path
        try:
            server = await connect(
                f"ws://{upstream.netloc}{path}",
                compression=None,
                max_size=None,
                ping_interval=None,
                close_timeout=0.2,
            )
        except (OSError, WebSocketException):
            await client.close(1014, "no upstream")
            return
        self.connections += 1
        self._clients.add(client)
        up = asyncio.create_task(_pump(client, server.send))
        down = asyncio.create_task(self._down(server, client))
        try:
            await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._clients.discard(client)
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
            await server.close()
            if server.close_code is not None:
                await client.close(server.close_code if server.close_code != 1006 else 1001)

    async def _down(self, server, client):
        with contextlib.suppress(ConnectionClosed):
            async for data in server:
                for frame in self._faulty(data):
                    self.passed += 1
                    await client.send(frame)

    def _faulty(self, data):
        """What becomes of one frame: the frames to send in its place."""
        raw = data.encode() if isinstance(data, str) else data
        doomed = bool(self._drop) and self._matches(raw)
        if doomed or self._silent:
            self._drop -= doomed
            self.dropped.append(raw)
            return []
        if self._truncate:
            self._truncate -= 1
            self.dropped.append(raw)
            return [data[: len(data) // 2]]
        if self._duplicate:
            self._duplicate -= 1
            return [data, data]
        if self._reorder:
            self._reorder -= 1
            self._held.appendleft(data)
            if self._reorder:
                return []
            held = list(self._held)
            self._held.clear()
            return held
        return [data]

    async def _request(self, connection, request):
        if "websocket" in request.headers.get("Upgrade", "").lower():
            status = self._handshake_error
            return None if status is None else connection.respond(status, "a fault\n")
        if self._rest_error is not None:
            return connection.respond(self._rest_error, "a fault\n")
        try:
            async with httpx.AsyncClient(timeout=60) as client:
                answer = await client.get(f"http://{self._upstream.netloc}{request.path}")
        except httpx.HTTPError:
            return connection.respond(502, "no upstream\n")
        headers = Headers(
            (name, value) for name, value in answer.headers.items() if name not in NOT_COPIED
        )
        headers["Content-Length"] = str(len(answer.content))
        headers["Connection"] = "close"
        return Response(answer.status_code, answer.reason_phrase, headers, answer.content)


class _Connection(ServerConnection):
    """The side that faces the client."""

    proxy = None

    def connection_made(self, transport):
        super().connection_made(transport)
        if self.proxy._refusing:
            transport.abort()

    def send_data(self):
        if self.proxy._silent:
            self.protocol.data_to_send()  # pongs and all: taken out and forgotten
        else:
            super().send_data()

    def send_now(self, data):
        opcode = Opcode.TEXT if isinstance(data, str) else Opcode.BINARY
        payload = data.encode() if isinstance(data, str) else data
        if not self.transport.is_closing():
            self.transport.write(Frame(opcode, payload).serialize(mask=False))


async def _pump(source, send):
    with contextlib.suppress(ConnectionClosed):
        async for data in source:
            await send(data)

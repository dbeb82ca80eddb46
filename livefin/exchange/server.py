"""The embedded exchange on a port: WebSocket and REST, paced by the wall clock.

The only file of the exchange that knows sockets, tasks and the time of day; what is said on
them is gateway.py's and rest.py's. Every few milliseconds the market is brought up to date
and each client gets what there is for it in one write. Nobody is waited for: a client whose
unsent bytes exceed `backlog` is cut off and told why.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterable
from http import HTTPStatus
from types import TracebackType
from typing import Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State

from livefin.exchange import rest
from livefin.exchange.gateway import Deliveries, Gateway
from livefin.exchange.instruments import Instrument
from livefin.exchange.market import RATE, Market

SLICE = 0.015
HEARTBEAT = 1.0
HISTORY = 300.0
MAX_FRAME = 1024 * 1024
MAX_CLIENTS = 256
BACKLOG = 4 * 1024 * 1024
GRACE = 1.0
"""Seconds a client has to answer a close, after which its connection is aborted."""
PATHS = ("/", "/ws")

# Somebody else's broken handshake is not worth a traceback in a notebook.
_log = logging.getLogger("livefin.exchange.server")
_log.setLevel(logging.CRITICAL)


class ExchangeServer:
    """The embedded exchange, listening while the `async with` block lasts.

    `seed` makes the market's course repeatable, `rate` is events a second and symbol,
    `symbols` names or Instruments (all there are for None), `history` seconds of trades from
    before the start, `backlog` unsent bytes a client may fall behind. `port` 0 takes a free
    one. Raises OSError when it cannot listen there.

        async with ExchangeServer(seed=7) as exchange:
            feed = lf.connect(Paper(exchange.url), "BTC-USDT")
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int = 1,
        rate: float = RATE,
        symbols: Iterable[str | Instrument] | None = None,
        history: float = HISTORY,
        backlog: int = BACKLOG,
    ) -> None:
        self.host, self.port = host, port
        self.backlog = backlog
        market = Market(symbols, seed=seed, rate=rate, origin=time.time_ns(), history=history)
        self.gateway = Gateway(market, frame=_text_frame)
        self.cut_off = 0
        """Clients that were disconnected for not reading."""
        self._server: Server | None = None
        self._pump: asyncio.Task[None] | None = None
        self._connections: dict[int, ServerConnection] = {}
        self._endings: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        state = "closed" if self._server is None else self.url
        return f"ExchangeServer({state}, {len(self.gateway)} clients, {self.market})"

    @property
    def market(self) -> Market:
        """What is traded here."""
        return self.gateway.market

    @property
    def url(self) -> str:
        """Where to connect a WebSocket; the port is known once it is listening."""
        return f"ws://{self._authority}/"

    @property
    def rest_url(self) -> str:
        """What to put before a REST path."""
        return f"http://{self._authority}"

    @property
    def _authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Listen, and let the market trade."""
        if self._server is not None:
            return
        self._server = await serve(
            self._serve,
            self.host,
            self.port,
            process_request=self._process_request,
            # Frames are shared by all clients, so none may have a compression of its own.
            compression=None,
            max_size=MAX_FRAME,
            open_timeout=GRACE * 3,
            close_timeout=GRACE,
            logger=_log,
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._pump = asyncio.create_task(self._run(), name="livefin-exchange")

    async def close(self) -> None:
        """Say goodbye to every client and stop listening. Twice is fine."""
        server, self._server = self._server, None
        pump, self._pump = self._pump, None
        if server is None or pump is None:
            return
        pump.cancel()
        await asyncio.wait([pump])
        server.close(close_connections=False)
        for client in list(self._connections):
            self._end(client, CloseCode.GOING_AWAY, "the exchange closes")
        if self._endings:
            await asyncio.wait(self._endings)
        await server.wait_closed()
        if not pump.cancelled():
            pump.result()  # it never returns: raises what stopped the market

    # Pacing

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        beat_at = loop.time()
        while True:
            started, now = loop.time(), time.time_ns()
            self._deliver(self.gateway.advance(now))
            if started >= beat_at:
                self._deliver(self.gateway.heartbeat(now))
                beat_at = started + HEARTBEAT
            for client, connection in list(self._connections.items()):
                # Also those who were sent nothing: answers to pings pile up by themselves.
                self._check_backlog(client, connection)
            await asyncio.sleep(max(0.001, SLICE - (loop.time() - started)))

    # Connections

    async def _serve(self, connection: ServerConnection) -> None:
        if self._server is None:  # its handshake ended while we were closing
            return
        if len(self._connections) >= MAX_CLIENTS:
            await connection.close(CloseCode.TRY_AGAIN_LATER, f"{MAX_CLIENTS} clients is the most")
            return
        client = self.gateway.connect()
        self._connections[client] = connection
        try:
            while True:
                raw = await connection.recv(decode=False)
                self._deliver(self.gateway.receive(client, raw, time.time_ns()))
        except ConnectionClosed:
            pass
        finally:
            self._forget(client)

    def _deliver(self, deliveries: Deliveries) -> None:
        for client, frames in deliveries.items():
            connection = self._connections.get(client)
            if connection is not None and connection.state is State.OPEN:
                # Past the library's send(), which would frame each message once a client and
                # wait for whoever does not read; the frames are whole, so they may be joined.
                connection.transport.write(b"".join(frames))
                self._check_backlog(client, connection)

    def _check_backlog(self, client: int, connection: ServerConnection) -> None:
        unsent = connection.transport.get_write_buffer_size()
        if unsent > self.backlog:
            self.cut_off += 1
            reason = f"too slow: {unsent} bytes unread, {self.backlog} allowed"
            self._end(client, CloseCode.TRY_AGAIN_LATER, reason)

    def _end(self, client: int, code: CloseCode, reason: str) -> None:
        connection = self._connections.pop(client, None)
        if connection is not None:
            ending = asyncio.create_task(_close(connection, code, reason))
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)

    def _forget(self, client: int) -> None:
        self._connections.pop(client, None)
        self._deliver(self.gateway.disconnect(client, time.time_ns()))

    # REST

    def _process_request(self, connection: ServerConnection, request: Request) -> Response | None:  # noqa: ARG002 - the library's signature
        path = request.path.partition("?")[0]
        if "websocket" in request.headers.get("Upgrade", "").lower() and path in PATHS:
            return None
        status, body = rest.respond(
            self.market, request.path, time.time_ns(), clients=len(self.gateway)
        )
        return _response(status, body)


async def _close(connection: ServerConnection, code: CloseCode, reason: str) -> None:
    # Closing waits without end for a client that does not read; hence the timeout.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GRACE):
            await connection.close(code, reason)
    connection.transport.abort()


def _response(status: HTTPStatus, body: bytes) -> Response:
    headers = Headers(
        {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Connection": "close",
        }
    )
    return Response(status.value, status.phrase, headers, body)


def _text_frame(message: bytes) -> bytes:
    return Frame(Opcode.TEXT, message).serialize(mask=False)

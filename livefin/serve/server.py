"""A WebSocket and REST server on one port that plays a recording to whoever connects.

Playing begins when the first client has subscribed, so that it misses nothing, and runs to
an absolute schedule, so that it does not drift. All clients are at one position; one that
joins later joins there. A client that reads slowly holds the playing up, one that does not
read at all is cut off. Frames are composed by websockets and written many at a time.
"""

from __future__ import annotations

import asyncio
import http
from collections.abc import Sequence
from itertools import islice
from os import PathLike
from typing import Self

import msgspec
from msgspec.structs import replace
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State

from livefin.errors import RecordingError
from livefin.recording import Record, Recording
from livefin.serve.outline import PEEK, Outline, path_of
from livefin.serve.snapshots import Snapshots
from livefin.venues.contract import Venue

S = 1_000_000_000
BATCH, BATCH_BYTES = 512, 256 * 1024
PATIENCE = 0.5
"""Seconds a client has to subscribe before frames are sent to it all the same."""
HOLD = 25.0
"""Seconds that a request waits for the playing to reach its answer."""
STALLED = 60.0
GATHER = 0.25
"""Seconds for the other sockets of whoever came first: playing begins for all of them."""
READ = ("recv", "http", "connect")
NEAR = 0.001
IDLE = 200


class _Client:
    """One connected WebSocket and what it is to get."""

    def __init__(self, connection: ServerConnection, path: str, joined: int) -> None:
        self.connection, self.path, self.joined = connection, path, joined
        self.first: bytes | None = None
        self.listening = False
        self.conns: frozenset[str] | None = None
        self.number: int | None = None
        """Of the last frame that the venue numbers by connection."""

    @property
    def open(self) -> bool:
        connection = self.connection
        return connection.state is State.OPEN and not connection.transport.is_closing()


class ReplayServer:
    """Serves the recording at `path`; use it as `async with ReplayServer(…) as server`.

    `speed` is how many times faster than life; None is as fast as the clients take it.
    With `wait=False` it plays whether or not anyone listens; with `loop` it starts over
    after the end, on new connections. `port` 0 is any free one. Raises RecordingError, and
    on entry OSError when the port is taken.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        speed: float | None = 1.0,
        venue: str | Venue | None = None,
        loop: bool = False,
        wait: bool = True,
    ) -> None:
        if speed is not None and not speed > 0:
            raise RecordingError(path, f"speed must be positive, or None; got {speed!r}")
        self.recording = Recording(path, venue=venue)
        self.venue = self.recording.open_venue()
        self.outline = Outline(
            islice(self.recording, PEEK), self.venue, by_message=self.recording.ours
        )
        self.frames = 0
        """Played so far, of this round."""
        self.elapsed = 0
        """How far into the recording that is (ns)."""
        self.finished = asyncio.Event()
        """Set when all has been played; connections stay open."""
        self._host, self._port, self._speed = host, port, speed
        self._loop, self._wait = loop, wait
        self._snapshots = Snapshots(self.venue, self.outline)
        self._sockets = self.outline.sockets
        self._renumbers = (
            type(self.venue).renumbered is not Venue.renumbered and len(self._sockets) > 1
        )
        self._clients: set[_Client] = set()
        self._heard = asyncio.Event()
        self._moved = asyncio.Event()
        self._server: Server | None = None
        self._player: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The WebSocket address."""
        return f"ws://{self._host}:{self._port}"

    @property
    def rest_url(self) -> str:
        """The REST address."""
        return f"http://{self._host}:{self._port}"

    @property
    def clients(self) -> int:
        """How many are connected."""
        return len(self._clients)

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._serve,
            self._host,
            self._port,
            process_request=self._request,
            compression=None,  # frames are composed once for all clients
            open_timeout=HOLD + 5,
            close_timeout=1,
            write_limit=4 * BATCH_BYTES,
        )
        self._port = next(iter(self._server.sockets)).getsockname()[1]
        self._player = asyncio.create_task(self._play())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop playing and close every connection. Twice is fine."""
        server, self._server = self._server, None
        if server is None or self._player is None:
            return
        self._player.cancel()
        try:
            await self._player  # raises what stopped it, if anything did
        except asyncio.CancelledError:
            pass
        finally:
            server.close()
            await server.wait_closed()

    # Playing

    async def _play(self) -> None:
        try:
            while True:
                if self._wait:
                    await self._heard.wait()
                    await asyncio.sleep(GATHER)
                await self._play_once()
                if not self._loop:
                    break
                await self._start_over()
        finally:
            self._end()

    async def _play_once(self) -> None:
        now, speed = asyncio.get_running_loop().time, self._speed
        began, first = now(), None
        batch: list[Record] = []
        size = 0
        for record in self.recording:
            ts = record.ts
            if first is None or ts < first - S:  # a recording appended to may go back in time
                began, first = now(), ts
            if speed is not None:
                due = began + (ts - first) / S / speed
                if due > now() + NEAR:
                    await self._send(batch)
                    batch, size = [], 0
                    if due > now() + 10 * NEAR:
                        self._snapshots.catch_up(IDLE)
                    await asyncio.sleep(due - now())
            batch.append(record)
            size += len(record.data)
            self.elapsed = ts - first
            if len(batch) >= BATCH or size >= BATCH_BYTES:
                await self._send(batch)
                batch, size = [], 0
        await self._send(batch)

    async def _send(self, batch: list[Record]) -> None:
        """Write the frames among `batch` to every client, and wait until they take more."""
        if not batch:
            return
        frames = [record for record in batch if record.kind == "recv"]
        for record in batch:
            if record.kind not in ("recv", "http") and self._sockets.note(record):
                self._route()
        self._snapshots.played([record for record in batch if record.kind in READ])
        self.frames += len(frames)
        listeners = [client for client in self._clients if client.listening and client.open]
        written: dict[frozenset[str] | None, bytes] = {}
        for client in listeners:
            if self._renumbers and (client.conns is None or len(client.conns) > 1):
                client.connection.transport.write(self._renumbered(frames, client))
                continue
            if client.conns not in written:
                written[client.conns] = _compose(frames, client.conns)
            client.connection.transport.write(written[client.conns])
        self._moved.set()
        self._moved.clear()
        for client in listeners:
            await self._drain(client)
        await asyncio.sleep(0)  # where nobody is slow, let others have their turn

    def _renumbered(self, frames: Sequence[Record], client: _Client) -> bytes:
        """The frames of several sockets with the numbers of one."""
        out: list[Record] = []
        for record in frames:
            number = 0 if client.number is None else client.number + 1
            data = self.venue.renumbered(record.data, number)
            if data is not None:
                client.number = number
            out.append(record if data is None else replace(record, data=data))
        return _compose(out, client.conns)

    async def _drain(self, client: _Client) -> None:
        try:
            async with asyncio.timeout(STALLED):
                await client.connection.drain()
        except TimeoutError:
            client.connection.transport.abort()
        except OSError:
            pass  # it left

    async def _start_over(self) -> None:
        """Go back to the first frame. The numbering starts over, so connections do too."""
        # First all this: whoever reconnects while others are closed belongs to the next round.
        self._heard.clear()
        self.venue.opened()
        self.frames, self._snapshots = 0, Snapshots(self.venue, self.outline)
        for client in list(self._clients):
            await client.connection.close(CloseCode.SERVICE_RESTART, "the recording starts over")
        await asyncio.sleep(0)  # a short recording that nobody listens to must not spin

    def _end(self) -> None:
        self.finished.set()
        self._moved.set()

    # Clients

    async def _serve(self, connection: ServerConnection) -> None:
        request = connection.request
        client = _Client(connection, path_of(request.path if request else "/"), self.frames)
        self._clients.add(client)
        patience = asyncio.get_running_loop().call_later(PATIENCE, self._listen, client)
        if "?" in client.path:  # streams can be named in the address
            self._listen(client)
        try:
            while True:
                raw = await connection.recv(decode=False)
                replies = self._answer(raw)
                for reply in replies:
                    await connection.send(reply, text=True)
                if client.first is None:
                    client.first = raw
                    self._route()
                if replies:
                    self._listen(client)
        except ConnectionClosed:
            pass
        finally:
            patience.cancel()
            self._clients.discard(client)

    def _answer(self, raw: bytes) -> list[bytes]:
        try:
            return self.venue.answer(raw)
        except (ValueError, RecursionError):
            return []  # a client may send anything

    def _listen(self, client: _Client) -> None:
        """From now on `client` gets frames."""
        if not client.listening:
            client.listening, client.joined = True, self.frames
            self._route()
            self._heard.set()

    def _route(self) -> None:
        for client in self._clients:
            client.conns = self._sockets.for_client(client.path, client.first)

    # REST

    async def _request(self, connection: ServerConnection, request: Request) -> Response | None:
        if any("websocket" in value.lower() for value in request.headers.get_all("Upgrade")):
            return None
        path = path_of(request.path)
        symbol = self.venue.snapshot_symbol(path)
        if symbol is None or symbol not in self._snapshots.symbols:
            body = None if symbol else self.outline.bodies.get(path)
            if body is None:
                return _refuse(http.HTTPStatus.NOT_FOUND, f"no answer to {path} was recorded")
            return _respond(http.HTTPStatus.OK, body)
        try:
            async with asyncio.timeout(HOLD):
                while not connection.transport.is_closing():
                    at_start = any(client.joined == 0 for client in self._clients)
                    body = self._snapshots.answer(symbol, from_start=at_start)
                    if body is not None:
                        return _respond(http.HTTPStatus.OK, body)
                    if self.finished.is_set():
                        return _refuse(http.HTTPStatus.NOT_FOUND, f"there is no book of {symbol}")
                    await self._moved.wait()
        except TimeoutError:
            pass
        return _refuse(http.HTTPStatus.SERVICE_UNAVAILABLE, f"there is no book of {symbol} yet")


def _compose(frames: Sequence[Record], conns: frozenset[str] | None) -> bytes:
    """The frames of the sockets `conns` (None: of all), as they go over the wire."""
    return b"".join(
        Frame(Opcode.BINARY if record.binary else Opcode.TEXT, record.data).serialize(mask=False)
        for record in frames
        if conns is None or record.conn in conns
    )


def _refuse(status: http.HTTPStatus, error: str) -> Response:
    return _respond(status, msgspec.json.encode({"error": error}))


def _respond(status: http.HTTPStatus, body: bytes) -> Response:
    headers = Headers()
    headers["Content-Type"] = "application/json"
    headers["Content-Length"] = str(len(body))
    headers["Connection"] = "close"
    return Response(status, status.phrase, headers, body)

"""A WebSocket and HTTP server that does what a test says, on a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response


class ScriptedServer:
    """`with ScriptedServer() as server:` then connect to `server.url` and call its verbs."""

    def __init__(self) -> None:
        self.received: list[str | bytes] = []
        self.on_message: Callable[[str | bytes], list[str | bytes]] = lambda _: []
        self.handshake_status: int | None = None
        self.rest: dict[str, tuple[int, bytes, dict[str, str]]] = {}
        self.requests: list[str] = []
        self.connections = 0
        self._open: set[ServerConnection] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="scripted-server")
        self._server: Server | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def send(self, *frames: str | bytes) -> None:
        """Send to every client, in order."""
        self._run(self._send(frames))

    def cut(self) -> None:
        """Drop every connection without a closing handshake."""

        async def cut() -> None:
            for connection in list(self._open):
                connection.transport.abort()

        self._run(cut())

    def close_clients(self, code: int = 1000, reason: str = "") -> None:
        """Close every connection politely."""

        async def close() -> None:
            for connection in list(self._open):
                await connection.close(code, reason)

        self._run(close())

    def write(self, data: bytes) -> None:
        """Put raw bytes on every TCP connection."""

        async def write() -> None:
            for connection in list(self._open):
                connection.transport.write(data)

        self._run(write())

    def _run(self, coro: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coro, self._loop).result(30)

    async def _send(self, frames: tuple[str | bytes, ...]) -> None:
        for connection in list(self._open):
            for frame in frames:
                await connection.send(frame)

    async def _listen(self) -> None:
        self._server = await serve(
            self._handle,
            "127.0.0.1",
            self.port,
            process_request=self._request,
            ping_interval=None,
            close_timeout=0.2,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _handle(self, connection: ServerConnection) -> None:
        self.connections += 1
        self._open.add(connection)
        try:
            async for message in connection:
                self.received.append(message)
                for answer in self.on_message(message):
                    await connection.send(answer)
        except ConnectionClosed:
            pass
        finally:
            self._open.discard(connection)

    def _request(self, connection: ServerConnection, request: Request) -> Response | None:
        self.requests.append(request.path)
        path = request.path.partition("?")[0]
        if path in self.rest:
            status, body, headers = self.rest[path]
            response = connection.respond(HTTPStatus(status), body.decode())
            for name, value in headers.items():
                response.headers[name] = value
            return response
        if self.handshake_status is not None:
            return connection.respond(HTTPStatus(self.handshake_status), "no\n")
        return None

"""A WebSocket connection that hands frames over many at a time, and rests between reads.

It is the websockets package's own, handshake, framing, TLS, proxy and all. It differs in
one thing: frames are handed over as they are decoded, many in one go, instead of one by
one through a queue that wakes a task each time. And when frames come closer together than
COALESCE, reading pauses for that long, so that the loop wakes 200 times a second instead
of 5,000; a lone frame is read at once. Used by client.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Sequence
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidMessage, InvalidStatus, ProxyError
from websockets.frames import Frame, Opcode

from livefin.errors import LivefinError

COALESCE = 0.005
FULL_READ, MAX_READ = 32 * 1024, 64 * 1024
"""Of frames of two bytes the larger holds 32,000, which take a quarter of a second."""
QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)
"""Acknowledge at once, which only Linux can be asked for."""
MAX_UNREAD = 8 * 2**20
"""Bytes we have written that the other side has not read; answers to its pings pile up there."""
OPEN_TIMEOUT = 10.0
_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


class Link(ClientConnection):
    """A websockets connection that delivers frames in bulk to `deliver`."""

    deliver: Callable[[Sequence[bytes]], None] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fault = ""
        """Why we dropped it ourselves, in words."""
        self._frames: list[bytes] = []
        self._pieces: bytearray | None = None
        self._ending = False
        self._last_read = 0.0
        self._was_full = False
        self._held = False
        self._resting = False

    def connection_made(self, transport: Any) -> None:
        """Read no more at a time than leaves the loop free for others now and then."""
        super().connection_made(transport)
        if hasattr(transport, "max_size"):
            transport.max_size = MAX_READ

    def connection_lost(self, exc: Exception | None) -> None:
        """Lost, or never made: as when TLS fails inside of a proxy's tunnel."""
        if hasattr(self, "recv_messages"):
            super().connection_lost(exc)

    def process_event(self, event: Any) -> None:
        """Collect a data frame; leave everything else to websockets."""
        if not isinstance(event, Frame) or event.opcode not in _DATA:
            super().process_event(event)
        elif event.fin and self._pieces is None:
            self._frames.append(bytes(event.data))
        else:
            if self._pieces is None:
                self._pieces = bytearray()  # not a list: of empty pieces there may be any number
            self._pieces += event.data
            if event.fin:
                self._frames.append(bytes(self._pieces))
                self._pieces = None

    def data_received(self, data: bytes) -> None:
        """Decode what came, deliver it, and rest a moment when more is sure to come soon."""
        super().data_received(data)
        self.flush()
        self._end_what_is_over(len(data))
        now = self.loop.time()
        # A full read means that the other side is ahead of us: do not rest then, nor after
        # the read of what it left.
        full, was_full = len(data) >= FULL_READ, self._was_full
        self._was_full = full
        if now - self._last_read < COALESCE and not (full or was_full or self._held):
            self._resting = True
            self.transport.pause_reading()
            self._acknowledge()
            self.loop.call_later(COALESCE, self._wake)
        self._last_read = now

    def _end_what_is_over(self, size: int) -> None:
        """Wait for no other side that does not read, or does not hang up when it should."""
        if self.transport.get_write_buffer_size() > MAX_UNREAD:
            self.drop("it asks, and does not read what it is answered")
        elif self.protocol.close_expected():
            if size >= FULL_READ:  # it pours, and its goodbye lies behind all that
                self.transport.abort()
            elif not self._ending:
                self._ending = True
                self.loop.call_later(self.close_timeout or 0, self.transport.abort)

    def drop(self, why: str) -> None:
        """End it at once, and say why in `fault`."""
        self.fault = self.fault or why
        self.transport.abort()

    def flush(self) -> None:
        """Deliver what has been decoded, once there is someone to deliver it to."""
        if self._frames and self.deliver is not None:
            frames, self._frames = self._frames, []
            self.deliver(frames)

    def _acknowledge(self) -> None:
        # While nobody reads, small packets are acknowledged late, and the other side, which
        # may have only so many on their way, keeps the next ones back: that is lag.
        under = self.transport.get_extra_info("socket")
        if QUICKACK is not None and under is not None:
            with contextlib.suppress(OSError):  # it is no TCP
                under.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)

    def _wake(self) -> None:
        self._resting = False
        if not self._held and not self.transport.is_closing():
            self._last_read = self.loop.time()
            self.transport.resume_reading()

    def hold(self) -> None:
        """Read no further, so that the other side has to wait."""
        if not self._held:
            self._held = True
            if not self._resting:
                self.transport.pause_reading()

    def go_on(self) -> None:
        """Read again after `hold`."""
        if self._held:
            self._held = False
            if not self._resting and not self.transport.is_closing():
                self.transport.resume_reading()


def explain(error: BaseException) -> str:  # noqa: PLR0911 - a table of cases
    """Why a connection could not be made, and what to do, in one line."""
    match error:
        case InvalidStatus():
            status = error.response.status_code
            hint = {
                **dict.fromkeys(range(300, 400), "it sends us to another address; keys stay here"),
                401: "the key is missing or wrong",
                403: "access is forbidden, perhaps from this country",
                404: "the address is wrong",
                418: "this address is banned for a while for too many requests",
                429: "too many requests; wait before trying again",
                451: "the venue does not serve this country",
            }.get(status, "the server refused the WebSocket handshake")
            return f"HTTP {status}: {hint}"
        case ConnectionRefusedError():
            return "connection refused: nothing listens there; is the server running?"
        case TimeoutError():
            return f"no answer within {OPEN_TIMEOUT:.0f} s"
        case socket.gaierror():
            return (
                f"the name of the server was not found ({error.strerror}); "
                "check the network and the address"
            )
        case LivefinError():
            return str(error)
        case ProxyError():
            return f"{error}; check the proxy, which is set by HTTPS_PROXY or by the system"
        case InvalidMessage():
            return f"{error}: what answers there, or stands in between, is no WebSocket server"
        case OSError():
            what = error.strerror or str(error) or f"it broke off ({type(error).__name__})"
            return f"{what}: check the network and the address"
    return f"{type(error).__name__}: {error}"

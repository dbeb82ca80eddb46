"""Write what happens on the wire to a file, without ever holding up the wire.

The calls of the event loop only note; a thread encodes, compresses and flushes once a
second, so that a crash loses about a second. A failing disk ends the recording, never the
feed. What authenticates is not written. Fed by client; the layout is layout.py's.
"""

from __future__ import annotations

import atexit
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from livefin.errors import RecordingError
from livefin.keys import Secret
from livefin.recording.layout import FORMAT, Header, Kind, Record, to_line
from livefin.recording.output import Output
from livefin.recording.secrecy import Redactor

FLUSH_INTERVAL = 1.0
BATCH = 512
WAKE_BYTES = 4 << 20
_SECRET = re.compile(
    r"(?i)((?:^|&)[^&=]*(?:key|token|secret|sign|pass|auth|jwt|credential|session)[^&=]*=)[^&]*"
)


class Recorder:
    """Writes a recording of `venue` to `path`.

    `recv` and its siblings take about a microsecond and never raise. When the disk fails or
    cannot keep up, or the file is taken away, recording stops, `error` says why, and
    `close()` raises it. `backlog` bounds the bytes that wait to be written. What is in
    `path` already is not overwritten unless `overwrite` says so. `config` is what is
    subscribed, channel -> symbols. What `secrets` gives is written nowhere, even where a
    server sends it. Sockets are numbered from 1 as they connect, unless `conn` names them. Raises
    RecordingError.

    >>> import tempfile, pathlib
    >>> from livefin.recording import Recording
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "session.jsonl.gz"
    >>> with Recorder(path, venue="binance", config={"trades": ["BTC-USDT"]}) as to:
    ...     to.recv(b'{"stream":"btcusdt@trade","data":{}}', 1723161254036059768)
    >>> [(record.kind, record.ts) for record in Recording(path)]
    [('recv', 1723161254036059768)]
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        venue: str,
        config: Mapping[str, Sequence[str]] = MappingProxyType({}),
        overwrite: bool = False,
        backlog: int = 256 << 20,
        secrets: Callable[[], Iterable[Secret]] = tuple,
    ) -> None:
        self.path = Path(path).expanduser()
        self.frames = 0
        """Frames received and noted."""
        self.bytes = 0
        """Their size."""
        self.error: Exception | None = None
        self._venue = venue
        self._noted: deque[Record | Header] = deque()
        """What waits to be written; a header begins another file."""
        self._noted_bytes, self._written_bytes, self._backlog = 0, 0, backlog
        self._wake, self._writing = threading.Event(), threading.Lock()
        self._sockets, self._conn = 0, "1"
        self._closed = False
        self._redact = Redactor(secrets)
        try:
            self._output = self._open(self._header(config), overwrite=overwrite)
        except FileExistsError:
            reason = "is there already; choose another, or overwrite=True"
            raise RecordingError(self.path, reason) from None
        except OSError as error:
            reason = f"cannot be written: {error.strerror or error}"
            raise RecordingError(self.path, reason) from error
        self._thread = threading.Thread(target=self._run, name="livefin-recorder", daemon=True)
        self._thread.start()
        # A daemon thread never holds up the exit; this writes what it had not.
        atexit.register(self.close)

    def __repr__(self) -> str:
        state = "failed" if self.error else "closed" if self._closed else "open"
        return f"{type(self).__name__}({str(self.path)!r}, {self.frames} frames, {state})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What happened, as the event loop's thread tells it

    def recv(
        self,
        frames: bytes | Sequence[bytes],
        ts: int,
        *,
        conn: str | None = None,
        binary: bool = False,
    ) -> None:
        """A frame came, or several in this order. What is not UTF-8 is `binary` in any case."""
        for frame in (frames,) if isinstance(frames, bytes) else frames:
            if self._note("recv", ts, frame, conn, binary=binary):
                self.frames += 1
                self.bytes += len(frame)

    def send(
        self, data: bytes | str, ts: int, *, conn: str | None = None, secret: bool = False
    ) -> None:
        """A message went out. `secret`: that it did is written, what it said is not."""
        self._note("send", ts, "<redacted>" if secret else data, conn)

    def connect(self, url: str, ts: int, *, conn: str | None = None, replaces: str = "") -> str:
        """A socket was opened, to take the place of `replaces`; the name it has here.

        Keys and passwords in `url` are left out.
        """
        self._sockets += 1
        self._conn = str(self._sockets) if conn is None else conn
        self._note("connect", ts, replaces, conn, public_url(url))
        return self._conn

    def disconnect(self, reason: str, ts: int, *, conn: str | None = None) -> None:
        """A socket was lost or closed."""
        self._note("disconnect", ts, reason, conn)

    def http(self, url: str, body: bytes | str, ts: int, *, conn: str | None = None) -> None:
        """A GET of `url` was answered with `body`. Keys in `url` are left out."""
        self._note("http", ts, body, conn, public_url(url))

    def _note(
        self,
        kind: Kind,
        ts: int,
        data: bytes | str,
        conn: str | None,
        url: str = "",
        *,
        binary: bool = False,
    ) -> bool:
        if self._closed or self.error is not None:
            return False
        raw = data.encode("utf-8", "replace") if isinstance(data, str) else bytes(data)
        self._noted.append(Record(kind, ts, raw, self._conn if conn is None else conn, url, binary))
        self._noted_bytes += len(raw)
        waiting = self._noted_bytes - self._written_bytes
        if waiting > self._backlog:
            self._fail(OSError(f"the disk cannot keep up: {waiting >> 20} MiB are waiting"))
        elif waiting > WAKE_BYTES:
            self._wake.set()
        return True

    # The writer

    def flush(self) -> None:
        """Bring everything noted so far to the file, to be read even after a crash."""
        with self._writing:
            if self._closed:
                return
            self._write_noted(flush=True)

    def close(self) -> None:
        """Write the rest and close the file. Raises RecordingError if any of it was lost."""
        with self._writing:
            if self._closed:
                return
            self._closed = True
            self._write_noted()
            self._end()
        atexit.unregister(self.close)
        self._wake.set()
        self._thread.join()
        if self.error is not None:
            raise RecordingError(self.path, f"is cut short: {self.error}") from self.error

    def _header(self, config: Mapping[str, Sequence[str]]) -> Header:
        subscribed = {channel: list(symbols) for channel, symbols in config.items()}
        return Header("header", FORMAT, self._venue, config=subscribed, recorded=time.time_ns())

    def _open(self, header: Header, *, overwrite: bool) -> Output:
        """The file whose first line `header` is. Raises OSError."""
        return Output(self.path, header, overwrite=overwrite)

    def _end(self) -> None:
        """Close the file."""
        try:
            if self.error is None:
                return self._output.close()
        except OSError as error:
            self._fail(error)
        self._output.abandon()
        return None

    def _run(self) -> None:
        while not self._closed and self.error is None:
            self._wake.wait(FLUSH_INTERVAL)
            self._wake.clear()
            if self._noted:
                self.flush()

    def _write_noted(self, *, flush: bool = False) -> None:
        try:
            while self._noted and self.error is None:
                self._write_batch()
            if flush and self.error is None:
                self._output.flush()
        except Exception as error:  # noqa: BLE001 - whatever it is, the feed goes on
            self._fail(error)

    def _write_batch(self) -> None:
        batch: list[Record] = []
        while self._noted and len(batch) < BATCH:
            item = self._noted.popleft()
            if isinstance(item, Header):
                self._write(batch)
                batch = []
                self._go_on(item)
            else:
                batch.append(item)
        self._write(batch)

    def _write(self, batch: Sequence[Record]) -> None:
        if batch:
            self._redact.renew()
            self._output.write(map(to_line, map(self._redact, batch)))
            self._written_bytes += sum(len(record.data) for record in batch)

    def _go_on(self, header: Header) -> None:
        """End the file, and go on in another that begins with `header`."""
        raise NotImplementedError

    def _fail(self, error: Exception) -> None:
        if self.error is None:
            if isinstance(error, OSError) and error.strerror:
                error = OSError(f"{error.strerror}: {self._output.path}")
            self.error = error
        self._noted.clear()


def public_url(url: str) -> str:
    """`url` without what only its owner may know.

    >>> public_url("wss://me:pw@host/ws?listenKey=abc&streams=btcusdt@trade")
    'wss://host/ws?listenKey=<redacted>&streams=btcusdt@trade'
    """
    parts = urlsplit(url)
    query = _SECRET.sub(r"\1<redacted>", parts.query)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query))

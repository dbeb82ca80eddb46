"""Record for days: one file after the other, each complete in itself, the oldest removed.

Every file begins with the sockets that stand, and has the books' snapshots come again, so
that it can be played alone; all of them are played as one, as if there were no seams. The
event loop decides at which frame a file ends, and only notes it: the recorder's thread
closes the file and opens the next when it comes to that note, so that no frame is lost or
written twice. Made by feed; reader.py puts the files together again.
"""

from __future__ import annotations

import contextlib
import re
import secrets as random_secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from types import MappingProxyType

from msgspec.structs import replace

from livefin.errors import RecordingError
from livefin.keys import Secret
from livefin.recording.layout import Header
from livefin.recording.output import Output
from livefin.recording.parts import SUFFIXES
from livefin.recording.recorder import Recorder, public_url

S = 1_000_000_000
_TIMES = {
    "s": S, "min": 60 * S, "m": 60 * S, "h": 3_600 * S, "d": 86_400 * S, "w": 604_800 * S,
}  # fmt: skip
_SIZES = {
    "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}  # fmt: skip
_QUANTITY = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*")
SHORTEST, SMALLEST = S, 10_000
LONGEST_HANDOVER = 60 * S
"""While one socket takes another's place no file ends, but for no longer than this."""


class RotatingRecorder(Recorder):
    """Writes a recording of `venue` to one file after the other in `folder`.

    `rotate` is how long a file lasts ("1h": until the next full hour, UTC) or how large it
    gets on disk ("500MB"). `keep` bounds what stays: a number of files, or their size on
    disk ("20GB"), the one being written left out; None keeps all. Only files that are called
    as it calls them, "binance-20240808T235413.000Z.jsonl.gz" by the UTC time they begin, are
    removed. The folder is made if it is not there. `renew` is called when a file begins and
    is to have the books' snapshots come again. `config` says what is subscribed by then.
    The rest is as for Recorder. Raises RecordingError.
    """

    def __init__(
        self,
        folder: str | PathLike[str],
        *,
        venue: str,
        rotate: str,
        keep: int | str | None = None,
        config: Callable[[], Mapping[str, Sequence[str]]] = lambda: MappingProxyType({}),
        renew: Callable[[], object] = lambda: None,
        backlog: int = 256 << 20,
        secrets: Callable[[], Iterable[Secret]] = tuple,
    ) -> None:
        path = Path(folder).expanduser()
        self._every, self._most = _bounds(path, rotate)
        self._keep_files, self._keep_bytes = _kept(path, keep)
        self._subscribed, self._renew = config, renew
        self._run_id, self._part, self._opened = random_secrets.token_hex(4), 0, 0
        """Parts begun by the loop's thread, and by the writer."""
        self._written: list[Path] = []
        """The files so far."""
        self._stamped = 0
        """The time (ms) in the latest name."""
        self._due = 0
        """When the file ends (ns)."""
        self._standing: dict[str, tuple[str, str, int]] = {}
        """Sockets: address, whose place they take, since when."""
        plain = re.sub(r"[^A-Za-z0-9_-]", "_", venue) or "recording"
        self._name = plain + "-{}" + SUFFIXES[0]
        self._ours = re.compile(re.escape(plain) + r"-\d{8}T\d{6}\.\d{3}Z\.jsonl\.gz")
        if path.name.endswith(SUFFIXES) or path.is_file():
            raise RecordingError(path, "is a file; with rotate= name a folder, and it names files")
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = f"cannot be made: {error.strerror or error}"
            raise RecordingError(path, reason) from error
        super().__init__(path, venue=venue, config=config(), backlog=backlog, secrets=secrets)

    @property
    def file(self) -> Path:
        """The file that is being written."""
        return self._output.path

    # On the event loop's thread

    def recv(
        self,
        frames: bytes | Sequence[bytes],
        ts: int,
        *,
        conn: str | None = None,
        binary: bool = False,
    ) -> None:
        """As Recorder.recv; the first frame that is past the bound begins another file."""
        if self._past(ts):
            self._cut(ts)
        super().recv(frames, ts, conn=conn, binary=binary)

    def connect(self, url: str, ts: int, *, conn: str | None = None, replaces: str = "") -> str:
        """As Recorder.connect."""
        name = super().connect(url, ts, conn=conn, replaces=replaces)
        self._standing[name] = (url, replaces, ts)
        return name

    def disconnect(self, reason: str, ts: int, *, conn: str | None = None) -> None:
        """As Recorder.disconnect."""
        super().disconnect(reason, ts, conn=conn)
        self._standing.pop(self._conn if conn is None else conn, None)

    def _past(self, ts: int) -> bool:
        """Whether a frame of `ts` belongs into another file."""
        if self._most is not None:
            # Once a file: until the writer has come to it, the size is that of the one before.
            past = self._output.size >= self._most and self._opened == self._part
        else:
            if not self._due or self._due - ts > self._every:  # the first, or a clock set back
                self._due = self._boundary(ts)
            past = ts >= self._due
        return past and not self._changing(ts)

    def _boundary(self, ts: int) -> int:
        return ts - ts % self._every + self._every

    def _changing(self, ts: int) -> bool:
        """Whether a socket is just taking another's place, which takes a file with both."""
        return any(
            replaces in self._standing and 0 <= ts - since < LONGEST_HANDOVER
            for _, replaces, since in self._standing.values()
        )

    def _cut(self, ts: int) -> None:
        """Have another file begin here, with what it needs to be played alone."""
        if self._closed or self.error is not None:
            return
        self._part += 1
        if self._most is None:
            self._due = self._boundary(ts)
        try:
            self._noted.append(self._header(self._subscribed()))
            for name, (url, replaces, _) in self._standing.items():
                replaced = replaces if replaces in self._standing else ""
                self._note("connect", ts, replaced, name, public_url(url))
            self._wake.set()
            self._renew()
        except Exception as error:  # noqa: BLE001 - the feed goes on
            self._fail(error)

    def _header(self, config: Mapping[str, Sequence[str]]) -> Header:
        return replace(super()._header(config), run=self._run_id, part=self._part)

    # The writer

    def _open(self, header: Header, *, overwrite: bool = False) -> Output:  # noqa: ARG002
        self._remove_oldest()
        # Names rise, though files may follow closely and a clock may be set back.
        ms = max(int(header.recorded or 0) // 10**6, self._stamped + 1)
        while (path := self.path / self._name.format(_stamp(ms))).exists():
            ms += 1
        output = Output(path, header)
        self._stamped = ms
        self._written.append(path)
        return output

    def _go_on(self, header: Header) -> None:
        self._output.close()
        self._output = self._open(header)
        self._opened = header.part

    def _remove_oldest(self) -> None:
        if self._keep_files is None and self._keep_bytes is None:
            return
        there = sorted(path for path in self.path.iterdir() if self._ours.fullmatch(path.name))
        # Its own are the newest, whatever time other clocks have put into names.
        self._written = [path for path in self._written if path in there]
        there = [path for path in there if path not in self._written] + self._written
        total = 0
        for n, path in enumerate(reversed(there), 1):
            with contextlib.suppress(OSError):  # in use or gone: the next time, or all the better
                total += path.stat().st_size
                too_many = self._keep_files is not None and n > self._keep_files
                if too_many or (self._keep_bytes is not None and total > self._keep_bytes):
                    path.unlink()


def _stamp(ms: int) -> str:
    """1723161254036 -> '20240808T235414.036Z'."""
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y%m%dT%H%M%S}.{ms % 1000:03}Z"


def _quantity(text: str, units: Mapping[str, int]) -> int | None:
    """'1.5h' in the smallest unit; None where it is none of these."""
    match = _QUANTITY.fullmatch(text.lower())
    if match is None or match[2] not in units:
        return None
    return round(float(match[1]) * units[match[2]])


def _bounds(folder: Path, rotate: str) -> tuple[int, int | None]:
    """How long a file lasts (ns), and how large it gets; raises RecordingError.

    >>> _bounds(Path(), "15min"), _bounds(Path(), "500MB")
    ((900000000000, None), (0, 500000000))
    """
    every, most = _quantity(rotate, _TIMES), _quantity(rotate, _SIZES)
    if every is not None and every >= SHORTEST:
        return every, None
    if most is not None and most >= SMALLEST:
        return 0, most
    reason = f"rotate={rotate!r} is no length of time such as '1h' and no size such as '500MB'"
    raise RecordingError(folder, reason)


def _kept(folder: Path, keep: int | str | None) -> tuple[int | None, int | None]:
    """How many files stay, and of what size together; raises RecordingError."""
    size = _quantity(keep, _SIZES) if isinstance(keep, str) else None
    if keep is None or size:
        return None, size
    if isinstance(keep, int) and keep > 0:
        return keep, None
    reason = f"keep={keep!r} is no number of files such as 24 and no size such as '20GB'"
    raise RecordingError(folder, reason)

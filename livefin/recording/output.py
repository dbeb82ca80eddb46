"""One file of compressed lines that can be read up to its last flush, whatever happens.

Written by the recorder's thread; all errors are OSErrors that say in words what is wrong.
"""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from livefin.recording.lines import GZIP

_encode_lines = msgspec.json.Encoder().encode_lines


class Output:
    """Writes to `path`, beginning with `first`. Raises OSError, of any method.

    FileExistsError where there is a file, unless it is empty or `overwrite` gives it up.
    """

    def __init__(self, path: Path, first: Struct, *, overwrite: bool = False) -> None:
        self.path = path
        self.size = 0
        """Bytes in the file, and on their way there."""
        if not overwrite and path.is_file() and path.stat().st_size:
            raise FileExistsError(f"{path} is there already")
        self._file = path.open("wb")
        self._gzip = zlib.compressobj(level=3, wbits=GZIP)
        there = os.fstat(self._file.fileno())
        self._identity = (there.st_dev, there.st_ino)
        try:
            self.write([first])
            self.flush()
        except OSError:
            self.abandon()
            raise

    def write(self, lines: Iterable[Struct]) -> None:
        """Add `lines`."""
        self._write(self._gzip.compress(_encode_lines(lines)))

    def flush(self) -> None:
        """Bring all lines to the file. FileNotFoundError when nobody could find it there."""
        self._write(self._gzip.flush(zlib.Z_SYNC_FLUSH))
        self._file.flush()
        # A file that was deleted takes what is written all the same, and nobody ever sees it.
        try:
            there = self.path.stat()
        except FileNotFoundError:
            raise FileNotFoundError(f"{self.path} has been taken away") from None
        if (there.st_dev, there.st_ino) != self._identity:
            raise FileNotFoundError(f"{self.path} has been replaced by another file")

    def close(self) -> None:
        """Finish the stream and the file."""
        try:
            self._write(self._gzip.flush(zlib.Z_FINISH))
        finally:
            self._file.close()

    def abandon(self) -> None:
        """Close the file as it is, after an error."""
        with contextlib.suppress(OSError):  # the same error once more
            self._file.close()

    def _write(self, data: bytes) -> None:
        self.size += len(data)
        self._file.write(data)

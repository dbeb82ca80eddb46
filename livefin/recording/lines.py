"""The complete lines of a file, plain or gzip, and what is wrong with its end.

A recorder that was killed leaves a gzip stream that is not closed and a line that is not
finished; a disk may add faults of its own. Every whole line is given all the same, in
bounded memory. Serves reader.
"""

from __future__ import annotations

import zlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import BinaryIO, Self

from livefin.errors import RecordingError

CHUNK, INFLATED = 1 << 16, 1 << 20
MAX_LINE = 256 << 20
GZIP = 31
"""The window bits that make zlib read and write gzip."""


class Lines:
    """Iterates over the lines of `path`, without their newlines, blank ones left out.

    Raises RecordingError for a file that cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.number = 0
        """Of the line given last, from 1."""
        self.unfinished = False
        """No newline follows the line given last."""
        self.damage = ""
        """What is wrong with the file, in words; known at its end."""
        self.position = 0
        """Bytes of the file read so far."""
        self._iterator = self._split()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        return next(self._iterator)

    def close(self) -> None:
        """Close the file, wherever the reading is."""
        self._iterator.close()

    def cut(self, line: bytes) -> None:
        """The last line has turned out to be a piece of one."""
        where = f"ends in the middle of line {self.number}, after {len(line)} bytes of it"
        self.damage = f"{where}; {self.damage}" if self.damage else where

    def _split(self) -> Generator[bytes]:
        held: list[bytes] = []
        size = 0
        for chunk in self._chunks():
            *whole, rest = chunk.split(b"\n")
            if whole:
                whole[0] = b"".join((*held, whole[0]))
                held, size = [], 0
            for line in whole:
                self.number += 1
                if line.strip():
                    yield line
            held.append(rest)
            size += len(rest)
            if size > MAX_LINE:
                reason = f"is no recording: line {self.number + 1} is over {MAX_LINE >> 20} MiB"
                raise RecordingError(self.path, reason)
        last = b"".join(held)
        if last.strip():
            self.number, self.unfinished = self.number + 1, True
            yield last

    def _chunks(self) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as file:
                magic = file.read(2)
                file.seek(0)
                if magic == b"\x1f\x8b":
                    yield from self._inflate(file)
                else:
                    while data := file.read(CHUNK):
                        self.position += len(data)
                        yield data
        except FileNotFoundError as error:
            raise RecordingError(self.path, "no such file; check its name and folder") from error
        except IsADirectoryError as error:
            raise RecordingError(self.path, "is a folder; name a file in it") from error
        except OSError as error:
            raise RecordingError(self.path, f"cannot be read: {error.strerror or error}") from error

    def _inflate(self, file: BinaryIO) -> Iterator[bytes]:
        """Like gzip, but gives every byte that a cut or corrupt stream still has."""
        inflater, clean = zlib.decompressobj(GZIP), True
        while data := file.read(CHUNK):
            self.position += len(data)
            while data:
                before = inflater.copy()
                try:
                    yield inflater.decompress(data, INFLATED)
                except zlib.error as error:
                    yield _salvage(before, data)
                    self.damage = f"its compressed stream is corrupt ({error})"
                    return
                data, clean = inflater.unconsumed_tail, False
                if inflater.eof:  # gzip files may be concatenated, and padded with zeros
                    data, clean = inflater.unused_data.lstrip(b"\0"), True
                    inflater = zlib.decompressobj(GZIP)
        if not clean:
            yield inflater.flush()
            self.damage = "its compressed stream is not closed: it was cut short"


def _salvage(inflater: zlib._Decompress, data: bytes) -> bytes:
    """What comes before the fault in `data`."""
    out = bytearray()
    try:
        for i in range(len(data)):
            out += inflater.decompress(data[i : i + 1])
    except zlib.error:
        pass
    return bytes(out)

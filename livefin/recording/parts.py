"""Which files a recording consists of: one, or several in the order they were made.

A folder, a pattern or a list of paths names several. Each file says by its first line how
it is laid out, whose it is and which recording it is a part of. Serves reader.
"""

from __future__ import annotations

import contextlib
import glob
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, islice, pairwise
from os import PathLike, fspath
from pathlib import Path
from typing import NamedTuple, TypeAlias

import msgspec

from livefin.errors import MessageError, RecordingError
from livefin.recording.layout import (
    FORMAT,
    Header,
    Record,
    decode_header,
    read_line,
    read_plain_line,
    read_seconds_line,
)
from livefin.recording.lines import Lines
from livefin.venues.contract import Venue

PEEK = 64
"""Lines looked at to tell the layout and the venue."""
LISTED = 10
SUFFIXES = (".jsonl.gz", ".jsonl")
"""Of the files in a folder that are taken for recordings."""

Given: TypeAlias = str | PathLike[str] | Sequence[str | PathLike[str]]
LineReader: TypeAlias = Callable[[bytes], Record | None]
UNREADABLE = (ValueError, RecursionError)


class Part:
    """One file. Raises RecordingError when it is missing or is no recording."""

    def __init__(self, path: Path) -> None:
        self.path = path
        lines = Lines(path)
        self.head = list(islice(lines, PEEK))
        """Its first lines."""
        lines.close()
        if not self.head:
            raise RecordingError(path, f"{lines.damage or 'is empty'}; nothing can be read")
        self.header: Header | None = None
        """None in the plain layout."""
        self.skipped = 0
        """Lines that could not be read by the latest `records`."""
        self.skipped_lines: list[int] = []
        """The numbers of the first of them."""
        self._read = self._reader(self.head[0])

    @property
    def plain(self) -> bool:
        """Whether its lines are `<ns> <raw JSON>`."""
        return self.header is None

    @property
    def ours(self) -> bool:
        """Whether livefin wrote it."""
        return self.header is not None and self.header.format == FORMAT

    @property
    def label(self) -> str:
        """What the header calls the venue; "" where it does not say."""
        return "" if self.header is None else self.header.venue or self.header.exchange

    @property
    def run(self) -> str:
        """Which recording it is a part of; "" where it is one by itself."""
        return "" if self.header is None else self.header.run

    @property
    def recorded(self) -> float:
        """When it was begun, as the header says."""
        return (self.header.recorded if self.header else None) or 0

    def frames(self) -> list[bytes]:
        """Those among its first lines."""
        found = []
        for line in self.head:
            with contextlib.suppress(*UNREADABLE):
                record = self._read(line)
                if record is not None and record.kind == "recv":
                    found.append(record.data)
        return found

    def records(self, lines: Lines, speaker: Venue | None) -> Iterator[Record | Header]:
        """What is in `lines`, its own, of `speaker`. What cannot be read is counted."""
        self.skipped, self.skipped_lines = 0, []
        read, plain = self._read, self.plain
        for line in lines:
            try:
                record = read(line)
                if plain and lines.unfinished:
                    msgspec.json.decode(line.partition(b" ")[2])  # only its end tells it is whole
            except UNREADABLE:
                if lines.unfinished:
                    lines.cut(line)
                    break
                self.skipped += 1
                self.skipped_lines = [*self.skipped_lines, lines.number][:LISTED]
                continue
            if record is None:  # files may have been put together: several headers
                yield decode_header(line)
            elif plain and speaker is not None and _is_snapshot(speaker, record):
                # Among the frames stands what was fetched: the book's snapshot.
                yield Record("http", record.ts, record.data)
            else:
                yield record

    def _reader(self, first: bytes) -> LineReader:
        try:
            header = decode_header(first)
        except UNREADABLE:
            try:
                read_plain_line(first)
            except ValueError:
                reason = "is no recording: it begins with neither a header nor '<ns> <JSON>'"
                raise RecordingError(self.path, reason) from None
            return read_plain_line
        self.header = header
        if header.format == FORMAT:
            return read_line
        if isinstance(header.format, str):
            reason = f"has the format {header.format!r:.40}, unknown to this livefin; upgrade it"
            raise RecordingError(self.path, reason)
        return read_seconds_line


class Found(NamedTuple):
    """The files that were named."""

    path: Path
    """What they are called together."""
    files: list[Path]
    searched: bool
    """They were not named one by one: others may lie among them."""


def find(given: Given) -> Found:
    """The files that `given` names. Raises RecordingError where there are none."""
    if not isinstance(given, str | PathLike):
        paths = [Path(path).expanduser() for path in given]
        if not paths:
            raise RecordingError("of no path", "name a file")
        return Found(paths[0], paths, searched=False)
    path = Path(given).expanduser()
    if path.is_dir():
        paths = [each for each in path.iterdir() if each.name.endswith(SUFFIXES)]
        paths = sorted(each for each in paths if not each.name.startswith("."))
        if not paths:
            raise RecordingError(path, "is a folder without *.jsonl.gz in it; name a file")
        return Found(path, paths, searched=True)
    if glob.has_magic(fspath(path)) and not path.exists():
        paths = sorted(map(Path, glob.glob(fspath(path))))  # noqa: PTH207 - of any folder
        if not paths:
            raise RecordingError(path, "no file is called like that; check the pattern")
        return Found(path, paths, searched=True)
    return Found(path, [path], searched=False)


def in_order(parts: Sequence[Part], path: Path) -> list[Part]:
    """`parts` of a folder or pattern as they were made; livefin's by their headers.

    Raises RecordingError where two recordings were made at the same time.
    """
    if not all(part.ours for part in parts):
        return list(parts)
    runs: list[list[Part]] = []
    for _, made in groupby(sorted(parts, key=_run), key=_run):
        # By number: a clock may be set back while it records.
        runs.append(sorted(made, key=lambda part: part.header.part if part.header else 0))
    runs.sort(key=lambda run: run[0].recorded)
    for run, later in pairwise(runs):
        if run[-1].recorded > later[0].recorded:
            names = f"{run[-1].path.name} and {later[0].path.name}"
            raise RecordingError(path, f"holds two made at the same time, as {names}; name one")
    return [part for run in runs for part in run]


def _run(part: Part) -> str:
    return part.run or f"\0{part.path}"


def _is_snapshot(venue: Venue, record: Record) -> bool:
    """Whether a record without an address is what a GET of a book was answered with."""
    if venue.recognises(record.data):
        return False
    try:
        venue.parse_snapshot("", record.data, record.ts)
    except MessageError:
        return False
    return True

"""Give a recording back as Records, whatever wrote it and whatever happened to it since.

The layout is told from the first line. Damage never raises once reading has begun: what is
whole is given, and the Recording says what was not. Feeds replay and serve.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import TypeAlias

import msgspec

from livefin import venues
from livefin.errors import MessageError, RecordingError
from livefin.recording.layout import (
    FORMAT,
    Header,
    Record,
    read_line,
    read_plain_line,
    read_seconds_line,
)
from livefin.recording.lines import Lines
from livefin.venues.contract import Venue

PEEK = 64
"""Lines looked at to tell the layout and the venue."""
LISTED = 10

LineReader: TypeAlias = Callable[[bytes], Record | None]
UNREADABLE = (ValueError, RecursionError)


class Recording:
    """A recording to iterate over, as often as you like: Records in the order of the file.

    `venue` is a name or an instance; without it the header says which, or the frames do.
    `truncated`, `damage`, `skipped` and `skipped_lines` say, once iterated, what could not
    be read. Raises RecordingError for a file that is missing or is no recording.
    """

    def __init__(self, path: str | PathLike[str], *, venue: str | Venue | None = None) -> None:
        self.path = Path(path).expanduser()
        self.config: dict[str, list[str]] = {}
        """channel -> symbols, as the header has them."""
        self.ours = False
        """livefin wrote it, and so it has the answers to what livefin asked for."""
        self.truncated = False
        """The file, or its compressed stream, ends before its end."""
        self.damage = ""
        """Where and how, in words."""
        self.skipped = 0
        """Lines that could not be read."""
        self.skipped_lines: list[int] = []
        """The numbers of the first ten of them, from 1."""
        self._given = venues.get(venue) if isinstance(venue, str) else venue
        self._label = ""
        lines = Lines(self.path)
        head = list(islice(lines, PEEK))
        lines.close()
        if not head:
            raise RecordingError(self.path, f"{lines.damage or 'is empty'}; nothing can be read")
        self._read = self._reader(head[0])
        self._speaker = self._find_speaker(head)

    def __repr__(self) -> str:
        return f"Recording({str(self.path)!r}, venue={self._name() or self._label!r})"

    @property
    def venue(self) -> str:
        """The venue's name. Raises RecordingError when it has to be told."""
        name = self._name()
        if not name:
            whose = f"is of {self._label!r}" if self._label else "does not say its venue"
            there = ", ".join(sorted(venues.registry))
            raise RecordingError(
                self.path, f"{whose}; pass venue= one of: {there}, or a Venue of your own"
            )
        return name

    def open_venue(self) -> Venue:
        """What reads the frames: the Venue that was given, else a new one by name."""
        return venues.get(self.venue) if self._given is None else self._given

    def __iter__(self) -> Iterator[Record]:
        self.truncated, self.damage, self.skipped, self.skipped_lines = False, "", 0, []
        lines, read = Lines(self.path), self._read
        plain = read is read_plain_line
        speaker = self._speaker if plain else None
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
            if record is None:
                continue
            if speaker is not None and _is_snapshot(speaker, record):
                # Among the frames stands what was fetched: the book's snapshot.
                record = Record("http", record.ts, record.data)
            yield record
        self.truncated, self.damage = bool(lines.damage), lines.damage

    def _reader(self, first: bytes) -> LineReader:
        """How to read this file's lines, judged by the first of them."""
        try:
            header = msgspec.json.decode(first, type=Header)
        except UNREADABLE:
            try:
                read_plain_line(first)
            except ValueError:
                reason = "is no recording: it begins with neither a header nor '<ns> <JSON>'"
                raise RecordingError(self.path, reason) from None
            return read_plain_line
        self.config, self._label = header.config, header.venue or header.exchange
        if header.format == FORMAT:
            self.ours = True
            return read_line
        if isinstance(header.format, str):
            reason = f"has the format {header.format!r:.40}, unknown to this livefin; upgrade it"
            raise RecordingError(self.path, reason)
        return read_seconds_line

    def _name(self) -> str:
        if self._given is not None:
            return self._given.name
        return "" if self._speaker is None else self._speaker.name

    def _find_speaker(self, head: list[bytes]) -> Venue | None:
        """The venue that is meant: by the label, and by whose frames there are in `head`.

        One label may be several venues' ("COINBASE"), and one frame too; together they tell.
        """
        known = [kind() for kind in venues.registry.values()]
        if self._given is not None:
            known = [self._given]
        elif self._label:
            label = _plain(self._label)
            known = [venue for venue in known if label in map(_plain, (venue.name, *venue.aliases))]
        if len(known) == 1 and self._label:
            return known[0]
        frames = [record.data for record in map(self._try, head) if record is not None]
        speakers = [venue for venue in known if any(map(venue.recognises, frames))]
        return speakers[0] if len(speakers) == 1 else None

    def _try(self, line: bytes) -> Record | None:
        try:
            record = self._read(line)
        except UNREADABLE:
            return None
        return record if record is not None and record.kind == "recv" else None


def _is_snapshot(venue: Venue, record: Record) -> bool:
    """Whether a record without an address is what a GET of a book was answered with."""
    if venue.recognises(record.data):
        return False
    try:
        venue.parse_snapshot("", record.data, record.ts)
    except MessageError:
        return False
    return True


def _plain(name: str) -> str:
    """'BINANCE_US' -> 'binanceus'."""
    return re.sub(r"[^a-z0-9]", "", name.lower())

"""Give a recording back as Records, whatever wrote it and whatever happened to it since.

Damage never raises once reading has begun: what is whole is given, and the Recording says
what was not. Several files are read as one; where one does not go on from the one before,
all sockets end there. parts.py says which files; feeds replay and serve.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from livefin import venues
from livefin.errors import RecordingError
from livefin.recording.layout import Header, Record
from livefin.recording.lines import Lines
from livefin.recording.parts import LISTED, Given, Part, find, in_order
from livefin.venues.contract import Venue

ENDED = b"the recording ends here"


class Recording:
    """A recording to iterate over, as often as you like: Records in the order of the file.

    `path` may also be a folder that was recorded to, a pattern ("btc-*.jsonl.gz") or several
    paths, read as one. `venue` is a name or an instance; without it the header says which,
    or the frames do; where there are several venues' it says which to read. `truncated`,
    `damage`, `skipped` and `skipped_lines` say, once iterated, what could not be read.
    Raises RecordingError for a file that is missing or is no recording.
    """

    def __init__(self, path: Given, *, venue: str | Venue | None = None) -> None:
        self.truncated = False
        """The file, or its compressed stream, ends before its end."""
        self.damage = ""
        """Where and how, in words."""
        self.skipped = 0
        """Lines that could not be read."""
        self.skipped_lines: list[int] = []
        """The numbers of the first ten of them, from 1, each in its own file."""
        self.path, files, searched = find(path)
        self._given = venues.get(venue) if isinstance(venue, str) else venue
        self._parts: list[Part] = []
        self._unreadable: list[str] = []
        for file in files:
            try:
                self._parts.append(Part(file))
            except RecordingError as error:
                if not searched or len(files) == 1:
                    raise
                self._unreadable.append(f"{file.name} {error.reason}")
        self._keep_one_venues(searched=searched)
        if searched:
            self._parts = in_order(self._parts, self.path)
        first = self._parts[0]
        self._label = first.label
        self.config: dict[str, list[str]] = {} if first.header is None else first.header.config
        """channel -> symbols, as the header has them."""
        self.ours = all(part.ours for part in self._parts)
        """livefin wrote it, and so it has the answers to what livefin asked for."""
        self._speaker = self._find_speaker(first)
        self._read_before, self._lines = 0, Lines(first.path)

    def __repr__(self) -> str:
        return f"Recording({str(self.path)!r}, venue={self._name() or self._label!r})"

    @property
    def paths(self) -> list[Path]:
        """The files that it consists of, in order."""
        return [part.path for part in self._parts]

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

    @property
    def position(self) -> int:
        """How many bytes of its files have been read by the latest iteration."""
        return self._read_before + self._lines.position

    def open_venue(self) -> Venue:
        """What reads the frames: the Venue that was given, else a new one by name."""
        return venues.get(self.venue) if self._given is None else self._given

    def __iter__(self) -> Iterator[Record]:
        self.truncated, self.damage, self.skipped, self.skipped_lines = False, "", 0, []
        self._read_before, damage = 0, self._unreadable.copy()
        sockets = _Sockets()
        for part in self._parts:
            lines = self._lines = Lines(part.path)
            if part.plain:
                yield from sockets.begin(None)
            try:
                for record in part.records(lines, self._speaker):
                    if isinstance(record, Header):
                        yield from sockets.begin(record)
                    elif sockets.note(record):
                        yield record
            except RecordingError as error:
                if len(self._parts) == 1:
                    raise
                lines.damage = error.reason
            self._read_before, lines.position = self.position, 0
            self.skipped += part.skipped
            self.skipped_lines = [*self.skipped_lines, *part.skipped_lines][:LISTED]
            if lines.damage:
                sockets.before = None  # what should follow is not what comes next
                damage.append(self._named(part, lines.damage))
        self.truncated, self.damage = bool(damage), _joined(damage)

    def _named(self, part: Part, damage: str) -> str:
        return damage if len(self._parts) == 1 else f"{part.path.name} {damage}"

    def _name(self) -> str:
        if self._given is not None:
            return self._given.name
        return "" if self._speaker is None else self._speaker.name

    def _keep_one_venues(self, *, searched: bool) -> None:
        """Of the files that were found, keep those of one venue. Raises RecordingError."""
        labels = {_plain(part.label): part.label for part in self._parts}
        if len(labels) > 1 and self._given is None:
            there = ", ".join(sorted(filter(None, labels.values())))
            reason = f"holds recordings of several venues ({there}); pass venue= one of them"
            raise RecordingError(self.path, reason)
        if len(labels) > 1 and self._given is not None and searched:
            names = (self._given.name, *self._given.aliases)
            wanted = {_plain(name) for name in names}
            self._parts = [part for part in self._parts if _plain(part.label) in wanted]
        if not self._parts:
            said = _joined(self._unreadable) or "there are those of other venues only"
            raise RecordingError(self.path, f"has no recording that can be read: {said}")

    def _find_speaker(self, part: Part) -> Venue | None:
        """The venue that is meant: by the label, and by whose frames it begins with.

        One label may be several venues' ("COINBASE"), and one frame too; together they tell.
        """
        known = [kind() for kind in venues.registry.values()]
        if self._given is not None:
            known = [self._given]
        elif part.label:
            label = _plain(part.label)
            known = [venue for venue in known if label in map(_plain, (venue.name, *venue.aliases))]
        if len(known) == 1 and part.label:
            return known[0]
        frames = part.frames()
        speakers = [venue for venue in known if any(map(venue.recognises, frames))]
        return speakers[0] if len(speakers) == 1 else None


class _Sockets:
    """Those that stand, from one file to the next."""

    def __init__(self) -> None:
        self.before: Header | None = None
        """Of the file before, where that was whole."""
        self._standing: dict[str, None] = {}
        self._goes_on = False
        self._ts = 0

    def begin(self, header: Header | None) -> list[Record]:
        """Another file begins: the ends of those of which nothing more is known."""
        self._goes_on = header is not None and header.follows(self.before)
        self.before = header
        if self._goes_on:
            return []
        ended = [Record("disconnect", self._ts, ENDED, conn) for conn in self._standing]
        self._standing.clear()
        return ended

    def note(self, record: Record) -> bool:
        """Whether `record` is news, and no repetition for those who have its file alone."""
        if record.kind == "recv":
            if record.conn not in self._standing:
                self._standing[record.conn] = None
        elif record.kind == "connect":
            if self._goes_on and record.conn in self._standing:
                return False
            self._standing[record.conn] = None
        elif record.kind == "disconnect":
            self._standing.pop(record.conn, None)
        self._ts = record.ts
        return True


def _joined(said: list[str]) -> str:
    more = f"; and {len(said) - LISTED} more" if len(said) > LISTED else ""
    return "; ".join(said[:LISTED]) + more


def _plain(name: str) -> str:
    """'BINANCE_US' -> 'binanceus'."""
    return re.sub(r"[^a-z0-9]", "", name.lower())

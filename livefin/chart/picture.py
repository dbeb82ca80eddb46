"""What a chart's pages have been told, and the next message: bars, lines and all else that changed.

Every message has a sequence number and says since which number it holds all changes, so
that the messages around a snapshot overlap instead of leaving a kink (stream). Of many bars
the newest go out first and the others after them, piece by piece. Then bars go out from the
first changed one on, lines as changed tails, everything else whole when its
revision rises. Used by livechart under its lock; the page's end is page/page.js.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from livefin.chart.bands import Bands
from livefin.chart.drawings import Drawings
from livefin.chart.markers import Markers
from livefin.chart.overlays import Given, Overlays
from livefin.chart.sheet import Sheet
from livefin.chart.source import Bars, ChartFeed
from livefin.chart.stream import NONE_YET, Part, Stream, content, pack
from livefin.events import Status
from livefin.indicators.contract import Line
from livefin.indicators.live.track import Track

BAR_COLUMNS = ("time", "open", "high", "low", "close", "volume")
NS_PER_MS = 1_000_000
NEWEST = 20_000
"""Bars that a page gets at first: a million at once would keep it waiting."""
PIECE = 100_000
"""And with each paint after that, going back in time, until it has all."""


class Told(Protocol):
    """Something that goes out whole when it has changed."""

    revision: int
    """Rises with every change."""

    def wire(self) -> Any:
        """As JSON takes it."""


class Aligned(Protocol):
    """Values along the chart's bars that keep themselves up to date."""

    def update(self) -> Line | None:
        """The changed tail; None when nothing changed."""


class Work(NamedTuple):
    """What overlays and compared symbols gave."""

    given: list[Given]
    compared: dict[str, Line]


class Picture:
    """One chart's stream of messages, from `bars` and what is drawn with them."""

    def __init__(
        self,
        feed: ChartFeed,
        bars: Bars,
        *,
        sheet: Sheet,
        overlays: Overlays,
        told: Mapping[str, Told],
        drawings: Drawings,
        markers: Markers,
    ) -> None:
        self.feed, self.sheet, self.overlays = feed, sheet, overlays
        self.called: dict[str, str] = {}
        """What people are to read for an indicator's name, once its parameters are others."""
        self.compared: dict[str, Aligned] = {}
        """Closes of other symbols, by line name."""
        self.whole = True
        """The next message must hold everything."""
        self._told, self._revisions = told, dict.fromkeys(told, -1)
        self._drawings, self._markers, self._marked = drawings, markers, 0
        self._statuses = 0
        self._watched: int | None = None
        self._sent: dict[str, Any] = {}
        self.figure_error = ""
        self.older = ""
        """How the search for older bars goes: "asking", "end" or nothing."""
        self.start_over()
        self.switch(bars)

    def start_over(self) -> None:
        """A new comm: nothing was sent yet."""
        self._stream = Stream()
        self._missing: int | None = None
        """Pages have the bars from this ordinal on; None when they have all."""
        self.whole = True
        self.sheet.changed = False

    def switch(self, bars: Bars) -> None:
        """Go on with other bars of the same symbol; the next message holds everything."""
        self.bars = bars
        self._reader = bars.reader()
        self._bands, self._statuses = Bands(bars.symbol), 0
        self._held, self._missing = 0, None
        self._tip = (0, 0.0)
        """Ordinal and time (ms) of the newest bar that the painter has seen."""
        self._compared: dict[str, Track] = {}
        self.overlays.switch(self.feed, bars)
        self.older = ""
        self.whole = True

    # What changed

    def read(self) -> tuple[dict[str, int], Mapping[str, Any]]:
        """First bar changed since the last call, if any, and the changed rows."""
        changed: dict[str, int] = {}
        older = self._reader.older()
        if older is not None:
            changed["bars"] = older.first
        news = self._reader.changes()
        if news is None:
            return changed, {}
        time = news.columns["time"]
        self._held = news.held
        self._tip = news.first + len(time) - 1, float(time[-1])
        changed["bars"] = min(news.first, changed.get("bars", news.first))
        return changed, news.columns

    @property
    def tip(self) -> int:
        """Ordinal of the newest bar seen."""
        return self._tip[0]

    def statuses(self) -> list[Status]:
        """Statuses since the last call; those from before the first are none of its business."""
        log = self.feed.status
        seen, self._watched = self._watched, log.total
        return log.list(log.total if seen is None else seen)

    def evaluate(self) -> Work:
        """Bring lines up to date as far as there is time. Outside of the chart's lock."""
        tails = {name: compared.update() for name, compared in list(self.compared.items())}
        return Work(self.overlays.work(), {name: tail for name, tail in tails.items() if tail})

    def merge(self, work: Work) -> dict[str, int]:
        """Take what `evaluate` gave into the lines; first changed bar by key of each. Locked."""
        changed, gone = self.overlays.merge(work.given)
        for name in gone:
            self.sheet.remove_line(name)
        if self.overlays.begun:
            with self.sheet.many():
                for name in self.overlays.begun:
                    self.sheet.add_line(name, **self.overlays.place(name))
            self.overlays.begun = []
        for name, tail in work.compared.items():
            if name in self.compared:
                self._compared.setdefault(name, Track()).put(tail)
                changed[name] = tail.first
        for track in [*self._compared.values(), *self.overlays.lines.values()]:
            track.drop(self._held)
        lines = self.sheet.lines
        return {lines[name].key: first for name, first in changed.items() if name in lines}

    # Messages

    def changes(self, changed: Mapping[str, int]) -> tuple[dict[str, Any], bytes | None]:
        """A message of what changed; nothing when nothing did."""
        firsts = self._stream.widen(changed)
        names = {line.key: name for name, line in list(self.sheet.lines.items())}
        every = [self._part(key, first, names.get(key)) for key, first in firsts.items()]
        parts = [part for part in every if part]
        parts += self._piece()
        news = self._news()
        if not (parts or news):
            return {}, None
        if self._stream.overlapping:
            news |= self._standing()
        seq, base = self._stream.advance()
        return content(seq, base, self._held, parts) | news, pack(parts) if parts else None

    def everything(self, changed: Mapping[str, int]) -> tuple[dict[str, Any], bytes | None]:
        """A message for pages that have nothing or missed something."""
        self.whole = False
        self._stream.widen(changed)
        parts = self._all_parts()
        news = self._news() | self._standing()
        seq, base = self._stream.advance(whole=True)
        return content(seq, base, self._held, parts) | news | {"whole": True}, pack(parts)

    def snapshot(self) -> dict[str, Any]:
        """All a page needs after a reload, up to date with the last message sent."""
        seq = self._stream.snapshot()
        if not self.whole:  # else what was there before the first message needs no repeating
            changed, _ = self.read()
            self._stream.widen(changed)  # pages that are there already have not heard of it
        parts = self._all_parts()
        message = content(seq, NONE_YET, self._held, parts) | self._standing()
        return message | {"whole": True, "data": pack(parts)}

    @property
    def behind(self) -> bool:
        """Whether pages are still to get older bars."""
        return self._missing is not None

    def _all_parts(self) -> list[Part]:
        """The newest of everything; `_piece` has what is before it."""
        bars = self._bars_part(None)
        first = max(bars.first, bars.first + len(bars.columns[0]) - NEWEST)
        self._missing = first if first > bars.first else None
        return [_cut(bars, first), *(_cut(line, first) for line in self._line_parts())]

    def _piece(self) -> list[Part]:
        """The next older bars. Not before a page that reloads has surely begun to listen."""
        if self._missing is None or self._stream.overlapping:
            return []
        until, first = self._missing, self._missing - PIECE
        bars = self._bars_part(first, until)
        self._missing = first if first > self._held else None
        return [bars, *(_cut(line, first, until) for line in self._line_parts())]

    def _line_parts(self) -> list[Part]:
        lines = list(self.sheet.lines.items())
        return [part for name, line in lines if (part := self._part(line.key, None, name))]

    def _part(self, key: str, first: int | None, name: str | None) -> Part | None:
        if key == "bars":
            return self._bars_part(first)
        line = self._line(name)
        if line is None:
            return None
        first = line.first if first is None else max(first, line.first)
        return Part(key, first, [line.array[first - line.first :]])

    def _bars_part(self, first: int | None, until: int | None = None) -> Part:
        bars = self.bars.read(first, until)
        self._held = bars.held
        return Part("bars", bars.first, [bars.columns[name] for name in BAR_COLUMNS])

    def _line(self, name: str | None) -> Line | None:
        if name is None:
            return None
        track = self._compared.get(name) or self.overlays.lines.get(name)
        return None if track is None else track.line

    def _news(self) -> dict[str, Any]:
        """What else changed: state, bands, errors, the figures, and all that is told whole."""
        news: dict[str, Any] = {}
        status = self.feed.status
        if status.total != self._statuses:
            seen, self._statuses = self._statuses, status.total
            if self._bands.update(status.list(seen)):
                news["bands"] = self._bands.list
        if self.sheet.changed:
            self.sheet.changed = False
            news |= self._figure()
        for key, value in self._flags().items():
            if self._sent.get(key) != value:
                self._sent[key] = news[key] = value
        for key, told in self._told.items():
            if told.revision != self._revisions[key]:
                self._revisions[key] = told.revision
                news[key] = told.wire()
        if self._markers.revision != self._marked:
            news["markers"] = self._markers.wire(self._marked)
            self._marked = self._markers.revision
        return news

    def _figure(self) -> dict[str, Any]:
        try:
            item = self.sheet.item()
        except Exception as error:  # noqa: BLE001 - a figure edited into what no JSON can say
            if isinstance(error, RuntimeError) and "during iteration" in str(error):
                self.sheet.changed = True  # another thread is changing it; the next paint has it
                return {}
            self.figure_error = f"{type(error).__name__}: {error}"[:500]
            return {}
        self.figure_error = ""
        return {"figure": item}

    def _flags(self) -> dict[str, Any]:
        errors = dict(self.overlays.errors)
        if self.figure_error:
            errors["figure"] = self.figure_error
        return {
            "errors": errors,
            "called": dict(self.called),
            "state": self.feed.state,
            "older": "asking" if self.behind else self.older,
            "seen": self._drawings.seen,
            "interval": self.bars.interval_ns / NS_PER_MS,
        }

    def _standing(self) -> dict[str, Any]:
        told = {key: told.wire() for key, told in self._told.items()}
        marks = {"markers": self._markers.wire(0)}
        return {"bands": self._bands.list} | self._flags() | told | marks


def _cut(part: Part, first: int, until: int | None = None) -> Part:
    """What a part has from the bar `first` on, and before `until`."""
    start = max(0, first - part.first)
    stop = None if until is None else max(start, until - part.first)
    return Part(part.key, part.first + start, [column[start:stop] for column in part.columns])

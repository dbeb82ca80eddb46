"""The lines of a chart's indicators: whose turn it is, what they gave, and where it is drawn.

The bars are read once for all. Indicators that livefin knows are kept up to date on the
painter's thread, a bar at a time, once they have been through the history; that, and what a
person wrote, runs apart (apart.py), and the painter waits a moment for it. One that raises
is reported once and tried again; its last lines stay, and so do those of the version before
until a new one has given its own.
`work` runs outside the chart's lock, `merge` inside. Used by picture.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import cycle
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import pandas as pd

from livefin.chart.apart import NAME, Apart, Lane, Tails
from livefin.chart.calls import Calls
from livefin.chart.source import Bars, ChartFeed
from livefin.errors import ChartError, IndicatorError
from livefin.indicators.contract import Indicator
from livefin.indicators.custom.userdefined import indicator
from livefin.indicators.live.along import Updated, along
from livefin.indicators.live.news import News
from livefin.indicators.live.track import Track
from livefin.prototyping.prints import Prints

Overlay: TypeAlias = Callable[[pd.DataFrame], Any]
"""From a frame of bars to a Series, an array of its length, or a DataFrame of several lines;
every Indicator is one."""

KINDS = ("line", "histogram", "dots", "marks", "none")
"""What a line may be drawn as: "marks" are triangles where a value is not 0, under the bar
where it is above; "none" is told in the legend alone."""
LONGEST = 120.0
"""Seconds that an indicator of livefin's own may take for all of its history."""
AT_ONCE = 4
"""So many of livefin's own go through their history at the same time: of hundreds of threads
that want to run, each new one waits for a turn of all others, and the painter with it."""
MOST = 10_000
"""Of them that wait."""
PATIENCE = 0.02
"""Seconds that the painter waits for what runs apart, all together."""
OFTEN = 1.0
"""An overlay that is run less often than this, in seconds, is named with what it takes."""


class Placing(NamedTuple):
    """Where an overlay's lines are drawn, and as what; `kinds` by line or column, where given."""

    pane: str = "price"
    kind: str = "line"
    kinds: Mapping[str, str] = MappingProxyType({})
    faint: bool = False


class Given(NamedTuple):
    """What one overlay gave, or raised."""

    entry: Entry
    tails: Tails
    error: BaseException | None


def named(overlays: Mapping[str, Overlay] | Iterable[Overlay] | None) -> dict[str, Overlay]:
    """Overlays by name, from a mapping or from the functions' own names. Raises ChartError.

    >>> def mid(df): return (df.high + df.low) / 2
    >>> list(named([mid, mid]))
    ['mid', 'mid (2)']
    """
    if overlays is None:
        return {}
    if isinstance(overlays, Mapping):
        found = dict(overlays)
    else:
        found = {}
        one = callable(overlays) or isinstance(overlays, str) or not isinstance(overlays, Iterable)
        for function in [overlays] if one else overlays:
            name = str(getattr(function, "__name__", None) or function)
            count = sum(other.split(" (")[0] == name for other in found)
            found[f"{name} ({count + 1})" if count else name] = function
    for name, function in found.items():
        if not callable(function):
            raise ChartError(f"overlay {name!r} is no function of a frame of bars: {function!r}")
    return found


def drawable(kind: str, kinds: Mapping[str, str]) -> None:
    """Raise ChartError for what no line is drawn as.

    >>> drawable("line", {"gap": "histogram"})
    """
    for each in (kind, *kinds.values()):
        if each not in KINDS:
            raise ChartError(f"a line is drawn as one of {', '.join(KINDS)}; got {each!r}")


class Entry:
    """One overlay, kept up to date along the bars it was given."""

    def __init__(self, name: str, made: Indicator, placing: Placing) -> None:
        self.name, self.indicator, self.placing = name, made, placing
        self.first = True
        """It has given nothing yet."""
        self.updated: Updated | None = None
        self.apart: Apart | None = None
        self.prints = Prints()
        self._outputs: tuple[str, ...] = ()
        self._lines: dict[str, str] = {}
        """The lines' names by output, for as long as the outputs are these."""
        self._missed: News | None = None
        """What it has not been given yet."""

    def begin(self, feed: ChartFeed, bars: Bars, *, after: Apart | None, lane: Lane) -> None:
        """Go along these bars from now on, when the runs of `after` are over.

        What livefin knows goes through the history in `lane`, what a person wrote by itself.
        """
        self.updated = along(self.indicator, feed, bars)
        self._missed = News(bars, older=True)
        if self.indicator.trusted:
            self.apart = Apart(self._take, limit=LONGEST, after=after, lane=lane)
        else:
            self.apart = Apart(self._quiet, after=after)

    def _quiet(self, news: News) -> Tails:
        # Printed by a thread that had to be given up, it must not flood a cell either.
        return self.prints.during(lambda: self._take(news))

    def _take(self, news: News) -> Tails:
        updated = self.updated
        return {} if updated is None else updated.take(news)

    def ask(self, news: News) -> None:
        """Run it apart on what it has not been given yet, unless it is running."""
        news = news.after(self._missed)
        if self.apart is not None:
            self._missed = None if self.apart.ask(news) else news

    def now(self, news: News) -> Given:
        """What it gives on this thread."""
        if self._missed is not None:
            news, self._missed = news.after(self._missed), None
        try:
            return Given(self, self._take(news), None)
        except Exception as error:  # noqa: BLE001 - one indicator must not stop the chart
            return Given(self, {}, error)

    def given(self) -> None:
        """It has given lines; one that is trusted needs no thread for a bar at a time."""
        self.first = False
        if self.indicator.trusted and self.apart is not None:
            self.apart.close()
            self.apart = None

    def close(self) -> None:
        """Compute it no more; what it read, a tape of a book perhaps, ends with its last reader."""
        self.updated = None
        if self.apart is not None:
            self.apart.close()

    @property
    def outputs(self) -> tuple[str, ...]:
        """As far as they are known."""
        return (self.updated or self).indicator.outputs

    def line(self, output: str) -> str:
        """As "MACD signal" of "MACD"; one that is alone, or called as the whole, has its name."""
        outputs = self.outputs
        if outputs is not self._outputs:
            self._outputs, self._lines = outputs, {}
        line = self._lines.get(output)
        if line is None:
            whole = len(outputs) <= 1 or output.casefold() == self.name.casefold()
            line = self._lines[output] = self.name if whole else f"{self.name} {output}"
        return line


class Overlays:
    """The lines of one chart."""

    def __init__(self, *, patience: float = PATIENCE) -> None:
        self.entries: dict[str, Entry] = {}
        self.lines: dict[str, Track] = {}
        self.refused: dict[str, str] = {}
        """Why a new version was not taken, by name; the one before goes on."""
        self.failing: dict[str, str] = {}
        """What each failing overlay last raised, for people."""
        self.patience = patience
        self._of: dict[str, str] = {}
        """Line name to overlay name."""
        self.begun: list[str] = []
        """Lines that are to be placed, being new or another version's; whoever places them
        takes them out."""
        self._along: tuple[ChartFeed, Bars] | None = None
        self._read: Callable[[], News | None] = lambda: None
        self._calls, self._lanes = Calls(name=NAME, backlog=MOST), cycle(range(AT_ONCE))

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong with each overlay, for people."""
        return {**self.failing, **self.refused}

    def add(self, name: str, overlay: Overlay, placing: Placing | None = None) -> None:
        """Compute one more, or another under the same name; its lines go where `placing` says.

        The lines of one that had this name stay until the new one has given its own.
        """
        made = overlay if isinstance(overlay, Indicator) else indicator(overlay, name=name)
        self.refused.pop(name, None)
        self._enter(Entry(name, made, placing or Placing()), after=None)

    def turn(self, name: str, made: Indicator) -> None:
        """The same overlay with other parameters; a run in progress is waited for."""
        before = self.entries[name]
        entry = Entry(name, made, before.placing)
        entry.prints = before.prints
        self._enter(entry, after=before.apart)

    def _enter(self, entry: Entry, after: Apart | None) -> None:
        if self._along is not None:
            lane = self._calls, next(self._lanes)
            entry.begin(*self._along, after=after, lane=lane)
        before = self.entries.get(entry.name)
        self.entries[entry.name] = entry
        if before is not None:
            before.close()

    def remove(self, name: str) -> list[str]:
        """Compute it no more; the names of the lines that it had."""
        entry = self.entries.pop(name, None)
        if entry is not None:
            entry.close()
        for said in (self.failing, self.refused):
            said.pop(name, None)
        return self._forget(self.lines_of(name))

    def _forget(self, lines: Iterable[str]) -> list[str]:
        gone = list(lines)
        for line in gone:
            del self._of[line]
            self.lines.pop(line, None)
        self.begun = [line for line in self.begun if line in self._of]
        return gone

    def in_pane(self, pane: str) -> list[str]:
        """Names of the overlays that are drawn there."""
        return [name for name, entry in self.entries.items() if entry.placing.pane == pane]

    def lines_of(self, name: str) -> list[str]:
        """Names of an overlay's lines, as far as they are there."""
        return [line for line, overlay in list(self._of.items()) if overlay == name]

    def place(self, line: str) -> dict[str, Any]:
        """In which pane, and as what, a line is drawn."""
        overlay = self._of[line]
        entry = self.entries[overlay]
        placing, own = entry.placing, entry.indicator.kinds
        column = line.removeprefix(f"{overlay} ")
        kinds = {**own, **placing.kinds}
        if line == overlay and len(entry.outputs) == 1:
            column = entry.outputs[0]
        kind = kinds.get(line, kinds.get(column, placing.kind))
        return {"pane": placing.pane, "kind": kind, "faint": placing.faint, "owner": overlay}

    def switch(self, feed: ChartFeed, bars: Bars) -> None:
        """The bars are others: all lines are computed anew along these."""
        self._along, self._read = (feed, bars), partial(News.read, bars, bars.reader())
        self.lines.clear()
        for name, entry in list(self.entries.items()):
            self.turn(name, entry.indicator)

    @property
    def notes(self) -> dict[str, str]:
        """What people should know of an overlay that is slow."""
        aparts = [(name, entry.apart) for name, entry in list(self.entries.items()) if entry.apart]
        return {
            name: f"takes {apart.took:.2g} s, so it is run every {apart.period:.2g} s"
            for name, apart in aparts
            if apart.period > OFTEN and not apart.stopped
        }

    # Each paint

    def work(self) -> list[Given]:
        """Bring up to date what can be within a moment; what each gave."""
        news = self._read()
        if news is None:
            return []
        entries = list(self.entries.values())
        for entry in entries:
            if entry.apart is not None:
                entry.ask(news)
        given = [entry.now(news) for entry in entries if entry.apart is None]
        until = time.monotonic() + self.patience
        for entry in entries:
            if entry.apart is not None:
                entry.apart.wait(until - time.monotonic())
                result = entry.apart.take()
                if result is not None:
                    given.append(Given(entry, *result))
        return given

    def merge(self, given: Iterable[Given]) -> tuple[dict[str, int], list[str]]:
        """Put it into the lines: the first changed bar by line, and the lines that are no more."""
        changed: dict[str, int] = {}
        gone: list[str] = []
        for entry, tails, error in given:
            name = entry.name
            if self.entries.get(name) is not entry:
                continue  # removed or replaced while it ran: its lines must not come back
            if error is not None:
                self.failing[name] = words(name, error)
                continue
            if not tails:
                continue  # nothing new was computed: what was wrong is so still
            self.failing.pop(name, None)
            if entry.first:
                lines = [entry.line(output) for output in tails]
                entry.given()
                gone += self._forget(line for line in self.lines_of(name) if line not in lines)
                for line in lines:
                    self.lines[line] = Track()
                    self._of[line] = name
                self.begun += lines
            for output, tail in tails.items():
                line = entry.line(output)
                self.lines[line].put(tail)
                changed[line] = tail.first
        return changed, gone

    def drop(self, held: int) -> None:
        """Bars before the ordinal `held` are held no more."""
        for track in self.lines.values():
            track.drop(held)


def words(name: str, error: BaseException) -> str:
    """As people read it after the name; livefin's own errors say enough by themselves."""
    text = str(error)
    if isinstance(error, IndicatorError):
        return text.removeprefix(f"{name} ")
    return f"{type(error).__name__}: {text}"

"""Indicators at many symbols, kept up to date together: what tables, gauges and tiles show.

A symbol's bars are read once for all its indicators. What livefin knows runs on the caller's
thread, for a while at a time, so that a table of thousands fills up without a stall; what a
person wrote runs apart, an indicator at a time. One that raises gives its error at that
symbol, and the others go on. No widget and no clock but the one that cuts a turn. Used by
screener, gauge and tile; how an indicator goes along bars is said in indicators/along.py.
"""

from __future__ import annotations

import time
from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple

from livefin.chart.apart import Apart
from livefin.chart.overlays import Overlay, named, words
from livefin.chart.source import Bars, ChartFeed
from livefin.indicators.contract import Floats, Indicator, Line
from livefin.indicators.custom.userdefined import indicator
from livefin.indicators.live.along import Updated, along
from livefin.indicators.live.news import News
from livefin.indicators.live.running import Running
from livefin.indicators.live.track import Track

KEEP = 60
"""Bars whose values are kept of each line, for a sparkline."""
TURN = 0.05
"""Seconds at a time on the caller's thread."""
TURN_APART = 1.0
"""The same for what runs apart, which must be back well before it is given up."""
PRICE = "price"


class Reading(NamedTuple):
    """What an indicator has at one symbol; its lines end with the forming bar."""

    lines: Mapping[str, Floats]
    """By output, the last values, oldest first."""
    error: str = ""
    """What it raised, in words; the lines are then those from before."""

    def last(self, output: str) -> float | None:
        """The present value; None while there is none."""
        line = self.lines.get(output)
        if self.error or line is None or not len(line):
            return None
        value = float(line[-1])
        return value if value - value == 0 else None  # neither NaN nor infinite


NOTHING = Reading({})


class Abreast:
    """`indicators` by name at the symbols of `feed`, which may come later.

    >>> import livefin as lf
    >>> from livefin.indicators.bars.vwap import VWAP
    >>> feed = lf.push("example", "ABC")
    >>> abreast = Abreast(feed, {"VWAP": VWAP(bands=())}, interval="1s")
    >>> feed.append_trade("ABC", 10.0, 2.0, time=1.7e9)
    >>> abreast.update(), abreast.reading("ABC", "VWAP").last("vwap")
    (True, 10.0)
    >>> abreast.close(); feed.close()
    """

    def __init__(
        self,
        feed: ChartFeed,
        indicators: Mapping[str, Overlay] | Iterable[Overlay],
        *,
        interval: str,
        symbols: Iterable[str] | None = None,
        keep: int = KEEP,
        lines: Container[str] | None = None,
    ) -> None:
        self.feed, self.interval, self.keep = feed, interval, keep
        self.lines = lines
        """Names whose lines are kept, None for all; of the others the present value is."""
        self._symbols = None if symbols is None else list(dict.fromkeys(symbols))
        self._bars = feed.bars(interval)
        self.indicators = {
            name: each if isinstance(each, Indicator) else indicator(each, name=name)
            for name, each in named(indicators).items()
        }
        self._known = Party(
            self, [name for name, each in self.indicators.items() if each.trusted], prices=True
        )
        self._apart: dict[str, Apart] = {}
        for name, each in self.indicators.items():
            if not each.trusted:
                self._apart[name] = Apart(Party(self, [name]).run_apart)
        self._readings: dict[tuple[str, str], Reading] = {}
        self._stopped: dict[str, str] = {}
        """By name, why an indicator is run no more."""

    @property
    def symbols(self) -> list[str]:
        """Those asked for, else those that the feed has by now."""
        if self._symbols is not None:
            return self._symbols
        return list(dict.fromkeys([*self.feed.symbols, *self._bars]))

    def bars(self, symbol: str) -> Bars | None:
        """Its bars, None before there are any."""
        return self._bars.get(symbol)

    def reading(self, symbol: str, name: str) -> Reading:
        """What the indicator of that name has at `symbol`; PRICE is the closes, named "close"."""
        reading = self._readings.get((symbol, name), NOTHING)
        stopped = self._stopped.get(name)
        return reading if stopped is None else reading._replace(error=stopped)

    def update(self, seconds: float = TURN) -> bool:
        """Bring up to date what can be in so many seconds; whether all had their turn."""
        for name, apart in self._apart.items():
            result = apart.take()
            if result is not None and result[1] is not None:
                self._stopped[name] = words(name, result[1])
            apart.ask()
        return self._known.run(seconds)

    def wait(self, seconds: float) -> None:
        """Wait for what runs apart, so many seconds at most."""
        until = time.monotonic() + seconds
        for apart in self._apart.values():
            apart.wait(until - time.monotonic())

    def close(self) -> None:
        """Run nothing more; the last readings stay. Twice is fine."""
        for apart in self._apart.values():
            apart.close()

    def join(self, timeout: float = 5.0) -> None:
        """Wait until no thread is left."""
        for apart in self._apart.values():
            apart.join(timeout)


class Party:
    """The indicators of those names, which have their turn together at one symbol after another."""

    def __init__(self, abreast: Abreast, names: Iterable[str], *, prices: bool = False) -> None:
        self._abreast, self._names, self._prices = abreast, list(names), prices
        self._places: dict[str, Place] = {}
        self._left: list[str] = []
        """Symbols that have not had their turn in this round."""

    def run_apart(self) -> dict[str, Line]:
        """A turn on a thread of its own; what it finds lies with the others' readings."""
        self.run(TURN_APART)
        return {}

    def run(self, seconds: float) -> bool:
        """Go on with the round for so long; whether it is complete."""
        abreast, until = self._abreast, time.monotonic() + seconds
        self._left = self._left or abreast.symbols[::-1]
        while self._left:
            symbol = self._left.pop()
            place = self._place(symbol)
            if place is not None:
                for name, reading in place.update():
                    abreast._readings[symbol, name] = reading  # noqa: SLF001 - they are one
            if time.monotonic() > until:
                break
        return not self._left

    def _place(self, symbol: str) -> Place | None:
        place = self._places.get(symbol)
        if place is None:
            abreast = self._abreast
            bars = abreast.bars(symbol)
            if bars is None:
                return None
            indicators = {name: abreast.indicators[name] for name in self._names}
            place = self._places[symbol] = Place(abreast, bars, indicators, prices=self._prices)
        return place


class Place:
    """Indicators at one symbol."""

    def __init__(
        self, abreast: Abreast, bars: Bars, indicators: Mapping[str, Indicator], *, prices: bool
    ) -> None:
        self._feed, self._keep, self._bars = abreast.feed, abreast.keep, bars
        self._indicators = indicators
        self._reader = bars.reader()
        self._along: dict[str, Updated] = {}
        kept = abreast.lines
        self._tracks: dict[str, dict[str, Track]] = {
            name: {} for name in indicators if kept is None or name in kept
        }
        if prices:
            self._tracks[PRICE] = {"close": Track()}

    def update(self) -> list[tuple[str, Reading]]:
        """What has changed, by name."""
        news = News.read(self._bars, self._reader)
        found = []
        changed = news.changed
        if changed is not None and PRICE in self._tracks:
            closes = changed.columns["close"]
            skipped = max(0, len(closes) - self._keep)
            line = Line(changed.first + skipped, closes[skipped:])
            found.append((PRICE, self._put(PRICE, {"close": line})))
        for name in self._indicators:
            try:
                tails = self._tails(name, news)
            except Exception as error:  # noqa: BLE001 - one indicator must not stop the others
                found.append((name, Reading({}, words(name, error))))
                continue
            if tails:
                found.append((name, self._put(name, tails)))
        return found

    def _tails(self, name: str, news: News) -> Mapping[str, Line]:
        updated = self._along.get(name)
        if updated is None:
            updated = self._along[name] = self._begun(self._indicators[name])
        return updated.take(news)

    def _begun(self, made: Indicator) -> Updated:
        if made.source == "bars" and made.incremental:
            return Running(made, self._bars, history=self._keep)
        return along(made, self._feed, self._bars)

    def _put(self, name: str, tails: Mapping[str, Line]) -> Reading:
        tracks = self._tracks.get(name)
        if tracks is None:
            return Reading({output: line.array[-1:].copy() for output, line in tails.items()})
        for output, line in tails.items():
            track = tracks.get(output)
            if track is None:
                track = tracks[output] = Track()
            track.put(line)
            track.drop(track.first + len(track.array) - self._keep)
        return Reading({output: track.array.copy() for output, track in tracks.items()})

"""A live chart: one symbol's bars with overlays, panes, drawings and alerts. The public class.

The painter's thread calls `paint`; a page asks for a whole picture through the widget's
state (a reload) or a message (it missed something), and tells what the person changed in
it. One lock guards what pages have been told (picture); overlays run outside of it. Made
by charting.chart.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable, Mapping
from typing import Any

from livefin.cell import this_cell
from livefin.chart import bokehjs
from livefin.chart.alerts import Alerts
from livefin.chart.asked import symbol_of
from livefin.chart.compared import Compared
from livefin.chart.drawings import Drawings
from livefin.chart.hearing import hear
from livefin.chart.heartbeat import BEAT, Heartbeat
from livefin.chart.markers import Markers, Orders
from livefin.chart.overlays import Overlay, Overlays, Placing, drawable, named
from livefin.chart.painter import painter
from livefin.chart.panespec import PaneSpec
from livefin.chart.picture import NS_PER_MS, Picture
from livefin.chart.prototypes import Prototypes
from livefin.chart.settings import INTERVALS, Settings
from livefin.chart.sheet import PRICE, Pane, Sheet
from livefin.chart.shown import shows
from livefin.chart.source import Bars, ChartFeed
from livefin.chart.widget import ChartWidget
from livefin.errors import ChartError
from livefin.indicators.contract import Indicator
from livefin.intervals import interval_ns


class Chart:
    """Live bars of one symbol. Made by `livefin.chart`; see there.

    `drawings`, `alerts`, `markers` and `orders` are what lies on it; `panes` are its panes,
    the price pane first; `settings["kind"]` and so on is how it looks, which `set` changes.
    """

    def __init__(
        self,
        feed: ChartFeed,
        symbol: str | None = None,
        *,
        bars: str = "1s",
        overlays: Mapping[str, Overlay] | Iterable[Overlay] | None = None,
        panes: Any = (),
        compare: Iterable[Any] = (),
        intervals: Iterable[str] = INTERVALS,
        title: str | None = None,
        **settings: Any,
    ) -> None:
        self.feed, self.symbol = feed, (symbol := symbol_of(feed, symbol))
        known: Any = getattr(feed, "tick_size", lambda _: None)
        settings = {"tick": known(symbol)} | settings
        self.settings = Settings(title=symbol if title is None else title, **settings)
        self.drawings, self.markers, self.orders = Drawings(), Markers(), Orders()
        self.alerts = Alerts(interval=_ms(bars))
        self.alert = self.alerts.add
        choices = [intervals] if isinstance(intervals, str) else list(intervals)
        for each in choices:
            _ms(each)  # raises here and not when a page asks
        self.intervals = [bars, *(each for each in choices if each != bars)]
        """What a person can switch between in the page."""
        self._sheet, self._overlays = Sheet(), Overlays()
        self._compared: dict[str, tuple[ChartFeed, str]] = {}
        self._prototypes = own = Prototypes(self)
        self.indicator, self.locked, self.lock = own.indicator, own.locked, own.lock
        self._own: dict[str, str] = {}
        """By overlay, the pane that was made for it alone."""
        self._lock = threading.Lock()
        self._widget: ChartWidget | None = None
        self._closed = False
        self._heart = Heartbeat()
        self._interval = bars
        self._picture = Picture(
            feed,
            feed.bars(bars)[symbol],
            sheet=self._sheet,
            overlays=self._overlays,
            told={
                "settings": self.settings,
                "drawings": self.drawings,
                "alerts": self.alerts,
                "orders": self.orders,
            },
            drawings=self.drawings,
            markers=self.markers,
        )
        for name, function in named(overlays).items():
            self.add(function, name)
        for spec in PaneSpec.each(panes):
            self.add_pane(spec)
        for other in [compare] if isinstance(compare, str) else compare:
            self.compare(other)
        _close_with(feed, self)
        shows.enter(this_cell())

    @property
    def figure(self) -> Any:
        """The price pane's Bokeh figure: change it at any time, and the page follows."""
        return self._sheet.panes[0].figure

    @property
    def panes(self) -> list[Pane]:
        """The panes from top to bottom, the price pane first; each has a `figure`."""
        return list(self._sheet.panes)

    @property
    def indicators(self) -> dict[str, Indicator]:
        """What is drawn besides the bars, by name."""
        return {name: entry.indicator for name, entry in self._overlays.entries.items()}

    @property
    def bars(self) -> Bars:
        """The bars shown; `.df` is their frame."""
        return self._picture.bars

    @property
    def interval(self) -> str:
        """The bars' interval, as "5min". Set it to switch: the stream goes on."""
        return self._interval

    @interval.setter
    def interval(self, interval: str) -> None:
        bars = self.feed.bars(interval)[self.symbol]
        with self._lock:
            self._interval = interval
            self._picture.switch(bars)
            self.alerts.restart(bars.interval_ns / NS_PER_MS)
            for name, (feed, symbol) in self._compared.items():
                self._picture.compared[name] = Compared(bars, feed.bars(interval)[symbol])
        painter.hurry(self)

    @property
    def period(self) -> float:
        """Seconds between two paints."""
        return float(1.0 / self.settings["fps"])

    @property
    def closed(self) -> bool:
        """Whether the chart has stopped; its last picture stays."""
        return self._closed or self.feed.state == "closed"

    # What is on it

    def set(self, **settings: Any) -> Chart:
        """Change how it looks, as `set(kind="line", scale="log")`. Raises ChartError."""
        self.settings.set(**settings)
        return self

    def source(self, name: str) -> Any:
        """A live Bokeh source for glyphs of your own: "bars", "marks" or a line by name.

        "bars" has every bar in view, "marks" what is drawn for them when they are many; both
        have time, open, high, low, close, volume. A line has time and value. Times are in ms.
        """
        return self._sheet.source(name)

    def add(
        self,
        overlay: Overlay,
        name: str | None = None,
        *,
        pane: str | None = None,
        kind: str = "line",
        kinds: Mapping[str, str] | None = None,
        faint: bool = False,
    ) -> str:
        """Draw an indicator, or a function of the frame of bars. Its name.

        One of the same name is replaced: its lines stay until the new one has given its own.
        `pane` is a pane's key, "price", or "new" for one of its own, which goes with it; by
        default where the one before was, else where the indicator says, a function on the
        prices. `kind` is "line", "histogram" or "dots", `kinds` says it by column where
        several lines come back; `faint` draws it in the background. Raises ChartError,
        IndicatorError.
        """
        drawable(kind, kinds or {})
        if name is None:
            name = next(iter(named([overlay])))
        named({name: overlay})
        before = self._overlays.entries.get(name)
        own = self._own.get(name)
        if pane is None:
            pane = before.placing.pane if before else getattr(overlay, "pane", PRICE)
        if pane == "new" and own is not None:
            pane = own
        if before is not None and pane != before.placing.pane:
            self.remove(name)
        if pane == "new":
            levels = getattr(overlay, "levels", ())
            key = self._own[name] = self._sheet.add_pane(title=name, levels=levels).key
        else:
            key = self._sheet.pane(pane).key
        placing = Placing(key, kind, dict(kinds or {}), faint)
        with self._lock:
            self._overlays.add(name, overlay, placing)
        return name

    def remove(self, name: str) -> None:
        """Take away an indicator or a compared symbol; one that is not there is no error."""
        self._prototypes.removed(name)
        with self._lock:
            self._compared.pop(name, None)
            self._picture.compared.pop(name, None)
            gone = [*self._overlays.remove(name), name]
            for line in gone:
                self._sheet.remove_line(line)
            hidden = self.settings["hidden"]
            self.settings.set(hidden=[each for each in hidden if each not in gone])
            own = self._own.pop(name, None)
            if own is not None and not self._overlays.in_pane(own):
                self._sheet.remove_pane(own)

    def add_pane(self, spec: Any = None) -> Pane:
        """A further pane, with a function, functions, or what `livefin.pane` gives."""
        spec = PaneSpec.of(spec)
        pane = self._sheet.add_pane(
            share=spec.share, bounds=spec.range, levels=spec.levels, title=spec.title
        )
        for name, function in spec.overlays.items():
            self.add(function, name, pane=pane.key, kind=spec.kind, kinds=spec.kinds)
        return pane

    def remove_pane(self, pane: Pane | str) -> None:
        """Take away a pane and what it shows."""
        key = str(getattr(pane, "key", pane))
        inside = self._overlays.in_pane(key)
        self._sheet.remove_pane(key)
        for name in inside:
            self._own.pop(name, None)
            self.remove(name)

    def compare(self, other: Any) -> str:
        """Draw another symbol's closes beside this one's, in percent. Its line's name.

        `other` is a symbol of the same feed, or (feed, symbol); `remove` takes it away.
        """
        match other:
            case str(symbol):
                feed = self.feed
            case (feed, str(symbol)):
                pass
            case _:
                raise ChartError(f"compare with a symbol, or (feed, symbol); got {other!r}")
        if feed is self.feed and symbol == self.symbol:
            raise ChartError(f"{symbol} is what the chart shows already")
        compared = Compared(self.bars, feed.bars(self._interval)[symbol])
        with self._lock:
            self._compared[symbol] = feed, symbol
            self._picture.compared[symbol] = compared
            self._sheet.add_line(symbol, kind="compare")
        if self.settings["scale"] in ("linear", "log"):
            self.settings.set(scale="percent")
        return symbol

    # Life

    @property
    def widget(self) -> ChartWidget:
        """The ipywidget, to lay out with others; from here on the chart is live."""
        if self._widget is None or self._widget.comm is None:
            self._picture.start_over()
            heard, setup, snapshot = (
                weakref.WeakMethod(method) for method in (self._heard, self._setup, self._snapshot)
            )
            self._widget = ChartWidget(
                runtime=bokehjs.runtime().token,
                setup=lambda: _call(setup),
                snapshot=lambda: _call(snapshot),
                heard=lambda content: _call(heard, content),
            )
        shows.show(self, this_cell())
        painter.add(self)
        return self._widget

    def close(self) -> None:
        """Stop the chart; the last picture stays. Twice is fine."""
        self._closed = True
        self.alerts.close()
        painter.hurry(self)

    def release(self) -> None:
        """Leave the page and give everything back; shown again, it starts anew."""
        painter.remove(self)
        shows.forget(self)
        self._prototypes.close()
        with self._lock:
            widget, self._widget = self._widget, None
            if widget is not None:
                widget.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else "live" if self in painter else "not shown"
        return f"<Chart {self._title}: {len(self.bars.df):,} bars, {state}>"

    @property
    def _title(self) -> str:
        return f"{self.settings['title']} · {self._interval}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        widget = self.widget
        view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
        plain = f"livefin chart {self._title}; run the cell to see it live"
        return {"text/plain": plain, "application/vnd.jupyter.widget-view+json": view}

    def paint(self) -> bool:
        """Send what changed since the last paint. Called by the painter only."""
        last = self.closed
        picture = self._picture
        with self._lock:
            whole = picture.whole
            changed, rows = picture.read()
        # The first picture does not wait for overlays; they are outside of the lock, being
        # as slow as a person writes them.
        work = None if whole else picture.evaluate()
        with self._lock:
            lines = {} if work is None else picture.merge(work)
        self._watch(rows, lines)
        with self._lock:
            if self._widget is None:
                return False
            message, data = (picture.everything if whole else picture.changes)(changed | lines)
            beat = self._heart.due(sent=bool(message))
            if message or beat:
                self._widget.send(message or BEAT, None if data is None else [data])
        return not last or picture.behind

    def _watch(self, rows: Mapping[str, Any], lines: Mapping[str, int]) -> None:
        """Let alerts see what changed, also those that come later: they need to know what was."""
        if rows:
            self.alerts.bars(dict(rows), self._picture.tip - len(rows["time"]) + 1)
        for name in lines and list(self._overlays.lines):
            values = self._overlays.lines[name].array
            if len(values):
                self.alerts.line(name, float(values[-1]))
        for status in self._picture.statuses():
            if status.symbol in ("", self.symbol):
                self.alerts.status(status)
        if rows and self.alerts.wants_frame:
            self.alerts.frame(self.bars.df)

    # What a page asks for

    def _setup(self) -> dict[str, Any]:
        return {
            "intervals": [[each, _ms(each)] for each in self.intervals],
            "interval": self.bars.interval_ns / NS_PER_MS,
            "settings": self.settings.wire(),
            "symbol": self.symbol,
            "venue": self.feed.name,
            "figure": self._sheet.item(),
        }

    def _snapshot(self) -> dict[str, Any]:
        with self._lock:
            return self._picture.snapshot()

    def _heard(self, content: Any) -> None:
        hear(self, self._picture, content)


def _ms(interval: str) -> float:
    return interval_ns(interval) / NS_PER_MS


def _close_with(feed: ChartFeed, chart: Chart) -> None:
    """Let the feed close the chart without keeping it alive."""
    reference = weakref.ref(chart)

    def close() -> None:
        chart = reference()
        if chart is not None:
            chart.close()

    feed.on_close.append(close)
    weakref.finalize(chart, _discard, feed.on_close, close).atexit = False


def _discard(items: list[Any], item: Any) -> None:
    if item in items:
        items.remove(item)


def _call(method: weakref.WeakMethod[Any], *given: Any) -> Any:
    function = method()
    return {} if function is None else function(*given)

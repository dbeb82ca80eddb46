"""A live chart: what changed since the last paint, as one message with binary columns.

The painter's thread calls `paint`; the page asks for a whole picture through the widget's
state (a reload) or a message (it missed something). Every message has a sequence number and
says since which number it holds all changes, so that the messages around a snapshot overlap
instead of leaving a kink. One lock guards the numbers; overlays run outside of it.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import pandas as pd

from livefin.cell import this_cell
from livefin.chart import bokehjs
from livefin.chart.bands import Bands
from livefin.chart.figure import Pane
from livefin.chart.overlays import Overlay, Overlays, named
from livefin.chart.painter import painter
from livefin.chart.shown import Shows
from livefin.chart.source import ChartFeed
from livefin.chart.stream import NONE_YET, Part, Stream, content, pack
from livefin.chart.widget import ChartWidget
from livefin.errors import ChartError

BAR_COLUMNS = ("time", "open", "high", "low", "close", "volume")
NS_PER_MS = 1_000_000
MAX_FPS = 60

Theme = Literal["auto", "light", "dark"]

shows = Shows()
"""Every chart that is on show in this kernel."""


class Chart:
    """Candles and volume of one symbol, live. Made by `livefin.chart`; see there."""

    def __init__(
        self,
        feed: ChartFeed,
        symbol: str | None = None,
        *,
        bars: str = "1s",
        overlays: Mapping[str, Overlay] | Iterable[Overlay] | None = None,
        title: str | None = None,
        height: int = 420,
        width: int | None = None,
        fps: float = 20,
        theme: Theme = "auto",
        bars_visible: int = 150,
    ) -> None:
        if not 0 < fps <= MAX_FPS:
            raise ChartError(f"fps must lie above 0 and up to {MAX_FPS}, got {fps}")
        if theme not in ("auto", "light", "dark"):
            raise ChartError(f'theme must be "auto", "light" or "dark", got {theme!r}')
        if bars_visible < 2:  # noqa: PLR2004 - one bar makes no axis
            raise ChartError(f"bars_visible must be at least 2, got {bars_visible}")
        if symbol is None:
            if not feed.symbols:
                raise ChartError(f"{feed.name} has no symbol yet; name one")
            symbol = feed.symbols[0]
        self.feed, self.symbol = feed, symbol
        self.bars = feed.bars(bars)[symbol]
        self.period = 1.0 / fps
        self._overlays = Overlays(named(overlays))
        self._pane = Pane(height=height, width=width)
        self._options = {
            "title": title if title is not None else f"{symbol} · {bars}",
            "interval": self.bars.interval_ns / NS_PER_MS,
            "height": height,
            "theme": theme,
            "barsVisible": int(bars_visible),
            "period": 1e3 * self.period,
        }
        self._lock = threading.Lock()
        self._reader = self.bars.reader()
        self._bands = Bands(symbol)
        self._widget: ChartWidget | None = None
        self._closed = False
        self._whole = True
        """The next message must hold everything."""
        self._held = 0
        self._tip = (0, 0.0)
        """Ordinal and time (ms) of the newest bar that the painter has seen."""
        self._lines_behind = False
        self._statuses = 0
        self._sent_state = ""
        self._sent_errors: dict[str, str] = {}
        self._start_over()
        _close_with(feed, self)
        shows.enter(this_cell())

    @property
    def figure(self) -> Any:
        """The price pane's Bokeh figure: change it at any time, and the page follows."""
        return self._pane.figure

    @property
    def closed(self) -> bool:
        """Whether the chart has stopped; its last picture stays."""
        return self._closed or self.feed.state == "closed"

    @property
    def widget(self) -> ChartWidget:
        """The ipywidget, to lay out with others; from here on the chart is live."""
        if self._widget is None or self._widget.comm is None:
            self._start_over()
            ask = weakref.WeakMethod(self._ask_whole)
            setup, snapshot = weakref.WeakMethod(self._setup), weakref.WeakMethod(self._snapshot)
            self._widget = ChartWidget(
                runtime=bokehjs.runtime().token,
                setup=lambda: _call(setup),
                snapshot=lambda: _call(snapshot),
                ask=lambda: _call(ask),
            )
        shows.show(self, this_cell())
        painter.add(self)
        return self._widget

    def close(self) -> None:
        """Stop the chart; the last picture stays. Twice is fine."""
        self._closed = True
        painter.hurry(self)

    def release(self) -> None:
        """Leave the page and give everything back; shown again, it starts anew."""
        painter.remove(self)
        shows.forget(self)
        with self._lock:
            widget, self._widget = self._widget, None
            if widget is not None:
                widget.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else "live" if self in painter else "not shown"
        return f"<Chart {self._options['title']}: {len(self.bars.df):,} bars, {state}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        widget = self.widget
        view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
        plain = f"livefin chart {self._options['title']}; run the cell to see it live"
        return {"text/plain": plain, "application/vnd.jupyter.widget-view+json": view}

    # Painting

    def paint(self) -> bool:
        """Send what changed since the last paint. Called by the painter only."""
        last = self.closed
        with self._lock:
            whole, self._whole = self._whole, False
            changed = self._read()
        # The first picture does not wait for overlays; they are outside of the lock, being
        # as slow as a person writes them.
        lines = {} if whole else self._evaluate()
        with self._lock:
            if self._widget is None:
                return False
            firsts = self._stream.widen(changed | lines)
            message, parts = self._whole_message() if whole else self._changes(firsts)
            if message:
                self._widget.send(message, [pack(parts)] if parts else None)
        return not last

    def _read(self) -> dict[str, int]:
        """First bar changed since the last call, if any. Holds the lock."""
        changed = self._reader.changes()
        if changed is None:
            return {}
        time = changed.columns["time"]
        self._held = changed.held
        self._tip = changed.first + len(time) - 1, float(time[-1])
        self._lines_behind = True
        return {"bars": changed.first}

    def _evaluate(self) -> dict[str, int]:
        """First changed bar by overlay line, when there is cause and time to compute them."""
        if not (self._lines_behind and self._overlays.due):
            return {}
        self._lines_behind = False
        df = self.bars.df
        ordinal, time = self._tip
        # Half a bar early: a float of ms is not exact to the nanosecond.
        before = time * NS_PER_MS - self.bars.interval_ns / 2
        row = int(df.index.searchsorted(pd.Timestamp(int(before), tz="UTC")))
        changed = self._overlays.update(df, ordinal - row)
        for name in self._overlays.lines:
            self._pane.add_line(name)
        keys = list(self._pane.lines)
        return {f"line:{keys.index(name)}": line.first for name, line in changed.items()}

    def _changes(self, firsts: dict[str, int]) -> tuple[dict[str, Any], list[Part]]:
        """What changed: content and parts, both empty when nothing did. Holds the lock."""
        parts = [self._part(key, first) for key, first in firsts.items()]
        news = self._news()
        if not (parts or news):
            return {}, []
        if self._stream.overlapping:
            news |= self._standing()
        seq, base = self._stream.advance()
        return content(seq, base, self._held, parts) | news, parts

    def _whole_message(self) -> tuple[dict[str, Any], list[Part]]:
        """Everything, for pages that have nothing or missed something. Holds the lock."""
        news = self._news() | self._standing()
        parts = self._picture()
        seq, base = self._stream.advance(whole=True)
        return content(seq, base, self._held, parts) | news | {"whole": True}, parts

    def _picture(self) -> list[Part]:
        """All bars and lines held. Holds the lock."""
        parts = [self._part("bars", 0)]
        parts += [
            self._part(f"line:{number}", 0)
            for number, name in enumerate(self._pane.lines)
            if name in self._overlays.lines
        ]
        return parts

    def _part(self, key: str, first: int) -> Part:
        if key == "bars":
            bars = self.bars.read(first)
            self._held = bars.held
            return Part(key, bars.first, [bars.columns[name] for name in BAR_COLUMNS])
        line = self._overlays.lines[list(self._pane.lines)[int(key.partition(":")[2])]]
        first = max(first, line.first)
        return Part(key, first, [line.array[first - line.first :]])

    def _news(self) -> dict[str, Any]:
        """What else changed: state, bands, overlay errors, the figure. Holds the lock."""
        news: dict[str, Any] = {}
        status = self.feed.status
        if status.total != self._statuses:
            seen, self._statuses = self._statuses, status.total
            if self._bands.update(status.list(seen)):
                news["bands"] = self._bands.list
        if self._overlays.errors != self._sent_errors:
            news["errors"] = self._sent_errors = dict(self._overlays.errors)
        state = self._state()
        if state != self._sent_state:
            news["state"] = self._sent_state = state
        if self._pane.changed:
            self._pane.changed = False
            try:
                news["figure"] = self._pane.item()
            except RuntimeError:  # another thread is changing it; the next paint has it
                self._pane.changed = True
        return news

    def _standing(self) -> dict[str, Any]:
        return {
            "bands": self._bands.list,
            "errors": self._overlays.errors,
            "state": self._state(),
        }

    def _state(self) -> str:
        return "closed" if self.closed else self.feed.state

    # What a page asks for

    def _setup(self) -> dict[str, Any]:
        return self._options | {"figure": self._pane.item()}

    def _snapshot(self) -> dict[str, Any]:
        """All a page needs after a reload, up to date with the last message sent."""
        with self._lock:
            if self._whole:  # what was there before the first message needs no repeating
                self._stream.widen(self._read())
            seq = self._stream.snapshot()
            parts = self._picture()
            message = content(seq, NONE_YET, self._held, parts) | self._standing()
            return message | {"whole": True, "data": pack(parts)}

    def _ask_whole(self) -> None:
        self._whole = True
        painter.add(self)

    def _start_over(self) -> None:
        """A new comm: nothing was sent yet."""
        self._stream = Stream()
        self._whole = True
        self._pane.changed = False


def chart(feed: ChartFeed, symbol: str | None = None, **options: Any) -> Chart:
    """A live chart of `symbol`, or of the feed's first; show it as a cell's last expression.

    It goes on while other cells run. Drag to pan, turn the wheel to zoom, drag the price
    axis to scale it, double-click to come back to the live edge.

    Args:
        feed: an open feed with trades of the symbol.
        symbol: as "BTC-USDT".
        **options: `bars` interval ("1s", "5min"); `overlays`, a mapping of names to
            functions of a frame of bars, or the functions; `title`; `height` and `width`
            in pixels, by default as wide as the cell; `fps`, paints a second at most;
            `theme` "auto", "light" or "dark"; `bars_visible` at first.

    Raises ChartError, SymbolError, FrameError.

    >>> import livefin as lf
    >>> feed = lf.connect("paper", "BTC-USDT")
    >>> live = chart(feed, overlays={"mean": lambda df: df.close.rolling(20).mean()})
    >>> live.figure.title.text = "Bitcoin"
    >>> feed.close()
    >>> live.closed
    True
    """
    return Chart(feed, symbol, **options)


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


def _call(method: weakref.WeakMethod[Any]) -> Any:
    function = method()
    return {} if function is None else function()

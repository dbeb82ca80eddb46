"""The charts that are measured in a page: livefin's and its peers', of the same feed.

Runs in the kernel: a cell calls `show`. Every peer holds candles and volume of the same bars
and is given what changed since its last paint, twenty times a second, on one thread: the
way its documentation has for changing the last bar. What a peer is spared: its ranges are
set by hand and only when a bar is new, so that it never looks for the extent of all bars.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import numpy as np
from IPython.display import display
from tickfeed import TickFeed

from livefin.chart import Chart

WIDTH, HEIGHT = 900, 420
VISIBLE = 200
FPS = 20
NAMES = ("time", "open", "high", "low", "close", "volume")
UP, DOWN = "#0b84a5", "#e0542c"
LIBRARY = "LIGHTWEIGHT_CHARTS"
"""The environment variable with the path of lightweight-charts."""

kept = []
"""What is on show, and nothing else may hold."""


def show(
    name: str, bars: int, *, count: int = 1, interval: str = "1s", rate: int = 10_000
) -> TickFeed:
    """Show `count` charts of so many bars each, and let `rate` ticks a second come in."""
    symbols = [f"S{i}-USDT" for i in range(count)]
    feed = TickFeed(*symbols, rows=bars).fill(bars, interval=interval)
    for symbol in symbols:
        if name == "livefin":
            size = {"width": WIDTH, "height": HEIGHT, "bars_visible": VISIBLE}
            chart = Chart(feed, symbol, bars=interval, fps=FPS, **size)
            display(chart)
        else:
            chart = Pump(PEERS[name], feed.bars(interval)[symbol])
        kept.append(chart)
    kept.append(feed)
    return feed.run(rate)


class Pump:
    """Paints a peer `FPS` times a second, as long as something changes; skips what it misses."""

    def __init__(self, peer, bars):
        self.reader = bars.reader()
        first = self.reader.snapshot()
        self.next = first.first + len(first.columns["time"])
        self.peer = peer(first.columns)
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        self.peer.ready.wait()
        due = time.monotonic()
        while True:
            time.sleep(max(0.0, due - time.monotonic()))
            due += (max(0.0, time.monotonic() - due) * FPS // 1 + 1) / FPS
            changed = self.reader.changes()
            if changed is None:
                continue
            first = changed.first
            end = first + len(changed.columns["time"])
            self.peer.paint(changed.columns, fresh=end - self.next)
            self.next = end


class Peer:
    """Keeps the bars that a peer without a memory of its own must be given again."""

    def __init__(self, columns):
        self.columns = columns
        self.ready = threading.Event()

    def keep(self, changed, fresh):
        """Take in changed rows, of which the last `fresh` are new, and drop as many old ones."""
        for name, values in changed.items():
            column = np.concatenate([self.columns[name], values[len(values) - fresh :]])[fresh:]
            column[len(column) - len(values) :] = values
            self.columns[name] = column

    def view(self):
        """The ranges that show the newest bars: time, prices, volume."""
        at = {name: column[-VISIBLE:] for name, column in self.columns.items()}
        low, high = float(at["low"].min()), float(at["high"].max())
        room = high - low
        last = float(at["time"][-1])
        return (
            (last - VISIBLE * 1e3, last + 0.05 * VISIBLE * 1e3),
            (low - 0.3 * room, high + 0.1 * room),
            (0.0, 5 * float(at["volume"].max())),
        )


class Bokeh(Peer):
    """A figure whose last rows are patched, and to which new ones are streamed."""

    def __init__(self, columns):
        from bokeh.io import output_notebook  # noqa: PLC0415 - its own
        from bokeh.models import ColumnDataSource, LinearScale, Range1d  # noqa: PLC0415 - its own
        from bokeh.plotting import figure  # noqa: PLC0415
        from bokeh.resources import INLINE  # noqa: PLC0415

        super().__init__(columns)
        x, y, volume = (Range1d(*each) for each in self.view())
        self.ranges = x, y, volume
        self.source = ColumnDataSource(self.coloured(columns))
        self.figure = figure(
            width=WIDTH, height=HEIGHT, x_range=x, y_range=y, x_axis_type="datetime",
            tools="xpan,xwheel_zoom",
        )  # fmt: skip
        self.figure.extra_y_ranges = {"volume": volume}
        self.figure.extra_y_scales = {"volume": LinearScale()}
        given = {"source": self.source, "color": "color"}
        self.figure.segment("time", "high", "time", "low", **given)
        self.figure.vbar("time", 700, "open", "close", **given)
        self.figure.vbar("time", 700, "volume", alpha=0.35, y_range_name="volume", **given)
        output_notebook(INLINE, hide_banner=True)
        self.show()
        self.ready.set()

    def coloured(self, columns):
        return columns | {"color": np.where(columns["close"] >= columns["open"], UP, DOWN)}

    def change(self, columns, fresh):
        """Change source and ranges."""
        columns = self.coloured(columns)
        count, held = len(columns["time"]), len(self.columns["time"])
        old = count - fresh
        self.source.patch(
            {
                name: [(held - old + i, values[i].item()) for i in range(old)]
                for name, values in columns.items()
                if name not in ("time", "open")
            }
        )
        self.keep({name: columns[name] for name in NAMES}, fresh)
        if fresh:
            self.source.stream({n: v[old:].tolist() for n, v in columns.items()}, rollover=held)
            for each, (start, end) in zip(self.ranges, self.view(), strict=True):
                each.update(start=start, end=end)


class PushNotebook(Bokeh):
    """Shown by `show(notebook_handle=True)`, changed by `push_notebook`."""

    def show(self):
        from bokeh.io import show  # noqa: PLC0415 - its own

        self.handle = show(self.figure, notebook_handle=True)

    def paint(self, columns, fresh):
        from bokeh.io import push_notebook  # noqa: PLC0415 - its own

        self.change(columns, fresh)
        push_notebook(handle=self.handle)


class BokehModel(Bokeh):
    """Shown in jupyter_bokeh's widget, which sends each change by itself."""

    def show(self):
        from jupyter_bokeh.widgets import BokehModel  # noqa: PLC0415 - may be absent

        display(BokehModel(self.figure))

    def paint(self, columns, fresh):
        self.change(columns, fresh)


class Plotly(Peer):
    """A FigureWidget, which takes whole columns only."""

    def __init__(self, columns):
        import plotly.graph_objects as go  # noqa: PLC0415 - may be absent

        super().__init__(columns)
        self.figure = go.FigureWidget(
            [
                go.Candlestick(x=self.when(), **{n: columns[n] for n in NAMES[1:5]}),
                go.Bar(x=self.when(), y=columns["volume"], yaxis="y2", opacity=0.35),
            ],
            {"width": WIDTH, "height": HEIGHT, "showlegend": False},
        )
        self.figure.update_layout(
            xaxis_rangeslider_visible=False, yaxis2={"overlaying": "y", "side": "right"}
        )
        self.look()
        display(self.figure)
        self.ready.set()

    def when(self):
        return self.columns["time"].astype("datetime64[ms]")

    def look(self):
        (start, end), y, volume = self.view()
        times = np.array([start, end]).astype("datetime64[ms]").astype(str).tolist()
        self.figure.update_layout(xaxis_range=times, yaxis_range=y, yaxis2_range=volume)

    def paint(self, columns, fresh):
        self.keep(columns, fresh)
        candles, volume = self.figure.data
        with self.figure.batch_update():
            candles.update({name: self.columns[name] for name in ("high", "low", "close")})
            volume.y = self.columns["volume"]
            if fresh:
                candles.open = self.columns["open"]
                candles.x = volume.x = self.when()
                self.look()


class Lightweight(Peer):
    """lightweight-charts in an anywidget of the benchmark's own."""

    def __init__(self, columns):
        import lightweight  # noqa: PLC0415 - as the other peers

        super().__init__(columns)
        library = Path(os.environ[LIBRARY]).read_text(encoding="utf-8")
        self.widget = lightweight.Lightweight(
            library, self.begin, width=WIDTH, height=HEIGHT, visible=VISIBLE
        )
        display(self.widget)

    def begin(self):
        self.widget.paint(self.columns, whole=True)
        self.columns = None
        self.ready.set()

    def paint(self, columns, fresh):
        self.widget.paint(columns)


PEERS = {
    "push_notebook": PushNotebook,
    "jupyter_bokeh": BokehModel,
    "plotly": Plotly,
    "lightweight_charts": Lightweight,
}

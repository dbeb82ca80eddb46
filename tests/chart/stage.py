"""A real chart in a plain page: BokehJS, livefin's modules and a comm that is played by hand.

Without JupyterLab, so it takes a second. What goes over the comm is played.py's, the browser
headless.py's. To look at a chart: `python tests/chart/stage.py --theme dark --out chart.png`.
"""

import argparse
import time
from pathlib import Path
from unittest.mock import patch

from fakes import FakeFeed
from headless import Browser
from played import JUPYTERLAB, Model, Notebook, Played

from livefin.chart import Chart
from livefin.chart.painter import painter


class Stage:
    """One view of a chart in a tab. The first of a chart takes its widget off the painter.

    `wire.sent` holds all that the chart has sent; `errors` are the tab's, and belong empty.
    Pixels count from the view's left and top, negative ones from its right and bottom.
    """

    def __init__(self, browser, chart, *, model=None, view=None, theme="light", **options):
        """Show `chart`, `view` CSS pixels wide or as wide as the tab; `options` are the tab's."""
        self.model = model or Model(Notebook(browser.tab(**options), theme), Played(chart))
        self.chart, self.wire, self.tab = chart, self.model.wire, self.model.tab
        self.errors = self.tab.errors
        self._browser, self._view = browser, view
        self.model.notebook.stages.append(self)
        self.show()

    def show(self):
        """Put the view at the end of the page."""
        self._number = self.tab.evaluate("stage.show", self.model.key, self._view)

    # More of them

    def add(self, chart):
        """Another chart below in this tab, or another view of this one: its stage."""
        same = chart is self.chart
        model = self.model if same else Model(self.model.notebook, Played(chart))
        return Stage(self._browser, chart, model=model, view=self._view)

    def twin(self, **options):
        """The same chart in a second tab, which asks for the state: its stage."""
        model = Model(Notebook(self._browser.tab(**options)), self.wire, first=False)
        return Stage(self._browser, self.chart, model=model, view=self._view)

    def reload(self):
        """Reload the tab, losing what was in flight: all its charts open again, with a snapshot."""
        self.model.notebook.reload()

    def hide(self):
        """Close the view, as clearing a cell's output does; the chart's other views stay."""
        self.model.notebook.stages.remove(self)
        self.tab.evaluate("stage.hide", self._number)

    # The comm

    def paint(self, *, lose=False):
        """Paint once on this thread, deliver to every page of the chart, let two frames pass.

        Gives the message as (content, buffers), or None when there was none. `lose` it on the
        way, and the pages see a hole.
        """
        message, _ = self.wire.paint()
        if lose:
            for model in self.wire.models:
                model.heard = len(self.wire.sent)
        self.deliver()
        self.tab.frames(2)
        return message

    def deliver(self):
        """Give every page of the chart what was sent and not delivered yet."""
        for model in self.wire.models:
            model.deliver()

    def pump(self):
        """Hand what this page has sent to the chart's widget; gives the contents."""
        asked = self.model.asked()
        # The chart would call the painter's thread; here the test says when to paint.
        with patch.object(painter, "add"):
            for content, buffers in asked:
                self.wire.widget._heard(self.wire.widget, content, buffers)
        return [content for content, _ in asked]

    def run(self, seconds):
        """Paint and pump as the painter would, for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.wire.paint()
            self.deliver()
            self.pump()
            time.sleep(self.chart.period)

    def gone(self):
        """Tell the page that the kernel is gone."""
        self.tab.evaluate("stage.trigger", self.model.key, "comm_live_update")

    # What is there

    def evaluate(self, function, *args):
        """What JavaScript's `function(parts, ...args)` gives, as headless.Tab.evaluate.

        `parts` are `view`, `page`, `stats`, the `stage` element and `el` around it.
        """
        call = f"(number, ...args) => ({function})(stage.parts(number), ...args)"
        return self.tab.evaluate(call, self._number, *args)

    def until(self, function, *args):
        """Wait until JavaScript's `function(parts, ...args)` gives something true."""
        call = f"(number, ...args) => ({function})(stage.parts(number), ...args)"
        self.tab.until(call, self._number, *args)

    def still(self):
        """Wait until the chart has been painted and has nothing more to paint."""
        self.until("({stats}) => stats.painted > 0")
        self.evaluate("""async ({stats}) => {
            for (let before = -1; before !== stats.painted;) {
              before = stats.painted;
              await stage.frames(15);
            }
        }""")

    def box(self):
        """The view's x, y, width and height in the window, which is scrolled to it."""
        return self.evaluate("""({stage}) => {
            stage.scrollIntoView({block: "nearest"});
            return stage.getBoundingClientRect();
        }""")

    def screenshot(self, path=None):
        """The view as PNG, once it is still; also into the file `path`."""
        box = self.box()
        self.still()
        clip = {name: box[name] for name in ("x", "y", "width", "height")}
        # Not written by Playwright, whose loop would start a thread for it and keep it.
        png = self.tab.do(lambda page: page.screenshot(clip=clip))
        if path is not None:
            Path(path).write_bytes(png)
        return png

    # What a user does

    def theme(self, name):
        """Set JupyterLab's theme, "light" or "dark"."""
        self.model.notebook.theme(name)

    @property
    def mouse(self):
        return Mouse(self)

    def wheel(self, dy, dx=0, *, at=None):
        """Turn the wheel at a pixel (x, y), by default in the middle."""
        box = self.box()
        self.mouse.move(*(at or (box["width"] / 2, box["height"] / 2)))
        self.tab.do(lambda page: page.mouse.wheel(dx, dy))
        self.tab.frames(2)

    def key(self, name):
        """Press a key, such as "Home" or "Control+z"."""
        self.tab.do(lambda page: page.keyboard.press(name))
        self.tab.frames(2)

    def close(self):
        """Give the chart back and close the tab."""
        self.chart.release()
        self.tab.close()


class Mouse:
    """The mouse on a stage, in its pixels; after each verb two frames pass."""

    def __init__(self, stage):
        self._stage, self._box = stage, stage.box()

    def _do(self, function):
        self._stage.tab.do(lambda page: function(page.mouse))
        self._stage.tab.frames(2)

    def _at(self, x, y):
        box = self._box
        return box["x"] + x + box["width"] * (x < 0), box["y"] + y + box["height"] * (y < 0)

    def move(self, x, y):
        self._do(lambda mouse: mouse.move(*self._at(x, y)))

    def down(self, button="left"):
        self._do(lambda mouse: mouse.down(button=button))

    def up(self, button="left"):
        self._do(lambda mouse: mouse.up(button=button))

    def click(self, x, y, *, times=1, button="left"):
        self._do(lambda mouse: mouse.click(*self._at(x, y), click_count=times, button=button))

    def drag(self, start, by, *, steps=8):
        """Press at the pixel `start`, move `by` (dx, dy), let go."""
        (x, y), (dx, dy) = self._at(*start), by

        def drag(mouse):
            mouse.move(x, y)
            mouse.down()
            mouse.move(x + dx, y + dy, steps=steps)
            mouse.up()

        self._do(drag)


def main():
    """Take a picture of a chart of made-up bars."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", required=True, help="a PNG file")
    parser.add_argument("--theme", choices=JUPYTERLAB, default="light")
    parser.add_argument("--width", type=int, default=1000, help="CSS pixels")
    parser.add_argument("--height", type=int, default=420)
    parser.add_argument("--bars", type=int, default=300)
    parser.add_argument("--scale", type=float, default=1, help="device pixels per CSS pixel")
    given = parser.parse_args()
    feed = FakeFeed("BTC-USDT").fill(given.bars)
    browser = Browser()
    size = {"width": given.width, "height": given.height, "scale": given.scale}
    stage = Stage(browser, Chart(feed, height=given.height), theme=given.theme, **size)
    stage.paint()
    stage.screenshot(given.out)
    for error in stage.errors:
        print(error)  # noqa: T201 - a command prints
    stage.close()
    browser.close()
    feed.close()


if __name__ == "__main__":
    main()

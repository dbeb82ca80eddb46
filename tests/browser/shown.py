"""What the browser tests put into cells, do with the mouse and read off a chart."""

import re
import time

SETUP = """\
import fakes
from livefin.chart import Chart
feed = fakes.FakeFeed("BTC-USDT").fill({bars}, per_bar=4).run()
"""
LOOP = """\
import time
end = time.monotonic() + {seconds}
while time.monotonic() < end: sum(range(1000))
"""
BUSY = """\
import os, time
end = time.monotonic() + 120
while time.monotonic() < end and not os.path.exists({name!r}): sum(range(1000))
"""
"""A cell that keeps the kernel busy until a file of that name is beside the notebook."""


def shown(bars=300, **options):
    """A cell that shows a chart of a feed that is always trading."""
    given = "".join(f", {name}={value!r}" for name, value in options.items())
    return SETUP.format(bars=bars) + f"chart = Chart(feed{given})\nchart"


def moved(lab, seconds, chart=0):
    """How many messages came and paints were made in so many seconds."""
    before = lab.charts()[chart]
    time.sleep(seconds)
    after = lab.charts()[chart]
    return after["received"] - before["received"], after["painted"] - before["painted"]


def moving(lab, received=1, painted=1, chart=0):
    """Wait until so many more messages have come and so many more paints were made."""
    before = lab.charts()[chart]
    lab.page.wait_for_function(
        """([chart, received, painted]) => {
            const now = probe.charts()[chart];
            return now.received >= received && now.painted >= painted;
        }""",
        arg=[chart, before["received"] + received, before["painted"] + painted],
        polling=100,  # ms; by the frame it is not asked in a page that lies behind another
        timeout=90_000,
    )


def until(lab, condition):
    """The first chart, once JavaScript's `condition` of it holds: `(chart) => ...`."""
    lab.page.wait_for_function(f"() => ({condition})(probe.charts()[0])")
    return lab.charts()[0]


def spot(lab, at=(0.5, 0.4), chart=0):
    """The pixel in the window at those shares of a chart's width and height."""
    box = lab.charts()[chart]["box"]
    return box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"]


def click(lab, at=(0.5, 0.4), chart=0):
    """Click a chart; by default in the middle of its prices."""
    lab.page.mouse.click(*spot(lab, at, chart))


def drag(lab, dx, dy=0, *, at=(0.5, 0.4), chart=0):
    x, y = spot(lab, at, chart)
    mouse = lab.page.mouse
    mouse.move(x, y)
    mouse.down()
    for step in range(1, 9):
        mouse.move(x + dx * step / 8, y + dy * step / 8)
    mouse.up()


def choose(lab, menu, item):
    """Choose in a menu of the first chart's toolbar."""
    lab.page.get_by_role("button", name=menu).first.click()
    lab.page.get_by_role("menu").get_by_text(item, exact=True).first.click()


def contrast(*colours):
    """The WCAG contrast ratio of two CSS rgb() colours."""
    light = []
    for colour in colours:
        channels = [int(c) / 255 for c in re.findall(r"\d+", colour)[:3]]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        light.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    high, low = max(light), min(light)
    return (high + 0.05) / (low + 0.05)

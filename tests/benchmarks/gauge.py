"""Measure a page from outside: its main thread, its frames, its clicks, its memory.

The same for whatever draws in the page: the main thread's time is Chromium's own count
(`TaskDuration`), clicks are real ones. Paints are counted by gauge.js. Used by browser.py,
memory.py and pixels.py beside tests/browser/lab.py.
"""

import random
import time
from pathlib import Path
from typing import NamedTuple

import psutil

HERE = Path(__file__).parent
CLICKS = 100


class Watched(NamedTuple):
    """Shares of the time, and a rate."""

    busy: float
    """The main thread was in a task."""
    cpu: float
    """It ran: less than `busy` where others wanted the processor too."""
    fps: float


class Gauge:
    """Of the page of `lab`; make it before the first notebook is opened."""

    def __init__(self, lab):
        self.lab = lab
        lab.context.add_init_script(path=HERE / "gauge.js")
        self._page = lab.context.new_cdp_session(lab.page)
        self._page.send("Performance.enable")
        self._browser = lab.browser.new_browser_cdp_session()

    def metrics(self):
        """Chromium's, by name: seconds and bytes."""
        metrics = self._page.send("Performance.getMetrics")["metrics"]
        return {metric["name"]: metric["value"] for metric in metrics}

    def paints(self):
        """Paints so far of each chart on the page."""
        return self.lab.page.evaluate("() => gauge.paints()")

    def watch(self, seconds):
        """What the main thread did over so long, and how often each chart was painted."""
        before, first = self.metrics(), self.paints()
        time.sleep(seconds)
        after, last = self.metrics(), self.paints()
        passed = after["Timestamp"] - before["Timestamp"]
        return Watched(
            (after["TaskDuration"] - before["TaskDuration"]) / passed,
            (after["ThreadTime"] - before["ThreadTime"]) / passed,
            (sum(last) - sum(first)) / max(1, len(last)) / passed,
        )

    def frames(self, seconds):
        """ms between frames over so long."""
        return self.lab.page.evaluate("(ms) => gauge.frames(ms)", 1e3 * seconds)

    def clicks(self, count=CLICKS, limit=20):
        """ms from each of so many clicks, at odd moments, until the page hears of it.

        Fewer where they take more than `limit` seconds.
        """
        end = time.monotonic() + limit
        at = self.lab.page.evaluate("() => gauge.button()") | {"button": "left", "clickCount": 1}
        for _ in range(count):
            for kind in ("mousePressed", "mouseReleased"):
                self._page.send("Input.dispatchMouseEvent", at | {"type": kind})
            if time.monotonic() > end:
                break
            time.sleep(random.uniform(0.005, 0.055))
        return self.lab.page.evaluate("() => gauge.clicks")

    def memory(self):
        """MB: the page's JavaScript heap when swept, its process, the kernel's."""
        self._page.send("HeapProfiler.collectGarbage")
        processes = self._browser.send("SystemInfo.getProcessInfo")["processInfo"]
        pages = [each["id"] for each in processes if each["type"] == "renderer"]
        return {
            "heap_mb": self.metrics()["JSHeapUsedSize"] / 2**20,
            "page_mb": max(rss_mb(pid) for pid in pages),
            "kernel_mb": sum(rss_mb(child.pid) for child in self.kernels()),
        }

    def kernels(self):
        """The processes of the kernels that the server has started."""
        children = psutil.Process(self.lab.server.pid).children(recursive=True)
        return [child for child in children if "ipykernel_launcher" in " ".join(child.cmdline())]


def rss_mb(pid):
    return psutil.Process(pid).memory_info().rss / 2**20


def percentile(values, share):
    """The value that so large a share of `values` does not pass; None if there are none."""
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else None

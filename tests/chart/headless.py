"""A headless Chromium for tests of the page's half, and the page's modules by themselves.

The browser lives on a thread of its own: Playwright keeps an event loop running in the thread
that uses it, which the tests' own thread must not have. Needs nothing of livefin but the
modules' files. Charts are shown by stage.py; stage.js is the page's side; fixtures in conftest.py.
"""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

OFF = (
    # A window's own pages, which take longer to start than a chart.
    *("PreloadTopChromeWebUI", "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "AimEnabled"),
    # As Playwright has them, whose list this one takes the place of.
    *("PaintHolding", "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "MediaRouter"),
    *("ThirdPartyStoragePartitioning", "LensOverlay", "OptimizationHints", "PreconnectToSearch"),
    "NetworkTimeServiceQuerying",
)
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-quic",
    "--disable-sync",
    "--disable-component-update",
    "--no-first-run",
    f"--disable-features={','.join(OFF)}",
]
URL = "http://localhost/"  # as a notebook's; no server: the tab answers every request itself
BLANK = "<!doctype html><meta charset=utf-8><body style='margin:0'></body>"
SCRIPT = Path(__file__).with_name("stage.js").read_text(encoding="utf-8")
PAGE = Path(__file__).parents[2] / "livefin" / "chart" / "page"
IMPORT = re.compile(r'from "\./(\w+)\.js"')


def chromium():
    """Where Chromium is, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    """One Chromium, with tabs. Close it."""

    def __init__(self):
        self.tabs = []
        self._thread = ThreadPoolExecutor(1, "test-browser")
        self._chromium = self.do(self._launch)

    def _launch(self):
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - may be missing

        self._playwright = sync_playwright().start()
        return self._playwright.chromium.launch(executable_path=chromium(), args=FLAGS)

    def do(self, function, *args, **options):
        """Call `function` on the browser's thread, the only one that may touch a page."""
        return self._thread.submit(function, *args, **options).result()

    def tab(self, *, width=1280, height=900, scale=1, **options):
        """An empty page of so many CSS pixels; `options` are Playwright's `new_context`'s."""
        tab = Tab(
            self,
            viewport={"width": width, "height": height},
            device_scale_factor=scale,
            **{"locale": "en-US", "timezone_id": "UTC"} | options,
        )
        self.tabs.append(tab)
        return tab

    def clear(self):
        """Close all tabs; gives their errors."""
        tabs = list(self.tabs)
        for tab in tabs:
            tab.close()
        return [error for tab in tabs for error in tab.errors]

    def close(self):
        self.do(self._chromium.close)
        self.do(self._playwright.stop)
        self._thread.shutdown()


class Tab:
    """A page in a context of its own; `errors` are those in its console and uncaught."""

    def __init__(self, browser, **options):
        self.browser, self.errors = browser, []
        self._context, self._page = browser.do(self._open, options)

    def _open(self, options):
        context = self.browser._chromium.new_context(**options)
        context.add_init_script(SCRIPT)
        context.route("**/*", lambda route: route.fulfill(body=BLANK, content_type="text/html"))
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.errors.append(error.stack or str(error)))
        page.on("console", self._heard)
        page.goto(URL)
        return context, page

    def _heard(self, message):
        if message.type == "error":
            self.errors.append(message.text)

    def do(self, function):
        """What `function(page)` gives, called with Playwright's page on its thread."""
        return self.browser.do(function, self._page)

    def evaluate(self, function, *args):
        """What JavaScript's `function(...args)` gives, as JSON: see `plain` in stage.js."""
        call = f"async (args) => stage.plain(await stage.soon(({function})(...args)))"
        return self.do(lambda page: page.evaluate(call, list(args)))

    def until(self, function, *args):
        """Wait until JavaScript's `function(...args)` gives something true."""
        call = f"(args) => ({function})(...args)"
        self.do(lambda page: page.wait_for_function(call, arg=list(args)))

    def frames(self, count=2):
        """Let the page draw so many frames."""
        self.evaluate("stage.frames", count)

    def reload(self):
        self.do(lambda page: page.reload())

    def close(self):
        """Close the tab, with all its errors heard."""
        self.browser.tabs.remove(self)
        try:
            self.evaluate("() => new Promise((resolve) => setTimeout(resolve))")
        finally:
            self.browser.do(self._context.close)


class Modules:
    """The exports of some of the page's modules, in a tab without a chart.

    modules("timeline").evaluate("({Timeline}, step) => new Timeline(step).ticks", 1000)
    """

    def __init__(self, tab, *names):
        self.tab, self.names = tab, list(names)
        tab.evaluate("stage.load", linked(*names))

    def evaluate(self, function, *args):
        """What JavaScript's `function(exports, ...args)` gives, awaited.

        Typed arrays come as lists and NaN as None, so that results compare with `==`.
        """
        call = f"(names, ...args) => ({function})(stage.exports(names), ...args)"
        return self.tab.evaluate(call, self.names, *args)


def linked(*names):
    """Names and texts of modules and of all they import, each after what it imports."""
    texts = {}

    def add(name, path):
        if name in path:
            raise ValueError(f"modules import each other: {' > '.join((*path, name))}")
        if name not in texts:
            text = (PAGE / f"{name}.js").read_text(encoding="utf-8")
            for other in IMPORT.findall(text):
                add(other, (*path, name))
            texts[name] = text

    for name in names:
        add(name, ())
    return [[name, signed(name, text)] for name, text in texts.items()]


def signed(name, text):
    """A module's text, with its name for the browser's errors."""
    return f"{text}\n//# sourceURL={name}.js"

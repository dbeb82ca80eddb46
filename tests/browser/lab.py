"""Drive a real JupyterLab in headless Chromium: a server, a page, notebooks with cells.

Slow to start, so there is one of each for a run of the tests; see conftest.py and
benchmarks/browser.py, which both use it.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import nbformat
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
TOKEN = "livefin-tests"  # noqa: S105 - of a server that lives for one test run
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-quic",
    "--disable-sync",
    "--disable-component-update",
    "--no-first-run",
]
START = 60


def chromium():
    """Where Chromium is, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Lab:
    """A JupyterLab server in `folder` and one page of it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.port = free_port()
        private = {f"JUPYTER_{kind}_DIR": str(self.folder / f".{kind}") for kind in ("CONFIG", "RUNTIME")}
        paths = [str(ROOT), str(ROOT / "tests" / "chart"), os.environ.get("PYTHONPATH", "")]
        env = os.environ | private | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
        settings = self.folder / ".settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
        env["JUPYTERLAB_SETTINGS_DIR"] = str(self.folder / ".settings")
        command = [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--expose-app-in-browser", f"--ServerApp.port={self.port}", "--ip=127.0.0.1"),
            *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={self.folder}"),
            *("--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"),
        ]
        self.log = (self.folder / ".lab.log").open("w")
        self.server = subprocess.Popen(command, env=env, stdout=self.log, stderr=self.log)  # noqa: S603 - our own
        self.url = f"http://127.0.0.1:{self.port}"
        self._await_server()
        self._playwright = sync_playwright().start()
        self.browser = self._playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        self.context = self.browser.new_context(viewport={"width": 1280, "height": 900})
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.errors = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _await_server(self):
        end = time.monotonic() + START
        while True:
            try:
                urlopen(f"{self.url}/api?token={TOKEN}", timeout=1).close()  # noqa: S310 - our own
            except OSError:
                if time.monotonic() > end or self.server.poll() is not None:
                    raise
                time.sleep(0.1)
            else:
                return

    def notebook(self, name, *cells):
        """Write a notebook of `cells` and open it."""
        path = self.folder / f"{name}.ipynb"
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(made, path)
        self.open(path.name)
        return path

    def open(self, name):
        """Open a notebook alone in the page, its kernel ready."""
        self.page.goto(f"{self.url}/lab/tree/{name}?reset&token={TOKEN}")
        self.await_app()

    def reload(self):
        """Reload the page; the kernel goes on."""
        self.page.reload()
        self.await_app()

    def await_app(self):
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.connectionStatus === 'connected'")

    def command(self, name, wait=True):
        """Run one of JupyterLab's commands; without `wait`, let it go on."""
        run = f"window.jupyterapp.commands.execute({json.dumps(name)})"
        self.page.evaluate(f"async () => {{ await {run} }}" if wait else f"() => {{ {run}.catch(() => null) }}")

    def run_all(self, wait=True):
        self.command("notebook:run-all-cells", wait)

    def run_cell(self, number, wait=True):
        """Run the cell of that number."""
        self.page.evaluate("(n) => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = n }", number)
        self.command("notebook:run-cell", wait)

    def idle(self):
        self.page.wait_for_function("() => window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'")

    def output(self, number):
        """Text of a cell's output."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number).locator(".jp-OutputArea").inner_text()

    def theme(self, name):
        """ "JupyterLab Light" or "JupyterLab Dark"."""
        self.page.evaluate("(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", name)
        dark = str("Dark" not in name).lower()
        self.page.wait_for_function(f"() => document.body.dataset.jpThemeLight === '{dark}'")

    def charts(self):
        """Every chart on the page, in order: see Chart.of in CHARTS."""
        return self.page.evaluate(CHARTS)

    def await_charts(self, count, bars=1):
        """Wait until so many charts show at least so many bars each."""
        self.page.wait_for_function(
            f"([n, bars]) => {{ const charts = ({CHARTS})(); return charts.length === n && charts.every(c => c.bars >= bars && c.painted > 0) }}",
            arg=[count, bars],
        )
        return self.charts()

    def shut_kernels(self):
        """End every kernel, as a test's last act."""
        self.page.evaluate("""async () => {
          const { sessions } = window.jupyterapp.serviceManager;
          await sessions.refreshRunning();
          await sessions.shutdownAll();
        }""")

    def close(self):
        self.context.close()
        self.browser.close()
        self._playwright.stop()
        self.server.terminate()
        try:
            self.server.wait(10)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        self.log.close()


CHARTS = """() => [...document.querySelectorAll(".livefin-chart")].map((stage) => {
  const { stats, page, view } = stage.parentElement.__livefin;
  const { history, camera } = { history: page.history, camera: view.camera };
  const last = history.end - 1;
  return {
    bars: history.length, first: history.columns.time[history.start], last: history.columns.time[last],
    close: history.columns.close[last], sum: history.columns.close.slice(history.start, history.end).reduce((a, b) => a + b, 0),
    seq: page.seq, state: page.state, following: camera.following, x: camera.x(), range: camera.range,
    received: stats.received, painted: stats.painted, asked: stats.asked, bands: page.bands,
    latency: stats.latency.list(), paint: stats.paint.list(), chip: view.hud.chip.textContent,
    title: view.hud.title.textContent, legend: view.hud.legend.textContent, live: !view.hud.button.hidden,
    lines: page.setup.figure.lines.length,
    box: stage.getBoundingClientRect().toJSON(),
  };
})"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def numbers(text):
    """Every number in a cell's output."""
    return [float(found) for found in re.findall(r"-?\d+(?:\.\d+)?", text)]

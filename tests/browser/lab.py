"""Drive a real JupyterLab in headless Chromium: a server, a page, notebooks with cells.

Slow to start, so there is one of each for a run of the tests; see conftest.py and
benchmarks/browser.py, which both use it.
"""

import copy
import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import nbformat
from playwright.sync_api import expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "chart"))  # benchmarks are not run by pytest
from headless import FLAGS, chromium

ROOT = Path(__file__).parents[2]
TOKEN = "livefin-tests"  # noqa: S105 - of a server that lives for one test run
START = 60
QUIET = {"@jupyterlab/apputils-extension:announcements": True}


class Lab:
    """A JupyterLab server in `folder` and one page of it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.port = free_port()
        private = {
            f"JUPYTER_{kind}_DIR": str(self.folder / f".{kind}") for kind in ("CONFIG", "RUNTIME")
        }
        paths = [str(ROOT), str(ROOT / "tests" / "chart"), os.environ.get("PYTHONPATH", "")]
        env = os.environ | private | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
        command = [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--expose-app-in-browser", f"--ServerApp.port={self.port}", "--ip=127.0.0.1"),
            *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={self.folder}"),
            *(
                "--LabApp.news_url=None",
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            ),
        ]
        config = self.folder / ".CONFIG" / "labconfig"
        config.mkdir(parents=True)
        (config / "page_config.json").write_text(json.dumps({"disabledExtensions": QUIET}))
        self.log = (self.folder / ".lab.log").open("w")
        self.server = subprocess.Popen(command, env=env, stdout=self.log, stderr=self.log)  # noqa: S603 - our own
        self.url = f"http://127.0.0.1:{self.port}"
        self._await_server()
        self._playwright = sync_playwright().start()
        self.browser = self._playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        self.errors = []
        self._new_page()

    def _new_page(self):
        self.context = self.browser.new_context(viewport={"width": 1280, "height": 900})
        self.context.add_init_script(path=Path(__file__).parent / "probe.js")
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.on("pageerror", lambda error: self.errors.append(error.stack or str(error)))

    def second(self, name):
        """The same notebook in a second browser, as saved; close its `context`."""
        other = copy.copy(self)
        other._new_page()
        other.open(name)
        other._await_widgets()
        return other

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
        """Reload the page; the kernel goes on, and its charts come back."""
        had = self.page.evaluate("() => probe.charts().length")
        self.page.reload()
        self.await_app()
        if had:
            self._await_widgets()

    def _await_widgets(self):
        """Wait until the kernel's charts are there, which are once more asked for at the most."""
        # On a busy machine JupyterLab gives up on the kernel's widgets, which it asks for once.
        self.page.wait_for_function("() => probe.charts().length || probe.failed()")
        if self.page.evaluate("() => probe.failed()"):
            self.page.reload()
            self.await_app()

    def await_app(self):
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.page.wait_for_function("() => probe.kernel()?.connectionStatus === 'connected'")

    def command(self, name, wait=True, **args):
        """Run one of JupyterLab's commands; without `wait`, let it go on."""
        run = f"window.jupyterapp.commands.execute({json.dumps(name)}, {json.dumps(args)})"
        run = f"await {run}" if wait else f"{run}.catch(() => null)"
        self.page.evaluate(f"async () => {{ {run} }}")

    def run_all(self, wait=True):
        self.command("notebook:run-all-cells", wait)

    def run_cell(self, number, wait=True):
        """Run the cell of that number."""
        self.page.evaluate("(number) => probe.select(number)", number)
        self.command("notebook:run-cell", wait)

    def running(self, number):
        """Whether the cell of that number runs. A kernel's status tells of its subshells too."""
        return "[*]" in self.cell(number).locator(".jp-InputPrompt").inner_text()

    def done(self, number):
        """Wait until the cell has run."""
        prompt = self.cell(number).locator(".jp-InputPrompt")
        expect(prompt).to_have_text(re.compile(r"\[\d+\]:"), timeout=30_000)

    def idle(self):
        self.page.wait_for_function("() => probe.kernel()?.status === 'idle'")

    def cell(self, number):
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def cells(self):
        """Types of the notebook's cells, in order."""
        return self.page.evaluate("() => probe.cells()")

    def output(self, number):
        """Text of a cell's output, its prompt left out."""
        texts = self.cell(number).locator(".jp-OutputArea-output").all_inner_texts()
        return "\n".join(texts).strip()

    def theme(self, name):
        """ "JupyterLab Light" or "JupyterLab Dark"."""
        self.command("apputils:change-theme", theme=name)
        light = str("Dark" not in name).lower()
        self.page.wait_for_function(f"() => document.body.dataset.jpThemeLight === '{light}'")
        # Changed again before the last change is over, JupyterLab stumbles over its own styles.
        self.page.wait_for_function("() => !document.getElementById('jupyterlab-splash')")

    def charts(self):
        """Figures of every chart on the page, in order; see probe.js."""
        return self.page.evaluate("() => probe.charts()")

    def await_charts(self, count, bars=1):
        """Wait until so many charts show at least so many bars each."""
        self.page.wait_for_function("(wanted) => probe.ready(wanted)", arg=[count, bars])
        return self.charts()

    def shut_kernels(self):
        """End every kernel, as a test's last act."""
        self.page.evaluate("() => probe.shutKernels()")

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


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

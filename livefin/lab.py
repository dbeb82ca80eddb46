"""`livefin lab`: JupyterLab on the example notebooks, with the embedded exchange beside it.

The notebooks are copied to a folder of the user's, so that neither a clone nor an installed
package is written to; a copy that is there already is left as it is. One exchange serves
all kernels, which find it by an environment variable. Ctrl-C ends all of it, unasked.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from livefin.errors import LivefinError
from livefin.exchange.process import start_exchange

FIRST = "01_first_chart.ipynb"
EXCHANGE_VARIABLE = "LIVEFIN_EXCHANGE_URL"
FOLDER = "livefin-notebooks"
PATIENCE = 15.0
"""Seconds JupyterLab has to end its kernels."""


class LabError(LivefinError):
    """JupyterLab or the notebooks are not there."""


def shipped_notebooks() -> Path:
    """Where the example notebooks are: in the clone, or in the wheel. Raises LabError."""
    package = Path(__file__).parent
    for folder in (package.parent / "notebooks", package / "_notebooks"):
        if (folder / FIRST).is_file():
            return folder
    raise LabError("the example notebooks are not here; install livefin again")


def copy_notebooks(target: str | Path) -> Path:
    """Copy the example notebooks to `target`, leaving what is there as it is; returns it."""
    folder = Path(target).expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for notebook in sorted(shipped_notebooks().glob("*.ipynb")):
            copy = folder / notebook.name
            if not copy.exists():
                shutil.copyfile(notebook, copy)
    except OSError as error:
        reason = f"cannot write to {folder}: {error.strerror or error}; choose another by --dir"
        raise LabError(reason) from error
    return folder


def lab_command(folder: Path, *, port: int | None = None, browser: bool = True) -> list[str]:
    """The command that starts JupyterLab in `folder` on the first notebook."""
    command = [
        *(sys.executable, "-m", "jupyterlab", "--log-level=WARN"),
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{FIRST}",
        # A first start that asks about news, or for an update, asks one question too many.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if port is not None:
        command.append(f"--ServerApp.port={port}")
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    return command


def run_lab(target: str | Path = FOLDER, *, port: int | None = None, browser: bool = True) -> int:
    """Start the exchange and JupyterLab; returns the exit code when it ends, 0 by Ctrl-C.

    Raises LabError when JupyterLab is not installed.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise LabError('JupyterLab is not installed; run: pip install "livefin[lab]"')
    folder = copy_notebooks(target)
    with start_exchange() as exchange, _termination_interrupts():
        print(f"notebooks: {folder}\nexchange:  {exchange.url}\nCtrl-C ends it.\n", flush=True)
        environment = os.environ | {EXCHANGE_VARIABLE: exchange.url}
        command = lab_command(folder, port=port, browser=browser)
        # In a session of its own: Ctrl-C would make it ask whether that was meant.
        process = subprocess.Popen(command, env=environment, start_new_session=True)  # noqa: S603 - our own words
        try:
            return process.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let JupyterLab end its kernels; a second Ctrl-C, or long silence, ends it at once."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        process.kill()
        process.wait()


@contextlib.contextmanager
def _termination_interrupts() -> Iterator[None]:
    """Take SIGTERM and a closed terminal for Ctrl-C, so that nothing is left running then."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        names = []  # Python handles signals there only
    numbers = [getattr(signal, name) for name in names]
    before = [signal.signal(number, signal.default_int_handler) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)

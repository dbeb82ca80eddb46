"""`livefin lab`: JupyterLab on the example notebooks, with the embedded exchange beside it.

The notebooks are copied to a folder of the user's, so that neither a clone nor an installed
package is written to; a copy that is there already is left as it is. One exchange serves
all kernels, which find it by an environment variable. All ends together.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from livefin.errors import LivefinError
from livefin.exchange.process import start_exchange

FIRST = "01_first_chart.ipynb"
EXCHANGE_VARIABLE = "LIVEFIN_EXCHANGE_URL"


class LabError(LivefinError):
    """JupyterLab or the notebooks are not there."""


def shipped_notebooks() -> Path:
    """Where the example notebooks are: in the wheel, or in the clone. Raises LabError."""
    package = Path(__file__).parent
    for folder in (package / "_notebooks", package.parent / "notebooks"):
        if (folder / FIRST).is_file():
            return folder
    raise LabError("the example notebooks are not here; install livefin again")


def copy_notebooks(target: str | Path) -> Path:
    """Copy the example notebooks to `target`, leaving there what is there; returns it."""
    folder = Path(target).expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for notebook in sorted(shipped_notebooks().glob("*.ipynb")):
        copy = folder / notebook.name
        if not copy.exists():
            shutil.copyfile(notebook, copy)
    return folder


def lab_command(folder: Path, *, port: int | None = None, browser: bool = True) -> list[str]:
    """The command that starts JupyterLab in `folder` on the first notebook."""
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}"]
    command.append(f"--LabApp.default_url=/lab/tree/{FIRST}")
    if port is not None:
        command.append(f"--port={port}")
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    return command


def run_lab(target: str | Path, *, port: int | None = None, browser: bool = True) -> int:
    """Start the exchange and JupyterLab; returns JupyterLab's exit code when it ends.

    Raises LabError when JupyterLab is not installed.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise LabError('JupyterLab is not installed; run: pip install "livefin[lab]"')
    folder = copy_notebooks(target)
    with start_exchange() as exchange:
        print(f"notebooks: {folder}\nexchange:  {exchange.url}\n", flush=True)
        environment = os.environ | {EXCHANGE_VARIABLE: exchange.url}
        command = lab_command(folder, port=port, browser=browser)
        with subprocess.Popen(command, env=environment) as jupyter:  # noqa: S603 - our own words
            while True:
                try:
                    return jupyter.wait()
                except KeyboardInterrupt:
                    continue  # JupyterLab has it too, and asks before it ends

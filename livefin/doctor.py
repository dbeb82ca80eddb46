"""`livefin doctor`: what is installed, what is missing, and whether data flows.

Looks at one thing after the other and never raises: what it finds wrong is a Finding with
advice. Needs nothing of what it looks for, so that it can say that it is not there. Prints
no key: of the environment it tells names only.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement

from livefin.errors import LivefinError

OLDEST_PYTHON = (3, 11)
PATIENCE = 5.0
BLOCKED = "does something block connections to 127.0.0.1?"
LAB = 'pip install "livefin[lab]"'
EXCHANGE_VARIABLE = "LIVEFIN_EXCHANGE_URL"
PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


class Finding(NamedTuple):
    """One thing looked at: good or not, and what to do about it."""

    good: bool
    what: str
    advice: str = ""

    def __str__(self) -> str:
        advice = f"  ->  {self.advice}" if self.advice and not self.good else ""
        return f"{'ok ' if self.good else 'BAD'}  {self.what}{advice}"


def examine() -> list[Finding]:
    """Look at everything, in order; nothing raises."""
    checks = (_python, _packages, _lab, _extensions, _kernels, _environment, _data)
    return [finding for check in checks for finding in _safely(check)]


def _safely(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except Exception as error:  # noqa: BLE001 - a broken installation breaks in any way
        what = f"{check.__name__.strip('_')}: {type(error).__name__}: {error}"
        yield Finding(good=False, what=what, advice="mend what is BAD above, or install again")


def _python() -> Iterator[Finding]:
    good = sys.version_info >= OLDEST_PYTHON
    what = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    yield Finding(good, what, "livefin needs 3.11 or newer")
    yield Finding(good=True, what=f"environment {sys.prefix}")


def _packages() -> Iterator[Finding]:
    yield Finding(good=True, what=f"livefin {version('livefin')}")
    for text in requires("livefin") or []:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield installed(requirement)


def installed(requirement: Requirement) -> Finding:
    """Whether a requirement is met by what is installed.

    >>> str(installed(Requirement("pandas>=99")))  # doctest: +ELLIPSIS
    'BAD  pandas ...  ->  pip install "pandas>=99"'
    """
    advice = f'pip install "{str(requirement).replace(" ", "")}"'
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return Finding(good=False, what=f"{requirement.name} is missing", advice=advice)
    good = requirement.specifier.contains(found, prereleases=True)
    return Finding(good, f"{requirement.name} {found}", advice)


def _lab() -> Iterator[Finding]:
    for text in ("jupyterlab>=4.2", "ipykernel>=6"):
        yield installed(Requirement(text))._replace(advice=LAB)


def _extensions() -> Iterator[Finding]:
    """What the page needs lies where JupyterLab looks for it."""
    if importlib.util.find_spec("jupyter_core") is None:
        return
    from jupyter_core.paths import jupyter_path  # noqa: PLC0415 - may be absent

    folders = [Path(folder) for folder in jupyter_path("labextensions")]
    for name in ("@jupyter-widgets/jupyterlab-manager", "anywidget"):
        there = any((folder / name).is_dir() for folder in folders)
        what = f"JupyterLab {'finds' if there else 'does not find'} {name}"
        yield Finding(there, what, f"{LAB} in the environment JupyterLab runs in")


def _kernels() -> Iterator[Finding]:
    if importlib.util.find_spec("jupyter_client") is None:
        return
    from jupyter_client.kernelspec import KernelSpecManager  # noqa: PLC0415 - may be absent

    kernels = KernelSpecManager().find_kernel_specs()
    what = f"Jupyter kernels: {', '.join(sorted(kernels)) or 'none'}"
    yield Finding(bool(kernels), what, f"{sys.executable} -m ipykernel install --sys-prefix")


def _environment() -> Iterator[Finding]:
    proxies = [name for name in PROXIES if os.environ.get(name) or os.environ.get(name.lower())]
    if proxies:
        yield Finding(good=True, what=f"proxies are set by {', '.join(proxies)}")
    given = os.environ.get(EXCHANGE_VARIABLE)
    if given:
        from livefin.fetch import public  # noqa: PLC0415 - needs a package looked at above

        yield Finding(good=True, what=f"{EXCHANGE_VARIABLE} is {public(given)}")


def _data() -> Iterator[Finding]:
    """The embedded exchange starts, and a trade comes through a real socket."""
    from livefin.connection import connect  # noqa: PLC0415 - after the packages were looked at

    try:
        with connect("paper", "BTC-USDT") as feed:
            came = feed.wait(lambda: len(feed.trades["BTC-USDT"]) > 0, timeout=PATIENCE)
    except LivefinError as error:
        advice = f"unset {EXCHANGE_VARIABLE}, or start what it names"
        here = EXCHANGE_VARIABLE not in os.environ
        yield Finding(False, f"embedded exchange: {error}", BLOCKED if here else advice)
        return
    what = f"embedded exchange: {'trades arrive' if came else f'no trade in {PATIENCE:.0f} s'}"
    yield Finding(came, what, BLOCKED)

"""`livefin doctor`: what is installed, what is missing, and whether data flows."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from typing import NamedTuple

from packaging.requirements import Requirement

from livefin.errors import LivefinError

OLDEST_PYTHON = (3, 11)
PATIENCE = 5.0


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
    checks: list[Callable[[], Iterator[Finding]]] = [_python, _packages, _lab, _data]
    return [finding for check in checks for finding in check()]


def _python() -> Iterator[Finding]:
    good = sys.version_info >= OLDEST_PYTHON
    what = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    yield Finding(good, what, "livefin needs 3.11 or newer")


def _packages() -> Iterator[Finding]:
    yield Finding(good=True, what=f"livefin {version('livefin')}")
    for text in requires("livefin") or []:
        requirement = Requirement(text)
        if requirement.marker is None:  # an extra's requirements are not needed
            yield installed(requirement)


def installed(requirement: Requirement) -> Finding:
    """Whether a requirement is met by what is installed."""
    wanted = str(requirement).replace(" ", "")
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return Finding(False, f"{requirement.name} is missing", f'pip install "{wanted}"')
    good = requirement.specifier.contains(found, prereleases=True)
    return Finding(good, f"{requirement.name} {found}", f'pip install "{wanted}"')


def _lab() -> Iterator[Finding]:
    for name, least in (("jupyterlab", "4.2"), ("ipykernel", "6")):
        finding = installed(Requirement(f"{name}>={least}"))
        yield finding if finding.good else finding._replace(advice='pip install "livefin[lab]"')
    try:
        from jupyter_client.kernelspec import KernelSpecManager  # noqa: PLC0415 - may be absent
    except ImportError:
        return
    kernels = KernelSpecManager().find_kernel_specs()
    what = f"Jupyter kernels: {', '.join(sorted(kernels)) or 'none'}"
    yield Finding(bool(kernels), what, f"{sys.executable} -m ipykernel install --sys-prefix")


def _data() -> Iterator[Finding]:
    from livefin.connection import connect  # noqa: PLC0415 - after the packages were looked at

    try:
        with connect("paper", "BTC-USDT") as feed:
            came = feed.wait(lambda: len(feed.trades["BTC-USDT"]) > 0, timeout=PATIENCE)
            what = f"embedded exchange: {'trades arrive' if came else 'no trade in 5 s'}"
            yield Finding(came, what, "is something blocking connections to 127.0.0.1?")
    except LivefinError as error:
        yield Finding(False, f"embedded exchange: {_without_keys(str(error))}", "see above")


def _without_keys(text: str) -> str:
    return re.sub(r"(?i)((?:key|token|secret|pass\w*)=)[^&\s]+", r"\1…", text)

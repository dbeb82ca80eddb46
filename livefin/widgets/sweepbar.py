"""How far a sweep is, in a notebook: a bar, the time it takes, the best so far, a Stop button.

Stop interrupts the kernel, from the page: a button in Python would not be heard while a cell
runs. What was found is kept. When it is over, a line of text stays in the bar's place.
Wrapped around the functions of research, which know no widgets, by sweepmap.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import traitlets
from IPython.display import display

from livefin.cell import in_kernel
from livefin.prototyping.listening import Listening, page_half
from livefin.research.report import shown
from livefin.research.sweeping import SoFar

HERE = Path(__file__).parent
P = ParamSpec("P")
R = TypeVar("R")


def with_bar(run: Callable[P, R]) -> Callable[P, R]:
    """The same function; in a notebook its progress shows as a bar, not as text."""

    @functools.wraps(run)
    def barred(*args: P.args, **options: P.kwargs) -> R:
        if options.get("progress", True) is not True or not in_kernel():
            return run(*args, **options)
        bar = SweepBar()
        options["progress"] = bar.tell
        handle = display(bar, display_id=True)
        try:
            return run(*args, **options)
        finally:
            handle.update({"text/plain": bar.ended}, raw=True)
            bar.close()

    return barred


class SweepBar(Listening):
    """The bar of one sweep; `tell` is its `progress=`."""

    _esm = page_half((HERE / "sweepbar.js").read_text("utf-8"))
    _css = (HERE / "sweepbar.css").read_text("utf-8")
    done = traitlets.Int().tag(sync=True)
    total = traitlets.Int().tag(sync=True)
    text = traitlets.Unicode("begins…").tag(sync=True)

    def __init__(self, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock, self._began = clock, clock()
        super().__init__()

    def tell(self, so_far: SoFar) -> None:
        """Show how far it is."""
        self.done, self.total = so_far.done, so_far.total
        self.text = f"{self._far}, {self._left}{best(so_far)}"

    @property
    def ended(self) -> str:
        """How it ended, in a line."""
        if not self.total:
            return f"over after {duration(self._spent)}"
        return self._far + ("" if self.done == self.total else ", stopped")

    def close(self) -> None:
        """Close the comm, and that of the layout which ipywidgets made with it."""
        if self.comm is not None:
            self.layout.close()
        super().close()

    @property
    def _spent(self) -> float:
        return self._clock() - self._began

    @property
    def _far(self) -> str:
        return f"{self.done:,} of {self.total:,} sets in {duration(self._spent)}"

    @property
    def _left(self) -> str:
        if not self.done:
            return "time left not known yet"
        return f"{duration(self._spent / self.done * (self.total - self.done))} left"


def best(so_far: SoFar) -> str:
    """The best set in words; "" before there is one.

    >>> best(SoFar(5, 10, {"window": 7, "kind": "ema"}, 0.03121)), best(SoFar(0, 10))
    (' · best 0.03121 at window 7, kind ema', '')
    """
    if so_far.params is None:
        return ""
    at = ", ".join(f"{name} {shown(value)}" for name, value in so_far.params.items())
    return f" · best {shown(so_far.score)} at {at}"


def duration(seconds: float) -> str:
    """As people read it.

    >>> duration(0.31), duration(61.0), duration(7_300.0)
    ('0.3 s', '1 min 1 s', '2 h 1 min')
    """
    if seconds < 10:  # noqa: PLR2004 - below it a tenth is seen
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"

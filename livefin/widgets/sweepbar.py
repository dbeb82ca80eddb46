"""How far a sweep is, in a notebook: a bar, the time it takes, the best so far, a Stop button.

Stop and the kernel's own interrupt end the sweep alike, and what was found is kept. When it
is over, one line of text stays in its place. Wrapped around the functions of research, which
know no widgets, by sweepmap.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

import ipywidgets
from IPython.core.getipython import get_ipython
from IPython.display import display

from livefin.cell import in_kernel
from livefin.research.report import shown
from livefin.research.sweeping import SoFar

P = ParamSpec("P")
R = TypeVar("R")
STOP = "Stop, and keep what was found. Interrupting the kernel does the same."


def with_bar(run: Callable[P, R]) -> Callable[P, R]:
    """The same function; in a notebook its progress shows as a bar, not as text."""

    @functools.wraps(run)
    def barred(*args: P.args, **options: P.kwargs) -> R:
        if options.get("progress", True) is not True or not in_kernel():
            return run(*args, **options)
        with SweepBar() as bar:
            options["progress"] = bar
            return run(*args, **options)

    return barred


class SweepBar:
    """The bar; called with how far it is, by `progress=` of a sweep."""

    def __init__(self, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock, self._began = clock, clock()
        self._last: SoFar | None = None
        self.stopped = False
        """Whether Stop was pressed."""
        layout = ipywidgets.Layout(width="30%", min_width="80px", flex="0 0 auto")
        self.bar = ipywidgets.IntProgress(max=1, layout=layout)
        self.label = ipywidgets.Label("begins…")
        self.button = ipywidgets.Button(
            description="Stop", tooltip=STOP, icon="stop", layout=ipywidgets.Layout(width="auto")
        )
        self.button.on_click(self._stop)
        parts = [self.bar, *([self.button] if heard_while_busy() else []), self.label]
        wrapped = ipywidgets.Layout(align_items="center", flex_flow="row wrap")
        self.box = ipywidgets.HBox(parts, layout=wrapped)
        self._handle: Any = None

    def __enter__(self) -> Self:
        self._handle = display(self.box, display_id=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handle is not None:
            self._handle.update({"text/plain": self.said}, raw=True)
        self.close()

    def __call__(self, so_far: SoFar) -> None:
        """Show how far it is. Raises KeyboardInterrupt after Stop."""
        self._last = so_far
        self.bar.max, self.bar.value = so_far.total, so_far.done
        self.label.value = f"{self._done}, {self._left}{self._best}"
        if self.stopped and so_far.done < so_far.total:
            raise KeyboardInterrupt

    def close(self) -> None:
        """Close the widgets; the text of the end is no widget."""
        for widget in (self.bar, self.label, self.button):
            widget.style.close()
        for widget in (self.bar, self.label, self.button, self.box):
            widget.layout.close()
            widget.close()

    @property
    def said(self) -> str:
        """How it ended, in a line."""
        if self._last is None:
            return f"over after {self._seconds}"
        over = self._last.done == self._last.total
        return f"{self._done}{'' if over else ', stopped'}"

    @property
    def _seconds(self) -> str:
        return duration(self._clock() - self._began)

    @property
    def _done(self) -> str:
        last = self._last or SoFar(0, 0)
        return f"{last.done:,} of {last.total:,} sets in {self._seconds}"

    @property
    def _left(self) -> str:
        last = self._last or SoFar(0, 0)
        if not last.done:
            return "time left not known yet"
        spent = self._clock() - self._began
        return f"{duration(spent / last.done * (last.total - last.done))} left"

    @property
    def _best(self) -> str:
        last = self._last
        if last is None or last.params is None:
            return ""
        params = ", ".join(f"{name} {shown(value)}" for name, value in last.params.items())
        return f" · best {shown(last.score)} at {params}"

    def _stop(self, _: Any) -> None:
        self.stopped = True
        self.button.disabled, self.button.description = True, "Stopping…"


def heard_while_busy() -> bool:
    """Whether a button is heard while a cell runs; else the kernel's interrupt is the way."""
    kernel = getattr(get_ipython(), "kernel", None)
    return "kernel subshells" in getattr(kernel, "kernel_info", {}).get("supported_features", ())


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

"""The indicator under trial: every run of it is timed, watched and counted here.

A run is given a copy of the bars and gives a table of floats. What it prints, changes in its
input or raises is kept for the verdict. The checks themselves only compare tables.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from livefin.indicators.contract import NAN, Floats, Indicator
from livefin.indicators.custom.userdefined import FunctionIndicator

CLOSELY = 4
"""As many first runs are looked at for changes in their input, then one in 16."""
NOW_AND_THEN = 16
RECENT = 50
TIMED = 8


class Raised(NamedTuple):
    """An exception, and the bars it came on."""

    error: Exception
    rows: int
    again: bool
    """Whether the same bars raised once more."""

    def __str__(self) -> str:
        if isinstance(self.error, MemoryError):
            return "asked for more than 2 GB of memory"
        text = " ".join(str(self.error).split())
        name = type(self.error).__name__
        return f"raised {name}: {text[:160]}" if text else f"raised {name}"


class Timing(NamedTuple):
    """One run: bars, seconds it took, and of those that it computed, where measured."""

    rows: int
    wall: float
    cpu: float


class Subject:
    """An indicator, and all that was seen of it."""

    def __init__(self, indicator: Indicator) -> None:
        self.indicator = indicator.copy()
        if isinstance(self.indicator, FunctionIndicator):
            self.indicator.function = self._watched(self.indicator.function)
        self.columns: list[Any] | None = None
        self.runs = 0
        self.running: int | None = None
        """How many bars the run that is going on was given."""
        self.timings: list[Timing] = []
        self.raised: list[Raised] = []
        self.lines = 0
        """Printed."""
        self.changed = ""
        """What it did to its input."""
        self.last = ""
        self.before: Callable[[], None] | None = None
        """Called before each run, to put back what the code keeps between calls."""

    def __call__(self, df: pd.DataFrame) -> Floats:
        """Its values, a row a bar and a column an output. Raises what it raises."""
        if self.before is not None:
            self.before()
        given = df.copy()
        self.runs += 1
        self.running = len(df)
        # Made-up bars divide by zero where real ones never would; that is no news to a cell.
        with _listening() as heard, np.errstate(all="ignore"):
            # The clock of a thread is dear on some systems, so that few runs are timed by it.
            closely = self.runs <= TIMED
            cpu = time.thread_time() if closely else NAN
            wall = time.perf_counter()
            values = self.indicator.batch(given)
            wall = time.perf_counter() - wall
            spent = Timing(len(df), wall, time.thread_time() - cpu if closely else NAN)
        self.running = None
        self.timings.append(spent)
        self._heard(heard)
        return self._table(values, len(df))

    def attempt(self, df: pd.DataFrame) -> Floats | None:
        """Its values; None where it raises, twice. What it raised is kept."""
        try:
            return self(df)
        except Exception as error:  # noqa: BLE001 - a person's code may raise anything
            first = error
        try:
            table = self(df)
        except Exception:  # noqa: BLE001
            self.raised.append(Raised(first, len(df), again=True))
            return None
        self.raised.append(Raised(first, len(df), again=False))
        return table

    def seconds(self, rows: int) -> float:
        """What a run on so many bars takes, going by those there were."""
        # The least of them: a machine that is busy now and then must not stop the checks.
        taken = [t.wall * rows / max(1, min(t.rows, rows)) for t in self.timings[-RECENT:]]
        return min(taken, default=0.0)

    def _watched(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its input looked at afterwards: it is given a copy, and may change it."""

        def watched(df: pd.DataFrame, **params: Any) -> Any:
            if self.changed or (self.runs > CLOSELY and self.runs % NOW_AND_THEN):
                return function(df, **params)
            before = df.copy()
            result = function(df, **params)
            self.changed = _changes(before, df)
            return result

        return watched

    def _heard(self, heard: list[str]) -> None:
        text = "".join(heard)
        if text:
            self.lines += max(1, text.count("\n"))
            self.last = text.strip().splitlines()[-1] if text.strip() else ""

    def _table(self, values: pd.DataFrame, rows: int) -> Floats:
        if self.columns is None or (rows and len(self.columns) < len(values.columns)):
            self.columns = list(values.columns)
        table = np.full((rows, len(self.columns)), np.nan)
        for place, name in enumerate(self.columns):
            if name in values:
                table[:, place] = np.asarray(values[name], dtype=np.float64)
        return table


def _changes(before: pd.DataFrame, after: pd.DataFrame) -> str:
    added = [str(name) for name in after.columns if name not in before.columns]
    gone = [str(name) for name in before.columns if name not in after.columns]
    if added or gone:
        said = [f"adds {', '.join(added)}"] * bool(added) + [f"drops {', '.join(gone)}"] * bool(
            gone
        )
        return " and ".join(said)
    if len(before) != len(after) or not before.index.equals(after.index):
        return "changes its rows"
    for name in before.columns:
        if not before[name].equals(after[name]):
            return f"changes {name}"
    return ""


class Ear:
    """In place of stdout: what threads that are listened to write is kept, all else goes on."""

    def __init__(self, behind: Any) -> None:
        self.behind = behind
        self.heard: dict[int, list[str]] = {}
        """By the thread's identity."""

    def write(self, text: str) -> int:
        """Keep it for whoever listens to this thread, else pass it on."""
        heard = self.heard.get(threading.get_ident())
        if heard is None:
            return int(self.behind.write(text) or 0)
        heard.append(text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)


_ears: deque[Ear] = deque(maxlen=8)
"""Kept and used again. Python's `print` has no reference to the stdout it writes to: one that
were gone by the end of a line would take the whole process with it."""
_lock = threading.Lock()


@contextlib.contextmanager
def _listening() -> Iterator[list[str]]:
    thread, heard = threading.get_ident(), list[str]()
    with _lock:
        there = sys.stdout
        ear = there if isinstance(there, Ear) else _ear_before(there)
        ear.heard[thread] = heard
        sys.stdout = ear
    try:
        yield heard
    finally:
        with _lock:
            ear.heard.pop(thread, None)
            if sys.stdout is ear and not ear.heard:
                sys.stdout = ear.behind


def _ear_before(stream: Any) -> Ear:
    for ear in _ears:
        if ear.behind is stream:
            return ear
    _ears.append(Ear(stream))
    return _ears[-1]

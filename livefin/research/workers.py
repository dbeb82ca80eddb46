"""Try many sets of parameters on all cores: processes, since pandas keeps Python's lock.

The frame is written once to a file that all processes map into memory; what is tried goes by
cloudpickle, which takes functions of a notebook's cells too. Processes are loky's, begun anew
and not forked: a kernel has threads. They end with the sweep. Used by sweeping.
"""

from __future__ import annotations

import copyreg
import mmap
import os
import pickle
import queue
import signal
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import cloudpickle
import loky
from loky.process_executor import TerminatedWorkerError

from livefin.research.trial import Grid, Trial

Tried: TypeAlias = tuple[int, list[float] | str]
"""Which of the grid, and its scores or its error."""
ALONE = 1.0
"""Seconds of work done here first: a small sweep begins no process."""
BEGINNING = 2.0
"""About what it takes, in seconds, to begin processes that have pandas."""
PIECE = 0.2
"""Seconds of work that are handed out at once."""
MOST_AT_ONCE = 256
BEAT = 0.25
"""Seconds that results are awaited at a time: who waits for them may want to stop."""
PAGE = 64
"""Bytes to which arrays are aligned in the file."""

# An indicator's parameters are one of these, which Python cannot send by itself.
copyreg.pickle(MappingProxyType, lambda proxy: (MappingProxyType, (dict(proxy),)))


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def tried(
    trial: Trial, grid: Grid, *, workers: int, note: Callable[[str], None]
) -> Generator[Tried | None, None, None]:
    """Each set's scores, as they come; None where none has come for a moment.

    `note` is told in words what could not be done.
    """
    began, done = time.perf_counter(), 0
    while done < len(grid):
        yield done, trial.tried(grid[done])
        done += 1
        spent = time.perf_counter() - began
        each = spent / done
        spared = each * (len(grid) - done) * (1 - 1 / workers)
        if workers > 1 and spent > ALONE and spared > BEGINNING:
            size = max(1, min(MOST_AT_ONCE, int(PIECE / each)))
            left = range(done, len(grid))
            pieces = [left[i : i + size] for i in range(0, len(left), size)]
            yield from _spread(trial, grid, pieces, workers, note)
            return


def _spread(
    trial: Trial,
    grid: Grid,
    pieces: Sequence[range],
    workers: int,
    note: Callable[[str], None],
) -> Iterator[Tried | None]:
    with tempfile.TemporaryDirectory(prefix="livefin-", ignore_cleanup_errors=True) as folder:
        try:
            _write(Path(folder), (trial, grid))
        except Exception as error:  # noqa: BLE001 - what a person's objects raise when pickled
            note(f"on one core alone, since it cannot be sent to others: {error}")
            for i in (i for piece in pieces for i in piece):
                yield i, trial.tried(grid[i])
            return
        executor = loky.ProcessPoolExecutor(max_workers=min(workers, len(pieces)))
        finished = False
        try:
            futures, ended = {}, queue.SimpleQueue[Any]()
            for piece in pieces:
                future = executor.submit(_work, folder, piece)
                futures[future] = piece
                future.add_done_callback(ended.put)
            while futures:
                try:
                    future = ended.get(timeout=BEAT)
                except queue.Empty:
                    yield None
                    continue
                yield from _results(future, futures.pop(future), trial, grid, note)
            finished = True
        finally:
            # Not finished: interrupted, and what runs may never return.
            executor.shutdown(wait=True, kill_workers=not finished)


def _results(
    future: Any, piece: range, trial: Trial, grid: Grid, note: Callable[[str], None]
) -> Iterator[Tried]:
    try:
        yield from future.result()
    except TerminatedWorkerError:
        for i in piece:
            yield i, "not tried, or it ended the process that did: out of memory, or a crash"
    except _NotReadError as error:
        note(f"on one core alone, since other processes cannot read it: {error}")
        for i in piece:
            yield i, trial.tried(grid[i])


class _NotReadError(Exception):
    """What was written cannot be read in another process."""


_held: tuple[str, Trial, Grid] | None = None
"""In a worker: what it works on, read once."""


def _work(folder: str, piece: range) -> list[Tried]:
    """In a worker: try a piece of the grid."""
    global _held  # noqa: PLW0603 - a process of its own, with nothing else to hold it
    if _held is None:
        # An interrupt goes to the whole group, and its parent ends it then.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            trial, grid = _read(Path(folder))
        except Exception as error:  # noqa: BLE001 - an import of a person's module raises anything
            raise _NotReadError(f"{type(error).__name__}: {error}") from None
        _held = (folder, trial, grid)
    _, trial, grid = _held
    return [(i, trial.tried(grid[i])) for i in piece]


def _write(folder: Path, thing: Any) -> None:
    buffers: list[pickle.PickleBuffer] = []
    head = cloudpickle.dumps(thing, protocol=5, buffer_callback=buffers.append)
    places = []
    with (folder / "arrays").open("wb") as file:
        file.write(bytes(PAGE))  # an empty file cannot be mapped
        for buffer in buffers:
            file.write(bytes(-file.tell() % PAGE))
            raw = buffer.raw()
            places.append((file.tell(), len(raw)))
            file.write(raw)
    (folder / "head").write_bytes(pickle.dumps((head, places)))


def _read(folder: Path) -> Any:
    head, places = pickle.loads((folder / "head").read_bytes())  # noqa: S301 - written by this user's own process
    with (folder / "arrays").open("rb") as file:
        view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    return pickle.loads(head, buffers=[view[at : at + length] for at, length in places])  # noqa: S301 - as above

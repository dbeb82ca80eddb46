"""What a person's code keeps between calls: globals, closures, defaults, class attributes.

It can be put back as it was, so that a check may call as if for the first time, and leaves
no trace. Also says which names the code reads, for clocks among them.
"""

from __future__ import annotations

import copy
import dis
import pickle
from collections import deque
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

LARGE = 5_000_000
"""Bytes; larger data is taken for reference data and left alone."""
CLOCKS = frozenset(
    {"now", "utcnow", "today", "time_ns", "perf_counter", "monotonic", "localtime", "gmtime"}
)


class Place(NamedTuple):
    """Where a value is kept."""

    name: str
    get: Callable[[], Any]
    put: Callable[[Any], None]


class Remembered:
    """What the code of a function or class keeps, as it is now.

    >>> seen = []
    >>> def count(df):
    ...     seen.append(1)
    ...     return len(seen)
    >>> kept = Remembered(count)
    >>> _ = count(None)
    >>> kept.changed()
    ['seen']
    >>> kept.restore()
    >>> seen
    []
    """

    def __init__(self, thing: Any) -> None:
        self._kept = list[tuple[Place, Any, bytes]]()
        for place in _places(thing):
            value = place.get()
            print_ = _print(value)
            if print_ is not None:
                self._kept.append((place, _twin(value), print_))

    def changed(self) -> list[str]:
        """Names of what is different now."""
        return sorted({place.name for place, _, was in self._kept if _print(place.get()) != was})

    def restore(self) -> None:
        """Put everything back."""
        for place, value, was in self._kept:
            now = place.get()
            if _print(now) == was:
                continue
            place.put(_refilled(now, _twin(value)))


def clocks(thing: Any) -> list[str]:
    """Names by which the code may read the clock.

    >>> clocks(lambda df: pd.Timestamp.now("UTC"))
    ['now']
    """
    found = set[str]()
    for function in functions(thing):
        names = set(_names(function.__code__))
        found |= names & CLOCKS
        read = function.__globals__.get("time")
        if "time" in names and (callable(read) or "time" in _attributes(function.__code__)):
            found.add("time")  # `time()`, or `time.time()` and not `time.sleep()`
    return sorted(found)


def functions(thing: Any) -> Iterator[FunctionType]:
    """The function, or the methods of the class, and the functions beside it that they call."""
    seen = set[int]()
    queue = deque([thing])
    while queue:
        at = queue.popleft()
        at = getattr(at, "__wrapped__", getattr(at, "__func__", at))
        if id(at) in seen or len(seen) > 100:  # noqa: PLR2004 - far beyond any cell
            continue
        seen.add(id(at))
        if isinstance(at, type):
            queue.extend(vars(at).values())
        elif isinstance(at, FunctionType):
            yield at
            called = (at.__globals__.get(name) for name in _names(at.__code__))
            queue.extend(
                other
                for other in called
                if isinstance(other, FunctionType | type) and other.__module__ == at.__module__
            )
        elif callable(at) and not isinstance(at, ModuleType):
            queue.append(type(at).__call__)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _attributes(code: CodeType) -> set[str]:
    """Names that are looked up in something, not by themselves."""
    inner = (each for each in code.co_consts if isinstance(each, CodeType))
    own = {
        str(step.argval)
        for step in dis.get_instructions(code)
        if step.opname in ("LOAD_ATTR", "LOAD_METHOD")
    }
    return own.union(*map(_attributes, inner))


def _places(thing: Any) -> Iterator[Place]:
    for function in functions(thing):
        own = function.__globals__
        for name in set(_names(function.__code__)) & set(own):
            yield Place(name, lambda own=own, name=name: own[name], _setter(own, name))  # type: ignore[misc]
        for name, cell in zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=True
        ):
            yield Place(name, lambda cell=cell: _content(cell), _filler(cell))  # type: ignore[misc]
        for value in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            yield Place("a default", lambda value=value: value, lambda _: None)  # type: ignore[misc]
        if vars(function):
            kept = vars(function)
            yield Place(function.__name__, lambda kept=kept: kept, lambda _: None)  # type: ignore[misc]
    kind = thing if isinstance(thing, type) else type(thing)
    if kind.__module__ not in {"builtins", "functools"} and kind is not FunctionType:
        for name, value in list(vars(kind).items()):
            if not name.startswith("__") and not callable(value):
                yield Place(
                    name,
                    lambda kind=kind, name=name: getattr(kind, name, None),  # type: ignore[misc]
                    lambda value, kind=kind, name=name: setattr(kind, name, value),  # type: ignore[misc]
                )
    if not isinstance(thing, type | FunctionType) and hasattr(thing, "__dict__"):
        yield Place(kind.__name__, lambda: vars(thing), lambda _: None)


def _setter(own: dict[str, Any], name: str) -> Callable[[Any], None]:
    return lambda value: own.__setitem__(name, value)


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None


def _filler(cell: Any) -> Callable[[Any], None]:
    return lambda value: setattr(cell, "cell_contents", value)


def _print(value: Any) -> bytes | None:
    """What a value is, to be compared; None for what keeps nothing or is too large."""
    if isinstance(value, ModuleType | FunctionType | type) or callable(value):
        return None
    if isinstance(value, np.ndarray) and value.nbytes > LARGE:
        return None
    if isinstance(value, pd.DataFrame | pd.Series) and value.size * 8 > LARGE:
        return None
    try:
        return pickle.dumps(value)
    except Exception:  # noqa: BLE001 - locks, generators, whatever a person keeps
        return None


def _twin(value: Any) -> Any:
    return copy.deepcopy(value)


def _refilled(now: Any, value: Any) -> Any:
    """The object that is there now with its old content, so that other names see it too."""
    if type(now) is not type(value):
        return value
    if isinstance(now, dict):
        now.clear()
        now.update(value)
    elif isinstance(now, list):
        now[:] = value
    elif isinstance(now, set):
        now.clear()
        now.update(value)
    elif isinstance(now, deque):
        now.clear()
        now.extend(value)
    else:
        return value
    return now

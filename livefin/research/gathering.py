"""All that a person's function needs to run elsewhere: its text, helpers, imports, constants.

Names are found in the compiled text, so that an attribute that is called like a global is not
taken for one. Helpers of the same file or notebook come along as text, whatever can be
imported as an import, plain values as they are; anything else is an error that names it. No
I/O but reading source text. Used by export.
"""

from __future__ import annotations

import ast
import builtins
import dis
import importlib.util
import inspect
import math
import sys
from collections.abc import Iterator, Mapping
from types import CodeType, ModuleType
from typing import Any

import numpy as np

from livefin.errors import IndicatorError
from livefin.indicators.custom.sourcetext import source_text

FIRST = "from __future__ import annotations\n"
"""Annotations are then never looked up, and need nothing imported."""


LOOKS_UP = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"}
"""What Python calls it when a code looks up a name."""


class Gathered:
    """The parts of a module that has `root`, with `params` as its defaults.

    >>> def half(x): return x / SHARE
    >>> def line(df, shift=1): return half(df.close.shift(shift))
    >>> line.__globals__["SHARE"] = 2
    >>> print(Gathered(line, {"shift": 3}).text)  # doctest: +ELLIPSIS
    SHARE = 2
    ...
    def line(df, shift=3): return half(df.close.shift(shift))
    """

    def __init__(self, root: Any, params: Mapping[str, Any]) -> None:
        self._root, self._held = root, dict[str, Any]()
        self._imports, self._constants, self._texts = (
            dict[str, str](),
            dict[str, str](),
            dict[str, str](),
        )
        self.name = str(root.__name__)
        """What `root` is called in the text."""
        text = _bare(self.name, _text(self.name, root))
        if not isinstance(root, type):
            text = _locked(text, params)
        self._held[self.name] = root
        self._needed(self.name, text, root)
        self._texts[self.name] = text

    @property
    def taken(self) -> set[str]:
        """All names there are in the text."""
        return set(self._held)

    @property
    def text(self) -> str:
        """Imports, then constants, then functions, each after what it needs."""
        head = ["\n".join(sorted(self._imports.values())), "\n".join(self._constants.values())]
        parts = [*head, *(text.rstrip() + "\n" for text in self._texts.values())]
        return "\n\n".join(part for part in parts if part).rstrip()

    def _needed(self, name: str, text: str, thing: Any) -> None:
        """Take what `text`, that of `thing`, looks up."""
        known = _names(thing)
        for found in dict.fromkeys(_looked_up(compile(FIRST + text, f"<{name}>", "exec"))):
            if found == name or (hasattr(builtins, found) and found not in known):
                continue
            if found not in known:
                raise IndicatorError(f"{name} needs {found!r}, which there is not")
            self._take(found, known[found], name)

    def _take(self, name: str, value: Any, user: str) -> None:
        if name in self._held:
            if self._held[name] is not value:
                raise IndicatorError(f"{name!r} means two things in what {user} needs; rename one")
            return
        self._held[name] = value
        if isinstance(value, ModuleType):
            alias = "" if name == value.__name__ else f" as {name}"
            self._imports[name] = f"import {value.__name__}{alias}"
        elif (line := _import(name, value, self._root)) is not None:
            self._imports[name] = line
        elif (constant := literal(value)) is not None:
            self._constants[name] = f"{name} = {constant}"
        elif inspect.isfunction(inspect.unwrap(value) if callable(value) else value) or (
            isinstance(value, type)
        ):
            text = _text(name, value)
            self._needed(name, text, value)
            own = ast.parse(text).body[0].name  # type: ignore[attr-defined]  # of a def or class
            self._texts[name] = text if own == name else f"{text.rstrip()}\n\n\n{name} = {own}\n"
        else:
            raise IndicatorError(
                f"{user} uses {name}, a {type(value).__name__}, which cannot go into a module; "
                "give it what it needs as a parameter or a column of the frame"
            )


def literal(value: Any) -> str | None:
    """A plain value as Python writes it; None for what is none.

    >>> literal((1, "a")), literal(float("inf")), literal(np.float64(0.5)), literal(object())
    ("(1, 'a')", 'float("inf")', '0.5', None)
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    text = repr(value)
    try:
        same = ast.literal_eval(text) == value
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return text if isinstance(same, bool) and same else None


def _text(name: str, thing: Any) -> str:
    if getattr(thing, "__name__", "") == "<lambda>":
        raise IndicatorError(f"{name} is a lambda, which has no text of its own; write it as a def")
    text = source_text(inspect.unwrap(thing) if callable(thing) else thing)
    if text is None:
        raise IndicatorError(f"the text of {name} cannot be found; define it in a cell or a file")
    return text


def _bare(name: str, text: str) -> str:
    """Without its decorators, which register it with livefin or a chart."""
    node = ast.parse(text).body[0]
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        raise IndicatorError(f"{name} must be a def or a class to be exported")
    return "".join(text.splitlines(keepends=True)[node.lineno - 1 :])


def _locked(text: str, params: Mapping[str, Any]) -> str:
    """A function's text with `params` as the defaults; all else is as it was written."""
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.FunctionDef)  # noqa: S101 - `_bare` has seen to it
    spec = node.args
    placed = [*spec.posonlyargs, *spec.args]
    none: list[ast.expr | None] = [None] * (len(placed) - len(spec.defaults))
    pairs = [*zip(placed, [*none, *spec.defaults], strict=True)]
    pairs += zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
    lines = [line.encode() for line in text.splitlines(keepends=True)]
    starts = [sum(map(len, lines[:i])) for i in range(len(lines))]
    whole = b"".join(lines)
    for arg, default in reversed(pairs):
        if arg.arg not in params:
            continue
        value = literal(params[arg.arg])
        if value is None:
            raise IndicatorError(f"{arg.arg}={params[arg.arg]!r} cannot be written as text")
        place = arg if default is None else default
        end = starts[(place.end_lineno or 1) - 1] + (place.end_col_offset or 0)
        start = end if default is None else starts[place.lineno - 1] + place.col_offset
        sign = "" if default is not None else "=" if arg.annotation is None else " = "
        whole = whole[:start] + f"{sign}{value}".encode() + whole[end:]
    return whole.decode()


def _looked_up(code: CodeType) -> Iterator[str]:
    """Names that a code and those within it look up outside of themselves."""
    defined = {i.argval for i in dis.get_instructions(code) if i.opname == "STORE_NAME"}
    for step in dis.get_instructions(code):
        if step.opname in LOOKS_UP and step.argval not in defined:
            yield str(step.argval)
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from (name for name in _looked_up(const) if not name.startswith("__"))


def _names(thing: Any) -> dict[str, Any]:
    """What a function's or a class's names mean: its module's, and those around it."""
    found: dict[str, Any] = {}
    if thing.__module__ in sys.modules:
        found |= vars(sys.modules[thing.__module__])
    functions = vars(thing).values() if isinstance(thing, type) else [inspect.unwrap(thing)]
    for function in functions:
        if inspect.isfunction(function):
            found |= function.__globals__
            found |= inspect.getclosurevars(function).nonlocals
    return found


def _import(name: str, value: Any, root: Any) -> str | None:
    """How `value` is imported; None where it cannot be, or is of the same file as `root`."""
    module, own = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if module is None and isinstance(value, np.ufunc):
        module = "numpy"
    if not isinstance(module, str) or not isinstance(own, str) or not own.isidentifier():
        return None
    if module in ("__main__", root.__module__):
        return None
    try:
        there = importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        there = False
    if not there or getattr(sys.modules.get(module), own, None) is not value:
        return None
    return f"from {module} import {own}" + ("" if own == name else f" as {name}")

"""The source text of a person's function or class, also of one typed in a notebook cell.

`inspect` finds a function's by its code, and a class's by its module's file alone, which a
notebook has not: a class is looked for in the text that its methods come from.
"""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
import textwrap
from typing import Any


def source_text(thing: Any) -> str | None:
    """As it was written, decorators among it, at no indent; None where it cannot be found.

    >>> print(source_text(source_text).splitlines()[0])
    def source_text(thing: Any) -> str | None:
    >>> source_text(len) is None
    True
    """
    while isinstance(thing, functools.partial):
        thing = thing.func
    if not isinstance(thing, type) and not hasattr(thing, "__code__"):
        thing = getattr(thing, "__func__", type(thing))
    try:
        return textwrap.dedent(inspect.getsource(thing))
    except (OSError, TypeError, IndentationError):
        return _of_a_class(thing) if isinstance(thing, type) else None


def _of_a_class(thing: type) -> str | None:
    codes = (getattr(value, "__code__", None) for value in vars(thing).values())
    code = next((code for code in codes if code is not None), None)
    if code is None:
        return None
    text = "".join(linecache.getlines(code.co_filename))
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef) or node.name != thing.__name__:
            continue
        if node.lineno <= code.co_firstlineno <= (node.end_lineno or 0):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            own = text.splitlines(keepends=True)[first - 1 : node.end_lineno]
            return textwrap.dedent("".join(own))
    return None

"""The body of a `%%indicator` cell as a function or class of one's own.

It is a `def` or a class as anywhere, or bare lines that use `df` and end with an expression
or assign the name; those are put into a function. The text is known to tracebacks and to
`inspect`, as that of any cell. Used by the magic.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

from livefin.errors import IndicatorError
from livefin.prototyping.locking import literal

Cache = Callable[[str], str]
"""Keeps a text for tracebacks, and gives the file name that it goes by."""


def made(
    body: str,
    name: str | None,
    params: Mapping[str, Any],
    *,
    names: dict[str, Any],
    cache: Cache,
) -> Any:
    r"""The function or class in the body of a cell, which runs with the variables `names`.

    Raises IndicatorError for a body that gives none, SyntaxError for what is no Python.

    >>> found = made("fast = df.close * 2\nfast - df.open", "gap", {}, names={}, cache=str)
    >>> found.__name__, found.__code__.co_varnames
    ('gap', ('df', 'fast'))
    """
    tree = ast.parse(body)
    defined = [each for each in tree.body if isinstance(each, ast.FunctionDef | ast.ClassDef)]
    wanted = [each for each in defined if each.name == name] or defined[-1:]
    if wanted and not _uses(tree.body, "df"):
        _run(_compiled(body, cache), names)
        return names[wanted[-1].name]
    name = name or "out"
    text = _function(body, tree, name, params)
    _run(_compiled(text, cache), names)
    return names[name]


def _uses(statements: list[ast.stmt], variable: str) -> bool:
    """Whether lines outside of functions and classes use a variable."""
    return any(
        isinstance(node, ast.Name) and node.id == variable
        for statement in statements
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef)
        for node in ast.walk(statement)
    )


def _compiled(text: str, cache: Cache) -> CodeType:
    return compile(text, cache(text), "exec")


def _run(code: CodeType, names: dict[str, Any]) -> None:
    exec(code, names)  # noqa: S102 - it is the person's own cell


def _function(body: str, tree: ast.Module, name: str, params: Mapping[str, Any]) -> str:
    """The lines as the text of a function of `df`."""
    if not name.isidentifier():
        raise IndicatorError(f"{name!r} is no name for a function; use letters, digits and _")
    if not tree.body:
        raise IndicatorError("the cell is empty; write a def, or lines that use df")
    last, lines = tree.body[-1], body.splitlines()
    if isinstance(last, ast.Expr):
        before = "\n".join(lines[: last.lineno - 1])
        line = lines[last.lineno - 1].encode()
        after = line[last.col_offset :].decode()
        head = line[: last.col_offset].decode()
        rest = "\n".join([head + "return " + after, *lines[last.lineno :]])
        body = f"{before}\n{rest}" if before else rest
    elif name in _assigned(tree):
        body = f"{body.rstrip()}\nreturn {name}"
    else:
        raise IndicatorError(
            f"the cell must end with an expression, or assign {name}; or write a def"
        )
    given = "".join(f", {key}={literal(value)}" for key, value in params.items())
    text = f"def {name}(df{given}):\n{textwrap.indent(body, '    ')}\n"
    inside = ast.parse(text).body[0]
    kept = inside.body if isinstance(inside, ast.FunctionDef) else []
    if [ast.dump(each) for each in kept[:-1]] != [ast.dump(each) for each in tree.body][
        : len(kept) - 1
    ]:
        raise IndicatorError("a text over several lines changes in such a cell; write a def")
    return text


def _assigned(tree: ast.Module) -> set[str]:
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }

"""Put the values of turned knobs back into the code: the person's own text with new defaults.

Only the values themselves are replaced; comments, formatting and decorators stay. A keyword
of the decorator goes before a default, as it does when the code runs. Also here: whether two
versions differ in their code, or in their parameters alone. No state.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

from livefin.indicators.contract import Indicator
from livefin.indicators.custom.userdefined import ClassIndicator, FunctionIndicator
from livefin.indicators.parameters import REQUIRED

Definition = ast.FunctionDef | ast.ClassDef | ast.Lambda


def locked(indicator: Indicator, name: str | None = None, *, chart: str = "chart") -> str:
    """The code of an indicator with its present parameters written in; runs as it stands.

    >>> from livefin.indicators.bars.vwap import VWAP
    >>> print(locked(VWAP(bands=[1], session="4h"), "VWAP"))
    from livefin.indicators.bars.vwap import VWAP
    <BLANKLINE>
    chart.indicator(VWAP(anchor='session', bands=(1.0,), tz='UTC', session='4h'), name='VWAP')
    """
    if isinstance(indicator, FunctionIndicator | ClassIndicator):
        text = indicator.module_source
        if text is None:
            return _without_text(indicator)
        written = {each.name: each.default for each in indicator.parameters}
        return rewritten(text, indicator.params, written)
    made = type(indicator)
    given = ", ".join(f"{key}={literal(value)}" for key, value in indicator.params.items())
    called = f", name={name!r}" if name else ""
    imported = f"from {made.__module__} import {made.__name__}"
    return f"{imported}\n\n{chart}.indicator({made.__name__}({given}){called})"


def _without_text(indicator: Indicator) -> str:
    given = "".join(f"{key} = {literal(value)}\n" for key, value in indicator.params.items())
    return f"# The source text of {indicator.name} is not known; its parameters:\n{given}"


def literal(value: Any) -> str:
    """A value as code.

    >>> literal(0.1 + 0.2), literal("ema")
    ('0.3', "'ema'")
    """
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, float):  # a slider's steps add up to 0.30000000000000004
        return repr(float(f"{value:.12g}"))
    return repr(value)


class _Change(NamedTuple):
    """These bytes of the text are to be others."""

    start: int
    stop: int
    text: str


def rewritten(text: str, params: Mapping[str, Any], written: Mapping[str, Any]) -> str:
    r"""`text`, a function or a class, with `params` for defaults; `written` are those of now.

    >>> code = "def mean(df, window: int = 50):  # bars\n    return df.close"
    >>> print(rewritten(code, {"window": 64}, {"window": 50}))
    def mean(df, window: int = 64):  # bars
        return df.close
    """
    try:
        tree = ast.parse(text)
    except SyntaxError:  # part of an expression, as a lambda may be
        return text
    found = definition(tree)
    if found is None:
        return text
    offsets = _offsets(text)
    keywords = dict(_keywords(found, set(params)))
    defaults = dict(_defaults(found))
    changes = []
    for name, value in params.items():
        node = keywords.get(name, defaults.get(name))
        now = _value(keywords[name]) if name in keywords else written.get(name, REQUIRED)
        if isinstance(node, ast.arg):  # it has no default yet
            equals = " = " if node.annotation else "="
            at = _span(node, offsets)[1]
            changes.append(_Change(at, at, equals + literal(value)))
        elif node is not None and (now is REQUIRED or now != value or type(now) is not type(value)):
            changes.append(_Change(*_span(node, offsets), literal(value)))
    data = text.encode()
    for change in sorted(changes, reverse=True):
        data = data[: change.start] + change.text.encode() + data[change.stop :]
    return data.decode()


def definition(tree: ast.AST) -> Definition | None:
    """The first function or class in a text."""
    for node in ast.walk(tree):
        if isinstance(node, Definition):
            return node
    return None


def _offsets(text: str) -> list[int]:
    """Where each line begins, in bytes, as ast counts."""
    offsets = [0]
    for line in text.encode().splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    return offsets


def _span(node: ast.expr | ast.arg, offsets: list[int]) -> tuple[int, int]:
    end_line, end_column = node.end_lineno or 0, node.end_col_offset or 0
    return offsets[node.lineno - 1] + node.col_offset, offsets[end_line - 1] + end_column


def _value(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return REQUIRED


def _keywords(found: Definition, names: set[str]) -> Iterator[tuple[str, ast.expr]]:
    """What its decorators say of parameters."""
    for decorator in getattr(found, "decorator_list", ()):
        for keyword in getattr(decorator, "keywords", ()):
            if keyword.arg in names:
                yield keyword.arg, keyword.value


def _defaults(found: Definition) -> Iterator[tuple[str, ast.expr | ast.arg]]:
    """The default of each parameter; the parameter itself where it has none."""
    if isinstance(found, ast.ClassDef):
        fields = [each for each in found.body if isinstance(each, ast.AnnAssign)]
        for field in fields:  # of a dataclass
            if isinstance(field.target, ast.Name) and field.value is not None:
                yield field.target.id, field.value
        methods = [each for each in found.body if isinstance(each, ast.FunctionDef)]
        own = next((each for each in methods if each.name == "__init__"), None)
        if own is None:
            return
        arguments = own.args
    else:
        arguments = found.args
    plain = [*arguments.posonlyargs, *arguments.args]
    ends = [None] * (len(plain) - len(arguments.defaults)) + list[Any](arguments.defaults)
    for argument, default in zip(plain, ends, strict=True):
        yield argument.arg, default or argument
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield argument.arg, default or argument


def same_code(one: Indicator, other: Indicator) -> bool:
    """Whether two indicators differ at most in their parameters, defaults among them.

    >>> from livefin.indicators.custom.userdefined import indicator
    >>> def mean(df, window=20): return df.close.rolling(window).mean()
    >>> same_code(indicator(mean), indicator(mean, window=50))
    True
    """
    return bool(_code(one) == _code(other))


def _code(indicator: Indicator) -> Any:
    thing = getattr(indicator, "function", type(indicator))
    text = getattr(indicator, "module_source", None)
    if text is None:
        code = getattr(thing, "__code__", None)
        return thing if code is None else (code.co_code, code.co_consts, code.co_names)
    try:
        found = definition(ast.parse(text))
    except SyntaxError:
        return text
    if found is None:
        return text
    if not isinstance(found, ast.Lambda):
        found.name, found.decorator_list = "", []
    for node in ast.walk(found):
        if isinstance(node, ast.arguments):
            node.defaults, node.kw_defaults = [], []
        elif isinstance(node, ast.arg):
            node.annotation = None
    return ast.dump(found)

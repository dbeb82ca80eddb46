"""The parameters of an indicator, as people may turn them: kind, default, range, choices.

Knobs, sweeps and the screen take them from here. Who makes an indicator says them, or they
are read from the signature of a person's function or class: `read`. What people give is
`checked` against them. No state; used by userdefined and by everything with a knob.
"""

from __future__ import annotations

import inspect
import math
import sys
import typing
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from livefin.errors import IndicatorError
from livefin.nearest import nearest


class Missing(Enum):
    """What stands for a default where there is none; a member stays itself when copied."""

    REQUIRED = "required"


REQUIRED = Missing.REQUIRED


class Parameter(NamedTuple):
    """One parameter. `low` and `high` are included; None where there is no bound."""

    name: str
    kind: str
    """"int", "float", "bool", "choice" or "text"."""
    default: Any
    """REQUIRED where there is none."""
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[Any, ...] = ()
    doc: str = ""
    guessed: bool = False
    """The range is a guess from the default, for a slider: what lies beyond is taken too."""


class Range(NamedTuple):
    """How far a number may be turned, both ends included: `Annotated[int, Range(5, 200)]`.

    >>> def mean(df, window: Annotated[int, Range(5, 200, step=5, doc="bars")] = 20): ...
    >>> read(mean)[0].high, read(mean)[0].step, read(mean)[0].doc
    (200, 5, 'bars')
    """

    low: float | None = None
    high: float | None = None
    step: float | None = None
    doc: str = ""


def read(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """The parameters in a signature: a function's after the frame, a class's after `self`.

    The annotation says the kind: `int`, `float`, `bool`, `str`, `Literal`, an `Enum`, or
    `Annotated` with a Range, a `range`, a (low, high), or an object that has `ge`, `gt`, `le`
    or `lt`, as those of msgspec, annotated_types and pydantic do. Without one, the default's
    type says it. A kind that cannot be turned is "text", and is taken as it is given.

    Raises IndicatorError for a default that its own annotation refuses.

    >>> def bands(df, window=20, width: Annotated[float, (0.5, 4.0)] = 2.0): ...
    >>> [(p.name, p.kind, p.low, p.high) for p in read(bands)]
    [('window', 'int', 1, 100), ('width', 'float', 0.5, 4.0)]
    """
    found = list(_signature(function).parameters.values())
    if not isinstance(function, type):
        del found[:1]
    made = []
    for each in found:
        if each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
            continue
        if each.kind is each.POSITIONAL_ONLY:
            raise IndicatorError(f"the parameter {each.name} must be one that can be named")
        made.append(_parameter(each, _resolved(function, each.annotation)))
    return tuple(made)


def checked(parameters: Iterable[Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters with what is given for them, else their defaults.

    A member of an Enum may be given by its name or value; numbers of numpy become Python's.
    Raises IndicatorError, which names all that is wrong.

    >>> window = Parameter("window", "int", 14, 2, 100)
    >>> checked([window], {}), checked([window], {"window": 20})
    ({'window': 14}, {'window': 20})
    >>> checked([window], {"windw": 20, "window": 1})
    Traceback (most recent call last):
    livefin.errors.IndicatorError: no parameter 'windw', did you mean 'window'? \
window must be from 2 to 100, got 1
    """
    known = {parameter.name: parameter for parameter in parameters}
    wrong = [_unknown(name, list(known)) for name in given if name not in known]
    values = {}
    for name, parameter in known.items():
        value = given.get(name, parameter.default)
        if value is REQUIRED:
            wrong.append(f"{name} must be given, it has no default.")
        elif name in given:
            try:
                values[name] = _fitting(parameter, value)
            except ValueError as error:
                wrong.append(f"{name} must be {error}, got {value!r}.")
        else:
            values[name] = value
    if wrong:
        raise IndicatorError(" ".join(wrong).removesuffix("."))
    return values


def _unknown(name: str, known: list[str]) -> str:
    near = nearest(name, known)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known) or 'none'}."
    return f"no parameter {name!r}, {hint}"


def _fitting(parameter: Parameter, value: Any) -> Any:
    """`value` as the parameter has it. Raises ValueError, which says what it must be."""
    if parameter.kind == "text":
        return value
    if parameter.kind == "choice":
        return _chosen(parameter.choices, value)
    if parameter.kind == "bool":
        if not isinstance(value, bool | np.bool_):
            raise ValueError("True or False")
        return bool(value)
    whole = parameter.kind == "int"
    number: float
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        number = int(value) if whole else float(value)
    elif isinstance(value, float | np.floating) and not whole and not np.isnan(value):
        number = float(value)
    else:
        raise ValueError("a whole number" if whole else "a number")
    low = -math.inf if parameter.low is None else parameter.low
    high = math.inf if parameter.high is None else parameter.high
    if not parameter.guessed and not low <= number <= high:
        raise ValueError(_extent(parameter.low, parameter.high))
    return number


def _extent(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"at most {high:g}" if low is None else f"at least {low:g}"
    return f"from {low:g} to {high:g}"


def _chosen(choices: tuple[Any, ...], value: Any) -> Any:
    for choice in choices:
        if choice == value and isinstance(choice, bool) == isinstance(value, bool):
            return choice
    for choice in choices:
        if isinstance(choice, Enum) and value in (choice.name, choice.value):
            return choice
    names = (choice.name if isinstance(choice, Enum) else repr(choice) for choice in choices)
    raise ValueError(f"one of {', '.join(names)}")


# From a signature


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    try:
        if sys.version_info >= (3, 14):  # else a name that is only for type checkers raises
            import annotationlib  # noqa: PLC0415 - new in 3.14

            how = annotationlib.Format.FORWARDREF
            return inspect.signature(function, annotation_format=how)
        return inspect.signature(function)
    except ValueError:  # some that are written in C say nothing
        return inspect.Signature()


def _resolved(function: Any, annotation: Any) -> Any:
    """An annotation with its names looked up; `empty` where one is not known."""
    if annotation is inspect.Parameter.empty:
        return annotation
    home = inspect.unwrap(getattr(function, "func", function))  # within a functools.partial
    if not hasattr(home, "__globals__"):  # a class, or an object that can be called
        home = vars(home if isinstance(home, type) else type(home)).get(
            "__init__" if isinstance(home, type) else "__call__", home
        )

    def one() -> None: ...

    # Each by itself: a frame annotated for type checkers alone must not hide the others.
    one.__annotations__ = {"one": annotation}
    try:
        names = getattr(home, "__globals__", {})
        return typing.get_type_hints(one, names, include_extras=True)["one"]
    except Exception:  # noqa: BLE001 - an annotation may be any expression
        return inspect.Parameter.empty


def _parameter(found: inspect.Parameter, annotation: Any) -> Parameter:
    said: list[Any] = []
    if typing.get_origin(annotation) is Annotated:
        annotation, *said = typing.get_args(annotation)
    default = REQUIRED if found.default is found.empty else found.default
    kind, choices = _kind(annotation, default)
    low, high, step, doc = _ranged(found.name, said, whole=kind == "int")
    guessed = False
    if kind in ("int", "float") and low is None and high is None and default is not REQUIRED:
        guessed = True
        low, high, step = _around(kind, default, step)
    elif kind == "int" and step is None:
        step = 1
    made = Parameter(found.name, kind, default, low, high, step, choices, doc, guessed)
    if default is REQUIRED:
        return made
    try:
        return made._replace(default=_fitting(made, default))
    except ValueError as error:
        raise IndicatorError(
            f"{found.name} must be {error}, but its default is {default!r}"
        ) from None


def _kind(annotation: Any, default: Any) -> tuple[str, tuple[Any, ...]]:
    if typing.get_origin(annotation) is Literal:
        return "choice", typing.get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "choice", tuple(annotation)
    if annotation is inspect.Parameter.empty and default is not REQUIRED:
        if isinstance(default, Enum):
            return "choice", tuple(type(default))
        annotation = type(default)
    if default is None or (isinstance(default, float) and math.isnan(default)):
        return "text", ()  # it stands for "not given", which no knob can say
    kinds = {bool: "bool", int: "int", float: "float"}
    return kinds.get(annotation, "text"), ()


def _ranged(name: str, said: Iterable[Any], *, whole: bool) -> Range:
    """The range in what an `Annotated` says, the tightest where it says several things."""
    low: float | None = None
    high: float | None = None
    step: float | None = None
    doc = ""
    for each in said:
        one = _range(each, whole=whole)
        low = one.low if low is None else max(low, low if one.low is None else one.low)
        high = one.high if high is None else min(high, high if one.high is None else one.high)
        step, doc = one.step or step, one.doc or doc
    if low is not None and high is not None and low > high:
        raise IndicatorError(f"the range of {name} is empty: from {low} to {high}")
    return Range(low, high, step, doc)


def _range(said: Any, *, whole: bool) -> Range:
    if isinstance(said, Range):
        return said
    if isinstance(said, str):
        return Range(doc=said)
    if isinstance(said, range) and len(said):
        return Range(min(said), max(said), abs(said.step))
    if isinstance(said, tuple | list) and len(said) in (2, 3):
        return Range(*said)
    low, above = getattr(said, "ge", None), getattr(said, "gt", None)
    high, below = getattr(said, "le", None), getattr(said, "lt", None)
    if low is None and above is not None:
        low = math.floor(above) + 1 if whole else math.nextafter(above, math.inf)
    if high is None and below is not None:
        high = math.ceil(below) - 1 if whole else math.nextafter(below, -math.inf)
    doc = getattr(said, "description", None) or getattr(said, "documentation", None) or ""
    return Range(low, high, getattr(said, "multiple_of", None), doc)


def _around(
    kind: str, default: Any, step: float | None
) -> tuple[float | None, float | None, float | None]:
    """A range for a slider about a default that has none."""
    if kind == "int":
        far = max(10, 5 * abs(default))
        low = 1 if default > 0 else -far if default < 0 else 0
        return low, far, step or 1
    if not default:
        return -1.0, 1.0, step or 0.01
    far = 5.0 * abs(default)
    if not math.isfinite(far):
        return None, None, step
    fine = step or float(f"1e{math.floor(math.log10(abs(default))) - 1}")
    if default < 0:
        return -far, far, fine
    return fine, min(far, 1.0) if default < 1 else far, fine

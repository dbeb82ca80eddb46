"""A person's function from a message to events; its mistakes become MessageErrors.

Whatever it raises or returns, the feed goes on: the error says what, in which line, and on
which message. What it may return, given.py says. Used by venue.
"""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any, TypeAlias

from livefin.custom.incoming import excerpt
from livefin.custom.outgoing import CustomError
from livefin.errors import MessageError
from livefin.given import EventError, to_events
from livefin.venues.contract import Closing, Numbered, Parsed, Ready, Reply

Parse: TypeAlias = Callable[..., Any]
"""`parse(message)` or `parse(message, ts_recv)`."""

ASIDE = (Reply, Numbered, Ready, Closing)
"""What only the session is told; who knows the contract may return it too."""
TWO = 2


class Function:
    """`function`, called safely. Raises CustomError where it cannot be called so."""

    def __init__(self, function: Parse, option: str = "parse") -> None:
        self._function = function
        self._name = getattr(function, "__name__", option)
        self._timed = _wants_time(function, option)

    def __call__(self, message: Any, ts_recv: int, raw: bytes) -> list[Parsed]:
        """The events in `message`, which came as `raw`. Raises MessageError."""
        arguments = (message, ts_recv) if self._timed else (message,)
        try:
            return list(_events(self._function(*arguments), ts_recv))
        except MessageError:
            raise
        except EventError as error:
            raise MessageError(f"{self._name} returned: {error}; on {excerpt(raw)}") from error
        except Exception as error:
            raise self._failed(error, raw) from error

    def answer(self, message: Any, raw: bytes) -> Any:
        """What it returns for `message`. Raises MessageError."""
        try:
            return self._function(message)
        except Exception as error:
            raise self._failed(error, raw) from error

    def _failed(self, error: Exception, raw: bytes) -> MessageError:
        where = _where(error, self._function)
        what = f"{type(error).__name__}: {error}"
        return MessageError(f"{self._name} failed{where}: {what}; on {excerpt(raw)}")


def _events(given: Any, ts_recv: int) -> Iterator[Parsed]:
    if isinstance(given, ASIDE):
        yield given
    elif isinstance(given, list | tuple) and any(isinstance(each, ASIDE) for each in given):
        for each in given:
            yield from _events(each, ts_recv)
    else:
        yield from to_events(given, ts_recv, arrived=True)


def _wants_time(function: object, option: str) -> bool:
    """Whether it takes the time of receipt as well."""
    if not callable(function):
        raise CustomError(f"{option} is {function!r:.60}; it must be a function of a message")
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise CustomError(f"{option} must be a plain function: def, not async def")
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        return False  # of C, and it does not say
    if any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return False
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = sum(each.default is each.empty for each in places)
    if not places or needed > TWO:
        raise CustomError(f"{option} takes {needed} arguments; it gets (message, ts_recv)")
    return needed == TWO or (len(places) >= TWO and places[1].name == "ts_recv")


def _where(error: Exception, function: Parse) -> str:
    """The line in which a person's function failed: ' in line 3 (price = m["p"])'."""
    function = inspect.unwrap(getattr(function, "func", function))  # of functools.partial
    code = getattr(function, "__code__", getattr(type(function).__call__, "__code__", None))
    here = code.co_filename if isinstance(code, CodeType) else ""
    line = 0
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == here:
            line = trace.tb_lineno
        trace = trace.tb_next
    if not line:
        return ""
    text = linecache.getline(here, line).strip()
    return f" in line {line}" + (f" ({text})" if text else "")

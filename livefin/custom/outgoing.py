"""What a custom venue sends: messages with the names of what is wanted filled in.

A message is text, bytes, or a mapping or list that goes as JSON. The names it uses say how
often it is sent: with "{symbol}" once for each symbol, with "{channel}" once for each
channel, else once for all. Used by venue.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from livefin.errors import LivefinError
from livefin.venues.contract import Subscription

Sent: TypeAlias = str | bytes | Mapping[str, Any] | Sequence[Any] | Callable[..., Any] | None
"""A message, several as a list, or a function of some of NAMES that makes such."""

NAMES = ("symbol", "symbols", "channel", "channels", "all_symbols")
_NAME = re.compile(r"\{([A-Za-z_]+)\}")


class CustomError(LivefinError, ValueError):
    """A custom venue that cannot work; the text says why."""


class Outgoing:
    """The messages of one custom venue; `words` has its own word for each channel.

    >>> out = Outgoing({"op": "sub", "args": "{symbols}", "to": "{channel}"}, words={"book": "l2"})
    >>> out.subscribe([Subscription("book", "A"), Subscription("book", "B")])
    ['{"op":"sub","args":["A","B"],"to":"l2"}']
    """

    def __init__(
        self,
        subscribe: Sent = None,
        unsubscribe: Sent = None,
        *,
        ping: Any = None,
        login: Any = None,
        words: Mapping[str, str] | None = None,
    ) -> None:
        self._subscribe = _Template(subscribe, "subscribe", words or {})
        self._unsubscribe = _Template(unsubscribe, "unsubscribe", words or {})
        self.intervals = [w.partition(":")[2] for w in words or () if w.startswith("bars:")]
        """Of its bars, where it says which; else any may be asked for."""
        self._ping, self._login = ping, login
        self.ping()  # what cannot be sent is better known now
        self.login()

    def subscribe(
        self, subs: Sequence[Subscription], every: Sequence[Subscription] = ()
    ) -> list[str | bytes]:
        """Messages that subscribe to `subs`; `every` has what is subscribed then."""
        return self._subscribe(subs, every)

    def unsubscribe(
        self, subs: Sequence[Subscription], every: Sequence[Subscription] = ()
    ) -> list[str | bytes]:
        """Messages that end `subs`; `every` has what is left then."""
        return self._unsubscribe(subs, every)

    def ping(self) -> str | bytes | None:
        """A message that a living venue answers."""
        made = _made(self._ping, "ping")
        return None if made is None else as_message(made, "ping")

    def login(self) -> list[str | bytes]:
        """Messages that come first."""
        return [as_message(each, "login") for each in _several(_made(self._login, "login"))]


class _Template:
    """Messages with names in them, or a function that makes them."""

    def __init__(self, what: Sent, option: str, words: Mapping[str, str]) -> None:
        self._what, self._option, self._words = what, option, words
        self._names = set(_parameters(what, option) if callable(what) else _names(what))
        unknown = sorted(self._names.difference(NAMES))
        if unknown:
            raise CustomError(f"{option} has {unknown[0]!r}; there are: {', '.join(NAMES)}")

    def __call__(
        self, subs: Sequence[Subscription], every: Sequence[Subscription]
    ) -> list[str | bytes]:
        out: list[str | bytes] = []
        for values in self._values(subs, every):
            if callable(self._what):
                made = _made(self._what, self._option, {n: values[n] for n in self._names})
            else:
                made = [_message(each, values) for each in _several(self._what)]
            out += [as_message(each, self._option) for each in _several(made)]
        return list(dict.fromkeys(out))

    def _values(
        self, subs: Sequence[Subscription], every: Sequence[Subscription]
    ) -> Iterator[dict[str, Any]]:
        """What each name stands for, once for each message."""
        groups: dict[tuple[str, str], list[Subscription]] = {}
        for sub in subs:
            key = (
                sub.symbol if "symbol" in self._names else "",
                sub.channel if "channel" in self._names else "",
            )
            groups.setdefault(key, []).append(sub)
        for (symbol, channel), group in groups.items():
            yield {
                "symbol": symbol,
                "channel": self._word(channel),
                "symbols": list(dict.fromkeys(sub.symbol for sub in group)),
                "channels": list(dict.fromkeys(self._word(sub.channel) for sub in group)),
                "all_symbols": list(dict.fromkeys(sub.symbol for sub in every)),
            }

    def _word(self, channel: str) -> str:
        return self._words.get(channel, channel)


def as_message(made: Any, option: str) -> str | bytes:
    """`made` as it goes over the wire. Raises CustomError."""
    if isinstance(made, str | bytes):
        return made
    try:
        return msgspec.json.encode(made).decode()
    except (TypeError, ValueError, RecursionError) as error:
        raise CustomError(f"{option} makes {made!r:.80}, which is no JSON: {error}") from None


def _made(what: Any, option: str, values: Mapping[str, Any] | None = None) -> Any:
    if not callable(what):
        return what
    try:
        return what(**(values or {}))
    except Exception as error:
        raise CustomError(f"{option} failed: {type(error).__name__}: {error}") from error


def _several(made: Any) -> Iterable[Any]:
    """The messages in `made`: none, one, or those of a list."""
    if made is None:
        return ()
    return made if isinstance(made, list | tuple) else (made,)


def _parameters(function: Callable[..., Any], option: str) -> Iterator[str]:
    try:
        parameters = inspect.signature(function).parameters
    except (ValueError, TypeError):
        raise CustomError(f"{option}: {function!r} does not say what it takes") from None
    for name, each in parameters.items():
        if each.default is each.empty or name in NAMES:
            yield name


def _names(what: Any) -> Iterator[str]:
    if isinstance(what, str):
        yield from _NAME.findall(what)
    elif isinstance(what, Mapping):
        yield from _names(list(what.keys()) + list(what.values()))
    elif isinstance(what, list | tuple):
        for each in what:
            yield from _names(each)


def _message(what: Any, values: Mapping[str, Any]) -> Any:
    filled = _filled(what, values)
    return _text(filled) if isinstance(what, str) else filled


def _filled(what: Any, values: Mapping[str, Any]) -> Any:
    """`what` with its names replaced; a list where nothing but the name of one stands.

    In a list, the name of a list stands for its items: ["{symbols}"] is as "{symbols}".
    """
    if isinstance(what, str):
        whole = _NAME.fullmatch(what)
        if whole:
            return values[whole[1]]
        return _NAME.sub(lambda found: _text(values[found[1]]), what)
    if isinstance(what, Mapping):
        return {_message(key, values): _filled(value, values) for key, value in what.items()}
    if isinstance(what, list | tuple):
        out: list[Any] = []
        for each in what:
            filled = _filled(each, values)
            out += filled if isinstance(each, str) and isinstance(filled, list) else [filled]
        return out
    return what


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ",".join(value)

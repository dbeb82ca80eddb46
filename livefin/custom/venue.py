"""`custom`: a Venue made of an address, what to send, and a person's function.

It keeps the venue contract, so that a feed, a recording or a server cannot tell it from one
of venues/. For keys that sign, books fetched by REST and history, subclass Venue instead.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self

from livefin import venues
from livefin.custom.function import ASIDE, Function, Parse
from livefin.custom.incoming import Compression, Frames, Incoming, Word, excerpt
from livefin.custom.outgoing import CustomError, Outgoing, Sent, as_message
from livefin.errors import MessageError
from livefin.events import CHANNEL, Bar, Status
from livefin.fetch import public
from livefin.keys import Secret
from livefin.venues.contract import Parsed, Reply, Subscription, Venue

# Those that `connect` subscribes by default come first.
EVERY_CHANNEL = tuple(dict.fromkeys(("trades", "quotes", "book", *CHANNEL.values())))
_OF_A_KEY = re.compile(r"(?i)key|token|secret|sign|pass|auth|cookie|jwt|credential|session")
MOST_SAID = 100
"""Hints given of events that go nowhere; a symbol can be misspelt in endless ways."""


def custom(
    url: str,
    parse: Parse,
    *,
    subscribe: Sent = None,
    unsubscribe: Sent = None,
    name: str = "mine",
    channels: Sequence[str] | Mapping[str, str] | None = None,
    frames: Frames = "json",
    compression: Compression = "auto",
    ping: Any = None,
    ping_every: float | None = None,
    pong: Callable[[Any], Any] | None = None,
    login: Any = None,
    headers: Mapping[str, str] | None = None,
    trade_ids_contiguous: bool = False,
    silence: float = 15.0,
    send_interval: float = 0.0,
    max_age: float | None = None,
) -> Venue:
    """A venue of your own: `lf.connect(lf.custom(url, parse, subscribe=...), "ABC")`.

    `parse(message)` returns what is in one message: an event such as lf.Trade, a mapping of
    its fields, several of these in a list or by `yield`, or None. A mapping takes `time` in
    s, ms, µs, ns, ISO text or as a datetime; an event takes `ts_event` in ns, or None where
    the venue gives no time. Texts become numbers, `ts_recv` is when the frame came. Symbols
    are spelled as the venue does. What fails is counted in `feed.status`, with its line.

    Args:
        url: the WebSocket address, "wss://...".
        parse: from a message to events; `parse(message, ts_recv)` gets the time (ns) too.
        subscribe: what to send: a message, or several in a list. A message is text, bytes,
            or a mapping or list that goes as JSON. In it, "{symbol}" and "{channel}" stand
            for each that is wanted, "{symbols}" and "{channels}" for all of them, and
            "{all_symbols}" for those from before as well. Or a function of some of these
            names, as `lambda symbol: ...`. None where the address says it all.
        unsubscribe: the same, to end them.
        name: what the feed, its statuses and its recordings call it.
        channels: what it has, everything by default; or what each is called there, for
            "{channel}": {"trades": "trade", "book": "depth"}.
        frames: what `parse` gets: "json" decoded, "text", or "bytes".
        compression: "auto" tells gzip and zlib from JSON, and gzip from text.
        ping: what to send when the venue is silent, or a function that makes it; a WebSocket
            ping by default.
        ping_every: seconds between pings, for a venue that wants them all the time.
        pong: a function from a message to the answer that it asks for, None where it asks for
            none. What is answered is not parsed.
        login: sent first on each socket, and never recorded: a message, several, or a
            function that makes them.
        headers: of the handshake, such as a key.
        trade_ids_contiguous: trade ids rise by one, so that a jump is a gap.
        silence: seconds without a frame until the venue is asked whether it lives.
        send_interval: the least seconds between two messages out.
        max_age: seconds after which the venue closes a socket; another is opened before.

    Raises CustomError, a ValueError, for what cannot work.

    >>> def parse(message):
    ...     if message["type"] == "trade":
    ...         return {"symbol": message["s"], "price": message["p"], "time": message["ms"]}
    >>> venue = custom("wss://example.com/ws", parse, subscribe={"op": "sub", "args": ["{symbol}"]})
    >>> venue.subscribe([Subscription("trades", "ABC")])
    ['{"op":"sub","args":["ABC"]}']
    >>> venue.parse(b'{"type": "trade", "s": "ABC", "p": "10.5", "ms": 1618678262712}', 10**18)
    [Trade(symbol='ABC', ts_event=1618678262712000000, ts_recv=1000000000000000000, \
price=10.5, size=0.0, side=None, id=None)]
    """
    if not isinstance(url, str) or not url.startswith(("ws://", "wss://")):
        raise CustomError(f'url is {url!r}; give the WebSocket address first, as "wss://…"')
    if not isinstance(name, str) or not name:
        raise CustomError(f"name is {name!r}; give a text")
    if name.lower() in venues.HOMES:
        raise CustomError(f"{name!r} is a venue that livefin has; call yours something else")
    words = _words(channels)
    kind = type(
        "Custom",
        (Custom,),
        {
            "name": name,
            "title": name,
            "channels": tuple(dict.fromkeys(_base(channel) for channel in words)),
            "ping_every": ping_every,
            "trade_ids_contiguous": trade_ids_contiguous,
            "silence": silence,
            "send_interval": send_interval,
            "max_age": max_age,
        },
    )
    made: Custom = kind(
        url,
        Function(parse),
        Incoming(frames, compression),
        Outgoing(subscribe, unsubscribe, ping=ping, login=login, words=words),
        pong=None if pong is None else Function(pong, "pong"),
        headers=dict(headers or {}),
    )
    return made


class Custom(Venue):
    """What `custom` makes."""

    channels: ClassVar[Sequence[str]] = EVERY_CHANNEL
    example: ClassVar[str] = "ABC"
    # A lane that is not the default: so each socket gets a copy, and feeds may share a venue.
    lanes: ClassVar[Sequence[str]] = ("own",)

    def __init__(
        self,
        url: str,
        function: Function,
        incoming: Incoming,
        outgoing: Outgoing,
        *,
        pong: Function | None,
        headers: dict[str, str],
    ) -> None:
        self.url = url
        self._function, self._incoming, self._outgoing = function, incoming, outgoing
        self._pong = pong
        self._headers = {name: Secret(value) for name, value in headers.items()}
        # What is a key by its name is shown nowhere, and recorded nowhere, as others' keys.
        self.keys = {
            name: Secret(value.split(" ")[-1])
            for name, value in headers.items()
            if _OF_A_KEY.search(name)
        }
        self._subs: dict[Subscription, None] = {}
        self._said: set[str] = set()
        """What was said of events that nobody subscribed to."""

    def __repr__(self) -> str:
        return f"<Venue {self.name} at {public(self.url)}>"

    # Connecting

    def fresh(self) -> Self:
        """Another instance for another socket, with the same functions."""
        other = copy.copy(self)  # not a deep one: what a function holds is its owner's
        other.opened()
        return other

    def opened(self) -> None:
        """A new socket is open."""
        self._subs = {}

    def headers(self) -> dict[str, str]:
        """Headers of the handshake."""
        return {name: value.reveal() for name, value in self._headers.items()}

    def login(self, now: int) -> list[str | bytes]:  # noqa: ARG002 - the contract's
        """Messages sent first."""
        return self._outgoing.login()

    def ping(self) -> str | bytes | None:
        """A message that a living venue answers."""
        return self._outgoing.ping()

    # Subscribing

    def check(self, sub: Subscription) -> None:
        """Raise where `sub` cannot be: CustomError, where its messages cannot be made."""
        super().check(sub)
        intervals = self._outgoing.intervals
        if intervals:
            self.check_bars(sub, intervals)
        self._outgoing.subscribe([sub], [sub])
        self._outgoing.unsubscribe([sub], [])

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        """Messages that subscribe to `subs`."""
        self._subs |= dict.fromkeys(subs)
        return self._outgoing.subscribe(subs, list(self._subs))

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        """Messages that end `subs`."""
        self._subs = {sub: None for sub in self._subs if sub not in subs}
        return self._outgoing.unsubscribe(subs, list(self._subs))

    # Reading

    def parse(self, raw: bytes, ts_recv: int) -> Sequence[Parsed]:
        """Events in one frame. Raises MessageError on what cannot be read."""
        try:
            return self._parse(raw, ts_recv)
        except MessageError as error:
            raise MessageError(f"{self.name}: {error}") from error

    def _parse(self, raw: bytes, ts_recv: int) -> Sequence[Parsed]:
        try:
            message = self._incoming(raw)
        except MessageError as error:
            raise MessageError(f"{error}; on {excerpt(raw)}") from error
        if self._pong is not None:
            answer = self._pong.answer(message, raw)
            if answer:
                return [Reply(_encoded(answer))]
        if isinstance(message, Word):
            return ()
        found = self._function(message, ts_recv, raw)
        return self._with_hints(found, ts_recv) if self._subs else found

    # Looking after mistakes

    def _with_hints(self, found: list[Parsed], now: int) -> Sequence[Parsed]:
        """`found`, and once a word on what goes nowhere, since nobody subscribed to it."""
        hints: list[Parsed] = []
        for event in found:
            if isinstance(event, (*ASIDE, Status)):
                continue
            base = CHANNEL[type(event)]
            channel = f"bars:{event.interval}" if isinstance(event, Bar) else base
            wanted = self._subs
            if (channel, event.symbol) not in wanted and (base, event.symbol) not in wanted:
                detail = self._hint(event.symbol, channel)
                if detail and detail not in self._said and len(self._said) < MOST_SAID:
                    self._said.add(detail)
                    hints.append(Status("rejected", now, event.symbol, base, detail=detail))
        return [*found, *hints] if hints else found

    def _hint(self, symbol: str, channel: str) -> str:
        subs = list(self._subs)
        if all(symbol != sub.symbol for sub in subs):
            alike = [sub.symbol for sub in subs if _bare(sub.symbol) == _bare(symbol)]
            if not alike:
                return ""  # of another symbol: the venue sends more than was asked for
            return f"{self.name}: subscribed is {alike[0]!r}, but parse calls it {symbol!r}"
        if any(channel == sub.channel for sub in subs):
            return ""
        names = [*dict.fromkeys(sub.channel for sub in subs), channel]
        return f"{self.name}: {channel} came; to have them, connect with channels={names}"


def _encoded(answer: Any) -> str | bytes:
    try:
        return as_message(answer, "pong")
    except CustomError as error:
        raise MessageError(str(error)) from error


def _words(channels: Sequence[str] | Mapping[str, str] | None) -> dict[str, str]:
    """What each channel is called there."""
    if isinstance(channels, str):
        channels = [channels]
    given = EVERY_CHANNEL if channels is None else channels
    words = dict(given) if isinstance(given, Mapping) else dict(zip(given, given, strict=True))
    unknown = [name for name in words if _base(name) not in EVERY_CHANNEL]
    if unknown or not words:
        said = f"there is no channel {unknown[0]!r}" if unknown else "channels are empty"
        raise CustomError(f"{said}; there are: {', '.join(EVERY_CHANNEL)}")
    return words


def _base(channel: str) -> str:
    return channel.partition(":")[0]


def _bare(symbol: str) -> str:
    return "".join(filter(str.isalnum, symbol)).lower()

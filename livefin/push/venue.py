"""What a push feed is to a session, and to a recording: a venue whose messages are events.

Live, a frame carries the events themselves. A recording holds each as JSON under its
name, `{"Trade":{"symbol":"ABC","ts_event":…}}`, and `Pushed` reads them again. No I/O.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any, ClassVar

import msgspec

from livefin.errors import MessageError
from livefin.events import CHANNEL, Event, OrderEvent, Status
from livefin.venues.contract import Parsed, Subscription, Venue
from livefin.venues.wire import UNREADABLE

_KINDS: dict[bytes, type] = {kind.__name__.encode(): kind for kind in (*CHANNEL, Status)}
_DECODERS: dict[bytes, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(kind) for name, kind in _KINDS.items()
}


class Carried(bytes):
    """A frame that carries events instead of bytes."""

    events: Sequence[Event] = ()

    @classmethod
    def of(cls, events: Sequence[Event]) -> Carried:
        """The frame that carries `events`."""
        frame = cls()
        frame.events = events
        return frame


class Pushed(Venue):
    """Reads a recording of a push feed: `lf.Replay("mine.jsonl.gz", venue=Pushed())`."""

    name: ClassVar[str] = "push"
    title: ClassVar[str] = "Events of your own"
    url: str = "push:"
    channels: ClassVar[Sequence[str]] = tuple(dict.fromkeys(CHANNEL.values()))
    example: ClassVar[str] = "ABC"
    silence: float = 3e8  # ten years: nobody is asked whether a person's own code lives

    def check(self, sub: Subscription) -> None:
        """Any channel goes, and a symbol may have spaces in it."""
        super().check(sub._replace(symbol=sub.symbol.replace(" ", "_")))

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:  # noqa: ARG002
        """Nothing is asked for: what comes, comes by itself."""
        return []

    def parse(self, raw: bytes, ts_recv: int) -> Sequence[Parsed]:  # noqa: ARG002 - it has its own
        """The events in a frame. Raises MessageError."""
        return raw.events if isinstance(raw, Carried) else (from_frame(raw),)


class PushedInOrder(Pushed):
    """The same where the trade ids of a symbol rise by one."""

    trade_ids_contiguous: ClassVar[bool] = True


def to_frame(event: Event) -> bytes:
    """`event` as a recording holds it; a number that is NaN as null.

    >>> from livefin.events import Rate
    >>> to_frame(Rate("ABC", 1, 2, 0.5))
    b'{"Rate":{"symbol":"ABC","ts_event":1,"ts_recv":2,"rate":0.5}}'
    >>> from_frame(_)
    Rate(symbol='ABC', ts_event=1, ts_recv=2, rate=0.5)
    """
    return msgspec.json.encode({type(event).__name__: event})


def from_frame(raw: bytes) -> Event:
    """The event of a frame such as `to_frame` makes. Raises MessageError."""
    name = raw[2 : raw.find(b'"', 2)]
    decoder = _DECODERS.get(name)
    if decoder is None:
        raise MessageError(f"push: no event: {raw[:60]!r}")
    body = raw[len(name) + 4 : -1]
    try:
        event: Event = decoder.decode(body)
    except UNREADABLE:
        event = _with_nan(_KINDS[name], body)
    return event


def _with_nan(kind: type, body: bytes) -> Any:
    """An event some of whose numbers are NaN, and null in JSON."""
    try:
        values = msgspec.json.decode(body, type=dict[str, Any])
        _put_nan(kind, values)
        for order in values.get("orders", ()):
            _put_nan(OrderEvent, order)
        return msgspec.convert(values, kind)
    except (*UNREADABLE, TypeError, AttributeError) as error:
        raise MessageError(f"push: {error}") from error


def _put_nan(kind: type, values: dict[str, Any]) -> None:
    for field in msgspec.structs.fields(kind):
        if field.type is float and values.get(field.name, 0) is None:
            values[field.name] = nan

"""What a venue is to livefin: addresses, outgoing messages, and bytes -> events.

No I/O and no clock here or in any venue. A session owns one Venue instance, asks it what
to send and hands it every frame; the instance may keep per-connection state, which
`opened()` forgets. To add a venue, subclass Venue in one file of this package and list it
in `venues/__init__.py`; tests/venues/test_contract.py finds it by itself.

The last three methods are the venue's server half, used by `livefin serve` to speak the
venue's protocol when it plays a recording. A venue without them can still be connected to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple, TypeAlias

from msgspec import Struct

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import BookSnapshot, Event

MAX_SYMBOL = 64


class Subscription(NamedTuple):
    """One channel of one symbol, both in livefin's spelling."""

    channel: str
    symbol: str


class Reply(Struct, frozen=True):
    """Returned by `parse` when the venue wants an answer on the same socket."""

    data: str | bytes


Parsed: TypeAlias = Event | Reply


class Venue:
    """Base of all venues. Subclasses set the class attributes and `subscribe` and `parse`."""

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    """For people: "Binance spot"."""
    url: str = ""
    """WebSocket address; an instance may have its own."""
    rest_url: str = ""
    channels: ClassVar[Sequence[str]] = ()
    example: ClassVar[str] = ""
    """A symbol that is always there, for the documentation and `livefin doctor`."""
    trade_ids_contiguous: ClassVar[bool] = False
    """Trade ids of a symbol rise by exactly one, so that a jump is a gap."""
    max_subscriptions: ClassVar[int | None] = None
    """The most that one connection takes; None where the venue sets no bound."""
    silence: float = 15.0
    """Seconds without a frame after which the session asks whether anyone is there."""
    send_interval: float = 0.0
    """Least seconds between two messages we send."""

    def endpoint(self) -> str:
        """The WebSocket URL to connect to."""
        return self.url

    def opened(self) -> None:
        """A new socket is open: forget everything scoped to the old one."""

    def check(self, sub: Subscription) -> None:
        """Raise ChannelError or SymbolError when `sub` can be known to be wrong offline."""
        base, colon, _ = sub.channel.partition(":")
        if base not in self.channels or (colon and base != "bars"):
            raise ChannelError(sub.channel, list(self.channels), venue=self.name)
        symbol = sub.symbol
        if not symbol or len(symbol) > MAX_SYMBOL or not symbol.isprintable() or " " in symbol:
            raise SymbolError(symbol, f"a symbol looks like {self.example!r}", venue=self.name)

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        """Messages that subscribe to `subs`, split to the venue's own limits."""
        raise NotImplementedError

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        """Messages that end `subs`."""
        return []

    def ping(self) -> str | bytes | None:
        """A message that a living venue answers; None to use a WebSocket ping."""
        return None

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        """Events in one frame, in order. Raises MessageError on what it cannot read."""
        raise NotImplementedError

    def snapshot_url(self, symbol: str) -> str | None:
        """Where to GET the book that deltas of `symbol` build on; None if the stream has it."""
        return None

    def parse_snapshot(self, symbol: str, body: bytes, ts_recv: int) -> BookSnapshot:
        """The book in the body that `snapshot_url` answered with. Raises MessageError."""
        raise MessageError(f"{self.name} has no REST book snapshot")

    # The server half

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        """Whether `raw` is plainly this venue's; names the venue of an unlabelled recording."""
        return False

    def answer(self, raw: bytes) -> list[bytes]:
        """What the venue's server replies to a message a client sent (acknowledgements)."""
        return []

    def snapshot_symbol(self, path: str) -> str | None:
        """The symbol that a request path and query such as `snapshot_url` makes asks for."""
        return None

    def render_snapshot(self, book: BookSnapshot) -> bytes:
        """The body the venue's server would send for `book`."""
        raise NotImplementedError

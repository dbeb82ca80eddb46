"""What a venue is to livefin: addresses, outgoing messages, and bytes -> events.

No I/O and no clock here or in any venue. One instance serves one socket: a session asks it
what to send and hands it every frame; what it remembers of the connection `opened()`
forgets. Where a venue spreads its channels over several addresses, each is a lane, with a
socket and an instance of its own. To add a venue, subclass Venue in one file of this
package and list it in `venues/__init__.py`; tests/venues/test_contract.py finds it.

`parse` may return, besides events, what only the session is told: Reply, Numbered, Ready,
Closing. The last methods are the venue's server half, used by `livefin serve` to speak the
venue's protocol when it plays a recording. A venue without them can still be connected to.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, NamedTuple, Self, TypeAlias
from urllib.parse import urlsplit

from msgspec import Struct

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import AggTrade, Bar, BookSnapshot, Event, OrderSnapshot, Text, Trade
from livefin.keys import Secret

MAX_SYMBOL = 64


class Subscription(NamedTuple):
    """One channel of one symbol, both in livefin's spelling."""

    channel: str
    symbol: str


class Span(NamedTuple):
    """The stretch of history that is wanted: `start` to `end` in ns, both included.

    `first` and `last` are the trade ids wanted, where the venue's rise by one and they are
    known; they say it more exactly than the times.
    """

    start: int
    end: int
    first: int | None = None
    last: int | None = None


class Request(Struct, frozen=True):
    """A REST request: a GET, or a POST of `body`. `headers` may hold keys."""

    url: str
    headers: Mapping[str, str] = {}
    body: bytes | None = None


class Reply(Struct, frozen=True):
    """Returned by `parse` when the venue wants an answer on the same socket."""

    data: str | bytes
    secret: bool = False
    """It holds a key or a signature: it is not recorded."""


class Numbered(Struct, frozen=True, gc=False):
    """Returned by `parse` before the events of a frame that the venue numbers by one.

    The numbers of one (`symbol`, `channel`) rise by exactly one; both "" when the whole
    connection is numbered. On a jump the session reports a gap and rebuilds the books
    concerned; the events after a number seen before are dropped with it.
    """

    number: int
    symbol: str = ""
    channel: str = ""


class Ready(Struct, frozen=True, gc=False):
    """Returned by `parse` when a venue that `waits` may be subscribed to."""


class Closing(Struct, frozen=True, gc=False):
    """Returned by `parse` when the venue says that it will close this socket in `within` s."""

    within: float = 0.0


Parsed: TypeAlias = Event | Reply | Numbered | Ready | Closing


class Venue:
    """Base of all venues. Subclasses set the class attributes and `subscribe` and `parse`."""

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    """For people: "Binance spot"."""
    aliases: ClassVar[Sequence[str]] = ()
    """Other names that recordings made elsewhere may call it by: "BINANCE_FUTURES"."""
    url: str = ""
    """WebSocket address; an instance may have its own."""
    rest_url: str = ""
    channels: ClassVar[Sequence[str]] = ()
    example: ClassVar[str] = ""
    """A symbol that is always there, for the documentation and `livefin doctor`."""
    trade_ids_contiguous: ClassVar[bool] = False
    """Trade ids of a symbol are integers that rise by exactly one, so that a jump is a gap."""
    max_subscriptions: ClassVar[int | None] = None
    """The most that one connection takes; None where the venue sets no bound."""
    silence: float = 15.0
    """Seconds without a frame after which the session asks whether anyone is there."""
    send_interval: float = 0.0
    """Least seconds between two messages we send."""
    ping_every: ClassVar[float | None] = None
    """Seconds between messages without which the venue drops a client that sends nothing."""
    max_age: ClassVar[float | None] = None
    """Seconds after which the venue closes a socket; another is opened before that."""
    lanes: ClassVar[Sequence[str]] = ("",)
    """The addresses its channels are spread over, by names of its own."""
    lane: str = ""
    """The one of them that this instance is for."""
    key_names: ClassVar[Sequence[str]] = ()
    """The keys it takes, such as ("api_key", "api_secret"); see livefin/keys.py."""
    key_variables: ClassVar[Mapping[str, Sequence[str]]] = {}
    """Environment variables that the venue's own tools read them from, by key."""
    keys_required: ClassVar[bool] = False
    """Nothing can be had without them."""
    keys: Mapping[str, Secret] = {}
    tick_sizes: Mapping[str, float] = {}
    """The smallest step of the price by symbol, as far as it is known without asking."""
    waits: ClassVar[bool] = False
    """Subscriptions are sent only once `parse` has returned Ready."""
    checksum_levels: ClassVar[int] = 0
    """Best levels of each side that `checksum` is made of; 0 where the venue sends none."""
    order_checksum_levels: ClassVar[int] = 0
    """The same of `order_checksum`."""
    history_newest_first: ClassVar[bool] = False
    """A page of history is the newest part of the span; else it is the oldest."""

    # Connecting

    def fresh(self) -> Self:
        """Another instance for another socket: same addresses and keys, nothing remembered."""
        other = copy.deepcopy(self)
        other.opened()
        return other

    def lane_of(self, sub: Subscription) -> str:
        """The lane that carries `sub`."""
        return self.lanes[0]

    def lane_at(self, url: str) -> str:
        """The lane whose address `url` is, by its path; the first where none fits."""
        path, mine = urlsplit(url).path, self.lane
        try:
            for lane in self.lanes:
                self.lane = lane
                if urlsplit(self.endpoint()).path == path:
                    return lane
        finally:
            self.lane = mine
        return self.lanes[0]

    def endpoint(self) -> str:
        """The WebSocket URL to connect to, for this instance's lane."""
        return self.url

    def headers(self) -> dict[str, str]:
        """Headers of the WebSocket handshake and of every REST request; may hold keys."""
        return {}

    def prepare(self, now: int) -> Request | None:
        """A request to make before each socket is opened, as for a token; None for none."""
        return None

    def prepared(self, body: bytes) -> None:
        """Take what `prepare` was answered with. Raises MessageError."""

    def opened(self) -> None:
        """A new socket is open: forget everything scoped to the old one."""

    def login(self, now: int) -> list[str | bytes]:
        """Messages that authenticate, sent first on each socket and never recorded."""
        return []

    # Subscribing

    def check(self, sub: Subscription) -> None:
        """Raise ChannelError or SymbolError when `sub` can be known to be wrong offline."""
        base, colon, _ = sub.channel.partition(":")
        if base not in self.channels or (colon and base != "bars"):
            raise ChannelError(sub.channel, list(self.channels), venue=self.name)
        symbol = sub.symbol
        if not symbol or len(symbol) > MAX_SYMBOL or not symbol.isprintable() or " " in symbol:
            raise SymbolError(symbol, f"a symbol looks like {self.example!r}", venue=self.name)

    def check_bars(self, sub: Subscription, intervals: Iterable[str]) -> None:
        """Raise ChannelError when `sub` is of bars at none of `intervals` ("1m", "1h")."""
        base, _, interval = sub.channel.partition(":")
        if base == "bars" and interval not in intervals:
            offered = [f"bars:{interval}" for interval in intervals]
            raise ChannelError(sub.channel, offered, venue=self.name)

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        """Messages that subscribe to `subs`, split to the venue's own limits."""
        raise NotImplementedError

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        """Messages that end `subs`."""
        return []

    def ping(self) -> str | bytes | None:
        """A message that a living venue answers; None to use a WebSocket ping."""
        return None

    def confidential(self, raw: bytes) -> bool:
        """Whether a frame holds what nobody but us may know, so that it is not recorded."""
        return False

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        """Events in one frame, in order. Raises MessageError on what it cannot read."""
        raise NotImplementedError

    # Books

    def snapshot_url(self, symbol: str) -> str | None:
        """Where to GET the book that deltas of `symbol` build on; None if the stream has it."""
        return None

    def parse_snapshot(self, symbol: str, body: bytes, ts_recv: int) -> BookSnapshot:
        """The book in the body that `snapshot_url` answered with. Raises MessageError."""
        raise MessageError(f"{self.name} has no REST book snapshot")

    def orders_url(self, symbol: str) -> str | None:
        """As `snapshot_url`, of the resting orders (channel "orders")."""
        return None

    def parse_orders(self, symbol: str, body: bytes, ts_recv: int) -> OrderSnapshot:
        """The orders in the body that `orders_url` answered with. Raises MessageError."""
        raise MessageError(f"{self.name} has no REST snapshot of orders")

    def checksum(self, symbol: str, bids: Sequence[Text], asks: Sequence[Text]) -> int:
        """The venue's checksum of a book's best levels, best first, as it wrote them."""
        raise NotImplementedError

    def order_checksum(self, symbol: str, bids: Sequence[Text], asks: Sequence[Text]) -> int:
        """The venue's checksum of the orders on the best levels, in priority."""
        raise NotImplementedError

    def depth(self, symbol: str) -> int | None:
        """Levels of each side that the venue keeps up to date; worse ones fall off unsaid."""
        return None

    # History

    def history_url(self, sub: Subscription, span: Span) -> str | None:
        """Where to GET a page of what `sub` brought in `span`; None where there is none.

        The session asks again for the rest of the span until a page brings nothing new.
        """
        return None

    def parse_history(
        self, sub: Subscription, body: bytes, ts_recv: int
    ) -> Sequence[Trade] | Sequence[AggTrade] | Sequence[Bar]:
        """The events in a page, oldest first. Raises MessageError."""
        raise MessageError(f"{self.name} has no history of {sub.channel}")

    # The server half

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        """Whether `raw` is plainly this venue's; names the venue of an unlabelled recording."""
        return False

    def answer(self, raw: bytes) -> list[bytes]:
        """What the venue's server replies to a message a client sent (acknowledgements)."""
        return []

    def renumbered(self, raw: bytes, number: int) -> bytes | None:
        """`raw` with another number in its connection; None for a frame without one.

        So the frames of several recorded sockets can go over one.
        """
        return None

    def snapshot_symbol(self, path: str) -> str | None:
        """The symbol that a request path and query such as `snapshot_url` makes asks for."""
        return None

    def orders_symbol(self, path: str) -> str | None:
        """The symbol that a request path and query such as `orders_url` makes asks for."""
        return None

    def render_snapshot(self, book: BookSnapshot) -> bytes:
        """The body the venue's server would send for `book`."""
        raise NotImplementedError

"""What a venue said, typed: one frozen struct a kind of market event.

Every event has `symbol` in livefin's spelling ("BTC-USDT") and two times in integer
nanoseconds since 1970 UTC: `ts_event`, the venue's own, and `ts_recv`, when the bytes
arrived here. Where a venue gives no time of its own, `ts_event` equals `ts_recv`.
None means "the venue did not say". Made by venues/, checked by session, stored by frames.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import force_setattr

LONGEST_DETAIL, LONGEST_SYMBOL = 1_000, 80

Side: TypeAlias = Literal["buy", "sell"]
Level: TypeAlias = tuple[float, float]
"""(price, size) of one book level; size 0 removes the level."""
Text: TypeAlias = tuple[str, str]
"""(price, size) of a level as the venue wrote them, which is what its checksum is made of."""
Texts: TypeAlias = tuple[list[Text], list[Text]]
"""(bids, asks) in the order of the event's own levels."""
Order: TypeAlias = tuple[str, float, float, int]
"""(order id, price, size, time in ns or 0) of one resting order."""


class Trade(Struct, frozen=True, gc=False):
    """One execution. `side` is the taker's: "buy" lifted the ask."""

    symbol: str
    ts_event: int
    ts_recv: int
    price: float
    size: float
    side: Side | None = None
    id: int | str | None = None


class AggTrade(Struct, frozen=True, gc=False):
    """Executions of one taker order at one price, as one; covers trades `first_id`..`last_id`."""

    symbol: str
    ts_event: int
    ts_recv: int
    price: float
    size: float
    side: Side | None = None
    id: int | None = None
    first_id: int | None = None
    last_id: int | None = None


class Quote(Struct, frozen=True, gc=False):
    """Best bid and ask (level 1). `sequence` is the book's update id at that moment."""

    symbol: str
    ts_event: int
    ts_recv: int
    bid: float
    bid_size: float
    ask: float
    ask_size: float
    sequence: int | None = None


class BookSnapshot(Struct, frozen=True):
    """A whole book. It replaces whatever was known, always.

    `checksum` is the venue's own of the book as it then stands, and `text` what it is made
    of; both only where the venue sends checksums.
    """

    symbol: str
    ts_event: int
    ts_recv: int
    bids: list[Level]
    asks: list[Level]
    sequence: int | None = None
    checksum: int | None = None
    text: Texts | None = None


class BookDelta(Struct, frozen=True):
    """Changed levels, absolute sizes; covers update ids `first`..`last`.

    `previous` is the id of the delta before, where the venue chains them so. `checksum` and
    `text` are as in BookSnapshot.
    """

    symbol: str
    ts_event: int
    ts_recv: int
    bids: list[Level]
    asks: list[Level]
    first: int | None = None
    last: int | None = None
    previous: int | None = None
    checksum: int | None = None
    text: Texts | None = None


class OrderEvent(Struct, frozen=True, gc=False):
    """One step in an order's life on the book (level 3).

    `size` is what rests after an "add" or a "change", what was executed by a "fill", and
    what was left at a "delete". `price` is the order's own; NaN where a venue deletes by id
    alone, and `size` too. A "change" of price or a rise in size loses the place in the queue.
    """

    symbol: str
    ts_event: int
    ts_recv: int
    action: Literal["add", "change", "fill", "delete"]
    order_id: str
    side: Side
    price: float
    size: float


class OrderSnapshot(Struct, frozen=True):
    """All resting orders, each side in priority: best price first, then longest waiting.

    `depth` is how many price levels of each side the venue keeps up to date, where it is
    not all of them: what lies beyond falls out of sight unsaid.
    """

    symbol: str
    ts_event: int
    ts_recv: int
    bids: list[Order]
    asks: list[Order]
    sequence: int | None = None
    checksum: int | None = None
    text: Texts | None = None
    depth: int | None = None


class OrderDelta(Struct, frozen=True):
    """Steps of one or more orders, chained as BookDelta is; `orders` may be empty.

    `text` is (price, size) of each of `orders` as the venue wrote them, as one list.
    """

    symbol: str
    ts_event: int
    ts_recv: int
    orders: list[OrderEvent]
    first: int | None = None
    last: int | None = None
    previous: int | None = None
    checksum: int | None = None
    text: list[Text] | None = None


class Bar(Struct, frozen=True, gc=False):
    """A bar made by the venue. `ts_event` is its opening time; it spans `interval` ("1m")."""

    symbol: str
    ts_event: int
    ts_recv: int
    interval: str
    open: float
    high: float
    low: float
    close: float
    volume: float
    trades: int
    closed: bool


class Rate(Struct, frozen=True, gc=False):
    """A reference price with no size behind it: an exchange rate, an index, a mark."""

    symbol: str
    ts_event: int
    ts_recv: int
    rate: float


class Ticker(Struct, frozen=True, gc=False):
    """Statistics over the venue's window, usually 24 hours."""

    symbol: str
    ts_event: int
    ts_recv: int
    last: float
    open: float
    high: float
    low: float
    volume: float


class Funding(Struct, frozen=True, gc=False):
    """Funding of a perpetual future: `rate` a period, next paid at `next_time` (ns)."""

    symbol: str
    ts_event: int
    ts_recv: int
    rate: float
    next_time: int | None = None


class OpenInterest(Struct, frozen=True, gc=False):
    """Contracts open, in the venue's own unit."""

    symbol: str
    ts_event: int
    ts_recv: int
    contracts: float


class Liquidation(Struct, frozen=True, gc=False):
    """A position closed by the venue. `side` is the side of the closing order."""

    symbol: str
    ts_event: int
    ts_recv: int
    price: float
    size: float
    side: Side
    id: int | str | None = None


StatusKind: TypeAlias = Literal[
    "connected",
    "disconnected",
    "gap",
    "duplicate",
    "late",
    "filled",
    "resync",
    "resynced",
    "crossed",
    "stale",
    "lagging",
    "dropped",
    "malformed",
    "rejected",
    "error",
]


class Status(Struct, frozen=True, gc=False):
    """Something went wrong, or right again, on the way here.

    `ts` is when it was noticed (ns). `start` and `end` bound the affected stretch (ns);
    `first` and `last` are the missing ids where the venue numbers its messages; `count`
    says how many messages or events are concerned. `symbol` and `channel` are "" when it
    concerns the whole feed. `detail` is one sentence for a person; it may hold text off
    the wire and must be escaped before it meets HTML. Thousands of statuses are kept, so
    that texts which are endless are cut.
    """

    kind: StatusKind
    ts: int
    symbol: str = ""
    channel: str = ""
    count: int = 0
    start: int | None = None
    end: int | None = None
    first: int | None = None
    last: int | None = None
    detail: str = ""

    def __post_init__(self) -> None:
        for name, most in (("detail", LONGEST_DETAIL), ("symbol", LONGEST_SYMBOL)):
            text = getattr(self, name)
            if len(text) > most:
                force_setattr(self, name, f"{text[: most - 1]}…")


MarketEvent: TypeAlias = (
    Trade
    | AggTrade
    | Quote
    | BookSnapshot
    | BookDelta
    | OrderEvent
    | OrderSnapshot
    | OrderDelta
    | Bar
    | Rate
    | Ticker
    | Funding
    | OpenInterest
    | Liquidation
)
Event: TypeAlias = MarketEvent | Status

CHANNEL: dict[type, str] = {
    Trade: "trades",
    AggTrade: "agg_trades",
    Quote: "quotes",
    BookSnapshot: "book",
    BookDelta: "book",
    OrderEvent: "orders",
    OrderSnapshot: "orders",
    OrderDelta: "orders",
    Bar: "bars",
    Rate: "rates",
    Ticker: "ticker",
    Funding: "funding",
    OpenInterest: "open_interest",
    Liquidation: "liquidations",
}
"""Which channel an event belongs to. Venue bars are subscribed as "bars:1m"."""

"""What Bitfinex sends on a channel, typed and turned into events.

Protocol: https://docs.bitfinex.com/docs/ws-general. A frame is a JSON array that begins with
the channel's id; at its end stand, where the `conf` message asked for them, a sequence
number and a time in ms. Fields may be added at any end, so arrays are read as far as they
are known. Prices and amounts of books keep their digits, which the venue's checksum is made
of. Serves bitfinex.py, which knows what a channel's id stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct

from livefin.errors import MessageError
from livefin.events import Bar, Funding, Liquidation, OpenInterest, Quote, Rate, Side, Ticker, Trade
from livefin.venues.bitfinex.markets import INDEX
from livefin.venues.contract import Numbered, Parsed
from livefin.venues.openbars import OpenBars
from livefin.venues.wire import MS, US, Id, SignedPrice, Size

T = TypeVar("T")

FIRST_TIME = 100_000_000_000
"""A number at a frame's end is a time in ms from here on (1973), else a sequence number."""
OB_CHECKSUM = 131_072
NAN = float("nan")

Tail: TypeAlias = Annotated[int, Meta(ge=0, le=9_000_000_000_000)] | None
MsOrSo: TypeAlias = Annotated[float, Meta(ge=0, le=9e12)]
"""A time in ms that may have a fraction."""


class Frame(Struct, Generic[T], array_like=True):
    """`[17082,[7254.7,3,3.3],487,1618677543951]`."""

    channel: Id
    payload: T
    first: Tail = None
    second: Tail = None


class Worded(Struct, Generic[T], array_like=True):
    """`[17470,"te",[401597395,1574694478808,0.005,7245.3],488]`."""

    channel: Id
    word: str
    payload: T
    first: Tail = None
    second: Tail = None


class Beat(Struct, array_like=True, gc=False):
    """`[17082,"hb",487,1618677543951]`, after 15 seconds without anything else."""

    channel: Id
    word: str
    first: Tail = None
    second: Tail = None


class _Trade(Struct, array_like=True, gc=False):
    id: Id
    mts: MsOrSo
    amount: SignedPrice
    price: Size


class _Ticker(Struct, array_like=True, gc=False):
    bid: Size | None
    bid_size: Size | None
    ask: Size | None
    ask_size: Size | None
    change: SignedPrice | None
    relative: SignedPrice | None
    last: Size | None
    volume: Size | None
    high: Size | None
    low: Size | None


class _FundingTicker(Struct, array_like=True, gc=False):
    frr: SignedPrice | None
    bid: Size | None
    bid_period: Any
    bid_size: Size | None
    ask: Size | None
    ask_period: Any
    ask_size: Size | None
    change: SignedPrice | None
    relative: SignedPrice | None
    last: Size | None
    volume: Size | None
    high: Size | None
    low: Size | None


class _Candle(Struct, array_like=True, gc=False):
    mts: MsOrSo
    open: Size
    close: Size
    high: Size
    low: Size
    volume: Size


class _Derivative(Struct, array_like=True):
    mts: MsOrSo
    p1: Any
    last: SignedPrice | None
    spot: SignedPrice | None
    p4: Any
    insurance: Any
    p6: Any
    next_funding: MsOrSo | None
    accrued: SignedPrice | None
    step: Any
    p10: Any
    funding: SignedPrice | None
    p12: Any = None
    p13: Any = None
    mark: SignedPrice | None = None
    p15: Any = None
    p16: Any = None
    open_interest: Size | None = None


class _Liquidation(Struct, array_like=True):
    kind: Literal["pos"]
    id: Id
    mts: MsOrSo
    p3: Any
    symbol: Annotated[str, Meta(min_length=1, max_length=64)]
    amount: SignedPrice
    base_price: Size | None
    p7: Any
    is_match: int | None
    is_market_sold: int | None
    p10: Any = None
    price_acquired: Size | None = None


def decoder(kind: Any) -> Any:
    """A decoder of `kind` that takes numbers in quotes too."""
    return msgspec.json.Decoder(kind, strict=False).decode


beat = decoder(Beat)
_execution, _trades = decoder(Worded[_Trade]), decoder(Frame[list[_Trade]])
_ticker, _funding_ticker = decoder(Frame[_Ticker]), decoder(Frame[_FundingTicker])
_candle, _candles = decoder(Frame[_Candle]), decoder(Frame[list[_Candle]])
_derivative, _liquidations = decoder(Frame[_Derivative]), decoder(Frame[list[_Liquidation]])
_ended, _ended_worded = decoder(Frame[Raw]), decoder(Worded[Raw])
trades_page: Callable[[bytes], list[_Trade]] = decoder(list[_Trade])
candles_page: Callable[[bytes], list[_Candle]] = decoder(list[_Candle])


def begin(m: Any, ts_recv: int) -> tuple[list[Parsed], int]:
    """What a frame's end says: its number in the connection, as a first event, and its time."""
    first = m.first
    if first is None:
        return [], ts_recv
    if first >= FIRST_TIME:
        return [], first * MS
    second = m.second
    return [Numbered(first)], ts_recv if second is None else second * MS


class Conf:
    """What the venue agreed to on this connection; None until it is known."""

    flags: int | None = None

    def has(self, flag: int) -> bool:
        """Whether `flag` is on, as far as is known."""
        return self.flags is not None and bool(self.flags & flag)

    @property
    def checks(self) -> bool:
        """Whether checksums are to be reckoned with."""
        return self.flags is None or bool(self.flags & OB_CHECKSUM)


class Reader:
    """What a channel's frames are read by.

    `word` is the frame's mark ("te", or "" where there is none); `many` says that its
    payload is an array of arrays, or empty.
    """

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol

    def read(self, raw: bytes, word: str, many: bool, ts_recv: int) -> Sequence[Parsed]:
        """Events in `raw`. Raises what decoding raises, and MessageError."""
        raise NotImplementedError

    def refuse(self, word: str) -> MessageError:
        """The error that says that `word` is not known on this channel."""
        return MessageError(f"bitfinex: {word[:8]!r} of {self.symbol} is not known")


class Ended(Reader):
    """Of a channel that was unsubscribed, or that events cannot express: only the numbers."""

    def read(self, raw: bytes, word: str, _: bool, ts_recv: int) -> Sequence[Parsed]:
        m = _ended_worded(raw) if word else _ended(raw)
        return begin(m, ts_recv)[0]


class Trades(Reader):
    """`[17470,"te",[401597395,1574694478808,0.005,7245.3],12]`: ID, MTS, AMOUNT, PRICE.

    Every trade comes twice: "te" when it is executed and "tu", the same again, once it is
    stored; the first is taken. A currency's are "fte" and "ftu", with a rate for the price.
    Subscribing brings the last 30, newest first, of which those seen before are dropped.
    """

    def __init__(self, symbol: str, newest: dict[str, int]) -> None:
        super().__init__(symbol)
        self._newest = newest

    def read(self, raw: bytes, word: str, many: bool, ts_recv: int) -> Sequence[Parsed]:
        out: list[Parsed]
        if word in ("te", "fte"):
            m = _execution(raw)
            out, _ = begin(m, ts_recv)
            trade = m.payload
            self._newest[self.symbol] = max(trade.id, self._newest.get(self.symbol, 0))
            out.append(trade_of(self.symbol, trade, ts_recv))
            return out
        if word in ("tu", "ftu"):
            return begin(_execution(raw), ts_recv)[0]
        if word or not many:
            raise self.refuse(word)
        m = _trades(raw)
        out, _ = begin(m, ts_recv)
        newest = self._newest.get(self.symbol, -1)
        past = sorted((t for t in m.payload if t.id > newest), key=lambda trade: trade.id)
        if past:
            self._newest[self.symbol] = past[-1].id
        out += [trade_of(self.symbol, trade, ts_recv) for trade in past]
        return out


def trade_of(symbol: str, t: _Trade, ts_recv: int) -> Trade:
    """A positive amount was bought by the taker."""
    side: Side = "buy" if t.amount > 0 else "sell"
    return Trade(symbol, int(t.mts) * MS, ts_recv, t.price, abs(t.amount), side, t.id)


class Tickers(Reader):
    """`[443378,[7616.5,31.89,7617.5,43.35,-550.8,-0.0674,7617.1,8314.71,8257.8,7500],12]`.

    BID, BID_SIZE, ASK, ASK_SIZE, DAILY_CHANGE, DAILY_CHANGE_RELATIVE, LAST_PRICE, VOLUME,
    HIGH, LOW. A currency's begins with FRR, the flash return rate, and has the days that
    bids and asks are for.
    """

    def read(self, raw: bytes, word: str, many: bool, ts_recv: int) -> Sequence[Parsed]:
        if word or many:
            raise self.refuse(word)
        currency = "-" not in self.symbol
        m = (_funding_ticker if currency else _ticker)(raw)
        out, ts = begin(m, ts_recv)
        t = m.payload
        if t.last is not None:
            day = (_or_nan(t.high), _or_nan(t.low), t.volume or 0.0)
            out.append(Ticker(self.symbol, ts, ts_recv, t.last, t.last - (t.change or 0.0), *day))
        if None not in (t.bid, t.bid_size, t.ask, t.ask_size):
            out.append(Quote(self.symbol, ts, ts_recv, t.bid, t.bid_size, t.ask, t.ask_size))
        if currency and t.frr is not None:
            out.append(Rate(self.symbol, ts, ts_recv, t.frr))
        return out


def _or_nan(number: float | None) -> float:
    return NAN if number is None else number


class Candles(Reader):
    """`[343351,[1574698260000,7399.9,7390.7,7399.9,7381,15.3],12]`.

    MTS, OPEN, CLOSE, HIGH, LOW, VOLUME. Subscribing brings the last ones, newest first.
    """

    def __init__(self, symbol: str, interval: str, bars: OpenBars) -> None:
        super().__init__(symbol)
        self._interval, self._bars = interval, bars

    def read(self, raw: bytes, word: str, many: bool, ts_recv: int) -> Sequence[Parsed]:
        if word:
            raise self.refuse(word)
        m = _candles(raw) if many else _candle(raw)
        out, _ = begin(m, ts_recv)
        if many:
            past = [bar_of(self.symbol, self._interval, c, ts_recv) for c in m.payload]
            return [*out, *self._bars.append(past)]
        return [*out, *self._bars.update(bar_of(self.symbol, self._interval, m.payload, ts_recv))]


def bar_of(symbol: str, interval: str, c: _Candle, ts_recv: int, length: int = 0) -> Bar:
    """How many trades made it the venue does not say. One `length` ns long may be over."""
    start = int(c.mts) * MS
    ohlc = (c.open, c.high, c.low, c.close)
    over = length > 0 and start + length <= ts_recv
    return Bar(symbol, start, ts_recv, interval, *ohlc, c.volume, 0, over)


class Derivatives(Reader):
    """`[335856,[1596124822000,null,0.896,0.771,null,1396531.6,null,1596153600000,0.0001056,6,
    null,-0.01381344,null,null,0.7664,null,null,246502.09,null,null,null,null,0.3],12]`.

    MTS, last price, spot price (the index), next funding (ms), what accrued for it, the
    current funding rate, the mark price, open interest.
    """  # noqa: D205 - the raw message comes first

    def read(self, raw: bytes, word: str, many: bool, ts_recv: int) -> Sequence[Parsed]:
        if word or many:
            raise self.refuse(word)
        m = _derivative(raw)
        out, _ = begin(m, ts_recv)
        d = m.payload
        ts, symbol = int(d.mts) * MS, self.symbol
        if d.funding is not None:
            paid = None if d.next_funding is None else int(d.next_funding) * MS
            out.append(Funding(symbol, ts, ts_recv, d.funding, paid))
        if d.mark is not None:
            out.append(Rate(symbol, ts, ts_recv, d.mark))
        if d.spot is not None:
            out.append(Rate(symbol + INDEX, ts, ts_recv, d.spot))
        if d.open_interest is not None:
            out.append(OpenInterest(symbol, ts, ts_recv, d.open_interest))
        return out


class Liquidations(Reader):
    """`[91684,[["pos",142397657,1574697680828.2,null,"tBSVUSD",-2.6,91.58,null,1,1,null,112.27]]]`.

    Position id, MTS, symbol, amount (negative of a short position), the price
    it was entered at, IS_MATCH, IS_MARKET_SOLD, the price it was closed at.

    The venue announces the whole position first (IS_MATCH 0), then every execution that
    closes it; the executions are taken.
    """

    def __init__(self, spell: Callable[[str], str]) -> None:
        super().__init__("")
        self._spell = spell

    def read(self, raw: bytes, word: str, many: bool, ts_recv: int) -> Sequence[Parsed]:
        if word or not many:
            raise self.refuse(word)
        m = _liquidations(raw)
        out, _ = begin(m, ts_recv)
        for p in m.payload:
            if p.is_match and p.price_acquired:
                side: Side = "buy" if p.amount < 0 else "sell"
                symbol, ts, size = self._spell(p.symbol), int(p.mts * 1_000) * US, abs(p.amount)
                out.append(Liquidation(symbol, ts, ts_recv, p.price_acquired, size, side, p.id))
        return out

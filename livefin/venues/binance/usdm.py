"""Binance USD-M futures: spot's protocol on two addresses, with marks, funding, liquidations.

Protocol: https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams
Quotes, depth and trades come from /public, all else from /market; a stream subscribed on
the wrong one is acknowledged and never sent. "BTC-USDT" is the perpetual, "BTC-USDT-240927"
a dated contract; the channel "rates" of a contract is its mark price, and of
"BTC-USDT-INDEX" the price index it follows. Open interest has no stream. Derives from
binance.py; read by coinm.py, whose frames are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import msgspec
from msgspec import Struct

from livefin.errors import ChannelError
from livefin.events import BookDelta, BookSnapshot, Funding, Liquidation, Quote, Rate, Trade
from livefin.venues.binance.spot import INTERVALS, Binance
from livefin.venues.binance.wire import READERS, STREAM, Frame, MakeReader, Reader
from livefin.venues.contract import Subscription
from livefin.venues.wire import MS, Id, Levels, MaybeId, Ms, Price, SignedPrice, Size, hyphenate

INDEX = "-INDEX"
PUBLIC = frozenset({"trades", "quotes", "book"})
OFF_BOOK = frozenset({"INSURANCE_FUND", "ADL"})


class _Trade(Struct, gc=False):
    t: Id
    p: Size
    q: Size
    T: Ms
    m: bool
    X: str = "MARKET"


class _Quote(Struct, gc=False):
    u: Id
    b: Size  # an empty side is sent as zero
    B: Size
    a: Size
    A: Size
    T: Ms


class _Depth(Struct):
    T: Ms
    U: Id
    u: Id
    pu: MaybeId
    b: Levels
    a: Levels


class _Mark(Struct, gc=False):
    E: Ms
    p: Size
    i: Size = 0.0
    r: SignedPrice | Literal[""] | None = None  # empty for a dated contract
    T: Ms = 0


class _Order(Struct, gc=False):
    S: Literal["BUY", "SELL"]
    q: Size
    p: Price
    T: Ms
    ap: Size = 0.0
    z: Size = 0.0


class _OrderEvent(Struct, gc=False):
    o: _Order


class _TradeFrame(Frame, gc=False):
    data: _Trade


class _QuoteFrame(Frame, gc=False):
    data: _Quote


class _DepthFrame(Frame):
    data: _Depth


class _MarkFrame(Frame, gc=False):
    data: _Mark


class _OrderFrame(Frame, gc=False):
    data: _OrderEvent


_trade = msgspec.json.Decoder(_TradeFrame, strict=False).decode
_quote = msgspec.json.Decoder(_QuoteFrame, strict=False).decode
_depth = msgspec.json.Decoder(_DepthFrame, strict=False).decode
_mark = msgspec.json.Decoder(_MarkFrame, strict=False).decode
_order = msgspec.json.Decoder(_OrderFrame, strict=False).decode


def trades(symbol: str) -> Reader:
    """`{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161256322,"T":1723161256322,
    "s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}}`

    What the insurance fund and auto-deleveraging settle goes past the book, at prices far
    from the market's, but counts in the ids: it is given size 0 at the price before it.
    """  # noqa: D205, D415 - the raw message comes first
    last = 0.0

    def read(raw: bytes, ts_recv: int) -> tuple[Trade, ...]:
        nonlocal last
        m = _trade(raw).data
        if m.X in OFF_BOOK or not m.p:
            return (Trade(symbol, m.T * MS, ts_recv, last, 0.0, None, m.t),) if last else ()
        last = m.p
        return (Trade(symbol, m.T * MS, ts_recv, m.p, m.q, "sell" if m.m else "buy", m.t),)

    return read


def quotes(symbol: str) -> Reader:
    """`{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":5123107839020,
    "s":"BTCUSDT","b":"61800.20","B":"2.507","a":"61800.30","A":"2.510",
    "T":1723161256313,"E":1723161256313}}`

    `T` is when it changed, `E` when the message was made.
    """  # noqa: D205, D415 - the raw message comes first

    def read(raw: bytes, ts_recv: int) -> tuple[Quote]:
        m = _quote(raw).data
        return (Quote(symbol, m.T * MS, ts_recv, m.b, m.B, m.a, m.A, m.u),)

    return read


def book(symbol: str) -> Reader:
    """`{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161256299,
    "T":1723161256298,"s":"BTCUSDT","U":5123107832006,"u":5123107837557,
    "pu":5123107831937,"b":[["58710.20","0.014"]],"a":[]}}`

    The ids are shared by all symbols: `U` jumps, and `pu` is `u` of the change before.
    """  # noqa: D205, D415 - the raw message comes first

    def read(raw: bytes, ts_recv: int) -> tuple[BookDelta]:
        m = _depth(raw).data
        return (BookDelta(symbol, m.T * MS, ts_recv, m.b, m.a, m.U, m.u, m.pu),)

    return read


def marks(symbol: str, *, indexed: bool = True) -> Reader:
    """`{"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1562305380000,
    "s":"BTCUSDT","p":"11794.15","i":"11784.62659091","P":"11784.25641265",
    "r":"0.00038167","T":1562306400000}}`

    Mark price, price index (given where `indexed`), estimated settlement price, funding
    rate and its next time.
    """  # noqa: D205, D415 - the raw message comes first
    index = f"{symbol}{INDEX}"

    def read(raw: bytes, ts_recv: int) -> tuple[Rate | Funding, ...]:
        m = _mark(raw).data
        ts = m.E * MS
        out: list[Rate | Funding] = []
        if m.p:
            out.append(Rate(symbol, ts, ts_recv, m.p))
        if m.i and indexed:
            out.append(Rate(index, ts, ts_recv, m.i))
        if m.T and isinstance(m.r, float):
            out.append(Funding(symbol, ts, ts_recv, m.r, m.T * MS))
        return tuple(out)

    return read


def liquidations(symbol: str) -> Reader:
    """`{"stream":"btcusdt@forceOrder","data":{"e":"forceOrder","E":1568014460893,"o":{
    "s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"0.014","p":"9910","ap":"9910",
    "X":"FILLED","l":"0.014","z":"0.014","T":1568014460893}}}`

    The newest of each second, at the average price `ap` and the size `z` that were filled.
    """  # noqa: D205, D415 - the raw message comes first

    def read(raw: bytes, ts_recv: int) -> tuple[Liquidation]:
        o = _order(raw).data.o
        side: Literal["buy", "sell"] = "sell" if o.S == "SELL" else "buy"
        return (Liquidation(symbol, o.T * MS, ts_recv, o.ap or o.p, o.z or o.q, side),)

    return read


class BinanceUsdm(Binance):
    """Binance USD-M futures market data: contracts margined in USDT or USDC."""

    name: ClassVar[str] = "binance-usdm"
    title: ClassVar[str] = "Binance USD-M futures"
    aliases: ClassVar[Sequence[str]] = ("BINANCE_FUTURES",)
    url: str = "wss://fstream.binance.com"
    rest_url: str = "https://fapi.binance.com"
    channels: ClassVar[Sequence[str]] = (
        "trades", "quotes", "book", "agg_trades", "bars", "ticker", "rates", "funding",
        "liquidations",
    )  # fmt: skip
    # Ten incoming messages a second are allowed.
    send_interval: float = 0.125
    lanes: ClassVar[Sequence[str]] = ("public", "market")
    key_names: ClassVar[Sequence[str]] = ("api_key",)

    market: ClassVar[str] = "usdm"
    intervals: ClassVar[Sequence[str]] = INTERVALS[1:]
    streams: ClassVar[Mapping[str, str]] = STREAM | {
        "rates": "markPrice@1s",
        "funding": "markPrice@1s",
        "liquidations": "forceOrder",
    }
    readers: ClassVar[Mapping[str, MakeReader]] = READERS | {
        "trade": trades,
        "bookTicker": quotes,
        "depth": book,
        "markPrice": marks,
        "forceOrder": liquidations,
    }
    spelling: ClassVar[str] = rf"[\w.]+-[A-Z]+(?:-\d{{6}})?(?:{INDEX})?"
    hint: ClassVar[str] = "write it as BTC-USDT, or BTC-USDT-240927 for a dated contract"
    api: ClassVar[str] = "/fapi/v1"
    snapshot_levels: ClassVar[int] = 1_000
    past_trades: ClassVar[int] = 500
    past_trades_need_key: ClassVar[bool] = True
    past_bars: ClassVar[int] = 1_500

    def lane_of(self, sub: Subscription) -> str:
        return self.lanes[0] if sub.channel in PUBLIC else self.lanes[-1]

    def endpoint(self) -> str:
        return f"{self.url.rstrip('/')}/{self.lane or self.lanes[0]}/stream"

    def check(self, sub: Subscription) -> None:
        super().check(sub)
        if sub.symbol.endswith(INDEX) and sub.channel != "rates":
            raise ChannelError(sub.channel, ["rates"], venue=f"{self.name} {sub.symbol}")

    def _base_symbol(self, sub: Subscription) -> str:
        return sub.symbol.removesuffix(INDEX)

    def _spell(self, symbol: str) -> str:
        """'BTC-USDT-240927' -> 'BTCUSDT_240927'."""
        base, quote, *rest = symbol.split("-")
        return "_".join((base + quote, *rest))

    def _guess(self, spelled: str) -> str:
        """'btcusdt_240927' -> 'BTC-USDT-240927'."""
        pair, _, contract = spelled.partition("_")
        return hyphenate(pair) + (f"-{contract.upper()}" if contract else "")

    def render_snapshot(self, book: BookSnapshot) -> bytes:
        time = b'{"T":%d,' % (book.ts_event // MS)
        return super().render_snapshot(book).replace(b"{", time, 1)

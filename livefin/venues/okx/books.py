"""OKX's order books and best quotes, bytes to events.

A level is `["411.8","10","0","4"]`: price, size, a zero, and the number of orders. Serves
frames.py, which has the other channels.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeAlias, TypeVar

import msgspec
from msgspec import Meta, Struct

from livefin.errors import MessageError
from livefin.events import BookDelta, BookSnapshot, Level, Quote, Texts
from livefin.venues.contract import MAX_SYMBOL
from livefin.venues.wire import MS, Id, MaybeId, Ms, Price, Size

T = TypeVar("T")
Crc: TypeAlias = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
MOST = 1e300
_CHECKSUM = b'"checksum":'


class Arg(Struct, gc=False):
    """What a push is of."""

    channel: str
    instId: str | None = None  # noqa: N815 - the wire's own name


class _Level(Struct, array_like=True, gc=False):
    price: Price
    size: Size


class _Written(Struct, array_like=True, gc=False):
    price: str
    size: str


class _Book(Struct, Generic[T]):
    asks: list[T]
    bids: list[T]
    ts: Ms
    seqId: Id | None = None  # noqa: N815 - the wire's own name
    prevSeqId: MaybeId | None = None  # noqa: N815
    checksum: Crc | None = None


class _Frame(Struct, Generic[T]):
    arg: Arg
    data: list[_Book[T]]
    action: str = "snapshot"


_book = msgspec.json.Decoder(_Frame[_Level], strict=False).decode
_written = msgspec.json.Decoder(_Frame[_Written], strict=False).decode


def quotes(raw: bytes, ts_recv: int) -> list[Quote]:
    """`{"arg":{"channel":"bbo-tbt","instId":"BCH-USDT-SWAP"},"data":[{"asks":[["111.06",
    "55154","0","2"]],"bids":[["111.05","57745","0","2"]],"ts":"1670324386802",
    "seqId":363996337}]}`

    An empty side is given as zero.
    """  # noqa: D205, D415 - the raw message comes first
    m = _book(raw)
    symbol, out = symbol_of(m.arg), []
    for b in m.data:
        bid, bid_size = (b.bids[0].price, b.bids[0].size) if b.bids else (0.0, 0.0)
        ask, ask_size = (b.asks[0].price, b.asks[0].size) if b.asks else (0.0, 0.0)
        out.append(Quote(symbol, b.ts * MS, ts_recv, bid, bid_size, ask, ask_size, b.seqId))
    return out


def book(raw: bytes, ts_recv: int) -> list[BookSnapshot | BookDelta]:
    """`{"arg":{"channel":"books","instId":"XRP-JPY"},"action":"update","data":[{"asks":
    [["252.54","32.4","0","1"],["252.57","0","0","0"]],"bids":[],"ts":"1790133750704",
    "checksum":-1242588839,"seqId":4588911,"prevSeqId":4588907}]}`

    Sizes are absolute, 0 removes the level. `books5` has no `action`, since it is whole each
    time. `checksum` has been 0, for none, since June 2026; older frames have no sequence ids.
    """  # noqa: D205, D415 - the raw message comes first
    at = raw.rfind(_CHECKSUM) + len(_CHECKSUM)
    if at < len(_CHECKSUM) or raw[at : at + 2] in (b"0,", b"0}"):
        m = _book(raw)
        return [_change(m, b, ts_recv, (_levels(b.bids), _levels(b.asks)), None) for b in m.data]
    w = _written(raw)
    return [
        _change(w, b, ts_recv, (_read(b.bids), _read(b.asks)), (_texts(b.bids), _texts(b.asks)))
        for b in w.data
    ]


def _change(
    m: _Frame[Any],
    b: _Book[Any],
    ts_recv: int,
    sides: tuple[list[Level], list[Level]],
    text: Texts | None,
) -> BookSnapshot | BookDelta:
    symbol, ts, last, previous = symbol_of(m.arg), b.ts * MS, b.seqId, b.prevSeqId
    checksum = None if text is None else b.checksum or None
    if m.action == "snapshot":
        return BookSnapshot(symbol, ts, ts_recv, *sides, last, checksum, text)
    if m.action != "update":
        raise MessageError(f"unknown action {m.action[:20]!r} on a book")
    if last is None or previous is None or last < previous:
        # Ids that went back were reset by maintenance; the chain begins anew with the next.
        return BookDelta(symbol, ts, ts_recv, *sides, None, None, None, checksum, text)
    # A snapshot may lie between the two, so what precedes is also where it begins.
    return BookDelta(symbol, ts, ts_recv, *sides, previous, last, previous, checksum, text)


def _levels(levels: list[_Level]) -> list[Level]:
    return [(level.price, level.size) for level in levels]


def _texts(levels: list[_Written]) -> list[tuple[str, str]]:
    return [(level.price, level.size) for level in levels]


def _read(levels: list[_Written]) -> list[Level]:
    read = [(float(level.price), float(level.size)) for level in levels]
    for price, size in read:
        if not (0 < price <= MOST and 0 <= size <= MOST):
            raise MessageError(f"a level that cannot be: {price} {size}")
    return read


def symbol_of(arg: Arg) -> str:
    """The instrument that a push is of; raises MessageError where it names none."""
    if not arg.instId or len(arg.instId) > MAX_SYMBOL:
        raise MessageError("data of no instrument")
    return arg.instId

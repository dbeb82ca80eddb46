"""Bitfinex's books: by price, and of single orders; and their checksums.

Protocol: https://docs.bitfinex.com/docs/ws-websocket-checksum. The venue's CRC32 is made of
the 25 best entries of each side in turn, "price:amount" or, of orders, "id:amount", with
the amounts of asks negative. Prices and amounts are JSON numbers and go into the sum just
as they stand on the wire (5e-7, not 0.0000005), so their digits are kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Raw, Struct

from livefin.events import (
    BookDelta,
    BookSnapshot,
    Level,
    OrderDelta,
    OrderEvent,
    OrderSnapshot,
    Side,
    Text,
    Texts,
)
from livefin.venues.bitfinex.frames import NAN, Conf, Frame, Reader, Worded, begin, decoder
from livefin.venues.contract import Parsed

ENTRIES_SUMMED = 25
MAX_AMOUNT = 1e300
MAX_ORDERS = 100_000
MAX_DIGITS = 18
BULK_UPDATES = 536_870_912

Crc: TypeAlias = Annotated[int, Meta(ge=-(2**31), lt=2**32)]


class _Level(Struct, array_like=True):
    """[PRICE, COUNT, AMOUNT]."""

    price: Raw
    count: Annotated[float, Meta(ge=0, le=1e15)]
    amount: Raw


class _Order(Struct, array_like=True):
    """[ORDER_ID, PRICE, AMOUNT]."""

    id: Raw
    price: Raw
    amount: Raw


_level, _levels = decoder(Frame[_Level]), decoder(Frame[list[_Level]])
_order, _orders = decoder(Frame[_Order]), decoder(Frame[list[_Order]])
_checksum = decoder(Worded[Crc])


def checksum(bids: Sequence[Text], asks: Sequence[Text]) -> int:
    """The CRC32, signed, of levels given best first.

    >>> text = b"6000:1:6100:-3:5900:2:6200:-4"
    >>> sums = [("6000", "1"), ("5900", "2")], [("6100", "-3"), ("6200", "-4")]
    >>> checksum(*sums) == signed(zlib.crc32(text))
    True
    """
    turns = zip_longest(bids[:ENTRIES_SUMMED], asks[:ENTRIES_SUMMED])
    fields = chain.from_iterable(text for text in chain.from_iterable(turns) if text)
    return signed(zlib.crc32(":".join(fields).encode()))


def order_checksum(bids: Sequence[Text], asks: Sequence[Text]) -> int:
    """The CRC32, signed, of orders; of those at one price the lowest id comes first."""
    by_bid = sorted(bids, key=lambda text: (-float(text[0]), _id(text)))[:ENTRIES_SUMMED]
    by_ask = sorted(asks, key=lambda text: (float(text[0]), _id(text)))[:ENTRIES_SUMMED]
    turns = chain.from_iterable(zip_longest(by_bid, by_ask))
    return signed(zlib.crc32(":".join(text[1] for text in turns if text).encode()))


def _id(text: Text) -> int:
    return int(text[1].partition(":")[0])


def signed(crc: int) -> int:
    """A CRC32 as the venue sends it.

    >>> signed(2**32 - 1), signed(7)
    (-1, 7)
    """
    return crc - 2**32 if crc >= 2**31 else crc


def _number(written: str) -> float:
    value = float(written)
    if not -MAX_AMOUNT <= value <= MAX_AMOUNT:
        raise ValueError(f"out of bounds: {written[:40]}")
    return value


def _written(raw: Raw) -> str:
    """The digits as they are on the wire; with another `conf` flag they come in quotes."""
    written = bytes(raw).decode()
    return written.strip('"') if written[:1] == '"' else written


class Book(Reader):
    """`[17082,[7254.7,3,3.3],12]`: PRICE, COUNT, AMOUNT; count 0 removes the price.

    A positive amount is a bid. `[17082,"cs",-1246384,13]` is the checksum of the book as it
    then stands. The first frame is `[17082,[[7254.7,3,3.3],[7255,2,-1]],11]`, the whole.
    """

    def __init__(self, symbol: str, conf: Conf) -> None:
        super().__init__(symbol)
        self._conf = conf
        self._begun = False

    def read(self, raw: bytes, word: str, many: bool, ts_recv: int) -> Sequence[Parsed]:
        if word == "cs":
            return self._checked(raw, ts_recv)
        if word:
            raise self.refuse(word)
        m = _levels(raw) if many else _level(raw)
        out, ts = begin(m, ts_recv)
        bids, asks, text = self._sides(m.payload if many else (m.payload,))
        kind: type[BookDelta | BookSnapshot] = BookDelta
        if many and not (self._begun and self._conf.has(BULK_UPDATES)):
            kind, self._begun = BookSnapshot, True
        out.append(kind(self.symbol, ts, ts_recv, bids, asks, text=text))
        return out

    def _sides(self, levels: Iterable[_Level]) -> tuple[list[Level], list[Level], Texts | None]:
        bids: list[Level] = []
        asks: list[Level] = []
        texts: Texts = ([], [])
        for level in levels:
            price, amount = _written(level.price), _written(level.amount)
            at, size = _number(price), _number(amount)
            if at <= 0:
                raise ValueError(f"a level at {price[:40]}")
            if size > 0:
                bids.append((at, size if level.count else 0.0))
                texts[0].append((price, amount))
            else:
                asks.append((at, -size if level.count else 0.0))
                texts[1].append((price, amount))
        return bids, asks, texts if self._conf.checks else None

    def _checked(self, raw: bytes, ts_recv: int) -> Sequence[Parsed]:
        m = _checksum(raw)
        out, ts = begin(m, ts_recv)
        out.append(
            BookDelta(self.symbol, ts, ts_recv, [], [], checksum=signed(m.payload), text=([], []))
        )
        return out


class Orders(Reader):
    """`[433290,[34753002978,7294.7,1.54340371],12]`: ORDER_ID, PRICE, AMOUNT; price 0 deletes.

    As Book otherwise. The text of an order is its price and "ORDER_ID:AMOUNT", since the
    venue's checksum is made of ids and amounts, in order of prices.
    """

    def __init__(self, symbol: str, conf: Conf) -> None:
        super().__init__(symbol)
        self._conf = conf
        self._resting: set[str] = set()
        self._begun = False

    def read(self, raw: bytes, word: str, many: bool, ts_recv: int) -> Sequence[Parsed]:
        if word == "cs":
            m = _checksum(raw)
            out, ts = begin(m, ts_recv)
            delta = OrderDelta(self.symbol, ts, ts_recv, [], checksum=signed(m.payload), text=[])
            return [*out, delta]
        if word:
            raise self.refuse(word)
        m = _orders(raw) if many else _order(raw)
        out, ts = begin(m, ts_recv)
        if many and not (self._begun and self._conf.has(BULK_UPDATES)):
            self._begun = True
            return [*out, self._whole(m.payload, ts, ts_recv)]
        steps = [self._step(e, ts, ts_recv) for e in (m.payload if many else (m.payload,))]
        orders, text = [step for step, _ in steps], [written for _, written in steps]
        written = text if self._conf.checks else None
        return [*out, OrderDelta(self.symbol, ts, ts_recv, orders, text=written)]

    def _step(self, entry: _Order, ts: int, ts_recv: int) -> tuple[OrderEvent, Text]:
        id_, at, size, text = _resting(entry)
        side: Side = "buy" if size > 0 else "sell"
        if not at:
            self._resting.discard(id_)
            gone = OrderEvent(self.symbol, ts, ts_recv, "delete", id_, side, NAN, NAN)
            return gone, text
        action: Literal["add", "change"] = "change" if id_ in self._resting else "add"
        if len(self._resting) < MAX_ORDERS:
            self._resting.add(id_)
        return OrderEvent(self.symbol, ts, ts_recv, action, id_, side, at, abs(size)), text

    def _whole(self, entries: list[_Order], ts: int, ts_recv: int) -> OrderSnapshot:
        found = [_resting(entry) for entry in entries]
        self._resting = {id_ for id_, *_ in found[:MAX_ORDERS]}
        bids = sorted((o for o in found if o[2] > 0), key=lambda o: (-o[1], int(o[0])))
        asks = sorted((o for o in found if o[2] <= 0), key=lambda o: (o[1], int(o[0])))
        sides, texts = [], []
        for side in (bids, asks):
            sides.append([(id_, at, abs(size), 0) for id_, at, size, _ in side])
            texts.append([text for *_, text in side])
        written = (texts[0], texts[1]) if self._conf.checks else None
        return OrderSnapshot(self.symbol, ts, ts_recv, sides[0], sides[1], text=written)


def _resting(entry: _Order) -> tuple[str, float, float, Text]:
    """(id, price, signed amount, text) of an order."""
    id_, price, amount = _written(entry.id), _written(entry.price), _written(entry.amount)
    at, size = _number(price), _number(amount)
    if not id_.isdecimal() or len(id_) > MAX_DIGITS or at < 0:
        raise ValueError(f"no order: {id_[:40]!r} at {price[:40]}")
    return id_, at, size, (price, f"{id_}:{amount}")

"""A book as its venue wrote it, kept to compute the venue's checksum after every change.

Prices and sizes stay text, since a checksum is made of the digits on the wire ("0.10" is
not "0.1"); prices are also kept sorted, so that the best levels are at hand. No I/O, no
clock. Serves booksync; which digits go into the sum, and how, each venue knows itself.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from typing import TypeAlias

from livefin.events import BookDelta, BookSnapshot, Level, Text

Sum: TypeAlias = Callable[[str, Sequence[Text], Sequence[Text]], int]


class _Side:
    """Levels by price, best first. `sign` is -1 for bids, so that best always sorts first."""

    __slots__ = ("_keys", "_sign", "_text")

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._keys: list[float] = []
        self._text: dict[float, Text] = {}

    def change(self, levels: Sequence[Level], text: Sequence[Text]) -> None:
        keys, texts, sign = self._keys, self._text, self._sign
        for (price, size), written in zip(levels, text, strict=True):
            key = sign * price
            if size:
                if key not in texts:
                    insort(keys, key)
                texts[key] = written
            elif texts.pop(key, None) is not None:
                del keys[bisect_left(keys, key)]

    def cut(self, depth: int) -> list[Level]:
        """Drop what lies beyond `depth` levels; what was dropped, as removals."""
        gone = self._keys[depth:]
        del self._keys[depth:]
        for key in gone:
            del self._text[key]
        return [(self._sign * key, 0.0) for key in gone]

    def best(self, n: int) -> list[Text]:
        texts = self._text
        return [texts[key] for key in self._keys[:n]]


class WrittenBook:
    """One symbol's book in the venue's own digits.

    `levels` go into the checksum; beyond `depth`, where given, levels fall off unsaid.

    >>> import zlib
    >>> def crc(symbol, bids, asks):
    ...     return zlib.crc32("".join(a + b for a, b in (*asks, *bids)).encode())
    >>> book = WrittenBook("A-B", crc, levels=10)
    >>> snapshot = BookSnapshot("A-B", 0, 0, [(1.0, 2.0)], [], None, None, ([("1.0", "2")], []))
    >>> book.apply(snapshot), book.checksum() == zlib.crc32(b"1.02")
    (([], []), True)
    """

    def __init__(self, symbol: str, sum_: Sum, *, levels: int, depth: int | None = None) -> None:
        self.symbol = symbol
        self._sum, self._levels, self._depth = sum_, levels, depth
        self._bids, self._asks = _Side(-1), _Side(1)

    def apply(self, change: BookSnapshot | BookDelta) -> tuple[list[Level], list[Level]]:
        """Take a change; the bids and asks that fell off the end of the book by it."""
        if isinstance(change, BookSnapshot):
            self._bids, self._asks = _Side(-1), _Side(1)
        bids, asks = change.text or ([], [])
        if change.text is not None:
            self._bids.change(change.bids, bids)
            self._asks.change(change.asks, asks)
        if self._depth is None:
            return [], []
        return self._bids.cut(self._depth), self._asks.cut(self._depth)

    def checksum(self) -> int:
        """The checksum of the book as it stands."""
        return self._sum(self.symbol, self._bids.best(self._levels), self._asks.best(self._levels))

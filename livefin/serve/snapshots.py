"""Book snapshots over REST: as they were recorded, or as the book stands by what was sent.

The first request for a symbol gets the recorded body, once it has been played: that is the
one which the changes a client holds back lead up to. Any later request, as after a gap,
gets the book as the frames sent so far have made it. Frames are only noted while playing
and read when there is time, or when somebody asks. No I/O; serves server.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from livefin.book import OrderBook
from livefin.errors import MessageError
from livefin.events import BookDelta, BookSnapshot
from livefin.recording import Record
from livefin.serve.outline import Outline, Readers, path_of, widen
from livefin.venues.contract import Venue

UNREAD = 50_000
RECENT = 5_000


class Snapshots:
    """The answers of `venue` to requests for a book, while the recording plays."""

    def __init__(self, venue: Venue, outline: Outline) -> None:
        self._venue, self._readers = venue, Readers(venue)
        # Most venues send the book in the stream; then there is nothing to keep here.
        self._needed = type(venue).snapshot_symbol is not Venue.snapshot_symbol
        self._spans = dict(outline.spans)
        self._unread: deque[Record] = deque()
        self._books: dict[str, OrderBook] = {}
        self._recent: dict[str, deque[BookDelta]] = {}
        self._recorded: dict[str, bytes] = {}
        self._served: set[str] = set()
        named = (venue.snapshot_symbol(path) for path in outline.bodies)
        unnamed = (self._whose(body) for body in outline.unnamed)
        self._ahead = {symbol for symbol in (*named, *unnamed) if symbol is not None}
        """Symbols whose recorded snapshot has not been played yet."""
        self.symbols = self._ahead | outline.spans.keys()

    def played(self, records: Sequence[Record]) -> None:
        """These records are being sent."""
        if self._needed:
            self._unread.extend(records)
            if len(self._unread) > UNREAD:
                self.catch_up(2 * len(records))

    def catch_up(self, limit: int | None = None) -> None:
        """Bring the books up to what has been sent, or `limit` records nearer to it."""
        for _ in range(min(len(self._unread), limit or len(self._unread))):
            record = self._unread.popleft()
            if record.kind == "http":
                self._fetched(record)
            else:
                for event in self._readers.events(record):
                    if isinstance(event, BookDelta):
                        self._changed(event)
                    elif isinstance(event, BookSnapshot):
                        self._replaced(event)

    def answer(self, symbol: str, *, from_start: bool) -> bytes | None:
        """The body for `symbol`; None while there is none to give yet.

        `from_start`: whoever asks has had every frame since the first.
        """
        self.catch_up()
        if symbol in self._ahead:
            return None
        if from_start and symbol in self._recorded and symbol not in self._served:
            self._served.add(symbol)
            return self._recorded[symbol]
        book = self._books.get(symbol)
        return None if book is None else self._venue.render_snapshot(book.snapshot())

    def _changed(self, delta: BookDelta) -> None:
        widen(self._spans, delta)
        self._book(delta.symbol).apply(delta)
        self._recent.setdefault(delta.symbol, deque(maxlen=RECENT)).append(delta)

    def _replaced(self, snapshot: BookSnapshot) -> None:
        book, id_ = self._book(snapshot.symbol), snapshot.sequence
        book.apply(snapshot)
        # A snapshot is fetched beside the stream, and often older than what came meanwhile.
        for delta in self._recent.get(snapshot.symbol, ()):
            if id_ is not None and delta.last is not None and delta.last > id_:
                book.apply(delta)

    def _fetched(self, record: Record) -> None:
        symbol = self._symbol(record)
        if symbol is None:
            return
        self._ahead.discard(symbol)
        try:
            snapshot = self._venue.parse_snapshot(symbol, record.data, record.ts)
        except MessageError:
            return  # an error that the venue answered with
        self._recorded.setdefault(symbol, record.data)
        self._replaced(snapshot)

    def _symbol(self, record: Record) -> str | None:
        if record.url:
            return self._venue.snapshot_symbol(path_of(record.url))
        return self._whose(record.data)

    def _whose(self, body: bytes) -> str | None:
        """The symbol among whose update ids the id of the snapshot `body` lies."""
        try:
            id_ = self._venue.parse_snapshot("", body, 0).sequence
        except MessageError:
            return None
        if id_ is None:
            return None
        fitting = [name for name, (least, last) in self._spans.items() if least - 1 <= id_ <= last]
        return fitting[0] if len(fitting) == 1 else None

    def _book(self, symbol: str) -> OrderBook:
        book = self._books.get(symbol)
        if book is None:
            book = self._books[symbol] = OrderBook(symbol)
            self.symbols.add(symbol)
        return book

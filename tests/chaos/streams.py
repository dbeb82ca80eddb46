"""What a venue sends, as the judge knows it: frames on their way, and streams of events.

Serves ledger.py and books.py, which judge, and the venues, which make them.
"""

from collections import Counter

from livefin.events import Quote


class Frame:
    """A frame on its way, and where what is in it stands in the ledger and the books."""

    __slots__ = ("books", "events", "odd", "of", "raw")

    def __init__(self, raw, events=(), books=(), *, of=None, odd=""):
        self.raw, self.of, self.odd = raw, of, odd
        """`of`: the frame that this is what is left of; `odd`: "again", or "late"."""
        self.events = events
        """(stream, index) of each event that is judged one by one."""
        self.books = books
        """(symbol, index) of the state that each book is in after this frame."""


def oddly(frame, how):
    """The same, that comes "again" or "late"."""
    return Frame(frame.raw, frame.events, frame.books, odd=how)


def key_of(event):
    """What tells an event from others of its stream, as the venue gives it."""
    number = event.sequence if isinstance(event, Quote) else event.id
    return content(event) if number is None else number


def content(event):
    """What an event says, without when it came."""
    if isinstance(event, Quote):
        return (event.ts_event, event.bid, event.bid_size, event.ask, event.ask_size)
    return (event.ts_event, event.price, event.size, event.side)


class Stream:
    """One channel of one symbol, as the venue sent it: every event once, in order."""

    def __init__(self, channel, symbol, *, numbered):
        self.channel, self.symbol, self.numbered = channel, symbol, numbered
        self.keys, self.events, self.at, self.fate = [], [], [], []
        self.place = {}
        """key -> where it stands; the last where the venue repeats itself."""
        self.again = Counter()
        """key -> how often it came once more on one and the same socket."""

    def __repr__(self):
        return f"{self.channel} {self.symbol}"

    def append(self, event, at):
        key, index = key_of(event), len(self.keys)
        self.place[key] = index
        self.keys.append(key)
        self.events.append(event)
        self.at.append(at)
        self.fate.append(0)
        return index

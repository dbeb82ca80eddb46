"""What a session keeps of what nobody asked for: nothing."""

from livefin.commands import FetchHistory
from livefin.events import Trade
from livefin.session import S, Session
from livefin.venues.contract import Numbered, Subscription, Venue

MANY = 5_000


class Counts(Venue):
    """Numbers each symbol's trades by one; has a history. A frame is "SYMBOL NUMBER"."""

    name, channels, example = "counts", ("trades",), "A"

    def subscribe(self, subs):
        return ["subscribe"]

    def parse(self, raw, ts_recv):
        symbol, number = raw.decode().split()
        trade = Trade(symbol, ts_recv, ts_recv, 1.0, 1.0, None, number)
        return [Numbered(int(number), symbol, "trades"), trade]

    def history_url(self, sub, span):
        return f"https://rest/{sub.symbol}"


def opened():
    session = Session(Counts(), [Subscription("trades", "A")], seed=1)
    session.opened(0)
    session.commands()
    return session


def test_numbers_of_symbols_nobody_asked_for_are_neither_counted_nor_mended():
    session, events = opened(), []
    for n in range(MANY):
        events += session.receive([b"X%d 1" % n, b"X%d 9" % n], n)
    events += session.tick(S)
    assert events == []
    assert session.commands() == []  # or it would ask the venue for the history of each
    assert len(session._streams._numbering._numbers) == 0
    assert session.filling == 0


def test_those_of_symbols_that_were_asked_for_are():
    session = opened()
    assert [event.id for event in session.receive([b"A 1", b"A 2"], 1)] == ["1", "2"]
    session.receive([b"A 9"], 2)
    (fetch,) = session.commands()
    assert isinstance(fetch, FetchHistory)
    assert session.filling == 1

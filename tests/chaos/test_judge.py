"""The judge sees each kind of harm: planted in the library, and in the ledger by itself."""

import itertools

import episode
import pytest
from books import LevelBook, Truth
from ledger import CUT, DELIVERED, GARBLED, LOST, SOON, Ledger
from msgspec.structs import replace
from papervenue import PaperVenue
from streams import Frame, oddly

from livefin.events import BookDelta, BookSnapshot, Quote, Status, Trade
from livefin.feed import Feed
from livefin.session import Session

S = 1_000_000_000
A = "A-B"


# Planted in the library


class Planted:
    """Changes what a session gives out, on its way to the feed."""

    def __init__(self, monkeypatch, change):
        plain = Feed._deliver

        def deliver(feed, events):
            plain(feed, list(itertools.chain.from_iterable(map(change, events))))

        monkeypatch.setattr(Feed, "_deliver", deliver)


def played(climate="frames", **options):
    venue = PaperVenue(["BTC-USDT"], seed=11, rate=40)
    given = {"seed": 11, "climate": climate, "seconds": 15.0, "warm": 2.0, "spacing": 0.4}
    return episode.run(venue, **given | options).verdict


def the(kind, n):
    """True of the `n`th event of a kind, once."""
    count = itertools.count(1)
    return lambda event: isinstance(event, kind) and next(count) == n


def test_nothing_planted_is_nothing_seen():
    assert played().good


def test_a_trade_that_is_another(monkeypatch):
    is_it = the(Trade, 60)
    Planted(monkeypatch, lambda e: [replace(e, price=e.price + 1) if is_it(e) else e])
    assert played().other == 1


def test_a_trade_that_was_never_sent(monkeypatch):
    is_it = the(Trade, 60)
    Planted(monkeypatch, lambda e: [e, replace(e, id=10**9)] if is_it(e) else [e])
    assert played().other >= 1


def test_trades_out_of_order(monkeypatch):
    is_it, held = the(Trade, 60), []

    def swap(event):
        if is_it(event):
            held.append(event)
            return []
        return [event, held.pop()] if held and isinstance(event, Trade) else [event]

    Planted(monkeypatch, swap)
    assert played().other == 1


def test_gaps_that_are_not_reported(monkeypatch):
    def hide(event):
        hidden = isinstance(event, Status) and event.kind == "gap" and event.channel == "trades"
        return [] if hidden else [event]

    Planted(monkeypatch, hide)
    assert played("outages", seconds=40.0, spacing=0.5).lost > 0


def test_gaps_that_are_none(monkeypatch):
    is_it = the(Trade, 60)

    def alarm(event):
        if not is_it(event):
            return [event]
        ts = event.ts_recv
        ids = (event.id - 5, event.id - 3)
        return [event, Status("gap", ts, event.symbol, "trades", 3, ts, ts, *ids)]

    Planted(monkeypatch, alarm)
    assert played().other == 1


@pytest.mark.parametrize("again", [1, 6])
def test_a_quote_that_comes_again_or_after_a_newer_one(monkeypatch, again):
    quotes = []

    def repeat(event):
        if not isinstance(event, Quote):
            return [event]
        quotes.append(event)
        return [event, quotes[-again]] if len(quotes) == 60 else [event]

    Planted(monkeypatch, repeat)
    assert played().doubled == 1


def test_a_change_of_a_book_that_is_lost(monkeypatch):
    is_it = the(BookDelta, 60)
    Planted(monkeypatch, lambda e: [] if is_it(e) else [e])
    assert played().books_wrong > 0


def test_a_level_of_another_size(monkeypatch):
    is_it = the(BookSnapshot, 1)

    def grown(event):
        if not is_it(event):
            return [event]
        (price, size), *rest = event.bids
        return [replace(event, bids=[(price, size + 1), *rest])]

    Planted(monkeypatch, grown)
    assert played().books_wrong > 0


def test_a_book_that_is_stale_and_does_not_say_so(monkeypatch):
    """It stops, and nothing says that it does."""
    count = itertools.count()

    def stop(event):
        if isinstance(event, BookDelta | BookSnapshot):
            return [event] if next(count) < 60 else []
        return [] if isinstance(event, Status) and event.channel == "book" else [event]

    Planted(monkeypatch, stop)
    assert played().books_wrong > 0


def test_a_book_that_never_comes_back(monkeypatch):
    monkeypatch.setattr(episode, "RECOVERY", 20.0)
    plain, count = Session.commands, itertools.count()

    def commands(session):
        asked = plain(session)
        return asked if next(count) < 60 else [c for c in asked if "subscribe" not in repr(c)]

    monkeypatch.setattr(Session, "commands", commands)
    assert played().hangs > 0


def test_a_client_that_falls_over(monkeypatch):
    monkeypatch.setattr(episode, "RECOVERY", 5.0)
    plain, count = Session.receive, itertools.count()

    def receive(session, raws, now):
        if next(count) == 200:
            raise RuntimeError("planted")
        return plain(session, raws, now)

    monkeypatch.setattr(Session, "receive", receive)
    verdict = played()
    assert verdict.other > 0
    assert "planted" in verdict.complaints["other"][0]


def test_a_session_that_hoards(monkeypatch):
    plain = Session.tick
    hoard = []

    def tick(session, now):
        hoard.append(bytes(2**20))
        session.tick_hoard = hoard
        return plain(session, now)

    monkeypatch.setattr(Session, "tick", tick)
    assert any("hold" in said for said in played().complaints["other"])


# The ledger by itself


class Clock:
    origin = 0
    true = 0
    jumps = ()

    def true_of(self, local):
        return local

    def was_set(self, start, end):
        return any(start <= jump <= end for jump in self.jumps)


def ledger(*, numbered, trades=9):
    """One that was told of trades 1 to 9, a second each; and where each stands."""
    book = Ledger(Clock(), lambda _: numbered)
    places = []
    for n in range(1, trades + 1):
        book._clock.true = n * S
        places.append(book.happened(trade(n, numbered=numbered)))
    return book, places


def trade(n, *, numbered=True):
    return Trade(A, n * S, n * S, 1.0, 1.0, "buy", n if numbered else None)


def came(book, *numbers, numbered=True):
    for n in numbers:
        book.event(trade(n, numbered=numbered))
    return book.judge()


def gap(start, end, *ids, kind="gap", count=0, noted=None):
    ids = ids or (None, None)
    return Status(kind, noted or end * S, A, "trades", count, start * S, end * S, *ids)


def test_a_gap_by_ids_speaks_of_these_and_no_others():
    book, _ = ledger(numbered=True)
    book._clock.true = 9 * S
    book.event(gap(3, 9, 4, 5))
    verdict = came(book, 1, 2, 3, 7, 8, 9)
    assert verdict.counts["missing, reported"] == 2
    assert verdict.lost == 1, "6 is in no gap"


def test_a_gap_by_time_speaks_of_that_time_and_no_other():
    book, places = ledger(numbered=False)
    for stream, index in places:
        stream.fate[index] = CUT
    book._clock.true = 9 * S
    book.event(gap(3.5, 6.5))
    verdict = came(book, 1, 2, 3, 8, 9, numbered=False)
    assert verdict.counts["missing, reported"] == 3
    assert verdict.lost == 1, "7 came after it"


def test_a_gap_of_long_ago_speaks_of_nothing_now():
    book, places = ledger(numbered=False)
    places[4][0].fate[4] = CUT
    book._clock.true = 5 * S + 2 * SOON
    book.event(gap(3, 9))
    assert came(book, 1, 2, 3, 4, 6, 7, 8, 9, numbered=False).lost == 1


def test_what_nobody_can_notice_is_told_apart_and_only_where_it_is_so():
    for fate, lost in ((LOST, 0), (CUT, 1), (DELIVERED, 1), (LOST | GARBLED, 1), (0, 1)):
        book, places = ledger(numbered=False)
        places[4][0].fate[4] = fate
        assert came(book, 1, 2, 3, 4, 6, 7, 8, 9, numbered=False).lost == lost, fate
    book, places = ledger(numbered=True)
    places[4][0].fate[4] = LOST
    assert came(book, 1, 2, 3, 4, 6, 7, 8, 9).lost == 1, "ids tell"


def test_what_was_lost_last_on_a_socket_has_to_be_known():
    book, places = ledger(numbered=False)
    frames = [Frame(b"", [place]) for place in places]
    book.lost("link", frames[4])
    book.delivered("link", frames[5])
    book.lost("link", frames[6])
    book.ended("link")
    verdict = came(book, 1, 2, 3, 4, 6, 8, 9, numbered=False)
    assert verdict.counts["undetectable: lost, without numbers"] == 1
    assert verdict.lost == 1


def test_what_a_lost_socket_held_up_was_lost_with_it_and_not_when_it_would_have_come():
    book, places = ledger(numbered=False)
    book.lost("link", Frame(b"", [places[4]]), at=20 * S)
    book._clock.true = 6 * S
    book.ended("link")
    book._clock.true = 7 * S
    book.event(gap(4.5, 7))
    assert came(book, 1, 2, 3, 4, 6, 7, 8, 9, numbered=False).lost == 0


def test_a_gap_does_not_speak_of_what_is_lost_after_it_was_reported():
    book, places = ledger(numbered=False)
    book._clock.true = 7 * S
    book.event(gap(4.5, 7))
    book._clock.true = 8 * S
    book.lost("link", Frame(b"", [places[4]]), at=20 * S)
    book.ended("link")
    assert came(book, 1, 2, 3, 4, 6, 7, 8, 9, numbered=False).lost == 1


def test_a_second_socket_that_came_to_nothing_is_nobodys_loss_and_no_excuse():
    for second, first, lost in ((CUT, LOST, 0), (LOST, CUT, 1)):
        book, places = ledger(numbered=False)
        book.active = lambda: ["first"]
        for link, how in (("second", second), ("first", first)):
            book.lost(link, Frame(b"", [places[4]]))
            if how == LOST:
                book.delivered(link, Frame(b""))
            book.ended(link)
        assert came(book, 1, 2, 3, 4, 6, 7, 8, 9, numbered=False).lost == lost


def test_doubles_without_ids_are_excused_as_often_as_the_line_doubled_them():
    for times, doubled in ((0, 1), (1, 0)):
        book, places = ledger(numbered=False)
        for _ in range(times):
            book.delivered("link", oddly(Frame(b"", [places[2]]), "again"))
        assert came(book, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9, numbered=False).doubled == doubled


def test_a_policy_owns_up_to_as_many_as_it_dropped():
    for count, lost in ((2, 0), (1, 1)):
        book, _ = ledger(numbered=True)
        book._clock.true = 9 * S
        book.event(gap(9, 9, kind="dropped", count=count))
        assert came(book, 1, 2, 3, 6, 7, 8, 9).lost == lost


def test_what_was_handed_over_before_the_first_that_came_is_lost():
    book, places = ledger(numbered=True, trades=40)
    for stream, index in places:
        stream.fate[index] = DELIVERED
    assert came(book, *range(30, 41)).lost == 1


# The books by themselves


def test_a_book_has_one_digest_however_it_came_about():
    one, other = LevelBook(), LevelBook()
    one.replace([(1.0, 2.0), (2.0, 1.0)], [(3.0, 1.0)])
    other.replace([(2.0, 5.0)], [])
    other.change([(1.0, 2.0), (2.0, 1.0), (0.5, 9.0)], [(3.0, 1.0)])
    assert one.digest != other.digest
    other.change([(0.5, 0.0)], [])
    assert one.digest == other.digest
    assert one.levels() == other.levels() == ([(2.0, 1.0), (1.0, 2.0)], [(3.0, 1.0)])


def test_the_venues_book_takes_what_came_before_its_snapshot():
    truth = Truth()
    assert truth.apply(BookDelta(A, 0, 0, [(1.0, 1.0)], [], 5, 6)) is None
    truth.apply(BookDelta(A, 0, 0, [(2.0, 1.0)], [], 7, 8))
    assert truth.apply(BookSnapshot(A, 0, 0, [(9.0, 1.0)], [], 6)) == 1
    assert truth.sequence == 8
    assert truth.book.levels()[0] == [(9.0, 1.0), (2.0, 1.0)]
    assert set(truth.by_id) == {6, 8}


def test_levels_beyond_the_depth_fall_off():
    book = LevelBook(depth=2)
    book.replace([(1.0, 1.0), (2.0, 1.0), (3.0, 1.0)], [(5.0, 1.0), (4.0, 1.0), (6.0, 1.0)])
    assert book.levels() == ([(3.0, 1.0), (2.0, 1.0)], [(4.0, 1.0), (5.0, 1.0)])

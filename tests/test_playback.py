"""Records into sessions, without a loop: sockets, answers, handovers, and what is missing."""

import json

import pytest

from livefin import venues
from livefin.commands import Fetch
from livefin.events import BookDelta, BookSnapshot, Status, Trade
from livefin.playback import MAX_ASKED, Playback, damage
from livefin.recording import TAKEN, Record, Recorder, Recording
from livefin.session import Session
from livefin.venues.contract import Subscription
from livefin.venues.paper import Paper

S = 1_000_000_000
T = 1_700_000_000 * S
HOST = "wss://x.example/"


def trade(id_, symbol="A-B"):
    return frame(type="trade", ts=T, symbol=symbol, id=id_, price=1.5, size=1.0, side="buy")


def book(sequence, symbol="A-B"):
    sides = {"bids": [[1.0, 1.0]], "asks": [[2.0, 1.0]]}
    return frame(type="book_snapshot", ts=T, symbol=symbol, sequence=sequence, **sides)


def delta(first, last, symbol="A-B"):
    sides = {"bids": [[1.0, float(last)]], "asks": []}
    return frame(type="book_delta", ts=T, symbol=symbol, first=first, last=last, **sides)


def frame(**fields):
    return json.dumps(fields).encode()


def playing(venue="paper", subs=None):
    return Playback(Session(venues.get(venue), subs, fills=False))


def play(playback, *records):
    """Each record with the time it gives, or a tenth of a second after the one before."""
    events, ts = [], T
    for record in records:
        kind, conn, data = (*record, b"", b"")[:3]
        ts = record[3] if len(record) > 3 else ts + S // 10
        url = HOST if kind == "connect" else ""
        events += playback.play(Record(kind, ts, data, conn, url))
    return events


def ids(events):
    return [event.id for event in events if isinstance(event, Trade)]


def kinds(events):
    return [event.kind for event in events if isinstance(event, Status)]


def test_frames_are_events_with_the_recordings_own_times():
    events = play(playing(), ("connect", "1"), ("recv", "1", trade(7)))
    assert kinds(events) == ["connected"]
    assert [(e.symbol, e.id, e.ts_recv) for e in events if isinstance(e, Trade)] == [
        ("A-B", 7, T + S // 5)
    ]


def test_a_recording_that_says_nothing_of_sockets():
    playback = playing()
    events = play(playback, ("recv", "", trade(1)), ("recv", "", trade(2)))
    assert (kinds(events), ids(events)) == (["connected"], [1, 2])
    assert len(playback.sessions) == 1


def test_each_socket_has_ids_of_its_own():
    playback = playing()
    events = play(
        playback,
        *(("connect", "1"), ("connect", "2")),
        *(("recv", "1", trade(1)), ("recv", "2", trade(9, "C-D")), ("recv", "1", trade(2))),
    )
    assert kinds(events) == ["connected", "connected"]
    assert ids(events) == [1, 9, 2]
    assert len(playback.sessions) == 2


def test_a_lost_socket_is_gone_on_with_by_the_next_to_the_same_place():
    playback = playing()
    events = play(
        playback,
        *(("connect", "1"), ("recv", "1", trade(1)), ("disconnect", "1", b"cable")),
        *(("connect", "2"), ("recv", "2", trade(5))),
    )
    assert kinds(events) == ["connected", "disconnected", "connected", "gap"]
    gap = events[-2]
    assert (gap.first, gap.last) == (2, 4)
    assert len(playback.sessions) == 1


def test_a_socket_that_takes_anothers_place_does_so_when_the_recording_says():
    playback = playing()
    before = play(
        playback,
        *(("connect", "1"), ("recv", "1", book(10)), ("recv", "1", trade(1))),
        *(("connect", "2", b"1"), ("recv", "2", book(10)), ("recv", "2", trade(2))),
        *(("recv", "1", trade(2)), ("recv", "2", trade(3))),
        *(("recv", "1", trade(3), T + 5 * S), ("recv", "2", trade(4), T + 5 * S)),
    )
    assert ids(before) == [1, 2, 3]
    after = play(playback, ("disconnect", "1", TAKEN.encode(), T + 6 * S))
    assert ids(after) == [4]
    assert kinds(after) == ["connected"]
    assert "took the place" in after[-1].detail
    assert after[-1].ts == T + 6 * S
    assert ids(play(playback, ("recv", "2", trade(5), T + 7 * S))) == [5]
    assert len(playback.sessions) == 1


def test_a_socket_that_falls_while_another_takes_its_place():
    playback = playing()
    play(
        playback,
        *(("connect", "1"), ("recv", "1", trade(1)), ("connect", "2", b"1")),
        *(("recv", "2", trade(2)), ("recv", "2", trade(3))),
    )
    events = play(playback, ("disconnect", "1", b"cable", T + 2 * S))
    assert ids(events) == [2, 3]
    assert kinds(events)[0] == "disconnected"


def test_a_socket_that_came_to_nothing_is_forgotten():
    playback = playing()
    play(playback, ("connect", "1"), ("recv", "1", trade(1)), ("connect", "2", b"1"))
    assert kinds(play(playback, ("disconnect", "2", b"refused", T + 2 * S))) == []
    assert ids(play(playback, ("recv", "1", trade(2), T + 3 * S))) == [2]
    assert len(playback.sessions) == 1


def test_many_changes_of_sockets_leave_nothing_behind():
    playback = playing()
    play(playback, ("connect", "0"), ("recv", "0", trade(0)))
    for n in range(1, 50):
        events = play(
            playback,
            ("connect", str(n), str(n - 1).encode(), T + n * S),
            ("recv", str(n), trade(n), T + n * S),
            ("disconnect", str(n - 1), TAKEN.encode(), T + n * S),
        )
        assert ids(events) == [n]
    held = (playback._by_conn, playback._paths, playback._handovers, playback._begun)
    assert [len(each) for each in held] == [1, 1, 0, 0]
    assert len(playback.sessions) == 1


def test_a_pause_is_no_silence_of_the_venue_and_going_back_in_time_stops_no_clock():
    playback = playing()
    events = play(
        playback,
        *(("connect", "1"), ("recv", "1", trade(1)), ("recv", "1", trade(2), T + 3_600 * S)),
        *(("recv", "1", b"{}", T), ("recv", "1", trade(3), T + S)),
    )
    assert kinds(events) == ["connected", "malformed"]  # counted, and said at the next tick


# Answers


def test_what_was_asked_for_is_answered_by_the_recording():
    playback = playing("binance", [Subscription("book", "BTC-USDT")])
    playback.play(Record("connect", T, b"", "1", "wss://stream.binance.com:9443/stream"))
    asked = next(iter(playback._asked))
    body = b'{"lastUpdateId":10,"bids":[["99.0","1.0"]],"asks":[["101.0","1.0"]]}'
    events = playback.play(Record("http", T + 1, body, "1", asked))
    assert [type(event) for event in events] == [BookSnapshot]
    assert playback._asked == {}


@pytest.mark.parametrize(
    ("venue", "url"),
    [
        ("binance", "https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=5000"),
        ("bitstamp", "https://www.bitstamp.net/api/v2/order_book/btcusd"),  # no query at all
    ],
)
def test_a_snapshot_nobody_asked_for_is_told_by_its_address(venue, url):
    played = playing(venue)
    body = {
        "binance": b'{"lastUpdateId":10,"bids":[["99.0","1.0"]],"asks":[["101.0","1.0"]]}',
        "bitstamp": b'{"timestamp":"1","microtimestamp":"1000000","bids":[["99","1"]],"asks":[]}',
    }
    played.play(Record("connect", T, b"", "1", "wss://x.example"))
    (snapshot,) = played.play(Record("http", T + 1, body[venue], "1", url))
    assert isinstance(snapshot, BookSnapshot)
    assert snapshot.bids == [(99.0, 1.0)]


def test_answers_to_nothing_do_nothing():
    playback = playing("binance")
    for url in ("https://api.binance.com/api/v3/exchangeInfo", "https://[broken", ""):
        assert playback.play(Record("http", T, b"{}", "1", url)) == []


def test_what_is_never_answered_does_not_pile_up():
    playback = playing("binance")
    session = playback.sessions[0]
    for n in range(3 * MAX_ASKED):
        session._commands.append(Fetch("BTC-USDT", f"https://x.example/{n}"))
    playback.note_asked()
    assert len(playback._asked) == MAX_ASKED


# Ends


def test_what_waits_and_what_was_counted_comes_at_the_end():
    playback = playing()
    events = play(
        playback, ("connect", "1"), ("recv", "1", trade(1), T + 1), ("recv", "1", trade(1), T + 2)
    )
    assert kinds(events) == ["connected"]
    assert kinds(playback.finish()) == ["duplicate"]


def test_books_that_a_file_begins_with_are_whole(tmp_path):
    with Recorder(tmp_path / "r", venue="paper") as to:
        to.connect(HOST, T)
        for n, raw in enumerate([delta(8, 9), delta(10, 10), book(10), delta(11, 12)]):
            to.recv(raw, T + n)
    playback, events = Playback(Session(Paper(), None)), []
    for record in Recording(tmp_path / "r"):
        events += playback.play(record)
    assert [type(event) for event in events[1:]] == [BookSnapshot, BookDelta]


def test_damage_is_said_once_it_was_met(tmp_path):
    with Recorder(tmp_path / "r", venue="paper") as to:
        to.recv(trade(1), T)
    (tmp_path / "r").write_bytes((tmp_path / "r").read_bytes()[:-4])
    recording = Recording(tmp_path / "r")
    assert damage(recording, T) == []
    list(recording)
    (said,) = damage(recording, T)
    assert (said.kind, said.ts) == ("error", T)
    assert said.detail.startswith("r is cut off: its compressed stream is not closed")

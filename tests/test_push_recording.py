"""Recordings of a push feed: the same events again, whatever they hold."""

import pytest

import livefin as lf
from livefin import openfeeds
from livefin.errors import LivefinError
from livefin.events import OrderDelta, OrderEvent, OrderSnapshot, Rate
from livefin.push import Pushed

S = 10**9
T = 1_723_161_254 * S


def trades(n):
    return [lf.Trade("ABC", T + i, T + i, 100.0 + i, 1.0, "buy", i) for i in range(n)]


def every_kind():
    nan = float("nan")
    return [
        *trades(3),
        lf.Quote("ABC", T, T + 5, 1.0, nan, 2.0, 1.0, 3),
        lf.BookSnapshot("ABC", T, T, [(1.0, 2.0)], [(3.0, 4.0)], 7),
        lf.BookDelta("ABC", T, T, [(1.5, 2.0)], [], 8, 8),
        OrderSnapshot("ABC", T, T, [("o1", 1.0, 2.0, 0)], [], 1),
        OrderDelta("ABC", T, T, [OrderEvent("ABC", T, T, "delete", "o1", "buy", nan, nan)], 2, 2),
        lf.Bar("ABC", T, T, "1m", 1.0, 2.0, 0.5, 1.5, 3.0, 4, closed=True),
        Rate("ABC", T, T, -0.25),
    ]


def test_a_recording_gives_the_same_again(tmp_path):
    path = tmp_path / "mine.jsonl.gz"
    with lf.push("model", record=path) as feed:
        feed.append(every_kind())
        feed.append(trades(4))
        assert feed.wait(lambda: feed.status.events["duplicate"] == 3)
    with lf.connect(lf.Replay(path, speed=None, venue=Pushed())) as again:
        assert again.wait(lambda: again.state == "finished")
    for name, table in feed.tables.items():
        for symbol in table:
            assert again.tables[name][symbol].df.equals(table[symbol].df), name
    assert again.book["ABC"].snapshot() == feed.book["ABC"].snapshot()
    assert again.mbo["ABC"].snapshot() == feed.mbo["ABC"].snapshot()
    assert again.status.counts == feed.status.counts
    assert again.status.counts["malformed"] == 0


def test_a_recording_begun_later_begins_with_the_books(tmp_path):
    path = tmp_path / "mine.jsonl.gz"
    with lf.push("model") as feed:
        feed.append(every_kind())
        feed.flush()
        feed.record(path)
        feed.append(lf.BookDelta("ABC", T, T, [(1.6, 9.0)], [], 9, 9))
    with lf.connect(lf.Replay(path, speed=None, venue=Pushed())) as again:
        assert again.wait(lambda: again.state == "finished")
    assert again.book["ABC"].levels() == feed.book["ABC"].levels()
    assert "trades" not in again.subscriptions


def test_what_is_no_frame_of_a_recording_is_malformed():
    for raw in (
        b"",
        b"{}",
        b'{"Trade":{}}',
        b'{"Trade":1}',
        b'{"Nope":{}}',
        b'{"Rate":{"rate":null}}',
    ):
        with pytest.raises(lf.LivefinError):
            Pushed().parse(raw, 1)


def test_a_failing_recording_stops_nothing_and_leaves_no_feed(tmp_path):
    with pytest.raises(LivefinError, match="cannot be written"):
        lf.push("model", record=tmp_path / "no" / "such" / "folder.gz")
    assert openfeeds.feeds() == []

"""The next message: of which bars, and of what else has changed; pages played as in Python."""

import numpy as np
import pytest
from fakes import FakeFeed, S, Wire
from test_livechart import Page

from livefin.chart import Chart, picture
from livefin.chart.picture import BAR_COLUMNS
from livefin.events import Bar
from livefin.folding import rows_of

START = 1_000 * S


@pytest.fixture
def feed():
    return FakeFeed("BTC-USDT").fill(50, end=START)


@pytest.fixture
def wire(feed):
    wire = Wire(Chart(feed))
    yield wire
    wire.chart.release()


def truth(chart):
    bars = chart.bars.read(-(2**62))
    return np.array([bars.columns[name] for name in BAR_COLUMNS]).T


def older(feed, count):
    """Put so many bars of a venue in front of those held."""
    bars = feed.bars("1s")["BTC-USDT"]
    oldest = round(bars.read(-(2**62)).columns["time"][0] * 1e6)
    starts = range(oldest - count * S, oldest, S)
    made = [Bar("BTC-USDT", at, 0, "1s", 9.0, 9.5, 8.5, 9.1, 2.0, 4, closed=True) for at in starts]
    assert bars.put_in_front(rows_of(made, S)) == count


@pytest.mark.parametrize("reload", [False, True])
def test_older_bars_come_in_front_and_those_there_stay(wire, feed, reload):
    page = Page()
    page.take(*wire.paint()[0])
    before = page.frame()
    older(feed, 30)
    if reload:
        page = Page()
        page.snapshot(wire.widget.get_state()["snapshot"])
        feed.trade(START, 64_000.0)
    page.take(*wire.paint()[0])
    assert page.asked == 0
    np.testing.assert_array_equal(page.frame(), truth(wire.chart))
    np.testing.assert_array_equal(page.frame()[30 : 30 + len(before) - 1], before[:-1])
    older(feed, 10)
    feed.trade(START + S, 64_100.0)
    page.take(*wire.paint()[0])
    assert len(page.frame()) == len(truth(wire.chart)) == len(before) + 40 + 1 + reload
    np.testing.assert_array_equal(page.frame(), truth(wire.chart))


def test_an_interval_that_is_switched_comes_whole_and_goes_on(wire, feed):
    page = Page()
    page.take(*wire.paint()[0])
    feed.fill(20, interval="5s", end=START + 200 * S)
    wire.chart.interval = "5s"
    message, _ = wire.paint()
    page.take(*message)
    assert message[0]["whole"]
    assert message[0]["interval"] == 5_000
    np.testing.assert_array_equal(page.frame(), truth(wire.chart))
    feed.trade(START + 300 * S, 70.0)
    (content, buffers), _ = wire.paint()
    assert not content.get("whole")
    page.take(content, buffers)
    assert page.asked == 0
    np.testing.assert_array_equal(page.frame(), truth(wire.chart))


def test_a_page_opened_while_the_interval_is_switched_misses_nothing(wire, feed):
    wire.paint()
    feed.fill(20, interval="5s", end=START + 200 * S)
    wire.chart.interval = "5s"
    page = Page()
    page.snapshot(wire.widget.get_state()["snapshot"])
    page.take(*wire.paint()[0])
    assert page.asked == 0
    np.testing.assert_array_equal(page.frame(), truth(wire.chart))


def test_a_figure_that_no_json_can_say_is_an_error_until_it_is_mended(wire, monkeypatch):
    wire.paint()
    sheet = wire.chart._sheet
    with monkeypatch.context() as patch:
        patch.setattr(sheet, "item", lambda: 1 / 0)
        sheet.changed = True
        (content, _), _ = wire.paint()
        assert "figure" not in content
        assert content["errors"] == {"figure": "ZeroDivisionError: division by zero"}
    wire.chart.figure.title.text = "mended"
    (content, _), _ = wire.paint()
    assert content["errors"] == {}
    assert "mended" in str(content["figure"]["doc"])


def test_a_figure_that_another_thread_changes_meanwhile_waits_for_the_next_paint(wire, monkeypatch):
    wire.paint()
    sheet = wire.chart._sheet

    def changing():
        raise RuntimeError("dictionary changed size during iteration")

    with monkeypatch.context() as patch:
        patch.setattr(sheet, "item", changing)
        sheet.changed = True
        assert wire.paint()[0] is None
    assert "figure" in wire.paint()[0][0]


def test_what_is_told_whole_comes_once_a_change_and_again_after_a_snapshot(wire, feed):
    wire.paint()
    wire.chart.drawings.add("level", 64_000)
    wire.chart.set(kind="line")
    (content, _), _ = wire.paint()
    assert [drawing["kind"] for drawing in content["drawings"]] == ["level"]
    assert content["settings"]["kind"] == "line"
    assert "alerts" not in content
    feed.trade(START, 64_000.0)
    assert "drawings" not in wire.paint()[0][0]
    snapshot = wire.widget.get_state()["snapshot"]
    assert len(snapshot["drawings"]) == 1
    wire.chart.drawings.clear()
    assert wire.paint()[0][0]["drawings"] == []
    # A page that was deaf to that while its snapshot was on the way hears it again.
    feed.trade(START, 64_001.0)
    (content, _), _ = wire.paint()
    assert content["drawings"] == []
    assert content["base"] == snapshot["seq"]


def test_a_drawing_of_a_page_says_how_far_that_page_was_heard(wire):
    wire.paint()
    drawing = {"id": "a", "kind": "level", "points": [[None, 5.0]]}
    wire.widget._heard(None, {"drawing": {"op": "put", "drawing": drawing, "from": ["p", 7]}}, [])
    (content, _), _ = wire.paint()
    assert content["seen"] == {"p": 7}


def test_markers_come_one_by_one_and_all_of_them_to_a_new_page(wire):
    markers = wire.chart.markers
    markers.add("2026-03-01 12:00", 64_000, "buy")
    (content, _), _ = wire.paint()
    assert len(content["markers"]["rows"]) == 1
    markers.add("2026-03-01 12:05", 64_100, "sell")
    (content, _), _ = wire.paint()
    assert content["markers"]["rows"] == [[1772366700000.0, 64100.0, -1, None, ""]]
    assert not content["markers"]["clear"]
    assert len(wire.widget.get_state()["snapshot"]["markers"]["rows"]) == 2


def test_a_closed_comm_and_a_new_one_begin_anew(wire, feed):
    wire.paint()
    wire.chart._picture.start_over()
    (content, buffers), _ = wire.paint()
    assert (content["seq"], content["base"], content["whole"]) == (0, -1, True)
    page = Page()
    page.take(content, buffers)
    np.testing.assert_array_equal(page.frame(), truth(wire.chart))


@pytest.fixture
def small(monkeypatch):
    """Pieces of a size that tests can count."""
    monkeypatch.setattr(picture, "NEWEST", 10)
    monkeypatch.setattr(picture, "PIECE", 15)


def test_of_many_bars_the_newest_come_first_and_the_others_in_pieces(small, wire, feed):
    page = Page()
    sent = [wire.paint()[0] for _ in range(4)]
    assert [content["parts"] for content, _ in sent] == [
        [("bars", 40, 10)],
        [("bars", 25, 15)],
        [("bars", 10, 15)],
        [("bars", 0, 10)],
    ]
    assert [content.get("older") for content, _ in sent] == ["asking", None, None, ""]
    for message in sent:
        page.take(*message)
    assert page.asked == 0
    np.testing.assert_array_equal(page.frame(), truth(wire.chart))
    assert wire.paint()[0] is None


def test_a_page_that_reloads_meanwhile_gets_every_piece(small, wire, feed, monkeypatch):
    first = Page()
    for _ in range(2):
        first.take(*wire.paint()[0])
    stream = wire.chart._picture._stream
    second = Page()
    second.snapshot(wire.widget.get_state()["snapshot"])
    assert len(second.rows) == 10
    feed.trade(START, 64_000.0)
    wire.paint()  # sent while the snapshot was on its way: nobody hears it
    feed.trade(START, 64_001.0)
    message, _ = wire.paint()
    assert len(message[0]["parts"]) == 1, "no piece of which it might miss the beginning"
    second.take(*message)
    stream._until = 0.0
    for _ in range(4):
        message, _ = wire.paint()
        if message:
            second.take(*message)
    assert second.asked == 0
    np.testing.assert_array_equal(second.frame(), truth(wire.chart))


def test_lines_come_in_pieces_with_their_bars(small, feed):
    wire = Wire(Chart(feed, overlays={"close": lambda df: df.close}))
    page = Page()
    for _ in range(6):
        message, _ = wire.paint()
        if message:
            page.take(*message)
    wire.chart._picture.whole = True  # a page has asked; heard, the painter would paint it as well
    page = Page()
    for _ in range(6):
        message, _ = wire.paint()
        if message:
            page.take(*message)
    assert len(page.rows) == 50
    assert {at: row[0] for at, row in page.lines["line:0"].items()} == {
        at: row[4] for at, row in page.rows.items()
    }
    wire.chart.release()


def test_a_closed_feed_still_sends_what_is_missing(small, wire, feed):
    feed.close()
    assert [wire.paint()[1] for _ in range(4)] == [True, True, True, False]

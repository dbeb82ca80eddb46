"""A page played in Python must hold, after every message, just what the bars hold."""

import gc
import time
import weakref

import numpy as np
import pandas as pd
import pytest
from fakes import FakeFeed, S, Wire
from hypothesis import example, given, settings
from hypothesis import strategies as st

from livefin.chart import Chart, chart, pane
from livefin.chart.painter import painter
from livefin.chart.picture import BAR_COLUMNS
from livefin.chart.shown import shows
from livefin.errors import ChartError, LivefinError


class Page:
    """What page.js does with messages, in numpy: bars by ordinal and a sequence number."""

    def __init__(self):
        self.seq, self.rows, self.lines, self.held, self.asked = None, {}, {}, 0, 0

    def snapshot(self, state):
        self.take(state, [state["data"]])

    def take(self, message, buffers):
        whole = message.get("whole")
        if not whole and self.seq is not None and message["seq"] <= self.seq:
            return
        if not whole and (self.seq is None or message["base"] > self.seq):
            self.asked += 1
            return
        if whole:
            self.rows, self.lines = {}, {}
        values = np.frombuffer(bytes(buffers[0])) if message["parts"] else None
        for key, first, count in message["parts"]:
            width = len(BAR_COLUMNS) if key == "bars" else 1
            columns, values = np.split(values, [width * count])
            for i, row in enumerate(columns.reshape(width, count).T):
                (self.rows if key == "bars" else self.lines.setdefault(key, {}))[first + i] = row
        self.seq, self.held = message["seq"], message["held"]

    def frame(self):
        return np.array([self.rows[i] for i in sorted(self.rows) if i >= self.held])


def truth(chart):
    bars = chart.bars.read(0)
    return np.array([bars.columns[name] for name in BAR_COLUMNS]).T


def test_first_message_has_every_bar_and_the_next_only_the_forming_one(wire, feed):
    line = wire()
    (first, buffers), more = line.paint()
    assert more
    assert first["whole"]
    assert first["parts"] == [("bars", 0, 50)]
    assert len(buffers[0]) == 50 * 6 * 8
    assert first["state"] == "live"
    feed.walk(time.time_ns() - 60 * S)  # late, before the last bar
    feed.walk(time.time_ns())
    (second, _), _ = line.paint()
    assert (second["seq"], second["base"]) == (1, 0)
    assert line.paint() == (None, True), "nothing new, nothing sent"


@example([("paint", 0), ("trade", 1), ("trade", -20), ("reload", 0)])
@settings(max_examples=40)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("trade"), st.integers(-30, 5)),
            st.tuples(st.just("paint"), st.just(0)),
            st.tuples(st.just("reload"), st.integers(0, 3)),
        ),
        max_size=60,
    )
)
def test_pages_that_reload_in_mid_stream_equal_the_bars(steps):
    feed = FakeFeed("BTC-USDT")
    bars = feed.bars("1s")
    now = 1_000 * S
    chart = Chart(feed)
    wire = Wire(chart)
    pages, deaf, sent = [Page()], {}, wire.sent

    def paint():
        sent.clear()
        chart.paint()
        for message in sent:
            for page in pages:
                if deaf.get(page, 0):
                    deaf[page] -= 1  # sent while the snapshot was on its way: lost
                else:
                    page.take(*message)

    for what, number in steps:
        if what == "trade":
            now += S // 4
            feed.trade(now + number * S, 100.0 + number, 1.0)
        elif what == "paint":
            paint()
        else:
            page = Page()
            page.snapshot(wire.widget.get_state()["snapshot"])
            pages.append(page)
            deaf[page] = number
    for _ in range(5):
        now += S
        feed.trade(now, 50.0, 1.0)
        paint()
    assert len(bars["BTC-USDT"]) > 0
    for page in pages:
        assert page.asked == 0
        np.testing.assert_array_equal(page.frame(), truth(chart))
    chart.release()


def test_overlays_go_out_as_changed_tails_and_errors_once(wire, feed):
    def broken(df):
        raise KeyError("nope")

    frames = []

    def mean(df):
        frames.append(len(df))
        return df.close.rolling(5).mean()

    line = wire(overlays=[mean, broken])
    page = Page()
    page.take(*line.paint()[0])
    message, _ = line.paint()
    page.take(*message)
    assert message[0]["parts"] == [("line:0", 0, 50)]
    assert message[0]["errors"] == {"broken": "KeyError: 'nope'"}
    assert [drawn["name"] for drawn in message[0]["figure"]["lines"]] == ["mean"]
    feed.walk(time.time_ns())
    message, _ = line.paint()
    page.take(*message)
    assert "errors" not in message[0]
    (bars, *_), (key, first, count) = message[0]["parts"]
    assert (bars, key) == ("bars", "line:0")
    assert (first, count) == (50, 1)
    expected = line.chart.bars.df.close.rolling(5).mean().to_numpy()
    got = [page.lines["line:0"][i][0] for i in range(51)]
    np.testing.assert_allclose(got, expected)


def test_an_overlay_of_bars_that_were_dropped_stays_aligned():
    feed = FakeFeed("BTC-USDT")
    feed._tables["1s"] = type(feed.bars("1s"))("1s", ["BTC-USDT"], rows=30)
    feed.fill(100)
    chart = Chart(feed, overlays={"close": lambda df: df.close})
    page, wire = Page(), Wire(chart)
    for step in range(80):
        feed.trade(time.time_ns() + step * S, 100.0 + step, 1.0)
        wire.paint()
    for message in wire.sent:
        page.take(*message)
    ordinals = [i for i in page.rows if i >= page.held]
    assert len(ordinals) == 30
    for i in ordinals:
        assert page.lines["line:0"][i][0] == page.rows[i][4]
    chart.release()


def test_state_and_bands_are_told_when_they_change(wire, feed):
    line = wire()
    line.paint()
    feed.note("gap", 3 * S, 5 * S, count=2)
    feed.note("gap", 3 * S, 5 * S, symbol="ETH-USDT")
    (message, _), _ = line.paint()
    assert message["bands"] == [("gap", 3e3, 5e3, "gap 2")]
    assert message["parts"] == []
    feed.state = "stale"
    assert line.paint()[0][0]["state"] == "stale"


def test_a_closed_feed_closes_the_chart_with_a_last_message(wire, feed):
    line = wire()
    line.paint()
    feed.close()
    assert line.chart.closed
    (message, _), more = line.paint()
    assert message["state"] == "closed"
    assert not more
    line.chart.close()
    assert line.widget.get_state()["snapshot"]["parts"][0][2] == 50, "a reload still works"


def test_a_figure_changed_after_display_is_shipped_again(wire):
    line = wire()
    line.paint()
    line.chart.figure.title.text = "mine"
    (message, _), _ = line.paint()
    assert "mine" in str(message["figure"]["doc"])
    assert line.paint()[0] is None


def test_a_page_that_missed_something_gets_everything(wire, feed):
    line = wire()
    line.paint()
    line.widget._handle_custom_msg({"ask": "snapshot"}, [])
    deadline = time.monotonic() + 30
    while not any(content.get("whole") for content, _ in line.sent[1:]):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for nonsense in (None, 7, {"ask": 3}, {}):
        line.widget._handle_custom_msg(nonsense, [])


def test_the_state_saved_by_a_recorder_of_comms_has_no_bars_and_no_bokehjs(feed):
    from livefin.chart import bokehjs  # noqa: PLC0415

    chart = Chart(feed)
    sent = []
    runtime = bokehjs.runtime()
    runtime._send = lambda message, buffers=None: sent.append(message)
    runtime.forget()
    assert sent == [{"method": "update", "state": {"bokeh": "", "modules": []}, "buffer_paths": []}]
    assert "Bokeh" in runtime.get_state()["bokeh"]
    assert runtime.bokeh == ""
    assert chart.widget.snapshot == {}
    assert chart.widget.setup == {}


def test_an_unshown_chart_is_garbage_and_a_shown_one_is_not(feed):
    unshown = weakref.ref(Chart(feed))
    gc.collect()
    assert unshown() is None
    assert feed.on_close == []
    shown = Chart(feed)
    shown._repr_mimebundle_()
    reference = weakref.ref(shown)
    del shown
    gc.collect()
    assert reference() in shows
    reference().release()
    gc.collect()
    assert reference() is None


def test_shown_again_after_release_it_starts_anew(feed):
    live = Chart(feed)
    first = live.widget.model_id
    live.release()
    assert live.widget.model_id != first
    assert live in painter
    live.release()
    live.release()
    assert "closed" not in repr(live)


@pytest.mark.parametrize(
    "options",
    [
        {"fps": 0},
        {"fps": 1000},
        {"theme": "pink"},
        {"bars_visible": 1},
        {"kind": "pie"},
        {"tz": "Mars"},
        {"nonsense": 1},
        {"overlays": {"x": 3}},
        {"panes": {"x": 3}},
    ],
)
def test_options_that_cannot_be(feed, options):
    with pytest.raises(ChartError):
        chart(feed, **options)


@pytest.mark.parametrize(
    ("panes", "titles"),
    [
        (np.abs, ["absolute"]),
        (pane(np.abs, title="one"), ["one"]),
        ({"a": np.abs, "b": np.abs}, ["a", "b"]),
        ([{"a": np.abs, "b": np.abs}, pane()], ["a, b", ""]),
    ],
)
def test_panes_are_given_as_one_as_many_or_by_name(feed, panes, titles):
    assert [each.title for each in chart(feed, panes=panes).panes[1:]] == titles


def test_a_pane_made_for_an_overlay_goes_with_it(feed):
    live = chart(feed, panes=[pane(title="mine")])
    for _ in range(2):
        live.add(lambda df: df.close, "close", pane="new")
        assert [each.title for each in live.panes[1:]] == ["mine", "close"]
    live.remove("close")
    assert [each.title for each in live.panes[1:]] == ["mine"]
    live.add(lambda df: df.close, "close", pane="new")
    live.remove_pane(live.panes[-1])
    live.remove("close")
    assert [each.title for each in live.panes[1:]] == ["mine"]


def test_what_no_line_is_drawn_as_is_said_at_once_and_leaves_no_pane(feed):
    live = chart(feed)
    with pytest.raises(ChartError, match="one of line, histogram, dots"):
        live.add(lambda df: df.close, "close", pane="new", kind="pie")
    with pytest.raises(ChartError, match="'pie'"):
        pane(kinds={"close": "pie"})
    assert len(live.panes) == 1


def test_one_symbol_to_compare_needs_no_list():
    feed = FakeFeed("BTC-USDT", "ETH-USDT").fill(10)
    live = chart(feed, compare="ETH-USDT")
    assert live.settings["scale"] == "percent"
    assert "value" in live.source("ETH-USDT").data


def test_a_symbol_that_is_not_there(feed):
    with pytest.raises(LivefinError, match="BTC-USDT"):
        chart(feed, "DOGE")


def test_repr_and_mimebundle_name_the_chart(feed):
    live = chart(feed)
    assert repr(live) == "<Chart BTC-USDT · 1s: 50 bars, not shown>"
    bundle = live._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == live.widget.model_id
    assert "run the cell" in bundle["text/plain"]
    assert isinstance(live.bars.df, pd.DataFrame)

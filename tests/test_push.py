"""`push`: appended from anywhere, seen at once, kept by the rules of any feed."""

import asyncio
import threading
import time

import numpy as np
import pandas as pd
import pytest
from fakes import Wire

import livefin as lf
from livefin import openfeeds
from livefin.errors import FeedClosedError, LivefinError
from livefin.events import OrderDelta, Status
from livefin.given import EventError

S = 10**9
T = 1_723_161_254 * S


@pytest.fixture
def feed():
    with lf.push("model") as feed:
        yield feed


def kinds(feed):
    return [status.kind for status in feed.status.list()]


def trades(n, start=0, symbol="ABC"):
    return [
        lf.Trade(symbol, T + i, T + i, 100.0 + i, 1.0, "buy", i) for i in range(start, start + n)
    ]


# What is appended is there


def test_everything_that_is_appended_is_seen_at_once(feed):
    assert feed.state == "live"
    assert feed.symbols == []
    feed.append_trade("ABC", 10.5, 2, "buy", id=7)
    assert feed.trades["ABC"].df.price.tolist() == [10.5]
    feed.append_quote("ABC", 10.4, 10.6, 1, 2)
    assert feed.quotes["ABC"].df.ask_size.tolist() == [2.0]
    feed.append_book("ABC", [(10.4, 1), (10.3, 2)], [("10.6", "2")])
    assert feed.book["ABC"].levels() == ([(10.4, 1.0), (10.3, 2.0)], [(10.6, 2.0)])
    feed.append(lf.BookDelta("ABC", None, None, [(10.4, 0)], []))
    assert feed.book["ABC"].best_bid == (10.3, 2.0)
    feed.append_rate("ABC-IDX", 99.5)
    assert feed.rates["ABC-IDX"].df.rate.tolist() == [99.5]
    feed.append({"symbol": "ABC", "interval": "1m", "open": 1, "high": 2, "low": 1, "close": 2})
    assert feed.tables["bars"]["ABC"].df.close.tolist() == [2.0]
    assert feed.symbols == ["ABC", "ABC-IDX"]
    assert feed.bars("1s")["ABC"].df.close.tolist() == [10.5]
    assert repr(feed) == "<Feed model: ABC, ABC-IDX; live, 7 events>"
    assert kinds(feed) == ["connected"]


def test_several_at_once_and_in_order(feed):
    feed.append(trades(3), {"symbol": "ABC", "price": 1}, iter(trades(2, 3)))
    assert feed.trades["ABC"].df.price.tolist() == [100.0, 101.0, 102.0, 1.0, 103.0, 104.0]


def test_times_are_now_or_what_was_given(feed):
    before = time.time_ns()
    feed.append_trade("ABC", 1.0)
    feed.append_trade("ABC", 1.0, time="2024-08-08T23:54:14Z")
    feed.append_trade("ABC", 1.0, time=pd.Timestamp(T, tz="UTC"))
    feed.append_trade("ABC", 1.0, time=T // S)
    df = feed.trades["ABC"].df
    assert before <= df.index[0].value <= time.time_ns()
    assert df.index[1:].asi8.tolist() == [T, T, T]
    # Old trades are history, and no lag that would be complained of.
    assert df.ts_recv[1:].tolist() == df.index[1:].tolist()
    assert feed.meter.lag(time.time_ns()) in (None, 0.0)


def test_room_is_made_for_what_is_named_before_it_comes():
    with lf.push("model", "ABC") as feed:
        assert len(feed.trades["ABC"]) == len(feed.quotes["ABC"]) == 0
        assert feed.symbols == ["ABC"]
        feed.append_trade("XYZ", 1.0)
        assert feed.symbols == ["ABC", "XYZ"]
        feed.subscribe("S&P 500", ["trades"])
        assert len(feed.trades["S&P 500"]) == 0
    with pytest.raises(EventError, match="symbol is ''"):
        lf.push("model", "")


def test_other_threads_and_coroutines_append(feed):
    def work(k):
        for i in range(500):
            feed.append_trade(f"T{k}", i, id=i)

    async def coroutine():
        for i in range(100):
            feed.append_trade("CO", i)
            await asyncio.sleep(0)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    asyncio.run(coroutine())
    lf.run(coroutine())
    for thread in threads:
        thread.join()
    for k in range(4):
        assert feed.trades[f"T{k}"].df.id.tolist() == list(range(500))
    assert len(feed.trades["CO"]) == 200
    assert kinds(feed) == ["connected"]


def test_another_feeds_events_are_passed_on(feed):
    with lf.push("source") as source:

        @source.on_event
        def pass_on(event):
            if event.symbol == "ABC":
                feed.append(event)

        source.append(trades(5), trades(2, symbol="XYZ"), Status("error", 0, "ABC", detail="mine"))
        assert source.wait(lambda: len(feed.status) == 2)
        assert feed.trades["ABC"].df.equals(source.trades["ABC"].df)
        assert feed.symbols == ["ABC"]
        assert feed.status.list()[1].detail == "mine"


# The rules of any feed


def test_ids_seen_before_are_dropped_and_counted(feed):
    feed.append(trades(3), trades(4))
    assert feed.trades["ABC"].df.id.tolist() == [0, 1, 2, 3]
    assert feed.wait(lambda: feed.status.events["duplicate"] == 3)
    feed.append(trades(1, 100))
    assert "gap" not in kinds(feed)  # its ids need not rise by one


def test_ids_that_rise_by_one_show_gaps_and_late_ones():
    with lf.push("model", trade_ids_contiguous=True) as feed:
        feed.append(trades(2), trades(2, 4), trades(1, 3))
        assert feed.trades["ABC"].df.id.tolist() == [0, 1, 4, 5, 3]
        (gap,) = [status for status in feed.status.list() if status.kind == "gap"]
        assert (gap.first, gap.last) == (2, 3)
        assert feed.wait(lambda: feed.status.events["late"] == 1)


def test_a_book_whose_changes_do_not_chain_waits_for_the_next_whole_one(feed):
    whole = lf.BookSnapshot("ABC", 0, 0, [(1.0, 1.0)], [(2.0, 1.0)], 7)
    feed.append(whole, lf.BookDelta("ABC", 0, 0, [(1.0, 5.0)], [], 8, 8))
    assert feed.book["ABC"].best_bid == (1.0, 5.0)
    feed.append(lf.BookDelta("ABC", 0, 0, [(1.0, 6.0)], [], 10, 10))
    assert not feed.book["ABC"].synced
    assert kinds(feed) == ["connected", "gap", "resync"]
    feed.append(lf.BookSnapshot("ABC", 0, 0, [(1.0, 9.0)], [(2.0, 1.0)], 11))
    assert feed.book["ABC"].best_bid == (1.0, 9.0)
    assert kinds(feed)[-1] == "resynced"


def test_callbacks_and_what_they_raise(feed):
    seen = []

    @feed.on_event
    def note(event):
        seen.append(event)
        if event.price > 101:
            raise RuntimeError("no")

    feed.append(trades(3))
    assert feed.wait(lambda: len(seen) == 3)
    assert seen == trades(3)
    assert feed.wait(lambda: "RuntimeError: no" in feed.status.df.detail.str.cat())
    assert feed.state == "live"


def test_it_is_never_stale(feed):
    time.sleep(0.5)
    assert feed.state == "live"
    assert kinds(feed) == ["connected"]


def test_a_chart_of_it(feed):
    feed.append(trades(5))
    wire = Wire(lf.chart(feed, "ABC"))
    try:
        feed.append_trade("ABC", 7.5, time=T + 2 * S)
        feed.flush()
        (message, buffers), _ = wire.paint()
        ((key, first, count),) = message["parts"]
        columns = np.frombuffer(bytes(buffers[0])).reshape(6, count)
        assert (key, first, columns[4].tolist()) == ("bars", 0, [104.0, 7.5])
    finally:
        wire.chart.release()
        from livefin.chart import bokehjs  # noqa: PLC0415 - as in the tests of the chart
        from livefin.chart.painter import painter  # noqa: PLC0415

        painter.close()
        for runtime in bokehjs._runtimes:
            runtime.close()
        bokehjs._runtimes.clear()


# Too much, too soon, too late


def slow(feed, seconds=0.002):
    gate = threading.Event()

    @feed.on_event
    def work(event):
        gate.wait(30)
        time.sleep(seconds)

    return gate


def test_with_block_whoever_appends_waits_and_nothing_is_lost():
    with lf.push("model", backlog=50) as feed:
        gate = slow(feed, 0)
        done = threading.Event()

        def work():
            for trade in trades(400):
                feed.append(trade)
            done.set()

        thread = threading.Thread(target=work)
        thread.start()
        assert not done.wait(0.3)
        assert feed.queued < 400
        gate.set()
        thread.join(20)
        assert done.is_set()
        assert feed.wait(lambda: not feed.queued)
        assert feed.trades["ABC"].df.id.tolist() == list(range(400))
        assert feed.dropped == 0


def test_with_drop_oldest_nobody_waits_and_what_is_dropped_is_counted():
    with lf.push("model", backlog=100, policy="drop_oldest") as feed:
        gate = slow(feed, 0)  # half the backlog has room for the 41 that come before it opens
        feed.append(trades(1))
        feed.append(trades(40, 1))
        gate.set()
        for start in range(41, 3_041, 100):
            feed.append(trades(100, start))
        assert feed.wait(lambda: not feed.queued)
        assert feed.dropped + len(feed.trades["ABC"]) == 3_041
        assert feed.trades["ABC"].df.id.iloc[-1] == 3_040


def test_on_the_loop_itself_a_full_queue_is_an_error_and_no_deadlock():
    with lf.push("model", backlog=10) as feed:

        async def work():
            for trade in trades(100):
                feed.append(trade)

        with pytest.raises(EventError, match="5 events wait already"):
            lf.run(work())
        assert feed.trades["ABC"].df.id.tolist() == list(range(5))


def test_closing_keeps_what_was_appended_and_ends_who_waits():
    feed = lf.push("model", backlog=10)
    gate = slow(feed, 0)
    raised = []

    def work():
        try:
            for trade in trades(10_000):
                feed.append(trade)
        except FeedClosedError as error:
            raised.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert feed.wait(lambda: feed.queued >= 5)
    gate.set()
    feed.close()
    thread.join(20)
    (error,) = raised
    assert "push anew" in str(error)
    ids = feed.trades["ABC"].df.id.tolist()
    assert ids == list(range(len(ids)))
    assert feed.state == "closed"
    with pytest.raises(FeedClosedError):
        feed.append_trade("ABC", 1.0)
    feed.close()


def test_looking_does_not_wait_for_ever_for_a_slow_callback():
    with lf.push("model") as feed:
        gate = slow(feed, 0)
        feed.append(trades(3))
        before = time.monotonic()
        feed.status  # noqa: B018 - looking is the point
        assert time.monotonic() - before < 3
        gate.set()


def test_a_feed_that_breaks_says_so_and_lets_nobody_wait(monkeypatch):
    with lf.push("model", backlog=4) as feed:

        def fail(events):
            raise RuntimeError("broken")

        monkeypatch.setattr(feed._drivers[0], "_deliver", fail)
        with pytest.raises(FeedClosedError):
            feed.append(trades(100))
        said = "the feed stopped: RuntimeError: broken"
        assert feed.wait(lambda: said in feed._kept.status.df.detail.iloc[-1])


# Mistakes


def test_a_mistake_is_raised_at_the_call_and_nothing_is_appended(feed):
    with pytest.raises(EventError, match="price is nan"):
        feed.append(trades(1), {"symbol": "ABC", "price": "nan"})
    with pytest.raises(EventError, match='say "buy" or "sell"'):
        feed.append_trade("ABC", 1.0, 1.0, "ask")
    with pytest.raises(EventError, match="symbol is 7"):
        feed.append_trade(7, 1.0)
    with pytest.raises(EventError, match="looks like milliseconds"):
        feed.append(lf.Trade("ABC", T // 10**6, None, 1.0, 1.0))
    with pytest.raises(EventError, match="is no event"):
        feed.append(7)
    assert feed.symbols == []
    assert feed.status.counts["malformed"] == 0


def test_a_change_of_a_book_that_there_is_not(feed):
    with pytest.raises(EventError, match=r"ABC: a BookDelta .* append its BookSnapshot"):
        feed.append(lf.BookDelta("ABC", 0, 0, [(1, 1)], []))
    with pytest.raises(EventError, match="append its OrderSnapshot"):
        feed.append(OrderDelta("ABC", 0, 0, []))
    whole = lf.BookSnapshot("ABC", 0, 0, [(1, 1)], [])
    feed.append(whole, lf.BookDelta("ABC", 0, 0, [(2, 1)], []))
    assert feed.book["ABC"].best_bid == (2.0, 1.0)


def test_there_is_nobody_to_send_to(feed):
    with pytest.raises(LivefinError, match="nobody to send"):
        feed.send("hello")


# The cell


def test_running_a_cell_again_replaces_its_feed(monkeypatch):
    from types import SimpleNamespace  # noqa: PLC0415

    def run_cell(cell, count):
        shell = SimpleNamespace(
            get_parent=lambda: {"metadata": {"cellId": cell}}, execution_count=count
        )
        monkeypatch.setattr("IPython.get_ipython", lambda: shell)
        return lf.push("model")

    first, other = run_cell("a", 1), run_cell("b", 2)
    again = run_cell("a", 3)
    assert [feed.state for feed in (first, other, again)] == ["closed", "live", "live"]
    assert lf.feeds() == [other, again]
    openfeeds.close_all()

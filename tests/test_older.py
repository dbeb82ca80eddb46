"""Bars from before a feed began, as its user asks for them: paper, a scripted venue, a replay."""

import asyncio
import json
import threading
import time

import httpx
import numpy as np
import pytest
from scripted import ScriptedServer

import livefin as lf
from livefin import older as older_module
from livefin.errors import FrameError, SymbolError
from livefin.folding import fold_trades

S = 1_000_000_000
MINUTE = 60 * S
KLINES = "/api/v3/klines"
SNAPSHOT = b'{"lastUpdateId":10,"bids":[["99.0","1.0"]],"asks":[["101.0","1.0"]]}'


def trade(id_, ts, price="100.5"):
    data = {"e": "trade", "t": id_, "p": price, "q": "0.5", "T": ts // 1_000_000, "m": False}
    return json.dumps({"stream": "btcusdt@trade", "data": data})


def klines(*starts, high="200.0", length=MINUTE):
    """The venue's bars, as its REST gives them."""
    prices = "90.0", high, "80.0", "95.0"
    rows = [
        [s // 10**6, *prices, "7.0", (s + length) // 10**6 - 1, "1", 9, "", "", ""] for s in starts
    ]
    return 200, json.dumps(rows).encode(), {}


@pytest.fixture
def server():
    with ScriptedServer() as server:
        server.rest["/api/v3/depth"] = (200, SNAPSHOT, {})
        yield server


@pytest.fixture
def feed(server):
    with lf.connect("binance", "BTC-USDT", channels="trades", url=server.url) as feed:
        yield feed


def live(server, feed, *times, interval="1m"):
    """Bars of trades at `times`."""
    bars = feed.bars(interval)["BTC-USDT"]
    before = len(feed.trades["BTC-USDT"])
    server.send(*(trade(before + n, ts) for n, ts in enumerate(times, 1)))
    assert feed.wait(lambda: len(feed.trades["BTC-USDT"]) == before + len(times))
    return bars


def test_what_the_exchange_keeps_is_joined_to_what_came_live_without_a_seam():
    with lf.connect("paper", "BTC-USDT", channels="trades") as feed:
        one, five = (feed.bars(interval)["BTC-USDT"] for interval in ("1s", "5s"))
        assert feed.wait(lambda: len(one) > 2)
        assert feed.older("BTC-USDT", "1s", one.oldest, 30).result(10) >= 30
        assert feed.older("BTC-USDT", "5s", five.oldest, 20).result(10) >= 20
        assert one.read().held <= -30
        put = [feed.older("BTC-USDT", "1s", one.oldest, 50).result(10) for _ in range(12)]
        assert put[-1] == 0
        frames = {5: five.df, 1: one.df}
        where = feed.venues[0].url.replace("ws", "http", 1).rstrip("/")
        body = httpx.get(f"{where}/trades?symbol=BTC-USDT&limit=10000").json()
        assert not [status for status in feed.status.list() if status.kind in ("error", "gap")]
    ts, price, size = (
        np.array([t[name] for t in body["trades"]], "i8" if name == "ts" else "f8")
        for name in ("ts", "price", "size")
    )
    for seconds, df in frames.items():
        rows = fold_trades(ts, price, size, seconds * S)
        wanted = {start: i for i, start in enumerate(rows["start"].tolist())}
        index = df.index.asi8[:-1].tolist()
        first = wanted[index[0]]
        assert [wanted[start] for start in index] == list(range(first, first + len(index)))
        for name in ("open", "high", "low", "close", "volume", "trades"):
            got = rows[name][first : first + len(index)]
            # Of the oldest the exchange may have dropped trades by now, of the newest more came.
            np.testing.assert_allclose(df[name].to_numpy()[1:-1], got[1:])


def test_the_venues_own_bars_are_put_in_front_and_the_first_is_completed(server, feed):
    at = 1_700_000_000 * S // MINUTE * MINUTE
    bars = live(server, feed, at + 30 * S, at + MINUTE)
    reader = bars.reader()
    reader.snapshot()
    server.rest[KLINES] = klines(*range(at - 5 * MINUTE, at + MINUTE, MINUTE))
    assert feed.older("BTC-USDT", "1m", at, 5).result(10) == 5
    df = bars.df
    assert df.index.asi8.tolist() == list(range(at - 5 * MINUTE, at + 2 * MINUTE, MINUTE))
    assert df.high.tolist() == [200.0] * 6 + [100.5]
    put = reader.older()
    assert (put.first, put.held, len(put.columns["time"])) == (-5, -5, 6)
    assert reader.changes() is None
    (asked,) = (path for path in server.requests if path.startswith(KLINES))
    assert f"startTime={(at - 5 * MINUTE) // 10**6}" in asked
    assert len(feed.status.list()) == 1  # connected


def test_longer_bars_are_made_of_the_venues_shorter_ones(server, feed):
    at = 1_700_000_000 * S // (45 * MINUTE) * 45 * MINUTE
    bars = live(server, feed, at + 45 * MINUTE, interval="45min")
    starts = range(at - 90 * MINUTE, at + 45 * MINUTE, 15 * MINUTE)
    server.rest[KLINES] = klines(*starts, length=15 * MINUTE)
    assert feed.older("BTC-USDT", "45min", bars.oldest, 3).result(10) == 3
    assert bars.df.volume.tolist() == [21.0, 21.0, 21.0, 0.5]


def test_a_bar_that_is_forming_is_completed_again_when_it_is_closed(server, feed, monkeypatch):
    monkeypatch.setattr(older_module, "LONGEST_SLEEP", 0.01)
    at = 1_700_000_000 * S
    now = [at + S]
    feed._clock = lambda: now[0]
    bars = live(server, feed, at + S, interval="2s")
    server.rest[KLINES] = klines(*range(at - 4 * S, at + 2 * S, S), high="150.0", length=S)
    assert feed.older("BTC-USDT", "2s", at, 2).result(10) == 2
    assert bars.df.high.tolist()[:2] == [150.0, 150.0]
    server.rest[KLINES] = klines(at, at + S, high="300.0", length=S)
    live(server, feed, at + 2 * S)
    assert bars.unfinished == (at, at)
    now[0] = at + 2 * S + older_module.SETTLE
    assert feed.wait(lambda: bars.unfinished is None)
    assert bars.df.high.tolist() == [150.0, 150.0, 300.0, 100.5]
    assert bars.df.volume.tolist() == [14.0, 14.0, 14.0, 0.5]


def test_a_second_ask_while_one_runs_is_the_same_ask(server, feed):
    at = 1_700_000_000 * S // MINUTE * MINUTE
    bars = live(server, feed, at)
    server.rest[KLINES] = klines(*range(at - 5 * MINUTE, at, MINUTE))
    asks = []
    threads = [
        threading.Thread(target=lambda: asks.append(feed.older("BTC-USDT", "1m", at, 5)))
        for _ in range(4)
    ]
    feed._call(lambda: [thread.start() for thread in threads] and time.sleep(0.2))
    for thread in threads:
        thread.join()
    assert len(set(map(id, asks))) == 1
    assert asks[0].result(10) == 5
    assert not asks[0].cancel()
    assert len(bars) == 6


def test_before_any_trade_the_venues_bars_are_what_there_is(server, feed):
    now = time.time_ns()
    at = now // MINUTE * MINUTE
    server.rest[KLINES] = klines(*range(at - 3 * MINUTE, at + MINUTE, MINUTE))
    bars = feed.bars("1m")["BTC-USDT"]
    assert feed.older("BTC-USDT", "1m", now, 3).result(10) == 4
    live(server, feed, now)
    assert bars.df.volume.tolist() == [7.0, 7.0, 7.0, 7.5]


def test_an_error_is_a_status_and_nothing(server, feed):
    at = 1_700_000_000 * S // MINUTE * MINUTE
    live(server, feed, at)
    for status, body in ((500, b"out of order"), (200, b"<html>")):
        server.rest[KLINES] = status, body, {}
        assert feed.older("BTC-USDT", "1m", at).result(10) == 0
        said = feed.status.list()[-1]
        assert (said.kind, said.symbol, said.channel) == ("error", "BTC-USDT", "bars")
        assert said.detail.startswith("BTC-USDT: older bars of 1m could not be had: ")


def test_what_cannot_be_asked_for_is_refused_at_once(feed):
    with pytest.raises(FrameError):
        feed.older("BTC-USDT", "1M", 0)
    with pytest.raises(SymbolError):
        feed.older("XYZ", "1m", 0)


def test_a_feed_that_closes_answers_every_ask(server):
    with lf.connect("binance", "BTC-USDT", channels="trades", url=server.url) as feed:
        at = 1_700_000_000 * S // MINUTE * MINUTE
        live(server, feed, at)
        feed._call(lambda: setattr(feed._drivers[0], "get", _never))
        ask = feed.older("BTC-USDT", "1m", at)
    assert ask.result(10) == 0
    assert feed.older("BTC-USDT", "1m", at).result(0) == 0


async def _never(_):
    await asyncio.Event().wait()


def test_there_is_nobody_to_ask_in_a_replay_or_a_push_feed(server, tmp_path):
    path = tmp_path / "r.jsonl.gz"
    with lf.connect("binance", "BTC-USDT", channels="trades", url=server.url, record=path) as feed:
        live(server, feed, 1_700_000_000 * S)
    with lf.connect(lf.Replay(path, speed=None)) as replay:
        replay.wait(lambda: len(replay.trades["BTC-USDT"]) > 0)
        assert replay.older("BTC-USDT", "1m", 1_700_000_000 * S).result(10) == 0
        assert "error" not in [status.kind for status in replay.status.list()]
    with lf.push("ABC") as pushed:
        pushed.append_trade("ABC", 1.0, 1.0, time=1_700_000_000)
        assert pushed.older("ABC", "1m", 1_700_000_000 * S).result(10) == 0

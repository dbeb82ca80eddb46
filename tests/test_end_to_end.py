"""A real capture, through `serve`, a real socket and a feed: the same as its file, bit for bit."""

import gzip
import json

import pandas as pd
import pytest
from threaded import threaded

import livefin as lf
from livefin.events import BookDelta, BookSnapshot
from livefin.serve import ReplayServer

SYMBOL = "BTC-USDT"


@pytest.fixture(scope="module")
def capture(captures):
    return captures / "binance" / "spot_btcusdt_20240808.txt.gz"


@pytest.fixture(scope="module")
def wire(capture):
    """What the file says, read by nothing of livefin's."""
    lines = gzip.decompress(capture.read_bytes()).splitlines()
    frames = [json.loads(line.split(b" ", 1)[1]) for line in lines]
    return [frame for frame in frames if "stream" in frame]


def tops_by_update_id(feed):
    """Record the book's top after every change."""
    tops = {}

    @feed.on_event
    def note(event):
        if isinstance(event, BookDelta | BookSnapshot):
            book = feed.book[SYMBOL]
            tops[book.sequence] = (*book.best_bid, *book.best_ask)

    return tops


def compare(tops, wire):
    equal = total = 0
    for frame in wire:
        data = frame["data"]
        if "@bookTicker" in frame["stream"] and data["u"] in tops:
            total += 1
            equal += tops[data["u"]] == tuple(float(data[key]) for key in "bBaA")
    return equal, total


def same(one, other, *, but=()):
    """Whether two frames are equal in every bit of every column."""
    one, other = (
        one.reset_index().drop(columns=list(but)),
        other.reset_index().drop(columns=list(but)),
    )
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_live_through_serve_equals_the_file_and_its_replays(capture, wire, tmp_path):
    recorded = tmp_path / "live.jsonl.gz"
    trades = [frame["data"] for frame in wire if frame["stream"].endswith("@trade")]
    quotes = [frame["data"] for frame in wire if frame["stream"].endswith("@bookTicker")]

    with (
        threaded(lambda: ReplayServer(capture, speed=None)) as server,
        lf.connect("binance", SYMBOL, url=server.url, record=recorded) as live,
    ):
        tops = tops_by_update_id(live)
        assert live.wait(lambda: len(live.quotes[SYMBOL]) == len(quotes), timeout=60)
        assert live.wait(lambda: len(live.trades[SYMBOL]) == len(trades))
        assert live.wait(lambda: live.book[SYMBOL].sequence == wire_last_update(wire))
        assert not live.queued

    # every trade once and in order
    df = live.trades[SYMBOL].df
    assert df.id.tolist() == [trade["t"] for trade in trades]
    assert df.price.tolist() == [float(trade["p"]) for trade in trades]
    assert df["size"].tolist() == [float(trade["q"]) for trade in trades]
    assert (df.side == "sell").tolist() == [trade["m"] for trade in trades]
    assert (df.index.asi8 // 10**6).tolist() == [trade["T"] for trade in trades]
    # no gap, nothing dropped, nothing misread
    assert dict(live.status.counts) == {"connected": 1}
    assert live.dropped == 0
    # the book against the venue's own best quotes
    assert compare(tops, wire) == (564, 564)
    # bars against a plain resample
    bars = live.bars("1s")[SYMBOL].df
    plain = df.price.resample("1s").ohlc().dropna()
    pd.testing.assert_frame_equal(bars[["open", "high", "low", "close"]], plain, check_freq=False)
    volume = df["size"].resample("1s").sum()
    pd.testing.assert_series_equal(
        bars.volume, volume[volume.index.isin(bars.index)], check_names=False, check_freq=False
    )

    with lf.connect(lf.Replay(recorded, speed=None)) as again:
        assert again.wait(lambda: again.state == "finished", timeout=60)
    with lf.connect(lf.Replay(capture, speed=None)) as file:
        file_tops = tops_by_update_id(file)
        assert file.wait(lambda: file.state == "finished", timeout=60)

    same(live.trades[SYMBOL].df, again.trades[SYMBOL].df)
    same(live.quotes[SYMBOL].df, again.quotes[SYMBOL].df)
    same(live.bars("1s")[SYMBOL].df, again.bars("1s")[SYMBOL].df)
    assert live.book[SYMBOL].snapshot() == again.book[SYMBOL].snapshot()
    # The file was received elsewhere at another time: all but the times of receipt.
    same(live.trades[SYMBOL].df, file.trades[SYMBOL].df, but=["ts_recv"])
    same(live.quotes[SYMBOL].df, file.quotes[SYMBOL].df, but=["time", "ts_recv"])
    same(live.bars("1s")[SYMBOL].df, file.bars("1s")[SYMBOL].df)
    assert live.book[SYMBOL].levels() == file.book[SYMBOL].levels()
    assert compare(file_tops, wire)[0] == compare(file_tops, wire)[1]


def wire_last_update(wire):
    return max(frame["data"]["u"] for frame in wire if "@depth" in frame["stream"])


def test_a_capture_with_four_symbols_klines_and_aggregate_trades(captures):
    path = captures / "binance" / "spot_4sym_20211012.jsonl.gz"
    symbols = ["NKN-USDT", "BLZ-ETH", "LRC-BTC", "RUNE-EUR"]
    channels = ["quotes", "book", "agg_trades", "bars:1m"]
    with (
        threaded(lambda: ReplayServer(path, speed=None)) as server,
        lf.connect("binance", symbols, url=server.url, channels=channels) as feed,
    ):
        assert feed.wait(lambda: feed.meter.total >= 265 and not feed.queued, timeout=20)
        assert feed.wait(lambda: all(feed.book[symbol].synced for symbol in symbols))
        assert feed.status.counts["malformed"] == 0
        assert feed.status.counts["gap"] == 0
        assert len(feed.quotes["NKN-USDT"]) == 74
        assert len(feed.agg_trades["NKN-USDT"]) == 1
        assert feed.tables["bars"]["NKN-USDT"].df.interval.tolist() == ["1m"]
        assert len(feed.bars("1s")["NKN-USDT"]) == 1
        assert not any(feed.book[symbol].crossed for symbol in symbols)

"""A recording as frames: the same rows as a replay holds, on every real capture."""

import gzip
import json
import sys

import pandas as pd
import pytest

import livefin as lf
from livefin import tabulate
from livefin.errors import ChannelError, LivefinError, RecordingError, SymbolError
from livefin.recording import Recorder

S = 1_000_000_000
TS = 1_700_000_000 * S
CAPTURES = [
    "binance/spot_4sym_20211012.jsonl.gz",
    "binance/spot_btcusdt_20240808.txt.gz",
    "binance/usdm_4sym_20210722.jsonl.gz",
    "bitget/bitget.jsonl.gz",
    "bitstamp/bitstamp_20220105.jsonl.gz",
    "bybit/v5_20260809.jsonl.gz",
    "coinbase/advanced_trade_20260809_part1.jsonl.gz",
    "coinbase/exchange_legacy_20210417_5products.jsonl.gz",
    "deribit/deribit.jsonl.gz",
    "hyperliquid/btc_20250126.txt.gz",
    "kraken/v1_10pairs_20210417.jsonl.gz",
]


def replayed(path, **options):
    feed = lf.connect(lf.Replay(path, speed=None, **options), rows=10**7)
    with feed:
        assert feed.wait(lambda: feed.state == "finished" and not feed.queued, timeout=120)
    return feed


def trade(id_, symbol="btcusdt", **changes):
    data = {"e": "trade", "t": id_, "p": "100.5", "q": "0.5", "T": 1_700_000_000_000, "m": False}
    return json.dumps({"stream": f"{symbol}@trade", "data": data | changes})


def kline(interval, symbol="btcusdt"):
    k = {"t": 1, "T": 2, "i": interval, "o": "1", "c": "1", "h": "1", "l": "1", "v": "1", "n": 1}
    data = {"e": "kline", "E": 1, "k": k | {"x": True}}
    return json.dumps({"stream": f"{symbol}@kline_{interval}", "data": data})


def write(path, *frames):
    with Recorder(path, venue="binance", config={"trades": ["QUIET-USDT"]}) as recorder:
        recorder.connect("wss://x.example", TS)
        for n, frame in enumerate(frames):
            recorder.recv(frame.encode(), TS + n)
    return path


@pytest.mark.parametrize("name", CAPTURES)
def test_the_frames_of_a_real_capture_are_those_of_its_replay(captures, name):
    recording, feed = lf.Recording(captures / name), replayed(captures / name)
    seen = 0
    for channel, table in feed.tables.items():
        every = recording.df(channel)
        assert set(every.symbol) == set(table)
        assert next(iter(every)) == "symbol"
        for symbol in table:
            expected = table[symbol].df
            one = every[every.symbol == symbol].drop(columns="symbol")
            pd.testing.assert_frame_equal(one, expected, check_exact=True)
            seen += len(expected)
        if len(table):
            symbol = next(iter(table))
            one = recording.df(channel, symbol)
            pd.testing.assert_frame_equal(one, table[symbol].df, check_exact=True)
    pd.testing.assert_frame_equal(recording.df("status"), feed.status.df)
    assert seen


def test_rows_stand_in_the_order_they_came_however_they_were_gathered(tmp_path, monkeypatch):
    symbols = ["btcusdt", "ethusdt", "bnbusdt"]
    path = write(tmp_path / "r", *(trade(n, symbols[n * n % 3]) for n in range(100)))
    whole = lf.Recording(path).df("trades")
    assert whole.id.tolist() == list(range(100))
    assert whole.ts_recv.astype("int64").tolist() == [TS + n for n in range(100)]
    assert whole.symbol.cat.categories.tolist() == ["BTC-USDT", "ETH-USDT"]
    monkeypatch.setattr(tabulate, "ROWS", 7)
    pd.testing.assert_frame_equal(lf.Recording(path).df("trades"), whole)


def test_gaps_and_what_came_twice_are_as_live(tmp_path):
    path = write(tmp_path / "r", *(trade(n) for n in (1, 2, 2, 7, 8)))
    recording, feed = lf.Recording(path), replayed(path)
    assert recording.df("trades", "BTC-USDT").id.tolist() == [1, 2, 7, 8]
    pd.testing.assert_frame_equal(recording.df("status"), feed.status.df)
    assert recording.df("status", "BTC-USDT").kind.tolist() == ["gap", "duplicate"]


def test_what_no_column_can_hold_is_a_status_here_too(tmp_path):
    path = write(tmp_path / "r", trade(1), trade(10**25), trade(2))
    recording, feed = lf.Recording(path), replayed(path)
    pd.testing.assert_frame_equal(recording.df("status"), feed.status.df)
    pd.testing.assert_frame_equal(recording.df("trades", "BTC-USDT"), feed.trades["BTC-USDT"].df)


def test_bars_of_one_interval(tmp_path):
    path = write(tmp_path / "r", kline("1m"), kline("5m"), kline("1m", "ethusdt"))
    recording = lf.Recording(path)
    assert recording.df("bars").interval.tolist() == ["1m", "5m", "1m"]
    assert recording.df("bars:1m").symbol.tolist() == ["BTC-USDT", "ETH-USDT"]
    assert recording.df("bars:5m", "BTC-USDT").interval.tolist() == ["5m"]
    with pytest.raises(ChannelError):
        recording.df("trades:1m")


def test_what_there_is_none_of(tmp_path):
    recording = lf.Recording(write(tmp_path / "r", trade(1)))
    with pytest.raises(ChannelError, match=r"'book'; it offers: trades, .*liquidations, status"):
        recording.df("book")
    with pytest.raises(SymbolError, match="of trades the recording r has: BTC-USDT"):
        recording.df("trades", "BTC-USD")
    quiet, none = recording.df("trades", "QUIET-USDT"), recording.df("quotes")
    full = recording.df("trades", "BTC-USDT")
    assert len(quiet) == len(none) == 0
    assert quiet.dtypes.equals(full.dtypes)
    assert quiet.index.dtype == full.index.dtype == none.index.dtype
    assert list(none)[:2] == ["symbol", "ts_recv"]


def test_a_frame_is_ones_own_to_change(tmp_path):
    path = write(tmp_path / "r", trade(1), trade(2))
    for df in (lf.Recording(path).df("trades"), lf.Recording(path).df("trades", "BTC-USDT")):
        df["value"] = df.price * df["size"]
        df.loc[df.id == 1, "price"] = 7.0
        assert df.price.tolist() == [7.0, 100.5]


def test_a_venue_is_told_where_the_file_does_not_say(tmp_path):
    path = tmp_path / "r.txt.gz"
    path.write_bytes(gzip.compress(f"{TS} [1]\n".encode()))
    with pytest.raises(RecordingError, match="does not say its venue; pass venue="):
        lf.Recording(path).df("trades")
    assert lf.Recording(path, venue="binance").df("trades").empty


def test_a_cut_recording_gives_what_is_whole_and_says_so(tmp_path):
    path = write(tmp_path / "r", *(trade(n) for n in range(50)))
    path.write_bytes(path.read_bytes()[:-4])
    recording = lf.Recording(path)
    assert len(recording.df("trades")) == 50
    assert recording.truncated
    assert recording.df("status").detail.str.contains("is cut off").any()


class Terminal:
    """A stderr that is looked at."""

    def __init__(self):
        self.said = ""

    def isatty(self):
        return True

    def write(self, text):
        self.said += text

    def flush(self):
        pass


def test_long_work_says_how_far_it_is_and_leaves_nothing(tmp_path, monkeypatch):
    path = write(tmp_path / "r", *(trade(n) for n in range(5_000)))
    monkeypatch.setattr(sys, "stderr", Terminal())
    lf.Recording(path).df("trades")
    assert sys.stderr.said == ""
    monkeypatch.setattr(tabulate, "QUIET", 0.0)
    lf.Recording(path).df("trades")
    assert "\rreading r: 100%" in sys.stderr.said
    assert sys.stderr.said.endswith(f"\r{'':60}\r")


def test_the_frames_of_several_files_are_those_of_one(tmp_path):
    (tmp_path / "several").mkdir()
    write(tmp_path / "several" / "1.jsonl.gz", *(trade(n) for n in range(5)))
    write(tmp_path / "several" / "2.jsonl.gz", *(trade(n) for n in range(5, 9)))
    recording = lf.Recording(tmp_path / "several")
    assert recording.df("trades").id.tolist() == list(range(9))
    assert recording.df("status").kind.tolist() == ["connected", "disconnected", "connected"]
    with pytest.raises(LivefinError):
        lf.Recording(tmp_path)

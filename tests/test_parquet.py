"""Frames as parquet files: what is read back is what was held, and nobody meets half of it."""

import builtins
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import livefin as lf
from livefin import parquet, tabulate
from livefin.events import CHANNEL, Bar, Liquidation, OrderEvent, Quote, Status, Trade
from livefin.frames import SIDES
from livefin.parquet import MissingExtraError, ParquetError, file_name, write
from livefin.recording import Recorder
from livefin.statuslog import StatusLog
from livefin.tables import COLUMNS, Table

pytest.importorskip("pyarrow")
TS = 1_700_000_000_123_456_789
ODD = [
    "BTC/USDT",
    "X:Y Z",
    "..",
    ".",
    "_x",
    ".x",
    "k" * 300,
    "kPEPE",
    "KPEPE",
    "日本",
    "CON",
    "A%2FB",
]


def tables(*events):
    made = {CHANNEL[kind]: Table(kind) for kind in COLUMNS}
    for event in events:
        made[CHANNEL[type(event)]].write(event)
    return made


def trades(symbol, ids=range(5), side="buy"):
    return [Trade(symbol, TS + n, TS + n, 100.5 + n, 0.5, side, n) for n in ids]


def read(folder, channel, symbol):
    """The frame of one symbol, as it was."""
    df = pd.read_parquet(Path(folder) / channel, filters=[("symbol", "==", symbol)])
    assert set(df.symbol) <= {symbol}
    return df.drop(columns="symbol")


def same(read, held):
    """Equal in every bit and type; texts come back as pandas' own kind of text."""
    held = held.copy()
    for name in held.select_dtypes(object):
        held[name] = pd.Series([None if v is None else str(v) for v in held[name]], held.index)
    pd.testing.assert_frame_equal(read, held.infer_objects(), check_exact=True)


def test_what_is_read_back_is_what_was_held(tmp_path):
    held = tables(
        *trades("BTC-USDT"),
        *trades("ETH-USDT", side="sell"),
        Trade("ETH-USDT", TS, TS, np.nan, 0.0, None, None),
        Quote("BTC-USDT", TS, TS + 1, 1.0, 2.0, 3.0, 4.0, 2**62),
        Bar("BTC-USDT", TS, TS, "1m", 1.0, 2.0, 0.5, 1.5, 9.0, 4, closed=True),
        OrderEvent("BTC-USDT", TS, TS, "add", "an-id", "sell", 1.0, 2.0),
        Liquidation("BTC-USDT", TS, TS, 1.0, 2.0, "sell", None),
        Liquidation("BTC-USDT", TS, TS, 1.0, 2.0, "buy", "x-1"),
        Liquidation("ETH-USDT", TS, TS, 1.0, 2.0, "buy", 77),
        Trade("ADA-USDT", TS, TS, 1.0, 2.0, None, 1),
    )
    status = StatusLog()
    status.append(Status("gap", TS, "BTC-USDT", "trades", 3, TS, TS + 1, 2**60, 2**60 + 2, "x"))
    status.append(Status("connected", TS))
    paths = write(tmp_path, held, status)
    assert [str(path.relative_to(tmp_path)) for path in paths] == [
        *("bars/BTC-USDT.parquet", "liquidations/BTC-USDT.parquet"),
        *("liquidations/ETH-USDT.parquet", "orders/BTC-USDT.parquet"),
        *("quotes/BTC-USDT.parquet", "status/ALL.parquet"),
        "trades/ADA-USDT.parquet",
        *("trades/BTC-USDT.parquet", "trades/ETH-USDT.parquet"),
    ]
    for channel, table in held.items():
        for symbol in table:
            same(read(tmp_path, channel, symbol), table[symbol].df)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "status"), status.df)
    both = pd.read_parquet(tmp_path / "trades")
    assert both.symbol.cat.categories.tolist() == ["ADA-USDT", "BTC-USDT", "ETH-USDT"]
    assert both.side.cat.categories.tolist() == ["buy", "sell"]
    assert both.index.dtype == "datetime64[ns, UTC]"
    assert both.id.dtype == "int64"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_what_holds_nothing_yet_is_read_back_as_that(tmp_path):
    held = tables()
    held["trades"].add("BTC-USDT")
    write(tmp_path, held, StatusLog())
    # The words for sides are written with the first row that has one.
    back = read(tmp_path, "trades", "BTC-USDT").astype({"side": SIDES})
    same(back, held["trades"]["BTC-USDT"].df)
    assert len(pd.read_parquet(tmp_path / "status")) == 0


def test_odd_symbols_stay_in_the_folder_and_come_back(tmp_path):
    held = tables(*(trade for n, symbol in enumerate(ODD) for trade in trades(symbol, [n])))
    paths = write(tmp_path / "below", held, StatusLog())
    assert {path.parent.parent for path in paths} == {tmp_path / "below"}
    assert list(tmp_path.iterdir()) == [tmp_path / "below"]
    back = pd.read_parquet(tmp_path / "below" / "trades")
    assert dict(zip(back.id, back.symbol, strict=True)) == dict(enumerate(ODD))


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=400), unique=True))
def test_no_two_symbols_share_a_file_on_any_system(symbols):
    names = [file_name(symbol) for symbol in symbols]
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert len(name) < 120
        assert name.isascii()
        assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-%~")


# What is there already


def test_what_is_there_is_not_lost_unasked(tmp_path):
    write(tmp_path, tables(*trades("BTC-USDT")), StatusLog())
    before = {path: path.read_bytes() for path in tmp_path.glob("*/*")}
    with pytest.raises(ParquetError, match=r"status/ALL.parquet is there already; .* overwrite"):
        write(tmp_path, tables(*trades("BTC-USDT", [9])), StatusLog())
    assert {path: path.read_bytes() for path in tmp_path.glob("*/*")} == before


def test_overwriting_leaves_nothing_of_what_was_there_and_all_else(tmp_path):
    write(tmp_path, tables(*trades("BTC-USDT"), *trades("OLD-USDT")), StatusLog())
    (tmp_path / "trades" / "notes.txt").write_text("precious")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "my.parquet").write_text("precious")
    write(tmp_path, tables(*trades("BTC-USDT", [9])), StatusLog(), overwrite=True)
    assert (tmp_path / "trades" / "notes.txt").read_text() == "precious"
    assert (tmp_path / "mine" / "my.parquet").read_text() == "precious"
    (tmp_path / "trades" / "notes.txt").unlink()
    assert pd.read_parquet(tmp_path / "trades").id.tolist() == [9]


def test_a_failure_leaves_what_was_there(tmp_path, monkeypatch):
    write(tmp_path, tables(*trades("BTC-USDT")), StatusLog())
    before = {path: path.read_bytes() for path in tmp_path.glob("*/*")}

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parquet.ParquetFolder, "write_status", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path, tables(*trades("ETH-USDT")), StatusLog(), overwrite=True)
    assert {path: path.read_bytes() for path in tmp_path.glob("*/*")} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["status", "trades"]


def test_a_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ParquetError, match="file/below"):
        write(tmp_path / "file" / "below", tables(), StatusLog())


def test_without_pyarrow_it_says_what_to_install(tmp_path, monkeypatch):
    imports = builtins.__import__

    def without(name, *args, **kwargs):
        if name.partition(".")[0] == "pyarrow":
            raise ImportError(name)
        return imports(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r'pip install "livefin\[parquet\]"') as raised:
        write(tmp_path, tables(), StatusLog())
    assert raised.value.extra == "parquet"
    assert list(tmp_path.iterdir()) == []


def test_more_files_than_may_be_open_are_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "MAX_OPEN", 2)
    symbols = ["A-B", "C-D", "E-F"]
    with parquet.ParquetFolder(tmp_path) as to:
        for n in range(12):
            for symbol in symbols:
                frame = tables(*trades(symbol, [n]))["trades"][symbol]
                to.write("trades", symbol, frame.columns, frame.df)
    assert len(to.paths) == 36
    for symbol in symbols:
        assert read(tmp_path, "trades", symbol).id.tolist() == list(range(12))


# Recordings


def test_a_recording_written_piece_by_piece_is_its_frames(captures, tmp_path, monkeypatch):
    path = captures / "coinbase" / "exchange_legacy_20210417_5products.jsonl.gz"
    recording = lf.Recording(path)
    frames = {channel: recording.df(channel) for channel in parquet.CHANNELS}
    monkeypatch.setattr(tabulate, "ROWS", 100)
    recording.to_parquet(tmp_path)
    for channel, df in frames.items():
        if channel == "status":
            pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / channel), df)
        elif df.empty:
            assert not (tmp_path / channel).exists()
        else:
            for symbol in df.symbol.cat.categories:
                expected = df[df.symbol == symbol].drop(columns="symbol")
                same(read(tmp_path, channel, symbol), expected)
    assert sum(map(len, frames.values())) > 200


def test_a_recording_that_is_none_writes_nothing(tmp_path):
    data = {"e": "trade", "t": 1, "p": "1.5", "q": "0.5", "T": 1, "m": False}
    with Recorder(tmp_path / "r", venue="nowhere") as to:
        to.recv(json.dumps({"stream": "btcusdt@trade", "data": data}).encode(), TS)
    with pytest.raises(lf.LivefinError, match="nowhere"):
        lf.Recording(tmp_path / "r").to_parquet(tmp_path / "p")
    assert list((tmp_path / "p").iterdir()) == []
    recording = lf.Recording(tmp_path / "r", venue="binance")
    recording.to_parquet(tmp_path / "p")
    assert pd.read_parquet(tmp_path / "p" / "trades").price.tolist() == [1.5]


def test_a_feed_writes_what_it_holds(tmp_path):
    with lf.connect("paper", ["BTC-USDT", "ETH-USDT"]) as feed:
        assert feed.wait(lambda: len(feed.trades["BTC-USDT"]) > 20)
        feed.to_parquet(tmp_path / "live")  # while it goes on
    feed.to_parquet(tmp_path / "closed")
    for channel, table in feed.tables.items():
        for symbol in table:
            same(read(tmp_path / "closed", channel, symbol), table[symbol].df)
    live, closed = (read(tmp_path / name, "trades", "BTC-USDT") for name in ("live", "closed"))
    pd.testing.assert_frame_equal(live, closed.iloc[: len(live)])
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "closed" / "status"), feed.status.df)

"""A live feed recorded to one file after the other: all of them are what was seen, each a market.

Through real sockets against the embedded exchange.
"""

import atexit
import gzip
import json
import random
import shutil
import subprocess
import sys

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from scripted import ScriptedServer
from threaded import threaded
from traitlets.config import Config

import livefin as lf
from livefin import venues
from livefin.booksync import BookSync
from livefin.cli import main
from livefin.events import BookSnapshot
from livefin.exchange import ExchangeServer
from livefin.recording import Recording

S = 1_000_000_000
SYMBOLS = ["BTC-USDT", "ETH-USDT"]


@pytest.fixture
def exchange():
    with threaded(lambda: ExchangeServer(seed=5, rate=300, symbols=SYMBOLS)) as server:
        yield server


def finished(path):
    feed = lf.connect(lf.Replay(path, speed=None), rows=10**6)
    with feed:
        assert feed.wait(lambda: feed.state == "finished" and not feed.queued, timeout=60)
    return feed


def same(one, other):
    pd.testing.assert_frame_equal(one.df, other.df, check_exact=True)


def said(feed):
    """Its statuses, but for those of a machine that is busy."""
    df = feed.status.df
    return df[df.kind != "lagging"]


def files(folder):
    return sorted(folder.glob("*.jsonl.gz"))


def test_the_files_together_give_the_live_frames_exactly(exchange, tmp_path):
    options = {"record": tmp_path / "r", "rotate": "20kB", "rows": 10**6}
    with lf.connect("paper", SYMBOLS, url=exchange.url, **options) as live:
        assert live.wait(lambda: len(files(tmp_path / "r")) >= 5, timeout=60)
        parts = len(files(tmp_path / "r"))
        for n in (2, 3):  # and across changes of sockets
            live.reconnect()
            assert live.wait(lambda n=n: live.status.counts["connected"] == n, timeout=20)
        assert live.wait(lambda: len(files(tmp_path / "r")) >= parts + 4, timeout=60)
    again = finished(tmp_path / "r")
    for symbol in SYMBOLS:
        same(live.trades[symbol], again.trades[symbol])
        same(live.quotes[symbol], again.quotes[symbol])
        assert live.book[symbol].snapshot() == again.book[symbol].snapshot()
        assert (live.trades[symbol].df.id.diff().dropna() == 1).all()
    assert said(again).equals(said(live))
    assert said(live).kind.tolist() == ["connected"] * 3


def test_each_file_alone_gives_its_own_stretch(exchange, tmp_path):
    options = {"record": tmp_path / "r", "rotate": "1s", "rows": 10**6}
    books = {}
    with lf.connect("paper", SYMBOLS, url=exchange.url, **options) as live:

        @live.on_event
        def note(event):
            if isinstance(event, lf.BookDelta | lf.BookSnapshot):
                book = live.book[event.symbol]
                books[book.symbol, book.sequence] = book.levels()

        assert live.wait(lambda: len(files(tmp_path / "r")) >= 4, timeout=60)
    alone = [finished(path) for path in files(tmp_path / "r")]
    for symbol in SYMBOLS:
        for name in ("trades", "quotes"):
            tables = [feed.tables[name] for feed in alone]
            together = pd.concat([table[symbol].df for table in tables if symbol in table])
            pd.testing.assert_frame_equal(together, live.tables[name][symbol].df, check_exact=True)
        for feed in alone[:-1]:  # the last may have ended as soon as it began
            book = feed.book[symbol]
            assert book.synced
            assert book.levels() == books[symbol, book.sequence]
    assert all(dict(feed.status.counts) == {"connected": 1} for feed in alone)


def test_only_the_newest_files_stay_and_can_be_played(exchange, tmp_path):
    with lf.connect("paper", SYMBOLS, url=exchange.url) as feed:
        feed.wait()
        recorder = feed.record(tmp_path / "r", rotate="1s", keep=2)
        assert feed.wait(lambda: len(files(tmp_path / "r")) == 3, timeout=20)
        first = files(tmp_path / "r")[0]
        assert feed.wait(lambda: first not in files(tmp_path / "r"), timeout=20)
        assert len(files(tmp_path / "r")) <= 3
        assert feed.wait(lambda: recorder.file == files(tmp_path / "r")[-1], timeout=20)
    again = finished(tmp_path / "r")
    assert (again.trades["BTC-USDT"].df.id.diff().dropna() == 1).all()
    assert again.book["BTC-USDT"].levels() == feed.book["BTC-USDT"].levels()


def test_a_folder_that_vanishes_ends_the_recording_and_the_feed_goes_on(exchange, tmp_path):
    with lf.connect("paper", SYMBOLS, url=exchange.url) as feed:
        feed.record(tmp_path / "r", rotate="1h")
        trades = feed.trades["BTC-USDT"]
        assert feed.wait(lambda: trades.total > 20)
        shutil.rmtree(tmp_path / "r")
        assert feed.wait(lambda: feed.status.counts["error"] == 1)
        detail = feed.status.df.detail.iloc[-1]
        assert detail.startswith("recording stopped: ")
        assert detail.endswith("has been taken away")
        total = trades.total
        assert feed.wait(lambda: trades.total > total + 20)
        assert feed.state == "live"


SNAPSHOT = b'{"lastUpdateId":10,"bids":[["99.0","1.0"]],"asks":[["101.0","1.0"]]}'


def test_a_snapshot_that_is_fetched_is_fetched_once_a_file(tmp_path):
    def depth(n):
        data = {"e": "depthUpdate", "E": 1, "U": n, "u": n, "b": [["98.0", str(n)]], "a": []}
        return json.dumps({"stream": "btcusdt@depth@100ms", "data": data})

    with ScriptedServer() as server:
        server.rest["/api/v3/depth"] = (200, SNAPSHOT, {})
        options = {"channels": ["book"], "record": tmp_path / "r", "rotate": "1s", "silence": 1.0}
        with lf.connect("binance", "BTC-USDT", url=server.url, **options) as feed:
            assert feed.wait(lambda: feed.book["BTC-USDT"].synced)
            for n in range(11, 400):
                server.send(depth(n))
                body = {"lastUpdateId": n, "bids": [["98.0", str(n)]], "asks": [["101.0", "1.0"]]}
                server.rest["/api/v3/depth"] = (200, json.dumps(body).encode(), {})
                if len(files(tmp_path / "r")) >= 4:
                    break
                feed.wait(lambda n=n: feed.book["BTC-USDT"].sequence >= n)
                feed.wait(lambda: False, timeout=0.02)
        fetched = sum("depth" in path for path in server.requests)
        parts = files(tmp_path / "r")
        assert len(parts) - 1 <= fetched <= len(parts)
        assert set(feed.status.counts) == {"connected"}
    for path in parts[:-1]:
        assert sum(record.kind == "http" for record in Recording(path)) == 1
        assert finished(path).book["BTC-USDT"].synced
    assert finished(tmp_path / "r").book["BTC-USDT"].levels() == feed.book["BTC-USDT"].levels()


def test_a_snapshot_for_a_recording_is_asked_for_until_it_comes_and_no_more():
    asked, whole = [], BookSnapshot("BTC-USDT", 1, 1, [(1.0, 1.0)], [(2.0, 1.0)], 10)
    jitter = random.Random(1)
    books = BookSync(venues.get("binance"), asked.append, patience=15, jitter=jitter)
    books.add("BTC-USDT")
    books.start(None, 1 * S)
    books.event(whole, 2 * S, fetched=True)
    books.renew(3 * S)
    books.failed("BTC-USDT", 4 * S, "HTTP 429", refused=False, retry_after=None)
    books.tick(40 * S)
    assert len(asked) == 3
    books.event(whole, 41 * S, fetched=True)
    for seconds in range(42, 300):
        books.tick(seconds * S)
    assert len(asked) == 3


@pytest.mark.parametrize("options", [{}, {"rotate": "1h"}])
def test_a_key_that_the_server_sends_back_is_not_recorded(tmp_path, options):
    key, said = "hunter2-hunter2", '{"type":"error","msg":"no: hunter2-hunter2 is no good"}'
    path = tmp_path / "r"
    with ScriptedServer() as server:
        server.on_message = lambda _: [said]
        asked = {"url": server.url, "keys": {"api_key": key}, "record": path, **options}
        with lf.connect("finnhub", "AAPL", **asked) as feed:
            assert feed.wait(lambda: len(feed.status) > 1)
            feed.send({"mine": key})
            assert feed.wait(lambda: any(key in message for message in server.received))
        assert key in "".join(server.requests)  # it was used
    (file,) = files(path) if options else [path]
    written = gzip.decompress(file.read_bytes())
    assert b"hunter2" not in written
    assert b"no: <redacted> is no good" in written
    assert b"token=<redacted>" in written


def test_from_the_command_line(exchange, tmp_path):
    words = ["-o", str(tmp_path / "r"), "--rotate", "1s", "--keep", "2", "--seconds", "5"]
    ran = subprocess.run(  # noqa: S603 - ours
        [
            sys.executable,
            "-m",
            "livefin",
            "record",
            "paper",
            *SYMBOLS,
            "--url",
            exchange.url,
            *words,
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    frames = int(ran.stdout.partition(" frames in ")[0].replace(",", ""))
    assert frames > sum(record.kind == "recv" for record in Recording(tmp_path / "r")) > 100
    assert len(files(tmp_path / "r")) == 3


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--rotate", "often"], "'often' is no length of time"),
        (["--rotate", "1h", "--keep", "some"], "'some' is no number of files"),
        (["--keep", "2"], "keep= goes with rotate="),
    ],
)
def test_what_makes_no_sense_on_the_command_line_is_one_line(
    exchange, tmp_path, capsys, words, says
):
    options = ["-o", str(tmp_path / "r"), "--url", exchange.url, *words]
    assert main(["record", "paper", *SYMBOLS, *options]) == 1
    errors = capsys.readouterr().err
    assert says in errors
    assert len(errors.splitlines()) == 1


def test_from_the_magic(exchange, tmp_path):
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    try:
        shell.run_line_magic("load_ext", "livefin")
        shell.run_line_magic("livefin", f"connect paper BTC-USDT --url {exchange.url}")
        recorder = shell.run_line_magic("livefin", f"record {tmp_path / 'r'} --rotate 1s --keep 5")
        feed = shell.user_ns["feed"]
        assert feed.wait(lambda: len(files(tmp_path / "r")) > 2)
        assert "RotatingRecorder" in repr(recorder)
        feed.close()
    finally:
        shell.atexit_operations()
        atexit.unregister(shell.atexit_operations)
        InteractiveShell.clear_instance()
    assert len(Recording(tmp_path / "r").paths) > 2

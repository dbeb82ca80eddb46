"""Kill a recording process at random moments: what was flushed is there, and the rest is said."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
from threaded import threaded

import livefin as lf
from livefin.exchange import ExchangeServer
from livefin.recording import Recording

SYMBOL = "BTC-USDT"

# Says which trades it has had, so that what was lost can be told.
CHILD = """
import os, sys, time
import livefin as lf
from livefin.events import Trade

url, path, options = sys.argv[1], sys.argv[2], eval(sys.argv[3])
feed = lf.connect("paper", "BTC-USDT", url=url)
recorder = feed.record(path, **options)

@feed.on_event
def tell(event):
    if isinstance(event, Trade) and recorder.frames:
        os.write(1, b"%d %d\\n" % (event.id, event.ts_recv))

while True:
    time.sleep(1)
"""


@pytest.fixture(scope="module")
def exchange():
    with threaded(lambda: ExchangeServer(seed=9, rate=400, symbols=[SYMBOL])) as server:
        yield server


def killed(url, path, options, after):
    """Run a recording for `after` seconds and kill it; the trades it had, and when it died."""
    process = subprocess.Popen(  # noqa: S603 - ours
        [sys.executable, "-c", CHILD, url, str(path), repr(options)], stdout=subprocess.PIPE
    )
    first = process.stdout.readline()
    time.sleep(after)
    now = time.time_ns()
    os.kill(process.pid, signal.SIGKILL)
    said = (first + process.stdout.read()).splitlines()
    process.stdout.close()
    process.wait()
    whole = [line.split() for line in said if line.count(b" ") == 1]
    return [int(id_) for id_, _ in whole], now


def trades(path):
    with lf.connect(lf.Replay(path, speed=None), rows=10**6) as feed:
        assert feed.wait(lambda: feed.state == "finished" and not feed.queued, timeout=60)
    return feed.trades[SYMBOL].df, feed.status.df


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"rotate": "1s"},
    ],
)
def test_a_kill_loses_about_a_second_and_says_so(exchange, tmp_path, options):
    moments = random.Random(4)
    for n in range(3):
        path = tmp_path / f"{n}{'' if options else '.jsonl.gz'}"
        had, died = killed(exchange.url, path, options, after=moments.uniform(1.2, 3.0))
        recording = Recording(path)
        last = max(record.ts for record in recording)
        assert died - last < 2_000_000_000  # a second, and what a busy machine adds
        assert recording.truncated
        assert "cut short" in recording.damage
        df, status = trades(path)
        ids = df.id.tolist()
        assert ids == list(range(ids[0], ids[-1] + 1))
        assert ids[0] <= had[0]
        assert had[: had.index(ids[-1]) + 1] == ids[ids.index(had[0]) :]
        assert "is cut off" in status.detail.iloc[-1]


def test_a_recording_begun_again_in_the_same_folder_goes_on_with_the_loss_in_it(exchange, tmp_path):
    had = []
    for _ in range(3):
        more, _ = killed(exchange.url, tmp_path / "r", {"rotate": "1s", "keep": 50}, after=1.5)
        had += more
    df, status = trades(tmp_path / "r")
    ids = df.id.tolist()
    assert ids == sorted(set(ids))
    assert set(ids) & set(had) >= set(had[:50])
    kinds = status.kind.tolist()
    assert kinds.count("connected") == 3
    assert kinds.count("disconnected") == 2
    assert status.detail[status.kind == "disconnected"].str.contains("recording ends here").all()
    gaps = status[(status.kind == "gap") & (status.channel == "trades")]
    missing = set(range(ids[0], ids[-1])) - set(ids)
    assert missing == {n for gap in gaps.itertuples() for n in range(gap.first, gap.last + 1)}
    assert missing


@pytest.mark.skipif(sys.platform != "linux", reason="needs a bound on the size of files")
def test_a_disk_that_fills_up_ends_the_recording_with_all_that_fitted(exchange, tmp_path):
    path = tmp_path / "full.jsonl.gz"
    bounded = "import resource as r; r.setrlimit(r.RLIMIT_FSIZE, (30_000, 30_000)); "
    run = "import sys; from livefin.cli import main; sys.exit(main(sys.argv[1:]))"
    words = ["record", "paper", SYMBOL, "-o", str(path), "--seconds", "4", "--url", exchange.url]
    ran = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", bounded + run, *words], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1].endswith(f"is cut short: File too large: {path}")
    assert path.stat().st_size == 30_000
    recording = Recording(path)
    ids = [frame["id"] for frame in map(parsed, recording) if frame.get("type") == "trade"]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    assert len(ids) > 30
    assert recording.truncated


def parsed(record):
    return json.loads(record.data) if record.kind == "recv" else {}

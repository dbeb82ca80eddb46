"""Replays: speed, order, what a recording lacks, and recordings of recordings."""

import gzip
import time

import pytest

import livefin as lf
from livefin.errors import LivefinError, RecordingError

TS = 1_700_000_000_000_000_000
TRADE = (
    '{"stream":"btcusdt@trade","data":{"e":"trade","t":%d,"p":"100.5","q":"0.5",'
    '"T":1700000000000,"m":false}}'
)


def write(path, lines):
    path.write_bytes(gzip.compress("".join(f"{ts} {raw}\n" for ts, raw in lines).encode()))
    return path


@pytest.fixture
def session(tmp_path):
    """Twenty trades, 50 ms apart."""
    lines = [(TS + n * 50_000_000, TRADE % n) for n in range(20)]
    return write(tmp_path / "session.txt.gz", lines)


def finished(feed):
    return feed.wait(lambda: feed.state == "finished" and not feed.queued, timeout=20)


def test_times_are_the_recordings_own(session):
    with lf.connect(lf.Replay(session, speed=None)) as feed:
        assert finished(feed)
        received = feed.trades["BTC-USDT"].column("ts_recv")
        assert received.tolist() == [TS + n * 50_000_000 for n in range(20)]


def test_speed_is_kept(session):
    arrivals = []
    with lf.connect(lf.Replay(session, speed=5), "BTC-USDT", channels=["trades"]) as feed:
        feed.on_event(lambda event: arrivals.append(time.monotonic()))
        assert finished(feed)
    # 0.95 s of recording at five times the speed; never faster, whatever the machine does.
    assert arrivals[-1] - arrivals[0] > 0.95 / 5 * 0.8


def test_only_what_is_asked_for(session):
    with lf.connect(lf.Replay(session, speed=None), "ETH-USDT") as feed:
        assert finished(feed)
        assert len(feed.trades["ETH-USDT"]) == 0


def test_a_quiet_stretch_of_a_recording_is_no_silence_of_the_venue(tmp_path):
    lines = [(TS, TRADE % 1), (TS + 3_600 * 10**9, TRADE % 2)]
    with lf.connect(lf.Replay(write(tmp_path / "quiet.gz", lines), speed=None)) as feed:
        assert finished(feed)
        assert dict(feed.status.counts) == {"connected": 1}


def test_gaps_in_a_recording_are_reported(tmp_path):
    lines = [(TS + n, TRADE % n) for n in (1, 2, 7, 8)]
    with lf.connect(lf.Replay(write(tmp_path / "gap.gz", lines), speed=None)) as feed:
        assert finished(feed)
        gap = next(status for status in feed.status.list() if status.kind == "gap")
        assert (gap.first, gap.last, gap.count, gap.start, gap.end) == (3, 6, 4, TS + 2, TS + 7)


def test_a_recording_cut_in_mid_line_gives_what_is_whole_and_says_so(tmp_path, session):
    whole = gzip.decompress(session.read_bytes())
    cut = tmp_path / "cut.txt"
    cut.write_bytes(whole[: len(whole) - 30])
    with lf.connect(lf.Replay(cut, speed=None)) as feed:
        assert finished(feed)
        assert len(feed.trades["BTC-USDT"]) == 19
        assert feed.status.counts["error"] == 1
        assert "cut" in feed.status.df.detail.iloc[-1]


def test_a_replay_can_be_recorded_and_gives_the_same(tmp_path, session):
    copy = tmp_path / "copy.jsonl.gz"
    with lf.connect(lf.Replay(session, speed=None), record=copy) as one:
        assert finished(one)
    with lf.connect(lf.Replay(copy, speed=None)) as two:
        assert finished(two)
        assert one.trades["BTC-USDT"].df.equals(two.trades["BTC-USDT"].df)


def test_nobody_listens_to_what_is_sent(session):
    with lf.connect(lf.Replay(session, speed=None)) as feed, pytest.raises(LivefinError):
        feed.send("hello")


def test_a_slow_callback_holds_the_replay_up_and_loses_nothing(session):
    seen = []
    with lf.connect(lf.Replay(session, speed=None), backlog=2) as feed:
        feed.on_event(lambda event: (time.sleep(0.002), seen.append(event)))
        assert finished(feed)
        assert len(feed.trades["BTC-USDT"]) == 20
    assert feed.dropped == 0


def test_closing_in_mid_play_is_clean(session):
    feed = lf.connect(lf.Replay(session, speed=1))
    feed.wait()
    feed.close()
    assert feed.state == "closed"
    assert isinstance(feed.trades["BTC-USDT"].df.price.iloc[0], float)


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_speed_must_be_positive(session, speed):
    with pytest.raises(RecordingError, match="speed"):
        lf.Replay(session, speed=speed)

"""Writing a recording: what goes in comes out, and no disk ever harms the feed."""

import gzip
import json
import shutil
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import RecordingError
from livefin.keys import Secret
from livefin.recording import Record, Recorder, Recording
from livefin.recording.recorder import public_url

T = 1_723_161_254_036_059_768


def write(path, *frames, **kwargs):
    with Recorder(path, venue="binance", **kwargs) as recorder:
        for i, frame in enumerate(frames):
            recorder.recv(frame, T + i)
    return path


times = st.integers(0, 2**63 - 1)
frames = st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode))


@given(st.lists(st.tuples(frames, times, st.booleans())))
def test_what_goes_in_comes_out_bit_for_bit(tmp_path_factory, noted):
    path = tmp_path_factory.mktemp("r") / "r.gz"
    with Recorder(path, venue="binance") as recorder:
        for data, ts, binary in noted:
            recorder.recv(data, ts, binary=binary)
    records = list(Recording(path))
    assert [(r.data, r.ts) for r in records] == [(data, ts) for data, ts, _ in noted]
    for record, (_, _, binary) in zip(records, noted, strict=True):
        assert record.binary or not binary


def test_every_kind_of_record(tmp_path):
    with Recorder(tmp_path / "r", venue="binance", config={"trades": ["A-B"]}) as to:
        to.connect("wss://venue.example/ws", 1, conn="7")
        to.send('{"op":"subscribe"}', 2, conn="7")
        to.recv(b"{}", 3, conn="7")
        to.recv(b"\xff\x00", 4, conn="7")
        to.http("https://venue.example/book?symbol=AB", "[1]", 5, conn="h")
        to.disconnect("cable", 6, conn="7")
        assert (to.frames, to.bytes) == (2, 4)
    recording = Recording(tmp_path / "r")
    assert list(recording) == [
        Record("connect", 1, b"", "7", "wss://venue.example/ws"),
        Record("send", 2, b'{"op":"subscribe"}', "7"),
        Record("recv", 3, b"{}", "7"),
        Record("recv", 4, b"\xff\x00", "7", binary=True),
        Record("http", 5, b"[1]", "h", "https://venue.example/book?symbol=AB"),
        Record("disconnect", 6, b"cable", "7"),
    ]
    assert (recording.venue, recording.config) == ("binance", {"trades": ["A-B"]})
    assert (recording.truncated, recording.damage, recording.skipped) == (False, "", 0)
    assert list(recording) == list(recording)


def test_a_frame_may_lie_in_a_buffer_that_is_used_again(tmp_path):
    buffer = bytearray(b"first")
    with Recorder(tmp_path / "r", venue="binance") as recorder:
        recorder.recv([buffer], T)
        buffer[:] = b"again"
    assert [record.data for record in Recording(tmp_path / "r")] == [b"first"]


def test_sockets_are_numbered_as_they_connect(tmp_path):
    with Recorder(tmp_path / "r", venue="binance") as recorder:
        recorder.recv([b"[0]"], T)
        for _ in range(2):
            recorder.connect("wss://x.example", T)
            recorder.recv([b"[1]", b"[2]"], T)
            recorder.disconnect("", T)
    assert [(r.kind, r.conn) for r in Recording(tmp_path / "r")] == [
        ("recv", "1"),
        *[("connect", "1"), ("recv", "1"), ("recv", "1"), ("disconnect", "1")],
        *[("connect", "2"), ("recv", "2"), ("recv", "2"), ("disconnect", "2")],
    ]


def test_what_authenticates_is_not_written(tmp_path):
    with Recorder(tmp_path / "r", venue="binance") as recorder:
        recorder.connect("wss://me:hunter2@x.example/ws?listenKey=hunter2&streams=a@trade", T)
        recorder.send('{"op":"login","secret":"hunter2"}', T, secret=True)
        recorder.http("https://x.example/a?b=1&signature=hunter2", "{}", T)
    assert b"hunter2" not in gzip.decompress((tmp_path / "r").read_bytes())
    records = list(Recording(tmp_path / "r"))
    assert records[0].url.endswith("&streams=a@trade")
    assert records[1].data == b"<redacted>"


def test_the_file_is_plain_gzip_of_json_lines(tmp_path):
    write(tmp_path / "r", b"{}")
    lines = gzip.decompress((tmp_path / "r").read_bytes()).splitlines()
    header, recv = map(json.loads, lines)
    assert header["format"] == "livefin-1"
    assert recv == {"t": "recv", "conn": "1", "ts": T, "data": "{}"}


# Crashes, disks and fingers


def test_what_is_flushed_survives_a_crash(tmp_path):
    recorder = Recorder(tmp_path / "r", venue="binance")
    recorder.recv(b"{}", T)
    recorder.flush()
    (tmp_path / "after the crash").write_bytes((tmp_path / "r").read_bytes())
    recorder.close()
    recording = Recording(tmp_path / "after the crash")
    assert [record.data for record in recording] == [b"{}"]
    assert recording.truncated


def test_the_thread_flushes_by_itself(tmp_path, monkeypatch):
    monkeypatch.setattr("livefin.recording.recorder.FLUSH_INTERVAL", 0.01)
    recorder = Recorder(tmp_path / "r", venue="binance")
    try:
        size = (tmp_path / "r").stat().st_size
        recorder.recv(b"{}", T)
        pause = threading.Event()
        for _ in range(1000):
            if (tmp_path / "r").stat().st_size > size:
                break
            pause.wait(0.01)
        assert (tmp_path / "r").stat().st_size > size
    finally:
        recorder.close()


class FullDisk:
    """A file on a disk with no space left."""

    def write(self, _data):
        raise OSError(28, "No space left on device")

    flush = close = lambda self: None


def test_a_full_disk_stops_the_recording_and_not_the_feed(tmp_path):
    recorder = Recorder(tmp_path / "r", venue="binance")
    recorder._output._file.close()
    recorder._output._file = FullDisk()
    recorder.recv(b"{}", T)
    recorder.flush()
    assert str(recorder.error) == f"No space left on device: {tmp_path / 'r'}"
    recorder.recv(b"{}", T)
    assert recorder.frames == 1
    with pytest.raises(RecordingError, match="No space left") as raised:
        recorder.close()
    assert raised.value.path == tmp_path / "r"
    recorder.close()


def test_a_disk_that_cannot_keep_up_is_an_error_and_no_memory_leak(tmp_path):
    recorder = Recorder(tmp_path / "r", venue="binance", backlog=100)
    with recorder._writing:
        recorder.recv(b"x" * 101, T)
        assert not recorder._noted
    with pytest.raises(RecordingError, match="keep up"):
        recorder.close()


def test_close_twice_and_anything_after_it(tmp_path):
    recorder = Recorder(tmp_path / "r", venue="binance")
    recorder.close()
    recorder.close()
    recorder.recv(b"{}", T)
    recorder.flush()
    assert recorder.frames == 0
    assert list(Recording(tmp_path / "r")) == []


def test_a_recording_is_not_overwritten_unasked(tmp_path):
    path = write(tmp_path / "r", b"{}")
    with pytest.raises(RecordingError, match="overwrite=True"):
        Recorder(path, venue="binance")
    write(path, b"[]", overwrite=True)
    assert [record.data for record in Recording(path)] == [b"[]"]


def test_an_empty_file_may_be_recorded_to(tmp_path):
    (tmp_path / "r").touch()
    assert len(list(Recording(write(tmp_path / "r", b"{}")))) == 1


def test_a_file_that_is_taken_away_ends_the_recording(tmp_path):
    (tmp_path / "usb").mkdir()
    recorder = Recorder(tmp_path / "usb" / "r", venue="binance")
    recorder.recv(b"{}", T)
    recorder.flush()
    assert recorder.error is None
    shutil.rmtree(tmp_path / "usb")
    recorder.recv(b"{}", T)
    recorder.flush()
    assert str(recorder.error) == f"{tmp_path / 'usb' / 'r'} has been taken away"
    with pytest.raises(RecordingError, match="taken away"):
        recorder.close()


def test_a_file_put_in_its_place_ends_the_recording(tmp_path):
    recorder = Recorder(tmp_path / "r", venue="binance")
    (tmp_path / "other").touch()
    (tmp_path / "other").replace(tmp_path / "r")
    recorder.recv(b"{}", T)
    recorder.flush()
    assert "replaced by another file" in str(recorder.error)
    with pytest.raises(RecordingError):
        recorder.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_disk_that_is_full_from_the_start_is_said_at_once(tmp_path):
    (tmp_path / "r").symlink_to("/dev/full")
    with pytest.raises(RecordingError, match="cannot be written: No space left"):
        Recorder(tmp_path / "r", venue="binance")


# Keys


def recorded(path):
    return gzip.decompress(path.read_bytes())


def test_a_key_is_written_nowhere_even_if_the_server_sends_it(tmp_path):
    key, path = "hunter2/+=", tmp_path / "r"
    with Recorder(path, venue="binance", secrets=lambda: [Secret(key)]) as to:
        to.connect("wss://x.example/hunter2%2F%2B%3D/ws", T)
        to.recv(b'{"echo":"hunter2/+=","escaped":"hunter2\\/+=","price":2}', T)
        to.http("https://x.example/hunter2/+=/a", '{"key":"hunter2/+="}', T)
        to.disconnect("hunter2/+= is no good", T)
    assert b"hunter2" not in recorded(path)
    records = list(Recording(path))
    assert records[1].data == b'{"echo":"<redacted>","escaped":"<redacted>","price":2}'
    assert [r.url for r in records if r.url] == [
        "wss://x.example/<redacted>/ws",
        "https://x.example/<redacted>/a",
    ]


def test_data_that_only_looks_like_a_part_of_a_key_is_kept(tmp_path):
    frame = b'{"id":1234567,"other":"x123456","price":12}'
    secrets = [Secret("123456"), Secret("12")]
    with Recorder(tmp_path / "r", venue="binance", secrets=lambda: secrets) as to:
        to.recv(frame, T)
    assert [record.data for record in Recording(tmp_path / "r")] == [frame]


def test_a_token_that_comes_later_is_a_secret_too(tmp_path):
    secrets = []
    with Recorder(tmp_path / "r", venue="binance", secrets=lambda: secrets) as to:
        to.recv(b'{"a":1}', T)
        to.flush()
        secrets.append(Secret("tok-en-123"))
        to.recv(b'{"a":"tok-en-123"}', T)
    assert [record.data for record in Recording(tmp_path / "r")] == [
        b'{"a":1}',
        b'{"a":"<redacted>"}',
    ]


@pytest.mark.parametrize(
    "query", ["apikey=S", "listenKey=S", "a=1&jwt=S", "X-Amz-Credential=S", "session=S&b=2"]
)
def test_what_looks_like_a_key_in_an_address_is_left_out(query):
    assert "=S" not in public_url(f"wss://host/p?{query}")


@pytest.mark.parametrize("name", ["no/such/folder/r", "."])
def test_a_path_that_cannot_be_written(tmp_path, name):
    with pytest.raises(RecordingError, match="cannot be written"):
        Recorder(tmp_path / name, venue="binance")

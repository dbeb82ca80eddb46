"""Reading a recording: whatever wrote it, and whatever happened to it since."""

import gzip
import json
import zlib

import pytest

from livefin.errors import RecordingError
from livefin.recording import Record, Recorder, Recording
from livefin.recording.lines import Lines
from livefin.venues.binance.spot import Binance
from livefin.venues.contract import Venue

T = 1_723_161_254_036_059_768


def write(path, *frames, **kwargs):
    with Recorder(path, venue="binance", **kwargs) as recorder:
        for i, frame in enumerate(frames):
            recorder.recv(frame, T + i)
    return path


# Files cut short

LINES = [
    {"t": "header", "format": "livefin-1", "venue": "binance"},
    {"t": "recv", "conn": "1", "ts": 1, "data": "{}"},
    {"t": "recv", "conn": "1", "ts": 2, "data": "żółw"},
    {"t": "recv", "conn": "1", "ts": 3, "b64": "/w=="},
]
TEXT = b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in LINES)
PLAIN = b'1723161253937085768 {"a":1}\n1723161254036059768 [[1,2],3]\n'


def expected(text):
    """Times of the lines that are whole in `text`, by another way than the reader's."""
    found = []
    for line in text.split(b"\n"):
        try:
            ts = json.loads(line)["ts"]
        except (ValueError, KeyError):
            continue
        found.append(ts)
    return found


@pytest.mark.parametrize("packed", [False, True])
def test_cut_at_every_byte_all_whole_lines_are_given(tmp_path, packed):
    data = gzip.compress(TEXT) if packed else TEXT
    header = TEXT.index(b"\n")
    for n in range(len(data)):
        path = tmp_path / "r"
        path.write_bytes(data[:n])
        text = zlib.decompressobj(31).decompress(data[:n]) if packed else data[:n]
        if len(text) < header:
            with pytest.raises(RecordingError):
                Recording(path)
            continue
        recording = Recording(path)
        assert [record.ts for record in recording] == expected(text)
        whole = text.endswith((b"\n", b'"}'))
        assert recording.truncated == (packed or not whole)
        assert bool(recording.damage) == recording.truncated
        if not whole:
            assert f"line {text.count(10) + 1}" in recording.damage


def test_plain_lines_cut_at_every_byte(tmp_path):
    first, second = PLAIN.index(b"\n"), len(PLAIN) - 1
    for n in range(len(PLAIN) + 1):
        (tmp_path / "r").write_bytes(PLAIN[:n])
        try:
            recording = Recording(tmp_path / "r", venue=Unheard())
        except RecordingError:
            assert n < first
            continue
        assert len(list(recording)) == (n >= first) + (n >= second)
        assert recording.truncated == (n not in {first, first + 1, second, second + 1})


def test_a_fault_inside_the_compressed_stream(tmp_path):
    frames = [b'{"n":%d}' % n for n in range(20_000)]
    data = bytearray(write(tmp_path / "r", *frames).read_bytes())
    at = len(data) // 2
    # What comes after, up to the end of its block, may decode to lines that were never there.
    text = zlib.decompressobj(wbits=31).decompress(bytes(data[:at]))
    sound = text[: text.rindex(b"\n")].count(b'"recv"')
    data[at : at + 40] = b"\xff" * 40
    (tmp_path / "r").write_bytes(data)
    recording = Recording(tmp_path / "r")
    given = [record.data for record in recording]
    assert 1_000 < sound <= len(given) < len(frames)
    assert given[:sound] == frames[:sound]
    assert "corrupt" in recording.damage


def test_concatenated_and_padded_recordings(tmp_path):
    one, two = write(tmp_path / "1", b"[1]"), write(tmp_path / "2", b"[2]")
    (tmp_path / "r").write_bytes(one.read_bytes() + two.read_bytes() + bytes(512))
    recording = Recording(tmp_path / "r")
    # What became of the first one's socket, nobody knows.
    assert [(r.kind, r.ts, r.conn) for r in recording] == [
        ("recv", T, "1"),
        ("disconnect", T, "1"),
        ("recv", T, "1"),
    ]
    assert not recording.truncated


def test_garbage_in_the_middle_is_counted_and_passed_over(tmp_path):
    bad = [
        b"garbage",
        b"\xff\xfe",
        b"{",
        b'{"t":"recv","ts":1}',
        b'{"t":"recv","data":"{}"}',
        b'{"t":"recv","ts":-1,"data":"{}"}',
        b'{"t":"recv","ts":1e999999999,"data":"{}"}',
        b'{"t":"dance","ts":1,"data":"{}"}',
        b'{"t":"recv","ts":1,"data":"\\ud800"}',
        b'{"t":"recv","ts":1,"b64":"*"}',
        b'{"t":"recv","ts":1,"data":' + b"[" * 100_000,
        b"null",
    ]
    good = b'{"t":"recv","conn":"1","ts":5,"data":"{}"}'
    head, path = json.dumps(LINES[0]).encode(), tmp_path / "r"
    path.write_bytes(b"\n".join([head, *bad, b"", good, b""]))
    recording = Recording(path)
    assert [record.ts for record in recording] == [5]
    assert recording.skipped == len(bad)
    assert recording.skipped_lines == list(range(2, 12))
    assert not recording.truncated


def test_a_plain_line_of_a_time_that_no_column_holds_is_passed_over(tmp_path):
    (tmp_path / "r").write_bytes(b"5 {}\n9223372036854775808 {}\n9999999999999999999 {}\n7 {}\n")
    recording = Recording(tmp_path / "r", venue=Unheard())
    assert [record.ts for record in recording] == [5, 7]
    assert recording.skipped == 2


def test_lines_are_put_together_across_chunks(tmp_path):
    frames = [b"x" * n for n in (65_535, 65_536, 5_000_000, 1)]
    write(tmp_path / "r", *frames)
    assert [record.data for record in Recording(tmp_path / "r")] == frames


def test_a_line_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("livefin.recording.lines.MAX_LINE", 1 << 20)
    (tmp_path / "r").write_bytes(gzip.compress(b"{" + b" " * (8 << 20)))
    with pytest.raises(RecordingError, match="line 1 is over 1 MiB"):
        list(Lines(tmp_path / "r"))


# The layouts that others write


class Unheard(Venue):
    """A venue of one's own that recognises nothing."""

    name = "unheard"


def seconds_file(path, *lines, exchange="BINANCE"):
    header = {"t": "header", "format": 2, "exchange": exchange, "recorded": 1.5}
    path.write_bytes(b"\n".join([json.dumps(header).encode(), *lines, b""]))
    return path


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        (b"1626992741.3105128", 1_626_992_741_310_512_800),
        (b"1633998512.06388", 1_633_998_512_063_880_000),
        (b"1626992741", 1_626_992_741_000_000_000),
        (b"1626992741.123456789", 1_626_992_741_123_456_789),
        (b"1.5e9", 1_500_000_000_000_000_000),
    ],
)
def test_seconds_are_read_as_written(tmp_path, text, ns):
    line = b'{"t":"recv","conn":"A","ts":%b,"data":"{}"}' % text
    assert [r.ts for r in Recording(seconds_file(tmp_path / "r", line))] == [ns]


@pytest.mark.parametrize("ts", [b"1e999999999", b'"NaN"', b"-1", b"1e10", b"null"])
def test_seconds_that_are_no_time(tmp_path, ts):
    line = b'{"t":"recv","conn":"A","ts":%b,"data":"{}"}' % ts
    recording = Recording(seconds_file(tmp_path / "r", line))
    assert list(recording) == []
    assert recording.skipped == 1


def test_the_venue_is_told_by_the_header(tmp_path):
    assert Recording(seconds_file(tmp_path / "r")).venue == "binance"
    other = Recording(seconds_file(tmp_path / "r", exchange="ATLANTIS"))
    with pytest.raises(RecordingError, match=r"'ATLANTIS'; pass venue= one of: .*binance"):
        _ = other.venue
    assert list(other) == []  # the raw records need no venue
    assert Recording(tmp_path / "r", venue="binance").venue == "binance"
    mine = Unheard()
    assert Recording(tmp_path / "r", venue=mine).open_venue() is mine


def test_the_venue_is_told_by_the_frames(tmp_path):
    (tmp_path / "r").write_bytes(
        b'1 {"stream":"btcusdt@trade","data":{}}\n2 {"lastUpdateId":1,"bids":[],"asks":[]}\n'
    )
    recording = Recording(tmp_path / "r")
    assert recording.venue == "binance"
    assert isinstance(recording.open_venue(), Binance)
    assert [record.kind for record in recording] == ["recv", "http"]


def test_frames_that_no_venue_recognises_are_frames_all_the_same(tmp_path):
    (tmp_path / "r").write_bytes(PLAIN)
    recording = Recording(tmp_path / "r")
    assert [record.kind for record in recording] == ["recv", "recv"]
    with pytest.raises(RecordingError, match="does not say its venue; pass venue="):
        _ = recording.venue
    mine = Recording(tmp_path / "r", venue=Unheard())
    assert (mine.venue, [r.kind for r in mine]) == ("unheard", ["recv", "recv"])


# What is no recording


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"PK\x03\x04 a zip file", "is no recording"),
        (b"time,price\n1,2\n", "is no recording"),
        (b'{"t":"recv","ts":1,"data":"{}"}\n', "is no recording"),
        (b'{"t":"header","format":"livefin-9"}\n', "upgrade"),
        (gzip.compress(b"hello\n", mtime=0), "is no recording"),
        (gzip.compress(b"hello\n", mtime=0)[:9], "cut short"),
        (b"\x1f\x8b\x07" + bytes(20), "corrupt"),
        (b"[" * 100_000, "is no recording"),
    ],
)
def test_other_files_are_refused(tmp_path, content, says):
    (tmp_path / "r").write_bytes(content)
    with pytest.raises(RecordingError, match=says) as raised:
        Recording(tmp_path / "r")
    assert raised.value.path == tmp_path / "r"


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(RecordingError, match="no such file"):
        Recording(tmp_path / "r")
    with pytest.raises(RecordingError, match="folder"):
        Recording(tmp_path)


# Real captures


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("binance/spot_btcusdt_20240808.txt.gz", {"recv": 41_248, "http": 1}),
        ("binance/spot_4sym_20211012.jsonl.gz", {"http": 5, "connect": 1, "recv": 265}),
        ("hyperliquid/btc_20250126.txt.gz", {"recv": 55}),
        ("huobi/huobi.jsonl.gz", {"http": 1, "connect": 1, "send": 26, "recv": 362}),
        ("kraken/v1_10pairs_20210417.jsonl.gz", {"http": 1, "connect": 3, "send": 3, "recv": 4430}),
    ],
)
def test_real_captures_are_read_whole_and_written_again(tmp_path, captures, name, kinds):
    recording = Recording(captures / name)
    records = list(recording)
    count = dict.fromkeys(kinds, 0)
    for record in records:
        count[record.kind] += 1
    assert count == kinds
    assert (recording.skipped, recording.truncated) == (0, False)
    with Recorder(tmp_path / "r", venue="binance") as recorder:
        for r in records:
            if r.kind == "recv":
                recorder.recv(r.data, r.ts, conn=r.conn, binary=r.binary)
            elif r.kind == "http":
                recorder.http(r.url, r.data, r.ts, conn=r.conn)
            elif r.kind == "send":
                recorder.send(r.data, r.ts, conn=r.conn)
            else:
                recorder.connect(r.url, r.ts, conn=r.conn)
    if "txt" in name:
        records = [Record(r.kind, r.ts, r.data, "1", r.url, r.binary) for r in records]
    again = list(Recording(tmp_path / "r"))
    assert [(r.kind, r.ts, r.data, r.binary) for r in again] == [
        (r.kind, r.ts, r.data, r.binary) for r in records
    ]

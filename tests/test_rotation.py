"""One file after the other: nothing lost or doubled at the seams, and each good by itself."""

import gzip
import json
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import RecordingError
from livefin.recording import TAKEN, Recorder, Recording, RotatingRecorder

S = 1_000_000_000
H = 3_600 * S
T = 1_723_161_254_036_059_768
NEXT_HOUR = T - T % H + H


def rotating(folder, **options):
    return RotatingRecorder(folder, **{"venue": "binance", "rotate": "1h", **options})


def files(folder):
    return sorted(folder.glob("*.jsonl.gz"))


def lines(path):
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def frames(path):
    return [record.data for record in Recording(path) if record.kind == "recv"]


def test_a_file_ends_at_the_full_hour_and_the_next_begins_with_the_sockets_that_stand(tmp_path):
    renewed = []
    subscribed = {"trades": ["A-B"]}
    with rotating(tmp_path / "r", config=lambda: subscribed, renew=lambda: renewed.append(1)) as to:
        to.connect("wss://x.example/a", T)
        to.connect("wss://x.example/b?apikey=1", T)
        to.connect("wss://x.example/c", T)
        to.recv(b"[1]", NEXT_HOUR - 1, conn="1")
        to.disconnect("cable", NEXT_HOUR - 1, conn="3")
        subscribed = {"trades": ["A-B", "C-D"]}
        to.recv([b"[2]", b"[3]"], NEXT_HOUR, conn="2")
        to.recv(b"[4]", NEXT_HOUR + H - 1, conn="1")
    one, two = files(tmp_path / "r")
    assert frames(one) == [b"[1]"]
    assert frames(two) == [b"[2]", b"[3]", b"[4]"]
    first, second = lines(one)[0], lines(two)[0]
    assert second.pop("recorded") >= first.pop("recorded")
    assert second == {**first, "part": 1, "config": {"trades": ["A-B", "C-D"]}}
    at = {"t": "connect", "ts": NEXT_HOUR}
    assert lines(two)[1:3] == [
        {**at, "conn": "1", "addr": "wss://x.example/a"},
        {**at, "conn": "2", "addr": "wss://x.example/b?apikey=<redacted>"},
    ]
    assert len(renewed) == 1
    assert [r.kind for r in Recording(tmp_path / "r")].count("connect") == 3


def test_a_file_ends_when_it_is_large_enough(tmp_path):
    noise = [json.dumps({"n": n, "hash": hash(str(n))}).encode() for n in range(20_000)]
    with rotating(tmp_path / "r", rotate="50kB") as to:
        for n in range(0, len(noise), 1_000):
            to.recv(noise[n : n + 1_000], T + n)
            to.flush()
    sizes = [path.stat().st_size for path in files(tmp_path / "r")]
    assert len(sizes) > 3
    assert all(50_000 <= size < 80_000 for size in sizes[:-1])
    assert frames(tmp_path / "r") == noise


def test_files_are_called_by_the_time_they_begin(tmp_path, monkeypatch):
    monkeypatch.setattr("time.time_ns", lambda: T)
    with rotating(tmp_path / "r", venue="a/b c") as to:
        to.recv(b"[1]", T)
        to.recv(b"[2]", NEXT_HOUR)
    assert [path.name for path in files(tmp_path / "r")] == [
        "a_b_c-20240808T235414.036Z.jsonl.gz",
        "a_b_c-20240808T235414.037Z.jsonl.gz",
    ]


calls = st.lists(
    st.tuples(
        st.sampled_from(["recv", "recv", "recv", "connect", "disconnect", "send", "http", "take"]),
        st.integers(0, 2 * H),
        st.integers(0, 3),
    ),
    max_size=40,
)


@given(calls)
def test_the_files_give_what_one_file_would(tmp_path_factory, calls):
    folder = tmp_path_factory.mktemp("r")
    with Recorder(folder / "one", venue="binance") as one, rotating(folder / "many") as many:
        ts, names = T, []
        for i, (verb, pause, which) in enumerate(calls):
            ts += pause
            for to in (one, many):
                name = names[which % len(names)] if names else None
                if verb == "recv" and name:
                    to.recv([b"[%d]" % i], ts, conn=name)
                elif verb == "disconnect" and name:
                    to.disconnect("cable", ts, conn=name)
                elif verb == "send" and name:
                    to.send("hello", ts, conn=name)
                elif verb == "http":
                    to.http("https://x.example/book", "{}", ts, conn=name)
                elif verb in ("connect", "take"):
                    replaces = name if verb == "take" and name else ""
                    new = to.connect("wss://x.example", ts, replaces=replaces)
            if verb in ("connect", "take"):
                names.append(new)
            if verb == "disconnect" and name:
                names.remove(name)
    assert list(Recording(folder / "many")) == list(Recording(folder / "one"))


def test_no_file_ends_while_a_socket_takes_anothers_place(tmp_path):
    with rotating(tmp_path / "r") as to:
        to.connect("wss://x.example", NEXT_HOUR - S)
        to.recv(b"[0]", NEXT_HOUR - S, conn="1")
        to.connect("wss://x.example", NEXT_HOUR - S, replaces="1")
        to.recv(b"[1]", NEXT_HOUR, conn="2")
        to.disconnect(TAKEN, NEXT_HOUR + S, conn="1")
        to.recv(b"[2]", NEXT_HOUR + S, conn="2")
        to.connect("wss://x.example", NEXT_HOUR + H - S, replaces="2")
        to.recv(b"[3]", NEXT_HOUR + H, conn="2")
        to.recv(b"[4]", NEXT_HOUR + H + 60 * S, conn="2")  # nobody is waited for without end
    assert [frames(path) for path in files(tmp_path / "r")] == [
        [b"[0]", b"[1]"],
        [b"[2]", b"[3]"],
        [b"[4]"],
    ]
    second, third = (
        [line for line in lines(path) if line["t"] == "connect"]
        for path in files(tmp_path / "r")[1:]
    )
    assert [(line["conn"], line.get("data")) for line in second] == [("2", None), ("3", "2")]
    assert [(line["conn"], line.get("data")) for line in third] == [("2", None), ("3", "2")]


def test_a_clock_that_is_set_back_ends_no_file_and_stops_no_rotation(tmp_path):
    with rotating(tmp_path / "r") as to:
        to.recv(b"[1]", T)
        to.recv(b"[2]", T - 100 * H)
        to.recv(b"[3]", T - 99 * H)
    assert [frames(path) for path in files(tmp_path / "r")] == [[b"[1]", b"[2]"], [b"[3]"]]


# What stays


def test_the_newest_files_stay(tmp_path):
    folder = tmp_path / "r"
    folder.mkdir()
    others = [folder / "notes.txt", folder / "binance-old.jsonl.gz", folder / "paper-1.jsonl.gz"]
    for other in others:
        other.write_text("precious")
    with rotating(folder, keep=2) as to:
        for n in range(6):
            to.recv(b"[%d]" % n, T + n * H)
    assert all(other.read_text() == "precious" for other in others)
    ours = [path for path in files(folder) if path not in others]
    assert [frames(path) for path in ours] == [[b"[3]"], [b"[4]"], [b"[5]"]]
    with rotating(folder, keep=1) as to:  # those of an earlier time count too
        to.recv(b"[6]", T)
    ours = [path for path in files(folder) if path not in others]
    assert {bytes(*frames(path)) for path in ours} == {b"[5]", b"[6]"}


def test_files_stay_up_to_a_size(tmp_path):
    with rotating(tmp_path / "r", keep="25kB") as to:
        for n in range(8):
            # Nothing that compresses: about 10 kB each.
            noise = "".join(f"{hash((n, i)):x}" for i in range(1_100))
            to.recv(noise.encode(), T + n * H)
            to.flush()
    sizes = [path.stat().st_size for path in files(tmp_path / "r")]
    assert len(sizes) == 3
    assert sum(sizes[:-1]) <= 25_000 < sum(sizes)


# What goes wrong


@pytest.mark.parametrize("rotate", ["", "1x", "h", "-1h", "0s", "1 kB", "1h30min", "nan h"])
def test_a_bound_that_is_none_says_how_to_write_it(tmp_path, rotate):
    with pytest.raises(RecordingError, match="'1h' and no size such as '500MB'"):
        rotating(tmp_path / "r", rotate=rotate)
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("keep", [0, -1, "", "2h", "many", 1.5])
def test_a_number_of_files_that_is_none_says_how_to_write_it(tmp_path, keep):
    with pytest.raises(RecordingError, match="24 and no size such as '20GB'"):
        rotating(tmp_path / "r", keep=keep)


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "r").touch()
    for name in ("r", "session.jsonl.gz"):
        with pytest.raises(RecordingError, match="name a folder"):
            rotating(tmp_path / name)
    with pytest.raises(RecordingError, match="cannot be made"):
        rotating(tmp_path / "r" / "below")


def test_a_folder_that_vanishes_ends_the_recording(tmp_path):
    to = rotating(tmp_path / "r")
    to.recv(b"[1]", T)
    to.flush()
    shutil.rmtree(tmp_path / "r")
    to.recv(b"[2]", NEXT_HOUR)
    to.flush()
    assert "No such file or directory" in str(to.error)
    to.recv(b"[3]", NEXT_HOUR)
    assert to.frames == 2
    with pytest.raises(RecordingError):
        to.close()


def test_what_the_feed_is_asked_at_a_seam_may_fail(tmp_path):
    def broken():
        raise RuntimeError("no")

    to = rotating(tmp_path / "r", renew=broken)
    to.recv(b"[1]", T)
    to.recv(b"[2]", NEXT_HOUR)
    assert str(to.error) == "no"
    with pytest.raises(RecordingError, match="no"):
        to.close()


# Put together again


@pytest.fixture
def parts(tmp_path):
    """Four files of one frame each, all of socket 1."""
    with rotating(tmp_path / "r") as to:
        to.connect("wss://x.example", T)
        for n in range(4):
            to.recv(b"[%d]" % n, T + n * H)
    return files(tmp_path / "r")


def played(given, **options):
    return [(r.kind, r.data.decode()) for r in Recording(given, **options)]


END = ("disconnect", "the recording ends here")


def test_several_files_by_folder_pattern_or_list(tmp_path, parts):
    expected = [("connect", ""), *(("recv", f"[{n}]") for n in range(4))]
    assert played(tmp_path / "r") == expected
    assert played(str(tmp_path / "r")) == expected
    assert played(tmp_path / "r" / "binance-*.gz") == expected
    assert played(parts) == expected
    assert played(tuple(map(str, parts))) == expected
    recording = Recording(tmp_path / "r")
    assert recording.paths == parts
    assert recording.path == tmp_path / "r"
    assert len(list(recording)) == 5
    assert not recording.truncated
    assert recording.position == sum(path.stat().st_size for path in parts)


def test_they_are_ordered_by_their_headers_and_not_by_their_names(tmp_path, parts):
    for path, name in zip(parts, "dcba", strict=True):
        path.rename(tmp_path / "r" / f"{name}.jsonl.gz")
    assert [data for kind, data in played(tmp_path / "r") if kind == "recv"] == [
        *("[0]", "[1]", "[2]", "[3]"),
    ]


def test_where_one_is_missing_the_sockets_end(tmp_path, parts):
    parts[1].unlink()
    assert played(tmp_path / "r") == [
        *(("connect", ""), ("recv", "[0]"), END),
        *(("connect", ""), ("recv", "[2]"), ("recv", "[3]")),
    ]


def test_where_one_is_cut_short_the_sockets_end_and_it_is_said(tmp_path, parts):
    parts[1].write_bytes(parts[1].read_bytes()[:-4])
    parts[2].write_bytes(b"")
    recording = Recording(tmp_path / "r")
    assert [(r.kind, r.data) for r in recording if r.kind != "connect"] == [
        *(("recv", b"[0]"), ("recv", b"[1]"), ("disconnect", END[1].encode()), ("recv", b"[3]")),
    ]
    assert recording.truncated
    assert f"{parts[2].name} is empty" in recording.damage
    assert f"{parts[1].name} its compressed stream is not closed" in recording.damage


def test_a_file_that_goes_away_while_it_is_read_is_damage(tmp_path, parts):
    records = iter(recording := Recording(tmp_path / "r"))
    assert next(records).kind == "connect"
    parts[3].unlink()
    assert sum(record.kind == "recv" for record in records) == 3
    assert "no such file" in recording.damage


def test_another_time_is_another_recording(tmp_path, parts):
    with rotating(tmp_path / "r") as to:
        to.connect("wss://x.example", T + 9 * H)
        to.recv(b"[9]", T + 9 * H)
    assert played(tmp_path / "r")[-4:] == [
        *(("recv", "[3]"), END, ("connect", ""), ("recv", "[9]")),
    ]


def test_two_made_at_the_same_time_are_not_one(tmp_path):
    with rotating(tmp_path / "r") as one, rotating(tmp_path / "r") as other:
        for to in (one, other, one):
            to.recv(b"[1]", T)
            to.recv(b"[2]", T + H)
            to.flush()
    with pytest.raises(RecordingError, match=r"made at the same time, as binance-.* name one"):
        Recording(tmp_path / "r")
    assert len(frames(files(tmp_path / "r"))) == 6  # named one by one they are played


def test_a_folder_of_several_venues_has_to_be_told_which(tmp_path, parts):
    with RotatingRecorder(tmp_path / "r", venue="paper", rotate="1h") as to:
        to.recv(b"[7]", T)
    with pytest.raises(RecordingError, match=r"several venues \(binance, paper\); pass venue="):
        Recording(tmp_path / "r")
    assert played(tmp_path / "r", venue="paper") == [("recv", "[7]")]
    assert played(tmp_path / "r", venue="binance")[-1] == ("recv", "[3]")
    with pytest.raises(RecordingError, match="those of other venues only"):
        Recording(tmp_path / "r", venue="okx")


def test_a_folder_without_any_and_a_pattern_that_fits_none(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(RecordingError, match=r"folder without \*\.jsonl\.gz"):
        Recording(tmp_path)
    with pytest.raises(RecordingError, match="check the pattern"):
        Recording(tmp_path / "*.gz")
    with pytest.raises(RecordingError, match="name a file"):
        Recording([])
    for name in ("1.jsonl.gz", "2.jsonl"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(RecordingError, match=r"1\.jsonl\.gz is empty"):
        Recording(tmp_path)
    (tmp_path / "odd[1].jsonl").write_bytes(
        b'{"t":"header","format":"livefin-1","venue":"paper"}\n'
    )
    assert Recording(tmp_path / "odd[1].jsonl").venue == "paper"

"""`livefin`: each command as a person types it, in a process of its own where it matters."""

# ruff: noqa: S603 - our own command

import os
import re
import signal
import subprocess
import sys
import time

import pytest

import livefin as lf
from livefin import cli
from livefin.venues import registry

HEAVY = ("pandas", "bokeh", "numpy", "IPython")


def livefin(*words, **options):
    """Run it to its end."""
    return subprocess.run(
        [sys.executable, "-m", "livefin", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )


@pytest.fixture
def start():
    """Start it; it is ended by Ctrl-C, and its exit code and stderr are looked at."""
    started = []

    def start(*words):
        process = subprocess.Popen(
            [sys.executable, "-m", "livefin", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        assert "Traceback" not in errors
        assert process.returncode in {0, 130}


def url_in(process):
    """The address it prints when it listens."""
    for line in process.stdout:
        found = re.search(r"ws://127\.0\.0\.1:\d+[^\s\"]*", line)
        if found:
            return found[0]
    pytest.fail(f"no address was printed: {process.stderr.read()}")


def test_version_and_help():
    assert livefin("--version").stdout == f"livefin {lf.__version__}\n"
    text = livefin("--help").stdout
    assert all(name in text for name in ("lab", "exchange", "record", "serve", "venues", "doctor"))


@pytest.mark.parametrize("words", [["--help"], ["venues"], ["lab", "--help"]])
def test_it_starts_without_the_heavy_imports(words):
    code = (
        f"import sys, contextlib; from livefin.cli import main\n"
        f"with contextlib.suppress(SystemExit): main({words!r})\n"
        f"sys.stderr.write(' '.join(name for name in {HEAVY!r} if name in sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert run.stderr == ""


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "required: COMMAND"),
        (["dance"], "invalid choice: 'dance'"),
        (["serve", "x", "--speed", "0"], "'0' is not a number above 0, or \"max\""),
        (["serve", "x", "--speed", "soon"], "'soon' is not a number above 0"),
        (["serve", "x", "--port", "70000"], "'70000' is no port"),
        (["exchange", "--rate", "nan"], "'nan' is not a number above 0"),
        (["record", "paper"], "required: symbols, -o/--output"),
        (["record", "paper", "BTC-USDT", "-o", "x", "--seconds", "-1"], "'-1' is not a number"),
    ],
)
def test_wrong_usage_exits_with_2(words, reason, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["serve", "missing.jsonl.gz"], "recording missing.jsonl.gz: "),
        (["record", "binanse", "BTC-USDT", "-o", "x.gz"], "unknown venue 'binanse'"),
        (["record", "paper", "BTC USDT", "-o", "x.gz"], "symbol 'BTC USDT'"),
        (["record", "paper", "A", "-o", "no/such/x.gz"], "cannot be written"),
        (["record", "paper", "A", "-o", "x.gz", "--url", "ws://127.0.0.1:9/"], "cannot connect"),
        (["exchange", "--symbols", "NOPE", "--port", "0"], "NOPE"),
    ],
)
def test_what_is_wrong_is_one_line_and_exits_with_1(words, reason, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(words) == 1
    said = capsys.readouterr().err
    assert said.startswith("livefin: ")
    assert reason in said
    assert len(said.splitlines()) == 1


def test_a_port_that_is_taken_is_one_line(start):
    port = url_in(start("exchange", "--port", "0")).rsplit(":", 1)[1].strip("/")
    second = livefin("exchange", "--port", port)
    assert second.returncode == 1
    assert len(second.stderr.splitlines()) == 1
    assert "in use" in second.stderr


def test_venues_lists_every_venue():
    text = livefin("venues").stdout
    assert all(f"{name} " in text for name in ("paper", "binance"))
    assert all(name in text for name in registry)
    assert "Embedded exchange, symbols as BTC-USDT" in text
    assert "trades, quotes, book\n" in text


def test_exchange_then_record_then_serve(start, tmp_path):
    """The whole round: a market, its recording, the recording as a market."""
    path = tmp_path / "session.jsonl.gz"
    exchange = start("exchange", "--port", "0", "--seed", "7", "--rate", "200")
    with lf.connect("paper", "ETH-USDT", url=url_in(exchange)) as feed:
        assert feed.wait(lambda: len(feed.trades["ETH-USDT"]) > 5)
        recording = livefin(
            *("record", "paper", "ETH-USDT", "-o", path, "--seconds", "1.5", "--url"),
            url_in(exchange),
        )
    assert recording.returncode == 0, recording.stderr
    frames = int(re.match(r"([\d,]+) frames in ", recording.stdout)[1].replace(",", ""))
    assert frames == sum(record.kind == "recv" for record in lf.Recording(path)) > 20

    with lf.connect(lf.Replay(path, speed=None)) as replay:
        assert replay.wait(lambda: replay.state == "finished")
        wanted = replay.trades["ETH-USDT"].df.id.tolist()
    served = start("serve", path, "--speed", "max")
    with lf.connect("paper", "ETH-USDT", url=url_in(served)) as again:
        assert again.wait(lambda: len(again.trades["ETH-USDT"]) == len(wanted))
        assert again.trades["ETH-USDT"].df.id.tolist() == wanted


def test_a_recording_is_not_overwritten_unless_asked(tmp_path):
    path = tmp_path / "there.jsonl.gz"
    path.write_bytes(b"precious")
    words = ("record", "paper", "BTC-USDT", "-o", path, "--seconds", "0.5")
    refused = livefin(*words)
    assert refused.returncode == 1
    assert "is there already" in refused.stderr
    assert path.read_bytes() == b"precious"
    assert livefin(*words, "--overwrite").returncode == 0
    assert lf.Recording(path).venue == "paper"


def test_ctrl_c_ends_a_recording_and_keeps_it(tmp_path):
    path = tmp_path / "kept.jsonl.gz"
    process = subprocess.Popen(
        [sys.executable, "-m", "livefin", "record", "paper", "BTC-USDT", "-o", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "Ctrl-C stops" in process.stderr.readline()
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
    assert "frames in" in out
    recording = lf.Recording(path)
    assert len(list(recording)) > 1
    assert not recording.truncated


def test_doctor_says_what_is_wrong_with_its_exit_code():
    well = livefin("doctor")
    assert (well.returncode, "all is well" in well.stdout) == (0, True)
    ill = livefin("doctor", env={**os.environ, "LIVEFIN_EXCHANGE_URL": "ws://127.0.0.1:9/"})
    assert (ill.returncode, "1 thing to mend" in ill.stdout) == (1, True)


def test_a_closed_pipe_is_no_traceback():
    code = "import sys; from livefin.cli import main; sys.exit(main(['venues']))"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    process.wait(20)
    assert "Traceback" not in errors
    assert len(errors.splitlines()) <= 1

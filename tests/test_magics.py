"""`%livefin` in a real IPython: what it leaves behind, and one line for what is wrong."""

import atexit
import re
import shutil

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import livefin as lf


@pytest.fixture
def shell():
    config = Config()
    config.HistoryManager.enabled = False  # no file, no thread
    shell = InteractiveShell.instance(config=config)
    shell.run_line_magic("load_ext", "livefin")
    yield shell
    for feed in lf.feeds():
        feed.close()
    shell.atexit_operations()
    atexit.unregister(shell.atexit_operations)
    InteractiveShell.clear_instance()


@pytest.fixture
def run(shell):
    return lambda line: shell.run_line_magic("livefin", line)


def said(capsys):
    out = capsys.readouterr()
    return out.out + out.err


def test_connect_leaves_a_feed_and_chart_takes_it(shell, run):
    feed = run("connect paper BTC-USDT ETH-USDT --channels trades,quotes --as market")
    assert shell.user_ns["market"] is feed
    assert feed.symbols == ["BTC-USDT", "ETH-USDT"]
    assert {sub.channel for sub in feed.subscriptions} == {"trades", "quotes"}
    chart = run("chart ETH-USDT --bars 5s")
    assert shell.user_ns["chart"] is chart
    assert (chart.feed, chart.symbol, chart.bars.interval) == (feed, "ETH-USDT", "5s")


def test_chart_is_told_how_to_look_and_what_to_compare(shell, run):
    run("connect paper BTC-USDT ETH-USDT")
    chart = run("chart BTC-USDT --kind line --scale log --as mine")
    assert shell.user_ns["mine"] is chart
    assert (chart.settings["kind"], chart.settings["scale"]) == ("line", "log")
    compared = run("chart BTC-USDT --compare ETH-USDT")
    assert compared.settings["scale"] == "percent"
    assert list(compared.source("ETH-USDT").data) == ["time", "value"]


def test_connecting_again_under_a_name_closes_what_had_it(run):
    first = run("connect paper BTC-USDT")
    second = run("connect paper BTC-USDT")
    assert (first.state, lf.feeds()) == ("closed", [second])


def test_a_failed_connect_leaves_the_feed_that_was_there(shell, run):
    feed = run("connect paper BTC-USDT")
    with pytest.raises(UsageError, match="cannot connect"):
        run("connect paper BTC-USDT --url ws://127.0.0.1:9/")
    assert (shell.user_ns["feed"], lf.feeds()) == (feed, [feed])


def test_chart_takes_the_newest_feed_that_has_the_symbol(shell, run):
    older = run("connect paper BTC-USDT --as older")
    newer = run("connect paper ETH-USDT --as newer")
    assert run("chart BTC-USDT").feed is older
    assert run("chart").feed is newer
    assert run("chart --feed older").feed is older


def test_record_and_replay(run, tmp_path):
    path = tmp_path / "session.jsonl.gz"
    feed = run("connect paper BTC-USDT")
    recorder = run(f"record {path}")
    assert feed.wait(lambda: recorder.frames > 5)
    run("record stop")
    replay = run(f"connect '{path}' --speed max --as again")
    assert replay.wait(lambda: replay.state == "finished")
    assert replay.symbols == ["BTC-USDT"]


def test_status_shows_every_open_feed(run, capsys):
    run("status")
    assert "%livefin connect paper BTC-USDT" in said(capsys)
    run("connect paper BTC-USDT")
    run("connect paper ETH-USDT --as other")
    run("status")
    assert said(capsys).count("<Feed paper") == 2


def test_stop_closes_one_or_all(run, capsys):
    feed, other = run("connect paper BTC-USDT"), run("connect paper ETH-USDT --as other")
    run("stop other")
    assert lf.feeds() == [feed]
    run("stop")
    assert (feed.state, other.state) == ("closed", "closed")
    run("stop")
    assert "closed nothing" in said(capsys)


def test_nest_patches_the_loop_that_runs(run, monkeypatch):
    applied = []
    monkeypatch.setattr("nest_asyncio2.apply", lambda: applied.append(True))
    run("nest")
    assert applied == [True]


@pytest.mark.parametrize("line", ["", "help"])
def test_alone_it_lists_its_verbs(run, capsys, line):
    run(line)
    text = said(capsys)
    assert all(f"%livefin {verb}" in text for verb in ("connect", "chart", "record", "stop"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("dance", "invalid choice: 'dance'"),
        ("connect", "required: source"),
        ("connect binanse BTC-USDT", "unknown venue 'binanse'; there are:"),
        ("connect paper", "name at least one"),
        ("connect paper BTC-USDT --channels gossip", "no channel 'gossip'"),
        ("connect paper 'BTC-USDT", "No closing quotation"),
        ("connect nowhere.jsonl.gz", "recording nowhere.jsonl.gz"),
        ("connect nowhere.jsonl.gz --speed soon", 'a number above 0, or "max"'),
        ("chart BTC-USDT", "no feed is open"),
        ("record x.jsonl.gz", "no feed is open"),
        ("stop shell", "shell is no feed"),
        ("chart --bars", "expected one argument"),
    ],
)
def test_what_is_wrong_is_one_line(shell, capsys, line, words):
    shell.run_cell(f"%livefin {line}")
    text = said(capsys)
    assert text.startswith("UsageError: ")
    assert words in text
    assert "Traceback" not in text
    assert len(text.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--bars never", "no bars of 'never'"),
        ("--kind pie", 'kind must be one of "candles", "hollow"'),
        ("--scale steep", 'scale must be one of "linear", "log"'),
        ("--compare XRP-USDT", "'XRP-USDT': this feed has: BTC-USDT"),
        ("--colour red", "unrecognized arguments: --colour red"),
    ],
)
def test_a_chart_that_cannot_be_is_one_line(shell, run, capsys, options, words):
    run("connect paper BTC-USDT")
    shell.run_cell(f"%livefin chart BTC-USDT {options}")
    text = said(capsys)
    assert text.startswith("UsageError: %livefin: ")
    assert words in text
    assert len(text.strip().splitlines()) == 1
    assert "chart" not in shell.user_ns


def test_files_that_are_there_are_told(shell, run, capsys, tmp_path):
    run("connect paper BTC-USDT")
    shutil.copy(__file__, path := tmp_path / "there")
    shell.run_cell(f"%livefin record {path}")
    assert "is there already" in said(capsys)


def test_a_cell_of_lines_is_drawn_and_left_under_its_name(shell, run):
    run("connect paper BTC-USDT")
    chart = run("chart BTC-USDT")
    cell = "fast = df.close.rolling(window).mean()\nfast - df.open"
    shell.run_cell(f"%%indicator gap --pane new --param window=3\n{cell}")
    assert list(chart.indicators) == ["gap"]
    assert shell.user_ns["gap"] is chart.indicators["gap"]
    assert chart.indicators["gap"].params == {"window": 3}
    assert chart.locked("gap").startswith("def gap(df, window=3):\n    fast = ")
    chart.release()


def test_a_def_in_a_cell_is_drawn_on_the_chart_that_is_named(shell, run, capsys):
    run("connect paper BTC-USDT")
    one, two = run("chart BTC-USDT --as one"), run("chart BTC-USDT --as two")
    cell = "def last(df, shift=0):\n    return df.close.shift(shift)"
    shell.run_cell(f"%%indicator --chart two --param shift=2\n{cell}")
    assert (list(one.indicators), list(two.indicators)) == ([], ["last"])
    assert shell.user_ns["last"].params == {"shift": 2}
    shell.run_cell(f"%%indicator\n{cell}")
    assert "name one of the charts: --chart one or two" in said(capsys)
    for chart in (one, two):
        chart.release()


def test_an_error_in_such_a_cell_shows_its_own_line(shell, run, capsys):
    run("connect paper BTC-USDT")
    chart = run("chart BTC-USDT")
    shell.run_cell("%%indicator odd\nx = df.close\nx / df.nothing")
    chart.release()
    text = re.sub(r"\x1b\[[\d;]*m", "", said(capsys))
    assert "return x / df.nothing" in text
    assert "AttributeError" in text


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--chart nobody", "nobody is no chart"),
        ("--param window", "not as in window=30"),
        ("a b", "unrecognized arguments: b"),
    ],
)
def test_what_is_wrong_with_an_indicators_line_is_one_line(shell, capsys, line, words):
    shell.run_cell(f"%%indicator {line}\ndf.close")
    text = said(capsys)
    assert text.startswith("UsageError: %%indicator")
    assert words in text
    assert len(text.strip().splitlines()) == 1

"""The exchange as a child process: up, down, and gone when its parent is."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from websockets.sync.client import connect

from livefin.errors import ConnectError
from livefin.exchange import run_exchange, start_exchange
from livefin.exchange.process import child_command
from livefin.exchange.protocol import CHANNELS

PATIENCE = 20.0
ROOT = Path(__file__).parents[2]


def python(code, **given):
    """Run `code` in a process of its own, as a notebook's kernel would import livefin."""
    return run([sys.executable, "-c", code], **given)


def run(command, **given):
    return subprocess.run(  # noqa: S603 - our own interpreter
        command, capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=ROOT, **given
    )


def gone(pid):
    """Whether the process ends within a while."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
            if stat.rpartition(")")[2].split()[0] == "Z":  # nobody waits for it
                return True
        except OSError:
            pass
        time.sleep(0.02)
    return False


def test_start_use_and_close():
    with start_exchange(seed=5, rate=100, symbols=["ACME"]) as exchange:
        assert exchange.alive
        assert exchange.url in repr(exchange)
        with urllib.request.urlopen(exchange.rest_url + "/symbols") as answer:  # noqa: S310 - http
            assert [s["symbol"] for s in json.load(answer)["symbols"]] == ["ACME"]
        with connect(exchange.url) as ws:
            ws.send(json.dumps({"op": "subscribe", "channels": CHANNELS, "symbols": ["ACME"]}))
            wanted = {"subscribed", "trade", "quote", "book_snapshot", "book_delta"}
            while wanted:  # else no message comes in time
                wanted.discard(json.loads(ws.recv(timeout=30))["type"])
    assert not exchange.alive
    assert gone(exchange.pid)
    exchange.close()
    assert "closed" in repr(exchange)


def test_an_exchange_nobody_holds_is_stopped():
    pid = start_exchange(symbols=["ACME"]).pid
    gc.collect()
    assert gone(pid)


@pytest.mark.parametrize("end", ["return", "kill"])
def test_the_child_does_not_outlive_its_parent(end):
    code = (
        "import os, signal;"
        "from livefin.exchange import start_exchange;"
        "exchange = start_exchange(symbols=['ACME']);"
        "print(exchange.pid, flush=True);"
    ) + ("os.kill(os.getpid(), signal.SIGKILL)" if end == "kill" else "")
    parent = python(code)
    assert not parent.stderr
    assert gone(int(parent.stdout))


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="process groups are POSIX's")
def test_interrupting_the_parents_group_does_not_interrupt_the_exchange():
    code = (
        "import os, signal, time\n"
        "from livefin.exchange import start_exchange\n"
        "with start_exchange(symbols=['ACME']) as exchange:\n"
        "    try:\n"
        "        os.killpg(os.getpgrp(), signal.SIGINT)\n"
        "        time.sleep(5)\n"
        "    except KeyboardInterrupt:\n"
        "        time.sleep(0.3)\n"
        "        print(exchange.alive)\n"
    )
    parent = python(code, start_new_session=True)
    assert (parent.stdout.strip(), parent.stderr) == ("True", "")


def test_a_child_that_was_killed_can_be_closed():
    exchange = start_exchange(symbols=["ACME"])
    os.kill(exchange.pid, signal.SIGKILL)
    assert gone(exchange.pid)
    exchange.close()
    assert not exchange.alive


def test_why_it_did_not_start():
    with pytest.raises(ConnectError, match=r"lists: BTC-USDT.*ACME"):
        start_exchange(symbols=["NOPE"])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConnectError, match="in use") as refused:
            start_exchange(symbols=["ACME"], port=port)
        assert str(port) in refused.value.url


def test_the_child_needs_no_notebook():
    child = run(child_command("import livefin.exchange.child; print(*sys.modules)"))
    loaded = set(child.stdout.split())
    assert "livefin.exchange.server" in loaded
    assert not loaded & {"pandas", "numpy", "bokeh", "IPython", "ipywidgets", "anywidget", "talib"}


def test_in_the_foreground_it_says_where_it_is(capsys):
    async def main():
        running = asyncio.create_task(run_exchange(port=0, symbols=["ACME"]))
        while "Ctrl-C" not in (said := capsys.readouterr().out):
            await asyncio.sleep(0.02)
            assert not running.done()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return said

    said = asyncio.run(main())
    url = said.split()[2]
    assert url.startswith("ws://127.0.0.1:")
    assert f'lf.connect("paper", "ACME", url="{url}")' in said

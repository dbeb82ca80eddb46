"""After every test: no thread, feed, task, socket, chart or comm is left over."""

from __future__ import annotations

import gc
import sys
import threading
import time
from pathlib import Path

import pytest

GRACE = 3.0


def _sockets() -> set[str]:
    links = set()
    for fd in Path("/proc/self/fd").iterdir():
        try:
            target = str(fd.readlink())
        except OSError:
            continue
        if target.startswith("socket:"):
            links.add(target)
    return links


def _threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.is_alive()}


def _comms() -> set[str]:
    comm = sys.modules.get("comm")
    return set() if comm is None else set(comm.get_comm_manager().comms)


@pytest.fixture(autouse=True)
def no_leaks():
    """Fail a test that leaves something behind."""
    before = (_threads(), _sockets(), _comms())
    yield
    deadline = time.monotonic() + GRACE
    while left := _left_over(*before):
        if time.monotonic() > deadline:
            pytest.fail(f"left behind: {'; '.join(left)}")
        gc.collect()
        time.sleep(0.02)


def _left_over(threads: set[threading.Thread], sockets: set[str], comms: set[str]) -> list[str]:
    left = [f"thread {thread.name}" for thread in _threads() - threads]
    left += [f"comm {comm}" for comm in _comms() - comms]
    if sys.platform == "linux":
        left += sorted(_sockets() - sockets)
    connect = sys.modules.get("livefin.openfeeds")
    if connect is not None:
        left += [f"feed {feed!r}" for feed in connect.feeds()]
    loop = sys.modules.get("livefin.loop")
    if loop is not None and loop.background.running:
        left.append("the background loop")
    return left

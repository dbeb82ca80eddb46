"""Servers of ours listen on 127.0.0.1 alone unless they are told otherwise."""

import asyncio
import inspect
import ipaddress
import socket
from pathlib import Path

import pytest
from served import record, trade

from livefin.cli import _parser
from livefin.exchange import ExchangeServer
from livefin.exchange.process import run_exchange, start_exchange
from livefin.serve import ReplayServer, run_serve

LISTENING = "0A"
the_kernel_tells = pytest.mark.skipif(
    not Path("/proc/self/net/tcp").exists(), reason="there is no /proc here"
)


def listening(pid="self"):
    """(address, port) of each TCP socket that a process listens on, as the kernel says."""
    sockets = set()
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        try:
            sockets.add(str(fd.readlink()).removeprefix("socket:[").removesuffix("]"))
        except OSError:
            continue
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *_, inode = line.split()[:10]
            if state == LISTENING and inode in sockets:
                address, port = local.split(":")
                raw = bytes.fromhex(address)
                words = [raw[i : i + 4][::-1] for i in range(0, len(raw), 4)]
                found.append((ipaddress.ip_address(b"".join(words)), int(port, 16)))
    return found


@the_kernel_tells
def test_in_this_process_and_in_the_exchanges_own(tmp_path):
    async def both():
        record(tmp_path, trade(1))
        async with (
            ExchangeServer(symbols=["ACME"]) as one,
            ReplayServer(tmp_path / "r.gz") as other,
        ):
            return one.url, other.url, listening()

    here = {port for _, port in listening()}
    *urls, found = asyncio.run(both())
    ours = [(address, port) for address, port in found if port not in here]
    assert len(ours) == 2
    assert all(address == ipaddress.ip_address("127.0.0.1") for address, _ in ours)
    assert all(url.startswith("ws://127.0.0.1:") for url in urls)
    child = start_exchange(symbols=["ACME"])
    try:
        ((address, port),) = listening(child.pid)
        assert address.is_loopback
        assert child.url.endswith((f":{port}", f":{port}/"))
    finally:
        child.close()


def test_whatever_starts_one_begins_with_127_0_0_1():
    for start in (ExchangeServer, ReplayServer, run_exchange, run_serve):
        assert inspect.signature(start).parameters["host"].default == "127.0.0.1"
    for command in (["exchange"], ["serve", "session.jsonl.gz"]):
        assert _parser().parse_args(command).host == "127.0.0.1"


@the_kernel_tells
def test_one_that_is_told_another_address_listens_there():
    async def elsewhere():
        async with ExchangeServer(symbols=["ACME"], host="127.0.0.2") as server:
            return server.url, {str(address) for address, _ in listening()}

    try:
        socket.create_server(("127.0.0.2", 0)).close()
    except OSError:
        pytest.skip("there is no 127.0.0.2 here")
    url, addresses = asyncio.run(elsewhere())
    assert url.startswith("ws://127.0.0.2:")
    assert "127.0.0.2" in addresses

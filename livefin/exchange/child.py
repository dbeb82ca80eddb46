"""The child's side of process.py, with options: `--port 0 --seed 7 --rate 40 --symbols ACME`.

Writes its addresses as one line of JSON, then serves until its stdin ends, which it does
when the parent closes it or is no more. Its one thread waits for that.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Sequence

import msgspec

from livefin.exchange.market import RATE
from livefin.exchange.process import Addresses
from livefin.exchange.server import ExchangeServer


async def _serve(port: int, seed: int, rate: float, symbols: list[str] | None) -> None:
    loop, orphaned = asyncio.get_running_loop(), asyncio.Event()
    async with ExchangeServer(port=port, seed=seed, rate=rate, symbols=symbols) as server:
        addresses = Addresses(server.url, server.rest_url)
        sys.stdout.buffer.write(msgspec.json.encode(addresses) + b"\n")
        sys.stdout.flush()
        watch = threading.Thread(
            target=lambda: _until_eof(loop, orphaned), name="livefin-parent", daemon=True
        )
        watch.start()
        await orphaned.wait()


def _until_eof(loop: asyncio.AbstractEventLoop, orphaned: asyncio.Event) -> None:
    # A thread, for asyncio cannot read an anonymous pipe on Windows; and unbuffered, for a
    # buffered reader blocked in a thread makes the interpreter abort when it ends.
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    with contextlib.suppress(RuntimeError):  # the loop is closed already
        loop.call_soon_threadsafe(orphaned.set)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve with the options of `arguments`, or of the command line."""
    parser = argparse.ArgumentParser(prog="livefin.exchange.child")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--symbols", type=lambda text: text.split(","), default=None)
    given = parser.parse_args(arguments)
    asyncio.run(_serve(given.port, given.seed, given.rate, given.symbols))


if __name__ == "__main__":
    main()

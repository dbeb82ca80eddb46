"""The embedded exchange in a process of its own, and in the foreground of this one.

A child has an interpreter to itself, so the market goes on while a notebook's cell computes.
Parent and child share two pipes: the child's first line on stdout is its addresses, as JSON;
end of file on its stdin means that the parent is gone, and the child leaves too. The child
is in a session of its own, so that interrupting a cell does not interrupt the market. Its
side is child.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from livefin.errors import ConnectError
from livefin.exchange.market import RATE
from livefin.exchange.server import ExchangeServer
from livefin.venues.paper import PORT

START_TIMEOUT = 20.0
STOP_TIMEOUT = 3.0


class Addresses(msgspec.Struct):
    """What the child says first."""

    url: str
    rest_url: str


class ExchangeProcess:
    """A running child process; see `start_exchange`. Closes itself when forgotten."""

    def __init__(self, process: subprocess.Popen[bytes], addresses: Addresses) -> None:
        self.url, self.rest_url = addresses.url, addresses.rest_url
        self.pid = process.pid
        self._process = process
        # Runs once: on close(), when this object is collected, or when Python ends.
        self._stop = weakref.finalize(self, _stop, process)

    def __repr__(self) -> str:
        return f"ExchangeProcess({self.url if self.alive else 'closed'}, pid {self.pid})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """Whether the child runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """Stop the child and wait until it is gone. Twice is fine."""
        self._stop()


def start_exchange(
    *,
    seed: int = 1,
    rate: float = RATE,
    symbols: Iterable[str] | None = None,
    port: int = 0,
) -> ExchangeProcess:
    """Run the embedded exchange as a child process; returns when it listens.

    The keywords are those of ExchangeServer. Raises ConnectError, with the child's own words,
    when it does not come up.
    """
    command = child_command("from livefin.exchange.child import main; main()")
    command += ["--port", str(port), "--seed", str(seed), "--rate", str(rate)]
    if symbols is not None:
        command += ["--symbols", ",".join([symbols] if isinstance(symbols, str) else symbols)]
    with tempfile.TemporaryFile() as errors:
        process = _spawn(command, errors)
        # The pipe has no timed read on every platform; ending the child ends the read.
        deadline = threading.Timer(START_TIMEOUT, process.kill)
        deadline.start()
        try:
            line = process.stdout.readline() if process.stdout is not None else b""
            addresses = msgspec.json.decode(line, type=Addresses)
        except BaseException as error:
            _stop(process)
            if not isinstance(error, msgspec.DecodeError):
                raise
            errors.seek(0)
            words = errors.read().decode(errors="replace").strip().splitlines()
            reason = words[-1] if words else f"it ended with code {process.returncode}"
            url = f"ws://127.0.0.1:{port}/"
            raise ConnectError("paper", url, f"the exchange did not start: {reason}") from error
        finally:
            deadline.cancel()
            deadline.join()
    return ExchangeProcess(process, addresses)


def child_command(code: str) -> list[str]:
    """How to run `code` with livefin's modules, but without what `import livefin` brings.

    The package's own `__init__` needs pandas and Bokeh, a second or two the child would spend
    on nothing; so the package is put there bare, for its modules to be found in.
    """
    package = Path(__file__).parent.parent
    bare = (
        f"import sys, types; livefin = types.ModuleType('livefin'); "
        f"livefin.__path__ = [{str(package)!r}]; sys.modules['livefin'] = livefin; "
    )
    return [sys.executable, "-P", "-c", bare + code]


def _spawn(command: Sequence[str], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    # The child imports the livefin that this process runs, installed or not.
    paths = [path or os.getcwd() for path in sys.path]  # noqa: PTH109 - a path for PYTHONPATH
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    for end in (process.terminate, process.kill):
        try:
            process.wait(STOP_TIMEOUT)
            break
        except subprocess.TimeoutExpired:
            end()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


async def run_exchange(
    host: str = "127.0.0.1",
    port: int = PORT,
    seed: int = 1,
    rate: float = RATE,
    symbols: Iterable[str] | None = None,
) -> None:
    """Run the exchange until cancelled, for `livefin exchange`; says where on stdout."""
    async with ExchangeServer(
        host=host, port=port, seed=seed, rate=rate, symbols=symbols
    ) as server:
        names = ", ".join(server.market.listings)
        url = "" if server.port == PORT else f', url="{server.url}"'
        sys.stdout.write(
            f"embedded exchange: {server.url}\n"
            f"REST:              {server.rest_url}/symbols\n"
            f"symbols:           {names}\n"
            f'in a notebook:     lf.connect("paper", "{next(iter(server.market.listings))}"{url})\n'
            "Ctrl-C stops it.\n"
        )
        sys.stdout.flush()
        await asyncio.Event().wait()

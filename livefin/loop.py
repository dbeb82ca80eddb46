"""The background thread and its event loop: the only place in livefin that makes either.

One loop serves every feed of the process. It starts with the first `acquire` and its thread
ends with the last `release`, so that closing all feeds leaves nothing behind. The thread is
a daemon and ends at interpreter exit too. It never touches the caller's own event loop, so
nothing needs patching in a notebook.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar

from livefin.errors import LivefinError

T = TypeVar("T")


class Background:
    """A counted, restartable event loop on a daemon thread."""

    def __init__(self, name: str = "livefin") -> None:
        self._name = name
        self._lock = threading.Lock()
        self._users = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether the thread is alive."""
        return self._thread is not None

    @property
    def inside(self) -> bool:
        """Whether the caller runs on the background thread."""
        return threading.current_thread() is self._thread

    def acquire(self) -> asyncio.AbstractEventLoop:
        """The running loop, started if need be; pair with `release`."""
        with self._lock:
            self._users += 1
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=_serve, args=(self._loop,), name=self._name, daemon=True
                )
                self._thread.start()
            return self._loop

    def release(self) -> None:
        """Give the loop back; the last one to do so ends the thread and waits for it."""
        with self._lock:
            self._users -= 1
            if self._users or self._loop is None or self._thread is None:
                return
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        loop.call_soon_threadsafe(loop.stop)
        if threading.current_thread() is not thread:
            thread.join()

    @contextlib.contextmanager
    def held(self) -> Iterator[asyncio.AbstractEventLoop]:
        """`acquire` and `release` around a block."""
        loop = self.acquire()
        try:
            yield loop
        finally:
            self.release()

    def run(self, coro: Coroutine[Any, Any, T], *, timeout: float | None = None) -> T:
        """Run `coro` on the loop, wait, and return its result or raise its exception.

        Raises LivefinError when called on the loop itself, which would wait for ever.
        """
        if self.inside:
            coro.close()
            raise LivefinError("run() was called from the background loop; await it instead")
        with self.held() as loop:
            future = asyncio.run_coroutine_threadsafe(coro, loop)
            try:
                return future.result(timeout)
            except BaseException:
                future.cancel()
                raise

    def call(self, function: Callable[[], T], *, timeout: float | None = 30.0) -> T:
        """Call `function` on the loop's thread and return what it returns."""
        if self.inside:
            return function()
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(function())
            except BaseException as error:  # noqa: BLE001 - handed to the caller
                done.set_exception(error)

        with self.held() as loop:
            loop.call_soon_threadsafe(run)
            return done.result(timeout)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


background = Background()


def run(coro: Coroutine[Any, Any, T], *, timeout: float | None = None) -> T:
    """Run a coroutine on livefin's background loop and return its result.

    Works in a notebook, a script or a callback thread alike. `timeout` in seconds raises
    TimeoutError and cancels. Raises LivefinError when called from the background loop.

    >>> async def answer():
    ...     return 42
    >>> run(answer())
    42
    """
    return background.run(coro, timeout=timeout)


def nest() -> None:
    """Patch the running event loop so that `asyncio.run` works inside a notebook cell.

    Only for code that insists on it: livefin itself needs no patched loop, and importing
    or connecting never patches one. Uses nest-asyncio2.
    """
    import nest_asyncio2  # noqa: PLC0415 - only for those who ask

    nest_asyncio2.apply()


@atexit.register
def _at_exit() -> None:
    # A daemon thread in mid-call at interpreter exit can crash; stop the loop first.
    while background.running:
        background.release()

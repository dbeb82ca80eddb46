"""Run a person's function with limits on time and memory, so that it stops nothing else.

It runs on a thread of its own, which is given up after its time; a loop in Python is ended
there and then, a call that sits in C when it comes back. The limit on memory is that of the
whole process while it runs, and there is none where the system has no such limit. Knows
nothing of indicators; used by the checks, the prototyping loop and the chart.
"""

from __future__ import annotations

import contextlib
import contextvars
import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar

from livefin.errors import IndicatorError
from livefin.switching import switching

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

T = TypeVar("T")
TWO_GB = 2 << 30
TRIES = 5
"""How often a thread is told to end: a bare `except:` in its loop swallows the first."""
GRACE = 0.05
INSIST = 1.0
"""Seconds of telling it without pause, should it have swallowed all of those."""


LAST = 5.0
"""Seconds that a thread past its call may take to be gone, on a machine that is busy."""


class TooLongError(IndicatorError):
    """It has not returned in time. `ended` says whether its thread is gone."""

    def __init__(self, seconds: float, *, ended: bool) -> None:
        self.seconds, self.ended = seconds, ended
        super().__init__(f"has not returned after {seconds:g} s")


class TooMuchError(IndicatorError):
    """It has asked for more memory than it may have; `bytes` says how much that is."""

    def __init__(self, bytes: int) -> None:  # noqa: A002 - as `guarded` names it
        self.bytes = bytes
        gb, mb = bytes / (1 << 30), bytes / (1 << 20)
        super().__init__(
            f"asked for more than {f'{gb:.3g} GB' if gb >= 1 else f'{mb:.3g} MB'} of memory"
        )


def guarded(call: Callable[[], T], *, seconds: float, bytes: int = TWO_GB) -> T:  # noqa: A002
    """What `call()` returns, or what it raises.

    Args:
        call: takes nothing; runs on another thread, with this one's context variables.
        seconds: how long it may take, of wall time.
        bytes: how much memory the process may take beyond what it has now. The limit is the
            process's: calls at the same time share that of the first, and a program started
            meanwhile inherits it.

    Raises TooLongError, TooMuchError.

    >>> guarded(lambda: 6 * 7, seconds=5)
    42
    >>> def endless():
    ...     while True:
    ...         pass
    >>> guarded(endless, seconds=0.1)
    Traceback (most recent call last):
    livefin.trust.guard.TooLongError: has not returned after 0.1 s
    """
    run = _Run(call)
    with _memory(bytes):
        run.thread.start()
        try:
            returned = run.returned.wait(seconds)
        except BaseException:
            run.end()
            raise
        if not returned and not run.end():
            raise TooLongError(seconds, ended=not run.thread.is_alive())
    run.thread.join(GRACE)
    if isinstance(run.error, MemoryError):
        raise TooMuchError(bytes) from run.error
    if run.error is not None:
        raise run.error
    return run.result


class _Ended(BaseException):
    """Raised in a thread that is given up; no Exception, so that few handlers take it."""


class _Run(Generic[T]):
    """One call on its thread."""

    result: T

    def __init__(self, call: Callable[[], T]) -> None:
        self.error: BaseException | None = None
        self.returned = threading.Event()
        self._begun = self._over = self._hitting = False
        context = contextvars.copy_context()
        self.thread = threading.Thread(
            target=self._work, args=(context.run, call), name="livefin-guarded", daemon=True
        )

    def _work(self, run: Callable[..., T], call: Callable[[], T]) -> None:
        # Nothing may be called between the call's end and `_over`: Python raises what it is told
        # to raise at calls and loops. `end` reads it before each hit, so that two can follow at
        # most: one on its way, one of an `end` that has just read.
        try:
            self._begun = True
            self.result = run(call)
            self._over = True
        except BaseException as error:  # noqa: BLE001 - raised again where it was called
            self.error = error
            self._over = True
        try:
            self._past_hits()
        except _Ended:
            try:  # noqa: SIM105 - `suppress` is Python too, and can be hit
                self._past_hits()
            except _Ended:
                pass
        self.returned.set()

    def _past_hits(self) -> None:
        """Wait for an `end` in mid hit, and take back what has not yet arrived."""
        # By a flag: a lock would stay taken for good by one that is hit as it has just taken it.
        while self._hitting:
            pass
        _raise(self.thread, None)

    def end(self) -> bool:
        """Tell the thread to end; True when it has returned at the last moment. For one caller."""
        for _ in range(TRIES):
            if not self._hit():
                break
            self.thread.join(GRACE)
        else:
            self._insist()
        self.thread.join(GRACE if self._hit() else LAST)
        return self._over and not isinstance(self.error, _Ended)

    def _hit(self) -> bool:
        """Have the thread raise; False when it is past its call."""
        self._hitting = True
        try:
            if self._begun and not self._over:
                _raise(self.thread, _Ended)
            return not self._over
        finally:
            self._hitting = False

    def _insist(self) -> None:
        """Hit it while it handles the hit before: there nothing swallows."""
        with switching.held(1e-6):  # else it is past its handler before we have a turn
            until = time.monotonic() + INSIST
            while self._hit() and time.monotonic() < until:
                time.sleep(0)


def _raise(thread: threading.Thread, error: type[BaseException] | None) -> None:
    """Have the thread raise this at its next call or turn of a loop; None takes it back."""
    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(error) if error else None
        )


class _Limit:
    """The process's limit on memory, while any guarded call runs."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self.before: Any = None

    def lower(self, more: int) -> None:
        with self.lock:
            self.users += 1
            size = _size()
            if self.users > 1 or size is None:
                return
            soft, hard = self.before = resource.getrlimit(resource.RLIMIT_AS)
            limits = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_AS, (min([size + more, *limits]), hard))

    def restore(self) -> None:
        with self.lock:
            self.users -= 1
            if self.users == 0 and self.before is not None:
                with contextlib.suppress(ValueError, OSError):
                    resource.setrlimit(resource.RLIMIT_AS, self.before)
                self.before = None


_limit = _Limit()


@contextlib.contextmanager
def _memory(more: int) -> Iterator[None]:
    _limit.lower(more)
    try:
        yield
    finally:
        _limit.restore()


def _size() -> int | None:
    """Address space the process has now; None where that cannot be known or limited."""
    if resource is None:
        return None
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:  # macOS, where the limit is not kept either
        return None
    return pages * resource.getpagesize()

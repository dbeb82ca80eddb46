"""An event loop whose time is simulated: it waits for nothing, and jumps to what is due next.

    with simulated() as (loop, clock):
        loop.run_until_complete(main())

Whatever is written for asyncio runs in it unchanged, hours in seconds, and the same way
every time. `Clock` is the local clock of the simulated machine, which may be set.
"""

import asyncio
import contextlib
import selectors

S = 1_000_000_000


class StuckError(AssertionError):
    """Nothing will ever happen any more: everybody waits for somebody."""


class _Selector(selectors.SelectSelector):
    """Instead of waiting for sockets, lets the time pass."""

    loop = None

    def select(self, timeout=None):
        if timeout is None:
            raise StuckError("nothing is due, and nobody will wake the loop")
        self.loop.passed += max(timeout, 0.0)
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """`passed` is how many seconds have gone by since the start."""

    def __init__(self):
        self.passed = 0.0
        selector = _Selector()
        super().__init__(selector)
        selector.loop = self

    def time(self):
        """Seconds since the start."""
        return self.passed


class Clock:
    """Local time in ns: `origin` at the start of `loop`, and as it was set since.

    What it said is remembered, so that a local time can be told back to the true one.
    """

    def __init__(self, loop, origin):
        self._loop, self.origin, self.offset = loop, origin, 0
        self._said = {}
        self._jumps = []

    @property
    def true(self):
        """True time in ns, which only goes forward."""
        return self.origin + int(self._loop.time() * S)

    def __call__(self):
        """Local time in ns."""
        true = self.true
        local = true + self.offset
        self._said[local] = true
        return local

    def jump(self, by):
        """Set the clock forward or back by `by` ns."""
        self.offset += by
        self._jumps.append(self.true)

    def was_set(self, start, end):
        """Whether the clock was set between two true times."""
        return any(start <= jump <= end for jump in self._jumps)

    def true_of(self, local):
        """The true time when the clock last said `local`; as it would be now where it never did."""
        return self._said.get(local, local - self.offset)


@contextlib.contextmanager
def simulated(origin=1_700_000_000 * S):
    """A loop and its clock; the loop is closed in the end."""
    loop = SimulatedLoop()
    try:
        yield loop, Clock(loop, origin)
    finally:
        with contextlib.suppress(Exception):
            _cancel_all(loop)
        loop.close()


def _cancel_all(loop):
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))

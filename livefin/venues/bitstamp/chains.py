"""What Bitstamp's messages reach back to, as the numbers that a session chains them by.

Changes of a book carry a time and no number; events of orders carry a name and that of the
one before. No I/O, no clock. Serves bitstamp.
"""

from __future__ import annotations

from collections import deque

MAX_MARKETS = 8_192
MAX_EVENTS = 5_000
SETTLED = 2_000_000
"""Microseconds by which a frame may be older than those that come after it."""


class Changes:
    """The changes of all books on one socket, by the microsecond in which they were made.

    Each is taken to reach back to the one before it. The first of a market reaches back to
    when its stream began, which other markets' frames tell: a quiet market may be whole
    long before it changes.

    >>> changes = Changes()
    >>> changes.join("btcusd")
    >>> changes.seen(10_000_000)
    >>> changes.append("btcusd", 15_000_000), changes.append("btcusd", 16_000_000)
    (12000000, 15000001)
    """

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        """When each market's book changed last; 0 where it has not yet."""
        self._joined: set[str] = set()
        """Markets acknowledged after the newest frame that has a time."""
        self._since: dict[str, int] = {}
        """From when on none of a market's changes was missed."""

    def __contains__(self, market: str) -> bool:
        return market in self._last

    def want(self, market: str) -> None:
        """The changes of `market` are asked for."""
        self._last.setdefault(market, 0)

    def join(self, market: str) -> None:
        """The stream of `market` begins: what came before does not reach here."""
        if len(self._last) < MAX_MARKETS or market in self._last:
            self._last[market] = 0
            self._since.pop(market, None)
            self._joined.add(market)

    def seen(self, us: int) -> None:
        """A frame of this time has come, so that what was acknowledged before it runs."""
        if self._joined:
            self._since |= dict.fromkeys(self._joined, us + SETTLED)
            self._joined.clear()

    def append(self, market: str, us: int) -> int:
        """Take the next change of `market`; the first microsecond that it covers."""
        self.seen(us)
        last = self._last.get(market, 0)
        if len(self._last) < MAX_MARKETS or market in self._last:
            self._last[market] = us
        return last + 1 if last else min(us, self._since.get(market, us))


class Events:
    """The events of one market's orders, numbered; a number is left out where they break.

    Nobody knows how many are missing, nor what came before the first.

    >>> events = Events()
    >>> [events.append("b", "a", 5), events.append("c", "b", 6), events.append("f", "e", 9)]
    [2, 3, 5]
    >>> [events.at(us) for us in (4, 5, 8, 9)]
    [0, 2, 3, 5]
    """

    __slots__ = ("_last", "_number", "_times")

    def __init__(self) -> None:
        self._last = ""
        self._number = 0
        self._times: deque[tuple[int, int]] = deque(maxlen=MAX_EVENTS)
        """(microseconds, number) of the newest."""

    def append(self, id_: str, previous: str, us: int) -> int:
        """The number of the next event, which says that `previous` came before it."""
        if not self._times or (previous and previous != self._last):
            self._number += 1
        self._number += 1
        self._last = id_
        self._times.append((us, self._number))
        return self._number

    def at(self, us: int) -> int:
        """The number of the last event that a snapshot of this time has in it."""
        # Older than all that is known: nothing chains to it.
        number = self._times[0][1] - 2 if self._times else 0
        for then, event in self._times:
            if then > us:
                break
            number = event
        return number

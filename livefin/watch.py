"""Watch one socket's clock: silence, pings that are due, old age, symbols never heard of.

Part of the session and sans-I/O like it. Heartbeats decide whether a venue lives, not
trades: a quiet symbol is no dead socket, and an open socket is no living venue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from livefin.commands import Command, Ping, Reconnect, Renew, Send
from livefin.events import Event, Status
from livefin.venues.contract import Subscription, Venue

S = 1_000_000_000
_SILENT = "nothing has come for {} since it was subscribed: very quiet, or misspelt?"
RENEW_AGAIN = 60 * S
"""A second socket that could not be had is tried for again after that."""


class Watch:
    """Of the socket that `venue` is on; `silence` in ns."""

    def __init__(self, venue: Venue, do: Callable[[Command], None], *, silence: int) -> None:
        self._venue, self._do, self.silence = venue, do, silence
        self.opened_at = 0
        self.last_recv = 0
        self.asked_at: int | None = None
        """When the venue was asked whether it lives; None once it has answered."""
        self.unheard: set[str] = set()
        """Symbols of which nothing has come yet."""
        self._given_up = False
        """The driver was told to drop this socket."""
        self._pinged_at = 0
        self._renew_at: int | None = None

    def opened(self, now: int) -> None:
        """A new socket is open."""
        self.opened_at = self.last_recv = self._pinged_at = now
        self.asked_at, self._given_up = None, False
        age = self._venue.max_age
        self._renew_at = None if age is None else now + int(age * S)

    def alive(self, now: int) -> None:
        """Something came."""
        self.last_recv, self.asked_at = now, None

    def renew(self, now: int, reason: str) -> None:
        """This socket will end: have another one take its place."""
        self._renew_at = now + RENEW_AGAIN
        self._do(Renew(reason))

    def tick(self, now: int) -> list[Event]:
        """Ask a silent venue whether it lives; give the socket up when nobody answers."""
        # Where the clock was set back, count from now on.
        self.opened_at, self.last_recv = min(self.opened_at, now), min(self.last_recv, now)
        self._pinged_at = min(self._pinged_at, now)
        self._keep_up(now)
        quiet = now - self.last_recv
        if self.asked_at is None:
            if quiet > self.silence:
                self.asked_at = now
                self._ask(now)
            return []
        self.asked_at = min(self.asked_at, now)
        if self._given_up or now - self.asked_at <= self.silence // 2:
            return []
        detail = f"{self._venue.name}: no frame and no answer for {quiet / S:.1f} s"
        self.give_up(detail)
        return [Status("stale", now, start=self.last_recv, end=now, detail=detail)]

    def give_up(self, reason: str) -> None:
        """Have the driver drop this socket, once."""
        if not self._given_up:
            self._given_up = True
            self._do(Reconnect(reason))

    def _keep_up(self, now: int) -> None:
        every = self._venue.ping_every
        if every is not None and now - self._pinged_at >= int(every * S):
            self._ask(now)
        if self._renew_at is not None and now >= self._renew_at:
            self.renew(now, f"{self._venue.name} closes a connection of this age soon")

    def _ask(self, now: int) -> None:
        self._pinged_at = now
        ping = self._venue.ping()
        self._do(Ping() if ping is None else Send(ping))

    def still_unheard(self, subs: Iterable[tuple[Subscription, int]], now: int) -> list[Event]:
        """Symbols of `subs`, each with when it was subscribed, of which nothing came: once."""
        late = {
            sub.symbol: since
            for sub, since in subs
            if sub.symbol in self.unheard and now - since > self.silence
        }
        self.unheard -= late.keys()
        return [
            Status("stale", now, symbol, start=since, end=now, detail=_SILENT.format(symbol))
            for symbol, since in late.items()
        ]

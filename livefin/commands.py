"""What a session asks its driver to do. Carried out by client; noted by replay."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from livefin.venues.contract import Subscription


class Send(Struct, frozen=True):
    """Send `data` on the socket. `secret`: a recording says that it was sent, not what."""

    data: str | bytes
    secret: bool = False


class Fetch(Struct, frozen=True):
    """GET `url`, a snapshot of `symbol`; report with `fetched` or `fetch_failed`."""

    symbol: str
    url: str
    channel: str = "book"


class FetchHistory(Struct, frozen=True):
    """GET `url`, a page of the history of `sub`; report as for Fetch."""

    sub: Subscription
    url: str


class Ping(Struct, frozen=True):
    """Send a WebSocket ping and report its pong with `alive`."""


class Reconnect(Struct, frozen=True):
    """Drop the socket; `retry_at` says when to open the next."""

    reason: str


class Renew(Struct, frozen=True):
    """Open another socket beside this one and take it in its place, since this one will end."""

    reason: str


Command: TypeAlias = Send | Fetch | FetchHistory | Ping | Reconnect | Renew

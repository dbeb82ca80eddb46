"""What a chart reads: the parts of a feed, its bars and its status log that it relies on.

Protocols only, so that a chart can be driven by anything that looks like a feed: a live
one, a replay, or a few lines in a test. Read by livechart and overlays; nothing here runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from livefin.events import Status
from livefin.indicators.live import news


class Bars(news.Bars, Protocol):
    """Bars of one symbol and interval."""

    @property
    def oldest(self) -> int | None:
        """When the oldest bar held opens (ns since 1970); None when there is none."""


class StatusLog(Protocol):
    """What went wrong on a feed, and right again."""

    total: int

    def list(self, since: int = 0) -> list[Status]:
        """The statuses from the `since`-th ever on, as far as they are held."""


class ChartFeed(Protocol):
    """A feed as a chart sees it."""

    name: str
    on_close: list[Callable[[], None]]

    @property
    def state(self) -> str:
        """One of "connecting", "live", "stale", "finished", "closed"."""

    @property
    def status(self) -> StatusLog:
        """The feed's status log."""

    @property
    def symbols(self) -> list[str]:
        """Symbols subscribed."""

    def bars(self, interval: str = "1s") -> Mapping[str, Bars]:
        """Bars of `interval` by symbol."""

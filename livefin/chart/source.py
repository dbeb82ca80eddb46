"""What a chart reads: the parts of a feed, its bars and its status log that it relies on.

Protocols only, so that a chart can be driven by anything that looks like a feed: a live
one, a replay, or a few lines in a test. Read by livechart and overlays; nothing here runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import pandas as pd

from livefin.bars import BarColumns
from livefin.events import Status


class Reader(Protocol):
    """A cursor over bars; one a chart, used by one thread at a time."""

    def older(self) -> BarColumns | None:
        """Rows put in front of all others since the last call; None when there were none."""

    def changes(self) -> BarColumns | None:
        """Rows from the first changed one on since the last call; None when nothing changed."""


class Bars(Protocol):
    """Bars of one symbol and interval."""

    symbol: str
    interval: str
    interval_ns: int

    @property
    def oldest(self) -> int | None:
        """When the oldest bar held opens (ns since 1970); None when there is none."""

    @property
    def df(self) -> pd.DataFrame:
        """UTC index `time`; open, high, low, close, volume, trades, closed."""

    def reader(self) -> Reader:
        """A new cursor."""

    def read(self, ordinal: int | None = None, until: int | None = None) -> BarColumns:
        """The rows held from `ordinal` on and before `until`, all by default."""


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

"""What went wrong on a feed, and right again, kept as data: `feed.status`.

Appended to by the feed's thread, read by anyone: as a pandas frame, as counts by kind, or
as the Status events themselves, which charts turn into bands.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from itertools import islice
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd

from livefin.events import Status

_TIMES, _IDS = ("start", "end"), ("first", "last")
_NAT = np.iinfo("i8").min
"""What pandas takes for "no time"."""


class StatusLog:
    """The last `rows` Status events; `counts` has all of them.

    >>> log = StatusLog()
    >>> log.append(Status("gap", 10**18, "BTC-USDT", "trades", count=3, first=41, last=43))
    >>> log.counts["gap"], log.df.loc[:, ["kind", "symbol", "count"]].values.tolist()
    (1, [['gap', 'BTC-USDT', 3]])
    """

    def __init__(self, *, rows: int = 10_000) -> None:
        self.counts: Counter[str] = Counter()
        """How many statuses there were of each kind."""
        self.events: Counter[str] = Counter()
        """How many events or messages they spoke of, by kind: 3 for a gap of 3 trades."""
        self.total = 0
        self._held: deque[Status] = deque(maxlen=rows)
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._held)

    def __repr__(self) -> str:
        counts = ", ".join(f"{kind} {n}" for kind, n in sorted(self.counts.items()))
        return f"StatusLog({counts or 'nothing yet'})"

    def append(self, status: Status) -> None:
        """Add one more."""
        with self._lock:
            self._held.append(status)
            self.total += 1
            self.counts[status.kind] += 1
            self.events[status.kind] += status.count

    def list(self, since: int = 0) -> list[Status]:
        """The statuses from the `since`-th ever on, as far as they are held."""
        with self._lock:
            dropped = self.total - len(self._held)
            return list(islice(self._held, max(0, since - dropped), None))

    @property
    def df(self) -> pd.DataFrame:
        """A frame, UTC index `time`: kind, symbol, channel, count, start, end, first, last, detail.

        `start` and `end` bound the stretch concerned, `first` and `last` the missing ids;
        NaT and NA where the status has none.
        """
        held = self.list()
        columns: dict[str, Any] = {
            name: [getattr(status, name) for status in held]
            for name in ("kind", "symbol", "channel", "count", *_TIMES, *_IDS, "detail")
        }
        # A list of integers and None would pass through floats, which round nanoseconds.
        columns |= {name: _times(columns[name]) for name in _TIMES}
        columns |= {name: pd.array(columns[name], dtype="Int64") for name in _IDS}
        index = _times([status.ts for status in held]).rename("time")
        return pd.DataFrame(columns, index=index).astype({"count": "int64"})


def _times(values: Sequence[int | None]) -> pd.DatetimeIndex:
    ns = np.array([_NAT if value is None else value for value in values], dtype="i8")
    return pd.DatetimeIndex(ns, tz="UTC")

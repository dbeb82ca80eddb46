"""When a price or a line crosses a level: from what was not known yet to moments. No clock.

Bars give the highest and lowest price, so that a spike between two looks is seen; in which
order a bar's extremes came is not known, and only such crossings are told as must have been.
What a bar had shown before is remembered, and no old high is news again. Used by alerts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Way = Literal["above", "below", "crossing"]
REMEMBERED = 1_000
"""Bars; a trade that is later than these changes no alert."""


class News(NamedTuple):
    """Prices of the newest bars that were not known at the last look, oldest first.

    `open` is a bar's first price, or the last one known of a bar that goes on.
    """

    time: Floats
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    top: float
    bottom: float
    """Of all of them."""


class Late(NamedTuple):
    """Bars before the newest that changed or came between: their extremes, then and now."""

    time: Floats
    was_high: Floats
    high: Floats
    was_low: Floats
    low: Floats


class Seen:
    """What bars have shown so far, the last `rows` of them.

    >>> def bars(*rows): return dict(zip(COLUMNS, np.array(rows, dtype=float).T))
    >>> seen = Seen()
    >>> _ = seen.look(bars((0, 5, 9, 4, 6)))
    >>> news, _ = seen.look(bars((0, 5, 9, 4, 7), (1_000, 7, 8, 7, 8)))
    >>> news.time.tolist(), news.high.tolist()
    ([0.0, 1000.0], [7.0, 8.0])
    """

    def __init__(self, *, rows: int = REMEMBERED) -> None:
        self.rows = rows
        self._bars: dict[str, Floats] = {name: np.empty(0) for name in COLUMNS}

    @property
    def newest(self) -> float:
        """Opening time of the newest bar, ms since 1970; minus infinity before the first."""
        time = self._bars["time"]
        return float(time[-1]) if len(time) else -np.inf

    @property
    def last(self) -> float:
        """The last price; NaN before the first bar."""
        close = self._bars["close"]
        return float(close[-1]) if len(close) else np.nan

    def look(self, columns: Mapping[str, Any]) -> tuple[News, Late]:
        """Take in bars from the first changed one to the newest; what they tell of new.

        The first look is at history: of it only the last price counts.
        """
        now = {name: np.array(columns[name], dtype=np.float64) for name in COLUMNS}
        before, newest = self._bars, self.newest
        if not len(now["time"]):
            return _news(before, now), NOTHING_LATE
        if not len(before["time"]):
            self._keep(now)
            close = now["close"][-1:]
            flat = dict.fromkeys(COLUMNS[1:], close)
            return _news(before, {"time": now["time"][-1:], **flat}), NOTHING_LATE
        split = bisect_left(now["time"], newest)
        late = {name: column[:split] for name, column in now.items()}
        fresh = {name: column[split:].copy() for name, column in now.items()}
        told = _news(before, fresh), _late(before, late) if split else NOTHING_LATE
        self._keep(now)
        return told

    def _keep(self, now: Mapping[str, Floats]) -> None:
        """Remember these bars in place of those from the first one's time on."""
        before = self._bars
        # No search nor mask of numpy's: each lets the interpreter go, to a cell that computes.
        kept = bisect_left(before["time"], now["time"][0])
        if kept + len(now["time"]) == len(before["time"]):
            for name in COLUMNS:
                before[name][kept:] = now[name]
        else:
            self._bars = {
                name: np.concatenate([before[name][:kept], now[name]])[-self.rows :]
                for name in COLUMNS
            }


COLUMNS = ("time", "open", "high", "low", "close")
NOTHING_LATE = Late(*(np.empty(0) for _ in Late._fields))


def _news(before: Mapping[str, Floats], fresh: Mapping[str, Floats]) -> News:
    time, first, high, low, close = (fresh[name] for name in COLUMNS)
    known = before["time"]
    if len(time) and len(known) and time[0] == known[-1]:
        first[0] = before["close"][-1]
        if not high[0] > before["high"][-1]:
            high[0] = np.fmax(first[0], close[0])
        if not low[0] < before["low"][-1]:
            low[0] = np.fmin(first[0], close[0])
    prices = (first, high, low, close)
    top = max(float(np.fmax.reduce(column, initial=-np.inf)) for column in prices)
    bottom = min(float(np.fmin.reduce(column, initial=np.inf)) for column in prices)
    return News(time, *prices, top, bottom)


def _late(before: Mapping[str, Floats], late: Mapping[str, Floats]) -> Late:
    late = {name: column[late["time"] >= before["time"][0]] for name, column in late.items()}
    time = late["time"]
    at = np.minimum(np.searchsorted(before["time"], time), len(before["time"]) - 1)
    known = before["time"][at] == time
    was_high = np.where(known, before["high"][at], late["open"])
    was_low = np.where(known, before["low"][at], late["open"])
    changed = (late["high"] > was_high) | (late["low"] < was_low)
    columns = (time, was_high, late["high"], was_low, late["low"])
    return Late(*(column[changed] for column in columns))


class Level:
    """A level and the side of it on which the value was last: 1 above, -1 below, 0 unknown.

    "above" is told when the value is above after it has been at the level or below; "below"
    the same downwards; "crossing" both, and at the level it is on neither side.

    >>> level = Level("above", 10.0)
    >>> level.follow(np.array([11.0, 12.0])), level.armed  # above from the start: not crossed
    ([], False)
    >>> level.follow(np.array([10.0, 13.0, 14.0, 9.0, 15.0])), level.armed
    ([1, 4], False)
    """

    def __init__(self, way: Way, at: float) -> None:
        self.way, self.at = way, at
        self.side = 0

    @property
    def armed(self) -> bool:
        """Whether the next step to the other side would be told."""
        return self.side * self._wanted < 0 or (self.way == "crossing" and self.side != 0)

    @property
    def _wanted(self) -> int:
        return {"above": 1, "below": -1, "crossing": 0}[self.way]

    def start(self, value: float) -> None:
        """Begin anew where the value is now; NaN where it is not known."""
        self.side = 0
        self.follow(np.array([value], dtype=np.float64))

    def follow(self, path: Floats) -> list[int]:
        """Where in further values, oldest first, the level is crossed. NaN is passed over."""
        sides = self._sides(path)
        known = np.flatnonzero(sides)
        if not len(known):
            return []
        run = np.concatenate([[self.side], sides[known]])
        self.side = int(run[-1])
        turned = run[1:] * run[:-1] < 0
        if self._wanted:
            turned &= run[1:] == self._wanted
        return [int(i) for i in known[turned]]

    def news(self, news: News) -> list[tuple[float, float]]:
        """Crossings in new prices: time of the bar and value of each."""
        if (self.side < 0 and news.top < self.at) or (self.side > 0 and news.bottom > self.at):
            return []  # it stays on its side, as it does most often
        first = self._sides(news.open)
        upper = np.where(first == 0, self.side, first) > 0
        # The extreme on the first price's own side first: fewer crossings there cannot be.
        second = np.where(upper, news.high, news.low)
        third = np.where(upper, news.low, news.high)
        path = np.stack([news.open, second, third, news.close], axis=1).ravel()
        return [(float(news.time[i // 4]), float(path[i])) for i in self.follow(path)]

    def late(self, late: Late, since: float) -> list[tuple[float, float]]:
        """At most one crossing in bars that changed late, of those from `since` (ms) on.

        The side is left as it is: what was late says nothing of where the price is now.
        """
        if not self.armed:
            return []
        if self.side < 0:
            crossed, value = (late.was_high <= self.at) & (late.high > self.at), late.high
        else:
            crossed, value = (late.was_low >= self.at) & (late.low < self.at), late.low
        rows = np.flatnonzero(crossed & (late.time >= since))
        return [(float(late.time[i]), float(value[i])) for i in rows[:1]]

    def _sides(self, path: Floats) -> Floats:
        sides = np.sign(path - self.at)
        if self._wanted:
            sides[sides == 0] = -self._wanted
        return np.nan_to_num(sides, nan=0.0)

"""A chart's alerts: what is watched for, what has fired, and the functions called then.

Fed on the painter's thread with what changed (bars, lines, statuses, now and then the frame);
added and removed from any thread, and by the page. It only notes what fired: functions are
called by calls, crossings are found by crossings, and alerts.js draws what `wire` gives.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd

from livefin.chart.alert import Alert, Fired, finite, kinds_of, levels_of
from livefin.chart.calls import Calls
from livefin.chart.crossings import Level, Seen
from livefin.errors import ChartError
from livefin.events import Status, StatusKind

MAX_ALERTS = 100
LONGEST_ID = 64
FRAME_EVERY = 0.25
"""Seconds between two looks of functions at the frame of bars."""
SHARE = 0.25
"""The most of the painter's time that these functions may take."""
NS_PER_MS = 1_000_000
KINDS: tuple[StatusKind, ...] = ("gap", "disconnected", "stale", "dropped")


class Alerts:
    """The alerts of one chart, at most 100; the last `keep` firings are kept in `df`.

    Args:
        interval: how long a bar is, in ms: an alert has fired by the end of its bar.
        keep: how many firings are kept.
        clock: seconds since 1970.

    >>> import numpy as np
    >>> def bar(high, close):
    ...     return {"time": np.array([0.0]), "open": np.array([9.0]), "high": np.array([high]),
    ...             "low": np.array([8.0]), "close": np.array([close])}
    >>> alerts = Alerts()
    >>> alerts.bars(bar(9.0, 9.0), 0)
    >>> alert = alerts.add(above=10)
    >>> alerts.bars(bar(12.0, 9.5), 0)
    >>> [value for _, value, _ in alert.fired], alert.armed
    ([12.0], False)
    """

    def __init__(
        self,
        *,
        interval: float = 0.0,
        keep: int = 10_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.interval = interval
        self.revision = 0
        """Rises with every change of what `wire` gives."""
        self._clock = clock
        self._lock = threading.RLock()
        self._alerts: dict[str, Alert] = {}
        self._fired: deque[Fired] = deque(maxlen=keep)
        self._seen = Seen()
        self._lines: dict[str, float] = {}
        self._calls = Calls()
        self._look_at = 0.0
        """When functions may look at the frame again, by perf_counter."""

    def add(
        self,
        what: str | Callable[[pd.DataFrame], Any] = "price",
        *,
        above: float | None = None,
        below: float | None = None,
        crossing: float | None = None,
        kinds: Iterable[StatusKind] | None = None,
        call: Callable[[Fired], object] | None = None,
        notify: bool = True,
        once: bool = True,
        text: str | None = None,
    ) -> Alert:
        """Watch for something; what comes back has `remove()`, `fired`, `armed` and `error`.

        An alert fires when its condition becomes true, not while it stays true. One for
        `above` a price that is above already waits until the price has been at it or below,
        and has risen again; `below` is the same downwards; `crossing` fires both ways. Bars'
        highs and lows count, so that a spike between two paints is seen; what a bar had shown
        before the alert was set does not.

        Args:
            what: "price"; the name of a line ("rsi"); "status"; or a function of the frame
                of bars that gives a bool, evaluated at most 4 times a second.
            above: a level in units of the price or the line.
            below: another, or the only one.
            crossing: and a third.
            kinds: of a status, as in `feed.status`; by default what leaves holes in a chart.
            call: a function of one Fired, called on a thread of its own, one at a time.
            notify: whether the browser says it, where it is allowed to.
            once: whether it has done its work once it has fired; else it is armed again when
                the value has gone back.
            text: what to say; by default what was watched for.

        Raises ChartError for what cannot be watched, and beyond 100 alerts.
        """
        levels = levels_of(above=above, below=below, crossing=crossing)
        watched: tuple[str, ...] = ()
        if what == "status":
            watched = kinds_of(KINDS if kinds is None else kinds)
        elif kinds is not None:
            raise ChartError('kinds= are of alert("status")')
        if isinstance(what, str) and what != "status":
            if not levels:
                raise ChartError(f"an alert on {what!r} needs above=, below= or crossing=")
        elif levels:
            raise ChartError("levels are of a price or a line, not of a status or a function")
        elif not (what == "status" or callable(what)):
            raise ChartError(f"an alert watches a name or a function, not {what!r}")
        if call is not None and not callable(call):
            raise ChartError(f"call= must be a function of one argument, got {call!r}")
        with self._lock:
            return self._enter(
                Alert(
                    self._discard,
                    uuid4().hex[:10],  # a browser's notifications share their names over charts
                    what,
                    levels,
                    watched,
                    call=call,
                    notify=notify,
                    once=once,
                    text=text,
                )
            )

    def _enter(self, alert: Alert) -> Alert:
        """Holds the lock."""
        if len(self._alerts) >= MAX_ALERTS:
            raise ChartError(f"{MAX_ALERTS} alerts are the most; remove some first")
        self._alerts[alert.id] = alert
        self._set(alert)
        return alert

    def _set(self, alert: Alert) -> None:
        """From now on: what was before does not count. Holds the lock."""
        price = alert.what == "price"
        known = self._seen.last if price else self._lines.get(alert.name, math.nan)
        alert.start(known, self._seen.newest)
        self.revision += 1

    def _discard(self, alert: Alert) -> None:
        with self._lock:
            if self._alerts.get(alert.id) is alert:
                del self._alerts[alert.id]
                self.revision += 1
            if not self._alerts:  # bars need not come meanwhile: what was seen grows old
                self._forget()

    def remove(self, name: str) -> None:
        """Remove the alert of that id; one that is not there is no error."""
        with self._lock:
            if name in self._alerts:
                self._discard(self._alerts[name])

    def clear(self) -> None:
        """Remove all."""
        for alert in self:
            alert.remove()

    def restart(self, interval: float) -> None:
        """Bars of another interval (ms) come from now on; alerts stay armed as they were."""
        with self._lock:
            self.interval = interval
            self._forget()

    def _forget(self) -> None:
        self._seen = Seen()
        self._lines.clear()

    def close(self) -> None:
        """Call nothing more, and wait for the functions in progress. Twice is fine."""
        self._calls.close()

    def __len__(self) -> int:
        return len(self._alerts)

    def __iter__(self) -> Iterator[Alert]:
        with self._lock:
            return iter(list(self._alerts.values()))

    def __getitem__(self, name: str) -> Alert:
        return self._alerts[name]

    def __repr__(self) -> str:
        armed = sum(alert.armed for alert in self)
        return f"<Alerts: {len(self)}, {armed} armed, {len(self._fired):,} fired>"

    @property
    def df(self) -> pd.DataFrame:
        """Everything that fired, oldest first: UTC index `time`; alert (its id), value, text."""
        with self._lock:
            fired = list(self._fired)
        index = pd.DatetimeIndex([at.time for at in fired], tz="UTC", name="time")
        values = {
            "alert": [at.alert.id for at in fired],
            "value": [at.value for at in fired],
            "text": [at.text for at in fired],
        }
        return pd.DataFrame(values, index=index).astype({"value": "float64"})

    # What the painter's thread brings

    def bars(self, columns: Mapping[str, Any], first: int) -> None:  # noqa: ARG002
        """Changed rows of bars (time in ms, open, high, low, close) up to the newest.

        Bars are known by their times, which stay when a late trade makes a bar between:
        `first`, the ordinal of the first row, does not.
        """
        with self._lock:
            news, late = self._seen.look(columns)
            for alert in self._live("price"):
                found = []
                for level in alert.levels:
                    if len(late.time):
                        found += [(*at, level) for at in level.late(late, alert.since)]
                    if len(news.time):
                        found += [(*at, level) for at in level.news(news)]
                for ms, value, level in sorted(found, key=lambda at: at[0]):
                    self._fire(alert, self._moment(ms), value, alert.told(level))
                self._compare(alert)

    def line(self, name: str, value: float) -> None:
        """The newest value of a line, by its name."""
        with self._lock:
            self._lines[name] = float(value)
            for alert in self._live(name):
                for level in alert.levels:
                    if level.follow(np.array([value], dtype=np.float64)):
                        when = self._moment(self._seen.newest)
                        self._fire(alert, when, float(value), alert.told(level))
                self._compare(alert)

    def status(self, status: Status) -> None:
        """A status that concerns the chart."""
        with self._lock:
            for alert in self._live("status"):
                if alert.hears(status.kind):
                    text = f"{status.kind}: {status.detail}" if status.detail else status.kind
                    when = pd.Timestamp(status.ts, tz="UTC")
                    self._fire(alert, when, float(status.count), alert.text_or(text))
                self._compare(alert)

    @property
    def wants_frame(self) -> bool:
        """Whether a function waits for the frame of bars, and it is time."""
        return time.perf_counter() >= self._look_at and any(
            callable(alert.what) and not alert.done for alert in self
        )

    def frame(self, df: pd.DataFrame) -> None:
        """The frame of bars, for the functions that look at it."""
        began = time.perf_counter()
        for alert in self:
            if alert.done or not callable(alert.what):
                continue
            found, error = False, ""
            try:
                found = bool(alert.what(df))
            except Exception as raised:  # noqa: BLE001 - a person's function must not stop the chart
                error = _said(raised)
            with self._lock:
                self._judge(alert, df, found, error)
        took = time.perf_counter() - began
        self._look_at = began + max(FRAME_EVERY, took / SHARE)

    def _judge(self, alert: Alert, df: pd.DataFrame, found: bool, error: str) -> None:
        """Holds the lock."""
        alert.note_failure(error)
        if not error and alert.turns(found):
            value = float(df["close"].iloc[-1]) if "close" in df and len(df) else math.nan
            stamped = len(df) > 0 and isinstance(df.index, pd.DatetimeIndex)
            ms = df.index[-1].timestamp() * 1e3 if stamped else -math.inf
            self._fire(alert, self._moment(ms), value, alert.text)
        self._compare(alert)

    def _live(self, what: str) -> list[Alert]:
        return [alert for alert in self._alerts.values() if alert.what == what and not alert.done]

    def _moment(self, ms: float) -> pd.Timestamp:
        """Now, as long as that lies in the bar that began at `ms`: else the market's time."""
        now = self._clock() * 1e3
        at = min(max(now, ms), ms + self.interval) if math.isfinite(ms) else now
        return pd.Timestamp(round(at * NS_PER_MS), tz="UTC")

    def _fire(self, alert: Alert, when: pd.Timestamp, value: float, text: str) -> None:
        """Holds the lock."""
        if alert.done:
            return
        fired = Fired(when, value, text, alert)
        alert.note(fired)
        self._fired.append(fired)
        self.revision += 1
        call = alert.call
        if call is None:
            return

        def done(error: BaseException | None) -> None:
            with self._lock:
                alert.error = "" if error is None else _said(error)
                self._compare(alert)

        self._calls.put(alert, lambda: call(fired), done)

    def _compare(self, alert: Alert) -> None:
        """Whether the page must hear of it. Holds the lock."""
        if alert.changed():
            self.revision += 1

    # The page's end

    def wire(self) -> list[dict[str, Any]]:
        """All alerts, as alerts.js takes them. Times in ms since 1970."""
        return [alert.wire() for alert in self]

    def take(self, content: object) -> bool:
        """What a page asks for: {"op": "add", "id", "price"}, "move" or "remove".

        A move may name the `level` ("above") where there are several. Returns False for what
        makes no sense, which changes nothing.
        """
        if not isinstance(content, dict):
            return False
        op, name = content.get("op"), content.get("id")
        if not (isinstance(name, str) and 0 < len(name) <= LONGEST_ID):
            return False
        with self._lock:
            alert = self._alerts.get(name)
            if op == "add":
                return alert is None and self._take_new(name, content.get("price"))
            if op == "move" and alert is not None:
                moved = alert.move(content.get("level"), content.get("price"))
                if moved:
                    self._set(alert)
                return moved
            if op == "remove" and alert is not None:
                self._discard(alert)
                return True
        return False

    def _take_new(self, name: str, price: object) -> bool:
        """Holds the lock."""
        at = finite(price)
        if at is None or len(self._alerts) >= MAX_ALERTS:
            return False
        self._enter(Alert(self._discard, name, "price", [Level("crossing", at)]))
        return True


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]

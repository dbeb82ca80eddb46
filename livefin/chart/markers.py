"""A person's own trades and orders on a chart: marks at prices and lines across it.

Marks are appended and go to the page as they come; a number that rises with each says what a
page has not got yet. Set from any thread, read by the painter's. markers.js draws both.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from livefin.errors import ChartError
from livefin.events import Side

NS_PER_MS = 1_000_000
LONGEST_TEXT = 200
CODES: dict[Side | None, int] = {"buy": 1, "sell": -1, None: 0}


class Marker(NamedTuple):
    """A mark; `time` in ns since 1970, `price` None at the close of the bar of that time."""

    time: int
    price: float | None
    side: Side | None
    size: float | None
    text: str


class Markers:
    """Marks on a chart, the last `rows` of them; what was dropped is counted.

    >>> markers = Markers()
    >>> markers.add("2026-03-01 12:00", 64_000, "buy", size=0.5)
    >>> markers.wire(0)["rows"]
    [[1772366400000.0, 64000.0, 1, 0.5, '']]
    >>> markers.add("2026-03-01 12:05", 64_100, "sell", text="out"); len(markers)
    2
    >>> markers.wire(1)
    {'from': 1, 'rows': [[1772366700000.0, 64100.0, -1, None, 'out']], 'clear': False}
    """

    def __init__(self, *, rows: int = 10_000) -> None:
        if rows < 1:
            raise ChartError(f"rows must be at least 1, got {rows}")
        self.rows, self.dropped = rows, 0
        self.revision = 0
        """Rises with every mark, and by one when all are cleared."""
        self._lock = threading.Lock()
        self._marks: deque[Marker] = deque(maxlen=rows)
        self._cleared = 0
        """The revision at which pages begin with nothing."""

    def add(
        self,
        time: str | datetime | np.datetime64 | int,
        price: float | None,
        side: Side | None = None,
        size: float | None = None,
        text: str = "",
    ) -> None:
        """Mark a trade, or anything else at a time and a price.

        Args:
            time: UTC where it has no zone; a whole number is ns since 1970.
            price: None for the close of the bar.
            side: "buy", "sell" or None for a note.
            size: shown where there is no text.
            text: shown beside the mark, plain.

        Raises ChartError for what is no time, price, side or size.
        """
        marker = _marker(time, price, side, size, text)
        with self._lock:
            self._append(marker)

    def extend(self, frame: pd.DataFrame) -> None:
        """Mark every row of a frame: `price`, and `time` in a column or the index.

        `side`, `size` and `text` are taken where they are there. All rows or none: raises
        ChartError as `add` does.
        """
        if not isinstance(frame, pd.DataFrame):
            raise ChartError(f"markers are made of a frame, a row each; got {frame!r:.100}")
        if "price" not in frame:
            raise ChartError("markers need a column price, and time in a column or the index")
        times = frame.get("time", frame.index)
        if "time" not in frame and not isinstance(frame.index, pd.DatetimeIndex):
            raise ChartError("markers need times: a column time, or an index of times")
        columns = [
            list(frame[name]) if name in frame else [None] * len(frame)
            for name in ("price", "side", "size", "text")
        ]
        made = [_marker(*row) for row in zip(times, *columns, strict=True)]
        with self._lock:
            for marker in made:
                self._append(marker)

    def clear(self) -> None:
        """Remove all."""
        with self._lock:
            self._marks.clear()
            self.revision += 1
            self._cleared = self.revision

    def _append(self, marker: Marker) -> None:
        self.dropped += len(self._marks) == self.rows
        self._marks.append(marker)
        self.revision += 1

    def __len__(self) -> int:
        return len(self._marks)

    def __repr__(self) -> str:
        return f"<Markers: {len(self):,}>"

    @property
    def df(self) -> pd.DataFrame:
        """A copy: UTC index `time`; price, side, size, text, in the order they were added."""
        with self._lock:
            marks = list(self._marks)
        index = pd.DatetimeIndex([mark.time for mark in marks], tz="UTC", name="time")
        kinds: dict[str, Any] = {"price": "f8", "side": object, "size": "f8", "text": object}
        values = {
            name: pd.Series([getattr(mark, name) for mark in marks], index, dtype=kind)
            for name, kind in kinds.items()
        }
        return pd.DataFrame(values, index=index)

    def wire(self, since: int) -> dict[str, Any]:
        """What came after the revision `since`; all, with `clear`, where that is not enough.

        `from` is the revision before the first row; rows are [ms, price or None, 1 to buy
        and -1 to sell, size or None, text].
        """
        with self._lock:
            held = self.revision - len(self._marks)
            clear = since <= 0 or since < max(held, self._cleared) or since > self.revision
            first = held if clear else since
            rows = [_row(mark) for mark in islice(self._marks, first - held, None)]
        return {"from": first, "rows": rows, "clear": clear}


class Order(NamedTuple):
    """A resting order."""

    price: float
    side: Side
    size: float | None
    text: str


class Orders:
    """Resting orders by id, drawn as labelled lines; at most `most`.

    >>> orders = Orders()
    >>> orders.set("stop", 63_500, "sell", 0.5, text="stop")
    >>> orders.wire()
    [{'id': 'stop', 'price': 63500.0, 'side': 'sell', 'size': 0.5, 'text': 'stop'}]
    >>> orders.remove("stop"); len(orders)
    0
    """

    def __init__(self, *, most: int = 500) -> None:
        self.most = most
        self.revision = 0
        """Rises with every change."""
        self._lock = threading.Lock()
        self._orders: dict[str, Order] = {}

    def set(
        self, name: str | int, price: float, side: Side, size: float | None = None, text: str = ""
    ) -> None:
        """Draw the order of that name, or draw it anew where it was moved or filled in part.

        `side` is "buy" or "sell"; `text` stands before them on the line. Raises ChartError for
        what is no order, and beyond `most`.
        """
        order = Order(_price(price), _side(side, none=False), _size(size), str(text)[:LONGEST_TEXT])
        with self._lock:
            if str(name) not in self._orders and len(self._orders) >= self.most:
                raise ChartError(f"{self.most} orders are the most; remove some first")
            self._orders[str(name)] = order
            self.revision += 1

    def remove(self, name: str | int) -> None:
        """Draw it no more; one that is not there is no error."""
        with self._lock:
            if self._orders.pop(str(name), None) is not None:
                self.revision += 1

    def clear(self) -> None:
        """Remove all."""
        with self._lock:
            self._orders.clear()
            self.revision += 1

    def __len__(self) -> int:
        return len(self._orders)

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            return iter(list(self._orders))

    def __repr__(self) -> str:
        return f"<Orders: {len(self):,}>"

    def wire(self) -> list[dict[str, Any]]:
        """All orders, as markers.js takes them."""
        with self._lock:
            return [{"id": name} | order._asdict() for name, order in self._orders.items()]


def _row(mark: Marker) -> list[Any]:
    return [mark.time / NS_PER_MS, mark.price, CODES[mark.side], mark.size, mark.text]


def _marker(time: Any, price: Any, side: Any, size: Any, text: Any) -> Marker:
    price = None if _missing(price) else _price(price)
    text = "" if _missing(text) else str(text)[:LONGEST_TEXT]
    return Marker(_time(time), price, _side(side), _size(size), text)


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _time(time: Any) -> int:
    try:
        stamp = pd.Timestamp(time)
        stamp = stamp.tz_localize("UTC") if stamp.tz is None else stamp
        found = int(stamp.as_unit("ns").value)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise ChartError(f"no time for a marker: {time!r}") from error
    if pd.isna(stamp):
        raise ChartError("a marker needs a time")
    return found


def _price(price: Any) -> float:
    return _number(price, "price")


def _size(size: Any) -> float | None:
    if _missing(size):
        return None
    found = _number(size, "size")
    if found < 0:
        raise ChartError(f"size must not be negative, got {size!r}; say which way by side=")
    return found


def _number(value: Any, name: str) -> float:
    try:
        found = float(value)
    except (ValueError, TypeError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise ChartError(f"{name} must be a number, got {value!r}")
    return found


def _side(side: Any, *, none: bool = True) -> Any:
    if none and _missing(side):
        return None
    if side not in ("buy", "sell"):
        raise ChartError(
            f'side must be "buy"{", " if none else " or "}"sell"'
            f"{' or None' if none else ''}, got {side!r}"
        )
    return side

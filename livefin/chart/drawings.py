"""The drawings on a chart: one list, changed from Python and from pages alike.

The page shows its own changes at once and sends them here when the kernel gets to it; the
list here is what counts, and goes back whole to every page when `revision` has risen. One
lock guards it; callbacks run outside of it. Bounded, as pages can send what they like.
What one drawing is, and what is refused, is drawing.py's; livechart carries the messages.

What a page sends, `from` being which page and its how-manieth change this is:

    {"op": "put", "drawing": {…}, "from": ["5c…", 3]}
    {"op": "remove", "id": "9f…", "from": ["5c…", 4]}
    {"op": "clear", "from": ["5c…", 5]}
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, TypeVar
from uuid import uuid4

import pandas as pd

from livefin.chart.drawing import LONGEST_NAME, Drawing, Kind, draw, from_wire
from livefin.errors import ChartError

MAX_DRAWINGS = 500
MAX_PAGES = 32

log = logging.getLogger(__name__)

Heard: TypeAlias = "Callable[[Drawings], object]"
_Callback = TypeVar("_Callback", bound=Heard)


class Drawings:
    """What is drawn on a chart, oldest first: as a sequence, as a frame, and to change.

    >>> drawings = Drawings()
    >>> entry = drawings.add("level", 64_000, text="entry")
    >>> drawings.add("trend", ("2026-01-05 10:00", 63_900), ("2026-01-05 11:00", 64_200))
    <trend 2026-01-05 10:00:00 63900.0 to 2026-01-05 11:00:00 64200.0>
    >>> drawings[0].points[0][1], len(drawings)
    (64000.0, 2)
    >>> drawings.df[["kind", "first_price", "last_price"]].values.tolist()
    [['level', 64000.0, 64000.0], ['trend', 63900.0, 64200.0]]
    >>> drawings.remove(entry)
    >>> drawings
    <Drawings: 1 trend>
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._drawings: dict[str, Drawing] = {}
        self._callbacks: list[Heard] = []
        self._telling = threading.local()
        self._seen: dict[str, int] = {}
        self.revision = 0
        """Rises when pages are to be told: at each change, and when one of theirs is refused."""
        self.refused = 0
        """How many changes of pages were malformed, or one drawing too many."""

    def add(
        self,
        kind: Kind,
        *points: Any,
        text: str = "",
        colour: str | None = None,
        pane: str = "price",
    ) -> Drawing:
        """Draw something, and get it as it is kept.

        Args:
            kind: "level", "trend", "rectangle", "fibonacci", "measure" or "note".
            *points: a price for a level; one (time, price) for a note; two for the others.
                Times are what pandas.Timestamp takes; without a zone they are UTC.
            text: at most 500 letters; white space becomes single blanks.
            colour: as "#4b8b3b" or "#4b3", or a role that follows the theme: "line0" to
                "line5", "up", "down", "ink". By default each kind has its own.
            pane: the key of the pane to draw on.

        Raises ChartError for anything else, and for more than 500 drawings.
        """
        drawing = draw(kind, points, text, colour, pane, id=uuid4().hex)
        with self._lock:
            self._put(drawing)
        self._tell()
        return drawing

    def remove(self, drawing: Drawing | str) -> None:
        """Take a drawing away, given it or its id. Raises ChartError if it is not there."""
        key = drawing.id if isinstance(drawing, Drawing) else drawing
        with self._lock:
            if self._drawings.pop(key, None) is None:
                raise ChartError(f"there is no drawing {drawing!r}; it may be removed already")
            self.revision += 1
        self._tell()

    def clear(self) -> None:
        """Take all drawings away."""
        with self._lock:
            self._drawings.clear()
            self.revision += 1
        self._tell()

    def on_change(self, callback: _Callback) -> _Callback:
        """Call `callback(drawings)` after each change by anyone; works as a decorator.

        It runs on the thread that made the change. What it raises is logged and stops
        nothing. A change that it makes itself does not call it again.
        """
        self._callbacks.append(callback)
        return callback

    def off(self, callback: Heard) -> None:
        """End an `on_change` callback; one that is not there is no error."""
        self._callbacks = [other for other in self._callbacks if other != callback]

    @property
    def df(self) -> pd.DataFrame:
        """One row a drawing by `id`, with UTC times; `start` and `end` of a level are NaT."""
        held = list(self)
        times: dict[str, list[pd.Timestamp | None]] = {
            "start": [drawing.points[0][0] for drawing in held],
            "end": [drawing.points[-1][0] for drawing in held],
        }
        return pd.DataFrame(
            {
                "kind": pd.Series([drawing.kind for drawing in held], dtype=object),
                **{
                    name: pd.Series(each, dtype="datetime64[ns, UTC]")
                    for name, each in times.items()
                },
                "first_price": pd.Series([d.points[0][1] for d in held], dtype=float),
                "last_price": pd.Series([d.points[-1][1] for d in held], dtype=float),
                "text": pd.Series([drawing.text for drawing in held], dtype=object),
                "colour": pd.Series([drawing.colour for drawing in held], dtype=object),
                "pane": pd.Series([drawing.pane for drawing in held], dtype=object),
            }
        ).set_axis(pd.Index([drawing.id for drawing in held], dtype=object, name="id"))

    def __len__(self) -> int:
        return len(self._drawings)

    def __iter__(self) -> Iterator[Drawing]:
        with self._lock:
            return iter(list(self._drawings.values()))

    def __getitem__(self, key: int | str) -> Drawing:
        """By place, oldest first, or by id. Raises IndexError, KeyError."""
        if isinstance(key, str):
            return self._drawings[key]
        return list(self)[key]

    def __repr__(self) -> str:
        kinds: dict[str, int] = {}
        for drawing in self:
            kinds[drawing.kind] = kinds.get(drawing.kind, 0) + 1
        said = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        return f"<Drawings: {said or 'none'}>"

    # What livechart carries to and from pages

    @property
    def seen(self) -> dict[str, int]:
        """By page, the number of its last change that was taken or refused.

        Sent with the list, so that a page keeps showing what it changed since.
        """
        with self._lock:
            return dict(self._seen)

    def wire(self) -> list[dict[str, Any]]:
        """The whole list as pages take it, oldest first."""
        return [drawing.wire() for drawing in self]

    def take(self, content: object) -> bool:
        """Take a change that a page sent; False, counted in `refused`, if it is none."""
        with self._lock:
            try:
                changed = self._take(content)
            except ChartError as error:
                log.debug("a page's drawing was refused: %s", error)
                changed = False
            if not changed:
                self.refused += 1
                self.revision += 1  # the page shows it already, and is to be put right
            self._note(content)
        if changed:
            self._tell()
        return changed

    def _take(self, content: object) -> bool:
        """Make the change. Holds the lock."""
        match content:
            case {"op": "put", "drawing": drawing}:
                self._put(from_wire(drawing))
            case {"op": "remove", "id": str(key)}:
                # One that is gone already is no error: two pages may have removed it.
                self._drawings.pop(key, None)
                self.revision += 1
            case {"op": "clear"}:
                self._drawings.clear()
                self.revision += 1
            case _:
                return False
        return True

    def _note(self, content: object) -> None:
        """Remember how far its page has been heard. Holds the lock."""
        match content:
            case {"from": [str(page), int(number)]} if len(page) <= LONGEST_NAME:
                self._seen.pop(page, None)
                self._seen[page] = number
                if len(self._seen) > MAX_PAGES:
                    del self._seen[next(iter(self._seen))]
            case _:
                pass

    def _put(self, drawing: Drawing) -> None:
        """Keep it, in the place of the one with its id. Holds the lock."""
        if drawing.id not in self._drawings and len(self._drawings) >= MAX_DRAWINGS:
            raise ChartError(f"a chart holds {MAX_DRAWINGS} drawings; remove some first")
        self._drawings[drawing.id] = drawing
        self.revision += 1

    def _tell(self) -> None:
        # A callback that moves a drawing would otherwise call itself for ever.
        if getattr(self._telling, "now", False):
            return
        self._telling.now = True
        try:
            for callback in list(self._callbacks):
                try:
                    callback(self)
                except Exception:
                    log.exception("a callback of a chart's drawings failed")
        finally:
            self._telling.now = False

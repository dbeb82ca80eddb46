"""One drawing on a chart: what may be drawn, how it is checked, its form on the wire.

A drawing is a frozen value; moving one makes another with the same id. Whoever makes it,
a person in Python or a page, passes the same checks, so that neither can hand the other
what it cannot draw. Kept by drawings; drawn by page/drawings.js.

On the wire, times being ms since 1970 UTC, and None for a level's:

    {"id": "9f…", "kind": "trend", "pane": "price", "points": [[1.7e12, 64000.0],
     [1.70001e12, 64100.0]], "text": "", "colour": "line2"}
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from reprlib import repr  # noqa: A004 - what is refused may be huge
from typing import Any, Literal, TypeAlias, get_args

import pandas as pd

from livefin.errors import ChartError
from livefin.nearest import did_you_mean

Kind = Literal["level", "trend", "rectangle", "fibonacci", "measure", "note"]
Point: TypeAlias = tuple[pd.Timestamp | None, float]

KINDS: tuple[str, ...] = get_args(Kind)
ROLES = ("line0", "line1", "line2", "line3", "line4", "line5", "up", "down", "ink")
LONGEST_TEXT = 500
LONGEST_NAME = 64
_DEFAULTS = {
    "level": "line2",
    "trend": "line2",
    "rectangle": "line0",
    "fibonacci": "line1",
    "measure": "ink",
    "note": "ink",
}
_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}")
_US_PER_MS = 1_000
_NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing as it is now. Its points are (time, price); a level's time is None.

    `colour` is a CSS hex colour or the name of a role, which follows the page's theme;
    `pane` is the key of the pane that it lies on. `Drawings.add` makes one.
    """

    id: str
    kind: Kind
    points: tuple[Point, ...]
    text: str
    colour: str
    pane: str

    def __repr__(self) -> str:
        points = " to ".join(_said(point) for point in self.points)
        text = f" {self.text!r}" if self.text else ""
        return f"<{self.kind} {points}{text}>"

    def wire(self) -> dict[str, Any]:
        """As a page takes it; the module's docstring shows one."""
        return {
            "id": self.id,
            "kind": self.kind,
            "pane": self.pane,
            "points": [[_ms(time), price] for time, price in self.points],
            "text": self.text,
            "colour": self.colour,
        }


def draw(kind: Any, points: Any, text: Any, colour: Any, pane: Any, *, id: Any) -> Drawing:  # noqa: A002 - its name on the wire
    """A drawing of what a person gave. Raises ChartError, which says what to do."""
    if not isinstance(kind, str) or kind not in KINDS:
        near = did_you_mean(kind, KINDS)
        raise ChartError(f"no drawing is called {repr(kind)}; there are: {', '.join(KINDS)}{near}")
    if not _is_name(id):
        raise ChartError(f"the id of a drawing is 1 to {LONGEST_NAME} letters, got {repr(id)}")
    if not _is_name(pane):
        raise ChartError(f'a pane is named by its key, as "price", got {repr(pane)}')
    wanted = 1 if kind in ("level", "note") else 2
    if len(points) != wanted:
        how = {"level": "one price", "note": "one (time, price)"}.get(kind, "two (time, price)")
        raise ChartError(f"a {kind} takes {how}, got {len(points)} points")
    made = tuple(_level(p) if kind == "level" else _point(kind, p) for p in points)
    return Drawing(id, kind, made, _text(text), _colour(colour, kind), pane)  # type: ignore[arg-type]  # kind is one of KINDS


def from_wire(content: object) -> Drawing:
    """A drawing that a page sent. Raises ChartError for anything else.

    >>> from_wire({"id": "a", "kind": "level", "pane": "price", "points": [[None, 64000]]})
    <level 64000.0>
    """
    if not isinstance(content, dict):
        raise ChartError("a drawing on the wire is an object")
    names = ("id", "kind", "pane", "text", "colour")
    if not all(isinstance(content.get(name, ""), str) for name in names):
        raise ChartError("all but the points of a drawing are texts")
    points = content.get("points")
    if not isinstance(points, list) or len(points) > 2:  # noqa: PLR2004 - no kind has more
        raise ChartError("the points of a drawing are a list of one or two")
    pairs = []
    for point in points:
        if not isinstance(point, list) or len(point) != 2:  # noqa: PLR2004 - a pair
            raise ChartError("a point on the wire is [ms, price]")
        ms, price = point
        if not isinstance(price, int | float) or not abs(price) < 1e300:  # noqa: PLR2004 - room to add
            raise ChartError("a price on the wire is a number")
        pairs.append((_moment(ms), price))
    _id, kind, pane, text, colour = (content.get(name) for name in names)
    return draw(kind, pairs, text or "", colour, pane, id=_id)


def _level(point: Any) -> Point:
    # A bare price, or what another level's `points` hold.
    if isinstance(point, tuple | list) and len(point) == 2:  # noqa: PLR2004 - a pair
        point = point[1]
    return None, _price(point)


def _point(kind: str, point: Any) -> Point:
    if not isinstance(point, tuple | list) or len(point) != 2:  # noqa: PLR2004 - a pair
        raise ChartError(f"a point of a {kind} is (time, price), got {repr(point)}")
    time, price = point
    try:
        # isinstance first: pandas would take a flag as one nanosecond.
        moment = pd.NaT if time is None or isinstance(time, bool) else pd.Timestamp(time)
        if isinstance(moment, pd.Timestamp):
            naive = moment.tzinfo is None
            moment = moment.tz_localize("UTC") if naive else moment.tz_convert("UTC")
            return moment.as_unit("ns"), _price(price)
    except (ValueError, TypeError, OverflowError) as error:
        if isinstance(error, ChartError):
            raise
    raise ChartError(f"{repr(time)} is no time from 1678 to 2262; give what pandas.Timestamp takes")


def _moment(ms: object) -> pd.Timestamp | None:
    if ms is None:
        return None
    if isinstance(ms, bool) or not isinstance(ms, int | float) or not abs(ms) < 9.2e12:  # noqa: PLR2004 - the year 2261
        raise ChartError("a time on the wire is ms since 1970")
    # By way of whole microseconds: ns in a float would not be exact.
    return pd.Timestamp(round(ms * _US_PER_MS), unit="us", tz="UTC").as_unit("ns")


def _ms(time: pd.Timestamp | None) -> float | None:
    return None if time is None else time.value / _NS_PER_MS


def _price(value: Any) -> float:
    try:
        price = math.nan if isinstance(value, bool | str) else float(value)
    except (TypeError, ValueError, OverflowError):
        price = math.nan
    if not math.isfinite(price):
        raise ChartError(f"a price is a finite number, got {repr(value)}")
    return price


def _text(text: Any) -> str:
    if not isinstance(text, str) or len(text) > LONGEST_TEXT:
        raise ChartError(f"the text of a drawing is at most {LONGEST_TEXT} letters")
    line = " ".join(text.split())
    # Half a pair of surrogates could not be sent; control codes could not be seen.
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in line):
        raise ChartError("the text of a drawing holds letters that cannot be shown")
    return line


def _colour(colour: Any, kind: str) -> str:
    if colour is None:
        return _DEFAULTS[kind]
    if isinstance(colour, str) and (colour in ROLES or _HEX.fullmatch(colour)):
        return colour
    raise ChartError(f"colour must be as #4b8b3b or one of {', '.join(ROLES)}, got {repr(colour)}")


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable()


def _said(point: Point) -> str:
    time, price = point
    return str(price) if time is None else f"{time:%Y-%m-%d %H:%M:%S} {price}"

"""How a chart looks and reads: everything that a person may switch, in Python or in the page.

Checked here, whoever sets it. A change from either side raises the revision and goes to
every page that shows the chart. Times are in ms on the wire. Used by livechart; page/view.js
is the other end.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from livefin.errors import ChartError
from livefin.nearest import did_you_mean

KINDS = ("candles", "hollow", "heikin", "bars", "line", "area", "baseline", "renko")
SCALES = ("linear", "log", "percent", "indexed")
THEMES = ("auto", "light", "dark")
GAPS = ("closed", "true")
INTERVALS = ("1s", "5s", "15s", "1min", "5min", "15min", "1h", "4h", "1d")
"""What the keys 1 to 9 choose, and the page's menu."""
MAX_FPS = 60
MAX_HEIGHT = 10_000
MAX_HIDDEN = 1_000


def _one_of(name: str, values: tuple[str, ...]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in values:
            known = ", ".join(f'"{known}"' for known in values)
            raise ChartError(
                f"{name} must be one of {known}; got {value!r}{did_you_mean(value, values)}"
            )
        return str(value)

    return check


def _number(name: str, low: float, high: float, *, none: bool = False) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if none and value is None:
            return None
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            raise ChartError(f"{name} must be a number, got {value!r}")
        if not low <= value <= high:
            raise ChartError(f"{name} must lie within {low:g} and {high:g}, got {value:g}")
        return value

    return check


def _flag(name: str) -> Callable[[Any], bool]:
    def check(value: Any) -> bool:
        if not isinstance(value, bool):
            raise ChartError(f"{name} must be True or False, got {value!r}")
        return value

    return check


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 500:  # noqa: PLR2004 - a title, not a book
        raise ChartError(f"a title must be a text of at most 500 letters, got {value!r}")
    return value


def _names(value: Any) -> tuple[str, ...]:
    many = isinstance(value, list | tuple | set | frozenset) and len(value) <= MAX_HIDDEN
    if not many or not all(isinstance(name, str) and len(name) <= 500 for name in value):  # noqa: PLR2004 - as a title
        raise ChartError(f'hidden must be a list of names of lines, as ["RSI"]; got {value!r:.200}')
    return tuple(dict.fromkeys(value))


def _zone(value: Any) -> str:
    if value in ("local", "UTC"):
        return str(value)
    if isinstance(value, ZoneInfo):
        value = value.key
    if not isinstance(value, str) or value not in available_timezones():
        near = did_you_mean(value, available_timezones())
        raise ChartError(
            f'tz must be a zone such as "America/New_York" or "local", got {value!r}{near}'
        )
    return value


CHECKS: dict[str, Callable[[Any], Any]] = {
    "title": _text,
    "kind": _one_of("kind", KINDS),
    "scale": _one_of("scale", SCALES),
    "theme": _one_of("theme", THEMES),
    "gaps": _one_of("gaps", GAPS),
    "tz": _zone,
    "tick": _number("tick", 1e-15, 1e15, none=True),
    "brick": _number("brick", 1e-15, 1e15, none=True),
    "base": _number("base", -1e300, 1e300, none=True),
    "volume": _flag("volume"),
    "profile": _flag("profile"),
    "hidden": _names,
    "toolbar": _flag("toolbar"),
    "height": _number("height", 60, MAX_HEIGHT),
    "width": _number("width", 60, MAX_HEIGHT, none=True),
    "fps": _number("fps", 0.1, MAX_FPS),
    "bars_visible": _number("bars_visible", 2, 10_000_000),
}
ELSEWHERE = {"interval": "; bars= says it of a new chart, chart.interval = of one there is"}
"""What people look for among the options, and where it is."""
FROM_PAGE = frozenset(("kind", "scale", "gaps", "tz", "theme", "volume", "profile", "hidden"))
"""What a page may set; the interval is livechart's."""


def _unknown(names: str) -> ChartError:
    near = ELSEWHERE.get(names) or did_you_mean(names, CHECKS)
    return ChartError(f"no option {names}; there are {', '.join(CHECKS)}{near}")


class Settings:
    """The settings of one chart.

    >>> settings = Settings(kind="candles", height=300)
    >>> settings.set(kind="line")
    >>> settings["kind"], settings.revision, settings.take({"kind": "pie"}), settings["kind"]
    ('line', 1, False, 'line')
    """

    def __init__(self, **given: Any) -> None:
        self.revision = 0
        self.group = ""
        """Charts of one group move together in a page; see linked."""
        self.values: dict[str, Any] = {
            "title": "",
            "kind": "candles",
            "scale": "linear",
            "theme": "auto",
            "gaps": "closed",
            "tz": "UTC",
            "tick": None,
            "brick": None,
            "base": None,
            "volume": True,
            "profile": False,
            "hidden": (),
            "toolbar": True,
            "height": 460,
            "width": None,
            "fps": 20.0,
            "bars_visible": 150,
        }
        self.set(**given)
        self.revision = 0

    def __getitem__(self, name: str) -> Any:
        if name not in self.values:
            raise _unknown(name)
        return self.values[name]

    def __repr__(self) -> str:
        return f"<Settings: {', '.join(f'{name}={self.values[name]!r}' for name in CHECKS)}>"

    def set(self, **given: Any) -> None:
        """Change some. Raises ChartError, and changes none, when one of them cannot be."""
        unknown = given.keys() - CHECKS.keys()
        if unknown:
            raise _unknown(", ".join(sorted(unknown)))
        checked = {name: CHECKS[name](value) for name, value in given.items()}
        if any(self.values[name] != value for name, value in checked.items()):
            self.values |= checked
            self.revision += 1

    def join(self, group: str) -> None:
        """Move with the charts of that group; by itself where it is empty."""
        if group != self.group:
            self.group = group
            self.revision += 1

    def wire(self) -> dict[str, Any]:
        """As a page takes them."""
        return self.values | {"group": self.group}

    def take(self, given: Any) -> bool:
        """Change what a page asks for; False, and nothing changed, when it cannot be."""
        if not isinstance(given, dict) or not given.keys() <= FROM_PAGE:
            return False
        try:
            self.set(**given)
        except ChartError:
            return False
        return True

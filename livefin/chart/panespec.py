"""Say what a further pane of a chart shows. Read by livechart."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from livefin.chart.overlays import Overlay, drawable, named
from livefin.chart.sheet import PANE_SHARE
from livefin.errors import ChartError


class PaneSpec(NamedTuple):
    """Functions of the frame of bars, and how they are drawn."""

    overlays: Mapping[str, Overlay]
    share: float = PANE_SHARE
    range: tuple[float, ...] | None = None
    levels: tuple[float, ...] = ()
    title: str = ""
    kind: str = "line"
    kinds: Mapping[str, str] = MappingProxyType({})

    @classmethod
    def of(cls, given: Any) -> PaneSpec:
        """From a spec, a function, functions, a mapping of names to functions, or None."""
        return given if isinstance(given, cls) else pane(given)

    @classmethod
    def each(cls, given: Any) -> list[PaneSpec]:
        """Of what `panes=` takes: a list of the above, one of them, or a pane for each name.

        >>> [spec.title for spec in PaneSpec.each({"up": abs, "down": abs})]
        ['up', 'down']
        """
        if isinstance(given, cls) or callable(given):
            return [cls.of(given)]
        if isinstance(given, Mapping):
            return [cls.of({name: function}) for name, function in given.items()]
        return [cls.of(spec) for spec in given]


def pane(
    overlays: Mapping[str, Overlay] | Iterable[Overlay] | Overlay | None = None,
    *,
    share: float = PANE_SHARE,
    range: tuple[float, float] | None = None,  # noqa: A002 - the word for it
    levels: Iterable[float] = (),
    title: str | None = None,
    kind: str = "line",
    kinds: Mapping[str, str] | None = None,
) -> PaneSpec:
    """A further pane for `livefin.chart(..., panes=[...])`, under the prices.

    Args:
        overlays: a function of the frame of bars, several, or a mapping of names to them; none
            for a pane whose `figure` you fill.
        share: its height, the price pane's being 1.
        range: (low, high) that the y axis always shows; by default it follows the values.
        levels: values at which a faint line is drawn, such as 30 and 70; by default those that
            an indicator says.
        title: by default the names of the functions.
        kind: what its lines are drawn as: "line", "histogram" (from 0, coloured by sign) or "dots".
        kinds: the same by name, or by column of a DataFrame that comes back, where they differ.

    Raises ChartError.

    >>> spec = pane({"change": lambda df: df.close.diff()}, kind="histogram", levels=[0])
    >>> spec.title, spec.levels
    ('change', (0.0,))
    """
    if not (math.isfinite(share) and share > 0):
        raise ChartError(f"share must be a number above 0, got {share!r}")
    bounds = None if range is None else _numbers("range", range)
    if bounds is not None and not (len(bounds) == 2 and bounds[0] < bounds[1]):  # noqa: PLR2004
        raise ChartError(f"range must be (low, high), got {range!r}")
    drawable(kind, kinds or {})
    functions = named([overlays] if callable(overlays) else overlays)
    own = tuple(x for each in functions.values() for x in getattr(each, "levels", ()))
    words = ", ".join(functions) if title is None else title
    return PaneSpec(
        functions, share, bounds, _numbers("levels", levels) or own, words, kind, kinds or {}
    )


def _numbers(what: str, given: Iterable[float]) -> tuple[float, ...]:
    try:
        numbers = tuple(float(each) for each in given)
    except (TypeError, ValueError) as error:
        raise ChartError(f"{what} must be numbers, got {given!r}") from error
    if not all(math.isfinite(each) for each in numbers):
        raise ChartError(f"{what} must be finite numbers, got {given!r}")
    return numbers

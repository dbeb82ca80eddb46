"""Say what a further pane of a chart shows. Read by livechart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from livefin.chart.overlays import Overlay, named
from livefin.chart.sheet import PANE_SHARE
from livefin.errors import ChartError


class PaneSpec(NamedTuple):
    """Functions of the frame of bars, and how they are drawn."""

    overlays: Mapping[str, Overlay]
    share: float = PANE_SHARE
    range: tuple[float, float] | None = None
    levels: tuple[float, ...] = ()
    title: str = ""
    kind: str = "line"
    kinds: Mapping[str, str] = MappingProxyType({})

    @classmethod
    def of(cls, given: Any) -> PaneSpec:
        """From a spec, a function, functions, a mapping of names to functions, or None."""
        if isinstance(given, cls):
            return given
        overlays = named(given)
        return cls(overlays, title=", ".join(overlays))


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
    """A further pane for `livefin.chart(..., panes=[...])`.

    Args:
        overlays: a function of the frame of bars, several, or a mapping of names to them.
        share: its height, the price pane's being 1.
        range: (low, high) that the y axis always shows; by default it follows the values.
        levels: values at which a faint line is drawn, such as 30 and 70.
        title: by default the names of the functions.
        kind: "line", "histogram" or "dots".
        kinds: the same by line name, where the lines differ.

    Raises ChartError.

    >>> spec = pane({"change": lambda df: df.close.diff()}, kind="histogram", levels=[0])
    >>> spec.title, spec.levels
    ('change', (0.0,))
    """
    if range is not None and not range[0] < range[1]:
        raise ChartError(f"range must be (low, high), got {range!r}")
    functions = named([overlays] if callable(overlays) else overlays)
    words = ", ".join(functions) if title is None else title
    return PaneSpec(functions, share, range, tuple(map(float, levels)), words, kind, kinds or {})

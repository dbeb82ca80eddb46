"""Sweeps in a notebook: a bar while they run, and their scores as a map that can be turned.

`sweep` and `walk_forward` are those of research with a bar. The map's picture is made in
Python, the same that a saved notebook keeps; the page's half (sweepmap.js) asks for another
by its menus and tells which cell was picked, so that a chart can follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import traitlets
from IPython.display import display

from livefin.cell import in_kernel, this_cell
from livefin.chart.shown import shows
from livefin.errors import IndicatorError
from livefin.prototyping.listening import Listening, page_half
from livefin.research import sweeping, walkforward
from livefin.research.heat import AGGREGATES, Heat, axes, heat, varied
from livefin.research.heatmap import as_html
from livefin.research.sweeping import Sweep
from livefin.widgets.sweepbar import with_bar

HERE = Path(__file__).parent
Pick = Callable[[dict[str, Any]], object]
Called = TypeVar("Called", bound=Pick)

sweep = with_bar(sweeping.sweep)
walk_forward = with_bar(walkforward.walk_forward)


def heatmap(
    found: Sweep,
    *,
    x: str | None = None,
    y: str | None = None,
    score: str | None = None,
    aggregate: str = "max",
    on_pick: Pick | None = None,
) -> SweepMap:
    """A sweep's scores as a map that can be turned and picked from; show it in a cell.

    A cell is picked with a click, or with the arrow keys and Enter. `picked` then has its
    best set, and `on_pick` is called with it.

    Args:
        found: what `sweep` gave.
        x: the parameter to the right; by default two of those with the most values are shown.
        y: the parameter upwards; without one where one alone was varied.
        score: which; the first by default.
        aggregate: over all other parameters: "max", "mean", "median" or "min". "mean" shows
            plateaus, "max" peaks.
        on_pick: called with the parameters; `heatmap(...).on_pick` adds more.

    Raises IndicatorError for names that there are not, and where nothing was varied.

    >>> import numpy as np, pandas as pd
    >>> df = pd.DataFrame({"close": 100 + np.cumsum(np.random.default_rng(0).normal(size=500))})
    >>> def momentum(df, window=5): return df.close.diff(window)
    >>> found = sweep(momentum, df, {"window": [3, 5, 10]}, progress=False)
    >>> shown = heatmap(found, on_pick=lambda params: print(params))
    >>> shown, shown.x, shown.y, shown.picked
    (<SweepMap of momentum: ic by window>, 'window', '', {})
    >>> shown.close()
    """
    if not isinstance(found, Sweep):
        raise IndicatorError(f"a heat map is of what lf.sweep gave, got {found!r:.100}")
    free = axes(found)
    if not free:
        raise IndicatorError("nothing to show: no parameter was tried with several values")
    others = [name for name in free if name not in (x, y)]
    x = others.pop(0) if x is None else x
    y = (others.pop(0) if others else "") if y is None else y
    heat(found, x, y or None, score=score, aggregate=aggregate)  # raises for what there is not
    made = SweepMap(found, x=x, y=y, score=score or found.scores[0], aggregate=aggregate)
    if on_pick is not None:
        made.on_pick(on_pick)
    return made


class SweepMap(Listening):
    """The map of one sweep; also an ipywidget to lay out with others. Made by `heatmap`.

    `x`, `y`, `score` and `aggregate` can be set; `picked` can be observed.
    """

    _esm = page_half((HERE / "sweepmap.js").read_text("utf-8"))
    _css = (HERE / "sweepmap.css").read_text("utf-8")
    x = traitlets.Unicode().tag(sync=True)
    y = traitlets.Unicode().tag(sync=True)
    score = traitlets.Unicode().tag(sync=True)
    aggregate = traitlets.Unicode("max").tag(sync=True)
    choices = traitlets.Dict().tag(sync=True)
    """What the page's menus offer."""
    html = traitlets.Unicode().tag(sync=True)
    picked = traitlets.Dict()
    """The parameters picked last; empty before."""

    def __init__(self, found: Sweep, **traits: Any) -> None:
        self.sweep = found
        self._calls: list[Pick] = []
        names = varied(found)
        offered = {
            "x": names if len(names) > 1 else [],
            "y": names if len(names) > 1 else [],
            "score": found.scores if len(found.scores) > 1 else [],
            "aggregate": list(AGGREGATES) if len(names) > 2 else [],  # noqa: PLR2004 - one is left
        }
        super().__init__(choices=offered, **traits)
        self._draw()
        self.observe(self._turned, ["x", "y", "score", "aggregate"])
        self.on_msg(self._heard)

    def on_pick(self, call: Called) -> Called:
        """Call `call` with the parameters of each cell that is picked; a decorator too."""
        self._calls.append(call)
        return call

    def pick(self, line: int, column: int) -> dict[str, Any]:
        """Pick a cell, counted from the lower left: the parameters of its best set."""
        row = int(self._heat.rows[line, column])
        if row < 0:
            return {}
        params = self.sweep.params(row)
        self.picked = params
        for call in list(self._calls):
            call(dict(params))
        return params

    def close(self) -> None:
        """Close the comm, and that of the layout which ipywidgets made with it."""
        if self.comm is not None:
            self.layout.close()
        super().close()

    def release(self) -> None:
        """Leave the page."""
        shows.forget(self)
        self.close()

    @property
    def _heat(self) -> Heat:
        return heat(self.sweep, self.x, self.y or None, score=self.score, aggregate=self.aggregate)

    def _draw(self) -> None:
        self.html = self.sweep.as_html(as_html(self._heat))

    @traitlets.validate("x", "y", "score", "aggregate")
    def _known(self, proposal: Mapping[str, Any]) -> str:
        name, value = proposal["trait"].name, str(proposal["value"])
        there = {"score": self.sweep.scores, "aggregate": AGGREGATES}.get(name)
        if there is None:
            there = [*self.sweep.choices, *([""] if name == "y" else [])]
        if value not in there:
            raise traitlets.TraitError(f"{name} is one of {', '.join(there)}; got {value!r}")
        return value

    def _turned(self, change: Mapping[str, Any]) -> None:
        other = {"x": "y", "y": "x"}.get(change["name"])
        if other is not None and change["new"] == getattr(self, other):
            setattr(self, other, change["old"])  # which draws
            return
        self._draw()

    def _heard(self, _: Any, content: Any, __: Any) -> None:
        match content:
            case {"pick": [int(line), int(column)]}:
                lines, columns = self._heat.rows.shape
                if 0 <= line < lines and 0 <= column < columns:
                    self.pick(line, column)

    def __repr__(self) -> str:
        by = f"{self.x} and {self.y}" if self.y else self.x
        return f"<SweepMap of {self.sweep.name}: {self.score} by {by}>"

    def _ipython_display_(self) -> None:
        shows.show(self, this_cell())
        bundle = super()._repr_mimebundle_()
        display(bundle[0] if isinstance(bundle, tuple) else bundle, raw=True)
        # The page hides it as long as the map lives; a saved notebook shows this alone.
        kept = f'<div class="livefin-sweep-kept">{self.html}</div>'
        display({"text/html": kept, "text/plain": str(self.sweep)}, raw=True)


def _view(found: Sweep) -> bool:
    """Show a sweep's map; whether there is a page, and something to show."""
    there = in_kernel() and bool(axes(found))
    if there:
        heatmap(found)._ipython_display_()
    return there


Sweep.view = _view

"""The prototypes of one chart: what `chart.indicator` does, and how their code is locked.

An indicator is tried first, then swapped in under its name; its last version with other code
stays as a faint line. A Prototype keeps the card of each. Used by livechart; what is drawn is
overlays' business.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from IPython import get_ipython
from IPython.display import display

from livefin.cell import in_kernel, this_cell
from livefin.chart.overlays import words
from livefin.chart.painter import painter
from livefin.chart.prototype import Prototype, frame_of
from livefin.chart.shown import shows
from livefin.errors import ChartError, IndicatorError
from livefin.indicators.contract import Indicator
from livefin.indicators.custom.userdefined import indicator
from livefin.prototyping.locking import locked, same_code
from livefin.prototyping.prints import Prints
from livefin.prototyping.trial import among_prices, at_its_head, own, tried

if TYPE_CHECKING:
    from livefin.chart.livechart import Chart

BEFORE = " (before)"


class Prototypes:
    """The prototypes of one chart, by name."""

    def __init__(self, chart: Chart) -> None:
        self._chart = weakref.ref(chart)
        self._held: dict[str, Prototype] = {}

    @property
    def chart(self) -> Chart:
        """The chart. Raises ChartError when it is gone."""
        chart = self._chart()
        if chart is None:
            raise ChartError("the chart is gone; make another")
        return chart

    def indicator(
        self,
        thing: Any = None,
        /,
        *,
        name: str | None = None,
        pane: str | None = None,
        kinds: Mapping[str, str] | None = None,
        levels: Iterable[float] = (),
        source: str = "bars",
        symbols: Iterable[str] = (),
        compare: bool = True,
        check: bool = True,
        **params: Any,
    ) -> Any:
        """Draw one's own function or class at once, with a card of its value, verdict and knobs.

        A decorator, with options or without, or called. Run again under the same name it
        replaces the one before, whose lines stay until the new ones are there. One that
        raises is not taken: its traceback shows, and the version before goes on.

        Args:
            thing: a function `f(df, **params)`, a class with `update(row)`, or an Indicator;
                `livefin.indicator` says more.
            name: as it is called on the chart; the function's own by default.
            pane: "price", "new", or a pane's key; by default where the one before was, else
                on the prices if its values are among them.
            kinds: how lines are drawn that are no "line": {"gap": "histogram"}.
            levels: values at which faint lines are drawn.
            source: what its rows are: "bars", "trades", "quotes", "book" or "closes".
            symbols: with "closes" whose, in this order.
            compare: draw the last version with other code, faintly.
            check: say whether it looks ahead, repaints and so on.
            params: parameters that are not to be as by default.

        Returns the Indicator, which called with a frame gives its lines: for a backtest.
        Raises whatever the function raises, IndicatorError, ChartError.
        """
        __tracebackhide__ = True  # IPython shows the person's own lines alone
        if thing is None:
            options: dict[str, Any] = {"name": name, "pane": pane, "kinds": kinds}
            options |= {"levels": levels, "source": source, "symbols": symbols}
            options |= {"compare": compare, "check": check}
            return functools.partial(self.indicator, **options, **params)
        chart = self.chart
        own_pane = pane if pane in (None, "price", "new") else "new"
        try:
            made = indicator(
                thing,
                name=name,
                pane=own_pane,
                kinds=kinds,
                levels=levels,
                source=source,
                symbols=symbols,
                **params,
            )
        except IndicatorError as error:
            raise own(error) from None
        name = name or made.name
        prints = Prints()
        frame = frame_of(chart, made)
        found = tried(made, frame, prints)
        refused = found.error if found.enough else None
        if refused is None:
            new = name not in chart.indicators
            if new and pane is None and not made.trusted and not hasattr(thing, "pane"):
                pane = "price" if among_prices(found.values, frame) else "new"
            self._swap(name, made, pane, compare)
            chart._overlays.entries[name].prints = prints  # noqa: SLF001 - the chart's own part
        else:
            chart._overlays.refused[name] = words(name, refused)  # noqa: SLF001 - as above
        painter.hurry(chart)
        self._enter(name, made, refused, check=check)
        if refused is not None:
            goes_on = name in chart.indicators
            refused.add_note(
                f"{name} is not drawn" + ("; the version before goes on" if goes_on else "")
            )
            raise at_its_head(refused, thing)
        return made

    def _swap(self, name: str, made: Indicator, pane: str | None, compare: bool) -> None:
        """Draw `made` in place of what has the name; that stays as a faint line if it differs."""
        chart = self.chart
        before = chart.indicators.get(name)
        chart.add(made, name, pane=pane)
        alone = chart._own.get(name)  # noqa: SLF001 - the chart's own part
        if alone is not None:
            chart._sheet.pane(alone).set_levels(made.levels)  # noqa: SLF001 - as above
        if before is None or not compare:
            chart.remove(name + BEFORE)
        elif not same_code(before, made):
            key = chart._overlays.entries[name].placing.pane  # noqa: SLF001 - as above
            chart.add(before, name + BEFORE, pane=key, faint=True)

    def _enter(
        self, name: str, made: Indicator, refused: BaseException | None, *, check: bool
    ) -> None:
        """Have a card for it, under the cell that runs."""
        before, card, cell = self._held.pop(name, None), None, this_cell()
        if before is not None:
            card = before.retire()
            if before.cell != (cell and cell.id):
                card.close()  # under another cell it would speak of code that is not there
        prototype = Prototype(self.chart, name, made, refused, check=check, card=card)
        prototype.cell = cell and cell.id
        self._held[name] = prototype
        if in_kernel():
            display(prototype.card)
            shows.show(prototype, cell)
        painter.add(prototype)

    def locked(self, name: str) -> str:
        """The code of an indicator with the values its knobs have now. Raises ChartError."""
        there = self.chart.indicators
        if name not in there:
            raise ChartError(f"no indicator {name!r}; there are: {', '.join(there) or 'none'}")
        return locked(there[name], name)

    def lock(self, name: str) -> None:
        """Put that code into a new cell; where there are no cells, print it."""
        text, shell = self.locked(name), get_ipython()
        if shell is None:
            print(text)  # noqa: T201 - the answer to a person's question
        else:
            shell.set_next_input(text)

    def removed(self, name: str) -> None:
        """The chart draws it no more."""
        self.chart._picture.called.pop(name, None)  # noqa: SLF001 - the chart's own part
        prototype = self._held.pop(name, None)
        if prototype is not None:
            prototype.close()
        if name + BEFORE in self.chart.indicators:
            self.chart.remove(name + BEFORE)

    def close(self) -> None:
        """Their cards leave the page."""
        for prototype in list(self._held.values()):
            prototype.close()
        self._held.clear()

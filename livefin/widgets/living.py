"""The life of a small live widget: shown, painted while its feed lives, replaced with its cell.

Its state is one trait, `said`, so that a page finds it again after a reload; the painter
thread of chart/ sends it when it changed, with no question to the kernel's main thread. A
subclass says what is said (`say`); the page's halves are the .js files, which begin with what
they share, cells.js. Used by screener, gauge and tile; the status card is older and alone.
"""

from __future__ import annotations

import contextlib
import time
import weakref
from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

import traitlets

from livefin.cell import this_cell
from livefin.chart.painter import painter
from livefin.chart.shown import shows
from livefin.prototyping.listening import Listening, page_half
from livefin.widgets.abreast import Abreast

HERE = Path(__file__).parent
PERIOD = 0.5
CATCHING_UP = 0.1
"""Seconds between two paints, and while not every symbol has had its turn."""
BEAT = 2_000_000_000


def page(name: str) -> str:
    """A widget's page half: what all share, then its own."""
    parts = [(HERE / each).read_text("utf-8") for each in ("cells.js", f"{name}.js")]
    return page_half("\n".join(parts))


class LiveWidget(Listening):
    """A widget over indicators of one feed, from its making until the feed's end."""

    _css = (HERE / "cells.css").read_text("utf-8")
    said = traitlets.Dict().tag(sync=True)

    def __init__(
        self, abreast: Abreast, *, clock: Callable[[], int] = time.time_ns, **traits: Any
    ) -> None:
        self._abreast, self._clock = abreast, clock
        self.period = CATCHING_UP
        super().__init__(**traits)
        self.said = self._all_said()
        widget = weakref.ref(self)

        def hurry() -> None:
            there = widget()
            if there is not None:
                painter.hurry(there)

        self._hurry = hurry
        abreast.feed.on_close.append(hurry)
        shows.show(self, this_cell())
        painter.add(self)

    @abstractmethod
    def say(self) -> dict[str, Any]:
        """What the page shows, as JSON without NaN; text may be off the wire."""

    @property
    def feed(self) -> Any:
        """The feed it is of."""
        return self._abreast.feed

    def paint(self) -> bool:
        """Send what changed. Called by the painter only; False after the feed's end."""
        if self.comm is None:
            self._abreast.close()
            return False
        over = self.feed.state == "closed"
        complete = self._abreast.update()
        self.period = PERIOD if complete else CATCHING_UP
        self.said = self._all_said()
        if over and complete:
            self._abreast.close()
        return not (over and complete)

    def _all_said(self) -> dict[str, Any]:
        feed = self.feed
        beat = 0 if feed.state == "closed" else self._clock() // BEAT
        return {"feed": feed.name, "state": feed.state, "beat": beat, **self.say()}

    def _repr_mimebundle_(self, **options: Any) -> Any:
        shows.show(self, this_cell())
        return super()._repr_mimebundle_(**options)

    def close(self) -> None:
        """Close the comm, and that of the layout which ipywidgets made with it."""
        if self.comm is not None:
            self.layout.close()
        super().close()

    def release(self) -> None:
        """Leave the page and end what runs for it."""
        painter.remove(self)
        shows.forget(self)
        with contextlib.suppress(ValueError):
            self.feed.on_close.remove(self._hurry)
        self._abreast.close()
        self.close()

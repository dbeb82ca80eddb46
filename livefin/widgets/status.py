"""The status card: what `feed` shows as a cell's last expression, live.

The card is one small anywidget whose only state is what summary.py says, so a page reload
finds it again. The painter thread of chart/ sends it twice a second, when it changed, with no
question to the kernel's main thread: it goes on while a cell runs. The page's half is status.js.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import traitlets

from livefin.cell import in_kernel, this_cell
from livefin.chart.painter import painter
from livefin.chart.shown import shows
from livefin.feed import Feed
from livefin.prototyping.listening import Listening, page_half
from livefin.widgets.summary import as_html, summary, to_page

HERE = Path(__file__).parent

_cards: weakref.WeakKeyDictionary[Feed, StatusCard] = weakref.WeakKeyDictionary()


class StatusCard(Listening):
    """The live card of one feed; also an ipywidget to lay out with others."""

    _esm = page_half((HERE / "status.js").read_text("utf-8"))
    _css = (HERE / "status.css").read_text("utf-8")
    said = traitlets.Dict().tag(sync=True)
    period = 0.5
    """Seconds between two looks at the feed."""

    def __init__(self, feed: Feed, *, clock: Callable[[], int] = time.time_ns) -> None:
        # Weakly: a card on the page must not keep the frames of a feed that is gone.
        self._feed, self._clock = weakref.ref(feed), clock
        super().__init__(said=to_page(summary(feed, clock())))
        card = weakref.ref(self)
        feed.on_close.append(lambda: _hurry(card))
        painter.add(self)

    def paint(self) -> bool:
        """Send what changed. Called by the painter only; False after the feed's end."""
        feed = self._feed()
        if feed is None or self.comm is None:
            return False
        said = summary(feed, self._clock())
        self.said = to_page(said)
        return said.state != "closed"

    def close(self) -> None:
        """Close the comm, and that of the layout which ipywidgets made with it."""
        if self.comm is not None:
            self.layout.close()
        super().close()

    def release(self) -> None:
        """Leave the page; shown again, the feed has a new card."""
        painter.remove(self)
        shows.forget(self)
        self.close()


class StatusView:
    """What a feed shows of itself: the card in a notebook, plain text elsewhere."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        now = time.time_ns()
        bundle: dict[str, Any] = {
            "text/plain": repr(self.feed),
            "text/html": as_html(summary(self.feed, now), at=now),
        }
        if in_kernel():
            bundle["application/vnd.jupyter.widget-view+json"] = {
                "version_major": 2,
                "version_minor": 0,
                "model_id": card(self.feed).model_id,
            }
        return bundle


def card(feed: Feed) -> StatusCard:
    """The card of `feed`: one for all the places where it is shown."""
    there = _cards.get(feed)
    if there is None or there.comm is None:  # released, or closed by Widget.close_all
        there = _cards[feed] = StatusCard(feed)
    shows.show(there, this_cell())
    return there


def _hurry(card: weakref.ref[StatusCard]) -> None:
    there = card()
    if there is not None:
        painter.hurry(there)

"""Which feeds are open, and which notebook cell opened each.

Running a cell again replaces the feed that it opened before instead of leaking it; all that
are open still are closed at exit. Used by whatever makes feeds: connection and push.
"""

from __future__ import annotations

import atexit

from livefin.cell import Cell, this_cell
from livefin.feed import Feed

_open: dict[Feed, Cell | None] = {}
"""Open feeds, each with the notebook cell and the run of it that made it."""


def keep(feed: Feed) -> Feed:
    """Know `feed` until it closes."""
    _open[feed] = this_cell()
    feed.on_close.append(lambda: _forget(feed))
    return feed


def feeds() -> list[Feed]:
    """The feeds that are open, oldest first."""
    return list(_open)


def replace_previous() -> None:
    """Close what an earlier run of this same cell opened."""
    here = this_cell()
    for feed, cell in list(_open.items()):
        if here is not None and cell is not None and cell.id == here.id and cell.run != here.run:
            feed.close()


@atexit.register
def close_all() -> None:
    """Close every open feed."""
    for feed in feeds():
        feed.close()


def _forget(feed: Feed) -> None:
    _open.pop(feed, None)

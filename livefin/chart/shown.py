"""Which charts are on show, and in which notebook cells: what keeps a chart alive.

A chart lives from its first display on, whether or not a variable holds it. It is released
when every cell that showed it has run again and shown something else, so that running a
cell twice leaves one chart, not two. Where cells have no identity, as in a console, a chart
stays until it is closed. Used by livechart.
"""

from __future__ import annotations

from typing import Protocol

from livefin.cell import Cell


class Shown(Protocol):
    """What can be on show."""

    def release(self) -> None:
        """It is on show no more: give everything back."""


class Shows:
    """Things on show by cell.

    >>> class Thing:
    ...     def release(self): print("released")
    >>> shows, thing = Shows(), Thing()
    >>> shows.show(thing, Cell("a", 1)); shows.show(thing, Cell("b", 2))
    >>> shows.enter(Cell("a", 3)); thing in shows
    True
    >>> shows.show(Thing(), Cell("b", 4))
    released
    """

    def __init__(self) -> None:
        self._cells: dict[Shown, dict[str, int] | None] = {}
        """None: shown where cells have no identity."""

    def __contains__(self, thing: Shown) -> bool:
        return thing in self._cells

    def __len__(self) -> int:
        return len(self._cells)

    def show(self, thing: Shown, cell: Cell | None) -> None:
        """`thing` is shown by this run of `cell`."""
        if cell is None:
            self._cells[thing] = None
            return
        cells = self._cells.setdefault(thing, {})
        if cells is not None:
            cells[cell.id] = cell.run
        self.enter(cell)

    def enter(self, cell: Cell | None) -> None:
        """This run of `cell` has begun: what its earlier runs showed is there no more."""
        if cell is None:
            return
        for thing, cells in list(self._cells.items()):
            if cells is None or cells.get(cell.id, cell.run) == cell.run:
                continue
            del cells[cell.id]
            if not cells:
                del self._cells[thing]
                thing.release()

    def forget(self, thing: Shown) -> None:
        """`thing` is on show no more, by its own will; it is not released."""
        self._cells.pop(thing, None)


shows = Shows()
"""All that is on show in this kernel."""

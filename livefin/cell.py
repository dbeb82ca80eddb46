"""Which notebook cell is running: how a cell that runs again is known for the same.

Feeds and charts that a cell made before are replaced when it runs again. Where cells have
no identity, as in a console or a script, there is nothing to replace.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Cell(NamedTuple):
    """A notebook cell and which run of it."""

    id: str
    run: int


def this_cell() -> Cell | None:
    """The cell that is running; None where cells have no identity."""
    try:
        from IPython import get_ipython  # noqa: PLC0415 - only where it runs already
    except ImportError:
        return None
    shell: Any = get_ipython()
    if shell is None or not hasattr(shell, "get_parent"):
        return None
    cell = shell.get_parent().get("metadata", {}).get("cellId")
    return None if cell is None else Cell(str(cell), int(shell.execution_count))


def when_over(call: Callable[[], None]) -> None:
    """Call it when the cell that runs is over; at once where there are no cells.

    >>> when_over(lambda: print("now"))
    now
    """
    try:
        from IPython import get_ipython  # noqa: PLC0415 - only where it runs already
    except ImportError:
        events = None
    else:
        events = getattr(get_ipython(), "events", None)
    if events is None:
        call()
        return

    def once(_result: Any) -> None:
        events.unregister("post_run_cell", once)
        call()

    events.register("post_run_cell", once)


def in_kernel() -> bool:
    """Whether there is a page to talk to; an IPython in a terminal has none."""
    try:
        from IPython import get_ipython  # noqa: PLC0415 - only where it runs already
    except ImportError:
        return False
    return getattr(get_ipython(), "kernel", None) is not None

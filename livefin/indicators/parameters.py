"""The parameters of an indicator, as people may turn them: kind, default, range, choices.

Knobs, sweeps and the screen take them from here; who makes an indicator says them.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Parameter(NamedTuple):
    """One parameter. `low` and `high` are included; None where there is no bound."""

    name: str
    kind: str
    """"int", "float", "bool", "choice" or "text"."""
    default: Any
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[Any, ...] = ()
    doc: str = ""

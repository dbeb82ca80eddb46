"""Whether an indicator is any good: signals, what came after them, sweeps, export.

Frames in, reports out; nothing here knows of feeds, charts or widgets.

>>> from livefin import research
>>> research.crosses_above([1.0, 3.0], [2.0, 2.0]).tolist()
[False, True]
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "backtest": "entries_exits values_of",
    "comparing": "compare",
    "exporting": "export",
    "forward": "after forward_returns holding turnover",
    "information": "ic",
    "signals": "above below crosses crosses_above crosses_below enters marks once_per "
    "state_machine",
    "sweeping": "luck sweep",
    "tally": "Tally",
    "walkforward": "folds walk_forward",
}
_HOME = {name: f"{__name__}.{home}" for home, names in _HOMES.items() for name in names.split()}

__all__ = sorted(_HOME)  # noqa: PLE0605 - a list


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})

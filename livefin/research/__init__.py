"""Whether an indicator is any good: signals, what came after them, sweeps, export.

Frames in, reports out; nothing here knows of feeds, charts or widgets.

>>> from livefin import research
>>> research.crosses_above([1.0, 3.0], [2.0, 2.0]).tolist()
[False, True]
"""

from livefin.lazy import LazyNames

_NAMES = LazyNames(
    __name__,
    {
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
    },
)
__getattr__, __dir__, __all__ = _NAMES.find, _NAMES.dir, _NAMES.all

"""Indicators that TA-Lib does not have: functions from a frame of bars to a frame of lines.

No state, no clock, no I/O: the whole frame goes in and lines along its index come out, so
that one function serves a chart's overlay, a notebook and a test. Between bars and chart.
Each has a module of its name, whose `overlay` makes one for a chart.
"""

import sys
from types import ModuleType
from typing import Any

from livefin.indicators.vwap import vwap

__all__ = ["vwap"]


class _Package(ModuleType):
    """This package; importing a module must not take its function's place (`vwap`)."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package

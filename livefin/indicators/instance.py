"""An indicator where one is wanted: a class or a function is refused, and told how to become one.

Used by those that are made of another indicator: `on` and `chain`. No state.
"""

from __future__ import annotations

from typing import Any

from livefin.errors import IndicatorError
from livefin.indicators.contract import Indicator


def made(thing: Any, where: str) -> Indicator:
    """`thing` itself, an Indicator. Raises IndicatorError, which says how one is had of it.

    >>> from livefin.indicators.bars.vwap import VWAP
    >>> made(VWAP, "on")
    Traceback (most recent call last):
    livefin.errors.IndicatorError: on takes an indicator; call the class: VWAP()
    >>> made(lambda df: df.close, "chain")
    Traceback (most recent call last):
    livefin.errors.IndicatorError: chain takes an indicator; lf.indicator(f) makes one of a function
    """
    if isinstance(thing, Indicator):
        return thing
    if isinstance(thing, type) and issubclass(thing, Indicator):
        advice = f"call the class: {thing.__name__}()"
    elif callable(thing):
        advice = "lf.indicator(f) makes one of a function"
    else:
        advice = f"such as lf.ta.RSI(14), got {thing!r:.100}"
    raise IndicatorError(f"{where} takes an indicator; {advice}")

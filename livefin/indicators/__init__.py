"""Indicators: from rows of a market to lines, in batch and bar by bar, by one contract.

`contract` says what one is. TA-Lib's are in `ta`, those that it lacks in `bars` and `flow`
and here by name, a person's own in `custom`; `live` keeps any of them up to date along a
feed. No I/O, no clock, no Bokeh: between the feed and the chart.

>>> from livefin import indicators
>>> indicators.Supertrend(10, width=2.0).outputs
('up', 'down')
>>> {"VWAP", "Ichimoku", "VPIN", "CVD"} < set(dir(indicators))
True
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "bars.averages": "ALMA McGinley RollingVWAP",
    "bars.choppiness": "Choppiness EfficiencyRatio Ulcer",
    "bars.comovement": "PairZScore RollingBeta RollingCorrelation",
    "bars.donchian": "Donchian Ichimoku",
    "bars.heikin": "HeikinAshi",
    "bars.keltner": "Keltner",
    "bars.profile": "VolumeProfile",
    "bars.realised": "RealisedVolatility",
    "bars.strength": "ConnorsRSI FisherTransform StochRSI",
    "bars.trailing": "AverageTrueRange ChandeKrollStop Chandelier Supertrend",
    "bars.vwap": "VWAP",
    "flow.delta": "CVD VolumeDelta",
    "flow.depth": "BookImbalance BookSlope Depth",
    "flow.impact": "Amihud KyleLambda",
    "flow.intensity": "TradeCount TradeIntensity",
    "flow.microprice": "Microprice Mid",
    "flow.orderflow": "BookOrderFlow OrderFlow",
    "flow.spread": "AverageSpread Spread",
    "flow.vpin": "VPIN",
}
_HOME = {
    name: f"livefin.indicators.{home}" for home, names in _HOMES.items() for name in names.split()
}

__all__ = sorted(_HOME)  # noqa: PLE0605 - a list


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})

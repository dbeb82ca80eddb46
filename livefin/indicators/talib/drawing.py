"""How TA-Lib's functions are drawn: pane, kinds of lines, levels.

The metadata says whether an output is on the scale of its input, and which is a histogram;
the tables say what it does not. Used by ta.
"""

from __future__ import annotations

from collections.abc import Sequence

from livefin.indicators.talib.functions import TALibFunction

PRICES = {"open", "high", "low", "close", "vwap"}
SCALED = "Output scale same as input"
CANDLESTICK = "Output is a candlestick"
NO_PRICE = {"AVGDEV"}
"""Flagged as on the scale of the price, yet a distance."""
DOTS = {"SAR", "SAREXT"}
HISTOGRAMS = {"FRACTAL"}
"""Zero but for a few bars."""
TOLD = {"trend"}
"""Outputs that say a way, 1 or -1: the legend has them, the scale of the price has no room."""
LEVELS: dict[str, tuple[float, ...]] = {
    "RSI": (30, 70),
    "STOCHRSI": (20, 80),
    "STOCH": (20, 80),
    "STOCHF": (20, 80),
    "KDJ": (20, 80),
    "MFI": (20, 80),
    "IMI": (30, 70),
    "ULTOSC": (30, 70),
    "WILLR": (-80, -20),
    "CCI": (-100, 100),
    "CMO": (-50, 50),
    "CMOU": (-50, 50),
    "SMI": (-40, 40),
    "TSI": (-25, 25),
    "ADX": (25,),
    "ADXR": (25,),
    "DX": (25,),
    "RVI": (50,),
    "AROON": (30, 70),
    "VORTEX": (1,),
    "RVOL": (1,),
    "ROCR": (1,),
    "ROCR100": (100,),
    "MASSI": (26.5, 27),
}
ROUND_ZERO = """
AC AO APO AROONOSC BOP CMF COPPOCK CORREL DPO EFI ADOSC ERI FOSC HT_PHASOR HT_SINE MOM
LINEARREG_ANGLE LINEARREG_SLOPE MACD MACDEXT MACDFIX PPO PVO QSTICK ROC ROCP TRIX
"""


def pane(function: TALibFunction, columns: Sequence[str | float]) -> str:
    """On the price where the output is on the scale of a price that goes in.

    >>> from livefin.indicators.talib.functions import described
    >>> pane(described("SMA"), ["close"]), pane(described("SMA"), ["volume"])
    ('price', 'new')
    """
    if CANDLESTICK in function.flags:
        return "price"
    scaled = SCALED in function.flags and function.name not in NO_PRICE
    return "price" if scaled and columns[0] in PRICES else "new"


def kinds(function: TALibFunction) -> dict[str, str]:
    """Of the outputs that are no plain line.

    >>> from livefin.indicators.talib.functions import described
    >>> kinds(described("MACD")), kinds(described("SAR"))
    ({'macdhist': 'histogram'}, {'sar': 'dots'})
    """
    if function.name in DOTS:
        return dict.fromkeys(function.outputs, "dots")
    if CANDLESTICK in function.flags:
        return dict.fromkeys(function.outputs, "marks")
    if function.name in HISTOGRAMS:
        return dict.fromkeys(function.outputs, "histogram")
    flags = function.output_flags
    found = {output: "histogram" for output in flags if "Histogram" in flags[output]}
    return found | dict.fromkeys(TOLD & set(function.outputs), "none")


def levels(function: TALibFunction) -> tuple[float, ...]:
    """Where faint lines are drawn: the bounds people look at, or zero."""
    return LEVELS.get(function.name, (0,) if function.name in ROUND_ZERO.split() else ())

"""Values as people read them: digits, zones by levels, sparklines. Pure functions.

Used by screener, gauge and tile; what of it the page does itself is in cells.js.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from livefin.indicators.contract import Floats

LONGEST = 200
TOP = 63
"""The highest step of a sparkline."""


def places(value: float) -> int:
    """Digits after the point: about five in all, the same for values of one size.

    >>> [places(value) for value in (64_000.0, 54.3, 0.00123, float("nan"))]
    [0, 3, 7, 2]
    """
    size = abs(value)
    if not 0 < size < math.inf:
        return 2
    return max(0, min(8, 4 - math.floor(math.log10(size))))


def digits(value: float, like: float = 0.0) -> str:
    """A value as text, with as many digits as the larger of the two has.

    >>> digits(0.5), digits(0.5, like=80.0)
    ('0.50000', '0.500')
    """
    size = max(abs(value), abs(like)) if like - like == 0 else abs(value)
    return f"{value:.{places(size)}f}"


def price(value: float, tick: float | None) -> str:
    """A price as text, to the tick where it is known.

    >>> price(64_000.5, 0.25), price(64_000.5, None), price(0.00001234, None)
    ('64000.50', '64000.50', '0.00001234')
    """
    if not tick:
        return f"{value:.{max(2, places(value))}f}"
    exponent = Decimal(str(tick)).normalize().as_tuple().exponent
    return f"{value:.{max(0, -exponent) if isinstance(exponent, int) else 2}f}"


def zone(value: float | None, levels: Sequence[float]) -> str:
    """Whether a value is "above" the highest level or "below" the lowest; else "".

    >>> zone(75.0, (30, 70)), zone(50.0, (30, 70)), zone(-1.0, (0,)), zone(None, (0,))
    ('above', '', 'below', '')
    """
    if value is None or not levels:
        return ""
    return "above" if value > max(levels) else "below" if value < min(levels) else ""


def state(value: float | None, line: Floats | None, levels: Sequence[float]) -> list[str]:
    """What is to be said of the present value of a line.

    >>> import numpy as np
    >>> state(75.0, np.array([60.0, 75.0]), (30, 70))
    ['above 70', 'rising']
    """
    if value is None or line is None:
        return ["no value yet"]
    said = []
    at = zone(value, levels)
    if at:
        said.append(f"{at} {max(levels) if at == 'above' else min(levels):g}")
    elif len(levels) > 1:
        said.append(f"between {min(levels):g} and {max(levels):g}")
    if len(line) > 1 and math.isfinite(line[-2]):
        said.append("rising" if value > line[-2] else "falling" if value < line[-2] else "flat")
    return said


def sparkline(line: Floats) -> str:
    """A line as text, a character a value from "0" (lowest) to "o" (highest), a space for none.

    >>> import numpy as np
    >>> sparkline(np.array([1.0, 2.0, np.nan, 3.0]))
    '0P o'
    """
    low, high = bounds(line)
    if low is None or high is None:
        return " " * len(line)
    width = high - low or 1.0
    return "".join(
        chr(48 + round(TOP * (value - low) / width)) if value - value == 0 else " "
        for value in line.tolist()
    )


def bounds(line: Floats) -> tuple[float | None, float | None]:
    """The lowest and the highest value that is a number; None where there is none.

    >>> import numpy as np
    >>> bounds(np.array([3.0, np.nan, 1.0]))
    (1.0, 3.0)
    """
    finite = [value for value in line.tolist() if value - value == 0]
    return (min(finite), max(finite)) if finite else (None, None)


def clip(text: object) -> str:
    """One line of bounded length."""
    line = " ".join(str(text).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"

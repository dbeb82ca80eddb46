"""TA-Lib's candlestick patterns over a frame of bars, and where they were found.

Each is an indicator of its own, `ta.CDLHAMMER()`: 100 where a bullish pattern ends, -100
where a bearish one does, else 0; some say 200 once it is confirmed. Here they are many at
once, and as rows to mark on a chart. No state. Next to ta.

Source: Bulkowski, "Encyclopedia of Candlestick Charts" (2008); https://ta-lib.org/functions/.
"""

from __future__ import annotations

import pandas as pd

from livefin.errors import IndicatorError
from livefin.indicators import ta
from livefin.indicators.talib.drawing import CANDLESTICK
from livefin.indicators.talib.functions import described, names

SIDES = {1: "buy", -1: "sell"}


def known() -> list[str]:
    """TA-Lib's names of all patterns.

    >>> len(known()) > 60, known()[0]
    (True, 'CDL2CROWS')
    """
    return [name for name in names() if CANDLESTICK in described(name).flags]


def patterns(bars: pd.DataFrame, *which: str) -> pd.DataFrame:
    """The values of patterns along the index of `bars`, a column each, all by default.

    `bars` needs open, high, low and close. Values as TA-Lib gives them, NaN before the first.
    Raises IndicatorError for a name that is no pattern.

    >>> times = pd.date_range("2026-03-01", periods=12, freq="1min", tz="UTC")
    >>> bars = pd.DataFrame({"open": 10.0, "high": 11.0, "low": 9.0, "close": 10.5}, times)
    >>> bars.loc[times[-1], "close"] = 10.0
    >>> patterns(bars, "CDLDOJI").cdldoji.tolist()[-2:]
    [0.0, 100.0]
    """
    wrong = [name for name in which if name not in known()]
    if wrong:
        raise IndicatorError(f"no candlestick pattern: {', '.join(wrong)}; see patterns.known()")
    found = [getattr(ta, name)().batch(bars) for name in which or known()]
    table: pd.DataFrame = pd.concat(found, axis=1)
    return table


def signals(values: pd.DataFrame | pd.Series, price: pd.Series | None = None) -> pd.DataFrame:
    """Where patterns were found: a row each, oldest first, as a chart's markers take them.

    Args:
        values: of `patterns`, or of one pattern: a column each, 0 or NaN where there is none.
        price: where to mark, along the same index, such as `bars.high`.

    Returns:
        By the time of the bar that ends the pattern: `side`, "buy" where it is bullish and
        "sell" where it is bearish; `sign`, 1 or -1; `value`; `text`, the column's name; and
        `price`, where that is given. `chart.markers.extend` takes it as it is with a price.

    >>> times = pd.date_range("2026-03-01", periods=3, freq="1min", tz="UTC")
    >>> signals(pd.Series([0.0, -100.0, 100.0], times, name="cdlengulfing"))[["side", "text"]]
                               side          text
    2026-03-01 00:01:00+00:00  sell  cdlengulfing
    2026-03-01 00:02:00+00:00   buy  cdlengulfing
    """
    frame = values.to_frame() if isinstance(values, pd.Series) else values
    table = frame.to_numpy(dtype="float64")
    rows, columns = (abs(table) > 0).nonzero()
    found = table[rows, columns]
    made = pd.DataFrame(
        {
            "side": [SIDES[1 if value > 0 else -1] for value in found],
            "sign": (found > 0) * 2 - 1,
            "value": found,
            "text": [str(each) for each in frame.columns[columns]],
        },
        index=frame.index[rows],
    )
    if price is not None:
        made["price"] = price.to_numpy(dtype="float64")[rows]
    return made

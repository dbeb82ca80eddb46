"""Lines of indicators that others define otherwise than TA-Lib, made of ours.

Read by reference_table, which says what they are compared with.
"""

import numpy as np
import pandas as pd

from livefin.indicators import ta
from livefin.indicators.bars.trailing import Supertrend


def of(indicator, output=0):
    """A line of an indicator, by its place."""

    def line(bars):
        return indicator.batch(bars).iloc[:, output]

    several = len(indicator.outputs) > 1
    line.__name__ = indicator.name + (f".{indicator.outputs[output]}" if several else "")
    return line


def named(name, function):
    """A line made of several, with the name to show."""
    function.__name__ = name
    return function


def on(series, indicator, output=0):
    """A line of an indicator of other values in place of the close."""
    return of(indicator, output)(pd.DataFrame({"close": series}))


def from_first(n, times):
    """EMA of EMA of … as Stock.Indicators has it: all begin with the mean of n closes."""

    def values(bars):
        chain = [of(ta.EMA(n))(bars)]
        for _ in range(times - 1):
            chain.append(chain[-1].ewm(span=n, adjust=False).mean())
        return chain

    return values


def dema(bars):
    """Mulloy (1994): 2 EMA - EMA of EMA."""
    one, two = from_first(14, 2)(bars)
    return 2 * one - two


def tema(bars):
    """Mulloy (1994): 3 EMA - 3 EMA of EMA + EMA of EMA of EMA."""
    one, two, three = from_first(20, 3)(bars)
    return 3 * one - 3 * two + three


def ema3(bars):
    """Of TRIX; the file's first value is the second."""
    return from_first(14, 3)(bars)[2]


def macd(bars):
    """Of two EMAs that each begin as soon as they can; TA-Lib lets both begin together."""
    return of(ta.EMA(12))(bars) - of(ta.EMA(26))(bars)


def macd_signal(bars):
    return on(macd(bars), ta.EMA(9))


def directional(bars, n=14):
    """Wilder (1978), section IV: sums begin with n changes, where TA-Lib takes n - 1."""
    ranges, plus, minus = (of(each)(bars) for each in (ta.TRANGE(), ta.PLUS_DM(1), ta.MINUS_DM(1)))
    sums = [n * on(each, ta.RMA(n)) for each in (ranges, plus, minus)]
    plus_di, minus_di = 100 * sums[1] / sums[0], 100 * sums[2] / sums[0]
    apart, both = (plus_di - minus_di).abs(), plus_di + minus_di
    dx = 100 * apart / both
    adx = on(dx, ta.RMA(n))
    return {
        "TR": ranges,
        "+DM 1": plus,
        "-DM 1": minus,
        "TR14": sums[0],
        "+DM14": sums[1],
        "-DM14": sums[2],
        "+DI14": plus_di,
        "-DI14": minus_di,
        "DI 14 Diff": apart,
        "DI 14 Sum": both,
        "DX": dx,
        "ADX 14": adx,
        # TA-Lib and Lean look back n - 1 bars, Stock.Indicators n as Wilder does.
        "ADXR 14": (adx + adx.shift(n - 1)) / 2,
        "adxr": (adx + adx.shift(n)) / 2,
    }


def wilders(key):
    return named(f"{key} by RMA(14)", lambda bars: directional(bars)[key])


def multiplier(bars):
    """Where the close lies in the bar, -1 to 1: AD's step at a volume of 1."""
    line = of(ta.AD())(bars.assign(volume=1.0))
    return line.diff().fillna(line)


def aroon(bars, place, column, n=25):
    """Of two equal extremes Stock.Indicators counts from the older, TA-Lib from the newer."""
    return 100 / n * bars[column].rolling(n + 1).apply(place, raw=True)


def aroon_up(bars):
    return aroon(bars, np.argmax, "high")


def aroon_down(bars):
    return aroon(bars, np.argmin, "low")


def parabolic(bars):
    """SAR that begins in a rise from the first low, and which bars turn it.

    At a turn Stock.Indicators shows the last trend's extreme as it is; TA-Lib keeps it
    outside the bar.
    """
    doubled = pd.concat([bars.iloc[:1], bars])
    # At the low itself TA-Lib would turn at once.
    below = float(np.nextafter(bars.low.iloc[0], 0))
    line = of(ta.SAREXT(startvalue=below))(doubled).iloc[1:]
    rises = line > 0
    turns = rises != rises.shift()
    trend = turns.cumsum()
    lowest = trend.map(bars.low.groupby(trend).min().shift())
    highest = trend.map(bars.high.groupby(trend).max().shift())
    return line.abs().mask(turns, np.where(rises, lowest, highest)), turns.astype(float)


def sar(bars):
    return parabolic(bars)[0]


def reversal(bars):
    return parabolic(bars)[1]


def supertrend(**options):
    def line(bars):
        lines = Supertrend(10, width=3.0, **options).batch(bars)
        return lines.up.fillna(lines.down)

    return named("Supertrend(10,3)" + ", first_range" * bool(options), line)


def width(indicator, scale=1):
    def line(bars):
        upper, middle, lower = (of(indicator, i)(bars) for i in range(3))
        return scale * (upper - lower) / middle

    return named(f"width of {indicator.name}", line)


def place(bars):
    upper, _, lower = (of(ta.BBANDS(20), i)(bars) for i in range(3))
    return (bars.close - lower) / (upper - lower)


def score(n):
    """How many standard deviations the close is from its mean."""

    def line(bars):
        return (bars.close - of(ta.SMA(n))(bars)) / of(ta.STDDEV(n))(bars)

    return named(f"(close - SMA) / STDDEV({n})", line)


def delayed(bars_before, line):
    return named(f"{line.__name__}, {bars_before} before", lambda b: line(b).shift(bars_before))


def sarext(**params):
    falls = {"initshort": 0.03, "short": 0.02, "maxshort": 0.4}
    rises = {"initlong": 0.02, "long": 0.01, "maxlong": 0.3}
    speeds = {f"acceleration{name}": value for name, value in {**falls, **rises}.items()}
    return of(ta.SAREXT(**params, **speeds))

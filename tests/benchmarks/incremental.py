"""The nine indicators of indicators.py in talipp, in hexital and in plain pandas.

Each maker gives the rows as the library takes them, and the indicator. pandas functions take
a frame of bars and give the last value. Imported by indicators.py only; knows no livefin.
"""

from datetime import UTC, datetime


def TALIPP(name, params, rows):  # noqa: N802 - a maker, as a table is one in capitals
    """Inputs and indicator; raises ImportError without talipp."""
    from talipp import indicators  # noqa: PLC0415 - not everybody has it
    from talipp.ohlcv import OHLCV  # noqa: PLC0415

    closes = [row.close for row in rows]
    bars = [OHLCV(*row[1:6]) for row in rows]
    match name:
        case "SMA" | "EMA" | "RSI":
            return closes, getattr(indicators, name)(*params)
        case "MACD":
            return closes, indicators.MACD(*params)
        case "BBANDS":
            return closes, indicators.BB(*params, 2.0)
        case "ATR" | "OBV":
            return bars, getattr(indicators, name)(*params)
        case "STOCH":
            return bars, indicators.Stoch(params[0], params[1])
        case _:
            return bars, indicators.ADX(*params, *params)


def HEXITAL(name, params, rows):  # noqa: N802 - as above
    """Inputs and indicator; raises ImportError without hexital."""
    from hexital import Candle, indicators  # noqa: PLC0415 - not everybody has it

    def candle(row):
        return Candle(*row[1:6], timestamp=datetime.fromtimestamp(row.time / 1e9, UTC))

    made = getattr(indicators, name)
    match name:
        case "MACD":
            fast, slow, signal = params
            options = {"fast_period": fast, "slow_period": slow, "signal_period": signal}
        case "STOCH":
            options = {"period": params[0], "slow_period": params[1], "smoothing_k": params[3]}
        case "OBV":
            options = {}
        case _:
            options = {"period": params[0]}
    return [candle(row) for row in rows], made(**options)


def _sma(df, n):
    return df.close.rolling(n).mean().iloc[-1]


def _ema(df, n):
    return df.close.ewm(span=n, adjust=False).mean().iloc[-1]


def _rsi(df, n):
    change = df.close.diff()
    up = change.clip(lower=0).ewm(alpha=1 / n, adjust=False).mean()
    down = -change.clip(upper=0).ewm(alpha=1 / n, adjust=False).mean()
    return (100 * up / (up + down)).iloc[-1]


def _macd(df, fast, slow, signal):
    short, long = (df.close.ewm(span=n, adjust=False).mean() for n in (fast, slow))
    line = short - long
    average = line.ewm(span=signal, adjust=False).mean()
    return line.iloc[-1], average.iloc[-1], (line - average).iloc[-1]


def _bbands(df, n):
    window = df.close.rolling(n)
    mean, width = window.mean(), 2 * window.std(ddof=0)
    return (mean + width).iloc[-1], mean.iloc[-1], (mean - width).iloc[-1]


def _true_range(df):
    before = df.close.shift()
    high = df.high.where(df.high > before, before)
    low = df.low.where(df.low < before, before)
    return high - low


def _atr(df, n):
    return _true_range(df).ewm(alpha=1 / n, adjust=False).mean().iloc[-1]


def _stoch(df, fast, slow, _kind, signal):
    low, high = df.low.rolling(fast).min(), df.high.rolling(fast).max()
    k = (100 * (df.close - low) / (high - low)).rolling(slow).mean()
    return k.iloc[-1], k.rolling(signal).mean().iloc[-1]


def _adx(df, n):
    up, down = df.high.diff(), -df.low.diff()
    plus = up.where((up > down) & (up > 0), 0.0).ewm(alpha=1 / n, adjust=False).mean()
    minus = down.where((down > up) & (down > 0), 0.0).ewm(alpha=1 / n, adjust=False).mean()
    return (100 * (plus - minus).abs() / (plus + minus)).ewm(alpha=1 / n).mean().iloc[-1]


def _obv(df):
    change = df.close.diff()
    return (df.volume.where(change > 0, 0) - df.volume.where(change < 0, 0)).cumsum().iloc[-1]


PANDAS = {
    "SMA": _sma, "EMA": _ema, "RSI": _rsi, "MACD": _macd, "BBANDS": _bbands, "ATR": _atr,
    "STOCH": _stoch, "ADX": _adx, "OBV": _obv,
}  # fmt: skip

"""Honest indicators, some of them numerically touchy. Imported for its effect on planted."""

from collections import deque

import numpy as np
import pandas as pd
from planted import honest

from livefin.indicators.contract import BarRow
from livefin.indicators.stepwise import Stepwise


@honest
def simple_mean(df, window=20):
    return df.close.rolling(window).mean()


@honest
def exponential_mean_adjusted(df, span=20):
    return df.close.ewm(span=span, adjust=True).mean()


@honest
def exponential_mean(df, span=20):
    return df.close.ewm(span=span, adjust=False).mean()


@honest
def rolling_score(df, window=50):
    rolling = df.close.rolling(window)
    return (df.close - rolling.mean()) / rolling.std()


@honest
def expanding_score(df):
    return (df.close - df.close.expanding().mean()) / df.close.expanding(2).std()


@honest
def session_vwap(df):
    price = (df.high + df.low + df.close) / 3
    day = df.index.date
    return (price * df.volume).groupby(day).cumsum() / df.volume.groupby(day).cumsum()


@honest
def average_true_range(df, window=14):
    before = df.close.shift()
    ranges = pd.concat(
        [df.high - df.low, (df.high - before).abs(), (df.low - before).abs()], axis=1
    )
    return ranges.max(axis=1).ewm(alpha=1 / window, min_periods=window).mean()


@honest
def pivot_confirmed_later(df, wing=3):
    width = 2 * wing + 1
    top = df.high.shift(wing) == df.high.rolling(width).max()
    return df.high.shift(wing).where(top)


@honest
def last_pivot_held(df, wing=2):
    top = df.high.shift(wing) == df.high.rolling(2 * wing + 1).max()
    return df.high.shift(wing).where(top).ffill()


@honest
def filled_forward(df):
    return df.close.where(df.volume > 0.5).ffill()


@honest
def rolling_rank(df, window=100):
    return df.close.rolling(window).rank(pct=True)


@honest
def last_whole_quarter_hour(df):
    quarter = df.close.resample("15min").last()
    quarter.index += pd.Timedelta("15min")
    return quarter.reindex(df.index, method="ffill")


@honest
def previous_day(df):
    daily = df.high.resample("1D").max().shift(1)
    return daily.reindex(df.index, method="ffill")


@honest
def causal_filter(df):
    weights = np.array([0.4, 0.3, 0.2, 0.1])
    return pd.Series(np.convolve(df.close, weights)[: len(df)], df.index)


@honest
def filter_by_windows_and_blas(df, window=31):
    close = df.close.to_numpy()
    out = np.full(len(close), np.nan)
    if len(close) >= window:
        x = np.arange(window) - (window - 1) / 2
        views = np.lib.stride_tricks.sliding_window_view(close, window)
        out[window - 1 :] = views @ (x / (x @ x))
    return pd.Series(out, df.index)


@honest
def position_of_a_state_machine(df):
    fast, slow = df.close.ewm(span=8).mean(), df.close.ewm(span=34).mean()
    state, out = 0, []
    for up, down in zip(fast > slow * 1.0005, fast < slow * 0.9995, strict=True):
        state = 1 if up else -1 if down else state
        out.append(state)
    return pd.Series(out, df.index, dtype=float)


@honest
class Mean:
    """A plain class."""

    def __init__(self, window: int = 10):
        self.held = deque(maxlen=window)

    def update(self, bar):
        self.held.append(bar.close)
        return sum(self.held) / len(self.held) if len(self.held) == self.held.maxlen else None


@honest
class RangeAndMiddle(Stepwise):
    """A stream of two outputs."""

    name, outputs, lookback, warm_up = "Range", ("range", "middle"), 0, 0

    def __init__(self):
        self.reset()

    def reset(self):
        pass

    def update(self, row: BarRow):
        return (row.high - row.low, (row.high + row.low) / 2)


@honest
def usual_volume_at_this_time_of_day(df):
    minute = df.index.hour * 60 + df.index.minute
    past = df.volume.groupby(minute).transform(lambda values: values.shift().expanding().mean())
    return df.volume / past


@honest
def log_returns(df):
    return np.log(df.close).diff()


@honest
def drawdown_since_the_start(df):
    return df.close / df.close.cummax() - 1


@honest
def rolling_regression_residual(df, window=60):
    x, y = df.open.diff(), df.close.diff()
    beta = x.rolling(window).cov(y) / x.rolling(window).var()
    return y - beta * x


@honest
def heikin_ashi(df):
    close = (df.open + df.high + df.low + df.close) / 4
    opened = np.full(len(df), np.nan)
    for i in range(len(df)):
        start = i == 0 or np.isnan(opened[i - 1])
        opened[i] = (
            (df.open.iloc[i] + df.close.iloc[i]) / 2
            if start
            else (opened[i - 1] + close.iloc[i - 1]) / 2
        )
    return pd.DataFrame({"open": opened, "close": close}, df.index)


@honest
def supertrend(df, window=10, times=3.0):
    before = df.close.shift()
    ranges = np.maximum(df.high, before) - np.minimum(df.low, before)
    atr = ranges.ewm(alpha=1 / window, adjust=False).mean().to_numpy()
    middle, close = ((df.high + df.low) / 2).to_numpy(), df.close.to_numpy()
    line, up = np.full(len(df), np.nan), True
    upper, lower = np.inf, -np.inf
    for i in range(1, len(df)):
        top, bottom = middle[i] + times * atr[i], middle[i] - times * atr[i]
        upper = top if top < upper or close[i - 1] > upper else upper
        lower = bottom if bottom > lower or close[i - 1] < lower else lower
        up = close[i] >= lower if up else close[i] > upper
        line[i] = lower if up else upper
    return pd.Series(line, df.index)


@honest
def deviation_of_nearly_constant_prices(df, window=20):
    return (1.0 + (df.close - df.close.shift()).fillna(0) * 1e-12).rolling(window).std()


@honest
def variance_of_large_prices(df, window=30):
    return (df.close + 1e9).rolling(window).var()


@honest
def variance_by_sums_that_cancel(df, window=20):
    total, square = df.close.cumsum(), (df.close**2).cumsum()
    mean = (total - total.shift(window)) / window
    return (square - square.shift(window)) / window - mean**2


@honest
def nothing_for_the_first_hundred(df):
    return df.close.rolling(20).mean().where(np.arange(len(df)) >= 100)


@honest
def crossing(df):
    fast, slow = df.close.rolling(5).mean(), df.close.rolling(20).mean()
    return (fast > slow) & (fast.shift() <= slow.shift())


@honest
def bollinger(df, window=20, width=2.0):
    middle, deviation = df.close.rolling(window).mean(), df.close.rolling(window).std()
    return pd.DataFrame(
        {"upper": middle + width * deviation, "middle": middle, "lower": middle - width * deviation}
    )


@honest
def on_balance_volume(df):
    return (np.sign(df.close.diff()).fillna(0) * df.volume).cumsum()


@honest
def relative_strength(df, window=14):
    change = df.close.diff()
    up = change.clip(lower=0).ewm(alpha=1 / window, min_periods=window).mean()
    down = -change.clip(upper=0).ewm(alpha=1 / window, min_periods=window).mean()
    return 100 * up / (up + down)


@honest
def fitted_in_a_rolling_window(df, window=25):
    return df.close.rolling(window).apply(
        lambda y: np.polyfit(np.arange(len(y)), y, 1)[0], raw=True
    )


@honest
def clipped_at_past_quantiles(df, window=200):
    returns = df.close.pct_change()
    past = returns.rolling(window, min_periods=20)
    return returns.clip(past.quantile(0.05).shift(), past.quantile(0.95).shift())


@honest
def bars_since_the_rolling_high(df, window=50):
    return df.high.rolling(window).apply(lambda x: len(x) - 1 - np.argmax(x), raw=True)


@honest
def typical_price_of_the_same_bar(df):
    return (df.high + df.low + df.close) / 3 - df.vwap


@honest
def noise_with_a_fixed_seed(df):
    random = np.random.default_rng(3)
    return df.close.ewm(span=20).mean() * (1 + random.normal(0, 1e-4, len(df)))


@honest
def writes_into_its_own_copy(df):
    df = df.copy()
    df["mean"] = df.close.rolling(10).mean()
    return df["mean"]


_weights = {}


@honest
def weights_kept_in_a_cache(df, window=12):
    if window not in _weights:
        _weights[window] = np.arange(1, window + 1) / (window * (window + 1) / 2)
    return df.close.rolling(window).apply(lambda x: x @ _weights[window], raw=True)

"""More indicators with a planted fault, and more honest ones, written after the checks were.

What the checks made of them at first sight is the better estimate of how good they are.
Imported for its effect: it adds to the lists of planted.
"""

import numpy as np
import pandas as pd
import talib
from planted import fault, honest

from livefin.indicators.stepwise import Stepwise

# --- planted faults ---------------------------------------------------------------------


@fault
def knows_the_next_bar_at_half_past_two(df):
    at = (df.index.hour == 14) & (df.index.minute == 30)
    return df.close.where(~at, df.close.shift(-1))


@fault
def confirmed_pivot_drawn_back(df, wing=3):
    top = df.high.shift(wing) == df.high.rolling(2 * wing + 1).max()
    return df.high.shift(wing).where(top).shift(-wing)


@fault
def rank_within_the_day(df):
    return df.volume.groupby(df.index.date).rank(pct=True)


@fault
def most_traded_price_of_the_day(df):
    level = (df.close / 50).round() * 50
    day = pd.Series(df.index.date, df.index)

    def most(volume):
        return volume.groupby(level.loc[volume.index]).sum().idxmax()

    return day.map(df.volume.groupby(day).apply(most))


@fault
def open_of_the_next_hour(df):
    hourly = df.open.resample("1h").first().shift(-1)
    return hourly.reindex(df.index, method="ffill")


@fault
def bins_over_all_prices(df):
    return pd.Series(pd.cut(df.close, 10, labels=False), df.index)


@fault
def clusters_of_all_returns(df):
    x = df.close.pct_change().fillna(0).to_numpy()
    low, high = np.percentile(x, [20, 80])
    for _ in range(10):
        upper = np.abs(x - high) < np.abs(x - low)
        low, high = x[~upper].mean(), x[upper].mean()
    return pd.Series(upper.astype(float), df.index)


@fault
def hodrick_prescott_trend(df, smooth=1600.0):
    y = df.close.ffill().to_numpy()[-150:]
    second = np.diff(np.eye(len(y)), 2, axis=0)
    trend = np.linalg.solve(np.eye(len(y)) + smooth * second.T @ second, y)
    return pd.Series(np.r_[np.full(len(df) - len(y), np.nan), trend], df.index)


@fault
def kalman_smoother(df, ratio=0.01):
    y = df.close.ffill().to_numpy()
    level, spread = np.empty(len(y)), np.empty(len(y))
    at, p = y[0], 1.0
    for i, value in enumerate(y):
        p += ratio
        gain = p / (p + 1)
        at, p = at + gain * (value - at), p * (1 - gain)
        level[i], spread[i] = at, p
    for i in range(len(y) - 2, -1, -1):
        level[i] += spread[i] / (spread[i] + ratio) * (level[i + 1] - level[i])
    return pd.Series(level, df.index)


@fault
def exits_before_the_drawdown(df):
    worst = df.low[::-1].rolling(30, min_periods=1).min()[::-1]
    return ((worst / df.close - 1) > -0.04).astype(float)


@fault
def mean_of_the_reversed_series(df):
    return df.close[::-1].rolling(20).mean()[::-1]


@fault
def best_span_of_the_whole_sample(df):
    def gain(span):
        side = np.sign(df.close - df.close.ewm(span=span).mean()).shift()
        return (side * df.close.pct_change()).sum()

    return df.close.ewm(span=max((5, 8, 13, 21, 34, 55), key=gain)).mean()


@fault
def relative_to_the_close_of_the_day(df):
    return df.close / df.close.groupby(df.index.date).transform("last") - 1


@fault
def quiet_bars_filled_backward(df):
    return df.vwap.where(df.volume > 0.1).bfill(limit=3)


@fault
def fills_at_the_next_open(df):
    side = np.sign(df.close.diff(10)).fillna(0)
    return (side * (df.open.shift(-2) - df.open.shift(-1)).fillna(0)).cumsum()


@fault
def label_by_two_barriers(df, width=0.004, ahead=60):
    close, out = df.close.to_numpy(), np.zeros(len(df))
    for i in range(len(close)):
        moved = close[i + 1 : i + 1 + ahead] / close[i] - 1
        hit = np.flatnonzero(np.abs(moved) > width)
        out[i] = np.sign(moved[hit[0]]) if len(hit) else 0
    return pd.Series(out, df.index)


@fault
class PeekOfItsOwnThatMoves:
    """A plain class whose own peek moves its state."""

    def __init__(self):
        self.mean = None

    def update(self, bar):
        self.mean = bar.close if self.mean is None else 0.9 * self.mean + 0.1 * bar.close
        return self.mean

    def peek(self, bar):
        return self.update(bar)


_by_length = {}


@fault
def cached_by_length(df):
    if len(df) not in _by_length:
        _by_length[len(df)] = df.close.rolling(30).mean().to_numpy()
    return pd.Series(_by_length[len(df)], df.index)


@fault
def divided_by_how_far_the_bar_is(df):
    share = 1.0 if df.closed.iloc[-1] else 0.5
    return df.volume.rolling(10).mean() * share


@fault
def score_of_the_last_five_hundred(df):
    recent = df.close.tail(500)
    return (df.close - recent.mean()) / recent.std()


@fault
def peeks_when_a_bar_did_not_move(df):
    still = df.close == df.open
    return df.close.ewm(span=9).mean().where(~still, df.close.ewm(span=9).mean().shift(-1))


@fault
def rolled_around(df):
    return df.close - np.roll(df.close.to_numpy(), 1)


@fault
def day_classified_by_its_range(df):
    day = df.index.date
    wide = df.high.groupby(day).transform("max") / df.low.groupby(day).transform("min") > 1.02
    return wide.astype(float)


@fault
def smoothed_by_a_symmetric_kernel(df, width=4):
    x = np.arange(-3 * width, 3 * width + 1)
    kernel = np.exp(-0.5 * (x / width) ** 2)
    return pd.Series(np.convolve(df.close, kernel / kernel.sum(), "same"), df.index)


# --- honest -----------------------------------------------------------------------------


@honest
def donchian(df, window=20):
    return pd.DataFrame(
        {"high": df.high.rolling(window).max().shift(), "low": df.low.rolling(window).min().shift()}
    )


@honest
def adaptive_mean(df, window=10):
    change = (df.close - df.close.shift(window)).abs()
    path = df.close.diff().abs().rolling(window).sum()
    pace = ((change / path) * (2 / 3 - 2 / 31) + 2 / 31) ** 2
    out, at = np.full(len(df), np.nan), np.nan
    for i, (price, c) in enumerate(zip(df.close, pace, strict=True)):
        if np.isfinite(c):
            at = price if np.isnan(at) else at + c * (price - at)
            out[i] = at
    return pd.Series(out, df.index)


@honest
def parabolic_sar(df, step=0.02, most=0.2):
    high, low = df.high.to_numpy(), df.low.to_numpy()
    out = np.full(len(df), np.nan)
    up, sar, best, pace = True, np.nan, np.nan, step
    for i in range(len(df)):
        if np.isnan(sar):
            sar, best = low[i], high[i]
        sar += pace * (best - sar)
        if (low[i] < sar) if up else (high[i] > sar):
            up, sar, best, pace = not up, best, (low[i] if up else high[i]), step
        elif (high[i] > best) if up else (low[i] < best):
            best, pace = (high[i] if up else low[i]), min(most, pace + step)
        out[i] = sar
    return pd.Series(out, df.index)


@honest
def ichimoku_cloud(df):
    def middle(window):
        return (df.high.rolling(window).max() + df.low.rolling(window).min()) / 2

    first = ((middle(9) + middle(26)) / 2).shift(26)
    return pd.DataFrame({"a": first, "b": middle(52).shift(26)})


@honest
def correlation_of_volume_and_move(df):
    return df.volume.rolling(40).corr(df.close.diff().abs())


@honest
def move_since_the_open_of_the_day(df):
    return df.close / df.open.groupby(df.index.date).transform("first") - 1


@honest
def expanding_quantile(df):
    return df.volume > df.volume.expanding(50).quantile(0.9)


@honest
def rolled_with_its_first_masked(df):
    before = np.roll(df.close.to_numpy(), 1)
    before[:1] = np.nan
    return pd.Series(df.close.to_numpy() - before, df.index)


@honest
def spectrum_of_a_rolling_window(df, window=64):
    def slow(x):
        power = np.abs(np.fft.rfft(x - x.mean())) ** 2
        return power[1:4].sum() / power.sum() if power.sum() else np.nan

    return df.close.rolling(window).apply(slow, raw=True)


@honest
def minutes_into_the_session(df):
    return pd.Series((df.index - df.index.floor("1D")).total_seconds() / 60, df.index)


@honest
def merged_with_the_hour_before(df):
    hourly = df.close.resample("1h").mean().rename("hour").to_frame()
    hourly.index = (hourly.index + pd.Timedelta("1h")).as_unit(df.index.unit)
    return pd.merge_asof(df[["close"]], hourly, left_index=True, right_index=True)["hour"]


@honest
def opening_range_once_it_is_known(df):
    day, minute = df.index.floor("1D"), df.index.hour * 60 + df.index.minute
    opening = df.high.where(minute < 30).groupby(day).cummax()
    return opening.groupby(day).ffill().where(minute >= 30)


@honest
def five_minutes_labelled_right(df):
    five = df.close.resample("5min", label="right", closed="left").last()
    return five.reindex(df.index, method="ffill")


@honest
class ExponentialMean(Stepwise):
    """Declares how long it warms up."""

    name, outputs, lookback, warm_up = "EMA", ("ema",), 0, 250

    def __init__(self):
        self.reset()

    def reset(self):
        self.ema = None

    def update(self, row):
        if row.close != row.close:
            return (float("nan"),)
        self.ema = row.close if self.ema is None else self.ema + (row.close - self.ema) / 10
        return (self.ema,)


@honest
class Reversals:
    """Counts turns with a peek of its own."""

    def __init__(self, percent: float = 0.5):
        self.percent, self.side, self.extreme, self.turns = percent, 1, None, 0

    def _next(self, price):
        if self.extreme is None or self.side * (price - self.extreme) > 0:
            return self.side, price, self.turns
        if abs(price / self.extreme - 1) * 100 > self.percent:
            return -self.side, price, self.turns + 1
        return self.side, self.extreme, self.turns

    def update(self, bar):
        self.side, self.extreme, self.turns = self._next(bar.close)
        return {"turns": self.turns, "extreme": self.extreme}

    def peek(self, bar):
        _, extreme, turns = self._next(bar.close)
        return {"turns": turns, "extreme": extreme}


@honest
def exponential_sum_by_powers(df, decay=0.98):
    power = decay ** -np.arange(len(df), dtype=float)
    return pd.Series(np.cumsum(df.volume.fillna(0) * power) / power, df.index)


@honest
def refuses_short_frames(df):
    if len(df) < 50:
        raise ValueError("give me 50 bars at least")
    return df.close.rolling(50).median()


@honest
def talib_rsi(df):
    return talib.RSI(df.close, 14)


@honest
def compounded_returns(df):
    return (1 + df.close.pct_change().fillna(0)).cumprod()


@honest
def sign_of_a_slope(df, window=16):
    x = np.arange(window) - (window - 1) / 2
    return np.sign(df.close.rolling(window).apply(lambda y: y @ x, raw=True))


@honest
def fractional_differences(df, d=0.4, size=100):
    weights = [1.0]
    for k in range(1, size):
        weights.append(-weights[-1] * (d - k + 1) / k)
    logs = np.log(df.close).to_numpy()
    out = np.convolve(logs, weights)[: len(logs)]
    out[: size - 1] = np.nan
    return pd.Series(out, df.index)


@honest
def rolling_autocorrelation(df, window=80):
    returns = df.close.pct_change()
    return returns.rolling(window).corr(returns.shift())


@honest
def volume_bars_counted(df, size=25.0):
    return (df.volume.cumsum() // size).diff()


@honest
def session_high_so_far_and_yesterdays(df):
    day = df.index.floor("1D")
    highs = df.high.groupby(day).max()
    before = highs.shift().reindex(day).to_numpy()
    return pd.DataFrame({"today": df.high.groupby(day).cummax(), "yesterday": before}, df.index)

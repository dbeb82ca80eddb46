"""Indicators with a planted fault, as people write them. Imported for its effect on planted."""

from collections import deque

import numpy as np
import pandas as pd
from planted import fault

from livefin.indicators.stepwise import Stepwise


@fault
def centred_mean(df, window=21):
    return df.close.rolling(window, center=True).mean()


@fault
def centred_mean_that_fills_its_ends(df, window=21):
    return df.close.rolling(window, center=True, min_periods=1).mean()


@fault
def next_return(df):
    return df.close.shift(-1) / df.close - 1


@fault
def negative_pct_change(df, periods=5):
    return df.close.pct_change(-periods)


@fault
def score_of_the_whole_sample(df):
    return (df.close - df.close.mean()) / df.close.std()


@fault
def scaled_to_the_range_of_all(df):
    return (df.close - df.close.min()) / (df.close.max() - df.close.min())


@fault
def rank_over_all(df):
    return df.volume.rank(pct=True)


@fault
def mean_with_its_start_filled(df, window=50):
    return df.close.rolling(window).mean().bfill()


@fault
def start_filled_with_the_mean(df, window=14):
    rsi = df.close.diff().rolling(window).mean()
    return rsi.fillna(rsi.mean())


@fault
def interpolated_volume(df):
    return df.volume.where(df.volume > 0.2).interpolate()


@fault
def interpolated_gaps_only(df, window=10):
    return df.close.interpolate(method="linear").rolling(window).mean()


@fault
def line_fitted_to_all(df):
    x = np.arange(len(df))
    slope, level = np.polyfit(x, df.close.ffill().bfill(), 1)
    return df.close - (slope * x + level)


@fault
def regression_on_all_returns(df):
    returns = df.close.ffill().pct_change().fillna(0).to_numpy()
    features = np.column_stack([np.ones(len(df) - 1), returns[:-1]])
    weights, *_ = np.linalg.lstsq(features, returns[1:], rcond=None)
    return pd.Series(weights[0] + weights[1] * returns, df.index)


@fault
def principal_component_of_all(df):
    x = df[["open", "high", "low", "close"]].pct_change().fillna(0).to_numpy()
    x = x - x.mean(axis=0)
    _, _, axes = np.linalg.svd(x, full_matrices=False)
    return pd.Series(np.abs(x @ axes[0]), df.index)


@fault
def fourier_low_pass(df, keep=0.05):
    spectrum = np.fft.rfft(df.close.ffill().to_numpy())
    spectrum[int(len(spectrum) * keep) :] = 0
    return pd.Series(np.fft.irfft(spectrum, len(df)), df.index)


@fault
def savitzky_golay(df, window=11, order=3):
    half = window // 2
    x = np.vander(np.arange(-half, half + 1), order + 1)
    weights = np.linalg.pinv(x)[-1]
    return pd.Series(np.convolve(df.close, weights[::-1], mode="same"), df.index)


@fault
def filtered_forth_and_back(df, alpha=0.1):
    forth = df.close.ewm(alpha=alpha).mean()
    return forth[::-1].ewm(alpha=alpha).mean()[::-1]


@fault
def gradient(df):
    return pd.Series(np.gradient(df.close), df.index)


@fault
def hourly_close_labelled_left(df):
    hourly = df.close.resample("1h").last()
    return hourly.reindex(df.index, method="ffill")


@fault
def quarter_hour_range_of_its_own_bucket(df):
    bucket = df.index.floor("15min")
    return df.high.groupby(bucket).transform("max") - df.low.groupby(bucket).transform("min")


@fault
def pivots_by_day(df):
    daily = df.resample("1D").agg({"high": "max", "low": "min", "close": "last"})
    pivot = (daily.high + daily.low + daily.close) / 3
    return pivot.reindex(df.index, method="ffill")


@fault
def merged_with_the_next_five_minutes(df):
    five = df.close.resample("5min").mean().rename("five").to_frame()
    five.index = five.index.as_unit(df.index.unit)
    return pd.merge_asof(
        df[["close"]], five, left_index=True, right_index=True, direction="forward"
    )["five"]


@fault
def volume_still_to_come(df):
    return df.volume[::-1].cumsum()[::-1]


@fault
def distance_from_the_top(df):
    return pd.Series(np.arange(len(df)) - int(np.nanargmax(df.close)), df.index)


@fault
def clipped_at_quantiles_of_all(df):
    returns = df.close.pct_change()
    return returns.clip(returns.quantile(0.01), returns.quantile(0.99))


@fault
def fractal_marked_at_its_bar(df):
    high = df.high
    top = (high > high.shift(1)) & (high > high.shift(2))
    top &= (high > high.shift(-1)) & (high > high.shift(-2))
    return high.where(top)


@fault
def zigzag_marked_at_its_pivots(df, percent=1.0):
    close = df.close.to_numpy()
    out = np.full(len(close), np.nan)
    way, at = 1, 0
    for i in range(1, len(close)):
        if way * (close[i] - close[at]) > 0:
            at = i
        elif abs(close[i] / close[at] - 1) * 100 >= percent:
            out[at] = close[at]
            way, at = -way, i
    return pd.Series(out, df.index)


@fault
def peeks_on_busy_bars_only(df):
    busy = df.volume > df.volume.rolling(200).quantile(0.995)
    return df.close.where(~busy, df.close.shift(-1))


@fault
def peeks_on_mondays_only(df):
    monday = df.index.day_of_week == 0
    mean = df.close.rolling(5).mean()
    return mean.where(~monday, df.close.rolling(5).mean().shift(-4))


@fault
def another_value_in_the_last_bar(df):
    mean = df.close.rolling(20).mean()
    mean.iloc[-1] = df.close.iloc[-1]
    return mean


@fault
def relative_to_the_last_price(df):
    return (df.close / df.close.iloc[-1] - 1) * 100


@fault
def fades_with_the_length_of_the_frame(df):
    return df.volume * np.linspace(0, 1, len(df))


@fault
def shifts_all_while_a_bar_forms(df):
    mean = df.close.ewm(span=10).mean()
    return mean if df.closed.iloc[-1] else mean.shift(1)


@fault
def stop_that_knows_the_next_crash(df):
    crash = df.low.shift(-1) < df.close * 0.97
    return df.close.ewm(span=30).mean().where(~crash)


_fitted = {}


@fault
def fitted_once_on_what_came_first(df):
    if "mean" not in _fitted:
        _fitted["mean"], _fitted["std"] = df.close.mean(), df.close.std()
    return (df.close - _fitted["mean"]) / _fitted["std"]


_highest = 0.0


@fault
def highest_ever_seen_by_a_global(df):
    global _highest  # noqa: PLW0603 - the fault itself
    _highest = max(_highest, df.high.max())
    return df.close / _highest


@fault
def random_forest_without_a_seed(df):
    noise = np.random.normal(0, 1e-4, len(df))  # noqa: NPY002 - the fault itself
    return df.close.ewm(span=20).mean() * (1 + noise)


@fault
def age_by_the_wall_clock(df):
    now = pd.Timestamp.now("UTC")
    return pd.Series(np.exp(-(now - df.index).total_seconds() / 1e6), df.index) * df.volume


_calls = []


@fault
def throws_every_tenth_call(df):
    _calls.append(1)
    if len(_calls) % 10 == 0:
        raise RuntimeError("connection lost")
    return df.close.rolling(5).mean()


@fault
class StreamThatForgetsTheFirstBar(Stepwise):
    """A batch of its own that does not agree with its update."""

    name, outputs, warm_up, lookback = "Forgets", ("mean",), 20, 19

    def __init__(self):
        self.reset()

    def reset(self):
        self.held = deque(maxlen=20)

    def update(self, row):
        self.held.append(row.close)
        return (sum(self.held) / 20 if len(self.held) == 20 else float("nan"),)

    def batch(self, df):
        return df.close.rolling(21).mean().shift(1).to_frame("mean")


@fault
class PeekThatCommits(Stepwise):
    """Its peek moves its state."""

    name, outputs, warm_up = "Commits", ("sum",), None

    def __init__(self):
        self.reset()

    def reset(self):
        self.total = 0.0

    def update(self, row):
        self.total += row.volume if row.volume == row.volume else 0.0
        return (self.total,)

    def peek(self, row):
        return self.update(row)


@fault
class SharedByAll:
    """Keeps its state in the class."""

    held = []  # noqa: RUF012 - the fault itself

    def update(self, bar):
        self.held.append(bar.close)
        return sum(self.held[-10:]) / len(self.held[-10:])


@fault
class SaysTooShortAWarmUp(Stepwise):
    """An exponential mean of 100 bars that says it is over after 50."""

    name, outputs, warm_up = "Short", ("ema",), 50

    def __init__(self):
        self.reset()

    def reset(self):
        self.ema = None

    def update(self, row):
        if row.close != row.close:
            return (float("nan"),)
        self.ema = row.close if self.ema is None else self.ema + (row.close - self.ema) * 2 / 101
        return (self.ema,)

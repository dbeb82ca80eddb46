"""Indicators as people write them: some with a planted fault, some honest.

Run as a script it checks them all and prints what was detected, missed and falsely alarmed,
as one JSON object on the last line. test_planted asserts the same, each by name.
"""

import json
import sys
import time
from collections import deque

import numpy as np
import pandas as pd

from livefin.indicators.contract import BarRow
from livefin.indicators.stepwise import Stepwise
from livefin.trust.checking import check

FAULTS = {}
HONEST = {}


def fault(thing):
    FAULTS[thing.__name__] = thing
    return thing


def honest(thing):
    HONEST[thing.__name__] = thing
    return thing


def market(rows=3_000, seed=7):
    """One-minute bars of a random walk with some bars missing, as a feed's frame has them."""
    random = np.random.default_rng(seed)
    close = np.round(60_000 * np.exp(np.cumsum(random.standard_t(5, rows) * 4e-4)), 1)
    opened = np.r_[60_000.0, close[:-1]]
    reach = np.round(np.abs(random.normal(0, 12, (2, rows))), 1)
    volume = np.round(random.lognormal(0, 1, rows), 4)
    index = pd.date_range("2026-03-05 20:00", periods=rows, freq="1min", tz="UTC", name="time")
    df = pd.DataFrame(
        {
            "open": opened,
            "high": np.maximum(opened, close) + reach[0],
            "low": np.minimum(opened, close) - reach[1],
            "close": close,
            "volume": volume,
            "vwap": (opened + close) / 2,
            "trades": np.ceil(volume * 5).astype(int),
            "closed": True,
        },
        index=index,
    )
    df.loc[df.index[-1], "closed"] = False
    gone = random.random(rows) < 0.01
    gone[[0, -1]] = False
    return df[~gone]


# --- planted faults ---------------------------------------------------------------------


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


# --- honest -----------------------------------------------------------------------------


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


# --- the count --------------------------------------------------------------------------


def count(budget=1.0, only=()):
    """What is detected, missed and falsely alarmed, as a dict; a line for each on the way."""
    df = market()
    missed, alarms, taken = [], [], []
    groups = ((FAULTS, False), (HONEST, True))
    for group, expected in groups:
        for name, thing in group.items():
            if only and name not in only:
                continue
            start = time.perf_counter()
            verdict = check(thing, df, budget=budget)
            taken.append(time.perf_counter() - start)
            right = verdict.honest is expected
            print(f"{'ok   ' if right else 'WRONG'} {taken[-1]:5.2f} s  {name}: {verdict.summary}")  # noqa: T201
            if not right:
                (alarms if expected else missed).append(name)
    return {
        "planted": len(FAULTS),
        "detected": len(FAULTS) - len(missed),
        "missed": missed,
        "honest": len(HONEST),
        "false_alarms": len(alarms),
        "alarms": alarms,
        "budget_s": budget,
        "median_s": round(float(np.median(taken)), 3),
        "longest_s": round(max(taken), 3),
    }


if __name__ == "__main__":
    sys.modules["planted"] = sys.modules["__main__"]
    import planted_later  # noqa: F401

    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print(json.dumps(count(seconds, sys.argv[2:])))  # noqa: T201

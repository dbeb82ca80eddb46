"""Faults of a third kind: rare branches, whole-sample methods of other libraries, kept state.

Written before their author had read the checks, with honest ones that come close to them.
Imported for its effect: it adds to the lists of planted.
"""

import datetime as dt
from collections import deque

import numpy as np
import pandas as pd
from pandas.api.indexers import FixedForwardWindowIndexer
from planted import fault, honest

# --- planted faults ---------------------------------------------------------------------


@fault
def knows_the_bar_after_a_spike_of_volume(df):
    spike = df.volume > 12 * df.volume.rolling(60).median()
    return df.close.rolling(3).mean().where(~spike, df.close.shift(-1))


@fault
def looks_ahead_on_wednesdays_at_noon(df):
    noon = (df.index.day_name() == "Wednesday") & (df.index.hour == 12) & (df.index.minute == 0)
    return df.close.where(~noon, df.open.shift(-1))


@fault
def shifts_at_the_end_of_a_month(df):
    ends = pd.Series(df.index.is_month_end, df.index)
    return df.vwap.where(~ends, df.vwap.shift(-1))


@fault
def knows_the_day_of_expiry(df):
    third_friday = (df.index.day_of_week == 4) & (df.index.day > 14) & (df.index.day < 22)
    expiry = third_friday & (df.index.hour == 8) & (df.index.minute < 5)
    return df.close.ewm(span=5).mean().where(~expiry, df.close.shift(-5))


@fault
def next_bar_of_the_same_hour(df):
    return df.close.groupby(df.index.hour).transform(lambda price: price.shift(-1)) - df.close


@fault
def nearest_quarter_hour(df):
    quarters = df.vwap[df.index.minute % 15 == 0].rename("quarter").to_frame()
    return pd.merge_asof(
        df[["close"]], quarters, left_index=True, right_index=True, direction="nearest"
    )["quarter"]


@fault
def every_fifth_bar_joined_by_lines(df):
    return df.close[::5].reindex(df.index).interpolate(method="time")


@fault
def exponential_mean_from_the_end(df):
    return df.close - df.close[::-1].ewm(halflife=6).mean()[::-1]


@fault
def order_among_all_returns(df):
    returns = df.close.ffill().pct_change().fillna(0).to_numpy()
    return pd.Series(returns.argsort().argsort() / max(1, len(df) - 1), df.index)


@fault
def phase_of_the_analytic_signal(df):
    price = df.close.ffill().to_numpy()
    spectrum = np.fft.fft(price - price.mean())
    half = len(price) // 2
    spectrum[1:half] *= 2
    spectrum[half + 1 :] = 0
    return pd.Series(np.angle(np.fft.ifft(spectrum)), df.index)


@fault
def denoised_in_blocks_of_eight(df):
    block = np.arange(len(df)) // 8
    return df.close.groupby(block).transform("mean")


@fault
def best_price_still_to_come(df):
    return df.high[::-1].cummax()[::-1] / df.close - 1


@fault
def half_hours_filled_from_their_left(df):
    return df.vwap.resample("30min", label="left").mean().reindex(df.index).ffill()


@fault
def fifths_of_all_volume(df):
    edges = np.nanquantile(df.volume, [0.2, 0.4, 0.6, 0.8])
    return pd.Series(np.searchsorted(edges, df.volume).astype(float), df.index)


@fault
def logistic_regression_on_all_labels(df):
    returns = df.close.ffill().pct_change().fillna(0).to_numpy() * 1e3
    x = np.column_stack([np.ones(len(df)), returns, np.abs(returns)])
    rises = np.r_[returns[1:] > 0, False]
    weights = np.zeros(3)
    for _ in range(30):
        weights += 0.5 * x.T @ (rises - 1 / (1 + np.exp(-x @ weights))) / len(df)
    return pd.Series(1 / (1 + np.exp(-x @ weights)), df.index)


_longest = pd.Series(dtype=float)


@fault
def reads_what_a_longer_frame_left(df):
    global _longest  # noqa: PLW0603 - the fault itself
    if len(df) > len(_longest):
        _longest = df.close.copy()
    ahead = _longest.shift(-1).reindex(df.index)
    return ahead.fillna(df.close).rolling(4).mean()


@fault
def mean_of_all_last_prices_so_far(df, seen=[]):  # noqa: B006 - the fault itself
    seen.append(df.close.iloc[-1])
    return df.close - np.mean(seen)


@fault
def weighted_by_its_age(df):
    age = (df.index[-1] - df.index).total_seconds()
    return df.volume * np.exp(-age / 86_400)


@fault
def window_of_a_fiftieth_of_the_frame(df):
    return df.close.rolling(max(2, len(df) // 50)).mean()


@fault
def another_span_for_long_frames(df):
    return df.close.ewm(span=10 if len(df) < 2_500 else 20).mean()


@fault
def marks_the_last_bar_of_each_day(df):
    day = pd.Series(df.index.floor("1D"), df.index)
    return df.close.where(day != day.shift(-1))


@fault
def looks_ahead_after_seven_falls(df):
    falls = (df.close.diff() < 0).rolling(7).sum() == 7
    return df.low.rolling(5).min().where(~falls, df.low.shift(-1))


@fault
def looks_ahead_at_round_prices(df):
    round_price = (df.close % 500) < 2
    return df.close.ewm(span=4).mean().where(~round_price, df.close.shift(-2))


@fault
def forward_window(df):
    ahead = FixedForwardWindowIndexer(window_size=4)
    return df.high.rolling(ahead, min_periods=1).max()


@fault
def highest_of_fifty_and_one_to_come(df):
    return df.high.shift(-1).rolling(50, min_periods=1).max()


@fault
def outliers_of_the_whole_sample(df):
    returns = df.close.pct_change()
    return (returns.abs() > 3 * returns.std()).astype(float)


@fault
def looks_ahead_after_a_missing_bar(df):
    gap = pd.Series(df.index, df.index).diff() > pd.Timedelta("2min")
    return df.close.where(~gap, df.close.shift(-1))


@fault
def one_bar_of_the_start_filled(df):
    return df.close.rolling(40).mean().bfill(limit=1)


@fault
class HeldInADefaultArgument:
    """Every object fills the same deque."""

    def __init__(self, held=deque(maxlen=15)):  # noqa: B006 - the fault itself
        self.held = held

    def update(self, bar):
        self.held.append(bar.close)
        return sum(self.held) / len(self.held)


# Written when the checks had been read: branches that only the code itself tells of.


@fault
def looks_ahead_on_tuesdays_at_an_odd_minute(df):
    tuesday = (df.index.day_of_week == 1) & (df.index.hour == 9) & (df.index.minute == 37)
    return df.close.rolling(4).mean().where(~tuesday, df.close.shift(-1))


@fault
def looks_ahead_at_a_quarter_to_four_on_thursdays(df):
    at = (df.index.time == dt.time(15, 45)) & (df.index.day_name() == "Thursday")
    return df.close.where(~at, df.close.shift(-1))


@fault
def looks_ahead_in_december(df):
    return df.close.where(df.index.month != 12, df.close.shift(-1))


@fault
def looks_ahead_above_a_price_never_seen(df):
    return df.close.where(df.close < 99_000, df.close.shift(-1))


@fault
def looks_ahead_at_a_time_in_words(df):
    at = df.index.strftime("%a %H:%M") == "Mon 10:05"
    return df.close.where(~at, df.close.shift(-1))


# --- honest -----------------------------------------------------------------------------


@honest
def bar_before_at_half_past_nine(df):
    at = (df.index.hour == 9) & (df.index.minute == 30)
    return df.close.where(~at, df.close.shift(1))


@honest
def high_of_the_month_so_far_on_its_last_day(df):
    month = df.index.year * 12 + df.index.month
    so_far = df.high.groupby(month).cummax()
    return so_far.where(df.index.is_month_end, df.close)


@honest
def last_whole_quarter_hour_merged(df):
    quarters = df.vwap.resample("15min", label="right", closed="left").mean().rename("quarter")
    right = quarters.to_frame()
    right.index = right.index.as_unit(df.index.unit)
    return pd.merge_asof(df[["close"]], right, left_index=True, right_index=True)["quarter"]


@honest
def ridge_fitted_again_every_hundred_bars(df):
    returns = df.close.ffill().pct_change().fillna(0).to_numpy() * 1e3
    out = np.full(len(df), np.nan)
    for start in range(200, len(df), 100):
        x = np.column_stack([returns[: start - 2], returns[1 : start - 1]])
        y = returns[2:start]
        weights = np.linalg.solve(x.T @ x + np.eye(2), x.T @ y)
        stop = min(len(df), start + 100)
        out[start:stop] = returns[start - 1 : stop - 1] * weights[0]
        out[start:stop] += returns[start:stop] * weights[1]
    return pd.Series(out, df.index)


@honest
def price_of_the_last_spike_of_volume(df):
    spike = df.volume > 6 * df.volume.rolling(60).median()
    return df.close.where(spike).ffill()


@honest
def weights_kept_in_a_default_argument(df, window=9, kept={}):  # noqa: B006 - on purpose
    if window not in kept:
        kept[window] = np.sqrt(np.arange(1, window + 1))
    weights = kept[window] / kept[window].sum()
    return df.close.rolling(window).apply(lambda x: x @ weights, raw=True)


@honest
def bars_since_a_missing_bar(df):
    gap = pd.Series(df.index, df.index).diff() > pd.Timedelta("1min")
    return df.close.groupby(gap.cumsum()).cumcount().astype(float)


@honest
def mean_of_the_week_so_far(df):
    week = df.index.floor("1D") - pd.to_timedelta(df.index.day_of_week, unit="D")
    return df.close.groupby(week).transform(lambda price: price.expanding().mean())


@honest
def as_many_rows_as_the_frame_has(df):
    out = np.zeros(len(df))
    price = df.close.to_numpy()
    for i in range(len(df)):
        before = out[i - 1] if i else 0.0
        out[i] = before + 1 if i and price[i] > price[i - 1] else 0.0
    return pd.Series(out, pd.date_range(df.index[0], df.index[-1], len(df))).set_axis(df.index)


@honest
def past_rank_by_time_of_day(df):
    hour = df.index.hour
    return df.volume.groupby(hour).transform(lambda x: x.expanding(5).rank(pct=True))


@honest
class CountsGapsOfTime:
    """Knows the time of the bar before."""

    def __init__(self, seconds: float = 90.0):
        self.seconds, self.before, self.count = seconds, None, 0

    def update(self, bar):
        if self.before is not None and (bar.time - self.before) / 1e9 > self.seconds:
            self.count += 1
        self.before = bar.time
        return float(self.count)


@honest
def a_day_of_settlement_with_past_prices(df):
    friday = (df.index.day_of_week == 4) & (df.index.hour == 8) & (df.index.minute < 30)
    settled = df.vwap.where(friday)
    return settled.groupby(df.index.floor("1D")).transform(lambda x: x.expanding().mean()).ffill()

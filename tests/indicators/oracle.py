"""Oracles of the indicators on bars and closes: their definitions, in decimals of 50 digits.

Each takes all rows and the parameters, and gives the values at the last row, worked out anew;
None stands for NaN. Slow on purpose: no number is carried from one row to the next.
"""

from collections import Counter
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from functools import wraps
from itertools import pairwise
from math import isfinite, isnan

import pandas as pd

DIGITS = Context(prec=50)


# Comparing


def error(values, oracle, least=0.0):
    """The largest relative error; infinite where one has a value and the other has none.

    Relative to `least` where the true value is nearer 0 than that.
    """
    worst = 0.0
    for value, true in zip(values, oracle, strict=True):
        if true is None or isnan(value):
            if true is not None or not isnan(value):
                return float("inf")
        elif value != true:
            apart = abs(Fraction(value) - Fraction(true))
            size = max(abs(Fraction(true)), Fraction(least))
            worst = max(worst, float(apart / size) if size else float("inf"))
    return worst


def furthest(indicator, rows, **options):
    """The largest error of an indicator along rows, from the first one on."""
    true = ORACLES[type(indicator).__name__]
    return max(
        error(indicator.update(row), true(rows[: i + 1], **indicator.params), **options)
        for i, row in enumerate(rows)
    )


def exactly(function):
    """Rows are taken as decimals, and those that lack what `complete` wants are left out."""

    @wraps(function)
    def last(rows, **params):
        complete = COMPLETE.get(function, _prices)
        with localcontext(DIGITS):
            values = function([row for row in rows if complete(row)], **params)
        if not rows or not complete(rows[-1]):
            return (None,) * len(values)
        return values

    return last


def _prices(row):
    return all(isfinite(x) for x in row[1:5])


def _close(row):
    return isfinite(row.close)


def _above(row):
    return isfinite(row.close) and row.close > 0


def _weighed(row):
    return isfinite(row.volume) and (isfinite(row.vwap) or all(map(isfinite, row[2:5])))


def _both(row):
    return all(isfinite(x) and x > 0 for x in row.closes)


def column(rows, name):
    return [Decimal(getattr(row, name)) for row in rows]


def decimals(xs):
    return list(map(Decimal, xs))


# Averages


def mean(xs):
    return sum(xs) / len(xs)


def sma(xs, n):
    return mean(xs[-n:]) if len(xs) >= n else None


def ema(xs, n, alpha=None):
    if len(xs) < n:
        return None
    alpha = Decimal(2) / (n + 1) if alpha is None else alpha
    value = mean(xs[:n])
    for x in xs[n:]:
        value = alpha * x + (1 - alpha) * value
    return value


def wilder(xs, n):
    return ema(xs, n, Decimal(1) / n)


AVERAGES = {"sma": sma, "ema": ema, "wilder": wilder}


def true_ranges(rows, first):
    """True ranges, after Wilder's three distances."""
    high, low, close = (column(rows, name) for name in ("high", "low", "close"))
    found = [high[0] - low[0]] if first and rows else []
    return found + [
        max(up - down, abs(up - last), abs(down - last))
        for up, down, last in zip(high[1:], low[1:], close, strict=False)
    ]


def rsi_all(xs, n):
    """RSI at every number that has one."""
    if len(xs) <= n:
        return []
    ups = [max(b - a, Decimal(0)) for a, b in pairwise(xs)]
    downs = [max(a - b, Decimal(0)) for a, b in pairwise(xs)]
    up, down = mean(ups[:n]), mean(downs[:n])
    found = []
    for i in range(n, len(ups) + 1):
        found.append(100 - 100 / (1 + up / down) if down else Decimal(100))
        if i < len(ups):
            up, down = ((n - 1) * up + ups[i]) / n, ((n - 1) * down + downs[i]) / n
    return found


def deviation(xs, less=0):
    middle = mean(xs)
    return (sum((x - middle) ** 2 for x in xs) / (len(xs) - less)).sqrt()


# Channels, lines and stops


@exactly
def average_true_range(rows, *, n, smoothing, first_range):
    return (AVERAGES[smoothing](true_ranges(rows, first_range), n),)


@exactly
def keltner(rows, *, n, width, ranges, price, average, smoothing, first_range):
    middle = AVERAGES[average]([paid(row, price) for row in rows], n)
    away = AVERAGES[smoothing](true_ranges(rows, first_range), ranges)
    if middle is None or away is None:
        return None, None if away is None else middle, None
    away *= Decimal(width)
    return middle + away, middle, middle - away


def middle_of(rows, n):
    if n < 1 or len(rows) < n:
        return None
    return (max(column(rows[-n:], "high")) + min(column(rows[-n:], "low"))) / 2


@exactly
def donchian(rows, *, n, current):
    rows = rows if current else rows[:-1]
    if len(rows) < n:
        return None, None, None
    high, low = max(column(rows[-n:], "high")), min(column(rows[-n:], "low"))
    return high, (high + low) / 2, low


@exactly
def ichimoku(rows, *, tenkan, kijun, senkou, shift):
    then = rows[: len(rows) - shift]
    fast, slow = middle_of(then, tenkan), middle_of(then, kijun)
    edge = None if fast is None or slow is None else (fast + slow) / 2
    return middle_of(rows, tenkan), middle_of(rows, kijun), edge, middle_of(then, senkou)


@exactly
def supertrend(rows, *, n, width, smoothing, first_range):
    spans = true_ranges(rows, first_range)
    rows = rows if first_range else rows[1:]
    low = high = trend = last = average = None
    for i, row in enumerate(rows):
        if i + 1 < n:
            continue
        if smoothing == "sma" or average is None:
            average = mean(spans[i + 1 - n : i + 1])
        else:
            alpha = Decimal(1) / n if smoothing == "wilder" else Decimal(2) / (n + 1)
            average += alpha * (spans[i] - average)
        middle, close = (Decimal(row.high) + Decimal(row.low)) / 2, Decimal(row.close)
        lower, upper = middle - Decimal(width) * average, middle + Decimal(width) * average
        if trend is None:
            trend = 1 if close >= middle else -1
        else:
            lower = max(lower, low) if last >= low else lower
            upper = min(upper, high) if last <= high else upper
            if trend == 1 and close <= lower:
                trend = -1
            elif trend == -1 and close > upper:
                trend = 1
        low, high, last = lower, upper, close
    return (low, None) if trend == 1 else (None, high)


@exactly
def chandelier(rows, *, n, width):
    away = wilder(true_ranges(rows, False), n)
    if away is None:
        return None, None
    away *= Decimal(width)
    return max(column(rows[-n:], "high")) - away, min(column(rows[-n:], "low")) + away


@exactly
def chande_kroll_stop(rows, *, n, width, q):
    spans, above, below = true_ranges(rows, False), [], []
    average = None
    for end in range(n, len(spans) + 1):
        average = mean(spans[:n]) if end == n else ((n - 1) * average + spans[end - 1]) / n
        held, away = rows[end + 1 - n : end + 1], Decimal(width) * average
        above.append(min(column(held, "low")) + away)
        below.append(max(column(held, "high")) - away)
    return (min(above[-q:]), max(below[-q:])) if len(above) >= q else (None, None)


@exactly
def heikin_ashi(rows):
    if not rows:
        return None, None, None, None
    opening = closing = None
    for row in rows:
        prices = [Decimal(x) for x in row[1:5]]
        opening = (prices[0] + prices[3]) / 2 if opening is None else (opening + closing) / 2
        closing = mean(prices)
    return opening, max(opening, closing, prices[1]), min(opening, closing, prices[2]), closing


# Oscillators


@exactly
def choppiness(rows, *, n, extremes, first_range):
    spans = true_ranges(rows, first_range)
    if len(spans) < n:
        return (None,)
    high, low = max(column(rows[-n:], "high")), min(column(rows[-n:], "low"))
    if extremes == "true" and len(rows) > 1:
        before = column(rows, "close")[-n - 1 : -1]
        high, low = max(high, *before), min(low, *before)
    if high == low:
        return (Decimal(100),)
    return (100 * (sum(spans[-n:]) / (high - low)).log10() / Decimal(n).log10(),)


@exactly
def efficiency_ratio(rows, *, n):
    closes = column(rows[-n - 1 :], "close")
    if len(closes) <= n:
        return (None,)
    way = sum(abs(b - a) for a, b in pairwise(closes))
    return (abs(closes[-1] - closes[0]) / way if way else Decimal(0),)


@exactly
def mcginley(rows, *, n, share):
    closes = column(rows, "close")
    if len(closes) < n:
        return (None,)
    value = mean(closes[:n])
    for close in closes[n:]:
        slow = Decimal(share) * n * (close / value) ** 4
        value += (close - value) / max(slow, 1)
    return (value,)


@exactly
def ulcer(rows, *, n):
    if len(rows) < n:
        return (None,)
    closes = column(rows[-n:], "close")
    falls = [100 * (close / max(closes[: i + 1]) - 1) for i, close in enumerate(closes)]
    return (mean([fall**2 for fall in falls]).sqrt(),)


@exactly
def stoch_rsi(rows, *, rsi, n, smooth, signal):
    values = rsi_all(column(rows, "close"), rsi)
    ends = range(max(n, len(values) - smooth - signal - 2), len(values) + 1)
    places = []
    for end in ends if len(values) >= n else ():
        held = values[end - n : end]
        low, high = min(held), max(held)
        places.append(100 * (held[-1] - low) / (high - low) if high > low else Decimal(0))
    ks = [sma(places[: i + 1], smooth) for i in range(smooth - 1, len(places))]
    return (ks[-1] if ks else None), sma(ks, signal) if ks else None


@exactly
def connors_rsi(rows, *, rsi, streak, rank):
    closes = column(rows, "close")
    streaks, run = [], 0
    for a, b in pairwise(closes):
        run = 0 if a == b else (max(run, 0) + 1 if b > a else min(run, 0) - 1)
        streaks.append(Decimal(run))
    changes = [(b - a) / a for a, b in pairwise(closes)]
    strengths, runs = rsi_all(closes, rsi), rsi_all(streaks, streak)
    if len(changes) <= rank or not strengths or not runs:
        return (None,)
    below = sum(change < changes[-1] for change in changes[-rank - 1 : -1])
    return (mean([strengths[-1], runs[-1], 100 * Decimal(below) / rank]),)


# The weights and bounds are the floats that they are: to compare what is computed with them.
SMOOTH = tuple(map(Decimal, (0.33, 0.67)))
EDGES = tuple(map(Decimal, (0.99, 0.999)))


@exactly
def fisher_transform(rows, *, n, price, carry):
    prices = column(rows, "close")
    if price == "median":
        prices = [(Decimal(row.high) + Decimal(row.low)) / 2 for row in rows]
    place, fishers = Decimal(0), []
    for i in range(max(n - 1, len(prices) - 500), len(prices)):
        held = prices[i + 1 - n : i + 1]
        low, high = min(held), max(held)
        now = 2 * ((prices[i] - low) / (high - low) - Decimal("0.5")) if high > low else 0
        place = SMOOTH[0] * now + SMOOTH[1] * place
        if abs(place) > EDGES[0]:
            place = EDGES[1].copy_sign(place)
        fisher = ((1 + place) / (1 - place)).ln() / 2
        fishers.append(fisher + Decimal(carry) * fishers[-1] if fishers else fisher)
    return (fishers[-1] if fishers else None), (fishers[-2] if len(fishers) > 1 else None)


# Averages of the price, and where the volume lies


@exactly
def alma(rows, *, n, offset, sigma, whole):
    if len(rows) < n:
        return (None,)
    top = Decimal(offset) * (n - 1)
    top = Decimal(int(top)) if whole else top
    wide = n / Decimal(sigma)
    weights = [(-((i - top) ** 2) / (2 * wide**2)).exp() for i in range(n)]
    closes = column(rows[-n:], "close")
    return (sum(w * x for w, x in zip(weights, closes, strict=True)) / sum(weights),)


def paid(row, kind="bar"):
    """What a bar counts at."""
    if kind == "close":
        return Decimal(row.close)
    if kind == "mean":
        return mean([Decimal(x) for x in row[1:5]])
    if kind == "bar" and isfinite(row.vwap):
        return Decimal(row.vwap)
    return mean([Decimal(x) for x in row[2:5]])


@exactly
def rolling_vwap(rows, *, n, price):
    held = rows[-n:]
    weight = sum(Decimal(max(row.volume, 0.0)) for row in held)
    if len(held) < n or not weight:
        return (None,)
    return (sum(paid(row, price) * Decimal(max(row.volume, 0.0)) for row in held) / weight,)


def session_of(row, tz, session):
    assert session == "1D"
    return pd.Timestamp(row.time, tz="UTC").tz_convert(tz).date()


@exactly
def vwap(rows, *, anchor, bands, tz, session):
    nothing = (None,) * (1 + 2 * len(bands))
    if not rows:
        return nothing
    assert anchor in {"all", "session"}
    held = rows
    if anchor == "session":
        first, today = len(rows), session_of(rows[-1], tz, session)
        while first and session_of(rows[first - 1], tz, session) == today:
            first -= 1
        held = rows[first:]
    held = [row for row in held if row.volume > 0]
    weight = sum(column(held, "volume"))
    if not weight:
        return nothing
    weighed = [(Decimal(row.volume), paid(row)) for row in held]
    middle = sum(w * x for w, x in weighed) / weight
    away = (sum(w * (x - middle) ** 2 for w, x in weighed) / weight).sqrt()
    lines = [middle]
    for width in bands:
        lines += [middle + Decimal(width) * away, middle - Decimal(width) * away]
    return tuple(lines)


@exactly
def volume_profile(rows, *, n, over, bps, share, tz, session):
    if over == "session" and rows:
        today = session_of(rows[-1], tz, session)
        rows = [row for row in rows if session_of(row, tz, session) == today]
    elif len(rows) < n:
        return None, None, None
    else:
        rows = rows[-n:]
    width = (1 + Decimal(bps) / 10_000).ln()
    volumes = Counter()
    for row in rows:
        volumes[int((paid(row).ln() / width).to_integral_value("ROUND_FLOOR"))] += Fraction(
            row.volume
        )
    volumes = {place: volume for place, volume in volumes.items() if volume}
    if not volumes:
        return None, None, None
    control = min(place for place in volumes if volumes[place] == max(volumes.values()))
    inside = {control}
    while sum(volumes[place] for place in inside) < Fraction(share) * sum(volumes.values()):
        above = min((place for place in volumes if place > max(inside)), default=None)
        below = max((place for place in volumes if place < min(inside)), default=None)
        inside.add(above if volumes.get(above, 0) >= volumes.get(below, 0) else below)
    edges = (Decimal(control) + Decimal("0.5"), Decimal(max(inside) + 1), Decimal(min(inside)))
    return tuple((edge * width).exp() for edge in edges)


# Volatility and pairs


@exactly
def realised_volatility(rows, *, n, estimator, seconds, year):
    if len(rows) < n + (estimator in {"close", "yang-zhang"}):
        return (None,)
    logs = [tuple(Decimal(x).ln() for x in row[1:5]) for row in rows[-n - 1 :]]
    gaps = [b[0] - a[3] for a, b in pairwise(logs)]
    moves = [b[3] - a[3] for a, b in pairwise(logs)]
    logs = logs[-n:]
    inside = mean([(up - c) * (up - o) + (down - c) * (down - o) for o, up, down, c in logs])
    two = Decimal(2).ln()
    if estimator == "close":
        variance = deviation(moves, 1) ** 2
    elif estimator == "parkinson":
        variance = mean([(up - down) ** 2 for _, up, down, _ in logs]) / (4 * two)
    elif estimator == "garman-klass":
        terms = [(up - down) ** 2 / 2 - (2 * two - 1) * (c - o) ** 2 for o, up, down, c in logs]
        variance = max(mean(terms), Decimal(0))
    elif estimator == "rogers-satchell":
        variance = inside
    else:
        k = Decimal("0.34") / (Decimal("1.34") + Decimal(n + 1) / (n - 1))
        opened = [c - o for o, _, _, c in logs]
        variance = deviation(gaps, 1) ** 2 + k * deviation(opened, 1) ** 2 + (1 - k) * inside
    scale = Decimal(1) if seconds is None else Decimal(year) / Decimal(seconds)
    return ((variance * scale).sqrt(),)


def joint(rows, n, of):
    """The last n pairs, their variances and covariance."""
    pairs = [tuple(map(Decimal, row.closes)) for row in rows[-n - 1 :]]
    if of == "returns":
        pairs = [tuple(y / x - 1 for x, y in zip(a, b, strict=True)) for a, b in pairwise(pairs)]
    pairs = pairs[-n:]
    if len(pairs) < n:
        return None
    xs, ys = zip(*pairs, strict=True)
    middle_x, middle_y = mean(xs), mean(ys)
    both = mean([(x - middle_x) * (y - middle_y) for x, y in pairs])
    return deviation(xs) ** 2, deviation(ys) ** 2, both


@exactly
def rolling_correlation(rows, *, n, of, symbols):
    found = joint(rows, n, of)
    return (found[2] / (found[0] * found[1]).sqrt() if found and found[0] and found[1] else None,)


@exactly
def rolling_beta(rows, *, n, of, symbols):
    found = joint(rows, n, of)
    return (found[2] / found[1] if found and found[1] else None,)


@exactly
def pair_zscore(rows, *, n, hedge, symbols):
    spreads = []
    for end in range(max(0, len(rows) - 2 * n), len(rows)):
        first, second = map(Decimal, rows[end].closes)
        found = joint(rows[max(0, end - n) : end + 1], n, "prices") if hedge is None else None
        if hedge is not None or (found and found[1]):
            slope = found[2] / found[1] if hedge is None else Decimal(hedge)
            spreads.append(first - slope * second)
    spreads = spreads[-n:]
    if len(spreads) < n or not deviation(spreads):
        return (None,)
    return ((spreads[-1] - mean(spreads)) / deviation(spreads, 1),)


COMPLETE = {
    getattr(function, "__wrapped__", function): complete
    for complete, functions in (
        (_close, (stoch_rsi, alma, efficiency_ratio)),
        (_above, (ulcer, connors_rsi, mcginley)),
        (_weighed, (rolling_vwap, vwap, volume_profile)),
        (_both, (rolling_correlation, rolling_beta, pair_zscore)),
    )
    for function in functions
}
"""What a row must have, where it is not all four prices."""

ORACLES = {
    "ALMA": alma,
    "AverageTrueRange": average_true_range,
    "ChandeKrollStop": chande_kroll_stop,
    "Chandelier": chandelier,
    "Choppiness": choppiness,
    "ConnorsRSI": connors_rsi,
    "Donchian": donchian,
    "EfficiencyRatio": efficiency_ratio,
    "FisherTransform": fisher_transform,
    "HeikinAshi": heikin_ashi,
    "Ichimoku": ichimoku,
    "Keltner": keltner,
    "McGinley": mcginley,
    "PairZScore": pair_zscore,
    "RealisedVolatility": realised_volatility,
    "RollingBeta": rolling_beta,
    "RollingCorrelation": rolling_correlation,
    "RollingVWAP": rolling_vwap,
    "StochRSI": stoch_rsi,
    "Supertrend": supertrend,
    "Ulcer": ulcer,
    "VWAP": vwap,
    "VolumeProfile": volume_profile,
}
"""The oracle of each indicator, by the name of its class."""

"""Oracles of swings, forces, stops and channels: their definitions, by exact.py."""

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from math import isfinite

import oracle_volume
import pandas as pd
from exact import above, close, column, deviation, ema, exactly, mean, sma, true_ranges, wilder

HALF, QUARTER = Decimal("0.5"), Decimal("0.25")


def traded(row):
    return all(map(isfinite, (row.high, row.low, row.close, row.volume)))


def weighed(row):
    return isfinite(row.volume)


# Swings


def swing(last, row, limit, absolute):
    """Wilder's swing index, letter by letter: 1 is the bar before, 2 the bar."""
    o1, _, _, c1 = (Decimal(x) for x in last[1:5])
    o2, h2, l2, c2 = (Decimal(x) for x in row[1:5])
    n = c2 - c1 + HALF * (c2 - o2) + QUARTER * (c1 - o1)
    k = max(abs(h2 - c1), abs(l2 - c1))
    largest = max(k, h2 - l2)
    if largest == h2 - l2:
        terms = h2 - l2, 0, QUARTER * (c1 - o1)
    elif largest == abs(h2 - c1):
        terms = h2 - c1, -HALF * (l2 - c1), QUARTER * (c1 - o1)
    else:
        terms = l2 - c1, -HALF * (h2 - c1), QUARTER * (c1 - o1)
    bare = abs(terms[0]) - abs(terms[1]) + abs(terms[2])
    r = abs(sum(terms)) if absolute == "sum" else bare
    return 50 * n / r * k / Decimal(limit) if r else Decimal(0)


@exactly
def swing_index(rows, *, limit, absolute):
    return (swing(*rows[-2:], limit, absolute) if len(rows) > 1 else None,)


@exactly
def accumulative_swing_index(rows, *, limit, absolute):
    if len(rows) < 2:
        return (None,)
    return (sum(swing(*pair, limit, absolute) for pair in pairwise(rows)),)


@exactly
def internal_bar_strength(rows):
    if not rows:
        return (None,)
    high, low, last = map(Decimal, rows[-1][2:5])
    return ((last - low) / (high - low) if high > low else None,)


# Forces


def directions(rows):
    """Of each bar from the second one on: 1 where its prices add up to more, else -1."""
    totals = [sum(map(Decimal, row[2:5])) for row in rows]
    return [1 if b > a else -1 for a, b in pairwise(totals)]


@exactly(needs=traded)
def klinger_oscillator(rows, *, fast, slow, signal, force):
    trend = [None, *directions(rows)]
    dm = [high - low for high, low in zip(column(rows, "high"), column(rows, "low"), strict=True)]
    forces = []
    for i in range(2, len(rows)):
        start = i
        while trend[start] == trend[start - 1]:
            start -= 1
        cm = sum(dm[start - 1 : i + 1])
        share = (2 * (dm[i] / cm - 1) if force == "common" else 2 * dm[i] / cm - 1) if cm else 0
        forces.append(100 * trend[i] * Decimal(rows[i].volume) * abs(share))
    quick, late = all_emas(forces, fast), all_emas(forces, slow)
    most = max(fast, slow) - 1
    lines = [a - b for a, b in zip(quick[most:], late[most:], strict=True)]
    return (lines[-1] if lines else None), ema(lines, signal)


def all_emas(xs, n):
    """An exponential average at every number; None before it begins."""
    values = [None] * min(n - 1, len(xs))
    for i in range(n - 1, len(xs)):
        if i == n - 1:
            values.append(mean(xs[:n]))
        else:
            values.append(values[-1] + (xs[i] - values[-1]) * 2 / (n + 1))
    return values


@exactly(needs=traded)
def ease_of_movement(rows, *, n, scale):
    values = []
    for last, row in pairwise(rows[-n - 1 :]):
        middles = [(Decimal(bar.high) + Decimal(bar.low)) / 2 for bar in (last, row)]
        reach, volume = Decimal(row.high) - Decimal(row.low), Decimal(row.volume)
        box = volume / Decimal(scale) / reach if reach else 0
        values.append((middles[1] - middles[0]) / box if box > 0 else Decimal(0))
    return (sma(values, n),)


def time_profile(rows, **params):
    """A profile of volume, had each bar a volume of 1."""
    return oracle_volume.volume_profile([row._replace(volume=1.0) for row in rows], **params)


@exactly(needs=weighed)
def relative_daily_volume(rows, *, days, tz):
    clocks = pd.DatetimeIndex([row.time for row in rows], tz="UTC").tz_convert(tz)
    bars = defaultdict(list)
    for clock, row in zip(clocks, rows, strict=True):
        today = bars[clock.date()]
        now = clock.tz_localize(None)  # clocks that are set back stand still instead
        today.append((max([now, *(t for t, _ in today[-1:])]), Decimal(row.volume)))
    if len(bars) <= days:
        return (None,)
    *_, (last, today) = bars.items()
    at = today[-1][0] - pd.Timestamp(last)
    usual = [
        sum(volume for time, volume in bars[day] if time - pd.Timestamp(day) <= at)
        for day in list(bars)[-days - 1 : -1]
    ]
    return (sum(volume for _, volume in today) / mean(usual) if sum(usual) else None,)


# Stops


@exactly
def volatility_stop(rows, *, n, width):
    closes, spans = column(rows, "close"), [None, *true_ranges(rows, False)]
    if len(rows) < n + 2:
        return None, None
    rising, turned, line = closes[n - 1] > closes[0], False, None
    trade = closes[:n]  # since it turned
    average = None
    for i in range(n, len(rows)):
        if average is not None:
            best = max(trade) if rising else min(trade)
            line = best - Decimal(width) * average if rising else best + Decimal(width) * average
        shown = (line, None) if rising else (None, line)
        shown = shown if turned else (None, None)
        beyond = line is not None and (closes[i] < line if rising else closes[i] > line)
        if beyond:
            rising, turned, trade = not rising, True, [closes[i]]
        else:
            trade = [max(*trade, closes[i]) if rising else min(*trade, closes[i])]
        before = mean(spans[1 : n + 1]) if average is None else average
        average = before if average is None else ((n - 1) * before + spans[i]) / n
    return shown


@exactly
def atr_trailing_stop(rows, *, n, width, edge):
    if len(rows) <= n:
        return None, None
    spans, closes = [None, *true_ranges(rows, False)], column(rows, "close")
    low = column(rows, "low" if edge == "extremes" else "close")
    high = column(rows, "high" if edge == "extremes" else "close")
    rising, average = closes[n] >= closes[n - 1], wilder(spans[1 : n + 1], n)
    for i in range(n, len(rows)):
        if i > n:
            average = ((n - 1) * average + spans[i]) / n
        under, over = low[i] - Decimal(width) * average, high[i] + Decimal(width) * average
        if i == n or over < upper or closes[i - 1] > upper:  # noqa: F821 - the first one makes it
            upper = over
        if i == n or under > lower or closes[i - 1] < lower:  # noqa: F821
            lower = under
        rising = closes[i] > (lower if rising else upper)
    return (lower, None) if rising else (None, upper)


# Deviations


@exactly(needs=close)
def regression_channel(rows, *, n, width, deviation):
    if len(rows) < n:
        return None, None, None
    ys = column(rows[-n:], "close")
    middle_x, middle_y = mean([Decimal(i) for i in range(n)]), mean(ys)
    both = sum((i - middle_x) * (y - middle_y) for i, y in enumerate(ys))
    slope = both / sum((i - middle_x) ** 2 for i in range(n))
    line = [middle_y + slope * (i - middle_x) for i in range(n)]
    from_ = line if deviation == "line" else [middle_y] * n
    away = Decimal(width) * mean([(y - at) ** 2 for y, at in zip(ys, from_, strict=True)]).sqrt()
    return line[-1] + away, line[-1], line[-1] - away


@exactly(needs=above)
def price_spike(rows, *, n):
    if len(rows) < n + 2:
        return (None,)
    closes = column(rows[-n - 2 :], "close")
    logs = [x.ln() for x in closes[:-1]]
    away = deviation([b - a for a, b in pairwise(logs)])
    return ((closes[-1] - closes[-2]) / (away * closes[-2]) if away else None,)


ORACLES = {
    "ATRTrailingStop": atr_trailing_stop,
    "AccumulativeSwingIndex": accumulative_swing_index,
    "EaseOfMovement": ease_of_movement,
    "InternalBarStrength": internal_bar_strength,
    "KlingerOscillator": klinger_oscillator,
    "PriceSpike": price_spike,
    "RegressionChannel": regression_channel,
    "RelativeDailyVolume": relative_daily_volume,
    "SwingIndex": swing_index,
    "TimeProfile": time_profile,
    "VolatilityStop": volatility_stop,
}

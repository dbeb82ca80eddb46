"""Oracles of turning points, levels, legs and Hurst's exponent, by exact.py, in decimals."""

from datetime import datetime
from decimal import Decimal
from itertools import accumulate, groupby, islice, pairwise
from zoneinfo import ZoneInfo

from exact import above, both, close, column, deviation, exactly, mean

# Turning points


def sides(rows, price="hl"):
    """What highs, and what lows are looked for in."""
    names = ("close", "close") if price == "close" else ("high", "low")
    return [column(rows, name) for name in names]


def turned(xs, i, left, right, sign):
    """Whether the number at `i` is beyond all of those around it."""
    others = xs[max(0, i - left) : i] + xs[i + 1 : i + 1 + right]
    return len(others) == left + right and all(sign * x < sign * xs[i] for x in others)


def turns(rows, left, right, price):
    """Of highs and lows: all turning points, as (bar, price)."""
    return [
        [(i, xs[i]) for i in range(len(xs)) if turned(xs, i, left, right, sign)]
        for xs, sign in zip(sides(rows, price), (1, -1), strict=True)
    ]


@exactly
def fractals(rows, *, left, right, price):
    rows = rows[-left - right - 1 :]
    now = len(rows) - 1 - right
    return tuple(dict(found).get(now) for found in turns(rows, left, right, price))


@exactly
def pivot_trend(rows, *, left, right, most, price):
    if len(rows) <= left + right:
        return None, None
    rows = rows[-2 * most - left - right - 2 :]
    trends = []
    for found in turns(rows, left, right, price):
        (before, was), (own, last) = [(-1_000, 0), (-1_000, 0), *found][-2:]
        there = len(rows) - 1 - own <= most and own - before <= most
        trends.append(Decimal((last > was) - (last < was)) if there else Decimal(0))
    return tuple(trends)


@exactly
def fractal_chaos_bands(rows, *, n):
    return tuple(of[-1][1] if of else None for of in turns(rows[-1_500:], n, n, "hl"))


def known(x):
    return None if x is None else Decimal(x)


@exactly
def zigzag(rows, *, percent, price):
    """Extremes are looked for anew, from the bar on at which the leg is known to have begun."""
    names = ("close", "close") if price == "close" else ("high", "low")
    # Extremes of floats are exact; only the shares are not.
    highs, lows = ([getattr(row, name) for row in rows] for name in names)
    share = Decimal(percent) / 100
    begin, leg, turn, last = 0, 0, None, {}
    for i in range(1, len(highs)):
        turn = None
        top, bottom = max(highs[begin:i]), min(lows[begin:i])
        up, down = Decimal(highs[i]) / Decimal(bottom) - 1, 1 - Decimal(lows[i]) / Decimal(top)
        if leg == 1:
            turns_down, turns_up = highs[i] < top and down >= share, False
        elif leg == -1:
            turns_down, turns_up = False, lows[i] > bottom and up >= share
        else:
            turns_down, turns_up = share <= down > up, share <= up > down
        if turns_up or turns_down:
            begin, leg, turn = i, 1 if turns_up else -1, bottom if turns_up else top
            last["low" if turns_up else "high"] = turn
    return tuple(map(known, (turn, last.get("high"), last.get("low"))))


# Setups


def setups(rows):
    """Complete ones, as (their ninth bar, side), and each side's count at the last bar."""
    marks = [0] * 4 + [(b < a) - (b > a) for a, b in zip(rows, rows[4:], strict=False)]
    done, count = [], {1: 0, -1: 0}
    runs = [(side, len(list(run))) for side, run in groupby(marks)]
    at = 0
    for side, size in runs:
        if side and size >= 9:
            done.append((at + 8, side))
        at += size
    if runs and runs[-1][0]:
        count[runs[-1][0]] = runs[-1][1]
    return done, count


@exactly
def td_setup(rows):
    rows = rows[-1_500:]
    if len(rows) < 5:
        return None, None, None
    done, count = setups([row.close for row in rows])
    perfect = 0
    if done:
        ninth, side = done[-1]
        reach = [row.low if side > 0 else -row.high for row in rows]
        further = min(reach[ninth - 3], reach[ninth - 2])
        better = [i for i in range(ninth - 1, len(rows)) if reach[i] < further]
        perfect = side if better and max(better[0], ninth) == len(rows) - 1 else 0
    return tuple(map(Decimal, (count[1], count[-1], perfect)))


@exactly
def td_trend(rows):
    rows = rows[-1_500:]
    last = {side: ninth for ninth, side in setups([row.close for row in rows])[0]}
    buy, sell = (rows[last[side] - 8 : last[side] + 1] if side in last else [] for side in (1, -1))
    return max(column(buy, "high"), default=None), min(column(sell, "low"), default=None)


@exactly
def td_countdown(rows):
    """One countdown after the other: where it begins, which bars it counts, what ends it."""
    if len(rows) < 5:
        return None, None
    rows = rows[-3_000:]
    done, _ = setups([row.close for row in rows])
    after, now = -1, (0, 0)
    for ninth, side in done:
        if ninth < after:
            continue
        nine = rows[ninth - 8 : ninth + 1]
        level = max(row.high for row in nine) if side > 0 else min(row.low for row in nine)
        counted = []
        for i in range(ninth, len(rows)):
            after = i + 1
            if len(counted) == 13:
                after = i
                break
            if (i, -side) in done:
                after = i
                break
            if i > ninth:
                true = (rows[i].low, rows[i].high, rows[i - 1].close)
                if min(true) > level if side > 0 else max(true) < level:
                    break
            edge = rows[i - 2].low if side > 0 else rows[i - 2].high
            reach = rows[i].low if side > 0 else rows[i].high
            if side * rows[i].close > side * edge:
                continue
            if len(counted) < 12 or side * reach <= side * rows[counted[7]].close:
                counted.append(i)
        else:
            now = (len(counted), 0) if side > 0 else (0, len(counted))
            break
    return tuple(map(Decimal, now))


# Levels

FIBONACCI = tuple(map(Decimal, (0.382, 0.618, 1.0)))
STOTT = tuple(Decimal("1.1") / x for x in (12, 6, 4, 2))
WIDTH = {"standard": 7, "fibonacci": 7, "camarilla": 9, "woodie": 7, "demark": 3}


def levels(kind, bars, opening):
    """Pivot, resistances and supports after some bars."""
    o, c, now = Decimal(bars[0].open), Decimal(bars[-1].close), Decimal(opening)
    h, l = max(column(bars, "high")), min(column(bars, "low"))  # noqa: E741 - as books have it
    if kind in {"camarilla", "fibonacci"}:
        p, shares = (c, STOTT) if kind == "camarilla" else ((h + l + c) / 3, FIBONACCI)
        return (p, *(p + x * (h - l) for x in shares), *(p - x * (h - l) for x in shares))
    if kind == "demark":
        x = {0: h + l + 2 * c, 1: 2 * h + l + c, -1: h + 2 * l + c}[(c > o) - (c < o)]
        return x / 4, x / 2 - l, x / 2 - h
    p = (h + l + 2 * now) / 4 if kind == "woodie" else (h + l + c) / 3
    return p, 2 * p - l, p + h - l, h + 2 * (p - l), 2 * p - h, p - (h - l), l - 2 * (h - p)


def period_of(row, tz, session):
    at = datetime.fromtimestamp(row.time // 10**9, ZoneInfo(tz))
    if session.endswith("h"):
        return row.time // (3_600 * 10**9 * int(session[:-1]))
    periods = {"1D": at.date(), "W": at.isocalendar()[:2], "MS": (at.year, at.month)}
    return periods[session]


@exactly
def pivot_points(rows, *, kind, session, tz):
    held = groupby(reversed(rows), lambda row: period_of(row, tz, session))
    last = [list(group) for _, group in islice(held, 2)]
    return levels(kind, last[1][::-1], last[0][-1].open) if len(last) > 1 else (None,) * WIDTH[kind]


@exactly
def rolling_pivots(rows, *, n, offset, kind):
    end = len(rows) - 1 - offset
    return levels(kind, rows[end - n : end], rows[-1].open) if end >= n else (None,) * WIDTH[kind]


# Hurst's exponent

PI = Decimal("3.14159265358979323846264338327950288419716939937510")


def slope(xs, ys):
    x, y = mean(xs), mean(ys)
    joint = sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True))
    return joint / sum((a - x) ** 2 for a in xs)


def rescaled(xs):
    middle = mean(xs)
    sums = list(accumulate(x - middle for x in xs))
    return (max(sums) - min(sums)) / deviation(xs) if deviation(xs) else None


def expected(n):
    """Anis and Lloyd's, with Peters' factor; the ratio of two gamma functions step by step."""
    ratio = PI.sqrt()  # of gamma((k - 1) / 2) to gamma(k / 2), for k = 2
    for k in range(2, n):
        ratio = 2 / ((k - 1) * ratio)
    total = sum((Decimal(n - j) / j).sqrt() for j in range(1, n))
    return (n - Decimal("0.5")) / n * ratio / PI.sqrt() * total


@exactly(needs=above)
def hurst(rows, *, n):
    moves = [(b / a).ln() for a, b in pairwise(column(rows[-n - 1 :], "close"))]
    if len(moves) < n:
        return None, None
    sizes, raw, corrected = [], [], []
    for pieces in (1, 2, 4, 8, 16, 32):
        size = n // pieces
        if size < 8:
            break
        used = moves[n - size * pieces :]
        ranges = [rescaled(used[i * size : (i + 1) * size]) for i in range(pieces)]
        ranges = [x for x in ranges if x is not None]
        if not ranges:
            return None, None
        sizes.append(Decimal(size).ln())
        raw.append(mean(ranges).ln())
        corrected.append((mean(ranges) - expected(size) + (PI * size / 2).sqrt()).ln())
    return slope(sizes, raw), slope(sizes, corrected)


@exactly(needs=close)
def hurst_of_lags(rows, *, n, lags):
    closes = column(rows[-n:], "close")
    if len(closes) < n:
        return (None,)
    spread = {}
    for lag in range(2, lags):
        spread[lag] = deviation([b - a for a, b in zip(closes, closes[lag:], strict=False)])
    if not all(spread.values()):
        return (None,)
    return (slope([Decimal(lag).ln() for lag in spread], [x.ln() for x in spread.values()]),)


# Two symbols


@exactly(needs=both)
def price_relative(rows, *, symbols):
    return (Decimal(rows[-1].closes[0]) / Decimal(rows[-1].closes[1]),) if rows else (None,)


@exactly(needs=both)
def relative_return(rows, *, n, symbols):
    if len(rows) <= n:
        return (None,)
    now, then = (tuple(map(Decimal, rows[i].closes)) for i in (-1, -1 - n))
    return (now[0] / then[0] - now[1] / then[1],)


ORACLES = {
    "FractalChaosBands": fractal_chaos_bands,
    "Fractals": fractals,
    "Hurst": hurst,
    "HurstOfLags": hurst_of_lags,
    "PivotPoints": pivot_points,
    "PivotTrend": pivot_trend,
    "Pivots": fractals,
    "PriceRelative": price_relative,
    "RelativeReturn": relative_return,
    "RollingPivots": rolling_pivots,
    "TDCountdown": td_countdown,
    "TDSetup": td_setup,
    "TDTrend": td_trend,
    "ZigZag": zigzag,
}

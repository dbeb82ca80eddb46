"""Oracles of the indicators on trades, quotes and books: their definitions, in exact fractions.

Each takes all rows and gives the values at the last one, worked out anew; None stands for
NaN. Slow on purpose. flowrows.py has rows to hold them against.
"""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import accumulate, pairwise
from math import isfinite, isnan, sqrt
from statistics import NormalDist
from zoneinfo import ZoneInfo

from flowrows import S

from livefin.indicators.flow.durations import duration_ns

# What all have in common


class Definition:
    """What an indicator is worth given all complete rows up to one, the last of them."""

    def __init__(self, value, complete):
        self._value, self._complete = value, complete

    def __call__(self, rows, **params):
        """The values at the last row, all None where it is not complete."""
        kept = [row for row in rows if self._complete(row, **params)]
        if not kept:
            return None  # and nobody can say how many there would be
        values = self._value(kept, **params)
        return values if kept[-1] is rows[-1] else (None,) * len(values)


def defined(complete):
    """Makes a Definition of a function of the rows that are complete."""
    return lambda value: Definition(value, complete)


def is_trade(row, **_):
    return isfinite(row.price) and isfinite(row.size)


def is_quote(row, **_):
    return all(isfinite(value) for value in row[1:])


def has_prices(row, **_):
    return isfinite(row.bid) and isfinite(row.ask)


def is_deep(row, *, depth, **_):
    return min(len(row.bids), len(row.asks)) >= depth


def has_sides(row, **_):
    return bool(row.bids and row.asks)


def reached(rows):
    """Each row's time, or that which was reached before it."""
    return list(accumulate((row.time for row in rows), max))


def within(rows, window):
    """Which rows are of the last `window` of time."""
    times = reached(rows)
    return range(bisect_right(times, times[-1] - duration_ns(window)), len(rows))


def signs(rows, unknown="tick"):
    """Taker's sides, by the tick test where they are not known."""
    found = []
    for i, row in enumerate(rows):
        others = (rows[j].price for j in range(i - 1, -1, -1) if rows[j].price != row.price)
        other = next(others, None)
        tick = 0 if other is None or unknown == "skip" else (1 if row.price > other else -1)
        found.append(row.side or tick)
    return found


def same(values, oracle, tolerance=1e-9, least=0.0):
    """Whether values are an oracle's, to `tolerance` of it, or of `least` where it is less."""
    if oracle is None:
        return all(map(isnan, values))
    for value, true in zip(values, oracle, strict=True):
        if true is None:
            if not isnan(value):
                return False
        elif not abs(value - float(true)) <= tolerance * max(abs(float(true)), least):
            return False
    return True


# Of quotes


def e(price, size, before, size_before, sign):
    """One side of e in Cont, Kukanov, Stoikov: their sum of indicators, term by term."""
    p, q, p_, q_ = map(Fraction, (price, size, before, size_before))
    better, worse = (p >= p_, p <= p_) if sign > 0 else (p <= p_, p >= p_)
    return sign * (better * q - worse * q_)


@defined(is_quote)
def order_flow(kept, *, window):
    if len(kept) < 2:
        return (None,)
    flow = Fraction(0)
    for i in within(kept, window):
        if i:
            (_, b, qb, a, qa), (_, b_, qb_, a_, qa_) = kept[i], kept[i - 1]
            flow += e(b, qb, b_, qb_, 1) + e(a, qa, a_, qa_, -1)
    return (flow,)


@defined(has_prices)
def mid(kept):
    return ((Fraction(kept[-1].bid) + Fraction(kept[-1].ask)) / 2,)


@defined(is_quote)
def microprice(kept):
    bid, bid_size, ask, ask_size = map(Fraction, kept[-1][1:])
    return ((bid * ask_size + ask * bid_size) / (bid_size + ask_size),)


def apart(row, unit):
    bid, ask = Fraction(row.bid), Fraction(row.ask)
    return ask - bid if unit == "price" else 20_000 * (ask - bid) / (ask + bid)


@defined(has_prices)
def spread(kept, *, unit):
    return (apart(kept[-1], unit),)


@defined(has_prices)
def average_spread(kept, *, window, unit):
    times = reached(kept)
    now = times[-1]
    begin = max(times[0], now - duration_ns(window))
    if begin == now:
        return (None,)
    stood = zip(kept, times, times[1:], strict=False)
    area = sum(apart(row, unit) * (t - max(begin, s)) for row, s, t in stood if t > begin)
    return (area / (now - begin),)


# Of books


@defined(is_deep)
def book_order_flow(kept, *, window, depth):
    if len(kept) < 2:
        return (None,) * depth
    flows = [Fraction(0)] * depth
    for i in within(kept, window):
        for m in range(depth) if i else ():
            flows[m] += e(*kept[i].bids[m], *kept[i - 1].bids[m], 1)
            flows[m] += e(*kept[i].asks[m], *kept[i - 1].asks[m], -1)
    return tuple(flows)


@defined(has_sides)
def depth_of_book(kept, *, depth, bps):
    row = kept[-1]
    middle = (Fraction(row.bids[0][0]) + Fraction(row.asks[0][0])) / 2
    # As written: 100.02 is within 2 basis points of 100.
    far = middle * Fraction(str(bps)) / 10_000 * (1 + Fraction(1, 10**7))
    return tuple(
        sum(
            Fraction(size)
            for price, size in side[:depth]
            if not bps or abs(Fraction(price) - middle) <= far
        )
        for side in (row.bids, row.asks)
    )


@defined(has_sides)
def book_imbalance(kept, *, depth, decay):
    bid, ask = (
        sum(Fraction(size) * Fraction(decay) ** i for i, (_, size) in enumerate(side[:depth]))
        for side in (kept[-1].bids, kept[-1].asks)
    )
    return ((bid - ask) / (bid + ask),)


@defined(has_sides)
def book_slope(kept, *, depth):
    return tuple(_line(side[:depth]) for side in (kept[-1].bids, kept[-1].asks))


def _line(side):
    if len(side) < 2:
        return None
    x = [abs(Fraction(price) - Fraction(side[0][0])) for price, _ in side]
    sizes = [Fraction(size) for _, size in side]
    return slope(x, [total / sum(sizes) for total in accumulate(sizes)])


def slope(xs, ys):
    """Of the least-squares line, in fractions; None for a line that stands upright."""
    n = len(xs)
    over = n * sum(x * x for x in xs) - sum(xs) ** 2
    joint = n * sum(x * y for x, y in zip(xs, ys, strict=True)) - sum(xs) * sum(ys)
    return joint / over if over else None


# Of trades


@defined(is_trade)
def cvd(kept, *, session, tz, unknown):
    def day(time):
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time // 1_000)
        return 0 if session == "all" else at.astimezone(ZoneInfo(tz)).date()

    assert session in {"all", "1D"}
    times = reached(kept)
    today = day(times[-1])
    signed = zip(kept, signs(kept, unknown), times, strict=True)
    return (sum(sign * Fraction(row.size) for row, sign, t in signed if day(t) == today),)


@defined(is_trade)
def volume_delta(kept, *, interval, unknown):
    length, times = duration_ns(interval), reached(kept)
    bar = times[-1] // length
    signed = zip(kept, signs(kept, unknown), times, strict=True)
    return (sum(sign * Fraction(row.size) for row, sign, t in signed if t // length == bar),)


@defined(is_trade)
def trade_intensity(kept, *, half_life):
    half, times = duration_ns(half_life), reached(kept)
    with localcontext() as context:
        context.prec = 40
        two, each = Decimal(2), Decimal(2).ln() / (Decimal(half) / S)
        return (each * sum(two ** (Decimal(t - times[-1]) / half) for t in times),)


@defined(is_trade)
def trade_count(kept, *, window):
    return (len(within(kept, window)),)


def buckets(rows, by, unknown="tick"):
    """Complete buckets so far: last price, signed volume, turnover."""
    groups, done = [], []
    filled, start = Fraction(0), None
    for row, sign in zip(rows, signs(rows, unknown), strict=True):
        price, size = Fraction(row.price), Fraction(row.size)
        one = (price, sign * size, price * size)
        if by[-1] == "s":
            bar = row.time // duration_ns(by)
            if start is not None and bar > start:
                done.append(groups)
                groups = []
            start = bar if start is None else max(start, bar)
            groups.append(one)
        else:
            groups.append(one)
            filled += size
            if by == "trade" or filled >= Fraction(float(by)):
                done.append(groups)
                groups, filled = [], Fraction(0)
    return [(g[-1][0], sum(x[1] for x in g), sum(x[2] for x in g)) for g in done]


@defined(is_trade)
def kyle(kept, *, window, bucket, unknown):
    done = buckets(kept, bucket, unknown)
    pairs = [(b[1], b[0] - a[0]) for a, b in pairwise(done)][-window:]
    return (slope(*zip(*pairs, strict=True)) if len(pairs) == window else None,)


@defined(is_trade)
def amihud(kept, *, window, bucket):
    done = buckets(kept, bucket)
    ratios = [abs(b[0] - a[0]) / a[0] / b[2] * 10**6 for a, b in pairwise(done)][-window:]
    return (sum(ratios) / window if len(ratios) == window else None,)


@defined(is_trade)
def vpin(kept, *, bucket, buckets, split, bar, deviations):
    """Volume laid end to end, and cut at whole buckets."""
    poured = _in_bulk(kept, bar, deviations) if split == "bulk" else _by_taker(kept)
    size = Fraction(bucket)
    ends = list(accumulate((volume for volume, _ in poured), initial=Fraction(0)))
    full = int(ends[-1] // size)
    if full < buckets:
        return (None,)
    total = Fraction(0)
    for k in range(full - buckets, full):
        low, high = k * size, (k + 1) * size
        first = max(0, bisect_right(ends, low) - 1)
        net = Fraction(0)
        for i in range(first, len(poured)):
            if ends[i] >= high:
                break
            net += poured[i][1] * (min(ends[i + 1], high) - max(ends[i], low))
        total += abs(net)
    return (total / (buckets * size),)


def _by_taker(kept):
    signed = zip(kept, signs(kept), strict=True)
    return [(Fraction(row.size), Fraction(sign)) for row, sign in signed]


def _in_bulk(kept, bar, deviations):
    length, bars = duration_ns(bar), []
    for row in kept:
        at = row.time // length
        if not bars or at > bars[-1][0]:
            bars.append([at, Fraction(0), None])
        bars[-1][1] += Fraction(row.size)
        bars[-1][2] = Fraction(row.price)
    del bars[-1]  # it forms still
    poured = []
    changes = [b[2] - a[2] for a, b in pairwise(bars)]
    for i, change in enumerate(changes, 1):
        last = changes[max(0, i - deviations) : i]
        if len(last) == deviations:
            mean = sum(last) / deviations
            variance = sum((x - mean) ** 2 for x in last) / deviations
            far = float(change) / sqrt(variance) if variance else 0.0
            poured.append((bars[i][1], Fraction(2 * NormalDist().cdf(far) - 1)))
    return poured


ORACLES = {
    "Amihud": amihud,
    "AverageSpread": average_spread,
    "BookImbalance": book_imbalance,
    "BookOrderFlow": book_order_flow,
    "BookSlope": book_slope,
    "CVD": cvd,
    "Depth": depth_of_book,
    "KyleLambda": kyle,
    "Microprice": microprice,
    "Mid": mid,
    "OrderFlow": order_flow,
    "Spread": spread,
    "TradeCount": trade_count,
    "TradeIntensity": trade_intensity,
    "VPIN": vpin,
    "VolumeDelta": volume_delta,
}
"""The oracle of each indicator, by the name of its class."""

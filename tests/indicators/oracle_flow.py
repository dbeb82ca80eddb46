"""Oracles of the indicators on trades, quotes and books: their definitions, in exact fractions.

Each takes all rows and gives the values at every row, worked out anew from the rows up to it;
None stands for NaN. Slow on purpose. `trades`, `quotes` and `books` are rows to hold them
against, late and lacking ones among them.
"""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import accumulate, pairwise
from math import inf, isfinite, isnan, sqrt
from random import Random
from statistics import NormalDist
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from livefin.indicators.contract import BookRow, QuoteRow, TradeRow
from livefin.indicators.durations import duration_ns

S = 10**9
NAN = float("nan")


# Rows

GAPS = [0, 1, 10**6, S // 3, S // 3, S, S, 7 * S, -S // 2, 100 * S]


class Made:
    """Random rows, most of them sound."""

    def __init__(self, seed, count):
        self.random = Random(seed)
        start = self.random.randrange(4) * 86_400 * S + 1
        # Near midnight as often as not, for what begins anew with the day.
        start += self.random.choice([0, 86_380 * S])
        gaps = self.random.choices(GAPS, k=count)
        self.times = list(accumulate(gaps, initial=start))[1:]

    def price(self):
        return self.random.randint(9_990, 10_010) / 100

    def size(self):
        random = self.random
        return random.randint(1, 60) / 10 if random.random() < 0.7 else 10 ** random.uniform(-6, 3)

    def or_lacking(self, value):
        return self.random.choice([NAN, inf, -inf]) if self.random.random() < 0.04 else value

    def trade(self, time):
        side = self.random.choice([1, -1, 0])
        return TradeRow(time, self.or_lacking(self.price()), self.or_lacking(self.size()), side)

    def quote(self, time):
        bid, ask = self.price(), self.price()
        return QuoteRow(time, self.or_lacking(bid), self.size(), ask, self.or_lacking(self.size()))

    def book(self, time, depth):
        sides = []
        for sign in (-1, 1):
            levels = self.random.choice([depth, depth, depth, self.random.randint(0, depth)])
            ticks = sorted(self.random.sample(range(1, 10), levels))
            sides.append(tuple((100 + sign * tick / 100, self.size()) for tick in ticks))
        return BookRow(time, *sides)


made = st.builds(Made, st.integers(0, 2**32), st.integers(0, 60))
trades = made.map(lambda m: [m.trade(time) for time in m.times])
quotes = made.map(lambda m: [m.quote(time) for time in m.times])


def books(depth=4):
    """Rows of a book of up to `depth` levels a side."""
    return made.map(lambda m: [m.book(time, depth) for time in m.times])


# What all have in common


def along(rows, complete, value):
    """`value` of the complete rows so far, at each row that is complete."""
    kept, found = [], []
    for row in rows:
        if complete(row):
            kept.append(row)
            found.append(value(kept))
        else:
            found.append(None)
    width = next((len(values) for values in found if values), 1)
    return [(None,) * width if values is None else values for values in found]


def reached(rows):
    """Each row's time, or that which was reached before it."""
    return list(accumulate((row.time for row in rows), max))


def is_trade(row):
    return isfinite(row.price) and isfinite(row.size)


def is_quote(row):
    return all(isfinite(value) for value in row[1:])


def within(rows, window):
    """Which rows are of the last `window` of time."""
    times = reached(rows)
    return range(bisect_right(times, times[-1] - duration_ns(window)), len(rows))


def signs(rows, unknown="tick"):
    """Taker's sides, by the tick test where they are not known."""
    found = []
    for i, row in enumerate(rows):
        others = (r.price for r in reversed(rows[:i]) if r.price != row.price)
        other = next(others, None)
        tick = 0 if other is None or unknown == "skip" else (1 if row.price > other else -1)
        found.append(row.side or tick)
    return found


def same(values, oracle, tolerance=1e-9, least=0.0):
    """Whether values are an oracle's, to `tolerance` of it, or of `least` where it is less."""
    for value, true in zip(values, oracle, strict=True):
        if true is None:
            if not isnan(value):
                return False
        elif not abs(value - float(true)) <= tolerance * max(abs(float(true)), least):
            return False
    return True


# Definitions


def e(price, size, before, size_before, sign):
    """One side of e in Cont, Kukanov, Stoikov: their sum of indicators, term by term."""
    p, q, p_, q_ = map(Fraction, (price, size, before, size_before))
    better, worse = (p >= p_, p <= p_) if sign > 0 else (p <= p_, p >= p_)
    return sign * (better * q - worse * q_)


def order_flow(rows, *, window):
    def value(kept):
        if len(kept) < 2:
            return (None,)
        flow = Fraction(0)
        for i in within(kept, window):
            if i:
                (_, b, qb, a, qa), (_, b_, qb_, a_, qa_) = kept[i], kept[i - 1]
                flow += e(b, qb, b_, qb_, 1) + e(a, qa, a_, qa_, -1)
        return (flow,)

    return along(rows, is_quote, value)


def book_order_flow(rows, *, window, depth):
    def deep(row):
        return min(len(row.bids), len(row.asks)) >= depth

    def value(kept):
        if len(kept) < 2:
            return (None,) * depth
        flows = [Fraction(0)] * depth
        for i in within(kept, window):
            for m in range(depth) if i else ():
                flows[m] += e(*kept[i].bids[m], *kept[i - 1].bids[m], 1)
                flows[m] += e(*kept[i].asks[m], *kept[i - 1].asks[m], -1)
        return tuple(flows)

    values = along(rows, deep, value)
    return [(None,) * depth if v == (None,) else v for v in values]


def cvd(rows, *, session, tz, unknown):
    def day(time):
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time // 1_000)
        return 0 if session == "all" else at.astimezone(ZoneInfo(tz)).date()

    def value(kept):
        today = day(reached(kept)[-1])
        all_of_it = zip(kept, signs(kept, unknown), reached(kept), strict=True)
        return (sum(sign * Fraction(row.size) for row, sign, t in all_of_it if day(t) == today),)

    assert session in {"all", "1D"}
    return along(rows, is_trade, value)


def volume_delta(rows, *, interval, unknown):
    length = duration_ns(interval)

    def value(kept):
        bar = reached(kept)[-1] // length
        all_of_it = zip(kept, signs(kept, unknown), reached(kept), strict=True)
        return (sum(s * Fraction(row.size) for row, s, t in all_of_it if t // length == bar),)

    return along(rows, is_trade, value)


def average_spread(rows, *, window, unit):
    def has_both(row):
        return isfinite(row.bid) and isfinite(row.ask)

    def spread(row):
        apart = Fraction(row.ask) - Fraction(row.bid)
        return (
            apart if unit == "price" else 20_000 * apart / (Fraction(row.ask) + Fraction(row.bid))
        )

    def value(kept):
        times = reached(kept)
        now = times[-1]
        begin = max(times[0], now - duration_ns(window))
        if begin == now:
            return (None,)
        stood = zip(kept, times, times[1:], strict=False)
        area = sum(spread(row) * max(0, until - max(begin, since)) for row, since, until in stood)
        return (area / (now - begin),)

    return along(rows, has_both, value)


def trade_intensity(rows, *, half_life):
    half = duration_ns(half_life)

    def value(kept):
        times = reached(kept)
        with localcontext() as context:
            context.prec = 40
            two, each = Decimal(2), Decimal(2).ln() / (Decimal(half) / S)
            return (each * sum(two ** (Decimal(t - times[-1]) / half) for t in times),)

    return along(rows, is_trade, value)


def trade_count(rows, *, window):
    return along(rows, is_trade, lambda kept: (len(within(kept, window)),))


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


def kyle(rows, *, window, bucket, unknown):
    def value(kept):
        done = buckets(kept, bucket, unknown)
        pairs = [(b[1], b[0] - a[0]) for a, b in pairwise(done)][-window:]
        if len(pairs) < window:
            return (None,)
        x, y = (sum(each) / window for each in zip(*pairs, strict=True))
        over = sum((p - x) ** 2 for p, _ in pairs)
        return (sum((p - x) * (q - y) for p, q in pairs) / over if over else None,)

    return along(rows, is_trade, value)


def amihud(rows, *, window, bucket):
    def value(kept):
        done = buckets(kept, bucket)
        pairs = pairwise(done)
        ratios = [abs(b[0] - a[0]) / a[0] / b[2] * 10**6 for a, b in pairs][-window:]
        return (sum(ratios) / window if len(ratios) == window else None,)

    return along(rows, is_trade, value)


def one_sided(poured, bucket, count):
    """VPIN of (volume, share bought less sold), laid end to end and cut at whole buckets."""
    size = Fraction(bucket)
    ends = list(accumulate((volume for volume, _ in poured), initial=Fraction(0)))
    full = int(ends[-1] // size)
    if full < count:
        return None
    total = Fraction(0)
    for k in range(full - count, full):
        low, high = k * size, (k + 1) * size
        laid = zip(poured, ends, ends[1:], strict=False)
        total += abs(
            sum(lean * max(Fraction(0), min(e, high) - max(b, low)) for (_, lean), b, e in laid)
        )
    return total / (count * size)


def vpin(rows, *, bucket, buckets, split, bar, deviations):
    def by_taker(kept):
        sided = zip(kept, signs(kept), strict=True)
        return [(Fraction(row.size), Fraction(sign)) for row, sign in sided]

    def in_bulk(kept):
        length, bars = duration_ns(bar), []
        for row in kept:
            at = row.time // length
            if not bars or at > bars[-1][0]:
                bars.append([at, Fraction(0), None])
            bars[-1][1] += Fraction(row.size)
            bars[-1][2] = Fraction(row.price)
        del bars[-1]
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

    def value(kept):
        return (one_sided(in_bulk(kept) if split == "bulk" else by_taker(kept), bucket, buckets),)

    return along(rows, is_trade, value)


def by_row(rows, complete, value):
    """Of indicators that look at one row alone."""
    return [value(row) if complete(row) else None for row in rows]

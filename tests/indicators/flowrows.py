"""Trades, quotes and books to hold indicators against, late and lacking ones among them."""

from itertools import accumulate
from math import inf
from random import Random

from hypothesis import strategies as st

from livefin.indicators.contract import BookRow, QuoteRow, TradeRow

S = 10**9
NAN = float("nan")
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

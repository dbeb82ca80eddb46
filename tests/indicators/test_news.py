"""One reading of the bars serves all that go along them, whoever misses some of it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from livefin.bars import TimeBars
from livefin.events import Trade
from livefin.indicators import ta
from livefin.indicators.custom.userdefined import indicator
from livefin.indicators.live.news import News
from livefin.indicators.live.recomputed import Recomputed
from livefin.indicators.live.running import Running
from livefin.indicators.live.track import Track

MS = 1_000_000
START = 1_000 * 1_000 * MS


def mean(df):
    return df.close.rolling(3).mean()


class Along:
    """One indicator's line, from the news that it takes."""

    def __init__(self, takes, bars):
        self.takes, self.track = takes, Track()
        self.missed = News(bars, older=True)

    def hear(self, news, *, busy):
        news = news.after(self.missed)
        self.missed = news if busy else None
        if not busy:
            for line in self.takes.take(news).values():
                self.track.put(line)


moves = st.lists(
    st.one_of(
        st.tuples(st.just("trade"), st.integers(0, 3_000), st.integers(1, 200)),
        st.tuples(st.just("late"), st.integers(0, 20_000), st.integers(1, 200)),
        st.tuples(st.just("front"), st.integers(1, 12), st.integers(1, 200)),
        st.tuples(st.just("paint"), st.integers(0, 7), st.just(0)),
    ),
    min_size=1,
    max_size=60,
)


@given(moves)
def test_one_that_was_busy_has_in_the_end_the_lines_of_the_batch(moves):
    bars = TimeBars("A", "1s")
    reader, now, oldest = bars.reader(), START, START
    made = [ta.SMA(4), ta.OBV(), indicator(mean)]
    ways = [Running(made[0], bars), Running(made[1], bars), Recomputed(made[2], bars)]
    every = [Along(way, bars) for way in ways]
    for what, amount, price in [*moves, ("paint", 0, 0)]:
        if what == "trade":
            now += amount * MS
            bars.update(Trade("A", now, 0, float(price), 1.0 + price % 3))
        elif what == "late":
            bars.update(Trade("A", max(START, now - amount * MS), 0, float(price), 2.0))
        elif what == "front":
            earlier = TimeBars("A", "1s")
            for second in range(amount, 0, -1):
                earlier.update(Trade("A", oldest - second * 1_000 * MS, 0, float(price), 1.0))
            oldest -= amount * 1_000 * MS
            bars.put_in_front(earlier.held)
        else:
            news = News.read(bars, reader)
            for i, each in enumerate(every):
                each.hear(news, busy=amount >> i & 1)
    if len(bars):
        for each, one in zip(every, made, strict=True):
            wanted = one.batch(bars.df).iloc[:, 0]
            np.testing.assert_allclose(each.track.array, wanted, rtol=1e-9, atol=1e-7)


def test_news_of_other_bars_than_those_missed_are_not_taken():
    old, new = TimeBars("A", "1s"), TimeBars("A", "5s")
    missed = News(new, older=True)
    assert News(old, first=3).after(missed) is missed


def test_what_was_missed_is_read_only_by_those_who_missed_it(monkeypatch):
    bars, reads = TimeBars("A", "1s"), []
    reader = bars.reader()
    bars.update(Trade("A", START, 0, 1.0, 1.0))
    missed = News.read(bars, reader)
    for second in (1, 2):
        bars.update(Trade("A", START + second * 1_000 * MS, 0, 1.0, 1.0))
    news = News.read(bars, reader)
    read = bars.read
    monkeypatch.setattr(bars, "read", lambda *given: reads.append(given) or read(*given))
    assert news.after(None) is news
    assert [len(news.rows), len(news.changed.columns["time"]), reads] == [3, 3, []]
    bars.update(Trade("A", START + 3_000 * MS, 0, 1.0, 1.0))
    late = News.read(bars, reader).after(missed)
    assert [len(late.rows), late.few] == [4, True]
    assert reads == [(2,), (0,)]

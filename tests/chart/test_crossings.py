import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.chart.crossings import COLUMNS, Level, Seen


def bars(*rows):
    """(time, open, high, low, close) each."""
    return dict(zip(COLUMNS, np.array(rows, dtype=float).reshape(-1, 5).T, strict=True))


def told(way, at, *looks, since=-np.inf):
    """What a level tells at each look after the first, which is at history."""
    seen, level = Seen(), Level(way, at)
    found = []
    for look in looks:
        news, late = seen.look(bars(*look))
        found.append(level.late(late, since) + level.news(news))
    assert found[0] == []
    return found[1:]


START = [(0, 10, 10, 10, 10)]


def test_history_is_no_news_but_its_last_price_arms():
    assert told("above", 12, [(0, 10, 99, 1, 10)], [(0, 10, 99, 1, 13)]) == [[(0, 13)]]


@pytest.mark.parametrize(
    ("way", "at", "path", "fires"),
    [
        ("above", 12, [12, 12.5, 13, 12, 14, 11, 12, 13], [1, 4, 7]),
        ("above", 9, [12, 10, 13], []),  # above from the start, never at it
        ("above", 9, [12, 9, 9.1], [2]),
        ("below", 9, [9, 8, 7, 9, 8], [1, 4]),
        ("below", 12, [9, 13, 11], [2]),
        ("crossing", 10, [10, 11, 10, 11, 9, 10, 9, 10, 11], [4, 8]),  # at it is no side
    ],
)
def test_a_value_fires_when_it_passes_and_not_while_it_stays(way, at, path, fires):
    assert Level(way, at).follow(np.array(path, dtype=float)) == fires
    one_by_one = Level(way, at)
    found = [i for i, value in enumerate(path) if one_by_one.follow(np.array([value], float))]
    assert found == fires


def test_values_that_are_none_neither_fire_nor_disarm():
    level = Level("above", 10)
    assert level.follow(np.array([np.nan, 9, np.nan, np.inf, np.nan, 9, 11])) == [3, 6]
    level.start(np.nan)
    assert not level.armed
    row = (1_000, np.nan, np.nan, np.nan, np.nan)
    assert told("above", 12, START, [row], [(2_000, 11, 13, 11, 12)]) == [[], [(2_000, 13)]]


def test_a_spike_between_two_looks_is_seen_once():
    spike = (0, 10, 15, 10, 10)
    assert told("above", 12, START, [spike], [spike], [(0, 10, 15, 9, 11)]) == [[(0, 15)], [], []]


def test_a_spike_in_any_of_many_new_bars_is_seen():
    many = [(i * 1e3, 10, 15 if i == 3_000 else 10, 10, 10) for i in range(1, 5_000)]
    assert told("above", 12, START, many) == [[(3_000_000, 15)]]


def test_an_old_high_of_the_forming_bar_does_not_fire_for_a_level_set_later():
    seen = Seen()
    seen.look(bars((0, 10, 10, 10, 10)))
    seen.look(bars((0, 10, 15, 10, 10)))
    level = Level("above", 12)
    level.start(seen.last)
    assert level.news(seen.look(bars((0, 10, 15, 10, 11)))[0]) == []
    assert level.news(seen.look(bars((0, 10, 16, 10, 11)))[0]) == [(0, 16)]


def test_of_a_bar_whose_order_is_unknown_only_what_must_have_been_is_told():
    # From above, with a low under it: whether the high came after the low, nobody knows.
    assert told("above", 9, START, [(1_000, 10, 15, 8, 8)]) == [[]]
    assert told("above", 9, START, [(1_000, 10, 15, 8, 12)]) == [[(1_000, 12)]]
    assert told("crossing", 9, START, [(1_000, 10, 15, 8, 12)]) == [[(1_000, 8), (1_000, 12)]]


def test_a_late_trade_fires_if_its_bar_is_not_older_than_the_alert():
    now = [(0, 10, 10, 10, 10), (1_000, 10, 10, 10, 10)]
    late = [(0, 10, 15, 10, 10), (1_000, 10, 10, 10, 10)]
    assert told("above", 12, START, now, late, late, since=0) == [[], [(0, 15)], []]
    assert told("above", 12, START, now, late, since=1_000) == [[], []]
    assert told("below", 12, START, now, late, since=0) == [[], []]


def test_a_bar_that_comes_late_between_others_is_seen_and_the_newest_is_known_by_its_time():
    now = [(2_000, 10, 11, 10, 10)]
    between = [(1_000, 10, 15, 10, 15), (2_000, 10, 11, 10, 10)]
    assert told("above", 12, START, now, between, now, since=0) == [[], [(1_000, 15)], []]
    # What was late says nothing of where the price is now: it crosses once more by itself.
    last = [(2_000, 10, 13, 10, 13)]
    assert told("above", 12, START, now, between, last, since=0)[-1] == [(2_000, 13)]


def test_what_is_remembered_is_bounded_and_what_is_older_passed_over():
    seen = Seen(rows=10)
    seen.look(bars(*[(i, 10, 10, 10, 10) for i in range(50)]))
    changed = [(i, 10, 99 if i < 5 else 10, 10, 10) for i in range(51)]
    news, late = seen.look(bars(*changed))
    assert news.time.tolist() == [49, 50]
    assert late.time.tolist() == []
    assert len(seen._bars["time"]) == 10


def test_a_later_look_changes_neither_what_was_told_nor_what_it_is_given():
    seen = Seen()
    seen.look(bars(*START))
    news, _ = seen.look(bars((0, 10, 12, 10, 11)))
    given = bars((0, 10, 13, 9, 9))
    seen.look(given)
    assert [float(news.high[0]), float(news.close[0])] == [12, 11]
    assert [float(column[0]) for column in given.values()] == [0, 10, 13, 9, 9]


def test_no_rows_change_nothing():
    assert told("above", 12, START, [], [(0, 10, 13, 10, 10)]) == [[], [(0, 13)]]


prices = st.lists(st.integers(1, 9), min_size=1, max_size=40)


@given(prices, st.integers(1, 9), st.sampled_from(["above", "below"]), st.integers(1, 5), st.data())
def test_looks_at_any_moments_agree_with_every_trade_on_whether_it_fires(
    trades, at, way, per_bar, data
):
    """Looking rarely may tell fewer crossings, never one that was not, and never none of some."""
    everything = Level(way, at).follow(np.array(trades, dtype=float))
    seen, level, found, rows, shown = Seen(), Level(way, at), 0, [], 0
    for i, trade in enumerate(trades):
        if i % per_bar == 0:
            rows.append((i, trade, trade, trade, trade))
        else:
            time, first, high, low, _ = rows[-1]
            rows[-1] = (time, first, max(high, trade), min(low, trade), trade)
        if i == 0 or data.draw(st.booleans()):
            news, _ = seen.look(bars(*rows[shown:]))
            found += len(level.news(news))
            shown = len(rows) - 1
    news, _ = seen.look(bars(*rows[shown:]))
    found += len(level.news(news))
    assert found <= len(everything)
    if per_bar == 1:
        assert bool(found) == bool(everything)

"""What code names: times of day, prices, parts of a year."""

import datetime as dt

import pandas as pd

from livefin.trust.made import made_bars
from livefin.trust.named import at_level, named


def test_times_are_found_in_words_objects_defaults_and_inner_functions():
    def words(df):
        return df.between_time("9:31", "16:05")

    def objects(df):
        return df.at_time(dt.time(15, 45))

    def defaults(df, hour=7, minute=11):
        return df.index.hour == hour

    def outer(df):
        return list(map(lambda row: row.hour == 8 and row.minute == 20, df.index))  # noqa: C417

    assert named(words).times == ((9, 31), (16, 5))
    assert (15, 45) in named(objects).times
    assert (7, 11) in named(defaults).times
    assert (8, 20) in named(outer).times


def test_of_a_class_the_methods_are_read():
    class Late:
        def update(self, bar):
            return bar.close if pd.Timestamp(bar.time).month == 12 else bar.open

    assert named(Late).yearly
    assert 12.0 in named(Late).numbers
    assert not named(lambda df: df.close.rolling(12).mean()).yearly


def test_code_that_names_many_numbers_has_a_dozen_times_at_the_most():
    numbers = ", ".join(map(str, range(60)))
    many = eval(f"lambda df: [df.close * x for x in ({numbers})]")  # noqa: S307 - our own
    assert len(named(many).times) == 12


def test_only_a_price_that_was_never_there_moves_the_bars():
    bars = made_bars(200)
    there = float(bars.close.iloc[50])
    assert at_level(bars, [there, 14, 1e9], bars) is bars
    moved = at_level(bars, [there, 300.0], bars)
    assert (moved.close > 300).any()
    assert (moved.close < 300).any()

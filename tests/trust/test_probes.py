"""Where a frame is cut."""

from itertools import islice

import numpy as np
import pandas as pd

from livefin.trust.made import made_bars, with_holes
from livefin.trust.probes import cuts


def test_every_bar_but_the_last_comes_once():
    df = made_bars(120, wild=True)
    rows = list(cuts(df, np.zeros((len(df), 1))))
    assert sorted(rows) == list(range(len(df) - 1))


def test_frames_with_next_to_nothing_have_next_to_no_cuts():
    for rows in (0, 1, 2):
        df = made_bars(rows)
        assert list(cuts(df, np.zeros((rows, 1)))) == list(range(rows - 1))


def test_the_end_the_start_and_what_is_rare_come_first():
    df = made_bars(2_000)
    table = np.full((2_000, 1), np.nan)
    table[[700, 1_300]] = 1.0
    first = set(islice(cuts(df, table), 120))
    assert {1_998, 1, 700, 1_300} <= first


def test_the_edges_of_holes_come_early():
    df = with_holes(made_bars(500))
    missing = np.flatnonzero(df.close.isna())
    first = set(islice(cuts(df, np.zeros((500, 1))), 60))
    assert len(first & set(missing)) >= 3


def test_each_half_hour_is_among_the_first_few_hundred():
    df = made_bars(1_500, every="30min")
    early = list(islice(cuts(df, np.zeros((1_500, 1))), 700))
    halves = {(df.index[row].hour, df.index[row].minute) for row in early}
    assert len(halves) == 48


def test_a_frame_without_prices_or_times_is_cut_too():
    df = pd.DataFrame({"x": np.arange(30.0)})
    assert len(list(cuts(df, np.zeros((30, 1))))) == 29

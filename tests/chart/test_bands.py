from livefin.chart.bands import MAX_BANDS, Bands
from livefin.events import Status

S = 10**9


def test_a_disconnection_said_many_times_is_one_band():
    bands = Bands("A")
    assert bands.update([Status("disconnected", 4 * S, start=2 * S)])
    assert not bands.update([Status("disconnected", 6 * S, start=2 * S)])
    assert bands.update([Status("connected", 7 * S, start=2 * S, end=7 * S)])
    assert bands.list == [("disconnected", 2e3, 7e3, "disconnected 5.0 s")]


def test_the_first_connection_is_no_band():
    bands = Bands("A")
    assert not bands.update([Status("connected", 7 * S, end=7 * S)])
    assert bands.list == []


def test_other_symbols_and_a_broken_book_are_not_this_charts_business():
    bands = Bands("A")
    assert not bands.update(
        [
            Status("gap", 1, "B", "trades", 3, 0, 1),
            Status("gap", 1, "A", "book", 3, 0, 1),
            Status("resync", 1, "A", "book"),
            Status("malformed", 1),
        ]
    )


def test_a_flood_of_overlapping_gaps_is_one_and_the_number_is_bounded():
    bands = Bands("A")
    bands.update(Status("gap", i * S, "A", "trades", 1, i * S, (i + 2) * S) for i in range(500))
    assert bands.list == [("gap", 0.0, 501e3, "gap")]
    bands.update(
        Status("gap", i * S, "A", "trades", 1, i * S, i * S) for i in range(1_000, 3_000, 2)
    )
    assert len(bands.list) == MAX_BANDS


def test_a_status_without_a_stretch_is_a_moment():
    bands = Bands("A")
    bands.update([Status("stale", 5 * S, "A")])
    assert bands.list == [("stale", 5e3, 5e3, "stale")]


def test_what_was_filled_is_no_longer_shown_as_missing():
    bands = Bands("A")
    bands.update([Status("disconnected", 4 * S, start=2 * S)])
    bands.update([Status("connected", 7 * S, start=2 * S, end=7 * S)])
    assert bands.update([Status("filled", 8 * S, "A", "trades", 41, 2 * S, 7 * S)])
    assert bands.list == [("filled", 2e3, 7e3, "filled 41")]
    assert not bands.update([Status("filled", 9 * S, "A", "trades", 900, 0, 1 * S)])

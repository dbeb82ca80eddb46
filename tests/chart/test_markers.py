import json
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from livefin.chart.markers import Markers, Orders
from livefin.errors import ChartError


@pytest.fixture
def markers():
    return Markers()


@pytest.mark.parametrize(
    "time",
    [
        "2026-03-01 12:00",
        "2026-03-01T13:00+01:00",
        datetime(2026, 3, 1, 12, tzinfo=UTC),
        np.datetime64("2026-03-01T12:00"),
        pd.Timestamp("2026-03-01 12:00"),
        1_772_366_400 * 10**9,
    ],
)
def test_times_of_all_kinds_are_utc(markers, time):
    markers.add(time, 5)
    assert markers.wire(0)["rows"][0][0] == 1_772_366_400_000


def test_a_frame_is_marked_row_by_row_with_what_it_has(markers):
    times = pd.date_range("2026-03-01", periods=3, freq="h", tz="UTC")
    frame = pd.DataFrame({"price": [1, 2, 3], "side": ["buy", "sell", None]}, index=times)
    markers.extend(frame)
    markers.extend(frame.reset_index(names="time").assign(size=[1, np.nan, 3], text=["a", None, 5]))
    df = markers.df
    assert df["side"].tolist() == ["buy", "sell", None] * 2
    assert df["size"].fillna(-1).tolist() == [-1, -1, -1, 1, -1, 3]
    assert df["text"].tolist() == ["", "", "", "a", "", "5"]
    assert df.index.tolist() == times.tolist() * 2


def test_what_it_gives_can_be_given_back(markers):
    markers.add("2026-03-01", 5, "buy", 2, "in")
    markers.add("2026-03-02", None)
    again = Markers()
    again.extend(markers.df)
    assert again.wire(0) == markers.wire(0)


def test_a_bad_row_marks_none(markers):
    frame = pd.DataFrame({"price": [1, 2], "side": ["buy", "hold"]})
    with pytest.raises(ChartError, match="index of times"):
        markers.extend(frame)
    with pytest.raises(ChartError, match="hold"):
        markers.extend(frame.assign(time="2026-03-01"))
    with pytest.raises(ChartError, match="column price"):
        markers.extend(frame.drop(columns="price"))
    assert len(markers) == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"time": "noon-ish"}, "no time"),
        ({"time": pd.NaT}, "needs a time"),
        ({"time": None}, "needs a time"),
        ({"time": "3000-01-01"}, "no time"),
        ({"price": "dear"}, "price must be"),
        ({"price": np.inf}, "price must be"),
        ({"side": "BUY"}, "side must be"),
        ({"size": -1}, "size must not be negative"),
        ({"size": "much"}, "size must be"),
    ],
)
def test_what_is_no_mark_is_refused_with_a_reason(markers, options, said):
    with pytest.raises(ChartError, match=said):
        markers.add(**{"time": "2026-03-01", "price": 1} | options)
    assert len(markers) == 0


def test_a_page_is_sent_only_what_it_has_not_got(markers):
    assert markers.wire(0) == {"from": 0, "rows": [], "clear": True}
    for i in range(3):
        markers.add(i, float(i))
    assert markers.revision == 3
    assert [row[1] for row in markers.wire(1)["rows"]] == [1, 2]
    assert markers.wire(3) == {"from": 3, "rows": [], "clear": False}
    assert markers.wire(0)["clear"]
    assert markers.wire(9)["clear"], "a number of another kernel"


def test_when_all_are_cleared_a_page_begins_anew(markers):
    markers.add(0, 1)
    markers.clear()
    markers.add(0, 2)
    assert markers.wire(1) == {"from": 2, "rows": [[0.0, 2.0, 0, None, ""]], "clear": True}
    assert markers.wire(2) == {"from": 2, "rows": [[0.0, 2.0, 0, None, ""]], "clear": False}


def test_the_oldest_are_dropped_and_counted():
    markers = Markers(rows=3)
    for i in range(5):
        markers.add(i, float(i))
    assert (len(markers), markers.dropped, markers.revision) == (3, 2, 5)
    assert markers.df["price"].tolist() == [2, 3, 4]
    assert markers.wire(1) == markers.wire(0)
    assert markers.wire(0)["from"] == 2
    assert len(markers.wire(2)["rows"]) == 3
    with pytest.raises(ChartError, match="at least 1"):
        Markers(rows=0)


def test_the_wire_is_json_and_texts_are_cut(markers):
    markers.add("2026-03-01", np.float32(0.5), None, np.int64(3), "x" * 1_000)
    (row,) = json.loads(json.dumps(markers.wire(0), allow_nan=False))["rows"]
    assert row[1:4] == [0.5, 0, 3.0]
    assert len(row[4]) == 200


def test_an_empty_frame_has_its_types(markers):
    df = markers.df
    assert list(df) == ["price", "side", "size", "text"]
    assert df["price"].dtype == "float64"
    assert str(df.index.tz) == "UTC"


def test_orders_are_set_changed_and_removed_by_id():
    orders = Orders()
    orders.set("a", 5, "buy", 2)
    orders.set(7, 6, "sell")
    orders.set("a", 5.5, "buy", 1, text="half")
    assert orders.wire() == [
        {"id": "a", "price": 5.5, "side": "buy", "size": 1.0, "text": "half"},
        {"id": "7", "price": 6.0, "side": "sell", "size": None, "text": ""},
    ]
    before = orders.revision
    orders.remove("none")
    assert orders.revision == before
    orders.remove(7)
    assert list(orders) == ["a"]
    orders.clear()
    assert (len(orders), orders.revision) == (0, before + 2)


def test_orders_are_bounded_and_each_has_a_side_and_a_price():
    orders = Orders(most=1)
    orders.set("a", 5, "buy")
    orders.set("a", 6, "buy")
    with pytest.raises(ChartError, match="remove some"):
        orders.set("b", 5, "buy")
    for price, side in ((None, "buy"), (np.nan, "buy"), (5, None), (5, "hold")):
        with pytest.raises(ChartError):
            orders.set("a", price, side)
    assert orders.wire()[0]["price"] == 6

import datetime as dt
import json
import logging
import math
import threading

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.chart.drawing import KINDS, from_wire
from livefin.chart.drawings import MAX_DRAWINGS, MAX_PAGES, Drawings
from livefin.errors import ChartError

T0, T1 = pd.Timestamp("2026-01-05 10:00", tz="UTC"), pd.Timestamp("2026-01-05 11:30", tz="UTC")
LEVEL = {
    "id": "a",
    "kind": "level",
    "pane": "price",
    "points": [[None, 5]],
    "text": "",
    "colour": "up",
}


@pytest.fixture
def drawings():
    return Drawings()


def one_of_each(drawings):
    return [
        drawings.add("level", 64_000, text="entry"),
        drawings.add("trend", (T0, 1), (T1, 2), colour="#4b8b3b"),
        drawings.add("rectangle", (T0, 1), (T1, 2), colour="down"),
        drawings.add("fibonacci", (T0, 1), (T1, 2)),
        drawings.add("measure", (T0, 1), (T1, 2), pane="volume"),
        drawings.add("note", (T0, 1), text="look"),
    ]


def test_every_kind_is_kept_in_order_with_a_colour_of_its_own(drawings):
    made = one_of_each(drawings)
    assert list(drawings) == made
    assert [each.kind for each in drawings] == list(KINDS)
    assert [each.colour for each in drawings] == ["line2", "#4b8b3b", "down", "line1", "ink", "ink"]
    assert drawings[0].points == ((None, 64_000.0),)
    assert drawings[1].points == ((T0, 1.0), (T1, 2.0))
    assert drawings[-1].text == "look"
    assert drawings[4].pane == "volume"
    assert drawings[made[2].id] is made[2]
    assert len(drawings) == len({each.id for each in drawings}) == 6


@pytest.mark.parametrize(
    "time",
    [
        "2026-01-05 10:00",
        "2026-01-05T11:00+01:00",
        dt.datetime(2026, 1, 5, 10),  # noqa: DTZ001 - naive on purpose
        np.datetime64("2026-01-05T10:00"),
        T0.tz_convert("Asia/Tokyo"),
        T0.value,
    ],
)
def test_a_time_is_what_pandas_takes_and_utc_without_a_zone(drawings, time):
    assert drawings.add("note", (time, 1)).points[0][0] == T0
    assert str(drawings[0].points[0][0].tz) == "UTC"


def test_a_drawing_may_be_made_from_another_ones_points(drawings):
    for made in one_of_each(drawings):
        assert drawings.add(made.kind, *made.points).points == made.points


@pytest.mark.parametrize(
    ("kind", "points", "options", "says"),
    [
        ("circle", [1], {}, "level, trend"),
        (["level"], [1], {}, "level, trend"),
        ("level", [1, 2], {}, "one price"),
        ("trend", [(T0, 1)], {}, "two"),
        ("trend", [T0, T1], {}, "(time, price)"),
        ("note", [], {}, r"one \(time, price\)"),
        ("note", [(None, 1)], {}, "no time"),
        ("note", [("yesterday week", 1)], {}, "no time"),
        ("note", [("3000-01-01", 1)], {}, "no time"),
        ("note", [(pd.NaT, 1)], {}, "no time"),
        ("note", [(True, 1)], {}, "no time"),
        ("note", [(object(), 1)], {}, "no time"),
        ("note", [(T0, "64000")], {}, "finite"),
        ("level", [math.nan], {}, "finite"),
        ("level", [-math.inf], {}, "finite"),
        ("level", [10**400], {}, "finite"),
        ("level", [None], {}, "finite"),
        ("level", [True], {}, "finite"),
        ("level", [1], {"text": "x" * 501}, "500 letters"),
        ("level", [1], {"text": "\x07"}, "cannot be shown"),
        ("level", [1], {"text": "\ud800"}, "cannot be shown"),
        ("level", [1], {"text": None}, "500 letters"),
        ("level", [1], {"colour": "red"}, "#4b8b3b"),
        ("level", [1], {"colour": "#12345"}, "line0"),
        ("level", [1], {"colour": "#123456\n"}, "line0"),
        ("level", [1], {"pane": ""}, "key"),
        ("level", [1], {"pane": "x" * 65}, "key"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(drawings, kind, points, options, says):
    with pytest.raises(ChartError, match=says):
        drawings.add(kind, *points, **options)
    assert len(drawings) == drawings.revision == drawings.refused == 0


def test_white_space_in_a_text_becomes_single_blanks(drawings):
    assert drawings.add("note", (T0, 1), text=" two\n lines\t").text == "two lines"


def test_the_frame_has_a_row_a_drawing_and_its_types_when_empty_too(drawings):
    empty = drawings.df
    one_of_each(drawings)
    df = drawings.df
    assert df.index.tolist() == [each.id for each in drawings]
    assert df.start.isna().tolist() == [True] + [False] * 5
    assert df.end.iloc[1] == T1
    assert df.end.iloc[5] == T0
    assert df.first_price.tolist() == [64_000, 1, 1, 1, 1, 1]
    assert df.last_price.tolist() == [64_000, 2, 2, 2, 2, 1]
    assert df.dtypes.equals(empty.dtypes)
    assert empty.empty


def test_removing_takes_a_drawing_or_its_id_and_says_when_it_is_gone(drawings):
    made = one_of_each(drawings)
    drawings.remove(made[0])
    drawings.remove(made[1].id)
    assert list(drawings) == made[2:]
    with pytest.raises(ChartError, match="already"):
        drawings.remove(made[0])
    drawings.clear()
    assert list(drawings) == []
    assert repr(drawings) == "<Drawings: none>"


def test_more_than_the_most_are_refused_from_either_side(drawings):
    for price in range(MAX_DRAWINGS):
        drawings.add("level", price)
    with pytest.raises(ChartError, match="remove some"):
        drawings.add("level", 1)
    assert not drawings.take({"op": "put", "drawing": LEVEL})
    changed = drawings[0].wire() | {"text": "changed"}
    assert drawings.take({"op": "put", "drawing": changed}), "one that is there can still change"
    assert len(drawings) == MAX_DRAWINGS


def test_the_revision_rises_with_each_change_and_each_refusal(drawings):
    seen = [drawings.revision]
    made = drawings.add("level", 1)
    seen.append(drawings.revision)
    drawings.take({"op": "put", "drawing": made.wire() | {"text": "x"}})
    seen.append(drawings.revision)
    drawings.take("nonsense")
    seen.append(drawings.revision)
    drawings.remove(made)
    seen.append(drawings.revision)
    drawings.clear()
    seen.append(drawings.revision)
    assert seen == sorted(set(seen))


def test_what_goes_out_on_the_wire_comes_back_the_same(drawings):
    one_of_each(drawings)
    sent = json.loads(json.dumps(drawings.wire(), allow_nan=False))
    assert sent[0] == {
        "id": drawings[0].id,
        "kind": "level",
        "pane": "price",
        "points": [[None, 64_000.0]],
        "text": "entry",
        "colour": "line2",
    }
    assert sent[1]["points"] == [[T0.value / 1e6, 1.0], [T1.value / 1e6, 2.0]]
    assert [from_wire(each) for each in sent] == list(drawings)


def test_a_page_puts_changes_removes_and_clears(drawings):
    assert drawings.take({"op": "put", "drawing": LEVEL})
    assert drawings["a"].points == ((None, 5.0),)
    drawings.add("level", 7)
    assert drawings.take({"op": "put", "drawing": LEVEL | {"points": [[None, 6.5]], "text": "t"}})
    assert [each.points[0][1] for each in drawings] == [6.5, 7.0], "in its place"
    assert drawings.take({"op": "remove", "id": "a"})
    assert drawings.take({"op": "remove", "id": "a"}), "another page may have been quicker"
    assert drawings.take({"op": "clear"})
    assert len(drawings) == drawings.refused == 0


def put(**changed):
    return {"op": "put", "drawing": LEVEL | changed}


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        "put",
        {},
        {"op": "put"},
        {"op": "remove"},
        {"op": "remove", "id": ["a"]},
        {"op": ["clear"]},
        {"op": "put", "drawing": []},
        put(id=""),
        put(id=7),
        put(id="x" * 65),
        put(id="a\x00"),
        put(kind="__class__"),
        put(kind=None),
        put(kind=10**5000),
        put(pane=None),
        put(text=["x"]),
        put(text="x" * 501),
        put(text="\udc00"),
        put(colour="url(javascript:1)"),
        put(colour="var(--up)"),
        put(points=None),
        put(points=[]),
        put(points={"0": [None, 5]}),
        put(points=[[None, 5]] * 10_000),
        put(points=[[None, "5"]]),
        put(points=[[None, math.nan]]),
        put(points=[[None, 1e308]]),
        put(points=[[None, 10**5000]]),
        put(points=[[None, 5, 6]]),
        put(kind="note", points=[[None, 5]]),
        put(kind="note", points=[["2026-01-05", 5]]),
        put(kind="note", points=[[math.inf, 5]]),
        put(kind="note", points=[[1e300, 5]]),
        put(kind="note", points=[[10**5000, 5]]),
        put(kind="note", points=[[True, 5]]),
    ],
)
def test_what_is_malformed_or_hostile_is_refused_and_counted(drawings, content):
    assert drawings.take(content) is False
    assert (len(drawings), drawings.refused) == (0, 1)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(KINDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
drawing_like = st.fixed_dictionaries(
    {key: st.just(value) | anything for key, value in LEVEL.items()}
    | {"kind": st.sampled_from(KINDS) | anything, "points": st.lists(st.lists(anything)) | anything}
)


@given(
    st.builds(
        lambda op, d, i: {"op": op, "drawing": d, "id": i, "from": i},
        st.sampled_from(["put", "remove", "clear", 1]),
        drawing_like,
        anything,
    )
    | anything
)
def test_nothing_that_a_page_sends_raises_or_is_kept_in_a_form_that_cannot_be_sent(content):
    drawings = Drawings()
    drawings.take(content)
    assert json.dumps([drawings.wire(), drawings.seen], allow_nan=False).encode()
    assert repr([*drawings, drawings])
    assert len(drawings.df) == len(drawings)


def test_how_far_each_page_was_heard_is_told_for_the_latest_pages(drawings):
    drawings.take({"op": "put", "drawing": LEVEL, "from": ["one", 1]})
    drawings.take({"op": "put", "drawing": None, "from": ["one", 2]})
    assert drawings.seen == {"one": 2}, "a refused one was heard too"
    for number in range(MAX_PAGES + 5):
        drawings.take({"op": "clear", "from": [f"page {number}", 1]})
    drawings.take({"op": "clear", "from": ["x" * 65, 1]})
    assert len(drawings.seen) == MAX_PAGES
    assert "one" not in drawings.seen


def test_callbacks_hear_of_changes_from_both_sides_and_not_of_refusals(drawings):
    heard = []

    @drawings.on_change
    def hear(those):
        heard.append(len(those))

    drawings.add("level", 1)
    drawings.take({"op": "put", "drawing": LEVEL})
    drawings.take("nonsense")
    drawings.remove("a")
    drawings.clear()
    drawings.off(hear)
    drawings.off(hear)
    drawings.add("level", 1)
    assert heard == [1, 2, 1, 0]


def test_a_callback_that_raises_is_logged_and_hurts_nothing(drawings, caplog):
    heard = []
    drawings.on_change(lambda _: 1 / 0)
    drawings.on_change(heard.append)
    with caplog.at_level(logging.ERROR):
        made = drawings.add("level", 1)
        assert drawings.take({"op": "remove", "id": made.id})
    assert heard == [drawings, drawings]
    assert "ZeroDivisionError" in caplog.text


def test_a_callback_may_change_the_drawings_and_is_not_called_for_that(drawings):
    @drawings.on_change
    def round_off(those):
        for each in those:
            those.remove(each)
            those.add(each.kind, round(each.points[0][1]))

    drawings.add("level", 1.4)
    drawings.take({"op": "put", "drawing": LEVEL | {"points": [[None, 6.6]]}})
    assert [each.points[0][1] for each in drawings] == [1, 7]


def test_threads_may_draw_and_look_at_the_same_time(drawings):
    failed = []

    def work():
        try:
            for price in range(50):
                made = drawings.add("level", price)
                assert len(drawings.wire()) <= len(drawings.df) + 8
                drawings.remove(made)
        except Exception as error:  # noqa: BLE001 - told to the test
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert (len(drawings), drawings.revision) == (0, 400)


def test_what_is_printed_is_short(drawings):
    one_of_each(drawings)
    drawings.add("level", 2)
    assert repr(drawings) == (
        "<Drawings: 2 level, 1 trend, 1 rectangle, 1 fibonacci, 1 measure, 1 note>"
    )
    assert repr(drawings[0]) == "<level 64000.0 'entry'>"
    assert repr(drawings[5]) == "<note 2026-01-05 10:00:00 1.0 'look'>"

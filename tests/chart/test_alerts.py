import json
import math
import threading
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from livefin.chart.alerts import MAX_ALERTS, Alerts
from livefin.errors import ChartError
from livefin.events import Status

S = 10**9


def rows(*prices, time=0.0):
    """One bar that has had these prices."""
    columns = {"time": time, "open": prices[0], "high": max(prices), "low": min(prices)}
    columns |= {"close": prices[-1], "volume": 1.0}
    return {name: np.array([value], dtype=float) for name, value in columns.items()}


@pytest.fixture
def alerts():
    """Alerts at a price of 100, at 2 s past 1970, in a bar of 5 s."""
    alerts = Alerts(interval=5_000, clock=lambda: 2.0)
    keeper = alerts.add(above=1e9)
    alerts.bars(rows(100), 0)
    keeper.remove()
    alerts.add(above=1e9)
    alerts.bars(rows(100), 0)
    yield alerts
    alerts.close()


def test_an_alert_fires_when_the_price_gets_there_and_is_done(alerts):
    alert = alerts.add(above=110)
    assert alert.armed
    alerts.bars(rows(100, 110), 0)
    assert alert.fired == []
    alerts.bars(rows(100, 111), 0)
    assert alert.fired == [(pd.Timestamp(2, unit="s", tz="UTC"), 111.0, "price above 110")]
    assert not alert.armed
    alerts.bars(rows(100, 90, 120), 0)
    assert alert.count == 1


def test_one_that_is_true_already_waits_until_it_has_not_been(alerts):
    alert = alerts.add(above=90)
    assert not alert.armed
    alerts.bars(rows(100, 101), 0)
    assert alert.fired == []
    alerts.bars(rows(100, 90), 0)
    assert alert.armed
    alerts.bars(rows(100, 90, 91), 0)
    assert [value for _, value, _ in alert.fired] == [91.0]


def test_not_once_it_is_armed_again_when_the_price_has_gone_back(alerts):
    alert = alerts.add(crossing=105, once=False)
    for i, price in enumerate((106, 107, 104, 108)):
        alerts.bars(rows(price, time=5_000.0 * (i + 1)), i + 1)
    assert [(value, text) for _, value, text in alert.fired] == [
        (106.0, "price crossing 105"),
        (104.0, "price crossing 105"),
        (108.0, "price crossing 105"),
    ]


def test_of_two_levels_each_says_which_it_was_and_the_first_ends_it(alerts):
    alert = alerts.add(above=110, below=90)
    assert (
        alert.text == "price above 110 or price below 90" or "above 110 or below 90" in alert.text
    )
    alerts.bars(rows(100, 89), 0)
    alerts.bars(rows(100, 111), 0)
    assert [text for _, _, text in alert.fired] == ["price below 90"]


def test_it_is_told_at_a_time_within_its_bar():
    now = [0.0]
    alerts = Alerts(interval=5_000, clock=lambda: now[0])
    found = []
    for clock in (2.0, 12.0, 1e9):  # before its bar, in it, long after: a replay
        now[0] = clock
        alert = alerts.add(above=110)
        alerts.restart(5_000)
        alerts.bars(rows(100, time=10_000), 0)
        alerts.bars(rows(100, 111, time=10_000), 0)
        found.append(alert.fired[0][0].timestamp())
        alert.remove()
    assert found == [10.0, 12.0, 15.0]


def test_when_all_were_removed_what_came_meanwhile_is_no_news(alerts):
    alerts.clear()
    alert = alerts.add(above=110)
    alerts.bars(rows(120, time=50_000), 10)
    assert alert.fired == []


def test_bars_of_another_interval_keep_alerts_armed_and_tell_nothing_twice(alerts):
    alert = alerts.add(above=110, once=False)
    alerts.bars(rows(100, 111, 100), 0)
    alerts.restart(60_000)
    alerts.bars(rows(100, 111, 100), 0)
    assert (alert.count, alert.armed) == (1, True)
    alerts.bars(rows(100, 111, 100, 112), 0)
    assert alert.count == 2


def test_a_line_is_watched_by_its_name_and_none_is_no_value(alerts):
    alert = alerts.add("rsi", above=70, once=False)
    other = alerts.add("ema", above=70)
    for value in (math.nan, 60, math.nan, 71, 75, 65, 72):
        alerts.line("rsi", value)
    assert [value for _, value, _ in alert.fired] == [71.0, 72.0]
    assert other.fired == []
    late = alerts.add("rsi", below=71)
    assert late.armed, "the newest value is known"


def test_a_status_fires_once_for_as_long_as_it_stands(alerts):
    alert = alerts.add("status", kinds=("disconnected", "gap"), once=False)
    for kind in ("disconnected", "disconnected", "malformed", "connected", "gap", "gap"):
        alerts.status(Status(kind, 7 * S, count=3, detail="so" if kind == "gap" else ""))
    alerts.status(Status("disconnected", 9 * S))
    assert [text for _, _, text in alert.fired] == [
        "disconnected",
        "gap: so",
        "gap: so",
        "disconnected",
    ]
    assert alert.fired[1][:2] == (pd.Timestamp(7, unit="s", tz="UTC"), 3.0)


def test_a_function_fires_when_it_turns_true(alerts):
    answers = [True, True, False, np.True_, True, False, True]
    alert = alerts.add(lambda df: answers.pop(0), once=False, text="so it is")
    index = pd.date_range("2026-01-01", periods=2, freq="s", tz="UTC")
    df = pd.DataFrame({"close": [1.0, 5.0]}, index=index)
    assert alerts.wants_frame
    while answers:
        alerts.frame(df)
    assert [(value, text) for _, value, text in alert.fired] == [(5.0, "so it is")] * 2
    assert not alerts.wants_frame, "not again within a quarter of a second"
    alerts.frame(pd.DataFrame())  # pops from an empty list: told, not raised
    assert alert.error == "IndexError: pop from empty list"


def test_a_functions_failure_is_told_until_it_goes_well(alerts):
    results = [pd.Series([True, False]), False]
    alert = alerts.add(lambda df: results.pop(0))
    revision = alerts.revision
    alerts.frame(pd.DataFrame())
    assert alert.error.startswith("ValueError: The truth value")
    assert alerts.revision > revision
    alerts.frame(pd.DataFrame())
    assert alert.error == ""


def test_functions_are_called_elsewhere_and_one_at_a_time(alerts):
    seen, free = [], threading.Event()

    def call(fired):
        free.wait(30)
        seen.append((threading.current_thread() is threading.main_thread(), fired))

    alert = alerts.add(crossing=105, once=False, call=call)
    alerts.bars(rows(106, time=5_000), 1)
    alerts.bars(rows(104, time=10_000), 2)
    free.set()
    alerts._calls.join()
    assert [(main, fired.value, fired.alert) for main, fired in seen] == [
        (False, 106.0, alert),
        (False, 104.0, alert),
    ]


def test_what_a_function_raises_is_kept_and_told_to_the_page(alerts):
    alert = alerts.add(above=110, call=lambda fired: 1 / 0)
    alerts.bars(rows(111, time=5_000), 1)
    alerts._calls.join()
    assert alert.error == "ZeroDivisionError: division by zero"
    assert alerts.wire()[-1]["error"] == alert.error


def test_a_function_may_remove_its_alert_and_add_others(alerts):
    def call(fired):
        fired.alert.remove()
        alerts.add(below=fired.value - 5)

    alerts.add(above=110, call=call)
    alerts.bars(rows(111, time=5_000), 1)
    alerts._calls.join()
    assert [alert.text for alert in alerts][1:] == ["price below 106"]


def test_it_holds_so_many_and_no_more(alerts):
    while len(alerts) < MAX_ALERTS:
        alerts.add(above=1)
    with pytest.raises(ChartError, match="remove some"):
        alerts.add(above=1)
    assert not alerts.take({"op": "add", "id": "x", "price": 1})
    alerts.clear()
    assert len(alerts) == 0


@pytest.mark.parametrize(
    ("what", "options", "said"),
    [
        ("price", {}, "needs above="),
        ("rsi", {}, "needs above="),
        ("price", {"above": math.nan}, "above= must be"),
        ("price", {"below": "64000"}, "below= must be"),
        ("price", {"crossing": 10**400}, "crossing= must be"),
        ("price", {"above": True}, "above= must be"),
        ("price", {"above": 1, "kinds": ["gap"]}, "kinds="),
        ("status", {"above": 1}, "levels are"),
        ("status", {"kinds": ()}, "kinds= must be"),
        ("status", {"kinds": ["rain"]}, "kinds= must be"),
        (print, {"below": 1}, "levels are"),
        (5, {}, "not 5"),
        ("price", {"above": 1, "call": "print"}, "call="),
    ],
)
def test_what_cannot_be_watched_is_refused_with_a_reason(alerts, what, options, said):
    with pytest.raises(ChartError, match=said):
        alerts.add(what, **options)


def test_numbers_of_all_kinds_are_levels(alerts):
    for level in (64_000, np.float32(0.5), np.int64(3), Decimal("0.1")):
        assert alerts.add(above=level).levels[0].at == float(level)


def test_removing_twice_is_fine_and_an_alert_is_found_by_its_id(alerts):
    alert = alerts.add(above=110)
    assert alerts[alert.id] is alert
    alert.remove()
    alert.remove()
    alerts.remove(alert.id)
    alerts.bars(rows(111, time=5_000), 1)
    assert alert.fired == []


def test_the_frame_holds_all_that_fired_and_keeps_what_was_removed(alerts):
    assert alerts.df.empty
    assert str(alerts.df.index.dtype).endswith("UTC]")
    alert = alerts.add(above=110, text="up")
    alerts.bars(rows(111, time=5_000), 1)
    alert.remove()
    df = alerts.df
    assert df.to_numpy().tolist() == [[alert.id, 111.0, "up"]]
    assert df.index.name == "time"


def test_the_wire_is_json_and_says_what_there_is(alerts):
    alerts.clear()
    alert = alerts.add("rsi", above=70, below=30, notify=False)
    alerts.add("status")
    alerts.add(lambda df: True)
    first, status, function = json.loads(json.dumps(alerts.wire(), allow_nan=False))
    assert first == {
        "id": alert.id,
        "what": "rsi",
        "above": 70.0,
        "below": 30.0,
        "crossing": None,
        "text": "rsi above 70 or below 30",
        "armed": False,
        "fired": 0,
        "last": None,
        "notify": False,
        "error": "",
    }
    assert (status["what"], status["armed"]) == ("status", True)
    assert function["what"] == "<lambda>"
    alerts.line("rsi", 50)
    alerts.line("rsi", 71)
    assert alerts.wire()[0]["last"] == {"time": 2_000.0, "value": 71.0, "text": "rsi above 70"}


def test_a_value_that_is_none_is_none_on_the_wire(alerts):
    answers = [False, True]
    alert = alerts.add(lambda df: answers.pop(0))
    alerts.frame(pd.DataFrame())
    alerts.frame(pd.DataFrame())
    assert alert.wire()["last"]["value"] is None


def test_the_revision_rises_with_what_the_page_shows_and_only_then(alerts):
    alert = alerts.add(above=90)
    steps = []
    for look in (rows(100, 101), rows(100, 89), rows(100, 88), rows(100, 88, 91)):
        before = alerts.revision
        alerts.bars(look, 0)
        steps.append(alerts.revision > before)
    assert steps == [False, True, False, True]
    before = alerts.revision
    alert.remove()
    assert alerts.revision > before


def test_a_page_adds_moves_and_removes(alerts):
    alerts.clear()
    assert alerts.take({"op": "add", "id": "x", "price": 105})
    alerts.bars(rows(100), 0)
    assert alerts["x"].armed
    alerts.bars(rows(100, 106), 0)
    assert (alerts["x"].count, alerts["x"].armed) == (1, False)
    assert alerts.take({"op": "move", "id": "x", "price": 110})
    assert (alerts["x"].text, alerts["x"].armed) == ("price crossing 110", True)
    alerts.bars(rows(100, 106, 111), 0)
    assert alerts["x"].count == 2
    assert alerts.take({"op": "remove", "id": "x"})
    assert len(alerts) == 0


def test_a_page_says_which_of_several_levels_it_moves(alerts):
    alert = alerts.add(above=110, below=90)
    assert not alerts.take({"op": "move", "id": alert.id, "price": 95})
    assert alerts.take({"op": "move", "id": alert.id, "level": "below", "price": 95})
    assert [level.at for level in alert.levels] == [110, 95]


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        "add",
        {},
        {"op": "add"},
        {"op": "add", "id": "x"},
        {"op": "add", "id": "", "price": 1},
        {"op": "add", "id": "x" * 65, "price": 1},
        {"op": "add", "id": 5, "price": 1},
        {"op": "add", "id": "x", "price": "1"},
        {"op": "add", "id": "x", "price": math.inf},
        {"op": "add", "id": "x", "price": 10**400},
        {"op": "add", "id": "x", "price": True},
        {"op": "add", "id": "there", "price": 1},
        {"op": "move", "id": "x", "price": 1},
        {"op": "move", "id": "there", "price": None},
        {"op": "move", "id": "there", "price": 1, "level": ["above"]},
        {"op": "remove", "id": "x"},
        {"op": ["add"], "id": "x", "price": 1},
        {"op": "explode", "id": "there", "price": 1},
    ],
)
def test_a_pages_nonsense_changes_nothing(alerts, content):
    alerts.take({"op": "add", "id": "there", "price": 5})
    before = (alerts.revision, alerts.wire())
    assert alerts.take(content) is False
    assert (alerts.revision, alerts.wire()) == before


def test_it_shows_itself_in_words(alerts):
    alert = alerts.add(above=110)
    assert repr(alert) == f"<Alert {alert.id}: 'price above 110', armed, 0 fired>"
    assert repr(alerts) == "<Alerts: 2, 2 armed, 0 fired>"


def test_closing_ends_the_threads_and_later_ones_start_again(alerts):
    called = []
    alerts.add(crossing=105, once=False, call=called.append)
    alerts.bars(rows(106, time=5_000), 1)
    alerts._calls.join()
    alerts.close()
    alerts.close()
    alerts.bars(rows(104, time=10_000), 2)
    alerts._calls.join()
    assert len(called) == 2

"""What the card says, figure by figure; and that text off the wire stays text."""

from collections import Counter
from types import SimpleNamespace

import msgspec
import pytest

from livefin.events import Status
from livefin.meter import Meter
from livefin.statuslog import StatusLog
from livefin.widgets.summary import as_html, summary, to_page

S = 1_000_000_000
NOON = 1_700_049_600 * S  # 2023-11-15 12:00:00 UTC
HOSTILE = "<img src=x onerror=alert(1)>"


def feed(**facts):
    """A feed that stands still."""
    there = {
        "name": "paper",
        "state": "live",
        "symbols": ["BTC-USDT"],
        "queued": 0,
        "dropped": 0,
        "meter": Meter(),
        "status": StatusLog(),
        "filling": 0,
        "checksums": {"matched": 0, "failed": 0},
    }
    return SimpleNamespace(**there | facts)


def figures(said):
    return {figure.label: figure.text for figure in said.figures}


def alerts(said):
    return {figure.label for figure in said.figures if figure.alert}


def test_a_feed_that_has_just_been_opened():
    said = summary(feed(state="connecting"), NOON)
    assert (said.name, said.title, said.state) == ("paper", "Embedded exchange", "connecting")
    assert figures(said) == {
        "rate": "0.0/s",
        "lag": "unknown",
        "queue": "0",
        "dropped": "0",
        "gaps": "0",
        "reconnects": "0",
        "events": "0",
    }
    assert (alerts(said), said.note, said.final) == (set(), "nothing to report yet", False)


def test_figures_come_from_the_meter_the_log_and_the_queue():
    busy = feed(queued=1_234, dropped=5)
    for second in range(6):
        busy.meter.note(2_500, NOON + second * S, 12_400_000)
    for _ in range(3):
        busy.status.append(Status("connected", NOON))
    busy.status.append(Status("gap", NOON, "BTC-USDT", "trades", count=41))
    said = summary(busy, NOON + 5 * S)
    assert figures(said) == {
        "rate": "2,500/s",
        "lag": "12 ms",
        "queue": "1,234",
        "dropped": "5",
        "gaps": "1",
        "reconnects": "2",
        "events": "15,000",
    }
    assert alerts(said) == {"dropped", "gaps"}
    assert Counter(said.figures)[next(f for f in said.figures if "41 messages" in f.hint)] == 1


@pytest.mark.parametrize(("state", "alert"), [("live", {"lag"}), ("finished", set())])
def test_lateness_alerts_only_while_live(state, alert):
    late = feed(state=state)
    late.meter.note(1, NOON, 20 * S)
    said = summary(late, NOON)
    assert figures(said)["lag"] == "20 s"
    assert alerts(said) == alert


@pytest.mark.parametrize(
    ("state", "final"),
    [("live", False), ("stale", False), ("finished", True), ("closed", True)],
)
def test_it_says_when_nothing_more_will_come(state, final):
    assert summary(feed(state=state), NOON).final is final


def test_many_symbols_are_counted_and_long_ones_cut():
    many = summary(feed(symbols=[f"S{n}" for n in range(1_006)]), NOON)
    assert many.symbols == "S0, S1, S2, S3, S4, S5 +1,000"
    assert len(summary(feed(symbols=["X" * 10_000]), NOON).symbols) == 40
    assert summary(feed(symbols=[]), NOON).symbols == "no symbols yet"


def test_the_note_is_the_last_status_with_its_time():
    quiet = feed()
    quiet.status.append(Status("connected", NOON, detail="first"))
    quiet.status.append(Status("gap", NOON - S, "BTC-USDT", "trades"))
    assert summary(quiet, NOON).note == "11:59:59 UTC gap BTC-USDT trades"
    quiet.status.append(Status("error", NOON, detail="two\nlines  and " + "more " * 200))
    assert summary(quiet, NOON).note.startswith("12:00:00 UTC two lines and more")
    assert len(summary(quiet, NOON).note) == 240


@pytest.mark.parametrize(("kind", "trouble"), [("rejected", True), ("connected", False)])
def test_bad_news_is_marked(kind, trouble):
    heard = feed()
    assert not summary(heard, NOON).trouble
    heard.status.append(Status(kind, NOON))
    assert summary(heard, NOON).trouble is trouble


@pytest.mark.parametrize("ts", [0, 10**17, 2**63 - 1, -(2**62)])
def test_a_status_of_another_day_names_it(ts):
    old = feed()
    old.status.append(Status("gap", ts, detail="old"))
    note = summary(old, NOON).note
    assert note.endswith("UTC old")
    assert len(note.split()[0].split("-")) == 3


def test_a_time_no_calendar_has_is_no_error():
    far = feed()
    far.status.append(Status("gap", 10**30, detail="far"))
    assert summary(far, NOON).note == "? far"


def test_the_beat_goes_on_until_the_feed_is_closed():
    assert summary(feed(), NOON + 2 * S).beat == summary(feed(), NOON).beat + 1
    closed = feed(state="closed")
    closed.meter.note(100, NOON - S, 1_000_000)
    assert summary(closed, NOON + 9 * S) == summary(closed, NOON)


def test_html_escapes_all_that_came_off_the_wire():
    hostile = feed(name=HOSTILE, symbols=[HOSTILE])
    hostile.status.append(Status("rejected", NOON, HOSTILE, detail=f"{HOSTILE} 'quoted\""))
    text = as_html(summary(hostile, NOON), at=NOON)
    assert "<img" not in text
    assert text.count("&lt;img src=x onerror=alert(1)&gt;") == 3
    assert "&#x27;quoted&quot;" in text
    assert "as of 12:00:00 UTC" in text


def test_the_page_gets_plain_json():
    said = to_page(summary(feed(), NOON))
    assert msgspec.json.decode(msgspec.json.encode(said)) == said
    assert set(said["figures"][0]) == {"label", "text", "alert", "hint"}


def test_what_is_not_always_there_is_shown_when_there_is_something_to_say():
    busy = feed(filling=2, checksums={"matched": 1_200, "failed": 1})
    busy.meter.note(1, NOON, -1_270_000_000)
    said = summary(busy, NOON)
    shown = figures(said)
    assert shown["clock"] == "1.3 s behind"
    assert shown["lag"] == "0.0 ms"
    assert shown["history"] == "fetching 2"
    assert shown["checksums"] == "1,200 good, 1 bad"
    assert {"clock", "checksums"} <= alerts(said)
    later = feed()
    later.status.append(Status("filled", NOON, "BTC-USDT", "trades", count=41))
    assert figures(summary(later, NOON))["history"] == "41"

"""Some hundred faults on every run of the tests; and that the checker sees what is planted."""

import itertools

import pytest
import sockets
from scenes import SCENES, called, programme

from livefin.book import OrderBook
from livefin.events import BookDelta, Trade
from livefin.session import Session
from livefin.store import Store

SHORT = {"seconds": 20.0, "spacing": 0.3}
FAULTS = 10
"""At the least, in one short run; an outage takes its time."""


def told(verdict):
    return {kind: complaints[:3] for kind, complaints in verdict.complaints.items()}


@pytest.mark.parametrize("climate", ["mixed", "frames", "outages", "handovers", "clocks"])
def test_the_embedded_exchange_in_every_weather(climate):
    outcome = called("paper").play(7, climate, **SHORT)
    assert outcome.verdict.good, told(outcome.verdict)
    assert sum(outcome.faults.values()) >= FAULTS
    assert outcome.verdict.counts["events in frames"] > 100


@pytest.mark.parametrize("scene", [scene for scene in SCENES if scene.path], ids=lambda s: s.name)
def test_a_capture_in_bad_weather(scene, captures):
    assert (captures / scene.path).is_file()
    outcome = scene.play(3, "mixed", **SHORT)
    assert outcome.verdict.good, told(outcome.verdict)
    assert sum(outcome.faults.values()) > 0


FAIR = {"seconds": 10.0, "spacing": 1e9}


@pytest.mark.parametrize("scene", SCENES, ids=lambda s: s.name)
def test_in_fair_weather_nothing_is_missing_and_nothing_is_said(scene, captures):
    """What else a storm brings up is the storm's."""
    outcome = scene.play(3, "mixed", **FAIR)
    assert outcome.verdict.good, told(outcome.verdict)
    counts = outcome.verdict.counts
    assert not [name for name in counts if name.startswith(("missing, rep", "undetectable"))]
    harm = ["gap", "resync", "disconnected", "malformed", "filled", "late", "dropped", "crossed"]
    assert not [kind for kind in harm if counts[f"status {kind}"]]


def test_real_sockets_in_bad_weather():
    verdict, faults = sockets.run(2, 40, feeds=2)
    assert verdict.good, told(verdict)
    assert sum(faults.values()) == 40
    assert verdict.counts["book states judged"] > 100


def test_the_same_seed_gives_the_same_faults_and_events():
    first, second = (called("paper").play(5, "mixed", **SHORT) for _ in range(2))
    assert first.faults == second.faults
    assert first.verdict.counts == second.verdict.counts


def test_a_programme_plays_every_scene_and_is_told_by_its_seed():
    def some(seed):
        return [(s.name, own, climate) for s, own, climate in itertools.islice(programme(seed), 60)]

    assert some(1) == some(1) != some(2)
    assert {name for name, *_ in some(1)} == {scene.name for scene in SCENES if scene.here}


# A checker that cannot fail is none


def spoilt(kind, verb, spoil):
    """A `verb` of `kind` whose 60th trade becomes what `spoil` makes of it."""
    plain, count = getattr(kind, verb), itertools.count(1)

    def spoiling(events):
        for event in events:
            sixtieth = isinstance(event, Trade) and next(count) == 60
            yield from spoil(event) if sixtieth else [event]

    if kind is Store:
        return lambda self, events: plain(self, list(spoiling(events)))
    return lambda self, *given: list(spoiling(plain(self, *given)))


def lose(event):
    return []


def double(event):
    return [event, event]


@pytest.mark.parametrize(("spoil", "lost", "doubled"), [(lose, 1, 0), (double, 0, 1)])
def test_what_is_lost_or_doubled_on_the_way_is_seen(monkeypatch, spoil, lost, doubled):
    monkeypatch.setattr(Session, "receive", spoilt(Session, "receive", spoil))
    verdict = called("paper").play(7, "frames", **SHORT).verdict
    assert (verdict.lost, verdict.doubled) == (lost, doubled)
    assert not verdict.good


@pytest.mark.parametrize("spoil", [lose, double])
def test_a_frame_that_is_not_what_came_is_seen(monkeypatch, spoil):
    monkeypatch.setattr(Store, "write", spoilt(Store, "write", spoil))
    verdict = called("paper").play(7, "frames", **SHORT).verdict
    assert verdict.other > 0
    assert not verdict.good


def test_a_planted_wrong_book_is_seen(monkeypatch):
    apply, count = OrderBook.apply, itertools.count(1)

    def applied(self, change):
        if not (isinstance(change, BookDelta) and next(count) == 60):
            apply(self, change)

    monkeypatch.setattr(OrderBook, "apply", applied)
    verdict = called("paper").play(7, "frames", **SHORT).verdict
    assert verdict.books_wrong > 0
    assert not verdict.good

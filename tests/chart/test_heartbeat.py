"""A page tells a quiet market from a lost connection, and neither from a busy cell or a sleep."""

import pytest
from inview import drawn

from livefin.chart.heartbeat import BEAT, Heartbeat

PLAY = """({Pulse}, steps) => {
  const kernel = {status: "idle", connectionStatus: "connected", connectionStatusChanged: {
    connect: (hear) => (kernel.hear = hear),
    disconnect: (hear) => (kernel.hear = kernel.hear === hear ? null : kernel.hear),
  }};
  let changes = 0;
  const pulse = new Pulse({kernel}, () => (changes += 1), 0);
  const seen = steps.map(([what, value]) => {
    if (what === "heard") pulse.heard(value);
    else if (what === "look") pulse.look(value);
    else Object.assign(kernel, {[what]: value});
    if (what === "connectionStatus") kernel.hear();
    return pulse.lost;
  });
  pulse.close();
  return [seen, changes, kernel.hear];
}"""
CHIP = "({view: {toolbar: {chip}}}) => [chip.textContent, chip.style.getPropertyValue('--tone')]"


def looks(start, end, every=1_000):
    return [("look", at) for at in range(start, end + 1, every)]


@pytest.fixture
def play(modules):
    pulse = modules("pulse")

    def play(*steps):
        seen, changes, hear = pulse.evaluate(PLAY, steps)
        assert hear is None, "closed, it listens no more"
        assert changes == sum(a != b for a, b in zip([False, *seen], seen, strict=False))
        return seen

    return play


class TestPage:
    def test_long_silence_of_an_idle_kernel_is_a_lost_connection(self, play):
        seen = play(("heard", 0), *looks(1_000, 20_000), ("heard", 20_500), *looks(21_000, 30_000))
        assert seen.index(True) == 16
        assert not any(seen[21:]), "it is live again by itself"

    def test_beats_busy_cells_and_sleep_are_no_lost_connection(self, play):
        beats = [step for at in range(0, 60_000, 2_000) for step in (("heard", at), ("look", at))]
        busy = [("status", "busy"), *looks(60_000, 160_000), ("status", "idle"), ("look", 161_000)]
        slept = [("look", 9_000_000), ("look", 9_001_000)]
        assert not any(play(*beats, *busy, *slept))
        assert not any(play(*looks(0, 100_000))), "nothing has come yet"

    def test_a_cut_shows_at_once_and_until_something_is_heard_or_known(self, play):
        cut, again = ("connectionStatus", "connecting"), ("connectionStatus", "connected")
        assert play(("heard", 0), cut, ("look", 1_000), again, cut, ("heard", 2_000)) == [
            *(False, True, True, False, True, False)
        ]

    def test_where_nobody_tells_of_the_kernel_silence_is_longer(self, play):
        seen = play(
            ("status", None), ("connectionStatus", None), ("heard", 0), *looks(1_000, 70_000)
        )
        assert 55 < seen.index(True) < 70


def test_a_chart_that_has_nothing_to_say_sends_a_beat_in_between(wire):
    line = wire()
    line.paint()
    now = [0.0]
    line.chart._heart = Heartbeat(clock=lambda: now[0])
    for now[0] in (0.0, 1.0, 1.9):
        assert line.paint() == (None, True)
    now[0] = 2.0
    assert line.paint() == ((BEAT, []), True)
    assert line.paint() == (None, True)
    line.chart.set(kind="line")
    now[0] = 3.0
    assert "settings" in line.paint()[0][0]
    now[0] = 4.5
    assert line.paint() == (None, True), "the message before was one"


def test_the_chip_says_since_when(stage):
    shown = drawn(stage(tz="Asia/Tokyo"))
    shown.evaluate(
        """({page: {pulse}}) => {
          pulse.manager = {kernel: {status: "idle", connectionStatus: "disconnected"}};
          pulse.last = Date.UTC(2026, 0, 5, 5, 3, 22);
          pulse.look();
        }"""
    )
    shown.tab.frames(2)
    assert shown.evaluate(CHIP) == ["no connection · last 14:03:22", "var(--warn)"]
    shown.evaluate(
        "({page: {pulse: {manager: {kernel}}}}) => (kernel.connectionStatus = 'connected')"
    )
    shown.chart._heart.every = 0.0
    assert shown.paint() == (BEAT, [])
    assert shown.evaluate(CHIP) == ["live", "var(--good)"]

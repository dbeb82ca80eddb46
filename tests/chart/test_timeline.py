"""Where times are drawn: gaps closed, nothing held moves, and back again."""
# ruff: noqa: E501 - scripts for the page, and rows of a table, read best on one line

import pytest

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
MONDAY = 1_764_547_200_000  # 2025-12-01 00:00 UTC

DRAWN = """({Timeline}, options, times, at) => {
  const line = new Timeline(options);
  line.rebuild(Float64Array.from(times), 0, times.length);
  return at.map((t) => line.u(t) - line.u(times[0]));
}"""
BREAKS = """({Timeline}, options, times, t0, t1) => {
  const line = new Timeline(options);
  line.rebuild(Float64Array.from(times), 0, times.length);
  return line.breaks(t0 ?? times[0], t1 ?? times.at(-1));
}"""

# Bars of which many are missing, from a seed, so that a failure can be seen again.
RANDOM = """
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const bars = (n, interval, gaps) => {
    const times = new Float64Array(n).fill(1.7e12);
    for (let i = 1; i < n; i++) {
      const missing = random() < 0.05 ? Math.floor(random() * Math.max(5, 4e6 / interval)) : 0;
      times[i] = times[i - 1] + (gaps === "ordinal" ? 1 + Math.floor(random() * 5 * interval) : interval * (1 + missing));
    }
    return times;
  };
"""
KINDS = [
    (gaps, interval)
    for gaps in ("closed", "true", "ordinal")
    for interval in (250, 1_000, MINUTE, HOUR, DAY)
]


@pytest.fixture
def timeline(modules):
    return modules("timeline")


def minutes(*counts_and_gaps):
    """Opening times of minute bars: so many, then a gap of so many minutes, and so on."""
    times, at = [], MONDAY
    for count, gap in counts_and_gaps:
        times += [at + i * MINUTE for i in range(count)]
        at = times[-1] + gap * MINUTE
    return times


def test_a_night_is_closed_and_the_next_bar_follows_directly(timeline):
    times = minutes((5, 600), (5, 0))
    drawn = timeline.evaluate(DRAWN, {"interval": MINUTE}, times, times)
    assert drawn == [i * MINUTE for i in range(10)]
    assert timeline.evaluate(BREAKS, {"interval": MINUTE}, times) == [
        {"from": times[4] + MINUTE, "to": times[5]}
    ]


@pytest.mark.parametrize(("missing", "closed"), [(29, False), (30, True)])
def test_a_gap_is_closed_from_half_an_hour_missing(timeline, missing, closed):
    times = minutes((3, missing + 1), (3, 0))
    assert bool(timeline.evaluate(BREAKS, {"interval": MINUTE}, times)) is closed


@pytest.mark.parametrize(
    ("interval", "days", "closed"),
    [
        (DAY, [0, 1, 4, 5], 1),  # a weekend
        (DAY, [0, 1, 1 + 25 / 24, 2 + 25 / 24], 0),  # clocks go back
        (7 * DAY, [0, 7, 14, 21], 0),
        (30 * DAY, [0, 31, 59, 90, 120], 0),  # months differ
        (30 * DAY, [0, 31, 90, 120], 0),  # 28 days and a bit missing: not a whole bar
        (30 * DAY, [0, 31, 92, 122], 1),
        (HOUR, [0, 1 / 24, 3 / 24], 1),
    ],
)
def test_long_bars_are_closed_up_by_whole_bars(timeline, interval, days, closed):
    times = [MONDAY + day * DAY for day in days]
    assert len(timeline.evaluate(BREAKS, {"interval": interval}, times)) == closed


def test_true_time_closes_nothing(timeline):
    times = minutes((5, 600), (5, 0))
    options = {"interval": MINUTE, "gaps": "true"}
    assert timeline.evaluate(DRAWN, options, times, times) == [t - times[0] for t in times]
    assert timeline.evaluate(BREAKS, options, times) == []


def test_every_brick_is_as_wide_as_any_other(timeline):
    times = [MONDAY, MONDAY + 10, MONDAY + 5_000, MONDAY + DAY]
    at = [MONDAY - 7, *times, MONDAY + 5, MONDAY + DAY + 9]
    drawn = timeline.evaluate(DRAWN, {"interval": 1_000, "gaps": "ordinal"}, times, at)
    assert drawn == [-7, 0, 1_000, 2_000, 3_000, 500, 3_009]


def test_breaks_are_those_in_view(timeline):
    times = minutes((5, 100), (5, 100), (5, 100), (5, 0))
    first, second, third = timeline.evaluate(BREAKS, {"interval": MINUTE}, times)

    def seen(t0, t1):
        return timeline.evaluate(BREAKS, {"interval": MINUTE}, times, t0, t1)

    assert seen(first["to"], third["from"]) == [second]
    assert seen(first["to"] - 1, third["from"] + 1) == [first, second, third]
    assert seen(second["from"] + 5, second["from"] + 6) == [second]
    assert seen(third["to"], third["to"] + DAY) == []


def test_a_point_in_a_closed_gap_is_the_gaps_end(timeline):
    times = minutes((5, 600), (5, 0))
    script = """({Timeline}, times) => {
      const line = new Timeline({ interval: 60_000 });
      line.rebuild(Float64Array.from(times), 0, times.length);
      return [0, 1, 1e6, 3e7].map((ms) => line.t(line.u(times[4] + 60_000 + ms)) - times[5]);
    }"""
    assert timeline.evaluate(script, times) == [0, 0, 0, 0]


def test_without_rows_time_is_as_it_is(timeline):
    script = """({Timeline}) => ["closed", "true", "ordinal"].map((gaps) => {
      const line = new Timeline({ interval: 1000, gaps });
      line.rebuild(new Float64Array(0), 0, 0);
      line.extend(new Float64Array(0), 0, 0, 0);
      return [line.u(5), line.t(5), line.us([5])[0], line.breaks(0, 10).length];
    })"""
    assert timeline.evaluate(script) == [[5, 5, 5, 0]] * 3


def test_drawn_time_ascends_and_leads_back(timeline):
    script = (
        "({Timeline}, kinds) => kinds.flatMap(([gaps, interval]) => {"
        + RANDOM
        + """
      const times = bars(2000, interval, gaps);
      const line = new Timeline({ interval, gaps });
      line.rebuild(times, 0, times.length);
      const wrong = [];
      const reach = times[1999] - times[0] + 40 * interval;
      const at = Float64Array.from({ length: 4000 }, () => times[0] - 20 * interval + random() * reach).sort();
      const drawn = line.us(at);
      const closed = line.breaks(at[0], at[3999] + interval);
      for (let i = 0; i < at.length; i++) {
        if (drawn[i] !== line.u(at[i])) wrong.push(["us", i]);
        if (drawn[i] < drawn[i - 1]) wrong.push(["descends", i]);
        // The gap's place on the axis is the last thousandth of the bar before it.
        const shut = closed.find(({ from, to }) => at[i] > from - interval / 1000 && at[i] < to);
        if (Math.abs(line.t(drawn[i]) - (shut?.to ?? at[i])) > 1 + (shut ? interval / 500 : 0) && !(shut && at[i] < shut.from)) wrong.push(["back", i]);
      }
      for (let i = 1; i < 2000; i++) {
        if (!(line.u(times[i]) > line.u(times[i - 1]))) wrong.push(["bars", i]);
        if (Math.abs(line.t(line.u(times[i])) - times[i]) > 0.01) wrong.push(["bar", i]);
      }
      return wrong.slice(0, 5).map((what) => [gaps, interval, what]);
    })"""
    )
    assert timeline.evaluate(script, KINDS) == []


def test_rows_come_and_go_and_those_held_stay_where_they_are(timeline):
    script = (
        "({Timeline}, kinds) => kinds.flatMap(([gaps, interval]) => {"
        + RANDOM
        + """
      const times = bars(3000, interval, gaps);
      const line = new Timeline({ interval, gaps });
      let [start, end] = [1000, 1500];
      line.rebuild(times, start, end);
      const wrong = [];
      while (end < 3000) {
        const [oldest, before] = [start, line.us(times.slice(start, end))];
        const from = end - Math.floor(random() * 3); // the newest rows are often written again
        end = Math.min(3000, end + Math.floor(random() * 40));
        start = Math.min(end - 300, start + Math.floor(random() * 60));
        start = Math.max(start, oldest);
        // A page moves its rows to a new array when the old one is full: indexes change, times do not.
        const moved = times.slice(start, end);
        line.extend(moved, 0, end - start, from - start);
        const fresh = new Timeline({ interval, gaps });
        fresh.rebuild(times, start, end);
        const apart = line.u(times[start]) - fresh.u(times[start]);
        for (let i = start; i < end; i++) {
          const kept = before[i - oldest];
          if (kept !== undefined && Math.abs(line.u(times[i]) - kept) > 0.001) wrong.push(["moved", i]);
          if (Math.abs(line.u(times[i]) - fresh.u(times[i]) - apart) > 0.001) wrong.push(["not as rebuilt", i]);
        }
        if (JSON.stringify(line.breaks(times[start], times[end - 1])) !== JSON.stringify(fresh.breaks(times[start], times[end - 1]))) wrong.push("breaks");
      }
      const before = line.us(times.slice(start, end));
      line.rebuild(times, 0, end); // older rows in front
      for (let i = start; i < end; i++) if (Math.abs(line.u(times[i]) - before[i - start]) > 0.001) wrong.push(["in front", i]);
      line.rebuild(times, 0, 0);
      line.rebuild(times, start, end); // nothing for a moment
      for (let i = start; i < end; i++) if (Math.abs(line.u(times[i]) - before[i - start]) > 0.001) wrong.push(["back again", i]);
      return wrong.slice(0, 5).map((what) => [gaps, interval, what]);
    })"""
    )
    assert timeline.evaluate(script, KINDS) == []


def test_a_changed_opening_time_opens_and_closes_the_gap_before_it(timeline):
    times = minutes((5, 600), (3, 0))
    script = """({Timeline}, times) => {
      const line = new Timeline({ interval: 60_000 });
      const rows = Float64Array.from(times);
      line.rebuild(rows, 0, 6);
      const seen = [line.breaks(0, Infinity).length];
      rows[5] = times[4] + 60_000;
      line.extend(rows, 0, 6, 5);
      seen.push(line.breaks(0, Infinity).length, line.u(times[4] + 120_000) - line.u(times[4]));
      rows[5] = times[5];
      line.extend(rows, 0, 8, 5);
      return [...seen, line.breaks(0, Infinity).length];
    }"""
    assert timeline.evaluate(script, times) == [1, 0, 120_000, 1]


def test_rows_filled_in_between_leave_the_newest_where_it_is(timeline):
    script = """({Timeline}) => {
      const line = new Timeline({ interval: 60_000 });
      const some = Float64Array.from([0, 1, 2, 500, 501, 502], (m) => m * 60_000);
      line.rebuild(some, 0, 6);
      const place = line.u(some[5]);
      const all = Float64Array.from({ length: 600 }, (_, m) => m * 60_000);
      line.extend(all, 0, 600, 0);
      return [line.u(some[5]) - place, line.breaks(0, Infinity).length];
    }"""
    assert timeline.evaluate(script) == [0, 0]


def test_values_may_come_in_any_order_and_nan_stays(timeline):
    script = (
        "({Timeline}) => {"
        + RANDOM
        + """
      return ["closed", "true", "ordinal"].map((gaps) => {
        const times = bars(2000, 1000, gaps);
        const line = new Timeline({ interval: 1000, gaps });
        line.rebuild(times, 0, 2000);
        const at = Float64Array.from({ length: 3000 }, () => (random() < 0.1 ? NaN : times[0] + random() * (times[1999] - times[0])));
        return line.us(at).every((u, i) => Object.is(u, line.u(at[i])) && Number.isNaN(u) === Number.isNaN(at[i]));
      });
    }"""
    )
    assert timeline.evaluate(script) == [True, True, True]

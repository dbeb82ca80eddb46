"""Times as text in a zone, and the ticks of a time axis."""
# ruff: noqa: E501 - scripts for the page, and rows of a table, read best on one line

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
NEW_YORK, LORD_HOWE = "America/New_York", "Australia/Lord_Howe"

TICKS = """({Clock, Timeline}, zone, options, times, view, width, most) => {
  const line = new Timeline(options);
  line.rebuild(Float64Array.from(times), 0, times.length);
  const ticks = new Clock(zone).ticks(line, view, width, most);
  const all = line.u(view[1]) - line.u(view[0]);
  return ticks.map((tick) => ({ ...tick, x: ((line.u(tick.time) - line.u(view[0])) / all) * width }));
}"""


@pytest.fixture
def clock(modules):
    return modules("clock", "timeline")


def ms(text, zone="UTC", fold=0):
    """Milliseconds of a wall time in that zone."""
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return round(moment.timestamp() * 1000)


def call(clock, zone, method, *args):
    script = "({Clock}, zone, method, args) => new Clock(zone)[method](...args)"
    return clock.evaluate(script, zone, method, list(args))


def ticks(clock, zone, start, end, *, width=1000, most=20, times=(), **options):
    """Ticks from one wall time to another, in true time unless there are bars."""
    options = {"interval": MINUTE, "gaps": "closed" if times else "true"} | options
    view = [at if isinstance(at, int) else ms(at, zone) for at in (start, end)]
    return clock.evaluate(TICKS, zone, options, list(times), view, width, most)


def texts(found):
    """What the ticks say, a star for those that stand out."""
    return [f"{'*' if tick['major'] else ''}{tick['text']}" for tick in found]


def sessions(first, days, interval, zone=NEW_YORK):
    """Opening times of bars from 09:30 to 16:00 on weekdays."""
    times, day = [], datetime.fromisoformat(first).replace(tzinfo=ZoneInfo(zone))
    for _ in range(days):
        opened = round((day + timedelta(hours=9, minutes=30)).timestamp() * 1000)
        if day.weekday() < 5:
            times += range(opened, opened + 13 * HOUR // 2, interval)
        day += timedelta(days=1)
    return times


# Text


def test_the_crosshair_says_as_much_as_the_interval_needs(clock):
    table = [
        (250, "Wed 25 Nov 14:03:05.250"),
        (SECOND, "Wed 25 Nov 14:03:05"),
        (MINUTE, "Wed 25 Nov 14:03"),
        (DAY, "Wed 25 Nov 2026"),
        (30 * DAY, "Wed 25 Nov 2026"),
    ]
    moment = ms("2026-11-25 14:03:05", NEW_YORK) + 250
    for interval, shown in table:
        assert call(clock, NEW_YORK, "at", moment, interval) == shown


def test_a_day_is_the_zones(clock):
    table = [
        ("UTC", "2026-11-25 23:30", "25 Nov 2026"),
        ("Asia/Kolkata", "2026-11-25 23:30", "26 Nov 2026"),
        (NEW_YORK, "2027-01-01 04:59", "31 Dec 2026"),
        ("Pacific/Kiritimati", "2026-12-31 10:00", "1 Jan 2027"),
    ]
    for zone, moment, shown in table:
        assert call(clock, zone, "day", ms(moment)) == shown


def test_a_countdown_is_short(clock):
    table = [
        (7_000, "0:07"),
        (6_001, "0:07"),
        (725 * SECOND, "12:05"),
        (3 * HOUR + 245 * SECOND, "3:04:05"),
        (HOUR - 1, "1:00:00"),
        (2 * DAY + 4 * HOUR + 59 * MINUTE, "2 d 04 h"),
        (0, "0:00"),
        (-5_000, "0:00"),
        (None, ""),
    ]
    for left, shown in table:
        assert call(clock, "UTC", "left", left) == shown


def test_a_zone_has_a_name_and_an_unknown_one_is_utc(clock):
    table = [
        ("UTC", "UTC", False),
        ("Etc/UTC", "UTC", False),
        (NEW_YORK, "New York", False),
        ("America/Argentina/Buenos_Aires", "Buenos Aires", False),
        ("local", "UTC", False),  # the tests' browser lives in UTC
        ("Mars/Olympus", "UTC", True),
        ("", "UTC", True),
        (None, "UTC", True),
    ]
    script = "({Clock}, zone) => { const c = new Clock(zone); return [c.label, c.error, c.day(43_200_000)]; }"
    for zone, label, error in table:
        shown, message, day = clock.evaluate(script, zone)
        assert (shown, message is not None, day) == (label, error, "1 Jan 1970")
        assert not zone or not error or zone in message


def test_local_is_the_browsers_zone(browser):
    from headless import Modules  # noqa: PLC0415 - needs playwright

    tab = browser.tab(timezone_id="Asia/Kolkata")
    script = '({Clock}) => { const c = new Clock("local"); return [c.label, c.at(0, 60_000)]; }'
    label, at = Modules(tab, "clock").evaluate(script)
    assert browser.clear() == []
    assert (label.replace("Calcutta", "Kolkata"), at) == ("Kolkata", "Thu 1 Jan 05:30")


@pytest.mark.parametrize(
    "zone",
    [
        NEW_YORK,
        "Europe/London",
        "Asia/Kolkata",
        LORD_HOWE,
        "America/Sao_Paulo",
        "Africa/Casablanca",
    ],
)
def test_wall_times_are_those_of_the_zone_database(clock, zone):
    start = ms("2015-01-01 00:00")
    moments = [start + n * (7 * HOUR + 613 * SECOND) for n in range(14_000)]  # eleven years
    for year in range(2015, 2026):  # and every minute or so around the changes
        for month, day in ((3, 8), (3, 29), (4, 5), (10, 4), (10, 25), (11, 1)):
            moments += [
                ms(f"{year}-{month:02}-{day:02} 00:00") + n * 7 * MINUTE for n in range(200)
            ]
    script = "({Clock}, zone, moments) => { const c = new Clock(zone); return moments.map((m) => c.at(m, 1000)); }"
    shown = clock.evaluate(script, zone, moments)
    told = [datetime.fromtimestamp(m / 1000, ZoneInfo(zone)) for m in moments]
    assert shown == [f"{t:%a} {t.day} {t:%b %H:%M:%S}" for t in told]


# Ticks


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (
            "2026-11-25 20:30",
            "2026-11-26 02:00",
            "20:30 21:00 21:30 22:00 22:30 23:00 23:30 *26-Nov 00:30 01:00 01:30 02:00",
        ),
        ("2026-11-25 20:00", "2026-11-27 02:00", "21:00 *26-Nov 03:00 06:00 09:00 12:00 15:00 18:00 21:00 *27-Nov"),
        ("2026-12-31 14:00", "2027-01-01 09:00", "14:00 16:00 18:00 20:00 22:00 *1-Jan-2027 02:00 04:00 06:00 08:00"),
        ("2026-11-29 12:00", "2026-12-04 00:00", "12:00 *30-Nov 12:00 *1-Dec 12:00 *2-Dec 12:00 *3-Dec 12:00 *4-Dec"),
        ("2026-11-20 08:00", "2026-12-05 08:00", "23-Nov 25-Nov 27-Nov 29-Nov *Dec 3-Dec 5-Dec"),
        ("2026-08-20 08:00", "2027-05-05 08:00", "Sep Oct Nov Dec *2027 Feb Mar Apr May"),
        ("2026-01-20 08:00", "2027-12-05 08:00", "Apr Jul Oct *2027 Apr Jul Oct"),
        ("1992-01-20 08:00", "2027-12-05 08:00", "1995 2000 2005 2010 2015 2020 2025"),
    ],
)  # fmt: skip
def test_ticks_stand_at_round_times_and_new_days_stand_out(clock, start, end, shown):
    assert texts(ticks(clock, "UTC", start, end)) == [
        text.replace("-", " ") for text in shown.split()
    ]


def test_ticks_go_down_to_the_millisecond(clock):
    noon = ms("2026-11-25 12:00")
    assert texts(ticks(clock, "UTC", noon - 4, noon + 6)) == [
        *(f"11:59:59.{n}" for n in range(996, 1000)),
        *(f"12:00:00.00{n}" for n in range(7)),
    ]
    assert texts(ticks(clock, "UTC", noon - 3_000, noon + 2_000, width=500)) == [
        *(f"11:59:{s}" for s in (57, 58, 59)),
        *(f"12:00:0{s}" for s in (0, 1, 2)),
    ]


def test_half_hour_zones_have_their_own_round_times(clock):
    found = ticks(clock, "Asia/Kolkata", "2026-11-25 21:10", "2026-11-26 02:50", width=600)
    assert texts(found) == ["22:00", "23:00", "*26 Nov", "01:00", "02:00"]
    assert found[0]["time"] == ms("2026-11-25 16:30")


@pytest.mark.parametrize(
    ("zone", "start", "end", "shown"),
    [
        # Forward: 02:00 is not there. Back: 01:00 to 02:00 is there twice.
        (NEW_YORK, "2026-03-08 00:00", "2026-03-08 06:00", "*8-Mar 01:00 03:00 04:00 05:00 06:00"),
        (NEW_YORK, "2026-11-01 00:00", "2026-11-01 05:00", "*1-Nov 01:00 01:00 02:00 03:00 04:00 05:00"),
        (NEW_YORK, "2026-03-07 18:00", "2026-03-09 12:00", "18:00 *8-Mar 12:00 18:00 *9-Mar 06:00 12:00"),
        (NEW_YORK, "2026-10-31 18:00", "2026-11-02 12:00", "18:00 *1-Nov 06:00 12:00 18:00 *2-Nov 06:00 12:00"),
        # By half an hour.
        (LORD_HOWE, "2026-04-05 00:00", "2026-04-05 05:00", "*5-Apr 01:00 02:00 03:00 04:00 05:00"),
        (LORD_HOWE, "2026-10-04 00:00", "2026-10-04 05:00", "*4-Oct 01:00 03:00 04:00 05:00"),
        # Midnight is not there; the day begins at 01:00.
        ("America/Sao_Paulo", "2018-11-03 18:00", "2018-11-04 13:00", "18:00 21:00 *4-Nov 06:00 09:00 12:00"),
    ],
)  # fmt: skip
def test_ticks_are_right_where_the_clocks_change(clock, zone, start, end, shown):
    found = ticks(clock, zone, start, end, width=640)
    assert texts(found) == [text.replace("-", " ") for text in shown.split()]


def test_the_hour_that_comes_twice_has_its_ticks_twice(clock):
    start, end = ms("2026-11-01 01:00", NEW_YORK), ms("2026-11-01 02:00", NEW_YORK)
    found = ticks(clock, NEW_YORK, start, end, width=800)
    assert texts(found) == ["01:00", "01:15", "01:30", "01:45"] * 2 + ["02:00"]
    assert {b["time"] - a["time"] for a, b in pairwise(found)} == {15 * MINUTE}


def test_days_across_a_change_begin_at_midnight(clock):
    found = ticks(clock, NEW_YORK, "2026-03-05 00:00", "2026-03-12 00:00")
    assert [tick["time"] for tick in found] == [
        ms(f"2026-03-{day:02} 00:00", NEW_YORK) for day in range(5, 13)
    ]


def test_a_boundary_in_a_closed_gap_is_put_on_the_first_bar_after_it(clock):
    times = sessions("2026-11-16", 12, 5 * MINUTE)
    found = ticks(clock, NEW_YORK, "2026-11-23 09:30", times[-1], times=times, interval=5 * MINUTE)
    assert [tick["time"] for tick in found if tick["major"]] == [
        ms(f"2026-11-{day} 09:30", NEW_YORK) for day in range(23, 28)
    ]
    assert texts(found)[:2] == ["*23 Nov", "*24 Nov"]


def test_days_without_weekends_mark_weeks_and_months(clock):
    first = ms("2027-11-22 00:00")
    times = [first + n * DAY for n in range(80) if n % 7 < 5]
    found = ticks(clock, "UTC", times[0], times[-1], times=times, interval=DAY)
    assert texts(found) == [
        "22 Nov",
        "*Dec",
        "13 Dec",
        "20 Dec",
        "27 Dec",
        "*2028",
        "10 Jan",
        "17 Jan",
        "24 Jan",
        "*Feb",
    ]
    assert {tick["time"] for tick in found} <= set(times)


def test_a_view_of_nothing_has_no_ticks(clock):
    day = ms("2026-11-25 00:00")
    for view, width, most in [
        ([day, day], 800, 9),
        ([day, day - 1], 800, 9),
        ([None, day], 800, 9),
        ([0, 1e300], 800, 9),
        ([0, day], 0, 9),
        ([0, day], 800, 0),
    ]:
        assert clock.evaluate(TICKS, NEW_YORK, {"interval": MINUTE}, [], view, width, most) == []


def test_there_are_never_more_than_asked_for(clock):
    day = ms("2026-11-25 00:00")
    for most in (1, 2, 5):
        for hours in range(1, 60, 3):
            found = ticks(clock, NEW_YORK, day, day + hours * HOUR, most=most)
            assert len(found) <= most


@pytest.mark.parametrize("gaps", ["closed", "true", "ordinal"])
@pytest.mark.parametrize("zone", ["UTC", NEW_YORK, LORD_HOWE])
def test_ticks_of_any_view_lie_inside_in_order_and_apart(clock, zone, gaps):
    script = """({Clock, Timeline}, zone, gaps) => {
      let seed = 7;
      const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
      const clock = new Clock(zone);
      const wrong = [];
      let seen = 0;
      for (let i = 0; i < 400; i++) {
        const interval = [100, 1000, 60_000, 300_000, 3_600_000, 86_400_000][i % 6];
        const holes = random() ** 3;
        const times = new Float64Array(1000).fill(1.6e12 + Math.floor(random() * 1e5) * 3_600_000);
        for (let k = 1; k < 1000; k++) times[k] = times[k - 1] + interval * (random() < holes ? 2 + Math.floor(random() * Math.max(5, 1e7 / interval)) : 1);
        const line = new Timeline({ interval, gaps });
        line.rebuild(times, 0, 1000);
        const first = Math.floor(random() * 990);
        const view = [times[first] - random() * interval, times[first + 1 + Math.floor(random() * (998 - first))] + random() * 20 * interval];
        const [width, most] = [200 + random() * 1500, 2 + Math.floor(random() * 20)];
        const bad = (what) => wrong.push([what, i, interval, view, width, most]);
        const ticks = clock.ticks(line, view, width, most);
        seen += ticks.length;
        if (ticks.length > most) bad("many");
        const all = line.u(view[1]) - line.u(view[0]);
        ticks.forEach(({ time }, k) => {
          if (!(time >= view[0] && time <= view[1])) bad("outside");
          if (k && !(((line.u(time) - line.u(ticks[k - 1].time)) / all) * width > 79.9)) bad("close");
          if (line.breaks(time, time + 1).some(({ from, to }) => time >= from && time < to)) bad("in a gap");
        });
      }
      return [wrong.slice(0, 3), seen > 1000];
    }"""
    assert clock.evaluate(script, zone, gaps) == [[], True]


def test_ticks_stay_where_they_are_while_the_view_moves(clock):
    script = """({Clock, Timeline}, times) => {
      const line = new Timeline({ interval: 300_000 });
      line.rebuild(Float64Array.from(times), 0, times.length);
      const clock = new Clock("America/New_York");
      const moved = [];
      for (const bars of [40, 80, 400, 1200]) {
        let before = null;
        for (let first = 600; first < 700; first += 3) {
          const view = [times[first], times[first + bars]];
          const ticks = clock.ticks(line, [view[0], line.t(line.u(view[0]) + bars * 300_000)], 900, 20).map(({ time }) => time);
          const both = ([from, to], list) => list.filter((time) => time >= from && time <= to).join();
          if (before && both([view[0], before.end], ticks) !== both([view[0], before.end], before.ticks)) moved.push([bars, first]);
          before = { ticks, end: line.t(line.u(view[0]) + bars * 300_000) };
        }
      }
      return moved;
    }"""
    assert clock.evaluate(script, sessions("2026-10-01", 60, 5 * MINUTE)) == []

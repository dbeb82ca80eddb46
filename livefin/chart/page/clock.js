// Times as text in a zone, and where a time axis has its ticks.
// Inside, a wall time is "local": the ms at which UTC's clocks show what the zone's show. Intl is slow,
// so a zone's offset is asked for twice a week of time and remembered; where the two differ, the
// change is searched for. Ticks are set from the coarsest calendar step to the finest that has room:
// a new year's first, hours last. Works on a timeline.js; knows nothing of Bokeh.

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];
const WEEK = 7 * DAY;
const MONDAY = 4 * DAY; // the first one of 1970
const FURTHEST = 8e15; // ms, about as far as Date goes
const ROOM = 80; // pixels from a tick to the next
const TIGHT = 0.5; // of the room: a step drawn as tight as this still has every second tick or so
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

// Steps between ticks, finest first: how long about, and of the n-th one how to find n and its start.
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((n) => even(n)),
  ...[1, 2, 5, 10, 15, 30].map((n) => even(n * SECOND)),
  ...[1, 2, 5, 10, 15, 30].map((n) => even(n * MINUTE)),
  ...[1, 2, 3, 6, 12].map((n) => even(n * HOUR)),
  even(DAY),
  even(WEEK, MONDAY),
  ...[1, 3, 12, 24, 60, 120, 240, 600, 1200].map((n) => months(n)),
];

function even(size, origin = 0) {
  return { size, index: (local) => Math.floor((local - origin) / size), start: (n) => origin + n * size };
}

function months(count) {
  const index = (local) => {
    const date = new Date(local);
    return Math.floor((date.getUTCFullYear() * 12 + date.getUTCMonth()) / count);
  };
  return { size: count * 30 * DAY, months: count, index, start: (n) => Date.UTC(Math.floor((n * count) / 12), (n * count) % 12) };
}

/** For each step: itself and the coarser ones whose ticks are its ticks too, coarsest first. */
const CHAINS = STEPS.map((_, i) => STEPS.slice(i).reduce((steps, step) => [...(holds(steps[0], step) ? [step] : []), ...steps], []));

function holds(finer, step) {
  if (!finer) return true;
  // A month may start amid a week; it goes first all the same.
  return step.months ? !finer.months || step.months % finer.months === 0 : step.size % finer.size === 0;
}

export class Clock {
  #spans = new Map(); // by week: the offset, or the change within it

  /** `zone`: an IANA name, "UTC" or "local". An unknown one gives UTC, and `error` says so. */
  constructor(zone = "UTC") {
    this.error = null;
    this.zone = zone === "local" ? new Intl.DateTimeFormat().resolvedOptions().timeZone : String(zone);
    try {
      this.format = new Intl.DateTimeFormat("en-US", {
        timeZone: this.zone, hourCycle: "h23", era: "short",
        year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
      });
    } catch {
      this.error = `Unknown time zone ${JSON.stringify(this.zone)}; times are UTC`;
      this.zone = "UTC";
    }
    this.fixed = /^(Etc\/)?(UTC|GMT)$/.test(this.zone);
    this.label = this.fixed ? "UTC" : this.zone.split("/").at(-1).replaceAll("_", " ");
  }

  // Text

  /** The crosshair's label for a bar of `interval` ms. */
  at(ms, interval) {
    if (!within(ms)) return "";
    const local = this.#local(ms);
    const date = `${DAYS[new Date(local).getUTCDay()]} ${dayMonth(local)}`;
    if (interval >= DAY) return `${date} ${new Date(local).getUTCFullYear()}`;
    return `${date} ${time(local, interval)}`;
  }

  /** The time of day, to the second. */
  time(ms) {
    return within(ms) ? time(this.#local(ms), SECOND) : "";
  }

  day(ms) {
    if (!within(ms)) return "";
    const local = this.#local(ms);
    return `${dayMonth(local)} ${new Date(local).getUTCFullYear()}`;
  }

  /** Whether a day of the zone begins at `ms`. */
  opens(ms) {
    return within(ms) && this.#local(ms) % DAY === 0;
  }

  /** How long there is left, rounded up to the second: "0:00" is over. */
  left(ms) {
    if (!Number.isFinite(ms)) return "";
    const seconds = Math.max(0, Math.ceil(ms / SECOND));
    const [days, hours] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600) % 24];
    if (days) return `${days} d ${two(hours)} h`;
    const minutes = Math.floor(seconds / 60) % 60;
    return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
  }

  // Ticks

  /** Ticks of an axis `width` pixels long, oldest first: [{ time, text, major }], `most` of them or fewer. */
  ticks(timeline, [t0, t1], width, most = Infinity) {
    if (!(within(t0) && within(t1) && t1 > t0 && width > 0 && most >= 1)) return [];
    const [u0, u1] = [timeline.u(t0), timeline.u(t1)];
    const all = u1 - u0;
    const room = Math.max(ROOM / width, 1 / Math.max(1, most - 1)) * all;
    // Drawn bar by bar, time has no scale; on the average it has.
    const scale = timeline.gaps === "ordinal" ? (t1 - t0) / all : 1;
    const finest = STEPS.findIndex(({ size }) => size >= room * scale * (size === DAY || size === WEEK ? TIGHT : 1));
    if (finest < 0) return [];
    // Half a view more on either side, or ticks would come and go where a move brings in a coarser one.
    const [first, last] = [u0 - all / 2, u1 + all / 2];
    const [oldest, newest] = [timeline.t(first) - 1, timeline.t(last)];
    if (!within(oldest) || !within(newest)) return [];
    const shifted = this.#offset(oldest) !== this.#offset(newest);
    let ticks = [];
    for (const step of CHAINS[finest]) {
      if (!shifted && step.index(this.#local(oldest)) === step.index(this.#local(newest))) continue;
      const before = ticks;
      ticks = [];
      let left = first;
      let tight = 0;
      for (const tick of before) {
        tight += this.#fill(ticks, step, timeline, left, tick.u - room, room);
        ticks.push(tick);
        left = tick.u + room;
      }
      tight += this.#fill(ticks, step, timeline, left, last, room);
      if (tight && ticks.length === before.length && step.size < DAY) break; // finer ones are tighter still
    }
    const seen = ticks.filter(({ time: at }) => at >= t0 && at <= t1);
    return seen.slice(0, most).map((tick) => this.#write(tick, STEPS[finest]));
  }

  /** Add the ticks of `step` from `left` to `right`, drawn times; gives how many were drawn too tight. */
  #fill(ticks, step, timeline, left, right, room) {
    let tight = 0;
    while (left <= right) {
      const boundary = this.#next(step, timeline.t(left));
      if (!(boundary <= timeline.t(right) + 1)) break;
      const u = timeline.u(boundary);
      const at = Math.max(boundary, timeline.t(u)); // in a closed gap: the first bar after it
      const drawn = at === boundary ? u : timeline.u(at);
      if (drawn > right) break;
      // Of a step drawn too tight any tick would do, and none says much. Hours may run up to a closed gap.
      const [after, before] = [timeline.u(at + step.size) - drawn, drawn - timeline.u(boundary - step.size)];
      if ((step.size < DAY ? Math.max(after, before) : Math.min(after, before)) < room * TIGHT * 0.95) {
        tight += 1;
        left = Math.max(drawn, left) + room / 2;
      } else {
        if (drawn >= left) ticks.push({ time: at, u: drawn, before: at === boundary ? at - 1 : boundary - 1 });
        left = Math.max(drawn, left) + room;
      }
    }
    return tight;
  }

  #write({ time: at, before }, { size }) {
    const local = this.#local(at);
    const [now, past] = [new Date(local), new Date(this.#local(before))];
    const year = now.getUTCFullYear();
    const newYear = year !== past.getUTCFullYear();
    const newMonth = newYear || now.getUTCMonth() !== past.getUTCMonth();
    const newDay = newMonth || now.getUTCDate() !== past.getUTCDate();
    if (size >= 30 * DAY) return { time: at, text: newYear ? `${year}` : MONTHS[now.getUTCMonth()], major: newYear && size < 360 * DAY };
    if (size >= DAY) return { time: at, text: newYear ? `${year}` : newMonth ? MONTHS[now.getUTCMonth()] : dayMonth(local), major: newMonth };
    if (newDay) return { time: at, text: newYear ? `${dayMonth(local)} ${year}` : dayMonth(local), major: true };
    return { time: at, text: time(local, size), major: false };
  }

  /** The first start of a `step` at `t` or later. */
  #next(step, t) {
    const offset = this.#offset(t);
    const n = step.index(t + offset);
    if (step.size >= DAY) {
      for (let k = n; ; k++) {
        const start = this.#instant(step.start(k));
        if (!(start < t)) return start;
      }
    }
    // Counted in instants, not on the wall: an hour that comes twice has its ticks twice.
    const start = Math.ceil((t + offset) / step.size) * step.size - offset;
    const then = this.#offset(start);
    if (then === offset) return start;
    let changed = Math.ceil((t + then) / step.size) * step.size - then;
    while (changed < start + step.size && this.#offset(changed) !== then) changed += step.size;
    return changed;
  }

  // Offsets

  #local(ms) {
    return ms + this.#offset(ms);
  }

  /** When the zone's clocks first show `local`; if they skip it, when they skip it. */
  #instant(local) {
    const [before, after] = [this.#offset(local - DAY), this.#offset(local + DAY)];
    if (before === after || this.#offset(local - before) === before) return local - before;
    return this.#offset(local - after) === after ? local - after : local - before;
  }

  /** ms that the zone is ahead of UTC at `ms`. */
  #offset(ms) {
    if (this.fixed) return 0;
    const week = Math.floor(ms / WEEK);
    let span = this.#spans.get(week);
    if (!span) {
      if (this.#spans.size > 5_000) this.#spans.clear();
      this.#spans.set(week, (span = this.#look(week * WEEK, (week + 1) * WEEK)));
    }
    return ms < span.change ? span.before : span.after;
  }

  #look(start, end) {
    const [before, after] = [this.#ask(start), this.#ask(end)];
    if (before === after) return { before, after, change: end };
    let [low, high] = [start / SECOND, end / SECOND];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#ask(middle * SECOND) === before) low = middle;
      else high = middle;
    }
    return { before, after, change: high * SECOND };
  }

  #ask(ms) {
    const part = {};
    for (const { type, value } of this.format.formatToParts(ms)) part[type] = value;
    const year = part.era === "BC" ? 1 - part.year : +part.year;
    const wall = new Date(0).setUTCFullYear(year, part.month - 1, part.day) + part.hour * HOUR + part.minute * MINUTE + part.second * SECOND;
    return wall - ms;
  }
}

function within(ms) {
  return Number.isFinite(ms) && Math.abs(ms) < FURTHEST;
}

function two(number) {
  return String(number).padStart(2, "0");
}

function dayMonth(local) {
  const date = new Date(local);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

/** Time of day, as exact as steps of `step` ms need. */
function time(local, step) {
  return new Date(local).toISOString().slice(11, step < SECOND ? 23 : step < MINUTE ? 19 : 16);
}

// How a feed is, in words: on the chip, and in the middle of a chart without bars.

/** Text and tone of the chip by the feed's state, and what it means. */
const STATES = {
  live: ["live", "good", "Trades come as they happen"],
  connecting: ["connecting…", "warn", "Waiting for the venue"],
  stale: ["stale", "warn", "Nothing heard from the venue for a while"],
  finished: ["replay over", "faint", "The recording is at its end"],
  closed: ["closed", "faint", "The feed was closed; this is its last picture"],
  lost: ["no connection", "warn", "Nothing is heard of the kernel; the chart goes on by itself when it is"],
  gone: ["kernel gone", "bad", "The kernel is gone; run the cell again"],
};

/** The same of a page: text, tone and meaning; of a lost connection also since when. */
export function chip({ standing, pulse, clock }) {
  const [text, tone, why] = STATES[standing] ?? [standing, "faint", ""];
  return [standing === "lost" ? `${text} · last ${clock.time(pulse.last)}` : text, tone, why];
}

/** States after which nothing comes any more. */
export const OVER = ["closed", "gone", "finished"];

/** What a chart without bars waits for, or why it waits no more. */
export function waitingFor({ standing, setup: { symbol, venue } }) {
  const what = {
    connecting: `connecting to ${venue}…`,
    live: `waiting for the first trade of ${symbol} at ${venue}…`,
    stale: `nothing heard from ${venue}; waiting…`,
    finished: `the replay had no trade of ${symbol}`,
    closed: `the feed was closed before a trade of ${symbol} came`,
    lost: "no connection to the kernel; waiting…",
    gone: "the kernel is gone; run the cell again",
  };
  return what[standing] ?? standing;
}

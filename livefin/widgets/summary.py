"""How a feed is doing, in words and figures for a person: what the status card says.

Plain text only; it may hold text off the wire, so whoever makes HTML of it escapes it, as
`as_html` does. No widget and no clock here: `now` is an argument. Used by status.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any, NamedTuple, Protocol

from livefin import venues
from livefin.events import Status
from livefin.meter import Meter
from livefin.statuslog import StatusLog

S = 1_000_000_000
NAMED = 6
"""Symbols named; of the others the number is given."""
MAX_WORD, MAX_NOTE = 40, 240
BEAT = 2
FINAL = ("closed", "finished")
"""States after which nothing comes by itself."""
TROUBLE = ("disconnected", "stale", "lagging", "dropped", "malformed", "rejected", "error")
LAG_ALERT = 1.0
CLOCK_ALERT = 0.05
COLOURS = {"live": "#2e9e5b", "connecting": "#2f6fde", "stale": "#c98a00", "finished": "#8b95a5"}


class CardFeed(Protocol):
    """A feed as the card sees it."""

    name: str
    meter: Meter

    @property
    def state(self) -> str:
        """One of "connecting", "live", "stale", "finished", "closed"."""

    @property
    def symbols(self) -> list[str]:
        """Symbols subscribed."""

    @property
    def queued(self) -> int:
        """Events that wait to be written."""

    @property
    def dropped(self) -> int:
        """Events dropped."""

    @property
    def filling(self) -> int:
        """Streams whose history is being fetched."""

    @property
    def checksums(self) -> dict[str, int]:
        """The venue's checksums that "matched" and "failed"."""

    @property
    def status(self) -> StatusLog:
        """What went wrong."""


class Figure(NamedTuple):
    """One figure of the card."""

    label: str
    text: str
    alert: bool = False
    hint: str = ""
    """What exactly is counted; shown when the mouse rests on it."""


class Summary(NamedTuple):
    """All the card says; goes to the page as it is."""

    name: str
    title: str
    state: str
    symbols: str
    figures: list[Figure]
    note: str
    """The last status, in one line."""
    trouble: bool
    """Whether that status is bad news."""
    final: bool
    """Nothing more will come."""
    beat: int
    """Rises every two seconds, so that the page sees that the kernel is alive."""


def summary(feed: CardFeed, now: int) -> Summary:
    """How `feed` is doing at `now` (ns)."""
    status, state = feed.status, feed.state
    counts = status.counts
    last = status.list(max(0, status.total - 1))
    rate, lag = feed.meter.rate(now), feed.meter.lag(now)
    if state == "closed":
        rate, lag = 0.0, None
    gaps, lost = counts["gap"], status.events["gap"]
    filled = status.events["filled"]
    return Summary(
        name=_clip(feed.name, MAX_WORD * 2),
        title=_title(feed.name),
        state=state,
        symbols=_names(feed.symbols),
        figures=[
            Figure("rate", _rate(rate), hint="events a second, last 5 seconds"),
            Figure(
                "lag",
                "unknown" if lag is None else duration(lag),
                alert=lag is not None and lag > LAG_ALERT and state == "live",
                hint="from the venue's time to receipt, median of the last 5 seconds, "
                "less what this computer's clock is behind",
            ),
            *_clock(feed.meter.skew(now)),
            Figure("queue", f"{feed.queued:,}", hint="events received, not yet in the frames"),
            Figure("dropped", f"{feed.dropped:,}", bool(feed.dropped), "events dropped here"),
            Figure("gaps", f"{gaps:,}", bool(gaps), f"{lost:,} messages missing in all"),
            *_history(feed.filling, filled),
            *_checksums(feed.checksums),
            Figure("reconnects", f"{max(0, counts['connected'] - 1):,}"),
            Figure("events", f"{feed.meter.total:,}", hint="received since the feed was opened"),
        ],
        note=_note(last[-1], now) if last else "nothing to report yet",
        trouble=bool(last) and last[-1].kind in TROUBLE,
        final=state in FINAL,
        beat=0 if state == "closed" else now // (BEAT * S),
    )


def _clock(skew: float | None) -> list[Figure]:
    """Only where the clock is plainly wrong."""
    if skew is None or skew > -CLOCK_ALERT:
        return []
    hint = "messages seem to arrive before they were sent; set this computer's clock"
    return [Figure("clock", f"{duration(-skew)} behind", skew < -LAG_ALERT, hint)]


def _history(filling: int, filled: int) -> list[Figure]:
    if filling:
        hint = "history is being fetched; what comes live on these streams waits for it"
        return [Figure("history", f"fetching {filling}", hint=hint)]
    hint = "events taken from the venue's history, to fill holes or to begin with"
    return [Figure("history", f"{filled:,}", hint=hint)] if filled else []


def _checksums(checks: dict[str, int]) -> list[Figure]:
    matched, failed = checks["matched"], checks["failed"]
    if not matched + failed:
        return []
    text = f"{matched:,} good" + (f", {failed:,} bad" if failed else "")
    return [Figure("checksums", text, bool(failed), "of the venue's books, compared with ours")]


def as_html(said: Summary, *, at: int) -> str:
    """The same as a picture that stays, for viewers without widgets; every text is escaped."""
    figures = " ".join(
        f'<td style="text-align:left;padding:2px 14px 2px 0">'
        f'<span style="opacity:.65">{escape(figure.label)}</span><br>{escape(figure.text)}</td>'
        for figure in said.figures
    )
    colour = COLOURS.get(said.state, COLOURS["finished"])
    return (
        f'<div><span style="color:{colour}">●</span> <b>{escape(said.name)}</b> '
        f"{escape(said.title)} · {escape(said.state)} · {escape(said.symbols)}"
        f"<table><tr>{figures}</tr></table>"
        f"<small>{escape(said.note)} (as of {_time(at, at)})</small></div>"
    )


def duration(seconds: float) -> str:
    """A length of time in two or three digits.

    >>> [duration(t) for t in (0.00042, 0.0123, 4.21, 75.0, -0.003, 86_400.0)]
    ['0.4 ms', '12 ms', '4.2 s', '75 s', '-3.0 ms', '1440 min']
    """
    size = abs(seconds)
    if size < 0.01:  # noqa: PLR2004
        return f"{seconds * 1e3:.1f} ms"
    if size < 1:
        return f"{seconds * 1e3:.0f} ms"
    if size < 10:  # noqa: PLR2004
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if size < 120 else f"{seconds / 60:.0f} min"  # noqa: PLR2004


def _title(name: str) -> str:
    venue = venues.registry.get(name)
    return "" if venue is None else venue.title


def _rate(per_second: float) -> str:
    return f"{per_second:,.0f}/s" if per_second >= 10 else f"{per_second:.1f}/s"  # noqa: PLR2004


def _names(symbols: Sequence[str]) -> str:
    named = ", ".join(_clip(symbol, MAX_WORD) for symbol in symbols[:NAMED])
    more = len(symbols) - NAMED
    return f"{named} +{more:,}" if more > 0 else named or "no symbols yet"


def _note(status: Status, now: int) -> str:
    what = status.detail or " ".join(filter(None, (status.kind, status.symbol, status.channel)))
    return _clip(f"{_time(status.ts, now)}  {what}", MAX_NOTE)


def _time(ts: int, now: int) -> str:
    """A replay's statuses may be of another day than today."""
    try:
        when, today = (datetime.fromtimestamp(ns / S, UTC) for ns in (ts, now))
    except (ValueError, OverflowError, OSError):
        return "?"
    return (
        f"{when:%H:%M:%S} UTC" if when.date() == today.date() else f"{when:%Y-%m-%d %H:%M:%S} UTC"
    )


def _clip(text: str, length: int) -> str:
    text = " ".join(str(text).split())
    return text if len(text) <= length else f"{text[: length - 1]}…"


def to_page(said: Summary) -> dict[str, Any]:
    """As JSON objects, for the page."""
    return {**said._asdict(), "figures": [figure._asdict() for figure in said.figures]}

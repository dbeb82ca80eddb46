"""`connect`: one call from a venue's name, a Venue or a Replay to a running Feed.

Running a notebook cell again replaces the feed that it opened before (openfeeds.py).
"""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from livefin import venues
from livefin.backlog import Policies
from livefin.client import MAX_FRAME
from livefin.driver import Deliver, Driver
from livefin.errors import ChannelError, SymbolError
from livefin.events import Status
from livefin.exchange.instruments import INSTRUMENTS
from livefin.exchange.process import ExchangeProcess, start_exchange
from livefin.feed import Feed
from livefin.frames import window_ns
from livefin.keys import KeyMissingError, Secret, find
from livefin.lanes import on_lane, split
from livefin.line import Line
from livefin.openfeeds import feeds, replace_previous
from livefin.openfeeds import keep as keep_open
from livefin.replay import Replay
from livefin.session import Session
from livefin.venues.contract import Subscription, Venue

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
TICK_SIZES = {"paper": {symbol: each.tick for symbol, each in INSTRUMENTS.items()}}
"""Of what we list ourselves, by venue."""
DEFAULT_CHANNELS = ("trades", "quotes", "book")

_exchange: list[ExchangeProcess] = []


def connect(
    source: str | Venue | Replay,
    symbols: str | Iterable[str] | None = None,
    *,
    channels: Sequence[str] | None = None,
    url: str | None = None,
    rest_url: str | None = None,
    rows: int = 100_000,
    window: str | None = None,
    backlog: int = 50_000,
    policy: Policies = "block",
    history: str | None = None,
    keys: Mapping[str, str | Secret] | None = None,
    silence: float | None = None,
    max_frame: int = MAX_FRAME,
    record: str | Path | None = None,
    rotate: str | None = None,
    keep: int | str | None = None,
    wait: float | None = 10.0,
) -> Feed:
    """Start a feed and return it; data arrives in background from here on.

    Args:
        source: a venue's name (`livefin venues` lists them), a Venue of your own, or a
            Replay of a recording.
        symbols: one or several, as "BTC-USDT". A Replay gives all it has by default.
        channels: of "trades", "quotes", "book" and others the venue has, such as
            "bars:1m"; by default the first three, as far as it has them.
        url: another WebSocket address, such as that of `livefin serve`.
        rest_url: another REST address; the host of `url` when only that is given.
        rows: the most rows a frame holds.
        window: bounds the frames in time as well, as "15min".
        backlog: the most events that may wait to be written.
        policy: what happens beyond the backlog: "block" reads no further, "drop_oldest"
            and "conflate" drop and count. One for all, or {"quotes": "conflate"}.
        history: how far back to fetch trades and bars from the venue before what is live,
            as "2h"; joined without a seam. While it is fetched, what is live waits.
        keys: the venue's keys, as {"api_key": ...}; by default from the environment or the
            keyring. They are shown nowhere and not recorded.
        silence: seconds without a frame until the venue is asked whether it lives.
        max_frame: the largest message taken, in bytes.
        record: a file to record to from the first frame on; see `Feed.record`.
        rotate: a new file each so often, as "1h" or "500MB"; `record` is a folder then.
        keep: how many of these files stay, or their size together.
        wait: seconds to wait for the first connection; None returns at once and leaves a
            failure to `feed.status`.

    Raises UnknownVenueError, SymbolError, ChannelError, ConnectError, KeyMissingError,
    RecordingError.

    >>> feed = connect("paper", "BTC-USDT")
    >>> feed.wait(lambda: len(feed.trades["BTC-USDT"]) > 3)
    True
    >>> list(feed.trades["BTC-USDT"].df)
    ['ts_recv', 'price', 'size', 'side', 'id']
    >>> feed.close()
    """
    wanted = [symbols] if isinstance(symbols, str) else None if symbols is None else list(symbols)
    replace_previous()
    if isinstance(source, Replay):
        venue = source.recording.open_venue()
        name = f"replay of {source.path.name}"
    else:
        venue = (
            venues.get(source) if isinstance(source, str) else _unshared(source, url or rest_url)
        )
        name = venue.name
        if not wanted:
            raise SymbolError(wanted, f"name at least one, such as {venue.example!r}", venue=name)
    if venue.name == "paper" and url is None and not isinstance(source, Replay):
        url = exchange_url()
    venue.tick_sizes = TICK_SIZES.get(venue.name, venue.tick_sizes)
    _redirect(venue, url, rest_url)
    back = None if history is None else window_ns(history)

    subs, refused = (None, []) if wanted is None else _subscriptions(venue, wanted, channels)
    if isinstance(source, Replay):
        sessions = [Session(venue, subs, silence=silence, fills=source.recording.ours)]
    else:
        venue.keys = _keys(venue, keys)
        sessions = [
            Session(on_lane(venue, lane), some, silence=silence)
            for lane, some in split(venue, subs or ())
        ]
    for session in sessions:
        session.want_history(back)

    def make_driver(session: Session, deliver: Deliver) -> Driver:
        if isinstance(source, Replay):
            return source.driver(session, deliver)
        return Line(session, deliver, max_frame=max_frame)

    feed = Feed(
        sessions, make_driver, name=name, rows=rows, window=window, backlog=backlog, policy=policy
    )
    for status in refused:
        feed.status.append(status)
    if record is not None:
        feed.record(record, rotate=rotate, keep=keep)
    return keep_open(feed).start(wait=wait)


def _unshared(venue: Venue, elsewhere: str | None) -> Venue:
    """The person's own `venue`, or another such where it is in use or goes elsewhere."""
    in_use = any(venue is used for feed in feeds() for used in feed.venues)
    return venue.fresh() if in_use or elsewhere else venue


def _keys(venue: Venue, given: Mapping[str, str | Secret] | None) -> Mapping[str, Secret]:
    found = find(venue.name, venue.key_names, given, venue.key_variables)
    here = urlsplit(venue.url).hostname in LOOPBACK  # a recording asks for no key
    lacking = [name for name in venue.key_names if name not in found]
    if venue.keys_required and lacking and not here:
        raise KeyMissingError(venue.name, lacking)
    return {**venue.keys, **found}


def exchange_url() -> str:
    """Where the embedded exchange listens: as `livefin lab` says, else one of our own.

    An exchange of our own is a child process, so that a busy notebook cell cannot hold it
    up; there is one for all feeds, and it ends with this process.
    """
    given = os.environ.get("LIVEFIN_EXCHANGE_URL")
    if given:
        return given
    if not _exchange:
        _exchange.append(start_exchange())
        atexit.register(_exchange[0].close)
    return _exchange[0].url


def _subscriptions(
    venue: Venue, symbols: Iterable[str], channels: Sequence[str] | None
) -> tuple[list[Subscription], list[Status]]:
    """Every channel of every symbol, and what is said of those that do not go together.

    Not every instrument has every channel: spot has no funding. A channel that none of the
    symbols has, and a symbol that has none of the channels, is a mistake and raises.
    """
    if channels is None:
        channels = [channel for channel in DEFAULT_CHANNELS if channel in venue.channels]
        channels = channels or list(venue.channels[:1])
    elif isinstance(channels, str):
        channels = [channels]
    good: list[Subscription] = []
    bad: dict[Subscription, ChannelError | SymbolError] = {}
    for sub in dict.fromkeys(Subscription(c, s) for s in symbols for c in channels):
        try:
            venue.check(sub)
        except (ChannelError, SymbolError) as error:
            bad[sub] = error
        else:
            good.append(sub)
    for sub, mistake in bad.items():
        if all(sub.channel != other.channel for other in good) or all(
            sub.symbol != other.symbol for other in good
        ):
            raise mistake
    now = time.time_ns()
    return good, [
        Status("rejected", now, sub.symbol, sub.channel, detail=f"{sub.symbol}: {why}")
        for sub, why in bad.items()
    ]


def _redirect(venue: Venue, url: str | None, rest_url: str | None) -> None:
    """Point `venue` to other addresses; a bare host gets the venue's own path."""
    if url is not None:
        ours, theirs = urlsplit(venue.url), urlsplit(url)
        if theirs.path in ("", "/"):
            theirs = theirs._replace(path=ours.path)
        venue.url = urlunsplit(theirs)
        same_owner = _domain(ours.hostname) == _domain(theirs.hostname)
        if rest_url is None and venue.rest_url and not same_owner:
            scheme = "https" if theirs.scheme == "wss" else "http"
            rest_url = f"{scheme}://{theirs.netloc}"
    if rest_url is not None:
        venue.rest_url = rest_url.rstrip("/")


def _domain(host: str | None) -> str:
    return ".".join((host or "").split(".")[-2:])

"""Every error livefin raises, as one tree under LivefinError.

An error says what happened and what to do about it, and carries the facts as attributes.
What goes wrong on a running feed is not raised: it becomes an events.Status and lands in
`feed.status`, so that one bad message never stops the rest.
"""

from __future__ import annotations

from livefin.nearest import did_you_mean

LONGEST = 300


class LivefinError(Exception):
    """Base of all errors raised by livefin."""


class UnknownVenueError(LivefinError, ValueError):
    """No venue has that name. Carries `name` and the names there are in `known`."""

    def __init__(self, name: str, known: list[str]) -> None:
        self.name, self.known, hint = name, known, did_you_mean(name, known)
        super().__init__(f"unknown venue {name!r}; there are: {', '.join(known)}{hint}")


class SymbolError(LivefinError, ValueError):
    """A symbol that cannot be used. Carries `symbol` and, where known, `venue`."""

    def __init__(self, symbol: object, reason: str, *, venue: str = "") -> None:
        self.symbol, self.reason, self.venue = symbol, reason, venue
        super().__init__(f"{venue + ': ' if venue else ''}symbol {symbol!r}: {reason}")


class ChannelError(LivefinError, ValueError):
    """The venue does not offer that channel. Carries `channel` and `offered`."""

    def __init__(self, channel: str, offered: list[str], *, venue: str) -> None:
        self.channel, self.offered, self.venue = channel, offered, venue
        super().__init__(f"{venue} has no channel {channel!r}; it offers: {', '.join(offered)}")


class ConnectError(LivefinError, ConnectionError):
    """The first connection failed. Carries `venue`, `url` and the `reason` in words."""

    def __init__(self, venue: str, url: str, reason: str) -> None:
        self.venue, self.url, self.reason = venue, url, reason
        super().__init__(f"{venue}: cannot connect to {url}: {reason}")


class FeedClosedError(LivefinError, RuntimeError):
    """The feed was closed; connect again to go on."""


class MessageError(LivefinError, ValueError):
    """A message off the wire that does not follow its venue's format.

    Raised by a venue's `parse`; the session turns it into a `malformed` status. The message
    may quote what came, and is cut to a length to be read.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")


class RecordingError(LivefinError):
    """A recording that is missing, unreadable or not a recording. Carries `path`."""

    def __init__(self, path: object, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"recording {path}: {reason}")


class FrameError(LivefinError, ValueError):
    """Rows or bounds that a RollingFrame cannot take."""


class ChartError(LivefinError, ValueError):
    """A chart that cannot be built from what was given."""


class IndicatorError(LivefinError, ValueError):
    """An indicator that cannot be made, or that cannot be computed from what it was given."""

"""`livefin serve FILE`: run a ReplayServer, say how to connect to it, show how far it is."""

from __future__ import annotations

import asyncio
import sys
from os import PathLike

from livefin.errors import LivefinError
from livefin.serve.outline import Outline
from livefin.serve.server import ReplayServer
from livefin.venues.contract import Subscription, Venue

S = 1_000_000_000
MANY = 8


async def run_serve(  # noqa: PLR0917 - the command line passes them by name
    path: str | PathLike[str],
    host: str = "127.0.0.1",
    port: int = 0,
    speed: float | None = 1.0,
    venue: str | Venue | None = None,
    loop: bool = False,
) -> None:
    """Serve the recording at `path` until cancelled. Raises RecordingError, OSError."""
    async with ReplayServer(
        path, host=host, port=port, speed=speed, venue=venue, loop=loop
    ) as server:
        sys.stdout.write(f"{greeting(server)}\n")
        sys.stdout.flush()
        shown = sys.stderr.isatty()
        while True:
            await asyncio.sleep(1)
            if shown:
                sys.stderr.write(f"\r\x1b[K{progress(server)}")
                sys.stderr.flush()


def greeting(server: ReplayServer) -> str:
    """What is served, and the line that connects to it."""
    outline, venue = server.outline, server.venue
    symbols = connectable(outline, venue)[:MANY] or [venue.example]
    wanted = repr(symbols[0]) if len(symbols) == 1 else repr(symbols)
    channels = [name for name in outline.channels if name.partition(":")[0] in venue.channels]
    also = f", channels={channels}" if channels else ""
    line = f'lf.connect("{venue.name}", {wanted}{also}, url="{server.url}")'
    more = len(connectable(outline, venue)) - len(symbols)
    rest = f"\n  (and {more} more symbols)" if more > 0 else ""
    name = server.recording.path.name
    return f"{name}, {venue.title or venue.name}; Ctrl-C stops it\n\n  {line}{rest}\n".replace(
        "'", '"'
    )


def connectable(outline: Outline, venue: Venue) -> list[str]:
    """Symbols that can be asked for, on at least half of what there is first."""
    channels = [name for name in outline.channels if name.partition(":")[0] in venue.channels]

    def fitting(symbol: str) -> int:
        return sum(_takes(venue, Subscription(channel, symbol)) for channel in channels)

    scores = {symbol: fitting(symbol) for symbol in outline.symbols}
    return sorted(
        (symbol for symbol, score in scores.items() if score),
        key=lambda symbol: 2 * scores[symbol] < len(channels),
    )


def _takes(venue: Venue, sub: Subscription) -> bool:
    try:
        venue.check(sub)
    except LivefinError:
        return False
    return True


def progress(server: ReplayServer) -> str:
    """How far the playing is, in one line."""
    minutes, seconds = divmod(server.elapsed // S, 60)
    state = "finished" if server.finished.is_set() else "playing" if server.frames else "waiting"
    clients = f"{server.clients} client{'s' if server.clients != 1 else ''}"
    return f"{state}: {server.frames:,} frames, {minutes}:{seconds:02} in, {clients}"

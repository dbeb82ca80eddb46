"""`%livefin`: the everyday verbs as a line magic. Loaded by `%load_ext livefin`.

    %livefin connect paper BTC-USDT ETH-USDT      a feed, in the variable `feed`
    %livefin chart BTC-USDT --bars 5s             a live chart of it
    %livefin status                               the cards of all open feeds
    %livefin record session.jsonl.gz              record it; `%livefin record stop` ends that
    %livefin stop                                 close all feeds
    %livefin nest                                 let asyncio.run work in cells

What is wrong ends in one line, not in a traceback.
"""

from __future__ import annotations

import argparse
import shlex
from typing import Any, NoReturn

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.display import display

from livefin.connection import connect, feeds
from livefin.errors import LivefinError
from livefin.feed import Feed
from livefin.loop import nest
from livefin.replay import Replay


class _Parser(argparse.ArgumentParser):
    """argparse that raises where it would exit."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"%livefin: {message}\n{self.format_usage()}")


def _parser() -> _Parser:
    parser = _Parser(prog="%livefin", add_help=False)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    add = verbs.add_parser("connect", add_help=False)
    add.add_argument("venue", help="a venue's name, or a recording's path")
    add.add_argument("symbols", nargs="*")
    add.add_argument("--channels", default=None)
    add.add_argument("--url", default=None)
    add.add_argument("--speed", type=float, default=1.0)
    add.add_argument("--as", dest="name", default="feed")
    show = verbs.add_parser("chart", add_help=False)
    show.add_argument("symbol", nargs="?", default=None)
    show.add_argument("--bars", default="1s")
    show.add_argument("--feed", dest="name", default=None)
    verbs.add_parser("status", add_help=False)
    record = verbs.add_parser("record", add_help=False)
    record.add_argument("path", help='a file, or "stop"')
    record.add_argument("--overwrite", action="store_true")
    record.add_argument("--feed", dest="name", default=None)
    verbs.add_parser("stop", add_help=False)
    verbs.add_parser("nest", add_help=False)
    return parser


@magics_class
class LivefinMagics(Magics):  # type: ignore[misc]  # IPython is untyped
    """The `%livefin` magic."""

    @line_magic  # type: ignore[untyped-decorator]
    def livefin(self, line: str) -> Any:
        """Everyday verbs of livefin; alone, it lists them."""
        args = _parser().parse_args(shlex.split(line))
        if args.verb is None:
            print(__doc__)  # noqa: T201 - the answer to a person's question
            return None
        try:
            return getattr(self, f"_{args.verb}")(args)
        except (LivefinError, OSError, ValueError) as error:
            raise UsageError(f"%livefin {args.verb}: {error}") from error

    def _connect(self, args: argparse.Namespace) -> Feed:
        channels = args.channels.split(",") if args.channels else None
        source: Any = args.venue
        if "/" in source or "." in source:
            source = Replay(source, speed=args.speed or None)
        feed = connect(source, args.symbols or None, channels=channels, url=args.url)
        before = self.shell.user_ns.get(args.name)
        if isinstance(before, Feed):
            before.close()
        self.shell.user_ns[args.name] = feed
        return feed

    def _chart(self, args: argparse.Namespace) -> Any:
        from livefin.chart import chart  # noqa: PLC0415 - brings Bokeh

        return chart(self._feed(args.name), args.symbol, bars=args.bars)

    def _status(self, _: argparse.Namespace) -> None:
        if not feeds():
            print("no feed is open; try: %livefin connect paper BTC-USDT")  # noqa: T201
        for feed in feeds():
            display(feed)

    def _record(self, args: argparse.Namespace) -> Any:
        feed = self._feed(args.name)
        if args.path == "stop":
            return feed.stop_recording()
        return feed.record(args.path, overwrite=args.overwrite)

    def _stop(self, _: argparse.Namespace) -> None:
        closed = feeds()
        for feed in closed:
            feed.close()
        print(f"closed {len(closed)} feed(s)")  # noqa: T201

    def _nest(self, _: argparse.Namespace) -> None:
        nest()

    def _feed(self, name: str | None) -> Feed:
        found = self.shell.user_ns.get(name) if name else next(reversed(feeds()), None)
        if not isinstance(found, Feed):
            raise UsageError("no feed is open; try: %livefin connect paper BTC-USDT")
        return found


def load_ipython_extension(shell: Any) -> None:
    """Register `%livefin` with `shell`."""
    shell.register_magics(LivefinMagics)

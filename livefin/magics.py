"""`%livefin`, the everyday verbs, and `%%indicator`, a cell on the chart: `%load_ext livefin`.

Each verb does what one line of Python does, and leaves its result in a variable of the
notebook's. What is wrong ends in one line, not in a traceback; but of an indicator's own
lines the traceback shows.
"""

from __future__ import annotations

import argparse
import ast
import shlex
from typing import Any, NoReturn

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.display import display

import livefin as lf
from livefin.prototyping import cellbody

HELP = """\
%livefin connect paper BTC-USDT ETH-USDT      open a feed, in the variable `feed`
                                              [--channels trades,quotes] [--url ws://…] [--as NAME]
%livefin connect session.jsonl.gz             replay a recording [--speed 10, or max]
%livefin chart BTC-USDT                       a live chart, in `chart` [--bars 5s] [--kind line]
                                              [--scale log] [--compare ETH-USDT,…] [--as NAME]
%livefin status                               the cards of all open feeds
%livefin record session.jsonl.gz              record the feed [--overwrite]
%livefin record recordings --rotate 1h        a new file every hour, or 500MB [--keep 24, or 20GB]
%livefin record stop                          end that
%livefin stop                                 close all feeds; `%livefin stop feed` closes one
%livefin nest                                 let asyncio.run work in cells
%%indicator spread --pane new                 the cell's lines of `df`, or its def, on the chart
                                              [--chart NAME] [--param window=30 …]

chart and record take the newest feed, unless told otherwise by --feed NAME."""
NO_FEED = "no feed is open; first: %livefin connect paper BTC-USDT"


class _Parser(argparse.ArgumentParser):
    """argparse that raises where it would exit."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: {message}; %livefin alone shows how")


def _parser() -> _Parser:
    parser = _Parser(prog="%livefin", add_help=False)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    add = verbs.add_parser("connect", add_help=False)
    add.add_argument("source", help="a venue's name, or a recording's path")
    add.add_argument("symbols", nargs="*")
    add.add_argument("--channels", type=lambda text: text.split(","), default=None)
    add.add_argument("--url", default=None)
    add.add_argument("--speed", type=_speed, default=1.0)
    add.add_argument("--as", dest="name", default="feed")
    show = verbs.add_parser("chart", add_help=False)
    show.add_argument("symbol", nargs="?", default=None)
    show.add_argument("--bars", default="1s")
    show.add_argument("--kind", default=None)
    show.add_argument("--scale", default=None)
    show.add_argument("--compare", type=lambda text: text.split(","), default=None)
    show.add_argument("--feed", default=None)
    show.add_argument("--as", dest="name", default="chart")
    record = verbs.add_parser("record", add_help=False)
    record.add_argument("path", help='a file, or "stop"')
    record.add_argument("--overwrite", action="store_true")
    record.add_argument("--rotate", default=None)
    record.add_argument("--keep", type=lambda text: int(text) if text.isdecimal() else text)
    record.add_argument("--feed", default=None)
    stop = verbs.add_parser("stop", add_help=False)
    stop.add_argument("names", nargs="*")
    for verb in ("status", "nest", "help"):
        verbs.add_parser(verb, add_help=False)
    return parser


def _indicator_parser() -> _Parser:
    parser = _Parser(prog="%%indicator", add_help=False)
    parser.add_argument("name", nargs="?", default=None)
    parser.add_argument("--chart", default=None)
    parser.add_argument("--pane", default=None)
    parser.add_argument("--param", action="append", type=_param, default=[])
    return parser


def _param(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"{text!r} is not as in window=30")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError('a number above 0, or "max"') from None


@magics_class
class LivefinMagics(Magics):  # type: ignore[misc]  # IPython is untyped
    """The `%livefin` and `%%indicator` magics."""

    @line_magic  # type: ignore[untyped-decorator]
    def livefin(self, line: str) -> Any:
        """Everyday verbs of livefin; alone, it lists them."""
        try:
            args = _parser().parse_args(shlex.split(line))
            return getattr(self, f"_{args.verb or 'help'}")(args)
        except (lf.LivefinError, OSError, ValueError) as error:
            raise UsageError(f"%livefin: {error}") from error

    @cell_magic  # type: ignore[untyped-decorator]
    def indicator(self, line: str, cell: str) -> None:
        """Draw the cell on a live chart: `%%indicator [NAME] [--chart chart] [--pane new|price]`.

        The cell is a `def` of a function of the frame of bars, a class with `update(row)`,
        or bare lines that use `df` and end with an expression or assign NAME ("out" by
        default). `--param window=30` sets a parameter, and makes one of bare lines; it may
        be given several times. The chart is the one in the variable `chart`, else the only
        one that there is.
        """
        __tracebackhide__ = True  # IPython shows the person's own lines alone
        try:
            args = _indicator_parser().parse_args(shlex.split(line))
            chart = self._shown(args.chart)
            names, params = self.shell.user_ns, dict(args.param)
            cache = self.shell.compile.cache
            thing = cellbody.made(cell, args.name, params, names=names, cache=cache)
        except (lf.LivefinError, ValueError) as error:
            raise UsageError(f"%%indicator: {error}") from error
        made = chart.indicator(thing, name=args.name, pane=args.pane, **params)
        names[getattr(thing, "__name__", made.name)] = made

    def _shown(self, name: str | None) -> lf.Chart:
        """The chart in the variable `name`, else in `chart`, else the only one."""
        there = {key: value for key, value in self.shell.user_ns.items() if key[0] != "_"}
        charts = {key: value for key, value in there.items() if isinstance(value, lf.Chart)}
        wanted = name or "chart"
        if wanted in charts:
            return charts[wanted]
        found = list({id(chart): chart for chart in charts.values()}.values())
        if name is not None or not found:
            raise UsageError(f"%%indicator: {wanted} is no chart; first: %livefin chart BTC-USDT")
        if len(found) > 1:
            raise UsageError(f"%%indicator: name one of the charts: --chart {' or '.join(charts)}")
        return found[0]

    def _help(self, _: argparse.Namespace) -> None:
        print(HELP)  # noqa: T201 - the answer to a person's question

    def _connect(self, args: argparse.Namespace) -> lf.Feed:
        source = args.source
        if "/" in source or "." in source:
            source = lf.Replay(source, speed=args.speed)
        feed = lf.connect(source, args.symbols or None, channels=args.channels, url=args.url)
        before = self.shell.user_ns.get(args.name)
        if isinstance(before, lf.Feed):  # nobody could close it under its name any more
            before.close()
        self.shell.user_ns[args.name] = feed
        return feed

    def _chart(self, args: argparse.Namespace) -> Any:
        given = {name: getattr(args, name) for name in ("bars", "kind", "scale", "compare")}
        options = {name: value for name, value in given.items() if value is not None}
        made = lf.chart(self._feed(args.feed, args.symbol), args.symbol, **options)
        self.shell.user_ns[args.name] = made
        return made

    def _status(self, _: argparse.Namespace) -> None:
        if not lf.feeds():
            print(NO_FEED)  # noqa: T201
        for feed in lf.feeds():
            display(feed)

    def _record(self, args: argparse.Namespace) -> Any:
        feed = self._feed(args.feed)
        if args.path == "stop":
            return feed.stop_recording()
        options: dict[str, Any] = {"rotate": args.rotate, "keep": args.keep}
        options = {name: value for name, value in options.items() if value is not None}
        return feed.record(args.path, overwrite=args.overwrite, **options)

    def _stop(self, args: argparse.Namespace) -> None:
        ending = [self._feed(name) for name in args.names] if args.names else lf.feeds()
        for feed in ending:
            feed.close()
        print(f"closed {', '.join(feed.name for feed in ending) or 'nothing'}")  # noqa: T201

    def _nest(self, _: argparse.Namespace) -> None:
        lf.nest()

    def _feed(self, name: str | None, symbol: str | None = None) -> lf.Feed:
        """The feed in the variable `name`, else the newest, one that has `symbol` if any has."""
        if name is not None:
            found = self.shell.user_ns.get(name)
            if not isinstance(found, lf.Feed):
                raise UsageError(f"%livefin: {name} is no feed")
            return found
        newest = lf.feeds()[::-1]
        if not newest:
            raise UsageError(NO_FEED)
        return next((feed for feed in newest if symbol in feed.symbols), newest[0])

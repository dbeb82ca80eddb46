"""`livefin`: the command line. Each command imports what it needs, so that `--help` is quick.

Errors that livefin knows end in one line on stderr and exit code 1; wrong usage in 2;
Ctrl-C ends a command cleanly.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
import time
from collections.abc import Sequence
from typing import Any

from livefin import __version__
from livefin.errors import LivefinError, RecordingError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    args = _parser().parse_args(argv)
    try:
        code: int | None = args.run(args)
    except KeyboardInterrupt:
        return 130
    except (LivefinError, OSError, ValueError) as error:
        print(f"livefin: {error}", file=sys.stderr)
        return 1
    return code or 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="livefin", description="Live market data in Jupyter notebooks."
    )
    parser.add_argument("--version", action="version", version=f"livefin {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    lab = commands.add_parser("lab", help="JupyterLab on the example notebooks, with an exchange")
    lab.add_argument("--dir", default="livefin-notebooks", help="where your copies are put")
    lab.add_argument("--port", type=_port, help="JupyterLab's port")
    lab.add_argument("--no-browser", action="store_true", help="only print the address")
    lab.set_defaults(run=_lab)

    exchange = commands.add_parser("exchange", help="run the embedded exchange")
    exchange.add_argument("--host", default="127.0.0.1")
    exchange.add_argument("--port", type=_port, help="0 takes a free one")
    exchange.add_argument("--seed", type=int, default=1, help="makes the market repeatable")
    exchange.add_argument(
        "--rate", type=_above_zero, default=40.0, help="events a second and symbol"
    )
    exchange.add_argument("--symbols", nargs="+", default=None)
    exchange.set_defaults(run=_exchange)

    record = commands.add_parser("record", help="record a venue's raw frames to a file")
    record.add_argument("venue", help="such as binance; `livefin venues` lists them")
    record.add_argument("symbols", nargs="+", help="such as BTC-USDT")
    record.add_argument("-o", "--output", required=True, help="such as session.jsonl.gz")
    record.add_argument("--channels", default=None, help="comma-separated, such as trades,book")
    record.add_argument("--seconds", type=_above_zero, help="stop after so long")
    record.add_argument("--url", default=None, help="another WebSocket address")
    record.add_argument("--overwrite", action="store_true", help="replace the file if it is there")
    record.add_argument(
        "--rotate", default=None, help='a new file every "1h" or "500MB"; the output is a folder'
    )
    record.add_argument(
        "--keep", type=_keep, default=None, help='how many files stay, or their size: 24, "20GB"'
    )
    record.set_defaults(run=_record)

    serve = commands.add_parser("serve", help="play a recording as a real WebSocket server")
    serve.add_argument("file")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=_port, default=0, help="0 takes a free one")
    serve.add_argument("--speed", type=_speed, default=1.0, help='times life, or "max"')
    serve.add_argument("--venue", default=None, help="whose it is, where the file does not say")
    serve.add_argument("--loop", action="store_true", help="start over at the end")
    serve.set_defaults(run=_serve)

    venues = commands.add_parser("venues", help="list the venues and their channels")
    venues.set_defaults(run=_venues)

    doctor = commands.add_parser("doctor", help="say what is installed and what is wrong")
    doctor.set_defaults(run=_doctor)
    return parser


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    return _above_zero(text, ', or "max"')


def _above_zero(text: str, otherwise: str = "") -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0{otherwise}")
    return number


def _keep(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to 65535")
    return int(text)


def _lab(args: argparse.Namespace) -> int:
    from livefin.lab import run_lab  # noqa: PLC0415

    return run_lab(args.dir, port=args.port, browser=not args.no_browser)


def _exchange(args: argparse.Namespace) -> None:
    from livefin.exchange import run_exchange  # noqa: PLC0415
    from livefin.venues.paper import PORT  # noqa: PLC0415

    port = PORT if args.port is None else args.port
    asyncio.run(run_exchange(args.host, port, args.seed, args.rate, args.symbols))


def _record(args: argparse.Namespace) -> None:
    from livefin.connection import connect  # noqa: PLC0415

    channels = args.channels.split(",") if args.channels else None
    end = None if args.seconds is None else time.monotonic() + args.seconds
    with connect(args.venue, args.symbols, channels=channels, url=args.url) as feed:
        options: dict[str, Any] = {"rotate": args.rotate, "keep": args.keep}
        options = {name: value for name, value in options.items() if value is not None}
        recorder = feed.record(args.output, overwrite=args.overwrite, **options)
        print(f"recording {feed.name} to {args.output}; Ctrl-C stops", file=sys.stderr)
        try:
            while end is None or time.monotonic() < end:
                time.sleep(0.2)
                if sys.stderr.isatty():
                    size = f"{recorder.frames:,} frames, {recorder.bytes / 2**20:,.1f} MiB"
                    print(f"\r\x1b[K{size}, {feed.state}", end="", file=sys.stderr, flush=True)
        except KeyboardInterrupt:
            pass
        if sys.stderr.isatty():
            print(file=sys.stderr)
    if recorder.error is not None:
        raise RecordingError(args.output, f"is cut short: {recorder.error}")
    print(f"{recorder.frames:,} frames in {args.output}")


def _serve(args: argparse.Namespace) -> None:
    from livefin.serve import run_serve  # noqa: PLC0415

    asyncio.run(run_serve(args.file, args.host, args.port, args.speed, args.venue, loop=args.loop))


def _venues(_: argparse.Namespace) -> None:
    from livefin.venues import registry  # noqa: PLC0415

    for name, venue in registry.items():
        keys = " (needs a key)" if venue.keys_required else ""
        print(f"{name:18} {venue.title}{keys}, symbols as {venue.example}")
        print(f"{'':18}   {', '.join(venue.channels)}")


def _doctor(_: argparse.Namespace) -> int:
    from livefin.doctor import examine  # noqa: PLC0415

    findings = examine()
    for finding in findings:
        print(finding)
    bad = sum(not finding.good for finding in findings)
    things = "thing" if bad == 1 else "things"
    print(f"\n{bad} {things} to mend" if bad else "\nall is well")
    return 1 if bad else 0

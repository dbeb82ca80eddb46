"""What each venue really says, for the fuzzers to start from.

Frames of its captures where they are, the messages that its tests are made of, and what it
answers to itself. Read as they lie; nothing is copied.
"""

import ast
import gzip
import json
import re
import sys
from contextlib import suppress
from itertools import islice
from pathlib import Path

from livefin import venues
from livefin.errors import ChannelError, MessageError
from livefin.events import BookSnapshot
from livefin.keys import Secret
from livefin.recording.layout import read_plain_line, read_seconds_line
from livefin.venues.contract import Span, Subscription, Venue

HERE = Path(__file__).resolve().parent
VENUE_TESTS = HERE.parent / "venues"
CAPTURES = HERE.parents[2] / "shared" / "captures"
OF = {
    "binance": ("binance/spot_btc*", "binance/spot_4*"),
    "binance-coinm": ("binance/coinm_*",),
    "binance-us": ("binance_us/*",),
    "binance-usdm": ("binance/usdm_*",),
    "bitfinex": ("bitfinex/*",),
    "bitget": ("bitget/*",),
    "bitstamp": ("bitstamp/*",),
    "bybit": ("bybit/*",),
    "coinapi": ("coinapi/*",),
    "coinbase": ("coinbase/adv*", "coinbase/nau*"),
    "coinbase-exchange": ("coinbase/exchange*",),
    "deribit": ("deribit/*",),
    "finfeedapi": ("coinapi/*",),
    "gemini": ("gemini/*",),
    "hyperliquid": ("hyperliquid/*",),
    "kraken": ("kraken/nau*",),
    "kraken-v1": ("kraken/v1*",),
    "okx": ("okx/*",),
}
"""venue -> its captures."""
NOW = 1_700_000_000_000_000_000
PRELUDE, LOOKED_AT = 400, 20_000
KEPT_A_SHAPE, KEPT = 4, 400
LONG, TOO_LONG = 15_000, 300_000
"""Long frames are few among the seeds: they slow everything and add little."""
INTERVALS = ("1m", "5m", "1h")


def frames_of(path, most=LOOKED_AT):
    """The frames in a capture, whatever its format; bodies of what was fetched too."""
    with gzip.open(path, "rb") as file:
        for line in map(bytes.rstrip, islice(file, most)):
            if re.match(rb"\d+ ", line):
                with suppress(ValueError):
                    yield read_plain_line(line).data
                continue
            row = json.loads(line)
            if "t" in row:
                record = read_seconds_line(line)
                if record is not None and record.kind in ("recv", "http"):
                    yield record.data
            elif "file" in row:
                message = row.get("message", row.get("text"))
                yield message.encode() if isinstance(message, str) else _json(message)
            else:
                yield line


def quoted_in(path):
    """The messages that stand in a test file: JSON texts, and literals that make one."""
    for node in ast.walk(ast.parse(path.read_text())):
        with suppress(ValueError, TypeError, SyntaxError, RecursionError):
            value = ast.literal_eval(node)
            if isinstance(value, str | bytes):
                raw = value if isinstance(value, bytes) else value.encode()
                if raw.lstrip()[:1] in (b"{", b"[") and json.loads(raw):
                    yield raw
            elif isinstance(value, dict | list) and value:
                yield _json(value)


def subscriptions(venue, symbols=()):
    """`symbols`, or its example, on each of its channels."""
    subs = []
    for symbol in symbols or (venue.example,):
        for channel in venue.channels:
            options = [f"bars:{i}" for i in INTERVALS] if channel == "bars" else [channel]
            for option in options:
                with suppress(ChannelError):
                    venue.check(Subscription(option, symbol))
                    subs.append(Subscription(option, symbol))
    return subs


class Subject:
    """A venue to be fuzzed: `make()` gives one in mid-connection; the rest is what it reads."""

    def __init__(self, name):
        self.name, self.kind = name, venues.registry[name]
        self.subs = subscriptions(self.kind())
        found = list(self._found())
        self.prelude = [raw for raw in found[:PRELUDE] if len(raw) < LONG]
        self.frames = _varied(found)
        venue = self.make()
        self.requests = [_bytes(m) for m in venue.subscribe(self.subs)]
        self.requests += [_bytes(m) for m in venue.unsubscribe(self.subs)]
        self.requests += [_bytes(m) for m in [venue.ping()] if m is not None]
        self.frames += [a for raw in self.requests for a in venue.answer(raw)]
        self.paths = self._paths(venue)
        readers = {
            "parse_snapshot": lambda v, raw: v.parse_snapshot(v.example, raw, NOW),
            "parse_orders": lambda v, raw: v.parse_orders(v.example, raw, NOW),
            "parse_history": self._any_history,
            "prepared": lambda v, raw: v.prepared(raw),
        }
        self.bodies = {
            verb: self._bodies(read)
            for verb, read in readers.items()
            if getattr(self.kind, verb) is not getattr(Venue, verb)
        }
        """verb -> bodies that it takes, of those verbs that the venue has."""
        if "parse_snapshot" in self.bodies:
            book = BookSnapshot(venue.example, NOW, NOW, [(1.5, 2.0)], [(2.5, 1.0)], 7)
            self.bodies["parse_snapshot"].append(venue.render_snapshot(book))

    def make(self):
        """A new instance that has subscribed and has heard how its capture begins."""
        venue = self.kind()
        if self.name != "coinbase":  # which takes none but a whole private key
            venue.keys = {name: Secret("cGxhbnRlZA==") for name in venue.key_names}
        venue.opened()
        for message in venue.subscribe(self.subs):
            for answer in venue.answer(_bytes(message)):
                with suppress(MessageError):
                    list(venue.parse(answer, NOW))
        for raw in self.prelude:
            with suppress(MessageError):
                list(venue.parse(raw, NOW))
        return venue

    def histories(self):
        """The subscriptions of which the venue has a history."""
        venue, span = self.kind(), Span(NOW - 10**12, NOW)
        return [sub for sub in self.subs if venue.history_url(sub, span) is not None]

    def _found(self):
        for pattern in OF.get(self.name, ()):
            for path in sorted(CAPTURES.glob(f"{pattern}.gz")):
                yield from frames_of(path)
        stem = self.name.replace("-", "_")
        for path in sorted(VENUE_TESTS.glob("test_*.py")):
            if path.stem.startswith(f"test_{stem}") or path.stem.startswith(
                f"test_{stem.partition('_')[0]}"
            ):
                yield from quoted_in(path)

    def _paths(self, venue):
        urls = [venue.snapshot_url(venue.example), venue.orders_url(venue.example)]
        return [u.removeprefix(venue.rest_url).encode() for u in urls if u] or [b"/book?symbol=A"]

    def _bodies(self, read):
        """Those of its messages that `read` takes."""
        venue, kept = self.kind(), []
        for raw in self.frames:
            with suppress(MessageError):
                read(venue, raw)
                kept.append(raw)
        return kept[:60]

    def _any_history(self, venue, raw):
        for sub in self.histories():
            with suppress(MessageError):
                return venue.parse_history(sub, raw, NOW)
        raise MessageError("a page of nothing")


def _varied(found):
    """Of each shape of message a few, the shorter ones more."""
    shapes, kept, long = {}, [], 0
    for raw in found:
        shape = re.sub(rb'\d+|"[^"]{0,40}"(?!\s*:)', b"", raw[:300])
        n = shapes[shape] = shapes.get(shape, 0) + 1
        long += len(raw) > LONG
        if n <= KEPT_A_SHAPE and (len(raw) <= LONG or (long <= 2 and len(raw) <= TOO_LONG)):
            kept.append(raw)
    step = max(1, len(kept) // KEPT)
    return kept[::step]


def _json(value):
    return json.dumps(value).encode()


def _bytes(message):
    return message if isinstance(message, bytes) else message.encode()


if __name__ == "__main__":
    for each in sys.argv[1:] or venues.registry:
        subject = Subject(each)
        bodies = {verb: len(found) for verb, found in subject.bodies.items()}
        print(each, len(subject.frames), sum(map(len, subject.frames)), bodies)

"""What fuzz.py feeds: every venue and the session behind it, and all else that reads the wire.

A target has `renew()` for a new connection, `draw()` for (what to do, an input, how it was
mutated) and `take(what, input)`, which raises what is a finding.
"""

import gzip
import json
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from mutate import Mutator
from sane import check, must
from seeds import NOW, Subject

import livefin as lf
from livefin import fetch
from livefin.exchange import rest
from livefin.exchange.gateway import Gateway
from livefin.exchange.market import Market
from livefin.recording.layout import read_line, read_plain_line, read_seconds_line
from livefin.session import Session
from livefin.store import Store
from livefin.venues.contract import MAX_SYMBOL, Span, Subscription
from livefin.venues.wire import inflate

S = 1_000_000_000
WEIGHTS = {"parse": 70, "session": 8, "answer": 5, "recognises": 4, "path": 3, "check": 3}
BODY_WEIGHT = 4
OTHERS = ("custom", "recording", "inflate", "gateway", "rest")


class VenueTarget:
    """One venue and the session behind it."""

    def __init__(self, name, rng):
        self.subject = subject = Subject(name)
        self.rng = rng
        self.frames = Mutator(subject.frames, rng)
        self.requests = Mutator(subject.requests + subject.frames[:20], rng)
        self.paths = Mutator(subject.paths, rng)
        names = [json.dumps(subject.kind.example).encode()]
        self.names = Mutator(names, rng)
        self.bodies = {
            verb: Mutator(found or subject.frames, rng) for verb, found in subject.bodies.items()
        }
        self.histories = subject.histories()
        if not self.histories:  # without a key there is none
            self.bodies.pop("parse_history", None)
        weights = WEIGHTS | dict.fromkeys(self.bodies, BODY_WEIGHT)
        self._verbs, self._weights = list(weights), list(weights.values())
        self.now = NOW

    def renew(self):
        """Another connection."""
        self.venue = self.subject.make()
        self.session = Session(self.subject.make(), self.subject.subs, seed=1)
        self.store = Store(rows=100)
        self.store.write(self.session.opened(self.now))

    def draw(self):
        """(what to do, the input, how it was mutated)."""
        verb = self.rng.choices(self._verbs, self._weights)[0]
        source = {"answer": self.requests, "path": self.paths, "check": self.names}.get(verb)
        raw, kind = (source or self.bodies.get(verb) or self.frames).next()
        return verb, raw, kind

    def take(self, verb, raw):
        """Hand it over; whether it was taken, not refused. Raises what is a finding."""
        return getattr(self, f"_{verb}")(raw)

    def _parse(self, raw):
        parsed = self.venue.parse(raw, NOW)
        must(hasattr(parsed, "__len__"), "it may raise as it is iterated over", parsed)
        for event in parsed:
            check(event)
        return bool(parsed)

    def _recognises(self, raw):
        must(type(self.subject.kind.recognises(raw)) is bool, "recognises", raw)

    def _session(self, raw):
        self.now += S // 50
        session = self.session
        self.store.write(session.receive([raw], self.now))
        if self.rng.random() < 0.02:
            self.store.write(session.tick(self.now))
        session.commands()

    def _answer(self, raw):
        for answer in self.venue.answer(raw):
            must(type(answer) is bytes, "answer", answer)

    def _path(self, raw):
        text = raw.decode(errors="replace")
        for found in (self.venue.snapshot_symbol(text), self.venue.orders_symbol(text)):
            must(found is None or (type(found) is str and found), "a symbol", found)

    def _check(self, raw):
        """What `check` lets pass can be subscribed to, fetched and given up."""
        text = raw.decode(errors="surrogateescape" if self.rng.random() < 0.1 else "replace")
        symbol, venue = text.strip('"'), self.subject.kind()
        sub = Subscription(self.rng.choice(self.subject.subs).channel, symbol)
        venue.keys = self.venue.keys
        venue.opened()
        venue.check(sub)
        must(len(symbol) <= MAX_SYMBOL, "a long symbol was let pass", sub)
        messages = [*venue.subscribe([sub]), *venue.unsubscribe([sub])]
        urls = [venue.snapshot_url(symbol), venue.orders_url(symbol)]
        urls.append(venue.history_url(sub, Span(NOW - 60 * S, NOW)))
        for text in (*messages, *urls):
            must(text is None or len(text) < 10_000, "a message", text)
        for url in urls:
            must(url is None or (url.isascii() and " " not in url), "an address", url)

    def _parse_snapshot(self, raw):
        check(self.venue.parse_snapshot(self.subject.kind.example, raw, NOW))

    def _parse_orders(self, raw):
        check(self.venue.parse_orders(self.subject.kind.example, raw, NOW))

    def _parse_history(self, raw):
        for event in self.venue.parse_history(self.rng.choice(self.histories), raw, NOW):
            check(event)

    def _prepared(self, raw):
        self.venue.prepared(raw)


class OtherTarget:
    """What is no venue and reads what others wrote all the same."""

    LINES = (
        b'{"t":"header","format":"livefin-1","venue":"binance","config":{"trades":["BTC-USDT"]}}',
        b'{"t":"recv","conn":"1","ts":1723161254036059768,"data":"{\\"e\\":1}"}',
        b'{"t":"recv","conn":"1","ts":1626992741.3105128,"b64":"aGVsbG8="}',
        b'{"t":"connect","conn":"1","ts":1723161253937085768,"addr":"wss://example.com/ws"}',
        b'1723161254036059768 {"stream":"btcusdt@trade","data":{}}',
    )
    REQUESTS = (
        b'{"op":"subscribe","channels":["trades","quotes","book"],"symbols":["BTC-USDT"],"id":1}',
        b'{"op":"unsubscribe","channels":["book"],"symbols":["BTC-USDT"]}',
        b'{"op":"order","symbol":"BTC-USDT","side":"buy","type":"limit","price":60000,"size":0.01}',
        b'{"op":"order","symbol":"BTC-USDT","side":"sell","type":"market","size":0.01}',
        b'{"op":"order","symbol":"BTC-USDT","side":"buy","size":1,"price":60000,"ioc":true}',
        b'{"op":"cancel","order_id":"BTC-USDT:712","id":"a"}',
        b'{"op":"ping","id":7}',
    )
    FRAMES = (
        b'{"type":"trade","s":"ABC","p":"10.5","q":2,"ms":1618678262712,"id":7,"side":"buy"}',
        b'{"type":"book","s":"ABC","bids":[["10.5","1"],[10.4,2]],"asks":[],"ms":1618678262712}',
        b'{"type":"quote","s":"ABC","bid":1,"bid_size":2,"ask":3,"ask_size":4,"ms":"2024-01-01"}',
    )
    TARGETS = (
        b'"/trades?symbol=BTC-USDT&limit=500&from_id=17"', b'"/book?symbol=BTC-USDT&depth=20"',
        b'"/ticker?symbol=BTC-USDT"', b'"/trades?symbol=BTC-USDT&since=1700000000"', b'"/health"',
        b'"120"', b'"Wed, 21 Oct 2015 07:28:00 GMT"', b'"wss://me:pw@host:1/ws?key=1"',
    )  # fmt: skip

    def __init__(self, name, rng):
        self.name, self.rng = name, rng
        source = {"recording": self.LINES, "rest": self.TARGETS, "custom": self.FRAMES}
        self.source = Mutator(source.get(name, self.REQUESTS), rng)
        self.now = NOW

    def renew(self):
        self.venue = lf.custom("ws://x", _anything).fresh()
        if self.name in ("gateway", "rest"):
            self.gateway = Gateway(Market(["BTC-USDT"], origin=self.now, rate=20.0))
            self.client = self.gateway.connect()

    def draw(self):
        raw, kind = self.source.next()
        if self.name == "inflate" and kind not in ("same", "noise"):
            squeeze = self.rng.choice((gzip.compress, zlib.compress, _raw_deflate))
            packed = squeeze(raw[:2_000], 1)
            raw = packed if kind == "cut" else Mutator([packed], self.rng)._do_flip(None, packed)
        return self.name, raw, kind

    def take(self, verb, raw):
        return getattr(self, f"_{verb}")(raw)

    def _custom(self, raw):
        for event in self.venue.parse(raw, NOW):
            check(event)

    def _recording(self, raw):
        for read in (read_line, read_seconds_line, read_plain_line):
            try:
                record = read(raw)
            except (ValueError, RecursionError):  # as they say, and as their reader expects
                continue
            if record is not None:
                must(type(record.ts) is int and 0 <= record.ts < 2**63, "ts", record)
                must(type(record.data) is bytes, "data", record)

    def _inflate(self, raw):
        must(len(inflate(raw, most=100_000)) <= 100_000, "over the limit", raw)

    def _gateway(self, raw):
        self.now += S // 200
        for frames in self.gateway.receive(self.client, raw, self.now).values():
            for frame in frames:
                must(len(frame) < 200_000, "a long answer", frame)

    def _rest(self, raw):
        text = raw.decode(errors="replace").strip('"')
        _, body = rest.respond(self.gateway.market, text, self.now)
        json.loads(body)
        wait = fetch.seconds(text)
        must(wait is None or 0 <= wait <= fetch.LONGEST, "a wait", wait)


def _anything(m):
    """As a person might write it who expects no harm."""
    kind = m["type"]
    if kind == "trade":
        fields = {"price": m["p"], "size": m["q"], "id": m.get("id"), "side": m.get("side")}
        return {"symbol": m["s"], "time": m["ms"], **fields}
    if kind == "book":
        return lf.BookSnapshot(m["s"], m["ms"], NOW, m["bids"], m["asks"])
    return {"symbol": m["s"], "time": m["ms"], **{k: m[k] for k in m if k[:3] in ("bid", "ask")}}


def _raw_deflate(data, level):
    packer = zlib.compressobj(level, wbits=-15)
    return packer.compress(data) + packer.flush()

"""Fuzz all that reads what others sent: nothing comes out but events and the typed errors.

    python tests/chaos/fuzz.py [--inputs 5000000] [--seed 1] [--venue bybit ...] [--processes 2]

Every venue's readers, the session behind them, the lines of recordings, inflating, the
exchange's gateway and routes, and what REST says of when to come back. Everything made is
checked by sane.py. Prints one JSON object on its last line.
"""

import argparse
import gzip
import json
import random
import resource
import signal
import sys
import traceback
import zlib
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path
from time import perf_counter_ns

sys.path.insert(0, str(Path(__file__).parent))
from mutate import Mutator
from sane import check, must
from seeds import NOW, Subject

from livefin import fetch, venues
from livefin.errors import LONGEST, ChannelError, MessageError, SymbolError
from livefin.exchange import rest
from livefin.exchange.gateway import Gateway
from livefin.exchange.market import Market
from livefin.recording.layout import read_line, read_plain_line, read_seconds_line
from livefin.session import Session
from livefin.store import Store
from livefin.venues.contract import MAX_SYMBOL, Span, Subscription
from livefin.venues.wire import inflate

LIFE = 5_000
"""Inputs after which a venue is made anew, as a new socket does."""
SLOW = 50_000_000
"""An input that took longer (ns) is tried again, for the machine may have been busy."""
HANG = 20
S = 1_000_000_000
NAMED = 6
"""Findings told in full, of each target."""
WEIGHTS = {"parse": 70, "session": 8, "answer": 5, "recognises": 4, "path": 3, "check": 3}
BODY_WEIGHT = 4
OTHERS = ("recording", "inflate", "gateway", "rest")


class HangError(BaseException):
    """An input that does not come to an end."""


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
    TARGETS = (
        b'"/trades?symbol=BTC-USDT&limit=500&from_id=17"', b'"/book?symbol=BTC-USDT&depth=20"',
        b'"/ticker?symbol=BTC-USDT"', b'"/trades?symbol=BTC-USDT&since=1700000000"', b'"/health"',
        b'"120"', b'"Wed, 21 Oct 2015 07:28:00 GMT"', b'"wss://me:pw@host:1/ws?key=1"',
    )  # fmt: skip

    def __init__(self, name, rng):
        self.name, self.rng = name, rng
        source = {"recording": self.LINES, "gateway": self.REQUESTS, "rest": self.TARGETS}
        self.source = Mutator(source.get(name, self.REQUESTS), rng)
        self.now = NOW

    def renew(self):
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


def _raw_deflate(data, level):
    packer = zlib.compressobj(level, wbits=-15)
    return packer.compress(data) + packer.flush()


EXPECTED = {"check": (SymbolError, ChannelError), "inflate": MessageError}


class Run:
    """Drives one target and keeps count."""

    def __init__(self, name, seed):
        rng = random.Random(f"{seed} {name}")
        self.name = name
        self.target = (OtherTarget if name in OTHERS else VenueTarget)(name, rng)
        self.kinds, self.verbs, self.taken = Counter(), Counter(), 0
        self.slowest, self.slowest_raw = 0, b""
        self.findings = {}
        self.count = self._seen = 0

    def go(self, inputs):
        """Feed so many inputs. A watchdog ends one that does not end by itself."""
        before = signal.signal(signal.SIGALRM, self._watch)
        signal.setitimer(signal.ITIMER_REAL, HANG, HANG)
        try:
            for n in range(inputs):
                if n % LIFE == 0:
                    self.target.renew()
                self._one(*self.target.draw())
                if n == inputs // 10:
                    started = _memory()
            return self._figures(started if inputs else 0)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def _one(self, verb, raw, kind):
        self.count += 1
        self.kinds[kind] += 1
        self.verbs[verb] += 1
        began = perf_counter_ns()
        try:
            self.taken += self.target.take(verb, raw) is not False
        except EXPECTED.get(verb, MessageError) as error:
            if verb != "check" and len(str(error)) > LONGEST:
                long = AssertionError(f"a long error: {type(error).__name__}: {str(error)[:99]}")
                self._found(verb, raw, kind, long.with_traceback(error.__traceback__))
        except (Exception, HangError) as error:  # noqa: BLE001 - what this is all about
            self._found(verb, raw, kind, error)
        took = perf_counter_ns() - began
        if took > self.slowest:
            self._slow(verb, raw, took)

    def _slow(self, verb, raw, took):
        if took > SLOW:
            for _ in range(3):
                began = perf_counter_ns()
                with suppress(Exception):  # told already
                    self.target.take(verb, raw)
                took = min(took, perf_counter_ns() - began)
        if took > self.slowest:
            self.slowest, self.slowest_raw = took, raw[:80]

    def _found(self, verb, raw, kind, error):
        frames = traceback.extract_tb(error.__traceback__)
        where = next((f for f in reversed(frames) if "livefin/" in f.filename), frames[-1])
        told = f"{type(error).__name__}: {str(error)[:200]}"
        what = (
            type(error).__name__
            if not isinstance(error, AssertionError)
            else told.partition("(")[0]
        )
        key = f"{verb} {Path(where.filename).name}:{where.lineno} {what}"
        count, *first = self.findings.get(key, (0, told, kind, repr(raw[:1_500])))
        self.findings[key] = (count + 1, *first)

    def _watch(self, *_):
        if self._seen == self.count:
            raise HangError(f"no end in {HANG} s")
        self._seen = self.count

    def _figures(self, started):
        return {
            "name": self.name,
            "inputs": self.count,
            "taken": self.taken,
            "kinds": dict(self.kinds),
            "verbs": dict(self.verbs),
            "slowest_ms": round(self.slowest / 1e6, 2),
            "slowest_input": repr(self.slowest_raw),
            "memory_growth_mb": round((_memory() - started) / 1024, 1),
            "findings": self.findings,
        }


def _memory():
    """The most memory this process ever had, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def fuzz(name, inputs, seed):
    """The figures of one target."""
    return Run(name, seed).go(inputs)


def total(figures, took):
    """All figures as one."""
    kinds, verbs = Counter(), Counter()
    for one in figures:
        kinds.update(one["kinds"])
        verbs.update(one["verbs"])
    slowest = max(figures, key=lambda one: one["slowest_ms"])
    inputs = sum(one["inputs"] for one in figures)
    return {
        "inputs": inputs,
        "exceptions": sum(n for one in figures for n, *_ in one["findings"].values()),
        "by_venue": {one["name"]: one["inputs"] for one in figures},
        "by_mutation": dict(kinds.most_common()),
        "by_reader": dict(verbs.most_common()),
        "taken_share": round(sum(one["taken"] for one in figures) / max(1, inputs), 3),
        "slowest_ms": slowest["slowest_ms"],
        "slowest_of": slowest["name"],
        "memory_growth_mb": max(one["memory_growth_mb"] for one in figures),
        "seconds": round(took, 1),
        "findings": {one["name"]: one["findings"] for one in figures if one["findings"]},
    }


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=5_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--venue", action="append", help="or one of: " + ", ".join(OTHERS))
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args(argv)
    names = given.venue or [*venues.registry, *OTHERS]
    share = [given.inputs // len(names)] * len(names)
    share[0] += given.inputs - sum(share)
    began, figures = perf_counter_ns(), []
    # One process a target, so that each one's memory is its own.
    with ProcessPoolExecutor(given.processes, max_tasks_per_child=1) as pool:
        jobs = [pool.submit(fuzz, n, s, given.seed) for n, s in zip(names, share, strict=True)]
        for job in jobs:
            one = job.result()
            figures.append(one)
            for where, (count, told, kind, raw) in one["findings"].items():
                print(f"  {count}x {one['name']} {where}\n     {told}\n     {kind}: {raw[:400]}")
            print(
                f"{one['name']}: {one['inputs']:,} inputs, {one['taken']:,} taken, slowest "
                f"{one['slowest_ms']} ms, {one['memory_growth_mb']} MB",
                flush=True,
            )
    return total(figures, (perf_counter_ns() - began) / S)


if __name__ == "__main__":
    print(json.dumps(main()))

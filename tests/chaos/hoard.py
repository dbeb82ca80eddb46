"""Send each venue a million names it has never heard of, and look at what it keeps of them.

    python tests/chaos/hoard.py [--names 1000000] [--venue bybit ...] [--processes 2]

Every text and number in its real frames that can be something else and is still read is made
something else, each time another: symbols, channels, ids. What makes anything grow is gone on
with, until the names are used up. The frames pass through a session and a store, as live.
Prints one JSON object on its last line.
"""

import argparse
import json
import random
import re
import resource
import sys
from collections import Counter, deque
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from mutate import Seed
from seeds import NOW, Subject

from livefin import venues
from livefin.errors import MessageError
from livefin.session import Session
from livefin.store import Store

S = 1_000_000_000
FROM_A_SEED, TEMPLATES, TRIED = 5, 600, 300
_TOKEN = re.compile(rb"[A-Za-z0-9]{2,}")
_PLACE = re.compile(rb"<<(name|number)>>")
CONTAINERS = (dict, list, tuple, set, frozenset, deque)


class Live:
    """A session of a venue and where its events are kept, told of names."""

    def __init__(self, subject):
        self.session, self.store = Session(subject.make(), subject.subs, seed=1), Store(rows=1_000)
        self.now = NOW
        self.store.write(self.session.opened(self.now))
        self.session.commands()

    def tell(self, template, names):
        """Receive `template` with each number of `names` in its place."""
        receive, write, parts = self.session.receive, self.store.write, _PLACE.split(template)
        for n in names:
            parts[1::2] = [b"QX%07d" % n if kind != b"number" else b"%d" % (9 * 10**7 + n)
                           for kind in _PLACE.findall(template)]  # fmt: skip
            write(receive([b"".join(parts)], self.now))
            if n % 500 == 0:
                self.now += S // 10
                write(self.session.tick(self.now))
                self.session.commands()

    def held(self):
        """Where containers hang -> the entries in them, alike ones together."""
        found, seen, waiting = Counter(), set(), [("session", self.session), ("store", self.store)]
        while waiting:
            path, one = waiting.pop()
            if id(one) in seen or isinstance(one, type):
                continue
            seen.add(id(one))
            if isinstance(one, CONTAINERS):
                found[path] += len(one)
                values = one.values() if isinstance(one, dict) else one
                waiting += [(f"{path}[]", value) for value in values]
            elif type(one).__module__.startswith("livefin"):
                names = [*getattr(one, "__struct_fields__", ()), *getattr(one, "__dict__", ())]
                for kind in type(one).__mro__:
                    slots = kind.__dict__.get("__slots__", ())
                    names += [slots] if isinstance(slots, str) else slots
                waiting += [(f"{path}.{name}", getattr(one, name, None)) for name in names]
            elif getattr(one, "__closure__", None):
                waiting += [(f"{path}()", cell.cell_contents) for cell in one.__closure__]
        return found


def templates(subject, rng):
    """Frames with a place for a name or a number in them, which the venue still reads."""
    found, venue = [], subject.make()
    for raw in subject.frames:
        if len(raw) > 3_000:
            continue
        seed = Seed(raw)
        tokens = {t for a, b in seed.strings for t in _TOKEN.findall(raw[a:b])}
        made = [_everywhere(raw, token) for token in tokens]
        made += [raw[:a] + b"<<number>>" + raw[b:] for a, b in seed.numbers]
        rng.shuffle(made)
        read = [t for t in made if _is_read(venue, _PLACE.sub(b"90000001", t))]
        found += read[:FROM_A_SEED]
    rng.shuffle(found)
    return found[:TEMPLATES]


def _everywhere(raw, token):
    """`raw` with a place for a name wherever `token` is a word of a text, in any case."""
    pattern = re.compile(
        rb"(?<![A-Za-z0-9])" + re.escape(token) + rb"(?![A-Za-z0-9])", re.IGNORECASE
    )
    return pattern.sub(b"<<name>>", raw)


def _is_read(venue, raw):
    try:
        venue.parse(raw, NOW)
    except MessageError:
        return False
    return True


def growing(subject, shapes):
    """Of each way to make something grow, one template: where it grows -> template."""
    found = {}
    for shape in shapes:
        live = Live(subject)
        before = live.held()
        live.tell(shape, range(1, TRIED))
        after = live.held()
        where = frozenset(path for path, n in after.items() if n - before[path] >= TRIED // 3)
        if where:
            found.setdefault(where, shape)
    return found


def hoard(name, names, *, most_shapes=TEMPLATES):
    """What `name` holds after half and after all of `names`, told in each way that grows."""
    subject = Subject(name)
    shapes = templates(subject, random.Random(1))[:most_shapes]
    ways = growing(subject, shapes)
    share = names // max(1, len(ways))
    most, unbounded = Counter(), {}
    for shape in ways.values():
        live = Live(subject)
        live.tell(shape, range(1, share // 2))
        half = live.held()
        live.tell(shape, range(share // 2, share))
        for path, n in live.held().items():
            most[path] = max(most[path], n)
            if n > half[path] + share // 8:
                unbounded[path] = (n, shape[:300].decode(errors="replace"))
    return {
        "name": name,
        "templates": len(shapes),
        "ways_that_grow": len(ways),
        "names_each": share,
        "most": dict(most.most_common(6)),
        "unbounded": unbounded,
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--venue", action="append")
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args(argv)
    figures = []
    with ProcessPoolExecutor(given.processes, max_tasks_per_child=1) as pool:
        jobs = [pool.submit(hoard, n, given.names) for n in given.venue or venues.registry]
        for job in jobs:
            figures.append(job.result())
            print(json.dumps(figures[-1]), flush=True)
    return {
        "names": given.names,
        "venues": len(figures),
        "most_entries": max(max(one["most"].values(), default=0) for one in figures),
        "most_rss_mb": max(one["rss_mb"] for one in figures),
        "unbounded": {one["name"]: list(one["unbounded"]) for one in figures if one["unbounded"]},
    }


if __name__ == "__main__":
    print(json.dumps(main()))

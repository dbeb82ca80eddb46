"""Which fault comes when: drawn from a seed, counted when it has an effect.

Faults of frames are armed and meet the next frame that fits; faults of sockets, of REST
answers, of the clock and of planned renewals happen at once or to the next one concerned.
Told by network.py what passes; says what becomes of it. No I/O.
"""

import asyncio
from collections import Counter, deque

S = 1_000_000_000

KINDS = {
    # frames
    "drop": 6,
    "duplicate": 5,
    "reorder": 5,
    "truncate": 4,
    "garbage": 4,
    # sockets
    "cut": 2,
    "cut in a frame": 2,
    "close": 1,
    "silence": 2,
    "slow read": 4,
    "refused": 1,
    "handover": 3,
    # REST
    "rest error": 2,
    "rest 429": 1,
    "rest late": 2,
    "rest never": 1,
    "rest garbage": 1,
    "rest old": 2,
    # the machine
    "clock jump": 2,
}
"""kind -> how often, one to another, in mixed weather."""
FRAMES = ("drop", "duplicate", "reorder", "truncate", "garbage")
SOCKETS = ("cut", "cut in a frame", "close", "silence", "slow read", "refused")
REST = tuple(kind for kind in KINDS if kind.startswith("rest"))
CLIMATES = {
    "mixed": KINDS,
    "frames": {kind: KINDS[kind] for kind in FRAMES},
    "outages": {kind: KINDS[kind] for kind in (*SOCKETS, *REST)},
    "handovers": {kind: KINDS[kind] for kind in FRAMES}
    | {"handover": 12, "cut": 2, "slow read": 6},
    "clocks": dict.fromkeys(FRAMES, 1) | {"clock jump": 8, "cut": 2, "silence": 1, "handover": 1},
}
"""A run's weather is one of these."""
BROKEN = (
    b"", b"null", b"[]", b"{}", b"0", b'"x"', b"not json", b"\xff\xfe\x00", b"{" * 3_000,
    b'{"type":"trade"}', b'{"stream":"x@y","data":{}}', b'[1,2,3,"trade","X/Y"]', b"[[[]]]",
    b'{"topic":"publicTrade.X","data":[{}]}', b'{"channel":"l2_data","events":[]}', b"\x00" * 64,
)  # fmt: skip


class Armed:
    """A fault of frames that waits for the next `n` frames that it `fits`."""

    def __init__(self, kind, n, fits):
        self.kind, self.n, self.fits = kind, n, fits
        self.met = False


class Weather:
    """Drawn from `rng`. `spacing` is seconds between faults, in the mean."""

    def __init__(self, rng, climate, spacing):
        self.rng, self.spacing = rng, spacing
        self.kinds = dict(CLIMATES[climate])
        self.counts = Counter()
        """Faults that have happened, by kind."""
        self.frames = Counter()
        """Frames concerned, by kind."""
        self.calm = True
        self._armed = deque()
        self._rest = deque()
        self.refusals = 0

    async def blow(self, network, renew):
        """Have faults come until cancelled. `renew()` changes one socket; whether it does."""
        self.calm = False
        kinds, weights = list(self.kinds), list(self.kinds.values())
        while True:
            await asyncio.sleep(self.rng.expovariate(1 / self.spacing))
            self._strike(self.rng.choices(kinds, weights)[0], network, renew)

    def settle(self):
        """No more faults; those that wait for something never come."""
        self.calm = True
        self._armed.clear()
        self._rest.clear()
        self.refusals = 0

    def happened(self, kind, frames=0):
        self.counts[kind] += 1
        self.frames[kind] += frames

    def _strike(self, kind, network, renew):
        rng = self.rng
        if kind in FRAMES:
            if len(self._armed) < 3:
                self._armed.append(Armed(kind, rng.choice((1, 1, 2, 4, 8)), self._fitting()))
        elif kind in REST:
            if len(self._rest) < 4:
                self._rest.extend([kind] * rng.choice((1, 1, 2)))
        elif kind == "clock jump":
            by = (
                rng.choice((0.05, 0.5, 3, 20, 90, 3_600))
                * rng.choice((-1, 1))
                * rng.uniform(0.5, 1)
            )
            network.clock.jump(int(by * S))
            self.happened(kind)
        elif kind == "handover":
            if renew():
                self.happened(kind)
        else:
            link = network.any_link(rng)
            if link is not None:
                self._strike_link(kind, link)

    def _strike_link(self, kind, link):
        rng = self.rng
        if kind == "silence":
            if link.fall_silent(rng.choice((0.2, 1, 5, 60)) * rng.uniform(0.5, 1)):
                self.happened(kind)
        elif kind == "slow read":
            link.stall(rng.choice((0.05, 0.3, 1, 3)) * rng.uniform(0.5, 1))
            self.happened(kind)
        elif kind == "close":
            self.happened(kind)
            link.die(rng.choice((1000, 1001, 1011, 1012, 1013)), "a fault")
        else:
            self.happened(kind)
            if kind == "refused":
                self.refusals = rng.choice((1, 1, 2, 3))
            link.die(1006, "", torn=kind == "cut in a frame")

    def _fitting(self):
        """Any frame, or only those with trades, or with books."""
        which = self.rng.choice(("any", "any", "trades", "book"))
        if which == "trades":
            return lambda frame: any(stream.channel != "quotes" for stream, _ in frame.events)
        if which == "book":
            return lambda frame: bool(frame.books)
        return lambda frame: True

    # What becomes of what passes

    def fault_of(self, frame):
        """The fault that `frame` meets; "" for none."""
        for armed in self._armed:
            if armed.fits(frame):
                break
        else:
            return ""
        armed.n -= 1
        if not armed.n:
            self._armed.remove(armed)
        if not armed.met:
            armed.met = True
            self.counts[armed.kind] += 1
        self.frames[armed.kind] += 1
        return armed.kind

    def fault_of_request(self):
        """The fault that a REST request meets; "" for none."""
        if not self._rest:
            return ""
        kind = self._rest.popleft()
        self.happened(kind)
        return kind

    def refuses(self):
        """Whether whoever connects now is turned away."""
        if self.refusals:
            self.refusals -= 1
            return True
        return False

    def garbage(self, like):
        """Bytes that are no message, some made of one."""
        rng = self.rng
        if rng.random() < 0.5 or not like:
            return rng.choice(BROKEN)
        if rng.random() < 0.5:
            return bytes(rng.randrange(256) for _ in range(rng.choice((1, 7, 200))))
        raw = bytearray(like)
        for _ in range(3):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        # A message that is still one might be taken for it: cut it in any case.
        return bytes(raw[: len(raw) // 2])

"""One run: a venue, the real feed on a simulated network, a storm, and calm after it.

Everything is drawn from the seed, so that a run that went wrong can be seen again.
"""

import asyncio
import gc
import random
from collections import Counter
from dataclasses import dataclass, field
from types import BuiltinFunctionType, FunctionType, ModuleType

from books import Books
from ledger import Ledger, Verdict
from network import Network
from virtualtime import simulated
from weather import Weather

from livefin.feed import Feed
from livefin.lanes import on_lane, split
from livefin.line import Line
from livefin.session import Session, State

LOOK = 0.25
RECOVERY = 120.0
"""Simulated seconds after the last fault in which all has to be well again."""
SETTLED = 10.0
"""By then all that is asked for after a storm is there."""
MOST_HELD = 48 * 2**20
"""Bytes that sessions may hold after a storm."""


@dataclass
class Outcome:
    """What one run came to."""

    name: str
    verdict: Verdict
    faults: Counter
    frames: Counter
    recovery: float
    """Simulated seconds until all was well again."""
    simulated: float
    held: int
    said: list = field(default_factory=list)
    """Every status, with the true times it speaks of."""


def run(venue, *, seed, climate="mixed", spacing=0.4, seconds=60.0, silence=1.5, warm=3.0):
    """Play `venue` for `seconds` of bad weather and then calm."""
    rng = random.Random(f"{venue.name}/{seed}/{climate}")
    with simulated(venue.origin) as (loop, clock):
        weather = Weather(rng, climate, spacing)
        ledger = Ledger(clock, venue.numbered)
        books = Books(clock, chained=venue.chained, depth=venue.depth, checked=venue.checked)
        network = Network(loop, clock, venue, weather, ledger, books, rng)
        with network.patched():
            work = _play(
                venue, network, Verdict(), seconds=seconds, silence=silence, warm=warm, seed=seed
            )
            return loop.run_until_complete(work)


async def _play(venue, network, verdict, *, seconds, silence, warm, seed):
    loop, weather = network.loop, network.weather
    loop.set_exception_handler(lambda _, what: verdict.complain("other", f"{what!r:.300}"))
    feed = _feed(venue, network, verdict, silence=silence, seed=seed)
    venue.start(network)
    feed._launch()
    await asyncio.sleep(warm)
    storm = loop.create_task(weather.blow(network, lambda: _renew(feed, weather.rng)))
    end = loop.time() + seconds
    while loop.time() < end and not venue.over:
        await asyncio.sleep(LOOK)
        network.books.tick(feed, verdict)
    storm.cancel()
    weather.settle()
    recovery = await _recover(venue, network, feed, verdict)
    while venue.span and not venue.over:  # noqa: ASYNC110 - the capture has no event to wait for
        await asyncio.sleep(LOOK)
    await asyncio.sleep(SETTLED)
    await _recover(venue, network, feed, verdict)
    held = weigh([session for driver in feed._drivers for session in driver.sessions])
    if held > MOST_HELD:
        verdict.complain("other", f"sessions hold {held:,} bytes")
    await feed._shutdown()
    verdict += network.ledger.judge()
    _judge_frames(network, feed, verdict)
    for status in feed.status.list():
        if "the feed stopped" in status.detail:
            verdict.complain("other", status.detail)
    return Outcome(
        venue.name, verdict, weather.counts, weather.frames, recovery, loop.time(), held,
        network.ledger.said,
    )  # fmt: skip


def _feed(venue, network, verdict, *, silence, seed):
    instance, subs = venue.venues()
    sessions = [
        Session(on_lane(instance, lane), some, silence=silence, seed=seed)
        for lane, some in split(instance, subs)
    ]
    clock = network.clock
    feed = Feed(
        sessions,
        lambda session, deliver: Line(session, deliver, clock=clock),
        name=venue.name,
        rows=5_000_000,
        clock=clock,
    )

    def event(event):
        try:
            network.ledger.event(event)
            network.books.event(event, feed, verdict)
        except Exception as error:  # noqa: BLE001 - a feed would swallow it
            verdict.complain("other", f"the judge failed: {error!r}")

    def active():
        return [driver._client._link for driver in feed._drivers if driver._client._link]

    def settled(link, frames):
        if link in active():
            network.books.settled(link, frames, feed, verdict)

    network.books.active = network.ledger.active = active
    feed._dispatch.callbacks.append(event)
    network.settled = settled
    return feed


def _renew(feed, rng):
    driver = rng.choice(feed._drivers)
    return driver.sessions[0].state is State.OPEN and driver.renew("a fault")


async def _recover(venue, network, feed, verdict):
    """Wait until all is well; how long that took."""
    loop = network.loop
    began = loop.time()
    totals = {stream: len(came) for stream, came in network.ledger.came.items()}
    while True:
        await asyncio.sleep(LOOK)
        network.books.tick(feed, verdict)
        ill = list(_ills(venue, network, feed, totals))
        if not ill:
            return loop.time() - began
        if loop.time() - began > RECOVERY:
            verdict.complain("hangs", "; ".join(ill))
            return RECOVERY


def _ills(venue, network, feed, totals):
    for driver in feed._drivers:
        if driver._handover is not None:
            yield "a handover is under way"
        for session in driver.sessions:
            if session.state is not State.OPEN or not session.ready:
                yield "a socket is down"
            if session.filling:
                yield f"{session.filling} streams wait for their history"
            for sub, here in session.missing():
                known = sub.channel != "book" or network.books.truths[sub.symbol].known
                if not here and known:
                    yield f"the book of {sub.symbol} is not here"
    for symbol in list(network.books.truths):
        if not network.books.whole(symbol, feed) and not network.books.excused(symbol):
            yield f"the book of {symbol} is not the venue's"
    if not venue.over:  # each stream has to go on
        for stream, total in totals.items():
            if stream[0] == "trades" and len(network.ledger.came[stream]) == total:
                yield f"{stream} has stopped"


def _judge_frames(network, feed, verdict):
    """The frames hold what the events said, row by row."""
    for (channel, symbol), came in network.ledger.came.items():
        if not came:
            continue
        frame = feed.tables[channel][symbol]
        name = "sequence" if channel == "quotes" else "id"
        rows = frame.column(name).tolist()
        wanted = [getattr(event, name) for event in came]
        if rows != [-1 if id_ is None else id_ for id_ in wanted]:
            verdict.complain(
                "other", f"{channel} {symbol}: {len(rows)} rows of {len(wanted)} events"
            )


def weigh(roots):
    """Bytes held by `roots` and all below them, but for code."""
    seen, total, todo = set(), 0, list(roots)
    while todo:
        obj = todo.pop()
        if id(obj) in seen or isinstance(
            obj, type | ModuleType | FunctionType | BuiltinFunctionType
        ):
            continue
        seen.add(id(obj))
        total += obj.__sizeof__()
        todo.extend(gc.get_referents(obj))
    return total

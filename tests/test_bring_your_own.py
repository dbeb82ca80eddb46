"""Four venues of a cell each, on real traffic: everything in the file is in the feed.

What the files say is read here by gzip and json alone.
"""

import ast
import base64
import gzip
import inspect
import json
import textwrap

import cells
import numpy as np
import pytest
from fakes import Wire
from faults import FaultProxy
from threaded import threaded

import livefin as lf
from livefin.events import BookDelta, BookSnapshot
from livefin.serve import ReplayServer

VENUES = {
    "upbit": cells.upbit,
    "hitbtc": cells.hitbtc,
    "phemex": cells.phemex,
    "huobi": cells.huobi,
}
every_venue = pytest.mark.parametrize("name", list(VENUES))
MOST_LINES = 12


class Told:
    """What a capture tells, by symbol: trades as (price, size), book messages, the last book."""

    def __init__(self, path):
        self.trades, self.books, self.messages = {}, {}, {}
        for line in gzip.decompress(path.read_bytes()).splitlines():
            record = json.loads(line)
            if record["t"] == "recv":
                raw = base64.b64decode(record["b64"]) if "b64" in record else record["data"]
                if raw[:2] == b"\x1f\x8b":
                    raw = gzip.decompress(raw)
                getattr(self, path.parent.name)(json.loads(raw))
        self.symbols = sorted(self.messages)

    def trade(self, symbol, price, size):
        self.trades.setdefault(symbol, []).append((price, size))

    def book(self, symbol, bids, asks, whole=True):
        self.messages[symbol] = self.messages.get(symbol, 0) + 1
        if whole:
            self.books[symbol] = ({}, {})
        for side, levels in zip(self.books[symbol], (bids, asks), strict=True):
            side.update(levels)
            for price in [price for price, size in side.items() if not size]:
                del side[price]

    def upbit(self, m):
        if m["ty"] == "trade":
            self.trade(m["cd"], m["tp"], m["tv"])
        else:
            rows = m["obu"]
            self.book(
                m["cd"], [(r["bp"], r["bs"]) for r in rows], [(r["ap"], r["as"]) for r in rows]
            )

    def hitbtc(self, m):
        p = m.get("params")
        if m.get("method") == "snapshotTrades":
            for t in p["data"]:
                self.trade(p["symbol"], float(t["price"]), float(t["quantity"]))
        elif m.get("method") in ("snapshotOrderbook", "updateOrderbook"):
            sides = ([(float(x["price"]), float(x["size"])) for x in p[s]] for s in ("bid", "ask"))
            self.book(p["symbol"], *sides, whole=m["method"][0] == "s")

    def phemex(self, m):
        by = (1e8, 1e8) if m.get("symbol", "")[:1] == "s" else (1e4, 1)
        if "book" in m:
            sides = ([(p / by[0], q / by[1]) for p, q in m["book"][s]] for s in ("bids", "asks"))
            self.book(m["symbol"], *sides, whole=m["type"] == "snapshot")
        elif m.get("type") == "incremental":
            for _, _, price, size in m.get("trades", ()):
                self.trade(m["symbol"], price / by[0], size / by[1])

    def huobi(self, m):
        if "tick" not in m:
            return
        symbol, tick = m["ch"].split(".")[1], m["tick"]
        if "data" in tick:
            for t in tick["data"]:
                self.trade(symbol, t["price"], t["amount"])
        else:
            self.book(symbol, map(tuple, tick["bids"]), map(tuple, tick["asks"]))


@pytest.fixture(scope="module")
def told(captures):
    """name -> what its capture tells, read once."""
    paths = {name: captures / name / f"{name}.jsonl.gz" for name in VENUES}
    return {name: (path, Told(path)) for name, path in paths.items()}


def served(path, make, **options):
    return threaded(lambda: ReplayServer(path, venue=make(), **options))


def rows(table):
    return list(zip(table.df.price, table.df["size"], strict=True))


@every_venue
def test_a_cell_has_at_most_twelve_lines(name):
    source = textwrap.dedent(inspect.getsource(VENUES[name]))
    (function,) = ast.parse(source).body
    body = source.splitlines()[function.body[0].lineno - 1 :]
    written = [line for line in body if line.strip()]
    assert len(written) <= MOST_LINES
    assert max(map(len, source.splitlines())) <= 100
    assert not any(";" in line for line in written)


@every_venue
def test_every_trade_and_every_book_of_the_capture_is_in_the_feed(name, told):
    path, told = told[name]
    counts = {}
    with (
        served(path, VENUES[name], speed=None) as server,
        lf.connect(VENUES[name](), told.symbols, url=server.url) as feed,
    ):

        @feed.on_event
        def count(event):
            if isinstance(event, BookSnapshot | BookDelta):
                counts[event.symbol] = counts.get(event.symbol, 0) + 1

        wanted = sum(told.messages.values())
        assert feed.wait(lambda: sum(counts.values()) >= wanted, timeout=30)
        assert feed.wait(lambda: not feed.queued)

    assert counts == told.messages
    assert {s: rows(feed.trades[s]) for s in told.symbols if len(feed.trades[s])} == told.trades
    for symbol, sides in told.books.items():
        assert tuple(map(dict, feed.book[symbol].levels())) == sides
    assert dict(feed.status.counts) == {"connected": 1}


@every_venue
def test_after_a_cut_in_the_middle_it_goes_on_and_the_chart_says_so(name, told, wire_of):
    path, told = told[name]
    busiest = max(told.trades, key=lambda symbol: len(told.trades[symbol]))
    # Played again and again, as only a first frame holds the books of some.
    with (
        served(path, VENUES[name], speed=30, loop=True) as server,
        threaded(lambda: FaultProxy(server.url)) as proxy,
        lf.connect(VENUES[name](), told.symbols, url=proxy.url) as feed,
    ):
        wire = wire_of(feed, busiest)
        assert feed.wait(lambda: len(feed.trades[busiest]) and proxy.passed > 150, timeout=20)
        proxy.cut()
        assert feed.wait(lambda: feed.status.counts["connected"] >= 2, timeout=20)
        seen = feed.meter.total
        assert feed.wait(
            lambda: (
                all(book.synced for book in feed.book.values()) and feed.meter.total > seen + 100
            ),
            timeout=30,
        )
        assert not any(book.crossed for book in feed.book.values())

    assert feed.status.counts["malformed"] == feed.status.counts["rejected"] == 0
    disconnected = [s for s in feed.status.list() if s.kind == "disconnected"]
    assert "trying again" in disconnected[0].detail
    # No trade that the venue never sent, and none twice where it has ids.
    assert set(rows(feed.trades[busiest])) <= set(told.trades[busiest])
    ids = feed.trades[busiest].df.id
    assert ids[ids >= 0].is_unique
    # The chart has the bars, and a band where nobody listened.
    (message, buffers), _ = wire.paint()
    bars = feed.bars("1s")[busiest].df
    count = next(n for key, _, n in message["parts"] if key == "bars")
    columns = np.frombuffer(bytes(buffers[0]))[: 6 * count].reshape(6, count)
    assert columns[4].tolist() == bars.close.tolist()
    assert any(band.kind == "disconnected" for band in wire.chart._picture._bands.list)


@every_venue
def test_its_recording_gives_the_same_frames_again(name, told, tmp_path):
    path, told = told[name]
    recorded = tmp_path / "mine.jsonl.gz"
    with (
        served(path, VENUES[name], speed=None) as server,
        lf.connect(VENUES[name](), told.symbols, url=server.url, record=recorded) as feed,
    ):
        wanted = sum(map(len, told.trades.values())) + sum(told.messages.values())
        assert feed.wait(lambda: feed.meter.total >= wanted and not feed.queued, timeout=30)
    with lf.connect(lf.Replay(recorded, speed=None, venue=VENUES[name]())) as again:
        assert again.wait(lambda: again.state == "finished", timeout=30)
    for symbol in told.trades:
        assert again.trades[symbol].df.equals(feed.trades[symbol].df)
    for symbol in told.books:
        assert again.book[symbol].snapshot() == feed.book[symbol].snapshot()


@pytest.fixture
def wire_of():
    """A chart of a feed on a wire, as Python builds it; no page."""
    made = []

    def make(feed, symbol):
        made.append(Wire(lf.chart(feed, symbol)))
        return made[-1]

    yield make
    for wire in made:
        wire.chart.release()
    from livefin.chart import bokehjs  # noqa: PLC0415 - as in the tests of the chart
    from livefin.chart.painter import painter  # noqa: PLC0415

    painter.close()
    for runtime in bokehjs._runtimes:
        runtime.close()
    bokehjs._runtimes.clear()

"""What does a message cost on its way from raw frame to frames and book?

Without a network: livefin's whole pipeline (parse, sequence checks, typed events, frames,
book) beside a floor that does nothing but decode and append, beside `json.loads` with
`pd.concat`, and beside cryptofeed where it is installed. Over loopback: livefin beside a
bare `websockets` receive loop, unpaced and at 5,000 messages a second, one a packet.

    python tests/benchmarks/ingest.py [CAPTURE]

CAPTURE is a file of `<ns> <raw JSON>` lines of Binance combined streams with one REST
depth snapshot among them; without one, a generated one of the same mix is used.
Prints its figures as one JSON object on the last line; times in µs a message, medians. What
needs no network is timed by the processor's clock, which others' work does not run.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import multiprocessing
import os
import random
import statistics
import time
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
from websockets.asyncio.client import connect as ws_connect
from websockets.asyncio.server import serve
from websockets.frames import Frame, Opcode
from websockets.protocol import State

import livefin as lf
from livefin import gulps, venues
from livefin.session import Session
from livefin.store import Store
from livefin.venues.contract import Subscription

CAPTURE = Path(__file__).parents[3] / "shared/captures/binance/spot_btcusdt_20240808.txt.gz"
SYMBOL = "BTC-USDT"
CHANNELS = ("trades", "quotes", "book")
BATCH = 20  # frames a read, as under load
ROUNDS = 7


# The frames


def load(path: Path | None) -> tuple[list[bytes], bytes]:
    """Raw frames and the snapshot's body."""
    if path is None:
        return generate(41_000)
    frames, snapshot = [], b""
    for line in gzip.decompress(path.read_bytes()).splitlines():
        raw = line.split(b" ", 1)[1]
        if raw.startswith(b'{"lastUpdateId"'):
            snapshot = raw
        else:
            frames.append(raw)
    return frames, snapshot


def generate(n: int) -> tuple[list[bytes], bytes]:
    """`n` frames of the real mix: of 100, 68 quotes, 24 trades, 8 depth changes of 36 levels."""
    rng = random.Random(1)
    frames, update, trade, price = [], 1_000, 1, 60_000.0

    def text(x: float) -> str:
        return f"{x:.8f}"

    for _ in range(n):
        price += rng.gauss(0, 0.5)
        kind = rng.random()
        ms = 1_700_000_000_000 + len(frames)
        if kind < 0.68:
            data = {"u": update, "s": "BTCUSDT", "b": text(price), "B": "1.0", "a": text(price + 1)}
            frames.append({"stream": "btcusdt@bookTicker", "data": data | {"A": "2.00000000"}})
        elif kind < 0.92:
            data = {"e": "trade", "E": ms, "s": "BTCUSDT", "t": trade, "p": text(price), "q": "0.1"}
            frames.append(
                {"stream": "btcusdt@trade", "data": data | {"T": ms, "m": True, "M": True}}
            )
            trade += 1
        else:
            sides = [
                [[text(price + sign * rng.randrange(1, 900) / 10), text(rng.choice((0, 1.5)))]
                 for _ in range(18)]
                for sign in (-1, 1)
            ]  # fmt: skip
            data = {"e": "depthUpdate", "E": ms, "s": "BTCUSDT", "U": update, "u": update + 9}
            frames.append(
                {"stream": "btcusdt@depth@100ms", "data": data | {"b": sides[0], "a": sides[1]}}
            )
            update += 10
    levels = [[text(60_000.0 - i), "1.0"] for i in range(1_000)]
    snapshot = {"lastUpdateId": 999, "bids": levels, "asks": [[text(70_000.0), "1.0"]]}
    return [json.dumps(f, separators=(",", ":")).encode() for f in frames], json.dumps(
        snapshot
    ).encode()


# Without a network


def livefin_pass(frames: list[bytes], snapshot: bytes) -> float:
    session = Session(venues.get("binance"), [Subscription(c, SYMBOL) for c in CHANNELS])
    store = Store()
    store.add(session.subscriptions)
    session.opened(1)
    store.write(session.snapshot(SYMBOL, snapshot, 1))
    started = time.process_time()
    for i in range(0, len(frames), BATCH):
        store.write(session.receive(frames[i : i + BATCH], 1_000 + i))
    return time.process_time() - started


class _Trade(msgspec.Struct):
    t: int
    p: float
    q: float
    T: int
    m: bool


class _Quote(msgspec.Struct):
    u: int
    b: float
    B: float
    a: float
    A: float


class _Depth(msgspec.Struct):
    E: int
    u: int
    b: list[tuple[float, float]]
    a: list[tuple[float, float]]


def _of(data: type) -> msgspec.json.Decoder:
    frame = msgspec.defstruct(f"{data.__name__}Frame", [("data", data)])
    return msgspec.json.Decoder(frame, strict=False)


def floor_pass(frames: list[bytes], snapshot: bytes) -> float:
    """Typed decode, append to numpy columns, a dict for the book. No checks, no events."""
    trade, quote, depth = _of(_Trade).decode, _of(_Quote).decode, _of(_Depth).decode
    book = msgspec.json.decode(snapshot)
    bids, asks = ({float(p): float(q) for p, q in book[side]} for side in ("bids", "asks"))
    size = len(frames)
    t_time, t_recv, t_id = (np.empty(size, "i8") for _ in range(3))
    t_price, t_size, t_side = np.empty(size), np.empty(size), np.empty(size, "i1")
    q_recv, q_seq = np.empty(size, "i8"), np.empty(size, "i8")
    q_bid, q_bid_size, q_ask, q_ask_size = (np.empty(size) for _ in range(4))
    t = q = 0
    started = time.process_time()
    for raw in frames:
        if b"@b" in raw[:40]:
            m = quote(raw).data
            q_recv[q], q_seq[q] = 1_000, m.u
            q_bid[q], q_bid_size[q], q_ask[q], q_ask_size[q] = m.b, m.B, m.a, m.A
            q += 1
        elif b"@t" in raw[:40]:
            m = trade(raw).data
            t_time[t], t_recv[t], t_id[t] = m.T * 1_000_000, 1_000, m.t
            t_price[t], t_size[t], t_side[t] = m.p, m.q, m.m
            t += 1
        else:
            m = depth(raw).data
            for side, levels in ((bids, m.b), (asks, m.a)):
                for price, amount in levels:
                    if amount:
                        side[price] = amount
                    else:
                        side.pop(price, None)
    return time.process_time() - started


def naive_pass(frames: list[bytes]) -> float:
    """What a notebook does first: one small frame a message, concatenated and trimmed."""
    held = pd.DataFrame()
    started = time.process_time()
    for raw in frames:
        data = json.loads(raw)["data"]
        held = pd.concat([held, pd.DataFrame([data])], ignore_index=True).tail(10_000)
    return time.process_time() - started


def cryptofeed_pass(frames: list[bytes], snapshot: bytes) -> float | None:
    """cryptofeed's own handler, to a callback that does nothing."""
    try:
        from cryptofeed.defines import L2_BOOK, TICKER, TRADES  # noqa: PLC0415 - may be absent
        from cryptofeed.exchanges import Binance  # noqa: PLC0415
        from cryptofeed.symbols import Symbols  # noqa: PLC0415
    except ImportError:
        return None
    Symbols.set("BINANCE", {SYMBOL: "BTCUSDT"}, {"instrument_type": {SYMBOL: "spot"}})

    async def ignore(*_: object) -> None:
        pass

    # It knows aggregated trades only: the same trades, under the names it reads.
    texts = [
        raw.decode().replace("@trade", "@aggTrade").replace('"e":"trade"', '"e":"aggTrade"')
        .replace('"t":', '"a":')
        for raw in frames
    ]  # fmt: skip

    async def run() -> float:
        channels = [TRADES, TICKER, L2_BOOK]
        feed = Binance(
            symbols=[SYMBOL], channels=channels, callbacks=dict.fromkeys(channels, ignore)
        )

        class Answer:
            async def read(self, *_: object, **__: object) -> str:
                return snapshot.decode()

        feed.http_conn = Answer()
        feed._reset()
        started = time.process_time()
        for text in texts:
            await feed.message_handler(text, None, 1.0)
        return time.process_time() - started

    return asyncio.run(run())


# Over loopback


def _server(port: multiprocessing.Value, frames: list[bytes], snapshot: bytes) -> None:
    """A child process: sends `frames` over and over, as the request path asks."""
    wire = [Frame(Opcode.TEXT, raw).serialize(mask=False) for raw in frames]
    blobs = [b"".join(wire[i : i + 200]) for i in range(0, len(wire), 200)]

    async def handle(ws) -> None:
        await ws.recv()
        if "/paced" not in ws.request.path:
            for blob in blobs:
                if ws.state is not State.OPEN:
                    return
                ws.transport.write(blob)
                await ws.drain()
        else:
            quote = (
                b'{"stream":"btcusdt@bookTicker","data":{"u":%d,"s":"BTCUSDT","b":"61837.63",'
                b'"B":"3.78826000","a":"61837.64","A":"1.54698000"}}'
            )
            began, rate, seconds = time.perf_counter(), 5_000, 8
            for i in range(rate * seconds):
                while time.perf_counter() < began + i / rate:  # noqa: ASYNC110 - it paces by the clock
                    await asyncio.sleep(0)
                if ws.state is not State.OPEN:
                    return
                raw = quote % time.time_ns()
                ws.transport.write(Frame(Opcode.TEXT, raw).serialize(mask=False))
            ws.transport.write(Frame(Opcode.TEXT, b'{"result":null,"id":1}').serialize(mask=False))
        await ws.wait_closed()

    def rest(connection, request):
        if request.path.startswith("/api/"):
            return connection.respond(200, snapshot.decode())
        return None

    async def main() -> None:
        async with serve(handle, "127.0.0.1", 0, compression=None, process_request=rest) as server:
            port.value = server.sockets[0].getsockname()[1]
            await asyncio.get_running_loop().create_future()

    asyncio.run(main())


async def bare_pass(url: str, count: int) -> float:
    async with ws_connect(url + "/blast", compression=None, max_size=None) as ws:
        await ws.send("go")
        started = time.perf_counter()
        for _ in range(count):
            await ws.recv(decode=False)
        return time.perf_counter() - started


def livefin_socket_pass(url: str, count: int) -> float:
    started = time.perf_counter()
    with lf.connect("binance", SYMBOL, url=url + "/blast") as feed:
        first = None
        (session,) = feed._sessions
        while session.received < count:
            if first is None and session.received:
                first = time.perf_counter()
            time.sleep(0.002)
        return time.perf_counter() - (first or started)


async def bare_paced(url: str) -> dict[str, float]:
    lags = []
    async with ws_connect(url + "/paced", compression=None) as ws:
        await ws.send("go")
        cpu = time.process_time()
        while True:
            raw = await ws.recv(decode=False)
            now = time.time_ns()
            if raw.startswith(b'{"result"'):
                break
            at = raw.index(b'"u":') + 4
            lags.append(now - int(raw[at : at + 19]))
        cpu = time.process_time() - cpu
    return _paced(lags, cpu)


def livefin_paced(url: str, coalesce: float) -> dict[str, float]:
    before, gulps.COALESCE = gulps.COALESCE, coalesce
    try:
        with lf.connect("binance", SYMBOL, channels=["quotes"], url=url + "/paced") as feed:
            cpu = time.process_time()
            while len(feed.quotes[SYMBOL]) < 40_000:
                time.sleep(0.05)
            cpu = time.process_time() - cpu
            df = feed.quotes[SYMBOL].df
            lags = (df.ts_recv.astype("int64") - df.sequence).to_list()
    finally:
        gulps.COALESCE = before
    return _paced(lags, cpu)


def _paced(lags: list[int], cpu: float) -> dict[str, float]:
    p50, p99 = np.percentile(lags, [50, 99]) / 1e6
    per_message = cpu / len(lags) * 1e6
    return {"cpu_us": round(per_message, 1), "p50_ms": round(p50, 2), "p99_ms": round(p99, 2)}


def median_us(passes: list[float], count: int) -> float:
    return round(statistics.median(passes) / count * 1e6, 3)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    default = CAPTURE if CAPTURE.exists() else None
    parser.add_argument("capture", nargs="?", type=Path, default=default)
    capture = parser.parse_args().capture
    frames, snapshot = load(capture)
    trades = [raw for raw in frames if b"@trade" in raw[:40]]
    quotes = [raw for raw in frames if b"@bookTicker" in raw[:40]]
    mixes = {"": frames, "trade_": trades, "quote_": quotes}

    figures: dict[str, object] = {
        "capture": capture.name if capture else None,
        "frames": len(frames),
        "load": round(os.getloadavg()[0], 2),
    }
    for name, mix in mixes.items():
        ours, floors = [], []
        for _ in range(ROUNDS):  # in turns, so that a noisy moment meets both
            ours.append(livefin_pass(mix, snapshot))
            floors.append(floor_pass(mix, snapshot))
        figures[f"{name or 'livefin_'}us"] = median_us(ours, len(mix))
        figures[f"floor_{name}us"] = median_us(floors, len(mix))
        ratios = [a / b for a, b in zip(ours, floors, strict=True)]
        figures[f"{name}ratio"] = round(statistics.median(ratios), 2)
    figures["naive_us"] = median_us([naive_pass(frames[:1_500])], 1_500)
    theirs = [cryptofeed_pass(frames, snapshot) for _ in range(3)]
    known = [taken for taken in theirs if taken is not None]
    figures["cryptofeed_us"] = median_us(known, len(frames)) if known else None

    spawn = multiprocessing.get_context("spawn")
    port = spawn.Value("i", 0)
    many = frames * 5
    server = spawn.Process(target=_server, args=(port, many, snapshot), daemon=True)
    server.start()
    while not port.value:
        time.sleep(0.05)
    url = f"ws://127.0.0.1:{port.value}"
    passes = {
        "transport": lambda: asyncio.run(bare_pass(url, len(many))),
        "socket": lambda: livefin_socket_pass(url, len(many)),
    }
    taken = {name: [] for name in passes}
    for _ in range(3):
        for name, run in passes.items():
            cpu = time.process_time()
            taken[name].append((run(), time.process_time() - cpu))
    for name, pairs in taken.items():
        wall, cpu = zip(*pairs, strict=True)
        figures[f"{name}_msgs_per_s"] = round(len(many) / statistics.median(wall))
        figures[f"{name}_cpu_us"] = median_us(cpu, len(many))
    figures["paced_transport"] = asyncio.run(bare_paced(url))
    figures["paced_at_once"] = livefin_paced(url, 0.0)
    figures["paced"] = livefin_paced(url, gulps.COALESCE)
    server.kill()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

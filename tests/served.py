"""Small recordings of Binance, made for a test, and how to ask a server that plays them."""

import asyncio
import contextlib
import json

import httpx
from websockets.asyncio.client import connect

from livefin.recording import Recorder

SOON = 20
S = 1_000_000_000
T = 1_723_161_254 * S
SUBSCRIBE = '{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}'
ACK = '{"result":null,"id":1}'
DEPTH = "/api/v3/depth?symbol=BTCUSDT&limit=5000"


def trade(n):
    data = {"t": n, "p": "1.0", "q": "1.0", "T": 1, "m": True}
    return json.dumps({"stream": "btcusdt@trade", "data": data}, separators=(",", ":")).encode()


def delta(first, last, *bids, symbol="btcusdt"):
    data = {"E": 1, "U": first, "u": last, "b": [list(map(str, bid)) for bid in bids], "a": []}
    raw = {"stream": f"{symbol}@depth@100ms", "data": data}
    return json.dumps(raw, separators=(",", ":")).encode()


def body(id_, *bids):
    return json.dumps({"lastUpdateId": id_, "bids": [list(map(str, b)) for b in bids], "asks": []})


def record(folder, *items, step=0):
    """A recording of binance in `folder`: frames, or calls on the Recorder, one a `step` ns."""
    with Recorder(folder / "r.gz", venue="binance", overwrite=True) as recorder:
        for i, item in enumerate(items):
            if callable(item):
                item(recorder, T + i * step)
            else:
                recorder.recv(item, T + i * step)
    return folder / "r.gz"


@contextlib.asynccontextmanager
async def subscribed(server, path="/stream", message=SUBSCRIBE):
    async with connect(server.url + path, max_size=None, compression=None) as client:
        await client.send(message)
        yield client


async def receive(client, n):
    async with asyncio.timeout(SOON):
        return [await client.recv() for _ in range(n)]


async def get(server, path):
    async with httpx.AsyncClient(timeout=SOON) as client:
        return await client.get(server.rest_url + path)


def fetched(path, text):
    return lambda to, ts: to.http("https://api.binance.com" + path, text, ts)

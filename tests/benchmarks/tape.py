"""A server of trades at a steady rate, each of which can be told by its price alone.

In a process of its own. It speaks the embedded exchange's protocol; the path of the address
is the rate, as in `ws://127.0.0.1:8000/1000`. Prices walk in whole cents, and a trade's id
is what lies below them, in billionths: so a page that draws a close tells which trade it has
drawn (`id_of`). Used by pixels.py.
"""

import asyncio
import contextlib
import json
import multiprocessing
import random
import time
from contextlib import contextmanager

import numpy as np
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

SYMBOL = "BTC-USDT"
PACE = 0.002
BELOW = 1e9


def id_of(prices):
    """The ids of the trades with these prices; good for some millions of them."""
    prices = np.asarray(prices, dtype="f8")
    return np.rint((prices - np.round(prices, 2)) * BELOW).astype("i8")


def _trades():
    cents, id_ = 10_000, 0
    while True:
        id_ += 1
        cents = max(5_000, cents + random.choice((-1, 0, 0, 0, 1)))
        price = cents / 100 + id_ / BELOW
        yield (
            f'{{"type":"trade","ts":{time.time_ns()},"symbol":"{SYMBOL}","id":{id_},'
            f'"price":{price:.9f},"size":0.01,"side":"buy"}}'
        )


async def _pour(connection, rate):
    trades, began, sent = _trades(), time.monotonic(), 0
    while True:
        due = int((time.monotonic() - began) * rate)
        for _ in range(due - sent):
            await connection.send(next(trades))
        sent = due
        await asyncio.sleep(PACE)


async def _client(connection):
    rate = int(connection.request.path.strip("/"))
    pouring = None
    with contextlib.suppress(ConnectionClosed):
        async for raw in connection:
            request = json.loads(raw)
            answer = {"subscribe": "subscribed", "ping": "pong"}.get(request["op"], "heartbeat")
            await connection.send(json.dumps({"type": answer, "ts": time.time_ns()}))
            if request["op"] == "subscribe" and pouring is None:
                pouring = asyncio.create_task(_pour(connection, rate))
    if pouring is not None:
        pouring.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionClosed):
            await pouring


async def _serve(pipe):
    async with serve(_client, "127.0.0.1", 0, compression=None, ping_interval=None) as listening:
        pipe.send(next(iter(listening.sockets)).getsockname()[1])
        await asyncio.get_running_loop().run_in_executor(None, pipe.recv)


def _child(pipe):
    asyncio.run(_serve(pipe))


@contextmanager
def tape():
    """Run it; gives the address, to which a rate is added."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_child, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"ws://127.0.0.1:{ours.recv()}"
    finally:
        ours.send("end")
        process.join(5)
        process.kill()
        process.join()

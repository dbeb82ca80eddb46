"""A server in a process of its own that sends at a given rate, and knows what it has sent.

Speaks the embedded exchange's protocol: of every four messages two are trades, one is a
change of the book and one a quote. Ids rise by one a symbol, so that a client can be held
to every one of them; time stamps are of when a message is made, and it is written at once
with those of the same PACE.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import sys
import time
from contextlib import contextmanager

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.protocol import State

PACE = 0.002
LEVELS = 10


class _Symbol:
    def __init__(self, name):
        self.name, self.id, self.sequence = name, 0, 1
        self.bids = {100.0 - n: 1.0 for n in range(LEVELS)}
        self.asks = {101.0 + n: 1.0 for n in range(LEVELS)}

    def snapshot(self):
        return json.dumps(
            {
                "type": "book_snapshot",
                "ts": time.time_ns(),
                "symbol": self.name,
                "sequence": self.sequence,
                "bids": list(self.bids.items()),
                "asks": list(self.asks.items()),
            }
        )

    def next(self, turn):
        now, name = time.time_ns(), self.name
        if turn < 2:
            self.id += 1
            return (
                f'{{"type":"trade","ts":{now},"symbol":"{name}","id":{self.id},'
                f'"price":{100 + self.id % 7}.5,"size":0.25,"side":"buy"}}'
            )
        if turn == 2:
            self.sequence += 1
            price = 100.0 - self.sequence % LEVELS
            size = self.bids[price] = float(1 + self.sequence % 9)
            return (
                f'{{"type":"book_delta","ts":{now},"symbol":"{name}","first":{self.sequence},'
                f'"last":{self.sequence},"bids":[[{price},{size}]],"asks":[]}}'
            )
        return (
            f'{{"type":"quote","ts":{now},"symbol":"{name}","sequence":{self.sequence},'
            f'"bid":100.0,"bid_size":{self.bids[100.0]},"ask":101.0,"ask_size":1.0}}'
        )


def _frame(text):
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


class _Server:
    def __init__(self, symbols, rate):
        self.symbols = {name: _Symbol(name) for name in symbols}
        self.rate, self.clients, self.sent = rate, set(), 0

    async def client(self, connection):
        try:
            async for raw in connection:
                request = json.loads(raw)
                answer = {"subscribe": "subscribed", "ping": "pong"}.get(request["op"], "heartbeat")
                await connection.send(json.dumps({"type": answer, "ts": time.time_ns()}))
                if request["op"] == "subscribe":
                    if "book" in request["channels"]:
                        # At once: were there a pause, changes after a snapshot would be missing.
                        books = (self.symbols[name].snapshot() for name in request["symbols"])
                        connection.transport.write(b"".join(map(_frame, books)))
                    self.clients.add(connection)
        except ConnectionClosed:
            pass
        finally:
            self.clients.discard(connection)

    async def pour(self):
        names = list(self.symbols.values())
        loop = asyncio.get_running_loop()
        began, n = loop.time(), 0
        while True:
            due = int((loop.time() - began) * self.rate)
            if due - n > self.rate:  # held up: go on from here, rather than in one gush
                began, n, due = loop.time(), 0, 0
            frames = b"".join(
                _frame(names[i % len(names)].next(i // len(names) % 4)) for i in range(n, due)
            )
            for connection in self.clients:
                if connection.state is State.OPEN:
                    connection.transport.write(frames)
            self.sent += due - n
            n = due
            await asyncio.sleep(PACE)

    def report(self):
        """What was sent in all: by symbol its last trade's id, its book's sequence, its bids."""
        last = {each.name: (each.id, each.sequence, each.bids) for each in self.symbols.values()}
        return {"sent": self.sent, "last": last, "cpu_seconds": time.process_time()}


async def _serve(symbols, rate, pipe):
    server = _Server(symbols, rate)
    async with serve(
        server.client, "127.0.0.1", 0, compression=None, ping_interval=None, max_size=None
    ) as listening:
        pipe.send(next(iter(listening.sockets)).getsockname()[1])
        pouring = asyncio.create_task(server.pour())
        while not pouring.done() or pouring.cancelled():
            await asyncio.sleep(0.02)
            if pipe.poll():
                match pipe.recv():
                    case "end":
                        break
                    case "stop":
                        pouring.cancel()
                        pipe.send(server.report())
                    case _:
                        pipe.send(server.sent)
        pouring.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await pouring


def _child(symbols, rate, pipe):
    asyncio.run(_serve(symbols, rate, pipe))


@contextmanager
def firehose(symbols, rate):
    """Run it; gives its address and a function that tells how many messages it has sent.

    `sent(stop=True)` ends the pouring, leaves the socket open, and tells all: a report.
    """
    context = multiprocessing.get_context("spawn" if sys.platform != "linux" else "fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_child, args=(symbols, rate, theirs), daemon=True)
    process.start()

    def sent(*, stop=False):
        ours.send("stop" if stop else "sent")
        return ours.recv()

    try:
        yield f"ws://127.0.0.1:{ours.recv()}", sent
    finally:
        ours.send("end")
        process.join(5)
        process.kill()
        process.join()

"""A recording of several sockets: a client gets the one it stands for, or all of them."""

import asyncio
import json

import pytest
from served import ACK, SOON, SUBSCRIBE, receive, record, subscribed, trade

from livefin.serve import ReplayServer
from livefin.serve.outline import Sockets


def opened(url, conn):
    return lambda to, ts: to.connect(url, ts, conn=conn)


def on(conn, n):
    return lambda to, ts: to.recv(trade(n), ts, conn=conn)


def sent(data, conn):
    return lambda to, ts: to.send(data, ts, conn=conn)


TWO_PATHS = [
    opened("wss://x.example/linear", "a"),
    opened("wss://x.example/spot?y=1", "b"),
    *[on("a", 1), on("b", 2), on("a", 3)],
]
TWO_MESSAGES = [
    *[opened("wss://x.example", "a"), sent("A", "a"), on("a", 1)],
    *[opened("wss://x.example", "b"), sent("B", "b"), on("b", 2), on("a", 3)],
]
CONTINUED = [
    *[opened("wss://x.example", "a"), sent("A", "a"), on("a", 1)],
    *[opened("wss://x.example", "c"), sent("C", "c")],
    lambda to, ts: to.disconnect("cable", ts, conn="a"),
    *[opened("wss://x.example", "b"), sent("A again", "b"), on("b", 2), on("c", 9)],
]


@pytest.mark.parametrize(
    ("items", "path", "message", "expected"),
    [
        (TWO_PATHS, "/linear", "?", [1, 3]),
        (TWO_PATHS, "/spot?y=1", "?", [2]),
        (TWO_PATHS, "/spot", "?", [1, 2, 3]),
        (TWO_PATHS, "/", "?", [1, 2, 3]),
        (TWO_MESSAGES, "/", "A", [1, 3]),
        (TWO_MESSAGES, "/", "B", [2]),
        (TWO_MESSAGES, "/", "?", [1, 2, 3]),
        (CONTINUED, "/", "A", [1, 2]),
        (CONTINUED, "/", "C", [9]),
    ],
)
def test_a_client_gets_the_socket_it_stands_for(tmp_path, items, path, message, expected):
    assert asyncio.run(trades_got(record(tmp_path, *items), path, message)) == expected


def test_a_socket_found_while_playing_is_told_apart_from_then_on(tmp_path, monkeypatch):
    monkeypatch.setattr("livefin.serve.server.PEEK", 0)
    monkeypatch.setattr("livefin.serve.server.BATCH", 1)
    assert asyncio.run(trades_got(record(tmp_path, *TWO_MESSAGES), "/", "B")) == [1, 2]


async def trades_got(recording, path, message):
    """Ids of the trades that a client gets which connects to `path` and says `message`."""
    async with (
        ReplayServer(recording, speed=None) as server,
        subscribed(server, path, message) as client,
    ):
        await asyncio.wait_for(server.finished.wait(), SOON)
        await client.send(SUBSCRIBE)  # its acknowledgement marks the end
        got = []
        while ACK not in got:
            got += await receive(client, 1)
        frames = map(json.loads, got)
        return [frame["data"]["t"] for frame in frames if "data" in frame]


def test_without_sockets_all_frames_are_everyones():
    assert Sockets().for_client("/", b"A") is None

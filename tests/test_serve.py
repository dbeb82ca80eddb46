"""A served recording: every frame, in order, when it is due, to whoever is there."""

import asyncio
import json
import time

import pytest
from served import ACK, DEPTH, SOON, SUBSCRIBE, S, T, get, receive, record, subscribed, trade
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from livefin.errors import RecordingError
from livefin.serve import ReplayServer


def test_every_frame_in_order_after_the_acknowledgement(tmp_path):
    frames = [trade(n) for n in range(3000)]

    async def main():
        async with ReplayServer(record(tmp_path, *frames), speed=None) as server:
            async with subscribed(server) as client:
                assert await receive(client, 1) == [ACK]
                assert await receive(client, 3000) == [frame.decode() for frame in frames]
                await asyncio.wait_for(server.finished.wait(), SOON)
                await (await client.ping())  # the connection stays open
            assert (server.frames, server.venue.name) == (3000, "binance")

    asyncio.run(main())


def test_text_stays_text_and_binary_binary(tmp_path):
    frames = [b"{}", b"\xff\x00", "żółw".encode(), b"x" * 200, b"y" * 70_000]

    async def main():
        path = record(tmp_path, *frames, lambda to, ts: to.recv(b"[]", ts, binary=True))
        async with ReplayServer(path, speed=None) as server, subscribed(server) as client:
            got = await receive(client, 7)
            assert got[1:] == ["{}", b"\xff\x00", "żółw", "x" * 200, "y" * 70_000, b"[]"]

    asyncio.run(main())


def test_playing_waits_for_whoever_subscribes_late(tmp_path):
    async def main():
        async with (
            ReplayServer(record(tmp_path, trade(0)), speed=None) as server,
            connect(server.url) as client,
        ):
            await asyncio.sleep(0.1)
            assert server.frames == 0
            await client.send(SUBSCRIBE)
            assert (await receive(client, 2))[1] == trade(0).decode()

    asyncio.run(main())


@pytest.mark.parametrize(("path", "patience"), [("/", 0.05), ("/stream?streams=a@trade", 1e9)])
def test_playing_begins_without_a_message(tmp_path, monkeypatch, path, patience):
    monkeypatch.setattr("livefin.serve.server.PATIENCE", patience)

    async def main():
        async with (
            ReplayServer(record(tmp_path, trade(0)), speed=None) as server,
            connect(server.url + path) as client,
        ):
            assert await receive(client, 1) == [trade(0).decode()]

    asyncio.run(main())


def test_playing_need_not_wait_at_all(tmp_path):
    async def main():
        async with ReplayServer(record(tmp_path, trade(0)), speed=None, wait=False) as server:
            await asyncio.wait_for(server.finished.wait(), SOON)
            assert server.frames == 1

    asyncio.run(main())


@pytest.mark.parametrize("speed", [1, 4])
def test_frames_come_no_sooner_than_they_are_due(tmp_path, speed):
    step = 40_000_000
    path = record(tmp_path, *[trade(n) for n in range(6)], step=step)

    async def main():
        began, arrived = time.monotonic(), []
        async with ReplayServer(path, speed=speed) as server, subscribed(server) as client:
            await receive(client, 1)
            for n in range(6):
                assert await receive(client, 1) == [trade(n).decode()]
                arrived.append(time.monotonic() - began)
            assert server.elapsed == 5 * step
        for n, at in enumerate(arrived):
            assert at >= n * step / S / speed - 0.005  # due frames may go a little early together

    asyncio.run(main())


def test_a_recording_that_goes_back_in_time_is_paced_from_there(tmp_path):
    def at(seconds):
        return lambda to, _: to.recv(trade(seconds), T + seconds * S)

    async def main():
        path = record(tmp_path, at(7200), at(0), at(3600))
        async with ReplayServer(path, speed=1) as server, subscribed(server) as client:
            assert len(await receive(client, 3)) == 3
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.recv(), 0.1)

    asyncio.run(main())


def test_whoever_joins_later_joins_where_the_playing_is(tmp_path):
    hours = 10 * 3600 * S

    async def main():
        path = record(tmp_path, trade(0), trade(1), step=hours)
        async with ReplayServer(path) as server, subscribed(server) as first:
            await receive(first, 2)
            async with subscribed(server) as second:
                assert await receive(second, 1) == [ACK]
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(second.recv(), 0.1)
                assert server.clients == 2

    asyncio.run(main())


def test_looping_starts_over_on_new_connections(tmp_path):
    async def main():
        path = record(tmp_path, trade(0), trade(1))
        async with ReplayServer(path, speed=None, loop=True) as server:
            for _ in range(3):
                async with subscribed(server) as client:
                    assert (await receive(client, 3))[1:] == [trade(0).decode(), trade(1).decode()]
                    with pytest.raises(ConnectionClosed) as closed:
                        await receive(client, 1)
                    assert closed.value.rcvd.code == 1012
            assert not server.finished.is_set()

    asyncio.run(main())


def test_a_slow_client_holds_the_playing_up_and_loses_nothing(tmp_path):
    big = [trade(n)[:-2] + b" " * 50_000 + b"}}" for n in range(1000)]

    async def main():
        async with (
            ReplayServer(record(tmp_path, *big), speed=None) as server,
            subscribed(server) as client,
        ):
            await receive(client, 1)
            await asyncio.sleep(0.3)
            assert server.frames < 1000
            got = [json.loads(frame)["data"]["t"] for frame in await receive(client, 1000)]
            assert got == list(range(1000))

    asyncio.run(main())


def test_a_client_that_does_not_read_is_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr("livefin.serve.server.STALLED", 0.2)
    big = [trade(n)[:-2] + b" " * 50_000 + b"}}" for n in range(1000)]

    async def main():
        async with ReplayServer(record(tmp_path, *big), speed=None) as server:
            reader, writer = await asyncio.open_connection(*server.url[5:].split(":"), limit=1)
            writer.write(
                b"GET /?x HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            await reader.read(1)
            async with subscribed(server) as client, asyncio.timeout(SOON):
                while json.loads(await client.recv()).get("data", {}).get("t") != 999:
                    pass
                assert server.clients == 1
            writer.transport.abort()

    asyncio.run(main())


@pytest.mark.parametrize("junk", ["", "{", "null", "[" * 100_000, b"\xff\x00", '{"method":7}'])
def test_a_client_may_send_anything(tmp_path, junk):
    async def main():
        path = record(tmp_path, trade(0))
        async with ReplayServer(path, speed=None) as server, connect(server.url) as client:
            await client.send(junk)
            await client.send(SUBSCRIBE)
            got = await receive(client, 2)
            while ACK not in got or trade(0).decode() not in got:
                got += await receive(client, 1)

    asyncio.run(main())


# The server's own life


def test_closing_ends_connections_tasks_and_may_come_twice(tmp_path):
    async def main():
        server = ReplayServer(record(tmp_path, trade(0), trade(1), step=3600 * S))
        async with server, subscribed(server) as client:
            await receive(client, 2)
            waiting = asyncio.create_task(get(server, DEPTH))
            await server.close()
            with pytest.raises(ConnectionClosed) as closed:
                await receive(client, 1)
            assert closed.value.rcvd.code == 1001
            await asyncio.gather(waiting, return_exceptions=True)
        await server.close()
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


def test_a_port_that_is_taken(tmp_path):
    async def main():
        path = record(tmp_path, trade(0))
        async with ReplayServer(path) as server:
            port = int(server.url.rpartition(":")[2])
            with pytest.raises(OSError, match="in use"):
                await ReplayServer(path, port=port).__aenter__()

    asyncio.run(main())


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_a_speed_that_is_none(tmp_path, speed):
    with pytest.raises(RecordingError, match="speed"):
        ReplayServer(record(tmp_path, trade(0)), speed=speed)


def test_a_recording_of_an_unknown_venue(tmp_path):
    (tmp_path / "r").write_bytes(b'{"t":"header","format":2,"exchange":"ATLANTIS"}\n')
    with pytest.raises(RecordingError, match="pass venue="):
        ReplayServer(tmp_path / "r")

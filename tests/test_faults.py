"""The fault proxy itself: every fault does exactly what it says, and only that."""

import asyncio
import contextlib

import httpx
import pytest
from faults import FaultProxy
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosedError, InvalidMessage, InvalidStatus

SOON = 5


async def count_up(connection):
    """A server: sends "0", "1", … one for each message it gets, and echoes binary ones."""
    n = 0
    async for message in connection:
        if isinstance(message, bytes):
            await connection.send(message)
        else:
            for _ in range(int(message)):
                await connection.send(str(n))
                n += 1


def answer(connection, request):
    if "Upgrade" in request.headers:
        return None
    return connection.respond(200 if request.path == "/book?x=1" else 404, request.path)


@contextlib.asynccontextmanager
async def setting():
    async with serve(count_up, "127.0.0.1", 0, process_request=answer) as server:
        port = server.sockets[0].getsockname()[1]
        async with FaultProxy(f"ws://127.0.0.1:{port}") as proxy:
            yield proxy


def run(fault, asked=6, expect=6):
    """Frames a client gets of `asked`, when `fault(proxy)` has been asked for; and the proxy."""

    async def main():
        async with setting() as proxy, connect(proxy.url) as client:
            fault(proxy)
            await client.send(str(asked))
            frames = [await asyncio.wait_for(client.recv(), SOON) for _ in range(expect)]
            return frames, proxy

    return asyncio.run(main())


def test_without_a_fault_all_passes():
    frames, proxy = run(lambda _: None)
    assert frames == list("012345")
    assert (proxy.dropped, proxy.passed, proxy.connections) == ([], 6, 1)


def test_drop():
    frames, proxy = run(lambda proxy: proxy.drop(2), expect=4)
    assert frames == list("2345")
    assert proxy.dropped == [b"0", b"1"]


def test_drop_matching():
    frames, proxy = run(lambda proxy: proxy.drop_matching(lambda raw: raw > b"2", 2), expect=4)
    assert frames == list("0125")
    assert proxy.dropped == [b"3", b"4"]


def test_duplicate():
    frames, _ = run(lambda proxy: proxy.duplicate(2), expect=8)
    assert frames == list("00112345")


def test_reorder():
    frames, _ = run(lambda proxy: proxy.reorder(3))
    assert frames == list("210345")


def test_truncate():
    frames, proxy = run(lambda proxy: proxy.truncate(11), asked=12, expect=12)
    assert frames[9:] == ["", "1", "11"]
    assert len(proxy.dropped) == 11


@pytest.mark.parametrize("garbage", ["{", b"\xff\x00"])
def test_inject(garbage):
    def fault(proxy):
        asyncio.get_running_loop().call_soon(proxy.inject, garbage)

    async def main():
        async with setting() as proxy, connect(proxy.url) as client:
            await client.send("1")
            await client.recv()
            fault(proxy)
            assert await asyncio.wait_for(client.recv(), SOON) == garbage

    asyncio.run(main())


def test_silence_swallows_frames_and_pongs_and_ends():
    async def main():
        async with setting() as proxy, connect(proxy.url) as client:
            proxy.silence()
            await client.send("3")
            pong = await client.ping()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(pong), 0.3)
            assert proxy.dropped == [b"0", b"1", b"2"]
            proxy.silence(on=False)
            await asyncio.wait_for(await client.ping(), SOON)
            await client.send("1")
            assert await asyncio.wait_for(client.recv(), SOON) == "3"

    asyncio.run(main())


def test_cut_ends_without_a_close_frame():
    async def main():
        async with setting() as proxy, connect(proxy.url) as client:
            await client.send("1")
            await client.recv()
            proxy.cut()
            with pytest.raises(ConnectionClosedError) as closed:
                await asyncio.wait_for(client.recv(), SOON)
            assert closed.value.rcvd is None
            async with connect(proxy.url) as again:
                await again.send("1")
                assert await asyncio.wait_for(again.recv(), SOON) == "0"
            assert proxy.connections == 2

    asyncio.run(main())


def test_refuse_and_http_error():
    async def main():
        async with setting() as proxy:
            proxy.refuse()
            with pytest.raises((ConnectionError, InvalidMessage)):
                await connect(proxy.url, open_timeout=SOON)
            proxy.refuse(on=False)
            proxy.http_error(503)
            with pytest.raises(InvalidStatus) as raised:
                await connect(proxy.url)
            assert raised.value.response.status_code == 503
            proxy.http_error(None)
            async with connect(proxy.url):
                pass

    asyncio.run(main())


def test_rest_passes_and_fails_on_request():
    async def main():
        async with setting() as proxy, httpx.AsyncClient() as client:
            book = await client.get(f"{proxy.rest_url}/book?x=1")
            assert (book.status_code, book.text) == (200, "/book?x=1")
            assert (await client.get(f"{proxy.rest_url}/other")).status_code == 404
            proxy.rest_error(429)
            assert (await client.get(f"{proxy.rest_url}/book?x=1")).status_code == 429

    asyncio.run(main())


def test_messages_to_the_server_keep_their_kind():
    async def main():
        async with setting() as proxy, connect(proxy.url) as client:
            await client.send(b"\x00\xff")
            assert await asyncio.wait_for(client.recv(), SOON) == b"\x00\xff"

    asyncio.run(main())

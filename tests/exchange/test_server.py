"""The exchange on a real socket of 127.0.0.1: pacing, slow and hostile clients, and the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import urllib.error
import urllib.request

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from livefin.exchange import ExchangeServer
from livefin.exchange.server import MAX_CLIENTS, MAX_FRAME

PATIENCE = 20.0


def run(coro):
    """Run to the end, and see that no task and no thread is left."""

    async def timed():
        async with asyncio.timeout(PATIENCE):
            result = await coro
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left
        return result

    threads = set(threading.enumerate())
    result = asyncio.run(timed())
    assert set(threading.enumerate()) <= threads
    return result


def exchange(**given):
    return ExchangeServer(**{"seed": 3, "rate": 200, "history": 5, "symbols": ["ACME"]} | given)


async def ask(socket, **request):
    await socket.send(json.dumps(request))


async def until(socket, kind, most=5_000):
    """Messages up to the first of `kind`, that one last."""
    seen = []
    for _ in range(most):
        seen.append(json.loads(await socket.recv()))
        if seen[-1]["type"] == kind:
            return seen
    raise AssertionError(f"no {kind} among {most} messages")


async def true(condition):
    while not condition():  # noqa: ASYNC110 - nothing there announces it
        await asyncio.sleep(0.01)


async def ending(socket):
    """The close frame that the exchange sends in the end."""
    try:
        while True:
            await socket.recv()
    except ConnectionClosed as closed:
        return closed.rcvd


def test_a_client_rebuilds_the_exchanges_own_book():
    async def main():
        async with exchange() as server, connect(server.url) as ws:
            await ask(ws, op="subscribe", channels=["trades", "quotes", "book"], symbols=["ACME"])
            listing, book, sequence, trade_ids, deltas = server.market["ACME"], {}, None, [], 0
            # Until a moment when nothing is under way between the two.
            while deltas < 500 or sequence != listing.sequence:
                m = json.loads(await ws.recv())
                if m["type"] == "book_snapshot":
                    book = {side: dict(map(tuple, m[side])) for side in ("bids", "asks")}
                    sequence = m["sequence"]
                elif m["type"] == "book_delta":
                    assert m["first"] == sequence + 1
                    sequence, deltas = m["last"], deltas + 1
                    for side in ("bids", "asks"):
                        book[side].update(map(tuple, m[side]))
                        book[side] = {p: s for p, s in book[side].items() if s}
                elif m["type"] == "trade":
                    trade_ids.append(m["id"])
            own = listing.snapshot(0)
            assert book == {"bids": dict(own.bids), "asks": dict(own.asks)}
            assert trade_ids == list(range(trade_ids[0], trade_ids[0] + len(trade_ids)))
            assert len(trade_ids) > 100

    run(main())


def test_the_clock_on_the_wire_is_now_and_does_not_run_back():
    async def main():
        async with exchange() as server, connect(server.url) as ws:
            await ask(ws, op="subscribe", channels=["trades", "book"], symbols=["ACME"])
            times = [json.loads(await ws.recv())["ts"] for _ in range(300)]
            assert times == sorted(times)
            assert (times[-1] - times[0]) / 1e9 > 0.3  # 200 events a second, paced

    run(main())


def test_heartbeats_come_without_a_subscription():
    async def main():
        async with exchange() as server, connect(server.url) as ws:
            first, second = [json.loads(await ws.recv()) for _ in range(2)]
            assert first["type"] == second["type"] == "heartbeat"
            assert (second["ts"] - first["ts"]) / 1e9 > 0.5

    run(main())


def test_two_clients_trade_over_the_wire():
    async def main():
        async with exchange(rate=0.001) as server:
            async with connect(server.url) as maker, connect(server.url) as taker:
                await ask(maker, op="subscribe", channels=["quotes"], symbols=["ACME"])
                quote = (await until(maker, "quote"))[-1]
                price = round((quote["bid"] + quote["ask"]) / 2, 2)
                body = {"op": "order", "symbol": "ACME", "type": "limit", "price": price}
                await ask(maker, side="sell", size=5, **body)
                assert (await until(maker, "execution"))[-1]["status"] == "accepted"
                await ask(taker, side="buy", size=5, **body)
                assert (await until(taker, "execution"))[-1]["status"] == "accepted"
                bought = (await until(taker, "execution"))[-1]
                sold = (await until(maker, "execution"))[-1]
            assert (bought["status"], sold["status"]) == ("filled", "filled")
            assert bought["trade_id"] == sold["trade_id"]
            assert (bought["fill_price"], sold["fill_price"]) == (price, price)

    run(main())


def test_a_client_that_leaves_takes_its_orders_with_it():
    async def main():
        async with exchange(rate=0.001) as server:
            before = server.market["ACME"].snapshot(0)
            async with connect(server.url) as ws:
                price = round(before.bids[0][0] - 8, 2)
                body = {"op": "order", "symbol": "ACME", "side": "buy", "size": 5, "price": price}
                await ask(ws, **body)
                await until(ws, "execution")
                assert server.market["ACME"].snapshot(0).bids != before.bids
            await true(lambda: len(server.gateway) == 0)
            assert server.market["ACME"].snapshot(0).bids == before.bids

    run(main())


def test_garbage_leaves_the_connection_and_the_exchange_alive():
    async def main():
        async with exchange() as server, connect(server.url) as ws:
            hostile = ["garbage", b"\x00\xff\xfe", "[" * 20_000, "x" * 100_000, "", b""]
            hostile.append(
                json.dumps({"op": "subscribe", "channels": ["x"] * 1_000, "symbols": ["y"]})
            )
            for message in hostile:
                await ws.send(message)
                assert (await until(ws, "error"))[-1]["message"]
            await ws.send(b'{"op":"ping","id":"still here"}')  # binary is read as text is
            assert (await until(ws, "pong"))[-1]["id"] == "still here"

    run(main())


def test_a_huge_frame_ends_only_its_own_connection():
    async def main():
        async with exchange() as server, connect(server.url) as good:
            async with connect(server.url) as bad:
                with contextlib.suppress(ConnectionClosed):
                    await bad.send("x" * (MAX_FRAME + 1))
                assert (await ending(bad)).code == 1009
            await ask(good, op="ping", id=1)
            assert (await until(good, "pong"))[-1]["id"] == 1

    run(main())


def test_ten_thousand_subscriptions_in_one_go():
    async def main():
        async with exchange() as server, connect(server.url, max_queue=None) as ws:
            body = {"channels": ["book", "trades"], "symbols": ["ACME"]}
            for i in range(10_000):
                await ask(ws, op="subscribe", id=i, **body)
            await ask(ws, op="ping", id="done")
            seen = await until(ws, "pong", most=100_000)
            assert [m["id"] for m in seen if m["type"] == "subscribed"] == list(range(10_000))
            assert sum(m["type"] == "book_snapshot" for m in seen) == 1
            assert server.cut_off == 0

    run(main())


async def stuffed(server):
    """A client whose socket takes little and that reads nothing."""
    raw = small_socket()
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", server.port))
    _, writer = await asyncio.open_connection(sock=raw)
    writer.write(
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    writer.transport.pause_reading()
    return writer


def small_socket():
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
    raw.setblocking(False)
    return raw


def masked(text):
    data = text.encode()
    assert len(data) < 126
    return bytes([0x81, 0x80 | len(data), 0, 0, 0, 0]) + data


def test_a_client_that_does_not_read_is_cut_off_and_others_are_not():
    async def main():
        async with exchange(backlog=200_000) as server, connect(server.url, max_queue=None) as good:
            await ask(good, op="subscribe", channels=["trades"], symbols=["ACME"])
            writer = await stuffed(server)
            both = '"channels":["book"],"symbols":["ACME"]}'
            flood = masked('{"op":"subscribe",' + both) + masked('{"op":"unsubscribe",' + both)
            while not server.cut_off:
                # each pair of requests is answered with a whole book
                writer.write(flood * 20)
                await asyncio.sleep(0.01)
            peak = server.backlog + 2**20  # and nothing is queued for it from there on
            for connection in server._connections.values():
                assert connection.transport.get_write_buffer_size() < peak
            await true(lambda: len(server.gateway) == 1)
            assert server.cut_off == 1
            assert len(await until(good, "trade")) >= 1
            writer.transport.abort()

    run(main())


def test_a_slow_client_is_told_why():
    async def main():
        async with exchange(backlog=1) as server:
            async with connect(server.url, max_queue=None) as ws:
                ws.transport.pause_reading()
                both = {"channels": ["book"], "symbols": ["ACME"]}
                while not server.cut_off:
                    await ask(ws, op="subscribe", **both)
                    await ask(ws, op="unsubscribe", **both)
                    await asyncio.sleep(0)
                ws.transport.resume_reading()
                end = await ending(ws)
            assert end.code == 1013
            assert "too slow" in end.reason

    run(main())


def test_one_client_too_many(monkeypatch):
    monkeypatch.setattr("livefin.exchange.server.MAX_CLIENTS", 2)

    async def main():
        async with exchange() as server, connect(server.url), connect(server.url):
            async with connect(server.url) as third:
                assert (await ending(third)).code == 1013
            assert len(server.gateway) == 2

    assert MAX_CLIENTS > 2
    run(main())


def test_rest_on_the_same_port():
    async def main():
        async with exchange(history=60) as server:

            def get(path):
                try:
                    with urllib.request.urlopen(server.rest_url + path) as answer:  # noqa: S310 - http
                        return answer.status, answer.headers, json.load(answer)
                except urllib.error.HTTPError as error:
                    with error:
                        return error.code, error.headers, json.load(error)

            status, headers, body = await asyncio.to_thread(get, "/trades?symbol=ACME&limit=10")
            assert status == 200
            assert headers["Content-Type"] == "application/json"
            ids = [trade["id"] for trade in body["trades"]]
            assert ids == list(range(ids[0], ids[0] + 10))
            assert (await asyncio.to_thread(get, "/book?symbol=ACME"))[2]["type"] == "book_snapshot"
            assert (await asyncio.to_thread(get, "/health"))[2]["clients"] == 0
            assert (await asyncio.to_thread(get, "/trades"))[0] == 400
            assert (await asyncio.to_thread(get, "/"))[0] == 404

    async def with_threads_joined():
        await main()
        await asyncio.get_running_loop().shutdown_default_executor()

    run(with_threads_joined())


@pytest.mark.parametrize("path", ["nope", "trades?symbol=ACME"])
def test_a_websocket_anywhere_else_is_refused(path):
    async def main():
        async with exchange() as server:
            with pytest.raises(InvalidStatus):
                async with connect(server.url + path):
                    pass
            async with connect(server.url + "ws"):
                pass

    run(main())


@pytest.mark.parametrize("noise", [b"", b"\x16\x03\x01garbage\r\n\r\n", b"POST / HTTP/1.1\r\n\r\n"])
def test_something_that_speaks_no_http(noise, caplog):
    async def main():
        async with exchange() as server:
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(noise)
            await asyncio.sleep(0.05)
            writer.close()
            await writer.wait_closed()
            async with connect(server.url) as ws:
                await until(ws, "heartbeat")

    run(main())
    assert not caplog.records


def test_closing_says_so_to_clients_and_frees_the_port():
    async def main():
        server = exchange()
        await server.close()  # not started
        await server.start()
        await server.start()
        async with connect(server.url) as ws:
            await ask(ws, op="subscribe", channels=["book"], symbols=["ACME"])
            await until(ws, "book_snapshot")
            await asyncio.gather(server.close(), server.close())
            assert (await ending(ws)).code == 1001
        await server.close()
        assert "closed" in repr(server)
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind(("127.0.0.1", server.port))

    run(main())


def test_closing_does_not_wait_for_a_client_that_does_not_read():
    async def main():
        server = exchange(rate=2_000)
        await server.start()
        writer = await stuffed(server)
        both = '"channels":["book"],"symbols":["ACME"]}'
        flood = masked('{"op":"subscribe",' + both) + masked('{"op":"unsubscribe",' + both)
        unsent = 0
        while not unsent:
            writer.write(flood * 20)
            await asyncio.sleep(0.01)
            unsent = max(c.transport.get_write_buffer_size() for c in server._connections.values())
        async with asyncio.timeout(5):
            await server.close()
        writer.transport.abort()

    run(main())


def test_a_market_that_fails_is_not_silent(monkeypatch):
    async def main():
        server = exchange()
        await server.start()

        def fail(now):
            raise ZeroDivisionError(now)

        monkeypatch.setattr(server.gateway, "advance", fail)
        await asyncio.sleep(0.1)
        with pytest.raises(ZeroDivisionError):
            await server.close()

    run(main())


def test_a_taken_port_is_an_error_and_leaves_nothing():
    async def main():
        async with exchange() as server:
            with pytest.raises(OSError, match=str(server.port)):
                await exchange(port=server.port).start()

    run(main())

"""Bombs and floods: memory stays bounded, and the other feeds of the process go on."""

import asyncio
import contextlib
import gzip
import time
import zlib

import pytest
from hostile import CONT, PING, TEXT, attack, details, frame, neighbour, once, resident_mb

from livefin import client
from livefin.errors import LivefinError
from livefin.venues.wire import MAX_INFLATED

__all__ = ["attack", "neighbour"]  # fixtures
PLENTY = 120
"""MiB that a process may grow by under attack: the largest message, twice over, and some."""
DEFLATE = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"


def test_a_bomb_in_the_sockets_own_compression(attack, neighbour):
    squeeze = zlib.compressobj(9, wbits=-15)
    bomb = squeeze.compress(bytes(2**30 // 2)) + squeeze.flush(zlib.Z_SYNC_FLUSH)
    assert len(bomb) < 2**20

    async def talk(visit):
        await visit.accept(DEFLATE)
        if visit.number == 1:
            await visit.write(frame(TEXT, bomb.removesuffix(b"\0\0\xff\xff"), rsv=0b100))
        else:
            await visit.say("T B 1")
        await visit.stay()

    before = resident_mb()
    _, feed = attack(talk)
    assert feed.wait(lambda: feed.trades["B"].total == 1, timeout=20)
    assert "over the limit" in details(feed, "disconnected")[0]
    assert resident_mb() - before < PLENTY
    neighbour.unharmed()


def test_a_bomb_in_the_venues_own_compression(attack, neighbour):
    bomb = gzip.compress(bytes(20 * MAX_INFLATED))
    data = frame(TEXT, bomb) * 3 + frame(TEXT, gzip.compress(b"T A 2")) + frame(TEXT, bomb[:-9])
    before = resident_mb()
    _, feed = attack(once(data))
    assert feed.wait(lambda: feed.status.events["malformed"] == 4, timeout=20)
    assert feed.trades["A"].df.id.tolist() == [1, 2]
    assert "compressed frame of more than 33,554,432 bytes" in details(feed, "malformed")[0]
    assert feed.status.counts["disconnected"] == 0
    assert resident_mb() - before < PLENTY
    neighbour.unharmed()


def test_endless_tiny_frames(attack, neighbour):
    async def talk(visit):
        await visit.accept()
        await visit.say("T A 1")
        many = frame(TEXT, b"") * 2_000
        while True:
            await visit.write(many)
            await asyncio.sleep(0)

    before = resident_mb()
    _, feed = attack(talk)
    assert feed.wait(lambda: feed.status.events["malformed"] > 100_000, timeout=60)
    neighbour.unharmed()
    assert feed.status.total < 1_000  # counted, not told one by one
    assert resident_mb() - before < PLENTY


@pytest.mark.parametrize("piece", [b"", b"x", b"x" * 1_000])
def test_a_message_in_endless_pieces(piece, attack, neighbour):
    async def talk(visit):
        await visit.accept()
        if visit.number > 1:
            await visit.say("T B 1")
            return await visit.stay()
        await visit.say("T A 1")
        await visit.write(frame(TEXT, b"T", fin=False))
        many = frame(CONT, piece, fin=False) * (20_000 if len(piece) < 2 else 500)
        while True:
            await visit.write(many)
            await asyncio.sleep(0)

    before = resident_mb()
    _, feed = attack(talk, max_frame=100_000, silence=2.0)
    assert feed.wait(lambda: feed.trades["B"].total == 1, timeout=60)
    if piece:
        assert "over the limit" in details(feed, "disconnected")[0]
    else:
        assert any("no frame and no answer" in detail for detail in details(feed, "stale"))
    assert resident_mb() - before < PLENTY
    neighbour.unharmed()


@pytest.mark.parametrize("reads", [True, False])
def test_a_flood_of_pings(reads, attack, neighbour):
    async def talk(visit):
        await visit.accept()
        if visit.number > 1:
            await visit.say("T B 1")
            return await visit.stay()
        await visit.say("T A 1")
        reading = asyncio.ensure_future(visit.stay(read=reads))
        pings = frame(PING, b"x" * 125) * 500
        try:
            while True:
                await visit.write(pings)
                visit.server.received.clear()
                await asyncio.sleep(0)
        finally:
            reading.cancel()

    before = resident_mb()
    _, feed = attack(talk)
    assert feed.wait(lambda: feed.trades["A"].total == 1, timeout=20)
    if not reads:
        assert feed.wait(lambda: feed.trades["B"].total == 1, timeout=60)
        assert "does not read what" in details(feed, "disconnected")[0]
    neighbour.unharmed(20)
    assert resident_mb() - before < PLENTY


def test_a_flood_of_questions_that_want_an_answer_each(attack, neighbour, monkeypatch):
    monkeypatch.setattr(client, "MAX_OUTGOING", 1_000)

    async def talk(visit):
        await visit.accept()
        if visit.number > 1:
            await visit.say("T B 1")
            await visit.stay()
        while True:
            await visit.say(*["R answer me"] * 100)
            await asyncio.sleep(0)

    _, feed = attack(talk)
    assert feed.wait(lambda: feed.trades["B"].total == 1, timeout=60)
    assert "it asks for more answers than can be sent" in details(feed, "disconnected")[0]
    neighbour.unharmed()


def test_a_venue_that_says_of_each_socket_that_it_will_close_it(attack, neighbour):
    async def talk(visit):
        await visit.accept()
        for n in range(10_000):
            await visit.say("C", f"T A {n}")
            await asyncio.sleep(0.005)

    server, feed = attack(talk)
    assert feed.wait(lambda: len(server.visits) == 2, timeout=20)
    assert feed.wait(lambda: feed.trades["A"].total > 300, timeout=20)
    assert len(server.visits) == 2  # one beside the first, and no more for a while
    neighbour.unharmed()
    feed.close()  # in the midst of it: nothing is opened any more, as the fixtures see


def test_the_person_may_still_ask_for_another_socket(attack):
    async def talk(visit):
        await visit.accept()
        await visit.say("C", "T A 1")
        await visit.stay()

    server, feed = attack(talk)
    assert feed.wait(lambda: len(server.visits) == 2, timeout=20)
    end = time.monotonic() + 20
    while len(server.visits) < 3 and time.monotonic() < end:
        with contextlib.suppress(LivefinError):  # the first change is still under way
            feed.reconnect()
        time.sleep(0.05)
    assert len(server.visits) >= 3

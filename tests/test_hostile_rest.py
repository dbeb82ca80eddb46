"""REST answers that no venue should give: bounded in size and time, and asked for no more often."""

import asyncio
import gzip
import time
import zlib
from itertools import pairwise

import pytest
from hostile import Fetched, HostileServer, Neighbour, details, resident_mb

import livefin as lf
from livefin import fetch
from livefin.fetch import FetchError

KEY = "planted-key-5f0d1c77"
PLENTY = 200
BOMB = gzip.compress(bytes(10 * fetch.MAX_BODY), 9, mtime=0)


def get(talk, **options):
    with HostileServer(talk) as server:
        return lf.run(fetch.get(server.url.replace("ws", "http") + "/x", **options))


def answers(body, status=200, **headers):
    async def talk(visit):
        await visit.answer(status, body, **headers)

    return talk


# One answer


def test_what_is_compressed_as_was_asked_for_is_inflated():
    assert get(answers(gzip.compress(b"[1]", mtime=0), Content_Encoding="gzip")) == b"[1]"
    assert get(answers(b"[2]", Content_Encoding="identity")) == b"[2]"
    assert get(answers(b"", Content_Encoding="gzip")) == b""


@pytest.mark.parametrize(
    ("body", "coding", "words"),
    [
        (BOMB, "gzip", "over 64 MiB"),
        (gzip.compress(BOMB, mtime=0), "gzip, gzip", "which nobody asked for"),
        (zlib.compress(b"[1]"), "deflate", "which nobody asked for"),
        (b"\x8b\x02\x80[1]\x03", "br", "which nobody asked for"),
        (b"[1]", "gzip", "cannot be read"),
        (gzip.compress(b"[1]", mtime=0)[:-6], "gzip", "cut short"),
    ],
)
def test_a_compression_that_hides_something_is_an_error(body, coding, words):
    before = resident_mb()
    with pytest.raises(FetchError, match=words):
        get(answers(body, Content_Encoding=coding))
    assert resident_mb() - before < PLENTY


def test_an_answer_without_end_is_not_taken_whole(monkeypatch):
    monkeypatch.setattr(fetch, "MAX_BODY", 2_000_000)

    async def talk(visit):
        await visit.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            await visit.write(b"x" * 100_000)

    with pytest.raises(FetchError, match="over") as caught:
        get(talk)
    assert caught.value.refused


def test_an_answer_that_drips_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr(fetch, "LONGEST_ANSWER", 1.0)

    async def talk(visit):
        await visit.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            await visit.write(b"x")
            await asyncio.sleep(0.05)

    with pytest.raises(FetchError, match="no whole answer within 1 s"):
        get(talk)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"H", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", b"SSH-2.0-x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", b"HTTP/1.1 99999 X\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"\x16\x03\x01\x00",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 302 X\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 X\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 X\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
    ],
)  # fmt: skip
def test_what_is_no_answer_is_a_fetch_error(raw):
    async def talk(visit):
        await visit.write(raw)

    with pytest.raises(FetchError) as caught:
        get(talk)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("options", [{"headers": {"X-Key": KEY}}, {"body": b"secret"}])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_takes_no_key_to_another_server(options, status):
    with HostileServer(answers(b"[1]")) as other:
        away = answers(b"", status, Location=other.url.replace("ws", "http"))
        with pytest.raises(FetchError, match=f"HTTP {status}: .*keys are not taken") as caught:
            get(away, **options)
        assert caught.value.refused
        assert other.visits == []
        assert get(away) == b"[1]"  # with nothing to lose it is followed


@pytest.mark.parametrize("key", ["clé", "ключ", "two\nlines", "\x00nul"])
def test_a_key_that_no_header_can_hold_is_not_shown(key):
    with pytest.raises(FetchError, match="no header can hold") as caught:
        get(answers(b"[1]"), headers={"X-Key": f"{KEY}{key}"})
    assert KEY not in str(caught.value)
    assert caught.value.refused


# A feed whose books are fetched


def bookish(rest):
    """Trades and changes of the books on the socket; `rest(visit)` answers requests."""

    async def talk(visit):
        if not visit.upgrades:
            await rest(visit)
            return
        await visit.accept()
        for n in range(1, 3_000):
            await visit.say(*(f"T {s} {n}" for s in "ABC"), *(f"D {s} {n} {n}" for s in "ABC"))
            await asyncio.sleep(0.01)

    return talk


def connect(server, **options):
    return lf.connect(Fetched(server.url), ["A", "B", "C"], **options)


def asked(server):
    return [path for path in server.paths() if path.startswith("/book")]


@pytest.mark.parametrize("status", [418, 429, 503])
def test_retry_after_stops_the_requests_for_all_symbols(status):
    async def rest(visit):
        await visit.answer(status, b"slow down", Retry_After="60")

    with HostileServer(bookish(rest)) as server, connect(server) as feed:
        assert feed.wait(lambda: feed.status.counts["error"] >= 3, timeout=20)
        together = len(asked(server))  # at the most those that were under way at once
        assert 1 <= together <= 3
        feed.subscribe(["D", "E", "F"])
        assert feed.wait(lambda: feed.status.counts["error"] >= 6, timeout=20)
        time.sleep(1.5)
        assert len(asked(server)) == together
        said = details(feed, "error")
        assert f"HTTP {status}: slow down" in said[0]
        assert "asking again in 60.0 s" in said[0]
        assert "the venue asked us to wait" in said[-1]
        assert feed.trades["A"].total > 0
        assert feed.status.counts["disconnected"] == 0


def test_one_symbols_book_refused_leaves_the_others():
    async def rest(visit):
        if visit.path == "/book/B":
            await visit.answer(404, b"unknown symbol")
        else:
            await visit.answer(200, f"S {visit.path[-1]} 5".encode())

    with (
        HostileServer(bookish(rest)) as server,
        Neighbour() as neighbour,
        connect(server) as feed,
    ):
        assert feed.wait(lambda: feed.book["A"].synced and feed.book["C"].synced, timeout=20)
        assert feed.wait(lambda: feed.status.counts["rejected"] == 1)
        (refusal,) = (s for s in feed.status.list() if s.kind == "rejected")
        assert (refusal.symbol, refusal.channel) == ("B", "book")
        assert "unknown symbol" in refusal.detail
        assert not feed.book["B"].synced
        assert asked(server).count("/book/B") == 1
        neighbour.unharmed()


@pytest.mark.parametrize("how", ["never", "garbage", "500", "drip"])
def test_a_snapshot_that_never_comes_is_said_and_asked_for_ever_less_often(how, monkeypatch):
    monkeypatch.setattr(fetch, "LONGEST_ANSWER", 0.5)

    async def rest(visit):
        if visit.path != "/book/A":
            await visit.answer(200, f"S {visit.path[-1]} 5".encode())
        elif how == "never":
            await asyncio.sleep(3600)
        elif how == "drip":
            await visit.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while True:
                await visit.write(b"x")
                await asyncio.sleep(0.05)
        else:
            await visit.answer(500 if how == "500" else 200, b"<html>no book</html>")

    before = resident_mb()
    with HostileServer(bookish(rest)) as server, connect(server, silence=5.0) as feed:
        assert feed.wait(lambda: feed.status.counts["error"] >= 3, timeout=40)
        assert all("A: no book snapshot (" in said for said in details(feed, "error"))
        assert all(len(said) < 300 for said in details(feed, "error"))
        assert feed.book["B"].synced
        assert feed.book["C"].synced
        assert not feed.book["A"].synced
        when = [at for at, path, _ in server.visits if path == "/book/A"]
        pauses = [b - a for a, b in pairwise(when)]
        assert len(when) <= 6
        assert pauses[-1] > 0.5
        assert resident_mb() - before < PLENTY

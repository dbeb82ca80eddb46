"""Servers that will not let one in, or break off: an error or a status with words, no hammering."""

import asyncio
import ssl
import subprocess
import time
from itertools import pairwise

import pytest
from hostile import (
    TEXT,
    HostileServer,
    Neighbour,
    Told,
    details,
    frame,
    refusing_rest,
    resident_mb,
)

import livefin as lf
from livefin import client
from livefin.errors import ConnectError

KEY = "planted-key-5f0d1c77"
PLENTY = 100


@pytest.fixture
def impatient(monkeypatch):
    """What takes ten seconds takes half of one."""
    monkeypatch.setattr(client, "OPEN_TIMEOUT", 0.5)


def refused(talk, **options):
    """The error that a feed on such a server begins with."""
    with HostileServer(talk) as server, pytest.raises(ConnectError) as caught:
        lf.connect(Told(server.url), "A", channels=["trades"], **options)
    assert not lf.feeds()
    assert caught.value.venue == "told"
    return str(caught.value)


async def says_nothing(visit):
    await asyncio.sleep(3600)


async def says_one_byte(visit):
    await visit.write(b"H")


async def hangs_up(visit):
    pass


async def speaks_ssh(visit):
    await visit.write(b"SSH-2.0-OpenSSH_9.6\r\n")


async def accepts_with_the_wrong_key(visit):
    visit.headers["sec-websocket-key"] = "AAAAAAAAAAAAAAAAAAAAAA=="
    await visit.accept()
    await visit.stay()


async def agrees_to_what_was_not_asked(visit):
    await visit.accept("x-webkit-deflate-frame")
    await visit.stay()


async def sends_headers_without_end(visit):
    await visit.write(b"HTTP/1.1 101 Switching Protocols\r\n")
    while True:
        await visit.write(b"X-More: of this\r\n" * 100)


async def sends_a_header_without_end(visit):
    await visit.write(b"HTTP/1.1 101 Switching Protocols\r\nX-Long: ")
    while True:
        await visit.write(b"x" * 10_000)


async def refuses_with_a_body_without_end(visit):
    await visit.write(b"HTTP/1.1 503 Busy\r\n\r\n")
    while True:
        await visit.write(b"x" * 10_000)


async def answers_as_http(visit):
    await visit.answer(200, b"<html>Welcome to our captive portal</html>")


REFUSALS = {
    says_nothing: "no answer within",
    says_one_byte: "is no WebSocket server",
    hangs_up: "is no WebSocket server",
    speaks_ssh: "is no WebSocket server",
    accepts_with_the_wrong_key: "Sec-WebSocket-Accept",
    agrees_to_what_was_not_asked: "extension",
    sends_headers_without_end: "HTTP|headers",
    sends_a_header_without_end: "HTTP|header",
    refuses_with_a_body_without_end: "HTTP|no answer",
    answers_as_http: "HTTP 200",
}


@pytest.mark.parametrize(
    ("talk", "words"), REFUSALS.items(), ids=lambda p: getattr(p, "__name__", "")
)
def test_a_handshake_that_fails_is_an_error_that_says_how(talk, words, impatient):
    before = resident_mb()
    said = refused(talk)
    assert any(word in said for word in REFUSALS[talk].split("|")), said
    assert len(said) < 500
    assert resident_mb() - before < PLENTY


@pytest.mark.parametrize("talk", [says_nothing, says_one_byte], ids=lambda p: p.__name__)
def test_without_waiting_it_is_a_status_each_time_and_tried_ever_less_often(talk, impatient):
    with (
        HostileServer(talk) as server,
        Neighbour() as neighbour,
        lf.connect(Told(server.url), "A", channels=["trades"], wait=None) as feed,
    ):
        assert feed.wait(lambda: feed.status.counts["disconnected"] >= 3, timeout=30)
        assert feed.state == "connecting"
        assert all("trying again in" in detail for detail in details(feed, "disconnected"))
        neighbour.unharmed()
        gaps = [b[0] - a[0] for a, b in pairwise(server.visits)]
        assert all(gap > 0.2 for gap in gaps)


@pytest.mark.parametrize("status", [418, 429, 503])
def test_retry_after_at_the_handshake_is_kept_to(status):
    async def talk(visit):
        if visit.number == 1:
            await visit.accept()
            await visit.say("T A 1")
        else:
            await visit.answer(status, Retry_After="30")

    with HostileServer(talk) as server, lf.connect(Told(server.url), "A", channels=["trades"]) as f:
        assert f.wait(lambda: f.status.counts["disconnected"] == 2, timeout=20)
        assert f"HTTP {status}" in details(f, "disconnected")[1]
        assert "trying again in 30.0 s" in details(f, "disconnected")[1]
        time.sleep(1.5)  # by the usual pauses it would be back by now
        assert len(server.visits) == 2


def test_a_venue_that_refuses_the_key_in_its_own_words_and_closes_is_not_hammered():
    async def talk(visit):
        await visit.accept()
        await visit.say("E A API key expired, see /account", "ok")
        await visit.write(frame(0x8, (4401).to_bytes(2, "big") + b"unauthorised"))
        await visit.stay()

    with (
        HostileServer(talk) as server,
        Neighbour() as neighbour,
        lf.connect(Told(server.url), "A", channels=["trades"], keys={"api_key": KEY}) as feed,
    ):
        assert feed.wait(lambda: feed.status.counts["disconnected"] >= 3, timeout=30)
        assert "told: API key expired, see /account" in details(feed, "rejected")
        assert "code 4401: unauthorised" in details(feed, "disconnected")[0]
        neighbour.unharmed()
        pauses = [b[0] - a[0] for a, b in pairwise(server.visits)]
        assert len(pauses) >= 2
        assert pauses[1] > 0.45  # from here on each is twice as long, to half a minute
        for detail in details(feed, "disconnected"):
            assert KEY not in detail


def test_a_subscription_refused_for_one_symbol_leaves_the_others():
    async def talk(visit):
        await visit.accept()
        await visit.say("E B unknown symbol B")
        for n in range(1, 1_000):
            await visit.say(f"T A {n}", f"T C {n}")
            await asyncio.sleep(0.01)

    with (
        HostileServer(talk) as server,
        lf.connect(Told(server.url), ["A", "B", "C"], channels=["trades"]) as feed,
    ):
        assert feed.wait(lambda: min(feed.trades[s].total for s in "AC") >= 20, timeout=20)
        (refusal,) = (s for s in feed.status.list() if s.kind == "rejected")
        assert (refusal.symbol, refusal.detail) == ("B", "told: unknown symbol B")
        assert feed.trades["B"].total == 0
        assert feed.status.counts["disconnected"] == 0


def test_a_server_that_falls_silent_half_open_is_left():
    async def talk(visit):
        await visit.accept()
        await visit.say("T A 1" if visit.number == 1 else "T A 2")
        visit.writer.transport.set_write_buffer_limits(0)
        await asyncio.sleep(3600)

    with (
        HostileServer(talk) as server,
        Neighbour() as neighbour,
        lf.connect(Told(server.url), "A", channels=["trades"], silence=0.5) as feed,
    ):
        assert feed.wait(lambda: feed.trades["A"].total == 2, timeout=20)
        stale = next(s for s in feed.status.list() if s.kind == "stale" and not s.symbol)
        assert "no frame and no answer" in stale.detail
        assert stale.end - stale.start >= 0.5e9
        neighbour.unharmed()


def test_a_server_that_breaks_off_in_the_middle_of_a_frame():
    async def talk(visit):
        await visit.accept()
        if visit.number == 1:
            await visit.write(frame(TEXT, b"T A 1") + frame(TEXT, b"T A 2")[:4])
        else:
            await visit.say("T A 2")
            await visit.stay()

    with HostileServer(talk) as server, lf.connect(Told(server.url), "A", channels=["trades"]) as f:
        assert f.wait(lambda: f.trades["A"].total == 2, timeout=20)
        assert f.trades["A"].df.id.tolist() == [1, 2]
        assert "code 1006" in details(f, "disconnected")[0]


def self_signed(folder):
    """A server's TLS context with a certificate that nobody vouches for."""
    pem = folder / "self.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 "
        f"-addext subjectAltName=IP:127.0.0.1 -keyout {folder}/key.pem -out {pem}"
    )
    try:
        made = subprocess.run(  # noqa: S603 - a command of ours, to the last word
            command.split(), capture_output=True, check=False, timeout=60
        )
    except FileNotFoundError:
        pytest.skip("openssl, which makes the certificate, is not here")
    if made.returncode:
        pytest.skip(f"openssl made no certificate: {made.stderr[-100:]!r}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, folder / "key.pem")
    return context


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path):
    async def talk(visit):
        await visit.accept()
        await visit.stay()

    with HostileServer(talk, tls=self_signed(tmp_path)) as server:
        with pytest.raises(ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            lf.connect(Told(server.url), "A", channels=["trades"], keys={"api_key": KEY})
        https = server.url.replace("wss", "https")
        with pytest.raises(lf.LivefinError, match="CERTIFICATE_VERIFY_FAILED"):
            lf.run(client.fetch.get(https, headers={"X-Told-Key": KEY}))
        assert server.visits == []  # no header of ours was ever sent


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_takes_no_key_to_another_server(status):
    async def elsewhere(visit):
        await visit.accept()
        await visit.say("T A 1")
        await visit.stay()

    with HostileServer(elsewhere) as other:

        async def talk(visit):
            await visit.answer(status, Location=f"{other.url}/here")

        said = refused(talk, keys={"api_key": KEY})
        assert f"HTTP {status}: it sends us to another address; keys stay here" in said
        assert other.visits == []
        assert other.received == b""
        with (  # with no key there is nothing to lose
            HostileServer(refusing_rest(talk)) as server,
            lf.connect(Told(server.url), "A", channels=["trades"]) as feed,
        ):
            assert feed.wait(lambda: feed.trades["A"].total == 1, timeout=20)
        assert other.paths() == ["/here"]


def test_a_redirect_that_never_ends_is_given_up():
    async def talk(visit):
        await visit.answer(302, Location=f"/{visit.number}")

    assert "redirects" in refused(talk)


def test_a_name_that_is_not_found_is_a_status_and_the_others_go_on():
    with (
        Neighbour() as neighbour,
        lf.connect(Told("wss://no-such-host.invalid/ws"), "A", wait=None) as feed,
    ):
        assert feed.wait(lambda: feed.status.counts["disconnected"] >= 2, timeout=30)
        assert "the name of the server was not found" in details(feed, "disconnected")[0]
        neighbour.unharmed()

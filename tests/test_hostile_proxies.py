"""A proxy between us and the venue that breaks what it should carry: words, and no key to it."""

import asyncio
import re

import pytest
from hostile import Fetched, HostileServer, details

import livefin as lf
from livefin import client
from livefin.errors import ConnectError
from livefin.fetch import FetchError

KEY = "planted-key-5f0d1c77"
VENUE = "wss://venue.invalid/ws"


async def one_byte(visit):
    await visit.write(b"H")


async def nothing(visit):
    await asyncio.sleep(3600)


async def hangs_up(visit):
    pass


async def wants_a_password(visit):
    await visit.answer(407, b"who are you?", Proxy_Authenticate="Basic realm=x")


async def is_no_proxy(visit):
    await visit.answer(200, b"<html>Please accept our terms</html>")
    await asyncio.sleep(3600)


async def carries_one_byte(visit):
    await visit.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    await visit.reader.read(100)
    await visit.write(b"\x16")


async def carries_garbage(visit):
    await visit.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    await visit.write(b"\xde\xad" * 1_000)
    await asyncio.sleep(3600)


PROXIES = {
    one_byte: ("valid HTTP response from proxy", "without sending a response"),
    nothing: ("no answer within", "no whole answer within"),
    hangs_up: ("valid HTTP response from proxy", "without sending a response"),
    wants_a_password: ("HTTP 407; check the proxy, which is set by HTTPS_PROXY", "407"),
    is_no_proxy: ("no answer within", "no whole answer within"),
    carries_one_byte: ("it broke off", "the connection broke off"),
    carries_garbage: ("WRONG_VERSION_NUMBER|no answer within", "SSL|no whole answer within"),
}
"""What is said of a socket, and of a request."""
any_proxy = pytest.mark.parametrize("talk", PROXIES, ids=lambda talk: talk.__name__)


@pytest.fixture
def through(monkeypatch):
    """Make all connections go through a proxy."""
    monkeypatch.setattr(client, "OPEN_TIMEOUT", 0.7)
    monkeypatch.setattr(client.fetch, "LONGEST_ANSWER", 0.7)

    def use(server):
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, server.url.replace("ws", "http"))
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)

    return use


@any_proxy
def test_a_socket_through_it_is_an_error_that_says_how(talk, through):
    with HostileServer(talk) as proxy:
        through(proxy)
        with pytest.raises(ConnectError) as caught:
            lf.connect(Fetched(VENUE), "A", keys={"api_key": KEY})
        assert proxy.visits, "it did not go through the proxy"
        assert proxy.paths()[0] == "venue.invalid:443"
        assert KEY.encode() not in proxy.received
        assert all(KEY not in str(headers) for _, _, headers in proxy.visits)
    said = str(caught.value)
    assert VENUE in said
    assert KEY not in said
    assert len(said) < 400
    assert re.search(PROXIES[talk][0], said)


@any_proxy
def test_a_request_through_it_is_an_error_that_says_how(talk, through):
    with HostileServer(talk) as proxy:
        through(proxy)
        with pytest.raises(FetchError) as caught:
            lf.run(client.fetch.get("https://venue.invalid/book", headers={"X-Told-Key": KEY}))
        assert proxy.visits
        assert all(KEY not in str(headers) for _, _, headers in proxy.visits)
    assert KEY not in str(caught.value)
    assert re.search(PROXIES[talk][1], str(caught.value))


def test_without_waiting_it_is_a_status_and_tried_again(through):
    with HostileServer(one_byte) as proxy:
        through(proxy)
        with lf.connect(Fetched(VENUE), "A", wait=None) as feed:
            assert feed.wait(lambda: feed.status.counts["disconnected"] >= 2, timeout=20)
            assert all("trying again in" in detail for detail in details(feed, "disconnected"))

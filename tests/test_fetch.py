import pytest
from scripted import ScriptedServer

import livefin as lf
from livefin import fetch


@pytest.fixture
def server():
    with ScriptedServer() as server:
        yield server


def get(server, path):
    return lf.run(fetch.get(server.url.replace("ws", "http") + path))


def test_gives_the_body(server):
    server.rest["/depth"] = (200, b'{"lastUpdateId":1}', {})
    assert get(server, "/depth?symbol=X") == b'{"lastUpdateId":1}'
    assert server.requests == ["/depth?symbol=X"]


@pytest.mark.parametrize("status", [400, 404, 451])
def test_a_refusal_is_final(server, status):
    server.rest["/depth"] = (status, b'{"code":-1121,"msg":"Invalid symbol."}', {})
    with pytest.raises(fetch.FetchError, match="Invalid symbol") as caught:
        get(server, "/depth")
    assert caught.value.refused


@pytest.mark.parametrize("status", [418, 429, 503])
def test_a_limit_says_when_to_ask_again(server, status):
    server.rest["/depth"] = (status, b"slow down", {"Retry-After": "7"})
    with pytest.raises(fetch.FetchError) as caught:
        get(server, "/depth")
    assert not caught.value.refused
    assert caught.value.retry_after == 7


def test_a_body_over_the_limit_is_not_taken(server, monkeypatch):
    monkeypatch.setattr(fetch, "MAX_BODY", 1_000)
    server.rest["/depth"] = (200, b"x" * 2_000, {})
    with pytest.raises(fetch.FetchError, match="over"):
        get(server, "/depth")


def test_no_server_is_a_fetch_error():
    with pytest.raises(fetch.FetchError, match="Connect"):
        lf.run(fetch.get("http://127.0.0.1:1/depth"))


def test_not_a_url_is_a_fetch_error():
    with pytest.raises(fetch.FetchError):
        lf.run(fetch.get("http://[bad"))


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("1e999", fetch.LONGEST), ("inf", fetch.LONGEST), ("99999999999", fetch.LONGEST),
        ("-5", 0), ("-inf", 0), ("nan", None), ("", None), ("9" * 5_000, fetch.LONGEST),
        ("Wed, 21 Oct 2015 07:21700000000", None), ("Wed, 99 Foo 99999 99:99:99 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", fetch.LONGEST),
    ],
)  # fmt: skip
def test_a_retry_after_that_nobody_means_is_bounded_or_none(said, wait):
    assert fetch.seconds(said) == wait


def test_a_date_as_retry_after_is_counted_from_now(server):
    server.rest["/depth"] = (429, b"", {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})
    with pytest.raises(fetch.FetchError) as caught:
        get(server, "/depth")
    assert caught.value.retry_after == 0

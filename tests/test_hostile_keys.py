"""A key planted with a feed comes out nowhere but where it is to go, whatever a server does.

The server sends it back in every way that a server can; all that livefin then says, shows,
logs, records and raises is searched for it, in each spelling.
"""

import gzip
import html
import json
import logging
import traceback
from urllib.parse import quote

import pytest
from hostile import Fetched, HostileServer, details, frame

import livefin as lf
from livefin import venues
from livefin.errors import ConnectError
from livefin.keys import Secret, hide
from livefin.venues.contract import Request

KEY = 'planted/Key+5f0d1c77"=='
SPELLED = [KEY, quote(KEY, safe=""), json.dumps(KEY)[1:-1], html.escape(KEY), repr(KEY)[1:-1]]
PLAIN = "plantedKey5f0d1c77ee01aa"


def found_in(text, key=KEY):
    """The spellings of the key that are in `text`."""
    spelled = SPELLED if key is KEY else [key]
    return [each for each in spelled if each in str(text)]


@pytest.fixture
def logged(caplog):
    """Everything that any library logs while the test runs, as text."""
    caplog.set_level(logging.DEBUG)
    for name in ("websockets", "httpx", "httpcore", "livefin", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    return lambda: "\n".join(record.getMessage() for record in caplog.records)


def shown(feed):
    """All that a person can see of a feed."""
    yield repr(feed)
    yield feed._repr_mimebundle_()
    yield feed.status.df.to_string()
    yield [s.detail for s in feed.status.list()]
    yield repr(feed.status)
    for session in feed._sessions:
        yield repr(vars(session.venue))
        yield repr(session.venue.keys)


async def echoes(visit):
    """Says the key back in frames, a close and an answer."""
    if not visit.upgrades:
        body = f'{{"error":"bad key {quote(KEY)}","key":{json.dumps(KEY)},"pad":"'.encode()
        await visit.answer(
            400 if visit.path.endswith("A") else 500, body + b"x" * 150 + KEY.encode()
        )
        return
    await visit.accept()
    await visit.say(
        f"E A no such key: {KEY}", f"E A {quote(KEY, safe='')}", f"{KEY} 1", f"T A {KEY}"
    )
    await visit.say("T A 1", f"ok {KEY}")
    if visit.number == 1:
        await visit.write(frame(0x8, (4401).to_bytes(2, "big") + f"key {KEY} expired".encode()))
    await visit.stay()


def test_whatever_a_server_sends_back(logged, tmp_path):
    path = tmp_path / "session.jsonl.gz"
    with HostileServer(echoes) as server:
        feed = lf.connect(
            Fetched(server.url), ["A", "B"], keys={"api_key": KEY}, record=path, silence=1.0
        )
        assert feed.wait(lambda: feed.status.counts["connected"] >= 2, timeout=20)
        assert feed.wait(lambda: feed.status.counts["rejected"] >= 3, timeout=20)
        assert feed.wait(lambda: feed.status.counts["error"] >= 1, timeout=20)
        assert feed.wait(lambda: feed.status.counts["malformed"] >= 1, timeout=20)
        for what in shown(feed):
            assert not found_in(what)
        feed.close()
        for what in shown(feed):
            assert not found_in(what)
        # It did go where it was to go: the handshake, the requests, the login.
        assert all(headers["x-told-key"] == KEY for _, _, headers in server.visits)
    assert "<secret>" in " ".join(details(feed, "rejected"))
    assert "<secret>" in " ".join(details(feed, "disconnected"))
    assert not found_in(logged())
    recording = gzip.decompress(path.read_bytes()).decode()
    assert '"recv"' in recording
    assert not found_in(recording)


@pytest.mark.parametrize("cut", range(150, 400, 5))
def test_no_piece_of_a_key_is_left_where_an_answer_is_cut(cut):
    async def talk(visit):
        if visit.upgrades:
            await visit.accept()
            await visit.stay()
        else:
            await visit.answer(400, b"x" * cut + PLAIN.encode())

    with (
        HostileServer(talk) as server,
        lf.connect(Fetched(server.url), "A", channels=["book"], keys={"api_key": PLAIN}) as feed,
    ):
        assert feed.wait(lambda: feed.status.counts["rejected"] == 1, timeout=20)
        (said,) = details(feed, "rejected")
        assert PLAIN[:4] not in said


class Prepared(Fetched):
    """Asks for a token first."""

    name = "prepared"

    def prepare(self, now):
        return Request(f"{self.rest_url}/token", self.headers(), b"sign me " + PLAIN.encode())

    def prepared(self, body):
        raise ValueError(f"cannot use {body.decode()}")


@pytest.mark.parametrize("status", [200, 400, 401, 500])
def test_a_token_that_cannot_be_had(status, logged):
    async def talk(visit):
        await visit.answer(status, f"your key {PLAIN} is bad".encode())

    with HostileServer(talk) as server, pytest.raises(ConnectError) as caught:
        lf.connect(Prepared(server.url), "A", keys={"api_key": PLAIN})
    assert "your key <secret> is bad" in str(caught.value)
    assert not found_in(logged(), PLAIN)
    assert not found_in(vars(caught.value), PLAIN)


@pytest.mark.parametrize("status", [101, 200, 302, 401, 403, 429])
def test_a_handshake_that_is_refused(status, logged):
    async def talk(visit):
        await visit.answer(status, f"bad {KEY}".encode(), X_Bad=KEY, Location=f"/?key={KEY}")

    with HostileServer(talk) as server, pytest.raises(ConnectError) as caught:
        lf.connect(Fetched(f"{server.url}/?apikey={PLAIN}"), "A", keys={"api_key": KEY})
    report = "".join(traceback.format_exception(caught.value))
    assert not found_in(report)
    assert not found_in(report, PLAIN)
    assert not found_in(logged())


KEYED = [name for name, kind in venues.registry.items() if kind.key_names and name != "coinbase"]


@pytest.mark.parametrize("name", KEYED)
def test_every_venue_that_takes_keys_on_a_server_that_sends_all_back(name, logged, tmp_path):
    """As JSON that it may take for an error of its own, as none, and as an answer to REST."""
    kind = venues.registry[name]
    keys = {each: f"{'cGxhbnRlZA'}{i}{PLAIN}AA=="[:32] for i, each in enumerate(kind.key_names)}
    said = " ".join(keys.values())

    async def talk(visit):
        if not visit.upgrades:
            await visit.answer(401, f"bad keys {said}".encode())
            return
        await visit.accept()
        for field in ("msg", "message", "error", "reason", "errorMessage", "error_message"):
            for kinds in ({"type": "error"}, {"event": "error"}, {"T": "error", "code": 402}, {}):
                await visit.say(json.dumps(kinds | {field: f"bad keys {said}"}))
        error = {"id": 1, "error": {"code": 13_004, "message": f"bad {said}"}}
        await visit.say(json.dumps(error), json.dumps([error]), said, f"<{said}>")
        await visit.write(frame(0x8, (4401).to_bytes(2, "big") + said[:100].encode()))
        await visit.stay()

    path, shows = tmp_path / "r.jsonl.gz", []
    with HostileServer(talk) as server:
        rest = server.url.replace("ws", "http")
        channels = ["orders" if "orders" in kind.channels else kind.channels[0]]
        if channels[0] == "bars":
            channels = ["bars:1m"]
        try:
            feed = lf.connect(
                name, kind.example, channels=channels, url=server.url, rest_url=rest, keys=keys,
                record=path,
            )  # fmt: skip
        except lf.LivefinError as error:
            shows.append("".join(traceback.format_exception(error)))
        else:
            assert feed.wait(lambda: feed.status.counts["disconnected"] >= 1, timeout=20)
            feed.close()
            shows += shown(feed)
    shows.append(logged())
    if path.exists():
        shows.append(gzip.decompress(path.read_bytes()).decode())
    for what in shows:
        for key in keys.values():
            assert not found_in(what, key)


def test_hide_finds_a_key_in_every_spelling_and_leaves_the_rest():
    secret = [Secret(KEY)]
    for spelled in (*SPELLED[:3], SPELLED[4], KEY.replace("/", r"\/").replace('"', r"\"")):
        assert hide(f"a {spelled} b", secret) == "a <secret> b"
    assert hide("nothing", secret) == "nothing"
    assert hide("x x", [Secret("x")]) == "x x"  # or every x in all texts would be one


def test_a_venue_of_ones_own_with_a_key_in_a_header_and_one_in_its_address(logged, tmp_path):
    async def talk(visit):
        if visit.path.startswith("/away"):
            await visit.answer(302, Location=other.url)
            return
        await visit.accept()
        await visit.say(f'{{"error":"no key {PLAIN}"}}', '{"s":"A","p":1}')
        await visit.write(frame(0x8, (4401).to_bytes(2, "big") + f"bad {PLAIN}".encode()))
        await visit.stay()

    async def elsewhere(visit):
        await visit.accept()

    def parse(message):
        if "error" in message:
            raise ValueError(message["error"])
        return lf.Trade(message["s"], None, None, message["p"], 1.0)

    path, headers = tmp_path / "r.jsonl.gz", {"Authorization": f"Bearer {PLAIN}"}
    with HostileServer(elsewhere) as other, HostileServer(talk) as server:
        venue = lf.custom(f"{server.url}/ws?token={KEY[:7]}", parse, headers=headers)
        feed = lf.connect(venue, "A", record=path)
        assert feed.wait(lambda: feed.status.counts["disconnected"] == 1, timeout=20)
        assert feed.wait(lambda: feed.status.counts["malformed"] >= 1, timeout=20)
        feed.close()
        away = lf.custom(f"{server.url}/away", parse, headers=headers)
        with pytest.raises(ConnectError, match="keys stay here"):
            lf.connect(away, "A")
        assert other.visits == []
        assert server.visits[0][2]["authorization"] == f"Bearer {PLAIN}"
    recording = gzip.decompress(path.read_bytes()).decode()
    for what in (*shown(feed), repr(venue), logged(), recording):
        assert not found_in(what, PLAIN)
    for what in (repr(venue), repr(feed), logged(), recording, feed._repr_mimebundle_()):
        assert "token=planted" not in str(what)
    assert "no key <secret>" in " ".join(details(feed, "malformed"))

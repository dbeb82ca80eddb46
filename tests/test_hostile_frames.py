"""Frames that no venue should send: each ends in a status, and nobody else notices."""

import json

import pytest
from hostile import (
    CLOSE,
    CONT,
    PING,
    TEXT,
    HostileServer,
    attack,
    details,
    frame,
    neighbour,
    once,
    resident_mb,
    unmasked,
)

import livefin as lf

__all__ = ["attack", "neighbour"]  # fixtures
PLENTY = 60


BROKEN = {
    "a reserved opcode": frame(0x3, b"x"),
    "a reserved control opcode": frame(0xB),
    "a masked frame": frame(TEXT, b"T A 9", masked=True),
    "a reserved bit": frame(TEXT, b"T A 9", rsv=0b010),
    "compressed, which was not agreed": frame(TEXT, b"T A 9", rsv=0b100),
    "a continuation of nothing": frame(CONT, b"T A 9"),
    "a message inside a message": frame(TEXT, b"T A", fin=False) + frame(TEXT, b" 9"),
    "a ping in pieces": frame(PING, b"x", fin=False),
    "a long ping": frame(PING, b"x" * 126),
    "a close of one byte": frame(CLOSE, b"\x03"),
    "a close with a code that is none": frame(CLOSE, (999).to_bytes(2, "big")),
    "a close whose reason is no text": frame(CLOSE, (1000).to_bytes(2, "big") + b"\xff\xfe"),
    "a close with too long a reason": frame(CLOSE, (1000).to_bytes(2, "big") + b"x" * 1_000),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_broken_protocol_ends_the_socket_with_words_and_another_is_opened(
    data, attack, neighbour
):
    _, feed = attack(once(data))
    assert feed.wait(lambda: feed.trades["B"].total == 1, timeout=20)
    (why,) = details(feed, "disconnected")
    assert "told: " in why
    assert "broke the WebSocket protocol" in why or "closed with code" in why
    assert len(why) < 400
    assert [int(n) for n in feed.trades["A"].df.id] == [1, 2]
    neighbour.unharmed()


@pytest.mark.parametrize("name", ["a reserved opcode", "a close whose reason is no text"])
def test_a_server_that_does_not_hang_up_is_not_waited_for(name, attack):
    async def talk(visit):
        await visit.accept()
        await visit.say("T A 1", "T B 1")
        while visit.number == 1 and b"+ trades B" not in unmasked(visit.server.received):
            visit.server.received += await visit.reader.read(100)
        if visit.number == 1:  # all is said, so that nothing more makes the client look
            await visit.write(BROKEN[name])
        await visit.stay(hang_up=False)

    _, feed = attack(talk, silence=3600)
    assert feed.wait(lambda: feed.status.counts["connected"] == 2, timeout=20)


@pytest.mark.parametrize("reason", ["<script>alert(1)</script>", "\u202e" * 40, "x" * 123, ""])
def test_a_close_is_told_with_its_reason(reason, attack):
    data = frame(CLOSE, (4001).to_bytes(2, "big") + reason.encode())
    _, feed = attack(once(data))
    assert feed.wait(lambda: feed.trades["B"].total == 1, timeout=20)
    (why,) = details(feed, "disconnected")
    assert "closed with code 4001" in why
    assert reason in why
    assert "<script>" not in str(feed._repr_mimebundle_())


@pytest.mark.parametrize("length", [10 * 2**30, 2**63 - 1, 2**40])
def test_a_frame_that_says_it_is_endless_is_not_waited_for(length, attack, neighbour):
    before = resident_mb()
    _, feed = attack(once(frame(TEXT, b"T A 9", length=length)))
    assert feed.wait(lambda: feed.trades["B"].total == 1, timeout=20)
    assert "over the limit" in details(feed, "disconnected")[0]
    assert resident_mb() - before < PLENTY
    neighbour.unharmed()


WRONG = {
    "half a letter": b"T A \xc3",
    "a letter in two frames": b"\xa9",
    "latin-1": "T Ä 1".encode("latin-1"),
    "utf-16": "T A 1".encode("utf-16"),
    "a nul": b"T A 1\0",
    "nothing": b"",
    "deep": b"[" * 1_000_000,
    "a text for a number": b"T A one",
    "a number with no end": b"T A " + b"9" * 100_000,
    "too few": b"T",
}


def test_what_cannot_be_read_is_counted_and_the_next_is_read(attack, neighbour):
    data = b"".join(frame(TEXT, raw) for raw in WRONG.values()) + frame(TEXT, b"T A 2")
    _, feed = attack(once(data))
    assert feed.wait(lambda: feed.status.events["malformed"] == len(WRONG), timeout=20)
    assert feed.trades["A"].df.id.tolist() == [1, 2]
    assert feed.state == "live"
    neighbour.unharmed()


def test_json_that_is_not_as_it_was_said_to_be():
    """Numbers as texts and texts as numbers are read; what is neither is counted."""

    def trade(id_, price='"100.5"', size='"0.5"', symbol="btcusdt"):
        return (
            f'{{"stream":"{symbol}@trade","data":{{"e":"trade","t":{id_},"p":{price},"q":{size},'
            '"T":1700000000000,"m":false}}'
        )

    read = [trade(1), trade('"2"'), trade(3, price="100.5", size="1"), trade(4, size='"0"')]
    unread = [trade(5, price=price) for price in ('"x"', "null", "-1", '"NaN"', "1e999", "[]")]
    unread += [trade(id_) for id_ in ("1.5", "9" * 40, "{}")]
    unread += [trade(5)[:-9], "[" * 100_000, '{"stream":' * 50_000, "[]", "null"]

    async def talk(visit):
        await visit.accept()
        await visit.say(*read, *unread, trade(5))
        await visit.stay()

    with (
        HostileServer(talk) as server,
        lf.connect("binance", "BTC-USDT", channels=["trades"], url=server.url) as feed,
    ):
        assert feed.wait(lambda: feed.trades["BTC-USDT"].total == len(read) + 1, timeout=20)
        assert feed.wait(lambda: feed.status.events["malformed"] == len(unread))
        assert feed.trades["BTC-USDT"].df.id.tolist() == [1, 2, 3, 4, 5]
        assert json.loads(json.dumps(details(feed, "malformed")))[0].startswith("binance: ")


def test_ids_that_repeat_and_times_that_go_back(attack, neighbour):
    async def talk(visit):
        await visit.accept()
        await visit.say(*(f"T A {n} {10**18 - n}" for n in range(1, 101)))
        await visit.say(*["T A 7 5"] * 50, "T A 101 0", "T B 5 0", "T B 5 0", "T A 102")
        await visit.stay()

    _, feed = attack(talk)
    assert feed.wait(lambda: feed.trades["A"].total == 102, timeout=20)
    assert feed.wait(lambda: feed.status.events["duplicate"] == 51)
    assert feed.trades["A"].df.id.tolist() == list(range(1, 103))
    assert feed.trades["B"].df.id.tolist() == [5]
    neighbour.unharmed()

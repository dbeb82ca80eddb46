"""The client and its link against a real server: connect, lose, pause, limits, speech."""

import json
import time

import pytest
from scripted import ScriptedServer

import livefin as lf
from livefin import gulps
from livefin.errors import ConnectError, FeedClosedError, LivefinError

DEPTH = b'{"lastUpdateId":10,"bids":[["99.0","1.0"]],"asks":[["101.0","1.0"]]}'


def trade(id_, symbol="btcusdt"):
    data = {"e": "trade", "t": id_, "p": "100.5", "q": "0.5", "T": 1_700_000_000_000, "m": False}
    return json.dumps({"stream": f"{symbol}@trade", "data": data})


@pytest.fixture
def server():
    with ScriptedServer() as server:
        server.rest["/api/v3/depth"] = (200, DEPTH, {})
        yield server


def connect(server, **options):
    options.setdefault("channels", ["trades"])
    return lf.connect("binance", "BTC-USDT", url=server.url, **options)


def test_subscribes_and_delivers_in_order(server):
    with connect(server) as feed:
        server.send(*(trade(n) for n in range(100)))
        assert feed.wait(lambda: len(feed.trades["BTC-USDT"]) == 100)
        assert feed.trades["BTC-USDT"].df.id.tolist() == list(range(100))
        assert feed.status.counts == {"connected": 1}
    assert json.loads(server.received[0])["params"] == ["btcusdt@trade"]


def test_fragmented_and_binary_frames_are_put_together(server):
    raw = trade(7).encode()
    half = len(raw) // 2
    with connect(server) as feed:
        feed.wait(lambda: server.received)
        server.write(bytes([0x01, 126]) + half.to_bytes(2, "big") + raw[:half])
        server.write(bytes([0x80, 126]) + (len(raw) - half).to_bytes(2, "big") + raw[half:])
        server.send(trade(8).encode())
        assert feed.wait(lambda: len(feed.trades["BTC-USDT"]) == 2)


def test_reconnects_after_a_cut_and_subscribes_again(server):
    with connect(server) as feed:
        server.send(trade(1))
        assert feed.wait(lambda: len(feed.trades["BTC-USDT"]) == 1)
        server.cut()
        assert feed.wait(lambda: feed.status.counts["connected"] == 2)
        server.send(trade(5))
        assert feed.wait(lambda: len(feed.trades["BTC-USDT"]) == 2)
        gap = next(status for status in feed.status.list() if status.kind == "gap")
        assert (gap.first, gap.last, gap.count, gap.symbol) == (2, 4, 3, "BTC-USDT")
        lost = next(status for status in feed.status.list() if status.kind == "disconnected")
        assert lost.start is not None
        assert feed.wait(lambda: len(server.received) == 2)


@pytest.mark.parametrize(
    ("status", "advice"), [(401, "key"), (403, "forbidden"), (404, "address"), (429, "too many")]
)
def test_http_errors_at_the_handshake_say_what_to_do(server, status, advice):
    server.handshake_status = status
    with pytest.raises(ConnectError, match=f"HTTP {status}: .*{advice}"):
        connect(server)
    assert not lf.feeds()


def test_a_refused_connection_says_so():
    with pytest.raises(ConnectError, match="refused") as caught:
        lf.connect("binance", "BTC-USDT", url="ws://127.0.0.1:1")
    assert caught.value.venue == "binance"


def test_an_unknown_host_says_so():
    with pytest.raises(ConnectError, match="check the network"):
        lf.connect("binance", "BTC-USDT", url="wss://no-such-host.invalid/stream")


def test_keys_in_a_url_stay_out_of_errors():
    with pytest.raises(ConnectError) as caught:
        lf.connect("binance", "BTC-USDT", url="ws://user:secret1@127.0.0.1:1/x?apikey=secret2")
    assert "secret" not in str(caught.value)


def test_without_waiting_a_failure_is_a_status():
    with lf.connect("binance", "BTC-USDT", url="ws://127.0.0.1:1", wait=None) as feed:
        assert feed.wait(lambda: feed.status.counts["disconnected"] >= 2)
        assert feed.state == "connecting"


def test_a_frame_over_the_limit_ends_the_socket_with_a_reason(server):
    with connect(server, max_frame=1_000) as feed:
        server.send("x" * 2_000)
        assert feed.wait(lambda: feed.status.counts["disconnected"] == 1)
        assert "over the limit" in feed.status.df.detail.iloc[-1]


def test_a_5_mb_frame_is_taken(server):
    with connect(server) as feed:
        server.send(json.dumps({"result": "x" * 5_000_000, "id": 1}), trade(1))
        assert feed.wait(lambda: len(feed.trades["BTC-USDT"]) == 1)
        assert feed.status.counts == {"connected": 1}


def test_garbage_is_counted_and_the_rest_goes_on(server):
    with connect(server) as feed:
        server.send("not json", b"\xff\xfe", '{"stream":"btcusdt@trade","data":{"p":"NaN"}}', "[1]")
        server.send(trade(1))
        assert feed.wait(lambda: feed.status.events["malformed"] == 4)
        assert len(feed.trades["BTC-USDT"]) == 1
        assert feed.state == "live"


def test_a_wrong_opcode_is_a_disconnection(server):
    with connect(server) as feed:
        server.write(bytes([0x83, 0x00]))
        assert feed.wait(lambda: feed.status.counts["connected"] == 2)


def test_a_ten_gigabyte_length_is_not_waited_for(server):
    with connect(server) as feed:
        server.write(bytes([0x81, 127]) + (10 * 2**30).to_bytes(8, "big"))
        assert feed.wait(lambda: feed.status.counts["disconnected"] == 1)
        assert "over the limit" in feed.status.df.detail.iloc[-1]


def test_silence_is_noticed_and_ends_in_a_new_socket(server):
    with connect(server, silence=0.3) as feed:
        assert feed.wait(lambda: feed.status.counts["connected"] == 2)
        stale = next(s for s in feed.status.list() if s.kind == "stale" and not s.symbol)
        assert stale.end - stale.start >= 0.3e9
        assert any("LIST_SUBSCRIPTIONS" in message for message in server.received)


def test_an_answer_to_the_ping_keeps_a_quiet_socket(server):
    server.on_message = lambda message: ['{"result":[],"id":1}']
    with connect(server, silence=0.2) as feed:
        feed.wait(lambda: len(server.received) >= 4)
        assert feed.status.counts["connected"] == 1
        assert feed.status.counts["disconnected"] == 0


def test_send_speaks_on_the_same_socket(server):
    with connect(server) as feed:
        feed.send({"method": "LIST_SUBSCRIPTIONS", "id": 99})
        feed.send("plain")
        assert feed.wait(lambda: len(server.received) == 3)
        assert json.loads(server.received[1])["id"] == 99
        assert server.connections == 1
        server.cut()
        feed.wait(lambda: feed.state == "connecting")
        with pytest.raises(LivefinError, match="not connected"):
            feed.send("lost")
    with pytest.raises(FeedClosedError):
        feed.send("late")


def test_an_unknown_symbol_is_rejected_visibly(server):
    server.rest["/api/v3/depth"] = (400, b'{"code":-1121,"msg":"Invalid symbol."}', {})
    with connect(server, channels=["book"]) as feed:
        assert feed.wait(lambda: feed.status.counts["rejected"] == 1)
        assert "Invalid symbol" in feed.status.df.detail.iloc[-1]
        time.sleep(0.5)
        assert len(server.requests) == 2  # the handshake and one snapshot, not a storm


def test_symbols_come_and_go_while_live(server):
    with connect(server) as feed:
        feed.subscribe("ETH-USDT")
        assert feed.wait(lambda: len(server.received) == 2)
        server.send(trade(1, "ethusdt"), trade(1))
        assert feed.wait(lambda: len(feed.trades["ETH-USDT"]) == len(feed.trades["BTC-USDT"]) == 1)
        feed.unsubscribe("BTC-USDT")
        server.send(trade(2), trade(2, "ethusdt"))
        assert feed.wait(lambda: len(feed.trades["ETH-USDT"]) == 2)
        assert len(feed.trades["BTC-USDT"]) == 1
        assert feed.symbols == ["ETH-USDT"]


def test_dense_traffic_is_read_in_gulps(server):
    with connect(server) as feed:
        taken = []
        deliver = feed._drivers[0]._client._link.deliver

        def count(frames):
            taken.append(len(frames))
            deliver(frames)

        feed._drivers[0]._client._link.deliver = count
        for n in range(300):
            server.send(trade(n))
        assert feed.wait(lambda: len(feed.trades["BTC-USDT"]) == 300)
    assert len(taken) < 300
    assert gulps.COALESCE < 0.05  # far below a paint interval

"""Recorded sockets that are each numbered by the venue, served over one: no false gap."""

import gzip
import json

from threaded import threaded

import livefin as lf
from livefin.serve import ReplayServer

SOON = 20


def line(kind, conn, ts, **rest):
    return json.dumps({"t": kind, "conn": conn, "ts": ts, **rest})


def bitfinex(folder):
    """Two sockets, each with a market's trades, its own channel ids and its own numbering."""
    lines = [json.dumps({"t": "header", "format": 2, "exchange": "BITFINEX", "config": {}})]
    ts = 1_650_000_000.0
    for conn, id_, symbol in (("A", 11, "tBTCUSD"), ("B", 22, "tETHUSD")):
        lines.append(line("connect", conn, ts, addr="wss://api-pub.bitfinex.com/ws/2"))
        conf = '{"event":"conf","flags":65536}'
        lines.append(line("send", conn, ts, data=conf))
        said = (
            {"event": "info", "version": 2, "platform": {"status": 1}},
            {"event": "conf", "status": "OK", "flags": 65536},
            {"event": "subscribed", "channel": "trades", "chanId": id_, "symbol": symbol},
        )
        lines += [line("recv", conn, ts, data=json.dumps(each)) for each in said]
    for n in range(1, 200):
        ts += 0.01
        for conn, id_ in (("A", 11), ("B", 22)):
            raw = f'[{id_},"te",[{n},{int(ts * 1e3)},0.5,100.5],{n}]'
            lines.append(line("recv", conn, ts, data=raw))
    path = folder / "bitfinex.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    return path


def test_two_numbered_sockets_are_one_to_the_client(tmp_path):
    with (
        threaded(lambda: ReplayServer(bitfinex(tmp_path), speed=None)) as server,
        lf.connect("bitfinex", ["BTC-USD", "ETH-USD"], channels=["trades"], url=server.url) as feed,
    ):
        assert feed.wait(server.finished.is_set, timeout=SOON)
        assert feed.wait(lambda: all(f.total == 199 for f in feed.trades.values()), timeout=SOON)
        assert dict(feed.status.counts) == {"connected": 1}


def test_a_replay_has_a_session_for_each_of_them(tmp_path):
    with lf.connect(lf.Replay(bitfinex(tmp_path), speed=None)) as feed:
        assert feed.wait(lambda: feed.state == "finished", timeout=SOON)
        assert {symbol: f.total for symbol, f in feed.trades.items()} == {
            "BTC-USD": 199,
            "ETH-USD": 199,
        }
        assert set(feed.status.counts) == {"connected"}

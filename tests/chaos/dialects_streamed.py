"""Dialects of the venues whose books begin in the stream: with a snapshot on subscribing.

See dialects.py. Snapshots are written as the venue writes them, in its own digits where a
checksum is made of them.
"""

import json
from types import MappingProxyType

from dialects import MS, NOT_FOUND, Dialect, S
from streams import Frame


class Streamed(Dialect):
    """Knows how to begin a book and, where the venue does so, the trades."""

    def opening(self, topic, play):
        symbol = self.symbol_of(topic, play)
        if symbol is None:
            return None
        if self.is_trades(topic):
            trades = play.latest(symbol, self.again)
            if not trades:
                return None
            return Frame(self.trades(topic, trades, play), [play.enter(t) for t in trades])
        truth = play.truth(symbol)
        if not self.is_book(topic) or not truth.known:
            return None
        return Frame(self.snapshot(topic, truth, play), (), ((symbol, truth.index),))

    again = 0
    """Trades that a subscription to trades begins with."""

    def is_book(self, topic):
        raise NotImplementedError

    def is_trades(self, topic):
        return False

    def symbol_of(self, topic, play):
        """livefin's symbol of what a topic is of."""
        raise NotImplementedError

    def snapshot(self, topic, truth, play):
        """The frame that a book begins with."""
        raise NotImplementedError

    def trades(self, topic, trades, play):
        """The frame that trades begin with."""
        raise NotImplementedError


class Bybit(Streamed):
    """Topics are "orderbook.200.BTCUSDT", the same on each address."""

    name = "bybit"
    # Its quotes are put together from what its ticker says and said before.
    channels = Dialect.channels - {"quotes"}

    def opens(self, raw):
        m = json.loads(raw)
        return m["topic"].startswith("orderbook.") and m["type"] == "snapshot"

    def topics(self, raw, lane):
        yield lane, json.loads(raw)["topic"]

    def asked(self, data, lane):
        m = json.loads(data)
        op = m["op"] if m["op"] in ("subscribe", "unsubscribe") else ""
        return op, [(lane, topic) for topic in m.get("args", ())] if op else []

    def is_book(self, topic):
        return topic[1].startswith("orderbook.")

    def symbol_of(self, topic, play):
        lane, name = topic[0], topic[1].rpartition(".")[2]
        self.venue.lane = lane
        end = "-PERP" if lane == "linear" else ""
        return next((s for s in play.symbols if s.replace("-", "") == name + end.strip("-")), None)

    def snapshot(self, topic, truth, play):
        bids, asks = truth.book.levels()
        written = [[[repr(p), repr(s)] for p, s in side] for side in (bids, asks)]
        data = {"s": topic[1].rpartition(".")[2], "b": written[0], "a": written[1]}
        data |= {"u": truth.sequence, "seq": 1}
        head = {"topic": topic[1], "type": "snapshot", "ts": truth.ts // MS, "data": data}
        return dump(head | {"cts": truth.ts // MS})

    def get(self, path, query, play):
        if not path.endswith("/recent-trade"):
            return NOT_FOUND
        symbol = self.symbol_of((query["category"], f"x.{query['symbol']}"), play)
        past = play.trades(symbol)[-int(query["limit"]) :] if symbol else []
        rows = [
            {
                "execId": t.id, "symbol": query["symbol"], "price": repr(t.price),
                "size": repr(t.size), "side": (t.side or "").capitalize(),
                "time": str(t.ts_event // MS),
            }
            for t in reversed(past)
        ]  # fmt: skip
        return 200, dump({"retCode": 0, "retMsg": "OK", "result": {"list": rows}})


class KrakenV1(Streamed):
    """Topics are (channel, pair); frames end with both. Only a checksum tells of a loss."""

    name = "kraken-v1"
    chained, depth, checked, beat = False, 1_000, 10, 1.0

    def opens(self, raw):
        m = json.loads(raw)
        return isinstance(m[1], dict) and "as" in m[1]

    def topics(self, raw, lane):
        *_, channel, pair = json.loads(raw)
        yield channel.partition("-")[0], pair

    def asked(self, data, lane):
        m = json.loads(data)
        op = m["event"] if m["event"] in ("subscribe", "unsubscribe") else ""
        return op, [(m["subscription"]["name"], pair) for pair in m["pair"]] if op else []

    def heartbeats(self, play, conn):
        return [b'{"event":"heartbeat"}']

    def is_book(self, topic):
        return topic[0] == "book"

    def symbol_of(self, topic, play):
        old = topic[1].replace("XBT", "BTC").replace("XDG", "DOGE").replace("/", "-")
        return old if old in play.symbols else None

    def snapshot(self, topic, truth, play):
        bids, asks = truth.book.texts()
        sides = [[[p, s, "1618678133.365913"] for p, s in side] for side in (bids, asks)]
        return dump([1, {"as": sides[1], "bs": sides[0]}, f"book-{self.depth}", topic[1]])

    def get(self, path, query, play):
        if not path.endswith("/Trades"):
            return NOT_FOUND
        named = query["pair"]
        symbol = next(
            (s for s in play.symbols if s.replace("BTC", "XBT").replace("-", "") == named), None
        )
        since, most = int(query["since"]), int(query["count"])
        past = [t for t in play.trades(symbol) if t.ts_event > since][:most] if symbol else []
        rows = ",".join(
            f'["{t.price!r}","{t.size!r}",{t.ts_event // S}.{t.ts_event % S:09d},'
            f'"{"b" if t.side == "buy" else "s"}","m","",{n}]'
            for n, t in enumerate(past)
        )
        return 200, b'{"error":[],"result":{"%s":[%s],"last":"1"}}' % (
            named.encode(), rows.encode(),
        )  # fmt: skip


class Bitget(Streamed):
    """Topics are (market, channel, instrument). The capture is of v1; it is told as v2 tells
    it, which numbers the changes of a book and gives trades ids."""

    name = "bitget"
    again = 20
    markets = MappingProxyType({"sp": "SPOT", "mc": "USDT-FUTURES"})

    def __init__(self):
        super().__init__()
        self._books, self._n = {}, 0

    def as_sent(self, raw):
        m = json.loads(raw) if raw.startswith(b"{") else {}
        arg = m.get("arg")
        if arg is None or "action" not in m:
            return raw
        arg["instType"] = self.markets.get(arg["instType"], arg["instType"])
        if arg["channel"] == "books":
            key = tuple(arg.values())
            for book in m["data"]:
                before = self._books.get(key, 1_000)
                self._books[key] = book["seq"] = before + 7
                if m["action"] == "update":
                    book["pseq"] = before
        elif arg["channel"] == "trade":
            m["data"] = [self._named(t) for t in reversed(m["data"])][::-1]
        return dump(m)

    def _named(self, t):
        self._n += 1
        ts, price, size, side = t
        return {
            "ts": ts,
            "price": price,
            "size": size,
            "side": side,
            "tradeId": str(10**18 + self._n),
        }

    def opens(self, raw):
        m = json.loads(raw)
        return m.get("action") == "snapshot" and m["arg"]["channel"] in ("books", "trade")

    def topics(self, raw, lane):
        yield tuple(json.loads(raw)["arg"].values())

    def asked(self, data, lane):
        if data == b"ping":
            return "", []
        m = json.loads(data)
        return m["op"], [(a["instType"], a["channel"], a["instId"]) for a in m["args"]]

    def is_book(self, topic):
        return topic[1] == "books"

    def is_trades(self, topic):
        return topic[1] == "trade"

    def symbol_of(self, topic, play):
        market, _, name = topic
        name += "PERP" if market == "USDT-FUTURES" else ""
        return next((s for s in play.symbols if s.replace("-", "") == name), None)

    def _push(self, topic, data):
        arg = dict(zip(("instType", "channel", "instId"), topic, strict=True))
        return dump({"action": "snapshot", "arg": arg, "data": data, "ts": 1})

    def snapshot(self, topic, truth, play):
        bids, asks = truth.book.texts()
        summed = self.venue.checksum("", bids[:25], asks[:25])
        book = {"asks": asks, "bids": bids, "checksum": summed, "seq": truth.sequence}
        return self._push(topic, [book | {"ts": str(truth.ts // MS)}])

    def trades(self, topic, trades, play):
        return self._push(topic, [self._row(t, "tradeId", t.ts_event // MS) for t in trades[::-1]])

    def _row(self, t, name, ms):
        return {"ts": str(ms), "price": repr(t.price), "size": repr(t.size), "side": t.side,
                name: t.id}  # fmt: skip

    def get(self, path, query, play):
        if not path.endswith("/fills-history"):
            return NOT_FOUND
        symbol = self.symbol_of((query.get("productType", "SPOT"), "", query["symbol"]), play)
        start, end = int(query["startTime"]), int(query["endTime"])
        past = [
            self._row(t, "tradeId", t.ts_event // S * 1_000)
            for t in (play.trades(symbol) if symbol else ())
            if start <= t.ts_event // S * 1_000 <= end
        ]
        return 200, dump({"code": "00000", "data": past[: -int(query["limit"]) - 1 : -1]})


class Deribit(Streamed):
    """Topics are channels without their speed: "book.BTC-PERPETUAL"."""

    name = "deribit"
    beat = 10.0

    def opens(self, raw):
        return json.loads(raw)["params"]["data"].get("type") == "snapshot"

    def topics(self, raw, lane):
        yield _instrument(json.loads(raw)["params"]["channel"])

    def asked(self, data, lane):
        m = json.loads(data)
        op = m["method"].removeprefix("public/")
        if op not in ("subscribe", "unsubscribe"):
            return "", []
        return op, [_instrument(channel) for channel in m["params"]["channels"]]

    def heartbeats(self, play, conn):
        return [b'{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}']

    def is_book(self, topic):
        return topic.startswith("book.")

    def symbol_of(self, topic, play):
        return topic.partition(".")[2]

    def snapshot(self, topic, truth, play):
        sides = [[["new", p, s] for p, s in side] for side in truth.book.levels()]
        data = {"type": "snapshot", "timestamp": truth.ts // MS, "change_id": truth.sequence}
        data |= {"instrument_name": topic.partition(".")[2], "bids": sides[0], "asks": sides[1]}
        params = {"channel": f"{topic}.100ms", "data": data}
        return dump({"jsonrpc": "2.0", "method": "subscription", "params": params})

    def get(self, path, query, play):
        return 200, b'{"jsonrpc":"2.0","result":{"trades":[],"has_more":false}}'


def _instrument(channel):
    return ".".join(channel.split(".")[:2])


def dump(body):
    return json.dumps(body, separators=(",", ":")).encode()

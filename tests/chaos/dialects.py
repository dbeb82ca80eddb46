"""How venues speak to a client that subscribes, reconnects and asks for what it missed.

A dialect is what a capture cannot say: which topic a frame is of, what a client asked for,
what a subscription begins with, and the REST answers. Here: what all have, and the venues
whose books are fetched by REST, Binance's markets and Bitstamp.
"""

import json

from capturevenue import venue_of

from livefin.events import BookSnapshot

MS, S = 1_000_000, 1_000_000_000
NOT_FOUND = 404, b'{"error":"no such path"}'
NOT_YET = 503, b'{"error":"not yet"}'


class Dialect:
    """What most have. Subclasses name the venue."""

    name = ""
    channels = frozenset({"trades", "agg_trades", "quotes", "book", "ticker", "bars"})
    """Those that are subscribed."""
    chained = True
    """Books whose changes are numbered."""
    depth = None
    checked = 0
    beat = 0.0
    """Seconds between two heartbeats; 0 for none."""

    def __init__(self):
        self.venue = venue_of(self.name)

    def as_sent(self, raw):
        """A frame of the capture as the venue would send it today."""
        return raw

    def opens(self, raw):
        """Whether a frame is what a subscription begins with."""
        return False

    def topics(self, raw, lane):
        """Which topics a frame is of."""
        raise NotImplementedError

    def asked(self, data, lane):
        """("subscribe" or "unsubscribe" or "", topics) of a client's message."""
        raise NotImplementedError

    def answers(self, data, lane):
        """What is said to a client's message at once."""
        self.venue.lane = lane
        return self.venue.answer(data)

    def opening(self, topic, play):
        """The frame that a subscription begins with; None for none, or none yet."""
        return

    def heartbeats(self, play, conn):
        """Signs of life."""
        return []

    def numbered(self, raw, n):
        """`raw` as the `n`th message of its connection."""
        return raw

    def get(self, path, query, play):
        """Status and body of a REST request."""
        return NOT_FOUND


class Fetched(Dialect):
    """Books come by REST."""

    def book(self, path, play):
        """The answer to a request for a book; None where it is none."""
        symbol = self.venue.snapshot_symbol(path)
        if symbol is None:
            return None
        truth = play.truth(symbol)
        if not truth.known:
            return NOT_YET
        bids, asks = truth.book.levels()
        book = BookSnapshot(symbol, truth.ts, 0, bids, asks, truth.sequence)
        return 200, self.venue.render_snapshot(book)


class Binance(Fetched):
    """Streams are named "btcusdt@depth@100ms"; their speed matters to nobody here."""

    name = "binance"

    def topics(self, raw, lane):
        yield _speedless(json.loads(raw)["stream"])

    def asked(self, data, lane):
        m = json.loads(data)
        return m["method"].lower(), [_speedless(name) for name in m.get("params") or ()]

    def get(self, path, query, play):
        answer = self.book(f"{path}?symbol={query.get('symbol', '')}", play)
        if answer is not None:
            return answer
        kind = path.rpartition("/")[2]
        symbol = next(
            (s for s in play.symbols if self.venue._spell(s) == query.get("symbol")), None
        )
        if symbol is None or kind not in ("trades", "historicalTrades", "aggTrades"):
            return NOT_FOUND
        limit = int(query.get("limit", 500))
        channel = "agg_trades" if kind == "aggTrades" else "trades"
        past = play.trades(symbol, channel)
        if "fromId" in query:
            past = [t for t in past if t.id >= int(query["fromId"])][:limit]
        elif "startTime" in query:
            start, end = int(query["startTime"]), int(query["endTime"])
            past = [t for t in past if start <= t.ts_event // MS <= end][:limit]
        else:
            past = past[-limit:]
        rows = [_agg_trade(t) if kind == "aggTrades" else _trade(t) for t in past]
        return 200, json.dumps(rows).encode()


class BinanceUsdm(Binance):
    name = "binance-usdm"


class BinanceCoinm(Binance):
    name = "binance-coinm"


class BinanceUS(Binance):
    name = "binance-us"


class Bitstamp(Fetched):
    """A channel a market: "diff_order_book_btcusd". A change that is lost is never noticed."""

    name = "bitstamp"
    chained = False

    def topics(self, raw, lane):
        yield json.loads(raw)["channel"]

    def asked(self, data, lane):
        m = json.loads(data)
        op = {"bts:subscribe": "subscribe", "bts:unsubscribe": "unsubscribe"}.get(m["event"], "")
        return op, [m["data"]["channel"]] if op else []

    def get(self, path, query, play):
        group = f"?group={query['group']}" if "group" in query else ""
        answer = self.book(path + group, play)
        if answer is not None:
            return answer
        *_, kind, market = path.rstrip("/").split("/")
        symbol = next((s for s in play.symbols if s.replace("-", "").lower() == market), None)
        if kind != "transactions" or symbol is None:
            return NOT_FOUND
        back = {"minute": 60, "hour": 3_600, "day": 86_400}[query["time"]] * S
        rows = [
            {
                "date": str(t.ts_event // S), "tid": str(t.id), "price": repr(t.price),
                "amount": repr(t.size), "type": "0" if t.side == "buy" else "1",
            }
            for t in reversed(play.trades(symbol))
            if t.ts_event >= play.now - back
        ]  # fmt: skip
        return 200, json.dumps(rows).encode()


def _speedless(stream):
    """'btcusdt@depth@0ms' -> 'btcusdt@depth'."""
    return "@".join(stream.split("@")[:2])


def _trade(t):
    return {
        "id": t.id, "price": repr(t.price), "qty": repr(t.size), "time": t.ts_event // MS,
        "isBuyerMaker": t.side == "sell",
    }  # fmt: skip


def _agg_trade(t):
    return {
        "a": t.id, "p": repr(t.price), "q": repr(t.size), "f": t.first_id, "l": t.last_id,
        "T": t.ts_event // MS, "m": t.side == "sell",
    }  # fmt: skip

"""Dialects of Coinbase's two feeds: Advanced Trade, which numbers its messages, and Exchange.

See dialects.py and dialects_streamed.py.
"""

import json

from dialects import NOT_FOUND, S
from dialects_streamed import Streamed, dump

from livefin.venues.wire import iso_text


class Coinbase(Streamed):
    """Topics are (channel, product); every message of a connection is numbered."""

    name = "coinbase"
    beat, again = 1.0, 100

    def opens(self, raw):
        return json.loads(raw)["events"][0].get("type") == "snapshot"

    def topics(self, raw, lane):
        m = json.loads(raw)
        channel = {"l2_data": "level2"}.get(m["channel"], m["channel"])
        for event in m["events"]:
            rows = [row for key in ("trades", "tickers", "candles") for row in event.get(key, ())]
            for product in {event.get("product_id"), *(row["product_id"] for row in rows)} - {None}:
                yield channel, product

    def asked(self, data, lane):
        m = json.loads(data)
        return m["type"], [(m["channel"], product) for product in m.get("product_ids", ())]

    def answers(self, data, lane):
        return [self._frame("subscriptions", [{"subscriptions": {}}], 0)]

    def heartbeats(self, play, conn):
        return [self._frame("heartbeats", [{"current_time": "", "heartbeat_counter": 1}], play.now)]

    def numbered(self, raw, n):
        return self.venue.renumbered(raw, n) or raw

    def is_book(self, topic):
        return topic[0] == "level2"

    def is_trades(self, topic):
        return topic[0] == "market_trades"

    def symbol_of(self, topic, play):
        return topic[1] if topic[1] in play.symbols else None

    def snapshot(self, topic, truth, play):
        bids, asks = truth.book.levels()
        updates = [
            {"side": side, "event_time": iso_text(truth.ts), "price_level": repr(p),
             "new_quantity": repr(s)}
            for side, levels in (("bid", bids), ("offer", asks))
            for p, s in levels
        ]  # fmt: skip
        book = {"type": "snapshot", "product_id": topic[1], "updates": updates}
        return self._frame("l2_data", [book], play.now)

    def trades(self, topic, trades, play):
        rows = [self._row(t) for t in reversed(trades)]
        return self._frame("market_trades", [{"type": "snapshot", "trades": rows}], play.now)

    def _row(self, t):
        return {
            "product_id": t.symbol, "trade_id": str(t.id), "price": repr(t.price),
            "size": repr(t.size), "time": iso_text(t.ts_event),
            "side": "SELL" if t.side == "buy" else "BUY",
        }  # fmt: skip

    def _frame(self, channel, events, now):
        head = {"channel": channel, "client_id": "", "timestamp": iso_text(now), "sequence_num": 0}
        return dump(head | {"events": events})

    def get(self, path, query, play):
        parts = path.split("/")
        if parts[-1] != "ticker":
            return NOT_FOUND
        start, end = int(query["start"]) * S, int(query["end"]) * S
        past = [t for t in play.trades(parts[-2]) if start <= t.ts_event <= end]
        rows = [self._row(t) for t in reversed(past[-int(query["limit"]) :])]
        return 200, dump({"trades": rows, "best_bid": "1", "best_ask": "2"})


class CoinbaseExchange(Streamed):
    """Topics are (channel, product). The book's changes are not numbered, the trades are."""

    name = "coinbase-exchange"
    chained, beat, again = False, 1.0, 1

    def opens(self, raw):
        return json.loads(raw)["type"] in ("snapshot", "last_match")

    def topics(self, raw, lane):
        m = json.loads(raw)
        channel = {"l2update": "level2", "snapshot": "level2", "match": "matches"}
        yield (
            channel.get(m["type"], {"last_match": "matches"}.get(m["type"], m["type"])),
            m["product_id"],
        )

    def asked(self, data, lane):
        m = json.loads(data)
        return m["type"], [
            (channel["name"].removesuffix("_batch"), product)
            for channel in m["channels"]
            for product in channel["product_ids"]
        ]

    def heartbeats(self, play, conn):
        body = {"type": "heartbeat", "sequence": 1, "last_trade_id": 1, "time": iso_text(play.now)}
        return [dump(body | {"product_id": play.symbols[0]})]

    def is_book(self, topic):
        return topic[0] == "level2"

    def is_trades(self, topic):
        return topic[0] == "matches"

    def symbol_of(self, topic, play):
        return topic[1] if topic[1] in play.symbols else None

    def snapshot(self, topic, truth, play):
        bids, asks = ([[repr(p), repr(s)] for p, s in side] for side in truth.book.levels())
        head = {"type": "snapshot", "product_id": topic[1], "asks": asks, "bids": bids}
        return dump(head | {"time": iso_text(truth.ts)})

    def trades(self, topic, trades, play):
        return dump({"type": "last_match", "maker_order_id": "m", "taker_order_id": "t",
                      "product_id": topic[1], "sequence": 1} | self._row(trades[-1]))  # fmt: skip

    def _row(self, t):
        side = "sell" if t.side == "buy" else "buy"
        return {"trade_id": t.id, "time": iso_text(t.ts_event), "price": repr(t.price),
                "size": repr(t.size), "side": side}  # fmt: skip

    def get(self, path, query, play):
        parts = path.split("/")
        if parts[-1] != "trades":
            return NOT_FOUND
        past = [t for t in play.trades(parts[-2]) if t.id < int(query.get("after", 2**62))]
        rows = [self._row(t) for t in reversed(past[-int(query["limit"]) :])]
        return 200, dump(rows)

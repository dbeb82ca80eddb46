"""Venues that livefin does not ship, as a person writes them: each body is one cell.

Upbit: docs.upbit.com/reference/websocket-trade. HitBTC: api.hitbtc.com/v2. Phemex:
github.com/phemex/phemex-api-docs. Huobi: huobiapi.github.io/docs/spot/v1/en. Twelve lines
at most, which test_bring_your_own.py counts.
"""

import livefin as lf


def upbit():
    def parse(m):
        if m["ty"] == "trade":
            side = "buy" if m["ab"] == "BID" else "sell"
            return lf.Trade(m["cd"], m["ttms"] * 10**6, None, m["tp"], m["tv"], side, m["sid"])
        bids, asks = ([(level[s + "p"], level[s + "s"]) for level in m["obu"]] for s in "ba")
        return {"symbol": m["cd"], "time": m["tms"], "bids": bids, "asks": asks}

    kinds = [{"type": kind, "codes": "{all_symbols}"} for kind in ("trade", "orderbook")]
    sent = [[{"ticket": "me"}, {"format": "SIMPLE"}, *kinds]]
    return lf.custom("wss://api.upbit.com/websocket/v1", parse, subscribe=sent)


def hitbtc():
    def parse(m):
        p, what = m.get("params", {}), m.get("method", "")
        s, at, n = p.get("symbol"), p.get("timestamp"), p.get("sequence")
        for t in p["data"] if what.endswith("Trades") else ():
            yield lf.Trade(s, t["timestamp"], None, t["price"], t["quantity"], t["side"], t["id"])
        if what == "snapshotOrderbook":
            yield lf.BookSnapshot(s, at, None, p["bid"], p["ask"], n)
        if what == "updateOrderbook":
            yield lf.BookDelta(s, at, None, p["bid"], p["ask"], first=n, last=n)

    words = {"trades": "subscribeTrades", "book": "subscribeOrderbook"}
    sent = {"method": "{channel}", "params": {"symbol": "{symbol}"}, "id": 1}
    return lf.custom("wss://api.hitbtc.com/api/2/ws/public", parse, subscribe=sent, channels=words)


def phemex():
    def parse(m):
        s, n = m.get("symbol", ""), "sequence" if m.get("type") == "snapshot" else "last"
        scale, lot = (1e8, 1e8) if s.startswith("s") else (1e4, 1)  # of spot, of contracts
        if "book" in m:
            book = {k: [(p / scale, q / lot) for p, q in side] for k, side in m["book"].items()}
            yield {"symbol": s, "time": m["timestamp"], n: m["sequence"], **book}
        for ts, side, p, q in m.get("trades", ()) if n == "last" else ():
            yield lf.Trade(s, ts, None, p / scale, q / lot, side)

    words = {"trades": "trade", "book": "orderbook"}
    sent = {"id": 1, "method": "{channel}.subscribe", "params": ["{symbol}"]}
    ping = {"ping": {"id": 0, "method": "server.ping", "params": []}, "ping_every": 15}
    return lf.custom("wss://phemex.com/ws", parse, subscribe=sent, channels=words, **ping)


def huobi():
    def parse(m):
        _, symbol, kind, *_ = m.get("ch", "...").split(".")
        if kind == "depth":
            book = {side: m["tick"][side] for side in ("bids", "asks")}
            yield {"symbol": symbol, "time": m["ts"], **book}
        for t in m["tick"]["data"] if kind == "trade" else ():
            at, price, size = t["ts"] * 10**6, t["price"], t["amount"]
            yield lf.Trade(symbol, at, None, price, size, t["direction"], t["tradeId"])

    def pong(m):
        return "ping" in m and {"pong": m["ping"]}

    sent = [{"sub": f"market.{{symbol}}.{what}"} for what in ("trade.detail", "depth.step0")]
    return lf.custom("wss://api.huobi.pro/ws", parse, subscribe=sent, pong=pong)

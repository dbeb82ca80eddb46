"""Sessions on Binance's wire, in memory: a session to start from, and the frames it may get."""

import json

from livefin.booksync import Send
from livefin.events import Status
from livefin.session import Session
from livefin.venues.binance.spot import Binance
from livefin.venues.contract import Subscription

BTC, ETH = "BTC-USDT", "ETH-USDT"
SILENCE = 15.0


def session(*channels, symbols=(BTC,), venue=None, **kwargs):
    subs = [Subscription(channel, symbol) for symbol in symbols for channel in channels]
    kwargs = {"fills": False} | kwargs
    return Session(venue or Binance(), subs, seed=1, silence=SILENCE, **kwargs)


def opened(*channels, **kwargs):
    live = session(*channels, **kwargs)
    live.opened(0)
    live.commands()
    return live


def wire(symbol, stream, **data):
    spelled = symbol.replace("-", "").lower()
    return json.dumps({"stream": f"{spelled}@{stream}", "data": data}).encode()


def trade(n, symbol=BTC):
    return wire(symbol, "trade", t=n, p="1.0", q="2.0", T=n, m=False)


def quote(n, symbol=BTC):
    return wire(symbol, "bookTicker", u=n, b="1.0", B="1", a="2.0", A="1")


def depth(first, last, bids=(), asks=(), symbol=BTC):
    return wire(symbol, "depth@100ms", E=last, U=first, u=last, b=list(bids), a=list(asks))


def bar(interval, symbol=BTC):
    ohlc = dict.fromkeys("ohlc", "1.0")
    return wire(
        symbol, f"kline_{interval}", k={"t": 0, "i": interval, "v": "1", "n": 1, "x": False} | ohlc
    )


def book(last, bids=(), asks=()):
    return json.dumps({"lastUpdateId": last, "bids": list(bids), "asks": list(asks)}).encode()


def kinds(events):
    return [event.kind if isinstance(event, Status) else type(event) for event in events]


def sent(commands):
    """(method, params) of each message."""
    requests = [json.loads(command.data) for command in commands if isinstance(command, Send)]
    return [(request["method"], request.get("params")) for request in requests]

"""The embedded exchange without its server: its own market, gateway and REST, on a simulated loop.

One more client, which nothing ever happens to, is subscribed to everything; what it gets is
what the exchange sent, and goes into the ledger and the books as read by the protocol alone.
"""

import json
from urllib.parse import urlsplit

from streams import Frame

from livefin.events import BookDelta, BookSnapshot, Quote, Trade
from livefin.exchange import rest
from livefin.exchange.gateway import Gateway
from livefin.exchange.market import Market
from livefin.venues.contract import Subscription
from livefin.venues.paper import Paper

S = 1_000_000_000
CHANNELS = ("trades", "quotes", "book")
HEARTBEAT = 1.0
BEHIND = 0.4
"""Seconds that the history may lag the stream, at the most."""


class PaperVenue:
    """The embedded exchange with `symbols`; `rate` is events a second and symbol."""

    chained, depth, checked = True, None, 0
    origin, span = 1_700_000_000 * S, 0.0
    """When it begins (ns), and for how long it plays; 0 for ever."""

    def __init__(self, symbols, *, seed, rate):
        self.symbols, self._seed, self._rate = symbols, seed, rate
        self.name = "paper"

    def venues(self):
        """An instance for the client, and what it is to subscribe to."""
        subs = [Subscription(channel, symbol) for symbol in self.symbols for channel in CHANNELS]
        return Paper(), subs

    @staticmethod
    def numbered(channel):
        return channel == "trades"

    def start(self, network):
        """Begin to trade."""
        self._net, self._loop, self._clock = network, network.loop, network.clock
        market = Market(
            self.symbols, seed=self._seed, rate=self._rate, origin=self._clock.true, history=30
        )
        self.market, self._gateway = market, Gateway(market)
        self._observer = self._gateway.connect()
        request = {"op": "subscribe", "channels": CHANNELS, "symbols": self.symbols}
        self.receive(self._observer, json.dumps(request).encode())
        self._pump()
        self._beat()

    @property
    def over(self):
        """Whether no more will come by itself."""
        return False

    def _pump(self):
        self._spread(self._gateway.advance(self._clock.true))
        self._loop.call_later(max(0.001, (self.market.next_at - self._clock.true) / S), self._pump)

    def _beat(self):
        self._spread(self._gateway.heartbeat(self._clock.true))
        self._loop.call_later(HEARTBEAT, self._beat)

    def connect(self, url):
        return self._gateway.connect()

    def disconnect(self, conn):
        self._spread(self._gateway.disconnect(conn, self._clock.true))

    def receive(self, conn, data):
        data = data.encode() if isinstance(data, str) else data
        self._spread(self._gateway.receive(conn, data, self._clock.true))

    def _spread(self, deliveries):
        """Enter what the exchange sends into the ledger, and send it."""
        known = {id(raw): self._frame(raw) for raw in deliveries.get(self._observer, ())}
        for conn, raws in deliveries.items():
            if conn != self._observer:
                for raw in raws:
                    # A frame that goes to several is one object; others are for one alone.
                    self._net.post(conn, known.get(id(raw)) or self._own(raw))

    def _frame(self, raw):
        ledger, m = self._net.ledger, json.loads(raw)
        match m["type"]:
            case "trade":
                event = Trade(
                    m["symbol"], m["ts"], m["ts"], m["price"], m["size"], m["side"], m["id"]
                )
                return Frame(raw, (ledger.happened(event),))
            case "quote":
                best = (m["bid"], m["bid_size"], m["ask"], m["ask_size"])
                event = Quote(m["symbol"], m["ts"], m["ts"], *best, m["sequence"])
                return Frame(raw, (ledger.happened(event),))
            case "book_delta" | "book_snapshot":
                bids, asks = ([tuple(level) for level in m[side]] for side in ("bids", "asks"))
                head = (m["symbol"], m["ts"], m["ts"], bids, asks)
                if m["type"] == "book_delta":
                    event = BookDelta(*head, m["first"], m["last"])
                else:
                    event = BookSnapshot(*head, m["sequence"])
                index = self._net.books.truths[event.symbol].apply(event)
                return Frame(raw, (), ((event.symbol, index),))
        return Frame(raw)

    def _own(self, raw):
        """An answer to one client; a snapshot says where its book stands."""
        m = json.loads(raw)
        if m["type"] == "quote":  # the current one, which nobody else is sent again
            return self._frame(raw)
        if m["type"] == "book_snapshot":
            return Frame(raw, (), ((m["symbol"], self._net.books.truths[m["symbol"]].index),))
        return Frame(raw)

    def get(self, url):
        """Status and body, as of now but for trades that the history has not yet."""
        now = self._clock.true
        parts = urlsplit(url)
        status, body = rest.respond(self.market, f"{parts.path}?{parts.query}", now)
        if parts.path == "/trades" and status == 200:
            page, seen = json.loads(body), now - int(self._net.rng.uniform(0, BEHIND) * S)
            page["trades"] = [trade for trade in page["trades"] if trade["ts"] <= seen]
            body = json.dumps(page).encode()
        return int(status), body

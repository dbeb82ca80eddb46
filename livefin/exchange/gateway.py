"""The exchange's side of every connection, without the connections: requests in, frames out.

Sans-I/O: server.py says who connected, what each client sent and what time it is, and writes
what it gets back. Here is who subscribed to what, and who sent which order. Public messages
are encoded and framed once, however many clients they go to. The protocol is in protocol.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeAlias

import msgspec

from livefin.exchange.listing import Output
from livefin.exchange.market import Market
from livefin.exchange.protocol import (
    CHANNEL,
    CHANNELS,
    MAX_REQUEST,
    CancelOrder,
    Error,
    Heartbeat,
    Message,
    NewOrder,
    Ping,
    Pong,
    RequestId,
    Subscribe,
    Subscribed,
    Unsubscribe,
    Unsubscribed,
    decode_request,
    encode,
)

TOLERANCE = 250_000_000
"""How far behind (ns) the market catches up; a longer standstill is left out."""
BURST = 2_000
"""Most events carried out in one call, so that sockets are served in between."""

Deliveries: TypeAlias = dict[int, list[bytes]]
"""Client -> frames to write to it, in order."""


class Gateway:
    """Clients of `market`. `frame` wraps an encoded message for the transport.

    >>> gateway = Gateway(Market(["ACME"], origin=10**18))
    >>> client = gateway.connect()
    >>> gateway.receive(client, b'{"op":"ping","id":1}', 10**18)[client]
    [b'{"type":"pong","ts":1000000000000000000,"id":1}']
    """

    def __init__(self, market: Market, *, frame: Callable[[bytes], bytes] = bytes) -> None:
        self.market = market
        self.left_out = 0
        """Nanoseconds of trading that never happened, for want of time to run."""
        self._frame = frame
        self._last_client = 0
        self._clients: dict[int, set[tuple[str, str]]] = {}
        self._subscribers: defaultdict[tuple[str, str], set[int]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._clients)

    def connect(self) -> int:
        """A client is there; the number it goes by."""
        self._last_client += 1
        self._clients[self._last_client] = set()
        return self._last_client

    def disconnect(self, client: int, now: int) -> Deliveries:
        """A client is gone: its subscriptions end and its orders are cancelled. Twice is fine."""
        out: Deliveries = defaultdict(list)
        subscriptions = self._clients.pop(client, None)
        if subscriptions is not None:
            for key in subscriptions:
                self._subscribers[key].discard(client)
            for listing in self.market.listings.values():
                self._route(listing.cancel_all(client, now), out)
        return out

    def advance(self, now: int) -> Deliveries:
        """Let the market trade until `now` (ns)."""
        out: Deliveries = defaultdict(list)
        self._advance(now, out)
        return out

    def heartbeat(self, now: int) -> Deliveries:
        """A sign of life to everybody."""
        beat = [self._frame(encode(Heartbeat(now)))]
        return dict.fromkeys(self._clients, beat)

    def receive(self, client: int, raw: bytes, now: int) -> Deliveries:
        """Carry out what a client sent. Nothing it sends can raise."""
        out: Deliveries = defaultdict(list)
        if client not in self._clients:
            return out
        self._advance(now, out)  # what was due before the request comes before its answer
        if len(raw) > MAX_REQUEST:
            text = f"a request is at most {MAX_REQUEST} bytes, not {len(raw)}"
            self._send(client, Error(now, "too_large", text), out)
            return out
        try:
            request = decode_request(raw)
        except msgspec.ValidationError as error:
            self._send(client, Error(now, "bad_request", str(error)[:200]), out)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._send(client, Error(now, "bad_json", str(error)[:200]), out)
        else:
            self._carry_out(client, request, now, out)
        return out

    def _carry_out(
        self,
        client: int,
        request: Subscribe | Unsubscribe | NewOrder | CancelOrder | Ping,
        now: int,
        out: Deliveries,
    ) -> None:
        match request:
            case Subscribe():
                self._subscribe(client, request, now, out)
            case Unsubscribe():
                self._unsubscribe(client, request, now, out)
            case NewOrder():
                if self._listed(client, [request.symbol], None, now, out):
                    listing = self.market[request.symbol]
                    self._route(listing.order(client, request, now), out)
            case CancelOrder():
                self._cancel(client, request, now, out)
            case Ping():
                self._send(client, Pong(now, request.id), out)

    def _subscribe(self, client: int, request: Subscribe, now: int, out: Deliveries) -> None:
        channels = self._offered(client, request.channels, request.id, now, out)
        symbols = self._listed(client, request.symbols, request.id, now, out)
        if not channels or not symbols:
            return
        self._send(client, Subscribed(now, channels, symbols, request.id), out)
        mine = self._clients[client]
        for key in ((channel, symbol) for symbol in symbols for channel in channels):
            if key in mine:
                continue
            mine.add(key)
            self._subscribers[key].add(client)
            channel, symbol = key
            listing = self.market[symbol]
            if channel == "book":
                self._send(client, listing.snapshot(now), out)
            elif channel == "quotes" and (quote := listing.quote(now)) is not None:
                self._send(client, quote, out)

    def _unsubscribe(self, client: int, request: Unsubscribe, now: int, out: Deliveries) -> None:
        channels = self._offered(client, request.channels, request.id, now, out)
        symbols = self._listed(client, request.symbols, request.id, now, out)
        if not channels or not symbols:
            return
        for key in ((channel, symbol) for symbol in symbols for channel in channels):
            self._clients[client].discard(key)
            self._subscribers[key].discard(client)
        self._send(client, Unsubscribed(now, channels, symbols, request.id), out)

    def _cancel(self, client: int, request: CancelOrder, now: int, out: Deliveries) -> None:
        symbol, _, number = request.order_id.rpartition(":")
        listing = self.market.listings.get(symbol)
        done = None
        if listing is not None and number.isascii() and number.isdecimal():
            done = listing.cancel(client, int(number), now)
        if done is None:
            text = f"you have no open order {request.order_id!r}"
            self._send(client, Error(now, "unknown_order", text, id=request.id), out)
        else:
            self._route(done, out)

    def _offered(
        self, client: int, names: Iterable[str], id_: RequestId | None, now: int, out: Deliveries
    ) -> list[str]:
        """Those of the channels there are, once each; the others are answered with an error."""
        names = dict.fromkeys(names)
        for name in names:
            if name not in CHANNELS:
                text = f"no channel {name!r}; there are: {', '.join(CHANNELS)}"
                self._send(client, Error(now, "unknown_channel", text, id=id_), out)
        return [name for name in names if name in CHANNELS]

    def _listed(
        self, client: int, names: Iterable[str], id_: RequestId | None, now: int, out: Deliveries
    ) -> list[str]:
        """Those of the symbols there are, once each; the others are answered with an error."""
        names, listings = dict.fromkeys(names), self.market.listings
        for name in names:
            if name not in listings:
                text = f"no symbol {name!r}; there are: {', '.join(listings)}"
                self._send(client, Error(now, "unknown_symbol", text, name, id_), out)
        return [name for name in names if name in listings]

    def _advance(self, now: int, out: Deliveries) -> None:
        market = self.market
        self.left_out += max(0, market.realign(now, TOLERANCE))
        self._route(market.advance(now, BURST), out)
        if market.next_at <= now:  # too many are due; what is left falls due from now on
            self.left_out += max(0, market.realign(now, 0))

    def _route(self, output: Output, out: Deliveries) -> None:
        subscribers = self._subscribers
        for message in output.public:
            clients = subscribers.get((CHANNEL[message.__class__], message.symbol))
            if clients:
                data = self._frame(encode(message))
                for client in clients:
                    out[client].append(data)
        for owner, execution in output.private:
            if owner in self._clients:
                self._send(owner, execution, out)

    def _send(self, client: int, message: Message, out: Deliveries) -> None:
        out[client].append(self._frame(encode(message)))

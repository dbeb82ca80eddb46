"""The exchange's REST answers: a path in, a status and JSON out. No sockets; server.py asks.

The routes are described in protocol.py.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from http import HTTPStatus
from itertools import islice
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit

import msgspec

from livefin.exchange.listing import Listing
from livefin.exchange.market import HELD_TRADES, Market

Body: TypeAlias = Mapping[str, object] | msgspec.Struct
MAX_PARAMETERS = 10


class _RefusedError(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        self.status = status
        super().__init__(reason)


def respond(market: Market, target: str, now: int, *, clients: int = 0) -> tuple[HTTPStatus, bytes]:
    """Status and JSON body for a GET of `target`, its path and query.

    >>> respond(Market(["ACME"]), "/trades?symbol=ACME", 0)
    (<HTTPStatus.OK: 200>, b'{"symbol":"ACME","trades":[]}')
    >>> respond(Market(["ACME"]), "/book", 0)
    (<HTTPStatus.BAD_REQUEST: 400>, b'{"error":"symbol is missing"}')
    """
    try:
        status, body = HTTPStatus.OK, _answer(market, target, now, clients)
    except _RefusedError as refused:
        status, body = refused.status, {"error": str(refused)}
    except ValueError:  # a target that no URL has, or too many parameters
        status, body = HTTPStatus.BAD_REQUEST, {"error": "that is no path and query"}
    return status, msgspec.json.encode(body)


def _answer(market: Market, target: str, now: int, clients: int) -> Body:
    parts = urlsplit(target)
    query = dict(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=MAX_PARAMETERS))
    if parts.path == "/health":
        return {"status": "ok", "ts": now, "clients": clients, "events": market.events}
    if parts.path == "/symbols":
        return {"symbols": [_described(listing) for listing in market.listings.values()]}
    route = _ROUTES.get(parts.path)
    if route is None:
        paths = ", ".join(["/symbols", "/health", *_ROUTES])
        raise _RefusedError(HTTPStatus.NOT_FOUND, f"no such path; there are: {paths}")
    symbol = query.get("symbol")
    if not symbol:
        raise _RefusedError(HTTPStatus.BAD_REQUEST, "symbol is missing")
    listing = market.listings.get(symbol)
    if listing is None:
        raise _RefusedError(HTTPStatus.NOT_FOUND, f"no symbol {symbol[:64]!r}; see /symbols")
    return route(listing, query, now)


def _described(listing: Listing) -> Body:
    of = listing.instrument
    return {
        "symbol": of.symbol,
        "title": of.title,
        "tick": of.tick,
        "lot": of.lot,
        "max_size": of.max_size,
    }


def _book(listing: Listing, query: Mapping[str, str], now: int) -> Body:
    return listing.snapshot(now, _count(query, "depth", None, 100_000))


def _trades(listing: Listing, query: Mapping[str, str], now: int) -> Body:  # noqa: ARG001 - a route
    limit = _count(query, "limit", 500, HELD_TRADES) or 0
    from_id, held = _count(query, "from_id", None, 2**53), listing.trades
    since = _count(query, "since", None, 2**63)
    if from_id is not None and held:  # ids rise by one, so its place is known
        start = max(0, from_id - held[0].id)
    elif since is not None:
        start = bisect_left(held, since, key=lambda trade: trade.ts)
    else:
        start = max(0, len(held) - limit)
    trades = list(islice(held, start, start + limit))
    return {"symbol": listing.instrument.symbol, "trades": trades}


def _ticker(listing: Listing, query: Mapping[str, str], now: int) -> Body:  # noqa: ARG001 - a route
    symbol, held, quote = listing.instrument.symbol, listing.trades, listing.quote(now)
    body: dict[str, object] = {"symbol": symbol, "ts": now, "trades": len(held)}
    if held:
        prices = [trade.price for trade in held]
        volume = round(sum(trade.size for trade in held), listing.instrument.size_digits)
        body |= {"since": held[0].ts, "last": prices[-1], "open": prices[0]}
        body |= {"high": max(prices), "low": min(prices), "volume": volume}
    if quote is not None:
        body |= {"bid": quote.bid, "ask": quote.ask}
    return body


_ROUTES: dict[str, Callable[[Listing, Mapping[str, str], int], Body]] = {
    "/book": _book,
    "/trades": _trades,
    "/ticker": _ticker,
}


def _count(query: Mapping[str, str], name: str, default: int | None, most: int) -> int | None:
    """A whole number from 1 to `most`, as asked for; refuses anything else."""
    text = query.get(name)
    if text is None:
        return default
    wanted = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(most)) else 0
    if not 1 <= wanted <= most:
        raise _RefusedError(HTTPStatus.BAD_REQUEST, f"{name} is a whole number from 1 to {most}")
    return wanted

"""Play a capture through cryptofeed and through ccxt.pro, where they are installed.

Each gets the raw text of each frame where its own socket would hand it over: cryptofeed's
`message_handler`, as its own tests do, and ccxt's client, which decodes and calls
`handle_message`. What they ask by REST is answered from the capture, and that frame is not
counted. Both give the ns of each frame; NaN where a frame brought nothing to the caller.
Serves venues.py and knows no livefin.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from importlib.metadata import PackageNotFoundError, version

import numpy as np

CCXT = {
    "binance": ("binance", "{base}{quote}"),
    "binance-coinm": ("binancecoinm", "{base}{quote}_{rest}"),
    "binance-us": ("binanceus", "{base}{quote}"),
    "binance-usdm": ("binanceusdm", "{base}{quote}"),
    "bitget": ("bitget", "{base}{quote}"),
    "bitstamp": ("bitstamp", "{base}{quote}"),
    "bybit": ("bybit", "{base}{quote}"),
    "coinbase": ("coinbase", "{base}-{quote}"),
    "coinbase-exchange": ("coinbaseexchange", "{base}-{quote}"),
    "deribit": ("deribit", "{symbol}"),
    "gateio": ("gate", "{base}_{quote}"),
    "hyperliquid": ("hyperliquid", "{base}"),
    "kucoin": ("kucoin", "{base}-{quote}"),
}
"""livefin's name of a venue -> ccxt's, and how the venue spells a symbol on the wire."""
DERIVATIVES = {"binance-coinm", "binance-usdm", "deribit", "hyperliquid"}
LABELS = {
    "binance": "BINANCE",
    "binance-coinm": "BINANCE_DELIVERY",
    "binance-usdm": "BINANCE_FUTURES",
}
"""livefin's name of a venue -> cryptofeed's, for captures without a label."""


def installed(package: str) -> str:
    """Its version, or that there is none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def body_for(capture, url: str) -> str | None:
    """What the capture has as the answer of `url`, or of the same path and symbol."""
    exact = [body for at, body in capture.bodies if at == url]
    if exact:
        return exact[0]
    path = url.partition("?")[0].rstrip("/").rsplit("/", 1)[-1]
    near = [
        body
        for at, body in capture.bodies
        if not at or (path in at and _symbol_in(url) == _symbol_in(at))
    ]
    return near[0] if near else None


def _symbol_in(url: str) -> str:
    query = dict(part.partition("=")[::2] for part in url.partition("?")[2].split("&"))
    return query.get("symbol", "").upper()


# cryptofeed


class _Answers:
    """Stands for cryptofeed's HTTP connections."""

    def __init__(self, capture):
        self.capture, self.asked = capture, 0

    def body(self, url):
        self.asked += 1
        found = body_for(self.capture, url)
        if found is None:
            raise LookupError(url)
        return found

    def read_now(self, address, *_, **__):
        from yapic import json as yapic  # noqa: PLC0415 - cryptofeed's own

        return yapic.loads(self.body(address))

    async def read(self, address, *_, **__):
        return self.body(address)


class _Socket:
    """Stands for cryptofeed's WebSocket connection to `address`."""

    uuid, conn_type = "1", "wss"

    def __init__(self, address, subscription=None):
        self.address, self.subscription = address, subscription or {}

    async def write(self, *_, **__):
        pass


def cryptofeed_ns(capture) -> np.ndarray | None:
    """ns of each frame by cryptofeed's handler; None where it has none for this venue."""
    try:
        from cryptofeed.exchanges import EXCHANGE_MAP  # noqa: PLC0415 - may be absent
        from cryptofeed.symbols import Symbols  # noqa: PLC0415
    except ImportError:
        return None
    kind = EXCHANGE_MAP.get(capture.label or LABELS.get(capture.venue, ""))
    if kind is None:
        return None
    logging.disable(logging.CRITICAL)
    try:
        return asyncio.run(_cryptofeed(kind, Symbols, capture))
    finally:
        logging.disable(logging.NOTSET)
        Symbols.clear()


async def _cryptofeed(kind, symbols, capture):
    came = 0

    async def take(*_):
        nonlocal came
        came += 1

    answers = _Answers(capture)
    kind.http_sync = type("Now", (), {"read": staticmethod(answers.read_now)})
    try:
        kind.symbol_mapping(refresh=True)
    except Exception:  # noqa: BLE001 - the list of instruments is not there, or cut short
        known = {}
        for name in {name for names in capture.config.values() for name in names}:
            base, quote, *_ = name.split("-")
            known[name] = base + quote + ("_PERP" if "delivery" in str(kind).lower() else "")
        symbols.set(kind.id, known, {"instrument_type": dict.fromkeys(known, "perpetual")})
    config = {c: s for c, s in capture.config.items() if c in kind.websocket_channels}
    free = {c: s for c, s in config.items() if not kind.is_authenticated_channel(c)}
    feed = kind(
        subscription=free,
        callbacks=dict.fromkeys(config, take),
        candle_closed_only=False,
        checksum_validation=True,  # livefin verifies them too
    )
    feed.http_conn = answers
    for conn, subscribe, _, _ in feed.connect():
        with contextlib.suppress(Exception):  # it may want a key, or a body that is not there
            await subscribe(_Socket(str(conn.address), conn.subscription))
    now = time.thread_time_ns
    out = np.full(len(capture.frames), np.nan)
    sockets = {address: _Socket(address) for address in capture.addresses}
    for i, (raw, address) in enumerate(zip(capture.frames, capture.addresses, strict=True)):
        socket = sockets[address]
        text = _as_aggregated(raw) if kind.id.startswith("BINANCE") else _text(raw)
        before, asked = came, answers.asked
        with contextlib.suppress(Exception):
            start = now()
            await feed.message_handler(text, socket, 1.0)
            end = now()
            if came > before and answers.asked == asked:
                out[i] = end - start
    return out


def _text(raw):
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _as_aggregated(raw):
    """cryptofeed knows Binance's aggregated trades only: the same, under the names it reads."""
    if b"@trade" not in raw[:60]:
        return raw.decode()
    return (
        raw.decode().replace("@trade", "@aggTrade").replace('"e":"trade"', '"e":"aggTrade"')
        .replace('"t":', '"a":')
    )  # fmt: skip


# ccxt.pro


def ccxt_ns(capture) -> np.ndarray | None:
    """ns of each frame by ccxt.pro's client and handler; None where it has none."""
    try:
        from ccxt import pro  # noqa: PLC0415 - may be absent
    except ImportError:
        return None
    if capture.venue not in CCXT:
        return None
    kind = getattr(pro, CCXT[capture.venue][0])
    logging.disable(logging.CRITICAL)
    try:
        return asyncio.run(_ccxt(kind, capture))
    finally:
        logging.disable(logging.NOTSET)


def _market(exchange, capture, symbol):
    """ccxt's description of one of the capture's symbols."""
    base, quote, rest = (*symbol.split("-", 2), "", "")[:3]
    quote = quote or "USDC"  # Hyperliquid's
    perpetual = bool(rest) or capture.venue in DERIVATIVES
    linear = quote != "USD"
    settle = (quote if linear else base) if perpetual else None
    name = f"{base}/{quote}" + (f":{settle}" if perpetual else "")
    spelled = CCXT[capture.venue][1].format(base=base, quote=quote, rest=rest, symbol=symbol)
    id_ = spelled.lower() if capture.venue == "bitstamp" else spelled
    return exchange.safe_market_structure(
        {
            "id": id_,
            "lowercaseId": id_.lower(),
            "symbol": name if rest in ("", "PERP") else f"{name}-{rest}",
            "base": base, "quote": quote, "settle": settle,
            "baseId": base, "quoteId": quote, "settleId": settle,
            "type": "swap" if perpetual else "spot",
            "spot": not perpetual, "swap": perpetual, "contract": perpetual,
            "margin": False, "future": False, "option": False, "active": True,
            "linear": linear if perpetual else None,
            "inverse": not linear if perpetual else None,
            "contractSize": 1.0 if perpetual else None,
            "precision": {"amount": 1e-8, "price": 1e-8},
            "limits": {}, "info": {},
        }
    )  # fmt: skip


async def _ccxt(kind, capture):
    exchange = kind({"enableRateLimit": False})
    symbols = [symbol for symbol in capture.symbols if not symbol.endswith("-INDEX")]
    markets = [_market(exchange, capture, symbol) for symbol in symbols]
    exchange.set_markets(markets)
    asked = came = 0

    async def fetch(url, *_, **__):
        nonlocal asked
        asked += 1
        body = body_for(capture, url)
        if body is None:
            raise LookupError(url)
        return json.loads(body)

    clients, acknowledged = {}, []

    def client_of(url):
        if url not in clients:
            client = clients[url] = exchange.client(url)
            resolve = client.resolve

            def noting(result, message_hash):
                nonlocal came
                came += 1
                return resolve(result, message_hash)

            client.resolve, client.subscriptions = noting, subscriptions
        return clients[url]

    subscriptions = {}

    async def watch(_url, _hash, message=None, subscribe_hash=None, subscription=None):
        hashes = subscribe_hash if isinstance(subscribe_hash, list) else [subscribe_hash]
        subscriptions.update(dict.fromkeys(hashes, subscription or True))
        if isinstance(message, dict) and "id" in message and "binance" in kind.__name__:
            acknowledged.append({"result": None, "id": message["id"]})
        await asyncio.get_running_loop().create_future()

    exchange.fetch = fetch
    exchange.watch = exchange.watch_multiple = watch
    names = [market["symbol"] for market in markets]
    watching = [asyncio.ensure_future(call) for call in _watched(exchange, names)]
    await asyncio.sleep(0.1)
    for answer in acknowledged:  # it asks for a book's snapshot then
        exchange.handle_message(client_of(capture.addresses[0]), answer)
    await asyncio.sleep(0.1)
    now = time.thread_time_ns
    out = np.full(len(capture.frames), np.nan)
    for i, (raw, address) in enumerate(zip(capture.frames, capture.addresses, strict=True)):
        client = client_of(address)
        text, before, asked_before = _text(raw), came, asked
        with contextlib.suppress(Exception):
            start = now()
            client.handle_text_or_binary_message(text)
            end = now()
            if came > before:
                out[i] = end - start
        await asyncio.sleep(0)  # snapshots that it asked for come now, and are not counted
        if asked != asked_before:
            await asyncio.sleep(0.01)
    for task in watching:
        task.cancel()
    await asyncio.gather(*watching, return_exceptions=True)
    await exchange.close()
    return out


def _watched(exchange, names):
    for name in names:
        yield exchange.watch_trades(name)
        yield exchange.watch_order_book(name)
        yield exchange.watch_ticker(name)
        if exchange.has.get("watchOHLCV"):
            yield exchange.watch_ohlcv(name, "1m")
    if exchange.has.get("watchBidsAsks"):
        yield exchange.watch_bids_asks(names)

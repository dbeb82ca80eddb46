"""What both of Kraken's protocols share: pairs, intervals, the book's checksum, REST.

Protocol: https://docs.kraken.com/api/docs/guides/spot-ws-book-v2 (the checksum),
https://docs.kraken.com/api/docs/rest-api/get-recent-trades, …/get-ohlc-data, and
https://docs.kraken.com/api/docs/guides/spot-rest-auth (how a request is signed).
No state. Serves v2 and v1. On the REST side and in the older protocol bitcoin
is XBT and dogecoin XDG; livefin says BTC and DOGE everywhere.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, TypeVar
from zlib import crc32

import msgspec
from msgspec import Raw, Struct

from livefin.errors import MessageError, SymbolError
from livefin.events import Bar, Side, Text, Trade
from livefin.keys import Secret
from livefin.venues.contract import Request, Span, Subscription
from livefin.venues.openbars import length_ns
from livefin.venues.wire import MS, UNREADABLE, Id, Price, S, Seconds, Size, decode

T = TypeVar("T")

REST = "https://api.kraken.com"
TOKEN_PATH = "/0/private/GetWebSocketsToken"  # noqa: S105 - an address
DEPTHS = (10, 25, 100, 500, 1_000)
"""The levels of each side that a book can be had with; any other is refused."""
CHECKSUM_LEVELS = 10
MAX_PAGE = 1_000
INTERVALS = {
    "1m": 1, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "4h": 240, "1d": 1_440, "1w": 10_080,
}  # fmt: skip
"""livefin's interval -> the venue's, in minutes."""
SPELLED = {minutes: interval for interval, minutes in INTERVALS.items()} | {21_600: "15d"}
OLD_NAMES = {"BTC": "XBT", "DOGE": "XDG"}
NEW_NAMES = {old: new for new, old in OLD_NAMES.items()}
SIDES: dict[str, Side] = {"b": "buy", "s": "sell"}
# Tokenised shares end in a small x: AAPLx-USD.
_PAIR = re.compile(r"[A-Z0-9.]+x?-[A-Z0-9.]+")


class _PastTrade(Struct, array_like=True, gc=False):
    price: Price
    size: Size
    time: Raw  # as written: a float would lose the last digits
    side: str
    kind: str = ""
    misc: str = ""
    id: Id | None = None


class _PastBar(Struct, array_like=True, gc=False):
    time: Seconds
    open: Price
    high: Price
    low: Price
    close: Price
    vwap: Size
    volume: Size
    trades: Id


class _Trades(Struct):
    error: list[str] = []
    result: dict[str, list[_PastTrade] | str | int] = {}


class _Bars(Struct):
    error: list[str] = []
    result: dict[str, list[_PastBar] | str | int] = {}


class _TokenResult(Struct):
    token: str = ""


class _Token(Struct):
    error: list[str] = []
    result: _TokenResult | None = None


_trades = msgspec.json.Decoder(_Trades, strict=False)
_bars = msgspec.json.Decoder(_Bars, strict=False)
_token = msgspec.json.Decoder(_Token)


def check_pair(symbol: str, *, venue: str) -> None:
    """Raise SymbolError when `symbol` can be no pair of Kraken's."""
    if not _PAIR.fullmatch(symbol):
        raise SymbolError(
            symbol, "write it as BASE-QUOTE in capitals, such as BTC-USD", venue=venue
        )


def old_pair(symbol: str, separator: str = "/") -> str:
    """A symbol of livefin's in Kraken's older spelling.

    >>> old_pair("BTC-USD"), old_pair("DOGE-BTC", "")
    ('XBT/USD', 'XDGXBT')
    """
    return separator.join(OLD_NAMES.get(asset, asset) for asset in symbol.split("-"))


def checksum(bids: Sequence[Text], asks: Sequence[Text]) -> int:
    """CRC32 of the best asks and then the best bids: digits without point and leading zeros.

    >>> checksum([("0.05000", "0.00000500")], [("0.05005", "1.5")]) == crc32(b"5005155000500")
    True
    """
    digits = [text.replace(".", "").lstrip("0") for level in asks for text in level]
    digits += [text.replace(".", "").lstrip("0") for level in bids for text in level]
    return crc32("".join(digits).encode())


def seconds_ns(text: str) -> int:
    """Seconds since 1970 written in digits, to ns. Raises MessageError.

    >>> seconds_ns("1618678133.365913"), seconds_ns("1688669597.8277369")
    (1618678133365913000, 1688669597827736900)
    """
    whole, _, fraction = text.partition(".")
    try:
        ns = int(whole) * S + int(fraction[:9].ljust(9, "0"))
    except ValueError as error:
        raise MessageError(f"kraken: not a time: {text[:40]!r}") from error
    if not 0 <= ns < 2**63:
        raise MessageError(f"kraken: not a time: {text[:40]!r}")
    return ns


def history_url(rest_url: str, sub: Subscription, span: Span) -> str | None:
    """Where to GET the oldest page of trades or bars in `span`.

    A page is 1,000 trades, as far back as the market goes, or 720 bars, the newest only.
    """
    base, _, interval = sub.channel.partition(":")
    pair = old_pair(sub.symbol, "")
    if base == "trades":
        # What is given comes after `since`.
        since = max(0, span.start - 1)
        return f"{rest_url}/0/public/Trades?pair={pair}&since={since}&count={MAX_PAGE}"
    if base == "bars" and interval in INTERVALS:
        since = max(0, span.start // S - 1)
        minutes = INTERVALS[interval]
        return f"{rest_url}/0/public/OHLC?pair={pair}&interval={minutes}&since={since}"
    return None


def past_trades(symbol: str, body: bytes, ts_recv: int, *, ids: bool) -> list[Trade]:
    """`{"error":[],"result":{"XXBTZUSD":[["30243.40000","0.34507674",1688669597.8277369,"b","m",
    "",61044952]],"last":"1688671969993150842"}}`

    Without `ids`, as the older protocol's stream gives them: no id, and time in microseconds.
    """  # noqa: D205, D415 - the raw message comes first
    page = decode(_trades, body, venue="kraken")
    _raise(page.error)
    trades = []
    for row in _rows(page.result):
        try:
            ts_event = seconds_ns(str(row.time, "ascii").strip('"'))
        except UNREADABLE as error:
            raise MessageError(f"kraken: {error}") from error
        if not ids:
            ts_event -= ts_event % 1_000
        id_ = row.id if ids else None
        trades.append(
            Trade(symbol, ts_event, ts_recv, row.price, row.size, SIDES.get(row.side), id_)
        )
    return trades


def past_bars(symbol: str, interval: str, body: bytes, ts_recv: int) -> list[Bar]:
    """`{"error":[],"result":{"XXBTZUSD":[[1688671200,"30306.1","30306.2","30305.7","30305.7",
    "30306.1","3.39243896",23]],"last":1688672160}}`

    Open, high, low, close, volume-weighted average, volume, trades. The last one is forming.
    """  # noqa: D205, D415 - the raw message comes first
    page = decode(_bars, body, venue="kraken")
    _raise(page.error)
    length, bars = length_ns(interval), []
    for row in _rows(page.result):
        start = int(row.time) * S
        prices = row.open, row.high, row.low, row.close
        closed = start + length <= ts_recv
        bars.append(Bar(symbol, start, ts_recv, interval, *prices, row.volume, row.trades, closed))
    return bars


def token_request(rest_url: str, key: Secret, secret: Secret, now: int) -> Request:
    """A signed POST for the token that a subscription to orders has to carry.

    Raises MessageError for an `api_secret` that cannot be one.
    """
    nonce = str(now // MS)  # rises with each request of a key
    body = f"nonce={nonce}".encode()
    headers = {
        "API-Key": key.reveal(),
        "API-Sign": sign(TOKEN_PATH, nonce, body, secret),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return Request(rest_url + TOKEN_PATH, headers, body)


def sign(path: str, nonce: str, body: bytes, secret: Secret) -> str:
    """HMAC-SHA512 of the path and the SHA256 of nonce and body, as the venue wants it."""
    try:
        key = base64.b64decode(secret.reveal().strip(), validate=True)
    except ValueError:
        raise MessageError("kraken: api_secret is not base64, as Kraken gives it out") from None
    message = path.encode() + hashlib.sha256(nonce.encode() + body).digest()
    return base64.b64encode(hmac.new(key, message, hashlib.sha512).digest()).decode()


def read_token(body: bytes) -> Secret:
    """`{"error":[],"result":{"token":"1Dwc4lzSwNWOAwkMdqhssNNFhs1ed606d1WcF3XfEMw",
    "expires":900}}`

    Good for 15 minutes, and once used for as long as the socket is open.
    """  # noqa: D205, D415 - the raw message comes first
    answer = decode(_token, body, venue="kraken")
    _raise(answer.error)
    if answer.result is None or not answer.result.token:
        raise MessageError("kraken: the answer to the request for a token has none")
    return Secret(answer.result.token)


def _raise(errors: Sequence[str]) -> None:
    if errors:
        raise MessageError(f"kraken: {', '.join(errors)[:200]}")


def _rows(result: Mapping[str, list[T] | str | int]) -> list[T]:
    """The rows of the one pair that was asked for; beside it is only where to go on."""
    for rows in result.values():
        if isinstance(rows, list):
            return rows
    return []


class Rest:
    """The half of a venue that both protocols have alike: sums, depth and history."""

    rest_url: str = REST
    checksum_levels: ClassVar[int] = CHECKSUM_LEVELS
    book_depth: int = 1_000
    """Levels of each side to subscribe: one of DEPTHS."""
    trade_ids_contiguous: ClassVar[bool]

    def checksum(self, symbol: str, bids: Sequence[Text], asks: Sequence[Text]) -> int:  # noqa: ARG002 - all pairs alike
        """The venue's checksum of a book's best levels."""
        return checksum(bids, asks)

    def depth(self, symbol: str) -> int:  # noqa: ARG002 - all pairs alike
        """Levels of each side that are kept up to date."""
        return self.book_depth

    def history_url(self, sub: Subscription, span: Span) -> str | None:
        """Where to GET a page of `span`."""
        return history_url(self.rest_url, sub, span)

    def parse_history(
        self, sub: Subscription, body: bytes, ts_recv: int
    ) -> Sequence[Trade] | Sequence[Bar]:
        """The events in a page; trades have ids where the protocol's own have."""
        base, _, interval = sub.channel.partition(":")
        if base == "bars":
            return past_bars(sub.symbol, interval, body, ts_recv)
        return past_trades(sub.symbol, body, ts_recv, ids=self.trade_ids_contiguous)

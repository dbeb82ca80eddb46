"""What venues' messages are made of: bounded numbers, spelled symbols, and safe decoding.

Every number off the wire has bounds in its type, so that an absurd one is a MessageError
where it is read and not an overflow further on. Serves the venues; knows none of them.
"""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

from livefin.errors import MessageError

T = TypeVar("T")

MS = 1_000_000
US = 1_000
S = 1_000_000_000

# An upper bound also refuses infinity and NaN, which a lax float would let through.
Price: TypeAlias = Annotated[float, Meta(gt=0, le=1e300)]
SignedPrice: TypeAlias = Annotated[float, Meta(ge=-1e300, le=1e300)]
"""Of what may be worth less than nothing: a spread, an option's greek, a funding rate."""
Size: TypeAlias = Annotated[float, Meta(ge=0, le=1e300)]
Levels: TypeAlias = list[tuple[Price, Size]]
Id: TypeAlias = Annotated[int, Meta(ge=0, le=2**63 - 1)]
MaybeId: TypeAlias = Annotated[int, Meta(ge=-1, le=2**63 - 1)]
Seconds: TypeAlias = Annotated[float, Meta(ge=0, le=9e9)]
Ms: TypeAlias = Annotated[int, Meta(ge=0, le=9_000_000_000_000)]
Us: TypeAlias = Annotated[int, Meta(ge=0, le=9_000_000_000_000_000)]
Ns: TypeAlias = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Symbol: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64)]
Name: TypeAlias = Annotated[str, Meta(max_length=128)]
"""Of a trade or an order, where it is no number or not always."""

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError, ValueError)
"""What decoding raises on bytes that are not what they should be."""

QUOTE_ASSETS = (
    "FDUSD USDT USDC TUSD BUSD USDD USDE RLUSD PYUSD USD1 DAI UST BTC ETH BNB EUR GBP TRY BRL JPY "
    "AUD CAD CHF SGD HKD UAH RUB ZAR PLN RON ARS MXN CZK COP IDRT BIDR NGN KRW DOGE TRX XRP DOT "
    "SOL VAI USD"
).split()
"""To read "BTCUSDT" as BTC-USDT where nobody subscribed to it; longest first where they nest."""

MAX_INFLATED = 32 * 2**20
_ISO_SECOND = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)", re.ASCII)
_ISO_REST = re.compile(r"(?:[.,](\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)


def hyphenate(joined: str) -> str:
    """'BTCUSDT' -> 'BTC-USDT', split before a known quote asset; as it is where none fits.

    >>> hyphenate("BTCUSDT"), hyphenate("ethbtc"), hyphenate("USD")
    ('BTC-USDT', 'ETH-BTC', 'USD')
    """
    upper = joined.upper()
    for quote in QUOTE_ASSETS:
        if upper.endswith(quote) and len(upper) > len(quote):
            return f"{upper[: -len(quote)]}-{quote}"
    return upper


def iso_ns(text: str) -> int:
    """An ISO 8601 time to ns since 1970 UTC, exact to the last digit. Raises MessageError.

    >>> iso_ns("2013-09-28T20:40:50.000000150Z")
    1380400850000000150
    >>> iso_ns("2023-08-25T07:49:37+02:00") == iso_ns("2023-08-25T05:49:37")
    True
    """
    digits = text[20:-1]
    if text[-1:] == "Z" and text[19:20] == "." and digits.isascii() and digits.isdigit():
        # The form that nearly all venues send; a tenth of the time that a pattern takes.
        ns = _second_ns(text[:19]) + int(digits[:9].ljust(9, "0"))
    else:
        rest = _ISO_REST.fullmatch(text[19:])
        if rest is None:
            raise MessageError(f"not a time: {text[:40]!r}")
        fraction, zone = rest.groups()
        ns = _second_ns(text[:19]) + int((fraction or "0").ljust(9, "0"))
        if zone and zone != "Z":
            offset = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
            ns += (offset if zone[0] == "-" else -offset) * S
    if not 0 <= ns < 2**63:
        raise MessageError(f"not a time after 1970: {text[:40]!r}")
    return ns


@lru_cache(maxsize=1024)
def _second_ns(text: str) -> int:
    """'2013-09-28T20:40:50' to ns; most messages of a stream share their second with others."""
    match = _ISO_SECOND.fullmatch(text)
    if match is None:
        raise MessageError(f"not a time: {text[:40]!r}")
    from datetime import UTC, datetime  # noqa: PLC0415 - most venues send numbers

    year, month, day, hour, minute, second = map(int, match.groups())
    try:
        # A leap second is the last of its minute.
        whole = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError as error:
        raise MessageError(f"not a time: {text[:40]!r}") from error
    return int(whole.timestamp()) * S


def iso_text(ns: int, digits: int = 9) -> str:
    """The time `ns` as venues are asked for it, cut to `digits` of fraction.

    >>> iso_text(1380400850000000150), iso_text(1380400850000000150, 3)
    ('2013-09-28T20:40:50.000000150Z', '2013-09-28T20:40:50.000Z')
    """
    from datetime import UTC, datetime  # noqa: PLC0415 - only history is asked for by such times

    whole = datetime.fromtimestamp(ns // S, UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{f'{ns % S:09d}'[:digits]}Z"


def decode(decoder: msgspec.json.Decoder[T], raw: bytes | str, *, venue: str) -> T:
    """`raw` by `decoder`; what it cannot read is a MessageError."""
    try:
        return decoder.decode(raw)
    except UNREADABLE as error:
        raise MessageError(f"{venue}: {error}") from error


def encode(body: Any) -> str:
    """A message to send, as JSON text.

    >>> encode({"op": "ping"})
    '{"op":"ping"}'
    """
    return msgspec.json.encode(body).decode()


def inflate(raw: bytes, *, most: int = MAX_INFLATED) -> bytes:
    """A gzip, zlib or raw deflate frame, inflated; raises MessageError, also over `most` bytes.

    >>> import gzip
    >>> inflate(gzip.compress(b"[1]")), inflate(zlib.compress(b"[2]"))
    (b'[1]', b'[2]')
    """
    bits = 31 if raw[:2] == b"\x1f\x8b" else 15 if raw[:1] == b"\x78" else -15
    inflater = zlib.decompressobj(bits)
    try:
        out = inflater.decompress(raw, most)
    except zlib.error as error:
        raise MessageError(f"a compressed frame that cannot be read: {error}") from error
    if inflater.unconsumed_tail:
        raise MessageError(f"a compressed frame of more than {most:,} bytes")
    if not inflater.eof and bits > 0:
        raise MessageError("a compressed frame that ends too soon")
    return out

"""What venues' messages are made of: bounded numbers, spelled symbols, and safe decoding.

Every number off the wire has bounds in its type, so that an absurd one is a MessageError
where it is read and not an overflow further on. Serves the venues; knows none of them.
"""

from __future__ import annotations

import re
import zlib
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

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError, ValueError)
"""What decoding raises on bytes that are not what they should be."""

QUOTE_ASSETS = (
    "FDUSD USDT USDC TUSD BUSD USDD USDE RLUSD PYUSD USD1 DAI UST BTC ETH BNB EUR GBP TRY BRL JPY "
    "AUD CAD CHF SGD HKD UAH RUB ZAR PLN RON ARS MXN CZK COP IDRT BIDR NGN KRW DOGE TRX XRP DOT "
    "SOL VAI USD"
).split()
"""To read "BTCUSDT" as BTC-USDT where nobody subscribed to it; longest first where they nest."""

MAX_INFLATED = 32 * 2**20
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)?$"
)


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
    match = _ISO.match(text)
    if match is None:
        raise MessageError(f"not a time: {text[:40]!r}")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    from datetime import UTC, datetime  # noqa: PLC0415 - most venues send numbers

    try:
        whole = datetime(
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            min(int(second), 59),
            tzinfo=UTC,
        )
    except ValueError as error:
        raise MessageError(f"not a time: {text[:40]!r}") from error
    ns = int(whole.timestamp()) * S + int((fraction or "0").ljust(9, "0"))
    if zone and zone != "Z":
        digits = zone[1:].replace(":", "")
        offset = int(digits[:2]) * 3600 + int(digits[2:]) * 60
        ns += (offset if zone[0] == "-" else -offset) * S
    if not 0 <= ns < 2**63:
        raise MessageError(f"not a time after 1970: {text[:40]!r}")
    return ns


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

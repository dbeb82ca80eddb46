"""Bitfinex's markets and channels by name, in its spelling and in livefin's.

Symbols: https://docs.bitfinex.com/docs/ws-general#supported-pairs. A trading pair begins
with t, a currency lent and borrowed with f; assets of other than three letters are parted
by a colon; perpetuals end in F0 on both sides. Serves bitfinex.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from livefin.venues.wire import hyphenate

TIMEFRAMES = {
    "1m": "1m", "5m": "5m", "15m": "15m", "30m": "30m", "1h": "1h", "3h": "3h", "6h": "6h",
    "12h": "12h", "1d": "1D", "1w": "1W", "2w": "14D", "1M": "1M",
}  # fmt: skip
INTERVALS = {frame: interval for interval, frame in TIMEFRAMES.items()} | {"7D": "1w"}
RENAMED = {"USDT": "UST"}
SPELLED = {theirs: ours for ours, theirs in RENAMED.items()}
LETTERS = 3
"""Assets of so many are written together."""
INDEX = "-INDEX"
"""Ends the symbol of a perpetual's index, which its rates are not to be mixed with."""
LIQUIDATIONS = "liq:global"
FUNDING_CANDLES = ":a30:p2:p30"
"""Candles of a currency are of all loans of 2 to 30 days."""
OF_CURRENCIES = ("trades", "quotes", "ticker", "rates", "bars")
OF_PERPETUALS = ("rates", "funding", "open_interest")

_SYMBOL = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+(-PERP)?)?")


class Channel(NamedTuple):
    """What a subscription asks the venue for; several of livefin's may share one."""

    name: str
    key: str
    precision: str = ""


def channels_of(symbol: str, channels: Sequence[str]) -> list[str]:
    """Those of `channels` that a market like `symbol` has; none where there can be no such."""
    if not _SYMBOL.fullmatch(symbol):
        return []
    if "-" not in symbol:
        return list(OF_CURRENCIES)
    if symbol.endswith("-PERP"):
        return list(channels)
    return [channel for channel in channels if channel not in OF_PERPETUALS]


def channel_of(channel: str, symbol: str, precision: str) -> Channel:
    """The venue's channel that carries `channel` of `symbol`.

    >>> channel_of("bars:1d", "BTC-USD", "P0")
    Channel(name='candles', key='trade:1D:tBTCUSD', precision='')
    """
    base, _, interval = channel.partition(":")
    key = wire(symbol)
    if base == "bars":
        loans = FUNDING_CANDLES if key[0] == "f" else ""
        return Channel("candles", f"trade:{TIMEFRAMES[interval]}:{key}{loans}")
    if base in ("book", "orders"):
        return Channel("book", key, "R0" if base == "orders" else precision)
    if base == "liquidations":
        return Channel("status", LIQUIDATIONS)
    if base in OF_PERPETUALS and key[0] == "t":
        return Channel("status", f"deriv:{key}")
    return Channel("trades" if base == "trades" else "ticker", key)


def candles_of(key: str) -> tuple[str, str]:
    """The time frame and the symbol in a key.

    >>> candles_of("trade:1m:tDOGE:USD"), candles_of("trade:1D:fUSD:a30:p2:p30")
    (('1m', 'tDOGE:USD'), ('1D', 'fUSD'))
    """
    _, frame, symbol = (*key.split(":", 2), "", "")[:3]
    return frame, symbol.partition(":")[0] if symbol[:1] == "f" else symbol


def wire(symbol: str) -> str:
    """The venue's name of a market.

    >>> [wire(s) for s in ("BTC-USD", "DOGE-USDT", "BTC-USDT-PERP", "USD")]
    ['tBTCUSD', 'tDOGE:UST', 'tBTCF0:USTF0', 'fUSD']
    """
    base, *rest = (RENAMED.get(part, part) for part in symbol.split("-"))
    if not rest:
        return f"f{base}"
    if len(rest) > 1:
        return f"t{base}F0:{rest[0]}F0"
    return f"t{base}{'' if len(base) == len(rest[0]) == LETTERS else ':'}{rest[0]}"


def spelled(symbol: str) -> str:
    """What livefin calls a market.

    >>> [spelled(s) for s in ("tBTCUSD", "tDOGE:UST", "tBTCF0:USTF0", "fUSD")]
    ['BTC-USD', 'DOGE-USDT', 'BTC-USDT-PERP', 'USD']
    """
    kind, joined = symbol[:1], symbol[1:]
    if kind == "f":
        return SPELLED.get(joined, joined)
    base, colon, quote = joined.partition(":")
    if not colon:
        if len(base) != 2 * LETTERS:
            return hyphenate(base or symbol)
        base, quote = base[:LETTERS], base[LETTERS:]
    perpetual = base.endswith("F0") and quote.endswith("F0")
    if perpetual:
        base, quote = base[:-2], quote[:-2]
    parts = (SPELLED.get(base, base), SPELLED.get(quote, quote))
    return "-".join(parts) + ("-PERP" if perpetual else "")

"""How Bitget spells its instruments, and which of its markets has each.

"BTCUSDT" is spot in one market and a perpetual in another; the socket names both, as
(instType, instId). No I/O, no clock. Serves bitget.py.

Names: https://www.bitget.com/api-doc/contract/market/Get-All-Symbols-Contracts
"""

from __future__ import annotations

import re

from livefin.venues.wire import hyphenate

INDEX = "-INDEX"
"""Added to a future's symbol on channel "rates": its index; without it, its mark."""

_COIN = r"[A-Z0-9.]+"
_SPOT = re.compile(rf"({_COIN})-({_COIN})")
_FUTURE = re.compile(rf"({_COIN})-(USDT|USDC|USD)-(PERP|[FGHJKMNQUVXZ]\d\d)")
_MARKETS = {"USDT": "USDT-FUTURES", "USDC": "USDC-FUTURES", "USD": "COIN-FUTURES"}
_DATED = re.compile(r"(.+)(USDT|USDC|USD)([FGHJKMNQUVXZ]\d\d)")


def key(symbol: str) -> tuple[str, str] | None:
    """(instType, instId) of what livefin spells `symbol`; None where it is spelled for none.

    >>> key("BTC-USDT"), key("BTC-USDT-PERP")
    (('SPOT', 'BTCUSDT'), ('USDT-FUTURES', 'BTCUSDT'))
    >>> key("BTC-USDC-PERP"), key("BTC-USD-H26")
    (('USDC-FUTURES', 'BTCPERP'), ('COIN-FUTURES', 'BTCUSDH26'))
    """
    symbol = symbol.removesuffix(INDEX)
    future = _FUTURE.fullmatch(symbol)
    if future is None:
        return ("SPOT", symbol.replace("-", "")) if _SPOT.fullmatch(symbol) else None
    base, quote, expiry = future.groups()
    if expiry != "PERP":
        return _MARKETS[quote], base + quote + expiry
    return _MARKETS[quote], f"{base}PERP" if quote == "USDC" else base + quote


def spelled(market: str, name: str) -> str:
    """Bitget's `name` of an instrument of `market` in livefin's spelling; v1's markets too.

    >>> spelled("SPOT", "BTCUSDT"), spelled("sp", "ETHBTC"), spelled("mc", "BTCUSDT")
    ('BTC-USDT', 'ETH-BTC', 'BTC-USDT-PERP')
    >>> spelled("USDC-FUTURES", "BTCPERP"), spelled("COIN-FUTURES", "BTCUSDH26")
    ('BTC-USDC-PERP', 'BTC-USD-H26')
    """
    if market.upper() in ("SPOT", "SP"):
        return hyphenate(name)
    if name.endswith("PERP"):
        return f"{name.removesuffix('PERP')}-USDC-PERP"
    dated = _DATED.fullmatch(name)
    return "-".join(dated.groups()) if dated else f"{hyphenate(name)}-PERP"

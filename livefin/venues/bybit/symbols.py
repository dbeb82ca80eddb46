"""How Bybit spells its instruments, and which of its four addresses has each.

"BTCUSDT" is spot on one address and a perpetual on another, so that reading a wire symbol
takes the lane it came from. No I/O, no clock. Serves bybit.py.

Names: https://bybit-exchange.github.io/docs/v5/enum#symbol
"""

from __future__ import annotations

import re

from livefin.venues.wire import hyphenate

LANES = ("spot", "linear", "inverse", "option")
INDEX = "-INDEX"
"""Added to a derivative's symbol on channel "rates": its index; without it, its mark."""

_COIN, _DATE = r"[A-Z0-9.]+", r"\d{1,2}[A-Z]{3}\d\d"
_SPELLED = {
    "option": re.compile(rf"({_COIN})-{_DATE}-[\d.]+-[CP](-[A-Z]+)?"),
    "inverse": re.compile(rf"({_COIN})-USD-(PERP|[FGHJKMNQUVXZ]\d\d)"),
    "linear": re.compile(rf"({_COIN})-([A-Z0-9]+)-(PERP|{_DATE})"),
    "spot": re.compile(rf"{_COIN}-{_COIN}"),
}
"""In this order: an option's name would also do for a dated future."""
_INVERSE_DATED = re.compile(r"(.+)USD([FGHJKMNQUVXZ]\d\d)")


def lane_of(symbol: str) -> str | None:
    """The lane that `symbol` is spelled for; None where it fits none.

    >>> [lane_of(s) for s in ("BTC-USDT", "BTC-USDT-PERP", "BTC-USD-H26", "btcusdt")]
    ['spot', 'linear', 'inverse', None]
    >>> lane_of("BTC-27MAR26-90000-C-USDT"), lane_of("BTC-USDT-PERP-INDEX")
    ('option', 'linear')
    """
    symbol = symbol.removesuffix(INDEX)
    for lane, pattern in _SPELLED.items():
        if pattern.fullmatch(symbol):
            return lane
    return None


def wire(symbol: str) -> str:
    """Bybit's name of what livefin spells `symbol`.

    >>> [wire(s) for s in ("BTC-USDT", "BTC-USDT-PERP", "BTC-USDC-PERP", "BTC-USD-PERP")]
    ['BTCUSDT', 'BTCUSDT', 'BTCPERP', 'BTCUSD']
    >>> [wire(s) for s in ("BTC-USDT-27MAR26", "BTC-USDC-27MAR26", "BTC-USD-H26")]
    ['BTCUSDT-27MAR26', 'BTC-27MAR26', 'BTCUSDH26']
    >>> wire("BTC-27MAR26-90000-C-USDT")
    'BTC-27MAR26-90000-C-USDT'
    """
    symbol = symbol.removesuffix(INDEX)
    lane = lane_of(symbol)
    if lane == "option" or lane is None:
        return symbol
    base, quote, *expiry = symbol.split("-")
    if lane == "spot":
        return base + quote
    if expiry == ["PERP"]:
        return f"{base}PERP" if quote == "USDC" else base + quote
    if lane == "inverse":
        return f"{base}{quote}{expiry[0]}"
    return f"{base}-{expiry[0]}" if quote == "USDC" else f"{base}{quote}-{expiry[0]}"


def spelled(name: str, lane: str) -> str:
    """Bybit's name of an instrument of `lane` in livefin's spelling.

    >>> spelled("BTCUSDT", "spot"), spelled("BTCUSDT", "linear"), spelled("BTCPERP", "linear")
    ('BTC-USDT', 'BTC-USDT-PERP', 'BTC-USDC-PERP')
    >>> spelled("BTCUSDT-27MAR26", "linear"), spelled("BTC-27MAR26", "linear")
    ('BTC-USDT-27MAR26', 'BTC-USDC-27MAR26')
    >>> spelled("BTCUSD", "inverse"), spelled("BTCUSDH26", "inverse")
    ('BTC-USD-PERP', 'BTC-USD-H26')
    """
    if lane == "option":
        return name
    if lane == "inverse":
        dated = _INVERSE_DATED.fullmatch(name)
        return f"{dated[1]}-USD-{dated[2]}" if dated else f"{hyphenate(name)}-PERP"
    if lane == "linear":
        if name.endswith("PERP"):
            return f"{name.removesuffix('PERP')}-USDC-PERP"
        pair, dash, expiry = name.partition("-")
        if not dash:
            return f"{hyphenate(pair)}-PERP"
        return f"{hyphenate(pair)}-{expiry}" if pair.endswith("USDT") else f"{pair}-USDC-{expiry}"
    return hyphenate(name)

"""Of which feed and which symbol somebody wants a view: checked where it is asked for.

No state. Used by charts and by the widgets that show one feed.
"""

from __future__ import annotations

from typing import Any

from livefin.errors import ChartError


def feed_of(given: Any) -> Any:
    """The feed itself. Raises ChartError for what is none.

    >>> feed_of("BTC-USDT")
    Traceback (most recent call last):
    livefin.errors.ChartError: a feed comes first, as lf.connect("paper", "BTC-USDT") gives; \
got 'BTC-USDT'
    """
    if callable(getattr(given, "bars", None)) and hasattr(given, "symbols"):
        return given
    if hasattr(given, "feed"):
        raise ChartError(f"a feed comes first; that of {given!r} is its .feed")
    raise ChartError(
        f'a feed comes first, as lf.connect("paper", "BTC-USDT") gives; got {given!r:.100}'
    )


def symbol_of(feed: Any, symbol: object = None) -> str:
    """The symbol asked for, else the first of `feed`. Raises ChartError for what is none.

    >>> import livefin as lf
    >>> feed = lf.push("example", ["ABC", "XYZ"])
    >>> symbol_of(feed), symbol_of(feed, "XYZ")
    ('ABC', 'XYZ')
    >>> symbol_of(feed, ["ABC", "XYZ"])
    Traceback (most recent call last):
    livefin.errors.ChartError: one symbol is shown, as "ABC"; got ['ABC', 'XYZ']
    >>> feed.close()
    """
    symbols = feed_of(feed).symbols
    if symbol is None:
        if not symbols:
            raise ChartError(f"{feed.name} has no symbol yet; name one")
        return str(symbols[0])
    if not isinstance(symbol, str):
        example = f', as "{symbols[0]}"' if symbols else ""
        raise ChartError(f"one symbol is shown{example}; got {symbol!r:.100}")
    return symbol

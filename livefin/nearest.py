"""The name that somebody may have meant by one that is not there; errors end with it.

No state. Used wherever people choose by name.
"""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Those of `known` that somebody may have meant by `name`, best first, three at the most.

    >>> nearest("rsi", ["RSI", "TSI", "MACD"])
    ['RSI', 'TSI']
    """
    folded = {each.casefold(): each for each in known}
    return [folded[each] for each in difflib.get_close_matches(name.casefold(), folded)]


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """The end of an error: the nearest of `known`, or nothing where none is near.

    >>> did_you_mean("swep", ["sweep", "push"]), did_you_mean(3, ["sweep"])
    ("; did you mean 'sweep'?", '')
    """
    near = nearest(name, known) if isinstance(name, str) else []
    return f"; did you mean {near[0]!r}?" if near else ""

"""The name that somebody may have meant by one that is not there; errors end with it.

No state. Used wherever people choose by name.
"""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], *, alike: float = 0.6) -> list[str]:
    """Those of `known` that somebody may have meant by `name`, best first, three at the most.

    >>> nearest("rsi", ["RSI", "TSI", "MACD"])
    ['RSI', 'TSI']
    """
    folded = {each.casefold(): each for each in known}
    return [
        folded[each] for each in difflib.get_close_matches(name.casefold(), folded, cutoff=alike)
    ]


def did_you_mean(name: object, known: Iterable[str], *, alike: float = 0.6) -> str:
    """The end of an error: the nearest of `known`, or nothing where none is `alike`, of 1.

    >>> did_you_mean("swep", ["sweep", "push"]), did_you_mean(3, ["sweep"])
    ("; did you mean 'sweep'?", '')
    """
    near = nearest(name, known, alike=alike) if isinstance(name, str) else []
    return f"; did you mean {near[0]!r}?" if near else ""

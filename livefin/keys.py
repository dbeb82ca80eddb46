"""Keys to venues: where they come from, and how they never get out by accident.

A key is an argument, an environment variable or an entry of the system's keyring, in this
order. It is held as a Secret, whose repr, str and format show nothing, so that it reaches
no log, traceback, recording or notebook; `reveal()` is called only where a message to the
venue is made. Serves connection and the venues.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, quote_plus

from livefin.errors import LivefinError

HIDDEN = "<secret>"
SHORTEST = 6
"""A key of fewer letters could be any word or number in a text, and is not looked for."""


class KeyMissingError(LivefinError, LookupError):
    """A venue needs a key that is nowhere to be found. Carries `venue` and `names`."""

    def __init__(self, venue: str, names: Sequence[str]) -> None:
        self.venue, self.names = venue, list(names)
        first = variable(venue, names[0])
        super().__init__(
            f"{venue} needs {' and '.join(names)}: pass keys={{{names[0]!r}: ...}}, set the "
            f"environment variable {first}, or store it with keyring.set_password"
            f"('livefin', {f'{venue}.{names[0]}'!r}, ...)"
        )


class Secret:
    """A text that shows itself to nobody who does not ask.

    >>> key = Secret("sesame")
    >>> key, f"{key}", key.reveal(), bool(key)
    (<secret>, '<secret>', 'sesame', True)
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        # Pickled, as into another process or a cache on disk, it would be plain text.
        raise TypeError("a secret is not pickled")

    def __getstate__(self) -> None:
        raise TypeError("a secret has no state to show")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self


def hide(text: str, keys: Iterable[Secret]) -> str:
    """`text` without any of `keys`, however JSON, an address or Python would spell them.

    >>> hide("no key sesame/1, nor sesame%2F1", [Secret("sesame/1")])
    'no key <secret>, nor <secret>'
    """
    for key in keys:
        plain = key.reveal()
        if len(plain) < SHORTEST:
            continue
        escaped = json.dumps(plain, ensure_ascii=False)[1:-1]
        spelled = {plain, escaped, escaped.replace("/", r"\/"), json.dumps(plain)[1:-1]}
        spelled |= {quote(plain, safe=""), quote_plus(plain), ascii(plain)[1:-1], repr(plain)[1:-1]}
        for spelling in sorted(spelled, key=len, reverse=True):
            text = text.replace(spelling, HIDDEN)
    return text


def variable(venue: str, name: str) -> str:
    """The environment variable that holds `name` of `venue`.

    >>> variable("coinbase-exchange", "api_key")
    'COINBASE_EXCHANGE_API_KEY'
    """
    return f"{venue}_{name}".replace("-", "_").upper()


def find(
    venue: str,
    names: Sequence[str],
    given: Mapping[str, str | Secret] | None = None,
    variables: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Secret]:
    """The keys called `names` of `venue`, as far as there are any.

    `given` come first, then the environment, then the keyring, where the keyring package
    is installed. `variables` are other environment variables to look in, by name of key,
    such as those that the venue's own tools read. Raises ValueError for a name in `given`
    that the venue does not take.

    >>> find("coinapi", ["api_key"], {"api_key": "sesame"})
    {'api_key': <secret>}
    """
    given = given or {}
    if unknown := given.keys() - set(names):
        takes = ", ".join(names) or "none"
        raise ValueError(f"{venue} takes no key called {min(unknown)!r}; it takes: {takes}")
    found: dict[str, Secret] = {}
    for name in names:
        others = (variables or {}).get(name, ())
        text = given.get(name) or _environment([variable(venue, name), *others])
        text = text or _keyring(venue, name)
        if isinstance(text, str):
            # Read from a file it ends in a newline, which an error about a header would show.
            text = Secret(text.strip())
        if text:
            found[name] = text
    return found


def _environment(variables: Sequence[str]) -> str | None:
    return next((text for name in variables if (text := os.environ.get(name, "").strip())), None)


def _keyring(venue: str, name: str) -> str | None:
    try:
        import keyring  # noqa: PLC0415 - few have it, and it is slow to import
    except ImportError:
        return None
    try:
        password: str | None = keyring.get_password("livefin", f"{venue}.{name}")
    except Exception:  # noqa: BLE001 - a locked or missing keyring holds no key for us
        return None
    return password

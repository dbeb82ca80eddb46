"""Keep keys out of a recording, wherever in it they would stand.

A message that authenticates is left out as a whole by who sends it, and addresses are
freed of what looks like a key. This is for the rest: a key in the path of an address, or
one that a server sends back. Serves recorder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

from livefin.keys import Secret
from livefin.recording.layout import Record

HIDDEN = b"<redacted>"
SHORTEST = 6
"""A key of fewer characters could be any number in the data."""


class Redactor:
    """Gives a Record without the keys that `secrets` names: itself, where none is in it.

    A key counts where it stands by itself, as it is or as JSON or an address would spell it;
    one of fewer than six characters is not looked for. `renew` asks for the keys again.

    >>> redact = Redactor(lambda: [Secret("sesame")])
    >>> redact(Record("recv", 1, b'{"key":"sesame","sesames":3}')).data
    b'{"key":"<redacted>","sesames":3}'
    """

    def __init__(self, secrets: Callable[[], Iterable[Secret]]) -> None:
        self._secrets = secrets
        self._texts: set[str] = set()
        self._spelt: list[bytes] = []
        self._pattern = re.compile(b"")
        self.renew()

    def __repr__(self) -> str:
        return f"Redactor({len(self._texts)} keys)"

    def renew(self) -> None:
        """Look at which keys there are now; a token may have come meanwhile."""
        texts = {text for secret in self._secrets() if len(text := secret.reveal()) >= SHORTEST}
        if texts != self._texts:
            self._texts = texts
            spelt = {spelling.encode() for text in texts for spelling in _spellings(text)}
            self._spelt = sorted(spelt, key=len, reverse=True)
            either = b"|".join(map(re.escape, self._spelt))
            self._pattern = re.compile(rb"(?<![A-Za-z0-9])(?:" + either + rb")(?![A-Za-z0-9])")

    def __call__(self, record: Record) -> Record:
        """The same, made public."""
        data, url = record.data, record.url
        for spelling in self._spelt:
            # A plain search first: it costs next to nothing, and finds next to nothing.
            if spelling in data or (url and spelling in url.encode()):
                return replace(
                    record,
                    data=self._pattern.sub(HIDDEN, data),
                    url=self._pattern.sub(HIDDEN, url.encode()).decode(),
                )
        return record


def _spellings(text: str) -> tuple[str, ...]:
    encoded = msgspec.json.encode(text)[1:-1].decode()
    return text, encoded, encoded.replace("/", r"\/"), quote(text, safe="")

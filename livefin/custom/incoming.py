"""Frames to messages: inflated where they are compressed, then JSON, text, or as they came.

No I/O. Inflating is bounded (venues/wire.py). Used by venue.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

import msgspec

from livefin.custom.outgoing import CustomError
from livefin.errors import MessageError
from livefin.venues.wire import UNREADABLE, inflate

Frames: TypeAlias = Literal["json", "text", "bytes"]
Compression: TypeAlias = Literal["auto", "gzip", "zlib", "deflate", "none"]

GZIP, ZLIB = b"\x1f\x8b", b"x"
LONGEST_WORD = 32
EXCERPT = 120


class Word(str):
    """A frame that is one bare word, such as "pong", where JSON is expected: a heartbeat."""

    __slots__ = ()


class Incoming:
    """How one venue's frames are read.

    >>> read = Incoming("json", "auto")
    >>> read(b'{"id": 1}'), read(b"pong")
    ({'id': 1}, 'pong')
    """

    def __init__(self, frames: Frames = "json", compression: Compression = "auto") -> None:
        for given, there, option in (
            (frames, Frames, "frames"),
            (compression, Compression, "compression"),
        ):
            if given not in get_args(there):
                raise CustomError(f"{option} is one of {', '.join(get_args(there))}; got {given!r}")
        self._frames, self._compression = frames, compression

    def __call__(self, raw: bytes) -> Any:
        """The message in a frame. Raises MessageError."""
        raw = self._inflated(raw)
        if self._frames == "bytes":
            return raw
        try:
            return raw.decode() if self._frames == "text" else msgspec.json.decode(raw)
        except UNREADABLE as error:
            if len(raw) <= LONGEST_WORD and (not raw or raw.isalpha()):
                return Word(raw.decode("ascii"))
            raise MessageError(f"no {self._frames}: {error}") from error

    def _inflated(self, raw: bytes) -> bytes:
        how = self._compression
        if how == "auto":
            # Neither text nor JSON can begin like gzip; a text may begin like zlib.
            packed = (raw[:2] == GZIP and self._frames != "bytes") or (
                raw[:1] == ZLIB and self._frames == "json"
            )
            return inflate(raw) if packed else raw
        # Acknowledgements and pongs often come as they are; no compressed JSON begins so.
        if how == "none" or raw[:1] in b"{[":
            return raw
        try:
            return inflate(raw)
        except MessageError:
            if raw.isalpha():
                return raw
            raise


def excerpt(raw: bytes) -> str:
    """The beginning of a frame, to show to a person."""
    text = raw[: EXCERPT + 1].decode(errors="replace")
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…"

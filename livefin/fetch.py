"""GET or POST a REST answer: a book snapshot, a page of history, a token. Bounded.

TLS is verified and the environment's proxies are honoured (httpx does both). An answer is
bounded in size, also after it is inflated, and in time. Fed the commands of a session by
client; what fails is an error with the facts a session needs to decide whether and when to
ask again.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit, urlunsplit

import httpx

from livefin.errors import LivefinError

TIMEOUT = 10.0
LONGEST_ANSWER = 60.0
"""Seconds until the whole of an answer must be here; TIMEOUT is for any part of it."""
MAX_BODY = 64 * 2**20
TOLD = 2_000
"""Bytes of an error's text that are passed on."""
REFUSALS = frozenset({400, 401, 403, 404, 410, 422, 451})
LONGEST = 3600.0


class FetchError(LivefinError):
    """A request that failed. `refused`: again will not help. `retry_after` in seconds."""

    def __init__(
        self, reason: str, *, refused: bool = False, retry_after: float | None = None
    ) -> None:
        self.refused, self.retry_after = refused, retry_after
        super().__init__(reason)


async def get(
    url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> bytes:
    """What `url` answers to a GET, or to a POST of `body`. Raises FetchError.

    `headers` may hold keys, and so may `body`; with either, no redirect is followed, which
    could carry them off.
    """
    method, public_only = "GET" if body is None else "POST", not headers and body is None
    try:
        async with (
            asyncio.timeout(LONGEST_ANSWER),
            httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=public_only) as client,
            client.stream(
                method, url, headers={"Accept-Encoding": "gzip", **(headers or {})}, content=body
            ) as response,
        ):
            got = await _whole(response)
    except httpx.LocalProtocolError as error:  # its text would show the header
        raise FetchError("a key has letters that no header can hold", refused=True) from error
    except httpx.HTTPError as error:
        what = str(error) or "the connection broke off"
        raise FetchError(f"{type(error).__name__}: {what}") from error
    except TimeoutError as error:
        raise FetchError(f"no whole answer within {LONGEST_ANSWER:.0f} s") from error
    except UnicodeError as error:
        raise FetchError("a key has letters that no header can hold", refused=True) from error
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchError(f"not a URL: {public(url)}: {error}", refused=True) from error
    if response.is_success:
        return got
    text = got[:TOLD].decode(errors="replace")
    if response.is_redirect:
        text = "it sends us to another address, and keys are not taken there"
    raise FetchError(
        f"HTTP {response.status_code}: {text}",
        refused=response.status_code in REFUSALS or response.is_redirect,
        retry_after=seconds(response.headers.get("retry-after")),
    )


async def _whole(response: httpx.Response) -> bytes:
    """The body, inflated by ourselves: httpx would inflate any number of times, without bound."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("gzip", "x-gzip", "identity", ""):
        raise FetchError(f"the answer is compressed as {coding[:40]!r}, which nobody asked for")
    inflater = zlib.decompressobj(31) if "gzip" in coding else None
    got = bytearray()
    async for chunk in response.aiter_raw():
        try:
            got += chunk if inflater is None else inflater.decompress(chunk, MAX_BODY + 1)
        except zlib.error as error:
            raise FetchError(f"the answer's compression cannot be read: {error}") from error
        if len(got) > MAX_BODY:
            raise FetchError(f"the answer is over {MAX_BODY >> 20} MiB", refused=True)
    if inflater is not None and got and not inflater.eof:
        raise FetchError("the answer was cut short")
    return bytes(got)


def public(url: str) -> str:
    """`url` without what may hold a key: user, password and query.

    >>> public("wss://me:secret@example.com/stream?apikey=secret")
    'wss://example.com/stream'
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def seconds(retry_after: str | None) -> float | None:
    """A Retry-After header in seconds, whether it says so or names a date; None without one.

    >>> seconds("120"), seconds("soon")
    (120.0, None)
    """
    if retry_after is None:
        return None
    try:
        wait = float(retry_after)
    except ValueError:
        try:
            wait = parsedate_to_datetime(retry_after).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    return min(LONGEST, max(0.0, wait)) if wait == wait else None  # noqa: PLR0124 - NaN

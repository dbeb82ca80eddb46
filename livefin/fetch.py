"""GET or POST a REST answer: a book snapshot, a page of history, a token. Bounded.

TLS is verified and the environment's proxies are honoured (httpx does both). Fed the
commands of a session by client; what fails is an error with the facts a session needs to
decide whether and when to ask again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit, urlunsplit

import httpx

from livefin.errors import LivefinError

TIMEOUT = 10.0
MAX_BODY = 64 * 2**20
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

    `headers` may hold keys; with any, no redirect is followed, which could carry them off.
    """
    method = "GET" if body is None else "POST"
    try:
        async with (
            httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=not headers) as client,
            client.stream(method, url, headers=headers, content=body) as response,
        ):
            got = bytearray()
            async for chunk in response.aiter_bytes():
                got += chunk
                if len(got) > MAX_BODY:
                    raise FetchError(f"the answer is over {MAX_BODY >> 20} MiB", refused=True)
            if response.is_success:
                return bytes(got)
            text = bytes(got[:200]).decode(errors="replace")
            raise FetchError(
                f"HTTP {response.status_code}: {text}",
                refused=response.status_code in REFUSALS,
                retry_after=seconds(response.headers.get("retry-after")),
            )
    except httpx.HTTPError as error:
        raise FetchError(f"{type(error).__name__}: {error}") from error
    except httpx.InvalidURL as error:
        raise FetchError(f"not a URL: {public(url)}: {error}", refused=True) from error


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

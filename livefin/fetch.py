"""GET a REST answer: a book snapshot, a symbol check. Bounded in time and size.

TLS is verified and the environment's proxies are honoured (httpx does both). Fed the Fetch
commands of a session by client; what fails is an error with the facts a session needs to
decide whether and when to ask again.
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import httpx

from livefin.errors import LivefinError

TIMEOUT = 10.0
MAX_BODY = 64 * 2**20
REFUSALS = frozenset({400, 401, 403, 404, 422, 451})


class FetchError(LivefinError):
    """A GET that failed. `refused`: asking again will not help. `retry_after` in seconds."""

    def __init__(
        self, reason: str, *, refused: bool = False, retry_after: float | None = None
    ) -> None:
        self.refused, self.retry_after = refused, retry_after
        super().__init__(reason)


async def get(url: str) -> bytes:
    """The body that `url` answers with. Raises FetchError."""
    try:
        async with (
            httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=True) as client,
            client.stream("GET", url) as response,
        ):
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_BODY:
                    raise FetchError(f"the answer is over {MAX_BODY >> 20} MiB", refused=True)
            if response.is_success:
                return bytes(body)
            text = bytes(body[:200]).decode(errors="replace")
            raise FetchError(
                f"HTTP {response.status_code}: {text}",
                refused=response.status_code in REFUSALS,
                retry_after=_seconds(response.headers.get("retry-after")),
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


def _seconds(retry_after: str | None) -> float | None:
    try:
        return None if retry_after is None else max(0.0, float(retry_after))
    except ValueError:
        return None  # the other form is a date, which no venue sends

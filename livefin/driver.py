"""What brings frames to a session, and what is told of everything that passes.

The boundary between a feed and where its data comes from: client.Client has a socket,
replay.ReplayDriver a recording. Neither the session nor the feed can tell them apart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from livefin.events import Event
from livefin.session import Session


class Recorder(Protocol):
    """Told of every frame, both ways, with times in ns (recording.Recorder)."""

    @property
    def error(self) -> Exception | None:
        """Why it stopped recording, if it did."""

    def connect(self, url: str, ts: int, *, conn: str | None = None, replaces: str = "") -> str:
        """A socket was opened to `url`, to take the place of `replaces`; the name it gets."""

    def disconnect(self, reason: str, ts: int, *, conn: str) -> None:
        """It was lost."""

    def recv(self, frames: Sequence[bytes], ts: int, *, conn: str) -> None:
        """Frames came, in this order."""

    def send(self, data: str | bytes, ts: int, *, conn: str, secret: bool = False) -> None:
        """A message was sent. `secret`: it holds a key, and is not to be written down."""

    def http(self, url: str, body: bytes, ts: int, *, conn: str) -> None:
        """`url` answered a GET with `body`."""

    def close(self) -> None:
        """Nothing more will come."""


class Driver(Protocol):
    """Brings frames. All of it runs on the background loop."""

    first: asyncio.Future[None]
    """Done when frames can come; ConnectError when the first try to connect failed."""

    @property
    def sessions(self) -> Sequence[Session]:
        """What it brings frames to."""

    @property
    def finished(self) -> bool:
        """Whether no more will come by itself."""

    @property
    def stall(self) -> float:
        """The longest that the event loop was held up lately, in seconds."""

    async def run(self) -> None:
        """Bring frames until cancelled, or until there are no more."""

    def record(self, recorder: Recorder | None) -> None:
        """Tell `recorder` of all that passes from now on; None tells nobody any more."""

    def refresh(self) -> None:
        """Carry out what a change of subscriptions asks for."""

    async def get(self, url: str) -> bytes | None:
        """What the venue's REST answers to a GET; None where there is nobody to ask.

        Raises FetchError, free of keys.
        """

    def renew(self, reason: str) -> bool:
        """Open another socket and put it in the place of this one; False where there is none."""

    def send(self, data: str | bytes) -> bool:
        """Send a message of the user's; False when that cannot be done."""

    def hold(self) -> None:
        """Bring no more until `go_on`."""

    def go_on(self) -> None:
        """Bring more again."""


Deliver: TypeAlias = Callable[[list[Event]], None]
MakeDriver: TypeAlias = Callable[[Session, Deliver], Driver]

"""The recording half of a Feed: what begins a recording, and what ends it.

The recorder itself, and what a file looks like, are in recording/; the drivers tell it of
all that passes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from livefin.driver import Driver
from livefin.errors import RecordingError
from livefin.events import Status
from livefin.keys import Secret
from livefin.recording import Recorder, RotatingRecorder
from livefin.session import Session
from livefin.store import Store
from livefin.venues.contract import Subscription


class Recorded:
    """A feed that can be recorded; one recording at a time."""

    _store: Store
    _drivers: list[Driver]
    _clock: Callable[[], int]
    _recorder: Recorder | None = None

    @property
    def subscriptions(self) -> list[Subscription]:
        """Channels and symbols subscribed now."""
        raise NotImplementedError

    @property
    def _sessions(self) -> list[Session]:
        raise NotImplementedError

    def _call(self, function: Callable[[], Any]) -> Any:
        """Call `function` on the background loop. Raises FeedClosedError."""
        raise NotImplementedError

    def record(
        self,
        path: str | Path,
        *,
        overwrite: bool = False,
        rotate: str | None = None,
        keep: int | str | None = None,
    ) -> Recorder:
        """Record raw frames and receive times from now on, to play again with Replay.

        Ends with the feed, or with the recorder's `close()`; a second call ends the first.
        With `rotate` ("1h", "500MB") `path` is a folder that gets one file after the other,
        of which the newest `keep` stay (24, "20GB"); `Replay(path)` plays them as one.
        `connect(..., record=path)` begins before the first frame. Raises RecordingError.
        """
        self._call(lambda: None)  # a closed feed makes no file
        venue = self._sessions[0].venue.name
        recorder: Recorder
        if rotate is None:
            if keep is not None:
                raise RecordingError(path, "keep= goes with rotate=")
            recorder = Recorder(
                path,
                venue=venue,
                config=self._subscribed(),
                overwrite=overwrite,
                secrets=self._secrets,
            )
        else:
            recorder = RotatingRecorder(
                path,
                venue=venue,
                rotate=rotate,
                keep=keep,
                config=self._subscribed,
                renew=self._renew_books,
                secrets=self._secrets,
            )

        def switch() -> None:
            self._end_recording()
            self._recorder = recorder
            for driver in self._drivers:
                driver.record(recorder)

        self._call(switch)
        return recorder

    def stop_recording(self) -> None:
        """End the recording that `record` began; none is no error."""
        self._call(self._end_recording)

    def _end_recording(self) -> None:
        if self._recorder is not None:
            try:
                self._recorder.close()
            except RecordingError as error:
                self._store.note(Status("error", self._clock(), detail=str(error)))
            self._recorder = None
            for driver in self._drivers:
                driver.record(None)

    def _subscribed(self) -> dict[str, list[str]]:
        config: dict[str, list[str]] = {}
        for sub in self.subscriptions:
            config.setdefault(sub.channel, []).append(sub.symbol)
        return config

    def _secrets(self) -> list[Secret]:
        return [key for session in self._sessions for key in session.venue.keys.values()]

    def _renew_books(self) -> None:
        """Have every book's snapshot come again; the drivers carry that out at their next turn."""
        for session in self._sessions:
            session.renew_books(self._clock())

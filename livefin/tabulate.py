"""A recording as pandas frames and as parquet files: the same rows that a replay would hold.

It is played through the same sessions into the same tables, without a loop, a thread or a
feed, as fast as it goes. Beside what is asked for only some rows are held: the frame that
is made, or of parquet files what is not written yet.
"""

from __future__ import annotations

import sys
import threading
import time
from array import array
from collections.abc import Collection, Iterator, Sequence
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pandas as pd

from livefin import recording
from livefin.errors import ChannelError
from livefin.events import CHANNEL, Bar, Event, OrderDelta, Status
from livefin.frames import RollingFrame
from livefin.parquet import CHANNELS, STATUS, ParquetFolder
from livefin.playback import Playback, damage
from livefin.session import Session
from livefin.statuslog import StatusLog
from livefin.store import Store
from livefin.tables import COLUMNS, SymbolKeyError, Writer, writer

ROWS = 500_000
"""Rows gathered before they are passed on."""
QUIET = 2.0
"""Seconds of work before it says how far it is."""


class Recording(recording.Recording):
    """A recording to look at as frames, `Recording(path).df("trades")`, or to iterate over.

    Iterated over it gives Records, in the order of the file, as often as you like. `path`
    may also be a folder that was recorded to, a pattern ("btc-*.jsonl.gz") or several paths,
    read as one. `venue`, a name or a Venue of your own, reads a recording that does not say
    whose it is, and chooses where there are several venues'. `truncated`, `damage`,
    `skipped` and `skipped_lines` say, once it was read, what could not be. Raises
    RecordingError.
    """

    def df(self, channel: str, symbol: str | None = None) -> pd.DataFrame:
        """All events of `channel` in the order they came: UTC index `time`, and its columns.

        Without `symbol` those of all symbols, with a column `symbol` in front. The rows are
        those of `lf.connect(lf.Replay(path, speed=None)).trades[symbol].df`, however many
        there are; "status" gives what went wrong, "bars:1m" the bars of one interval.
        Raises ChannelError, SymbolError, RecordingError.
        """
        base, _, interval = channel.partition(":")
        if base not in CHANNELS or (interval and base != "bars"):
            raise ChannelError(channel, list(CHANNELS), venue=f"recording {self.path.name}")
        if base == STATUS:
            return self._status(symbol)
        sheets, there = Sheets([base]), dict[str, None]()
        pieces: list[pd.DataFrame] = []
        for events in _played(self):
            for event in _of(events, base, interval):
                there[event.symbol] = None
                if symbol is None or event.symbol == symbol:
                    sheets.write(event)
            if sheets.rows >= ROWS:
                pieces.append(sheets.as_one(base))
        if symbol is not None and symbol not in there and symbol not in self.symbols:
            others = ", ".join(there) or "nothing"
            raise SymbolKeyError(symbol, f"of {base} the recording {self.path.name} has: {others}")
        pieces.append(sheets.as_one(base))
        df = pd.concat(pieces) if len(pieces) > 1 else pieces[0]
        if symbol is not None:
            return df.drop(columns="symbol")
        names = pd.Index(list(sheets.symbols), dtype=object).infer_objects()
        df["symbol"] = pd.Categorical.from_codes(df["symbol"], names)
        return df

    def to_parquet(self, folder: str | PathLike[str], *, overwrite: bool = False) -> list[Path]:
        """Write all frames, and the statuses, as parquet files in `folder`; which they are.

        `pd.read_parquet(folder / "trades")` reads a channel back. A folder that has such
        files is refused, or with `overwrite` loses them. Needs the extra `parquet`. Raises
        ParquetError, MissingExtraError, RecordingError.
        """
        with ParquetFolder(folder, overwrite=overwrite) as to:
            sheets = Sheets(CHANNELS)

            def write() -> None:
                for (channel, symbol), frame in sheets.take().items():
                    to.write(channel, symbol, frame.columns, frame.df)

            for events in _played(self):
                for event in events:
                    sheets.write(event)
                if sheets.rows >= ROWS:
                    write()
            write()
            to.write_status(sheets.status.df)
        return to.paths

    @property
    def symbols(self) -> list[str]:
        """Symbols that were subscribed, as the header has them."""
        return list(dict.fromkeys(s for symbols in self.config.values() for s in symbols))

    def _status(self, symbol: str | None) -> pd.DataFrame:
        sheets = Sheets(CHANNELS)  # a value that no column can hold is a status too
        for events in _played(self):
            for event in events:
                sheets.write(event)
            if sheets.rows >= ROWS:
                sheets.take()
        df = sheets.status.df
        return df if symbol is None else df[df.symbol == symbol]


class Sheets:
    """Takes events of `channels` into frames by channel and symbol, as a feed's store does."""

    def __init__(self, channels: Collection[str]) -> None:
        self.rows = 0
        """Held now."""
        self.symbols: dict[str, int] = {}
        """Each with its number, by which `as_one` tells it."""
        self._store = Store(rows=1)
        """Says what no column can hold, in the same words."""
        self._store.status = StatusLog(rows=sys.maxsize)
        self._frames: dict[type, dict[str, RollingFrame]] = {}
        self._writers: dict[type, Writer] = {}
        self._order = array("i")
        for kind in COLUMNS:
            if CHANNEL[kind] in channels:
                frames = self._frames[kind] = {}
                self._writers[kind] = writer(kind, frames, _adder(kind, frames))

    @property
    def status(self) -> StatusLog:
        """The statuses that came."""
        return self._store.status

    def write(self, event: Event) -> None:
        """Take an event; one of another channel is none of its business."""
        if isinstance(event, Status):
            self._store.note(event)
            return
        try:
            for row in event.orders if isinstance(event, OrderDelta) else (event,):
                write = self._writers.get(row.__class__)
                if write is not None:
                    write(row)
                    self.rows += 1
                    self._order.append(self.symbols.setdefault(row.symbol, len(self.symbols)))
        except (ValueError, OverflowError, TypeError):
            self._store.write((event,))

    def take(self) -> dict[tuple[str, str], RollingFrame]:
        """The frames by channel and symbol; from here on it holds none."""
        taken = {
            (CHANNEL[kind], symbol): frame
            for kind, frames in self._frames.items()
            for symbol, frame in frames.items()
        }
        for frames in self._frames.values():
            frames.clear()
        self.rows, self._order = 0, array("i")
        return taken

    def as_one(self, channel: str) -> pd.DataFrame:
        """Take its only channel as one frame in the order that all came, `symbol` in numbers."""
        codes = np.array(self._order, dtype="i4")
        frames = {symbol: frame.df for (_, symbol), frame in self.take().items()}
        together = [frames[symbol] for symbol in self.symbols if symbol in frames]
        if not together:
            kind = next(kind for kind in COLUMNS if CHANNEL[kind] == channel)
            together = [RollingFrame(COLUMNS[kind]).df]
        # What is alone would stay a view of its frame, read only and twice as large.
        df = pd.concat(together) if len(together) > 1 else together[0].copy()
        if len(together) > 1:
            places = np.empty(len(codes), dtype="i8")
            places[np.argsort(codes, kind="stable")] = np.arange(len(codes))
            df = df.iloc[places]
        df.insert(0, "symbol", codes)
        return df


def _adder(kind: type, frames: dict[str, RollingFrame]) -> Any:
    def add(symbol: str) -> RollingFrame:
        frame = frames[symbol] = RollingFrame(COLUMNS[kind], rows=sys.maxsize)
        return frame

    return add


def _of(events: Sequence[Event], channel: str, interval: str) -> Iterator[Event]:
    """Those of `channel`, and of bars those of `interval`, if any."""
    for event in events:
        if CHANNEL.get(event.__class__) == channel and (
            not interval or (isinstance(event, Bar) and event.interval == interval)
        ):
            yield event


def _played(played: recording.Recording) -> Iterator[Sequence[Event]]:
    """The events of a recording as a replay gives them."""
    session = Session(played.open_venue().fresh(), None, fills=played.ours)
    playback, ts = Playback(session), 0
    with Progress(played) as progress:
        for record in played:
            ts = record.ts
            yield playback.play(record)
            progress.tick()
    yield playback.finish()
    yield damage(played, ts)


class Progress:
    """A line on a terminal or in a notebook that says how far the reading is, if it is long."""

    def __init__(self, read: recording.Recording) -> None:
        self._read = read
        self._size = sum(path.stat().st_size for path in read.paths if path.exists())
        self._next = time.monotonic() + QUIET
        self._ticks, self._said = 0, False
        shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
        seen = sys.stderr.isatty() or hasattr(shell, "kernel")
        self._shown = seen and threading.current_thread() is threading.main_thread()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._said:
            self._say("")

    def tick(self) -> None:
        """Another record was read."""
        self._ticks += 1
        if self._ticks % 1_024 == 0 and self._shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + 0.5
            share = self._read.position / self._size if self._size else 1.0
            self._said = True
            self._say(f"reading {self._read.path.name}: {share:4.0%}")

    def _say(self, text: str) -> None:
        sys.stderr.write(f"\r{text:60}" + ("" if text else "\r"))
        sys.stderr.flush()

"""Frames as parquet files: `folder/trades/BTC-USDT.parquet`, and so on by channel and symbol.

`pd.read_parquet(folder / "trades")` reads a channel back, with a column `symbol` in front;
times are UTC to the nanosecond, sides and symbols categorical. All is written apart and put
in its place at the end, so that nobody meets half a file. There is no appending: a folder
that has such files already is refused, or with `overwrite` gets the new ones in the place
of all of them. Needs pyarrow. Serves feed and tabulate.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import numpy as np
import pandas as pd

from livefin.errors import LivefinError
from livefin.events import CHANNEL
from livefin.frames import Column
from livefin.statuslog import StatusLog
from livefin.tables import COLUMNS, Table

MAX_OPEN = 64
"""Files that are open at a time; the system sets bounds."""
MAX_NAME = 100
STATUS = "status"
CHANNELS = (*(CHANNEL[kind] for kind in COLUMNS), STATUS)
STATUS_COLUMNS = [
    *(Column(name, "object") for name in ("kind", "symbol", "channel")),
    Column("count", "int"),
    *(Column(name, "time") for name in ("start", "end")),
    *(Column(name, "int") for name in ("first", "last")),
    Column("detail", "object"),
    Column("time", "time"),
]
SUFFIX = ".parquet"
_RESERVED = re.compile(r"CON|PRN|AUX|NUL|COM\d|LPT\d")
"""Names that no file may have on Windows."""


class MissingExtraError(LivefinError, ImportError):
    """A package that is only needed for this is not installed. Carries `extra`."""

    def __init__(self, what: str, package: str, extra: str) -> None:
        self.extra = extra
        super().__init__(f'{what} needs {package}: pip install "livefin[{extra}]"')


class ParquetError(LivefinError):
    """A folder that parquet files cannot be written to. Carries `folder`."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder = folder
        super().__init__(f"parquet in {folder}: {reason}")


def write(
    folder: str | PathLike[str],
    tables: Mapping[str, Table],
    status: StatusLog,
    *,
    overwrite: bool = False,
) -> list[Path]:
    """Write all frames of `tables`, by channel, and the statuses; the files written.

    What the frames hold at that moment is written, while others may go on adding to them.
    Raises ParquetError, MissingExtraError.
    """
    with ParquetFolder(folder, overwrite=overwrite) as to:
        for channel, table in tables.items():
            for symbol in table:
                to.write(channel, symbol, COLUMNS[table.kind], table[symbol].df)
        to.write_status(status.df)
    return to.paths


class ParquetFolder:
    """Takes frames piece by piece; `with` puts the files in place, unless it is left by an error.

    `paths` are the files, known at the end. Raises ParquetError, MissingExtraError.
    """

    def __init__(self, folder: str | PathLike[str], *, overwrite: bool = False) -> None:
        try:
            import pyarrow as pa  # noqa: PLC0415 - an extra
            from pyarrow import parquet  # noqa: PLC0415
        except ImportError as error:
            raise MissingExtraError("to_parquet", "pyarrow", "parquet") from error
        self._arrow, self._parquet = pa, parquet
        self.folder, self.paths = Path(folder).expanduser(), list[Path]()
        self._open: dict[tuple[str, str], Any] = {}
        """Writers by channel and symbol, that used last at the end."""
        self._parts: dict[tuple[str, str], int] = {}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            there = self._there()
            if there and not overwrite:
                where = there[0].relative_to(self.folder)
                reason = f"{where} is there already; choose another folder, or overwrite=True"
                raise ParquetError(self.folder, reason)
            self._exit = ExitStack()
            self._stage = Path(
                self._exit.enter_context(
                    tempfile.TemporaryDirectory(dir=self.folder, prefix=".livefin-")
                )
            )
        except OSError as error:
            raise ParquetError(self.folder, str(error.strerror or error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._exit:
            while self._open:
                self._close(next(iter(self._open)))
            if kind is None:
                self._publish()

    def write(self, channel: str, symbol: str, columns: Sequence[Column], df: pd.DataFrame) -> None:
        """Add `df`, rows of `symbol` with `columns`, to those there are."""
        texts = [column.name for column in columns if column.kind == "object"]
        frame = df.copy(deep=False)
        for name in texts:
            frame[name] = _texts(df[name])
        of = pd.Categorical.from_codes(np.zeros(len(df), "i4"), pd.Index([symbol]))
        frame.insert(0, "symbol", pd.Series(of, index=df.index))
        # The index comes last, as pyarrow has it.
        self._add((channel, symbol), frame, [Column("symbol", "symbol"), *columns[1:], columns[0]])

    def write_status(self, df: pd.DataFrame) -> None:
        """Add statuses."""
        self._add((STATUS, "ALL"), df, STATUS_COLUMNS)

    def _schema(self, columns: Sequence[Column]) -> Any:
        arrow = self._arrow
        kinds = {
            "time": arrow.timestamp("ns", "UTC"),
            "float": arrow.float64(),
            "int": arrow.int64(),
            "bool": arrow.bool_(),
            "side": arrow.dictionary(arrow.int8(), arrow.string()),
            "object": arrow.string(),
            "symbol": arrow.dictionary(arrow.int32(), arrow.string()),
        }
        return arrow.schema([(column.name, kinds[column.kind]) for column in columns])

    def _add(self, key: tuple[str, str], frame: pd.DataFrame, columns: Sequence[Column]) -> None:
        rows = self._arrow.Table.from_pandas(frame, schema=self._schema(columns))
        writer = self._open.pop(key, None)
        if writer is None:
            if len(self._open) >= MAX_OPEN:
                self._close(next(iter(self._open)))
            writer = self._begin(key, rows.schema)
        self._open[key] = writer
        writer.write_table(rows)

    def _begin(self, key: tuple[str, str], schema: Any) -> Any:
        channel, symbol = key
        n = self._parts[key] = self._parts.get(key, 0) + 1
        path = self._stage / channel / f"{file_name(symbol)}{f'~{n:04}' if n > 1 else ''}{SUFFIX}"
        path.parent.mkdir(exist_ok=True)
        return self._parquet.ParquetWriter(path, schema, compression="zstd")

    def _close(self, key: tuple[str, str]) -> None:
        self._open.pop(key).close()

    def _publish(self) -> None:
        before = self._there()
        for path in sorted(self._stage.glob(f"*/*{SUFFIX}")):
            target = self.folder / path.relative_to(self._stage)
            target.parent.mkdir(exist_ok=True)
            self.paths.append(path.replace(target))
        for path in set(before) - set(self.paths):
            path.unlink(missing_ok=True)

    def _there(self) -> list[Path]:
        return sorted(
            path for channel in CHANNELS for path in (self.folder / channel).glob(f"*{SUFFIX}")
        )


def file_name(symbol: str) -> str:
    """What the file of `symbol` is called; which symbol it is of, its column says.

    Good on every system: where small letters, length or a reserved name could make two the
    same, or none, it ends in a sum of the symbol.

    >>> file_name("BTC-USDT"), file_name("../BTC:USDT"), file_name("kPEPE")
    ('BTC-USDT', '%2E%2E%2FBTC%3AUSDT', 'kPEPE~2db6573f')
    """
    escaped = re.sub("[_.~]", lambda match: f"%{ord(match[0]):02X}", quote(symbol, safe=""))
    plain = escaped[:MAX_NAME]
    differs = plain != escaped or symbol != symbol.upper() or not symbol
    if differs or _RESERVED.fullmatch(symbol):
        plain += f"~{hashlib.sha256(symbol.encode()).hexdigest()[:8]}"
    return plain


def _texts(values: pd.Series) -> list[str | None]:
    """Ids are texts at one venue and numbers at another: texts in all files."""
    return [None if value is None else str(value) for value in values]

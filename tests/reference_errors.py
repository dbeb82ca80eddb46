"""How far our indicators are from third-party values; as a script, the table in Markdown.

The files lie in shared/indicator-reference beside the repository. An error is the difference
by the value, or by the column's mean size where that is larger: what crosses zero is not
asked for more digits than it was printed with. Read by indicators/test_reference.py.
"""

import functools
import json
import re
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from reference_table import TABLE

HOME = Path(__file__).resolve().parents[2] / "shared" / "indicator-reference"
PRICES = ["open", "high", "low", "close", "volume"]
NO_VALUES = {*PRICES, "date", "time", "timestamp", "unnamed: 0"}


class Errors(NamedTuple):
    """Of one column."""

    bars: int
    """How many were compared."""
    missing: int
    """Bars to compare at which we have no value."""
    error: float
    relative: float
    """The largest difference by the value alone, of all bars where both have one."""
    absolute: float


def files():
    """The names of all files with values."""
    return sorted(
        str(path.relative_to(HOME)) for path in HOME.glob("*/*") if path.name != "default.csv"
    )


@functools.cache
def load(file):
    """The bars, and the values by column, of one file."""
    path = HOME / file
    if path.suffix == ".json":
        values = pd.DataFrame(json.loads(path.read_text()))
        bars = pd.read_csv(path.parent / "default.csv")
        values = values.drop(columns="timestamp")
    else:
        bars = pd.read_csv(path, skipinitialspace=True).rename(columns=str.strip)
        values = bars[[name for name in bars if name.lower() not in NO_VALUES]]
    bars = bars.rename(columns=str.lower).reindex(columns=PRICES).astype(float)
    bars.index = pd.date_range("2013-01-01", periods=len(bars), freq="D", tz="UTC")
    return bars, values


def measured(line, bars, values):
    """How far one column is from ours."""
    theirs = pd.to_numeric(values[line.column], errors="coerce").to_numpy(np.float64)
    ours = np.asarray(line.ours(bars), dtype=np.float64)
    there = np.isfinite(theirs)
    wanted = there.copy()
    wanted[: line.begin] = False
    if line.end is not None:
        wanted[line.end :] = False
    both = wanted & np.isfinite(ours)
    apart, size = np.abs(ours - theirs), np.abs(theirs)
    anywhere = there & np.isfinite(ours) & (size > 0)
    return Errors(
        bars=int(wanted.sum()),
        missing=int((wanted & ~both).sum()),
        error=(apart[both] / np.maximum(size[both], size[wanted].mean())).max(),
        relative=(apart[anywhere] / size[anywhere]).max(),
        absolute=apart[both].max(),
    )


def stated():
    """The README's largest relative differences of TA-Lib, by (file, column)."""
    found = {}
    for row in (HOME / "README.md").read_text().splitlines():
        if cells := re.match(r"\| `(.*?)` \|.*\|(.*)\|$", row):
            for each in cells[2].split("<br>"):
                if figure := re.match(r"\s*(.*?): first .*; max rel (\S+);", each):
                    found[cells[1], figure[1]] = float(figure[2])
    return found


def table():
    """The rows of a Markdown table, a row a column of a file."""
    yield "| file | column | ours | bars | largest error | tolerance | TA-Lib's in the README |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    figures = stated()
    for file in files():
        bars, values = load(file)
        for line in TABLE[file]:
            found = measured(line, bars, values)
            theirs = figures.get((file, line.column))
            cells = [
                f"`{file}`",
                line.column,
                line.ours.__name__,
                f"{found.bars}" + (f" ({line.why})" if line.why else ""),
                f"{found.absolute:.1e} absolute" if line.decimals else f"{found.error:.1e}",
                f"{line.decimals} decimals" if line.decimals else f"{line.tolerance:.2g}",
                "-" if theirs is None else f"{theirs:.1e}",
            ]
            yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.writelines(f"{row}\n" for row in table())

"""How results are shown: a title, a table, notes; as plain text and as HTML for a notebook.

Colours are JupyterLab's own, so that it reads in the light and in the dark; elsewhere those
of the page. Every name is escaped. No I/O. The base of every result here.
"""

from __future__ import annotations

import math
from html import escape
from typing import Any

import numpy as np
import pandas as pd

ROWS = 50
"""Rows shown; `df` has all."""
LINE = "1px solid var(--jp-border-color2, color-mix(in srgb, currentColor 25%, transparent))"
CELL = (
    f"padding: 2px 8px; text-align: right; border-bottom: {LINE}; font-weight: normal; "
    "white-space: nowrap"
)
FAINT = "color: var(--jp-ui-font-color2, inherit)"
BOX = "color: var(--jp-ui-font-color1, inherit); font-size: var(--jp-ui-font-size1, 13px)"


class Report:
    """A result with its table in `df`, shown with its `title` and `notes`."""

    title: str
    notes: list[str]
    rows = ROWS
    """The most that are shown."""
    upright = False
    """Whether the table is shown with a line for each column of `df`, where these are many."""

    @property
    def df(self) -> pd.DataFrame:
        """The figures."""
        raise NotImplementedError

    def picture(self) -> str:
        """HTML that is shown above the table."""
        return ""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.title}>"

    def __str__(self) -> str:
        table = self._table.map(shown)
        text = [self.title, table.to_string()] if len(table) else [self.title]
        return "\n".join([*text, *self._all_notes()])

    def _repr_html_(self) -> str:
        return self.as_html(self.picture())

    def as_html(self, picture: str = "") -> str:
        """Title, `picture` (HTML), table, notes."""
        df = self._table
        index = df.columns.name if self.upright else df.index.name
        index = "" if index is None else str(index)
        head = "".join(_cell("th", str(name)) for name in [index, *df.columns])
        rows = [
            "<tr>" + _cell("th", shown(at)) + "".join(_cell("td", shown(v)) for v in row) + "</tr>"
            for at, row in zip(df.index, df.itertuples(index=False, name=None), strict=True)
        ]
        notes = "".join(f'<div style="{FAINT}">{escape(note)}</div>' for note in self._all_notes())
        table = ""
        if rows:
            table = (
                '<div style="overflow-x: auto">'
                '<table style="border-collapse: collapse; margin: 4px 0">'
                f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
            )
        title = f"<div><b>{escape(self.title)}</b></div>"
        return f'<div style="{BOX}">{title}{picture}{table}{notes}</div>'

    @property
    def _table(self) -> pd.DataFrame:
        table = self.df.head(self.rows)
        return table.astype(object).T if self.upright else table

    def _all_notes(self) -> list[str]:
        rest = len(self.df) - self.rows
        return [*self.notes, *([f"{rest:,} more rows are in .df"] if rest > 0 else [])]


def shown(value: Any) -> str:
    """A figure as people read it: four digits that count, "–" for what there is not.

    >>> shown(0.123456), shown(12345), shown(float("nan")), shown("a"), shown(12345.6)
    ('0.1235', '12,345', '–', 'a', '12,346')
    >>> shown(pd.Timestamp("2026-03-01 10:30", tz="UTC"))
    '2026-03-01 10:30'
    """
    if isinstance(value, bool | np.bool_):
        return str(value)
    if isinstance(value, pd.Timestamp):
        return str(value).removesuffix("+00:00").removesuffix(":00")
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    if not isinstance(value, float | np.floating):
        return "–" if value is None or value is pd.NaT else str(value)
    if math.isnan(value):
        return "–"
    number = float(value)
    return f"{number:,.0f}" if 1e3 <= abs(number) < 1e9 else f"{number:.4g}"  # noqa: PLR2004 - as text


def _cell(tag: str, text: str) -> str:
    return f'<{tag} style="{CELL}">{escape(text)}</{tag}>'

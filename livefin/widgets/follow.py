"""What comes after a signal, growing live: its figures by horizon, and how the returns lie.

What is counted, and when, is following's; the figures are those of research.outcome, which
are the same over history. Drawn by follow.js. With a chart the signal is marked on it, and
an alert can tell when it comes.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Mapping
from typing import Any, cast

import pandas as pd

from livefin.chart import Chart
from livefin.chart.asked import symbol_of
from livefin.chart.overlays import Overlay
from livefin.chart.source import ChartFeed
from livefin.errors import ChartError
from livefin.indicators.contract import Indicator
from livefin.indicators.custom.userdefined import indicator
from livefin.research.outcome import Outcome
from livefin.research.tally import Tally
from livefin.widgets.figures import clip
from livefin.widgets.following import Following
from livefin.widgets.living import LiveWidget, page

KEEP = 20_000
"""Returns of which quantiles and histogram are made."""
BINS = 24
Figures = Mapping[str, float] | pd.Series
"""Of one horizon, as Outcome names them."""
PERIOD = 1.0
"""Seconds between two looks at the figures."""
LARGE = 2.0
"""A t beyond which a mean is hardly luck, were it the only one looked at."""


def follow(
    feed: ChartFeed | Chart,
    signal: Overlay,
    symbol: str | None = None,
    *,
    bars: str | None = None,
    horizons: int | tuple[int, ...] | list[int] = (1, 5, 20),
    cost_bps: float = 0.0,
    kind: str = "log",
    alert: bool = False,
) -> Follow:
    """Count live what comes after a signal, beside what comes after any bar; show it in a cell.

    All bars there are count at once, then each as it closes. `outcome` has the figures at any
    time, `df` as a frame.

    Args:
        feed: a feed with trades; or a chart, on which the signal is marked too.
        signal: an indicator, or a function of a frame of bars, whose first line is True, or
            above 0, where one would buy, and below 0 where one would sell.
        symbol: whose; by default the chart's, or the feed's first.
        bars: interval of the bars; by default the chart's, else "1s".
        horizons: how many bars later it is seen what came.
        cost_bps: what a round trip costs, in hundredths of a percent.
        kind: of returns, "log" or "simple".
        alert: whether the chart tells when the signal comes, at its bar's close.

    Raises ChartError, IndicatorError, FrameError.

    >>> import livefin as lf
    >>> feed = lf.push("example", "ABC")
    >>> live = follow(feed, lambda df: df.close > df.close.shift(), horizons=[1, 5])
    >>> live.df.index.tolist(), live
    ([1, 5], <Follow lambda of ABC: 0 bars>)
    >>> live.close(); feed.close()
    """
    chart = feed if isinstance(feed, Chart) else None
    source = cast("ChartFeed", feed) if chart is None else chart.feed
    if chart is None and alert:
        raise ChartError("an alert is told by a chart; give the chart in place of the feed")
    symbol = symbol_of(source, symbol or (chart and chart.symbol))
    bars = bars or ("1s" if chart is None else chart.interval)
    if chart is not None and (symbol, bars) != (chart.symbol, chart.interval):
        raise ChartError(
            f"the chart shows {chart.symbol} in {chart.interval}; to follow a signal on "
            f"{symbol} in {bars}, give the feed"
        )
    made = signal if isinstance(signal, Indicator) else indicator(signal)
    tally = Tally(horizons, kind=kind, cost_bps=cost_bps, name=made.name, keep=KEEP)
    following = Following(source, made, source.bars(bars)[symbol], tally)
    return Follow(following, symbol, bars, chart=chart, alert=alert)


class Follow(LiveWidget):
    """The live figures; also an ipywidget to lay out with others. Made by `follow`."""

    _esm = page("follow")

    def __init__(
        self,
        following: Following,
        symbol: str,
        interval: str,
        *,
        chart: Chart | None = None,
        alert: bool = False,
        **traits: Any,
    ) -> None:
        self._following, self._symbol, self._interval = following, symbol, interval
        self._figures: dict[str, Any] = {}
        self._looked = -math.inf
        # All that a live widget asks of it is a feed, `update` and `close`.
        super().__init__(cast("Any", following), **traits)
        self._chart, self._name, self._alert, self._told = chart, "", None, 0
        if chart is not None:
            name = following.signal.name
            self._name = chart.add(following.signal, name, pane="price", kind="marks")
        if chart is not None and alert:
            self._alert = chart.alerts.add(self._comes, once=False, text=clip(self._name))

    @property
    def outcome(self) -> Outcome:
        """The figures so far, all of them."""
        return self._following.outcome

    @property
    def df(self) -> pd.DataFrame:
        """The same as a frame, a row a horizon."""
        return self.outcome.df

    @property
    def live(self) -> int:
        """Bars counted since it began, without those of history."""
        return self._following.live

    @property
    def error(self) -> str:
        """What the signal last raised, in words."""
        return self._following.error

    def say(self) -> dict[str, Any]:
        """The figures, at most once a second."""
        now, over = time.monotonic(), self.feed.state == "closed"
        if over or now - self._looked >= PERIOD:
            self._looked = now
            self._figures = self._said()
        return self._figures

    def close(self) -> None:
        """Count no more, and take the marks and the alert off the chart. Twice is fine."""
        self._following.close()
        alert, self._alert = self._alert, None
        if alert is not None:
            alert.remove()
        chart, self._chart = self._chart, None
        if chart is not None:
            with contextlib.suppress(ChartError):
                chart.remove(self._name)
        super().close()

    def _comes(self, _: pd.DataFrame) -> bool:
        """Whether a signal has come since the chart last asked."""
        before, self._told = self._told, self._following.fired
        return self._told > before

    def _said(self) -> dict[str, Any]:
        following = self._following
        outcome, live = following.outcome, following.live
        table = outcome.df
        notes = [clip(following.error)] if following.error else []
        if following.repainted:
            bars = "bar was" if following.repainted == 1 else "bars were"
            notes.append(f"it repaints: the signal of {following.repainted:,} {bars} another later")
        return {
            "label": clip(following.signal.name),
            "symbol": clip(self._symbol),
            "interval": self._interval,
            "bars": f"{following.bars:,} bars" + (f", {live:,} of them live" if live else ""),
            "costs": outcome.notes[0],
            "rows": [_row(outcome, horizon, table.loc[horizon]) for horizon in table.index],
            "notes": notes,
        }

    def __repr__(self) -> str:
        following = self._following
        return f"<Follow {following.signal.name} of {self._symbol}: {following.bars:,} bars>"


def _row(outcome: Outcome, horizon: int, figures: pd.Series) -> dict[str, Any]:
    return {
        "horizon": horizon,
        "cells": cells(figures),
        "strong": strong(figures),
        "histogram": histogram(outcome, horizon, figures),
    }


def cells(row: Figures) -> list[str]:
    """A horizon's figures as text, in the order of the page's columns.

    >>> row = {"count": 1200, "pending": 5, "hit_rate": 0.55, "hit_low": 0.52, "hit_high": 0.58,
    ...        "mean": 0.00012, "t": 2.5, "baseline": -0.00001, "t_excess": float("nan")}
    >>> cells(row)
    ['1,200', '5', '55.0 %', '52 – 58 %', '+1.2', '2.50', '-0.1', '–']
    """
    rate, low, high = (100 * row[name] for name in ("hit_rate", "hit_low", "hit_high"))
    return [
        f"{row['count']:,.0f}",
        f"{row['pending']:,.0f}",
        _text(rate, ".1f", " %"),
        f"{low:.0f} – {high:.0f} %" if math.isfinite(low) else "–",
        bps(row["mean"]),
        _text(row["t"], ".2f"),
        bps(row["baseline"]),
        _text(row["t_excess"], ".2f"),
    ]


def strong(row: Figures) -> str:
    """Whether the mean is far from the baseline, and on which side: "above", "below" or ""."""
    t = row["t_excess"]
    return "above" if t > LARGE else "below" if t < -LARGE else ""


def histogram(outcome: Outcome, horizon: int, row: Figures) -> dict[str, Any] | None:
    """How the returns lie: counts, and where 0, the mean and the baseline are, from 0 to 1."""
    if not len(outcome.returns(horizon)):
        return None
    counts, edges = outcome.histogram(horizon, BINS)
    low, width = float(edges[0]), float(edges[-1] - edges[0])

    def place(value: float) -> float | None:
        at = (value - low) / width
        return round(at, 4) if 0 <= at <= 1 else None

    return {
        "counts": counts.tolist(),
        "low": bps(low),
        "high": bps(low + width),
        "zero": place(0.0),
        "mean": place(row["mean"]),
        "baseline": place(row["baseline"]),
    }


def bps(value: float) -> str:
    """A return in hundredths of a percent.

    >>> bps(0.00123), bps(-0.2), bps(0.0), bps(float("nan"))
    ('+12.3', '-2,000', '0', '–')
    """
    scaled = 1e4 * value
    if not scaled:
        return "0"
    return _text(scaled, "+,.0f" if abs(scaled) >= 1_000 else "+.3g")  # noqa: PLR2004 - as text


def _text(value: float, how: str, unit: str = "") -> str:
    return f"{value:{how}}{unit}" if math.isfinite(value) else "–"

"""One indicator of a person's on a live chart: its card, its verdict and its knobs.

The painter's thread keeps the card up to date, since it alone sends; the checks run on a
thread of their own, one at a time. Made by prototypes.
"""

from __future__ import annotations

import html
import time
import traceback
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from livefin.cell import when_over
from livefin.chart.calls import Calls
from livefin.chart.overlays import Entry, words
from livefin.chart.painter import painter
from livefin.chart.shown import shows
from livefin.indicators.contract import Indicator
from livefin.indicators.custom.userdefined import turned
from livefin.prototyping.card import Card, Said, shown, spark
from livefin.prototyping.locking import locked
from livefin.prototyping.prints import Prints
from livefin.prototyping.trial import own
from livefin.trust.checking import check as checked

if TYPE_CHECKING:
    from livefin.chart.livechart import Chart

SOON, LATER = 0.1, 0.5
"""Seconds between two looks at a prototype, while something is awaited and else."""
REST = 0.5
"""Seconds that knobs must have rested before it is checked again."""
BUDGET, MORE = 1.0, 4.0
"""Seconds for a check, and once more for one that a busy kernel leaves with open questions."""
WAITS = "checking…"

checks = Calls(name="livefin-check")
"""One at a time in the kernel: two at once would measure each other."""


class Prototype:
    """One name on one chart, and its card. Painted by the painter."""

    def __init__(
        self,
        chart: Chart,
        name: str,
        made: Indicator,
        refused: BaseException | None,
        *,
        check: bool,
        card: Card | None = None,
    ) -> None:
        self._chart = weakref.ref(chart)
        self.name = name
        self.cell: str | None = None
        """The cell that shows the card, where cells have an identity."""
        self._retired = False
        self._refused = None if refused is None else words(name, refused)
        drawn = chart.indicators.get(name, made)
        self._follows = made.name == name
        """Called as the indicator calls itself: "RSI(14)", and "RSI(20)" when it is turned."""
        self._call(chart, drawn)
        called: dict[str, Any] = {
            "turned": self._turned,
            "code": lambda: locked(self.drawn or made, name),
            "waits": WAITS if check and refused is None else "",
        }
        wanted = (drawn.parameters, drawn.params)
        if card is not None and not card.closed and (card.parameters, card.first) == wanted:
            card.begin(name, **called)
        else:
            if card is not None:
                card.close()
            card = Card(name, drawn.parameters, drawn.params, **called)
        self.card = card
        self.wanted = drawn if check and refused is None else None
        """What is to be checked."""
        self._asked: Indicator | None = None
        self._verdict, self._honest = "", True
        self._due = 0.0
        self._wrong = ""
        self._traced: tuple[BaseException | None, str] = None, ""
        # As text: the error itself would keep the frames of its traceback, and what is in them.
        self._refused_trace = "" if refused is None else _trace(refused)

    @property
    def drawn(self) -> Indicator | None:
        """What the chart draws under the name."""
        chart = self._chart()
        return None if chart is None else chart.indicators.get(self.name)

    @property
    def period(self) -> float:
        """Seconds between two paints."""
        return SOON if self.wanted is not None else LATER

    def retire(self) -> Card:
        """Paint no more; the card is for whoever comes next."""
        self.wanted, self._retired = None, True
        painter.remove(self)
        shows.forget(self)
        return self.card

    def close(self) -> None:
        """Leave the page. Twice is fine."""
        self.retire().close()

    def release(self) -> None:
        """The cell that showed it runs again: if it shows it no more, nor does the chart."""
        when_over(self._leave)  # one of several in a cell has its turn after the first

    def _leave(self) -> None:
        chart = self._chart()
        if not self._retired:
            self.close()
            if chart is not None:
                chart.remove(self.name)

    def paint(self) -> bool:
        """Send what changed. Called by the painter only; False when this was the last time."""
        chart = self._chart()
        if chart is None or self.card.closed:
            self.close()
            return False
        entry = chart._overlays.entries.get(self.name)  # noqa: SLF001 - the chart's own part
        self.card.say(self._said(chart, entry))
        self._ask(chart, entry)
        self.card.judge(self._verdict, waits="" if self.wanted is None else WAITS)
        return not chart.closed or self.wanted is not None

    # The verdict

    def _ask(self, chart: Chart, entry: Entry | None) -> None:
        """Have it checked, when it is drawn and its knobs rest."""
        wanted = self.wanted
        if wanted is None or wanted is self._asked or time.monotonic() < self._due:
            return
        apart = None if entry is None or not entry.first else entry.apart
        if apart is not None and not apart.failed and chart in painter:
            return  # its line comes first
        self._asked = wanted
        checks.put("check", lambda: self._check(chart, wanted), lambda _: None)

    def _check(self, chart: Chart, wanted: Indicator, budget: float = BUDGET) -> None:
        if wanted is not self.wanted:
            return  # there is a newer one
        unsure = False
        try:
            df = frame_of(chart, wanted)
            df = pd.DataFrame() if df is None else df
            fresh = turned(wanted, {})
            verdict = Prints().during(lambda: checked(fresh, df, budget=budget))
            unsure = budget < MORE and any(each.state == "unknown" for each in verdict)
            text, honest = verdict._repr_html_(), verdict.honest
        except Exception as error:  # noqa: BLE001 - a check that fails must not look like a pass
            text, honest = html.escape(f"could not be checked: {words(self.name, error)}"), True
        if wanted is not self.wanted:
            return
        self._verdict, self._honest = text, honest
        if unsure:  # after the other cards, which have had no verdict yet
            checks.put("check", lambda: self._check(chart, wanted, MORE), lambda _: None)
        else:
            self.wanted = None
        painter.hurry(self)

    # Its knobs

    def _turned(self, values: Mapping[str, Any]) -> None:
        """A person has turned a knob; called on the thread that hears pages."""
        chart, drawn = self._chart(), self.drawn
        if chart is None or drawn is None or values == dict(drawn.params):
            return
        try:
            made = turned(drawn, values)
        except Exception as error:  # noqa: BLE001 - a class's own constructor may raise anything
            self._wrong = words(self.name, error)
        else:
            self._wrong = ""
            with chart._lock:  # noqa: SLF001 - the chart's own part
                chart._overlays.turn(self.name, made)  # noqa: SLF001 - as above
            self._call(chart, made)
            if self.wanted is not None or self._verdict:
                self.wanted, self._due = made, time.monotonic() + REST
        painter.hurry(chart)
        painter.hurry(self)

    def _call(self, chart: Chart, drawn: Indicator) -> None:
        """The name that people read, here and on the chart."""
        called = chart._picture.called  # noqa: SLF001 - the chart's own part
        if self._follows and drawn.name != self.name:
            called[self.name] = drawn.name
        else:
            called.pop(self.name, None)

    # What the card says

    def _said(self, chart: Chart, entry: Entry | None) -> Said:
        overlays = chart._overlays  # noqa: SLF001 - the chart's own part
        tracks = {line: overlays.lines.get(line) for line in overlays.lines_of(self.name)}
        lines = {line: track.array for line, track in tracks.items() if track is not None}
        last = {
            line.removeprefix(f"{self.name} "): float(values[-1])
            for line, values in lines.items()
            if len(values)
        }
        state, tone, problem = self._state(chart, entry)
        error = entry.apart.error if entry and entry.apart else None
        prints = entry.prints if entry is not None else Prints()
        return Said(
            name=chart._picture.called.get(self.name, self.name),  # noqa: SLF001 - as above
            state=state,
            tone=tone,
            values=shown(last),
            spark=spark(next(iter(lines.values()))) if lines else (),
            problem=problem,
            trace=(self._refused_trace or self._trace(error)) if problem else "",
            prints=str(prints),
            printed="\n".join(prints.lines),
        )

    def _state(self, chart: Chart, entry: Entry | None) -> tuple[str, str, str]:
        """In a word or two, how good that is, and what the problem is if there is one."""
        overlays = chart._overlays  # noqa: SLF001 - the chart's own part
        apart = None if entry is None else entry.apart
        failing = overlays.failing.get(self.name)
        if self._refused is not None:
            goes_on = "" if entry is None else "; the version before goes on"
            found = f"not taken{goes_on}", "bad", self._refused
        elif self._wrong:
            found = "not turned", "alert", self._wrong
        elif apart is not None and apart.stopped:
            found = "stopped", "bad", failing or ""
        elif apart is not None and apart.error is not None:
            what = failing or words(self.name, apart.error)
            state = f"failed {apart.failed:,} of {apart.runs:,} runs"
            found = state, "bad" if failing else "alert", what
        elif failing:
            found = "failing", "bad", failing
        else:
            found = (*self._condition(chart, entry), "")
        return found

    def _condition(self, chart: Chart, entry: Entry | None) -> tuple[str, str]:
        """The state of one with which nothing is wrong."""
        slow = chart._overlays.notes.get(self.name)  # noqa: SLF001 - the chart's own part
        if entry is None or chart.closed:
            return ("closed" if chart.closed else "removed"), ""
        if slow:
            return f"slow: {slow}", "alert"
        if chart not in painter:
            return "waits for its chart to be shown", ""
        if entry.first:
            return "computing", ""
        return ("live", "good") if self._honest else ("live, not honest", "bad")

    def _trace(self, error: BaseException | None) -> str:
        if error is not self._traced[0]:
            self._traced = error, "" if error is None else _trace(error)
        return self._traced[1]


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(own(error)))


def frame_of(chart: Chart, made: Indicator) -> pd.DataFrame | None:
    """The rows that an indicator takes, as the chart's feed has them; None where it has none."""
    if made.source == "bars":
        return chart.bars.df
    try:
        if made.source == "closes":
            bars = chart.feed.bars(chart.interval)
            closes = {symbol: bars[symbol].df["close"] for symbol in made.symbols}
            return pd.DataFrame(closes).dropna()
        frame: pd.DataFrame = getattr(chart.feed, made.source)[chart.symbol].df
    except (AttributeError, KeyError):
        return None
    return frame

"""`check`: all checks on one indicator, within a second, as one verdict.

The order is that of what matters; each may use a part of the time, and what did not fit is
said to be unknown. All of it runs on a guarded thread, so that an indicator that never
returns is given up. Nothing is drawn here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from livefin.errors import IndicatorError
from livefin.indicators.contract import Indicator
from livefin.indicators.custom.userdefined import FunctionIndicator, indicator
from livefin.indicators.handed import handed
from livefin.indicators.rows import columns
from livefin.trust.budget import Budget
from livefin.trust.cost import cost
from livefin.trust.finding import Finding
from livefin.trust.gaps import odd_input
from livefin.trust.guard import TooLongError, guarded
from livefin.trust.lookahead import Case, look_ahead
from livefin.trust.made import made_bars, scaled, with_holes
from livefin.trust.named import at_level, named
from livefin.trust.remembered import Remembered
from livefin.trust.repainting import repaint
from livefin.trust.steadiness import runs, side_effects, steady
from livefin.trust.streaming import streaming
from livefin.trust.subject import Subject
from livefin.trust.verdict import Verdict
from livefin.trust.warmup import warm_up

ENOUGH = 300
"""Fewer real bars show too little."""
MADE = 2_000
MOST = 5_000
LEAST = 250
FIRST = 256
"""Bars of the first run, which says what further ones will cost."""
RUNS = 50
"""As many runs should fit into the time."""
PATIENCE = 2.0
"""Seconds beyond the budget after which it is given up, or twice the budget if that is more."""
BAR = ("open", "high", "low", "close")
CHECKS = (
    "runs",
    "look-ahead",
    "repaint",
    "warm-up",
    "stream",
    "steady",
    "side effects",
    "odd input",
    "cost",
)


def check(thing: Any, df: pd.DataFrame, *, budget: float = 1.0) -> Verdict:
    """Whether an indicator tells the truth: look-ahead, repainting, warm-up, stream, and more.

    Args:
        thing: an Indicator, a function of a frame, or a class with `update`.
        df: rows as the indicator takes them, UTC index, the forming bar last perhaps. Of
            bars there may be few, or none: then made-up ones like them are used.
        budget: seconds all checks may take. What does not fit is said to be unknown.

    Raises IndicatorError for what is no indicator, and for a frame that no check can be made
    on; what the indicator itself raises is found, not raised.

    >>> verdict = check(lambda df: df.close.shift(-1), made_bars(400))
    >>> verdict.honest, verdict["look-ahead"].state
    (False, 'failed')
    """
    made = indicator(thing)
    trial = _Trial(made, _fit(df, made.source), budget)
    given_up = ""
    try:
        guarded(trial.run, seconds=budget + max(PATIENCE, 2 * budget))
    except TooLongError as error:
        given_up = str(error)
    except MemoryError:
        given_up = "asked for more than 2 GB of memory"
    except IndicatorError as error:
        given_up = str(error)
    return trial.verdict(given_up)


def _fit(df: pd.DataFrame, source: str) -> pd.DataFrame:
    """`df` as checks move its prices about: in order, whole numbers as floats."""
    handed(df, "check")
    if source != "bars" or not len(df.columns):
        return df
    columns(df, *BAR)  # raises for what is missing
    whole = [name for name in (*BAR, "volume") if name in df and df[name].dtype.kind in "iu"]
    return df.astype(dict.fromkeys(whole, np.float64)) if whole else df


class _Trial:
    """One run through the checks."""

    def __init__(self, thing: Indicator, df: pd.DataFrame, seconds: float) -> None:
        self.df = df
        self.subject = Subject(thing)
        self.code = getattr(thing, "function", type(thing))
        self.budget = Budget(seconds)
        self.found = dict[str, Finding]()
        self.about = ""

    def run(self) -> None:
        """Fill `found`, check by check."""
        subject, budget = self.subject, self.budget
        kept = Remembered(self.code)
        df = self._sized(self._bars())
        if df is None:
            return
        made = subject.indicator.source == "bars"
        says, rows = named(self.code), min(len(df), 1_500)
        wild = made_bars(rows, like=df, every="30min", wild=True, seed=1, times=says.times)
        wild = at_level(wild, says.numbers, df) if made else wild
        others = [df.iloc[: len(df) // 2]]
        if made:
            others = [wild.iloc[: len(wild) // 2], scaled(df, 1.5, 3.0)]
        self.found["steady"], table, names = steady(subject, self.code, kept, df, others)
        if table is None:
            self._raises()
            return
        year = made_bars(rows, like=df, every="6h", wild=True, seed=4) if says.yearly else None
        cases = [Case("given", df, table), *(self._made(df, wild, year) if made else [])]
        if self.found["steady"].state == "failed":
            for name in ("look-ahead", "repaint", "warm-up", "stream"):
                text = "not checked: its values are not steady"
                self.found[name] = Finding(name, "unknown", text)
        else:
            if names:  # else what one run keeps would hide what the next one sees
                subject.before = kept.restore
            self._time(cases)
            subject.before = None
        kept.restore()
        if made:
            self.found["odd input"] = odd_input(subject, cases[0], budget, part=0.97)
            self.found["cost"] = cost(subject, df, budget)
        self.found["runs"] = runs(subject, df, budget)
        for case in cases[:1]:
            subject.attempt(case.df.iloc[:100])
        self.found["side effects"] = side_effects(subject, kept)
        kept.restore()

    def _time(self, cases: list[Case]) -> None:
        """What time does to its values."""
        subject, budget, told = self.subject, self.budget, self.subject.indicator
        function = isinstance(told, FunctionIndicator)
        if not function:  # of one with a stream, that is where faults are
            self.found["stream"] = streaming(subject, cases, budget, part=0.4)
            self._warm_up(cases[0], 0.5)
        self.found["look-ahead"], peeked = look_ahead(subject, cases, budget, part=0.6)
        if told.source == "bars":
            self.found["repaint"] = repaint(subject, cases[0], peeked, budget, part=0.85)
        if function:
            text = "not applicable: a function is computed anew each time"
            self.found["stream"] = Finding("stream", "noted", text, short="no stream")
            self._warm_up(cases[0], 0.93)

    def _warm_up(self, case: Case, part: float) -> None:
        told = self.subject.indicator
        declared = told.trusted or told.warm_up is not None
        found = warm_up(self.subject, case, self.budget, part=part, declared=declared)
        self.found["warm-up"] = found

    def _bars(self) -> pd.DataFrame:
        """The rows to check on: the given ones that are closed, or made-up ones."""
        df = self.df
        if "closed" in df:
            df = df[np.asarray(df["closed"], dtype=np.bool_)]
        if len(df) >= ENOUGH or self.subject.indicator.source != "bars":
            self.about = f"checked on {min(len(df), MOST):,} bars and on made-up ones like them"
            return df.iloc[-MOST:]
        real = f"only {len(df):,} real ones so far" if len(df) else "there are no real ones yet"
        self.about = f"checked on {MADE:,} made-up bars: {real}"
        return made_bars(MADE, like=self.df if len(self.df.columns) else None)

    def _sized(self, df: pd.DataFrame) -> pd.DataFrame | None:
        """As many of the rows as the time allows runs on; None where it raises on all."""
        first = df.iloc[-FIRST:]
        if self.subject.attempt(first) is None and self.subject.attempt(df) is None:
            self._raises()
            return None
        each = self.budget.seconds / RUNS
        rows = len(df)
        if self.subject.seconds(rows) > each:  # the first runs also load what it uses
            self.subject.attempt(first)
        while rows > LEAST and self.subject.seconds(rows) > each:
            rows = max(LEAST, rows // 2)
        return df.iloc[-rows:]

    def _made(self, df: pd.DataFrame, wild: pd.DataFrame, year: pd.DataFrame | None) -> list[Case]:
        """Made-up bars on which rare branches run, as far as it takes them."""
        holes = with_holes(made_bars(min(len(df), 500), like=df, seed=2), seed=3)
        frames = {"wild": wild, "holes": holes}
        if year is not None:
            frames["year"] = year
        tables = {label: self.subject.attempt(frame) for label, frame in frames.items()}
        return [
            Case(label, frames[label], table)
            for label, table in tables.items()
            if table is not None
        ]

    def _raises(self) -> None:
        raised = self.subject.raised[-1]
        text = f"{raised} on {raised.rows:,} bars"
        self.found["runs"] = Finding("runs", "failed", text, short=str(raised))

    def verdict(self, given_up: str) -> Verdict:
        """Of what was found until now."""
        rows = self.subject.running
        if given_up:
            text = given_up if rows is None else f"{given_up}, on {rows:,} bars"
            self.found["runs"] = Finding("runs", "failed", text, short=given_up)
        missing = [name for name in CHECKS if name not in self.found]
        for name in missing:
            self.found[name] = Finding(name, "unknown", "not checked")
        findings = [self.found[name] for name in CHECKS]
        name = self.subject.indicator.name
        return Verdict(name, findings, about=self.about, seconds=self.budget.spent)

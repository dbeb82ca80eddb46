"""Look-ahead: whether a value uses bars that come after it.

The frame is cut after a bar, or all after that bar is changed; up to there every value must
be as before. Given bars and made-up ones are used, so that rare branches run too. Where to cut
is said by probes and nudging.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice
from typing import NamedTuple

import numpy as np
import pandas as pd

from livefin.indicators.contract import Floats
from livefin.trust.agreement import Difference, difference, jittered, noise
from livefin.trust.budget import Budget
from livefin.trust.finding import Finding, clock, two
from livefin.trust.made import scaled
from livefin.trust.nudging import suspects
from livefin.trust.probes import cuts
from livefin.trust.subject import Subject

CHECK = "look-ahead"
PROBES = 400
"""As many cuts are enough, however much time there is."""
MUST = 40
"""So many are made before other checks get their time, if they fit into this part of it."""
AT_MOST = 0.75
FEWEST = 4
"""So many are made as long as there is any time at all."""
CHANGES = ("lower", "higher", "busy", "jump")
PATTERN = "given", "wild", "given", "holes", "wild"
NUDGED = "given", "wild", "year"
FIRST = 16
"""So many cuts are made before bars are nudged: they find nearly all, and sooner."""
NEARLY_ALL = 0.5


class Case(NamedTuple):
    """Bars, and the values on all of them."""

    label: str
    df: pd.DataFrame
    table: Floats


class Peeked(NamedTuple):
    """A value that changed with bars after it."""

    case: Case
    at: int
    """The last row that it may know."""
    found: Difference
    how: str
    """"cut", or how the later bars were changed."""

    @property
    def bar(self) -> pd.Timestamp:
        """Its opening."""
        bar: pd.Timestamp = self.case.df.index[self.found.row]
        return bar


def look_ahead(
    subject: Subject, cases: list[Case], budget: Budget, *, part: float
) -> tuple[Finding, Peeked | None]:
    """The finding, and the value that gives it away where there is one."""
    tried = 0
    rows = max(len(case.df) for case in cases)
    for case, row, how in _plan(subject, cases):
        until = AT_MOST if tried < MUST else part
        late = budget.left(until) < subject.seconds(rows if row is None else row + 1)
        if tried >= PROBES or (late and (tried >= FEWEST or budget.left() < 0)):
            break
        if row is None:
            continue
        peeked = probe(subject, case, row, how)
        tried += 1
        if peeked is not None:
            return Finding(CHECK, "failed", *_told(subject, peeked)), peeked
    if not tried or not any(np.isfinite(case.table).any() for case in cases):
        text = "gave no value on these bars" if tried else "not checked: no time left"
        return Finding(CHECK, "unknown", text), None
    return Finding(CHECK, "passed", f"no value changed with bars after it, {tried} cuts"), None


def _plan(subject: Subject, cases: list[Case]) -> Iterator[tuple[Case, int | None, str]]:
    """Cuts, between them those that nudged bars ask for; None for a run that asked for none."""
    planned, nudges = _cuts(cases), _nudges(subject, cases)
    yield from islice(planned, FIRST)
    for case, row in nudges:
        yield case, row, "cut"
        yield from islice(planned, 1)
    yield from planned


def _nudges(subject: Subject, cases: list[Case]) -> Iterator[tuple[Case, int | None]]:
    named = {case.label: case for case in cases}
    asked = {n: suspects(subject, named[n].df, named[n].table) for n in NUDGED if n in named}
    for label in cycle(NUDGED):
        if not asked:
            return
        if label in asked:
            try:
                yield named[label], next(asked[label])
            except StopIteration:
                del asked[label]


def _cuts(cases: list[Case]) -> Iterator[tuple[Case, int, str]]:
    """Cuts of all cases by turns; one in three changes what comes after instead."""
    rows = {case.label: cuts(case.df, case.table) for case in cases if case.label in PATTERN}
    named = {case.label: case for case in cases}
    kinds = cycle(("cut", "cut", "change"))
    changes = cycle(CHANGES)
    for label in cycle(PATTERN):
        if not rows:
            return
        if label not in rows:
            continue
        row = next(rows[label], None)
        if row is None:
            del rows[label]
            continue
        how = next(kinds)
        yield named[label], row, how if how == "cut" else next(changes)
        if how == "change":  # the cut at the same bar may see what the change does not
            yield named[label], row, "cut"


def probe(subject: Subject, case: Case, row: int, how: str) -> Peeked | None:
    """Run without the bars after `row`, or with others there; the value that gives it away."""
    df = case.df.iloc[: row + 1] if how == "cut" else changed(case.df, row, how)
    table = subject.attempt(df)
    if table is None:
        return None
    found = confirmed(subject, case.df, case.table, table[: row + 1])
    return None if found is None else Peeked(case, row, found, how)


def confirmed(
    subject: Subject, df: pd.DataFrame, table: Floats, other: Floats
) -> Difference | None:
    """Where `other` differs first from the table of `df`, by more than rounding explains.

    Its values are (of `other`, of `table`).
    """
    found = difference(other, table)
    if found is None:
        return None
    again = subject.attempt(jittered(df))
    return found if again is None else difference(other, table, noise(table, again))


def changed(df: pd.DataFrame, row: int, how: str) -> pd.DataFrame:
    """The same bars up to `row`, and others after it."""
    after = np.arange(len(df)) > row
    if how == "busy":
        return scaled(df, 1.0, np.where(after, 30.0, 1.0))
    if how == "jump":
        after = np.arange(len(df)) == row + 1
    factor = {"lower": 0.8, "higher": 1.25, "jump": 0.9}[how]
    return scaled(df, np.where(after, factor, 1.0))


def _told(subject: Subject, peeked: Peeked) -> tuple[str, pd.Timestamp, tuple[float, float], str]:
    """What a finding says of it: text, bar, values, and in short."""
    case, at, found, _ = peeked
    was, became = two(found.pair)
    when = clock(peeked.bar, case.df.index[[0, -1]])
    output = subject.columns[found.column] if subject.columns else ""
    which = f"{output} at {when}" if subject.columns and len(subject.columns) > 1 else f"at {when}"
    end = clock(case.df.index[at], case.df.index[[0, -1]])
    known = f"{which} is {was} from the bars up to {'then' if at == found.row else end}"
    text = f"{known}, and {became} {_reason(subject, peeked)}"
    if case.label != "given":
        text += f" (on made-up {'bars with holes' if case.label == 'holes' else 'bars'})"
    return text, peeked.bar, found.pair, f"look-ahead at {when}: {was}, later {became}"


def _reason(subject: Subject, peeked: Peeked) -> str:
    case, at, found, how = peeked
    if how != "cut":
        return "with others after it"
    more = f"once there are more: it uses up to {at - found.row + 1} bars after it"
    if found.rows > NEARLY_ALL * (at + 1):
        more = "once there are more: nearly every value changes with every new bar"
    others = (probe(subject, case, at, change) for change in CHANGES)
    if len(case.df) - at > 1 and not any(others):
        more = "once there are more, whatever their prices: it depends on where the frame ends"
    return more

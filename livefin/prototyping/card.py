"""The card under the cell of an indicator: value, state, verdict and knobs, kept up to date.

A small anywidget, the face, shows what is said; the knobs below are ipywidgets. What is said
goes out on whatever thread calls `say`, which is the painter's alone (chart.prototype), and
only where it differs. Every text is escaped, being a person's own. The page's half is card.js.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import ipywidgets
import numpy as np
import traitlets

from livefin.indicators.contract import Floats
from livefin.indicators.parameters import Parameter
from livefin.prototyping.knobs import Knobs, close
from livefin.prototyping.listening import Listening, heard_at_once, page_half
from livefin.trust.finding import number

HERE = Path(__file__).parent
SPARK = 100
"""Values in the sparkline."""
LINES = 4
"""Lines whose value is shown; an indicator of more says so."""


class Said(NamedTuple):
    """What a card shows besides the verdict."""

    name: str
    state: str = ""
    tone: str = ""
    """"good", "alert", "bad" or nothing."""
    values: tuple[tuple[str, str], ...] = ()
    """Label and value of each line; a single one needs no label."""
    spark: tuple[int | None, ...] = ()
    problem: str = ""
    trace: str = ""
    prints: str = ""
    printed: str = ""


class Face(Listening):
    """The part of the card that is no knob."""

    # As text: of a path anywidget keeps every widget that ever had it.
    _esm = page_half((HERE / "card.js").read_text(encoding="utf-8"))
    _css = (HERE / "card.css").read_text(encoding="utf-8")
    live = traitlets.Dict().tag(sync=True)
    verdict = traitlets.Unicode("").tag(sync=True)
    waits = traitlets.Unicode("").tag(sync=True)
    code = traitlets.Unicode("").tag(sync=True)

    def __init__(self, name: str, waits: str) -> None:
        super().__init__(live=_wire(Said(name)), waits=waits)


class Card(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets is untyped
    """One indicator's card.

    >>> card = Card("mean", [], {}, turned=print, code=str)
    >>> card.say(Said("mean", "live", "good", (("", "61,000"),)))
    >>> card.face.live["values"]
    [['', '61,000']]
    >>> card.close()
    """

    def __init__(
        self,
        name: str,
        parameters: Iterable[Parameter],
        values: Mapping[str, Any],
        *,
        turned: Callable[[dict[str, Any]], None],
        code: Callable[[], str],
        waits: str = "",
    ) -> None:
        self._closing = threading.Lock()
        self.parameters, self.first = tuple(parameters), dict(values)
        """What its knobs are for, and what they are turned to at first."""
        self.face = Face(name, waits)
        self.knobs = Knobs(self.parameters, values, self._turned)
        self._parts: list[Any] = []
        self.begin(name, turned=turned, code=code, waits=waits)
        children = [self.face]
        if self.knobs.widgets:
            children.append(self._row())
        super().__init__(children)

    def begin(
        self,
        name: str,
        *,
        turned: Callable[[dict[str, Any]], None],
        code: Callable[[], str],
        waits: str = "",
    ) -> None:
        """Be the card of another version with the same knobs: pages keep what they once had."""
        self._tell: Callable[[dict[str, Any]], None] = lambda _: None
        self.knobs.reset()
        self._tell, self._code = turned, code
        with self.face.hold_sync():
            self.face.live, self.face.waits = _wire(Said(name)), waits
            self.face.verdict = self.face.code = ""

    def _row(self) -> Any:
        small = {"width": "auto", "height": "26px"}
        self.resetting = ipywidgets.Button(
            description="reset", tooltip="the values that the cell has", layout=small
        )
        self.locking = ipywidgets.Button(
            description="lock", tooltip="the code with these values", layout=small
        )
        self.resetting.on_click(lambda _: self.knobs.reset())
        self.locking.on_click(lambda _: self._lock())
        layout = ipywidgets.Layout(flex_flow="row wrap", align_items="center")
        buttons = ipywidgets.Box([self.resetting, self.locking])  # into the next row together
        row = ipywidgets.Box([*self.knobs.widgets.values(), buttons], layout=layout)
        row.add_class("livefin-prototype-knobs")
        for button in (self.resetting, self.locking):
            heard_at_once(button)
        self._parts = [self.resetting, self.locking, buttons, row]
        return row

    def _turned(self, values: dict[str, Any]) -> None:
        self._tell(values)
        if self.face.code:
            self.face.code = self._code()

    def _lock(self) -> None:
        """Show the code with the values, or hide it."""
        self.face.code = "" if self.face.code else self._code()

    @property
    def closed(self) -> bool:
        """Whether it has left the page."""
        return self.comm is None

    def say(self, said: Said) -> None:
        """Show this; nothing is sent when it is shown already."""
        with self._closing:
            if not self.closed:
                self.face.live = _wire(said)

    def judge(self, html: str, *, waits: str = "") -> None:
        """Show a verdict, or what it waits for."""
        with self._closing:
            if not self.closed:
                self.face.waits = waits
                self.face.verdict = html

    def close(self) -> None:
        """Leave the page, with all comms. Twice is fine."""
        with self._closing:
            self.knobs.close()
            for part in (*self._parts, self.face):
                close(part)
            if self.comm is not None:
                self.layout.close()
            super().close()


def _wire(said: Said) -> dict[str, Any]:
    wired = said._asdict()
    return wired | {"values": [list(each) for each in said.values], "spark": list(said.spark)}


def spark(values: Floats) -> tuple[int | None, ...]:
    """The last values from 0, the lowest, to 100, the highest; None where there is none.

    >>> spark(np.array([5.0, 7.0, float("nan"), 6.0]))
    (0, 100, None, 50)
    """
    last = np.asarray(values, dtype=np.float64)[-SPARK:]
    there = np.isfinite(last)
    if not there.any():
        return ()
    low, high = last[there].min(), last[there].max()
    wide = high - low
    scaled = (last - low) / wide * 100 if 0 < wide < np.inf else np.full(len(last), 50.0)
    return tuple(
        round(value) if fine else None for value, fine in zip(scaled.tolist(), there, strict=True)
    )


def shown(lines: Mapping[str, float]) -> tuple[tuple[str, str], ...]:
    """Labels and values of lines as people read them.

    >>> shown({"mean": 1.5}), shown({"up": 2.0, "down": float("nan")})
    ((('', '1.5'),), (('up', '2'), ('down', '-')))
    """
    texts = {name: "-" if np.isnan(value) else number(value) for name, value in lines.items()}
    if len(texts) == 1:
        return tuple(("", text) for text in texts.values())
    first = tuple(texts.items())[:LINES]
    return first if len(texts) <= LINES else (*first, ("", f"and {len(texts) - LINES} more"))

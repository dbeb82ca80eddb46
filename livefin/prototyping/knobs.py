"""An indicator's parameters as widgets: sliders, drop-downs, boxes to tick, text.

Turning one calls back with all values, on whatever thread the kernel hears pages, also while
a cell runs; what cannot be is for the caller to say. The range of a slider that was a guess
grows to hold the value it has. Used by card.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any

import ipywidgets

from livefin.indicators.parameters import Parameter
from livefin.prototyping.listening import heard_at_once

WIDE = 1_000
"""A range of so many times its lower end is turned in powers of ten."""
LAYOUT = {"flex": "1 1 230px", "width": "auto", "max_width": "290px", "margin": "0 10px 0 0"}
"""A little narrower where one more finds room in the row so."""
STEPS = 100
LOOK = {"description_width": "initial"}


class Knobs:
    """One widget a parameter.

    >>> knobs = Knobs([Parameter("window", "int", 20, 2, 200)], {"window": 30}, print)
    >>> knobs.widgets["window"].value = 64
    {'window': 64}
    >>> knobs.reset()
    {'window': 30}
    >>> knobs.close()
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        values: Mapping[str, Any],
        turned: Callable[[dict[str, Any]], None],
    ) -> None:
        self._turned = turned
        self._parameters = {each.name: each for each in parameters}
        self._first = {name: values[name] for name in self._parameters}
        self._held = False
        self.widgets = {
            name: knob(parameter, self._first[name]) for name, parameter in self._parameters.items()
        }
        for widget in self.widgets.values():
            heard_at_once(widget)
            widget.observe(self._changed, "value")

    @property
    def values(self) -> dict[str, Any]:
        """What they are turned to. Raises ValueError for a text that is no value."""
        return {
            name: _read(self._parameters[name], widget.value, self._first[name])
            for name, widget in self.widgets.items()
        }

    def reset(self) -> None:
        """Turn all back to what they were at first."""
        self._held = True
        try:
            for name, widget in self.widgets.items():
                widget.value = _shown(self._parameters[name], self._first[name])
        finally:
            self._held = False
        self._changed(None)

    def close(self) -> None:
        """Close their comms, and those that ipywidgets made with them."""
        for widget in self.widgets.values():
            widget.unobserve_all()
            close(widget)

    def _changed(self, _: Any) -> None:
        if not self._held:
            try:
                values = self.values
            except (ValueError, SyntaxError):
                return  # half a text
            self._turned(values)


def close(widget: Any) -> None:
    """Close a widget's comm, and those of the layout and the style made with it."""
    if widget.comm is not None:
        for part in (getattr(widget, "layout", None), getattr(widget, "style", None)):
            if part is not None:
                part.close()
    widget.close()


def knob(parameter: Parameter, value: Any) -> Any:
    """The widget for a parameter that has this value.

    >>> made = knob(Parameter("share", "float", 0.01, 0.0001, 10.0), 0.01)
    >>> type(made).__name__, made.min, made.max
    ('FloatLogSlider', -4.0, 1.0)
    >>> close(made)
    """
    common: dict[str, Any] = {
        "description": parameter.name,
        "tooltip": parameter.doc or parameter.name,
        "layout": LAYOUT,
        "style": LOOK,
    }
    if parameter.kind == "bool":
        return ipywidgets.Checkbox(value=bool(value), indent=False, **common)
    if parameter.kind == "choice":
        options = [(_label(each), each) for each in parameter.choices]
        return ipywidgets.Dropdown(options=options, value=value, **common)
    if parameter.kind not in ("int", "float"):
        text = _shown(parameter, value)
        return ipywidgets.Text(value=text, continuous_update=False, **common)
    ends = (parameter.low, parameter.high, value)
    if any(end is None or not math.isfinite(end) for end in ends):
        return _box(parameter, value, common)
    return _slider(parameter, value, common)


def _slider(parameter: Parameter, value: Any, common: dict[str, Any]) -> Any:
    low, high = min(parameter.low or 0, value), max(parameter.high or 0, value)
    if parameter.kind == "int":
        step = int(parameter.step or 1)
        return ipywidgets.IntSlider(value, _on_grid(low, value, step), int(high), step, **common)
    if low > 0 and high / low > WIDE:
        fine = math.log10(high / low) / STEPS
        ends = {"min": _on_grid(math.log10(low), math.log10(value), fine), "max": math.log10(high)}
        return ipywidgets.FloatLogSlider(value, step=fine, readout_format=".3g", **ends, **common)
    fine = parameter.step or _round_step((high - low) / STEPS)
    digits = min(8, max(0, -math.floor(math.log10(fine))))
    low = _on_grid(low, value, fine)
    return ipywidgets.FloatSlider(
        value, min=low, max=high, step=fine, readout_format=f".{digits}f", **common
    )


def _on_grid(low: Any, value: Any, step: Any) -> Any:
    """The lowest value so many whole steps below `value`: a page moves others to its grid.

    >>> _on_grid(5, 12, 5)
    7
    """
    steps = math.floor((value - low) / step + 1e-9)
    return value - steps * step


def _round_step(step: float) -> float:
    """1, 2 or 5 of a power of ten, at least `step`.

    >>> _round_step(0.035), _round_step(0.0)
    (0.05, 0.01)
    """
    if step <= 0:
        return 0.01
    power = 10.0 ** math.floor(math.log10(step))
    return next(each * power for each in (1, 2, 5, 10) if each * power >= step * (1 - 1e-9))


def _box(parameter: Parameter, value: Any, common: dict[str, Any]) -> Any:
    """A field for a number that has no range, or half of one."""
    whole = parameter.kind == "int"
    low, high = parameter.low, parameter.high
    common = {**common, "value": value, "continuous_update": False}
    if low is None and high is None:
        return ipywidgets.IntText(**common) if whole else ipywidgets.FloatText(**common)
    far = 10**9 if whole else 1e300
    ends = {"min": -far if low is None else low, "max": far if high is None else high}
    if whole:
        ends = {key: int(each) for key, each in ends.items()}
        return ipywidgets.BoundedIntText(step=int(parameter.step or 1), **ends, **common)
    return ipywidgets.BoundedFloatText(step=parameter.step, **ends, **common)


def _label(choice: Any) -> str:
    return choice.name if isinstance(choice, Enum) else str(choice)


def _shown(parameter: Parameter, value: Any) -> Any:
    if parameter.kind == "text":
        return value if isinstance(value, str) else repr(value)
    return value


def _read(parameter: Parameter, shown: Any, first: Any) -> Any:
    """The value that a widget stands for."""
    if parameter.kind == "float":
        return float(f"{shown:.12g}")  # a slider's steps add up to 0.30000000000000004
    if parameter.kind == "text" and not isinstance(first, str):
        return first if shown == repr(first) else ast.literal_eval(shown)
    return shown

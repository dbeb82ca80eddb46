"""A person's own indicator, of a function of a frame or of a class with `update`.

`indicator` takes either, called or as a decorator, and gives what keeps to the contract.
The two kinds are in functionindicator and classindicator; neither is trusted to return.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, overload

from livefin.errors import IndicatorError
from livefin.indicators.contract import Indicator
from livefin.indicators.custom.classindicator import ClassIndicator
from livefin.indicators.custom.drawing import Drawing
from livefin.indicators.custom.functionindicator import FunctionIndicator

__all__ = ["ClassIndicator", "FunctionIndicator", "indicator"]


@overload
def indicator(thing: None = None, /, **options: Any) -> Callable[[Any], Indicator]: ...
@overload
def indicator(thing: Any, /, **options: Any) -> Indicator: ...
def indicator(
    thing: Any = None,
    /,
    *,
    name: str | None = None,
    pane: str | None = None,
    kinds: Mapping[str, str] | None = None,
    levels: Iterable[float] = (),
    source: str = "bars",
    symbols: Iterable[str] = (),
    **params: Any,
) -> Indicator | Callable[[Any], Indicator]:
    """An indicator of one's own function or class; a decorator too, with options or without.

    Args:
        thing: a function `f(df, **params)` that gives a Series, DataFrame, array or dict of
            arrays along the rows of `df`; or a class, made with the params, whose
            `update(row)` gives a number, a tuple, a dict or a named tuple, None while there
            is no value, and which may have `peek(row)`, `outputs`, `lookback`, `name`. An
            Indicator, or a function of talib.abstract, is taken as well.
        name: as people call it; the function's or the class's own by default.
        pane: where it is drawn, "price" or "new".
        kinds: how lines are drawn that are no "line": {"gap": "histogram"}.
        levels: values at which faint lines are drawn.
        source: what its rows are: "bars", "trades", "quotes" or "closes", for a class also
            "book" and "quoted" (trades with the quote that stood before each).
        symbols: with "closes" whose, in this order.
        params: parameters that are not to be as by default.

    Raises IndicatorError for what is none, and for parameters that it does not have.

    >>> import pandas as pd
    >>> @indicator(pane="price", window=2)
    ... def mean(df, window=20):
    ...     return df.close.rolling(window).mean()
    >>> times = pd.date_range("2026-03-01", periods=3, freq="1min", tz="UTC")
    >>> mean.batch(pd.DataFrame({"close": [1.0, 2.0, 4.0]}, times))["mean"].tolist()
    [nan, 1.5, 3.0]
    >>> mean.with_params(window=5).params["window"], mean.pane
    (5, 'price')
    """
    drawing = Drawing(
        name or "",
        pane or "",
        MappingProxyType(dict(kinds or {})),
        tuple(levels),
        source,
        tuple(symbols),
    )
    if thing is None:
        return functools.partial(_made, drawing=drawing, params=params)
    return _made(thing, drawing, params)


def _made(thing: Any, drawing: Drawing, params: Mapping[str, Any]) -> Indicator:
    if type(thing).__module__.startswith("talib"):  # a function of talib.abstract
        from livefin.indicators import ta  # noqa: PLC0415 - large, and for this alone

        thing = getattr(ta, thing.info["name"])
    if isinstance(thing, type) and issubclass(thing, Indicator):
        return _drawn(thing(**params), drawing)
    if isinstance(thing, Indicator):
        return _drawn(thing.with_params(**params) if params else thing, drawing)
    if isinstance(thing, type):
        return ClassIndicator(thing, params, drawing=drawing)
    if callable(thing):
        return FunctionIndicator(thing, params, drawing=drawing)
    hint = "; give the class itself" if hasattr(thing, "update") else ""
    raise IndicatorError(f"no function of a frame and no class with update: {thing!r}{hint}")


def _drawn(made: Indicator, drawing: Drawing) -> Indicator:
    """`made` itself, or a copy where something is to be otherwise."""
    said = {key: value for key, value in drawing._asdict().items() if value}
    if said.pop("source") not in {"bars", made.source}:
        raise IndicatorError(f"{made.name} is of {made.source}, not of {drawing.source}")
    if not said:
        return made
    made = made.copy()
    for key, value in said.items():
        setattr(made, key, value)
    return made


def turned(made: Indicator, params: Mapping[str, Any]) -> Indicator:
    """`made` with other parameters, called and drawn as the person said.

    Raises IndicatorError for parameters that cannot be.

    >>> from livefin.indicators.ta import RSI
    >>> mine = indicator(RSI(14), name="strength", levels=[50])
    >>> mine.with_params(timeperiod=20), mine.with_params(timeperiod=20).levels
    (RSI(20), (30, 70))
    >>> turned(mine, {"timeperiod": 20}), turned(mine, {"timeperiod": 20}).levels
    (strength, (50,))
    """
    fresh, plain = made.with_params(**params), made.with_params()
    for key in ("name", "pane", "kinds", "levels"):
        if getattr(made, key) != getattr(plain, key):
            setattr(fresh, key, getattr(made, key))
    return fresh

"""Write an indicator as a plain Python module that runs with no notebook.

A person's function or class comes with all it needs and without livefin; one of TA-Lib's
becomes a call of talib; one of livefin's own imports livefin. The parameters are locked in.
The module computes a CSV's lines from the command line. Text is gathered by gathering.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from textwrap import indent
from typing import Any

from livefin.errors import IndicatorError
from livefin.indicators.contract import BarRow, Indicator
from livefin.indicators.custom.classindicator import ClassIndicator
from livefin.indicators.custom.functionindicator import FunctionIndicator
from livefin.indicators.custom.userdefined import indicator as made_of
from livefin.indicators.ta import TALib
from livefin.research.gathering import FIRST, Gathered, literal

MODULE = '''\
"""{title}

Reads bars from a CSV and writes the lines:

    python {file} bars.csv --out lines.csv
"""

{first}
{body}


def {lines}(df):
    """The lines of bars: times as the index; open, high, low, close and volume as columns."""
{compute}


def {main}():
    """Lines of a CSV whose first column is the bars' times."""
    import argparse
    import sys

    import pandas

    parser = argparse.ArgumentParser(description={title!r})
    parser.add_argument("bars", help="a CSV of bars, their times first")
    parser.add_argument("--out", help="the CSV to write, else it is printed")
    options = parser.parse_args()
    df = pandas.read_csv(options.bars, index_col=0, parse_dates=True)
    {lines}(df).to_csv(options.out or sys.stdout)


if __name__ == "__main__":
    {main}()
'''
OF_FUNCTION = """\
import pandas

found = {call}
if not hasattr(found, "columns") and not isinstance(found, dict):
    found = found._asdict() if hasattr(found, "_fields") else {{{name!r}: found}}
return pandas.DataFrame(dict(found), index=df.index).astype(float)
"""
OF_CLASS = """\
import collections
import math

import pandas

Bar = collections.namedtuple("Bar", {fields!r})
made = {call}
names, rows = getattr(made, "outputs", None), []
times = df.index.as_unit("ns").asi8.tolist()
for i, time in enumerate(times):
    prices = [float(df[field].iloc[i]) if field in df else math.nan for field in Bar._fields[1:]]
    found = made.update(Bar(time, *prices)) if all(map(math.isfinite, prices[:4])) else None
    if hasattr(found, "_asdict"):
        found = found._asdict()
    if isinstance(found, dict):
        names, found = names or list(found), [found[name] for name in names or found]
    elif isinstance(found, (tuple, list)):
        names = names or [str(n + 1) for n in range(len(found))]
    elif found is not None:
        names, found = names or [{name!r}], [found]
    rows.append(found)
names = names or [{name!r}]
values = [[math.nan] * len(names) if row is None else row for row in rows]
return pandas.DataFrame(values, index=df.index, columns=list(names)).astype(float)
"""
OF_TALIB = """\
columns = {columns}
inputs = np.array([df[c] if isinstance(c, str) else np.full(len(df), c) for c in columns], float)
rows = np.flatnonzero(np.isfinite(inputs).all(axis=0))  # TA-Lib spreads a NaN over all after it
values = np.full((len(df), {count}), np.nan)
lookback = {lookback}  # whole numbers are 0, not NaN, before the first value
if len(rows) > lookback:
    found = talib.{function}(*inputs[:, rows]{arguments})
    for i, line in enumerate(found if isinstance(found, tuple) else (found,)):
        values[rows[lookback:], i] = line[lookback:]
return pd.DataFrame(values, index=df.index, columns={outputs})
"""


def export(indicator: Any, path: str | Path | None = None) -> str:
    """The text of a module that computes an indicator's lines; written to `path` where given.

    Takes an indicator of bars, or a function or class as `livefin.indicator` does. Raises
    IndicatorError for what cannot leave the notebook, such as a lambda, or a function that
    uses a live feed; it says which name it is.

    >>> from livefin.indicators import ta
    >>> "talib.RSI(*inputs[:, rows], timeperiod=21)" in export(ta.RSI(21))
    True
    """
    made = made_of(indicator)
    if made.source != "bars":
        raise IndicatorError(f"{made.name} is of {made.source}; a module is made of one of bars")
    file = Path("indicator.py" if path is None else path)
    text = _module(made, file.name)
    if path is not None:
        file.write_text(text, encoding="utf-8")
    return text


def _module(made: Indicator, file: str) -> str:
    taken: set[str] = set()
    if isinstance(made, FunctionIndicator | ClassIndicator):
        gathered = Gathered(made.function, made.params)
        body, taken, call = gathered.text, gathered.taken, gathered.name
        if isinstance(made, FunctionIndicator):
            # In the text's defaults, but for what its **kwargs take.
            rest = set(made.params) - set(_parameters(made.function))
            call = f"{call}(df.copy(){_written(made, rest)})"
            compute = OF_FUNCTION.format(call=call, name=made.name)
        else:
            call = f"{call}({_written(made, set(made.params)).removeprefix(', ')})"
            compute = OF_CLASS.format(call=call, name=made.name, fields=BarRow._fields)
    elif isinstance(made, TALib):
        function = made.function
        arguments = "".join(
            f", {k}={v!r}" for k, v in function.arguments(dict(made.params)).items()
        )
        body = "import numpy as np\nimport pandas as pd\nimport talib"
        compute = OF_TALIB.format(
            columns=list(function.columns(dict(made.params))),
            count=len(made.outputs),
            lookback=made.lookback,
            function=function.name,
            arguments=arguments,
            outputs=list(made.outputs),
        )
    else:
        body, compute = _own(made)
    return MODULE.format(
        title=f"{made.name}, as it was exported.".replace("\\", "/").replace('"', "'"),
        file=file,
        first=FIRST,
        body=body,
        lines=_free("lines", taken),
        main=_free("main", taken),
        compute=indent(compute.rstrip(), "    "),
    )


def _own(made: Indicator) -> tuple[str, str]:
    """One of livefin's own, made anew from its parameters."""
    kind = type(made)
    importable = kind.__module__ != "__main__" and importlib.util.find_spec(kind.__module__)
    if not importable or "." in kind.__qualname__:
        raise IndicatorError(f"{made.name} is of {kind.__qualname__}, which cannot be imported")
    call = f"{kind.__name__}({_written(made, set(made.params)).removeprefix(', ')})"
    return f"from {kind.__module__} import {kind.__name__}", f"return {call}.batch(df)"


def _written(made: Indicator, wanted: set[str]) -> str:
    said = ""
    for name, value in made.params.items():
        text = literal(value)
        if text is None:
            raise IndicatorError(f"{name}={value!r} cannot be written as text")
        said += f", {name}={text}" if name in wanted else ""
    return said


def _parameters(function: Any) -> tuple[str, ...]:
    code = function.__code__
    return tuple(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name

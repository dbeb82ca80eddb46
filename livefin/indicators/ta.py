"""TA-Lib's functions, all of them, as indicators: `ta.RSI(14)`, `ta.MACD()`, `ta.CDLDOJI()`.

One adapter on TA-Lib's metadata (talib_functions) makes a class of each function when it is
first asked for. A closed row goes to TA-Lib's own stream handle, which costs the same after
ten rows and after a million; `batch` is one pass over the rows. TA-Lib's handles
answer bit for bit what its functions do on the whole frame; the tests show it on every
prefix. Rows that lack an input are left out of both, since TA-Lib spreads a NaN over all
that follows; so are rows of numbers that no market has, beyond 1e100 or nearer to 0 than
1e-100, whose quotients overflow and would leave a handle with half a row. No I/O, no clock.

A handle is of one process: pickled, an indicator arrives with its parameters and no state.
TA-Lib changes its own global settings only while no handle is alive.

Source: https://ta-lib.org/functions/ and https://ta-lib.github.io/ta-lib-python/.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from inspect import Parameter as Argument
from operator import attrgetter
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
import talib
import talib.stream
from numpy.typing import NDArray

from livefin.errors import IndicatorError
from livefin.indicators.contract import NAN, Floats, Indicator, Values
from livefin.indicators.rows import columns
from livefin.indicators.talib.drawing import kinds, levels, pane
from livefin.indicators.talib.functions import TALibFunction, described, names
from livefin.indicators.talib.memory import warm_up

Given = tuple[float, ...]
"""What a row has for each of the inputs."""
LEAST, MOST = 1e-100, 1e100


class TALib(Indicator):
    """One of TA-Lib's functions; the base of all classes in this module.

    >>> from livefin.indicators import ta
    >>> ta.BBANDS(20, nbdevup=2.5)
    BBANDS(20, nbdevup=2.5)
    >>> times = pd.date_range("2026-03-01", periods=4, freq="1min", tz="UTC")
    >>> bars = pd.DataFrame({"close": [1.0, 2.0, float("nan"), 6.0]}, times)
    >>> ta.SMA(2).batch(bars).sma.tolist()
    [nan, 1.5, nan, 4.0]
    """

    function: ClassVar[TALibFunction]

    def __init__(self, *args: Any, **params: Any) -> None:
        function = self.function
        settled = function.settled(args, params)
        self.params = settled
        self.name = _name(function, settled)
        self.outputs = function.outputs
        self.parameters = function.parameters
        self.lookback = function.lookback(settled)
        self.warm_up = warm_up(function, settled)
        self._columns = function.columns(settled)
        self.pane = pane(function, self._columns)
        self.kinds = kinds(function)
        self.levels = levels(function)
        self._pick = _picker(self._columns)
        self._arguments = function.arguments(settled)
        self._open = getattr(talib.stream, function.name)
        self._none = (NAN,) * len(self.outputs)
        self._single = len(self.outputs) == 1
        self._stream: Any = None
        self._waiting: list[Given] = []
        """Usable rows, too few so far to open a handle."""

    def with_params(self, **params: Any) -> Self:
        """A fresh one with some parameters changed. Raises IndicatorError for what cannot be."""
        return type(self)(**{**self.params, **params})

    def batch(self, df: pd.DataFrame) -> pd.DataFrame:
        """All values along the index of `df`; changes no state.

        Needs the columns that the function takes. Raises IndicatorError where they are
        missing or no numbers.
        """
        return self._filled(self._inputs(df))[1].set_axis(df.index)

    def begin(self, df: pd.DataFrame) -> pd.DataFrame:
        """Forget what was, and take the rows of `df` as history; the values at them."""
        inputs = self._inputs(df)
        stream, values = self._filled(inputs)
        self._stream, self._waiting = None, []
        if stream is None:
            self._waiting = list(zip(*inputs[:, _whole(inputs)].tolist(), strict=True))
        else:
            self._hold(stream)
        return values.set_axis(df.index)

    def update(self, row: Any) -> Values:
        """Take one more closed row; the values at it."""
        given = self._pick(row)
        for value in given:
            if not LEAST <= value <= MOST and not _usable(value):
                return self._none
        if self._stream is None:
            self._waiting.append(given)
            stream = self._opened(self._waiting)
            if stream is None:
                return self._none
            self._hold(stream)
            self._waiting = []
            return self._values(stream.value)
        return self._values(self._update(*given))

    def peek(self, row: Any) -> Values:
        """The values at the forming row; commits nothing."""
        given = self._pick(row)
        for value in given:
            if not LEAST <= value <= MOST and not _usable(value):
                return self._none
        if self._stream is None:
            stream = self._opened([*self._waiting, given])
            return self._none if stream is None else self._values(stream.value)
        return self._values(self._peek(*given))

    def copy(self) -> Self:
        """The same parameters, and a state of its own, equal to this one's."""
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin._part()  # noqa: SLF001 - its own class
        return twin

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # Python's own would leave the twin with this one's bound methods.
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.params)

    def _part(self) -> None:
        """Share no state with the one this was copied from."""
        self._waiting = list(self._waiting)
        if self._stream is not None:
            self._hold(self._stream.copy())

    def _hold(self, stream: Any) -> None:
        self._stream = stream
        self._update, self._peek = stream.update, stream.peek

    def _values(self, value: Any) -> Values:
        if self._single:
            return (float(value),)
        # TA-Lib's whole numbers stand last, where there are any.
        values: Values = value if type(value[-1]) is float else tuple(map(float, value))
        return values

    def _opened(self, given: Sequence[Given]) -> Any:
        """A handle that has been given these rows, None where they are too few."""
        if len(given) <= self.lookback:
            return None
        try:
            return self._open(*np.array(given, dtype=np.float64).T, **self._arguments)
        except talib.InsufficientHistory:
            return None

    def _inputs(self, df: pd.DataFrame) -> Floats:
        """A row an input, a column a bar."""
        wanted = [each for each in self._columns if isinstance(each, str)]
        if not all(each in df for each in wanted):
            columns(df, *wanted)  # which says what is missing
        inputs = np.empty((len(self._columns), len(df)))
        for i, column in enumerate(self._columns):
            try:
                inputs[i] = df[column] if isinstance(column, str) else column
            except (TypeError, ValueError) as error:
                raise IndicatorError(f"the column {column} must be of numbers: {error}") from error
        return inputs

    def _filled(self, inputs: Floats) -> tuple[Any, pd.DataFrame]:
        """A handle that has been given all, or None, and the values."""
        count = inputs.shape[1]
        rows: NDArray[np.intp] = np.flatnonzero(_whole(inputs))
        table = np.full((count, len(self.outputs)), np.nan)
        stream = None
        if len(rows) > self.lookback:
            finite = inputs if len(rows) == count else inputs[:, rows]
            try:
                stream, found = self._open.open_and_fill(*finite, **self._arguments)
            except talib.InsufficientHistory:
                pass
            else:
                # Whole numbers are 0 and not NaN before the first value.
                first = stream.out_range.begidx
                for i, line in enumerate((found,) if self._single else found):
                    table[rows[first:], i] = line[first:]
        return stream, pd.DataFrame(table, columns=list(self.outputs), copy=False)


def _again(made: type[TALib], params: dict[str, Any]) -> TALib:
    return made(**params)


def _usable(value: float) -> bool:
    return value == 0 or LEAST <= abs(value) <= MOST


def _whole(inputs: Floats) -> NDArray[np.bool_]:
    """Which bars have all inputs, as `_usable` says of each."""
    size = np.abs(inputs)
    usable: NDArray[np.bool_] = ((size == 0) | ((size >= LEAST) & (size <= MOST))).all(axis=0)
    return usable


def _picker(wanted: Sequence[str | float]) -> Callable[[Any], Given]:
    """What takes the inputs off a row."""
    if any(not isinstance(each, str) for each in wanted):
        gets = [
            attrgetter(each) if isinstance(each, str) else functools.partial(_same, float(each))
            for each in wanted
        ]
        return lambda row: tuple(get(row) for get in gets)
    get: Callable[[Any], Any] = attrgetter(*(str(each) for each in wanted))
    return get if len(wanted) > 1 else lambda row: (get(row),)


def _same(value: float, _row: Any) -> float:
    return value


def _name(function: TALibFunction, params: dict[str, Any]) -> str:
    """As people write it: the leading periods, then what is not as by default."""
    said, leading = [], True
    for parameter in function.parameters:
        value = params[parameter.name]
        leading = leading and parameter.kind == "int" and parameter in function.numbers
        if leading:
            said.append(f"{value}")
        elif value != parameter.default:
            said.append(f"{parameter.name}={value!r}")
    return f"{function.name}({', '.join(said)})" if said else function.name


def _made(name: str) -> type[TALib]:
    function = described(name)

    def __init__(self: TALib, *args: Any, **params: Any) -> None:  # noqa: N807 - becomes that method
        TALib.__init__(self, *args, **params)

    signature = function.signature
    own = Argument("self", Argument.POSITIONAL_ONLY)
    parameters = [own, *signature.parameters.values()]
    __init__.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    body = {"function": function, "__doc__": function.doc, "__init__": __init__}
    return type(name, (TALib,), {**body, "__module__": __name__, "__qualname__": name})


def __getattr__(name: str) -> type[TALib]:
    # Of two threads that ask for the first time, both must get the same class.
    found: type[TALib] = globals().setdefault(name, _made(name))
    return found


def __dir__() -> list[str]:
    return ["TALib", *names()]

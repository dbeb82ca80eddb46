"""Events as a person gives them: plain values checked, times filled in and brought to ns.

What a notebook hands over is not what a venue's decoder makes: prices are texts or numpy
scalars, times are seconds or datetimes, or missing. Each becomes an event that the frames
can hold, or an EventError that names the mistake. No I/O, no clock: `now` is an argument.
Serves custom (a person's function from message to events) and push (a person's own code).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from math import inf, isfinite, nan
from operator import itemgetter
from typing import Any, TypeAlias, cast

import msgspec
from msgspec.structs import asdict

from livefin.errors import LivefinError, MessageError
from livefin.events import (
    CHANNEL,
    AggTrade,
    Bar,
    BookDelta,
    BookSnapshot,
    Event,
    Level,
    OrderEvent,
    Quote,
    Rate,
    Status,
    Ticker,
    Trade,
)
from livefin.venues.contract import MAX_SYMBOL
from livefin.venues.wire import iso_ns

Given: TypeAlias = Event | Mapping[str, Any]
"""One event: a struct of events.py, or a mapping of its fields with `time` for ts_event."""

HISTORY = 3600 * 1_000_000_000
"""What happened longer ago than this did not just arrive: it is history, and no lag."""
UNITS = (
    (10**8, 10**9, "seconds"),
    (10**11, 10**6, "milliseconds"),
    (10**14, 10**3, "microseconds"),
    (10**17, 1, "nanoseconds"),
)
"""(from, factor to ns, name): numbers of the time since 1970 that lie after March 1973."""
MAX_NS = 2**63 - 1
DIGITS = 19
"""Numbers of fewer digits fit a column of integers."""
MAX_ID = 128
BITS = 400
"""Larger integers have more than MAX_ID digits, and take long to write down."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

KINDS: tuple[tuple[frozenset[str], type], ...] = (
    (frozenset({"bids", "asks"}), BookSnapshot),
    (frozenset({"bid", "ask"}), Quote),
    (frozenset({"open", "high", "low", "close"}), Bar),
    (frozenset({"price"}), Trade),
    (frozenset({"rate"}), Rate),
)
"""What a mapping is, by the fields it has; the first that fits."""
_PRICE, _SIZE = itemgetter(0), itemgetter(1)
_SIMPLE = frozenset({int, float, str, bool, type(None)})
_LEVEL = frozenset({"price", "size"})
_CHAIN = frozenset({"first", "last", "previous"})
_DEFAULTS: dict[type, dict[str, Any]] = {
    Trade: {"size": 0.0},
    Quote: {"bid_size": nan, "ask_size": nan},
    Bar: {"volume": 0.0, "trades": 0, "closed": True},
}
_FIELDS = {kind: [field.name for field in msgspec.structs.fields(kind)] for kind in CHANNEL}
_FLOATS = {
    kind: [field.name for field in msgspec.structs.fields(kind) if field.type is float]
    for kind in CHANNEL
}
_MAY_BE_UNKNOWN = frozenset({Quote, Ticker, OrderEvent})
"""Kinds whose numbers may be NaN: one side of a quote, the price of an order deleted by id."""
_PATH = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?", re.DOTALL)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INDEX = re.compile(r"\[(\d+)\]")


class EventError(LivefinError, ValueError):
    """What was given cannot be an event; the text says why, and what to give instead."""


def to_events(given: Any, now: int, *, arrived: bool = False) -> list[Event]:
    """What `given` holds: one event, several in any iterable, or nothing (None or False).

    `arrived`: it arrived at `now`, whatever it says itself; else `ts_recv` is kept where it
    is given. Raises EventError, and what a generator raises.

    >>> to_events([{"symbol": "ABC", "price": "10.5", "time": 1618678262712}], 10**18)
    [Trade(symbol='ABC', ts_event=1618678262712000000, ts_recv=1000000000000000000, \
price=10.5, size=0.0, side=None, id=None)]
    """
    if given is None or given is False:
        return []
    if type(given) in CHANNEL or isinstance(given, Mapping | Status):
        return [to_event(given, now, arrived=arrived)]
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise _no_event(given)
    return [
        to_event(one, now, arrived=arrived) for one in given if one is not None and one is not False
    ]


def to_event(given: Any, now: int, *, arrived: bool = False) -> Event:
    """`given` as one sound event. Raises EventError."""
    kind = type(given)
    if kind is Status:
        return _status(given, now)
    exact = kind in CHANNEL
    if exact:
        values = asdict(given)
    elif isinstance(given, Mapping):
        kind, values = _read_mapping(given)
    else:
        raise _no_event(given)
    _fill_times(values, now, exact=exact, arrived=arrived)
    side = values.get("side")
    if isinstance(side, str):
        values["side"] = side.lower()  # venues write "Buy" and "BUY" as well
    if kind in (Trade, AggTrade):
        values["id"] = to_id(values.get("id"))
    event: Event = _convert(kind, values)
    _check(event)
    return event


def _no_event(given: Any) -> EventError:
    return EventError(
        f"{_shown(given)} ({type(given).__name__}) is no event: give one such as lf.Trade(…), "
        'a mapping such as {"symbol": …, "price": …, "size": …}, a list of these, or None'
    )


def _read_mapping(given: Mapping[str, Any]) -> tuple[type, dict[str, Any]]:
    """Which event the mapping is, and its fields."""
    for needed, kind in KINDS:
        if needed <= given.keys():
            if kind is BookSnapshot and _CHAIN & given.keys():
                kind = BookDelta  # noqa: PLW2901 - the ids it has tell it from a whole book
            break
    else:
        raise EventError(
            f"a mapping with the keys {_listed(given)} is no event: a trade has price, a quote "
            "bid and ask, a book bids and asks, a bar open, high, low and close, a rate has rate"
        )
    values = {**_DEFAULTS.get(kind, {}), **given}
    if "time" in values:
        values["ts_event"] = values.pop("time")
    fields = _FIELDS[kind]
    unknown = [name for name in values if name not in fields]
    if unknown:
        there = ", ".join("time" if name == "ts_event" else name for name in fields)
        raise EventError(f"a {kind.__name__} has no {_listed(unknown)}; it has: {there}")
    return kind, values


def _fill_times(values: dict[str, Any], now: int, *, exact: bool, arrived: bool) -> None:
    ts_event, ts_recv = values.get("ts_event"), values.get("ts_recv")
    if _absent(ts_event):
        ts_event = now
    elif type(ts_event) is not int or not UNITS[-1][0] <= ts_event <= MAX_NS:
        ts_event = to_ns(ts_event, "ts_event" if exact else "time", exact=exact)
    if arrived:
        ts_recv = now
    elif _absent(ts_recv):
        ts_recv = now if now - ts_event < HISTORY else ts_event
    else:
        ts_recv = to_ns(ts_recv, "ts_recv", exact=exact)
    values["ts_event"], values["ts_recv"] = ts_event, ts_recv


def _absent(ts: Any) -> bool:
    return ts is None or (type(ts) is int and ts == 0)


def to_ns(value: Any, name: str = "time", *, exact: bool = False) -> int:
    """A time in ns: a datetime, ISO text, or a number since 1970 whose unit its size tells.

    `exact` takes numbers in ns only, as the events' own fields have them. Raises EventError.

    >>> to_ns(1618678262.5), to_ns("1618678262500") == to_ns("2021-04-17T16:51:02.500Z")
    (1618678262500000000, True)
    """
    if getattr(value, "ndim", 0):
        raise EventError(f"{name} is {_shown(value)}: several times at once")
    if value is None or value != value:  # noqa: PLR0124 - NaN and NaT
        raise EventError(f"{name} is missing ({value})")
    if isinstance(value, datetime):
        return _datetime_ns(value, name)
    if hasattr(value, "astype"):  # of numpy
        value = value.astype("datetime64[ns]").astype("i8") if value.dtype.kind == "M" else value
        value = value.tolist()
    if isinstance(value, str):
        try:
            value = float(value) if "." in value else int(value)
        except ValueError:
            return _iso_ns(value, name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EventError(f"{name} is {_shown(value)}, a {type(value).__name__}: no time")
    return _number_ns(value, name, exact=exact)


def _number_ns(value: float, name: str, *, exact: bool) -> int:
    for least, factor, unit in reversed(UNITS):
        if least <= value <= MAX_NS:
            if exact and (factor > 1 or isinstance(value, float)):
                raise EventError(_wrong_unit(name, value, factor, unit))
            whole = int(value)
            ns = whole * factor + round((value - whole) * factor)
            if ns <= MAX_NS:
                return ns
            break
    raise EventError(f"{name} is {_shown(value)}: no time after 1973 in s, ms, µs or ns")


def _wrong_unit(name: str, value: float, factor: int, unit: str) -> str:
    hint = f"multiply by {factor:_}" if isinstance(value, int) else f"use int({name} * {factor:_})"
    return f"{name} is {value!r}, which looks like {unit}; livefin counts in nanoseconds: {hint}"


def _datetime_ns(value: datetime, name: str) -> int:
    if value.tzinfo is None:
        raise EventError(
            f"{name} is {value}, which says no time zone: use datetime.now(UTC), "
            'or .tz_localize("UTC") of a pandas time'
        )
    micros = int((value - _EPOCH) // _MICROSECOND)
    if not 0 <= micros <= MAX_NS // 1_000 - 1:
        raise EventError(f"{name} is {value}; livefin knows times from 1970 to 2262")
    return micros * 1_000 + getattr(value, "nanosecond", 0)  # pandas times have it


def _iso_ns(text: str, name: str) -> int:
    try:
        return iso_ns(f"{text}T00:00:00" if _DATE.fullmatch(text) else text)
    except MessageError:
        raise EventError(f"{name} is {_shown(text)}: no number and no ISO 8601 time") from None


def to_id(given: Any) -> int | str | None:
    """The id of a trade: a number where it is one, also written as text, else the text.

    >>> to_id(7), to_id("7"), to_id("a7"), to_id(2**70)
    (7, 7, 'a7', '1180591620717411303424')
    """
    given = _plain(given)
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | str):
        raise EventError(f"id is {_shown(given)}; it is a whole number or a text")
    huge = isinstance(given, int) and given.bit_length() > BITS
    text = "" if huge else str(given)
    if text.isascii() and text.isdigit() and len(text) < DIGITS and str(int(text)) == text:
        return int(text)
    if not 0 < len(text) <= MAX_ID:
        raise EventError(f"id is {_shown(given)}; it has 1 to {MAX_ID} letters or digits")
    return text


def _convert(kind: type, values: dict[str, Any]) -> Any:
    """The event that has `values`; texts of numbers become numbers."""
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError:
        pass  # perhaps of numpy, which msgspec does not know, or levels written as mappings
    try:
        values = {name: _plain(value) for name, value in values.items()}
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise EventError(_explain(kind, values, str(error))) from None
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise EventError(f"{kind.__name__}: {error}") from None


def _plain(value: Any) -> Any:
    """`value` without numpy, and a level written {"price": …, "size": …} as a pair."""
    kind = type(value)
    if kind in _SIMPLE:
        return value
    if kind is list or kind is tuple:
        return [_plain(one) for one in value]
    if kind is dict and value.keys() == _LEVEL:
        return [_plain(value["price"]), _plain(value["size"])]
    return value.tolist() if hasattr(value, "tolist") else value


def _explain(kind: type, values: dict[str, Any], error: str) -> str:
    """What msgspec found wrong, in a person's words."""
    found = _PATH.fullmatch(error)
    what, path = (found["what"], found["path"] or "") if found else (error, "")
    name = path.partition("[")[0]
    value = values.get(name)
    if "missing required field" in what:
        return f"a {kind.__name__} needs {what.rpartition('field')[2].strip(' `')}"
    if name in ("bids", "asks") and isinstance(value, list):
        index = _INDEX.search(path)
        level = _shown(value[int(index[1])]) if index else _shown(value)
        return f"{kind.__name__}: {name} hold {level}; a level is (price, size), both numbers"
    if name == "side":
        return f'side is {_shown(value)}; say "buy" or "sell", the taker\'s, or None'
    plainly = what.replace("`", "").replace("Expected", "expected")
    return f"{kind.__name__}: {path or 'it'} is {_shown(value)}; {plainly}"


def check_symbol(symbol: object) -> None:
    """Raise EventError where `symbol` cannot name anything."""
    if not isinstance(symbol, str) or not 0 < len(symbol) <= MAX_SYMBOL or not symbol.isprintable():
        raise EventError(f"symbol is {_shown(symbol)}; it is a text of 1 to {MAX_SYMBOL} letters")


def _check(event: Any) -> None:
    """Raise EventError where a value of the right type is no sound value all the same."""
    kind = type(event)
    check_symbol(event.symbol)
    for name in _FLOATS[kind]:
        value = getattr(event, name)
        unknown = value != value and kind in _MAY_BE_UNKNOWN  # noqa: PLR0124 - NaN
        if not (isfinite(value) or unknown):
            raise EventError(f"{kind.__name__}: {name} is {value}")
        if value < 0 and name.endswith("size"):
            hint = '; the side says which way: side="sell"' if kind is Trade else ""
            raise EventError(f"{kind.__name__}: {name} is {value}, below 0{hint}")
    if kind in (BookSnapshot, BookDelta):
        for levels in (event.bids, event.asks):
            # One NaN or infinity spoils the sum, which is quicker than to look at each.
            sound = isfinite(sum(map(_PRICE, levels)) + sum(map(_SIZE, levels)))
            if not sound or min(map(_SIZE, levels), default=0.0) < 0:
                _check_levels(kind, levels)


def _check_levels(kind: type, levels: Iterable[Level]) -> None:
    for price, size in levels:
        if not (isfinite(price) and 0 <= size < inf):
            raise EventError(f"{kind.__name__}: {(price, size)} is no level (price, size)")


def _status(given: Status, now: int) -> Status:
    values = asdict(given)
    values["ts"] = now if _absent(given.ts) else to_ns(given.ts, "ts", exact=True)
    return cast("Status", _convert(Status, values))


def _listed(names: Iterable[Any]) -> str:
    return ", ".join(repr(name) for name in names) or "none"


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a person's own class, or an integer of 5,000 digits
        return f"something ({type(value).__name__})"
    return text if len(text) <= 60 else f"{text[:59]}…"  # noqa: PLR2004

"""What must be true of everything that a venue makes of bytes, whatever the bytes were.

`check(event)` raises AssertionError with the reason. Times fit a column, numbers are finite,
texts are short: so that nothing further on has to be afraid.
"""

from math import isfinite, isnan
from typing import get_args

from livefin.events import (
    LONGEST_DETAIL,
    AggTrade,
    Bar,
    BookDelta,
    BookSnapshot,
    Funding,
    Liquidation,
    OpenInterest,
    OrderDelta,
    OrderEvent,
    OrderSnapshot,
    Quote,
    Rate,
    Status,
    StatusKind,
    Ticker,
    Trade,
)
from livefin.venues.contract import Closing, Numbered, Ready, Reply

LONGEST_SYMBOL, LONGEST_ID, LONGEST_TEXT = 160, 256, 4_000
LATEST = 2**63 - 1
SIDES = ("buy", "sell")
KINDS = frozenset(get_args(StatusKind))


def must(condition, what, event):
    if not condition:
        raise AssertionError(f"{what}: {repr(event)[:300]}")


def symbol(event):
    text = event.symbol
    must(type(text) is str and len(text) <= LONGEST_SYMBOL, "symbol", event)
    must(text or isinstance(event, Status), "no symbol", event)
    text.encode()  # no lone surrogates


def times(event):
    must(type(event.ts_event) is int and 0 <= event.ts_event <= LATEST, "ts_event", event)
    must(type(event.ts_recv) is int and 0 <= event.ts_recv <= LATEST, "ts_recv", event)
    symbol(event)


def finite(event, *values):
    for value in values:
        must(type(value) is float and isfinite(value), "a number that is none", event)


def whole(event, *values, least=-1):
    for value in values:
        if value is not None:
            must(type(value) is int and least <= value <= LATEST, "an id or number", event)


def trade_id(event):
    value = event.id
    if type(value) is str:
        must(len(value) <= LONGEST_ID, "an id too long", event)
        value.encode()
    else:
        whole(event, value)


def levels(event, texts=None):
    for side, written in zip((event.bids, event.asks), texts or ((), ()), strict=True):
        must(type(side) is list, "a side that is no list", event)
        for level in side:
            must(type(level) is tuple and len(level) == 2, "a level", event)
            finite(event, *level)
            must(level[1] >= 0, "a size below nothing", event)
        if texts is not None:
            must(len(written) == len(side), "texts beside levels", event)
            for pair in written:
                must(len(pair) == 2 and all(type(t) is str for t in pair), "a text", event)
                must(all(len(t) <= LONGEST_TEXT for t in pair), "a text too long", event)


def a_trade(event):
    times(event)
    finite(event, event.price, event.size)
    must(event.size >= 0, "size", event)
    must(event.side is None or event.side in SIDES, "side", event)
    trade_id(event)
    if type(event) is AggTrade:
        whole(event, event.first_id, event.last_id)


def a_quote(event):
    times(event)
    finite_or_nan(event, event.bid, event.bid_size, event.ask, event.ask_size)
    whole(event, event.sequence)


def finite_or_nan(event, *values):
    for value in values:
        must(type(value) is float and (isfinite(value) or isnan(value)), "a number", event)


def a_book(event):
    times(event)
    levels(event, event.text)
    if type(event) is BookSnapshot:
        whole(event, event.sequence)
    else:
        whole(event, event.first, event.last, event.previous)
    whole(event, event.checksum, least=-(2**31))


def orders(event):
    times(event)
    whole(event, event.sequence)
    for side in (event.bids, event.asks):
        for order in side:
            name, price, size, ts = order
            must(type(name) is str and len(name) <= LONGEST_ID, "order id", event)
            finite(event, price, size)
            whole(event, ts, least=0)


def order_steps(event):
    times(event)
    whole(event, event.first, event.last, event.previous)
    for step in event.orders:
        must(type(step) is OrderEvent, "an order's step", event)
        order_step(step)


def order_step(event):
    times(event)
    must(event.action in ("add", "change", "fill", "delete"), "action", event)
    must(event.side in SIDES, "side", event)
    must(type(event.order_id) is str and 0 < len(event.order_id) <= LONGEST_ID, "id", event)
    finite_or_nan(event, event.price, event.size)
    if event.action != "delete":
        finite_or_nan(event, event.price)
        must(not isnan(event.size), "size", event)


def a_bar(event):
    times(event)
    finite(event, event.open, event.high, event.low, event.close, event.volume)
    must(type(event.trades) is int and -1 <= event.trades <= LATEST, "trades", event)
    must(type(event.closed) is bool, "closed", event)
    must(type(event.interval) is str and 0 < len(event.interval) <= 16, "interval", event)


def a_ticker(event):
    times(event)
    finite_or_nan(event, event.last, event.open, event.high, event.low, event.volume)


def a_funding(event):
    times(event)
    finite_or_nan(event, event.rate)
    whole(event, event.next_time, least=0)


def a_rate(event):
    times(event)
    finite(event, event.rate)


def interest(event):
    times(event)
    finite(event, event.contracts)


def a_status(event):
    symbol(event)
    must(event.kind in KINDS, "kind", event)
    must(type(event.ts) is int and type(event.count) is int, "ts", event)
    must(type(event.detail) is str and len(event.detail) <= LONGEST_DETAIL, "detail", event)
    must(len(event.channel) <= 40, "channel", event)


def a_reply(event):
    must(isinstance(event.data, str | bytes) and len(event.data) < 10**6, "reply", event)


def a_number(event):
    must(type(event.number) is int and -1 <= event.number <= LATEST, "number", event)
    must(len(event.symbol) <= LONGEST_SYMBOL and len(event.channel) <= 40, "stream", event)


def closing(event):
    finite(event, float(event.within))
    must(event.within >= 0, "within", event)


CHECKS = {
    Trade: a_trade,
    AggTrade: a_trade,
    Liquidation: a_trade,
    Quote: a_quote,
    BookSnapshot: a_book,
    BookDelta: a_book,
    OrderSnapshot: orders,
    OrderDelta: order_steps,
    OrderEvent: order_step,
    Bar: a_bar,
    Rate: a_rate,
    Ticker: a_ticker,
    Funding: a_funding,
    OpenInterest: interest,
    Status: a_status,
    Reply: a_reply,
    Numbered: a_number,
    Ready: lambda _: None,
    Closing: closing,
}


def check(event):
    """Raise AssertionError with what is wrong with an event or an aside."""
    found = CHECKS.get(type(event))
    must(found is not None, "no event", event)
    found(event)

"""One symbol as it is traded: its book, its crowd, its clients' orders, and its numbering.

Turns what happens in matching.py into protocol messages: public market data, and executions
for the one client each concerns. Trade ids rise by one, and so do the update ids of changed
levels. The time of each event is an argument. market.py owns the listings.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from livefin.events import Level, Side
from livefin.exchange.agents import Crowd
from livefin.exchange.instruments import Instrument
from livefin.exchange.matching import Change, LimitOrderBook, Order, Outcome
from livefin.exchange.protocol import (
    BookDelta,
    BookSnapshot,
    Execution,
    ExecutionStatus,
    MarketData,
    NewOrder,
    Quote,
    Trade,
)

MAX_OPEN = 500
"""Resting orders one client may have in one symbol."""
BAND = 2.0


class Output(NamedTuple):
    """Messages of one or more events, in order: for everybody, and for one client each."""

    public: list[MarketData]
    private: list[tuple[int, Execution]]


class _ClientOrder(NamedTuple):
    """A client's order as it was sent, and as the book has it."""

    sent: NewOrder
    order: Order


class Listing:
    """`instrument`, traded by a crowd that draws from `random`.

    Owners are positive integers given by the caller. `trades` holds the last `history` trades.
    """

    def __init__(self, instrument: Instrument, random: Random, *, history: int) -> None:
        self.instrument = instrument
        self.trades: deque[Trade] = deque(maxlen=history)
        self.sequence = 0
        """Update id of the last changed level."""
        self._book = LimitOrderBook()
        self._crowd = Crowd(instrument, random)
        self._crowd.open(self._book)
        self.sequence += len(self._book.changes())
        self._trade_id = 0
        self._touch: tuple[int | None, int, int | None, int] | None = None
        self._open: defaultdict[int, dict[int, _ClientOrder]] = defaultdict(dict)

    def __repr__(self) -> str:
        return f"Listing({self.instrument.symbol!r}, trade {self._trade_id}, book {self.sequence})"

    def step(self, dt: float, now: int) -> Output:
        """Let `dt` seconds pass and one simulated participant act, at `now` (ns)."""
        return self._publish(self._crowd.act(self._book, dt), now)

    def order(self, owner: int, sent: NewOrder, now: int) -> Output:
        """Carry out a client's order; one that cannot be is answered `rejected`."""
        side, size = sent.side, self.instrument.lots(sent.size)
        price = None if sent.price is None else self.instrument.ticks(sent.price)
        reason = self._refusal(owner, sent, size, price)
        if reason or size is None:
            return Output([], [(owner, self._rejected(sent, reason, now))])
        if sent.type == "market" or price is None:
            outcome = self._book.market(side, size, owner=owner)
        else:
            outcome = self._book.limit(side, price, size, owner=owner, ioc=sent.ioc)
        mine = _ClientOrder(sent, outcome.order)
        if outcome.resting:
            self._open[owner][outcome.order.id] = mine
        private = [(owner, self._execution(mine, "accepted", sent.size, now))]
        out = self._publish([outcome], now, taker=mine)
        private += out.private
        if outcome.order.left and not outcome.resting:
            left = self.instrument.amount(outcome.order.left)
            private.append((owner, self._execution(mine, "cancelled", left, now)))
        return Output(out.public, private)

    def cancel(self, owner: int, number: int, now: int) -> Output | None:
        """Cancel the resting order `number` of `owner`; None when there is no such order."""
        mine = self._open[owner].pop(number, None)
        if mine is None:
            return None
        self._book.cancel(number)
        left = self.instrument.amount(mine.order.left)
        out = self._publish([], now)
        return Output(out.public, [(owner, self._execution(mine, "cancelled", left, now))])

    def cancel_all(self, owner: int, now: int) -> Output:
        """Cancel every resting order of `owner`, who is gone."""
        for number in self._open.pop(owner, {}):
            self._book.cancel(number)
        return self._publish([], now)

    def snapshot(self, now: int, depth: int | None = None) -> BookSnapshot:
        """The best `depth` levels of each side."""
        bids, asks = (
            [self._level(price, size) for price, size in self._book.levels(side, depth)]
            for side in _SIDES
        )
        return BookSnapshot(now, self.instrument.symbol, self.sequence, bids, asks)

    def quote(self, now: int) -> Quote | None:
        """Best bid and ask; None while a side is empty."""
        bid, ask = self._book.best_bid, self._book.best_ask
        if bid is None or ask is None:
            return None
        return Quote(
            now,
            self.instrument.symbol,
            self.sequence,
            *self._level(bid, self._book.size_at("buy", bid)),
            *self._level(ask, self._book.size_at("sell", ask)),
        )

    # Messages

    def _publish(
        self, outcomes: Sequence[Outcome], now: int, taker: _ClientOrder | None = None
    ) -> Output:
        """Trades, then the delta, then the quote; and executions of the clients involved."""
        out = Output([], [])
        for outcome in outcomes:
            if outcome.fills:
                self._trade(outcome, now, taker, out)
        changes = self._book.changes()
        if changes:
            out.public.append(self._delta(changes, now))
            touch = self._best()
            if touch != self._touch:
                self._touch = touch
                quote = self.quote(now)
                if quote is not None:
                    out.public.append(quote)
        return out

    def _trade(self, outcome: Outcome, now: int, taker: _ClientOrder | None, out: Output) -> None:
        symbol, side = self.instrument.symbol, outcome.order.side
        left = outcome.order.left + sum(fill.size for fill in outcome.fills)
        for price, size, maker, rest in outcome.fills:
            self._trade_id += 1
            left -= size
            trade = Trade(now, symbol, self._trade_id, *self._level(price, size), side)
            self.trades.append(trade)
            out.public.append(trade)
            if taker is not None:
                out.private.append((taker.order.owner, self._filled(taker, left, trade)))
            if maker.owner:
                theirs = self._open[maker.owner][maker.id]
                # Not maker.left: the outcomes that follow may have filled it further.
                out.private.append((maker.owner, self._filled(theirs, rest, trade)))
                if not rest:
                    del self._open[maker.owner][maker.id]

    def _delta(self, changes: list[Change], now: int) -> BookDelta:
        first = self.sequence + 1
        self.sequence += len(changes)
        bids, asks = (
            [self._level(price, size) for of, price, size in changes if of == side]
            for side in _SIDES
        )
        return BookDelta(now, self.instrument.symbol, first, self.sequence, bids, asks)

    def _best(self) -> tuple[int | None, int, int | None, int]:
        bid, ask = self._book.best_bid, self._book.best_ask
        return (
            bid,
            0 if bid is None else self._book.size_at("buy", bid),
            ask,
            0 if ask is None else self._book.size_at("sell", ask),
        )

    def _level(self, price: int, size: int) -> Level:
        return self.instrument.price(price), self.instrument.amount(size)

    # Clients' orders

    def _refusal(self, owner: int, sent: NewOrder, size: int | None, price: int | None) -> str:
        """Why `sent` cannot be carried out; "" when it can."""
        instrument = self.instrument
        if size is None or sent.size > instrument.max_size:
            return f"size is a positive multiple of {instrument.lot:g} to {instrument.max_size:g}"
        if sent.type == "market":
            return "a market order has no price" if sent.price is not None else ""
        if price is None or sent.price is None:
            return f"price is a positive multiple of {instrument.tick:g}"
        last = self.trades[-1].price if self.trades else instrument.start
        if not last / BAND <= sent.price <= last * BAND:
            return f"price is within {last / BAND:g} and {last * BAND:g}"
        return f"at most {MAX_OPEN} open orders" if len(self._open[owner]) >= MAX_OPEN else ""

    def _execution(
        self, mine: _ClientOrder, status: ExecutionStatus, left: float, now: int
    ) -> Execution:
        sent, symbol = mine.sent, self.instrument.symbol
        return Execution(
            now, symbol, status, sent.side, sent.type, sent.size, left,
            order_id=f"{symbol}:{mine.order.id}", client_id=sent.client_id, price=sent.price,
        )  # fmt: skip

    def _filled(self, mine: _ClientOrder, left: int, trade: Trade) -> Execution:
        sent = mine.sent
        return Execution(
            trade.ts, trade.symbol, "partially_filled" if left else "filled", sent.side, sent.type,
            sent.size, self.instrument.amount(left),
            order_id=f"{trade.symbol}:{mine.order.id}", client_id=sent.client_id, price=sent.price,
            fill_price=trade.price, fill_size=trade.size, trade_id=trade.id,
        )  # fmt: skip

    def _rejected(self, sent: NewOrder, reason: str, now: int) -> Execution:
        symbol = self.instrument.symbol
        return Execution(
            now, symbol, "rejected", sent.side, sent.type, sent.size, sent.size,
            client_id=sent.client_id, price=sent.price, reason=reason,
        )  # fmt: skip


_SIDES: tuple[Side, Side] = ("buy", "sell")

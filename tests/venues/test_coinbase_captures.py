"""Coinbase Advanced Trade's real traffic: every message known, books and trades in order."""

import gzip
import json
from collections import Counter, defaultdict

import pytest

from livefin.book import OrderBook
from livefin.events import Bar, BookDelta, BookSnapshot, Quote, Ticker, Trade
from livefin.recording import Recording
from livefin.venues.coinbase.advanced import Coinbase
from livefin.venues.coinbase.exchange import CoinbaseExchange
from livefin.venues.contract import Numbered
from livefin.venues.wire import S, iso_ns

ADVANCED = "coinbase/advanced_trade_20260809_part1.jsonl.gz"
EXCHANGE = "coinbase/exchange_legacy_20210417_5products.jsonl.gz"


def frames(path):
    """(receipt time ns, raw) of what came on the sockets of a capture in format A."""
    with gzip.open(path, "rt") as file:
        for record in map(json.loads, file):
            if record["t"] == "recv":
                yield int(record["ts"] * S), record["data"].encode()


@pytest.fixture(scope="module")
def events(captures):
    venue, out = Coinbase(), []
    for ts, raw in frames(captures / ADVANCED):
        assert Coinbase.recognises(raw)
        assert not CoinbaseExchange.recognises(raw)
        out += venue.parse(raw, ts)
    return out


@pytest.mark.parametrize(
    ("path", "name"), [(ADVANCED, "coinbase"), (EXCHANGE, "coinbase-exchange")]
)
def test_recordings_of_both_feeds_say_coinbase_and_are_told_apart(captures, path, name):
    assert Recording(captures / path).venue == name


def test_every_message_is_known(events):
    assert Counter(map(type, events)) == {
        Numbered: 618,
        BookSnapshot: 2,
        BookDelta: 450,
        Trade: 257,
        Quote: 101,
        Ticker: 101,
        Bar: 202,
    }
    kept = [event for event in events if not isinstance(event, Numbered)]
    assert {event.symbol for event in kept} == {"BTC-USD", "ETH-USD"}


def test_messages_are_numbered_by_one(events):
    numbers = [event.number for event in events if isinstance(event, Numbered)]
    assert numbers == list(range(618))


def test_trades_are_numbered_by_one_and_in_order_of_time(events):
    trades = defaultdict(list)
    for event in events:
        if isinstance(event, Trade):
            trades[event.symbol].append(event)
    assert {symbol: len(own) for symbol, own in trades.items()} == {"BTC-USD": 136, "ETH-USD": 121}
    for own in trades.values():
        first = own[0].id
        assert [trade.id for trade in own] == list(range(first, first + len(own)))
        times = [trade.ts_event for trade in own]
        assert times == sorted(times)
    new = next(trade for trade in trades["BTC-USD"] if trade.id == 1068572091)
    assert new.ts_event == iso_ns("2026-08-09T21:05:48.167634Z")
    assert (new.price, new.size, new.side) == (65083.67, 0.01034361, "buy")


def test_books_are_whole_and_agree_with_the_quotes(events):
    """A quote is compared with the last 40 states of the book: they come by ways of their own."""
    books, tops, agreed, sizes = {}, defaultdict(list), Counter(), {}
    for event in events:
        if isinstance(event, BookDelta | BookSnapshot):
            book = books.setdefault(event.symbol, OrderBook(event.symbol))
            book.apply(event)
            assert not book.crossed
            tops[event.symbol].append((*book.best_bid, *book.best_ask))
            if isinstance(event, BookSnapshot):
                sizes[event.symbol] = (len(event.bids), len(event.asks))
        elif isinstance(event, Quote) and event.symbol in books:
            quoted = (event.bid, event.bid_size, event.ask, event.ask_size)
            agreed[quoted in tops[event.symbol][-40:]] += 1
    assert sizes == {"BTC-USD": (18_764, 27_236), "ETH-USD": (6_935, 16_399)}
    assert agreed == {True: 79, False: 16}


def test_the_taker_bought_where_the_trade_was_at_the_ask(events):
    books, sides = {}, Counter()
    for event in events:
        if isinstance(event, BookDelta | BookSnapshot):
            books.setdefault(event.symbol, OrderBook(event.symbol)).apply(event)
        elif isinstance(event, Trade) and event.symbol in books:
            book = books[event.symbol]
            if event.price >= book.best_ask[0]:
                sides["ask", event.side] += 1
            elif event.price <= book.best_bid[0]:
                sides["bid", event.side] += 1
    assert sides == {("ask", "buy"): 36, ("bid", "sell"): 14}


def test_bars_are_of_five_minutes_and_only_the_last_of_each_product_is_forming(events):
    bars = [event for event in events if isinstance(event, Bar)]
    assert {bar.interval for bar in bars} == {"5m"}
    assert all(bar.ts_event % (300 * S) == 0 for bar in bars)
    assert {bar.ts_event // S for bar in bars if not bar.closed} == {1_786_309_500}
    assert Counter(bar.closed for bar in bars) == {True: 198, False: 4}
    last = next(bar for bar in reversed(bars) if bar.symbol == "ETH-USD")
    assert (last.open, last.high, last.low, last.close) == (1919.58, 1919.6, 1919.27, 1919.41)


def test_the_fixtures_of_others_are_known(captures):
    kinds = Counter()
    with gzip.open(captures / "coinbase/nautilus_single_messages.jsonl.gz", "rt") as file:
        for line in file:
            raw = json.dumps(json.loads(line)["message"], separators=(",", ":")).encode()
            assert Coinbase.recognises(raw)
            kinds += Counter(map(type, Coinbase().parse(raw, 1)))
    assert kinds == {
        Numbered: 7, BookSnapshot: 1, BookDelta: 1, Trade: 2, Quote: 1, Ticker: 1, Bar: 1
    }  # fmt: skip

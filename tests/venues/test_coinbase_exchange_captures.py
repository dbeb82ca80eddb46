"""Coinbase Exchange's real traffic of five products: every message known, the book in order."""

import gzip
import json
from collections import Counter, defaultdict

import pytest

from livefin.book import OrderBook
from livefin.events import BookDelta, BookSnapshot, Quote, Ticker, Trade
from livefin.venues.coinbase.advanced import Coinbase
from livefin.venues.coinbase.exchange import CoinbaseExchange
from livefin.venues.wire import S, iso_ns

SYMBOLS = {"BAND-GBP", "SKL-BTC", "DASH-BTC", "NMR-EUR", "SKL-USD"}


def frames(path):
    """(receipt time ns, raw) of what came on the sockets of a capture in format A."""
    with gzip.open(path, "rt") as file:
        for record in map(json.loads, file):
            if record["t"] == "recv":
                yield int(record["ts"] * S), record["data"].encode()


@pytest.fixture(scope="module")
def raws(captures):
    return list(frames(captures / "coinbase/exchange_legacy_20210417_5products.jsonl.gz"))


@pytest.fixture(scope="module")
def events(raws):
    venue, out = CoinbaseExchange(), []
    for ts, raw in raws:
        assert CoinbaseExchange.recognises(raw)
        assert not Coinbase.recognises(raw)
        out += venue.parse(raw, ts)
    return out


def test_every_message_is_known(raws, events):
    assert len(raws) == 7_384
    assert Counter(map(type, events)) == {
        BookSnapshot: 5,
        BookDelta: 7_192,
        Trade: 92,
        Quote: 92,
        Ticker: 92,
    }
    assert {event.symbol for event in events} == SYMBOLS


def test_trades_are_numbered_by_one_from_the_last_before_the_subscription(events):
    trades = defaultdict(list)
    for event in events:
        if isinstance(event, Trade):
            trades[event.symbol].append(event)
    assert {symbol: len(own) for symbol, own in trades.items()} == {
        "BAND-GBP": 5, "SKL-BTC": 9, "DASH-BTC": 16, "NMR-EUR": 9, "SKL-USD": 53
    }  # fmt: skip
    for own in trades.values():
        assert [trade.id for trade in own] == list(range(own[0].id, own[0].id + len(own)))
    trade = trades["SKL-BTC"][1]
    assert trade.ts_event == iso_ns("2021-04-17T16:43:37.089723Z")
    assert (trade.id, trade.price, trade.size, trade.side) == (280232, 0.00001305, 985.0, "buy")


def test_the_takers_side_is_the_one_that_the_ticker_gives(raws, events):
    """A ticker names the same trade, with the side of the order that took."""
    took = {
        (ticker["product_id"], ticker["trade_id"]): ticker["side"]
        for ticker in (json.loads(raw) for _, raw in raws if raw.startswith(b'{"type":"ticker"'))
    }
    trades = [event for event in events if isinstance(event, Trade)]
    assert {(trade.symbol, trade.id): trade.side for trade in trades} == took
    assert Counter(took.values()) == {"buy": 48, "sell": 44}


def test_books_are_whole_and_agree_with_the_quotes(events):
    """A quote is compared with the last 40 states of the book: they come by ways of their own."""
    books, tops, agreed = {}, defaultdict(list), Counter()
    for event in events:
        if isinstance(event, BookDelta | BookSnapshot):
            book = books.setdefault(event.symbol, OrderBook(event.symbol))
            book.apply(event)
            assert not book.crossed
            tops[event.symbol].append((book.best_bid[0], book.best_ask[0]))
        elif isinstance(event, Quote):
            agreed[(event.bid, event.ask) in tops[event.symbol][-40:]] += 1
    assert agreed == {True: 89, False: 3}
    assert len(books["SKL-USD"].levels()[0]) > 700


def test_a_ticker_has_the_price_of_the_trade_that_it_came_with(events):
    last = {}
    for event in reversed(events):
        last.setdefault((type(event), event.symbol), event)
    for symbol in SYMBOLS:
        assert last[Ticker, symbol].last == last[Trade, symbol].price

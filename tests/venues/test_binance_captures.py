"""Binance's real traffic: every message known, and the book equal to the venue's own quotes."""

import gzip
import json
from collections import Counter

from livefin.book import OrderBook
from livefin.events import AggTrade, Bar, BookDelta, Quote, Status, Trade
from livefin.session import Session
from livefin.venues.binance.spot import Binance
from livefin.venues.contract import Subscription

LONG = "binance/spot_btcusdt_20240808.txt.gz"


def lines(path):
    """(receipt time ns, raw) of a capture in format B."""
    with gzip.open(path) as file:
        for line in file:
            ts, _, raw = line.rstrip(b"\n").partition(b" ")
            yield int(ts), raw


def test_every_message_of_the_long_capture_is_known(captures):
    venue, kinds = Binance(), Counter()
    for ts, raw in lines(captures / LONG):
        if raw.startswith(b'{"lastUpdateId"'):
            kinds["snapshot"] += len(venue.parse_snapshot("BTC-USDT", raw, ts).bids) > 0
            continue
        assert venue.recognises(raw)
        for event in venue.parse(raw, ts):
            kinds[type(event)] += 1
            assert event.symbol == "BTC-USDT"
    assert kinds == {Trade: 9_757, Quote: 28_040, BookDelta: 3_451, "snapshot": 1}


def test_four_symbols_with_bars_and_aggregated_trades(captures):
    venue, kinds, snapshots = Binance(), Counter(), 0
    with gzip.open(captures / "binance/spot_4sym_20211012.jsonl.gz", "rt") as file:
        for record in map(json.loads, file):
            if record["t"] == "recv":
                for event in venue.parse(record["data"].encode(), 1):
                    kinds[type(event), event.symbol] += 1
            elif record["t"] == "http" and "/depth" in record["url"]:
                path = record["url"].removeprefix(venue.rest_url)
                symbol = venue.snapshot_symbol(path)
                book = venue.parse_snapshot(symbol, record["data"].encode(), 1)
                assert book.bids
                assert book.asks
                snapshots += 1
    by_kind = Counter()
    for (kind, _), count in kinds.items():
        by_kind[kind] += count
    assert by_kind == {BookDelta: 177, Quote: 84, AggTrade: 2, Bar: 2}
    assert {symbol for _, symbol in kinds} == {"NKN-USDT", "BLZ-ETH", "LRC-BTC", "RUNE-EUR"}
    assert snapshots == 4


def test_the_book_equals_the_venues_own_best_quote_always(captures):
    """The oracle: top of the bridged book against the bookTicker of the same update id."""
    subs = [Subscription(channel, "BTC-USDT") for channel in ("trades", "quotes", "book")]
    session, book = Session(Binance(), subs, seed=1), OrderBook("BTC-USDT")
    tops, compared, trades, statuses = {}, 0, [], []

    def take(events):
        nonlocal compared
        for event in events:
            if isinstance(event, Quote):
                tops[event.sequence] = event
            elif isinstance(event, Trade):
                trades.append(event.id)
            elif isinstance(event, Status):
                statuses.append(event.kind)
            else:
                book.apply(event)
                assert not book.crossed
                quote = tops.get(book.sequence)
                if quote is not None and isinstance(event, BookDelta):
                    compared += 1
                    assert book.best_bid == (quote.bid, quote.bid_size)
                    assert book.best_ask == (quote.ask, quote.ask_size)

    opened = False
    for ts, raw in lines(captures / LONG):
        if not opened:
            opened = True
            take(session.opened(ts))
        if raw.startswith(b'{"lastUpdateId"'):
            take(session.snapshot("BTC-USDT", raw, ts))
        else:
            take(session.receive([raw], ts))
    assert compared == 564
    assert trades == list(range(trades[0], trades[0] + 9_757))
    assert statuses == ["connected"]

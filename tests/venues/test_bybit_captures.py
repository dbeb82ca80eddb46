"""Bybit's real traffic: every message known, books unbroken on both sockets of one recording."""

import gzip
import json
from collections import Counter

from audit import audit

from livefin.book import OrderBook
from livefin.errors import MessageError
from livefin.events import CHANNEL, BookDelta, BookSnapshot, Funding, Quote, Ticker, Trade
from livefin.venues.bybit.venue import Bybit

V5 = "bybit/v5_20260809.jsonl.gz"
FORMER = "bybit/xrpusdt_ob500.jsonl.gz"


def of(found, kind, symbol):
    return [event for event in found.kept if type(event) is kind and event.symbol == symbol]


def test_every_message_of_the_linear_and_the_spot_socket(captures):
    found = audit(captures / V5, "bybit", keep=True)
    assert found.frames == 3_227
    assert found.malformed == []
    assert found.statuses == []  # update ids rise by one on each socket, so there are no gaps
    assert found.crossed == 0
    assert found.events == {
        "book": 2_148,
        "quotes": 638,
        "trades": 347,
        "rates": 237,
        "ticker": 162,
        "bars": 100,
        "open_interest": 20,
        "funding": 6,
    }
    spot = {"BTC-USDT", "ETH-USDT"}
    linear = {f"{base}-USDT-PERP" for base in ("BTC", "ETH", "SOL", "DOGE")}
    assert found.symbols == spot | linear | {f"{symbol}-INDEX" for symbol in linear}


def test_the_first_and_the_last_of_some_against_the_raw_text(captures):
    found = audit(captures / V5, "bybit", keep=True)
    day = of(found, Ticker, "BTC-USDT")[0]
    assert (day.ts_event, day.last, day.open, day.high, day.low, day.volume) == (
        1786310819126_000_000, 65140.5, 65045.3, 65305.6, 64727.9, 2953.835931,
    )  # fmt: skip
    quotes = of(found, Quote, "BTC-USDT-PERP")
    assert quotes[0].ts_event == 1786310817583_000_000
    assert [(q.bid, q.bid_size, q.ask, q.ask_size) for q in quotes[:3]] == [
        (65114.2, 5.954, 65114.3, 10.47),
        (65114.2, 6.054, 65114.3, 10.486),
        (65114.2, 6.054, 65114.3, 10.488),  # a delta that says only the ask
    ]
    funding = of(found, Funding, "BTC-USDT-PERP")[0]
    assert (funding.rate, funding.next_time) == (0.0001, 1786320000000_000_000)
    book = of(found, BookSnapshot, "BTC-USDT")[0]
    assert (book.bids[0], len(book.bids), len(book.asks)) == ((65140.4, 0.885797), 200, 200)
    delta = of(found, BookDelta, "BTC-USDT")[0]
    assert (delta.first, delta.last, delta.ts_event) == (62505425, 62505425, 1786310816585_000_000)
    assert delta.bids == [(65140.4, 0.875077)]
    assert delta.asks[-1] == (65239.1, 0.0)


def test_trades_are_in_order_and_have_ids_of_their_own(captures):
    found = audit(captures / V5, "bybit", keep=True)
    trades = [event for event in found.kept if type(event) is Trade]
    assert len({(trade.symbol, trade.id) for trade in trades}) == 347
    for symbol in {trade.symbol for trade in trades}:
        times = [trade.ts_event for trade in trades if trade.symbol == symbol]
        assert times == sorted(times)


def test_each_frame_is_plainly_bybits(captures):
    with gzip.open(captures / V5, "rt") as file:
        records = [json.loads(line) for line in file]
    raws = [record["data"].encode() for record in records if record["t"] == "recv"]
    answers = [raw for raw in raws if not Bybit.recognises(raw)]
    assert len(answers) == 24
    assert all(b'"success":true' in raw for raw in answers)


def test_the_deeper_book_of_another_year_keeps_its_depth_by_what_it_is_told(captures):
    """Each level that leaves the 500 is removed by name: nothing has to be cut."""
    venue, book, kinds = Bybit(), OrderBook("XRP-USDT-PERP"), Counter()
    venue.lane = "linear"
    last = None
    with gzip.open(captures / FORMER) as file:
        for raw in file:
            (event,) = venue.parse(raw.rstrip(b"\n"), 1)
            kinds[CHANNEL[type(event)]] += 1
            book.apply(event)
            assert not book.crossed
            whole = book.snapshot()
            assert (len(whole.bids), len(whole.asks)) == (500, 500)
            assert last is None or event.first == last + 1
            last = event.sequence if isinstance(event, BookSnapshot) else event.last
    assert kinds == {"book": 50}


def test_the_single_messages_that_others_keep_as_fixtures(captures):
    kinds = {}
    with gzip.open(captures / "bybit/nautilus_single_messages.jsonl.gz", "rt") as file:
        for record in map(json.loads, file):
            name = record["file"].rpartition("/")[2].removesuffix(".json")
            venue = Bybit()
            venue.lane = "option" if name.endswith("option") else "linear"
            try:
                events = venue.parse(json.dumps(record["message"]).encode(), 1)
            except MessageError:
                kinds[name] = None
            else:
                kinds[name] = [type(event).__name__ for event in events]
    assert kinds == {
        "ws_kline": ["Bar"],
        "ws_orderbook_delta": ["Quote"],
        "ws_orderbook_snapshot": ["Quote"],
        "ws_public_trade": None,  # its topic, trade.linear.BTCUSDT, is none of v5
        "ws_subscription_ack": [],
        "ws_subscription_failure": ["Status"],
        "ws_ticker_linear": ["Ticker", "Quote", "Rate", "Rate", "Funding", "OpenInterest"],
        "ws_ticker_option": ["Ticker", "Quote", "Rate", "Rate", "OpenInterest"],
    }

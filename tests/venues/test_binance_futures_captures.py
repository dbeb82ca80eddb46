"""The real traffic of Binance's futures and Binance.US, with the same oracle as spot's."""

import gzip
import json
from collections import Counter

import pytest

from livefin import venues
from livefin.book import OrderBook
from livefin.events import CHANNEL, BookDelta, BookSnapshot, Quote, Status, Trade
from livefin.recording import Recording
from livefin.session import Session

USDM, COINM = "usdm_btcusdt_20240808.txt.gz", "coinm_btcusd_perp_20240808.txt.gz"


def play(path, name):
    """Each frame's events as `parse` gives them, and the session's, in order."""
    venue = venues.get(name)
    session, parsed, out = Session(venue, None, seed=1), [], []
    for record in Recording(path, venue=name):
        if not out:
            out += session.opened(record.ts)
        if record.kind == "recv":
            parsed += venue.parse(record.data, record.ts)
            out += session.receive([record.data], record.ts)
        elif record.kind == "http":
            symbol = venue.snapshot_symbol(record.url.removeprefix(venue.rest_url))
            if symbol is None and record.url == "":  # lines that say no more than what came
                symbol = parsed[-1].symbol
            if symbol is not None:
                out += session.snapshot(symbol, record.data, record.ts)
    return parsed, out + session.tick(record.ts)


def compare(events):
    """How often the book's top was that of the venue's quote with the same update id."""
    books, quotes, tops, found = {}, {}, {}, Counter()
    for event in events:
        if isinstance(event, Quote):
            quotes[event.symbol, event.sequence] = (
                (event.bid, event.bid_size),
                (event.ask, event.ask_size),
            )
        elif isinstance(event, BookDelta | BookSnapshot):
            book = books.setdefault(event.symbol, OrderBook(event.symbol))
            book.apply(event)
            found["crossed"] += book.crossed
            tops[event.symbol, book.sequence] = book.top
    for key in tops.keys() & quotes.keys():
        found["same" if tops[key] == quotes[key] else "different"] += 1
    return found


@pytest.mark.parametrize(
    ("name", "path", "counts", "books", "same"),
    [
        (
            "binance-usdm", f"binance/{USDM}",
            {"quotes": 30_474, "trades": 6_118, "book": 3_407}, 1, 300,
        ),
        (
            "binance-coinm", f"binance/{COINM}",
            {"book": 11_828, "quotes": 7_693, "trades": 478}, 1, 478,
        ),
        (
            "binance-usdm", "binance/usdm_4sym_20210722.jsonl.gz",
            {"book": 764, "quotes": 613, "agg_trades": 91, "bars": 67}, 4, 50,
        ),
        (
            "binance-coinm", "binance/coinm_10sym_20210722.jsonl.gz",
            {"quotes": 2_240, "book": 2_047, "agg_trades": 51, "bars": 33}, 10, 213,
        ),
        (
            "binance-us", "binance_us/binance_us.jsonl.gz",
            {"book": 336, "quotes": 128, "agg_trades": 11, "bars": 5}, 4, 57,
        ),
    ],
)  # fmt: skip
def test_every_message_is_known_and_every_book_is_the_venues(  # noqa: PLR0917 - a table
    captures, name, path, counts, books, same
):
    parsed, events = play(captures / path, name)
    assert Counter(CHANNEL[type(event)] for event in parsed) == counts
    assert [event.kind for event in events if isinstance(event, Status)] == ["connected"]
    snapshots = [event for event in events if isinstance(event, BookSnapshot)]
    assert len({event.symbol for event in snapshots}) == len(snapshots) == books
    assert compare(events) == {"same": same, "crossed": 0}


def test_the_first_and_the_last_trade_of_a_usd_margined_capture(captures):
    parsed, _ = play(captures / "binance" / USDM, "binance-usdm")
    trades = [event for event in parsed if isinstance(event, Trade)]
    assert trades[0] == Trade(
        "BTC-USDT", 1_723_161_256_322_000_000, 1_723_161_255_088_176_367, 61800.3, 0.006, "buy",
        5_266_583_935,
    )  # fmt: skip
    assert [trade.id for trade in trades] == list(range(trades[0].id, trades[0].id + 6_118))


def test_the_first_change_and_quote_of_a_coin_margined_capture(captures):
    parsed, _ = play(captures / "binance" / COINM, "binance-coinm")
    first = parsed[0]
    assert (first.ts_event, first.first, first.last, first.previous) == (
        1_723_161_257_432_000_000, 1_007_198_631_260, 1_007_198_631_565, 1_007_198_631_198,
    )  # fmt: skip
    assert first.bids[:2] == [(61773.6, 1001.0), (61776.4, 412.0)]
    assert next(event for event in parsed if isinstance(event, Quote)) == Quote(
        "BTC-USD-PERP", 1_723_161_257_465_000_000, 1_723_161_256_207_640_365, 61804.7, 35.0,
        61804.8, 1645.0, 1_007_198_632_021,
    )  # fmt: skip


@pytest.mark.parametrize(("path", "name"), [(USDM, "binance-usdm"), (COINM, "binance-coinm")])
def test_whose_an_unlabelled_capture_is_is_told_from_its_frames(captures, path, name):
    assert venues.registry["binance"] is not venues.registry[name]
    recording = Recording(captures / "binance" / path)
    assert recording.venue == name


STREAM = {
    "depthUpdate": "depth@100ms",
    "kline": "kline_1m",
    "markPriceUpdate": "markPrice@1s",
    "24hrTicker": "ticker",
}


def test_single_messages_from_elsewhere_are_known(captures):
    """They come without the wrapper that says their stream."""
    venue, found = venues.get("binance-usdm"), Counter()
    with gzip.open(captures / "binance/nautilus_single_messages.jsonl.gz", "rt") as file:
        for line in file:
            message = json.loads(line)["message"]
            stream = f"btcusdt@{STREAM.get(message['e'], message['e'])}"
            raw = json.dumps({"stream": stream, "data": message}).encode()
            found.update(CHANNEL[type(event)] for event in venue.parse(raw, 1))
    assert found == {
        "agg_trades": 1, "quotes": 1, "book": 1, "bars": 2, "liquidations": 1, "rates": 2,
        "funding": 1, "ticker": 1, "trades": 1,
    }  # fmt: skip

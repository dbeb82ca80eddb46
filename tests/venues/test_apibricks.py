"""Every message that API Bricks' documentation shows is read, of CoinAPI and of FinFeedAPI."""

import gzip
import json
import re

import pytest

from livefin.events import BookSnapshot, OrderDelta, Status
from livefin.venues.apibricks.coinapi import CoinApi
from livefin.venues.apibricks.finfeedapi import FinFeedApi
from livefin.venues.apibricks.shared import FILTERS_PER_MESSAGE, Requests
from livefin.venues.contract import Closing

NOW = 1_723_161_253_937_085_768
HEARTBEAT = "hearbeat"  # codespell:ignore - so it is on the wire
BY_CLIENTS = ("hello", "subscribe", "unsubscribe")
"""Examples of these are skipped as messages, since no venue sends them; the server halves
take them. No other example is skipped."""
SHOWN = {
    "coinapi": (
        CoinApi,
        ["hello"] * 4 + ["subscribe", "unsubscribe"],
        [
            "error", "error", "trade", "quote", "book", "book5", "book20", "book50", "book_l3",
            "ohlcv", "asset", "exchange", "symbol", "exrate", "reconnect", HEARTBEAT,
        ],
    ),
    "finfeedapi": (
        FinFeedApi,
        ["hello", "subscribe", "unsubscribe"],
        ["error", "error", "exrate", "reconnect", HEARTBEAT],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def examples(captures):
    path = captures / "coinapi" / "doc_examples.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def sanitised(text):
    """An example as JSON: without "... cut ...", and with the commas that it lacks or has over."""
    text = text.replace("... cut ...", "")
    text = re.sub(r'(["\]])(\s*\n\s*")', r"\1,\2", text)
    return re.sub(r",(\s*[}\]])", r"\1", text).encode()


def of_site(examples, site):
    """(type, raw) of the examples on docs.coinapi.io or docs.finfeedapi.com, in order."""
    for example in examples:
        if example["file"].startswith(f"docs.{site}."):
            raw = sanitised(example["text"])
            yield json.loads(raw)["type"], raw


def test_all_examples_are_of_the_two_sites(examples):
    assert len(examples) == sum(len(out) + len(into) for _, out, into in SHOWN.values()) == 30
    assert sum(1 for site in SHOWN for _ in of_site(examples, site)) == len(examples)


@pytest.mark.parametrize("site", SHOWN)
def test_every_example_is_read_or_was_written_by_a_client(examples, site):
    kind, out, into = SHOWN[site]
    shown = list(of_site(examples, site))
    assert [name for name, _ in shown if name in BY_CLIENTS] == out
    assert [name for name, _ in shown if name not in BY_CLIENTS] == into
    venue, events = kind(), {}
    for name, raw in shown:
        if name in BY_CLIENTS:
            assert venue.answer(raw) == []
        else:
            events[name] = list(venue.parse(raw, NOW))
    assert events["reconnect"] == [Closing(10.0)]
    assert events[HEARTBEAT] == []
    assert isinstance(events["error"][0], Status)
    assert len(events["exrate"]) == 1


def test_the_examples_of_books_hold_what_was_not_cut(examples):
    shown = dict(of_site(examples, "coinapi"))
    venue = CoinApi()
    for name in ("book5", "book20", "book50"):
        (book,) = venue.parse(shown[name], NOW)
        assert isinstance(book, BookSnapshot)
        assert (len(book.bids), len(book.asks)) == (2, 2)
    numbered, orders = venue.parse(shown["book_l3"], NOW)
    assert (numbered.number, numbered.channel) == (2323346, "orders")
    assert isinstance(orders, OrderDelta)  # an update of a book that has not begun: only its id
    assert orders.orders == []


def test_requests_are_split_and_only_the_first_greets():
    requests = Requests()
    values = [str(n) for n in range(FILTERS_PER_MESSAGE + 1)]
    assert requests.make("unsubscribe", "f", ["x"]) == [
        '{"type":"unsubscribe","heartbeat":true,"f":["x"]}'
    ]
    first, second = map(json.loads, requests.make("subscribe", "f", values))
    assert (first["type"], first["f"]) == ("hello", values[:-1])
    assert (second["type"], second["f"]) == ("subscribe", values[-1:])
    assert requests.make("subscribe", "f", []) == []

"""`connect`: addresses, defaults, and cells that are run again."""

from types import SimpleNamespace

import pytest
from scripted import ScriptedServer

import livefin as lf
from livefin import connection, openfeeds, venues
from livefin.errors import RecordingError, SymbolError, UnknownVenueError
from livefin.venues.contract import Subscription, Venue


@pytest.fixture
def server():
    with ScriptedServer() as server:
        yield server


@pytest.mark.parametrize(
    ("url", "rest_url", "socket", "rest"),
    [
        (None, None, "wss://stream.binance.com:9443/stream", "https://api.binance.com"),
        ("ws://127.0.0.1:9", None, "ws://127.0.0.1:9/stream", "http://127.0.0.1:9"),
        ("wss://example.com/x", None, "wss://example.com/x", "https://example.com"),
        ("wss://a.binance.com/", None, "wss://a.binance.com/stream", "https://api.binance.com"),
        ("ws://127.0.0.1:9", "http://h:1/", "ws://127.0.0.1:9/stream", "http://h:1"),
    ],
)
def test_where_it_connects_to(url, rest_url, socket, rest):
    venue = venues.get("binance")
    connection._redirect(venue, url, rest_url)
    assert venue.endpoint() == socket
    assert venue.rest_url == rest
    assert venues.get("binance").endpoint().startswith("wss://stream.binance.com")


def test_channels_default_to_trades_quotes_and_book(server):
    with lf.connect("binance", "BTC-USDT", url=server.url) as feed:
        assert [sub.channel for sub in feed.subscriptions] == ["trades", "quotes", "book"]


def test_a_symbol_is_needed_and_unknown_venues_are_named():
    with pytest.raises(SymbolError, match="BTC-USDT"):
        lf.connect("binance")
    with pytest.raises(UnknownVenueError, match="binance"):
        lf.connect("binanse", "BTC-USDT")


def test_a_missing_recording_is_a_typed_error(tmp_path):
    with pytest.raises(RecordingError, match="missing"):
        lf.connect(lf.Replay(tmp_path / "missing.jsonl.gz"))


class Plain(Venue):
    """A venue of the user's own: lines of "symbol price"."""

    name = "plain"
    channels = ("trades",)
    example = "ABC"

    def __init__(self, url):
        self.url = url

    def subscribe(self, subs):
        return [sub.symbol for sub in subs]

    def parse(self, raw, ts_recv):
        symbol, price = raw.decode().split()
        return [lf.Trade(symbol, ts_recv, ts_recv, float(price), 1.0)]


def test_a_venue_of_the_users_own(server):
    with lf.connect(Plain(server.url), "ABC") as feed:
        feed.wait(lambda: server.received)
        server.send("ABC 10.5", "ABC 11", "XYZ 1")
        assert feed.wait(lambda: len(feed.trades["ABC"]) == 2)
        assert feed.trades["ABC"].df.price.tolist() == [10.5, 11.0]
        assert feed.trades["ABC"].df.side.isna().all()
        assert feed.trades["ABC"].df.id.tolist() == [-1, -1]
        assert feed.subscriptions == [Subscription("trades", "ABC")]
    assert server.received == ["ABC"]


def shell(cell, count):
    return SimpleNamespace(get_parent=lambda: {"metadata": {"cellId": cell}}, execution_count=count)


def test_running_a_cell_again_replaces_its_feed(server, monkeypatch):
    def run_cell(cell, count):
        monkeypatch.setattr("IPython.get_ipython", lambda: shell(cell, count))
        return [lf.connect("binance", s, url=server.url) for s in ("BTC-USDT", "ETH-USDT")]

    first = run_cell("a", 1)
    other = run_cell("b", 2)
    assert [feed.state for feed in first + other] == ["live"] * 4
    again = run_cell("a", 3)
    assert [feed.state for feed in first] == ["closed", "closed"]
    assert [feed.state for feed in other + again] == ["live"] * 4
    assert lf.feeds() == other + again
    openfeeds.close_all()


def test_outside_a_notebook_nothing_is_replaced(server):
    with (
        lf.connect("binance", "BTC-USDT", url=server.url) as one,
        lf.connect("binance", "BTC-USDT", url=server.url) as two,
    ):
        assert one.state == two.state == "live"


def test_a_venue_of_the_users_own_is_recorded_and_replayed(server, tmp_path):
    path = tmp_path / "plain.jsonl.gz"
    with lf.connect(Plain(server.url), "ABC", record=path) as feed:
        feed.wait(lambda: server.received)
        server.send("ABC 10.5", "ABC 11")
        assert feed.wait(lambda: len(feed.trades["ABC"]) == 2)
    with lf.connect(lf.Replay(path, speed=None, venue=Plain("ws://nowhere"))) as again:
        assert again.wait(lambda: again.state == "finished")
        assert again.trades["ABC"].df.equals(feed.trades["ABC"].df)

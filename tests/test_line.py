"""A line changes its socket over real ones: nothing lost, and the old one stays when it fails."""

import json

import pytest
from faults import FaultProxy
from threaded import threaded

import livefin as lf
from livefin.errors import LivefinError
from livefin.exchange import ExchangeServer
from livefin.recording import Recording

SOON = 30
SYMBOL = "BTC-USDT"


@pytest.fixture
def proxy():
    with (
        threaded(lambda: ExchangeServer(seed=4, rate=300, symbols=[SYMBOL])) as exchange,
        threaded(lambda: FaultProxy(exchange.url)) as proxy,
    ):
        yield proxy


@pytest.fixture
def feed(proxy):
    with lf.connect("paper", SYMBOL, url=proxy.url) as feed:
        assert feed.wait(lambda: len(feed.trades[SYMBOL]) > 10 and feed.book[SYMBOL].synced)
        yield feed


def changed(feed, times=1):
    said = [status.detail for status in feed.status.list()]
    return sum("took the place" in detail for detail in said) == times


def whole(feed):
    ids = feed.trades[SYMBOL].column("id")
    return bool((ids[1:] - ids[:-1] == 1).all())


def test_a_change_of_sockets_loses_and_doubles_nothing(feed, proxy):
    feed.reconnect()
    assert feed.wait(lambda: changed(feed), timeout=SOON)
    total = feed.trades[SYMBOL].total
    assert feed.wait(lambda: feed.trades[SYMBOL].total > total + 20)
    assert whole(feed)
    assert proxy.connections == 2
    # On a busy machine one that came on both sockets may be said to have been dropped.
    assert {"connected"} <= set(feed.status.counts) <= {"connected", "duplicate"}
    assert feed.book[SYMBOL].synced


def test_asked_twice_it_changes_once(feed, proxy):
    feed.reconnect()
    with pytest.raises(LivefinError, match="no connection to renew"):
        feed.reconnect()
    assert feed.wait(lambda: changed(feed), timeout=SOON)
    assert proxy.connections == 2


def test_where_no_second_can_be_had_the_first_goes_on(feed, proxy):
    proxy.http_error(503)
    feed.reconnect()
    assert feed.wait(lambda: feed.status.counts["error"] == 1, timeout=SOON)
    assert "trying again in a minute" in feed.status.list()[-1].detail
    total = feed.trades[SYMBOL].total
    assert feed.wait(lambda: feed.trades[SYMBOL].total > total + 20)
    assert whole(feed)
    assert feed.state == "live"


def test_a_change_of_subscriptions_ends_the_attempt(feed):
    feed.reconnect()
    feed.unsubscribe(SYMBOL, ["quotes"])
    total = feed.trades[SYMBOL].total
    assert feed.wait(lambda: feed.trades[SYMBOL].total > total + 20)
    assert whole(feed)
    assert not changed(feed)


def test_a_recording_says_which_socket_took_whose_place(feed, tmp_path):
    with feed.record(tmp_path / "r.gz"):
        feed.reconnect()
        assert feed.wait(lambda: changed(feed), timeout=SOON)
    connects = [each for each in Recording(tmp_path / "r.gz") if each.kind == "connect"]
    assert [json.loads(each.data or b"0") for each in connects] == [0, 1]

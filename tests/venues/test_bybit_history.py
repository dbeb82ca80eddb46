"""Bybit's recent trades and bars, from the documentation's own examples."""

from urllib.parse import parse_qs, urlsplit

import pytest

from livefin.errors import MessageError
from livefin.events import Bar, Trade
from livefin.venues.bybit.venue import Bybit
from livefin.venues.contract import Span, Subscription

MS = 1_000_000
NOW = 1_672_053_054_358 * MS
HOUR = 3_600_000 * MS
TRADES = b"""{"retCode":0,"retMsg":"OK","result":{"category":"spot","list":[
{"execId":"2100000000007764263","symbol":"BTCUSDT","price":"16618.49","size":"0.00012","side":"Buy",
"time":"1672052955758","isBlockTrade":false},
{"execId":"2100000000007764262","symbol":"BTCUSDT","price":"16618.48","size":"0.5","side":"Sell",
"time":"1672052955700","isBlockTrade":false}]},"retExtInfo":{},"time":1672053054358}"""
BARS = b"""{"retCode":0,"retMsg":"OK","result":{"symbol":"BTCUSD","category":"inverse","list":[
["1670608800000","17071","17073","17027","17055.5","268611","15.74462667"],
["1670605200000","17071.5","17071.5","17061","17071","4177","0.24469757"]]},"retExtInfo":{},
"time":1672025956592}"""
REFUSED = b'{"retCode":10001,"retMsg":"params error: Symbol Is Invalid","result":{},"time":1}'


def asked(channel, symbol, start=0, end=NOW):
    url = urlsplit(Bybit().history_url(Subscription(channel, symbol), Span(start, end)))
    return f"{url.netloc}{url.path}", {key: value[0] for key, value in parse_qs(url.query).items()}


@pytest.mark.parametrize(
    ("symbol", "query"),
    [
        ("BTC-USDT", {"category": "spot", "symbol": "BTCUSDT", "limit": "60"}),
        ("BTC-USDC-PERP", {"category": "linear", "symbol": "BTCPERP", "limit": "1000"}),
    ],
)
def test_recent_trades_are_asked_for_without_a_time(symbol, query):
    assert asked("trades", symbol) == ("api.bybit.com/v5/market/recent-trade", query)


def test_bars_are_asked_for_by_time_no_more_than_a_page():
    query = {"category": "inverse", "symbol": "BTCUSD", "interval": "60", "limit": "1000"}
    end = 1_670_608_800_000
    span = {"start": str(end - 7_200_000), "end": str(end)}
    assert asked("bars:1h", "BTC-USD-PERP", end * MS - 2 * HOUR, end * MS) == (
        "api.bybit.com/v5/market/kline", query | span
    )  # fmt: skip
    _, query = asked("bars:1d", "BTC-USD-PERP", 0, end * MS)
    assert int(query["start"]) == end - 999 * 86_400_000


def test_there_is_no_history_of_anything_else():
    for channel, symbol in (
        ("book", "BTC-USDT"),
        ("bars", "BTC-USDT"),
        ("bars:1m", "BTC-6JAN23-17500-C"),
    ):
        assert Bybit().history_url(Subscription(channel, symbol), Span(0, NOW)) is None


def test_trades_come_oldest_first():
    symbol = "BTC-USDT"
    assert Bybit().parse_history(Subscription("trades", symbol), TRADES, NOW) == [
        Trade(symbol, 1672052955700 * MS, NOW, 16618.48, 0.5, "sell", "2100000000007764262"),
        Trade(symbol, 1672052955758 * MS, NOW, 16618.49, 0.00012, "buy", "2100000000007764263"),
    ]


@pytest.mark.parametrize(("now", "closed"), [(1670608800000, False), (1670612400000, True)])
def test_the_newest_bar_is_closed_when_its_time_is_over(now, closed):
    sub = Subscription("bars:1h", "BTC-USD-PERP")
    older, newer = Bybit().parse_history(sub, BARS, now * MS)
    assert older == Bar(
        "BTC-USD-PERP", 1670605200000 * MS, now * MS, "1h",
        17071.5, 17071.5, 17061.0, 17071.0, 4177.0, 0, True,
    )  # fmt: skip
    assert (newer.ts_event, newer.closed) == (1670608800000 * MS, closed)


@pytest.mark.parametrize("channel", ["trades", "bars:1m"])
@pytest.mark.parametrize("body", [REFUSED, b"", b"[]", b'{"retCode":0}'])
def test_a_refusal_or_garbage_is_an_error(channel, body):
    with pytest.raises(MessageError):
        Bybit().parse_history(Subscription(channel, "BTC-USDT"), body, NOW)

"""Bitget's past trades and bars, from the documentation's own examples."""

from urllib.parse import parse_qs, urlsplit

import pytest

from livefin.errors import MessageError
from livefin.events import Bar, Trade
from livefin.venues.bitget.venue import Bitget
from livefin.venues.contract import Span, Subscription

MS = 1_000_000
DAY = 86_400_000
END = 1_744_275_754_521
TRADES = b"""{"code":"00000","msg":"success","requestTime":1744275754521,"data":[
{"symbol":"ETHUSDT","tradeId":"1294151170843025500","side":"Buy","price":"1592.58","size":"2.1982",
"ts":"1744275603000"},{"symbol":"ETHUSDT","tradeId":"1294151170834636801","side":"Sell","price":
"1592.57","size":"0.0045","ts":"1744275603000"}]}"""
BARS = b"""{"code":"00000","msg":"success","requestTime":1695865615662,"data":[
["1695835800000","26210.5","26210.5","26194.5","26194.5","26.26","687897.63"],
["1695836100000","26194.5","26194.5","26171","26171","17.98","470618.72"]]}"""
REFUSED = b'{"code":"40034","msg":"Parameter does not exist","requestTime":1,"data":null}'


def asked(channel, symbol, start, end):
    span = Span(start * MS, end * MS)
    url = urlsplit(Bitget().history_url(Subscription(channel, symbol), span))
    return f"{url.netloc}{url.path}", {key: value[0] for key, value in parse_qs(url.query).items()}


def test_trades_are_asked_for_by_time_a_week_at_most():
    span = {"startTime": str(END - 1_000), "endTime": str(END + 1_000), "limit": "1000"}
    assert asked("trades", "ETH-USDT", END - 1_000, END) == (
        "api.bitget.com/api/v2/spot/market/fills-history", {"symbol": "ETHUSDT"} | span
    )  # fmt: skip
    address, query = asked("trades", "ETH-USD-PERP", 0, END)
    assert address == "api.bitget.com/api/v2/mix/market/fills-history"
    assert query["productType"] == "COIN-FUTURES"
    assert int(query["startTime"]) == END + 1_000 - 7 * DAY


@pytest.mark.parametrize(
    ("symbol", "interval", "market", "granularity"),
    [("BTC-USDT", "5m", "spot", "5min"), ("BTC-USDT", "1d", "spot", "1Dutc"),
     ("BTC-USDT-PERP", "5m", "mix", "5m"), ("BTC-USDT-PERP", "1h", "mix", "1H")],
)  # fmt: skip
def test_bars_are_asked_for_by_whole_bars(symbol, interval, market, granularity):
    address, query = asked(f"bars:{interval}", symbol, END - 10 * DAY, END)
    assert address == f"api.bitget.com/api/v2/{market}/market/candles"
    assert query["granularity"] == granularity
    each = {"5m": 300_000, "1h": 3_600_000, "1d": DAY}[interval]
    start, end = int(query["startTime"]), int(query["endTime"])
    assert start % each == end % each == 0
    assert end - each <= END < end
    assert (end - start) // each <= 1_001
    assert start <= max(END - 10 * DAY, END - 999 * each)


def test_no_more_than_ninety_days_of_bars_at_once():
    _, query = asked("bars:1w", "BTC-USDT-PERP", 0, END)
    assert int(query["endTime"]) - int(query["startTime"]) <= 104 * DAY
    _, query = asked("bars:1M", "BTC-USDT-PERP", 0, END)
    assert int(query["startTime"]) == END - 90 * DAY


def test_there_is_no_history_of_anything_else():
    for channel in ("book", "bars", "bars:3m"):
        assert Bitget().history_url(Subscription(channel, "BTC-USDT"), Span(0, 1)) is None


def test_trades_come_oldest_first():
    sub = Subscription("trades", "ETH-USDT")
    t = 1744275603000 * MS
    assert Bitget().parse_history(sub, TRADES, 1) == [
        Trade("ETH-USDT", t, 1, 1592.57, 0.0045, "sell", "1294151170834636801"),
        Trade("ETH-USDT", t, 1, 1592.58, 2.1982, "buy", "1294151170843025500"),
    ]


@pytest.mark.parametrize(("now", "closed"), [(1695836399999, False), (1695836400000, True)])
def test_the_newest_bar_is_closed_when_its_time_is_over(now, closed):
    sub = Subscription("bars:5m", "BTC-USDT-PERP")
    older, newer = Bitget().parse_history(sub, BARS, now * MS)
    assert older == Bar(
        "BTC-USDT-PERP", 1695835800000 * MS, now * MS, "5m",
        26210.5, 26210.5, 26194.5, 26194.5, 26.26, 0, True,
    )  # fmt: skip
    assert (newer.ts_event, newer.closed) == (1695836100000 * MS, closed)


@pytest.mark.parametrize("channel", ["trades", "bars:1m"])
@pytest.mark.parametrize("body", [REFUSED, b"", b"[]", b'{"code":"00000","msg":"success"}'])
def test_a_refusal_or_garbage_is_an_error(channel, body):
    with pytest.raises(MessageError):
        Bitget().parse_history(Subscription(channel, "BTC-USDT"), body, 1)

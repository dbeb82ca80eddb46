"""What Binance's markets are asked over REST: the book's snapshot, and pages of history."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import MessageError
from livefin.events import AggTrade, Bar, BookSnapshot, Trade
from livefin.keys import Secret
from livefin.venues.binance.coinm import BinanceCoinm
from livefin.venues.binance.spot import Binance
from livefin.venues.binance.us import BinanceUS
from livefin.venues.binance.usdm import BinanceUsdm
from livefin.venues.contract import Span, Subscription

NOW = 1_723_161_253_937_085_768
S = 1_000_000_000
HOUR, DAY = 3_600 * S, 86_400 * S
SNAPSHOT = b"""{"lastUpdateId":1027024,"bids":[["4.00000000","431.00000000"]],
"asks":[["4.00000200","12.00000000"]]}"""

# The bodies are the examples of the venue's own documentation.
TRADES = b"""[{"id":28457,"price":"4.00000100","qty":"12.00000000","quoteQty":"48.000012",
"time":1499865549590,"isBuyerMaker":true,"isBestMatch":true}]"""
COIN_TRADES = b"""[{"id":595103,"price":"9642.2","qty":"1","baseQty":"0.01037108",
"time":1499865549590,"isBuyerMaker":false}]"""
AGG_TRADES = b"""[{"a":26129,"p":"0.01633102","q":"4.70443515","f":27781,"l":27781,
"T":1498793709153,"m":true,"M":true}]"""
BARS = b"""[[1499040000000,"0.01634790","0.80000000","0.01575800","0.01577100",
"148976.11427815",1499644799999,"2434.19055334",308,"1756.87402397","28.46694368","0"]]"""
EVERY = (Binance, BinanceUS, BinanceUsdm, BinanceCoinm)


class TestSnapshots:
    def test_the_documented_body(self):
        snapshot = Binance().parse_snapshot("BNB-BTC", SNAPSHOT, NOW)
        assert snapshot == BookSnapshot(
            "BNB-BTC", NOW, NOW, [(4.0, 431.0)], [(4.000002, 12.0)], 1027024
        )

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b'{"code":-1121,"msg":"Invalid symbol."}',
            b"<html>502</html>",
            SNAPSHOT[:-2],
            SNAPSHOT.replace(b"1027024", b"9" * 30),
            SNAPSHOT.replace(b"431.00000000", b"NaN"),
            SNAPSHOT.replace(b'"4.00000000"', b"[" * 50_000),
            SNAPSHOT.replace(b"lastUpdateId", b"\xff"),
        ],
        ids=lambda body: repr(body[:30]),
    )
    def test_a_body_that_is_no_book(self, body):
        with pytest.raises(MessageError, match="BNB-BTC"):
            Binance().parse_snapshot("BNB-BTC", body, NOW)

    def test_the_address_asks_for_the_symbol_and_is_understood_by_the_server_half(self):
        venue = Binance()
        url = venue.snapshot_url("BNB-BTC")
        assert url == "https://api.binance.com/api/v3/depth?symbol=BNBBTC&limit=5000"
        path = url.removeprefix(venue.rest_url)
        assert venue.snapshot_symbol(path) == Binance().snapshot_symbol(path) == "BNB-BTC"

    @pytest.mark.parametrize(
        "path", ["", "/", "/api/v3/trades?symbol=BNBBTC", "/api/v3/depth", "//["]
    )
    def test_other_paths_are_not_the_book(self, path):
        assert Binance().snapshot_symbol(path) is None

    def test_the_futures_say_when_the_book_stood_so(self):
        body = b"""{"lastUpdateId":1027024,"E":1589436922972,"T":1589436922959,
        "bids":[["4.00000000","431.00000000"]],"asks":[["4.00000200","12.00000000"]]}"""
        snapshot = BinanceUsdm().parse_snapshot("BTC-USDT", body, NOW)
        assert (snapshot.ts_event, snapshot.ts_recv) == (1_589_436_922_959_000_000, NOW)

    @pytest.mark.parametrize(
        ("kind", "symbol", "url"),
        [
            (BinanceUS, "BTC-USD", "https://api.binance.us/api/v3/depth?symbol=BTCUSD&limit=5000"),
            (
                BinanceUsdm, "BTC-USDT-240927",
                "https://fapi.binance.com/fapi/v1/depth?symbol=BTCUSDT_240927&limit=1000",
            ),
            (
                BinanceCoinm, "BTC-USD-PERP",
                "https://dapi.binance.com/dapi/v1/depth?symbol=BTCUSD_PERP&limit=1000",
            ),
            (
                Binance, "牛来-USDT",
                "https://api.binance.com/api/v3/depth?symbol=%E7%89%9B%E6%9D%A5USDT&limit=5000",
            ),
        ],
    )  # fmt: skip
    def test_each_market_has_its_own_address(self, kind, symbol, url):
        venue = kind()
        assert venue.snapshot_url(symbol) == url
        assert venue.snapshot_symbol(url.removeprefix(venue.rest_url)) == symbol

    @given(
        st.lists(
            st.tuples(st.integers(1, 10**13), st.integers(1, 10**13)), unique_by=lambda x: x[0]
        )
    )
    def test_what_is_rendered_is_read_back(self, levels):
        """In whole hundred-millionths, the venue's finest step."""
        side = [(price / 1e8, size / 1e8) for price, size in levels]
        book = BookSnapshot("BNB-BTC", NOW, NOW, side, side[::-1], 42)
        venue = Binance()
        assert venue.parse_snapshot("BNB-BTC", venue.render_snapshot(book), NOW) == book


def url_of(venue, channel, span, symbol=None):
    return venue.history_url(Subscription(channel, symbol or venue.example), span)


def keyed(kind):
    venue = kind()
    venue.keys = {"api_key": Secret("sesame")}
    return venue


class TestHistory:
    @pytest.mark.parametrize(
        ("span", "query"),
        [
            (Span(0, S, 5, 7), "historicalTrades?symbol=BTCUSDT&fromId=5&limit=3"),
            (Span(0, S, 5, 5_000), "historicalTrades?symbol=BTCUSDT&fromId=5&limit=1000"),
            (Span(0, S, 5), "historicalTrades?symbol=BTCUSDT&fromId=5&limit=1000"),
            (Span(0, S), "trades?symbol=BTCUSDT&limit=1000"),
        ],
    )
    def test_trades_by_their_ids_or_else_the_most_recent(self, span, query):
        assert url_of(Binance(), "trades", span) == f"https://api.binance.com/api/v3/{query}"

    @pytest.mark.parametrize(
        ("kind", "symbol", "page"),
        [(BinanceUS, "BTCUSDT", 1000), (BinanceUsdm, "BTCUSDT", 500),
         (BinanceCoinm, "BTCUSD_PERP", 500)],
    )  # fmt: skip
    def test_older_trades_are_for_those_with_a_key(self, kind, symbol, page):
        span, api = Span(0, S, 5), f"{kind.rest_url}{kind.api}"
        assert url_of(kind(), "trades", span) == f"{api}/trades?symbol={symbol}&limit=1000"
        assert kind().headers() == {}
        query = f"symbol={symbol}&fromId=5&limit={page}"
        assert url_of(keyed(kind), "trades", span) == f"{api}/historicalTrades?{query}"
        assert keyed(kind).headers() == {"X-MBX-APIKEY": "sesame"}

    def test_aggregate_trades_by_their_ids_or_by_an_hour_at_most(self):
        api, venue = "https://api.binance.com/api/v3/aggTrades?symbol=BTCUSDT", Binance()
        assert url_of(venue, "agg_trades", Span(0, S, 5, 7)) == f"{api}&fromId=5&limit=1000"
        assert (
            url_of(venue, "agg_trades", Span(2 * S, 3 * S))
            == f"{api}&startTime=2000&endTime=3000&limit=1000"
        )
        assert (
            url_of(venue, "agg_trades", Span(0, 9 * HOUR))
            == f"{api}&startTime=0&endTime=3599999&limit=1000"
        )

    def test_bars_by_their_opening_times(self):
        span, query = Span(60 * S, 9 * DAY), "symbol=BTCUSDT&interval=1m&startTime=60000"
        for kind, limit in ((Binance, 1000), (BinanceUS, 1000), (BinanceUsdm, 1500)):
            venue = kind()
            assert url_of(venue, "bars:1m", span) == (
                f"{venue.rest_url}{venue.api}/klines?{query}&endTime=777600000&limit={limit}"
            )

    @pytest.mark.parametrize(
        ("interval", "end"),
        [("1m", 1499 * 60_000), ("1h", 1499 * 3_600_000), ("1M", 200 * 86_400_000)],
    )
    def test_coin_margined_bars_are_asked_for_a_page_at_a_time(self, interval, end):
        """Of a longer span the venue would give the end, and the session ask for it again."""
        url = url_of(BinanceCoinm(), f"bars:{interval}", Span(0, 10**9 * S))
        assert url == (
            f"https://dapi.binance.com/dapi/v1/klines?symbol=BTCUSD_PERP&interval={interval}"
            f"&startTime=0&endTime={end}&limit=1500"
        )

    @pytest.mark.parametrize("kind", EVERY)
    def test_what_has_no_history(self, kind):
        venue = kind()
        for channel in set(venue.channels) - {"trades", "agg_trades", "bars"}:
            assert url_of(venue, channel, Span(0, S)) is None
            with pytest.raises(MessageError):
                venue.parse_history(Subscription(channel, venue.example), TRADES, NOW)

    @pytest.mark.parametrize(
        ("kind", "channel", "body", "event"),
        [
            (
                Binance, "trades", TRADES,
                Trade("A-B", 1_499_865_549_590_000_000, NOW, 4.000001, 12.0, "sell", 28457),
            ),
            (
                BinanceCoinm, "trades", COIN_TRADES,
                Trade("A-B", 1_499_865_549_590_000_000, NOW, 9642.2, 1.0, "buy", 595103),
            ),
            (
                BinanceUsdm, "agg_trades", AGG_TRADES,
                AggTrade(
                    "A-B", 1_498_793_709_153_000_000, NOW, 0.01633102, 4.70443515, "sell", 26129,
                    27781, 27781,
                ),
            ),
            (
                BinanceUS, "bars:1w", BARS,
                Bar(
                    "A-B", 1_499_040_000_000_000_000, NOW, "1w", 0.0163479, 0.8, 0.015758,
                    0.015771, 148976.11427815, 308, True,
                ),
            ),
        ],
    )  # fmt: skip
    def test_the_documented_pages(self, kind, channel, body, event):
        assert kind().parse_history(Subscription(channel, "A-B"), body, NOW) == [event]

    def test_the_last_bar_may_still_be_forming(self):
        sub, end = Subscription("bars:1w", "A-B"), 1_499_644_800_000_000_000
        for now, closed in ((end - 1, False), (end, True)):
            (bar,) = Binance().parse_history(sub, BARS, now)
            assert bar.closed is closed

    @pytest.mark.parametrize("channel", ["trades", "agg_trades", "bars:1m"])
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{}",
            b"[{}]",
            b"[[]]",
            b"[null]",
            b'{"code":-1121,"msg":"Invalid symbol."}',
            b"<html>502</html>",
            b"[" * 50_000,
            TRADES[:-2],
            TRADES.replace(b"28457", b"9" * 30),
            TRADES.replace(b"4.00000100", b"NaN"),
            AGG_TRADES.replace(b"0.01633102", b"-1"),
            BARS.replace(b"1499040000000", b"1" * 300),
            BARS.replace(b"0.80000000", b"inf"),
        ],
        ids=lambda body: repr(body[:30]),
    )
    def test_a_body_that_is_no_page(self, channel, body):
        with pytest.raises(MessageError, match="A-B"):
            Binance().parse_history(Subscription(channel, "A-B"), body, NOW)

    def test_an_empty_page(self):
        for channel in ("trades", "agg_trades", "bars:1m"):
            assert Binance().parse_history(Subscription(channel, "A-B"), b"[]", NOW) == []

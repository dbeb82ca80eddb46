"""Bitfinex: the documentation's messages on every channel but books, and what goes wrong."""

import json
import math

import pytest

from livefin.errors import MessageError
from livefin.events import (
    Bar,
    Funding,
    Liquidation,
    OpenInterest,
    Quote,
    Rate,
    Status,
    Ticker,
    Trade,
)
from livefin.venues.bitfinex.venue import Bitfinex
from livefin.venues.contract import Closing, Numbered, Subscription

NOW = 1_618_677_544_000_000_000
MS = 1_000_000


def subscribed(id_, channel, **more):
    return json.dumps({"event": "subscribed", "channel": channel, "chanId": id_} | more).encode()


@pytest.fixture
def venue():
    """With a channel of each kind, as the venue tells them."""
    venue = Bitfinex()
    for event in (
        subscribed(17470, "trades", symbol="tBTCUSD", pair="BTCUSD"),
        subscribed(337371, "trades", symbol="fUSD", currency="USD"),
        subscribed(443378, "ticker", symbol="tBTCUSD", pair="BTCUSD"),
        subscribed(234509, "ticker", symbol="fUSD", currency="USD"),
        subscribed(343351, "candles", key="trade:1m:tBTCUSD"),
        subscribed(343352, "candles", key="trade:1D:fUST:a30:p2:p30"),
        subscribed(335856, "status", key="deriv:tBTCF0:USTF0"),
        subscribed(91684, "status", key="liq:global"),
    ):
        assert list(venue.parse(event, NOW)) == []
    return venue


def of(venue, raw):
    return list(venue.parse(raw if isinstance(raw, bytes) else raw.encode(), NOW))


class TestFrames:
    def test_a_trade_is_taken_when_it_is_executed_and_not_again_when_it_is_stored(self, venue):
        trade = Trade("BTC-USD", 1_574_694_478_808 * MS, NOW, 7245.3, 0.005, "buy", 401_597_395)
        te = '[17470,"te",[401597395,1574694478808,0.005,7245.3]]'
        assert of(venue, te) == [trade]
        assert of(venue, te.replace('"te"', '"tu"')) == []

    def test_a_currencys_trade_has_a_rate_for_its_price(self, venue):
        raw = '[337371,"fte",[133323543,1574694605000,-59.84,0.00023647,2],12]'
        when = 1_574_694_605_000 * MS
        assert of(venue, raw) == [
            Numbered(12),
            Trade("USD", when, NOW, 0.00023647, 59.84, "sell", 133_323_543),
        ]
        assert of(venue, raw.replace("fte", "ftu").replace(",12]", ",13]")) == [Numbered(13)]

    def test_the_last_trades_come_oldest_first_and_only_once(self, venue):
        raw = (
            "[17470,[[401597393,1574694475039,0.005,7244.9],[401597392,1574694470503,-0.01,7245.3]]"
            ",8]"
        )
        numbered, *trades = of(venue, raw)
        assert numbered == Numbered(8)
        assert [(t.id, t.side) for t in trades] == [(401_597_392, "sell"), (401_597_393, "buy")]
        venue.opened()  # and the next socket brings one that is new
        of(venue, subscribed(5, "trades", symbol="tBTCUSD"))
        again = raw.replace("17470,[", "5,[[401597394,1574694476000,1,7245],", 1)
        assert [t.id for t in of(venue, again)[1:]] == [401_597_394]
        assert of(venue, "[5,[]]") == []

    def test_a_ticker_has_the_best_quote(self, venue):
        raw = (
            "[443378,[7616.5,31.89055171,7617.5,43.358118629999986,-550.8,-0.0674,7617.1,"
            "8314.71200815,8257.8,7500],4,1618677543951]"
        )
        when = 1_618_677_543_951 * MS
        assert of(venue, raw) == [
            Numbered(4),
            Ticker(
                "BTC-USD", when, NOW, 7617.1, 7617.1 + 550.8, 8257.8, 7500.0, 8314.71200815
            ),
            Quote("BTC-USD", when, NOW, 7616.5, 31.89055171, 7617.5, 43.358118629999986),
        ]  # fmt: skip

    def test_a_currencys_ticker_has_the_flash_return_rate_and_days(self, venue):
        raw = (
            "[234509,[0.0003193369863013699,0.0002401,30,3939629.6177260396,0.00019012,2,"
            "307776.1592138799,-0.00005823,-0.2344,0.00019016,122156333.45260866,0.00027397,"
            "6.8e-7,null,null,3441851.73330503]]"
        )
        ticker, quote, rate = of(venue, raw)
        assert (ticker.last, ticker.low) == (0.00019016, 6.8e-7)
        assert quote == Quote(
            "USD", NOW, NOW, 0.0002401, 3939629.6177260396, 0.00019012, 307776.1592138799
        )
        assert rate == Rate("USD", NOW, NOW, 0.0003193369863013699)

    def test_a_market_that_is_not_traded_has_no_ticker(self, venue):
        assert of(venue, "[443378,[null,null,null,null,0,0,null,0,null,null],1]") == [Numbered(1)]
        (ticker,) = of(venue, "[443378,[null,null,null,null,null,0,5,0,null,null]]")
        assert math.isnan(ticker.high)

    def test_a_bar_is_closed_when_the_next_begins(self, venue):
        raw = "[343351,[1574698260000,7399.9,7390.7,7400,7381,15.3],1]"
        bar = (7399.9, 7400.0, 7381.0, 7390.7, 15.3, 0)
        start = 1_574_698_260_000 * MS
        assert of(venue, raw) == [Numbered(1), Bar("BTC-USD", start, NOW, "1m", *bar, False)]
        _, closed, new = of(venue, raw.replace("260000", "320000").replace(",1]", ",2]"))
        assert closed == Bar("BTC-USD", start, NOW, "1m", *bar, True)
        assert (new.ts_event, new.closed) == (start + 60_000 * MS, False)

    def test_the_last_bars_come_oldest_first_all_but_one_closed(self, venue):
        raw = "[343352,[[1574640000000,2,3,4,1,9],[1574553600000,1,2,2,1,7]]]"
        bars = of(venue, raw)
        assert [(b.symbol, b.interval, b.open, b.closed) for b in bars] == [
            ("USDT", "1d", 1.0, True),
            ("USDT", "1d", 2.0, False),
        ]
        assert [b.open for b in of(venue, raw)] == [2.0]
        assert of(venue, "[343352,[]]") == []

    def test_the_status_of_a_perpetual(self, venue):
        raw = (
            "[335856,[1596124822000,null,0.896,0.771995,null,1396531.67460709,null,1596153600000,"
            "0.0001056,6,null,-0.01381344,null,null,0.7664,null,null,246502.09001551,null,null,"
            "null,null,0.3]]"
        )
        symbol, when = "BTC-USDT-PERP", 1_596_124_822_000 * MS
        assert of(venue, raw) == [
            Funding(symbol, when, NOW, -0.01381344, 1_596_153_600_000 * MS),
            Rate(symbol, when, NOW, 0.7664),
            Rate(symbol + "-INDEX", when, NOW, 0.771995),
            OpenInterest(symbol, when, NOW, 246502.09001551),
        ]

    def test_a_liquidation_is_taken_when_it_is_executed_and_not_when_it_is_announced(self, venue):
        raw = (
            '[91684,[["pos",142397657,1574697680828.2002,null,"tBSVUSD",-2.62932,91.583875238719,'
            "null,1,1,null,112.27]]]"
        )
        (event,) = of(venue, raw)
        when = 1_574_697_680_828_200_000
        assert event == Liquidation("BSV-USD", when, NOW, 112.27, 2.62932, "buy", 142_397_657)
        assert of(venue, raw.replace("1,1,null,112.27", "0,1,null,null")) == []
        assert of(venue, "[91684,[]]") == []

    @pytest.mark.parametrize(
        ("tail", "number"),
        [("", []), (",7", [7]), (",7,1618677543951", [7]), (",1618677543951", [])],
    )
    def test_heartbeats_say_at_most_their_number(self, venue, tail, number):
        for id_ in (17470, 0, 999):
            assert of(venue, f'[{id_},"hb"{tail}]') == [Numbered(n) for n in number]

    def test_spaces_and_numbers_in_quotes_are_read_too(self, venue):
        (trade,) = of(venue, '[ 17470, "te", ["401597395", 1574694478808, "0.005", "7245.3"] ]')
        assert (trade.price, trade.size) == (7245.3, 0.005)

    @pytest.mark.parametrize(
        "raw",
        [
            "[1,[1,2,3]]", "[17470]", '[17470,"zz",[1]]', '[17470,"te"]', '[17470,"te",[1,2,3]]',
            '[17470,"te",[1,2,1e999,3]]', '[17470,"te",[1,2,"NaN",3]]', "[17470,[1,2,3,4]]",
            "[443378,[[1]]]", "[443378,[1]]", '[443378,"cs",4]', "[343351,[1,2]]", "[335856,[]]",
            "[91684,[1]]", '[91684,[["neg"]]]', '[17470,"te",[1,9e99,1,3]]', "[-1,[1]]", "[[1]]",
            '{"event":"auth"}', '{"event":7}', '{"event":"info","code":"x"}', "{}", "",
            '{"event":"subscribed","channel":"books","chanId":7,"symbol":"tBTCUSD"}',
            '{"event":"subscribed","channel":"status","chanId":7,"key":"liq:other"}',
        ],
    )  # fmt: skip
    def test_what_cannot_be_read_is_a_message_error(self, venue, raw):
        with pytest.raises(MessageError, match="bitfinex"):
            of(venue, raw)


class TestEvents:
    def test_greetings_and_acknowledgements_say_nothing(self):
        for raw in (
            '{"event":"info","version":2,"serverId":"083bd8d4","platform":{"status":1}}',
            '{"event":"conf","status":"OK","flags":65536}',
            '{"event":"pong","ts":1511545528111,"cid":1}',
            '{"event":"unsubscribed","status":"OK","chanId":7}',
        ):
            assert of(Bitfinex(), raw) == []

    def test_maintenance_is_reported_and_its_end_asks_for_a_new_socket(self):
        begins, ends, stops = (
            f'{{"event":"info","code":{code},"msg":"words"}}' for code in (20060, '"20061"', 20051)
        )
        (status,) = of(Bitfinex(), begins)
        assert (status.kind, status.detail) == ("error", "bitfinex: words (code 20060)")
        assert of(Bitfinex(), ends) == of(Bitfinex(), stops) == [Closing()]
        (status,) = of(Bitfinex(), '{"event":"info","version":2,"platform":{"status":0}}')
        assert status.kind == "error"

    def test_refusals_name_what_was_asked_for(self):
        venue = Bitfinex()
        quotes, ticker = Subscription("quotes", "BTC-USDX"), Subscription("ticker", "BTC-USDX")
        venue.subscribe([quotes, ticker])
        raw = (
            '{"channel":"ticker","symbol":"tBTC:USDX","event":"error","msg":"symbol: invalid",'
            '"code":10300,"pair":"BTC:USDX"}'
        )
        detail = "bitfinex: symbol: invalid (code 10300)"
        assert of(venue, raw) == [
            Status("rejected", NOW, "BTC-USDX", "quotes", detail=detail),
            Status("rejected", NOW, "BTC-USDX", "ticker", detail=detail),
        ]
        (status,) = of(Bitfinex(), raw.replace('"ticker"', '"book","prec":"R0"'))
        assert (status.symbol, status.channel) == ("BTC-USDX", "orders")
        (status,) = of(Bitfinex(), '{"event":"error","msg":"unknown event","code":10000}')
        assert (status.symbol, status.channel) == ("", "")
        (status,) = of(Bitfinex(), '{"event":"conf","status":"ERROR"}')
        assert status.kind == "rejected"

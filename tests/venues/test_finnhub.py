"""Finnhub: trades of three kinds of markets, the token in the address, candles as history."""

import json

import pytest

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import Bar, Status, Trade
from livefin.fetch import public
from livefin.keys import Secret
from livefin.venues.contract import Span, Subscription
from livefin.venues.finnhub import Finnhub

NOW = 1_723_161_253_937_085_768
CRYPTO = b'{"data":[{"p":7296.89,"s":"BINANCE:BTCUSDT","t":1575526691134,"v":0.011467}],'
CRYPTO += b'"type":"trade"}'
STOCK = (
    b'{"data":[{"c":["1","24","12"],"p":146.76,"s":"AAPL","t":1628238530221,"v":43},'
    b'{"c":["1"],"p":146.75,"s":"AAPL","t":1628238530221,"v":1}],"type":"trade"}'
)
FOREX = b'{"data":[{"c":null,"p":1.08421,"s":"OANDA:EUR_USD","t":1700000000123,"v":0}],'
FOREX += b'"type":"trade"}'
T = 1_628_238_530_221_000_000
EVENTS = {
    "crypto": (
        CRYPTO,
        [Trade("BINANCE:BTCUSDT", 1_575_526_691_134_000_000, NOW, 7296.89, 0.011467)],
    ),
    "stock": (STOCK, [Trade("AAPL", T, NOW, 146.76, 43.0), Trade("AAPL", T, NOW, 146.75, 1.0)]),
    "forex": (FOREX, [Trade("OANDA:EUR_USD", 1_700_000_000_123_000_000, NOW, 1.08421, 0.0)]),
}


def trades(*symbols):
    return [Subscription("trades", symbol) for symbol in symbols]


class TestParse:
    @pytest.mark.parametrize(("raw", "events"), EVENTS.values(), ids=EVENTS)
    def test_trades(self, raw, events):
        assert list(Finnhub().parse(raw, NOW)) == events

    @pytest.mark.parametrize(("raw", "events"), EVENTS.values(), ids=EVENTS)
    def test_the_type_first_and_numbers_as_text(self, raw, events):
        message = json.loads(raw)
        for trade in message["data"]:
            trade.update({key: str(trade[key]) for key in "ptv"})
        turned = {"type": message["type"], "data": message["data"], "new": [None]}
        assert list(Finnhub().parse(json.dumps(turned).encode(), NOW)) == events

    def test_a_ping_asks_for_nothing(self):
        assert list(Finnhub().parse(b'{"type":"ping"}', NOW)) == []

    def test_an_error_names_the_symbol_where_it_can(self):
        venue = Finnhub()
        venue.subscribe(trades("AAPL", "NOPE"))
        (status,) = venue.parse(b'{"msg":"Subscribing to too many symbols","type":"error"}', NOW)
        detail = "finnhub: Subscribing to too many symbols"
        assert status == Status("rejected", NOW, detail=detail)
        (status,) = venue.parse(b'{"msg":"Invalid symbol NOPE","type":"error"}', NOW)
        assert (status.symbol, status.channel) == ("NOPE", "trades")
        (status,) = venue.parse(b'{"type":"error"}', NOW)
        assert status.kind == "rejected"

    @pytest.mark.parametrize(
        "raw",
        [
            b"", b"null", b"[]", b"{}", b"0", b"not json", b"\xff\xfe\x00", b'{"type":"news"}',
            b'{"type":"trade"}', b'{"type":"trade","data":null}', b'{"type":"trade","data":{}}',
            b'{"data":[]}', CRYPTO[:-1], CRYPTO.replace(b"7296.89", b'"NaN"'),
            CRYPTO.replace(b"7296.89", b"0"), CRYPTO.replace(b"7296.89", b"1e999"),
            CRYPTO.replace(b"0.011467", b"-1"), CRYPTO.replace(b"1575526691134", b"-1"),
            CRYPTO.replace(b"1575526691134", b"1575526691134000"),
            CRYPTO.replace(b"1575526691134", b"null"), CRYPTO.replace(b"BINANCE:BTCUSDT", b""),
        ],
        ids=lambda raw: repr(raw[:40]),
    )  # fmt: skip
    def test_what_cannot_be_read_is_a_message_error(self, raw):
        with pytest.raises(MessageError) as caught:
            list(Finnhub().parse(raw, NOW))
        assert len(str(caught.value)) < 400


class TestSubscribe:
    def test_one_message_a_symbol(self):
        venue = Finnhub()
        assert venue.subscribe(trades("AAPL", "OANDA:EUR_USD")) == [
            '{"type":"subscribe","symbol":"AAPL"}',
            '{"type":"subscribe","symbol":"OANDA:EUR_USD"}',
        ]
        assert venue.unsubscribe(trades("AAPL")) == ['{"type":"unsubscribe","symbol":"AAPL"}']

    def test_the_token_is_in_the_address_and_shown_in_none(self):
        venue = Finnhub()
        assert (venue.endpoint(), venue.headers()) == ("wss://ws.finnhub.io", {})
        venue.keys = {"api_key": Secret("ses&me")}
        assert venue.endpoint() == "wss://ws.finnhub.io?token=ses%26me"
        assert public(venue.endpoint()) == "wss://ws.finnhub.io"
        assert venue.headers() == {"X-Finnhub-Token": "ses&me"}
        assert "ses" not in str([*venue.subscribe(trades("AAPL")), venue.url, vars(venue)])
        venue.url = "ws://127.0.0.1:9000/?x=1"
        assert venue.endpoint() == "ws://127.0.0.1:9000/?x=1&token=ses%26me"

    def test_it_has_trades_only(self):
        for channel in ("quotes", "bars:1m", "book"):
            with pytest.raises(ChannelError):
                Finnhub().check(Subscription(channel, "AAPL"))
        for symbol in ("AAPL", "OANDA:EUR_USD", "BINANCE:BTCUSDT", "KRAKEN:BTC/USD"):
            Finnhub().check(Subscription("trades", symbol))
        with pytest.raises(SymbolError):
            Finnhub().check(Subscription("trades", ""))


class TestServerHalf:
    def test_it_recognises_its_own_frames_only(self):
        assert all(Finnhub.recognises(raw) for raw, _ in EVENTS.values())
        for raw in (b"", b"{}", b'{"type":"ping"}', b'{"data":[]}', b'{"data":[{"p":1}]}'):
            assert not Finnhub.recognises(raw)

    def test_it_acknowledges_nothing(self):
        assert Finnhub().answer(b'{"type":"subscribe","symbol":"AAPL"}') == []
        for raw in (b"", b"[]", b'{"type":"ping"}', b'{"type":"subscribe"}', b"[" * 50_000):
            (answer,) = Finnhub().answer(raw)
            (status,) = Finnhub().parse(answer, NOW)
            assert status.kind == "rejected"


class TestHistory:
    SPAN = Span(1_569_297_600_000_000_000, 1_569_470_400_000_000_001)

    @pytest.mark.parametrize(
        ("symbol", "kind"),
        [
            ("AAPL", "stock"), ("OANDA:EUR_USD", "forex"), ("IC MARKETS:1", "forex"),
            ("BINANCE:BTCUSDT", "crypto"), ("COINBASE:BTC-USD", "crypto"),
        ],
    )  # fmt: skip
    def test_the_address_is_of_the_symbols_kind(self, symbol, kind):
        url = Finnhub().history_url(Subscription("bars:1d", symbol), self.SPAN)
        assert url == (
            f"https://finnhub.io/api/v1/{kind}/candle?symbol={symbol.replace(' ', '+')}"
            "&resolution=D&from=1569297600&to=1569470401"
        )

    def test_there_is_none_of_trades(self):
        for channel in ("trades", "bars", "bars:3m", "quotes"):
            assert Finnhub().history_url(Subscription(channel, "AAPL"), self.SPAN) is None

    def test_candles_and_which_of_them_is_over(self):
        body = (
            b'{"c":[217.68,221.03],"h":[222.49,221.5],"l":[217.19,217.1402],"o":[221.03,218.55],'
            b'"s":"ok","t":[1569297600,1569384000],"v":[33463820,24018876]}'
        )
        now = 1_569_384_000_000_000_000
        assert Finnhub().parse_history(Subscription("bars:1d", "AAPL"), body, now) == [
            Bar(
                "AAPL", 1_569_297_600_000_000_000, now, "1d",
                221.03, 222.49, 217.19, 217.68, 33463820.0, 0, True,
            ),
            Bar("AAPL", now, now, "1d", 218.55, 221.5, 217.1402, 221.03, 24018876.0, 0, False),
        ]  # fmt: skip

    def test_no_data_is_no_candles(self):
        sub = Subscription("bars:1d", "AAPL")
        assert Finnhub().parse_history(sub, b'{"s":"no_data"}', NOW) == []

    @pytest.mark.parametrize(
        "body",
        [
            b"", b"[]", b"{}", b'{"error":"You don\'t have access to this resource."}',
            b'{"s":"ok","t":[1,2],"o":[1],"h":[1],"l":[1],"c":[1],"v":[1]}',
            b'{"s":"ok","t":[1],"o":["NaN"],"h":[1],"l":[1],"c":[1],"v":[1]}',
            b'{"s":"ok","t":[99999999999],"o":[1],"h":[1],"l":[1],"c":[1],"v":[1]}',
        ],
    )  # fmt: skip
    def test_a_body_that_is_no_page(self, body):
        with pytest.raises(MessageError, match="AAPL"):
            Finnhub().parse_history(Subscription("bars:1d", "AAPL"), body, NOW)

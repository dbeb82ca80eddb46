"""Bitfinex: what it is asked for, on the socket and over REST, and how it answers as a server."""

import json

import pytest

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import Bar, Trade
from livefin.venues.bitfinex.venue import Bitfinex
from livefin.venues.contract import Numbered, Reply, Span, Subscription

NOW = 1_618_677_544_000_000_000
MS = 1_000_000
CONF = {"event": "conf", "flags": 32_768 + 65_536 + 131_072}


def subscribed(id_, channel, **more):
    return json.dumps({"event": "subscribed", "channel": channel, "chanId": id_} | more).encode()


def of(venue, raw):
    return list(venue.parse(raw if isinstance(raw, bytes) else raw.encode(), NOW))


class TestSubscribing:
    def test_conf_is_sent_first_and_once_a_socket(self):
        venue = Bitfinex()
        for _ in range(2):
            conf, sub = venue.subscribe([Subscription("trades", "BTC-USD")])
            assert json.loads(conf) == CONF
            assert json.loads(sub) == {
                "event": "subscribe", "channel": "trades", "symbol": "tBTCUSD"
            }  # fmt: skip
            (sub,) = venue.subscribe([Subscription("trades", "ETH-USD")])
            venue.opened()

    @pytest.mark.parametrize(
        ("channel", "symbol", "asked"),
        [
            ("trades", "USD", {"channel": "trades", "symbol": "fUSD"}),
            ("quotes", "DOGE-USD", {"channel": "ticker", "symbol": "tDOGE:USD"}),
            (
                "book",
                "BTC-USDT",
                {"channel": "book", "symbol": "tBTCUST", "prec": "P0", "freq": "F0", "len": "250"},
            ),
            (
                "orders",
                "BTC-USDT-PERP",
                {
                    "channel": "book", "symbol": "tBTCF0:USTF0", "prec": "R0", "freq": "F0",
                    "len": "250",
                },
            ),
            ("bars:1w", "BTC-USD", {"channel": "candles", "key": "trade:1W:tBTCUSD"}),
            ("bars:1m", "USDT", {"channel": "candles", "key": "trade:1m:fUST:a30:p2:p30"}),
            ("funding", "ETH-BTC-PERP", {"channel": "status", "key": "deriv:tETHF0:BTCF0"}),
            ("rates", "BTC-USDT-PERP-INDEX", {"channel": "status", "key": "deriv:tBTCF0:USTF0"}),
            ("rates", "USD", {"channel": "ticker", "symbol": "fUSD"}),
            ("liquidations", "BTC-USD", {"channel": "status", "key": "liq:global"}),
        ],
    )  # fmt: skip
    def test_what_each_channel_asks_for(self, channel, symbol, asked):
        venue = Bitfinex()
        venue.check(Subscription(channel, symbol))
        _, raw = venue.subscribe([Subscription(channel, symbol)])
        assert json.loads(raw) == {"event": "subscribe"} | asked

    def test_a_shared_channel_is_subscribed_once_and_ended_with_the_last(self):
        venue = Bitfinex()
        quotes, ticker = Subscription("quotes", "BTC-USD"), Subscription("ticker", "BTC-USD")
        assert len(venue.subscribe([quotes, ticker])) == 2
        of(venue, subscribed(7, "ticker", symbol="tBTCUSD"))
        assert venue.unsubscribe([quotes]) == []
        (raw,) = venue.unsubscribe([ticker])
        assert json.loads(raw) == {"event": "unsubscribe", "chanId": 7}

    def test_after_unsubscribing_only_the_numbers_are_read_until_it_begins_again(self):
        venue, sub = Bitfinex(), [Subscription("trades", "BTC-USD")]
        venue.subscribe(sub)
        of(venue, subscribed(7, "trades", symbol="tBTCUSD"))
        te = '[7,"te",[401597395,1574694478808,0.005,7245.3],%d]'
        venue.unsubscribe(sub)
        (raw,) = venue.subscribe(sub)
        assert json.loads(raw)["event"] == "subscribe"
        assert of(venue, te % 1) == [Numbered(1)]
        assert of(venue, "[7,[1,2,3],2]") == [Numbered(2)]
        assert of(venue, '{"event":"unsubscribed","status":"OK","chanId":7}') == []
        with pytest.raises(MessageError):
            of(venue, te % 3)
        of(venue, subscribed(7, "trades", symbol="tBTCUSD"))
        assert len(of(venue, te % 4)) == 2

    def test_a_channel_that_is_not_wanted_any_more_when_it_begins_is_ended(self):
        venue, sub = Bitfinex(), [Subscription("book", "BTC-USD")]
        venue.subscribe(sub)
        assert venue.unsubscribe(sub) == []
        (reply,) = of(venue, subscribed(7, "book", symbol="tBTCUSD", prec="P0"))
        assert json.loads(reply.data) == {"event": "unsubscribe", "chanId": 7}
        assert isinstance(reply, Reply)

    def test_asking_anew_for_what_was_never_answered_does_not_ask_twice(self):
        venue, sub = Bitfinex(), [Subscription("book", "BTC-USD")]
        venue.subscribe(sub)
        assert venue.unsubscribe(sub) == []
        assert venue.subscribe(sub) == [venue.ping()]
        assert of(venue, subscribed(7, "book", symbol="tBTCUSD", prec="P0")) == []

    @pytest.mark.parametrize(
        ("channel", "symbol"),
        [("funding", "BTC-USD"), ("rates", "BTC-USD"), ("book", "USD"), ("bars:2h", "BTC-USD")],
    )
    def test_channels_that_a_market_has_not(self, channel, symbol):
        with pytest.raises(ChannelError):
            Bitfinex().check(Subscription(channel, symbol))

    @pytest.mark.parametrize("symbol", ["btc-usd", "BTC/USD", "A-B-C", "BTC-", "BTC-USD-INDEX"])
    def test_symbols_that_cannot_be(self, symbol):
        with pytest.raises(SymbolError, match="BTC-USD"):
            Bitfinex().check(Subscription("trades", symbol))

    @pytest.mark.parametrize(
        ("wire", "symbol"),
        [
            ("tBFTUSD", "BFT-USD"), ("tTESTBTC:TESTUSDT", "TESTBTC-TESTUSDT"), ("fUST", "USDT"),
            ("tUST:CNHT", "USDT-CNHT"), ("tETHF0:BTCF0", "ETH-BTC-PERP"), ("tBTC", "BTC"),
        ],
    )  # fmt: skip
    def test_symbols_that_nobody_subscribed(self, wire, symbol):
        venue = Bitfinex()
        of(venue, subscribed(7, "trades", symbol=wire))
        (trade,) = of(venue, '[7,"te",[1,1574694478808,0.005,7245.3]]')
        assert trade.symbol == symbol


class TestHistory:
    SPAN = Span(1_700_000_000_000_000_001, 1_700_000_100_000_000_000)

    def test_trades(self):
        venue, sub = Bitfinex(), Subscription("trades", "DOGE-USD")
        assert venue.history_url(sub, self.SPAN) == (
            "https://api-pub.bitfinex.com/v2/trades/tDOGE:USD/hist?limit=10000"
            "&start=1700000000001&end=1700000100000&sort=1"
        )
        body = b"[[388063448,1567526214876,1.918524,10682],[388063449,1567526214900,-1,10683]]"
        first, last = venue.parse_history(sub, body, NOW)
        assert first == Trade(
            "DOGE-USD", 1_567_526_214_876 * MS, NOW, 10682.0, 1.918524, "buy", 388_063_448
        )
        assert last.side == "sell"

    def test_bars(self):
        venue, sub = Bitfinex(), Subscription("bars:1m", "BTC-USD")
        assert "/v2/candles/trade:1m:tBTCUSD/hist?" in venue.history_url(sub, self.SPAN)
        body = b"[[1618677420000,1,2,3,0.5,7],[1618677540000,2,2,2,2,1]]"
        old, new = venue.parse_history(sub, body, NOW)
        ohlcv = (1.0, 3.0, 0.5, 2.0, 7.0, 0)
        assert old == Bar("BTC-USD", 1_618_677_420_000 * MS, NOW, "1m", *ohlcv, True)
        assert not new.closed

    def test_nothing_else_and_errors(self):
        venue, sub = Bitfinex(), Subscription("trades", "BTC-USD")
        assert venue.history_url(Subscription("book", "BTC-USD"), self.SPAN) is None
        with pytest.raises(MessageError, match="BTC-USD"):
            venue.parse_history(sub, b'["error",10020,"limit: invalid"]', NOW)


class TestServer:
    @pytest.mark.parametrize(
        "raw",
        [
            b'{"event":"info","version":2,"serverId":"083bd8d4","platform":{"status":1}}',
            b'{"event":"conf","status":"OK","flags":65536}',
            b'{"event":"subscribed","channel":"ticker","chanId":232949,"symbol":"tBFTUSD"}',
            b'[232949,"hb",7]',
            b'[17470,"tu",[401597395,1574694478808,0.005,7245.3]]',
        ],
    )
    def test_its_own_frames_are_recognised(self, raw):
        assert Bitfinex.recognises(raw)

    @pytest.mark.parametrize(
        "raw",
        [
            b'{"event":"heartbeat"}',
            b'{"event":"subscriptionStatus","channelID":1,"channelName":"ticker"}',
            b'{"event":"systemStatus","version":"1.8.1"}',
            b"[232949,[1,2,3],1]",
            b'[320,{"as":[["5541.30000","2.50700000","1534614248.123678"]]},"book-10","XBT/USD"]',
        ],
    )
    def test_others_are_not(self, raw):
        assert not Bitfinex.recognises(raw)

    def test_it_acknowledges_what_has_no_state_of_the_recordings(self):
        venue = Bitfinex()
        conf, sub = venue.subscribe([Subscription("trades", "BTC-USD")])
        assert json.loads(venue.answer(conf.encode())[0]) == CONF | {"status": "OK"}
        assert venue.answer(sub.encode()) == []
        assert json.loads(venue.answer(venue.ping().encode())[0])["event"] == "pong"


def test_one_id_given_to_ever_other_markets_is_not_kept_for_all():
    venue = Bitfinex()
    for n in range(20_000):
        of(venue, subscribed(7, "trades", symbol=f"tX{n}USD"))
    assert len(venue._ids) <= 8_192

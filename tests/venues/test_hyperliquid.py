"""Hyperliquid: the documentation's messages, subscribing, and what goes wrong."""

import json
import math

import pytest

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import Bar, BookSnapshot, Funding, OpenInterest, Quote, Rate, Status, Trade
from livefin.venues.contract import Subscription
from livefin.venues.hyperliquid.venue import Hyperliquid

NOW = 1_737_918_844_167_767_000
MS = 1_000_000
CONTEXT = {
    "funding": "0.0000125", "openInterest": "688.11", "prevDayPx": "15.322",
    "dayNtlVlm": "1169046.29406", "premium": "0.00031774", "oraclePx": "14.32",
    "markPx": "14.3161", "midPx": "14.314", "impactPxs": ["14.3047", "14.3444"],
    "dayBaseVlm": "98453.1",
}  # fmt: skip


def frame(channel, data):
    return json.dumps({"channel": channel, "data": data}, separators=(",", ":")).encode()


def of(venue, raw):
    return list(venue.parse(raw, NOW))


def trade(time, side="B", **more):
    made = {"coin": "BTC", "side": side, "px": "105056.0", "sz": "0.00219", "hash": "0xde47"}
    return made | {"time": time, "tid": time * 7, "users": ["0xe9", "0x68"]} | more


class TestMessages:
    @pytest.mark.parametrize(("wire", "side"), [("B", "buy"), ("A", "sell")])
    def test_a_trades_side_is_the_takers(self, wire, side):
        raw = frame("trades", [trade(1737918794873, wire)])
        assert of(Hyperliquid(), raw) == [
            Trade("BTC", 1_737_918_794_873 * MS, NOW, 105056.0, 0.00219, side, 1737918794873 * 7)
        ]

    def test_trades_that_came_on_the_socket_before_do_not_come_again(self):
        venue = Hyperliquid()
        of(venue, frame("trades", [trade(1), trade(2), trade(3)]))
        of(venue, frame("trades", [trade(3, tid=1)]))  # of the same block
        venue.opened()
        events = of(venue, frame("trades", [trade(2), trade(3), trade(4), trade(4, tid=2)]))
        assert [event.ts_event for event in events] == [4 * MS, 4 * MS]
        assert len(of(venue, frame("trades", [trade(4, tid=3)]))) == 1

    def test_a_book_is_whole_every_time(self):
        side = [{"px": "19900", "sz": "1.5", "n": 1}], [{"px": "20100", "sz": "2", "n": 3}]
        raw = frame("l2Book", {"coin": "TEST", "time": 1681222254710, "levels": side})
        when = 1_681_222_254_710 * MS
        assert of(Hyperliquid(), raw) == [
            BookSnapshot("TEST", when, NOW, [(19900.0, 1.5)], [(20100.0, 2.0)])
        ]

    def test_the_best_quote_and_one_with_an_empty_side(self):
        best = [{"px": "19900", "sz": "1", "n": 1}, {"px": "20100", "sz": "2", "n": 1}]
        when = 1_708_622_398_623 * MS
        raw = frame("bbo", {"coin": "TEST", "time": 1708622398623, "bbo": best})
        assert of(Hyperliquid(), raw) == [Quote("TEST", when, NOW, 19900.0, 1.0, 20100.0, 2.0)]
        raw = frame("bbo", {"coin": "TEST", "time": 1708622398623, "bbo": [None, best[1]]})
        assert of(Hyperliquid(), raw) == [Quote("TEST", when, NOW, 0.0, 0.0, 20100.0, 2.0)]

    def test_a_bar_is_closed_when_the_next_begins(self):
        data = {
            "t": 1681923600000, "T": 1681924499999, "s": "BTC", "i": "15m", "o": "29295.0",
            "c": "29250.0", "h": "29309.0", "l": "29250.0", "v": "0.98639", "n": 189,
        }  # fmt: skip
        venue, start = Hyperliquid(), 1_681_923_600_000 * MS
        bar = (29295.0, 29309.0, 29250.0, 29250.0, 0.98639, 189)
        assert of(venue, frame("candle", data)) == [Bar("BTC", start, NOW, "15m", *bar, False)]
        closed, new = of(venue, frame("candle", data | {"t": 1681924500000}))
        assert closed == Bar("BTC", start, NOW, "15m", *bar, True)
        assert not new.closed

    def test_what_is_known_of_a_perpetual(self):
        raw = frame("activeAssetCtx", {"coin": "AVAX", "ctx": CONTEXT})
        ticker, *others = of(Hyperliquid(), raw)
        assert (ticker.last, ticker.open, ticker.volume) == (14.314, 15.322, 98453.1)
        assert math.isnan(ticker.high)
        assert others == [
            Rate("AVAX", NOW, NOW, 14.3161),
            Rate("AVAX-INDEX", NOW, NOW, 14.32),
            Funding("AVAX", NOW, NOW, 0.0000125),
            OpenInterest("AVAX", NOW, NOW, 688.11),
        ]

    def test_what_is_known_of_a_spot_market(self):
        ctx = {"prevDayPx": "0.1", "dayNtlVlm": "9", "markPx": "0.2", "midPx": None}
        raw = frame("activeSpotAssetCtx", {"coin": "PURR/USDC", "ctx": ctx})
        ticker, rate = of(Hyperliquid(), raw)
        assert (ticker.symbol, ticker.last) == ("PURR-USDC", 0.2)
        assert rate == Rate("PURR-USDC", NOW, NOW, 0.2)

    def test_all_mids(self):
        raw = frame("allMids", {"mids": {"@142": "80907.5", "PURR/USDC": "0.067131"}})
        assert of(Hyperliquid(), raw) == [
            Rate("@142-MID", NOW, NOW, 80907.5), Rate("PURR-USDC-MID", NOW, NOW, 0.067131)
        ]  # fmt: skip

    def test_greeting_acknowledgement_and_pong_say_nothing(self):
        asked = {"method": "subscribe", "subscription": {"type": "trades", "coin": "BTC"}}
        for raw in (
            b"Websocket connection established.",
            frame("subscriptionResponse", asked),
            b'{"channel":"pong"}',
        ):
            assert of(Hyperliquid(), raw) == []

    @pytest.mark.parametrize(
        "raw",
        [
            b"", b"[]", b"{}", b'{"channel":"trades"}', frame("trades", [{}]), b"Websocket",
            frame("trades", [trade(1, "C")]), frame("trades", [trade(-1)]), frame("webData2", {}),
            frame("trades", [trade(1, px="NaN")]), frame("trades", [trade(1, px="0")]),
            frame("l2Book", {"coin": "BTC", "time": 1, "levels": [[]]}),
            frame("bbo", {"coin": "BTC", "time": 1, "bbo": []}),
            frame("allMids", {"mids": {"BTC": "x"}}), frame("trades", [trade(1)])[:-1],
        ],
    )  # fmt: skip
    def test_what_cannot_be_read_is_a_message_error(self, raw):
        with pytest.raises(MessageError, match="hyperliquid"):
            of(Hyperliquid(), raw)


class TestSubscribing:
    @pytest.mark.parametrize(
        ("channel", "symbol", "asked"),
        [
            ("trades", "BTC", {"type": "trades", "coin": "BTC"}),
            ("quotes", "kPEPE", {"type": "bbo", "coin": "kPEPE"}),
            ("book", "@107", {"type": "l2Book", "coin": "@107"}),
            ("bars:1M", "PURR-USDC", {"type": "candle", "coin": "PURR/USDC", "interval": "1M"}),
            ("ticker", "PURR-USDC", {"type": "activeAssetCtx", "coin": "PURR/USDC"}),
            ("funding", "xyz:TSLA", {"type": "activeAssetCtx", "coin": "xyz:TSLA"}),
            ("rates", "BTC-INDEX", {"type": "activeAssetCtx", "coin": "BTC"}),
            ("rates", "BTC-MID", {"type": "allMids"}),
        ],
    )
    def test_what_each_channel_asks_for(self, channel, symbol, asked):
        venue, sub = Hyperliquid(), Subscription(channel, symbol)
        venue.check(sub)
        (raw,) = venue.subscribe([sub])
        assert json.loads(raw) == {"method": "subscribe", "subscription": asked}
        (raw,) = venue.unsubscribe([sub])
        assert json.loads(raw) == {"method": "unsubscribe", "subscription": asked}
        assert venue.unsubscribe([sub]) == []

    def test_a_context_is_asked_for_once_and_ended_with_the_last(self):
        venue = Hyperliquid()
        subs = [Subscription(name, "BTC") for name in ("ticker", "rates", "open_interest")]
        assert len(venue.subscribe(subs)) == 1
        assert venue.unsubscribe(subs[:2]) == []
        assert len(venue.unsubscribe(subs[2:])) == 1

    def test_refusals_name_what_was_asked_for(self):
        venue = Hyperliquid()
        venue.subscribe([Subscription("trades", "NO")])
        text = 'Invalid subscription {"type":"trades","coin":"%s"}'
        (status,) = of(venue, frame("error", text % "NO"))
        detail = f"hyperliquid: {text % 'NO'}"
        assert status == Status("rejected", NOW, "NO", "trades", detail=detail)
        (status,) = of(venue, frame("error", text % "OTHER"))
        assert (status.symbol, status.channel) == ("OTHER", "trades")
        (status,) = of(venue, frame("error", "Error parsing JSON into valid websocket request"))
        assert (status.symbol, status.channel) == ("", "")

    @pytest.mark.parametrize("symbol", ["BTC/USDC", "@", "@1x", "A-B-C", "BTC:x:y", "-INDEX", "-"])
    def test_symbols_that_cannot_be(self, symbol):
        with pytest.raises(SymbolError, match="PURR-USDC"):
            Hyperliquid().check(Subscription("rates", symbol))

    @pytest.mark.parametrize(
        ("channel", "symbol"),
        [("trades", "BTC-MID"), ("funding", "@107"), ("open_interest", "PURR-USDC"),
         ("bars:6h", "BTC"), ("liquidations", "BTC")],
    )  # fmt: skip
    def test_channels_that_there_are_not(self, channel, symbol):
        with pytest.raises(ChannelError):
            Hyperliquid().check(Subscription(channel, symbol))


class TestServer:
    def test_it_acknowledges_and_answers_pings(self):
        venue = Hyperliquid()
        (raw,) = venue.subscribe([Subscription("trades", "BTC")])
        (answer,) = venue.answer(raw.encode())
        assert json.loads(answer) == {
            "channel": "subscriptionResponse",
            "data": {"method": "subscribe", "subscription": {"type": "trades", "coin": "BTC"}},
        }
        assert venue.answer(venue.ping().encode()) == [b'{"channel":"pong"}']
        assert b"error" in venue.answer(b'{"method":"post"}')[0]

    def test_only_its_own_frames_are_recognised(self):
        assert Hyperliquid.recognises(frame("trades", [trade(1)]))
        assert Hyperliquid.recognises(frame("allMids", {"mids": {}}))
        assert not Hyperliquid.recognises(b'{"channel":"ticker","data":[{"symbol":"BTC/USD"}]}')
        assert not Hyperliquid.recognises(b'{"channel":"trade","type":"update","data":[{}]}')

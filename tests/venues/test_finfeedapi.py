"""FinFeedAPI: rates of pairs, and nothing else. Every documented example: test_apibricks.py."""

import json

import pytest

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import Rate
from livefin.keys import Secret
from livefin.venues.apibricks.finfeedapi import FinFeedApi
from livefin.venues.apibricks.shared import FILTERS_PER_MESSAGE
from livefin.venues.contract import Closing, Subscription

NOW = 1_723_161_253_937_085_768
T = 1_560_266_760_000_000_000
EXRATE = (
    b'{"type":"exrate","asset_id_base":"BTC","asset_id_quote":"USD",'
    b'"rate_type":"BASE_ALL_CROSSES_TO_REF","time":"2019-06-11T15:26:00.0000000Z",'
    b'"rate":10065.0319541}'
)


def rates(*symbols):
    return [Subscription("rates", symbol) for symbol in symbols]


def sent(messages):
    return [json.loads(message) for message in messages]


@pytest.mark.parametrize("subscribed", [True, False])
def test_the_documented_rate(subscribed):
    venue = FinFeedApi()
    if subscribed:
        venue.subscribe(rates("BTC-USD"))
    assert list(venue.parse(EXRATE, NOW)) == [Rate("BTC-USD", T, NOW, 10065.0319541)]


def test_a_rate_without_a_time_is_of_now():
    raw = EXRATE.replace(b'"2019-06-11T15:26:00.0000000Z"', b"null")
    assert list(FinFeedApi().parse(raw, NOW)) == [Rate("BTC-USD", NOW, NOW, 10065.0319541)]


def test_notices():
    venue = FinFeedApi()
    raw = b'{"type":"reconnect","within_seconds":10,"before_time":"2020-08-06T19:19:09.7035429Z"}'
    assert list(venue.parse(raw, NOW)) == [Closing(10.0)]
    assert list(venue.parse(b'{"type":"hearbeat"}', NOW)) == []  # codespell:ignore
    (status,) = venue.parse(b'{"type":"error","message":"Invalid API key"}', NOW)
    assert (status.kind, status.detail) == ("rejected", "finfeedapi: Invalid API key")


def test_requests():
    venue = FinFeedApi()
    assert sent(venue.subscribe(rates("BTC-EUR"))) == [
        {"type": "hello", "heartbeat": True, "subscribe_filter_asset_id": ["BTC/EUR"]}
    ]
    assert sent(venue.subscribe(rates("ETH-CNY"))) == [
        {"type": "subscribe", "heartbeat": True, "subscribe_filter_asset_id": ["ETH/CNY"]}
    ]
    assert sent(venue.unsubscribe(rates("BTC-EUR"))) == [
        {"type": "unsubscribe", "heartbeat": True, "subscribe_filter_asset_id": ["BTC/EUR"]}
    ]
    venue.opened()
    (message,) = sent(venue.subscribe(rates("EUR-USD")))
    assert message["type"] == "hello"


def test_many_pairs_are_many_requests():
    pairs = [f"A{n}-USD" for n in range(FILTERS_PER_MESSAGE + 1)]
    messages = sent(FinFeedApi().subscribe(rates(*pairs)))
    assert [len(m["subscribe_filter_asset_id"]) for m in messages] == [FILTERS_PER_MESSAGE, 1]


def test_the_key_is_in_the_handshake_and_in_no_message():
    venue = FinFeedApi()
    assert venue.headers() == {}
    venue.keys = {"api_key": Secret("73034021-SAMPLE")}
    key = "73034021-SAMPLE"
    assert venue.headers() == {"Authorization": key, "X-APIBricks-Key": key}
    assert venue.endpoint() == "wss://api-realtime.fx.finfeedapi.com"
    assert "73034021" not in str([*venue.subscribe(rates("EUR-USD")), vars(venue)])


def test_it_has_rates_only():
    for channel in ("trades", "quotes", "bars:1m"):
        with pytest.raises(ChannelError):
            FinFeedApi().check(Subscription(channel, "EUR-USD"))
    for symbol in ("EURUSD", "EUR/USD", "EUR-", "-USD", "A-B-C", "EUR_USD"):
        with pytest.raises(SymbolError, match="EUR-USD"):
            FinFeedApi().check(Subscription("rates", symbol))
    assert not FinFeedApi.recognises(EXRATE)  # CoinAPI's look the same


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"type":"trade"}',
        EXRATE[:-1],
        EXRATE.replace(b"10065.0319541", b'"NaN"'),
        EXRATE.replace(b"10065.0319541", b"-1"),
        EXRATE.replace(b"15:26", b"25:26"),
        EXRATE.replace(b'"USD"', b"7"),
    ],
    ids=lambda raw: repr(raw[:40]),
)
def test_what_cannot_be_read_is_a_message_error(raw):
    with pytest.raises(MessageError):
        list(FinFeedApi().parse(raw, NOW))


def test_what_is_no_request_gets_an_error_that_we_understand():
    (answer,) = FinFeedApi().answer(b"[]")
    (status,) = FinFeedApi().parse(answer, NOW)
    assert status.kind == "rejected"

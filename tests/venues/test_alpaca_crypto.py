"""Alpaca's crypto, with its book, and the history of both of Alpaca's venues."""

import json

import pytest

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import Bar, BookDelta, BookSnapshot, Quote, Trade
from livefin.venues.alpaca.venue import Alpaca, AlpacaCrypto
from livefin.venues.contract import Span, Subscription

NOW = 1_723_161_253_937_085_768
TRADE = (
    b'{"T":"t","S":"AVAX/USD","p":47.299,"s":29.205707815,'
    b'"t":"2024-03-12T10:27:48.858228144Z","i":3447222699101865076,"tks":"S"}'
)
QUOTE = (
    b'{"T":"q","S":"BAT/USD","bp":0.35718,"bs":13445.46,"ap":0.3581,"as":13561.902,'
    b'"t":"2024-03-12T10:29:43.111588173Z"}'
)
BAR = (
    b'{"T":"b","S":"BTC/USD","o":71856.1435,"h":71856.1435,"l":71856.1435,"c":71856.1435,'
    b'"v":0,"t":"2024-03-12T10:37:00Z","n":0,"vw":0}'
)
BOOK = (
    b'{"T":"o","S":"BTC/USD","t":"2024-03-12T10:38:50.79613221Z",'
    b'"b":[{"p":71859.53,"s":0.27994},{"p":71849.4,"s":0.553986}],'
    b'"a":[{"p":71939.7,"s":0.83953}],"r":true}'
)
UPDATE = (
    b'{"T":"o","S":"MKR/USD","t":"2024-03-12T10:39:39.445492807Z","b":[],'
    b'"a":[{"p":2614.587,"s":12.5308}]}'
)
REMOVAL = (
    b'{"T":"o","S":"CRV/USD","t":"2024-03-12T10:39:40.501160019Z","b":[{"p":0.7904,"s":0}],"a":[]}'
)
P = 71856.1435
EVENTS = {
    "trade": (
        TRADE,
        Trade(
            "AVAX-USD", 1_710_239_268_858_228_144, NOW, 47.299, 29.205707815, "sell",
            3447222699101865076,
        ),
    ),
    "quote": (
        QUOTE,
        Quote("BAT-USD", 1_710_239_383_111_588_173, NOW, 0.35718, 13445.46, 0.3581, 13561.902),
    ),
    "bar": (BAR, Bar("BTC-USD", 1_710_239_820_000_000_000, NOW, "1m", P, P, P, P, 0.0, 0, True)),
    "book": (
        BOOK,
        BookSnapshot(
            "BTC-USD", 1_710_239_930_796_132_210, NOW,
            [(71859.53, 0.27994), (71849.4, 0.553986)], [(71939.7, 0.83953)],
        ),
    ),
    "update": (
        UPDATE,
        BookDelta("MKR-USD", 1_710_239_979_445_492_807, NOW, [], [(2614.587, 12.5308)]),
    ),
    "removal": (
        REMOVAL,
        BookDelta("CRV-USD", 1_710_239_980_501_160_019, NOW, [(0.7904, 0.0)], []),
    ),
}  # fmt: skip
DAY = Span(1_710_239_268_858_228_144, 1_710_239_968_000_000_000)
BTC, AAPL = Subscription("trades", "BTC-USD"), Subscription("trades", "AAPL")


@pytest.mark.parametrize(("raw", "event"), EVENTS.values(), ids=EVENTS)
def test_the_documented_messages(raw, event):
    assert list(AlpacaCrypto().parse(b"[" + raw + b"]", NOW)) == [event]
    assert AlpacaCrypto.recognises(b"[" + raw + b"]")
    assert not Alpaca.recognises(b"[" + raw + b"]")


def test_a_buyer_who_took_and_one_of_whom_nothing_is_said():
    (trade,) = AlpacaCrypto().parse(b"[" + TRADE.replace(b'"S"}', b'"B"}') + b"]", NOW)
    assert trade.side == "buy"
    (trade,) = AlpacaCrypto().parse(b"[" + TRADE.replace(b',"tks":"S"', b"") + b"]", NOW)
    assert trade.side is None


@pytest.mark.parametrize(
    "raw",
    [
        BOOK.replace(b'{"p":71939.7,"s":0.83953}', b"[71939.7,0.83953]"),
        BOOK.replace(b"0.83953", b'"NaN"'),
        BOOK.replace(b"71939.7", b"-1"),
        BOOK.replace(b"true", b'"perhaps"'),
        UPDATE.replace(b"[]", b"{}"),
        UPDATE.replace(b"10:39:39", b"later"),
    ],
    ids=lambda raw: repr(raw[:60]),
)
def test_a_book_that_cannot_be_read(raw):
    with pytest.raises(MessageError):
        list(AlpacaCrypto().parse(b"[" + raw + b"]", NOW))


def test_requests_name_pairs_as_alpaca_does():
    channels = ("trades", "quotes", "book", "bars:1m")
    subs = [Subscription(channel, "BTC-USD") for channel in channels]
    pair = ["BTC/USD"]
    assert [json.loads(message) for message in AlpacaCrypto().subscribe(subs)] == [
        {
            "action": "subscribe", "trades": pair, "quotes": pair, "orderbooks": pair,
            "bars": pair, "updatedBars": pair,
        }
    ]  # fmt: skip


def test_symbols_and_channels_that_cannot_be():
    for symbol in ("BTC/USD", "BTCUSD", "btc-usd", "BTC-"):
        with pytest.raises(SymbolError, match="BTC-USD"):
            AlpacaCrypto().check(Subscription("trades", symbol))
    for channel in ("orders", "bars:1h", "statuses"):
        with pytest.raises(ChannelError):
            AlpacaCrypto().check(Subscription(channel, "BTC-USD"))


class TestHistory:
    TIMES = "&start=2024-03-12T10:27:48.858228144Z&end=2024-03-12T10:39:28.000000000Z"

    @pytest.mark.parametrize(
        ("venue", "sub", "url"),
        [
            (Alpaca(), AAPL, "v2/stocks/trades?symbols=AAPL{}&feed=iex"),
            (Alpaca("sip"), AAPL, "v2/stocks/trades?symbols=AAPL{}&feed=sip"),
            (Alpaca("delayed_sip"), AAPL, "v2/stocks/trades?symbols=AAPL{}&feed=sip"),
            (
                Alpaca(),
                AAPL._replace(channel="bars:1m"),
                "v2/stocks/bars?symbols=AAPL{}&feed=iex&timeframe=1Min",
            ),
            (AlpacaCrypto(), BTC, "v1beta3/crypto/us/trades?symbols=BTC%2FUSD{}"),
            (
                AlpacaCrypto("eu-1"),
                BTC._replace(channel="bars:1d"),
                "v1beta3/crypto/eu-1/bars?symbols=BTC%2FUSD{}&timeframe=1Day",
            ),
        ],
    )
    def test_the_address(self, venue, sub, url):
        asked = url.format(f"{self.TIMES}&limit=10000&sort=asc")
        assert venue.history_url(sub, DAY) == f"https://data.alpaca.markets/{asked}"

    def test_there_is_none_of_the_rest(self):
        for channel in ("quotes", "book", "bars:5m", "bars"):
            assert AlpacaCrypto().history_url(BTC._replace(channel=channel), DAY) is None
            assert Alpaca().history_url(AAPL._replace(channel=channel), DAY) is None

    def test_a_page_of_crypto(self):
        body = (
            b'{"next_page_token":"...","trades":{"BTC/USD":[{"i":4888505089891583889,'
            b'"p":67655.2,"s":0.000072,"t":"2026-02-23T00:00:48.646747308Z","tks":"B"}]}}'
        )
        assert AlpacaCrypto().parse_history(BTC, body, NOW) == [
            Trade(
                "BTC-USD", 1_771_804_848_646_747_308, NOW, 67655.2, 0.000072, "buy",
                4888505089891583889,
            )
        ]  # fmt: skip

    def test_trades_that_were_taken_back_are_none(self):
        trade = '{"t":"2022-01-03T09:00:00.086175744Z","x":"P","p":178.26,"s":246,"i":%d%s}'
        trades = [
            trade % (1, ""), trade % (2, ',"u":"canceled"'), trade % (3, ',"u":"incorrect"'),
            trade % (4, ',"u":"corrected"'),
        ]  # fmt: skip
        body = f'{{"trades":{{"AAPL":[{",".join(trades)}]}},"next_page_token":null}}'.encode()
        found = Alpaca().parse_history(AAPL, body, NOW)
        assert [trade.id for trade in found] == ["P-1", "P-4"]
        assert found[0].ts_event == 1_641_200_400_086_175_744

    def test_bars_and_which_of_them_is_over(self):
        body = (
            b'{"bars":{"AAPL":[{"t":"2022-01-03T09:00:00Z","o":178.26,"h":178.26,"l":178.21,'
            b'"c":178.21,"v":1118,"n":65,"vw":178.235733}]},"next_page_token":null}'
        )
        start, sub = 1_641_200_400_000_000_000, AAPL._replace(channel="bars:1m")
        (bar,) = Alpaca().parse_history(sub, body, start + 60_000_000_000)
        assert bar == Bar(
            "AAPL", start, start + 60_000_000_000, "1m",
            178.26, 178.26, 178.21, 178.21, 1118.0, 65, True,
        )  # fmt: skip
        (bar,) = Alpaca().parse_history(sub, body, start + 59_000_000_000)
        assert not bar.closed

    @pytest.mark.parametrize("body", [b'{"trades":{}}', b'{"trades":null}', b'{"trades":{"X":[]}}'])
    def test_an_empty_page(self, body):
        assert Alpaca().parse_history(AAPL, body, NOW) == []

    @pytest.mark.parametrize(
        "body",
        [b"", b"[]", b'{"message":"forbidden."}', b'{"trades":[]}', b'{"trades":{"AAPL":7}}'],
    )
    def test_a_body_that_is_no_page(self, body):
        for sub in (AAPL, AAPL._replace(channel="bars:1m")):
            with pytest.raises(MessageError, match="AAPL"):
                Alpaca().parse_history(sub, body, NOW)

"""Alpaca's stocks: the documentation's messages, requests, keys and errors."""

import json

import pytest

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import Bar, Quote, Status, Trade
from livefin.keys import Secret, find
from livefin.venues.alpaca.venue import SYMBOLS_PER_MESSAGE, Alpaca, AlpacaCrypto
from livefin.venues.contract import Ready, Subscription
from livefin.venues.wire import iso_ns

NOW = 1_723_161_253_937_085_768
TRADE = (
    b'{"T":"t","S":"AAPL","i":628,"x":"K","p":162.92,"s":3,"c":["@","F","T","I"],"z":"C",'
    b'"t":"2023-04-06T11:54:26.838232225Z"}'
)
QUOTE = (
    b'{"T":"q","S":"AMD","bx":"K","bp":91.95,"bs":2,"ax":"Q","ap":91.98,"as":1,"c":["R"],'
    b'"z":"C","t":"2023-04-06T11:54:21.670905508Z"}'
)
BAR = (
    b'{"T":"b","S":"SPY","o":388.985,"h":389.13,"l":388.975,"c":389.12,"v":49378,"n":461,'
    b'"vw":389.062639,"t":"2021-02-22T19:15:00Z"}'
)
T_TRADE = 1_680_782_066_838_232_225
T_BAR = 1_614_021_300_000_000_000
EVENTS = {
    "trade": (TRADE, Trade("AAPL", T_TRADE, NOW, 162.92, 3.0, None, "K-628")),
    "quote": (
        QUOTE,
        Quote("AMD", 1_680_782_061_670_905_508, NOW, 91.95, 2.0, 91.98, 1.0),
    ),
    "minute": (
        BAR,
        Bar("SPY", T_BAR, NOW, "1m", 388.985, 389.13, 388.975, 389.12, 49378.0, 461, True),
    ),
    "minute again": (
        BAR.replace(b'"b"', b'"u"'),
        Bar("SPY", T_BAR, NOW, "1m", 388.985, 389.13, 388.975, 389.12, 49378.0, 461, True),
    ),
    "day so far": (
        BAR.replace(b'"b"', b'"d"'),
        Bar("SPY", T_BAR, NOW, "1d", 388.985, 389.13, 388.975, 389.12, 49378.0, 461, False),
    ),
}


def frame(*messages):
    return b"[" + b",".join(messages) + b"]"


def told(raw, venue=None):
    """What one message of the stream comes to."""
    (event,) = (venue or Alpaca()).parse(frame(raw), NOW)
    return event


def every(channels, symbols=("AAPL",)):
    return [Subscription(channel, symbol) for symbol in symbols for channel in channels]


def sent(messages):
    return [json.loads(message) for message in messages]


class TestParse:
    @pytest.mark.parametrize(("raw", "event"), EVENTS.values(), ids=EVENTS)
    def test_the_documented_messages(self, raw, event):
        assert told(raw) == event

    @pytest.mark.parametrize(("raw", "event"), EVENTS.values(), ids=EVENTS)
    def test_fields_in_another_order_and_numbers_as_text(self, raw, event):
        message = {
            key: str(value) if isinstance(value, int | float) else value
            for key, value in reversed(json.loads(raw).items())
        }
        assert told(json.dumps(message).encode()) == event

    def test_a_frame_of_several(self):
        parsed = Alpaca().parse(frame(TRADE, QUOTE, BAR), NOW)
        assert list(parsed) == [EVENTS[kind][1] for kind in ("trade", "quote", "minute")]

    def test_a_time_with_fewer_digits_and_a_trade_without_id(self):
        raw = b'{"T":"t","S":"AAPL","x":"D","p":126.55,"s":1,"t":"2021-02-22T15:51:44.208Z"}'
        assert told(raw) == Trade("AAPL", 1_614_009_104_208_000_000, NOW, 126.55, 1.0)

    def test_an_empty_side_is_zero(self):
        quote = told(QUOTE.replace(b"91.95", b"0").replace(b'"bs":2', b'"bs":0'))
        assert (quote.bid, quote.bid_size) == (0.0, 0.0)

    def test_only_being_authenticated_makes_it_ready_and_once_a_socket(self):
        venue = Alpaca()
        assert list(venue.parse(b'[{"T":"success","msg":"connected"}]', NOW)) == []
        assert list(venue.parse(b'[{"T":"success","msg":"authenticated"}]', NOW)) == [Ready()]
        again = b'[{"T":"error","code":403,"msg":"already authenticated"}]'
        assert list(venue.parse(again, NOW)) == []
        venue.opened()
        assert list(venue.parse(again, NOW)) == [Ready()]

    def test_what_is_subscribed_and_imbalances_say_nothing(self):
        venue = Alpaca()
        raw = b'{"T":"subscription","trades":["AAPL"],"quotes":["AMD","CLDR"],"bars":["*"]}'
        assert list(venue.parse(frame(raw), NOW)) == []
        raw = b'{"T":"i","S":"INAQU","p":9.12,"z":"C","t":"2024-12-13T19:58:09.242138635Z"}'
        assert list(venue.parse(frame(raw), NOW)) == []

    @pytest.mark.parametrize(
        ("code", "text"),
        [
            (400, "invalid syntax"), (401, "not authenticated"), (402, "auth failed"),
            (404, "auth timeout"), (405, "symbol limit exceeded"),
            (406, "connection limit exceeded"), (407, "slow client"),
            (409, "insufficient subscription"), (410, "invalid subscribe action for this feed"),
            (411, "insufficient scope"), (413, "too many"), (500, "internal error"),
        ],
    )  # fmt: skip
    def test_errors_are_rejections_in_the_venues_words(self, code, text):
        status = told(json.dumps({"T": "error", "code": code, "msg": text}).encode())
        assert (status.kind, status.ts) == ("rejected", NOW)
        assert status.detail == f"alpaca: {text} (code {code})"

    @pytest.mark.parametrize(
        "raw",
        [
            b"", b"null", b"[]", b"{}", b"0", b"not json", b"\xff\xfe\x00", b"[1]", b"[{}]",
            TRADE, b'[{"T":"z","S":"A"}]', b'[{"T":7}]', b'[{"S":"A"}]', frame(TRADE)[:-1],
            frame(TRADE, b"1"), frame(TRADE.replace(b"162.92", b'"NaN"')),
            frame(TRADE.replace(b"162.92", b"1e400")), frame(TRADE.replace(b"162.92", b"0")),
            frame(TRADE.replace(b'"i":628', b'"i":-1')),
            frame(TRADE.replace(b'"i":628', b'"i":' + b"9" * 30)),
            frame(TRADE.replace(b"11:54", b"24:54")), frame(TRADE.replace(b'"t":"2', b'"t":"x')),
            frame(TRADE.replace(b"AAPL", b"")), frame(TRADE.replace(b"AAPL", b"A" * 65)),
            frame(QUOTE.replace(b'"as":1', b'"as":null')), frame(BAR.replace(b"389.13", b"[")),
        ],
        ids=lambda raw: repr(raw[:40]),
    )  # fmt: skip
    def test_what_cannot_be_read_is_a_message_error(self, raw):
        with pytest.raises(MessageError) as caught:
            list(Alpaca().parse(raw, NOW))
        assert len(str(caught.value)) < 400


class TestNotices:
    HALT = (
        b'{"T":"s","S":"AAPL","sc":"H","sm":"Trading Halt","rc":"T12",'
        b'"rm":"Trading Halted; For information requested by NASDAQ",'
        b'"t":"2021-02-22T19:15:00Z","z":"C"}'
    )

    def test_a_halt_and_its_end(self):
        venue = Alpaca()
        said = "Trading Halt; Trading Halted; For information requested by NASDAQ"
        assert told(self.HALT, venue) == Status(
            "stale", NOW, "AAPL", "trades", start=T_BAR, end=T_BAR, detail=f"alpaca: AAPL: {said}"
        )
        quoted = b'{"T":"s","S":"AAPL","sc":"Q","sm":"Quotation Resumption","t":"%s","z":"C"}'
        status = told(quoted % b"2021-02-22T19:20:00Z", venue)
        assert (status.kind, status.start) == ("stale", T_BAR)
        ended = b'{"T":"s","S":"AAPL","sc":"T","sm":"Trading Resumption","t":"%s","z":"C"}'
        status = told(ended % b"2021-02-22T19:25:00Z", venue)
        assert (status.kind, status.start) == ("stale", T_BAR)
        assert status.end == T_BAR + 600_000_000_000
        assert status.detail == "alpaca: AAPL: Trading Resumption"
        status = told(ended % b"2021-02-22T19:30:00Z", venue)
        assert status.start == status.end

    def test_what_is_said_outside_a_halt(self):
        raw = b'{"T":"s","S":"F","sc":"E","sm":"Short Sale Restriction","t":"%s","z":"A"}'
        status = told(raw % b"2021-02-22T19:25:00Z")
        assert (status.kind, status.symbol) == ("error", "F")

    def test_a_correction(self):
        raw = (
            b'{"T":"c","S":"EEM","x":"M","oi":52983525033527,"op":39.1582,"os":440000,'
            b'"oc":[" ","7"],"ci":52983525034326,"cp":39.1809,"cs":440000,"cc":[" ","7"],'
            b'"z":"B","t":"2023-04-06T14:25:06.542305024Z"}'
        )
        detail = (
            "alpaca: EEM: trade M-52983525033527 of 440000 at 39.1582 is now "
            "M-52983525034326 of 440000 at 39.1809"
        )
        assert told(raw) == Status("error", NOW, "EEM", "trades", 1, detail=detail)

    def test_a_cancellation(self):
        raw = (
            b'{"T":"x","S":"GOOGL","i":465,"x":"D","p":105.31,"s":300,"a":"C","z":"C",'
            b'"t":"2023-04-06T13:15:42.83540958Z"}'
        )
        detail = "alpaca: GOOGL: trade D-465 of 300 at 105.31 was cancelled"
        assert told(raw) == Status("error", NOW, "GOOGL", "trades", 1, detail=detail)
        assert told(raw.replace(b'"C","z"', b'"E","z"')).detail == f"{detail} as an error"

    def test_price_bands(self):
        raw = (
            b'{"T":"l","S":"IONM","u":3.24,"d":2.65,"i":"B",'
            b'"t":"2023-04-06T13:34:45.565004401Z","z":"C"}'
        )
        assert told(raw).detail == "alpaca: IONM: nothing is traded below 2.65 or above 3.24"


class TestSubscribe:
    def test_halts_are_asked_for_apart_from_trades(self):
        venue = Alpaca()
        assert sent(venue.subscribe(every(["trades", "quotes"]))) == [
            {"action": "subscribe", "trades": ["AAPL"], "quotes": ["AAPL"]},
            {"action": "subscribe", "statuses": ["AAPL"]},
        ]
        assert sent(venue.unsubscribe(every(["trades"]))) == [
            {"action": "unsubscribe", "trades": ["AAPL"]},
            {"action": "unsubscribe", "statuses": ["AAPL"]},
        ]

    def test_bars_come_with_what_changes_them(self):
        assert sent(Alpaca().subscribe(every(["bars:1m", "bars:1d"]))) == [
            {
                "action": "subscribe",
                "bars": ["AAPL"],
                "updatedBars": ["AAPL"],
                "dailyBars": ["AAPL"],
            }
        ]

    def test_many_symbols_are_many_messages(self):
        symbols = [f"A{n}" for n in range(SYMBOLS_PER_MESSAGE + 1)]
        subs = every(["quotes"], symbols) + every(["bars:1d"])
        first, second = sent(Alpaca().subscribe(subs))
        assert (first["quotes"], first["dailyBars"]) == (symbols[:-1], ["AAPL"])
        assert second == {"action": "subscribe", "quotes": symbols[-1:]}
        assert Alpaca().subscribe([]) == []

    def test_the_feed_is_the_end_of_the_address(self):
        assert Alpaca().endpoint() == "wss://stream.data.alpaca.markets/v2/iex"
        assert Alpaca(feed="sip").endpoint() == "wss://stream.data.alpaca.markets/v2/sip"
        assert AlpacaCrypto(feed="us-1").feed == "us-1"
        assert Alpaca(feed="sip").fresh().feed == "sip"

    @pytest.mark.parametrize("symbol", ["aapl", "BTC-USD", "BTC/USD", "*", "BRK B"])
    def test_symbols_that_cannot_be_are_refused_with_a_hint(self, symbol):
        with pytest.raises(SymbolError, match="AAPL"):
            Alpaca().check(Subscription("trades", symbol))
        Alpaca().check(Subscription("trades", "BRK.B"))

    @pytest.mark.parametrize("channel", ["book", "orders", "bars", "bars:5m", "statuses"])
    def test_channels_that_are_not_offered_are_refused(self, channel):
        with pytest.raises(ChannelError):
            Alpaca().check(Subscription(channel, "AAPL"))


class TestKeys:
    def test_they_are_in_the_handshake_and_the_login_and_nowhere_else(self):
        venue = Alpaca()
        assert (venue.login(NOW), venue.headers()) == ([], {})
        venue.keys = {"api_key": Secret("PKSAMPLE"), "api_secret": Secret("sesame")}
        assert sent(venue.login(NOW)) == [{"action": "auth", "key": "PKSAMPLE", "secret": "sesame"}]
        assert venue.headers() == {
            "APCA-API-KEY-ID": "PKSAMPLE",
            "APCA-API-SECRET-KEY": "sesame",
        }
        shown = str([*venue.subscribe(every(["trades"])), venue.endpoint(), vars(venue)])
        assert "PKSAMPLE" not in shown
        assert "sesame" not in shown

    def test_one_key_alone_does_not_log_in(self):
        venue = Alpaca()
        venue.keys = {"api_key": Secret("PKSAMPLE")}
        assert venue.login(NOW) == []

    @pytest.mark.parametrize("kind", [Alpaca, AlpacaCrypto])
    def test_the_variables_of_alpacas_own_tools_are_looked_in(self, kind, monkeypatch):
        monkeypatch.setenv("APCA_API_KEY_ID", "PKSAMPLE")
        monkeypatch.setenv("APCA_API_SECRET_KEY", "sesame")
        found = find(kind.name, kind.key_names, None, kind.key_variables)
        assert {name: key.reveal() for name, key in found.items()} == {
            "api_key": "PKSAMPLE",
            "api_secret": "sesame",
        }


class TestServerHalf:
    def test_it_recognises_its_own_frames_only(self):
        for raw, _ in EVENTS.values():
            assert Alpaca.recognises(frame(raw))
            assert not AlpacaCrypto.recognises(frame(raw))
        for raw in (b"", b"[]", TRADE, b'[{"T":"success","msg":"connected"}]', b'[{"ev":"T"}]'):
            assert not Alpaca.recognises(raw)

    def test_it_answers_with_all_that_is_subscribed(self):
        server, client = Alpaca(), Alpaca()
        client.keys = {"api_key": Secret("a"), "api_secret": Secret("b")}
        (answer,) = server.answer(client.login(NOW)[0].encode())
        assert list(client.parse(answer, NOW)) == [Ready()]
        first, second = client.subscribe(every(["trades", "quotes"], ["AAPL", "AMD"]))
        server.answer(first.encode())
        (answer,) = server.answer(second.encode())
        assert json.loads(answer)[0] == {
            "T": "subscription", "trades": ["AAPL", "AMD"], "quotes": ["AAPL", "AMD"],
            "bars": [], "updatedBars": [], "dailyBars": [], "statuses": ["AAPL", "AMD"],
        }  # fmt: skip
        (answer,) = server.answer(client.unsubscribe(every(["quotes"]))[0].encode())
        assert json.loads(answer)[0]["quotes"] == ["AMD"]
        assert list(client.parse(answer, NOW)) == []

    @pytest.mark.parametrize(
        "raw", [b"", b"[]", b'{"action":"fly"}', b"[" * 50_000, b'{"action":"auth","trades":7}']
    )
    def test_what_is_no_request_gets_an_error_that_we_understand(self, raw):
        (answer,) = Alpaca().answer(raw)
        (status,) = Alpaca().parse(answer, NOW)
        assert status.kind == "rejected"


def test_the_examples_times_are_read_as_they_are_written():
    assert iso_ns("2023-04-06T11:54:26.838232225Z") == T_TRADE

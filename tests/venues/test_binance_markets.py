"""Which of Binance's markets a frame is of: all wrap their streams alike."""

import pytest
import test_binance as spot
import test_binance_coinm as coinm
import test_binance_usdm as usdm
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import MessageError
from livefin.events import CHANNEL, Status
from livefin.venues.binance.coinm import BinanceCoinm
from livefin.venues.binance.spot import Binance
from livefin.venues.binance.us import BinanceUS
from livefin.venues.binance.usdm import BinanceUsdm

FRAMES = [
    (market, raw.replace(b"\n", b""))
    for market, kind in ((Binance, spot), (BinanceUsdm, usdm), (BinanceCoinm, coinm))
    for raw, _ in kind.EVENTS
]


@pytest.mark.parametrize(("market", "raw"), FRAMES, ids=lambda x: repr(x)[10:50])
def test_each_market_recognises_its_own_frames_and_no_other(market, raw):
    every = (Binance, BinanceUsdm, BinanceCoinm, BinanceUS)
    assert [kind for kind in every if kind.recognises(raw)] == [market]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b'{"lastUpdateId":1,"E":1,"T":1,"bids":[],"asks":[]}',
        b'{"stream":"x"}',
        b'{"stream":"' + b"x" * 80 + b'@trade"',
        b'{"result":null,"id":1}',
    ],
)
def test_what_is_no_stream_is_of_none(raw):
    for kind in (Binance, BinanceUsdm, BinanceCoinm, BinanceUS):
        assert not kind.recognises(raw)


def test_a_kline_cut_short_is_taken_for_spot():
    assert Binance.recognises(b'{"stream":"bnbbtc@kline_1m","data":{"e":"kline"')


@given(st.data())
def test_mutations_of_real_messages_raise_message_errors_only(data):
    market, frame = data.draw(st.sampled_from(FRAMES))
    raw = bytearray(frame)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        until = data.draw(st.integers(at, min(len(raw), at + 12)))
        pieces = st.binary(max_size=6) | st.sampled_from(
            [b'"', b"{", b"null", b"-", b"9" * 25, b"1e999", b"\\ud800", b"\xf0\x9f", b"[[[["]
        )
        raw[at:until] = data.draw(pieces)
    venue = market()
    for _ in range(2):
        try:
            events = list(venue.parse(bytes(raw), 1))
        except MessageError:
            continue
        for event in events:
            assert isinstance(event, (Status, *CHANNEL))
            assert isinstance(event, Status) or 0 <= event.ts_event < 2**63
    assert sum(kind.recognises(bytes(raw)) for kind in (Binance, BinanceUsdm, BinanceCoinm)) <= 1

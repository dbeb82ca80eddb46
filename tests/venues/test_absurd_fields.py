"""Names without end, names of nothing, numbers beyond use: refused where they are read.

What a venue passes on is kept by thousands: ids to tell a trade sent twice, symbols as keys.
"""

import pytest

from livefin import venues
from livefin.errors import MessageError
from livefin.venues.contract import Subscription

NOW = 1_700_000_000_000_000_000
LONG = "x" * 10_000
CANDLE = (
    '{"channel":"candles","timestamp":"2026-08-09T21:05:55.698460338Z","sequence_num":3,"events":'
    '[{"type":"update","candles":[{"start":"1786309500","high":"2","low":"1","open":"1",'
    '"close":"1","volume":"1"%s}]}]}'
)
COINBASE_TRADE = (
    '{"channel":"market_trades","timestamp":"2026-08-09T21:05:48.251397169Z","sequence_num":9,'
    '"events":[{"type":"update","trades":[{"product_id":"BTC-USD","trade_id":"%s","price":"1",'
    '"size":"1","time":"2026-08-09T21:05:48.200000Z","side":"BUY"}]}]}'
)
KLINE = (
    '{"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1633998288469,"s":"BTCUSDT","k":'
    '{"t":1633998240000,"T":1633998299999,"s":"BTCUSDT","i":"%s","o":"1","c":"1","h":"1","l":"1",'
    '"v":"1","n":1,"x":false}}}'
)
COINAPI_TRADE = (
    '{"type":"trade","symbol_id":"BITSTAMP_SPOT_BTC_USD","sequence":1,"time_exchange":'
    '"2013-09-28T22:40:50.0000000Z","time_coinapi":"2017-03-18T22:42:21.3763342Z","uuid":"%s",'
    '"price":770,"size":0.05,"taker_side":"BUY"}'
)
EXRATE = (
    '{"type":"exrate","asset_id_base":"BTC","asset_id_quote":"%s","time":'
    '"2013-09-28T22:40:50.0000000Z","rate":770.0}'
)
L3 = (
    '{"channel":"level3","type":"update","data":[{"symbol":"BTC/USD","timestamp":'
    '"2024-01-15T12:00:04.000000Z","checksum":0,"bids":[],"asks":[{"event":"delete","order_id":'
    '"%s","limit_price":1.5,"order_qty":1.5,"timestamp":"2024-01-15T12:00:04.000000Z"}]}]}'
)
OHLC = (
    '{"channel":"ohlc","type":"update","timestamp":"2023-10-04T16:26:30.524394914Z","data":[{'
    '"symbol":"MATIC/USD","open":0.5,"high":0.5,"low":0.5,"close":0.5,"trades":1,"volume":1.5,'
    '"vwap":0.5,"interval_begin":"2023-10-04T16:25:00.000000000Z","interval":%s,'
    '"timestamp":"2023-10-04T16:30:00.000000Z"}]}'
)
BYBIT_TRADE = (
    '{"topic":"publicTrade.SOLUSDT","type":"snapshot","ts":1786310828242,"data":[{"T":'
    '1786310828241,"s":"SOLUSDT","S":"Sell","v":"1.0","p":"77.300","i":%s}]}'
)
BITGET_TRADE = (
    '{"action":"update","arg":{"instType":"SPOT","channel":"trade","instId":"BTCUSDT"},"data":'
    '[{"ts":"1695709835822","price":"26293.4","size":"0.0013","side":"buy","tradeId":%s}],'
    '"ts":1695711090682}'
)
BITSTAMP_BOOK = (
    '{"data":{"timestamp":"1641343694","microtimestamp":"1641343694281811","bids":[["1.16","0"]],'
    '"asks":[]},"channel":"diff_order_book_%s","event":"data"}'
)
KRAKEN_TRADE = '[1,[["354.11","0.89","1618678142.557535","s","l",""]],"trade","%s"]'
STOCK_TRADE = (
    '[{"T":"t","S":"AAPL","i":628,"x":"%s","p":162.92,"s":3,"c":[],"z":"C",'
    '"t":"2023-04-06T11:54:26.838232225Z"}]'
)
AMOUNT = (
    '{"changes":[{"funding_amount":"9.25568","funding_date_time":1789459200000000000,'
    '"mark_price":"%s","timestamp":1789456071687573598}],"symbol":"BTCGUSDPERP",'
    '"type":"funding_amount_updates"}'
)
SUBSCRIBED = '{"event":"subscribed","channel":"book","chanId":7,"symbol":"%s","prec":"P0"}'
ABSURD = [
    ("alpaca", STOCK_TRADE, "K", LONG),
    ("binance", KLINE, "1m", LONG),
    ("binance-usdm", KLINE, "1m", ""),
    ("bitfinex", SUBSCRIBED, "tBTCUSD", ""),
    ("bitget", BITGET_TRADE, '"1"', f'"{LONG}"'),
    ("bitget", BITGET_TRADE, "1", str(2**63)),
    ("bitstamp", BITSTAMP_BOOK, "bateur", ""),
    ("bitstamp", BITSTAMP_BOOK, "bateur", LONG),
    ("bybit", BYBIT_TRADE, '"a-b"', f'"{LONG}"'),
    ("bybit", BYBIT_TRADE, "1", "9" * 400),
    ("coinapi", COINAPI_TRADE, "770c7a3b-7258", LONG),
    ("coinapi", EXRATE, "USD", LONG),
    ("coinapi", EXRATE, "USD", ""),
    ("coinbase", CANDLE, ',"product_id":"BTC-USD"', ""),
    ("coinbase", COINBASE_TRADE, "1", LONG),
    ("finfeedapi", EXRATE, "USD", LONG),
    ("gemini", AMOUNT, "77260.531", "1e-320"),
    ("kraken", L3, "OORNNE", LONG),
    ("kraken", OHLC, "5", str(2**63 - 1)),
    ("kraken-v1", KRAKEN_TRADE, "XBT/USD", ""),
    ("kraken-v1", KRAKEN_TRADE, "XBT/USD", LONG),
]


@pytest.mark.parametrize(("name", "frame", "usual", "absurd"), ABSURD)
def test_an_absurd_field_is_refused_and_a_usual_one_is_not(name, frame, usual, absurd):
    list(venues.get(name).parse((frame % usual).encode(), NOW))
    with pytest.raises(MessageError) as caught:
        list(venues.get(name).parse((frame % absurd).encode(), NOW))
    assert len(str(caught.value)) <= 300


@pytest.mark.parametrize("id_", [f'"{LONG}"', str(2**63)])
def test_in_a_page_of_history_as_well(id_):
    page = (
        '{"code":"00000","msg":"success","requestTime":1744275754521,"data":[{"symbol":"ETHUSDT",'
        '"tradeId":%s,"side":"Buy","price":"1592.58","size":"2.19","ts":"1744275603000"}]}'
    )
    venue, sub = venues.get("bitget"), Subscription("trades", "ETH-USDT")
    assert len(venue.parse_history(sub, (page % '"12"').encode(), NOW)) == 1
    with pytest.raises(MessageError):
        venue.parse_history(sub, (page % id_).encode(), NOW)

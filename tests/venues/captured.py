"""The captures there are, each with the venue that reads it and what its README promises."""

from typing import NamedTuple


class Capture(NamedTuple):
    """One file under ../shared/captures."""

    path: str
    venue: str
    checksums: int = 0
    """How many of them must match, and none may fail."""

    def __str__(self):
        return self.path


CAPTURES = [
    Capture("binance/spot_btcusdt_20240808.txt.gz", "binance"),
    Capture("binance/spot_4sym_20211012.jsonl.gz", "binance"),
    Capture("binance/usdm_btcusdt_20240808.txt.gz", "binance-usdm"),
    Capture("binance/usdm_4sym_20210722.jsonl.gz", "binance-usdm"),
    Capture("binance/coinm_btcusd_perp_20240808.txt.gz", "binance-coinm"),
    Capture("binance/coinm_10sym_20210722.jsonl.gz", "binance-coinm"),
    Capture("binance_us/binance_us.jsonl.gz", "binance-us"),
    Capture("bitget/bitget.jsonl.gz", "bitget", checksums=637),
    Capture("bitstamp/bitstamp_20210417.jsonl.gz", "bitstamp"),
    Capture("bitstamp/bitstamp_20220105.jsonl.gz", "bitstamp"),
    Capture("bybit/v5_20260809.jsonl.gz", "bybit"),
    Capture("coinbase/advanced_trade_20260809_part1.jsonl.gz", "coinbase"),
    Capture("coinbase/exchange_legacy_20210417_5products.jsonl.gz", "coinbase-exchange"),
    Capture("deribit/deribit.jsonl.gz", "deribit"),
    Capture("hyperliquid/btc_20250126.txt.gz", "hyperliquid"),
    Capture("kraken/v1_10pairs_20210417.jsonl.gz", "kraken-v1", checksums=4_269),
]

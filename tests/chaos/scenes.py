"""What a run can play: the embedded exchange, and every capture whose venue livefin knows.

A scene is drawn from a seed: where in a long capture it begins, and in what weather. Scenes
of captures that are not here are left out.
"""

import random
from dataclasses import dataclass

import dialects
import dialects_coinbase as coinbase
import dialects_streamed as streamed
from capturevenue import CAPTURES, CaptureVenue
from episode import run
from papervenue import PaperVenue
from weather import CLIMATES

LONG = 9_000
"""Frames of a long capture that one run plays."""


@dataclass(frozen=True)
class Scene:
    """One venue to play; `turns` how often, one to another."""

    name: str
    path: str = ""
    dialect: type | None = None
    long: bool = False
    turns: int = 1

    @property
    def here(self):
        return not self.path or (CAPTURES / self.path).is_file()

    def venue(self, seed):
        if self.dialect is None:
            return PaperVenue(["BTC-USDT", "ETH-USDT"], seed=seed, rate=40)
        begin = random.Random(seed).uniform(0, 0.8) if self.long else 0.0
        return CaptureVenue(self.path, self.dialect, begin=begin, most=LONG if self.long else None)

    def play(self, seed, climate, *, seconds=60.0, spacing=0.35):
        """One run of it."""
        venue = self.venue(seed)
        if venue.span:
            seconds = min(seconds, 0.7 * venue.span)
        warm = min(3.0, 0.1 * venue.span) if venue.span else 3.0
        return run(venue, seed=seed, climate=climate, seconds=seconds, warm=warm, spacing=spacing)


SCENES = [
    Scene("paper", turns=10),
    Scene("binance", "binance/spot_btcusdt_20240808.txt.gz", dialects.Binance, long=True, turns=3),
    Scene("binance, 4 symbols", "binance/spot_4sym_20211012.jsonl.gz", dialects.Binance),
    Scene(
        "binance-usdm", "binance/usdm_btcusdt_20240808.txt.gz", dialects.BinanceUsdm,
        long=True, turns=2,
    ),
    Scene(
        "binance-usdm, 4 symbols", "binance/usdm_4sym_20210722.jsonl.gz", dialects.BinanceUsdm
    ),
    Scene(
        "binance-coinm", "binance/coinm_btcusd_perp_20240808.txt.gz", dialects.BinanceCoinm,
        long=True, turns=2,
    ),
    Scene("binance-us", "binance_us/binance_us.jsonl.gz", dialects.BinanceUS),
    Scene("bitget", "bitget/bitget.jsonl.gz", streamed.Bitget, turns=2),
    Scene("bitstamp", "bitstamp/bitstamp_20220105.jsonl.gz", dialects.Bitstamp),
    Scene("bitstamp, 2021", "bitstamp/bitstamp_20210417.jsonl.gz", dialects.Bitstamp),
    Scene("bybit", "bybit/v5_20260809.jsonl.gz", streamed.Bybit, turns=3),
    Scene("coinbase", "coinbase/advanced_trade_20260809_part1.jsonl.gz", coinbase.Coinbase),
    Scene(
        "coinbase-exchange", "coinbase/exchange_legacy_20210417_5products.jsonl.gz",
        coinbase.CoinbaseExchange, turns=2,
    ),
    Scene("deribit", "deribit/deribit.jsonl.gz", streamed.Deribit),
    Scene("kraken-v1", "kraken/v1_10pairs_20210417.jsonl.gz", streamed.KrakenV1, turns=2),
]  # fmt: skip


def called(name):
    """The scene of that name."""
    return next(scene for scene in SCENES if scene.name == name)


def programme(seed, scenes=None):
    """Scenes without end, each with a seed of its own and a climate: (scene, seed, climate)."""
    rng, climates = random.Random(seed), list(CLIMATES)
    cast = [scene for scene in scenes or SCENES if scene.here for _ in range(scene.turns)]
    n = 0
    while True:
        rng.shuffle(cast)
        for scene in cast:
            yield scene, rng.randrange(2**31), climates[n % len(climates)]
            n += 1

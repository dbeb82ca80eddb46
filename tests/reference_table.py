"""What of ours each column of the third-party files is, and how closely it must agree.

The README of shared/indicator-reference says their parameters, and how far TA-Lib agrees. A
tolerance is what the digits of the file support. Measured by reference_errors.
"""

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd
from reference_lines import (
    aroon_down,
    aroon_up,
    delayed,
    dema,
    ema3,
    macd,
    macd_signal,
    multiplier,
    named,
    of,
    on,
    place,
    reversal,
    sar,
    sarext,
    score,
    supertrend,
    tema,
    width,
    wilders,
)

from livefin.indicators import ta
from livefin.indicators.bars.choppiness import Choppiness
from livefin.indicators.bars.donchian import Donchian, Ichimoku
from livefin.indicators.bars.keltner import Keltner
from livefin.indicators.bars.strength import StochRSI
from livefin.indicators.bars.trailing import AverageTrueRange, Supertrend
from livefin.indicators.bars.vwap import VWAP

DIGITS = 1e-11
"""For files of about 15 digits, some of which a difference of sums takes away."""


class Line(NamedTuple):
    """One column. Bars before `begin` and from `end` on are left out, and `why` says why."""

    column: str
    ours: Callable[[pd.DataFrame], pd.Series]
    tolerance: float = DIGITS
    decimals: int | None = None
    """How many the file was rounded to, in place of a tolerance."""
    begin: int = 0
    end: int | None = None
    why: str = ""


ICHIMOKU = Ichimoku(9, kijun=26, senkou=52, shift=26)
KELTNER = Keltner(
    20,
    width=1.5,
    ranges=20,
    price="typical",
    average="sma",
    smoothing="sma",
    first_range=True,
)
KELTNER_EMA = Keltner(20, width=2.0, ranges=10)
DONCHIAN = Donchian(20, current=False)
FAST_K = of(ta.STOCHF(14, 3), 1)
FAST_D = of(ta.STOCH(14, 3, slowd_period=3), 1)
HIGHEST = {n: of(ta.MAX(n, price="high")) for n in (9, 26, 52)}
LOWEST = {n: of(ta.MIN(n, price="low")) for n in (9, 26, 52)}
EXPANDING = "the file begins with shorter windows"
ALONE = "its last row alone is off, by 2.6e-5"
CUT = "the file begins with windows of rows that it does not hold"

LEAN = {
    "spy_with_indicators.txt": [
        Line("SMA14", of(ta.SMA(14)), 4e-7),
        Line("EMA14", of(ta.EMA(14)), 4e-7),
        Line("MACD 12 26", macd, 3e-6),
        Line(
            "RSI 14",
            named("50 + CMOU(14) / 2", lambda bars: 50 + of(ta.CMOU(14))(bars) / 2),
            6e-6,
        ),
        Line("RSI 14 Wilder", of(ta.RSI(14)), 2e-7),
    ],
    "spy_ema.csv": [Line("EMA14", of(ta.EMA(14)))],
    "spy_with_macd.txt": [
        Line(column, of(ta.MACD(), i), 1e-6)
        for i, column in enumerate(("MACD", "Signal", "Histogram"))
    ],
    "spy_bollinger_bands.txt": [
        Line("Moving Average 20", of(ta.SMA(20))),
        Line("Bollinger Bands® 20 2 Top", of(ta.BBANDS(20), 0), 4e-7),
        Line("Bollinger Bands® 20 2 Bottom", of(ta.BBANDS(20), 2), 4e-7),
        Line("BandWidth", width(ta.BBANDS(20), 100), 5e-5),
        Line("%B", named("place in BBANDS(20)", place), 1.1e-4),
    ],
    "spy_atr.txt": [Line("Average True Range 14", of(AverageTrueRange(14)), 4e-6)],
    "spy_atr_wilder.txt": [
        Line(
            "Average True Range 14",
            of(AverageTrueRange(14, smoothing="wilder", first_range=True)),
            decimals=5,
        )
    ],
    "spy_tr.txt": [Line("TR", of(ta.TRANGE()))],
    "spy_natr.txt": [Line("NATR_5", of(ta.NATR(5)))],
    "spy_with_vwap.txt": [
        Line(
            "Moving VWAP 50",
            named(
                "VWMA(50) of AVGPRICE",
                lambda bars: of(ta.VWMA(50))(bars.assign(close=of(ta.AVGPRICE())(bars))),
            ),
            3e-7,
        )
    ],
    "spy_with_vwma.csv": [Line("VWMA20", of(ta.VWMA(20)))],
    "spy_with_adx.txt": [
        Line(
            column, wilders(column), decimals=4 if column.endswith(("DI14", "X 14", "R 14")) else 2
        )
        for column in (
            *("TR", "+DM 1", "-DM 1", "TR14", "+DM14", "-DM14", "+DI14", "-DI14"),
            *("DI 14 Diff", "DI 14 Sum", "DX", "ADX 14", "ADXR 14"),
        )
    ],
    "spy_with_stoch12k3.txt": [
        Line("Stochastics 12 %K 3", of(ta.STOCHF(12, 3), 1), 6e-6),
        Line("%D 5", of(ta.STOCH(12, 3, slowd_period=5), 1), 4e-6),
    ],
    "spy_with_StochRSI.csv": [Line("k", of(StochRSI(), 0)), Line("d", of(StochRSI(), 1))],
    "spy_with_keltner.csv": [
        Line("Keltner Channels 20 Top", of(KELTNER, 0), 4e-7),
        Line("Keltner Channels 20 Bottom", of(KELTNER, 2), 4e-7),
        Line("Middle Band", of(KELTNER, 1), 4e-7),
        Line("TypicalPrice", of(ta.TYPPRICE()), decimals=4),
    ],
    "spy_with_don50.txt": [
        Line(f"Donchian Channels 50 {column}", of(Donchian(50), i), begin=49, why=EXPANDING)
        for column, i in (("Top", 0), ("Bottom", 2), ("Mean", 1))
    ],
    "spy_dema.txt": [Line("DEMA_5", of(ta.DEMA(5)))],
    "spy_tema.txt": [Line("TEMA_5", of(ta.TEMA(5)))],
    "spy_trix.txt": [Line("TRIX_5", of(ta.TRIX(5)))],
    "spy_t3.txt": [Line("T3_5", of(ta.T3(5)))],
    "spy_with_zlema.csv": [Line("ZLEMA5", of(ta.ZLEMA(5)))],
    "spy_with_obv.txt": [Line("OBV", of(ta.OBV()), 1e-6)],
    "spy_ad.txt": [Line("AD", of(ta.AD()))],
    "spy_cmf.txt": [Line("CMF_20", of(ta.CMF(20)), begin=19, end=-1, why=f"{CUT}; {ALONE}")],
    "spy_with_cci.txt": [Line("Commodity Channel Index (CCI) 14", of(ta.CCI(14)), 3e-5)],
    "spy_aroon_oscillator.txt": [Line("Aroon Oscillator 14", of(ta.AROONOSC(14)), 4e-7)],
    "spy_ppo.txt": [Line("PPO_5_10", of(ta.PPO(5, 10, "SMA")))],
    "spy_with_roc50.txt": [Line("Rate of Change 50", of(ta.MOM(50)), 4e-6)],
    "spy_with_rocp50.txt": [Line("Rate of Change % 50", of(ta.ROC(50)), 4e-6)],
    "spy_var.txt": [Line("Var", of(ta.VAR(10)), 1e-10)],
    "spy_sarext.txt": [
        Line("SAR", of(ta.SAR())),
        Line("SAREXT", of(ta.SAREXT())),
        Line("SAREXT_PARAM1", sarext()),
        Line("SAREXT_PARAM2", sarext(startvalue=100.0)),
        Line("SAREXT_PARAM3", sarext(startvalue=-95.0)),
        Line("SAREXT_PARAM4", sarext(startvalue=100.0, offsetonreverse=0.02)),
    ],
    "dwac_supertrend.txt": [
        Line(
            *("Super", supertrend(first_range=True), 1e-9),
            begin=9,
            why="the file has 0 for no value yet",
        )
    ],
    "spy_heikin_ashi.txt": [
        Line(f"HA_{column}", of(ta.HA(), i), decimals=7)
        for i, column in enumerate(("Open", "High", "Low", "Close"))
    ],
    "spy_with_ichimoku.csv": [
        Line("Tenkan", of(ICHIMOKU, 0)),
        Line("Kijun", of(ICHIMOKU, 1)),
        Line("Senkou A", of(ICHIMOKU, 2)),
        Line("Senkou B", of(ICHIMOKU, 3)),
        Line("TenkanMaximum", HIGHEST[9]),
        Line("TenkanMinimum", LOWEST[9]),
        Line("KijunMaximum", HIGHEST[26]),
        Line("KijunMinimum", LOWEST[26]),
        Line("SenkouBMaximum", HIGHEST[52]),
        Line("SenkouBMinimum", LOWEST[52]),
        Line("DelayedTenkanSenkouA", delayed(26, of(ICHIMOKU, 0))),
        Line("DelayedKijunSenkouA", delayed(26, of(ICHIMOKU, 1))),
        Line("DelayedMaximumSenkouB", delayed(26, HIGHEST[52])),
        Line("DelayedMinimumSenkouB", delayed(26, LOWEST[52])),
    ],
    "spy_ao.txt": [Line("AO", of(ta.AO()))],
}

STOCK_INDICATORS = {
    "sma": [Line("sma", of(ta.SMA(20)))],
    "ema": [Line("ema", of(ta.EMA(20)))],
    "wma": [Line("wma", of(ta.WMA(14)))],
    "smma": [Line("smma", of(ta.RMA(20)))],
    "dema": [Line("dema", dema)],
    "tema": [Line("tema", tema)],
    "rsi": [Line("rsi", of(ta.RSI(14)))],
    "macd": [
        Line("macd", macd),
        Line("signal", macd_signal),
        Line("histogram", named("macd - signal", lambda bars: macd(bars) - macd_signal(bars))),
        Line("fastEma", of(ta.EMA(12))),
        Line("slowEma", of(ta.EMA(26))),
    ],
    "bb": [
        Line("sma", of(ta.BBANDS(20), 1)),
        Line("upperBand", of(ta.BBANDS(20), 0)),
        Line("lowerBand", of(ta.BBANDS(20), 2)),
        Line("percentB", named("place in BBANDS(20)", place)),
        Line("zScore", score(20)),
        Line("width", width(ta.BBANDS(20))),
    ],
    "atr": [
        Line("tr", of(ta.TRANGE())),
        Line("atr", of(ta.ATR(14))),
        Line("atrp", of(ta.NATR(14))),
    ],
    "adx": [
        Line("pdi", wilders("+DI14")),
        Line("mdi", wilders("-DI14")),
        Line("dx", wilders("DX")),
        Line("adx", wilders("ADX 14")),
        Line("adxr", wilders("adxr")),
    ],
    "stoch": [
        *(Line(column, FAST_K) for column in ("oscillator", "k")),
        *(Line(column, FAST_D) for column in ("signal", "d")),
        *(
            Line(column, named("3 k - 2 d", lambda bars: 3 * FAST_K(bars) - 2 * FAST_D(bars)))
            for column in ("percentJ", "j")
        ),
    ],
    "stoch-rsi": [
        Line("stochRsi", of(StochRSI(smooth=1), 0)),
        Line("signal", of(StochRSI(smooth=1), 1)),
    ],
    "cci": [Line("cci", of(ta.CCI(20)))],
    "obv": [
        Line(
            "obv",
            named("OBV from 0", lambda bars: of(ta.OBV())(bars) - bars.volume.iloc[0]),
        )
    ],
    "adl": [Line("adl", of(ta.AD()))],
    "cmf": [Line("cmf", of(ta.CMF(20)))],
    "vwap": [Line("vwap", of(VWAP("all", bands=())))],
    "vwma": [Line("vwma", of(ta.VWMA(14)))],
    "keltner": [
        Line("upperBand", of(KELTNER_EMA, 0)),
        Line("centerline", of(KELTNER_EMA, 1)),
        Line("lowerBand", of(KELTNER_EMA, 2)),
        Line("width", width(KELTNER_EMA)),
    ],
    "donchian": [
        Line("upperBand", of(DONCHIAN, 0)),
        Line("centerline", of(DONCHIAN, 1)),
        Line("lowerBand", of(DONCHIAN, 2)),
        Line("width", width(DONCHIAN)),
    ],
    "supertrend": [
        Line("superTrend", supertrend()),
        Line("upperBand", of(Supertrend(10, width=3.0), 1)),
        Line("lowerBand", of(Supertrend(10, width=3.0), 0)),
    ],
    "psar": [
        Line("sar", named("SAREXT, rising first", sar)),
        Line("isReversal", named("turns of SAREXT", reversal)),
    ],
    "aroon": [
        Line("aroonUp", aroon_up),
        Line("aroonDown", aroon_down),
        Line("oscillator", named("up - down", lambda bars: aroon_up(bars) - aroon_down(bars))),
    ],
    "ichimoku": [
        *(
            Line(column, of(ICHIMOKU, i))
            for i, column in enumerate(("tenkanSen", "kijunSen", "senkouSpanA", "senkouSpanB"))
        ),
        Line("chikouSpan", named("close, 26 later", lambda bars: bars.close.shift(-26))),
    ],
    "heikinashi": [
        Line(column, of(ta.HA(), i)) for i, column in enumerate(("open", "high", "low", "close"))
    ],
    "awesome": [
        Line("oscillator", of(ta.AO())),
        Line(
            "normalized",
            named(
                "100 AO / MEDPRICE", lambda bars: 100 * of(ta.AO())(bars) / of(ta.MEDPRICE())(bars)
            ),
        ),
    ],
    "roc": [Line("momentum", of(ta.MOM(14))), Line("roc", of(ta.ROC(14)))],
    "stdev": [
        Line("stdDev", of(ta.STDDEV(14))),
        Line("mean", of(ta.SMA(14))),
        Line("zScore", score(14)),
    ],
    "trix": [
        Line("ema3", ema3),
        Line("trix", named("ROC(1) of ema3", lambda bars: on(ema3(bars), ta.ROC(1)))),
    ],
    "tsi": [
        Line("tsi", of(ta.TSI(25, 13))),
        Line("signal", named("EMA(7) of TSI", lambda b: on(of(ta.TSI(25, 13))(b), ta.EMA(7)))),
    ],
    "chop": [Line("chop", of(Choppiness(14, extremes="true")))],
}
FLOW = [
    Line("moneyFlowMultiplier", multiplier),
    Line("moneyFlowVolume", named("multiplier * volume", lambda b: multiplier(b) * b.volume)),
]
STOCK_INDICATORS["adl"] += FLOW
STOCK_INDICATORS["cmf"] += FLOW

TABLE = {f"lean/{name}": lines for name, lines in LEAN.items()} | {
    f"stock-indicators/{name}.standard.json": lines for name, lines in STOCK_INDICATORS.items()
}
LEFT_OUT = {
    ("lean/spy_with_indicators.txt", "OBV"): "its file has no volume",
    (
        "lean/spy_with_ichimoku.csv",
        "Ichimoku Cloud",
    ): "a plot of the charting program that no source defines, nor Lean's own tests read",
    ("stock-indicators/heikinashi.standard.json", "volume"): "the price file's own",
    ("stock-indicators/heikinashi.standard.json", "date"): "the price file's own",
}

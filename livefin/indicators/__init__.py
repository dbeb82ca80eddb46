"""Indicators: from rows of a market to lines, in batch and bar by bar, by one contract.

`contract` says what one is. TA-Lib's are in `ta`, those that it lacks in `bars` and `flow`
and here by name, a person's own in `custom`; `live` keeps any of them up to date along a
feed. No I/O, no clock, no Bokeh: between the feed and the chart.

>>> from livefin import indicators
>>> indicators.Supertrend(10, width=2.0).outputs
('up', 'down')
>>> {"VWAP", "Ichimoku", "VPIN", "CVD"} < set(dir(indicators))
True
"""

from livefin.lazy import LazyNames

_NAMES = LazyNames(
    __name__,
    {
        "bars.adaptive": "FRAMA VIDYA",
        "bars.alligator": "Alligator Gator",
        "bars.averages": "ALMA McGinley RollingVWAP",
        "bars.bollinger": "BandWidth PercentB ZScore",
        "bars.choppiness": "Choppiness EfficiencyRatio Ulcer",
        "bars.comovement": "PairZScore RollingBeta RollingCorrelation",
        "bars.deviations": "PriceSpike RegressionChannel",
        "bars.donchian": "Donchian Ichimoku",
        "bars.doublesmooth": "DerivativeOscillator PremierStochastic SchaffTrendCycle",
        "bars.envelopes": "Envelopes",
        "bars.filters": "EhlersFilter JMA RelativeAverage",
        "bars.force": "EaseOfMovement KlingerOscillator",
        "bars.fractals": "FractalChaosBands Fractals PivotTrend Pivots",
        "bars.heikin": "HeikinAshi",
        "bars.hurst": "Hurst HurstOfLags",
        "bars.keltner": "Keltner",
        "bars.pivotpoints": "PivotPoints RollingPivots",
        "bars.profile": "TimeProfile VolumeProfile",
        "bars.rateofchange": "KST PMO RateOfChangeBands",
        "bars.realised": "RealisedVolatility",
        "bars.relative": "PriceRelative RelativeReturn",
        "bars.sequential": "TDCountdown TDSetup TDTrend",
        "bars.squeeze": "Squeeze SqueezeMomentum",
        "bars.stops": "ATRTrailingStop VolatilityStop",
        "bars.strength": "ConnorsRSI FisherTransform StochRSI",
        "bars.swing": "AccumulativeSwingIndex InternalBarStrength SwingIndex",
        "bars.timeofday": "RelativeDailyVolume",
        "bars.trailing": "AverageTrueRange ChandeKrollStop Chandelier Supertrend",
        "bars.vigor": "DeMarker Momersion RelativeVigor",
        "bars.vwap": "VWAP",
        "bars.wavetrend": "WaveTrend",
        "bars.zigzag": "ZigZag",
        "flow.delta": "CVD VolumeDelta",
        "flow.depth": "BookImbalance BookSlope Depth",
        "flow.impact": "Amihud KyleLambda",
        "flow.intensity": "TradeCount TradeIntensity",
        "flow.microprice": "Microprice Mid",
        "flow.orderflow": "BookOrderFlow OrderFlow",
        "flow.roll": "RollSpread",
        "flow.spread": "AverageSpread Spread",
        "flow.stoikov": "StoikovMicroprice",
        "flow.tradecost": "EffectiveSpread PriceImpact RealisedSpread",
        "flow.vpin": "VPIN",
    },
)
__getattr__, __dir__, __all__ = _NAMES.find, _NAMES.dir, _NAMES.all

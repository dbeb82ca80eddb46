"""Along a feed, piece by piece, an indicator of ticks has the values of the batch at its bars."""

import numpy as np
import pytest
from alone import Alone
from captured import CAPTURES
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import livefin as lf
from livefin.bars import BarTable
from livefin.errors import IndicatorError
from livefin.events import AggTrade, Quote, Trade
from livefin.folding import fold_trades
from livefin.indicators.contract import BarRow
from livefin.indicators.flow.delta import CVD, VolumeDelta
from livefin.indicators.flow.depth import BookImbalance, Depth
from livefin.indicators.flow.impact import KyleLambda
from livefin.indicators.flow.intensity import TradeCount, TradeIntensity
from livefin.indicators.flow.microprice import Microprice
from livefin.indicators.flow.orderflow import BookOrderFlow, OrderFlow
from livefin.indicators.flow.quoted import quoted
from livefin.indicators.flow.spread import AverageSpread, Spread
from livefin.indicators.flow.tradecost import EffectiveSpread, PriceImpact
from livefin.indicators.flow.vpin import VPIN
from livefin.indicators.live.closing import at_bars
from livefin.indicators.live.ticking import NO_QUOTES, Ticking
from livefin.indicators.live.track import Track
from livefin.indicators.stepwise import Stepwise
from livefin.readings import Readings
from livefin.store import Store

S = 10**9
SOON = 60


class Held(Readings):
    """What a feed holds, without the feed."""

    subscriptions = ()

    def __init__(self, **bounds):
        self._store = Store(**bounds)
        self._store.add([])
        self.bars_of_a = self._store.start_bars(BarTable("1s", ["A"]), ["trades"])["A"]

    def write(self, *events):
        self._store.write(events)


class Lines:
    """The lines of a Ticking as a chart keeps them."""

    def __init__(self, ticking):
        self.ticking = ticking
        self.tracks = {output: Track() for output in ticking.indicator.outputs}

    def update(self):
        lines = self.ticking.update()
        for output, line in lines.items():
            self.tracks[output].put(line)
        return lines

    def match(self, indicator, df, bars):
        """Whether the lines are the batch along `df`, at those bars."""
        true = at_bars(indicator.batch(df), bars.df, bars.interval)
        for output, track in self.tracks.items():
            np.testing.assert_array_equal(track.array, true[output], output)
            assert track.first == bars.read().first


def trade(ms, size=1.0, side="buy"):
    return Trade("A", ms * 10**6, 0, 10.0 + ms % 7, size, side, None)


def quote(ms, ask=11.0):
    return Quote("A", ms * 10**6, 0, 10.0, 1.0 + ms % 5, ask, 2.0)


events = st.lists(
    st.tuples(st.sampled_from([trade, quote]), st.sampled_from([0, 1, 300, 1_000, 5_000, -1_500])),
    max_size=60,
)


@given(events, st.sets(st.integers(0, 60)))
def test_in_any_pieces_it_is_the_batch_at_the_bars(kinds, cuts):
    feed, now = Held(), 10_000
    feed.write(trade(now), quote(now))
    indicators = [CVD(session="all"), VolumeDelta(), TradeCount(), Spread(), OrderFlow()]
    held = [
        Lines(Alone(Ticking(indicator, feed, feed.bars_of_a), feed.bars_of_a))
        for indicator in indicators
    ]
    for i, (make, gap) in enumerate(kinds):
        now += gap
        feed.write(make(now))
        if i in cuts:
            for lines in held:
                lines.update()
    for lines, indicator in zip(held, indicators, strict=True):
        lines.update()
        df = (feed.trades if indicator.source == "trades" else feed.quotes)["A"].df
        lines.match(indicator, df, feed.bars_of_a)
        assert lines.ticking.update() == {}


@given(events, st.sets(st.integers(0, 60)))
def test_in_any_pieces_trades_have_the_quotes_that_were_there_before_them(kinds, cuts):
    feed, now = Held(), 10_000
    feed.write(trade(now))
    indicators = [EffectiveSpread(window=1), PriceImpact(window=1, horizon="300ms")]
    held = [
        Lines(Alone(Ticking(indicator, feed, feed.bars_of_a), feed.bars_of_a))
        for indicator in indicators
    ]
    for i, (make, gap) in enumerate(kinds):
        now += gap
        event = make(now) if make is trade else quote(now, 11.0 + i)
        feed.write(replace(event, ts_recv=i * 10**6))  # as it comes, whatever its own time
        if i in cuts:
            for lines in held:
                lines.update()
    quotes = feed.quotes["A"].df if "A" in feed.quotes else NO_QUOTES
    df = quoted(feed.trades["A"].df, quotes)
    for lines, indicator in zip(held, indicators, strict=True):
        lines.update()
        lines.match(indicator, df, feed.bars_of_a)


def test_a_paint_gives_only_what_changed():
    feed = Held()
    cvd = Alone(Ticking(CVD(), feed, feed.bars_of_a), feed.bars_of_a)
    assert cvd.update() == {}
    for second in range(100):
        feed.write(trade(1_000 * second))
    assert len(cvd.update()["cvd"].array) == 100
    feed.write(trade(99_500))
    line = cvd.update()["cvd"]
    assert (line.first, line.array.tolist()) == (99, [101.0])
    feed.write(trade(100_000))
    line = cvd.update()["cvd"]
    assert (line.first, line.array.tolist()) == (99, [101.0, 102.0])


def test_quotes_alone_move_the_forming_bar_and_stop_at_its_end():
    feed = Held()
    spread = Alone(Ticking(Spread(), feed, feed.bars_of_a), feed.bars_of_a)
    feed.write(trade(0), quote(0, 11.0))
    assert spread.update()["spread"].array.tolist() == [1.0]
    feed.write(quote(900, 12.0))
    assert spread.update()["spread"].array.tolist() == [2.0]
    feed.write(quote(1_000, 13.0))  # it is of the next bar, which has no trade yet
    assert spread.update() == {}
    feed.write(trade(1_500))
    assert spread.update()["spread"].array.tolist() == [2.0, 3.0]


def test_quotes_that_come_after_the_next_bar_has_begun_still_count_for_theirs():
    feed = Held()
    spread = Alone(Ticking(Spread(), feed, feed.bars_of_a), feed.bars_of_a)
    feed.write(quote(100, 11.0), *(trade(1_000 * second) for second in range(9)))
    assert spread.update()["spread"].array.tolist() == [1.0] * 9
    feed.write(quote(5_500, 12.0))
    line = spread.update()["spread"]
    assert (line.first, line.array.tolist()) == (5, [2.0] * 4)


def test_a_bar_without_rows_repeats_and_one_before_the_first_is_nan():
    feed = Held()
    spread = Alone(Ticking(Spread(), feed, feed.bars_of_a), feed.bars_of_a)
    feed.write(trade(0), trade(1_000), quote(1_100), trade(2_000), trade(3_000))
    np.testing.assert_array_equal(spread.update()["spread"].array, [np.nan, 1.0, 1.0, 1.0])


def test_older_bars_put_in_front_are_nan_and_shift_nothing():
    feed = Held()
    lines = Lines(Alone(Ticking(CVD(), feed, feed.bars_of_a), feed.bars_of_a))
    feed.write(trade(10_000), trade(11_000))
    lines.update()
    times = np.arange(5) * S
    feed.bars_of_a.put_in_front(fold_trades(times, np.full(5, 9.0), np.ones(5), S))
    lines.update()
    np.testing.assert_array_equal(lines.tracks["cvd"].array, [np.nan] * 5 + [1.0, 2.0])
    assert lines.tracks["cvd"].first == -5


def test_a_late_trade_that_makes_a_bar_shows_what_stood_then():
    feed = Held()
    lines = Lines(Alone(Ticking(CVD(), feed, feed.bars_of_a), feed.bars_of_a))
    feed.write(trade(0), trade(5_000))
    lines.update()
    feed.write(trade(2_000, 7.0))
    lines.update()
    assert lines.tracks["cvd"].array.tolist() == [1.0, 1.0, 9.0]


def test_rows_that_were_dropped_unread_are_counted():
    feed = Held(rows=100)
    feed.write(trade(0))
    cvd = Alone(Ticking(CVD(), feed, feed.bars_of_a), feed.bars_of_a)
    cvd.update()
    for ms in range(5_000):
        feed.write(trade(ms))
    cvd.update()
    assert cvd.missed > 0
    assert cvd.update() == {}
    assert cvd.indicator._total[0] == 5_001 - cvd.missed


def test_the_indicator_given_stays_as_it_was():
    feed, given_one = Held(), CVD()
    feed.write(trade(0))
    Alone(Ticking(given_one, feed, feed.bars_of_a), feed.bars_of_a).update()
    assert given_one._total == (0.0, 0.0)


def test_aggregated_trades_serve_where_there_are_no_others():
    feed = Held()
    cvd = Alone(Ticking(CVD(), feed, feed.bars_of_a), feed.bars_of_a)
    feed._store.tables["agg_trades"].write(AggTrade("A", 0, 0, 10.0, 4.0, "sell", 1, 1, 1))
    feed.bars_of_a.update(trade(0))
    assert cvd.update()["cvd"].array.tolist() == [-4.0]


class OfBars(Stepwise):
    name, outputs = "Close", ("close",)

    def reset(self):
        pass

    def update(self, row: BarRow):
        return (row.close,)


def test_an_indicator_of_bars_is_refused():
    with pytest.raises(IndicatorError, match="Running"):
        Ticking(OfBars(), Held(), Held().bars_of_a)


def test_a_feed_without_the_channel_is_refused():
    with lf.connect("paper", "BTC-USDT", channels=["trades"]) as feed:
        bars = feed.bars("1s")["BTC-USDT"]
        needs = ((Spread(), "quotes"), (Depth(), "book"), (EffectiveSpread(), "quotes"))
        for indicator, channel in needs:
            with pytest.raises(IndicatorError, match=f"needs the {channel}"):
                Ticking(indicator, feed, bars)


def of_each_source():
    return [
        *(
            CVD(),
            VPIN(bucket=0.01, buckets=2),
            KyleLambda(window=2, bucket="trade"),
            TradeIntensity(),
        ),
        *(Spread(unit="bps"), AverageSpread(window="2s"), OrderFlow(), Microprice()),
        *(BookOrderFlow(depth=3), BookImbalance(), Depth(depth=3, bps=10.0)),
    ]


def frames(feed, symbol, ticking):
    if ticking._tape is not None:
        return ticking._tape.df
    for table in (
        (feed.quotes,) if ticking.indicator.source == "quotes" else (feed.trades, feed.agg_trades)
    ):
        if symbol in table:
            return table[symbol].df
    return None


def test_on_the_embedded_exchange_the_stream_is_the_batch():
    with lf.connect("paper", "BTC-USDT") as feed:
        bars = feed.bars("1s")["BTC-USDT"]
        held = [
            Lines(Alone(Ticking(each, feed, bars, every=None), bars)) for each in of_each_source()
        ]

        def enough():
            for lines in held:
                lines.update()
            return len(bars) >= 3

        assert feed.wait(enough, timeout=SOON)
    for lines in held:
        lines.update()
        assert lines.ticking.missed == 0
        indicator = lines.ticking.indicator.with_params()
        lines.match(indicator, frames(feed, "BTC-USDT", lines.ticking), bars)
        assert any(np.isfinite(track.array).any() for track in lines.tracks.values()), indicator


@pytest.mark.parametrize("path", [capture.path for capture in CAPTURES])
def test_on_real_traffic_the_stream_is_the_batch(captures, path):
    venue = next(capture.venue for capture in CAPTURES if capture.path == path)
    feed = lf.connect(lf.Replay(captures / path, speed=None, venue=venue), rows=10**6)
    with feed:
        held = {}

        def played():
            for symbol in (*feed.trades, *feed.agg_trades):
                if symbol not in held and len(held) < 2:
                    bars = feed.bars("1s")[symbol]
                    held[symbol] = [
                        Lines(Alone(Ticking(each, feed, bars), bars)) for each in of_each_source()
                    ]
            for lines in (each for some in held.values() for each in some):
                lines.update()
            return feed.state == "finished"

        assert feed.wait(played, timeout=SOON)
    if not held:
        pytest.skip("there are no trades in it, and so no bars")
    for symbol, some in held.items():
        for lines in some:
            lines.update()
            ticking = lines.ticking
            if ticking._cursor is not None:
                assert ticking.missed == 0
                df = frames(feed, symbol, ticking)
                lines.match(ticking.indicator.with_params(), df, ticking._bars)

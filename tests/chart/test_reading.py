"""What a chart says of the market: legend, crosshair, last price, marks, bands, times, numbers."""

import time

import numpy as np
import pytest
from fakes import FakeFeed, S

import livefin as lf
from livefin.chart import Chart
from livefin.events import Bar
from livefin.folding import rows_of

LEGENDS = """({view}) =>
  view.panes.map(({legend}) => legend.box.innerText.replace(/\\s+/g, " ").trim())"""
TAGS = """({view: {hud}}) => ({
  price: hud.price.hidden ? null : hud.price.firstChild.textContent,
  left: hud.price.lastChild.textContent,
  time: hud.time.hidden ? null : hud.time.textContent,
  zone: hud.zone.textContent,
  levels: hud.crosses.map(([, tag]) => (tag.hidden ? null : tag.textContent)),
})"""
DATA = "({view: {embedded: {doc}}}, name) => doc.get_model_by_name(`livefin:${name}`)?.data"


def bars_of(feed, closes, *, start, step=S, symbol=None):
    """One trade at the middle of each bar; None is a bar that nobody traded in."""
    for i, close in enumerate(closes):
        if close is not None:
            feed.trade(start + i * step + step // 2, close, 1.5, symbol)


@pytest.fixture
def quiet():
    """A feed without a trade yet."""
    feed = FakeFeed("AAPL", "MSFT")
    yield feed
    feed.close()


def ready(stage):
    for _ in range(3):
        stage.paint()
        stage.wire.computed()
    stage.still()
    return stage


def test_the_legend_has_the_newest_bar_and_every_lines_value(stage, feed):
    shown = ready(
        stage(
            overlays={"mean": lambda df: df.close.rolling(3).mean()},
            panes=[lf.pane({"twice": lambda df: df.close * 2})],
        )
    )
    row = feed.bars()["BTC-USDT"].df.iloc[-1]
    before = feed.bars()["BTC-USDT"].df.close.iloc[-2]
    prices, twice = shown.evaluate(LEGENDS)
    mean = feed.bars()["BTC-USDT"].df.close.iloc[-3:].mean()
    for name, value in zip("OHLC", row[["open", "high", "low", "close"]], strict=True):
        assert f"{name}{value:,.2f}" in prices
    change = 100 * (row.close / before - 1)
    assert f"{abs(change):.2f} %" in prices
    assert "Vol" in prices
    assert f"mean{mean:,.2f}" in prices
    assert f"twice{2 * row.close:.2f}" in twice


def test_the_legends_of_all_panes_follow_the_crosshair(stage, feed):
    shown = ready(stage(panes=[lf.pane({"twice": lambda df: df.close * 2})]))
    time_of, x = shown.evaluate(
        """({view, page: {history}}) => {
          const time = history.columns.time[history.end - 11];
          return [time, view.px(view.scene.timeline.u(time))];
        }"""
    )
    df = feed.bars()["BTC-USDT"].df
    row = df.iloc[-11]
    assert df.index[-11].value / 1e6 == time_of
    shown.mouse.move(x, 150)
    prices, twice = shown.evaluate(LEGENDS)
    assert f"C{row.close:,.2f}" in prices
    assert f"twice{2 * row.close:.2f}" in twice
    shown.mouse.move(x, -60)  # in the pane below: the same bar, that pane's values on its axis
    assert shown.evaluate(LEGENDS) == [prices, twice]
    tags = shown.evaluate(TAGS)
    assert tags["levels"][0] is None
    assert 100_000 < float(tags["levels"][1]) < 150_000
    assert tags["time"].endswith(df.index[-11].strftime("%H:%M:%S"))
    shown.mouse.move(x, 150)
    tags = shown.evaluate(TAGS)
    assert tags["levels"][1] is None
    assert 60_000 < float(tags["levels"][0].replace(",", "")) < 70_000
    shown.mouse.move(3, 3)
    shown.evaluate("({view}) => view.point(null)")
    shown.tab.frames(2)
    assert f"C{df.close.iloc[-1]:,.2f}" in shown.evaluate(LEGENDS)[0]


def test_the_last_price_counts_down_to_the_end_of_the_forming_bar(stage, quiet):
    quiet.bars("5s")
    quiet.trade(time.time_ns() - 5 * S, 100.0)
    quiet.trade(time.time_ns(), 101.25)
    shown = ready(stage(Chart(quiet, bars="5s")))

    def trade():  # the forming bar may have ended meanwhile
        quiet.trade(time.time_ns(), 101.25)
        shown.paint()
        shown.tab.frames(3)
        return shown.evaluate(TAGS)

    tags = trade() if not (found := trade())["left"] else found
    assert tags["price"] == "101.25"
    assert tags["left"] in {f"0:0{n}" for n in range(6)}


def test_old_data_has_no_countdown(stage, quiet):
    quiet.bars("5s")
    bars_of(quiet, [100.0, 101.0], start=1_700_000_000 * S, step=5 * S)
    shown = ready(stage(Chart(quiet, bars="5s")))
    assert shown.evaluate(TAGS)["price"] == "101"
    assert shown.evaluate(TAGS)["left"] == ""


def test_the_last_price_is_what_was_paid_whatever_the_bars_show(stage, feed):
    shown = ready(stage(kind="heikin"))
    close = feed.bars()["BTC-USDT"].df.close.iloc[-1]
    assert shown.evaluate(TAGS)["price"] == f"{close:,.2f}"


@pytest.mark.parametrize(("tick", "text"), [(0.25, "5,000.25"), (None, "5,000.2")])
def test_prices_have_the_ticks_decimals_or_as_many_as_they_need(stage, quiet, tick, text):
    quiet.bars("1s")
    bars_of(quiet, [5_000.0, 5_001.5, float(text.replace(",", ""))], start=1_700_000_000 * S)
    shown = ready(stage(Chart(quiet, tick=tick)))
    assert shown.evaluate(TAGS)["price"] == text
    first = "5,000.00" if tick else "5,000.0"
    x = shown.evaluate("({view, page}) => view.px(page.history.columns.time[0])")
    shown.mouse.move(x, 150)
    assert f"O{first} " in shown.evaluate(LEGENDS)[0]


def test_times_are_those_of_the_charts_own_zone(stage, quiet):
    quiet.bars("1min")
    opening = 1_767_364_200  # 2 January 2026, 9:30 in New York
    bars_of(quiet, [200.0 + i for i in range(90)], start=opening * S, step=60 * S)
    shown = ready(stage(Chart(quiet, bars="1min", tz="America/New_York")))
    texts = [text for text in shown.evaluate("({view}) => [...view.tickTexts.values()]") if text]
    assert "10:00" in texts or "10:30" in texts
    x = shown.evaluate("({view, page}) => view.px(page.history.columns.time[0])")
    shown.mouse.move(x, 150)
    tags = shown.evaluate(TAGS)
    assert tags["time"] == "Fri 2 Jan 09:30"
    assert tags["zone"] == "New York"
    shown.chart.set(tz="UTC")
    shown.paint()
    shown.tab.frames(3)
    assert shown.evaluate(TAGS)["time"] == "Fri 2 Jan 14:30"


@pytest.mark.parametrize(
    ("tz", "hour", "zone"), [("America/Los_Angeles", 0, "UTC"), ("America/New_York", 5, "New York")]
)
def test_a_day_has_its_own_date_in_every_zone(stage, quiet, tz, hour, zone):
    quiet.bars("1d")
    table = quiet.bars("1d")["AAPL"]
    monday = 1_767_571_200 + hour * 3_600  # 5 January 2026
    rows = [
        Bar("AAPL", (monday + i * 86_400) * S, 0, "1d", 1.0, 3.0, 0.5, 2.0, 1.0, 1, closed=True)
        for i in range(12)
    ]
    table.put_in_front(rows_of(rows, 86_400 * S))
    shown = ready(stage(Chart(quiet, bars="1d", tz=tz, bars_visible=15)))
    x, first = shown.evaluate(
        """({view, page: {history: {columns, start}}}) => {
          const time = columns.time[start];
          return [view.px(view.scene.timeline.u(time)), time];
        }"""
    )
    assert first == monday * 1_000
    shown.mouse.move(x + 1, 150)
    tags = shown.evaluate(TAGS)
    assert (tags["time"], tags["zone"]) == ("Mon 5 Jan 2026", zone)
    ticks = shown.evaluate("({view: {tickTexts}}) => [...tickTexts]")
    for time_of, text in ticks:
        if text:
            assert text == f"{(time_of - monday * 1_000) / 86_400_000 + 5:g} Jan"
    assert sum(bool(text) for _, text in ticks) > 2


def test_nights_and_weekends_take_no_room_unless_asked_for(stage, quiet):
    quiet.bars("5min")
    friday = 1_767_364_200
    for day in (0, 3, 4):
        bars_of(quiet, [200.0 + day] * 78, start=(friday + day * 86_400) * S, step=300 * S)
    shown = ready(stage(Chart(quiet, bars="5min", bars_visible=234)))
    steps = """({view, page: {history}}) => {
      const at = (i) => view.px(view.scene.timeline.u(history.columns.time[i]));
      return [at(1) - at(0), at(78) - at(77), at(156) - at(155)];
    }"""
    bar, weekend, night = shown.evaluate(steps)
    assert weekend == pytest.approx(bar, rel=0.01)
    assert night == pytest.approx(bar, rel=0.01)
    shown.chart.set(gaps="true")
    shown.paint()
    shown.still()
    bar, weekend, night = shown.evaluate(steps)
    assert weekend > 500 * bar
    assert night > 100 * bar


def test_what_went_wrong_in_a_closed_night_is_a_bar_wide(stage, quiet):
    quiet.bars("5min")
    friday = 1_767_364_200 * S
    bars_of(quiet, [200.0] * 78, start=friday, step=300 * S)
    shown = ready(stage(Chart(quiet, bars="5min")))
    night = friday + 12 * 3_600 * S
    quiet.note("gap", night, night + S, symbol="AAPL", count=3)
    shown.paint()
    bars_of(quiet, [201.0] * 78, start=friday + 86_400 * S, step=300 * S)
    shown.paint()  # now the night is closed, and the band has moved with it
    shown.still()
    width, step, band, after = shown.evaluate(
        """({view, page: {history}}) => {
          const {x0, x1} = view.embedded.doc.get_model_by_name("livefin:bands").data;
          const u = (i) => view.scene.timeline.u(history.columns.time[i]);
          return [x1[0] - x0[0], u(1) - u(0), (x0[0] + x1[0]) / 2, u(78)];
        }"""
    )
    assert width == pytest.approx(step)
    assert abs(band - after) < step
    assert "gap 3" in shown.evaluate("({view}) => view.hud.bands.textContent")


def test_markers_orders_and_most_traded_price_are_there(stage, feed):
    chart = Chart(feed, profile=True)
    df = feed.bars()["BTC-USDT"].df
    chart.markers.add(df.index[-20], float(df.close.iloc[-20]), "buy", 0.5)
    chart.orders.set("a", float(df.close.iloc[-1]), "sell", 0.25)
    shown = ready(stage(chart))
    assert shown.evaluate(DATA, "markers:buy")["y"] == [df.close.iloc[-20]]
    assert "0.5" in shown.evaluate("({view}) => view.hud.notes.textContent")
    assert "sell" in shown.evaluate("({view}) => view.layers.orders.root.textContent")
    line = shown.evaluate(DATA, "profile:control")
    assert line["x"] == [0, 1]
    assert df.low.min() <= line["y"][0] == line["y"][1] <= df.high.max()
    assert "Most traded at" in shown.evaluate(LEGENDS)[0]
    chart.set(profile=False)
    shown.paint()
    shown.still()
    assert shown.evaluate(DATA, "profile:control") == {"x": [], "y": []}
    assert "Most traded at" not in shown.evaluate(LEGENDS)[0]


def test_a_vwap_has_its_bands_around_it(stage, feed):
    shown = ready(stage(overlays=[lf.vwap(bands=[1])]))
    lines = shown.evaluate("({page}) => page.figure.lines")
    assert [line["name"][:7] for line in lines] == ["VWAP", "VWAP +1", "VWAP -1"]
    middle, above, below = (
        np.array(shown.evaluate(DATA, line["key"])["y"], dtype=float)[1:] for line in lines
    )
    assert (below < middle).all()
    assert (middle < above).all()
    for line in lines:
        assert line["name"] in shown.evaluate(LEGENDS)[0]

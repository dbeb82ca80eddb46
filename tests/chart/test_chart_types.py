"""Each chart type fills its own Bokeh sources and no others, switched in Python or in the page."""

import time

import pytest
from fakes import FakeFeed, S

from livefin.chart import Chart
from livefin.chart.figure import LIGHT
from livefin.chart.settings import KINDS

WITH_DATA = {
    "candles": {"candles:up", "candles:down"},
    "hollow": {"candles:up", "candles:down", "outlines:up", "outlines:down"},
    "heikin": {"candles:up", "candles:down"},
    "bars": {"candles:up", "candles:down"},
    "line": {"close"},
    "area": {"close", "area"},
    "baseline": {"above", "below", "baseline:up", "baseline:down"},
    "renko": {"candles:up", "candles:down"},
}
ALL = sorted(set().union(*WITH_DATA.values()))
SOURCES = """({view: {embedded: {doc}}}, names) => Object.fromEntries(
  names.map((name) => [name, doc.get_model_by_name(`livefin:${name}`).data]))"""
GLYPHS = """({view: {embedded: {doc}}}, names) => Object.fromEntries(names.map((name) => {
  const glyph = doc.get_model_by_name(`livefin:glyph:${name}`);
  const of = (prop) => glyph[prop]?.value ?? glyph[prop];
  return [name, [of("line_color"), of("fill_color"), of("fill_alpha")]];
}))"""
CLOSES = [100.0, 103.0, 101.0, 102.0, 99.0, 98.0, 101.0, 97.0, 104.0, 103.5]


@pytest.fixture
def zigzag():
    """Bars that open at 100 more than they close at now and then, and turn often."""
    feed = FakeFeed("BTC-USDT")
    feed.bars("1s")
    start = time.time_ns() // S * S - 60 * S
    for i, close in enumerate(CLOSES):
        feed.trade(start + i * S, close - (1 if i % 3 else -1))
        feed.trade(start + i * S + S // 2, close)
    yield feed
    feed.close()


def ready(stage):
    stage.paint()
    stage.still()
    return stage


def filled(stage):
    stage.still()
    return {name for name, data in stage.evaluate(SOURCES, ALL).items() if data["x"]}


@pytest.mark.parametrize("kind", KINDS)
def test_a_type_fills_its_sources_and_no_others(stage, zigzag, kind):
    shown = ready(stage(Chart(zigzag, kind=kind, brick=1.0)))
    assert filled(shown) == WITH_DATA[kind]
    assert shown.evaluate("({page}) => page.errors") == {}


def test_all_types_are_switched_in_python(stage, zigzag):
    shown = ready(stage(Chart(zigzag, brick=1.0)))
    for kind in [*KINDS[1:], KINDS[0]]:
        shown.chart.set(kind=kind)
        shown.paint()
        assert filled(shown) == WITH_DATA[kind], kind


def test_all_types_are_switched_in_the_page(stage, zigzag):
    shown = ready(stage(Chart(zigzag, brick=1.0)))
    for i, kind in [*list(enumerate(KINDS))[1:], (0, KINDS[0])]:
        shown.evaluate(
            """({view: {toolbar}}, i) => {
              toolbar.kind.button.click();
              toolbar.kind.list.querySelectorAll("[role^=menuitem]")[i].click();
            }""",
            i,
        )
        assert filled(shown) == WITH_DATA[kind], kind
        shown.pump()
        assert shown.chart.settings["kind"] == kind


def test_hollow_candles_are_hollow_and_coloured_by_the_close_before(stage, zigzag):
    shown = ready(stage(Chart(zigzag, kind="hollow")))
    glyphs = shown.evaluate(GLYPHS, ["candles:up", "outlines:up", "candles:down", "outlines:down"])
    for way in ("up", "down"):
        assert glyphs[f"candles:{way}"] == [LIGHT[way], LIGHT[f"{way}_fill"], 1]
        line, _, alpha = glyphs[f"outlines:{way}"]
        assert (line, alpha) == (LIGHT[way], 0)
    sources = shown.evaluate(SOURCES, list(glyphs))
    bars = zigzag.bars()["BTC-USDT"].df
    counted = {name: data["y"].count(None) for name, data in sources.items()}
    before = bars.close.shift(1).fillna(bars.open)
    rose, hollow = bars.close >= before, bars.close >= bars.open
    assert counted == {
        "candles:up": (rose & ~hollow).sum(),
        "outlines:up": (rose & hollow).sum(),
        "candles:down": (~rose & ~hollow).sum(),
        "outlines:down": (~rose & hollow).sum(),
    }


def test_a_baseline_is_open_lines_above_and_below_its_base(stage, zigzag):
    shown = ready(stage(Chart(zigzag, kind="baseline", base=101.0)))
    up, down = shown.evaluate(SOURCES, ["baseline:up", "baseline:down"]).values()
    assert min(y for y in up["y"] if y is not None) >= 101
    assert max(y for y in down["y"] if y is not None) <= 101
    kinds = shown.evaluate(
        """({view: {embedded: {doc}}}) => ["baseline:up", "above", "close", "area"].map(
          (name) => doc.get_model_by_name(`livefin:glyph:${name}`).type)"""
    )
    assert kinds == ["Line", "Patch", "Line", "Patch"], "a patch's outline would be closed"


def test_the_dark_theme_colours_every_type(stage, zigzag):
    shown = ready(stage(Chart(zigzag), theme="dark"))
    colours = shown.evaluate(GLYPHS, ["candles:up", "outlines:down", "baseline:up", "close"])
    assert not {line for line, _, _ in colours.values()} & set(LIGHT.values())


def test_the_last_price_stays_in_view_beside_bricks(stage, zigzag):
    shown = ready(stage(Chart(zigzag, kind="renko", brick=5.0)))
    assert shown.evaluate(
        "({view: {hud}}) => [hud.price.hidden, hud.price.firstChild.textContent]"
    ) == [
        False,
        "103.5",
    ]

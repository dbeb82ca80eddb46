"""Make the pictures of charts in notebooks/images again: `python tests/chart/pictures.py`.

On a made-up market, the same each time, shown as stage.py shows a chart; cells with cards in a
real JupyterLab. Needs Chromium, Playwright and Pillow. Name some pictures to make only those.
"""

import argparse
import io
import math
import random
import sys
import tempfile
from pathlib import Path

from fakes import FakeFeed, S
from headless import Browser
from PIL import Image
from stage import Stage

import livefin as lf

IMAGES = Path(__file__).parents[2] / "notebooks" / "images"
WIDTH = 1300
END = 1_773_840_660 * S  # 18 March 2026, 13:31 UTC
MINUTE = 60 * S
TRADES = 24  # a minute
BACK = 4e-4
"""How much of its way from the start a price comes back with every trade."""


class Market:
    """Minutes of several symbols that move together, calmly and wildly by turns."""

    def __init__(self, seed, **prices):
        """`prices` are what the symbols start from."""
        self._random = random.Random(seed)
        self.prices = {name.replace("_", "-"): price for name, price in prices.items()}
        self._start = dict(self.prices)
        self.feed = FakeFeed(*self.prices, name="binance")
        self.feed.bars("1min")
        self._wild, self._drift = 1.0, 0.0

    def run(self, minutes, end=END):
        for minute in range(minutes):
            start = end - (minutes - minute) * MINUTE
            self._wild = math.exp(0.93 * math.log(self._wild) + self._random.gauss(0, 0.2))
            self._drift = 0.96 * self._drift + self._random.gauss(0, 3e-6)
            for k in range(TRADES):
                self._trade(start + k * MINUTE // TRADES)
        return self

    def _trade(self, ts):
        noise, wild = self._random, 1.1e-4 * self._wild
        common = noise.gauss(self._drift, wild)
        for i, (name, price) in enumerate(self.prices.items()):
            own = noise.gauss(0, 0.6 * wild) if i else 0.0
            own -= BACK * math.log(price / self._start[name])
            to = self.prices[name] = price * math.exp(common * (1 + 0.15 * i) + own)
            size = noise.lognormvariate(-2, 1) * self._wild * (1 + 4e3 * abs(common))
            digits = 2 if to > 10 else 4
            self.feed.trade(ts, round(to, digits), round(size, 4), name)


def rsi(df, length=14):
    change = df.close.diff()
    up, down = (part.clip(lower=0).ewm(alpha=1 / length).mean() for part in (change, -change))
    return 100 - 100 / (1 + up / down)


def macd(df):
    line = df.close.ewm(span=12).mean() - df.close.ewm(span=26).mean()
    return line - line.ewm(span=9).mean()


def ema(span):
    return lambda df: df.close.ewm(span=span).mean()


def full(browser, theme):
    """Candles with averages, panes and all that a person puts on a chart."""
    feed = Market(3, BTC_USDT=64_180.0).run(400).feed
    chart = lf.chart(
        feed,
        bars="1min",
        height=640,
        bars_visible=130,
        overlays={"EMA 20": ema(20), "VWAP": lf.vwap(anchor="8h", bands=[1])},
        panes=[
            lf.pane({"RSI 14": rsi}, range=(0, 100), levels=(30, 70)),
            lf.pane({"MACD": macd}, kind="histogram"),
        ],
    )
    df = chart.bars.df.iloc[-125:]
    low, high, later = df.low.idxmin(), df.high.iloc[10:40].idxmax(), df.high.iloc[60:80].idxmax()
    chart.drawings.add("level", float(df.low[low]), text="support")
    chart.drawings.add("trend", (high, float(df.high[high])), (later, float(df.high[later])))
    for at, side, size in ((low, "buy", 0.4), (df.index[-12], "sell", 0.2)):
        chart.markers.add(at, float(df.close[at]), side, size)
    last, span = float(df.close.iloc[-1]), float(df.high.max() - df.low.min())
    chart.drawings.add("note", (df.index[-17], last - 0.75 * span), text="stop above the VWAP")
    chart.orders.set("stop", last - 0.45 * span, "sell", 0.2, "stop")
    chart.alerts.add("price", below=last - 0.3 * span)
    return chart_of(browser, chart, theme)


def compare(browser, theme):
    """Three symbols in percent."""
    feed = Market(5, BTC_USDT=64_180.0, ETH_USDT=3_020.0, SOL_USDT=142.0).run(300).feed
    others = ["ETH-USDT", "SOL-USDT"]
    chart = lf.chart(
        feed, bars="1min", compare=others, kind="line", volume=False, height=420, bars_visible=200
    )
    return chart_of(browser, chart, theme)


def dashboard(browser, theme):
    """Four small charts, two beside two."""
    prices = {"BTC_USDT": 64_180.0, "ETH_USDT": 3_020.0, "SOL_USDT": 142.0, "XRP_USDT": 0.5134}
    feed = Market(3, **prices).run(300).feed
    kinds = ["candles", "hollow", "area", "bars"]
    made, stage = [], None
    for symbol, kind in zip(feed.symbols, kinds, strict=True):
        overlays = {"EMA 20": ema(20)} if kind != "area" else {}
        chart = lf.chart(
            feed, symbol, bars="1min", kind=kind, height=290, bars_visible=90, overlays=overlays
        )
        if stage is None:
            stage = Stage(browser, chart, theme=theme, view=WIDTH // 2 - 4, width=WIDTH, height=700)
            made.append(stage)
        else:
            made.append(stage.add(chart))
    shots = []
    for each in made:
        settle(each)
        shots.append(Image.open(io.BytesIO(each.screenshot())).convert("RGB"))
    stage.close()
    width, height = shots[0].size
    gap = WIDTH - 2 * width
    behind = {"light": (225, 228, 234), "dark": (44, 48, 56)}[theme]
    whole = Image.new("RGB", (WIDTH, 2 * height + gap), behind)
    for i, shot in enumerate(shots):
        whole.paste(shot, (i % 2 * (width + gap), i // 2 * (height + gap)))
    return whole


CHART = """\
from pictures import Market
import livefin as lf
feed = Market(3, BTC_USDT=64_180.0).run(400).feed
chart = lf.chart(feed, bars="1min", height=380, bars_visible=130, overlays=[lf.ta.EMA(20)])
chart
"""
INDICATOR = """\
from typing import Annotated, Literal

@chart.indicator(levels=[-2, 0, 2])
def stretch(
    df,
    window: Annotated[int, (5, 120)] = 30,
    mean: Literal["simple", "exponential"] = "simple",
):
    rolling = df.close.rolling(window)
    middle = rolling.mean() if mean == "simple" else df.close.ewm(span=window).mean()
    return (df.close - middle) / rolling.std()"""


def prototype(_, theme):
    """A chart, the cell of an indicator on it, and its card with knobs and verdict."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
    from lab import Lab  # noqa: PLC0415 - for these pictures alone

    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(folder)
        lab.page.set_viewport_size({"width": WIDTH, "height": 1300})
        lab.notebook("prototype", CHART, INDICATOR, "")
        lab.theme(f"JupyterLab {theme.capitalize()}")
        lab.command("application:toggle-left-area")  # room
        lab.run_cell(0)
        lab.await_charts(1, 100)
        lab.run_cell(1)
        card = lab.cell(1).locator(".livefin-prototype-verdict")
        card.get_by_text("· warm-up").wait_for()
        lab.run_cell(2)  # an empty one, which is selected then and not in the picture
        lab.page.mouse.move(0, 0)
        lab.page.wait_for_timeout(2_000)
        top = lab.cell(0).locator(".jp-Cell-outputWrapper").bounding_box()
        end = lab.cell(1).locator(".jp-Cell-outputWrapper").bounding_box()
        clip = {"x": top["x"], "y": top["y"] - 4, "width": top["width"]}
        clip["height"] = end["y"] + end["height"] - top["y"] + 4
        png = lab.page.screenshot(clip=clip)
        lab.shut_kernels()
        lab.close()
    return Image.open(io.BytesIO(png)).convert("RGB")


def chart_of(browser, chart, theme):
    stage = Stage(browser, chart, theme=theme, width=WIDTH, height=800)
    settle(stage)
    png = stage.screenshot()
    stage.close()
    return Image.open(io.BytesIO(png)).convert("RGB")


def settle(stage):
    """Paint until the overlays are there."""
    for _ in range(4):
        stage.paint()
    stage.still()
    if stage.errors:
        raise RuntimeError(stage.errors[0])


PICTURES = {
    "chart_light": (full, "light"),
    "chart_dark": (full, "dark"),
    "chart_compare": (compare, "light"),
    "chart_dashboard": (dashboard, "dark"),
    "prototype_light": (prototype, "light"),
    "prototype_dark": (prototype, "dark"),
}


def main():
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("names", nargs="*", help=", ".join(PICTURES))
    parser.add_argument("--folder", type=Path, default=IMAGES)
    given = parser.parse_args()
    browser = Browser()
    for name in given.names or PICTURES:
        make, theme = PICTURES[name]
        whole = make(browser, theme)
        whole.save(given.folder / f"{name}.png", optimize=True)
    browser.close()


if __name__ == "__main__":
    main()

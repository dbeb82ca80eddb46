"""Indicators that a person may have typed, and what tests see of them without a page."""

import time
from types import SimpleNamespace

from livefin.chart.painter import painter


def mean(df, window: int = 20):
    return df.close.rolling(window).mean()


def median(df, window: int = 20):
    return df.close.rolling(window).median()


def zscore(df, window: int = 20):
    rolling = df.close.rolling(window)
    return (df.close - rolling.mean()) / rolling.std()


def of(chart, name):
    return chart._prototypes._held[name]


def line(chart, name):
    return chart._overlays.lines[name].array


def wait(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def judged(chart, name):
    wait(lambda: of(chart, name).wanted is None)
    painter.hurry(of(chart, name))
    wait(lambda: of(chart, name).card.face.verdict)
    return of(chart, name).card.face.verdict


class Judgement:
    """A verdict that says `text`, of findings in these states."""

    def __init__(self, text, *states):
        self.honest = True
        self.text, self.findings = text, [SimpleNamespace(state=state) for state in states]

    def __iter__(self):
        return iter(self.findings)

    def _repr_html_(self):
        return self.text


def said(chart, name):
    each = of(chart, name)
    each.paint()
    return each.card.face.live

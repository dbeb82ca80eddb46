"""A dashboard of four charts in one cell of a real JupyterLab: all live, moving together."""

import pytest
from shown import click, drag, moving

pytestmark = pytest.mark.browser

CELL = """\
import fakes
import livefin as lf
from livefin.chart import Chart
symbols = ["A-USD", "B-USD", "C-USD", "D-USD"]
feeds = [fakes.FakeFeed(symbol, seed=ord(symbol[0])).fill(300).run() for symbol in symbols]
charts = [Chart(feed) for feed in feeds]
lf.dashboard(charts, linked=True)"""


def test_four_linked_charts_live_in_one_cell(lab):
    lab.notebook("dashboard", CELL)
    lab.run_all()
    charts = lab.await_charts(4, 300)
    assert [chart["symbol"] for chart in charts] == ["A-USD", "B-USD", "C-USD", "D-USD"]
    lefts = {round(chart["box"]["x"]) for chart in charts}
    assert len(lefts) == 2, "two columns"
    for chart in range(4):
        moving(lab, chart=chart)
    drag(lab, 120, chart=0)
    moved = lab.charts()
    assert not any(chart["following"] for chart in moved)
    for chart in moved[1:]:
        assert chart["x"][1] == pytest.approx(moved[0]["x"][1], abs=1_000)
    click(lab, chart=3)
    assert [chart["focused"] for chart in lab.charts()] == [False, False, False, True]
    lab.page.keyboard.press("End")
    lab.page.wait_for_function("() => probe.charts().every(({following}) => following)")

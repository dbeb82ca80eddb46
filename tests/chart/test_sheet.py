import json

import pytest
from bokeh.models import Span

from livefin.chart.bokehjs import module_texts
from livefin.chart.figure import LIGHT
from livefin.chart.sheet import LINES, MAX_PANES, Sheet
from livefin.errors import ChartError


def test_the_item_is_json_and_names_every_source():
    sheet = Sheet()
    line = sheet.add_line("ema")
    text = json.dumps(sheet.item())
    for name in ("candles:up", "outlines:down", "volume:up", "bands", "close", "line:0"):
        assert f'"livefin:{name}"' in text
    assert sheet.item()["lines"] == [line._asdict()]


def test_no_two_models_have_the_same_name():
    sheet = Sheet()
    sheet.add_line("ema")
    sheet.add_pane()
    sheet.add_line("macd", pane="pane:1", kind="histogram")
    named = [model.name for model in sheet._document.models if model.name]
    lived = [name for name in named if not name.startswith(("livefin:ticks", "livefin:time"))]
    unique = [name for name in lived if name != "livefin:price"]
    assert len(set(unique)) == len(unique)


def test_a_colour_the_user_sets_is_no_longer_themed():
    sheet = Sheet()
    before = len(sheet.item()["theme"])
    sheet.panes[0].figure.xaxis.major_label_text_color = "red"
    assert len(sheet.item()["theme"]) == before - 1


def test_a_change_of_any_kind_in_any_pane_marks_the_sheet():
    sheet = Sheet()
    assert not sheet.changed
    second = sheet.add_pane()
    for figure in (sheet.panes[0].figure, second.figure):
        sheet.changed = False
        figure.add_layout(Span(location=1, dimension="width"))
        assert sheet.changed
        sheet.changed = False
        figure.line([1, 2], [3, 4])
        assert sheet.changed


def test_lines_take_turns_with_colours_come_once_and_go():
    sheet = Sheet()
    for i in range(LINES + 1):
        sheet.add_line(f"l{i}")
        sheet.add_line(f"l{i}")
    assert len(sheet.lines) == LINES + 1
    assert sheet.lines["l0"].role == sheet.lines[f"l{LINES}"].role == "line0"
    renderers, themed = len(sheet.panes[0].figure.renderers), len(sheet.item()["theme"])
    for kind in ("line", "histogram", "dots"):
        sheet.add_line("more", kind=kind)
        sheet.remove_line("more")
        sheet.remove_line("more")
    assert len(sheet.panes[0].figure.renderers) == renderers
    assert len(sheet.item()["theme"]) == themed


def test_a_pane_that_goes_takes_its_lines_along_and_the_price_pane_stays():
    sheet = Sheet()
    pane = sheet.add_pane(title="RSI", levels=[30, 70], bounds=(0, 100))
    sheet.add_line("rsi", pane=pane.key)
    assert sheet.item()["panes"][1]["levels"] == [30.0, 70.0]
    sheet.remove_pane(pane.key)
    assert list(sheet.lines) == []
    assert len(sheet.panes) == 1
    with pytest.raises(ChartError, match="price pane"):
        sheet.remove_pane("price")
    with pytest.raises(ChartError, match="no pane"):
        sheet.pane("pane:1")


def test_there_are_so_many_panes_and_no_more():
    sheet = Sheet()
    for _ in range(MAX_PANES - 1):
        sheet.add_pane()
    with pytest.raises(ChartError, match="at most"):
        sheet.add_pane()


def test_a_live_source_is_made_once_and_a_name_that_is_none_is_told():
    sheet = Sheet()
    sheet.add_line("ema")
    assert sheet.source("bars") is sheet.source("bars")
    assert list(sheet.source("ema").data) == ["time", "value"]
    with pytest.raises(ChartError, match="bars, marks, ema"):
        sheet.source("sma")


def test_every_role_has_a_colour_in_both_themes_of_the_page():
    theme = dict(module_texts())["theme"]
    dark = theme.partition("dark: {")[2]
    for role, colour in LIGHT.items():
        assert f'{role}: "{colour}"' in theme
        assert f"{role}: " in dark

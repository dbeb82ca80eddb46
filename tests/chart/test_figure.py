import json

from bokeh.models import Span

from livefin.chart.figure import LIGHT, LINES, Pane


def test_the_item_is_json_and_names_every_source():
    pane = Pane(height=400, width=None)
    pane.add_line("ema")
    text = json.dumps(pane.item())
    for name in ("candles:up", "candles:down", "volume:up", "volume:down", "bands", "line:0"):
        assert f'"livefin:{name}"' in text
    assert pane.item()["lines"] == [["ema", "line:0", "line0"]]


def test_a_colour_the_user_sets_is_no_longer_themed():
    pane = Pane(height=400, width=600)
    before = len(pane.item()["theme"])
    pane.figure.xaxis.major_label_text_color = "red"
    assert len(pane.item()["theme"]) == before - 1


def test_a_change_of_any_kind_marks_the_figure():
    pane = Pane(height=400, width=None)
    assert not pane.changed
    pane.figure.add_layout(Span(location=1, dimension="width"))
    assert pane.changed
    pane.changed = False
    pane.figure.line([1, 2], [3, 4])
    assert pane.changed


def test_lines_take_turns_with_colours_and_come_once():
    pane = Pane(height=400, width=None)
    for i in range(LINES + 1):
        pane.add_line(f"l{i}")
        pane.add_line(f"l{i}")
    assert len(pane.lines) == LINES + 1
    assert pane.lines["l0"] == pane.lines[f"l{LINES}"] == "line0"


def test_every_role_has_a_colour_in_both_themes_of_the_page():
    from livefin.chart.bokehjs import module_texts  # noqa: PLC0415

    theme = dict(module_texts())["theme"]
    dark = theme.partition("dark: {")[2]
    for role, colour in LIGHT.items():
        assert f'{role}: "{colour}"' in theme
        assert f"{role}: " in dark

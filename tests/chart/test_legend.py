"""A name in the legend hides its line and shows it again, by mouse, keys and from Python."""

from inview import drawn, y

import livefin as lf
from livefin.chart import Chart

LINES = """({view: {panes}}) => Object.fromEntries(panes.flatMap(({legend}) =>
  [...legend.lines.querySelectorAll("button")].map((name) =>
    [name.textContent, [name.ariaPressed, name.nextSibling.textContent]])))"""
POINTS = """({view: {embedded: {doc}}, page: {figure}}, line) => {
  const {key} = figure.lines.find((each) => each.name === line);
  return ["", ":up", ":down"].map((way) => doc.get_model_by_name(`livefin:${key}${way}`))
    .filter(Boolean).reduce((sum, {data}) => sum + data.x.length, 0);
}"""


def test_a_name_hides_its_line_and_the_range_follows(stage, feed):
    chart = Chart(
        feed,
        overlays={"far": lambda df: 0 * df.close + 1.5 * df.high.max() - 0.5 * df.low.min()},
        panes=[lf.pane([lf.ta.MACD(5, 9, 3)])],
    )
    shown = stage(chart)
    shown.paint()  # the first picture does not wait for lines
    shown.paint()
    drawn(shown)
    macd = [line for line in chart._sheet.lines if line.startswith("MACD")]
    assert len(macd) == 3

    def click(name, **how):
        button = shown.tab.do(lambda page: page.get_by_role("button", name=name, exact=True))
        shown.tab.do(lambda _: button.click(**how))
        shown.pump()
        shown.paint()
        shown.still()

    def hidden():
        lines = shown.evaluate(LINES)
        off = [name for name, (pressed, _) in lines.items() if pressed == "false"]
        for name, (pressed, value) in lines.items():
            points = shown.evaluate(POINTS, name)
            assert (points > 0, value != "") == ((pressed == "true"),) * 2, name
        assert off == list(chart.settings["hidden"])
        return off

    assert hidden() == []
    wide = y(shown)
    click("far")
    assert hidden() == ["far"]
    narrow = y(shown)
    assert narrow[1] < wide[1], "the prices take the room that the line had"
    for key, off in (("Enter", []), (" ", ["far"]), (" ", [])):
        shown.key(key)  # the name that was clicked has the focus
        shown.pump()
        shown.paint()
        shown.still()
        assert hidden() == off
        assert (y(shown)[1] > narrow[1]) == (off == [])
    left, top = shown.evaluate(
        """({stage, view: {panes: [{legend}]}}) => {
          const [box, name] = [stage, legend.lines.querySelector("button")]
            .map((node) => node.getBoundingClientRect());
          return [name.left - box.left + 8, name.top - box.top + 8];
        }"""
    )
    shown.key("h")
    shown.mouse.click(left, top)
    shown.pump()
    assert (hidden(), len(chart.drawings)) == ([], 1), "a click with a tool is for the tool"
    click(macd[1], modifiers=["Shift"])
    assert hidden() == macd, "with Shift all lines of the indicator"
    click(macd[0])
    assert hidden() == macd[1:]
    shown.reload()
    drawn(shown)
    assert hidden() == macd[1:], "kept with the chart"
    chart.set(hidden=["far"])
    drawn(shown)
    assert hidden() == ["far"]
    chart.remove("far")
    assert chart.settings["hidden"] == (), "one that is added again is there to be seen"


def test_a_turned_indicator_is_called_as_it_is_now_and_new_levels_are_drawn(stage, feed):
    chart = Chart(feed)
    chart.indicator(lf.ta.MACD(5, 9, 3), check=False)
    chart.indicator(lf.ta.RSI(14), check=False)
    shown = stage(chart)
    for _ in range(3):
        shown.paint()
    drawn(shown)

    def names():
        return list(shown.evaluate(LINES))

    assert "RSI(14)" in names()
    chart._prototypes._held["RSI(14)"].card.knobs.widgets["timeperiod"].value = 20
    chart._prototypes._held["MACD(5, 9, 3)"].card.knobs.widgets["slowperiod"].value = 12
    shown.paint()
    shown.still()
    assert [name.split(" ")[0] for name in names() if "RSI" in name] == ["RSI(20)"]
    assert [name[:13] for name in names() if "MACD" in name] == ["MACD(5, 12, 3"] * 3
    button = shown.tab.do(lambda page: page.get_by_role("button", name="RSI(20)", exact=True))
    shown.tab.do(lambda _: button.click())
    shown.pump()
    assert chart.settings["hidden"] == ("RSI(14)",), "its name for Python is as it was"
    chart.set(hidden=[])
    chart.indicator(lf.ta.RSI(14), levels=[45], check=False)
    for _ in range(3):
        shown.paint()
    drawn(shown)
    assert "RSI(14)" in names()
    assert shown.evaluate("({view}) => view.panes[2].levels.map(({value}) => value)") == [45]
    chart.release()

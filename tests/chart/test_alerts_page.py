"""The page's half of alerts: what is drawn, dragged, said to the kernel and to the person."""

import pytest

from livefin.chart.alerts import Alerts

MAKE = """({Alerts}) => {
  const stage = document.createElement("div");
  stage.style.cssText = "position:relative;width:700px;height:400px";
  document.body.replaceChildren(stage);
  const frame = { left: 10, right: 600, top: 20, bottom: 380 };
  window.space = { // a pixel is 0.5
    frame, tag: (id, y) => y,
    y: (price) => 380 - 2 * (price - 100), price: (y) => 100 + (380 - y) / 2,
    text: (price) => price.toFixed(2),
  };
  Object.assign(window, { sent: [], lit: [], panned: 0, asked: 0, notes: [] });
  window.Notification = class {
    static permission = "denied";
    static requestPermission() {
      window.asked += 1;
      return Promise.resolve("granted");
    }
    constructor(text, options) {
      window.notes.push([text, options.tag]);
    }
  };
  for (const name of ["pointerdown", "keydown", "dblclick"]) {
    stage.addEventListener(name, () => (window.panned += 1));
  }
  window.alerts = new Alerts(stage, {
    space: (name) => (name === "price" ? window.space : null),
    send: (op) => window.sent.push(structuredClone(op)),
    light: (text) => window.lit.push(text),
  });
}"""
ROWS = """() => Array.from(alerts.root.querySelectorAll(".row"))
  .filter((row) => !row.hidden)
  .map((row) => [row.offsetTop, row.querySelector("span").textContent, row.className])"""


class Page:
    """The page with a chart's alerts in it; `set` gives it a list, or the kernel's own."""

    def __init__(self, page):
        self.page = page
        page.evaluate(MAKE)

    def set(self, alerts):
        wire = alerts.wire() if isinstance(alerts, Alerts) else alerts
        self.page.evaluate("(_, list) => alerts.set(list)", wire)

    @property
    def rows(self):
        return self.page.evaluate(ROWS)

    def got(self, name):
        """What was sent, lit or noted since the last time."""
        return self.page.evaluate(f"() => window.{name}.splice(0)")

    def do(self, function):
        self.page.tab.do(function)

    def drag(self, start, by):
        def drag(page):
            page.mouse.move(300, start)
            page.mouse.down()
            page.mouse.move(300, start + by / 2)
            page.mouse.move(300, start + by)
            page.mouse.up()

        self.do(drag)


@pytest.fixture
def page(modules):
    return Page(modules("alerts"))


def alert(name, **given):
    empty = dict.fromkeys(("above", "below", "crossing", "last"))
    state = {"what": "price", "armed": True, "fired": 0, "notify": True, "error": ""}
    return {"id": name, "text": name} | empty | state | given


def fired(count, text="up", **given):
    last = {"time": 0, "value": 1, "text": text}
    return alert("a", above=150, armed=False, fired=count, last=last, **given)


def test_every_level_is_a_line_at_its_price(page):
    page.set(
        [
            alert("a", above=200, below=150.5),
            alert("b", crossing=110, armed=False, error="ValueError: no"),
            alert("c", what="status"),
            alert("d", above=500),
            alert("e", what="rsi", above=150),
        ]
    )
    assert page.rows == [
        [180, "200.00", "row"],
        [279, "150.50", "row"],
        [360, "110.00", "row off wrong"],
    ]
    page.page.evaluate("() => { window.space = null; alerts.place(); }")
    assert page.rows == []


def test_texts_are_texts_and_lines_go_with_their_alerts(page):
    page.set([alert("a", above=200, text="<img src=x onerror=alert(1)>")])
    assert page.page.evaluate("() => alerts.root.querySelectorAll('img').length") == 0
    said = page.page.evaluate("() => alerts.root.querySelector('.handle').title")
    assert said == "<img src=x onerror=alert(1)>; armed"
    page.set([])
    assert page.rows == []
    page.page.evaluate("() => alerts.close()")
    assert page.page.evaluate("() => document.body.firstChild.children.length") == 0


def test_an_alert_set_by_hand_is_shown_at_once_and_paler_until_the_kernel_has_it(page):
    page.set([])
    name = page.page.evaluate("() => alerts.addAt(181)")
    assert page.got("sent") == [{"op": "add", "id": name, "price": 199.5}]
    assert page.rows == [[181, "199.50", "row waiting"]]
    page.set([])  # what came meanwhile
    assert page.rows == [[181, "199.50", "row waiting"]]
    kernel = Alerts()
    kernel.take({"op": "add", "id": name, "price": 199.5})
    page.set(kernel)
    assert page.rows == [[181, "199.50", "row off"]]
    page.page.evaluate("() => { window.space = null; }")
    assert page.page.evaluate("() => alerts.addAt(181)") is None


def test_there_are_so_many_and_it_says_so(page):
    page.set([alert(str(i), above=150) for i in range(100)])
    assert page.page.evaluate("() => alerts.addAt(100)") is None
    assert page.got("sent") == []
    assert "most" in page.got("lit")[0]


def test_a_line_is_dragged_and_the_chart_is_not(page):
    kernel = Alerts()
    set_ = kernel.add(above=200)
    page.set(kernel)
    page.drag(181, 41)
    (op,) = page.got("sent")
    assert op == {"op": "move", "id": set_.id, "level": "above", "price": 179.5}
    assert page.rows == [[221, "179.50", "row waiting off"]]
    page.set(kernel)  # not heard yet: nothing jumps back
    assert page.rows[0][:2] == [221, "179.50"]
    assert kernel.take(op)
    page.set(kernel)
    assert page.rows == [[221, "179.50", "row off"]]
    assert page.page.evaluate("() => window.panned") == 0


def test_a_drag_stays_within_the_frame_and_a_click_moves_nothing(page):
    page.set([alert("a", above=200)])
    page.drag(180, 1)
    assert page.got("sent") == []
    page.drag(180, -300)
    assert page.got("sent")[0]["price"] == 280
    page.set([alert("a", above=280)])
    page.drag(20, 600)
    assert page.got("sent")[0]["price"] == 100


def test_a_list_that_comes_during_a_drag_does_not_end_it(page):
    page.set([alert("a", above=200)])
    page.do(lambda tab: (tab.mouse.move(300, 180), tab.mouse.down(), tab.mouse.move(300, 200)))
    page.set([alert("a", above=200, armed=False)])
    assert page.rows == [[200, "190.00", "row off dragged"]]
    page.do(lambda tab: tab.mouse.move(300, 210))
    page.do(lambda tab: tab.mouse.up())
    assert page.got("sent")[0]["price"] == 185
    page.do(lambda tab: (tab.mouse.move(300, 210), tab.mouse.down(), tab.mouse.move(300, 240)))
    page.set([])  # removed by the kernel
    page.do(lambda tab: tab.mouse.up())
    assert page.got("sent") == []


def test_escape_ends_a_drag_and_moves_nothing(page):
    page.set([alert("a", above=200)])
    page.do(lambda tab: (tab.mouse.move(300, 180), tab.mouse.down(), tab.mouse.move(300, 200)))
    page.do(lambda tab: (tab.keyboard.press("Escape"), tab.mouse.up()))
    assert page.rows == [[180, "200.00", "row"]]
    assert page.got("sent") == []


def test_keys_move_and_remove_and_stay_here(page):
    page.set([alert("a", above=200)])
    page.do(lambda tab: [tab.keyboard.press(key) for key in ("Tab", "ArrowUp", "Shift+ArrowDown")])
    assert [op["price"] for op in page.got("sent")] == [200.5, 195.5]
    page.do(lambda tab: tab.keyboard.press("Delete"))
    assert page.got("sent") == [{"op": "remove", "id": "a"}]
    assert page.rows == []
    assert page.page.evaluate("() => window.panned") == 1, "the Tab"
    page.set([])
    page.set([alert("a", above=200)])
    assert len(page.rows) == 1


def test_the_cross_removes(page):
    page.set([alert("a", above=200, below=150)])
    page.do(lambda tab: tab.mouse.click(585, 180))
    assert page.got("sent") == [{"op": "remove", "id": "a"}]
    assert page.rows == []


def test_one_set_by_mistake_can_be_removed_before_the_kernel_has_it(page):
    page.set([])
    name = page.page.evaluate("() => alerts.addAt(181)")
    page.do(lambda tab: tab.mouse.click(585, 181))
    assert [op["op"] for op in page.got("sent")] == ["add", "remove"]
    assert page.rows == []
    kernel = Alerts()
    kernel.take({"op": "add", "id": name, "price": 199.5})
    kernel.take({"op": "remove", "id": name})
    page.set(kernel)
    assert page.rows == []


def test_what_fires_is_said_once_and_what_was_before_is_not(page):
    page.set([fired(1)])
    assert page.got("lit") == []
    page.set([fired(1)])
    page.set([fired(2, text="up again")])
    page.set([fired(2, text="up again"), alert("b", fired=1, text="new")])
    assert page.got("lit") == ["up again", "new"]
    assert page.got("notes") == []


def test_the_browser_says_it_where_it_may(page):
    page.page.evaluate("() => { Notification.permission = 'granted'; }")
    page.set([])
    page.set([fired(1, text="<b>up</b>")])
    page.set([fired(2, notify=False)])
    assert page.got("notes") == [["<b>up</b>", "a"]]
    assert len(page.got("lit")) == 2


def test_only_a_click_of_the_persons_own_asks_the_browser(page):
    page.page.evaluate("() => { Notification.permission = 'default'; }")
    page.set([])
    page.set([fired(1)])
    assert page.page.evaluate("() => window.asked") == 0
    page.page.evaluate("() => alerts.addAt(100)")
    assert page.page.evaluate("() => window.asked") == 1
    page.page.evaluate("() => { Notification.permission = 'denied'; alerts.addAt(100); }")
    assert page.page.evaluate("() => window.asked") == 1


def test_a_browser_that_has_no_notifications_loses_nothing_else(page):
    page.page.evaluate("() => { delete window.Notification; window.Notification = undefined; }")
    page.set([])
    page.page.evaluate("() => alerts.addAt(100)")
    page.set([fired(1)])
    page.page.evaluate("""() => {
      window.Notification = class { constructor() { throw new TypeError("Illegal constructor"); } };
      Notification.permission = "granted";
    }""")
    page.set([fired(2)])
    assert page.got("lit") == ["up", "up"]


def test_a_function_that_fails_is_said_once(page):
    page.set([alert("a", what="status")])
    for _ in range(2):
        page.set([alert("a", what="status", error="ValueError: no")])
    assert page.got("lit") == ["a: ValueError: no"]


@pytest.mark.parametrize(
    ("pixel", "at", "price"),
    [
        (0.5, 123.4567, 123.5),
        (0.013, 123.4567, 123.46),
        (3.2e-8, 1.23456789e-5, 1.235e-5),
        (1, 64_123.4, 64_123),
        (37, 64_123.4, 64_120),
        (2_500, 64_123_456, 64_123_000),
        (0, 5.123, 5.123),
    ],
)
def test_a_price_by_hand_is_as_round_as_the_pixels_allow(page, pixel, at, price):
    call = "({priceAt}, pixel, at) => priceAt({ price: (y) => at + pixel * y }, 0)"
    assert page.page.evaluate(call, pixel, at) == price


def test_both_halves_keep_the_same_alerts(page):
    kernel = Alerts()
    page.set(kernel)
    page.page.evaluate("() => { alerts.addAt(100); alerts.addAt(200); }")
    for op in page.got("sent"):
        assert kernel.take(op)
    page.set(kernel)
    page.drag(100, 50)
    page.do(lambda tab: tab.mouse.click(585, 200))
    for op in page.got("sent"):
        assert kernel.take(op)
    page.set(kernel)
    assert [alert.levels[0].at for alert in kernel] == [215]
    assert page.rows == [[150, "215.00", "row off"]]

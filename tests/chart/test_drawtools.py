"""Making and changing drawings with a real mouse and keys."""

import pytest
from drawscene import T0, Scene, at, point


@pytest.fixture
def scene(modules):
    scene = Scene(modules)
    yield scene
    scene.close()


# Making


@pytest.mark.parametrize("kind", ["trend", "rectangle", "fibonacci", "measure"])
def test_two_points_are_made_by_press_drag_and_release(scene, kind):
    assert scene.js("(kind) => drawings.begin(kind)", kind)
    assert scene.js("() => drawings.active") == kind
    scene.drag((100, 200), (300, 100))
    made = scene.put()
    assert (made["kind"], made["pane"]) == (kind, "price")
    assert made["points"] == [at(100, 200), at(300, 100)]
    assert scene.js("() => [drawings.active, tools]") == [None, [kind, None]]
    assert scene.selected == made["id"]
    assert scene.heard == [], "the chart does not pan"


def test_two_points_are_made_by_two_clicks_and_follow_the_pointer_between(scene):
    scene.js("() => drawings.begin('trend')")
    scene.mouse(("click", 100, 200), ("move", 150, 150), ("move", 200, 180))
    line = "() => drawings.root.querySelector('.trend .line').getAttribute('x2')"
    assert float(scene.js(line)) == 200
    assert scene.js("() => [sent.length, drawings.active]") == [0, "trend"]
    scene.mouse(("click", 300, 100))
    assert scene.put()["points"] == [at(100, 200), at(300, 100)]


def test_a_second_click_on_the_same_spot_does_not_end_a_line_of_no_length(scene):
    scene.js("() => drawings.begin('trend')")
    scene.mouse(("dblclick", 100, 200))
    assert scene.js("() => [sent.length, drawings.active]") == [0, "trend"]
    scene.mouse(("click", 300, 100))
    assert scene.put()["points"][1] == at(300, 100)
    assert scene.heard == []


def test_a_level_shows_before_the_click_and_has_no_time(scene):
    scene.js("() => drawings.begin('level')")
    scene.mouse(("move", 200, 100), ("move", 200, 120))
    assert scene.texts(".tagged") == ["940.0"]
    scene.mouse(("move", 200, 450))
    assert scene.texts(".tagged") == [], "no pane there"
    scene.mouse(("click", 200, 140))
    assert scene.put()["points"] == [[None, 930]]


def test_what_is_drawn_on_another_pane_belongs_to_it_and_is_cut_off_there(scene):
    scene.js("() => drawings.begin('rectangle')")
    scene.drag((100, 350), (200, 120))
    made = scene.put()
    assert made["pane"] == "volume"
    assert made["points"][1] == at(200, 310), "no further than the frame"
    clip = "() => drawings.root.querySelector('clipPath rect').getAttribute('y')"
    assert scene.js(clip) == "310"
    scene.js("() => { view.panes = ['price']; drawings.place(); }")
    assert scene.shown("g.rectangle") == 0, "its pane is gone"


def test_a_note_is_written_at_once_and_kept_with_its_text(scene):
    scene.js("() => drawings.begin('note')")
    scene.mouse(("click", 200, 150))
    assert scene.js("() => sent.length") == 0
    scene.type(" <b>look</b>  here ")
    scene.key("Enter")
    made = scene.put()
    assert (made["text"], made["points"]) == ("<b>look</b> here", [at(200, 150)])
    assert scene.texts(".written") == ["<b>look</b> here"]
    assert scene.shown("b") == scene.shown("input") == 0


@pytest.mark.parametrize("key", ["Escape", "Enter"])
def test_a_note_without_text_is_not_kept(scene, key):
    scene.js("() => drawings.begin('note')")
    scene.mouse(("click", 200, 150))
    scene.key(key)
    assert scene.sent() == []
    assert scene.shown("g.note") == 0


@pytest.mark.parametrize("clicks", [0, 1])
def test_escape_ends_a_tool_and_leaves_nothing(scene, clicks):
    scene.js("() => drawings.begin('trend')")
    scene.mouse(*[("click", 100, 200)] * clicks, ("move", 150, 180))
    scene.key("Escape")
    assert scene.js("() => [drawings.active, tools]") == [None, ["trend", None]]
    assert scene.shown("[data-id]") == 0
    scene.drag((100, 200), (300, 100))
    assert scene.sent() == []
    assert scene.heard == ["pointerdown", "pointerup"], "the chart pans again"


def test_another_tool_takes_the_place_of_the_one_before(scene):
    scene.js("() => drawings.begin('trend')")
    scene.mouse(("click", 100, 200))
    scene.js("() => drawings.begin('level')")
    scene.mouse(("click", 300, 100))
    assert scene.put()["kind"] == "level"
    assert scene.js("() => tools") == ["trend", "level", None]
    assert scene.shown("[data-id]") == 1


def test_shift_holds_a_trend_to_45_degrees(scene):
    scene.js("() => drawings.begin('trend')")
    scene.drag((100, 200), (300, 190), "Shift")
    assert scene.put()["points"][1] == at(300, 200)
    scene.drag((300, 200), (200, 110), "Shift")  # by its handle
    (x, y) = scene.put()["points"][1]
    assert (x - T0) / 1000 - 100 == pytest.approx(200 - (1000 - y) * 2, abs=0.2)


@pytest.mark.parametrize("key", ["Control", "Alt", "Meta"])
def test_a_key_snaps_to_the_bars(scene, key):
    scene.js("() => drawings.begin('trend')")
    scene.drag((100, 250), (303, 100), key)
    assert scene.put()["points"] == [at(100, 250), [T0 + 300_000, 900]]


def test_a_chart_that_is_full_begins_no_tool(scene):
    for price in range(500):
        scene.kernel.add("level", price)
    scene.tell()
    assert scene.js("() => drawings.begin('level')") is False
    assert scene.js("() => drawings.active") is None


# Changing


def test_a_click_selects_and_shows_handles_and_the_bar_and_a_click_beside_ends_that(scene):
    made = scene.add("trend", point(100, 200), point(300, 100))
    assert scene.shown(".handle") == scene.shown(".bar") == 0
    scene.mouse(("click", 200, 153))
    assert scene.selected == made
    assert (scene.shown(".handle"), scene.shown(".bar")) == (2, 1)
    assert scene.sent() == []
    scene.mouse(("click", 500, 250))
    assert scene.selected is None
    assert scene.shown(".handle") == scene.shown(".bar") == 0
    assert scene.heard == ["pointerdown", "pointerup"]


def test_a_pan_of_the_chart_leaves_the_selection(scene):
    made = scene.add("trend", point(100, 200), point(300, 100))
    scene.mouse(("click", 200, 150))
    scene.drag((500, 250), (550, 250))
    assert scene.selected == made


def test_hits_are_at_least_eight_pixels_wide(scene):
    scene.add("level", 900)
    scene.add("trend", point(100, 50), point(300, 50))
    assert all(scene.has_drawing_at(400, 200 + off) for off in (-4, 0, 4))
    assert all(scene.has_drawing_at(200, 50 + off) for off in (-4, 0, 4))
    assert not scene.has_drawing_at(400, 210)


@pytest.mark.parametrize(
    ("kind", "grip", "points"),
    [
        ("trend", (100, 200), [at(120, 170), at(300, 100)]),
        ("trend", (300, 100), [at(100, 200), at(320, 70)]),
        ("rectangle", (100, 100), [at(120, 200), at(300, 70)]),
        ("rectangle", (300, 200), [at(100, 170), at(320, 100)]),
        ("fibonacci", (300, 100), [at(100, 200), at(320, 70)]),
        ("measure", (100, 200), [at(120, 170), at(300, 100)]),
    ],
)
def test_dragging_a_handle_moves_its_point(scene, kind, grip, points):
    made = scene.add(kind, point(100, 200), point(300, 100))
    scene.js("(id) => drawings.select(id)", made)
    scene.drag(grip, (grip[0] + 20, grip[1] - 30))
    assert scene.put()["points"] == points
    assert scene.heard == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("trend", (200, 150)),
        ("rectangle", (200, 100)),
        ("fibonacci", (250, 150)),
        ("measure", (150, 100)),
    ],
)
def test_dragging_the_body_moves_the_whole(scene, kind, body):
    scene.add(kind, point(100, 200), point(300, 100), text="x")
    scene.drag(body, (body[0] + 40, body[1] + 60))
    put = scene.put()
    assert (put["points"], put["text"]) == ([at(140, 260), at(340, 160)], "x")


def test_a_level_moves_up_and_down_by_any_of_its_pixels(scene):
    scene.add("level", 900)
    scene.drag((500, 201), (100, 151))
    assert scene.put()["points"] == [[None, 925]]
    scene.drag((100, 150), (100, 480))
    assert scene.put()["points"] == [[None, 850]], "no further than the frame"
    scene.drag((100, 300), (100, 250), "Control")
    assert scene.put()["points"] == [[None, 900]]


def test_a_note_moves_by_its_text(scene):
    scene.add("note", point(200, 150), text="words")
    scene.drag((205, 125), (305, 225))
    assert scene.put()["points"] == [at(300, 250)]


def test_an_area_is_selected_by_a_click_inside_but_can_be_panned_through_before(scene):
    made = scene.add("rectangle", point(100, 250), point(400, 50))
    scene.drag((250, 150), (270, 150))
    assert (scene.selected, scene.sent()) == (None, [])
    assert scene.heard == ["pointerdown", "pointerup"]
    scene.mouse(("click", 250, 150))
    assert scene.selected == made
    scene.drag((250, 150), (270, 150))
    assert scene.put()["points"] == [at(120, 250), at(420, 50)]


def test_escape_in_a_drag_puts_the_drawing_back(scene):
    scene.add("trend", point(100, 200), point(300, 100))
    scene.mouse(("move", 200, 150), ("down",), ("move", 220, 180), ("move", 240, 200))
    scene.key("Escape")
    scene.mouse(("up",))
    assert scene.sent() == []
    assert scene.js("() => drawings.root.querySelector('.trend .line').getAttribute('x1')") == "100"


@pytest.mark.parametrize("key", ["Delete", "Backspace"])
def test_a_key_deletes_what_is_selected(scene, key):
    made = scene.add("trend", point(100, 200), point(300, 100))
    scene.mouse(("click", 200, 150))
    scene.key(key)
    assert scene.sent() == [{"op": "remove", "id": made}]
    assert scene.shown("[data-id]") == 0
    assert (scene.selected, len(scene.kernel)) == (None, 0)


def test_remove_and_clear_are_there_for_a_toolbar(scene):
    scene.add("level", 900)
    made = scene.add("level", 950)
    scene.js("() => drawings.remove()")
    assert scene.sent() == [], "nothing is selected"
    scene.js("(id) => { drawings.select(id); drawings.remove(); drawings.clear(); }", made)
    assert scene.sent() == [{"op": "remove", "id": made}, {"op": "clear"}]
    assert scene.shown("[data-id]") == 0


def test_arrows_move_by_pixels_and_the_kernel_hears_of_it_once(scene):
    scene.add("trend", point(100, 200), point(300, 100))
    scene.mouse(("click", 200, 150))
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown", "ArrowUp"):
        scene.key(key)
    scene.tab.until("() => sent.length > 0")
    assert scene.put()["points"] == [at(102, 209), at(302, 109)]


def test_drawings_are_reached_by_tab_and_say_what_they_are(scene):
    made = scene.add("level", 900, text="entry")
    scene.key("Tab")
    assert scene.selected == made
    label = """() => ["role", "aria-label", "tabindex"]
        .map((name) => drawings.root.activeElement.getAttribute(name))"""
    assert scene.js(label) == ["img", "level 900.0: entry", "0"]
    scene.key("Escape")
    assert scene.selected is None


@pytest.mark.parametrize("kind", ["level", "note"])
def test_text_is_written_by_a_double_click(scene, kind):
    scene.add(kind, *([900] if kind == "level" else [point(200, 200)]), text="old")
    scene.mouse(("dblclick", 200, 200))
    assert scene.js("() => drawings.root.activeElement.value") == "old"
    assert scene.shown(".bar") == 0
    scene.type("new")
    scene.mouse(("click", 600, 60))  # leaving it is enough
    assert scene.put()["text"] == "new"
    assert scene.heard == ["pointerdown", "pointerup"], "of the last click only"
    scene.mouse(("dblclick", 200, 200))
    scene.type("newer")
    scene.key("Escape")
    assert scene.sent() == []


def test_the_bar_changes_colour_writes_and_deletes(scene):
    made = scene.add("trend", point(100, 200), point(300, 100))
    scene.mouse(("click", 200, 150))
    press = "(name) => drawings.root.querySelector(`.bar ${name}`).click()"
    scene.js(press, "[data-role=down]")
    assert scene.put()["colour"] == "down"
    assert scene.texts(".bar .colour[aria-pressed=true]") == [""]
    scene.js(press, ".write")
    scene.type("why")
    scene.key("Enter")
    assert scene.put()["text"] == "why"
    scene.js(press, ".remove")
    assert scene.sent() == [{"op": "remove", "id": made}]


def test_a_right_click_selects_and_opens_no_menu_of_the_browser(scene):
    made = scene.add("level", 900)
    scene.tab.do(lambda page: page.mouse.click(200, 200, button="right"))
    assert scene.selected == made
    assert "contextmenu" not in scene.heard


def test_a_finger_draws_and_drags(scene):
    """Touch, as pointer events of that kind: playwright's touchscreen only taps."""
    touch = """(...places) => {
      const types = ["pointerdown", ...places.slice(2).map(() => "pointermove"), "pointerup"];
      const finger = {button: 0, isPrimary: true, pointerType: "touch", pointerId: 7};
      const way = {bubbles: true, composed: true, cancelable: true};
      drawings.svg.setPointerCapture = () => {}; // there is no such finger
      types.forEach((type, i) => {
        const [clientX, clientY] = places[i];
        const target = i ? drawings.svg : drawings.root.elementFromPoint(clientX, clientY);
        target.dispatchEvent(new PointerEvent(type, {clientX, clientY, ...finger, ...way}));
      });
    }"""
    scene.js("() => drawings.begin('trend')")
    scene.js(touch, [100, 200], [200, 150], [300, 100])
    assert scene.put()["points"] == [at(100, 200), at(300, 100)]
    scene.js(touch, [200, 150], [210, 170], [240, 190])
    assert scene.put()["points"] == [at(140, 240), at(340, 140)]
    assert (
        scene.js("() => getComputedStyle(drawings.root.querySelector('.trend')).touchAction")
        == "none"
    )
    assert scene.heard == []

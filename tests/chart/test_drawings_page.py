"""What is shown of drawings, and how the page agrees with the kernel."""

import pytest
from drawscene import T0, Scene, point


@pytest.fixture
def scene(modules):
    scene = Scene(modules)
    yield scene
    scene.close()


# What is shown


def test_a_measure_says_difference_percent_bars_and_time(scene):
    scene.add("measure", point(100, 200), point(460, 110))
    assert scene.texts() == ["+45.0 (+5.00 %)", "+36 bars · 6 min"]
    scene.add("measure", point(460, 110), point(100, 200))
    assert scene.texts()[2:] == ["−45.0 (−4.76 %)", "−36 bars · 6 min"]


def test_a_retracement_has_its_seven_levels_from_the_end_back(scene):
    scene.add("fibonacci", point(100, 280), point(300, 80))
    labels = [text.split(" %\u2002") for text in scene.texts()]
    assert [float(ratio) for ratio, _ in labels] == [0, 23.6, 38.2, 50, 61.8, 78.6, 100]
    assert [labels[0][1], labels[3][1], labels[6][1]] == ["960.0", "910.0", "860.0"]


def test_a_long_text_is_broken_or_cut_and_never_markup(scene):
    scene.add("note", point(200, 150), text="<img src=x onerror=alert(1)> " + "word " * 80)
    scene.add("level", 900, text="x" * 500)
    lines = scene.texts(".written")
    assert len(lines) == 8
    assert lines[0].startswith("<img")
    assert lines[-1].endswith("…")
    assert scene.texts(".label")[0].endswith("…")
    assert scene.shown("img") == 0


def test_what_is_out_of_sight_is_hidden_and_comes_back(scene):
    scene.add("trend", point(100, 200), point(300, 100))
    scene.add("note", point(100, 200), text="x")
    scene.add("level", 2000)
    assert scene.shown("[data-id]") == 2
    scene.js("() => { view.from += 1e7; drawings.place(); }")
    assert scene.shown("[data-id]") == 0
    scene.js("() => { view.from -= 1e7; drawings.place(); }")
    assert scene.shown("[data-id]") == 2


def test_a_line_far_longer_than_the_view_keeps_its_place(scene):
    ends = [T0 - 1e11, 1000.0], [T0 + 1e11 + 800_000, 800.0]
    scene.js(
        """(points) => drawings.set(
          [{id: "a", kind: "trend", pane: "price", points, text: "", colour: "up"}])""",
        ends,
    )
    x1, y1, x2, y2 = scene.js(
        """() => ["x1", "y1", "x2", "y2"].map((name) =>
          Number(drawings.root.querySelector(".line").getAttribute(name)))"""
    )
    assert (x1, x2) == (-2, 712), "a little outside of the frame"
    assert y1 == pytest.approx(y2, abs=0.1) == pytest.approx(200, abs=0.1)


@pytest.mark.parametrize(
    "points", [[[None, None]], [[T0, 1e299], [T0, -1e299]], [[1e300, 1], [T0, 1]], []]
)
def test_what_has_no_place_is_not_shown_and_breaks_nothing(scene, points):
    for kind in ("level", "trend", "rectangle", "fibonacci", "measure", "note", "circle"):
        drawing = {
            "id": kind,
            "kind": kind,
            "pane": "price",
            "points": points,
            "text": "",
            "colour": "}",
        }
        scene.js("(drawing) => drawings.set([drawing])", drawing)


def test_placing_again_touches_only_what_differs(scene):
    scene.add("fibonacci", point(100, 280), point(300, 80))
    scene.add("note", point(200, 150), text="x")
    count = """async (change) => {
      let count = 0;
      const watch = new MutationObserver((changes) => (count += changes.length));
      const all = {subtree: true, childList: true, attributes: true, characterData: true};
      watch.observe(drawings.root, all);
      view.from += change;
      drawings.place();
      await stage.frames(1);
      watch.disconnect();
      return count;
    }"""
    assert scene.js(count, 0) == 0
    assert 0 < scene.js(count, 5000) < 60


# The kernel


def test_a_change_stays_while_the_kernel_has_not_heard_of_it(scene):
    first = scene.add("level", 900)
    scene.drag((500, 200), (500, 150))
    scene.js("() => drawings.begin('level')")
    scene.mouse(("click", 100, 100))
    scene.tell()  # of something else, before it read what this page sent
    assert sorted(scene.texts(".tagged")) == ["925.0", "950.0"]
    assert [op["op"] for op in scene.sent()] == ["put", "put"]
    scene.kernel.remove(first)
    scene.tell()
    assert scene.texts(".tagged") == ["950.0"], "now the kernel's word counts"


def test_what_the_kernel_refused_goes_away(scene):
    scene.js("() => drawings.begin('level')")
    scene.mouse(("click", 100, 100))
    (op,) = scene.js("() => sent.splice(0)")
    op["drawing"]["kind"] = "circle"
    assert not scene.kernel.take(op)
    scene.tell()
    assert scene.shown("[data-id]") == 0


def test_without_word_of_what_was_heard_each_list_counts(scene):
    scene.js("() => drawings.begin('level')")
    scene.mouse(("click", 100, 100))
    scene.tell(seen=False)
    assert scene.shown("[data-id]") == 0


def test_a_drawing_in_hand_keeps_its_place_while_lists_come(scene):
    made = scene.add("level", 900)
    scene.mouse(("move", 300, 200), ("down",), ("move", 300, 180), ("move", 300, 160))
    scene.kernel.add("level", 870)
    scene.tell()
    assert scene.texts(".tagged") == ["920.0", "870.0"]
    scene.kernel.remove(made)
    scene.tell()
    scene.mouse(("move", 300, 150), ("up",))
    assert scene.put()["points"] == [[None, 925]], "who lets go last is right"
    assert len(scene.kernel) == 2


def test_a_drawing_removed_from_python_takes_its_bar_and_its_field_along(scene):
    made = scene.add("level", 900, text="x")
    scene.mouse(("dblclick", 300, 200))
    assert scene.shown("input") == 1
    scene.kernel.remove(made)
    scene.tell()
    assert scene.shown("input") == scene.shown(".bar") == scene.shown("[data-id]") == 0
    assert (scene.selected, scene.sent()) == (None, [])


def test_each_op_counts_the_pages_changes(scene):
    scene.js("() => { drawings.begin('level'); }")
    scene.mouse(("click", 100, 100))
    scene.js("() => { drawings.remove(); drawings.clear(); }")
    assert len(scene.sent()) == 3
    assert list(scene.kernel.seen.values()) == [3]

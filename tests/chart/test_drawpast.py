"""What was drawn is undone and done again, by keys too, and Python's list follows."""

import pytest
from drawscene import Scene, at, point
from inview import drawn

PAST = """({Past}) => {
  const past = new Past();
  const list = new Map();
  for (let i = 0; i < 150; i++) {
    past.add([["a", i ? {i: i - 1} : null, {i}]]);
    list.set("a", {i});
  }
  past.add([["a", {i: 149}, {i: 149}]]);
  const back = [];
  for (let ops; (ops = past.undo(list)); ) back.push(ops[0].drawing.i);
  return back;
}"""


@pytest.fixture
def scene(modules):
    scene = Scene(modules)
    yield scene
    scene.close()


def test_a_hundred_steps_are_kept_and_what_changed_nothing_is_none(modules):
    assert modules("drawpast").evaluate(PAST) == list(range(148, 48, -1))


def test_every_change_is_undone_and_done_again_in_turn(scene):
    def now():
        return [(d.kind, d.text, [price for _, price in d.points]) for d in scene.kernel]

    def turn(what):
        did = scene.js(f"() => drawings.{what}()")
        scene.sent()
        scene.tell()
        return did

    scene.js("() => drawings.begin('trend')")
    scene.drag((100, 200), (300, 100))
    scene.sent()
    states = [[], now()]
    scene.drag((200, 150), (230, 190))  # moved as a whole
    scene.key("ArrowUp")  # and by a key, which the kernel has not heard of yet
    assert scene.js("() => drawings.undo()")
    scene.sent()
    states.append(now())
    assert states[2] == [("trend", "", [at(0, 240)[1], at(0, 140)[1]])]
    assert turn("redo")
    states.append(now())
    assert states[3] == [("trend", "", [at(0, 239)[1], at(0, 139)[1]])]
    scene.key("Enter")
    scene.type("resistance")
    scene.key("Enter")
    scene.sent()
    states.append(now())
    scene.add("level", 950)
    scene.key("Delete")  # the trend line still has the focus
    scene.sent()
    level = now()
    assert [kind for kind, *_ in level] == ["level"]
    scene.js("() => drawings.clear()")
    scene.sent()
    assert now() == []
    assert turn("undo")
    assert now() == level, "what Python drew comes back too"
    assert turn("undo")
    (drawing,) = [d for d in scene.kernel if d.kind == "level"]
    scene.kernel.remove(drawing)
    scene.tell()
    for state in states[3::-1]:
        assert turn("undo")
        assert now() == state
    assert not turn("undo")
    for state in states[1:]:
        assert turn("redo")
        assert now() == state
    scene.kernel.clear()
    scene.tell()
    scene.add("trend", point(10, 40), point(60, 90))
    kept = now()
    while turn("undo"):
        pass
    assert now() == kept, "what others removed is left so, and theirs is theirs"


def test_the_keys_are_the_charts_while_it_has_the_focus(stage, feed):
    shown = drawn(stage())
    shown.tab.evaluate(
        "() => { window.over = []; addEventListener('keydown', ({key}) => over.push(key)); }"
    )

    def kinds():
        shown.pump()
        return [drawing.kind for drawing in shown.chart.drawings]

    shown.key("Control+z")
    assert shown.tab.evaluate("() => over.splice(0)").count("z") == 1, "the notebook's own"
    shown.mouse.click(300, 200)
    for key in "hr":
        shown.key(key)
        shown.mouse.drag((300, 150), (80, 60))
    assert kinds() == ["level", "rectangle"]
    shown.tab.evaluate("() => over.splice(0)")
    shown.key("Control+z")  # takes the focused drawing away; the chart keeps the focus
    assert kinds() == ["level"]
    shown.key("Control+z")
    assert kinds() == []
    shown.key("Control+z")
    assert shown.evaluate("({view: {hud: {hint}}}) => hint.textContent") == "Nothing to undo"
    shown.key("Control+Shift+z")
    shown.key("Control+y")
    assert kinds() == ["level", "rectangle"]
    assert "z" not in [key.lower() for key in shown.tab.evaluate("() => over")]
    shown.paint()
    assert shown.evaluate(
        "({view}) => view.layers.drawings.root.querySelectorAll('[data-id]').length"
    )

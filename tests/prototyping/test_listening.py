"""Widgets that hear the kernel however long a page took to load them."""

import importlib
import pkgutil

import anywidget
import pytest

import livefin
from livefin.prototyping.listening import Listening, page_half

NOT_CHANGED = {"Runtime"}
"""Told nothing once a page has it."""


def widgets():
    for module in pkgutil.walk_packages(livefin.__path__, "livefin."):
        if module.name.startswith(("livefin.widgets", "livefin.chart", "livefin.prototyping")):
            importlib.import_module(module.name)
    found = [anywidget.AnyWidget]
    for each in found:
        found += each.__subclasses__()
    return [
        each
        for each in found
        if each.__module__.startswith("livefin.")
        and isinstance(vars(each).get("_esm"), str)  # else made by traitlets for one widget
        and each.__name__ not in NOT_CHANGED
    ]


def test_every_widget_that_python_changes_listens():
    found = widgets()
    assert len(found) >= 6
    for each in found:
        assert issubclass(each, Listening), each
        assert each._esm.count("export default") == 1, each
        assert "listening(given.model)" in each._esm, each


def test_a_widget_knows_itself_by_the_identity_that_pages_have():
    class Small(Listening):
        _esm = page_half("export default { render() {} };")

    one, other = Small(), Small()
    assert one.me == one.model_id
    assert one.me != other.me
    assert one.get_state()["me"] == one.model_id
    for each in (one, other):
        each.layout.close()
        each.close()


def test_a_page_half_has_one_default_export():
    with pytest.raises(ValueError, match="unpack"):
        page_half("export function render() {}")

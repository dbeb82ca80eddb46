"""Source text of what is in files, in notebook cells, and nowhere."""

import functools
import linecache

import pytest

from livefin.indicators.custom.sourcetext import source_text

CELL = """\
import functools

def first(df, window=3):
    return df.close

@functools.cache
class Second:
    \"\"\"With words.\"\"\"
    def update(self, bar):
        return 1.0

class Empty:
    pass
"""


@pytest.fixture
def cell():
    """The names of a cell as a notebook runs it: its text is known to linecache alone."""
    name = "<ipython-input-7-abc>"
    linecache.cache[name] = (len(CELL), None, CELL.splitlines(keepends=True), name)
    space = {"__name__": "__main__"}
    exec(compile(CELL, name, "exec"), space)  # noqa: S102 - as a notebook does
    yield space
    del linecache.cache[name]


def test_of_a_function_in_a_cell(cell):
    assert source_text(cell["first"]) == CELL[CELL.index("def first") : CELL.index("\n@functools")]
    assert (
        source_text(functools.partial(cell["first"], window=5))
        == CELL[CELL.index("def first") : CELL.index("\n@functools")]
    )


def test_of_a_class_in_a_cell_with_its_decorators(cell):
    made = cell["Second"].__wrapped__
    assert source_text(made) == CELL[CELL.index("@functools") : CELL.index("\nclass Empty")]


def test_of_what_cannot_be_found(cell):
    space = {}
    exec("def f(df): return df\nclass C:\n    def update(self, bar): ...", space)  # noqa: S102
    for thing in (space["f"], space["C"], cell["Empty"], len, min):
        assert source_text(thing) is None


def test_of_one_with_an_indent_and_of_a_method():
    class Mine:
        def update(self, bar):
            return bar.close

    assert source_text(Mine).startswith("class Mine:\n    def update")
    assert source_text(Mine().update).startswith("def update(self, bar):\n    return")
    assert source_text(Mine()) == source_text(Mine)

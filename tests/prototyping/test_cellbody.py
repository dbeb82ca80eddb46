import linecache

import pytest

from livefin.errors import IndicatorError
from livefin.indicators.custom.sourcetext import source_text
from livefin.indicators.custom.userdefined import indicator
from livefin.prototyping.cellbody import made
from livefin.trust.made import made_bars

BARS = made_bars(50)


@pytest.fixture
def cell():
    """made(body, name, **params), its text known as that of a cell."""
    files = []

    def cache(text):
        name = f"<cell {len(files)}>"
        files.append(name)
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        return name

    names = {}
    yield lambda body, name=None, **params: made(body, name, params, names=names, cache=cache)
    for name in files:
        del linecache.cache[name]


def line(function):
    return indicator(function).batch(BARS).iloc[:, 0]


def test_a_def_is_taken_as_it_is(cell):
    function = cell("import math\ndef half(df, by=2):\n    return df.close / by\n")
    assert function.__name__ == "half"
    assert line(function).equals((BARS.close / 2).rename("half"))


def test_of_several_the_named_one_is_taken_else_the_last(cell):
    body = "def one(df): return df.open\ndef two(df): return one(df) * 2\n"
    assert cell(body, "one").__name__ == "one"
    assert line(cell(body)).equals((BARS.open * 2).rename("two"))


def test_a_class_is_taken(cell):
    found = cell("class Last:\n    def update(self, bar):\n        return bar.close\n")
    assert line(found).tolist() == BARS.close.tolist()


@pytest.mark.parametrize(
    "body",
    [
        "fast = df.close.rolling(5).mean()\nfast - df.open",
        "gap = df.close.rolling(5).mean() - df.open",
        "def mean(x):\n    return x.rolling(5).mean()\nmean(df.close) - df.open",
        "x = 1; (df.close\n  .rolling(5).mean() - df.open)",
    ],
)
def test_bare_lines_end_with_an_expression_or_assign_the_name(cell, body):
    wanted = BARS.close.rolling(5).mean() - BARS.open
    assert line(cell(body, "gap")).tolist()[5:] == wanted.tolist()[5:]


def test_without_a_name_it_is_called_out(cell):
    assert cell("out = df.close * 2").__name__ == "out"


def test_parameters_of_bare_lines_are_those_that_are_given(cell):
    function = cell("df.close.rolling(window).mean()", "mean", window=7)
    assert indicator(function).params == {"window": 7}
    assert source_text(function).startswith("def mean(df, window=7):\n    return df.close")


@pytest.mark.parametrize(
    ("body", "name", "words"),
    [
        ("", None, "empty"),
        ("x = df.close", None, "end with an expression, or assign out"),
        ("df.close", "two words", "no name"),
        ("x = '''a\nb'''\ndf.close", None, "text over several lines"),
    ],
)
def test_what_gives_no_line_is_said(cell, body, name, words):
    with pytest.raises(IndicatorError, match=words):
        cell(body, name)


def test_what_is_no_python_raises_as_always(cell):
    with pytest.raises(SyntaxError):
        cell("df.close +")

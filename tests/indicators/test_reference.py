"""Our indicators against the third-party values of shared/indicator-reference, all of them.

`python tests/reference_errors.py` prints the same as a table.
"""

import pytest
from reference_errors import HOME, files, load, measured, stated
from reference_table import LEFT_OUT, TABLE

pytestmark = pytest.mark.skipif(
    not HOME.is_dir(), reason="the reference values (../shared/indicator-reference) are not here"
)
SAME = 1e-13
"""An agreement of all digits in the README is not asked for the last of them: sums may be
added in another order."""
FIGURES = stated() if HOME.is_dir() else {}
FILES = files() if HOME.is_dir() else []
LINES = [
    pytest.param(file, line, id=f"{file}:{line.column}") for file in TABLE for line in TABLE[file]
]


def test_every_file_is_in_the_table():
    assert set(FILES) == set(TABLE)


@pytest.mark.parametrize("file", FILES)
def test_every_column_is_compared_or_is_said_why_not(file):
    _, values = load(file)
    compared = [line.column for line in TABLE[file]]
    assert len(set(compared)) == len(compared)
    assert {*compared, *(column for of, column in LEFT_OUT if of == file)} == set(values)


@pytest.mark.parametrize(("file", "line"), LINES)
def test_values_are_those_of_the_file(file, line):
    found = measured(line, *load(file))
    assert found.bars > 50
    assert found.missing == 0
    if line.decimals is None:
        assert found.error <= line.tolerance
    else:  # a hair more, since the half is not exact in binary
        assert found.absolute <= 0.500001 * 10**-line.decimals


@pytest.mark.parametrize(
    ("file", "line"), [each for each in LINES if (each.values[0], each.values[1].column) in FIGURES]
)
def test_we_are_never_further_off_than_the_readme_says_of_talib(file, line):
    # A figure is printed with two digits.
    assert measured(line, *load(file)).relative <= max(1.05 * FIGURES[file, line.column], SAME)


def test_every_figure_of_the_readme_is_asked_for():
    compared = {(file, line.column) for file in TABLE for line in TABLE[file]}
    assert set(FIGURES) <= compared


def test_bars_are_left_out_only_with_a_reason():
    for lines in TABLE.values():
        for line in lines:
            assert bool(line.why) == (line.begin > 0 or line.end is not None)

"""How findings and verdicts read."""

import re

import pandas as pd
import pytest

from livefin.trust.finding import Finding, clock, number, two
from livefin.trust.verdict import Verdict

BAR = pd.Timestamp("2026-03-01 12:03:05", tz="UTC")
FAILED = Finding(
    "repaint", "failed", "was <b>", BAR, (1.23, 1.25), "repaint at 12:03:05: 1.23 became 1.25"
)
PASSED = Finding("look-ahead", "passed", "none")
UNKNOWN = Finding("cost", "unknown", "not checked: no time left")


def test_a_verdict_is_honest_until_something_failed():
    assert Verdict("RSI", [PASSED, UNKNOWN]).honest
    assert not Verdict("RSI", [PASSED, FAILED]).honest


def test_what_was_not_checked_is_said_and_not_counted():
    assert (
        Verdict("RSI", [PASSED, UNKNOWN]).summary == "nothing wrong in 1 check; not checked: cost"
    )


def test_a_failed_check_names_the_bar_and_both_values():
    assert Verdict("RSI", [FAILED]).summary == "repaint at 12:03:05: 1.23 became 1.25"
    assert FAILED.chip == "✗ repaint at 12:03:05: 1.23 became 1.25"


def test_it_prints_as_a_table_with_what_it_is_about():
    text = str(Verdict("RSI", [PASSED, FAILED], about="checked on 500 bars"))
    assert "✓ look-ahead  none" in text
    assert text.endswith("checked on 500 bars")


def test_a_finding_is_had_by_the_name_of_its_check():
    verdict = Verdict("RSI", [PASSED])
    assert verdict["look-ahead"] is PASSED
    assert list(verdict) == [PASSED]
    with pytest.raises(KeyError):
        verdict["repaint"]


def test_all_text_in_a_notebook_is_escaped():
    evil = "<script>alert(1)</script>\"'"
    finding = Finding(evil, "failed", evil, BAR, (1.0, 2.0), evil)
    html = Verdict(evil, [finding], about=evil)._repr_html_()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 6
    tags = re.sub(r"<[^<>]*>", "", html)
    assert "<" not in tags


def test_colours_follow_the_theme_and_have_others_behind_them():
    html = Verdict("RSI", [PASSED, FAILED, UNKNOWN])._repr_html_()
    assert re.search(r"var\(--jp-error-color1, #\w{6}\)", html)
    assert "<details>" in html


def test_what_failed_comes_first_in_the_line_of_chips():
    html = Verdict("RSI", [PASSED, FAILED])._repr_html_()
    assert html.index("repaint at") < html.index("> look-ahead")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.25, "1.25"),
        (3.0, "3"),
        (float("inf"), "infinite"),
        (float("nan"), "nothing"),
        (-1e-12, "-1e-12"),
    ],
)
def test_numbers_read_well(value, text):
    assert number(value) == text


def test_two_values_that_differ_never_look_the_same():
    one, other = two((100.0, 100.0 + 1e-12))
    assert one != other


def test_a_bar_is_told_without_its_day_where_all_is_on_one():
    assert clock(BAR, [BAR]) == "12:03:05"
    assert clock(BAR, [BAR - pd.Timedelta("1D"), BAR]) == "2026-03-01 12:03:05"
    assert clock(BAR + pd.Timedelta("250ms"), [BAR]) == "12:03:05.250"

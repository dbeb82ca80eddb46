"""Whoever sets a setting, Python or a page: it is checked, told once and never half taken."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.chart.settings import CHECKS, FROM_PAGE, GAPS, KINDS, SCALES, THEMES, Settings
from livefin.errors import ChartError

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
)


def test_every_setting_has_a_default_that_passes_its_own_check():
    settings = Settings()
    assert settings.values.keys() == CHECKS.keys()
    settings.set(**settings.values)
    assert settings.revision == 0, "nothing changed"


@pytest.mark.parametrize(
    ("name", "values"),
    [("kind", KINDS), ("scale", SCALES), ("theme", THEMES), ("gaps", GAPS)],
)
def test_a_choice_is_one_of_those_there_are(name, values):
    settings = Settings()
    for value in values:
        settings.set(**{name: value})
        assert settings[name] == value
    for value in ("", "pie", None, 1, [], values):
        with pytest.raises(ChartError, match=f"{name} must be one of"):
            settings.set(**{name: value})


@pytest.mark.parametrize("name", ["tick", "brick", "height", "width", "fps", "bars_visible"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), True, "5", [5]])
def test_a_number_is_a_number_within_its_bounds(name, value):
    with pytest.raises(ChartError, match=name):
        Settings().set(**{name: value})


@pytest.mark.parametrize("name", ["tick", "brick", "base", "width"])
def test_some_numbers_may_be_left_to_the_chart(name):
    settings = Settings(**{name: 60.0})
    settings.set(**{name: None})
    assert settings[name] is None


def test_a_zone_is_an_iana_name_or_the_persons_own():
    settings = Settings()
    for zone in ("America/New_York", "Asia/Kolkata", "UTC", "local"):
        settings.set(tz=zone)
        assert settings["tz"] == zone
    settings.set(tz=ZoneInfo("Europe/Zurich"))
    assert settings["tz"] == "Europe/Zurich"
    for zone in ("Mars/Olympus", "", None, 5, [], "../etc/passwd"):
        with pytest.raises(ChartError, match="tz must be a zone"):
            settings.set(tz=zone)


def test_a_title_is_a_text_of_some_length():
    settings = Settings(title="x" * 500)
    for title in ("x" * 501, 5, None):
        with pytest.raises(ChartError, match="title"):
            settings.set(title=title)


def test_hidden_lines_are_names_each_once():
    settings = Settings(hidden=["RSI", "mean", "RSI"])
    assert settings["hidden"] == ("RSI", "mean")
    assert settings.take({"hidden": []})
    assert settings["hidden"] == ()
    for names in ("RSI", [1], None, ["x" * 501], ["x"] * 1_001, [["RSI"]]):
        with pytest.raises(ChartError, match="hidden must be a list of names"):
            settings.set(hidden=names)


def test_of_several_none_is_taken_when_one_cannot_be():
    settings = Settings()
    with pytest.raises(ChartError):
        settings.set(kind="line", scale="cubic")
    with pytest.raises(ChartError, match="no option colour; there are title, kind"):
        settings.set(kind="line", colour="red")
    assert (settings["kind"], settings.revision) == ("candles", 0)


def test_only_a_change_is_told():
    settings = Settings()
    settings.set(kind="line")
    settings.set(kind="line")
    assert settings.revision == 1
    settings.join("a")
    settings.join("a")
    assert settings.revision == 2
    assert settings.wire()["group"] == "a"


@pytest.mark.parametrize("name", sorted(CHECKS.keys() - FROM_PAGE))
def test_a_page_may_not_set_what_is_pythons(name):
    settings = Settings()
    assert not settings.take({name: settings[name]})
    assert not settings.take({"kind": "line", name: settings[name]})
    assert settings["kind"] == "candles"


@given(JUNK | st.dictionaries(st.sampled_from(sorted(FROM_PAGE)), JUNK))
def test_whatever_a_page_says_the_settings_stay_such_as_may_be(said):
    settings = Settings()
    settings.take(said)
    Settings(**settings.values)  # raises where one of them may not be


def test_an_option_that_is_misspelt_is_told_the_nearest_when_read_too():
    with pytest.raises(ChartError, match=r"no option kin; .* did you mean 'kind'"):
        Settings()["kin"]

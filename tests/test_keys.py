"""Keys: where they are found, in which order, and that nothing ever shows one."""

import copy
import inspect
import json
import logging
import pickle
import sys
import traceback
from types import SimpleNamespace

import msgspec
import pytest

from livefin.errors import LivefinError
from livefin.keys import HIDDEN, KeyMissingError, Secret, find, variable

PLAIN = "open-sesame-73034021"
KEY = ["api_key"]
SHOWN = {
    "repr": repr,
    "str": str,
    "format": format,
    "f-string": lambda key: f"{key} {key!r} {key!s} {key!a}",
    "percent": lambda key: "%s %r" % (key, key),  # noqa: UP031
    "in a list": lambda key: str([key]),
    "in a dict": lambda key: str({"api_key": key}),
    "in an object": lambda key: str(vars(SimpleNamespace(keys={"api_key": key}))),
    "in an error": lambda key: str(ValueError("refused", key)),
    "in a message": lambda key: str(KeyMissingError("shop", [str(key)])),
}


@pytest.fixture(autouse=True)
def no_keys_of_ours(monkeypatch):
    """Neither the environment nor the keyring of who runs the tests."""
    for name in ("COINAPI_API_KEY", "SHOP_API_KEY", "SHOP_API_SECRET", "OTHER_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(sys.modules, "keyring", None)


@pytest.fixture
def keyring(monkeypatch):
    """A keyring that is a dictionary."""
    held = {}
    fake = SimpleNamespace(get_password=lambda service, name: held.get((service, name)))
    monkeypatch.setitem(sys.modules, "keyring", fake)
    return held


def revealed(found):
    return {name: key.reveal() for name, key in found.items()}


class TestSecret:
    @pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN)
    def test_it_shows_itself_nowhere(self, show):
        shown = show(Secret(PLAIN))
        assert PLAIN not in shown
        assert HIDDEN in shown

    def test_it_reveals_itself_when_asked(self):
        assert Secret(PLAIN).reveal() == PLAIN
        assert Secret(PLAIN)
        assert not Secret("")

    def test_a_width_is_refused_and_shows_nothing(self):
        with pytest.raises(TypeError) as caught:
            format(Secret(PLAIN), ">40")
        assert PLAIN not in str(caught.value)

    def test_a_traceback_with_its_locals_does_not_show_it(self):
        def call(key):
            held = {"api_key": key}
            raise RuntimeError(f"cannot use {held}")

        try:
            call(Secret(PLAIN))
        except RuntimeError as error:
            report = traceback.TracebackException.from_exception(error, capture_locals=True)
            shown = "".join(report.format())
        assert "held = {'api_key': <secret>}" in shown
        assert PLAIN not in shown

    def test_a_log_does_not_show_it(self, caplog):
        with caplog.at_level(logging.INFO):
            logging.getLogger("livefin").info("keys %s, %r", Secret(PLAIN), {"k": Secret(PLAIN)})
        assert PLAIN not in caplog.text
        assert HIDDEN in caplog.text

    def test_it_has_no_attributes_to_list(self):
        key = Secret(PLAIN)
        with pytest.raises(TypeError):
            vars(key)
        public = [name for name, _ in inspect.getmembers(key) if not name.startswith("_")]
        assert public == ["reveal"]
        with pytest.raises(AttributeError):
            key.text = "x"

    @pytest.mark.parametrize(
        "write",
        [
            *(lambda key, p=p: pickle.dumps(key, p) for p in range(pickle.HIGHEST_PROTOCOL + 1)),
            lambda key: pickle.dumps({"keys": [key]}),
            lambda key: key.__getstate__(),
            lambda key: key.__reduce_ex__(2),
            json.dumps,
            msgspec.json.encode,
            msgspec.to_builtins,
        ],
    )
    def test_it_is_written_nowhere(self, write):
        with pytest.raises(TypeError) as caught:
            write(Secret(PLAIN))
        assert PLAIN not in str(caught.value)

    def test_a_copy_is_itself(self):
        key = Secret(PLAIN)
        assert copy.copy(key) is key
        assert copy.deepcopy({"api_key": key})["api_key"] is key

    def test_two_of_the_same_text_do_not_tell(self):
        assert Secret(PLAIN) != Secret(PLAIN)
        assert Secret(PLAIN) != PLAIN


class TestFind:
    def test_arguments_then_the_environment_then_the_keyring(self, monkeypatch, keyring):
        keyring["livefin", "coinapi.api_key"] = "from the keyring"
        assert revealed(find("coinapi", KEY)) == {"api_key": "from the keyring"}
        monkeypatch.setenv("COINAPI_API_KEY", "from the environment")
        assert revealed(find("coinapi", KEY)) == {"api_key": "from the environment"}
        given = {"api_key": "given"}
        assert revealed(find("coinapi", KEY, given)) == {"api_key": "given"}

    def test_a_secret_is_taken_as_it_is(self):
        key = Secret(PLAIN)
        assert find("coinapi", KEY, {"api_key": key})["api_key"] is key

    def test_what_is_found_is_a_secret(self, monkeypatch):
        monkeypatch.setenv("COINAPI_API_KEY", PLAIN)
        assert str(find("coinapi", KEY)) == "{'api_key': <secret>}"

    def test_an_empty_one_is_none(self, monkeypatch):
        monkeypatch.setenv("COINAPI_API_KEY", "  \n")
        assert find("coinapi", KEY, {"api_key": ""}) == {}
        assert find("coinapi", KEY, {"api_key": Secret("")}) == {}
        assert find("coinapi", KEY, {"api_key": " "}) == {}

    def test_the_newline_of_a_file_is_no_part_of_it(self, monkeypatch, keyring):
        monkeypatch.setenv("SHOP_API_KEY", f" {PLAIN}\n")
        keyring["livefin", "shop.api_secret"] = f"{PLAIN}\r\n"
        found = find("shop", ["api_key", "api_secret"])
        assert revealed(found) == {"api_key": PLAIN, "api_secret": PLAIN}
        assert revealed(find("shop", KEY, {"api_key": f"{PLAIN}\n"})) == {"api_key": PLAIN}

    def test_only_what_there_is_is_found(self, monkeypatch):
        monkeypatch.setenv("SHOP_API_SECRET", PLAIN)
        assert list(find("shop", ["api_key", "api_secret"])) == ["api_secret"]
        assert find("shop", []) == {}

    def test_other_variables_are_looked_in_after_ours(self, monkeypatch):
        others = {"api_key": ["UNSET_KEY", "OTHER_KEY"]}
        monkeypatch.setenv("OTHER_KEY", "from another")
        assert revealed(find("shop", KEY, None, others)) == {"api_key": "from another"}
        assert find("shop", ["api_secret"], None, others) == {}
        monkeypatch.setenv("SHOP_API_KEY", "from ours")
        assert revealed(find("shop", KEY, None, others)) == {"api_key": "from ours"}

    @pytest.mark.parametrize("names", [KEY, []])
    def test_a_name_that_the_venue_does_not_take(self, names):
        with pytest.raises(ValueError, match="'apikey'") as caught:
            find("coinapi", names, {"apikey": PLAIN})
        assert PLAIN not in str(caught.value)
        assert ("api_key" if names else "none") in str(caught.value)

    def test_a_keyring_that_is_locked_holds_nothing(self, monkeypatch):
        def locked(service, name):
            raise RuntimeError("locked")

        monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=locked))
        assert find("coinapi", KEY) == {}

    def test_no_keyring_is_needed(self):
        assert find("coinapi", KEY) == {}


@pytest.mark.parametrize(
    ("venue", "name", "expected"),
    [
        ("coinapi", "api_key", "COINAPI_API_KEY"),
        ("coinbase-exchange", "api_key", "COINBASE_EXCHANGE_API_KEY"),
        ("alpaca-crypto", "api_secret", "ALPACA_CRYPTO_API_SECRET"),
    ],
)
def test_the_variable_of_a_key(venue, name, expected):
    assert variable(venue, name) == expected


def test_what_is_missing_is_said_with_the_three_ways_to_give_it():
    error = KeyMissingError("alpaca", ["api_key", "api_secret"])
    assert isinstance(error, LivefinError)
    assert isinstance(error, LookupError)
    assert (error.venue, error.names) == ("alpaca", ["api_key", "api_secret"])
    assert str(error) == (
        "alpaca needs api_key and api_secret: pass keys={'api_key': ...}, set the environment "
        "variable ALPACA_API_KEY, or store it with keyring.set_password('livefin', "
        "'alpaca.api_key', ...)"
    )

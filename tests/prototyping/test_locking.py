from dataclasses import dataclass
from enum import Enum
from functools import partial

import pytest

from livefin.indicators import ta
from livefin.indicators.custom.userdefined import indicator
from livefin.prototyping.locking import locked, rewritten, same_code


class Kind(Enum):
    FAST = 1
    SLOW = 2


def zscore(df, window: int = 50):  # how many bars
    # ü before the value, since ast counts bytes
    mean = df.close.rolling(window)
    return (df.close - mean.mean()) / mean.std()


def many(df, a=1, b: float = 0.5, *, kind=Kind.FAST, on=True, text="x"):
    return df.close * a * b


def computed(df, window=5 * 10, other=3):
    return df.close


def test_the_text_is_the_persons_own_with_new_values():
    text = locked(indicator(zscore, window=64))
    assert text == locked(indicator(zscore)).replace("int = 50", "int = 64")
    assert "# how many bars" in text
    assert "ü" in text


def test_what_was_locked_runs_and_has_these_defaults():
    params = {"a": 7, "b": 0.1 + 0.2, "kind": Kind.SLOW, "on": False, "text": "it's"}
    names = {"Kind": Kind}
    exec(locked(indicator(many, **params)), names)  # noqa: S102 - the text that was made
    assert indicator(names["many"]).params == params | {"b": 0.3}


def test_a_default_that_has_not_changed_stays_as_it_was_written():
    text = locked(indicator(computed, other=4))
    assert "window=5 * 10, other=4" in text


@pytest.mark.parametrize(
    ("text", "params", "wanted"),
    [
        ("@chart.indicator(window=30)\ndef f(df, window=20): pass", {"window": 40}, "(window=40)"),
        ("@chart.indicator(window=30)\ndef f(df, window=20): pass", {"window": 40}, "window=20)"),
        ("def f(df, window): pass", {"window": 40}, "def f(df, window=40): pass"),
        ("def f(df, window: int): pass", {"window": 40}, "window: int = 40"),
        ("m = indicator(lambda df, w=3: df.close, name='m')", {"w": 4}, "lambda df, w=4: df"),
        ("class C:\n  def __init__(self, a=1, *, b=2): pass", {"a": 1, "b": 5}, "a=1, *, b=5"),
        ("class C:\n  a: int = 1\n  def update(self, bar): pass", {"a": 6}, "a: int = 6"),
        ("x = é = 1; f = lambda df, w=3: df", {"w": 4}, "x = é = 1; f = lambda df, w=4: df"),
        ("def f(df, on=1): pass", {"on": True}, "on=True"),
        ("lambda df, w=3: df.close, name='m')", {"w": 4}, "lambda df, w=3: df.close, name='m')"),
    ],
)
def test_the_value_is_written_where_it_is_said(text, params, wanted):
    written = {"window": 20, "w": 3, "a": 1, "b": 2, "on": 1}
    assert wanted in rewritten(text, params, written)


def test_a_dataclass_is_locked_in_its_fields():
    @dataclass
    class Mean:
        window: int = 3

        def update(self, bar):
            return bar.close

    assert "window: int = 9" in locked(indicator(Mean, window=9))


def test_livefins_own_is_locked_as_a_call():
    text = locked(ta.RSI(21), "RSI")
    names = {
        "chart": type("Chart", (), {"indicator": staticmethod(lambda made, name: (made, name))})
    }
    exec(text.replace("chart.indicator", "given = chart.indicator"), names)  # noqa: S102 - as above
    made, name = names["given"]
    assert (made.params, name) == (ta.RSI(21).params, "RSI")


def test_where_the_text_is_not_known_the_parameters_are_told():
    names = {}
    exec("def hidden(df, window=3): return df.close", names)  # noqa: S102 - so that it has no text
    text = locked(indicator(names["hidden"], window=5))
    assert "not known" in text
    assert "window = 5" in text


def test_other_parameters_are_the_same_code_and_another_body_is_not():
    def one(df, window=20):
        return df.close.rolling(window).mean()

    def two(df, window: int = 30):
        # said otherwise
        return df.close.rolling(window).mean()

    def three(df, window=20):
        return df.close.rolling(window).median()

    made = indicator(one)
    assert same_code(made, made.with_params(window=5))
    assert same_code(made, indicator(two))
    assert not same_code(made, indicator(three))
    assert same_code(ta.RSI(14), ta.RSI(21))
    assert not same_code(ta.RSI(14), ta.EMA(14))
    assert same_code(indicator(partial(one, window=3)), made)

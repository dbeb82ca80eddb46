"""A small share of tests/chaos/fuzz.py and hoard.py on every run; the scripts do millions.

Frames of every venue are mutated, and JSON of their own shapes is filled with anything:
events and the typed errors are all that comes out, and what is kept has a bound.
"""

import json
from functools import cache

import pytest
from chaos import fuzz, hoard, mutate, sane, seeds
from hypothesis import given, settings
from hypothesis import strategies as st

from livefin import venues
from livefin.errors import MessageError

INPUTS, NAMES = 1_000, 60_000
every_venue = pytest.mark.parametrize("name", list(venues.registry))
ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**53, max_value=10**40)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["NaN", "-1", "1e999", "0", "2024-01-01T00:00:00Z", "buy", "9" * 400])
)


@pytest.mark.parametrize("name", [*venues.registry, *fuzz.OTHERS])
def test_mutated_messages(name):
    figures = fuzz.fuzz(name, INPUTS, seed=7)
    assert figures["findings"] == {}
    assert figures["inputs"] == INPUTS
    assert figures["taken"] > INPUTS / 10  # the mutations are not all beyond reading


@every_venue
@settings(max_examples=25)
@given(data=st.data())
def test_anything_in_the_places_of_a_message(name, data):
    venue, raw = venues.get(name), data.draw(st.sampled_from(_short(name)))
    value = _refilled(json.loads(raw), data.draw)
    try:
        parsed = list(venue.parse(json.dumps(value).encode(), seeds.NOW))
    except MessageError:
        return
    for event in parsed:
        sane.check(event)


@pytest.mark.parametrize("name", ["bitfinex", "coinapi"])
def test_names_never_heard_of_are_not_kept(name):
    figures = hoard.hoard(name, NAMES, most_shapes=40)
    assert figures["ways_that_grow"]
    assert figures["unbounded"] == {}


@pytest.mark.parametrize("kind", ["drop", "duplicate", "cut", "extreme", "nest", "flip", "same"])
def test_the_mutations_do_what_they_say(kind):
    raw = b'{"a":[1,2,{"b":"x"}],"c":"2.5"}'
    fuzzer = mutate.Mutator([raw], fuzz.random.Random(3))
    made = {getattr(fuzzer, f"_do_{kind}")(fuzzer.seeds[0], raw) for _ in range(200)}
    if kind == "same":
        assert made == {raw}
    else:
        assert len(made) > 3
    if kind == "drop":
        assert b'{"c":"2.5"}' in made
    if kind == "duplicate":
        assert b'{"a":[1,2,{"b":"x"}],"c":"2.5","c":"2.5"}' in made
    if kind == "extreme":
        assert b'{"a":[1,2,{"b":"x"}],"c":NaN}' in made


def test_a_seed_is_taken_apart_at_its_places():
    raw = b'{"a":[1,"2",{"b":"x"}],"c":null}'
    seed = mutate.Seed(raw)

    def at(spans):
        return {raw[a:b] for a, b in spans}

    assert at(seed.keys) == {b'"a"', b'"b"', b'"c"'}
    assert at(seed.members) == {b'"a":[1,"2",{"b":"x"}]', b'"b":"x"', b'"c":null'}
    assert at(seed.elements) == {b"1", b'"2"', b'{"b":"x"}'}
    assert at(seed.numbers) == {b"1", b'"2"'}


@cache
def _short(name):
    found = []
    for raw in seeds.Subject(name).frames:
        if len(raw) < 1_500:
            try:
                json.loads(raw)
            except ValueError:
                continue
            found.append(raw)
    return found[:60]


def _refilled(value, draw):
    """`value` with anything in some of its places."""
    if draw(st.integers(0, 9)) == 0:
        return draw(ANYTHING)
    if isinstance(value, dict):
        return {key: _refilled(inner, draw) for key, inner in value.items()}
    if isinstance(value, list):
        return [_refilled(inner, draw) for inner in value[:6]]
    return value

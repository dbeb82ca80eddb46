"""What every venue keeps to, whoever wrote it; finds the venues by itself."""

import contextlib
import importlib
import inspect
import json
import pkgutil
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin import venues
from livefin.errors import ChannelError, MessageError, SymbolError, UnknownVenueError
from livefin.events import CHANNEL, BookSnapshot, Status
from livefin.session import Session
from livefin.venues.contract import (
    MAX_SYMBOL,
    Closing,
    Numbered,
    Ready,
    Reply,
    Subscription,
    Venue,
)

NOW = 1_700_000_000_000_000_000
ASIDE = (Reply, Numbered, Ready, Closing)
INTERVALS = ("1m", "5m", "1min", "1M", "60")


def every_venue():
    """The venues in livefin/venues, registered or not."""
    for module in pkgutil.walk_packages(venues.__path__, "livefin.venues."):
        found = importlib.import_module(module.name)
        for _, member in inspect.getmembers(found, inspect.isclass):
            if issubclass(member, Venue) and member is not Venue:
                yield member


EVERY = sorted(set(every_venue()), key=lambda venue: venue.name)
any_venue = pytest.mark.parametrize("kind", EVERY, ids=[venue.name for venue in EVERY])


def subs_of(venue):
    """Its example on each of its channels, bars at an interval that it has."""
    subs = []
    for channel in venue.channels:
        options = [f"bars:{i}" for i in INTERVALS] if channel == "bars" else [channel]
        for option in options:
            try:
                venue.check(Subscription(option, venue.example))
            except ChannelError:
                continue
            subs.append(Subscription(option, venue.example))
            break
    return subs


def test_every_venue_is_registered_and_every_name_makes_its_venue():
    assert {venue.name: venue for venue in EVERY} == venues.registry
    for name, kind in venues.registry.items():
        assert type(venues.get(name)) is kind
        assert type(venues.get(name.upper())) is kind
        assert venues.get(name) is not venues.get(name)


@pytest.mark.parametrize("name", ["", "binanc", "../binance", None, 7])
def test_an_unknown_venue_names_those_there_are(name):
    with pytest.raises(UnknownVenueError) as caught:
        venues.get(name)
    assert caught.value.known == sorted(venues.registry)


@any_venue
class TestContract:
    def test_it_says_what_it_is(self, kind):
        venue = kind()
        assert venue.name == venue.name.lower().strip() != ""
        assert venue.title
        assert venue.endpoint().startswith(("ws://", "wss://"))
        assert venue.example
        assert venue.channels
        assert set(venue.channels) <= set(CHANNEL.values())
        assert venue.silence > 0
        assert venue.send_interval >= 0
        assert inspect.getdoc(kind)

    def test_its_example_can_be_had_on_each_of_its_channels(self, kind):
        venue = kind()
        subs = subs_of(venue)
        assert [sub.channel.partition(":")[0] for sub in subs] == list(venue.channels)
        for sub in subs:
            messages = kind().subscribe([sub])
            assert isinstance(messages, Sequence)
            assert messages
            assert all(isinstance(message, str | bytes) and message for message in messages)

    def test_its_own_server_half_takes_what_it_sends(self, kind):
        venue = kind()
        subs = subs_of(venue)
        ping = venue.ping()
        pings = [] if ping is None else [ping]
        for message in [*venue.subscribe(subs), *pings, *venue.unsubscribe(subs)]:
            raw = message if isinstance(message, bytes) else message.encode()
            for answer in venue.answer(raw):
                assert isinstance(answer, bytes)
                assert [e for e in venue.parse(answer, NOW) if isinstance(e, Status)] == []

    @pytest.mark.parametrize("channel", ["", "nonsense", "trades:1m", "book:", ":", "Trades"])
    def test_it_refuses_channels_it_has_not(self, kind, channel):
        with pytest.raises(ChannelError) as caught:
            kind().check(Subscription(channel, kind.example))
        assert caught.value.channel == channel

    @pytest.mark.parametrize(
        "symbol", ["", " ", "A B", "X" * (MAX_SYMBOL + 1), "A\nB", "A\x00B", "\u202eA-B"]
    )
    def test_it_refuses_symbols_that_no_venue_has(self, kind, symbol):
        with pytest.raises(SymbolError) as caught:
            kind().check(Subscription(kind.channels[0], symbol))
        assert caught.value.symbol == symbol

    @given(raw=st.binary(max_size=200))
    def test_garbage_is_a_message_error_and_nothing_else(self, kind, raw):
        venue = kind()
        venue.subscribe(subs_of(venue))
        try:
            parsed = list(venue.parse(raw, NOW))
        except MessageError:
            parsed = []
        assert all(isinstance(event, (*ASIDE, Status, *CHANNEL)) for event in parsed)
        assert isinstance(kind.recognises(raw), bool)
        assert all(isinstance(answer, bytes) for answer in venue.answer(raw))
        with contextlib.suppress(MessageError):
            venue.parse_snapshot(kind.example, raw, NOW)

    JSON = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["stream", "data", "type", "ts", "id", "result", "op", "method"])
                | st.text(max_size=4),
                inner,
                max_size=4,
            )
        ),
        max_leaves=8,
    )

    @given(value=JSON)
    def test_json_of_any_shape_is_a_message_error_or_fine(self, kind, value):
        venue, raw = kind(), json.dumps(value).encode()
        with contextlib.suppress(MessageError):
            list(venue.parse(raw, NOW))
        venue.answer(raw)

    def test_deep_nesting_and_a_huge_number(self, kind):
        venue = kind()
        for raw in (b"[" * 200_000, b'{"a":' * 100_000, b"9" * 100_000, b'{"id":' + b"9" * 5_000):
            with pytest.raises(MessageError) as caught:
                list(venue.parse(raw, NOW))
            assert len(str(caught.value)) < 400
            venue.answer(raw)
            assert not kind.recognises(raw)

    @given(path=st.text(max_size=60))
    def test_any_request_path_is_a_symbol_or_not(self, kind, path):
        assert kind().snapshot_symbol(path) is None

    def test_its_snapshot_address_and_body_come_back(self, kind):
        venue = kind()
        url = venue.snapshot_url(venue.example)
        if url is None:
            pytest.skip("its books begin with a snapshot in the stream")
        assert venue.snapshot_symbol(url.removeprefix(venue.rest_url)) == venue.example
        book = BookSnapshot(venue.example, NOW, NOW, [(1.5, 2.0)], [(2.5, 1.0)], 7)
        assert venue.parse_snapshot(venue.example, venue.render_snapshot(book), NOW) == book

    def test_a_session_takes_its_garbage_and_goes_on(self, kind):
        session = Session(kind(), subs_of(kind()), seed=1)
        session.opened(NOW)
        assert session.receive([b"", b"\xff", b"{}", b"[]", b'{"x":1}'] * 100, NOW) == []
        (status,) = session.tick(NOW + 1)
        assert (status.kind, status.count) == ("malformed", 500)

"""A session through silence, lost connections and snapshots that do not come."""

import pytest
from binance_wire import BTC, SILENCE, book, depth, kinds, opened, sent, session, trade
from hypothesis import given
from hypothesis import strategies as st

from livefin.booksync import LONGEST_RETRY, Send
from livefin.commands import Fetch, Ping, Reconnect
from livefin.errors import SymbolError
from livefin.events import BookDelta, BookSnapshot
from livefin.session import HEALTHY_AFTER, S, Session, State
from livefin.venues.binance.spot import Binance
from livefin.venues.contract import Subscription


class TestSilence:
    def test_ping_then_stale_then_reconnect(self):
        live = opened("trades")
        live.receive([trade(1)], 0)
        assert live.tick(int(SILENCE * S)) == []
        assert live.commands() == []
        asked = int(SILENCE * S) + 1
        assert live.tick(asked) == []
        assert sent(live.commands()) == [("LIST_SUBSCRIPTIONS", None)]
        assert live.unanswered
        later = asked + int(SILENCE * S / 2)
        assert live.tick(later) == []
        (stale,) = live.tick(later + 1)
        assert (stale.kind, stale.symbol, stale.start, stale.end) == ("stale", "", 0, later + 1)
        (reconnect,) = live.commands()
        assert isinstance(reconnect, Reconnect)

    def test_the_answer_to_the_ping_is_a_sign_of_life(self):
        live = opened("trades")
        live.receive([trade(1)], 0)
        live.tick(16 * S)
        (ping,) = live.commands()
        for answer in live.venue.answer(ping.data.encode()):
            assert live.receive([answer], 17 * S) == []
        assert not live.unanswered
        assert live.tick(30 * S) == []
        assert live.commands() == []

    def test_a_pong_is_too(self):
        class Plain(Binance):
            def ping(self):
                return None

        live = opened("trades", venue=Plain())
        live.receive([trade(1)], 0)
        live.tick(16 * S)
        assert live.commands() == [Ping()]
        live.alive(17 * S)
        assert live.tick(30 * S) == []
        assert live.commands() == []

    def test_reconnecting_is_asked_for_once_a_socket(self):
        live = opened("trades")
        live.receive([trade(1)], 0)
        for second in range(16, 60):
            live.tick(second * S)
        assert [type(command) for command in live.commands()] == [Send, Reconnect]

    @pytest.mark.parametrize("asked_before", [False, True], ids=["quiet", "asked"])
    def test_a_clock_set_back_neither_trips_nor_disarms_it(self, asked_before):
        live, now = opened("trades"), 3_600 * S
        live.receive([trade(1)], now)
        if asked_before:
            live.tick(now + 16 * S)
            live.commands()
        assert live.tick(0) == []
        found = [kind for second in range(1, 30) for kind in kinds(live.tick(second * S))]
        assert found == ["stale"]

    def test_a_symbol_never_heard_of_is_reported_once(self):
        live = opened("trades", symbols=(BTC, "BTX-USDT"))
        live.receive([trade(1)], 0)
        found = []
        for second in range(60):
            found += live.tick(second * S)
            live.receive([trade(second + 2)], second * S)
        (stale,) = found
        assert (stale.kind, stale.symbol) == ("stale", "BTX-USDT")

    def test_nothing_happens_while_down(self):
        live = session("trades", "book")
        assert live.tick(10**6 * S) == []
        assert live.commands() == []
        live.opened(0)
        live.closed(S, "gone")
        assert live.tick(10**6 * S) == []
        assert live.commands() == []


class TestReconnecting:
    def test_losing_the_connection_says_since_when_and_for_how_long(self):
        live = opened("trades", "book")
        live.snapshot(BTC, book(5), 1)
        live.receive([trade(1)], 7)
        disconnected, resync = live.closed(9, "gone")
        assert (disconnected.kind, disconnected.start, disconnected.ts) == ("disconnected", 7, 9)
        assert "gone" in disconnected.detail
        assert (resync.kind, resync.start) == ("resync", 7)
        assert live.state is State.DOWN
        (again,) = live.closed(20, "refused")
        assert again.start == 7
        (connected,) = live.opened(30)
        assert (connected.start, connected.end) == (7, 30)
        (resynced, whole) = live.snapshot(BTC, book(9), 31)
        assert (resynced.kind, resynced.start, resynced.end) == ("resynced", 7, 31)
        assert isinstance(whole, BookSnapshot)

    def test_commands_of_the_old_socket_are_not_carried_out_on_the_new_one(self):
        live = session("trades")
        live.opened(0)
        live.closed(1, "gone")
        assert live.commands() == []

    @given(st.integers(0, 1_000))
    def test_backoff_grows_to_its_cap_with_jitter_and_is_forgotten_when_healthy(self, seed):
        live, now, waits = Session(Binance(), [], seed=seed), 0, []
        for _ in range(12):
            live.closed(now, "refused")
            waits.append((live.retry_at - now) / S)
            now = live.retry_at
        assert waits[0] <= 0.5
        assert max(waits) <= LONGEST_RETRY
        assert min(waits[-3:]) >= LONGEST_RETRY / 2
        live.opened(now)
        live.closed(now + HEALTHY_AFTER + 1, "gone")
        assert live.retry_at - now - HEALTHY_AFTER - 1 <= S / 2

    def test_a_connection_that_falls_at_once_does_not_reset_the_backoff(self):
        live, now = Session(Binance(), [], seed=1), 0
        for _ in range(10):
            live.opened(now)
            live.closed(now + S, "gone")
            now = live.retry_at
        assert live.retry_at - now == 0
        live.opened(now)
        live.closed(now + 1, "gone")
        assert live.retry_at - now >= LONGEST_RETRY / 2 * S

    def test_an_answer_that_comes_when_the_socket_is_gone_makes_no_book(self):
        live = opened("book")
        live.closed(1, "gone")
        assert live.snapshot(BTC, book(5), 2) == []
        live.opened(3)
        assert kinds(live.snapshot(BTC, book(6), 4)) == [BookSnapshot]


class TestSnapshots:
    def test_changes_are_held_until_theirs_and_then_come_in_order(self):
        live = opened("book")
        assert live.receive([depth(5, 6), depth(7, 7)], 1) == []
        events = live.snapshot(BTC, book(5), 2)
        assert kinds(events) == [BookSnapshot, BookDelta, BookDelta]
        assert [event.last for event in events[1:]] == [6, 7]

    def test_one_that_cannot_be_read_is_asked_for_again(self):
        live = opened("book")
        (status,) = live.snapshot(BTC, b"<html>", 1)
        assert (status.kind, status.symbol, status.channel) == ("error", BTC, "book")
        live.tick(2 * S)
        assert [type(command) for command in live.commands()] == [Fetch]

    def test_one_that_never_comes_is_asked_for_again(self):
        live = opened("book")
        for second in range(31):
            live.receive([depth(second, second)], second * S)
            live.tick(second * S)
        assert [type(command) for command in live.commands()] == [Fetch, Fetch]

    def test_a_refusal_is_final_and_the_symbol_is_not_called_quiet_too(self):
        live = opened("book")
        assert kinds(live.fetch_failed(Fetch(BTC, ""), 1, "HTTP 400", refused=True)) == ["rejected"]
        live.receive([b'{"result":null,"id":1}'], 39 * S)
        assert live.tick(40 * S) == []
        assert live.commands() == []

    def test_retry_after_is_kept_to(self):
        live = opened("book")
        live.fetch_failed(Fetch(BTC, ""), 0, "HTTP 429", retry_after=60.0)
        for second in range(0, 60, 5):
            live.receive([b'{"id":1}'], second * S)
            live.tick(second * S)
        assert live.commands() == []
        live.tick(60 * S)
        assert [type(command) for command in live.commands()] == [Fetch]

    def test_changes_lost_behind_the_session_resync_the_book(self):
        live = opened("book")
        live.snapshot(BTC, book(5), 1)
        assert kinds(live.resync(BTC, 2)) == ["resync"]
        assert [type(command) for command in live.commands()] == [Fetch]


def test_a_venues_bound_on_subscriptions_is_kept():
    most = Binance.max_subscriptions
    fits = [Subscription("trades", f"A{n}-USDT") for n in range(most)]
    session = Session(Binance(), fits)
    with pytest.raises(SymbolError, match="open another feed"):
        session.subscribe([Subscription("quotes", "A0-USDT")], 1)
    session.subscribe(fits, 1)
    assert len(session.subscriptions) == most

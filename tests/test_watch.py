"""One socket's clock: pings that are due, old age, and giving a socket up once."""

from livefin.commands import Ping, Reconnect, Renew, Send
from livefin.venues.contract import Subscription, Venue
from livefin.watch import RENEW_AGAIN, S, Watch

SILENCE = 10 * S


class Pings(Venue):
    """Wants a message every twenty seconds, and ends sockets after a hundred."""

    name = "pings"
    ping_every = 20.0
    max_age = 100.0

    def ping(self):
        return "ping"


def watch(venue=None):
    done = []
    made = Watch(venue or Venue(), done.append, silence=SILENCE)
    made.opened(0)
    return made, done


def test_a_venue_that_wants_to_be_pinged_is_whatever_it_sends():
    made, done = watch(Pings())
    for second in range(1, 61):
        made.alive(second * S)
        made.tick(second * S)
    assert done == [Send("ping")] * 3


def test_an_old_socket_is_renewed_and_again_where_that_failed():
    made, done = watch(Pings())
    for second in range(1, 100):
        made.alive(second * S)
        made.tick(second * S)
    assert not any(isinstance(each, Renew) for each in done)
    for second in range(100, 100 + 2 * RENEW_AGAIN // S):
        made.alive(second * S)
        made.tick(second * S)
    renewals = [each for each in done if isinstance(each, Renew)]
    assert len(renewals) == 2
    assert "pings closes a connection of this age" in renewals[0].reason


def test_silence_is_asked_about_and_then_given_up_once():
    made, done = watch()
    assert made.tick(SILENCE) == []
    assert made.tick(SILENCE + 1) == []
    assert done == [Ping()]
    (status,) = made.tick(2 * SILENCE)
    assert (status.kind, status.start) == ("stale", 0)
    assert [type(each) for each in done] == [Ping, Reconnect]
    assert made.tick(3 * SILENCE) == []
    assert len(done) == 2


def test_a_new_socket_begins_anew():
    made, done = watch()
    made.tick(SILENCE + 1)
    made.tick(2 * SILENCE)
    made.opened(3 * SILENCE)
    assert made.asked_at is None
    made.tick(4 * SILENCE)
    assert len(done) == 2
    made.tick(4 * SILENCE + 1)
    assert len(done) == 3


def test_a_clock_set_back_counts_from_there():
    made, done = watch()
    made.alive(100 * S)
    made.tick(50 * S)
    made.tick(50 * S + SILENCE)
    assert done == []
    made.tick(50 * S + SILENCE + 1)
    assert done == [Ping()]


def test_a_symbol_of_which_nothing_came_is_named_once():
    made, _ = watch()
    made.unheard |= {"A-B", "C-D"}
    subs = [(Subscription("trades", "A-B"), 0), (Subscription("trades", "C-D"), 5 * S)]
    assert made.still_unheard(subs, SILENCE) == []
    (status,) = made.still_unheard(subs, SILENCE + 1)
    assert (status.kind, status.symbol, status.start) == ("stale", "A-B", 0)
    assert made.still_unheard(subs, SILENCE + 2) == []
    assert made.unheard == {"C-D"}


def test_a_venue_that_says_it_will_close_is_renewed_at_once_and_not_again_so_soon():
    made, done = watch()
    made.renew(5 * S, "it closes")
    made.alive(6 * S)
    made.tick(6 * S)
    assert done == [Renew("it closes")]
    made.opened(7 * S)
    made.alive(80 * S)
    made.tick(80 * S)
    assert len(done) == 1, "a new socket has no old age of its own here"

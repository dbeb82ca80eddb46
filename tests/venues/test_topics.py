"""Topics that serve several subscriptions are asked for once and given up with the last."""

from livefin.venues.contract import Subscription
from livefin.venues.topics import Topics

TICKER = [Subscription(channel, "A-B") for channel in ("funding", "ticker", "rates")]


def topics():
    return Topics(lambda sub: f"{sub.channel if sub.channel == 'book' else 'ticker'}.{sub.symbol}")


def test_the_first_that_wants_a_topic_brings_it_and_the_last_takes_it():
    wanted = topics()
    assert wanted.add(TICKER[:2]) == ["ticker.A-B"]
    assert wanted.add(TICKER[2:]) == []
    assert "ticker.A-B" in wanted
    assert wanted.subs("ticker.A-B") == TICKER
    assert wanted.remove(TICKER[:2]) == []
    assert wanted.remove(TICKER[2:]) == ["ticker.A-B"]
    assert "ticker.A-B" not in wanted
    assert wanted.subs("ticker.A-B") == []


def test_twice_is_once_and_unknown_ones_are_none():
    wanted = topics()
    assert wanted.add([TICKER[0], TICKER[0]]) == ["ticker.A-B"]
    assert wanted.remove([TICKER[1]]) == []
    assert wanted.remove([Subscription("book", "A-B")]) == []
    assert wanted.remove([TICKER[0], TICKER[0]]) == ["ticker.A-B"]


def test_each_topic_is_on_its_own_and_in_order():
    wanted = topics()
    book = Subscription("book", "A-B")
    other = Subscription("ticker", "C-D")
    assert wanted.add([book, *TICKER, other]) == ["book.A-B", "ticker.A-B", "ticker.C-D"]
    assert wanted.remove([other, book]) == ["ticker.C-D", "book.A-B"]


def test_a_refused_topic_is_forgotten_and_says_whom_it_was_for():
    wanted = topics()
    wanted.add(TICKER)
    assert wanted.drop("ticker.A-B") == TICKER
    assert wanted.drop("ticker.A-B") == []
    assert wanted.add(TICKER) == ["ticker.A-B"]

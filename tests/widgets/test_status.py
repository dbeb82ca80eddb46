"""The status card's life: one a feed, fed by the painter, over with the feed."""

import gc
import weakref
from types import SimpleNamespace

import IPython
import pytest

import livefin as lf
from livefin.chart.painter import painter
from livefin.chart.shown import shows
from livefin.widgets import StatusCard, StatusView
from livefin.widgets.status import card

WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def feed():
    with lf.connect("paper", "BTC-USDT") as feed:
        yield feed


@pytest.fixture
def shown(feed):
    """The card of the feed, as when it is on a page."""
    there = card(feed)
    yield there
    there.release()
    feed.close()
    painter.join()


@pytest.fixture
def in_kernel(monkeypatch):
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=object()))


def sent(there):
    """What goes out on the comm from now on."""
    messages = []
    there.comm.send = lambda data=None, **_: messages.append(data["state"]["said"])
    return messages


def test_the_painter_keeps_it_up_to_date(feed, shown):
    messages = sent(shown)
    assert shown in painter
    assert feed.wait(lambda: len(messages) >= 2)
    events = [m["figures"][-1]["text"] for m in messages]
    assert events == sorted(events, key=lambda text: int(text.replace(",", "")))
    assert messages[-1]["state"] == "live"


def test_nothing_is_sent_when_nothing_changed(feed):
    still = StatusCard(feed, clock=lambda: 10**18)
    painter.remove(still)
    feed.close()
    painter.join()
    still.paint()
    messages = sent(still)
    assert still.paint() is False
    assert messages == []
    still.close()


def test_closing_the_feed_is_said_at_once_and_ends_it(feed, shown):
    messages = sent(shown)
    feed.close()
    painter.join()
    assert messages[-1]["state"] == "closed"
    assert (messages[-1]["final"], shown in painter, painter.running) == (True, False, False)
    assert sum(said["state"] == "closed" for said in messages) == 1


def test_one_card_for_all_the_places_it_is_shown(feed, shown):
    assert card(feed) is shown
    shown.release()
    assert shown not in painter
    again = card(feed)
    assert again is not shown
    assert again in shows
    again.release()


def test_a_card_closed_by_others_is_replaced_and_its_painting_ends(feed, shown):
    shown.close()
    assert shown.paint() is False
    again = card(feed)
    assert again is not shown
    again.release()


def test_the_card_does_not_keep_a_feed_that_is_gone():
    feed = lf.connect("paper", "BTC-USDT")
    there = card(feed)
    feed.close()
    painter.join()
    gone = weakref.ref(feed)
    del feed
    gc.collect()
    assert gone() is None
    assert there.paint() is False
    there.release()


def test_in_a_notebook_a_feed_shows_its_card(feed, in_kernel):
    bundle = feed._repr_mimebundle_()
    there = card(feed)
    assert bundle["text/plain"].startswith("<Feed paper: BTC-USDT; live")
    assert bundle[WIDGET]["model_id"] == there.model_id
    assert "Embedded exchange" in bundle["text/html"]
    there.release()


def test_in_a_terminal_it_is_text_and_no_widget_is_made(feed, monkeypatch):
    monkeypatch.setattr(IPython, "get_ipython", lambda: None)
    bundle = feed._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert not painter.running


def test_a_feed_made_by_connect_knows_its_view(feed):
    assert isinstance(type(feed).view(feed), StatusView)

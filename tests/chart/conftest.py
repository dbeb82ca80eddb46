"""Charts without a page: what would go out on the comm is kept instead."""

import pytest
from fakes import FakeFeed, Wire
from headless import Browser, Modules, chromium
from inview import drawn
from onshow import filled_feed, nothing_left  # noqa: F401 - fixtures
from stage import Stage

from livefin.chart import Chart


@pytest.fixture
def wire(feed):
    """A chart of `feed` on a wire: wire(**options)."""
    made = []

    def make(**options):
        made.append(Wire(Chart(feed, **options)))
        return made[-1]

    yield make
    for wire in made:
        wire.chart.release()


@pytest.fixture
def quiet():
    """A feed without a trade yet."""
    feed = FakeFeed("BTC-USDT", "ETH-USDT")
    feed.bars("1s")
    yield feed
    feed.close()


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests that need a page."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if chromium() is None:
        pytest.skip("chromium is not installed")
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture
def modules(browser):
    """The page's modules by themselves: modules("history").evaluate("({History}) => ...")."""
    tab = browser.tab()
    yield lambda *names: Modules(tab, *names)
    assert browser.clear() == []


@pytest.fixture
def stage(browser, feed):
    """A chart of `feed`, or a given one, in a page: stage(**options); no error is left in it.

    `tab` has options of the tab's, such as {"width": 800, "has_touch": True}.
    """

    def make(chart=None, *, theme="light", view=None, tab=None, **options):
        return Stage(browser, chart or Chart(feed, **options), theme=theme, view=view, **tab or {})

    yield make
    assert browser.clear() == []


@pytest.fixture
def shown(stage):
    """A chart that is drawn: shown(**options)."""
    return lambda **options: drawn(stage(**options))

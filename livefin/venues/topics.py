"""Which subscriptions want each wire topic, where one topic serves several of them.

A ticker may carry quotes, funding and open interest at once: it is subscribed with the first
that wants it and kept until the last is gone. No I/O, no clock. Serves the venues.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from livefin.venues.contract import Subscription

K = TypeVar("K", bound=Hashable)


class Topics(Generic[K]):
    """Subscriptions by the topic that `of` says they need.

    >>> topics = Topics(lambda sub: f"ticker.{sub.symbol}")
    >>> topics.add([Subscription("funding", "A-B"), Subscription("ticker", "A-B")])
    ['ticker.A-B']
    >>> topics.remove([Subscription("funding", "A-B")])
    []
    >>> topics.remove([Subscription("ticker", "A-B")])
    ['ticker.A-B']
    """

    def __init__(self, of: Callable[[Subscription], K]) -> None:
        self._of = of
        self._subs: dict[K, dict[Subscription, None]] = {}

    def __contains__(self, topic: K) -> bool:
        return topic in self._subs

    def subs(self, topic: K) -> list[Subscription]:
        """Those that want `topic`."""
        return list(self._subs.get(topic, ()))

    def add(self, subs: Sequence[Subscription]) -> list[K]:
        """Topics that nobody wanted before, in order."""
        new: list[K] = []
        for sub in subs:
            topic = self._of(sub)
            if topic not in self._subs:
                self._subs[topic] = {}
                new.append(topic)
            self._subs[topic][sub] = None
        return new

    def remove(self, subs: Sequence[Subscription]) -> list[K]:
        """Topics that nobody wants any more, in order; unknown subscriptions are none."""
        gone: list[K] = []
        for sub in subs:
            topic = self._of(sub)
            wanted = self._subs.get(topic)
            if wanted is not None and wanted.pop(sub, self) is not self and not wanted:
                del self._subs[topic]
                gone.append(topic)
        return gone

    def drop(self, topic: K) -> list[Subscription]:
        """Forget `topic`, as when it was refused; the subscriptions that wanted it."""
        return list(self._subs.pop(topic, ()))

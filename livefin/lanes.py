"""Which socket carries which subscription: by the venue's addresses and its limits.

A venue that spreads its channels over several addresses (lanes), or bounds what one
connection carries, needs several sockets for one feed. Serves connection and feed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from livefin.session import Session
from livefin.venues.contract import Subscription, Venue


def split(venue: Venue, subs: Iterable[Subscription]) -> list[tuple[str, list[Subscription]]]:
    """`subs` as one socket each can carry them: (lane, subscriptions), in order."""
    by_lane: dict[str, list[Subscription]] = {}
    for sub in subs:
        by_lane.setdefault(venue.lane_of(sub), []).append(sub)
    out = []
    for lane, wanted in by_lane.items():
        most = venue.max_subscriptions or len(wanted)
        out += [(lane, wanted[i : i + most]) for i in range(0, len(wanted), most)]
    return out


def on_lane(venue: Venue, lane: str) -> Venue:
    """`venue` for the socket of `lane`: itself where it has no lanes, else another instance."""
    if lane == venue.lane:
        return venue
    other = venue.fresh()
    other.lane = lane
    return other


def place(
    subs: Iterable[Subscription], sessions: Sequence[Session]
) -> tuple[dict[int, list[Subscription]], list[Subscription]]:
    """Where `subs` fit on `sessions` that there are: by index, and those that fit on none."""
    placed: dict[int, list[Subscription]] = {}
    homeless: list[Subscription] = []
    for sub in dict.fromkeys(subs):
        for i, session in enumerate(sessions):
            if sub in session.subscriptions:
                break
            venue, here = session.venue, placed.get(i, [])
            most = venue.max_subscriptions
            full = most is not None and len(session.subscriptions) + len(here) >= most
            if venue.lane_of(sub) == (venue.lane or venue.lanes[0]) and not full:
                placed.setdefault(i, []).append(sub)
                break
        else:
            homeless.append(sub)
    return placed, homeless

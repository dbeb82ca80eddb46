"""Which socket carries which subscription."""

from livefin.lanes import on_lane, place, split
from livefin.session import Session
from livefin.venues.contract import Subscription, Venue


class Two(Venue):
    """Bars have an address of their own; two subscriptions fit on a socket."""

    name, url, example = "two", "wss://x", "A"
    channels = ("trades", "bars")
    lanes = ("public", "business")
    max_subscriptions = 2

    def lane_of(self, sub):
        return self.lanes[sub.channel.startswith("bars")]

    def endpoint(self):
        return f"{self.url}/{self.lane or self.lanes[0]}"

    def subscribe(self, subs):
        return ["+"]


TRADES = [Subscription("trades", symbol) for symbol in "ABC"]
BARS = [Subscription("bars:1m", "A")]


def test_lanes_and_limits_make_sockets():
    assert split(Two(), [*TRADES, *BARS]) == [
        ("public", TRADES[:2]),
        ("public", TRADES[2:]),
        ("business", BARS),
    ]
    assert split(Two(), []) == []


def test_a_lane_has_an_instance_of_its_own():
    venue = Two()
    assert on_lane(venue, "") is venue
    other = on_lane(venue, "business")
    assert (other is venue, other.endpoint(), venue.endpoint()) == (
        False, "wss://x/business", "wss://x/public",
    )  # fmt: skip
    assert venue.lane_at("wss://elsewhere/business") == "business"
    assert venue.lane_at("wss://elsewhere/other") == "public"


def test_what_comes_later_goes_where_there_is_room():
    sessions = [Session(on_lane(Two(), "public"), TRADES[:1])]
    placed, homeless = place([*TRADES, *BARS], sessions)
    assert placed == {0: [TRADES[1]]}
    assert homeless == [TRADES[2], *BARS]

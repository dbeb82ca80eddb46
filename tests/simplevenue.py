"""A venue whose frames are the events themselves, to test what sessions make of them.

Whatever it is asked to have (ids that rise by one, history, numbered frames), a test sets.
"""

from pickle import dumps, loads

from livefin.errors import MessageError
from livefin.events import BookDelta, BookSnapshot, Quote, Trade
from livefin.session import Session
from livefin.venues.contract import Subscription, Venue

S = 1_000_000_000
T = 1_700_000_000 * S
A = "A-B"
TRADES = Subscription("trades", A)


class Simple(Venue):
    """`numbered`: trade ids rise by one. `past`: it has a history of trades."""

    name = "simple"
    url = "ws://simple"
    channels = ("trades", "agg_trades", "quotes", "book", "bars", "liquidations")
    example = A

    def __init__(self, *, numbered=False, past=True, newest_first=False):
        self.trade_ids_contiguous, self.past = numbered, past
        self.history_newest_first = newest_first

    def subscribe(self, subs):
        return [f"+{sub.channel} {sub.symbol}" for sub in subs]

    def unsubscribe(self, subs):
        return [f"-{sub.channel} {sub.symbol}" for sub in subs]

    def ping(self):
        return "ping"

    def parse(self, raw, ts_recv):
        try:
            events = loads(raw)  # noqa: S301 - a test's own
        except Exception as error:
            raise MessageError(f"simple: {error}") from error
        return [_at(event, ts_recv) for event in events]

    def history_url(self, sub, span):
        if not self.past or sub.channel not in ("trades", "agg_trades"):
            return None
        return f"http://simple/{sub.symbol}?{span.start}-{span.end}&{span.first}-{span.last}"

    def parse_history(self, sub, body, ts_recv):
        return list(self.parse(body, ts_recv))


def _at(event, ts_recv):
    """The event as received now; one without a time of its own gets that."""
    if not hasattr(event, "ts_recv"):
        return event
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    return type(event)(**fields | {"ts_recv": ts_recv, "ts_event": event.ts_event or ts_recv})


def frame(*events):
    """A frame, or a page, that holds `events`."""
    return dumps(events)


def trade(id_, ts=None, *, symbol=A, price=1.0):
    """A trade; its time is that of its number unless said otherwise."""
    when = T + id_ * S if ts is None else ts
    return Trade(symbol, when, 0, price, 1.0, "buy", id_)


def nameless(n, *, symbol=A, price=1.0):
    """A trade without an id, of second `n`."""
    return Trade(symbol, T + n * S, 0, price, 1.0, "buy", None)


def quote(sequence, *, symbol=A):
    """A quote with an update id, or none."""
    return Quote(symbol, T, 0, 1.0, 1.0, 2.0, 1.0, sequence)


def whole(sequence=None, *, symbol=A):
    """A book of one level a side."""
    return BookSnapshot(symbol, T, 0, [(1.0, 1.0)], [(2.0, 1.0)], sequence)


def change(first, last, *, symbol=A):
    """A change of it."""
    return BookDelta(symbol, T, 0, [(1.0, float(last))], [], first, last)


def session(*channels, **options):
    """A session of a Simple venue that is made of the options that a session has not."""
    mine = {name: options.pop(name) for name in ("fills", "silence", "seed") if name in options}
    subs = [Subscription(channel, A) for channel in channels or ("trades",)]
    return Session(Simple(**options), subs, **{"seed": 1, "silence": 15.0} | mine)


def opened(*channels, now=0, **options):
    """The same with an open socket, its commands carried out."""
    live = session(*channels, **options)
    live.opened(now)
    live.commands()
    return live


def ids(events):
    """Of the trades among `events`."""
    return [event.id for event in events if isinstance(event, Trade)]


def said(events, *kinds):
    """The statuses among `events`, of `kinds` where any are named."""
    statuses = [event for event in events if hasattr(event, "kind")]
    return [status for status in statuses if not kinds or status.kind in kinds]

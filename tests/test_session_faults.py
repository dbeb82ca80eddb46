"""A bad line between venue and session: nothing is lost unseen, and no book is wrong."""

import json

from binance_wire import BTC, book, depth, opened, quote, session, trade
from hypothesis import given
from hypothesis import strategies as st

from livefin.booksync import Fetch
from livefin.events import Status, Trade
from livefin.session import S
from livefin.store import Store

FAULTS = st.lists(
    st.sampled_from(["ok", "ok", "ok", "drop", "twice", "swap", "reconnect", "garbage"]),
    min_size=1, max_size=60,
)  # fmt: skip


def arrivals(frames, faults):
    """The frames as a bad line delivers them; None is a reconnect."""
    out = list(frames)
    for i, fault in reversed(list(enumerate(faults))):
        match fault:
            case "drop":
                del out[i]
            case "twice":
                out.insert(min(i + 3, len(out)), out[i])
            case "swap":
                out[i : i + 2] = reversed(out[i : i + 2])
            case "reconnect":
                out[i : i + 2] = [None]
            case "garbage":
                out.insert(i, b"{garbage")
    return out


CHANGE = st.tuples(
    st.dictionaries(st.integers(1, 5), st.integers(0, 3), min_size=1, max_size=2),
    st.integers(1, 3),
)


class Reference:
    """A venue's book that saw everything: the bids at each update id."""

    def __init__(self):
        self.states, self.at = {0: {}}, 0

    def change(self, sizes, ids):
        first, before = self.at + 1, self.states[self.at]
        self.at += ids
        bids = before | {float(price): float(size) for price, size in sizes.items()}
        self.states[self.at] = {price: size for price, size in bids.items() if size}
        return depth(first, self.at, [[str(price), str(size)] for price, size in sizes.items()])

    def snapshot(self, sequence):
        levels = self.states[sequence].items()
        return book(sequence, [[str(price), str(size)] for price, size in levels])


class TestFaults:
    @given(FAULTS)
    def test_every_trade_is_passed_on_once_or_inside_a_reported_gap(self, faults):
        live, now = opened("trades"), 0
        frames = arrivals([trade(n) for n in range(100, 100 + len(faults))], faults)
        passed, missing, events = [], set(), []
        for frame in frames:
            now += S
            if frame is None:
                events += live.closed(now, "gone") + live.opened(now)
            else:
                events += live.receive([frame], now)
        events += live.tick(now)
        for event in events:
            if isinstance(event, Trade):
                passed.append(event.id)
            elif event.kind == "gap":
                missing |= set(range(event.first, event.last + 1))
        arrived = [json.loads(f)["data"]["t"] for f in frames if f and b"trade" in f]
        assert len(passed) == len(set(passed))
        if passed:
            # What comes before the first trade that ever came is not known to be missing.
            assert set(passed) == {n for n in arrived if n >= passed[0]}
            assert set(range(passed[0], max(passed) + 1)) <= set(passed) | missing
            in_order = [n for n in passed if n not in missing]
            assert in_order == sorted(in_order)
        counted = sum(e.count for e in events if isinstance(e, Status) and e.kind == "duplicate")
        assert counted == len(arrived) - len(passed)
        garbage = sum(e.count for e in events if isinstance(e, Status) and e.kind == "malformed")
        assert garbage == frames.count(b"{garbage")

    @given(FAULTS, st.data())
    def test_a_book_is_right_whenever_it_says_so_and_whole_in_the_end(self, faults, data):
        reference = Reference()
        frames = [reference.change(*data.draw(CHANGE)) for _ in faults]
        live, store, now, asked = session("book"), Store(), 0, []

        def keep(events):
            store.write(events)
            asked.extend(c.symbol for c in live.commands() if isinstance(c, Fetch))
            kept = store.books.get(BTC)
            if kept is not None and kept.synced:
                assert dict(kept.levels()[0]) == reference.states[kept.sequence]

        def answer(sequence):
            asked.clear()
            keep(live.snapshot(BTC, reference.snapshot(sequence), now))

        keep(live.opened(now))
        seen = 0
        for frame in arrivals(frames, faults):
            now += S
            if frame is None:
                keep(live.closed(now, "gone"))
                asked.clear()  # the driver cancels what it was fetching
                keep(live.opened(now))
            else:
                keep(live.receive([frame], now))
                if b"depth" in frame:
                    seen = max(seen, json.loads(frame)["data"]["u"])
            keep(live.tick(now))
            if asked and data.draw(st.booleans()):  # with a book that may be old already
                answer(data.draw(st.sampled_from([i for i in reference.states if i <= seen][-4:])))
        keep(live.receive([reference.change({1: 1}, 1)], now))
        for _ in range(40):  # the line is good from here on
            now += S
            live.alive(now)
            keep(live.tick(now))
            if asked:
                answer(reference.at)
        assert store.books[BTC].synced
        assert store.books[BTC].sequence == reference.at
        counts = store.status.counts
        assert counts["resync"] >= counts["gap"]
        assert counts["resync"] == counts["resynced"]


@given(st.lists(st.binary(max_size=30) | st.sampled_from([trade(1), quote(2), depth(3, 4)])))
def test_the_same_calls_give_the_same_events(raws):
    runs = []
    for _ in range(2):
        live = opened("trades", "quotes", "book")
        events = live.receive(raws, 5) + live.tick(6) + live.closed(7, "gone") + live.opened(8)
        runs.append((events, live.commands(), live.retry_at))
    assert runs[0] == runs[1]

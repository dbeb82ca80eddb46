"""One connection's life in memory: what is sent, what is passed on, what is reported."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.booksync import LONGEST_RETRY, Fetch, Send
from livefin.errors import ChannelError, SymbolError
from livefin.events import Bar, BookDelta, BookSnapshot, Quote, Status, Trade
from livefin.session import HEALTHY_AFTER, Ping, Reconnect, S, Session, State
from livefin.store import Store
from livefin.venues.binance import Binance
from livefin.venues.contract import Reply, Subscription, Venue

BTC, ETH = "BTC-USDT", "ETH-USDT"
SILENCE = 15.0


def session(*channels, symbols=(BTC,), venue=None, **kwargs):
    subs = [Subscription(channel, symbol) for symbol in symbols for channel in channels]
    return Session(venue or Binance(), subs, seed=1, silence=SILENCE, **kwargs)


def opened(*channels, **kwargs):
    live = session(*channels, **kwargs)
    live.opened(0)
    live.commands()
    return live


def wire(symbol, stream, **data):
    spelled = symbol.replace("-", "").lower()
    return json.dumps({"stream": f"{spelled}@{stream}", "data": data}).encode()


def trade(n, symbol=BTC):
    return wire(symbol, "trade", t=n, p="1.0", q="2.0", T=n, m=False)


def quote(n, symbol=BTC):
    return wire(symbol, "bookTicker", u=n, b="1.0", B="1", a="2.0", A="1")


def depth(first, last, bids=(), asks=(), symbol=BTC):
    return wire(symbol, "depth@100ms", E=last, U=first, u=last, b=list(bids), a=list(asks))


def bar(interval, symbol=BTC):
    ohlc = dict.fromkeys("ohlc", "1.0")
    return wire(
        symbol, f"kline_{interval}", k={"t": 0, "i": interval, "v": "1", "n": 1, "x": False} | ohlc
    )


def book(last, bids=(), asks=()):
    return json.dumps({"lastUpdateId": last, "bids": list(bids), "asks": list(asks)}).encode()


def kinds(events):
    return [event.kind if isinstance(event, Status) else type(event) for event in events]


def sent(commands):
    """(method, params) of each message."""
    requests = [json.loads(command.data) for command in commands if isinstance(command, Send)]
    return [(request["method"], request.get("params")) for request in requests]


class TestSubscriptions:
    def test_opening_subscribes_to_everything_and_asks_for_the_book(self):
        live = session("trades", "book")
        assert live.commands() == []
        (connected,) = live.opened(0)
        assert (connected.kind, connected.start) == ("connected", None)
        subscribe, fetch = live.commands()
        assert sent([subscribe]) == [("SUBSCRIBE", ["btcusdt@trade", "btcusdt@depth@100ms"])]
        assert fetch == Fetch(BTC, live.venue.snapshot_url(BTC))
        assert live.commands() == []

    def test_subscribing_while_open_sends_what_is_new_only(self):
        live = opened("trades")
        live.subscribe([Subscription("trades", BTC), *[Subscription("book", ETH)] * 2], 0)
        subscribe, fetch = live.commands()
        assert sent([subscribe]) == [("SUBSCRIBE", ["ethusdt@depth@100ms"])]
        assert fetch.symbol == ETH
        live.subscribe([Subscription("book", ETH)], 0)
        assert live.commands() == []
        assert live.subscriptions == [Subscription("trades", BTC), Subscription("book", ETH)]

    def test_subscribing_while_down_waits_for_the_socket(self):
        live = session("trades")
        live.subscribe([Subscription("quotes", ETH)], 0)
        assert live.commands() == []
        live.opened(1)
        assert sent(live.commands()) == [("SUBSCRIBE", ["btcusdt@trade", "ethusdt@bookTicker"])]

    def test_one_bad_subscription_adds_none(self):
        live = opened("trades")
        for bad, error in (
            (Subscription("nonsense", ETH), ChannelError),
            (Subscription("book", ""), SymbolError),
        ):
            with pytest.raises(error):
                live.subscribe([Subscription("trades", ETH), bad], 0)
        assert live.subscriptions == [Subscription("trades", BTC)]
        assert live.commands() == []
        with pytest.raises(SymbolError):
            Session(Binance(), [Subscription("trades", "BTC USDT")])

    def test_unsubscribing_ends_it_and_ignores_what_is_still_under_way(self):
        live = opened("trades", "quotes", "book", symbols=(BTC, ETH))
        live.unsubscribe(
            [Subscription("trades", BTC), Subscription("book", BTC), Subscription("bars:1m", BTC)]
        )
        (request,) = live.commands()
        assert sent([request]) == [("UNSUBSCRIBE", ["btcusdt@trade", "btcusdt@depth@100ms"])]
        late = [trade(1), depth(1, 2), quote(1), trade(1, ETH)]
        assert kinds(live.receive(late, 1)) == [Quote, Trade]
        assert live.snapshot(BTC, book(1), 2) == []
        assert live.fetch_failed(BTC, 2, "HTTP 500") == []
        live.tick(10**6 * S)
        assert all(getattr(command, "symbol", ETH) == ETH for command in live.commands())

    def test_unsubscribing_one_interval_of_bars_leaves_the_other(self):
        live = opened("bars:1m", "bars:5m")
        live.unsubscribe([Subscription("bars:1m", BTC)])
        assert sent(live.commands()) == [("UNSUBSCRIBE", ["btcusdt@kline_1m"])]
        assert kinds(live.receive([bar("5m")], 1)) == [Bar]
        live.unsubscribe([Subscription("bars:5m", BTC)])
        assert live.receive([bar("5m")], 2) == []

    def test_subscribing_again_begins_anew(self):
        live = opened("trades")
        live.receive([trade(5)], 1)
        live.unsubscribe([Subscription("trades", BTC)])
        live.subscribe([Subscription("trades", BTC)], 2)
        assert kinds(live.receive([trade(900)], 3)) == [Trade]

    def test_what_nobody_subscribed_is_ignored(self):
        live = opened("trades")
        others = [trade(1, ETH), quote(1), depth(1, 1), bar("1m"), trade(7, "<img src=x>")]
        assert live.receive(others, 1) == []
        assert live.received == 5


class TestTaking:
    """`subs=None`: whatever a recording has."""

    def test_all_that_comes_is_taken_and_checked(self):
        live = Session(Binance(), None)
        live.opened(0)
        assert live.commands() == []
        frames = [
            trade(1),
            trade(1),
            trade(3, ETH),
            trade(5, ETH),
            quote(1),
            bar("1m"),
            depth(5, 6),
        ]
        assert kinds(live.receive(frames, 1)) == [Trade, Trade, "gap", Trade, Quote, Bar]
        assert kinds(live.snapshot(BTC, book(5), 2)) == [BookSnapshot, BookDelta]
        assert kinds(live.snapshot(ETH, book(5), 2)) == [BookSnapshot]
        assert kinds(live.tick(3)) == ["duplicate"]


class TestTrades:
    def test_a_gap_says_which_ids_and_since_when(self):
        live = opened("trades")
        live.receive([trade(7)], 100)
        gap, event = live.receive([trade(11)], 200)
        assert event.id == 11
        assert (gap.kind, gap.channel, gap.symbol) == ("gap", "trades", BTC)
        assert (gap.count, gap.first, gap.last) == (3, 8, 10)
        assert (gap.start, gap.end, gap.ts) == (100, 200, 200)

    def test_trades_missed_while_disconnected_are_a_gap(self):
        live = opened("trades")
        live.receive([trade(7)], 100)
        live.closed(200, "gone")
        live.opened(300)
        assert kinds(live.receive([trade(9)], 400)) == ["gap", Trade]

    def test_duplicates_and_late_ones_are_counted_once_a_tick(self):
        live = opened("trades")
        assert kinds(live.receive([trade(n) for n in (1, 4, 1, 4, 3, 3)], 1)) == [
            Trade, "gap", Trade, Trade,
        ]  # fmt: skip
        counted = {status.kind: status.count for status in live.tick(2)}
        assert counted == {"duplicate": 3, "late": 1}
        assert live.tick(3) == []

    def test_a_venue_that_begins_to_count_anew_is_followed(self):
        """As after a restart; until it is clear that these are no duplicates, they are dropped."""
        live, newest = opened("trades"), 1_000_000 * S

        def at(second, n):
            ms = (newest + second * S) // 1_000_000
            return wire(BTC, "trade", t=n, p="1.0", q="2.0", T=ms, m=False)

        live.receive([at(0, 500)], newest)
        live.closed(newest + 1, "restarted")
        live.opened(newest + S)
        assert live.receive([at(30, 1), at(29, 2)], newest + 30 * S) == []
        gap, event = live.receive([at(31, 3)], newest + 31 * S)
        assert (gap.kind, gap.count, gap.start, gap.end) == ("gap", 0, newest, newest + 31 * S)
        assert event.id == 3
        assert kinds(live.receive([at(32, 4), at(32, 4), at(32, 6)], newest + 32 * S)) == [
            Trade, "gap", Trade,
        ]  # fmt: skip
        assert {s.kind: s.count for s in live.tick(newest + 33 * S)} == {"duplicate": 3}

    def test_ids_that_are_no_numbers_are_counted_as_malformed(self):
        class Worded(Venue):
            name, channels, example, trade_ids_contiguous = "worded", ("trades",), "A", True

            def subscribe(self, subs):
                return ["hello"]

            def parse(self, raw, ts_recv):
                return (Trade("A", 0, ts_recv, 1.0, 1.0, None, raw.decode()), Reply("pong"))

        live = opened("trades", symbols="A", venue=Worded())
        assert live.receive([b"<script>" * 99, b"b"], 1) == []
        (status,) = live.tick(2)
        assert (status.kind, status.count) == ("malformed", 2)
        assert len(status.detail) < 100
        assert live.commands() == [Send("pong"), Send("pong")]

    def test_a_flood_of_garbage_is_one_status_a_tick(self):
        live = opened("trades")
        assert live.receive([b"\xff"] * 10_000, 5) == []
        live.receive([b"{}"], 9)
        (status,) = live.tick(10)
        assert (status.kind, status.count, status.start, status.end) == ("malformed", 10_001, 5, 9)
        assert kinds(live.receive([trade(1)], 11)) == [Trade]

    def test_what_was_counted_is_not_lost_with_the_connection(self):
        live = opened("trades")
        live.receive([b"garbage"], 1)
        assert kinds(live.closed(2, "gone")) == ["malformed", "disconnected"]


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
        assert kinds(live.fetch_failed(BTC, 1, "HTTP 400", refused=True)) == ["rejected"]
        live.receive([b'{"result":null,"id":1}'], 39 * S)
        assert live.tick(40 * S) == []
        assert live.commands() == []

    def test_retry_after_is_kept_to(self):
        live = opened("book")
        live.fetch_failed(BTC, 0, "HTTP 429", retry_after=60.0)
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


@given(st.lists(st.binary(max_size=30) | st.sampled_from([trade(1), quote(2), depth(3, 4)])))
def test_the_same_calls_give_the_same_events(raws):
    runs = []
    for _ in range(2):
        live = opened("trades", "quotes", "book")
        events = live.receive(raws, 5) + live.tick(6) + live.closed(7, "gone") + live.opened(8)
        runs.append((events, live.commands(), live.retry_at))
    assert runs[0] == runs[1]


def test_a_delta_is_held_until_its_snapshot_and_then_comes_in_order():
    live = opened("book")
    assert live.receive([depth(5, 6), depth(7, 7)], 1) == []
    events = live.snapshot(BTC, book(5), 2)
    assert kinds(events) == [BookSnapshot, BookDelta, BookDelta]
    assert [event.last for event in events[1:]] == [6, 7]

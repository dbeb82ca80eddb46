"""What the screener says, and that it is sent when it changed, until the feed's end."""

import json

import numpy as np
import pytest
import watched

from livefin.chart.painter import painter
from livefin.chart.shown import shows
from livefin.errors import ChartError
from livefin.indicators import ta
from livefin.widgets.screener import NOTES, screener

S = watched.S


@pytest.fixture
def table():
    made = []

    def make(feed, indicators, **options):
        made.append(watched.still(screener(feed, indicators, **options)))
        return made[-1]

    yield make
    for each in made:
        watched.end(each)


def cells(said, symbol):
    """A symbol's row by title."""
    titles = ["symbol", "price", "change", "spark", *(c["title"] for c in said["columns"])]
    return next(dict(zip(titles, row, strict=True)) for row in said["rows"] if row[0] == symbol)


def test_a_row_a_symbol_and_a_column_a_line(table):
    feed = watched.feed()
    made = table(feed, {"RSI": ta.RSI(14), "MACD": ta.MACD(), "SMA": ta.SMA(5)})
    assert [row[0] for row in made.said["rows"]] == ["A", "B", "C"]
    assert made.columns == [
        *("symbol", "price", "change", "RSI"),
        *("MACD", "MACD macdsignal", "MACD macdhist", "SMA"),
    ]


def test_a_cell_is_the_batchs_value_at_the_forming_bar(table):
    feed = watched.feed()
    made = table(feed, {"RSI": ta.RSI(14)})
    for symbol in feed.symbols:
        df = feed.bars()[symbol].df
        row = cells(made.said, symbol)
        assert float(row["RSI"]) == pytest.approx(ta.RSI(14).batch(df).rsi.iloc[-1], rel=1e-4)
        assert float(row["price"]) == pytest.approx(df.close.iloc[-1], abs=0.01)
        change = 100 * (df.close.iloc[-1] / df.close.iloc[-60] - 1)
        assert float(row["change"]) == pytest.approx(change, abs=0.006)


def test_it_follows_the_trades(table):
    feed = watched.feed()
    made = table(feed, {"last": ta.SMA(1)})
    messages = watched.sent(made)
    feed.trade(watched.START + 80 * S, 555.0, 1.0, "B")
    made.paint()
    assert float(cells(messages[-1], "B")["last"]) == 555.0


def test_nothing_is_sent_when_nothing_changed(table):
    made = table(watched.feed(), {"RSI": ta.RSI(14)})
    made._clock = lambda: 0
    made.paint()
    messages = watched.sent(made)
    made.paint()
    assert messages == []


def test_a_row_that_has_not_changed_is_not_made_again(table):
    feed = watched.feed()
    made = table(feed, {"RSI": ta.RSI(14)})
    before = {symbol: made._table._made[symbol][1] for symbol in feed.symbols}
    feed.trade(watched.START + 80 * S, 555.0, 1.0, "B")
    made.paint()
    after = {symbol: made._table._made[symbol][1] for symbol in feed.symbols}
    assert [symbol for symbol in feed.symbols if after[symbol] is not before[symbol]] == ["B"]


def test_it_says_nothing_that_json_does_not_have(table):
    feed = watched.feed("A", bars=3)
    feed.trade(watched.START, 1.0, 1.0, "NEW")
    made = table(feed, {"RSI": ta.RSI(14), "zero": lambda df: df.close / 0}, symbols=["A", "?"])
    json.dumps(made.said, allow_nan=False)
    assert cells(made.said, "A")["RSI"] is None
    assert cells(made.said, "?")["price"] is None


def test_an_indicator_that_fails_is_named_and_the_others_go_on(table):
    def bad(df):
        raise ValueError("<b>no</b>")

    made = table(watched.feed(), {"bad": bad, "SMA": ta.SMA(1)})
    assert made.said["notes"] == ["bad: ValueError: <b>no</b>"]
    assert cells(made.said, "A")["bad"] == {"error": "bad: ValueError: <b>no</b>"}
    assert float(cells(made.said, "A")["SMA"]) > 0


def test_of_many_errors_a_few_are_told(table):
    def bad(df):
        raise ValueError(f"at {df.close.iloc[-1]}")

    feed = watched.feed(*(f"S{i}" for i in range(NOTES + 3)))
    made = table(feed, {"bad": bad})
    assert len(made.said["notes"]) == NOTES + 1
    assert made.said["notes"][-1] == "and 3 more errors"


def test_symbols_beyond_its_rows_are_counted(table):
    made = table(watched.feed(), {"SMA": ta.SMA(1)}, rows=2)
    assert [row[0] for row in made.said["rows"]] == ["A", "B"]
    assert made.said["notes"] == ["1 more symbols are not shown; rows= says how many are"]


def test_a_symbol_that_comes_later_has_a_row(table):
    feed = watched.feed("A")
    made = table(feed, {"SMA": ta.SMA(1)})
    feed.trade(watched.START + 80 * S, 7.0, 1.0, "NEW")
    made.paint()
    assert [row[0] for row in made.said["rows"]] == ["A", "NEW"]


@pytest.mark.parametrize(
    ("colour", "levels"),
    [
        (True, [(30, 70), (0,)]),
        (False, [(), ()]),
        ({"RSI": (20, 80)}, [(20, 80), (0,)]),
        ({"RSI": None}, [(), (0,)]),
    ],
)
def test_levels_are_the_indicators_or_those_given(table, colour, levels):
    made = table(watched.feed(), {"RSI": ta.RSI(14), "MACD": ta.MACD()}, colour=colour)
    found = {column["title"]: tuple(column["levels"]) for column in made.said["columns"]}
    assert [found["RSI"], found["MACD macdhist"]] == levels


def test_a_sparkline_has_the_shape_of_the_line(table):
    feed = watched.feed()
    made = table(feed, {"SMA": ta.SMA(1)}, sparklines=["SMA"])
    text, line = cells(made.said, "C")["SMA"]
    closes = feed.bars()["C"].df.close.iloc[-60:].to_numpy()
    steps = np.array([ord(each) - 48 for each in line])
    wanted = 63 * (closes - closes.min()) / np.ptp(closes)
    np.testing.assert_allclose(steps, wanted, atol=0.51)
    assert cells(made.said, "C")["spark"] == ""
    assert float(text) == pytest.approx(closes[-1], abs=0.01)


def test_columns_of_a_function_are_known_when_it_has_run(table):
    made = table(watched.feed(), {"band": lambda df: df[["low", "high"]].rename(columns=str.upper)})
    watched.paint(made)
    assert made.columns[3:] == ["band LOW", "band HIGH"]
    df = made.feed.bars()["A"].df
    assert float(cells(made.said, "A")["band HIGH"]) == pytest.approx(df.high.iloc[-1], abs=0.01)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sort": "-SAR"}, "no column 'SAR'; there are symbol, price, change, RSI"),
        ({"colour": {"rsi": (1, 2)}}, "no column 'rsi'"),
        ({"sparklines": ["rsi"]}, "no column 'rsi'"),
        ({"rows": 0}, "at least 1 row"),
    ],
)
def test_what_it_cannot_show_is_refused(options, words):
    with pytest.raises(ChartError, match=words):
        screener(watched.feed("A"), {"RSI": ta.RSI(14)}, **options)


def test_it_needs_indicators_whose_names_are_not_its_own():
    with pytest.raises(ChartError, match="at least one indicator"):
        screener(watched.feed("A"), {})
    with pytest.raises(ChartError, match="a price of its own"):
        screener(watched.feed("A"), {"price": ta.SMA(1)})


def test_the_painter_keeps_it_up_to_date_and_the_feeds_end_ends_it():
    feed = watched.feed("A", bars=3)
    made = screener(feed, {"SMA": ta.SMA(1)})
    assert made in painter
    feed.close()
    painter.join()
    assert (made in painter, made.said["state"], made.said["beat"]) == (False, "closed", 0)
    watched.end(made)


def test_released_it_leaves_nothing_behind():
    feed = watched.feed("A", bars=3)
    made = screener(feed, {"SMA": ta.SMA(1)})
    assert made in shows
    made.release()
    painter.join()
    assert (made in shows, made in painter, feed.on_close) == (False, False, [])
    made.release()


def test_one_that_was_closed_by_others_is_painted_no_more(table):
    made = table(watched.feed("A", bars=3), {"SMA": ta.SMA(1)})
    made.close()
    assert made.paint() is False


def test_shown_it_stays_while_its_cell_shows_it(table, monkeypatch):
    made = table(watched.feed("A", bars=3), {"SMA": ta.SMA(1)})
    bundle = made._repr_mimebundle_()
    assert made in shows
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == made.model_id

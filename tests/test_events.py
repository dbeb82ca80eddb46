"""What is kept of what others wrote has a bound."""

from msgspec.structs import replace

from livefin.errors import LONGEST, MessageError
from livefin.events import LONGEST_DETAIL, LONGEST_SYMBOL, Status


def test_a_status_keeps_no_more_of_an_endless_text_than_is_read():
    status = Status("rejected", 1, "S" * 1_000_000, detail="no " * 1_000_000)
    assert len(status.symbol) == LONGEST_SYMBOL
    assert len(status.detail) == LONGEST_DETAIL
    assert status.detail.startswith("no no no")
    assert status.detail.endswith("…")
    assert len(replace(status, detail="x" * 5_000).detail) == LONGEST_DETAIL


def test_a_status_of_the_usual_length_is_left_as_it_is():
    status = Status("gap", 1, "BTC-USDT", "trades", 3, detail="x" * LONGEST_DETAIL)
    assert (status.symbol, status.detail) == ("BTC-USDT", "x" * LONGEST_DETAIL)


def test_a_message_error_quotes_no_more_than_is_read():
    assert len(str(MessageError("Invalid value '" + "x" * 1_000_000))) == LONGEST
    assert str(MessageError("short")) == "short"

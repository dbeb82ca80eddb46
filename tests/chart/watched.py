"""A feed of several symbols that is driven by hand, and widgets that are painted by hand."""

import math

from fakes import FakeFeed

from livefin.chart.painter import painter

S = 1_000_000_000
START = 1_700_000_000 * S


def feed(*symbols, bars=80, interval="1s"):
    """`bars` bars of each symbol, a wave of its own height."""
    made = FakeFeed(*(symbols or ("A", "B", "C")))
    made.bars(interval)
    for bar in range(bars):
        for i, symbol in enumerate(made.symbols):
            price = 100.0 * (i + 1) + 5 * math.sin(bar / (3 + i)) + bar * (i - 1) / 10
            made.trade(START + bar * S, price, 1.0, symbol)
    return made


def still(widget):
    """The widget off the painter, brought up to date."""
    painter.remove(widget)
    painter.join()
    paint(widget)
    return widget


def paint(widget, times=4):
    """Paint as often as what runs apart needs to be there, with no rest between runs."""
    for _ in range(times):
        for apart in widget._abreast._apart.values():
            apart._not_before = 0.0
        more = widget.paint()
        widget._abreast.wait(30.0)
    return more


def sent(widget):
    """What goes out on the comm from now on."""
    messages = []
    widget.comm.send = lambda data=None, **_: messages.append(data["state"].get("said"))
    return messages


def end(widget):
    widget.release()
    widget._abreast.join()
    painter.join()

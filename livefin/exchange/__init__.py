"""The embedded exchange: a real matching engine with simulated participants, on a real port.

It needs no account and no network. `ExchangeServer` runs on the caller's event loop,
`start_exchange` in a child process, `run_exchange` in the foreground; `Market` and
`Gateway` are the same exchange without sockets and without a clock, for tests. The wire
protocol is in protocol.py; venues/paper.py is the client's side of it.
"""

from __future__ import annotations

from livefin.exchange.gateway import Gateway
from livefin.exchange.instruments import INSTRUMENTS, Instrument
from livefin.exchange.market import Market
from livefin.exchange.matching import LimitOrderBook
from livefin.exchange.process import ExchangeProcess, run_exchange, start_exchange
from livefin.exchange.server import ExchangeServer

__all__ = [
    "INSTRUMENTS",
    "ExchangeProcess",
    "ExchangeServer",
    "Gateway",
    "Instrument",
    "LimitOrderBook",
    "Market",
    "run_exchange",
    "start_exchange",
]

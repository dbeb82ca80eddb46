"""A venue in a notebook cell: `lf.connect(lf.custom(url, parse, subscribe=...), "ABC")`.

An address, what to send, and a function from a message to events; all else is as for the
venues of venues/. The parts: venue (the Venue that it makes), incoming (frames to messages),
outgoing (what is sent), function (a person's function, whose mistakes are named).
"""

from livefin.custom.outgoing import CustomError
from livefin.custom.venue import Custom, custom

__all__ = ["Custom", "CustomError", "custom"]

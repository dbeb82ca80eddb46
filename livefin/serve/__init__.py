"""Play a recording as a real WebSocket and REST server, in its venue's own wire format.

`livefin serve FILE` on the command line; `ReplayServer` in code. Reads recording, speaks
through the server half of the venue contract; a client cannot tell it from the venue.
"""

from __future__ import annotations

from livefin.serve.console import run_serve
from livefin.serve.server import ReplayServer

__all__ = ["ReplayServer", "run_serve"]

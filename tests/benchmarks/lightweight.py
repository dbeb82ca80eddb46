"""lightweight-charts in an anywidget, fed as a chart of livefin's is: one message a paint.

Runs in the kernel. The library comes as the one file of its npm package that needs no other,
`lightweight-charts.standalone.production.js`. The page says when it is ready; the first
message then holds all bars, each later one those that changed, given to `update`.
"""

from pathlib import Path

import anywidget
import numpy as np
import traitlets

COLUMNS = ("time", "open", "high", "low", "close", "volume")
PAGE = (Path(__file__).parent / "lightweight.js").read_text(encoding="utf-8")


class Lightweight(anywidget.AnyWidget):
    """The chart; `ready` is called once its page listens."""

    _esm = traitlets.Unicode().tag(sync=True)
    options = traitlets.Dict().tag(sync=True)

    def __init__(self, library, ready, **options):
        super().__init__(_esm=f"{library}\n{PAGE}", options=options)
        self.on_msg(lambda *_: ready())

    def paint(self, columns, *, whole=False):
        """Send rows of bars: all there are, or those that changed."""
        buffer = np.concatenate([columns[name] for name in COLUMNS]).tobytes()
        self.send({"whole": whole}, [buffer])

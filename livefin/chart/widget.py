"""The comm behind one chart: an anywidget whose state is made when it is asked for.

Its traits stay empty here and in saved notebooks. What a page needs, the figure and all bars
held, is put into the state when a page asks (the comm's opening, a reload), and every later
change is one custom message. `send` is the painter's alone. Made and used by livechart; the page's
half is stub.js and, once the runtime widget has brought it, page.js.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import traitlets

from livefin.prototyping.listening import Listening, heard_at_once, page_half

State = Callable[[], dict[str, Any]]


class ChartWidget(Listening):
    """One chart's end of the wire; `setup` and `snapshot` make the state for a page."""

    _esm = page_half((Path(__file__).parent / "page" / "stub.js").read_text("utf-8"))
    runtime = traitlets.Unicode("").tag(sync=True)
    setup = traitlets.Dict().tag(sync=True)
    snapshot = traitlets.Dict().tag(sync=True)

    def __init__(
        self, *, runtime: str, setup: State, snapshot: State, heard: Callable[[Any], Any]
    ) -> None:
        self._make_setup, self._make_snapshot, self._tell = setup, snapshot, heard
        super().__init__(runtime=runtime)
        self.on_msg(self._heard)
        heard_at_once(self)

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """The state for a page. Bars come with a reload only: at first the painter pushes them.

        So a tool that keeps what it saw opening, such as nbclient, keeps no bars.
        """
        state: dict[str, Any] = super().get_state(key=key, drop_defaults=drop_defaults)
        if key is None:
            state["setup"] = self._make_setup()
            if self.comm is not None:
                state["snapshot"] = self._make_snapshot()
        return state

    def close(self) -> None:
        """Close the comm, and that of the layout which ipywidgets made with it."""
        if self.comm is not None:
            self.layout.close()
        super().close()

    def _heard(self, _widget: Any, content: Any, _buffers: Any) -> None:
        self._tell(content)

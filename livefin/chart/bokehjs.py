"""Bring BokehJS and the page's half of livefin into a notebook page, once per kernel.

One hidden widget carries the text of the installed bokeh package's `bokeh.min.js` and of
the modules in `page/`; charts name it and wait for it in the page. So it works
offline and needs neither `output_notebook()` nor an extension. The text is no part of any
state that is saved: it goes out with the widget's opening and with a page's reload only.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import anywidget
import traitlets
from bokeh import __version__ as bokeh_version
from bokeh.util.paths import bokehjs_path

HERE = Path(__file__).parent / "page"
ENTRY = "page"
"""The module that imports all others."""

IMPORT = re.compile(r'from "\./(\w+)\.js"')

_runtimes: list[Runtime] = []


class Runtime(anywidget.AnyWidget):  # type: ignore[misc]  # anywidget is untyped
    """The hidden widget. Use `runtime()`."""

    _esm = (HERE / "runtime.js").read_text("utf-8")
    bokeh = traitlets.Unicode("").tag(sync=True)
    modules: Any = traitlets.List().tag(sync=True)
    version = traitlets.Unicode(bokeh_version).tag(sync=True)
    token = traitlets.Unicode("").tag(sync=True)
    """The name under which charts find it in the page."""

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """The state for a page, with the text that the traits do not hold."""
        state: dict[str, Any] = super().get_state(key=key, drop_defaults=drop_defaults)
        if key is None:
            state |= {"bokeh": bokeh_text(), "modules": module_texts()}
        return state

    def forget(self) -> None:
        """Clear the text from the state that a recorder of the comm, such as nbclient, keeps.

        A page has taken it by then: messages wait until the widget is initialised.
        """
        state: dict[str, Any] = {"bokeh": "", "modules": []}
        self._send({"method": "update", "state": state, "buffer_paths": []})

    def close(self) -> None:
        """Close the comm, and that of the layout which ipywidgets made with it."""
        if self.comm is not None:
            self.layout.close()
        super().close()


def runtime() -> Runtime:
    """The kernel's runtime widget, opened by the first call."""
    if not _runtimes or _runtimes[-1].comm is None:  # closed by Widget.close_all, say
        opened = Runtime(token=uuid4().hex)
        opened.forget()
        _runtimes[:] = [opened]
    return _runtimes[-1]


@cache
def bokeh_text() -> str:
    """The text of BokehJS, without its add-on bundles, as installed."""
    return (Path(bokehjs_path()) / "js" / "bokeh.min.js").read_text(encoding="utf-8")


@cache
def module_texts() -> list[list[str]]:
    """Names and texts of the page's modules, each after those that it imports."""
    texts: dict[str, str] = {}

    def bring(name: str) -> None:
        if name in texts:
            return
        text = (HERE / f"{name}.js").read_text(encoding="utf-8")
        for other in IMPORT.findall(text):
            bring(other)
        texts[name] = text

    bring(ENTRY)
    return [[name, text] for name, text in texts.items()]

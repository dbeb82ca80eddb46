"""A widget that goes on hearing the kernel when its page was busy as it came.

anywidget (0.11) stops listening for good where a widget's module takes more than two seconds
to load, which a page that starts its first chart can well take: the widget then stays as it
began. listening.js, put behind each page half, hears past that and asks for the state. All of
livefin's widgets that are changed from Python are of this kind. The other way round, a kernel
hears a page at once where the widget is `heard_at_once`.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import anywidget
import traitlets

EXPORT = "export default "
BEHIND = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


def page_half(text: str) -> str:
    """A widget's module, whose default export then listens.

    >>> page_half("export default { render };").splitlines()[0]
    'const pageHalf = { render };'
    """
    before, after = text.split(EXPORT)
    return f"{before}const pageHalf = {after.rstrip()}\n{BEHIND}"


def heard_at_once(widget: Any) -> None:
    """Hear what a page says to this widget also while a cell runs, on a thread of the kernel's.

    A page may send on a subshell (JupyterLab 4.6 does); ipykernel 7.4 would put that back in
    line behind the cell that opened the comm.
    """
    if widget.comm is not None:
        widget.comm._reply_subshell_for = lambda data, subshell: subshell  # noqa: ARG005, SLF001


class Listening(anywidget.AnyWidget):  # type: ignore[misc]  # anywidget is untyped
    """An anywidget that knows its own identity; its `_esm` is a `page_half`."""

    me = traitlets.Unicode().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        me = uuid.uuid4().hex
        super().__init__(model_id=me, me=me, **traits)

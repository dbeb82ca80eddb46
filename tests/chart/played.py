"""A comm that is played by hand, between a chart's widget and models in tabs.

A page gets what it would get in JupyterLab: the runtime widget's state, the chart's, then each
message with its binary buffers. stage.js plays anywidget there; stage.py shows the charts.
"""

import base64
import json
from itertools import count, cycle

import anywidget
from fakes import Wire
from headless import signed
from ipywidgets.widgets.widget import _remove_buffers

from livefin.chart import bokehjs

JUPYTERLAB = {
    "light": {"--jp-layout-color0": "#ffffff", "--jp-ui-font-color1": "rgba(0, 0, 0, 0.87)"},
    "dark": {"--jp-layout-color0": "#111111", "--jp-ui-font-color1": "rgba(255, 255, 255, 1)"},
}
OFFSETS = (0, 4, 8, 13)
"""Where in a larger buffer Jupyter may hand over a message's bytes, in turn."""
NUMBERS = count()


class Played(Wire):
    """A wire whose messages go to `models`, each one chart's model in one tab."""

    def __init__(self, chart):
        super().__init__(chart)
        self.models = []


class Notebook:
    """A tab with JupyterLab's theme and the kernel's runtime widget, in which charts are shown."""

    def __init__(self, tab, theme="light"):
        self.tab, self.models, self.stages = tab, [], []
        self._theme = theme
        self._load()

    def _load(self):
        self.theme(self._theme)
        state = bokehjs.runtime().get_state()
        state["modules"] = [[name, signed(name, text)] for name, text in state["modules"]]
        open_widget(self.tab, "runtime", state)

    def theme(self, name):
        """Set JupyterLab's theme, "light" or "dark"; it outlasts a reload."""
        self._theme = name
        self.tab.evaluate("stage.theme", name, JUPYTERLAB[name])

    def reload(self):
        """Reload the tab: every model asks for its state, every view shows again."""
        self.tab.reload()
        self._load()
        for model in self.models:
            model.open(first=False)
        for stage in self.stages:
            stage.show()


class Model:
    """A chart's model in one tab, and how much of the wire it has heard."""

    def __init__(self, notebook, wire, *, first=True):
        self.notebook, self.wire = notebook, wire
        self.tab = notebook.tab
        self.key = f"model {next(NUMBERS)}"
        self._offset = cycle(OFFSETS)
        self.open(first=first)
        notebook.models.append(self)
        wire.models.append(self)

    def open(self, *, first):
        """Open as at the first display of a chart, else as a page does that asks for the state."""
        widget = self.wire.widget
        if first:
            state = anywidget.AnyWidget.get_state(widget)
            state |= {"setup": widget._make_setup(), "snapshot": {}}
        else:
            state = widget.get_state()
        self.heard = len(self.wire.sent)
        open_widget(self.tab, self.key, state, next(self._offset))

    def deliver(self):
        """Give the page what was sent since the last time."""
        sent, self.heard = self.wire.sent[self.heard :], len(self.wire.sent)
        for content, buffers in sent:
            coded = [encoded(buffer) for buffer in buffers]
            self.tab.evaluate("stage.deliver", self.key, plain(content), coded, next(self._offset))

    def asked(self):
        """What the page has sent since the last time: (content, buffers) each."""
        asked = self.tab.evaluate("stage.asked", self.key)
        return [
            (ask["content"], [base64.b64decode(buffer) for buffer in ask["buffers"]])
            for ask in asked
        ]


def open_widget(tab, key, state, offset=0):
    """Open a widget of `state` in the tab, its binary values apart as in Jupyter's protocol."""
    state, paths, buffers = _remove_buffers(state)
    coded = [encoded(buffer) for buffer in buffers]
    tab.evaluate("stage.open", key, plain(state), paths, coded, offset)


def plain(content):
    """What the other end gets of it; raises for what a comm does not carry, such as NaN."""
    return json.loads(json.dumps(content, allow_nan=False))


def encoded(buffer):
    return base64.b64encode(memoryview(buffer).cast("B")).decode()

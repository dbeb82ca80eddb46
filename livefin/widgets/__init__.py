"""Small live views of a feed for notebooks: the status card; and dashboard, a grid of views.

A card is an anywidget that the painter thread of chart/ keeps up to date; what it says is made
elsewhere as plain text (summary.py), and the page shows text as text, never as HTML.
"""

from livefin.widgets.status import StatusCard, StatusView

__all__ = ["StatusCard", "StatusView"]

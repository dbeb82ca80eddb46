"""Raw frames and their receive times on disk, and back, bit for bit.

`Recorder` writes what happened on the wire, `Recording` gives it back as `Record`s; the
layout of the file is in layout.py. Fed by client; feeds replay and serve.
"""

from __future__ import annotations

from livefin.recording.layout import Kind, Record
from livefin.recording.reader import Recording
from livefin.recording.recorder import Recorder

__all__ = ["Kind", "Record", "Recorder", "Recording"]

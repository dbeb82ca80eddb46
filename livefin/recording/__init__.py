"""Raw frames and their receive times on disk, and back, bit for bit.

`Recorder` writes what happened on the wire, `RotatingRecorder` to one file after the other,
and `Recording` gives it back as `Record`s; the layout of the file is in layout.py. Fed by
client; feeds replay and serve.
"""

from __future__ import annotations

from livefin.recording.layout import TAKEN, Kind, Record
from livefin.recording.reader import Recording
from livefin.recording.recorder import Recorder
from livefin.recording.rotation import RotatingRecorder

__all__ = ["TAKEN", "Kind", "Record", "Recorder", "Recording", "RotatingRecorder"]

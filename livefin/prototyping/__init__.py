"""Type an indicator, turn its knobs, see what it is worth: what the live chart needs for it.

The parts: trial (its first run, guarded), prints (what it says while it runs), knobs (its
parameters as widgets), locking (their values back into the code), card (what shows under
the cell), cellbody (what `%%indicator` takes). The chart brings them together in
chart.prototype.
"""

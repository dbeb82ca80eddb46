"""Indicators that TA-Lib does not have: functions from a frame of bars to a frame of lines.

No state, no clock, no I/O: the whole frame goes in and lines along its index come out, so
that one function serves a chart's overlay, a notebook and a test. Between bars and chart.
Each module has the function by its own name, and `overlay`, which makes one for a chart.
"""

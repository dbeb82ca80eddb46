"""Indicators of bars, and of several symbols' closes, that TA-Lib does not have."""

"""Indicators of trades, quotes and order books."""

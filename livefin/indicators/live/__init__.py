"""Indicators kept up to date along a feed, and read at its bars."""

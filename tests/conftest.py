"""Fixtures of all tests."""

from __future__ import annotations

from leaks import no_leaks

__all__ = ["no_leaks"]

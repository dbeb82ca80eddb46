"""What a person says of an indicator beside its code: its name, and how its lines are drawn.

Used by userdefined and by what it makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Drawing(NamedTuple):
    """What is left empty is as the code says, or as by default."""

    name: str = ""
    pane: str = ""
    """"price" or "new"."""
    kinds: Mapping[str, str] = MappingProxyType({})
    levels: tuple[float, ...] = ()
    source: str = "bars"
    symbols: tuple[str, ...] = ()


AS_BY_DEFAULT = Drawing()

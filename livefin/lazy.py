"""Public names of a package that bring their own modules when they are first used.

A package says in which module each of its names is, and takes its `__getattr__` and `__dir__`
from here; so importing it costs next to nothing, and tab completion shows what is public.
Used by livefin, livefin.indicators and livefin.research.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

NOTHING: Mapping[str, str] = MappingProxyType({})


class LazyNames:
    """The public names of one package.

    Args:
        package: its full name.
        homes: the names, with spaces between, by the module of the package they are in.
        modules: of names that are modules themselves, which.
        there: what a name is called in its own module, where that differs.

    >>> names = LazyNames("livefin.research", {"signals": "above below"})
    >>> names.all, names.find("above")([3.0, 1.0], 2).tolist()
    (['above', 'below'], [True, False])
    >>> names.find("blow")
    Traceback (most recent call last):
    AttributeError: module 'livefin.research' has no attribute 'blow'; did you mean 'below'?
    """

    def __init__(
        self,
        package: str,
        homes: Mapping[str, str],
        *,
        modules: Mapping[str, str] = NOTHING,
        there: Mapping[str, str] = NOTHING,
    ) -> None:
        self._package, self._modules, self._there = package, modules, there
        self._homes = {name: home for home, names in homes.items() for name in names.split()}
        self.all = sorted({*self._homes, *modules})

    def __contains__(self, name: object) -> bool:
        """Whether that is a public name, and not that of a module."""
        return name in self._homes

    def find(self, name: str) -> Any:
        """What a public name stands for. Raises AttributeError for others."""
        if name in self._modules:
            value: Any = import_module(f"{self._package}.{self._modules[name]}")
        elif name in self._homes:
            module = import_module(f"{self._package}.{self._homes[name]}")
            value = getattr(module, self._there.get(name, name))
        else:
            from livefin.nearest import did_you_mean  # noqa: PLC0415 - seldom needed

            hint = "" if name.startswith("_") else did_you_mean(name, self.all)
            raise AttributeError(f"module {self._package!r} has no attribute {name!r}{hint}")
        vars(sys.modules[self._package])[name] = value
        return value

    def dir(self) -> list[str]:
        """The public names, and those that every module has."""
        own = [name for name in vars(sys.modules[self._package]) if name.startswith("__")]
        return sorted({*own, *self.all})

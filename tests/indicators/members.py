"""livefin's own indicators, found by themselves: each can be made without arguments.

Left out are TA-Lib's, which have tests of their own, and what wraps other code.
"""

import inspect
import pkgutil
from importlib import import_module

import livefin.indicators
from livefin.indicators.contract import Indicator


def members():
    """Every class, by its name."""
    found = {}
    for info in pkgutil.walk_packages(livefin.indicators.__path__, "livefin.indicators."):
        module = import_module(info.name)
        classes = inspect.getmembers(module, inspect.isclass)
        found |= {name: cls for name, cls in classes if _own(cls, module)}
    return dict(sorted(found.items()))


def _own(cls, module):
    if (
        not issubclass(cls, Indicator)
        or cls.__module__ != module.__name__
        or cls.__name__.startswith("_")
    ):
        return False
    needed = [
        parameter
        for parameter in inspect.signature(cls).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    apart = inspect.isabstract(cls) or module.__name__.endswith(".ta")
    return cls.trusted and not needed and not apart

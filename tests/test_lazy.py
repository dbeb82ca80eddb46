"""Public names of the packages: found when they are first used, shown by tab completion."""

import importlib
import subprocess
import sys
from types import ModuleType

import pytest

PACKAGES = ["livefin", "livefin.indicators", "livefin.research"]


@pytest.mark.parametrize("package", PACKAGES)
def test_each_public_name_is_there_and_none_is_taken_by_a_submodule(package):
    module = importlib.import_module(package)
    for name in module.__all__:
        found = getattr(module, name)
        assert isinstance(found, ModuleType) == (name in ("indicators", "research", "ta")), name


@pytest.mark.parametrize("package", PACKAGES)
def test_tab_completion_shows_what_is_public_and_nothing_else(package):
    module = importlib.import_module(package)
    shown = {name for name in dir(module) if not name.startswith("__")}
    assert shown == set(module.__all__)
    assert "__doc__" in dir(module)


@pytest.mark.parametrize(
    ("package", "wrong", "right"),
    [
        ("livefin", "swep", "sweep"),
        ("livefin", "Dashboard", "dashboard"),
        ("livefin.indicators", "SuperTrend", "Supertrend"),
        ("livefin.research", "cross_above", "crosses_above"),
    ],
)
def test_a_misspelt_name_is_told_the_nearest(package, wrong, right):
    with pytest.raises(AttributeError, match=f"{package!r} .*{wrong!r}; did you mean {right!r}"):
        getattr(importlib.import_module(package), wrong)


def test_a_name_that_resembles_none_gets_no_advice():
    with pytest.raises(AttributeError, match=r"no attribute 'zzzzz'$"):
        importlib.import_module("livefin").zzzzz  # noqa: B018 - it raises


def test_importing_livefin_brings_no_pandas():
    code = "import livefin, sys; dir(livefin); sys.exit('pandas' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], check=False)  # noqa: S603 - our own
    assert run.returncode == 0

"""`livefin doctor`: it says what is missing, what is too old, and never a key."""

import os
import subprocess
import sys
from importlib import metadata

import pytest
from packaging.requirements import Requirement

from livefin import doctor


def text(findings):
    return "\n".join(map(str, findings))


def test_here_all_is_well_and_every_dependency_is_named():
    findings = doctor.examine()
    assert [finding for finding in findings if not finding.good] == []
    said = text(findings)
    needed = [Requirement(line) for line in metadata.requires("livefin")]
    for requirement in needed:
        if requirement.marker is None:
            assert f"{requirement.name} {metadata.version(requirement.name)}" in said
    assert "trades arrive" in said
    assert "JupyterLab finds anywidget" in said


def test_what_is_missing_or_too_old_is_told_with_what_to_do():
    assert str(doctor.installed(Requirement("livefin-no-such>=2"))) == (
        'BAD  livefin-no-such is missing  ->  pip install "livefin-no-such>=2"'
    )
    old = doctor.installed(Requirement("pandas>=99"))
    assert str(old).endswith('->  pip install "pandas>=99"')
    assert doctor.installed(Requirement("pandas>=1")).good


def test_the_lab_is_asked_for_by_its_extra(monkeypatch):
    monkeypatch.setattr(doctor, "version", _missing)
    assert 'pip install "livefin[lab]"' in text(doctor._lab())


def test_extensions_that_jupyterlab_does_not_find(monkeypatch, tmp_path):
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda *_: [str(tmp_path)])
    (tmp_path / "anywidget").mkdir()
    manager, anywidget = doctor._extensions()
    assert "does not find @jupyter-widgets" in manager.what
    assert (manager.good, anywidget.good) == (False, True)


def test_no_kernel_is_told(monkeypatch):
    kernels = "jupyter_client.kernelspec.KernelSpecManager.find_kernel_specs"
    monkeypatch.setattr(kernels, lambda _: {})
    (finding,) = doctor._kernels()
    assert str(finding).startswith("BAD  Jupyter kernels: none")


@pytest.mark.parametrize("lost", [ImportError("no module"), RuntimeError("odd")])
def test_a_check_that_fails_is_a_finding(lost):
    def _odd():
        yield doctor.Finding(good=True, what="so far")
        raise lost

    good, bad = doctor._safely(_odd)
    assert good.good
    assert str(bad).startswith(f"BAD  odd: {type(lost).__name__}: {lost}")


def test_an_exchange_that_is_not_there(monkeypatch):
    monkeypatch.setenv("LIVEFIN_EXCHANGE_URL", "ws://me:sekrit@127.0.0.1:9/?apikey=sekrit")
    monkeypatch.setenv("HTTPS_PROXY", "http://me:sekrit@proxy:1")
    said = text([*doctor._environment(), *doctor._data()])
    assert "proxies are set by HTTPS_PROXY" in said
    assert "BAD  embedded exchange" in said
    assert "unset LIVEFIN_EXCHANGE_URL" in said
    assert "sekrit" not in said


def test_it_runs_where_its_dependencies_are_broken(tmp_path):
    for name in ("pandas", "httpx", "msgspec", "websockets"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('broken')")
    paths = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    run = subprocess.run(
        [sys.executable, "-m", "livefin", "doctor"],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 1
    assert "BAD  data: ImportError: broken" in run.stdout
    assert run.stderr == ""


def _missing(name):
    raise metadata.PackageNotFoundError(name)

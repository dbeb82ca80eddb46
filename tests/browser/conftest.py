"""One JupyterLab and one page for all browser tests; skipped where there is no Chromium."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def session_lab(tmp_path_factory):
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    pytest.importorskip("jupyterlab", reason="jupyterlab is not installed")
    from lab import Lab, chromium  # noqa: PLC0415 - needs playwright

    if chromium() is None:
        pytest.skip("chromium is not installed")
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.close()


@pytest.fixture
def lab(session_lab):
    """The page, with no error in it left over; and no kernel left behind."""
    session_lab.errors.clear()
    yield session_lab
    session_lab.shut_kernels()
    # anywidget's own, on a busy machine: prototyping/listening.js goes on from there.
    late = "[anywidget] Failed to initialize model"
    assert [error for error in session_lab.errors if late not in error] == []

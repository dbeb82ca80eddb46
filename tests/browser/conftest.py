"""One JupyterLab and one page for all browser tests; skipped where there is no Chromium."""

import sys
from pathlib import Path

import pytest

OWN = (
    # anywidget's, on a busy machine: prototyping/listening.js goes on from there.
    "[anywidget] Failed to initialize model",
    # JupyterLab's, where a page is reloaded or a kernel shut just as it begins.
    "Canceled future for create_subshell_request",
)
"""Errors in the page that are not livefin's."""

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
    assert [error for error in session_lab.errors if not any(own in error for own in OWN)] == []

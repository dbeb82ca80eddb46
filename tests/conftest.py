"""What all tests share: the real captures, and how hypothesis runs."""

import os
from pathlib import Path

import pytest
from hypothesis import settings
from leaks import no_leaks

__all__ = ["captures", "no_leaks"]

settings.register_profile("default", deadline=None, max_examples=60)
settings.register_profile("ci", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture(scope="session")
def captures():
    """The folder of real exchange traffic, which lies beside the repository."""
    path = Path(__file__).resolve().parents[2] / "shared" / "captures"
    if not path.is_dir():
        pytest.skip("the real captures (../shared/captures) are not here")
    return path


def pytest_collection_modifyitems(items):
    """Browser tests go last: Playwright keeps an event loop running in the main thread.

    One that waited in vain is run once more, which the report says: on a busy machine
    JupyterLab itself now and then gives up on what it asks a kernel for. What is found to be
    wrong is never asked twice.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    for item in items:
        if item.get_closest_marker("browser") is not None:
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=["TimeoutError"]))


def pytest_xdist_auto_num_workers(config):
    """Half as many again as there are cores: many tests wait for a socket or a browser."""
    return max(2, (os.cpu_count() or 1) * 3 // 2)

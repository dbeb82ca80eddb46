"""Every example notebook runs from top to bottom, and is kept without outputs."""

import asyncio
import os
import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
FOUND = sorted(NOTEBOOKS.glob("*.ipynb"))
PATIENCE = 120
TRACEBACK = re.compile(r"Traceback|\bError:|Warning:")


def test_there_are_notebooks_and_they_are_numbered():
    assert FOUND
    assert [path.name[:3] for path in FOUND] == [f"{n:02}_" for n in range(1, len(FOUND) + 1)]


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_it_is_kept_clean(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code if cell.execution_count is not None] == []
    assert [cell.outputs for cell in code if cell.outputs] == []
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ")


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_it_runs_from_top_to_bottom(path, tmp_path, monkeypatch):
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
    for kind in ("CONFIG", "RUNTIME", "DATA"):
        monkeypatch.setenv(f"JUPYTER_{kind}_DIR", str(tmp_path / kind))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    paths = [str(NOTEBOOKS.parent), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=PATIENCE, resources={"metadata": {"path": str(tmp_path)}}
    )
    asyncio.run(client.async_execute())  # a loop of its own, closed with it
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            assert output.output_type != "error"
            text = output.get("text", "") or str(output.get("data", {}).get("text/plain", ""))
            assert not TRACEBACK.search(text), text
            assert output.get("name") != "stderr", text
    shown = [kind for cell in notebook.cells for kind in _kinds(cell)]
    assert "application/vnd.jupyter.widget-view+json" in shown


def _kinds(cell):
    return [kind for output in cell.get("outputs", ()) for kind in output.get("data", ())]

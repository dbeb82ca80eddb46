"""`livefin lab`: the notebooks' copies, the command, and that all ends together."""

# ruff: noqa: S310 - our own servers

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from livefin import lab

START = 60


def test_the_notebooks_are_copied_once_and_an_edited_one_is_kept(tmp_path):
    folder = lab.copy_notebooks(tmp_path / "deep" / "mine")
    shipped = sorted(path.name for path in lab.shipped_notebooks().glob("*.ipynb"))
    assert sorted(path.name for path in folder.iterdir()) == shipped
    assert lab.FIRST in shipped
    (folder / lab.FIRST).write_text("mine")
    (folder / "other.txt").write_text("mine too")
    assert lab.copy_notebooks(folder) == folder
    assert (folder / lab.FIRST).read_text() == "mine"


def test_a_wheel_carries_the_notebooks(tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "livefin"
    notebooks = package / "_notebooks"
    notebooks.mkdir(parents=True)
    monkeypatch.setattr(lab, "__file__", str(package / "lab.py"))
    with pytest.raises(lab.LabError, match="install livefin again"):
        lab.shipped_notebooks()
    (notebooks / lab.FIRST).write_text("{}")
    assert lab.shipped_notebooks() == notebooks


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(lab.LabError, match="choose another by --dir"):
        lab.copy_notebooks(tmp_path / "file")


def test_without_jupyterlab_it_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(lab.LabError, match=re.escape('pip install "livefin[lab]"')):
        lab.run_lab(tmp_path / "nb")
    assert not (tmp_path / "nb").exists()


@pytest.mark.parametrize(("uid", "allowed"), [(0, True), (1000, False)])
def test_the_command_fits_the_user(monkeypatch, tmp_path, uid, allowed):
    monkeypatch.setattr(os, "geteuid", lambda: uid, raising=False)
    command = lab.lab_command(tmp_path, port=8123, browser=False)
    assert ("--allow-root" in command) is allowed
    assert {"--no-browser", "--ServerApp.port=8123"} <= set(command)
    plain = lab.lab_command(tmp_path)
    assert "--no-browser" not in plain
    assert not any("port" in word for word in plain)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_starts_and_ends_everything(tmp_path, ending):
    """One command, no question; JupyterLab serves, the exchange trades; then nothing is left."""
    home = tmp_path / "home"
    own = {f"JUPYTER_{kind}_DIR": str(home / kind) for kind in ("CONFIG", "RUNTIME", "DATA")}
    process = subprocess.Popen(
        [sys.executable, "-m", "livefin", "lab", "--no-browser", "--dir", "notebooks"],
        cwd=tmp_path,
        env=os.environ | own,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        said = [process.stdout.readline() for _ in range(2)]
        assert said[0] == f"notebooks: {tmp_path / 'notebooks'}\n"
        exchange = said[1].split()[1].replace("ws:", "http:")
        server = running_server(home / "RUNTIME")
        address = f"{server['url']}api/contents/{lab.FIRST}?token={server['token']}&content=0"
        with urlopen(address, timeout=10) as answer:
            assert json.load(answer)["name"] == lab.FIRST
        with urlopen(f"{exchange}health", timeout=10) as answer:
            assert answer.status == 200
        process.send_signal(ending)
        assert process.wait(30) == 0
        assert not alive(server["pid"])
        with pytest.raises(OSError, match="refused"):
            urlopen(f"{exchange}health", timeout=1)
    finally:
        process.kill()
        process.communicate()


def running_server(folder):
    """What JupyterLab writes about itself once it listens."""
    end = time.monotonic() + START
    while time.monotonic() < end:
        for path in Path(folder).glob("jpserver-*.json"):
            try:
                server = json.loads(path.read_text())
                urlopen(f"{server['url']}api?token={server['token']}", timeout=5).close()
            except (OSError, ValueError):
                continue
            return server
        time.sleep(0.1)
    pytest.fail("JupyterLab did not start")


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True

"""Every notebook runs from top to bottom, is committed with its outputs, and stays small."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
LIMIT_SECONDS = 600  # for a cell that hangs; on two idle cores each takes less than 90


def code_cells(path):
    return [
        cell
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]


@pytest.fixture(scope="module")
def runs(request, tmp_path_factory):
    """dict, path of a notebook -> Future of its run; the collected ones run two at a time."""
    items = [item for item in request.session.items if "runs" in getattr(item, "fixturenames", ())]
    paths = dict.fromkeys(item.callspec.params["path"] for item in items)
    with ThreadPoolExecutor(2) as pool:
        yield {path: pool.submit(run, path, tmp_path_factory.mktemp("notebook")) for path in paths}


def run(path, folder):
    """The cells run one after the other, in a fresh Python process and an empty folder."""
    script = "\n\n".join("".join(cell["source"]) for cell in code_cells(path))
    (folder / "notebook.py").write_text(script, encoding="utf-8")
    # as in Jupyter, with mm_keras not installed
    settings = {"PYTHONPATH": str(ROOT / "notebooks"), "MPLBACKEND": "Agg"}
    return subprocess.run(
        [sys.executable, "notebook.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        env={**os.environ, **settings},
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, runs):
    answer = runs[path].result()
    assert answer.returncode == 0, answer.stderr[-3000:]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_committed_with_outputs_and_small(path):
    cells = code_cells(path)
    assert path.stat().st_size < 400_000
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert outputs and not [output for output in outputs if output["output_type"] == "error"]


def test_there_are_notebooks():
    assert NOTEBOOKS

"""Every notebook runs from top to bottom, is committed executed, and stays small."""

import json
import os
import subprocess
import sys

import pytest

from tests import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
LIMIT_SECONDS = 600  # against a cell that hangs; on two free cores each takes less than 90


def code_cells(path):
    return [
        cell
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, tmp_path):
    """The cells, one after the other, in a fresh Python process and an empty folder."""
    script = "\n\n".join("".join(cell["source"]) for cell in code_cells(path))
    (tmp_path / "notebook.py").write_text(script, encoding="utf-8")
    settings = {
        "PYTHONPATH": str(ROOT / "notebooks"),
        "MPLBACKEND": "Agg",
    }  # as in Jupyter, with mm_keras not installed
    answer = subprocess.run(
        [sys.executable, "notebook.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        env={**os.environ, **settings},
    )
    assert answer.returncode == 0, answer.stderr[-3000:]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_committed_executed_and_small(path):
    cells = code_cells(path)
    assert path.stat().st_size < 400_000
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert outputs and not [output for output in outputs if output["output_type"] == "error"]


def test_there_are_notebooks():
    assert NOTEBOOKS

"""The README's code runs, its table is right, and its links exist."""

import os
import re
import subprocess
import sys
from io import BytesIO

import numpy as np
from PIL import Image

from mm_keras.cli.article import steps
from mm_keras.datasets import make_newsroom
from mm_keras.plots import sample_grid
from mm_keras.plots.figure import as_png
from mm_keras.training import default_features
from tests import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_python_blocks_run_in_one_fresh_process(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert blocks
    (tmp_path / "readme.py").write_text("\n".join(blocks), encoding="utf-8")
    answer = subprocess.run(
        [sys.executable, "readme.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"},
    )
    assert answer.returncode == 0, answer.stderr[-3000:]


def test_the_printed_table_is_right():
    """Cheap rows are computed again; a network must lie between chance and just above the bound."""
    block = re.search(r"```\n +test accuracy.*?```", README, flags=re.DOTALL).group()
    rows = {
        name: (float(accuracy), float(best))
        for name, accuracy, best in re.findall(
            r"^(\S.*?) +(\d\.\d{3}) +(\d\.\d{3})$", block, flags=re.MULTILINE
        )
    }
    train, test = make_newsroom(2400, seed=0).split(0.25, seed=0, shuffle=False)
    truth = train.info["truth"]
    for name, (accuracy, best) in rows.items():
        matches = (kind for kind in ("text", "image", "majority") if kind in name)
        bound = truth[next(matches, "both")]
        assert abs(best - bound) < 0.0006, name
        assert truth["majority"] - 0.001 < accuracy < bound + 0.03, name
    fused = [accuracy for name, (accuracy, _) in rows.items() if "level" in name]
    assert max(fused) > truth["both"] - 0.03 and max(fused) > truth["text"] + 0.05
    features = default_features(train, "feature", "linear")
    for name, accuracy, _ in steps._scikit_learn(train, test, truth, features):
        assert abs(rows[name][0] - accuracy) < 0.011, name


def test_the_columns_of_the_printed_table_are_aligned():
    block = re.search(r"```\n( +test accuracy.*?)```", README, flags=re.DOTALL).group(1)
    lines = block.splitlines()[:-2]  # without the note
    assert len(lines) == 11 and len(set(map(len, lines))) == 1


def test_the_figure_is_that_of_the_example():
    train, _ = make_newsroom(2400, seed=0).split(0.25, seed=0, shuffle=False)
    drawn, committed = (
        np.asarray(Image.open(file).convert("RGB"), float)
        for file in (
            BytesIO(as_png(sample_grid(train, num_samples=8))),
            ROOT / "notebooks/images/samples.png",
        )
    )
    assert drawn.shape == committed.shape and np.abs(drawn - committed).mean() < 8
    assert (ROOT / "notebooks/images/samples.png").stat().st_size < 150_000


def test_linked_files_exist():
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if not link.startswith("http")]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_two_commands_are_there():
    assert "pip install -r requirements.txt && python -m mm_keras" in README
    assert "pip install -r requirements.txt && python -m pytest" in README

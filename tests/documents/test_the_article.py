"""The article in one file: it runs, fusion beats each modality alone, and the file stays short."""

import os
import re
import subprocess
import sys

from tests import ROOT

PATH = ROOT / "notebooks" / "the_article.py"


def test_it_runs_and_fusion_pays():
    answer = subprocess.run(
        [sys.executable, "-m", "notebooks.the_article"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert answer.returncode == 0, answer.stderr[-3000:]
    assert "Warning" not in answer.stderr
    scores = {
        name.strip(): float(score)
        for name, score in re.findall(r"^  (\S.*?)\s+(0\.\d{3})$", answer.stdout, re.MULTILINE)
    }
    assert len(scores) == 8
    alone = max(scores["text alone"], scores["image alone"])
    fused = [score for name, score in scores.items() if "level" in name]
    assert len(fused) == 5 and min(fused) > alone + 0.02
    assert scores["image alone"] > 0.5  # of at most 0.583; one guess in six is right


def test_it_is_a_short_read():
    lines = PATH.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 100 and max(map(len, lines)) <= 100

"""Shared by all tests: a quiet backend, and optional real data (its tests are skipped without)."""

import gc
import os
from dataclasses import replace
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("MPLBACKEND", "Agg")
# Products of small matrices are slower with several threads, which wait for each other actively.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_finish(session):
    """From now on garbage collections skip what the imports have created: 0.3 s each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def shared_data():
    """Folder with real (text, image, label) sets beside the project, where there is one."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no real data beside the project")
    return folder


@pytest.fixture
def few_epochs(monkeypatch):
    """Every network is trained for at most eight epochs, with large steps."""
    from mm_keras.heads import HEADS

    for head in HEADS.values():
        rate = 0.02 if head.training.optimizer == "Adam" else head.training.learning_rate
        monkeypatch.setattr(head, "training", replace(head.training, learning_rate=rate, epochs=8))

"""Shared by all tests: the backend is told to be quiet, and optional real data is found or its tests are skipped."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("MPLBACKEND", "Agg")


@pytest.fixture
def shared_data():
    """Folder with real (text, picture, label) sets beside the project, where there is one."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no real data beside the project")
    return folder

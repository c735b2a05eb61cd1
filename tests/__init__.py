"""The tests, one folder per package. `ROOT` is the folder of the project."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

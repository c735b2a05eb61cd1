"""The package is light to import, and its parts depend on each other in one direction only."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mm_keras

PACKAGE = Path(mm_keras.__file__).parent
HEAVY = ("tensorflow", "keras", "numpy", "scipy", "sklearn", "skimage", "nltk", "matplotlib", "PIL")
LEFT = ("text", "image", "datasets")


def imported_modules(path):
    """Full names of everything that a file imports, wherever the import stands."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def starts_with(name, *prefixes):
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


@pytest.mark.parametrize("part", LEFT)
def test_extractors_and_data_know_neither_each_other_nor_keras(part):
    others = [f"mm_keras.{other}" for other in (*LEFT, "fusion", "heads", "features") if other != part]
    for path in (PACKAGE / part).rglob("*.py"):
        wrong = [name for name in imported_modules(path) if starts_with(name, "keras", "tensorflow", *others)]
        assert not wrong, (path.name, wrong)


@pytest.mark.parametrize("part", ["fusion", "heads"])
def test_models_know_nothing_of_data_and_extractors(part):
    forbidden = [f"mm_keras.{name}" for name in (*LEFT, "features", "classifier", "evaluation", "plots", "recipes", "training")]
    for path in (PACKAGE / part).rglob("*.py"):
        wrong = [name for name in imported_modules(path) if starts_with(name, "tensorflow", "skimage", "nltk", *forbidden)]
        assert not wrong, (path.name, wrong)


@pytest.mark.parametrize("start", ["import mm_keras", "import mm_keras.text, mm_keras.image, mm_keras.fusion, mm_keras.datasets",
                                   "import mm_keras.cli, mm_keras.cli.parser; mm_keras.cli.parser.build_parser().format_help()"])
def test_nothing_heavy_is_imported_before_it_is_used(start):
    code = f"{start}\nimport sys\nprint(*[name for name in {HEAVY} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    assert answer.stdout.strip() == ""


def test_every_public_name_exists():
    import importlib

    for package in ("", ".datasets", ".text", ".image", ".fusion", ".heads", ".evaluation", ".plots", ".serving"):
        module = importlib.import_module(f"mm_keras{package}")
        for name in module.__all__:
            assert getattr(module, name) is not None
        with pytest.raises(AttributeError, match="It has: "):
            module.no_such_name  # noqa: B018

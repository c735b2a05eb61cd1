"""`predict --out` does not replace the file that --csv reads."""

import argparse
import os

import pytest

from mm_keras.cli.predict import HEADER, _check_out


@pytest.fixture
def table(tmp_path, monkeypatch):
    """A CSV file that begins like predictions, so that only its identity protects it."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "pairs.csv"
    file.write_text(",".join([*HEADER, "x", "text"]) + "\n1,x,text,1,storm\n", encoding="utf-8")
    os.link(file, tmp_path / "hard.csv")
    os.symlink(file, tmp_path / "soft.csv")
    (tmp_path / "sub").mkdir()
    return file


def check(source, out):
    _check_out(argparse.Namespace(csv=str(source), out=str(out)))


@pytest.mark.parametrize(
    "out", ["pairs.csv", "./pairs.csv", "sub/../pairs.csv", "hard.csv", "soft.csv"]
)
@pytest.mark.parametrize("source", ["pairs.csv", "soft.csv", "."])
def test_the_input_is_never_the_output(table, source, out):
    for name in (out, table.parent / out):
        with pytest.raises(FileExistsError, match="is the file that --csv reads"):
            check(source, name)


def test_other_predictions_are_replaced(table):
    (table.parent / "other.csv").write_text(",".join(HEADER) + ",x\n", encoding="utf-8")
    check("pairs.csv", "other.csv")
    check("pairs.csv", "new.csv")
    check("gone.csv", "other.csv")

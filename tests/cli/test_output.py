"""What commands print: on consoles of any encoding, without control characters, with a status."""

import csv
import io
import os
import subprocess
import sys
from typing import NamedTuple

import keras
import numpy as np
import pytest

import mm_keras as mm
from mm_keras.cli.console import Console
from mm_keras.cli.main import main
from mm_keras.cli.streams import SafeStream, escape_controls, in_one_line, safe_output
from mm_keras.utils.files import only_user
from mm_keras.utils.progress import open_bar
from tests import ROOT

TEXTS = ["storm and rain", "goal and goal", "rain on the coast", "the goal of the match"] * 5
printed_warnings = pytest.mark.filterwarnings("default::mm_keras.DataWarning")
NAMES = ["weather \x1b]0;owned\x07", "Sport – 体育"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    keras.utils.set_random_seed(0)
    features = mm.Features(text=mm.text.TFIDF()).fit({"text": TEXTS})
    model = mm.fusion.unimodal_model(features.shapes, 2, head="linear")
    folder = tmp_path_factory.mktemp("output")
    mm.Classifier(features, model, NAMES).save(folder / "classifier")
    rows = [["id", "text"], ["a", "storm and rain"], ["b", "zebra"], ["c", ""], ["d", "goal"]]
    with open(folder / "texts.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return folder


class Answer(NamedTuple):
    returncode: int
    stdout: bytes
    stderr: bytes


@pytest.fixture
def run(saved, monkeypatch, capsysbinary):
    """A function that runs a command in the folder of `saved`, in this process."""

    def run(*arguments):
        capsysbinary.readouterr()
        status = main(list(arguments))
        return Answer(status, *capsysbinary.readouterr())

    monkeypatch.chdir(saved)
    return run


def in_a_process(folder, *command, **environment):
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
    )


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_console_is_good_enough_and_csv_is_utf8(saved, encoding):
    code = (
        "import sys; from mm_keras.cli.main import main; "
        "one = main(['predict', 'classifier', '--text', 'storm 体育']); "
        "table = main(['predict', 'classifier', '--csv', 'texts.csv']); sys.exit(one or table)"
    )
    settings = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    answer = in_a_process(saved, "-c", code, **settings)
    assert answer.returncode == 0, answer.stderr
    one, start, table = answer.stdout.partition(b"id,")
    assert ("体育" if encoding == "utf-8" else "??") in one.decode(encoding)
    header = next(csv.reader(io.StringIO((start + table).decode("utf-8"))))
    assert header[-1] == NAMES[1]


def test_control_characters_are_written_out(saved):
    answer = in_a_process(saved, "-m", "mm_keras", "predict", "classifier", "--text", "storm")
    assert b"\x1b" not in answer.stdout and b"\\x1b]0;owned\\x07" in answer.stdout


def test_only_control_characters_are_escaped():
    text = "a\tb\nc\rd é 体 🙂"
    assert escape_controls(text) == text
    assert escape_controls("\x00\x1b\x7f\x9b\u2028\u202e") == "\\x00\\x1b\\x7f\\x9b\\u2028\\u202e"
    assert (
        escape_controls("\u200f\u061c") == "\\u200f\\u061c"
        and in_one_line("x\r\n\ty") == "x\\r\\n\\ty"
    )
    stream = io.StringIO()
    print("\x1b[2J", file=SafeStream(stream))
    assert stream.getvalue() == "\\x1b[2J\n"
    terminal = io.StringIO()  # bars move the cursor, so they are not escaped
    with open_bar(2, SafeStream(terminal), "{n_fmt}/{total_fmt}"):
        with open_bar(3, SafeStream(terminal), "{n_fmt}/{total_fmt}"):
            pass
    assert "\\x1b" not in terminal.getvalue() and "0/3" in terminal.getvalue()
    with safe_output():
        assert isinstance(sys.stdout, SafeStream)
    assert not isinstance(sys.stdout, SafeStream)


@pytest.mark.parametrize("is_terminal", [True, False])
def test_training_moves_a_bar_in_terminals_only(is_terminal, monkeypatch):
    stream = io.StringIO()
    stream.isatty = lambda: is_terminal
    monkeypatch.setattr(sys, "stderr", stream)
    console = Console()
    console.progress("text", 1, 40, {"loss": 1.5, "accuracy": 0.25})
    console.progress("text", 2, 40, {"loss": 1.25, "accuracy": 0.5})
    console.progress("image", 1, 40, {"loss": 1.0})
    console.progress(None)
    shown = stream.getvalue()
    assert ("text: epoch 2 of at most 40|" in shown) == is_terminal
    assert ("loss 1.250, accuracy 0.500" in shown) == is_terminal
    assert (
        "image: epoch 1 of at most 40|" in shown
    ) == is_terminal and "text: epoch 3" not in shown
    assert is_terminal or shown == ""


@printed_warnings
def test_one_row_for_each_row_and_what_it_is_based_on(saved, run):
    answer = run("predict", "classifier", "--csv", "texts.csv", "--out", "answers.csv")
    assert answer.returncode == 0, answer.stderr
    assert b"2 samples contained nothing that the classifier knows" in answer.stderr
    assert b": b, c." in answer.stderr
    rows = list(csv.DictReader(open(saved / "answers.csv", newline="", encoding="utf-8")))
    assert [row["id"] for row in rows] == ["a", "b", "c", "d"]
    assert [row["based_on"] for row in rows] == ["text", "", "", "text"]
    again = run("predict", "classifier", "--csv", "texts.csv", "--out", "answers.csv")
    assert again.returncode == 0


@printed_warnings
def test_rows_without_content_and_repeated_ids_stay_in_place(saved, run):
    content = 'id\ttext\n1\tgoal\n\t\n1\t"storm" and rain\n3\t\n\t\n'
    (saved / "odd.tsv").write_text(content, encoding="utf-8")
    answer = run("predict", "classifier", "--csv", "odd.tsv", "--quoting", "none")
    assert answer.returncode == 0, answer.stderr
    rows = list(csv.DictReader(io.StringIO(answer.stdout.decode("utf-8"))))
    assert [row["id"] for row in rows] == ["1", "", "1", "3", ""]
    assert [row["based_on"] for row in rows] == ["text", "", "text", "", ""]


@printed_warnings
@pytest.mark.parametrize("sample", [["--text", "zebra"], ["--text", "?!"]])
def test_a_prediction_from_nothing_is_reported_and_has_a_status(run, sample):
    answer = run("predict", "classifier", *sample)
    assert answer.returncode == 1
    assert b"nothing that the classifier knows (no known word" in answer.stderr


@printed_warnings
def test_a_table_of_nothing_known_has_a_status(saved, run):
    (saved / "zebras.csv").write_text("text\nzebra\nzebras\n")
    assert run("predict", "classifier", "--csv", "zebras.csv").returncode == 1


@printed_warnings
def test_predict_overwrites_only_predictions(saved, run):
    before = (saved / "texts.csv").read_bytes()
    for target in ("texts.csv", "classifier"):
        answer = run("predict", "classifier", "--csv", "texts.csv", "--out", target)
        assert answer.returncode == 2 and b"Choose" in answer.stderr
    assert (saved / "texts.csv").read_bytes() == before


def test_a_lack_of_memory_ends_in_one_line(monkeypatch, capsys):
    def fail(options):
        raise MemoryError

    monkeypatch.setattr("mm_keras.cli.predict.run", fail)
    assert main(["predict", "x", "--text", "y"]) == 2
    assert capsys.readouterr().err.strip().startswith("error: not enough memory")


def test_what_is_known_of_each_sample(saved):
    classifier = mm.Classifier.load(saved / "classifier")
    with pytest.warns(mm.DataWarning, match="2 samples contained nothing.*: row 1, row 2"):
        probabilities, known = classifier.predict_proba(
            texts=["storm", "zebra", None], return_known=True
        )
    assert probabilities.shape == (3, 2)
    np.testing.assert_array_equal(known["text"], [True, False, False])


@pytest.mark.parametrize("command", ["article", "table"])
def test_two_processes_do_not_write_to_the_same_folder(tmp_path, capsys, command):
    out = tmp_path / "out"
    with only_user(out):
        assert main([command, "--out", str(out)]) == 2
    assert "in use by another process" in capsys.readouterr().err
    (tmp_path / "file").write_text("mine")
    assert main([command, "--out", str(tmp_path / "file")]) == 2
    assert "which is a file" in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == "mine" and not list(out.iterdir())


def test_a_command_whose_output_is_closed_does_its_work(saved):
    code = f"import os, sys; os.chdir({str(saved)!r}); sys.stdout = sys.stderr = None\n"
    code += "from mm_keras.cli.main import main\n"
    code += "sys.exit(main(['predict', 'classifier', '--text', 'storm']))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0

"""`compare --rerun` with doctored files: refused field by field; nothing is written elsewhere."""

import copy
import json
import os

import pytest

from mm_keras.cli import compare, manifest
from mm_keras.cli.main import main
from mm_keras.comparison.engine.manifest import make_manifest
from mm_keras.comparison.options import Options
from tests.robustness.manifests import earlier_result, files_in


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("earlier")


@pytest.fixture(scope="module")
def result(folder):
    return earlier_result(folder)


def rerun(result, folder, *arguments):
    (folder / "results.json").write_text(json.dumps(result))
    return main(["compare", "--rerun", str(folder), "--workers", "0", *arguments])


def test_every_option_and_every_field_is_checked():
    assert sorted(manifest.OPTIONS) == sorted(compare.OPTIONS)
    assert set(manifest.FIELDS) == set(make_manifest(Options.of(), "", [], 0))


def test_the_data_are_named_and_results_go_to_the_chosen_folder_only(
    folder, result, tmp_path, capsys
):
    before = files_in(folder)
    assert rerun(result, tmp_path, "--out", str(tmp_path / "chosen")) == 0
    printed = capsys.readouterr().out
    assert f"Reading the data {str(folder)!r}, which {tmp_path / 'results.json'} names." in printed
    assert f"Writing to {tmp_path / 'chosen'} only." in printed and "The same: every" in printed
    assert files_in(folder) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chosen", "results.json"]
    assert rerun(result, tmp_path) == 0
    assert (tmp_path / "rerun" / "results.json").exists()


@pytest.mark.parametrize(
    "field, value, message",
    [
        ("out", "/elsewhere", "manifest.command_options has an unknown field 'out'"),
        ("rerun", "x", "unknown field 'rerun'"),
        ("workers", 1000, "unknown field 'workers'"),
        ("repeats", 10**9, "repeats must be an integer from 1 to 1,000. Received: 1000000000"),
        ("repeats", 1000, "repeats is 1000, but the manifest lists the folds of 1 repeat"),
        ("folds", 10**9, "folds must be an integer from 1 to 100,000"),
        ("folds", 1000, "Between 2 and 12 folds are possible"),
        ("folds", True, "folds must be an integer"),
        ("folds", 2.0, "folds must be an integer"),
        ("settings", 4, "settings must be an integer from 1 to 3"),
        ("seed", -1, "seed must be an integer from 0 to 4,294,967,295"),
        ("quick", "no", "quick must be true or false. Received: 'no'"),
        ("contenders", "majority", "contenders must be null or a list"),
        ("contenders", ["no such"], "No contender is called 'no such'"),
        ("contenders", ["majority"] * 1001, "contenders must be null or a list of 1 to 1,000"),
        ("group", 1, "group must be null or a text"),
        ("group", "chapter", "no column 'chapter' to group by"),
        ("data", ["newsroom"], "data must be a text"),
        ("data", "/no/such/folder", "There is no data '/no/such/folder'"),
        ("data", "x\0y", "data must be a text"),
        ("label_separator", {}, "label_separator must be null or a text"),
        ("quoting", "sometimes", "quoting must be auto, minimal or none"),
    ],
)
def test_a_doctored_option_is_refused_in_one_line(field, value, message, result, tmp_path, capsys):
    doctored = copy.deepcopy(result)
    doctored["manifest"]["command_options"][field] = value
    assert rerun(doctored, tmp_path, "--out", str(tmp_path / "out")) == 2
    errors = capsys.readouterr().err.strip().splitlines()
    assert len(errors) == 1 and message in errors[0]
    assert not any((tmp_path / "out").glob("*"))


@pytest.mark.parametrize(
    "field, value, message",
    [
        ("threads_per_worker", "1", "manifest.threads_per_worker must be an integer"),
        ("versions", {"numpy": ["1"]}, "manifest.versions must be an object with names"),
        ("fold_of_sample", [[0, "1"]], "manifest.fold_of_sample must be lists of integers"),
        ("fold_of_sample", 7, "manifest.fold_of_sample must be lists of integers"),
        ("command_options", [], "manifest.command_options must be an object"),
        ("callback", "os.system", "manifest has an unknown field 'callback'"),
        ("platform", [[[[]]]], "manifest.platform must be a text"),
    ],
)
def test_a_doctored_field_is_refused(field, value, message, result, tmp_path, capsys):
    doctored = copy.deepcopy(result)
    doctored["manifest"][field] = value
    assert rerun(doctored, tmp_path) == 2 and message in capsys.readouterr().err
    del doctored["manifest"][field]
    if field in result["manifest"]:
        assert rerun(doctored, tmp_path) == 2
        assert f"the manifest has no {field}" in capsys.readouterr().err


def test_deeply_nested_files_pipes_and_folders_of_others_are_refused(result, tmp_path, capsys):
    deep = "[" * 500 + "]" * 500
    (tmp_path / "results.json").write_text(f'{{"x": {deep}, {json.dumps(result)[1:]}')
    assert main(["compare", "--rerun", str(tmp_path)]) == 2
    assert "is not the results.json of" in capsys.readouterr().err
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        piped = copy.deepcopy(result)
        piped["manifest"]["command_options"]["data"] = str(tmp_path / "pipe")
        assert rerun(piped, tmp_path) == 2 and "a device or pipe" in capsys.readouterr().err
    (tmp_path / "rerun").mkdir()
    (tmp_path / "rerun" / "results.json").write_text("mine")
    assert rerun(result, tmp_path) == 2
    assert "contains results.json, not written by a comparison" in capsys.readouterr().err
    assert (tmp_path / "rerun" / "results.json").read_text() == "mine"


def test_values_that_differ_are_printed_shortened(result, tmp_path, capsys):
    changed = copy.deepcopy(result)
    changed["verdicts"] = ["x" * 1_000_000]
    assert rerun(changed, tmp_path, "--out", str(tmp_path / "out")) == 1
    printed = capsys.readouterr().out
    assert "NOT the same" in printed and len(printed) < 5_000

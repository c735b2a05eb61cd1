"""Long runs: stored, killed and resumed, distributed over processes, repeated bit for bit."""

import importlib.util
import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from functools import partial

import numpy as np
import pytest

from mm_keras import Features, compare
from mm_keras.cli.main import main
from mm_keras.comparison.contenders import Builder, Contender, Estimator
from mm_keras.comparison.engine import workers as workers_module
from mm_keras.comparison.engine.jobs import Job
from mm_keras.comparison.engine.manifest import differences, identity
from mm_keras.comparison.engine.session import EtaEstimator, Session
from mm_keras.comparison.engine.store import Store, pack, unpack
from mm_keras.comparison.engine.workers import Workers
from mm_keras.comparison.progress import Progress
from mm_keras.utils.files import write_json
from mm_keras.utils.formatting import format_duration
from mm_keras.utils.messages import DataWarning
from mm_keras.utils.source_code import source_fingerprint
from tests import ROOT
from tests.comparison.compare_example import Spy, by_name, only_numbers, small_data
from tests.robustness.manifests import earlier_result

# They start quickly because they do not need TensorFlow.
CONTENDERS = ["majority", "text-logistic", "image-logistic", "both-logistic"]


def read(folder):
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))


def start(data, out, workers=2):
    """Start the command in a separate process."""
    command = [
        sys.executable,
        "-m",
        "mm_keras",
        "compare",
        "--data",
        data,
        "--contenders",
        *CONTENDERS,
        "--folds",
        "2",
        "--settings",
        "2",
        "--workers",
        str(workers),
        "--out",
        out,
    ]
    return subprocess.Popen(
        list(map(str, command)),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Data on disk: image files and a CSV table."""
    from PIL import Image

    folder, data = tmp_path_factory.mktemp("data"), small_data()
    lines = ["text,image,label"]
    for i, image in enumerate(data["image"]):
        Image.fromarray(image).save(folder / f"{i}.png")
        lines.append(f"{data['text'][i]},{i}.png,{data.class_names[data.labels[i]]}")
    (folder / "pairs.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def whole(folder, tmp_path_factory):
    """The folder and the printed text of an uninterrupted run."""
    out = tmp_path_factory.mktemp("whole")
    process = start(folder, out)
    printed = process.communicate(timeout=900)[0]
    assert process.returncode == 0, printed
    return out, printed


def test_the_command_prints_the_table_and_writes_everything(whole):
    out, printed = whole
    written = {
        "classes.csv",
        "figures",
        "finished.jsonl",
        "folds.csv",
        "methods.txt",
        "predictions.csv",
        "references.bib",
        "report.html",
        "results.csv",
        "results.json",
        "table.md",
        "table.tex",
    }
    assert {file.name for file in out.iterdir()} == written
    for expected in (
        "60 samples of text, image, 3 classes",
        "both-logistic",
        "Fusion (both-logistic) is",
        "report.html",
        "--rerun",
    ):
        assert expected in printed, printed
    assert "WARNING" not in printed and "cuda" not in printed  # no output of libraries
    result = read(out)
    assert [line.split(",")[0] for line in (out / "results.csv").read_text().splitlines()] == [
        "name",
        *CONTENDERS,
    ]
    manifest = result["manifest"]
    assert (
        manifest["command"][:5] == ["python", "-m", "mm_keras", "compare", "--data"]
        and len(manifest["data_sha256"]) == 64
    )
    assert np.bincount(manifest["fold_of_sample"][0]).tolist() == [30] * 2
    corrupted = {"word_drop", "typos", "blur", "noise", "occlusion", "contrast"}
    assert {curve["corruption"] for curve in result["robustness"]["curves"]} == corrupted
    assert all(
        low <= mean <= high
        for curve in result["learning_curves"]
        for low, mean, high in zip(curve["low"], curve["mean"], curve["high"])
    )
    assert result["notes"] == [
        "The accuracy of image-logistic, both-logistic is the same in all folds: an interval of "
        "zero width does not mean certainty.",
        "With 2 splits the t test has 1 degree of freedom and misses all but very large "
        "differences. Use at least 5 splits (folds x repeats).",
    ]


def test_a_run_killed_at_random_moments_resumes_and_gives_the_same_result(folder, whole, tmp_path):
    num_jobs = len((whole[0] / "finished.jsonl").read_text().splitlines())
    rng = random.Random()
    for _ in range(2):
        process, store = start(folder, tmp_path), tmp_path / "finished.jsonl"
        num_before = len(store.read_bytes().splitlines()) if store.exists() else 0
        num_lines = num_before + rng.randint(1, num_jobs // 2)
        while process.poll() is None and (
            not store.exists() or len(store.read_bytes().splitlines()) < num_lines
        ):
            time.sleep(0.01)
        time.sleep(rng.random() / 10)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    assert not (tmp_path / "report.html").exists() or read(tmp_path)  # no incomplete files
    process = start(folder, tmp_path)
    printed = process.communicate(timeout=900)[0]
    assert process.returncode == 0, printed
    assert differences(read(whole[0]), read(tmp_path)) == []
    keys = [
        json.dumps(json.loads(line)["key"])
        for line in store.read_text().splitlines()
        if line.endswith("}")
    ]
    assert len(keys) == len(set(keys)) == num_jobs  # no finished job was run again


def test_a_repetition_is_compared_bit_for_bit(whole, tmp_path, capsys):
    again = str(tmp_path / "again")
    assert main(["compare", "--rerun", str(whole[0]), "--workers", "1", "--out", again]) == 0
    assert "The same: every value equals that in" in capsys.readouterr().out
    assert differences(read(whole[0]), read(tmp_path / "again")) == []
    assert main(["compare", "--rerun", str(whole[0]), "--out", again]) == 2
    assert "already contains a result" in capsys.readouterr().err


def test_a_repetition_that_differs_in_one_bit_is_reported_and_never_read_again(tmp_path, capsys):
    changed = earlier_result(tmp_path)
    first = changed["contenders"][0]["metrics"]["log_loss"]
    first["splits"][0] = np.nextafter(first["splits"][0], 1)  # the last bit of one number
    changed["manifest"]["data_sha256"] = "another"
    write_json(tmp_path / "changed.json", changed)
    again = tmp_path / "rerun" / "finished.jsonl"
    for _ in range(2):  # the second repetition does not read what the first one stored
        assert main(["compare", "--rerun", str(tmp_path / "changed.json"), "--workers", "0"]) == 1
        printed = capsys.readouterr().out
        assert (
            "NOT the same: 1 value differs" in printed
            and "contenders[0].metrics.log_loss.splits[0]" in printed
        )
        assert "The data has changed" in printed and "a mark" not in again.read_text(
            encoding="utf-8"
        )
        with open(again, "a", encoding="utf-8") as file:
            file.write("a mark")


def test_networks_and_user_functions_give_the_same_bits_in_any_process():
    def build(shapes, num_classes):
        import keras

        text = keras.Input(shapes["text"], name="text")
        return keras.Model(
            {"text": text},
            keras.layers.Dense(num_classes, activation="softmax")(keras.layers.Dropout(0.1)(text)),
        )

    results = []
    for workers in (2, 1, 0):
        mine = {
            "majority": "majority",
            "mine": Builder(build, ["text"], param_candidates=[{"rate_factor": 100.0}]),
        }
        results.append(compare(small_data(), mine, cv=2, robustness=False, workers=workers))
    two, one, none = results
    assert by_name(two)["mine"]["failed"] is None
    assert differences(two, one) == []
    # Without worker processes, TensorFlow may use several threads.
    for metric, values in by_name(none)["mine"]["metrics"].items():
        assert values["mean"] == pytest.approx(
            by_name(two)["mine"]["metrics"][metric]["mean"], rel=1e-4
        ), metric


class Dying(Contender):
    """Kills its process, as the system does when memory runs out."""

    level, modalities = "text", ("text",)

    def fit(self, train, setting, seed):
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_dies_fails_its_contender_only():
    contenders = {"majority": "majority", "dying": Dying(), "text-logistic": "text-logistic"}
    result = compare(small_data(), contenders, cv=2, num_settings=1, robustness=False, workers=2)
    found = by_name(result)
    assert "its process died" in found["dying"]["failed"]
    assert found["majority"]["failed"] is found["text-logistic"]["failed"] is None


def test_a_process_whose_memory_has_grown_is_replaced(monkeypatch):
    class Leaks:
        def __init__(self):
            self.kept = []

        def do(self, megabytes):
            self.kept.append(b"x" * (megabytes * 2**20))
            return os.getpid()

    monkeypatch.setattr(workers_module, "MAX_GROWTH", 100)
    pids = {}
    with Workers(Leaks, 1, lambda job: job) as workers:
        workers.work_through([80, 60, 70, 1], print, pids.__setitem__)
    # The first job counts as the start: 60 MB are kept, 60 + 70 MB are too many.
    assert pids[80] == pids[60] == pids[70] != pids[1]


def test_an_interruption_is_propagated_and_leaves_no_process(monkeypatch, capsys):
    class Slow:
        def do(self, job):
            time.sleep(30)

    def interrupted(job):
        raise KeyboardInterrupt

    for seconds in (0, 2):  # while the first process starts, and while it runs its job
        workers = Workers(Slow, 2, lambda job: job)
        with pytest.raises(KeyboardInterrupt), workers:
            workers.work_through(
                ["first", seconds],
                lambda job: job == "first" or time.sleep(job) or interrupted(job),
                print,
            )
        for thread in threading.enumerate():
            if "_do" in thread.name:
                thread.join(10)
                assert not thread.is_alive()
        assert not workers._processes

    monkeypatch.setattr("mm_keras.cli.compare._compare", lambda *given: interrupted(given))
    assert main(["compare", "--out", "there"]) == 130
    assert "kept in there" in capsys.readouterr().err


def test_finished_jobs_are_not_run_again_unless_something_changed(tmp_path):
    options = {
        "cv": 2,
        "robustness": False,
        "workers": 0,
        "features": only_numbers(),
        "out": tmp_path,
    }
    data = small_data()
    first, second = Spy(), Spy()
    one = compare(data, {"spy": first}, **options)
    two = compare(data, {"spy": second, "other": Spy(np.tile([0.5, 0.3, 0.2], (60, 1)))}, **options)
    assert len(first.trained_on) == 2 and not second.trained_on  # read from the store
    assert differences(by_name(one)["spy"]["metrics"], by_name(two)["spy"]["metrics"]) == []
    for change in ({"seed": 1}, {"cv": 3}):
        again = Spy()
        compare(data, {"spy": again}, **{**options, **change})
        assert again.trained_on
    changed = Spy()
    compare(small_data(seed=1), {"spy": changed}, **options)
    assert changed.trained_on


def test_failed_jobs_are_tried_again(tmp_path):
    class NeedsMemory(Spy):
        def fit(self, train, setting, seed):
            if not (tmp_path / "memory").exists():
                raise MemoryError
            return super().fit(train, setting, seed)

    options = {
        "cv": 2,
        "robustness": False,
        "workers": 0,
        "features": only_numbers(),
        "out": tmp_path,
    }
    assert compare(small_data(), {"spy": NeedsMemory()}, **options)["contenders"][0]["failed"]
    (tmp_path / "memory").touch()
    for num_trained in (2, 0):
        spy = NeedsMemory()
        (row,) = compare(small_data(), {"spy": spy}, **options)["contenders"]
        assert row["failed"] is None
        assert len(spy.trained_on) == num_trained


def test_a_contender_is_identified_by_class_parameters_and_source():
    from sklearn.linear_model import LogisticRegression

    def build(shapes, num_classes):
        return 1

    def other(shapes, num_classes):
        return 2

    def logistic(C):
        return Estimator(LogisticRegression(C=C), ["text"])

    assert identity(logistic(1)) == identity(logistic(1)) != identity(logistic(2))
    assert identity(Builder(build)) == identity(Builder(build)) != identity(Builder(other))


def test_a_negative_number_of_processes_is_refused():
    with pytest.raises(ValueError, match="workers must be a number of processes, 0 for none"):
        compare(small_data(), ["majority"], workers=-2)
    assert Session(small_data(), [], {}, workers=-1).num_workers >= 1


def test_edited_user_code_is_recognized(tmp_path, monkeypatch):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    def builder(width):
        def build(shapes, num_classes):
            return width

        return build

    def build(shapes, num_classes, width):
        return width

    def from_file(body):
        (tmp_path / "mine.py").write_text(
            "from sklearn.linear_model import LogisticRegression\n\n\n"
            f"class Mine(LogisticRegression):\n    {body}\n",
            encoding="utf-8",
        )
        spec = importlib.util.spec_from_file_location("mine", tmp_path / "mine.py")
        monkeypatch.setitem(sys.modules, "mine", importlib.util.module_from_spec(spec))
        spec.loader.exec_module(sys.modules["mine"])
        return identity(Estimator(sys.modules["mine"].Mine()))

    before, after = FunctionTransformer(lambda X: X), FunctionTransformer(lambda X: 2 * X)
    for one, same, other in (
        (builder(1), builder(1), builder(2)),
        (partial(build, width=1), partial(build, width=1), partial(build, width=2)),
    ):
        assert identity(Builder(one)) == identity(Builder(same)) != identity(Builder(other))
    assert from_file("power = 1") == from_file("power = 1") != from_file("power = 12")
    pipelines = [
        Estimator(make_pipeline(step, LogisticRegression())) for step in (before, before, after)
    ]
    assert identity(pipelines[0]) == identity(pipelines[1]) != identity(pipelines[2])
    assert source_fingerprint(Features(text=before)) != source_fingerprint(Features(text=after))


def test_an_incomplete_line_is_reported_with_its_number_and_ignored(tmp_path):
    path = tmp_path / "store.jsonl"
    Store(path, {"seed": 0}).add(("a", 1), {"x": 0.1})
    with open(path, "a") as file:
        file.write('{"sha256": "0123", "settings": {"seed": 0}, "key": ["b", 1], "resu')
    with pytest.warns(DataWarning, match="Line 2 of .*store.jsonl is incomplete or damaged"):
        store = Store(path, {"seed": 0})
    assert store.results == {("a", 1): {"x": 0.1}}
    store.add(("c", 1), {"x": 1 / 3})
    with pytest.warns(DataWarning, match="Line 2 of "):
        store = Store(path, {"seed": 0})
    assert store.results == {("a", 1): {"x": 0.1}, ("c", 1): {"x": 1 / 3}}
    assert Store(None, {}).results == {}


def test_lines_without_a_checksum_from_earlier_versions_are_not_believed(tmp_path):
    path, line = tmp_path / "store.jsonl", {"settings": {}, "key": ["a", 1], "result": {"x": 1}}
    path.write_text(2 * (json.dumps(line) + "\n"))
    with pytest.warns(DataWarning, match="2 lines of .* checksums are missing or wrong.*: lines 1"):
        assert Store(path, {}).results == {}


def test_a_damaged_store_gives_the_same_result_as_a_new_one(tmp_path):
    options = {"cv": 3, "num_settings": 1, "robustness": False, "workers": 0, "out": tmp_path}
    path, rng = tmp_path / "finished.jsonl", np.random.default_rng(0)
    expected = compare(small_data(), ["majority", "text-logistic"], **options)
    content = path.read_bytes()
    for position in rng.integers(0, len(content), 12):
        damaged = bytearray(content)
        damaged[position] ^= 1 << rng.integers(8)
        path.write_bytes(damaged)
        with pytest.warns(DataWarning, match="What (it|they) held is computed again"):
            result = compare(small_data(), ["majority", "text-logistic"], **options)
        num_new = len(path.read_bytes()[len(damaged) :].strip().split(b"\n"))
        assert differences(result, expected) == [] and 1 <= num_new <= 2


def test_arrays_keep_every_bit():
    array = np.random.default_rng(0).random((7, 3)).astype(np.float32)
    np.testing.assert_array_equal(unpack(json.loads(json.dumps(pack(array)))), array)


def test_differences_are_listed_with_their_path():
    first = {"a": [1, {"b": 0.1}], "timings": {"seconds": 1}, "c": None}
    assert differences(first, {"a": [1, {"b": 0.1}], "timings": {"seconds": 2}, "c": None}) == []
    assert differences(first, {"a": [1, {"b": 0.2}], "c": 0}) == ["a[1].b: 0.1, 0.2", "c: None, 0"]


def test_the_remaining_time_is_estimated_from_earlier_jobs_of_the_same_contenders():
    jobs = [Job("trial", split, name) for split in (0, 1) for name in ("slow", "quick")]
    states = []
    clock = EtaEstimator(2, lambda *state: states.append(state))
    clock.plan(4, jobs)
    assert clock.seconds_left() is None
    clock.durations = {("trial", "slow"): [10.0], ("trial", "quick"): [2.0]}
    clock.waiting = jobs[2:]
    assert clock.seconds_left() == 6.0  # 10 + 2 seconds in two processes
    clock.start(jobs[2])
    assert states[-1][:3] == (2, 4, jobs[2])


def test_the_remaining_time_includes_the_followup_jobs():
    trials, curves = (
        [Job(kind, 0, name) for name in ("slow", "quick")] for kind in ("trial", "learning")
    )
    states = []
    clock = EtaEstimator(1, lambda *state: states.append(state))
    clock.plan(2, trials, num_later=2)
    clock.durations, clock.waiting = {("trial", "slow"): [10.0]}, trials[1:]
    # The trial takes as long as the one before, and each follow-up job half as long.
    assert clock.seconds_left() == 10 + 2 * 5
    clock.durations["trial", "quick"] = [2.0]
    clock.plan(2, curves)
    assert clock.seconds_left() == 5 + 1  # half as long as their trials
    clock.durations["learning", "slow"] = [8.0]
    assert clock.seconds_left() == 8 + 1
    clock.start(curves[0])
    assert states[-1][:3] == (2, 4, curves[0])


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_a_bar_on_terminals_and_a_line_for_each_finished_job_elsewhere():
    terminal, file = Terminal(), io.StringIO()
    job = Job("trial", 0, "text-svm")
    with Progress(terminal) as bar, Progress(file) as lines:
        bar(3, 12, job, 100.0)
        lines(3, 12, job, None)  # the first job starts, three are resumed
        lines(4, 12, job, 100.0)
        lines(4, 12, Job("trial", 1, "text-svm"), 100.0)  # another one starts
        lines(5, 12, Job("robustness", 1, "text-svm"), 90.0)
        lines(0, 2, job, None)  # with shuffled labels: the count starts anew
        lines(1, 2, job, 3.0)
    assert "table" in terminal.getvalue() and "3/12" in terminal.getvalue()
    assert "about 2 min left   text-svm" in terminal.getvalue()
    assert file.getvalue().splitlines() == [
        "table 4/12, about 2 min left   split 1, text-svm",
        "corrupted inputs 5/12, about 2 min left   split 2, text-svm",
        "table 1/2, about 3 s left   split 1, text-svm",
    ]
    assert format_duration(59) == "59 s"


@pytest.mark.parametrize("progress, is_shown", [(None, True), (True, True), (False, False)])
def test_compare_shows_its_progress_where_somebody_looks(progress, is_shown, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    compare(
        small_data(24),
        {"majority": "majority"},
        cv=2,
        workers=0,
        robustness=False,
        progress=progress,
    )
    assert ("2/2" in terminal.getvalue()) == is_shown


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--rerun", "nowhere"], "There is no nowhere"),
        (["--rerun", "pyproject.toml"], "not the results.json of"),
        (["--data", "nowhere"], "no data 'nowhere'"),
    ],
)
def test_mistakes_end_in_one_clear_line(arguments, message, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert main(["compare", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_data_with_several_labels_and_without_images_from_the_command_line(
    folder, tmp_path, capsys
):
    lines = (folder / "pairs.csv").read_text(encoding="utf-8").splitlines()
    several = [
        lines[0],
        *(f"{line}|class0" if i % 4 == 0 else line for i, line in enumerate(lines[1:])),
    ]
    (tmp_path / "pairs.csv").write_text("\n".join(several), encoding="utf-8")
    cheap = [
        "--data",
        str(tmp_path),
        "--image-column",
        "none",
        "--contenders",
        "majority",
        "text-logistic",
        "--folds",
        "2",
        "--settings",
        "1",
        "--no-robustness",
        "--workers",
        "0",
        "--out",
        str(tmp_path / "out"),
    ]
    assert main(["compare", *cheap, "--label-separator", "|"]) == 0
    result = read(tmp_path / "out")
    assert result["data"]["multi_label"] and result["data"]["modalities"] == ["text"]
    assert result["data"]["class_names"] == ["class0", "class1", "class2"]
    # Some samples have two labels.
    assert result["data"]["class_counts"][0] > 20 == result["data"]["class_counts"][1]
    assert {"--label-separator", "|", "--image-column", "none"} <= set(
        result["manifest"]["command"]
    )
    assert "Text alone (text-logistic) is" in capsys.readouterr().out
    assert main(["compare", *cheap]) == 0  # here "class1|class0" is one class
    assert not read(tmp_path / "out")["data"]["multi_label"]


def test_the_exit_status_is_1_if_all_contenders_failed(tmp_path, capsys):
    (tmp_path / "pairs.csv").write_text(
        "text,image,label\n" + "".join(f".,,{label}\n" for label in "ab" * 6), encoding="utf-8"
    )
    command = [
        "compare",
        "--data",
        str(tmp_path),
        "--image-column",
        "none",
        "--folds",
        "2",
        "--no-robustness",
        "--workers",
        "0",
        "--out",
        str(tmp_path / "out"),
        "--contenders",
        "text-logistic",
    ]
    assert main(command) == 1
    assert "No result for text-logistic" in capsys.readouterr().out
    assert main([*command, "majority"]) == 0


MODULE = """
from tests.comparison.compare_example import small_data
from mm_keras import compare
from mm_keras.comparison.contenders import Builder

def build(shapes, num_classes):
    import keras
    text = keras.Input(shapes["text"], name="text")
    return keras.Model({"text": text}, keras.layers.Dense(num_classes, activation="softmax")(text))

def run(out):
    mine = {"mine": Builder(build, ["text"], param_candidates=[{"rate_factor": 100.0}])}
    compare(small_data(), mine, cv=2, workers=2, out=out)  # a process for each split
"""


def test_a_killed_run_resumes_with_robustness_and_learning_curve_of_a_network(
    tmp_path, monkeypatch
):
    (tmp_path / "module_to_kill.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("module_to_kill")
    store = tmp_path / "killed" / "finished.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-c", "import sys, module_to_kill; module_to_kill.run(sys.argv[1])"]
        + [str(store.parent)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
    )
    while process.poll() is None and (
        not store.exists() or len(store.read_bytes().splitlines()) < 2
    ):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=60)
    for name in ("whole", "killed"):
        module.run(tmp_path / name)
    whole, killed = read(tmp_path / "whole"), read(tmp_path / "killed")
    assert differences(whole, killed) == [] and whole["contenders"][0]["failed"] is None
    assert {curve["corruption"] for curve in whole["robustness"]["curves"]} == {
        "word_drop",
        "typos",
    }
    (curve,) = whole["learning_curves"]
    assert (
        curve["contender"] == "mine" and len(curve["sizes"]) == 2 and curve["mean"][-1] > 0.4
    )  # chance: 0.33

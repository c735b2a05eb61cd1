"""Signals, two processes with one folder, and files that no comparison has written."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mm_keras import compare
from mm_keras.cli.main import main
from mm_keras.comparison.engine.manifest import differences
from mm_keras.comparison.engine.signals import ending_on_signals
from mm_keras.comparison.results.folder import STARTS, STORE
from mm_keras.utils.files import only_user
from tests import ROOT
from tests.comparison.compare_example import small_data

HERE = {"workers": 0, "robustness": False, "cv": 2, "num_settings": 1}
SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
SCRIPT = """
import sys, time
from mm_keras import compare
from mm_keras.comparison.contenders import Majority
from tests.comparison.compare_example import small_data

class Slow(Majority):
    def fit(self, train, setting, seed):
        time.sleep(60)

def report(finished, total, job, seconds_left):
    print(finished, job.contender, flush=True)

contenders = {"majority": "majority", "slow": Slow()}
try:
    compare(small_data(), contenders, cv=2, robustness=False, out=sys.argv[1], workers=2,
            progress=report)
finally:
    print("left", flush=True)
"""


def start(tmp_path, out):
    (tmp_path / "script.py").write_text(SCRIPT)
    return subprocess.Popen(
        [sys.executable, str(tmp_path / "script.py"), str(out)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def children(process):
    """The process ids of all children."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            status = Path("/proc", name, "stat").read_text()
        except OSError:
            continue  # it has just ended
        if status.rpartition(")")[2].split()[1] == str(process.pid):
            found.append(name)
    return found


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs /proc")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_the_workers_keeps_the_results_and_sets_the_status(number, tmp_path):
    process, out = start(tmp_path, tmp_path / "out"), tmp_path / "out"
    for line in process.stdout:
        if line.startswith("2 "):  # both jobs of the baseline are finished
            break
    time.sleep(1)
    workers = children(process)
    assert workers
    process.send_signal(number)
    assert "left" in process.communicate(timeout=30)[0]
    assert process.returncode == 128 + number
    time.sleep(0.2)
    assert not any(os.path.exists(f"/proc/{pid}") for pid in workers)
    lines = (out / "finished.jsonl").read_text().splitlines()
    assert [json.loads(line)["key"][2] for line in lines] == ["majority"] * 2


@pytest.mark.parametrize("number", SIGNALS)
def test_the_handlers_are_set_in_the_main_thread_only_and_restored(number):
    with pytest.raises(SystemExit) as info, ending_on_signals():
        assert signal.getsignal(number) is not signal.SIG_DFL
        try:
            os.kill(os.getpid(), number)
            time.sleep(5)
        finally:
            os.kill(os.getpid(), number)  # a second one does not interrupt the clean-up
            time.sleep(0.01)
    assert info.value.code == 128 + number and signal.getsignal(number) is signal.SIG_DFL

    def handle(*_):
        pass

    for own in (handle, signal.SIG_IGN):  # `nohup` ignores SIGHUP
        signal.signal(number, own)
        try:
            with ending_on_signals():
                assert signal.getsignal(number) is own
            assert signal.getsignal(number) is own
        finally:
            signal.signal(number, signal.SIG_DFL)

    results = []

    def in_thread():
        with ending_on_signals():
            results.append(signal.getsignal(number))

    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
    assert results == [signal.SIG_DFL]


def test_the_command_says_that_the_results_are_kept(tmp_path, monkeypatch, capsys):
    def interrupted(*_):
        raise SystemExit(143)

    monkeypatch.setattr("mm_keras.cli.compare._compare", interrupted)
    with pytest.raises(SystemExit) as info:
        main(["compare", "--out", "there"])
    assert info.value.code == 143
    assert "Finished results are kept in there. Run the same" in capsys.readouterr().err


def test_one_process_at_a_time_writes_to_a_folder(tmp_path):
    out = tmp_path / "out"
    with (
        only_user(out),
        pytest.raises(FileExistsError, match="out is in use by another process. Wait until"),
    ):
        compare(small_data(), ["majority"], out=out, **HERE)
    assert not list(out.iterdir())
    compare(small_data(), ["majority"], out=out, **HERE)


@pytest.mark.parametrize("name", [*STARTS, STORE])
@pytest.mark.parametrize(
    "content", [b"name,text\n1,mine\n", b'{"accuracy": 1}\n', b"<!DOCTYPE html>"]
)
def test_files_that_no_comparison_has_written_are_never_replaced(name, content, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileExistsError, match=f"contains {name}, not written by a comparison"):
        compare(small_data(), ["majority"], out=tmp_path, **HERE)
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == content


def test_a_folder_is_not_replaced_and_a_file_is_not_a_folder(tmp_path):
    (tmp_path / "results.csv").mkdir()
    with pytest.raises(FileExistsError, match="contains results.csv"):
        compare(small_data(), ["majority"], out=tmp_path, **HERE)
    (tmp_path / "file").write_text("text")
    with pytest.raises(NotADirectoryError, match="file is a file. Choose another name"):
        compare(small_data(), ["majority"], out=tmp_path / "file", **HERE)


def test_a_second_comparison_replaces_the_files_of_the_first(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    first = compare(small_data(), ["majority"], out=tmp_path, permute_labels=True, **HERE)
    second = compare(small_data(), ["majority"], out=tmp_path, permute_labels=True, **HERE)
    assert differences(first, second) == [] and (tmp_path / "notes.txt").read_text() == "mine"
    assert json.loads((tmp_path / "results.json").read_text()) == second


def test_names_that_are_not_utf_8_are_written_escaped(tmp_path):
    data = small_data()
    name = "caf\udce9"  # what Python makes of the bytes of "café" in Latin-1
    named = type(data)(
        data.samples, data.labels, data.class_names, columns={"chapter": [name] * 60},
        info={"name": name, "folder": f"/data/{name}"},
    )  # fmt: skip
    try:
        (tmp_path / name).mkdir()
    except OSError:
        pytest.skip("this system has no such names")
    out = tmp_path / name / "out"
    result = compare(named, ["majority", "text-logistic"], out=out, **HERE)
    stored = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert stored == result and stored["data"]["name"] == name
    assert "caf\\udce9" in (out / "report.html").read_text(encoding="utf-8")
    assert "caf\\udce9" in (out / "table.tex").read_text(encoding="utf-8").replace(
        "textbackslash{}", ""
    )
    compare(named, ["majority", "text-logistic"], out=out, **HERE)


def test_names_of_classes_contenders_and_samples_that_are_not_utf_8_keep_the_report(tmp_path):
    data = small_data()
    named = type(data)(
        data.samples, data.labels, ["a\udce9", "b\u2028", "c"], [f"{i}\udce9" for i in range(60)]
    )
    mine = {"majority": "majority", "text\udce9": "text-logistic", "both": "both-logistic"}
    compare(named, mine, out=tmp_path, **HERE)
    for name in ("report.html", "results.csv", "table.md", "table.tex"):
        (tmp_path / name).read_text(encoding="utf-8")
    assert "text\\udce9" in (tmp_path / "report.html").read_text(encoding="utf-8")
    stored = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert stored["contenders"][1]["name"] == "text\udce9"

"""Atomic writing: whatever happens, the old or the new is there, whole."""

import errno
import os
import signal
import subprocess
import sys
import time

import pytest

from mm_keras.utils import files
from mm_keras.utils.files import clean_leftovers, only_user, replacing, write_text
from tests import ROOT

WRITER = """
import sys, time
from pathlib import Path
from mm_keras.utils import files
path, moment = Path(sys.argv[1]), sys.argv[2]
def wait(*_, **__):
    print("here", flush=True)
    time.sleep(60)
if moment == "between":  # without the system's call, between the two renames
    files._exchange = lambda *_: False
    rename = files.os.replace
    files.os.replace = lambda old, new: (rename(old, new), wait())
if moment == "after":
    files.shutil.rmtree = wait
with files.replacing(path) as part:
    part.mkdir()
    for name in "ab":
        (part / name).write_text("new")
        if moment == "before":
            wait()
"""


def start(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def old_folder(path):
    path.mkdir()
    for name in "ab":
        (path / name).write_text("old")


def contents(path):
    return {file.name: file.read_text() for file in path.iterdir()}


@pytest.mark.skipif(files.fcntl is None, reason="needs locks")
@pytest.mark.parametrize("moment", ["before", "between", "after"])
def test_a_killed_writer_leaves_the_old_or_the_new_folder_and_leftovers_are_cleaned(
    tmp_path, moment
):
    old_folder(tmp_path / "folder")
    writer = start(WRITER, tmp_path / "folder", moment)
    assert writer.stdout.readline() == b"here\n"
    files._next_search.clear()
    clean_leftovers(tmp_path)  # a writer that is alive is left alone
    assert len(list(tmp_path.glob(".folder-*.part"))) == 1
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    files._next_search.clear()
    clean_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    expected = "new" if moment == "after" else "old"
    assert contents(tmp_path / "folder") == {"a": expected, "b": expected}


def test_folders_are_exchanged_in_one_step(tmp_path):
    old_folder(tmp_path / "folder")
    with replacing(tmp_path / "folder") as part:
        part.mkdir()
        (part / "c").write_text("new")
    assert contents(tmp_path / "folder") == {"c": "new"}
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_failed_writer_changes_nothing(tmp_path):
    write_text(tmp_path / "file", "old")
    with pytest.raises(RuntimeError), replacing(tmp_path / "file") as part:
        part.write_text("new")
        raise RuntimeError
    assert (tmp_path / "file").read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_a_full_disk_names_the_file(tmp_path):
    with (
        pytest.raises(OSError, match=f"No space left on the disk.*{tmp_path}/file"),
        replacing(tmp_path / "file"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_other_hidden_files_are_left_alone(tmp_path):
    for name in (".folder-12345678.part.txt", ".notes.part", "x-abcdefgh.part"):
        (tmp_path / name).mkdir()
    files._next_search.clear()
    clean_leftovers(tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.skipif(files.fcntl is None, reason="needs locks")
def test_one_process_uses_a_folder_at_a_time_and_a_killed_one_frees_it(tmp_path):
    code = (
        "import sys, time\nfrom mm_keras.utils.files import only_user\n"
        "with only_user(sys.argv[1]):\n print('here', flush=True)\n time.sleep(60)"
    )
    other = start(code, tmp_path / "out")
    assert other.stdout.readline() == b"here\n"
    with (
        pytest.raises(FileExistsError, match="in use by another process"),
        only_user(tmp_path / "out"),
    ):
        pass
    other.kill()
    other.wait()
    time.sleep(0.1)
    with only_user(tmp_path / "out"):
        pass
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.skipif(files.fcntl is None, reason="needs locks")
@pytest.mark.parametrize("code", [errno.EMFILE, errno.EIO, errno.ENOMEM])
def test_an_error_of_the_machine_ends_the_writing_and_leaves_nothing(tmp_path, monkeypatch, code):
    def fail(path, flags):
        raise OSError(code, os.strerror(code), str(path))

    with monkeypatch.context() as patch:
        patch.setattr(files.os, "open", fail)
        with pytest.raises(OSError) as raised:
            write_text(tmp_path / "a.txt", "new")
    assert raised.value.errno == code and not list(tmp_path.iterdir())


@pytest.mark.skipif(files.fcntl is None, reason="needs locks")
@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_written_to(tmp_path, monkeypatch, code):
    def fail(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files.fcntl, "flock", fail)
    with only_user(tmp_path):
        write_text(tmp_path / "a.txt", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.skipif(files.fcntl is None, reason="needs locks")
def test_leftovers_of_a_later_kill_are_cleaned_too(tmp_path):
    for _ in range(2):
        write_text(tmp_path / "mine.txt", "mine")
        writer = start(WRITER, tmp_path / "folder", "before")
        assert writer.stdout.readline() == b"here\n"
        writer.kill()
        writer.wait()
        time.sleep(0.2)
        write_text(tmp_path / "mine.txt", "mine")
        assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]

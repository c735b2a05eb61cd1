"""Paths that are no files, and errors of the machine when a file is looked up."""

import errno
import os
import signal
import socket

import numpy as np
import pytest
from PIL import Image
from scipy.io import wavfile

from mm_keras.audio import MFCC, read_sound
from mm_keras.datasets import load_pairs
from mm_keras.features.cache import Cache
from mm_keras.image import Pixels, read_image
from mm_keras.utils.hashing import content_hash
from mm_keras.utils.image_files import file_type
from mm_keras.utils.messages import DataWarning
from mm_keras.video import Frames, read_frames

READERS = [read_image, read_sound, read_frames]
EXTRACTORS = {"image": Pixels(size=4), "audio": MFCC(num_steps=2), "video": Frames(num_steps=2)}


@pytest.fixture
def seconds():
    """Ends a test that waits for ever."""

    def stop(*_):
        raise AssertionError("still waiting")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def specials(tmp_path):
    """Paths of a pipe, a link to it, a socket and a device without end."""
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "link.wav").symlink_to(tmp_path / "pipe.png")
    with socket.socket(socket.AF_UNIX) as opened:
        before = os.getcwd()
        os.chdir(tmp_path)  # a socket's path must be short
        opened.bind("socket.gif")
        os.chdir(before)
    names = ("pipe.png", "link.wav", "socket.gif")
    return [*(str(tmp_path / name) for name in names), "/dev/zero", "/dev/null"]


def test_the_type_of_a_path(tmp_path, specials):
    (tmp_path / "file").touch()
    (tmp_path / "broken").symlink_to(tmp_path / "nothing")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert file_type(tmp_path / "file") == "file" and file_type(tmp_path) == "folder"
    assert [file_type(path) for path in specials] == ["other"] * 5
    for nothing in ("no", "broken", "loop", "file/below", "null\0", "\udcff", "n" * 300):
        assert file_type(os.path.join(tmp_path, nothing)) is None


@pytest.mark.parametrize("read", READERS)
def test_pipes_and_devices_are_refused_and_not_waited_for(specials, read, seconds):
    for path in specials:
        with pytest.raises(ValueError, match="not a file, but a pipe, a device or a socket"):
            read(path)


@pytest.mark.parametrize("modality", EXTRACTORS)
def test_pipes_and_devices_are_zero_rows_with_a_cache_too(tmp_path, specials, modality, seconds):
    assert [content_hash(path, modality) for path in specials] == [None] * 5
    extractor = EXTRACTORS[modality].fit([])
    with pytest.warns(DataWarning, match="^5 samples .* not a file"):
        assert not Cache(tmp_path / "cache").transform(extractor, specials, modality).any()


def test_a_film_with_a_pipe_as_a_frame(tmp_path, seconds):
    films = [tmp_path / "without", tmp_path / "with"]
    for film in films:
        film.mkdir()
        Image.new("L", (4, 4), 9).save(film / "1.png")
    os.mkfifo(films[1] / "2.png")
    with pytest.raises(ValueError, match="2.png' cannot be read as an image .*not a file"):
        read_frames(films[1], 2)
    assert content_hash(films[0], "video") != content_hash(films[1], "video")


def test_pipes_in_a_table_become_none(tmp_path, specials, seconds):
    (tmp_path / "pairs.csv").write_text(
        "image,audio,video\npipe.png,link.wav,socket.gif\n", encoding="utf-8"
    )
    with pytest.warns(DataWarning) as warned:
        data = load_pairs(tmp_path, text=None, label=None, audio="audio", video="video")
    assert [data[name] for name in data.modalities] == [[None]] * 3 and len(warned) == 3


@pytest.fixture
def failing_stat(tmp_path, monkeypatch):
    """Function: number of an error -> files whose lookup fails with it from then on."""
    Image.new("L", (4, 4), 200).save(tmp_path / "a.png")
    wavfile.write(tmp_path / "a.wav", 16000, np.ones(4000, np.int16))
    (tmp_path / "film").mkdir()
    Image.new("L", (4, 4), 9).save(tmp_path / "film" / "1.png")
    files = {name: str(tmp_path / name) for name in ("a.png", "a.wav", "film", "film/1.png")}
    stat = os.stat

    def fail_with(number):
        def fake(path, *arguments, **options):
            if path in files.values():
                raise OSError(number, os.strerror(number), path)
            return stat(path, *arguments, **options)

        monkeypatch.setattr(os, "stat", fake)
        return {"image": files["a.png"], "audio": files["a.wav"], "video": files["film"]}

    return fail_with


@pytest.mark.parametrize(
    "number", [errno.EIO, errno.ENOMEM, errno.ESTALE, errno.EMFILE, errno.ETIMEDOUT]
)
@pytest.mark.parametrize("modality, read", list(zip(EXTRACTORS, READERS)))
def test_an_error_of_the_machine_is_no_missing_file(tmp_path, failing_stat, number, modality, read):
    (tmp_path / "pairs.csv").write_text("image,audio,video\na.png,a.wav,film\n", encoding="utf-8")
    path = failing_stat(number)[modality]
    extractor = EXTRACTORS[modality].fit([])
    columns = {"image": None, modality: modality}
    for use in (
        lambda: read(path),
        lambda: extractor.transform([path]),
        lambda: content_hash(path, modality),
        lambda: Cache(tmp_path / "cache").transform(extractor, [path], modality),
        lambda: load_pairs(tmp_path / "pairs.csv", text=None, label=None, **columns),
    ):
        with pytest.raises(OSError) as caught:
            use()
        assert caught.value.errno == number


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EACCES, errno.ELOOP, errno.ENAMETOOLONG])
def test_an_error_that_says_something_about_the_file_is_a_zero_row(failing_stat, number):
    for (modality, path), read in zip(failing_stat(number).items(), READERS):
        with pytest.raises(FileNotFoundError, match="There is no"):
            read(path)
        with pytest.warns(DataWarning, match="There is no"):
            assert not EXTRACTORS[modality].fit([]).transform([path]).any()
        assert content_hash(path, modality) is None

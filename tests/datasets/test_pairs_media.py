"""load_pairs and load_named: columns with the names of sounds and films."""

import numpy as np
import pytest
from PIL import Image
from scipy.io import wavfile

import mm_keras as mm
from mm_keras.datasets import load_pairs
from mm_keras.datasets.named import load_named


@pytest.fixture
def folder(tmp_path):
    """Two sounds and two films, one of them a folder of images, in four rows of a table."""
    rng = np.random.default_rng(0)
    (tmp_path / "films" / "b").mkdir(parents=True)
    frames = [Image.fromarray(rng.integers(0, 255, (16, 16), np.uint8)) for _ in range(3)]
    frames[0].save(tmp_path / "films" / "a.gif", save_all=True, append_images=frames[1:])
    for number, frame in enumerate(frames):
        frame.save(tmp_path / "films" / "b" / f"{number}.png")
    for name in "ab":
        wavfile.write(tmp_path / f"{name}.wav", 8000, rng.normal(size=800).astype(np.float32))
    (tmp_path / "pairs.csv").write_text(
        "audio,video,label,speaker\n"
        "a.wav,films/a.gif,x,s\nb.wav,films/b,y,s\n,films\\a.gif,x,t\nb.wav,,y,t\n"
    )
    return tmp_path


def test_sounds_and_films_are_read_by_name(folder):
    data = load_pairs(folder, text=None, image=None, audio="audio", video="video")
    assert data.modalities == ("audio", "video")
    assert [path and path[len(str(folder)) + 1 :] for path in data["audio"]] == [
        "a.wav",
        "b.wav",
        None,
        "b.wav",
    ]
    assert data["video"][1] == str(folder / "films" / "b") and data["video"][3] is None
    assert set(data.columns) == {"speaker"}
    features = mm.Features(
        audio=mm.audio.MFCC(num_steps=3, sample_rate=8000), video=mm.video.Frames(num_steps=3)
    )
    arrays = features.fit_transform(data)
    assert [bool(row.any()) for row in arrays["audio"]] == [True, True, False, True]
    assert [bool(row.any()) for row in arrays["video"]] == [True, True, True, False]


def test_by_name_the_columns_that_are_there_are_read(folder):
    data = load_named(str(folder))
    assert sorted(data.modalities) == ["audio", "video"]
    assert sorted(load_named(str(folder), video="none").modalities) == ["audio"]
    with pytest.raises(ValueError, match="--audio-column"):
        load_named(str(folder), audio="sound")


def test_files_that_are_missing_or_outside(folder):
    text = (folder / "pairs.csv").read_text()
    (folder / "pairs.csv").write_text(text + "no.wav,no,x,t\n")
    with pytest.warns(mm.DataWarning) as caught:
        data = load_pairs(folder, text=None, image=None, audio="audio", video="video")
    assert data["audio"][4] is None and data["video"][4] is None
    messages = sorted(str(warning.message) for warning in caught)
    assert ["(audio)" in messages[0], "(video)" in messages[1]] == [True, True]
    assert "no.wav" in messages[0]
    (folder / "pairs.csv").write_text(text + "../secret.wav,films/b,x,t\n")
    with pytest.raises(ValueError, match="must be in the folder"):
        load_pairs(folder, text=None, image=None, audio="audio")


def load_films(folder):
    return load_pairs(folder, text=None, image=None, video="video")


def test_a_film_with_a_frame_outside_the_folder_is_refused(folder, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.png"
    Image.new("L", (16, 16), 200).save(secret)
    frame = folder / "films" / "b" / "9.png"
    for target in (secret, "../../../" + str(secret.relative_to(folder.parent)), secret.parent):
        frame.symlink_to(target)
        with pytest.raises(ValueError, match="not symbolic links .* Received 1 .*: films/b.") as e:
            load_films(folder)
        assert "secret" not in str(e.value)
        frame.unlink()
    chain = folder / "chain.png"
    chain.symlink_to(secret)
    frame.symlink_to(chain)
    with pytest.raises(ValueError, match="Received 1 outside of it: films/b."):
        load_films(folder)


def test_a_film_may_link_to_frames_inside_the_folder(folder):
    (folder / "films" / "b" / "9.png").symlink_to(folder / "films" / "b" / "0.png")
    (folder / "films" / "b" / "10.png").symlink_to("nothing.png")  # broken: reported when read
    assert load_films(folder)["video"][1] == str(folder / "films" / "b")


def test_a_table_that_is_a_link_out_of_the_folder_needs_its_path(folder, tmp_path_factory):
    table = folder / "pairs.csv"
    (folder / "tables").mkdir()
    inside = table.rename(folder / "tables" / "first.csv")
    table.symlink_to(inside)
    assert len(load_films(folder)) == 4
    outside = tmp_path_factory.mktemp("elsewhere") / "secret.csv"
    outside.write_text("video,label\nfilms/b,x\nfilms/b,y\n")
    table.unlink()
    table.symlink_to(outside)
    for load in (load_films, lambda folder: load_named(str(folder))):
        with pytest.raises(ValueError, match="symbolic link that leads out of it.* pass the path"):
            load(folder)
    with pytest.warns(mm.DataWarning):
        assert len(load_films(table)) == 2


def test_spoken_and_written_digits(shared_data):
    folder = shared_data / "fsdd_small"
    if not folder.is_dir():
        pytest.skip("no fsdd_small")
    data = load_named(str(folder))
    assert len(data) == 900 and sorted(data.modalities) == ["audio", "image"]

"""Reading films: arrays, folders of images and animated files, and what is wrong with bad ones."""

import builtins
import errno
import struct

import numpy as np
import pytest
from PIL import Image

from mm_keras.image import HOG, read_image
from mm_keras.utils.messages import DataWarning
from mm_keras.video import Frames, read_frames

RNG = np.random.default_rng(0)
COLOR = RNG.integers(0, 256, (25, 12, 20, 3), dtype=np.uint8)
GRAY = COLOR[..., 0].copy()


def animation(path, frames=COLOR, **options):
    """Write frames as an animated file without loss."""
    first, *others = [Image.fromarray(frame) for frame in frames]
    options = {"lossless": True, **options} if path.suffix == ".webp" else options
    first.save(path, save_all=True, append_images=others, **options)
    return path


def folder(path, frames=COLOR, name="frame{}.png"):
    path.mkdir()
    for number, frame in enumerate(frames):
        Image.fromarray(frame).save(path / name.format(number))
    return path


def gif_frames(num_frames, side=8):
    """Frames of one shade each, which a GIF stores exactly: frame i has the value i modulo 256."""
    return np.repeat(np.arange(num_frames) % 256, side * side).reshape(-1, side, side).astype("u1")


# --- which frames


@pytest.mark.parametrize(
    "length, num_frames, expected",
    [
        (25, 4, [0, 8, 16, 24]),
        (12, 12, range(12)),
        (3, 5, [0, 0, 1, 2, 2]),
        (1, 3, [0, 0, 0]),
        (9, 1, [0]),
    ],
)
def test_frames_are_evenly_spaced_from_the_first_to_the_last(length, num_frames, expected):
    np.testing.assert_array_equal(read_frames(GRAY[:length], num_frames), GRAY[list(expected)])


def test_a_film_played_backwards_gives_the_frames_backwards():
    np.testing.assert_array_equal(read_frames(GRAY[::-1], 9), read_frames(GRAY, 9)[::-1])


@pytest.mark.parametrize("size", [None, 8, (9, 7)])
@pytest.mark.parametrize("gray", [True, False])
def test_a_film_is_the_same_as_array_folder_and_animated_file(tmp_path, gray, size):
    expected = np.stack([read_image(COLOR[i], size, gray) for i in (0, 6, 12, 18, 24)])
    sources = [COLOR, str(folder(tmp_path / "frames"))]
    sources += [animation(tmp_path / f"film.{ending}") for ending in ("png", "webp", "tiff")]
    for source in sources:
        frames = read_frames(source, 5, size, gray)
        assert frames.dtype == np.uint8
        np.testing.assert_array_equal(frames, expected)


def test_a_gif_is_read_with_the_colors_of_its_palette(tmp_path):
    frames = gif_frames(25)
    path = animation(tmp_path / "film.gif", frames, duration=40)
    np.testing.assert_array_equal(read_frames(path, 7), read_frames(frames, 7))


def test_a_long_animation_is_read(tmp_path):
    frames = gif_frames(3000, side=2)
    path = animation(tmp_path / "film.gif", frames, duration=40)
    np.testing.assert_array_equal(read_frames(path, 16), read_frames(frames, 16))


def test_chosen_frames_of_an_array_on_disk_are_read_alone(tmp_path):
    film = np.lib.format.open_memmap(tmp_path / "film.npy", "w+", np.uint8, (2**18, 32, 32))
    film[-1] = 9
    assert read_frames(film, 2)[:, 0, 0].tolist() == [0, 9]  # of 256 MB


# --- folders


def test_images_of_a_folder_are_in_natural_order_and_other_files_are_ignored(tmp_path):
    path = folder(tmp_path / "frames", GRAY[:12])  # frame0.png ... frame11.png
    for name in ("Thumbs.db", "notes.txt", "captions.srt", ".hidden.png", "sound.wav"):
        (path / name).write_bytes(b"nothing")
    (path / "frame99").mkdir()
    np.testing.assert_array_equal(read_frames(path, 12), GRAY[:12])


def test_numbers_in_names_count_by_value(tmp_path):
    path = tmp_path / "frames"
    path.mkdir()
    for value, name in enumerate(["a2b1.png", "a2b10.png", "A10b1.PNG", "a10b02.png", "²x.png"]):
        Image.fromarray(np.full((4, 4), value, np.uint8)).save(path / name)
    assert read_frames(path, 5)[:, 0, 0].tolist() == [0, 1, 2, 3, 4]


def test_frames_of_several_sizes_get_the_size_of_the_first(tmp_path):
    path = folder(tmp_path / "frames", [GRAY[0], GRAY[1, :6, :10], COLOR[2].repeat(2, axis=0)])
    frames = read_frames(path, 3)
    assert frames.shape == (3, 12, 20)
    np.testing.assert_array_equal(frames[1], read_image(GRAY[1, :6, :10], (12, 20)))
    assert read_frames(path, 3, size=5).shape == (3, 5, 5)


# --- alpha, gray, depth


def test_transparent_frames_lie_on_white(tmp_path):
    frames = np.zeros((3, 6, 6, 4), np.uint8)
    frames[..., 3] = 255 * np.eye(6, dtype=np.uint8)
    expected = np.stack([255 - 255 * np.eye(6, dtype=np.uint8)] * 3)
    np.testing.assert_array_equal(read_frames(frames, 3), expected)
    for ending in ("png", "webp"):
        path = animation(tmp_path / f"film.{ending}", frames)
        np.testing.assert_array_equal(read_frames(path, 3), expected)


def test_all_frames_of_a_16_bit_film_have_one_scale(tmp_path):
    film = np.zeros((4, 4, 5), np.uint16)
    film[:] = np.array([200, 300, 1000, 4000])[:, None, None]  # one by one: of 8, 10, 10, 12 bits
    for source in (film, film[..., None], animation(tmp_path / "film.tiff", film)):
        assert read_frames(source, 4)[:, 0, 0].tolist() == [12, 18, 62, 250]


def test_a_film_is_the_same_in_all_dtypes():
    expected = read_frames(GRAY, 4)
    for film in (GRAY.astype(np.uint16) * 257, (GRAY / 255).astype(np.float32), GRAY[..., None]):
        np.testing.assert_array_equal(read_frames(film, 4), expected)
    colors = np.repeat(GRAY[..., None], 3, axis=3)
    np.testing.assert_array_equal(read_frames(GRAY, 4, gray=False), colors[[0, 8, 16, 24]])


# --- bad films


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        5,
        b"film.gif",
        [GRAY[0]],
        GRAY[0],
        COLOR[0],
        GRAY[:, :0],
        GRAY.astype(int),
        np.array(["a.gif"]),
        np.zeros((2, 2, 2, 2)),
    ],
)
def test_something_else_than_a_film_is_a_type_error(wrong):
    with pytest.raises(TypeError, match="Received"):
        read_frames(wrong, 4)


@pytest.mark.parametrize("num_frames", [0, -1, 2.0, None])
def test_the_number_of_frames_is_checked(num_frames):
    with pytest.raises(ValueError, match="num_frames must be an int >= 1. Received"):
        read_frames(GRAY, num_frames)


def truncated(path, share):
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    return path


def bad_films(path):
    """Name -> (path, what the message says of it)."""
    (path / "empty").mkdir()
    (path / "texts").mkdir()
    (path / "texts" / "a.txt").write_text("no image")
    (path / "text.mp4").write_text("not a film " * 50)
    (path / "empty.gif").touch()
    damaged = folder(path / "damaged", GRAY[:3])
    (damaged / "frame1.png").write_bytes(b"not a PNG")
    return {
        "no file": (path / "missing.gif", "There is no film"),
        "empty folder": (path / "empty", "no images in the folder"),
        "folder of texts": (path / "texts", "no images in the folder"),
        "damaged frame": (damaged, "frame1.png' cannot be read as an image"),
        "empty file": (path / "empty.gif", "empty file"),
        "text": (path / "text.mp4", "cannot be read as a film"),
        "array without frames": (GRAY[:0], "without frames"),
        **{
            f"truncated {ending}": (
                truncated(animation(path / f"truncated.{ending}"), 0.6),
                "cannot be read as a film",
            )
            for ending in ("gif", "png", "webp", "tiff")
        },
    }


def test_a_bad_film_is_a_value_error_that_says_why(tmp_path):
    for name, (film, reason) in bad_films(tmp_path).items():
        with pytest.raises((ValueError, FileNotFoundError)) as error:
            read_frames(film, 4)
        assert reason in str(error.value), name


def test_all_bad_films_get_one_warning_with_their_count_and_names(tmp_path):
    films = [film for film, _ in bad_films(tmp_path).values()]
    extractor = Frames(HOG(size=24), num_steps=4).fit([COLOR])
    with pytest.warns(DataWarning) as warned:
        rows = extractor.transform([*films, COLOR, None])
    assert rows[-2].any() and not np.delete(rows, -2, axis=0).any()
    (message,) = [str(note.message) for note in warned if note.category is DataWarning]
    assert "11 " in message and "could not be used as a film" in message
    assert "missing.gif" in message and "zero rows" in message and "There is no film" in message
    with pytest.raises(ValueError, match="could not be used as a film"):
        Frames(HOG(size=24), num_steps=4, strict=True).fit([COLOR]).transform(films)


def test_huge_frames_and_too_many_pixels_are_refused(tmp_path, monkeypatch):
    path = animation(tmp_path / "film.gif", gif_frames(5, side=40))
    assert read_frames(path, 5).shape == (5, 40, 40)
    monkeypatch.setenv("MM_KERAS_MAX_PIXELS", "5000")
    with pytest.raises(ValueError, match="5 frames of 40 x 40 pixels .* Pass a smaller size"):
        read_frames(path, 5)
    assert read_frames(path, 5, size=20).shape == (5, 20, 20)
    monkeypatch.setenv("MM_KERAS_MAX_PIXELS", "1000")
    with pytest.raises(ValueError, match="40 x 40 pixels, more than 1,000"):
        read_frames(path, 5, size=20)


def gif_of_points(num_frames, side):
    """A GIF of a few bytes per frame: one pixel each, on a large canvas."""
    head = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    point = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    return head + (b"\x21\xf9\x04\x08\x01\0\0\0" + point) * num_frames + b";"


def test_a_small_file_with_many_frames_on_a_huge_canvas_is_not_decoded(tmp_path, monkeypatch):
    path = tmp_path / "film.gif"
    path.write_bytes(gif_of_points(200, 9000))
    decoded = []
    monkeypatch.setattr("PIL.Image.Image.load", lambda image: decoded.append(image.tell()))
    for size in (8, None):
        with pytest.raises(ValueError, match="200 frames of 9000 x 9000 pixels, more than 100,000"):
            read_frames(path, 16, size=size)
    assert not decoded


@pytest.mark.parametrize("ending", ["gif", "png", "webp", "tiff"])
def test_the_pixels_of_all_decoded_frames_count(tmp_path, monkeypatch, ending):
    path = animation(tmp_path / f"film.{ending}", gif_frames(20, side=40))
    monkeypatch.setenv("MM_KERAS_MAX_PIXELS", "2000")
    assert read_frames(path, 16, size=8).shape == (16, 8, 8)  # 20 * 1600 <= 16 * 2000
    assert read_frames(path, 1, size=8).shape == (1, 8, 8)  # the first frame only
    if ending == "tiff":  # of which only the chosen pages are decoded
        assert read_frames(path, 2, size=8).shape == (2, 8, 8)
    else:
        with pytest.raises(ValueError, match="20 frames of 40 x 40 pixels, more than 2,000 .* 15"):
            read_frames(path, 15, size=8)


def test_a_page_larger_than_the_first_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    pages = [Image.new("L", (side, side)) for side in (10, 60)]
    pages[0].save(tmp_path / "film.tiff", save_all=True, append_images=pages[1:])
    assert read_frames(tmp_path / "film.tiff", 2).shape == (2, 10, 10)
    monkeypatch.setenv("MM_KERAS_MAX_PIXELS", "1000")
    with pytest.raises(ValueError, match="60 x 60 pixels, more than 1,000"):
        read_frames(tmp_path / "film.tiff", 2)


def test_a_film_that_needs_pyav_names_the_command_that_installs_it(tmp_path, monkeypatch):
    real_import = builtins.__import__

    def without_av(name, *arguments, **options):
        if name == "av":
            raise ImportError(name)
        return real_import(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without_av)
    (tmp_path / "film.mp4").write_bytes(b"\0\0\0\x1cftypisom" + bytes(100))
    with pytest.raises(ValueError, match="pip install .av"):
        read_frames(tmp_path / "film.mp4")


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO, errno.ENOSPC])
def test_errors_of_the_machine_are_raised(tmp_path, monkeypatch, number):
    path = animation(tmp_path / "film.gif", gif_frames(3))

    def fail(*arguments):
        raise OSError(number, "the machine")

    monkeypatch.setattr("mm_keras.video.read.open_image", fail)
    with pytest.raises(OSError, match="the machine"):
        Frames(num_steps=2).fit([path]).transform([path])

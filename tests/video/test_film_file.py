"""Film files decoded by PyAV: each film shows the number of its frame in black and white blocks."""

import numpy as np
import pytest

from mm_keras.utils.messages import DataWarning
from mm_keras.video import Frames, film_file, read_frames
from mm_keras.video.film_file import timed_frame_index

av = pytest.importorskip("av", reason='pip install ".[video]"')

FORMATS = {  # ending: (codec, frames from one key frame to the next)
    "mp4": ("libx264", 250),
    "avi": ("mpeg4", 12),
    "mpg": ("mpeg2video", 12),
    "mkv": ("libx264", 250),
    "webm": ("libvpx", 128),
    "ts": ("mpeg2video", 12),
}


def numbered(number):
    """A frame (48, 64, 3) of twelve blocks, the bits of its number."""
    bits = np.array([number >> bit & 1 for bit in range(12)], np.uint8).reshape(3, 4)
    return np.kron(255 * bits, np.ones((16, 16), np.uint8))[..., None].repeat(3, axis=2)


def numbers(frames):
    """The numbers of frames (n, 48, 64)."""
    blocks = frames.reshape(len(frames), 3, 16, 4, 16).mean(axis=(2, 4)).reshape(-1, 12)
    return [int((block > 128) @ (1 << np.arange(12))) for block in blocks]


def write_film(path, length, times=None, video=True, sound=False):
    codec, key_frame_distance = FORMATS[path.suffix[1:]]
    with av.open(str(path), "w") as film:
        if video:
            track = film.add_stream(codec, rate=30)
            track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
            track.codec_context.gop_size = key_frame_distance
        if sound:
            sound_track = film.add_stream("aac", rate=16_000, layout="mono")
        for number in range(length if video else 0):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24")
            frame.pts = None if times is None else times[number]
            film.mux(track.encode(frame))
        if video:
            film.mux(track.encode(None))
        if sound:
            tone = np.sin(np.arange(16_000) / 6).astype(np.float32)[None]
            samples = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
            samples.sample_rate = 16_000
            film.mux(sound_track.encode(samples))
            film.mux(sound_track.encode(None))
    return path


@pytest.mark.parametrize("ending", FORMATS)
def test_the_right_frames_are_read_of_short_and_long_films(tmp_path, ending):
    for length in (1, 25, 800):
        path = write_film(tmp_path / f"film{length}.{ending}", length)
        for num_frames in (1, 7, 16):
            expected = np.linspace(0, length - 1, num_frames).round().astype(int).tolist()
            assert numbers(read_frames(path, num_frames)) == expected


@pytest.mark.parametrize("ending", ["mp4", "avi", "mkv"])
def test_frames_between_the_chosen_ones_are_skipped(tmp_path, ending, monkeypatch):
    path = write_film(tmp_path / f"film.{ending}", 1500)
    decoded, real = [], film_file.bisect_left
    monkeypatch.setattr(film_file, "bisect_left", lambda *a: decoded.append(0) or real(*a))
    assert numbers(read_frames(path, 2)) == [0, 1499]
    assert len(decoded) <= 300


def test_frames_are_evenly_spaced_in_time(tmp_path):
    times = [0, 1, 2, 3, 4, 20, 21, 22, 23, 24]  # frame 4 is seen from 4 to 20
    path = write_film(tmp_path / "film.mp4", 10, times)
    assert numbers(read_frames(path, 7)) == [0, 4, 4, 4, 4, 5, 9]  # at 0, 4, 8, 12, 16, 20, 24
    assert timed_frame_index([5], 3).tolist() == [0, 0, 0]
    assert timed_frame_index([0, 33, 67, 100, 133], 3).tolist() == [0, 2, 4]  # rounded to 1 ms


def test_a_film_with_sound_is_read_and_a_sound_alone_is_no_film(tmp_path):
    assert numbers(read_frames(write_film(tmp_path / "a.mp4", 9, sound=True), 3)) == [0, 4, 8]
    sound = write_film(tmp_path / "b.mp4", 0, video=False, sound=True)
    with pytest.raises(ValueError, match="no picture track"):
        read_frames(sound)


def test_a_film_of_a_turned_camera_is_upright(tmp_path):
    path = write_film(tmp_path / "film.mp4", 3)
    matrix = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000]
    turned = [0, 0x10000, 0, -0x10000, 0, 0, 48 << 16, 0, 0x40000000]  # a quarter, clockwise
    old, new = (b"".join(v.to_bytes(4, "big", signed=True) for v in m) for m in (matrix, turned))
    head, found, tail = path.read_bytes().rpartition(old)
    assert found and b"tkhd" in head[-80:]
    upright = read_frames(path, 3)
    path.write_bytes(head + new + tail)
    np.testing.assert_array_equal(read_frames(path, 3), np.rot90(upright, -1, axes=(1, 2)))


def test_bad_files_get_one_warning(tmp_path):
    good = write_film(tmp_path / "good.mp4", 60)
    films = [good]
    for ending in ("mp4", "avi", "mkv"):
        path = write_film(tmp_path / f"truncated.{ending}", 60)
        path.write_bytes(path.read_bytes()[:400])
        films.append(path)
    for name, content in {"zeros.mp4": bytes(999), "list.m3u8": b"#EXTM3U\ngood.mp4\n"}.items():
        (tmp_path / name).write_bytes(content)
        films.append(tmp_path / name)
    with pytest.warns(DataWarning, match="5 .* could not be used as a film") as warned:
        rows = Frames(num_steps=4).fit(films).transform(films)
    assert len(warned) == 1 and rows[0].any() and not rows[1:].any()


def test_a_film_whose_end_is_missing_is_truncated(tmp_path):
    path = write_film(tmp_path / "film.avi", 100)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match="cannot be read as a film .*(truncated|damaged)"):
        read_frames(path)


@pytest.mark.parametrize("ending", FORMATS)
def test_damaged_bytes_cause_no_other_errors(tmp_path, ending):
    content, random = (
        write_film(tmp_path / f"film.{ending}", 40).read_bytes(),
        np.random.default_rng(0),
    )
    path = tmp_path / f"damaged.{ending}"
    for _ in range(20):
        damaged = np.frombuffer(content, np.uint8).copy()
        damaged[random.integers(0, len(damaged), 20)] = random.integers(0, 256, 20)
        path.write_bytes(damaged.tobytes())
        try:
            assert read_frames(path, 5).shape[0] == 5
        except ValueError as error:
            assert "cannot be read as" in str(error)

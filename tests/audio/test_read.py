"""Reading sounds: every kind of WAV file and array, other formats by PyAV, bad files."""

import errno
import struct
import sys
import tracemalloc
import wave

import numpy as np
import pytest

from mm_keras.audio import LogMel, read_sound
from mm_keras.utils.messages import DataWarning

RATE = 16000
TONE = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE) / 2  # one second


def wav(content, tag=1, bits=16, channels=1, rate=RATE, size=None, before=b""):
    """The bytes of a WAV file; tag 1 is integers, 3 floats, 7 mu-law."""
    block = channels * bits // 8
    layout = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    chunks = b"WAVEfmt " + struct.pack("<I", 16) + layout + before
    size = len(content) if size is None else size
    chunks += b"data" + struct.pack("<I", size) + content
    return b"RIFF" + struct.pack("<I", min(len(chunks), 2**32 - 1)) + chunks


def saved(path, content):
    path.write_bytes(content)
    return path


def low_bytes(values, count):
    """The lowest bytes of int32 values, e.g. three for 24-bit samples."""
    return values.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :count].tobytes()


VALUES = np.array([0, 0.5, -1, 0.25])
FILES = {
    "8 bits": wav(np.array([128, 192, 0, 160], np.uint8).tobytes(), bits=8),
    "16 bits": wav((VALUES * 2**15).astype("<i2").tobytes()),
    "24 bits": wav(low_bytes(VALUES * 2**23, 3), bits=24),
    "32 bits": wav((VALUES * 2**31).astype("<i4").tobytes(), bits=32),
    "32-bit floats": wav(VALUES.astype("<f4").tobytes(), tag=3, bits=32),
    "64-bit floats": wav(VALUES.astype("<f8").tobytes(), tag=3, bits=64),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_wav_file_of_any_sample_type(tmp_path, kind):
    path = saved(tmp_path / "sound.wav", FILES[kind])
    for source in (path, str(path)):
        sound = read_sound(source)
        assert sound.dtype == np.float32
        np.testing.assert_array_equal(sound, VALUES.astype(np.float32))


@pytest.mark.parametrize(
    "dtype, zero, scale",
    [
        *((dtype, 0, 1) for dtype in (np.float16, np.float32, np.float64)),
        (np.int8, 0, 2**7),
        (np.uint8, 2**7, 2**7),
        (np.int16, 0, 2**15),
        (">i2", 0, 2**15),
        (np.uint16, 2**15, 2**15),
        (np.int32, 0, 2**31),
        (np.int64, 0, 2**15),
    ],
)
def test_an_array_of_any_sample_type(dtype, zero, scale):
    np.testing.assert_array_equal(read_sound((VALUES * scale + zero).astype(dtype)), VALUES)


def test_the_result_is_a_new_array_and_the_input_is_unchanged():
    for values in (VALUES.astype(np.float32), VALUES.copy(), np.array([1, 2], np.int16)):
        before = values.copy()
        read_sound(values)[:] = 9
        np.testing.assert_array_equal(values, before)


def test_long_integers_are_32_bits_if_they_do_not_fit_into_16():
    np.testing.assert_array_equal(read_sound(np.array([2**30, -(2**31)])), [0.5, -1])


def test_channels_are_averaged_whichever_axis_they_are_on(tmp_path):
    stereo = np.stack([VALUES, VALUES / 2])
    for sound in (stereo, stereo.T, (stereo.T * 2**15).astype(np.int16)):
        np.testing.assert_array_equal(read_sound(sound), VALUES * 0.75)
    path = saved(
        tmp_path / "stereo.wav", wav((stereo.T * 2**15).astype("<i2").tobytes(), channels=2)
    )
    np.testing.assert_array_equal(read_sound(path), VALUES * 0.75)
    one_sample = saved(
        tmp_path / "one.wav", wav(np.array([8192, 16384], "<i2").tobytes(), channels=2)
    )
    np.testing.assert_array_equal(read_sound(one_sample), [0.375])


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 44101, 48000, 192_000])
def test_a_tone_keeps_its_pitch_and_loudness_at_any_rate(tmp_path, rate):
    tone = np.sin(2 * np.pi * 440 * np.arange(rate) / rate) / 2
    path = saved(tmp_path / "tone.wav", wav((tone * 2**15).astype("<i2").tobytes(), rate=rate))
    for source in ((tone, rate), (rate, tone), (tone, np.int64(rate)), (tone, float(rate)), path):
        sound = read_sound(source)
        assert sound.dtype == np.float32 and abs(len(sound) - RATE) <= 1
        middle = slice(200, 15800)
        np.testing.assert_allclose(sound[middle], TONE[middle], atol=2e-3)


def test_a_wav_file_written_to_a_pipe_or_with_metadata_is_read(tmp_path):
    content = (VALUES * 2**15).astype("<i2").tobytes()
    notes = b"LIST" + struct.pack("<I", 5) + b"notes\0" + b"bext" + struct.pack("<I", 2) + b"\0\0"
    for data in (
        wav(content, size=2**32 - 1),
        wav(content, size=0x7FFFF024),
        wav(content, before=notes),
    ):
        np.testing.assert_array_equal(read_sound(saved(tmp_path / "sound.wav", data)), VALUES)


def rf64(content, size=None):
    """The bytes of an RF64 file: like WAV, with the sizes in 8 bytes in a chunk "ds64"."""
    body = wav(content, size=2**32 - 1)[12:]
    size = len(content) if size is None else size
    sizes = struct.pack("<IQQQI", 28, min(size + 72, 2**64 - 1), size, size // 2, 0)
    return b"RF64" + b"\xff" * 4 + b"WAVEds64" + sizes + body


@pytest.mark.parametrize("size", [9, 10**6, 2**31, 2**62, 2**64 - 1])
def test_an_rf64_file_with_too_large_a_size_is_truncated(tmp_path, size):
    content = (VALUES * 2**15).astype("<i2").tobytes()
    np.testing.assert_array_equal(read_sound(saved(tmp_path / "a.wav", rf64(content))), VALUES)
    path = saved(tmp_path / "b.wav", rf64(content, size))
    with pytest.raises(ValueError, match=rf"truncated: [\d,]+ of {size:,} bytes"):
        read_sound(path)
    with pytest.warns(DataWarning, match="^1 sample could not be used as a sound"):
        assert not LogMel().fit_transform([path]).any()


BAD = {
    "empty file": b"",
    "is not a sound": b"no sound at all, but a text of some length",
    "pip install .av": b"fLaC and so on",
    "truncated": wav(bytes(1000), size=2000),
    "no samples": wav(b""),
    "ends before the samples": wav(bytes(100))[:30],
    "finite": wav(np.array([0, np.nan, 1], "<f4").tobytes(), tag=3, bits=32),
    "between -1 and 1": wav(np.array([0, 30_000], "<f4").tobytes(), tag=3, bits=32),
    "192,000,001|sample_rate": wav(bytes(100), rate=192_000_001),
}


@pytest.fixture
def no_av(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)


@pytest.mark.parametrize("problem", BAD)
def test_a_bad_file_is_refused_with_its_name_and_problem(tmp_path, no_av, problem):
    path = saved(tmp_path / "bad.wav", BAD[problem])
    expected = "pip install .av" if problem == "is not a sound" else problem
    with pytest.raises(ValueError, match=expected) as caught:
        read_sound(path)
    assert "bad.wav' cannot be read as a sound" in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="no sound file 'nowhere.wav'"):
        read_sound("nowhere.wav")
    with pytest.raises(ValueError, match="IsADirectoryError"):
        read_sound(tmp_path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39, 30_000.0])
def test_bad_values_in_arrays(value):
    with pytest.raises(ValueError, match="must be finite, and floats between -1 and 1"):
        read_sound(np.array([0, value, 0.5]))


@pytest.mark.parametrize("rate", [0, -8000, 99, 2_000_000, 8000.5, np.nan, "8000", None])
def test_an_impossible_sample_rate(rate):
    with pytest.raises(ValueError, match="sample_rate must be from 100 to 1,000,000 Hz"):
        read_sound((TONE, rate))
    with pytest.raises(ValueError, match="sample_rate must be from 100 to 1,000,000 Hz"):
        read_sound(TONE, rate)


def test_arrays_without_samples():
    for shape in ((0,), (0, 2), (2, 0)):
        with pytest.raises(ValueError, match="no samples"):
            read_sound(np.zeros(shape))


@pytest.mark.parametrize(
    "source",
    [
        0.5,
        [0.1, 0.2],
        b"sound.wav",
        (RATE, RATE),
        (TONE, RATE, 1),
        np.array(["a", "b"]),
        np.zeros(9, bool),
        np.zeros(9, complex),
        np.zeros((2, 3, 4)),
        np.zeros((40, 8000)),
        np.array(0.5),
    ],
)
def test_anything_else_is_a_type_error(source):
    with pytest.raises(TypeError, match="A sound must be"):
        read_sound(source)


def test_two_hours_are_refused_without_being_loaded(tmp_path, monkeypatch):
    path = tmp_path / "long.wav"
    size = 2 * 3600 * RATE * 2
    with open(path, "wb") as file:
        file.write(wav(b"", size=size))
        file.truncate(44 + size)  # zeros that take no space on the disk
    tracemalloc.start()
    for source in (path, np.broadcast_to(np.int16(0), size // 2)):
        with pytest.raises(ValueError, match="7,200.0 seconds, more than 600"):
            read_sound(source)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    monkeypatch.setenv("MM_KERAS_MAX_SECONDS", "0.5")
    with pytest.raises(ValueError, match="1.0 seconds, more than 0.5 .*MM_KERAS_MAX_SECONDS"):
        read_sound(TONE)


def test_errors_of_the_machine_are_raised_as_they_are(tmp_path, monkeypatch):
    path = saved(tmp_path / "sound.wav", FILES["16 bits"])
    error = OSError(errno.EMFILE, "Too many open files")
    monkeypatch.setattr("mm_keras.audio.read._read_file", lambda path: (_ for _ in ()).throw(error))
    with pytest.raises(OSError, match="Too many open files"):
        LogMel().fit([path]).transform([path])


def test_every_bad_sound_is_named_in_one_warning_and_becomes_a_zero_row(tmp_path, no_av):
    good = saved(tmp_path / "good.wav", wav((TONE * 2**15).astype("<i2").tobytes()))
    bad = [saved(tmp_path / f"bad{i}.wav", content) for i, content in enumerate(BAD.values())]
    samples = [good, *bad, "nowhere.wav", np.full(9, np.nan), (TONE, 0), None, good]
    log_mel = LogMel().fit(samples)
    with pytest.warns(DataWarning) as caught:
        rows = log_mel.transform(samples)
    message = str(caught[0].message)
    assert len(caught) == 1 and message.startswith("12 samples could not be used as a sound: ")
    assert "bad0.wav" in message and "zero rows. First problem: " in message
    assert rows[0].any() and rows[-1].any() and not rows[1:-1].any()
    with pytest.raises(ValueError, match="2 samples could not .*: row 1, row 2. .*no samples"):
        LogMel(strict=True).fit_transform([TONE, np.zeros(0), np.full(9, np.nan)])


# --- With PyAV


def encoded(path, codec, samples=TONE, rate=RATE, pictures=False, container=None, title=""):
    """A sound file, or with `pictures` a film, written by PyAV."""
    av = pytest.importorskip("av", reason='pip install ".[video]"')
    with av.open(str(path), "w", format=container) as file:
        file.metadata["title"] = title
        if pictures:
            film = file.add_stream("mpeg4", rate=10)
            film.width = film.height = 32
            film.pix_fmt = "yuv420p"
        if codec:
            track = file.add_stream(codec, rate=rate, layout="mono")
            values = (samples * 2**15).astype(np.int16)[np.newaxis]
            frame = av.AudioFrame.from_ndarray(values, format="s16", layout="mono")
            frame.sample_rate = rate
            size = track.codec_context.frame_size or 4096
            convert = av.AudioResampler(track.codec_context.format, "mono", rate, size)
            for part in [*convert.resample(frame), *convert.resample(None)]:
                file.mux(track.encode(part))
            file.mux(track.encode(None))
        if pictures:
            for gray in range(10):
                picture = np.full((32, 32, 3), 20 * gray, np.uint8)
                file.mux(film.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            file.mux(film.encode(None))
    return path


def test_a_flac_file_gives_exactly_what_the_wav_file_gives(tmp_path):
    path = encoded(tmp_path / "sound.flac", "flac")
    values = (TONE * 2**15).astype("<i2")
    expected = read_sound(saved(tmp_path / "sound.wav", wav(values.tobytes())))
    np.testing.assert_array_equal(read_sound(path), expected)
    np.testing.assert_array_equal(read_sound(path, 8000), read_sound((values, RATE), 8000))


def test_a_film_whose_title_is_not_utf_8(tmp_path):
    path = encoded(tmp_path / "film.avi", "mp2", pictures=True, title="A title")
    content = path.read_bytes()
    assert b"A title" in content
    sound = read_sound(saved(path, content.replace(b"A title", b"\xc4 title")))
    assert len(sound) > 14_000


@pytest.mark.parametrize(
    "name, codec, pictures",
    [
        ("sound.mp3", "libmp3lame", False),
        ("sound.ogg", "libopus", False),
        ("sound.m4a", "aac", False),
        ("sound.aiff", "pcm_s16be", False),
        ("sound.wav", "pcm_mulaw", False),
        ("film.mp4", "aac", True),
        ("film.mkv", "aac", True),
        ("film.avi", "mp2", True),
        ("film.mpg", "mp2", True),
    ],
)
def test_other_formats_and_the_sound_of_films(tmp_path, name, codec, pictures):
    container = "ipod" if name.endswith("m4a") else None
    rate = 48000 if codec == "libopus" else RATE
    tone = np.sin(2 * np.pi * 440 * np.arange(rate) / rate) / 2
    sound = read_sound(encoded(tmp_path / name, codec, tone, rate, pictures, container))
    assert sound.dtype == np.float32 and RATE - 1200 < len(sound) < RATE + 4800
    pitch = np.abs(np.fft.rfft(sound, 16 * RATE)).argmax() / 16
    assert abs(pitch - 440) < 1 and 0.3 < sound.std() < 0.4  # 0.5 / sqrt(2) = 0.354


def test_bad_files_that_need_pyav(tmp_path, monkeypatch):
    pytest.importorskip("av", reason='pip install ".[video]"')
    with pytest.raises(ValueError, match="no sound track"):
        read_sound(encoded(tmp_path / "silent.mp4", None, pictures=True))
    flac = encoded(tmp_path / "sound.flac", "flac").read_bytes()
    film = encoded(tmp_path / "film.avi", "mp2", pictures=True).read_bytes()
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nsound.flac\n#EXT-X-ENDLIST\n"
    for content in (flac[: len(flac) // 2], film[: len(film) // 2], b"text, no sound", playlist):
        with pytest.raises(ValueError, match="cannot be read as a sound"):
            read_sound(saved(tmp_path / "bad.bin", content))
    monkeypatch.setenv("MM_KERAS_MAX_SECONDS", "0.9")
    for name in ("sound.flac", "film.avi"):
        with pytest.raises(ValueError, match="1.0 seconds, more than 0.9 "):
            read_sound(tmp_path / name)


def test_a_wav_file_of_pythons_wave_module(tmp_path):
    with wave.open(str(tmp_path / "sound.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((VALUES * 2**15).astype("<i2").tobytes())
    np.testing.assert_array_equal(read_sound(tmp_path / "sound.wav"), VALUES)

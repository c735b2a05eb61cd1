"""Reading sound files and arrays as float32 samples, mono, at one sample rate."""

import errno
import os
import warnings
from fractions import Fraction
from numbers import Real

import numpy as np

from mm_keras.utils.extras import INSTALL
from mm_keras.utils.image_files import NOT_A_FILE, file_type, is_machine_error

SoundSource = str | os.PathLike | np.ndarray | tuple[np.ndarray, int]

# Other formats that FFmpeg knows are not decoded: some of them read other files.
FORMATS = "aac,aiff,amr,asf,au,avi,caf,flac,flv,matroska,mp3,mp4,mpeg,mpegts,ogg,w64,wav,webm,wv"
MAX_CHANNELS = 32
MAX_FLOAT = 100  # larger floats are integers that were not divided by their full scale
UNKNOWN_SIZE = 0x7FFFF000  # sizes from here on stand in WAV files that were written to a pipe


class UnreadableSound(ValueError):
    """A file or array that cannot be used as a sound."""


def read_sound(source: SoundSource, sample_rate: int = 16000) -> np.ndarray:
    """Read one sound as float32 samples, mono, with full scale at -1 and 1.

    Integers are divided by the full scale of their type; int64, to which NumPy converts lists, is
    read as 16 bits if the values fit, else as 32 bits. Floats stay as they are. Channels are
    averaged, and other sample rates are converted by `scipy.signal.resample_poly`.

    Args:
        source: path (str or Path), array of samples at `sample_rate`, or tuple of an array and its
            sample rate, in any order. WAV files of integers or floats are read by SciPy; FLAC, OGG,
            MP3, other WAV files and the sound of films by PyAV (`pip install av`).
            Arrays are (samples,), (samples, channels) or (channels, samples); the shorter axis
            holds the channels.
        sample_rate: int, samples per second of the result, 100 to 1,000,000. Default: 16000.

    Returns:
        A new float32 array (samples,).

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: a file that is empty, truncated or not a sound, or that needs PyAV; a pipe or
            device; a sound without samples, with NaN, infinite or very large floats, or of more
            than 10 minutes (or MM_KERAS_MAX_SECONDS seconds).
        TypeError: `source` is not a sound.

    Example:
        >>> stereo = np.array([[16384, 0], [-32768, -32768], [0, 8192]], np.int16)
        >>> read_sound(stereo)  # means of two channels, divided by 32768
        array([ 0.25 , -1.   ,  0.125], dtype=float32)
        >>> len(read_sound((np.zeros(44_100), 44_100)))
        16000
    """
    check_rate(sample_rate)
    if not isinstance(source, (str, os.PathLike)):
        samples, rate = _from_memory(source, sample_rate)
        return _finish(samples, rate, sample_rate)
    if file_type(source) is None:
        raise FileNotFoundError(
            f"There is no sound file {os.fspath(source)!r}. Check the path and the folder that it "
            "is relative to."
        )
    try:
        return _finish(*_read_file(source), sample_rate)
    except Exception as error:
        if is_machine_error(error):
            raise
        raise UnreadableSound(
            f"{os.fspath(source)!r} cannot be read as a sound ({type(error).__name__}: {error})."
        ) from error


def check_rate(rate):
    """Raise UnreadableSound, a ValueError, unless `rate` is a number of samples per second."""
    if not (isinstance(rate, Real) and 100 <= rate <= 1_000_000 and rate == int(rate)):
        raise UnreadableSound(f"sample_rate must be from 100 to 1,000,000 Hz. Received: {rate!r}.")


def _check_seconds(seconds):
    limit = float(os.environ.get("MM_KERAS_MAX_SECONDS") or 600)
    if seconds > limit:
        raise UnreadableSound(
            f"{seconds:,.1f} seconds, more than {limit:g} (the environment variable "
            "MM_KERAS_MAX_SECONDS sets another limit)"
        )


def _from_memory(source, rate):
    """Samples (n,) or (n, channels), and their rate, of an array or a tuple."""
    if isinstance(source, tuple) and len(source) == 2:
        source, rate = source if isinstance(source[0], np.ndarray) else source[::-1]
    if not isinstance(source, np.ndarray):
        raise TypeError(
            "A sound must be a path, an array of samples or a tuple (array, sample rate). "
            f"Received: {type(source).__name__}."
        )
    samples = source.T if source.ndim == 2 and source.shape[0] < source.shape[1] else source
    is_sound = samples.ndim == 1 or (samples.ndim == 2 and samples.shape[1] <= MAX_CHANNELS)
    if not is_sound or samples.dtype.kind not in "iuf":
        raise TypeError(
            "A sound must be an array of integers or floats, (samples,) or (samples, channels). "
            f"Received: {source.dtype} {source.shape}."
        )
    return samples, rate


def _finish(samples, rate, sample_rate):
    """Samples (n,) or (n, channels) as float32, mono, at `sample_rate`."""
    check_rate(rate)
    if not samples.size:
        raise UnreadableSound("The sound has no samples.")
    _check_seconds(len(samples) / rate)
    with np.errstate(over="ignore"):  # becomes inf, which is reported
        mono = _scaled(samples).astype(np.float32)
    mono = mono.mean(axis=1) if mono.ndim == 2 else mono
    if not max(-mono.min(), mono.max()) <= MAX_FLOAT:
        raise UnreadableSound(
            "Samples must be finite, and floats between -1 and 1. "
            f"Received: {mono.min():g} to {mono.max():g}."
        )
    if rate == sample_rate:
        return mono
    from scipy.signal import resample_poly

    # An approximate ratio keeps the filter short for rates such as 44,101 Hz.
    ratio = Fraction(int(sample_rate), int(rate)).limit_denominator(10_000)
    return resample_poly(mono, *ratio.as_integer_ratio()).astype(np.float32, copy=False)


def _scaled(samples):
    """Integers divided by the full scale of their type, floats unchanged."""
    if samples.dtype.kind == "f":
        return samples
    bits = 8 * samples.dtype.itemsize
    if bits == 64:
        bits = 16 if np.abs(samples).max() <= 2**15 else 32
    full_scale = (np.float32 if bits <= 16 else np.float64)(2 ** (bits - 1))
    return samples / full_scale - (samples.dtype.kind == "u")


# --- Files: samples (n,) or (n, channels), and their rate.


def _read_file(path):
    if file_type(path) == "other":
        raise UnreadableSound(NOT_A_FILE)
    with open(path, "rb") as file:
        head = file.read(12)
    if not head:
        raise UnreadableSound("empty file")
    if head[:4] not in (b"RIFF", b"RIFX", b"RF64") or head[8:] != b"WAVE":
        return _read_with_av(path)
    from scipy.io import wavfile

    _check_wav(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)  # about chunks of metadata
            return wavfile.read(path)[::-1]
    except ValueError as error:
        if "Unknown wave file format" not in str(error):
            raise
    return _read_with_av(path)  # compressed, e.g. by mu-law


def _check_wav(path):
    """Raise UnreadableSound for a WAV file that is truncated or too long, before it is loaded."""
    file_size = os.path.getsize(path)
    with open(path, "rb") as file:
        start = file.read(36)
        order = "big" if start.startswith(b"RIFX") else "little"
        # RF64: the chunk "ds64" comes first and has the size of the samples in 8 bytes.
        long_size = int.from_bytes(start[28:], "little") if start.startswith(b"RF64") else None
        if long_size is not None and long_size > file_size:
            raise UnreadableSound(f"truncated: {file_size:,} of {long_size:,} bytes")
        file.seek(12)
        bytes_per_second = 1
        while len(header := file.read(8)) == 8:
            size = int.from_bytes(header[4:], order)
            content = file.read(16) if header.startswith(b"fmt ") else b""
            if content:  # format, channels, rate (4 bytes), bytes per second (4), block, bits
                rate, block = (int.from_bytes(content[i:j], order) for i, j in ((4, 8), (12, 14)))
                bytes_per_second = max(rate * block, 1)
            elif header.startswith(b"data"):
                rest = file_size - file.tell()
                size = size if long_size is None else long_size
                if rest < size < UNKNOWN_SIZE:
                    raise UnreadableSound(f"truncated: {rest:,} of {size:,} bytes")
                return _check_seconds(min(size, rest) / bytes_per_second)
            file.seek(size + size % 2 - len(content), os.SEEK_CUR)
    raise UnreadableSound("truncated: the file ends before the samples")


def _read_with_av(path):
    try:
        import av
    except ImportError:
        raise UnreadableSound(
            "not a WAV file of integers or floats; for FLAC, OGG, MP3, compressed WAV and films: "
            f"{INSTALL['video']}"
        ) from None
    try:
        options = {"format_whitelist": FORMATS}
        with av.open(path, options=options, metadata_errors="ignore") as container:
            return _decode(container, av.AudioResampler(format="fltp"))
    except av.error.OSError as error:
        if error.errno != errno.EIO:
            raise
        raise UnreadableSound("damaged") from error  # FFmpeg could read the bytes of the file


def _decode(container, to_float):
    """Samples, already averaged over the channels to save memory, and rate of a sound track."""
    if not container.streams.audio:
        raise UnreadableSound("no sound track")
    stream = container.streams.audio[0]
    promised = float((stream.duration or 0) * stream.time_base)
    _check_seconds(promised)
    blocks, num_samples, rate = [np.zeros(0, np.float32)], 0, 1
    for frame in container.decode(stream):
        rate = frame.sample_rate
        for part in to_float.resample(frame):
            blocks.append(part.to_ndarray().mean(axis=0))
            num_samples += part.samples
        _check_seconds(num_samples / rate)
    is_estimate = container.format.name in ("aac", "mp3")
    if num_samples < 0.9 * promised * rate and not is_estimate:
        raise UnreadableSound(f"truncated: {num_samples / rate:.1f} of {promised:.1f} seconds")
    return np.concatenate(blocks), rate

"""The steps of `LogMel`: power per window and mel band, decibels, means over steps."""

from functools import lru_cache

import numpy as np
from scipy.fft import dct, rfft

MIN_POWER = 1e-10  # -100 dB, the value of silence
CACHED_SAMPLES = 65_536  # the arrays for so many samples fit into the cache of one core
MAX_WEIGHTS = 2**18


def mel_power(sound, n_fft, hop_length, filters):
    """Power of a sound in each window and band, float32 (windows, n_mels)."""
    padded = np.zeros(len(sound) + 2 * (n_fft // 2))  # float64: the FFT needs the precision
    padded[n_fft // 2 :][: len(sound)] = sound
    shape = 1 + (len(padded) - n_fft) // hop_length, n_fft
    frames = np.lib.stride_tricks.as_strided(padded, shape, (8 * hop_length, 8))
    window = hann_window(n_fft)
    power = np.empty((len(frames), len(filters)), np.float32)
    step = max(1, CACHED_SAMPLES // n_fft)
    for start in range(0, len(frames), step):
        spectrum = rfft(frames[start : start + step] * window).astype(np.complex64)
        squares = np.square(spectrum.real) + np.square(spectrum.imag)
        np.matmul(squares, filters.T, out=power[start : start + step])
    return power


@lru_cache(maxsize=8)
def hann_window(n_fft):
    """The periodic Hann window, (n_fft,)."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)


@lru_cache(maxsize=8)
def mel_filters(sample_rate, n_fft, n_mels, fmin, fmax, htk):
    """The triangles of the bands at the frequencies of the FFT, float32 (n_mels, frequencies)."""
    ends = hz_to_mel(np.array([fmin, sample_rate / 2 if fmax is None else fmax]), htk)
    corners = mel_to_hz(np.linspace(*ends, n_mels + 2), htk)[:, np.newaxis]
    left, middle, right = corners[:-2], corners[1:-1], corners[2:]
    hz = np.fft.rfftfreq(n_fft, 1 / sample_rate)
    triangles = np.minimum((hz - left) / (middle - left), (right - hz) / (right - middle))
    return (np.maximum(triangles, 0) * 2 / (right - left)).astype(np.float32)


def hz_to_mel(hz, htk):
    """HTK's scale, or Slaney's: 3 mel per 200 Hz; from 1000 Hz on, 27 mel per factor 6.4."""
    if htk:
        return 2595 * np.log10(1 + hz / 700)
    return np.where(hz < 1000, 0.015 * hz, 15 + 27 * np.log(np.maximum(hz, 1) / 1000) / np.log(6.4))


def mel_to_hz(mel, htk):
    if htk:
        return 700 * (10 ** (mel / 2595) - 1)
    return np.where(mel < 15, mel / 0.015, 1000 * 6.4 ** ((mel - 15) / 27))


def decibels(power, top_db):
    """10 log10 of the power, at least -100 and the maximum minus `top_db`; changes `power`."""
    np.log10(np.maximum(power, MIN_POWER, out=power), out=power)
    power *= 10
    return power if top_db is None else np.maximum(power, power.max() - top_db, out=power)


@lru_cache(maxsize=8)
def cosines(n_mels, n_mfcc):
    """The matrix of the orthonormal DCT-II, (n_mels, n_mfcc)."""
    return dct(np.eye(n_mels), norm="ortho")[:, :n_mfcc]


def step_means(frames, num_steps):
    """Means over `num_steps` equal parts of frames (n, d), float32 (num_steps, d).

    Part k is the interval from k n / num_steps to (k + 1) n / num_steps; a frame across a border
    counts in both parts, by its share.
    """
    count = max(1, MAX_WEIGHTS // len(frames))  # a table of all weights could become very large
    firsts = range(0, num_steps, count)
    means = [step_weights(len(frames), num_steps, first, count) @ frames for first in firsts]
    return means[0] if len(means) == 1 else np.concatenate(means)


@lru_cache(maxsize=32)
def step_weights(num_frames, num_steps, first, count):
    """The share of each frame in the mean of `count` parts, float32 (count, num_frames)."""
    borders = np.linspace(0, num_frames, num_steps + 1)[first : first + count + 1, np.newaxis]
    before = np.clip(borders - np.arange(num_frames), 0, 1)  # share of a frame before a border
    return (np.diff(before, axis=0) * (num_steps / num_frames)).astype(np.float32)

"""LogMel: how loud a sound is over time and pitch."""

import os
from collections.abc import Sequence
from numbers import Integral
from typing import Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from mm_keras.audio.read import MAX_CHANNELS, SoundSource, UnreadableSound, check_rate, read_sound
from mm_keras.audio.spectrum import decibels, mel_filters, mel_power, step_means
from mm_keras.utils.extractor import Extractor
from mm_keras.utils.messages import report_bad
from mm_keras.utils.parallel import concat_chunks, map_chunks, one_blas_thread
from mm_keras.utils.progress import with_progress
from mm_keras.utils.sequences import as_sequence

MAX_CHUNK, MIN_CHUNK = 256, 64  # number of sounds that a worker receives at a time


class LogMel(Extractor):
    """Log-mel spectrogram: the loudness of each band of frequencies in each part of a sound.

    1. Power: |FFT|^2 of windows of `n_fft` samples, one every `hop_length`, weighted by a periodic
       Hann window. The first is centered on the first sample; zeros pad the sound at both ends.
    2. Bands: `n_mels` triangles, equally spaced on the mel scale from `fmin` to `fmax`, each from
       the center of the last band to that of the next, and of area 1 in Hz. The scale is Slaney's
       (linear up to 1000 Hz, then logarithmic), or with `htk` 2595 log10(1 + f / 700).
    3. Decibels: 10 log10(max(power, 1e-10)), at least the maximum of the sound minus `top_db`.
    4. Steps: the mean over each of `num_steps` equal parts of the windows, so that sounds of any
       length give arrays of one shape. A film divided into as many steps meets the sound step by
       step.

    Up to 3. this is librosa's `power_to_db(melspectrogram(...))`, to 2e-4 dB, with the same names
    and conventions. The default sizes are the usual ones for speech.

    Args:
        num_steps: int, number of steps. Default: 16. None: every window is a step; sounds are
            padded with silence to the longest one given to `fit`, and longer ones are cut.
        sample_rate: int, samples per second to which sounds are converted (librosa's `sr`).
            Default: 16000.
        n_fft: int, length of a window in samples. Default: 512 (32 ms).
        hop_length: int, samples from one window to the next. Default: 160 (10 ms).
        n_mels: int, number of bands. Default: 40.
        fmin, fmax: lowest and highest frequency in Hz. Default: 0 and None, `sample_rate` / 2.
        htk: bool, whether to use the mel scale of HTK. Default: False.
        top_db: float > 0, or None for no limit. Default: 80.
        strict: bool, raise ValueError instead of issuing a warning when a sound cannot be used.
            Default: False.

    Attributes:
        num_samples_: int, length of the longest sound if `num_steps` is None; else None.
        output_shape_: (steps, n_mels).

    Shapes:
        n sounds (paths, arrays or tuples, see `read_sound`; or None) -> float32 array
        (n, steps, n_mels) in dB; -100 is silence. Missing and unusable sounds are zero rows.

    Raises:
        ValueError: an invalid parameter; unusable sounds when `strict`.

    Example:
        Silence, and a tone of 1200 Hz, of three bands around 586, 1194 and 2186 Hz:

        >>> tone = np.sin(2 * np.pi * 1200 * np.arange(8000) / 8000)
        >>> log_mel = LogMel(num_steps=1, sample_rate=8000, n_mels=3)
        >>> silence, loudness = log_mel.fit_transform([np.zeros(8000), tone])
        >>> silence.round(3)
        array([[-100., -100., -100.]], dtype=float32)
        >>> int(loudness.argmax())
        1

    Reference:
        Stevens, Volkmann, Newman (1937): A scale for the measurement of the psychological magnitude
        pitch. Slaney (1998): Auditory toolbox. McFee et al. (2015): librosa.
    """

    def __init__(
        self,
        num_steps: int | None = 16,
        sample_rate: int = 16000,
        n_fft: int = 512,
        hop_length: int = 160,
        n_mels: int = 40,
        fmin: float = 0.0,
        fmax: float | None = None,
        htk: bool = False,
        top_db: float | None = 80.0,
        strict: bool = False,
    ):
        self.num_steps = num_steps
        self.sample_rate = sample_rate
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.n_mels = n_mels
        self.fmin = fmin
        self.fmax = fmax
        self.htk = htk
        self.top_db = top_db
        self.strict = strict

    def fit(self, samples: Sequence[SoundSource | None] | np.ndarray, y: object = None) -> Self:
        """Learn the length of the longest sound, if `num_steps` is None; returns self."""
        samples = as_sounds(samples)
        self._check()
        self.num_samples_, num_steps = None, self.num_steps
        if num_steps is None:
            chunks = map_chunks(self._longest, samples, MAX_CHUNK, MIN_CHUNK)
            self.num_samples_ = max((length for _, length in chunks), default=0)
            num_steps = 1 + (self.num_samples_ - self.n_fft % 2) // self.hop_length
        if self.num_samples_ == 0:
            raise ValueError(
                "num_steps=None needs a usable sound, to learn its length. Received: none of them. "
                "Pass a number of steps."
            )
        self.output_shape_ = (num_steps, self._num_values())
        return self

    def transform(self, samples: Sequence[SoundSource | None] | np.ndarray) -> np.ndarray:
        """Sounds -> float32 array (n, *output_shape_); zero rows for None and unusable sounds."""
        check_is_fitted(self, "output_shape_")
        samples = as_sounds(samples)
        chunks = map_chunks(self._rows, samples, MAX_CHUNK, MIN_CHUNK)
        chunks = with_progress(chunks, len(samples), "audio")
        with one_blas_thread():
            return concat_chunks(chunks, len(samples), self.output_shape_)

    def _rows(self, samples):
        """The rows of one chunk of the samples."""
        rows, bad = np.zeros((len(samples), *self.output_shape_), np.float32), []
        for row, sound in self._read(samples, bad):
            rows[row] = self._extract(sound)
        reason = f" First problem: {bad[0][1]}" if bad else ""
        report_bad(
            [name for name, _ in bad],
            "could not be used as a sound",
            f"Such sounds become zero rows.{reason}",
            self.strict,
        )
        return rows

    def _longest(self, samples):
        return max((len(sound) for _, sound in self._read(samples, [])), default=0)

    def _read(self, samples, bad):
        """Yield (row, sound) for the usable samples; add (name, error) of the others to `bad`."""
        for row, sample in enumerate(samples):
            try:
                if sample is not None:
                    yield row, read_sound(sample, self.sample_rate)
            except (FileNotFoundError, UnreadableSound) as error:
                is_path = isinstance(sample, (str, os.PathLike))
                bad.append((os.fspath(sample) if is_path else row, error))

    def _extract(self, sound):
        """The row of one sound."""
        if self.num_samples_ is not None:
            sound = sound[: self.num_samples_]
            sound = np.pad(sound, (0, self.num_samples_ - len(sound)))
        filters = mel_filters(
            self.sample_rate, self.n_fft, self.n_mels, self.fmin, self.fmax, self.htk
        )
        loudness = decibels(mel_power(sound, self.n_fft, self.hop_length, filters), self.top_db)
        return loudness if self.num_steps is None else step_means(loudness, self.num_steps)

    def _num_values(self):
        return self.n_mels

    def _check(self):
        for name in ("num_steps", "n_fft", "hop_length", "n_mels"):
            value = getattr(self, name)
            is_count = isinstance(value, Integral) and value >= 1
            if not is_count and (value is not None or name != "num_steps"):
                raise ValueError(f"{name} must be an int >= 1. Received: {value!r}.")
        check_rate(self.sample_rate)
        highest = self.sample_rate / 2 if self.fmax is None else self.fmax
        if not 0 <= self.fmin < highest <= self.sample_rate / 2:
            raise ValueError(
                "fmin and fmax must be 0 <= fmin < fmax <= sample_rate / 2. Received: "
                f"fmin={self.fmin}, fmax={self.fmax}, sample_rate={self.sample_rate}."
            )
        if self.top_db is not None and not self.top_db > 0:
            raise ValueError(f"top_db must be None or > 0. Received: {self.top_db!r}.")


def as_sounds(samples):
    """The samples as an array (n, samples[, channels]) or a list; TypeError for one sound."""
    samples = as_sequence(samples, "sounds")
    is_array = isinstance(samples, np.ndarray) and len(samples) > 0
    if is_array and (samples.ndim == 1 or samples.ndim > 3 or samples.shape[1] <= MAX_CHANNELS):
        raise TypeError(
            "A list of sounds is needed, or an array (n, samples[, channels]). "
            f"Received: an array {samples.shape}. For one sound pass [sound]."
        )
    return samples

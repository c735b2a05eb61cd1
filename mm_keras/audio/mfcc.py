"""MFCC: the outline of the spectrum of a sound over time."""

from numbers import Integral

from mm_keras.audio.log_mel import LogMel
from mm_keras.audio.spectrum import cosines


class MFCC(LogMel):
    """Mel-frequency cepstral coefficients: the outline of the spectrum in each part of a sound.

    The log-mel spectrum m of each step (see `LogMel`) is expanded in cosines, by the orthonormal
    DCT-II, and the first `n_mfcc` coefficients are kept:

        c[k] = s_k sum_j m[j] cos(pi k (j + 1/2) / n_mels),  s_0 = sqrt(1 / n_mels),
                                                             s_k = sqrt(2 / n_mels)

    c[0] is the overall loudness, c[1] the balance of low and high bands, and so on to finer
    details. The coefficients are much less correlated than the bands. With num_steps=None they
    equal `librosa.feature.mfcc`, to 2e-4.

    Args:
        num_steps, sample_rate: see `LogMel`. Defaults: 16, 16000.
        n_mfcc: int, number of coefficients, at most `n_mels`. Default: 13.
        n_fft, hop_length, n_mels, fmin, fmax, htk, top_db, strict: see `LogMel`.

    Attributes:
        num_samples_: int, length of the longest sound if `num_steps` is None; else None.
        output_shape_: (steps, n_mfcc).

    Shapes:
        n sounds (paths, arrays or tuples, see `read_sound`; or None) -> float32 array
        (n, steps, n_mfcc). Missing and unusable sounds are zero rows.

    Raises:
        ValueError: an invalid parameter; unusable sounds when `strict`.

    Example:
        Silence is -100 dB in each of 4 bands: c[0] = sqrt(1 / 4) * 4 * -100 = -200.

        >>> import numpy as np
        >>> MFCC(num_steps=1, n_mfcc=3, n_mels=4).fit_transform(np.zeros((1, 8000))).round(3)
        array([[[-200.,    0.,    0.]]], dtype=float32)

    Reference:
        Davis, Mermelstein (1980): Comparison of parametric representations for monosyllabic word
        recognition in continuously spoken sentences.
    """

    def __init__(
        self,
        num_steps: int | None = 16,
        sample_rate: int = 16000,
        n_mfcc: int = 13,
        n_fft: int = 512,
        hop_length: int = 160,
        n_mels: int = 40,
        fmin: float = 0.0,
        fmax: float | None = None,
        htk: bool = False,
        top_db: float | None = 80.0,
        strict: bool = False,
    ):
        super().__init__(
            num_steps, sample_rate, n_fft, hop_length, n_mels, fmin, fmax, htk, top_db, strict
        )
        self.n_mfcc = n_mfcc

    def _extract(self, sound):
        return super()._extract(sound) @ cosines(self.n_mels, self.n_mfcc)

    def _num_values(self):
        return self.n_mfcc

    def _check(self):
        super()._check()
        if not (isinstance(self.n_mfcc, Integral) and 1 <= self.n_mfcc <= self.n_mels):
            raise ValueError(
                "n_mfcc must be an int from 1 to n_mels. "
                f"Received: n_mfcc={self.n_mfcc!r}, n_mels={self.n_mels}."
            )

"""MFCC against librosa: one core, the same values."""

import numpy as np

from mm_keras.audio import MFCC
from tests.benchmarks._measure import Row, in_turns

SIZES = {  # what -> (number of sounds, samples each, parameters)
    "0.5 s at 8 kHz": (400, 4000, {"sample_rate": 8000, "n_fft": 256, "hop_length": 80}),
    "1 s at 16 kHz": (200, 16_000, {}),
    "1 s at 22 kHz, 128 bands": (
        100,
        22_050,
        {"sample_rate": 22_050, "n_fft": 2048, "hop_length": 512, "n_mels": 128},
    ),
}


def rows(full):
    try:
        from librosa.feature import mfcc
    except ImportError:
        mfcc = None
    for what, (count, length, settings) in SIZES.items():
        yield compared(what, count * (5 if full else 1), length, settings, mfcc)


def compared(what, count, length, settings, mfcc):
    """The row of one size; first asserts equality with librosa to 2e-4."""
    sounds = np.random.default_rng(0).normal(0, 0.1, (count, length)).astype(np.float32)
    extractor = MFCC(**settings).fit(sounds)
    parameters = extractor.get_params()
    options = {name: parameters[name] for name in ("n_fft", "hop_length", "n_mels", "n_mfcc")}

    def loop(some=sounds):
        return [mfcc(y=one, sr=parameters["sample_rate"], **options) for one in some]

    works = {"ours": lambda: extractor.transform(sounds)}
    if mfcc:
        frames = MFCC(**{**settings, "num_steps": None}).fit_transform(sounds[:5])
        np.testing.assert_allclose(frames, np.swapaxes(loop(sounds[:5]), 1, 2), atol=2e-4)
        works["librosa"] = loop
    best = {name: seconds / count for name, seconds in in_turns(works).items()}
    what = f"MFCC in 16 steps, {what}, a sound"
    if not mfcc:
        return Row(what, best["ours"], "librosa: not installed")
    return Row(what, best["ours"], "loop over librosa.feature.mfcc", best["librosa"], 3)

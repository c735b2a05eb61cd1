"""LogMel and MFCC against librosa 0.11, whose values are in librosa.npz.

They were computed (and can be again, where librosa is installed) by

    import librosa, numpy as np
    from tests.audio.test_librosa import SETTINGS, defaults, sound

    values = {}
    for number, settings in enumerate(SETTINGS):
        options = defaults(settings)
        rate, top_db = options.pop("sample_rate"), options.pop("top_db")
        power = librosa.feature.melspectrogram(y=sound(), sr=rate, **options)
        log_mel = librosa.power_to_db(power, top_db=top_db)
        mfcc = librosa.feature.mfcc(S=log_mel, n_mfcc=13)
        values[f"log_mel_{number}"], values[f"mfcc_{number}"] = log_mel.T[::3], mfcc.T[::3]
    np.savez_compressed("tests/audio/librosa.npz", **values)
"""

from pathlib import Path

import numpy as np
import pytest

from mm_keras.audio import MFCC, LogMel

EXPECTED = np.load(Path(__file__).with_name("librosa.npz"))
SETTINGS = [
    {},
    {"sample_rate": 8000, "n_fft": 256, "hop_length": 80, "n_mels": 26},
    {"sample_rate": 22050, "n_fft": 2048, "hop_length": 512, "n_mels": 128},
    {"sample_rate": 44100, "n_fft": 1024, "hop_length": 441},
    {"htk": True},
    {"htk": True, "fmin": 300, "fmax": 3400, "n_mels": 20},
    {"fmin": 50, "fmax": 6000, "n_mels": 64, "n_fft": 1024},
    {"top_db": None},
    {"top_db": 30},
    {"n_fft": 511, "hop_length": 100},
    {"n_fft": 400, "hop_length": 500},
    {"sample_rate": 48000, "n_fft": 1200, "hop_length": 333, "n_mels": 80, "fmin": 20},
]


def sound():
    """A rising tone that stops, and soft noise that fades: a range of more than 100 dB."""
    t = np.arange(5000)
    tone = 0.3 * np.sin(2 * np.pi * (0.02 + 0.00001 * t) * t) * (t < 3000)
    noise = 0.01 * np.random.RandomState(0).randn(len(t)) * np.exp(-t / 700)
    return (tone + noise).astype(np.float32)


def defaults(settings):
    parameters = {
        name: value
        for name, value in LogMel().get_params().items()
        if name not in ("num_steps", "strict")
    }
    return {**parameters, **settings}


@pytest.mark.parametrize("number", range(len(SETTINGS)))
def test_equal_to_librosa(number):
    for kind, name in ((LogMel, "log_mel"), (MFCC, "mfcc")):
        extractor = kind(num_steps=None, **SETTINGS[number])
        for samples in (sound()[np.newaxis], [sound().astype(np.float64)]):
            rows = extractor.fit_transform(samples)
            expected = EXPECTED[f"{name}_{number}"]
            assert rows[0, ::3].shape == expected.shape
            np.testing.assert_allclose(rows[0, ::3], expected, atol=2e-4, rtol=0)

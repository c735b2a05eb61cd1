"""The audio extractors of mm_keras in saved files: their settings and their learned values."""

from mm_keras.saving.rules import Known, either, exactly, flag, integer, number, series, size

NONE = exactly(None)
POSITIVE = integer(1)
MAX_VALUES = 2**27  # of the mel filters, and samples of a sound
MAX_OVERLAP = 256  # windows at one place of a sound
SPECTRUM = {
    "num_steps": either(NONE, size("steps")),
    "sample_rate": number(100, 1_000_000),
    "n_fft": integer(1, 2**20),
    "hop_length": POSITIVE,
    "n_mels": POSITIVE,
    "fmin": number(0),
    "fmax": either(NONE, number(0)),
    "htk": flag,
    "top_db": either(NONE, number(0)),
    "strict": flag,
}
LEARNED = {
    "num_samples_": either(NONE, integer(1, MAX_VALUES)),
    "output_shape_": series(size("steps"), size("k")),
}


def _sound(name_of_width, parameters):
    """A class whose rows have as many columns as the parameter with this name says."""

    def fits(saved):
        settings, (steps, width) = saved.parameters, saved.attributes["output_shape_"]
        num_samples, highest = saved.attributes["num_samples_"], settings["sample_rate"] / 2
        if (settings["num_steps"] is None) != (num_samples is not None):
            return False
        if num_samples is not None:
            windows = 1 + (num_samples - settings["n_fft"] % 2) // settings["hop_length"]
            if steps != windows:
                return False
        fmax = highest if settings["fmax"] is None else settings["fmax"]
        return (
            width == settings[name_of_width] <= settings["n_mels"]
            and settings["n_fft"] * settings["n_mels"] <= MAX_VALUES
            and settings["n_fft"] <= MAX_OVERLAP * settings["hop_length"]
            and settings["fmin"] < fmax <= highest
        )

    return Known(
        {**SPECTRUM, **parameters},
        LEARNED,
        shape=lambda saved: (saved.sizes["steps"], saved.sizes["k"]),
        fits=fits,
    )


SOUNDS = {"LogMel": _sound("n_mels", {}), "MFCC": _sound("n_mfcc", {"n_mfcc": POSITIVE})}

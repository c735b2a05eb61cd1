"""The samples given to `predict`, of each modality of the features, and their arrays in batches."""

from collections.abc import Iterator

import numpy as np

from mm_keras.features.features import Features
from mm_keras.utils.messages import collected, report_merged
from mm_keras.utils.sequences import as_sequence, check_lengths, columns_of


def samples_of(names, data=None, texts=None, images=None):
    """dict, modality -> its samples; None for each sample where a modality is not passed.

    Args:
        names: sequence of str, the modalities.
        data: MultimodalData, a dict or a table with all of them; the samples themselves, if there
            is one modality; or None, for `texts` and `images`.

    Raises:
        TypeError: samples without modalities where there are several.
        ValueError: no samples, different numbers of them, or data without one of the modalities.
    """
    if data is None:
        samples = {"text": texts, "image": images}
    else:
        samples = _by_modality(data, names)
        missing = [name for name in names if name not in samples]
        if missing:
            raise ValueError(
                f"predict needs the modalities {', '.join(names)}. Received: "
                f"{', '.join(map(str, samples))}. Missing: {', '.join(missing)}. "
                "If no sample has a modality, pass a list of None."
            )
    samples = {
        name: as_sequence(values, f"{name} samples")
        for name, values in samples.items()
        if values is not None and name in names
    }
    if not samples:
        raise ValueError(
            f"predict needs samples of {' or '.join(names)}. Received none: "
            "pass data, or texts=[...] and images=[...]."
        )
    lengths = {f"{name} samples": len(values) for name, values in samples.items()}
    check_lengths(lengths)
    missing = [None] * next(iter(lengths.values()))
    return {name: samples.get(name, missing) for name in names}


def _by_modality(data, names):
    try:
        return columns_of(data)
    except TypeError as error:
        is_stream = any(cls.__name__ == "PyDataset" for cls in type(data).__mro__)  # of arrays
        if len(names) == 1 and not is_stream:
            return {names[0]: data}
        keywords = {"text": "texts=[...]", "image": "images=[...]"}
        known = " and ".join(keywords[name] for name in names if name in keywords)
        hint = f" Pass {known} as keywords." if known else ""
        raise TypeError(f"{error} The modalities are {', '.join(names)}.{hint}") from None


def transformed(
    features: Features, samples: dict, batch_size: int
) -> Iterator[tuple[slice, dict[str, np.ndarray]]]:
    """Yields (rows, arrays) of `batch_size` samples at a time; bad samples are reported once."""
    num_samples, notes = len(next(iter(samples.values()))), []
    for start in range(0, num_samples, batch_size):
        rows = slice(start, start + batch_size)
        with collected() as new_notes:
            arrays = features.transform({name: samples[name][rows] for name in samples})
        notes += [(range(start, num_samples), note) for note in new_notes]
        yield rows, arrays
    report_merged(notes)


def sample_id(data, row):
    """The id of a sample of MultimodalData, otherwise its row number."""
    return data.ids[row] if hasattr(data, "ids") else row

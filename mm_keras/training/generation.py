"""Training of a generator of sentences with the default settings of translation and captions."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from mm_keras import text
from mm_keras.fusion.encoder_decoder import encoder_decoder_model, teacher_forcing
from mm_keras.generator import Generator, check_target, checked_arrays
from mm_keras.text.tokens import SENTENCE_PATTERN, tokenize
from mm_keras.utils.messages import report_bad
from mm_keras.utils.random_state import seeded
from mm_keras.utils.sequences import as_sequence, check_lengths
from mm_keras.utils.shapes import START, TokenIds

if TYPE_CHECKING:
    from mm_keras.features.features import Features

LEARNING_RATE = 3e-3
BATCH_SIZE = 64
EPOCHS = 20
MAX_LENGTH = 40  # words of a sentence by default


def target_sequence(
    sentences: Sequence[str | None], length: int | None = None, **options: Any
) -> text.Sequence:
    """The fitted vocabulary of target sentences: their words, punctuation, Chinese characters.

    Args:
        sentences: list of str, or None where missing.
        length: int, the largest number of words of a sentence; default None: one more than the
            longest one has, so that each of them can end, at most 40.
        **options: further options of `mm_keras.text.Sequence`.

    Raises:
        ValueError: no words in the sentences.

    Example:
        >>> target = target_sequence(["一个红色的钟", "红色的星星"])
        >>> target.length, list(target.vocabulary_)[:4]
        (7, ['色', '红', '的', '星'])
    """
    options = {"token_pattern": SENTENCE_PATTERN, **options}
    sentences = as_sequence(sentences, "target sentences")
    if length is None:
        probe = text.Sequence(**options)
        length = min(max(_num_words(sentences, probe), default=0) + 1, MAX_LENGTH)
    return text.Sequence(length=length, **options).fit(sentences)


def train_generator(
    features: "Features",
    arrays: Mapping[str, np.ndarray],
    sentences: Sequence[str | None],
    target: "text.Sequence | None" = None,
    operator: str | Callable = "concat",
    epochs: int | None = None,
    seed: int = 0,
    withhold: Mapping[str, float] | None = None,
    progress: Callable[[str, int, int, dict[str, Any]], Any] | None = None,
    name: str = "generator",
    **options: Any,
) -> Generator:
    """A trained `Generator`: `fusion.encoder_decoder_model`, Adam(0.003), batches of 64, 20 epochs.

    Samples without a sentence are left out, with a DataWarning; so are the words beyond
    `target.length`.

    Args:
        features: fitted Features of one or more modalities, e.g. `features.only("text")`.
        arrays: dict, modality -> array (n, *shape), `features.transform(train)`; those that the
            features do not have are not used.
        sentences: list of n str, the target sentences; None where missing.
        target: fitted `mm_keras.text.Sequence`; default `target_sequence(sentences)`.
        operator: str or function, see `encoder_decoder_model`.
        epochs: int; default None, 20.
        seed: int, sets the weights, the order of batches and the withheld samples. The caller's
            random state does not change.
        withhold: dict, modality -> fraction in [0, 1) of the training samples in which it is set to
            zero (missing), chosen uniformly at random. A model that has always seen all modalities
            relies on each of them for everything; one from which some images were withheld writes
            as well without an image as a model of the text alone. Default None.
        progress: function (name, epoch, epochs, logs), called after each epoch.
        name: str, for `progress`.
        **options: further options of `encoder_decoder_model`, e.g. units=64.

    Raises:
        TypeError: `withhold` is not a dict.
        ValueError: different numbers of samples and sentences, no sentence, a target that a
            `Generator` does not take, or a modality to withhold that the features do not have, or
            is their only one.

    Reference: Caglayan et al. (2019), Probing the need for visual context in multimodal machine
        translation (models that never miss an image).
    """
    sentences = as_sequence(sentences, "target sentences")
    arrays = checked_arrays(arrays, features.shapes)
    num_rows = len(next(iter(arrays.values())))
    check_lengths({"rows of the arrays": num_rows, "target sentences": len(sentences)})
    target = target or target_sequence(sentences)
    check_target(target)
    arrays = withheld(arrays, withhold or {}, seed)
    rows, ids = _target_ids(sentences, target)
    previous, ids, weights = teacher_forcing(ids)
    arrays = {key: array[rows] for key, array in arrays.items()} | {"previous": previous}
    epochs = epochs or EPOCHS
    callbacks = []
    if progress:
        callbacks.append(
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: progress(name, epoch + 1, epochs, logs)
            )
        )
    with seeded(seed):
        model = encoder_decoder_model(
            features.shapes, TokenIds(target.length, target.num_ids_), operator, **options
        )
        model.compile(keras.optimizers.Adam(LEARNING_RATE), "sparse_categorical_crossentropy")
        model.fit(
            arrays,
            ids,
            sample_weight=weights,
            batch_size=BATCH_SIZE,
            epochs=epochs,
            callbacks=callbacks,
            verbose=0,
        )
    return Generator(features, model, target)


def withheld(arrays, fractions, seed):
    """Copies of the arrays in which a fraction of the rows of some modalities is zero.

    Args:
        arrays: dict, modality -> array (n, ...).
        fractions: dict, modality -> fraction in [0, 1).
        seed: int.
    """
    if not isinstance(fractions, Mapping):
        raise TypeError(
            "withhold is a dict, modality -> fraction, such as {'image': 0.3}. "
            f"Received: {fractions!r}."
        )
    arrays = dict(arrays)
    rng = np.random.default_rng(seed)
    for name, fraction in fractions.items():
        if name not in arrays or len(arrays) < 2 or not 0 <= fraction < 1:
            raise ValueError(
                "withhold needs one of several modalities, and a fraction in [0, 1). "
                f"Received: {name!r}: {fraction!r} for {', '.join(arrays)}."
            )
        num_rows = round(fraction * len(arrays[name]))
        array = arrays[name].copy()
        array[rng.permutation(len(array))[:num_rows]] = 0
        arrays[name] = array
    return arrays


def _target_ids(sentences, target):
    """Row numbers of the samples with a sentence, and their ids; bad sentences are reported."""
    counts = np.array(_num_words(sentences, target), int)
    report_bad(
        np.flatnonzero(counts == 0).tolist(),
        "had no target sentence",
        "They are left out of the training.",
    )
    report_bad(
        np.flatnonzero(counts > target.length).tolist(),
        f"had a target sentence of more than {target.length} words (the longest has "
        f"{counts.max(initial=0)})",
        "They are cut. Pass a target with a greater length.",
    )
    rows = np.flatnonzero(counts)
    if not len(rows):
        raise ValueError("A generator needs target sentences. Received: none with a word.")
    ids = target.transform([sentences[row] for row in rows])
    report_bad(
        rows[(ids == START).any(axis=1)].tolist(),
        "had words in the target sentence that the target vocabulary does not have",
        "These words are not learned.",
    )
    return rows, ids


def _num_words(sentences, target):
    """The number of words of each sentence."""
    rule = (target.lowercase, target.stem, target.stop_words, target.token_pattern)
    return [0 if sentence is None else len(tokenize(sentence, *rule)) for sentence in sentences]

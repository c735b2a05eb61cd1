"""Generator: from raw samples to sentences, such as translations or captions."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sklearn.utils.validation import check_is_fitted

from mm_keras.features.features import Features
from mm_keras.features.samples import sample_id, samples_of, transformed
from mm_keras.features.saved import build_features, encode_features
from mm_keras.saving import loading
from mm_keras.saving.estimators import NOT_SAVED, build, encode
from mm_keras.saving.folder import reading
from mm_keras.saving.kinds import GENERATOR
from mm_keras.text.tokens import join_tokens
from mm_keras.text.unknown import unknown_words
from mm_keras.utils.formatting import join_words
from mm_keras.utils.keras_tools import predict_padded
from mm_keras.utils.messages import report_bad, some_of
from mm_keras.utils.scripts import RARE_CHINESE, SPACELESS_BLOCKS
from mm_keras.utils.sequences import check_lengths
from mm_keras.utils.shapes import START, TokenIds, has_values

if TYPE_CHECKING:
    import keras

    from mm_keras import text
    from mm_keras.datasets import MultimodalData

MAX_VALUES = 2**24  # probabilities computed at a time
NOTHING_KNOWN = (
    "contained nothing that the generator knows (no known word, no readable image)",
    "Their sentences do not depend on the sample.",
)
OVERLAPPING = re.compile(f"[{SPACELESS_BLOCKS}{RARE_CHINESE}].").search


class Generator:
    """Fitted features, a trained encoder-decoder and a vocabulary: from raw samples to sentences.

    A sentence is written word by word, each time the most probable next word (greedy decoding),
    until its end or `target.length` words. For each word the model that was trained is called on
    the words so far; there is no second model for inference. Words are those of the target
    vocabulary, so in lower case; Chinese is joined without spaces.

    Args:
        features: a fitted `Features`.
        model: a keras.Model whose inputs are named after modalities of the features and "previous",
            as from `mm_keras.fusion.encoder_decoder_model`.
        target: the fitted `mm_keras.text.Sequence` of the target sentences.

    Raises:
        sklearn.exceptions.NotFittedError: a target that is not fitted.
        ValueError: features, model and target do not fit each other, or a target whose words cannot
            be joined to sentences.

    Reference:
        Sutskever et al. (2014), Sequence to sequence learning with neural networks.
    """

    def __init__(self, features: Features, model: "keras.Model", target: "text.Sequence"):
        check_target(target)
        self.features = features.only(*_modalities_of(model, features.shapes, target))
        self.model = model
        self.target = target

    def __repr__(self):
        num_words = len(self.target.vocabulary_)
        return f"Generator: {', '.join(self.features.shapes)} -> sentences of {num_words:,} words"

    def predict(
        self,
        data: "MultimodalData | dict[str, Sequence] | None" = None,
        texts: Sequence[str | None] | None = None,
        images: Sequence | np.ndarray | None = None,
        batch_size: int = 256,
    ) -> list[str]:
        """The sentence of each sample, n str.

        Pass either `data`, or `texts` or `images` or both; one of the two that is not passed counts
        as missing. Bad samples still get a sentence, with a DataWarning that names them: texts
        that are empty or without a known word, samples in which nothing is known, and sentences
        without an end. Unknown words are counted.

        Args:
            data: MultimodalData, or a dict of sequences keyed by modality, with every modality of
                the features.
            texts: list of str.
            images: list of paths, arrays or None, or an array (n, H, W[, 3]).
            batch_size: int, the maximum number of samples extracted and predicted at a time.
        """
        samples = samples_of(list(self.features.shapes), data, texts, images)
        num_samples = len(next(iter(samples.values())))
        given_texts = list(samples.get("text", ()))
        if given_texts:  # empty ones are reported below, once
            samples["text"] = [None if _is_blank(text) else text for text in given_texts]
        batch_size = self._batch_size(batch_size, num_samples)
        known = {name: np.zeros(num_samples, bool) for name in samples}

        def batches():
            for rows, arrays in transformed(self.features, samples, batch_size):
                for name, array in arrays.items():
                    known[name][rows] = has_values(array, self.features.shapes[name])
                yield arrays

        ids = self._decode(batches(), batch_size)
        names = [sample_id(data, row) for row in range(num_samples)]
        self._report_samples(names, given_texts, known)
        return self._sentences(ids, names)

    def generate(self, arrays: Mapping[str, np.ndarray], batch_size: int = 256) -> list[str]:
        """The sentences of extracted arrays, as from `features.transform`; n str.

        Args:
            arrays: dict, modality -> array (n, *shape).
            batch_size: int, the maximum number of samples predicted at a time.

        Raises:
            TypeError, ValueError: arrays that are not those of the features.
        """
        arrays = checked_arrays(arrays, self.features.shapes)
        num_samples = len(next(iter(arrays.values())))
        batch_size = self._batch_size(batch_size, num_samples)
        batches = (
            {name: array[start : start + batch_size] for name, array in arrays.items()}
            for start in range(0, num_samples, batch_size)
        )
        ids = self._decode(batches, batch_size)
        return self._sentences(ids, range(num_samples))

    def save(self, path: str | os.PathLike) -> None:
        """Write one folder: generator.json, arrays.npz and model.keras.

        If writing fails, no incomplete folder is left behind.

        Raises:
            FileExistsError: `path` exists and is not a saved generator, or has further files.
            TypeError: an extractor that cannot be saved without pickle.
        """
        arrays = {}
        content = {
            **encode_features(self.features, arrays),
            "target": encode(self.target, arrays, NOT_SAVED),
        }
        loading.save(path, GENERATOR, content, arrays, self.model)

    @classmethod
    def load(cls, path: str | os.PathLike, trusted: Sequence[str] = ()) -> "Generator":
        """Load a generator written by `save`; its sentences are identical.

        Args:
            path: the folder; no code in it runs, see `Classifier.load`.
            trusted: further classes that may be created, "package.module:Class", see
                `mm_keras.saving.get_untrusted_types`.

        Raises:
            FileNotFoundError: no such folder.
            ValueError: not a generator, a damaged file, further files, a newer version, or a class
                that is neither known nor trusted.
        """
        contents, model = loading.load(path, GENERATOR, trusted)
        with reading(Path(path) / GENERATOR.manifest):
            target = build(contents["target"])
            generator = cls(build_features(contents), model, target)
        previous = TokenIds(target.length, num_ids=target.num_ids_)
        loading.check_network(path, model, {**generator.features.shapes, "previous": previous})
        return generator

    def _batch_size(self, batch_size, num_samples):
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1. Received: {batch_size}.")
        num_values = self.target.length * self.target.num_ids_
        return max(1, min(batch_size, num_samples, MAX_VALUES // num_values))

    def _decode(self, batches: Iterable[dict[str, np.ndarray]], batch_size):
        """The ids of the words of each sample, 0 after the last one: int32 (n, length)."""
        ids = [self._decode_batch(arrays, batch_size) for arrays in batches]
        return np.concatenate(ids) if ids else np.zeros((0, self.target.length), np.int32)

    def _decode_batch(self, arrays, batch_size):
        num_samples = len(next(iter(arrays.values())))
        ids = np.zeros((num_samples, self.target.length + 1), np.int32)  # with START in front
        ids[:, 0] = START
        for step in range(self.target.length):
            if not ids[:, step].any():
                break
            inputs = {**arrays, "previous": ids[:, :-1]}
            probabilities = predict_padded(self.model, inputs, batch_size)[:, step].copy()
            probabilities[:, START] = -1  # an unknown word cannot be written
            ids[:, step + 1] = np.where(ids[:, step] > 0, probabilities.argmax(axis=1), 0)
        return ids[:, 1:]

    def _sentences(self, ids, names):
        endless = [name for name, row in zip(names, ids) if row.all()]
        report_bad(
            endless,
            f"got a sentence without an end within {self.target.length} words",
            "They may be incomplete. Longer ones need a target with a greater length.",
        )
        words = {token_id: word for word, token_id in self.target.vocabulary_.items()}
        return [join_tokens([words[token_id] for token_id in row if token_id]) for row in ids]

    def _report_samples(self, names, texts, known):
        """Report texts without a known word, unknown words, and samples with nothing known."""
        something = np.any(list(known.values()), axis=0)
        report_bad([names[row] for row in np.flatnonzero(~something)], *NOTHING_KNOWN)
        if not texts:
            return
        others = join_words([name for name in known if name != "text"])
        given = np.array([text is not None for text in texts])
        report_bad(
            [names[row] for row in np.flatnonzero(given & something & ~known["text"])],
            "had no known word",
            f"Their sentences are written from the {others} alone.",
        )
        unknown = unknown_words(self.features.extractors["text"], texts)
        words = Counter(word for row in unknown for word in row)
        report_bad(
            [name for name, row in zip(names, unknown) if row],
            f"had unknown words ({words.total()} in all: {some_of(words)})",
            "These words are ignored.",
        )


def checked_arrays(arrays, shapes):
    """dict, modality -> array: those of the modalities in `shapes`.

    Raises:
        TypeError: no dict.
        ValueError: a missing modality, arrays of another shape, or of different lengths.
    """
    if not isinstance(arrays, Mapping):
        raise TypeError(
            "Generators read arrays in memory, a dict, modality -> array, as from "
            f"features.transform. Received: a {type(arrays).__name__}."
        )
    arrays = {name: np.asarray(arrays[name]) for name in shapes if name in arrays}
    received = {name: array.shape[1:] for name, array in arrays.items()}
    if received != {name: tuple(shape) for name, shape in shapes.items()}:
        raise ValueError(
            f"The features have {_described(shapes)}, and the arrays must be those of "
            f"features.transform. Received: {_described(received) or 'none of these'}."
        )
    check_lengths({f"{name} rows": len(array) for name, array in arrays.items()})
    return arrays


def _is_blank(text):
    return isinstance(text, str) and not text.strip()


def check_target(target):
    """Raise an error unless the target is fitted, and its words can be joined to sentences."""
    check_is_fitted(target, "vocabulary_")
    if (target.padding, target.truncating) != ("post", "post"):
        raise ValueError(
            "The target needs Sequence(padding='post', truncating='post'): sentences are written "
            f"from their start. Received: {target!r}."
        )
    joined = [word for word in target.vocabulary_ if OVERLAPPING(word)]
    if joined and target.token_pattern is None:
        raise ValueError(
            "The target has overlapping pairs of characters, which cannot be joined to sentences: "
            f"{some_of(joined)}. Use Sequence(token_pattern=mm_keras.text.SENTENCE_PATTERN)."
        )


def _modalities_of(model, shapes, target):
    """The modalities that the model reads, in the order of the features."""
    inputs = model.input if isinstance(model.input, dict) else {i.name: i for i in model.inputs}
    names = [name for name in shapes if name in inputs]
    expected = {name: tuple(shapes[name]) for name in names} | {"previous": (target.length,)}
    received = {name: tuple(tensor.shape[1:]) for name, tensor in inputs.items()}
    if not names or received != expected:
        raise ValueError(
            f"The model needs inputs {_described(received)}. The features and the target have "
            f"{_described({**shapes, 'previous': (target.length,)})}."
        )
    output = (target.length, target.num_ids_)
    has_several = not hasattr(model.output, "shape")
    received = f"a {type(model.output).__name__}" if has_several else tuple(model.output.shape[1:])
    if received != output:
        raise ValueError(
            f"The target has sentences of {output[0]} words out of {output[1]}, so the output of "
            f"the model must be {output}. Received: {received}."
        )
    return names


def _described(shapes):
    return ", ".join(f"{name} {tuple(shape)}" for name, shape in shapes.items())

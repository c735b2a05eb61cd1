"""Retriever: search images with texts, or texts with images, among indexed samples."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from mm_keras.features.features import Features
from mm_keras.features.samples import transformed
from mm_keras.features.saved import build_features, encode_features
from mm_keras.saving import loading
from mm_keras.saving.estimators import NOT_SAVED, build, encode
from mm_keras.saving.folder import reading
from mm_keras.saving.kinds import RETRIEVER
from mm_keras.utils.keras_tools import predict_padded
from mm_keras.utils.messages import collected, report_bad
from mm_keras.utils.sequences import as_sequence, check_lengths, columns_of
from mm_keras.utils.shapes import has_values, num_ids_of

if TYPE_CHECKING:
    from mm_keras.datasets import MultimodalData

BATCH_SIZE = 256


class Retriever:
    """Fitted features, a common space of two modalities, and an index of samples to search among.

    The similarity of a query and an item is the cosine of their vectors, in [-1, 1]. It is 0, and
    the item is never found, where the features know nothing of one of them: no known word, no
    readable image.

    Args:
        features: fitted Features of two modalities.
        embedding: fitted `CCA`, `SemanticMatching` or a pipeline of them; or a trained
            `fusion.dual_encoder_model`.

    Attributes:
        vectors: dict, modality -> float32 (items, width), rows of length 1 or 0: the index; {}
            before `index`.
        ids: list of the ids of the items, str or int; [] before `index`.

    Raises:
        ValueError: features that do not have two modalities, or an embedding of others.
        sklearn.exceptions.NotFittedError: an embedding or features that are not fitted.

    Example:
        >>> from mm_keras.retrieval import CCA
        >>> from mm_keras.text import BagOfWords
        >>> pairs = {"text": ["red", "green", "blue"], "image": ["rouge", "vert", "bleu"]}
        >>> features = Features(text=BagOfWords(), image=BagOfWords()).fit(pairs)
        >>> retriever = Retriever(features, CCA().fit(features.transform(pairs))).index(pairs)
        >>> retriever.search(texts=["green"], k=1)[0][0][0]
        1
    """

    def __init__(self, features: Features, embedding: Any):
        if len(features.shapes) != 2:
            raise ValueError(
                "A Retriever needs features of two modalities, such as text and image. Received: "
                f"{', '.join(features.shapes)}. Keep two with features.only('text', 'image')."
            )
        self.features, self.embedding = features, embedding
        self.vectors, self.ids = {}, []
        self._width = self._check_embedding()

    def __repr__(self):
        return f"Retriever: {' and '.join(self.features.shapes)}, {len(self.ids):,} indexed items"

    def index(self, data: "MultimodalData | dict[str, Sequence]") -> Self:
        """Embed the samples among which to search, in place of former ones; returns self.

        Args:
            data: MultimodalData, or a dict of sequences keyed by modality: both modalities, or only
                the one that is searched. Its ids become those of the results; without ids they are
                row numbers.
        """
        samples = self._samples(columns_of(data))
        ids = _ids(data, samples)
        if not ids:
            raise ValueError("An index needs samples. Received: none.")
        self.vectors = {
            name: self._embed(name, values, ids, "item", "They are never found.")
            for name, values in samples.items()
        }
        self.ids = ids
        return self

    def search(
        self,
        texts: Sequence[str | None] | None = None,
        images: Sequence | np.ndarray | None = None,
        data: "MultimodalData | dict[str, Sequence] | None" = None,
        k: int = 5,
        target: str | None = None,
    ) -> list[list[tuple[Any, float]]]:
        """The k most similar items for each query: one list of (id, similarity) per query.

        Pass one of `texts`, `images` and `data`. A query that contains nothing known has an empty
        list, with a DataWarning that names it. Items of equal similarity are in the order of the
        index.

        Args:
            texts: list of str.
            images: list of paths, arrays or None, or an array (n, H, W[, 3]).
            data: MultimodalData, or a dict of sequences keyed by modality. If it has both
                modalities, the queries are those that are not the target.
            k: int >= 1, the largest number of results per query.
            target: str, the modality that is searched; default: the other one than that of the
                queries. Images can also be searched with images.

        Raises:
            ValueError: no index, a k larger than the index, or not one modality of queries.
        """
        self._check_indexed()
        if not 1 <= k <= len(self.ids):
            raise ValueError(
                f"k must be between 1 and the number of indexed items, {len(self.ids)}. "
                f"Received: {k}."
            )
        similarities, known = self._compare(texts, images, data, target)
        results = []
        for row, is_known in zip(similarities, known):
            order = np.argsort(-row, kind="stable")
            order = order[is_known[order]][:k]
            results.append([(self.ids[item], float(row[item])) for item in order])
        return results

    def similarities(
        self,
        texts: Sequence[str | None] | None = None,
        images: Sequence | np.ndarray | None = None,
        data: "MultimodalData | dict[str, Sequence] | None" = None,
        target: str | None = None,
    ) -> np.ndarray:
        """The similarity of each query and each item, float32 (queries, items).

        For `evaluation.metrics.retrieval_scores`. Arguments as in `search`.
        """
        return self._compare(texts, images, data, target)[0]

    def save(self, path: str | os.PathLike) -> None:
        """Write one folder with the features, the embedding and the index.

        It contains retriever.json, arrays.npz and, for a dual encoder, model.keras. If writing
        fails, no incomplete folder is left behind.

        Raises:
            FileExistsError: `path` exists and is not a saved retriever, or has further files.
            TypeError: an extractor or an embedding that cannot be saved without pickle, or an id
                that is neither str nor int.
        """
        arrays, has_network = {}, not hasattr(self.embedding, "transform")
        content = {
            "ids": [_plain(item) for item in self.ids],
            **encode_features(self.features, arrays),
            "embedding": None if has_network else encode(self.embedding, arrays, NOT_SAVED),
            "vectors": encode(self.vectors, arrays),
        }
        loading.save(path, RETRIEVER, content, arrays, self.embedding if has_network else None)

    @classmethod
    def load(cls, path: str | os.PathLike, trusted: Sequence[str] = ()) -> "Retriever":
        """Load a retriever written by `save`, with its index; its results are identical.

        Args:
            path: the folder; no code in it runs, see `Classifier.load`.
            trusted: further classes that may be created, "package.module:Class", see
                `mm_keras.saving.get_untrusted_types`.

        Raises:
            FileNotFoundError: no such folder.
            ValueError: not a retriever, a damaged file, further files, a newer version, or a class
                that is neither known nor trusted.
        """
        contents, model = loading.load(path, RETRIEVER, trusted)
        with reading(Path(path) / RETRIEVER.manifest):
            if (contents["embedding"] is None) == (model is None):
                raise ValueError("it needs either an embedding or a network")
            features = build_features(contents)
            retriever = cls(features, build(contents["embedding"]) if model is None else model)
            retriever._set_index(contents["vectors"], contents["ids"])
        if model is not None:
            loading.check_network(path, model, features.shapes)
        return retriever

    def _set_index(self, vectors, ids):
        for name, rows in vectors.items():
            if rows.shape[1] != self._width:
                raise ValueError(
                    f"the {name} vectors of the index have {rows.shape[1]} values, those of the "
                    f"embedding {self._width}"
                )
        self.vectors, self.ids = vectors, ids

    def _compare(self, texts, images, data, target):
        """Similarities (queries, items), and whether both of them are known, bool."""
        self._check_indexed()
        name, queries, ids, target = self._queries(texts, images, data, target)
        items = self.vectors[target]
        vectors = self._embed(name, queries, ids, "query", "The similarity to all items is 0.")
        known = np.outer(vectors.any(axis=1), items.any(axis=1))
        return np.clip(vectors @ items.T, -1, 1), known

    def _check_indexed(self):
        if not self.vectors:
            raise ValueError("Nothing is indexed yet. Call retriever.index(data) first.")

    def _queries(self, texts, images, data, target):
        """The modality of the queries, the queries, their ids, and the modality searched."""
        names = list(self.features.shapes)
        if target is not None and target not in names:
            raise ValueError(f"target must be one of {', '.join(names)}. Received: {target!r}.")
        given = {"texts": texts, "images": images, "data": data}
        given = [argument for argument, value in given.items() if value is not None]
        if len(given) > 1:
            raise ValueError(f"Pass queries of one modality. Received: {' and '.join(given)}.")
        columns = {"text": texts, "image": images} if data is None else columns_of(data)
        samples = self._samples({k: v for k, v in columns.items() if v is not None})
        if len(samples) > 1 and target is None:
            raise ValueError(
                f"Pass queries of one modality. Received: {' and '.join(samples)}. Add the one "
                f"that is searched, e.g. target={names[-1]!r}."
            )
        if len(samples) > 1:
            del samples[target]
        ((name, queries),) = samples.items()
        target = target or next(other for other in names if other != name)
        if target not in self.vectors:
            raise ValueError(
                f"No {target} samples are indexed. Index them, or pass "
                f"target={next(iter(self.vectors))!r}."
            )
        return name, queries, _ids(data, samples), target

    def _samples(self, columns):
        """The sequences of the modalities of the features, all of one length."""
        samples = {
            name: as_sequence(columns[name], f"{name} samples")
            for name in self.features.shapes
            if name in columns
        }
        if not samples:
            raise ValueError(
                f"Samples of {' or '.join(self.features.shapes)} are needed. "
                f"Received: {', '.join(map(str, columns)) or 'none'}."
            )
        check_lengths({f"{name} samples": len(values) for name, values in samples.items()})
        return samples

    def _embed(self, name, samples, ids, noun, consequence):
        """Vectors (n, width) of samples of one modality; unknown ones are zero, with a warning."""
        features, shape = self.features.only(name), self.features.shapes[name]
        vectors = [np.zeros((0, self._width), np.float32)]
        with collected() as notes:
            for rows, arrays in transformed(features, {name: samples}, BATCH_SIZE):
                known = has_values(arrays[name], shape)[:, np.newaxis]
                num_rows = BATCH_SIZE if rows.start else len(known)
                vectors.append(np.where(known, self._vectors(arrays, num_rows)[name], 0))
        vectors = np.concatenate(vectors).astype(np.float32)
        reported = {item for note in notes for item in note[0]}  # rows, or paths of files
        for note in notes:
            report_bad(*note)
        unknown = np.flatnonzero(~vectors.any(axis=1)).tolist()
        report_bad(
            [ids[row] for row in unknown if not {row, _path(samples[row])} & reported],
            f"contained nothing that the {name} features know",
            consequence,
            noun=noun,
        )
        return vectors

    def _vectors(self, arrays, num_rows):
        """The embedding of arrays of one modality or both."""
        if hasattr(self.embedding, "transform"):
            return self.embedding.transform(arrays)
        num_samples = len(next(iter(arrays.values())))
        missing = {
            name: np.zeros((num_samples, *shape), "int32" if num_ids_of(shape) else "float32")
            for name, shape in self.features.shapes.items()
        }
        return predict_padded(self.embedding, {**missing, **arrays}, num_rows)

    def _check_embedding(self):
        """The width of the vectors, from two samples of zeros.

        Raises:
            ValueError: the embedding does not take the features, or its vectors do not match.
        """
        shapes = self.features.shapes
        ids = [name for name, shape in shapes.items() if num_ids_of(shape)]
        if ids and hasattr(self.embedding, "transform"):
            raise ValueError(
                f"{type(self.embedding).__name__} needs features, but {ids[0]} samples are token "
                "ids. Use text.TFIDF, or fusion.dual_encoder_model, which embeds them."
            )
        zeros = {name: np.zeros((2, *shape), np.float32) for name, shape in shapes.items()}
        vectors = self._vectors(zeros, 2)
        if not isinstance(vectors, dict) or vectors.keys() != shapes.keys():
            raise ValueError(
                f"The embedding must give one vector for each of {', '.join(shapes)}, as CCA, "
                "SemanticMatching and fusion.dual_encoder_model do. Received: a "
                f"{type(self.embedding).__name__} with other outputs."
            )
        widths = {name: array.shape[-1] for name, array in vectors.items()}
        if len(set(widths.values())) > 1:
            raise ValueError(f"Both modalities need vectors of one width. Received: {widths}.")
        return next(iter(widths.values()))


def _ids(data, samples):
    """The ids of MultimodalData, otherwise row numbers."""
    num_samples = len(next(iter(samples.values())))
    return list(data.ids if hasattr(data, "modalities") else range(num_samples))


def _plain(item):
    """An id as JSON can store it."""
    item = item.item() if isinstance(item, np.generic) else item
    if type(item) not in (int, str):
        raise TypeError(f"The ids of an index must be str or int to be saved. Received: {item!r}.")
    return item


def _path(sample):
    return os.fspath(sample) if isinstance(sample, (str, os.PathLike)) else None

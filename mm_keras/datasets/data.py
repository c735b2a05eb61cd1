"""MultimodalData: samples keyed by modality, with their labels, ids and class names."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from mm_keras.datasets.dataframes import as_table, parts_of
from mm_keras.datasets.display import as_html
from mm_keras.datasets.targets import as_labels, report_one_hot
from mm_keras.utils.labels import check_class_names, check_distinct
from mm_keras.utils.messages import collected, some_of
from mm_keras.utils.sequences import as_sequence


@dataclass(frozen=True, eq=False, repr=False)
class MultimodalData:
    """An immutable data set: one sequence of samples per modality, with labels and metadata.

    `data["text"]` is a list of str, `data["image"]` an array of images or a list of paths, which
    are read when a feature extractor needs them. `None` in a list is a missing text or image.

    Args:
        samples: dict, modality -> sequence of n samples. Keys are singular: "text", "image",
            "audio", ...
        labels: int array (n,) with values in [0, num_classes), 0/1 array (n, num_classes) for
            multi-label targets (one-hot rows too, with a warning), or None if unknown.
        class_names: sequence of str, one per class.
        ids: sequence of n distinct str; default: "0", "1", ...
        columns: dict, name -> sequence of n further values ("split", "chapter", ...).
        info: dict with metadata: name, source, best possible accuracies, ...

    Raises:
        TypeError: a set, a dict or one str instead of a sequence.
        ValueError: no modality, sequences of different lengths, labels out of range, or duplicate
            ids or class names.

    Example:
        >>> data = MultimodalData(
        ...     {"text": ["sun", "goal"]}, labels=[0, 1], class_names=["weather", "sports"]
        ... )
        >>> data
        MultimodalData: 2 samples of text, 2 classes (weather 1, sports 1)
        >>> data[[1]]["text"]
        ['goal']
    """

    samples: Mapping[str, Sequence]
    labels: Any = None
    class_names: Sequence[str] = ()
    ids: Sequence[str] | None = None
    columns: Mapping[str, Sequence] = field(default_factory=dict)
    info: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        if not self.samples:
            raise ValueError(
                "At least one modality is needed. Received: none. "
                "Pass e.g. {'text': [...], 'image': [...]}."
            )
        samples = {name: _as_samples(name, values) for name, values in self.samples.items()}
        num_samples = len(next(iter(samples.values())))
        ids = list(map(str, range(num_samples) if self.ids is None else _as_list(self.ids, "ids")))
        class_names = check_class_names(self.class_names)
        columns = {
            name: _as_list(values, f"values of column {name!r}")
            for name, values in self.columns.items()
        }
        sequences = {
            **samples,
            "ids": ids,
            **{f"column {name}": cells for name, cells in columns.items()},
        }
        lengths = {name: len(values) for name, values in sequences.items()}
        labels = self.labels
        if labels is not None:
            labels = as_labels(labels, len(class_names))
            lengths["labels"] = len(labels)
        if len(set(lengths.values())) > 1:
            raise ValueError(f"All sequences must have the same length. Received: {lengths}.")
        check_distinct(ids, "ids")
        if labels is not None:
            report_one_hot(labels, ids)
        for name, value in dict(
            samples=MappingProxyType(samples),
            labels=labels,
            ids=ids,
            class_names=class_names,
            columns=MappingProxyType(columns),
            info=MappingProxyType(dict(self.info)),
        ).items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_dataframe(
        cls,
        table: Any,
        text: str | Sequence[str] | None = "text",
        image: str | Sequence[str] | None = "image",
        label: str | None = "label",
        numbers: str | Sequence[str] = (),
        categories: str | Sequence[str] = (),
        audio: str | None = "audio",
        video: str | None = "video",
        vectors: str | None = None,
        id: str | None = None,
        class_names: Sequence[str] | None = None,
    ) -> "MultimodalData":
        """Data from a table: pandas, polars, pyarrow, or a dict of columns.

        None, NaN, pd.NA and empty cells are missing. A row without a label is dropped with a
        warning. A default column that the table lacks is skipped.

        Args:
            table: the table; each row is a sample.
            text, image: names of the columns; several become modalities of their own: ["title",
                "body"] are "text_title" and "text_body". Images are paths, arrays, Pillow images,
                bytes, BytesIO, or dicts with "bytes" or "path".
            label: the column with the classes: str, int or bool; lists for multi-label data. None
                for data without labels.
            numbers, categories: names of columns that become the modalities "numbers" and
                "categories", see `mm.tabular`.
            audio, video: names of the columns of sounds and films.
            vectors: name of a column of vectors made elsewhere, the modality "vectors".
            id: name of the column with the ids; None to number the samples.
            class_names: the classes in the order of their numbers, so that two tables share them:
                `from_dataframe(test, class_names=train.class_names)`. Default: those found, numbers
                in their order and names alphabetically.

        Raises:
            ValueError: a column that the table does not have, no samples, labels that are not in
                `class_names`.

        Example:
            >>> table = {"text": ["sun", None], "price": [3.5, 2], "label": [1, 0]}
            >>> data = MultimodalData.from_dataframe(table, numbers=["price"])
            >>> data
            MultimodalData: 2 samples of text, numbers, 2 classes (0 1, 1 1)
            >>> data["text"], data["numbers"], data.labels
            (['sun', None], [[3.5], [2]], array([1, 0]))
        """
        roles = {"text": text, "image": image, "audio": audio, "video": video}
        roles |= {"label": label, "id": id}
        return cls(**parts_of(table, roles, numbers, categories, vectors, class_names))

    def to_dataframe(self, library: str = "pandas") -> Any:
        """The samples, labels (as class names), ids and columns as a DataFrame.

        Args:
            library: "pandas" (default) or "polars".

        Raises:
            ImportError: the library is not installed.
        """
        return as_table(self, library)

    @property
    def modalities(self) -> tuple[str, ...]:
        """Names of the modalities."""
        return tuple(self.samples)

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    @property
    def is_multi_label(self) -> bool:
        """Whether a sample may have any number of labels."""
        return self.labels is not None and self.labels.ndim == 2

    @property
    def class_weights(self) -> dict[int, float]:
        """Dict, class -> n / (K n_k), for `model.fit(..., class_weight=data.class_weights)`.

        With these weights all K classes contribute equally to the loss, as with scikit-learn's
        `compute_class_weight("balanced")`. A class without samples is omitted.

        Raises:
            ValueError: no labels, or multi-label data.
        """
        if self.labels is None or self.is_multi_label:
            raise ValueError(
                "Class weights need one class per sample. "
                f"Received: {'no labels' if self.labels is None else 'multi-label data'}."
            )
        classes, counts = np.unique(self.labels, return_counts=True)
        return {
            int(k): float(len(self) / (len(classes) * count)) for k, count in zip(classes, counts)
        }

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, key: Any) -> Any:
        """`data["text"]`: the samples of a modality; `data[index]`: the data of some samples.

        An index is an int array, bool mask, slice, int or list of int.
        """
        if isinstance(key, str):
            if key not in self.samples:
                raise KeyError(f"No modality {key!r}. This data has: {', '.join(self.samples)}.")
            return self.samples[key]
        index = np.arange(len(self))[key if isinstance(key, slice) else _as_index(key, len(self))]

        def take(values):
            return values[index] if isinstance(values, np.ndarray) else [values[i] for i in index]

        with collected():  # a part of multi-label data may happen to look like one-hot labels
            return MultimodalData(
                samples={name: take(values) for name, values in self.samples.items()},
                labels=None if self.labels is None else self.labels[index],
                class_names=self.class_names,
                ids=take(self.ids),
                columns={name: take(cells) for name, cells in self.columns.items()},
                info=self.info,
            )

    def split(
        self, test_size: float | int = 0.25, seed: int = 0, shuffle: bool = True
    ) -> tuple["MultimodalData", "MultimodalData"]:
        """A stratified random split `(train, test)`: both have the classes in equal proportions.

        Args:
            test_size: float in (0, 1), the share of samples in the test set; or int, their number.
            seed: int, seed of the random split.
            shuffle: bool, whether both parts are in random order, so that the last samples are of
                all classes (Keras' `validation_split` takes the last ones). If False, each part
                has the same samples in the order of the data.

        Raises:
            ValueError: no labels, or a class with a single sample.
        """
        from sklearn.model_selection import train_test_split

        if self.labels is None:
            raise ValueError(
                "A stratified split needs labels. This data has none: index it, "
                "e.g. data[:100], data[100:]."
            )
        groups = self.labels
        if self.is_multi_label:  # combinations too rare for both sets join the most frequent one
            _, groups, counts = np.unique(
                self.labels, axis=0, return_inverse=True, return_counts=True
            )
            share = test_size if test_size < 1 else test_size / len(self)
            groups = np.where(
                counts * min(share, 1 - share) >= 1, np.arange(len(counts)), counts.argmax()
            )[groups.ravel()]
        else:
            single = [self.class_names[label] for label in np.flatnonzero(np.bincount(groups) == 1)]
            if single:
                raise ValueError(
                    "A stratified split needs at least two samples of each class. Received one of: "
                    f"{some_of(single)}. Remove these samples (on the command line, --drop-rare), "
                    "or add more."
                )
        try:
            train, test = train_test_split(
                np.arange(len(self)), test_size=test_size, stratify=groups, random_state=seed
            )
        except ValueError as error:
            raise ValueError(f"Cannot split {self!r} with test_size={test_size}: {error}") from None
        if not shuffle:
            train, test = np.sort(train), np.sort(test)
        return self[train], self[test]

    def _repr_html_(self):
        return as_html(self)

    def __repr__(self):
        start = f"MultimodalData: {len(self)} samples of {', '.join(self.modalities)}"
        if self.labels is None:
            return f"{start}, no labels"
        counts = (
            self.labels.sum(axis=0)
            if self.is_multi_label
            else np.bincount(self.labels, minlength=self.num_classes)
        )
        classes = [f"{name} {count}" for name, count in zip(self.class_names, counts)]
        if len(classes) > 20:
            classes = classes[:20] + [f"and {len(classes) - 20} more"]
        kind = "labels" if self.is_multi_label else "classes"
        return f"{start}, {self.num_classes} {kind} ({', '.join(classes)})"


def _as_samples(name, values):
    """An array or a lazy sequence as it is, anything else as a new list."""
    values = list(values) if isinstance(values, Iterator) else values
    values = as_sequence(values, f"{name} samples")
    return list(values) if isinstance(values, list) else values


def _as_list(values, name):
    """The values, which must have an order, as a list."""
    if isinstance(values, (Mapping, Set, str)):
        raise TypeError(
            f"The {name} must be a list. Received: a {type(values).__name__}. Pass list(...)."
        )
    return list(values)


def _as_index(key, num_samples):
    index = np.atleast_1d(np.asarray(key))
    if index.dtype == bool and len(index) != num_samples:
        raise IndexError(
            f"A mask needs one value per sample ({num_samples}). Received: {len(index)}."
        )
    return index if index.size else index.astype(int)

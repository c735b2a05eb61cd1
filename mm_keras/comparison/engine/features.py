"""The features of one split: fitted on its training samples, extracted once, shared by all contenders."""

import time

import numpy as np

from mm_keras.comparison.contenders.base import TrainingSet
from mm_keras.features.defaults import features_of_kind


class SplitFeatures:
    """Training and test samples of one split as arrays; each modality is extracted when it is first asked for.

    So a modality that cannot be extracted costs only the contenders that need it.

    Args:
        train, test: MultimodalData.
        features: dict, modality -> unfitted `Features` that have it; they are cloned.
        inner: the inner validation split, see `TrainingSet`.

    Attributes:
        cache: dict, what contenders share, see `TrainingSet`.
    """

    def __init__(self, train, test, features, inner):
        self.train, self.test, self.features, self.inner = train, test, features, inner
        self.cache, self._parts = {}, {}

    def training_set(self, modalities):
        """A `TrainingSet` of the training samples with these modalities."""
        parts = {name: self._part(name) for name in modalities}
        return TrainingSet(
            {name: part.fitted.shapes[name] for name, part in parts.items()},
            {name: part.train for name, part in parts.items()} or _nothing(self.train),
            self.train.labels,
            self.train.num_classes,
            self.inner,
            self.cache,
        )

    def test_arrays(self, modalities):
        """dict, modality -> array of the test samples."""
        return {name: self._part(name).test for name in modalities} or _nothing(self.test)

    def transform(self, samples):
        """Raw samples of some modalities -> dict of arrays."""
        return {
            name: self._part(name).fitted.transform({name: values})[name]
            for name, values in samples.items()
        }

    def seconds(self, modalities):
        """CPU seconds that it took to fit these features and to extract all samples of the split."""
        return sum(self._part(name).seconds for name in modalities)

    def _part(self, name):
        if name not in self.features:
            raise ValueError(
                f"There is no default extractor for {name}. Pass features=Features({name}=...)."
            )
        if name not in self._parts:
            self._parts[name] = _Part(name, self.features[name], self.train, self.test)
        return self._parts[name]


class _Part:
    """One modality: its fitted features, arrays of the training and test samples, and the seconds that they took."""

    def __init__(self, name, features, train, test):
        from sklearn.base import clone

        start = time.process_time()
        self.fitted = clone(features.only(name))
        self.train = self.fitted.fit_transform(train)[name]
        self.test = self.fitted.transform(test)[name]
        self.seconds = time.process_time() - start


def _nothing(data):
    """Arrays for a contender that looks at no modality: their length is all that it sees."""
    return {"": np.zeros((len(data), 0), np.float32)}


def features_for(wanted, given, train):
    """The unfitted `Features` of each modality, for a contender: those that are given, and for text and images the default ones.

    Args:
        wanted: "vector", "grid" or "data"; or `Features` of its own.
        given: dict, name of a set -> `Features`, where the user has chosen; train: MultimodalData.
    """
    own = given.get(wanted) if isinstance(wanted, str) else wanted
    chosen = {} if own is None else dict.fromkeys(own.extractors, own)
    usual = [name for name in train.modalities if name in ("text", "image") and name not in chosen]
    if usual:
        chosen |= dict.fromkeys(
            usual, features_of_kind(train, wanted if isinstance(wanted, str) else "vector", usual)
        )
    return chosen

"""The features of one split: fitted on its training samples and shared by all contenders."""

import time

import numpy as np

from mm_keras.comparison.contenders.base import TrainingSet
from mm_keras.features.defaults import features_of_kind


class SplitFeatures:
    """Training and test samples of one split as arrays; each modality is extracted on first use.

    A modality that cannot be extracted therefore fails only the contenders that need it.

    Args:
        train, test: MultimodalData.
        features: dict, modality -> unfitted `Features` that extract it; they are cloned.
        inner: the inner validation split, see `TrainingSet`.

    Attributes:
        cache: dict that the contenders share, see `TrainingSet`.
    """

    def __init__(self, train, test, features, inner):
        self.train = train
        self.test = test
        self.features = features
        self.inner = inner
        self.cache = {}
        self._extracted = {}

    def training_set(self, modalities):
        """A `TrainingSet` of the training samples with these modalities."""
        extracted = {name: self._extract(name) for name in modalities}
        return TrainingSet(
            {name: modality.fitted.shapes[name] for name, modality in extracted.items()},
            {name: modality.train for name, modality in extracted.items()}
            or _empty_rows(self.train),
            self.train.labels,
            self.train.num_classes,
            self.inner,
            self.cache,
        )

    def test_arrays(self, modalities):
        """dict, modality -> array of the test samples."""
        return {name: self._extract(name).test for name in modalities} or _empty_rows(self.test)

    def transform(self, samples):
        """Raw samples of some modalities -> dict of arrays."""
        return {
            name: self._extract(name).fitted.transform({name: values})[name]
            for name, values in samples.items()
        }

    def seconds(self, modalities):
        """CPU seconds for fitting these features and extracting all samples of the split."""
        return sum(self._extract(name).seconds for name in modalities)

    def _extract(self, name):
        if name not in self.features:
            raise ValueError(
                f"There is no default extractor for {name}. Pass features=Features({name}=...)."
            )
        if name not in self._extracted:
            self._extracted[name] = _ExtractedModality(
                name, self.features[name], self.train, self.test
            )
        return self._extracted[name]


class _ExtractedModality:
    """One modality: fitted features, arrays of training and test samples, and CPU seconds."""

    def __init__(self, name, features, train, test):
        from sklearn.base import clone

        start = time.process_time()
        self.fitted = clone(features.only(name))
        self.train = self.fitted.fit_transform(train)[name]
        self.test = self.fitted.transform(test)[name]
        self.seconds = time.process_time() - start


def _empty_rows(data):
    """Arrays for a contender without modalities, of which it uses only the length."""
    return {"": np.zeros((len(data), 0), np.float32)}


def features_for(contender_features, given, train):
    """The unfitted `Features` of each modality for a contender.

    Defaults are used for texts and images without given features.

    Args:
        contender_features: "vector", "grid" or "data"; or the contender's own `Features`.
        given: dict, kind -> `Features` chosen by the user.
        train: MultimodalData.
    """
    if isinstance(contender_features, str):
        kind, features = contender_features, given.get(contender_features)
    else:
        kind, features = "vector", contender_features
    by_modality = {} if features is None else dict.fromkeys(features.extractors, features)
    missing = [
        name for name in train.modalities if name in ("text", "image") and name not in by_modality
    ]
    if missing:
        by_modality |= dict.fromkeys(missing, features_of_kind(train, kind, missing))
    return by_modality

"""The features of one split: fitted on its training samples and shared by all contenders."""

import time
from collections.abc import Mapping

import numpy as np

from mm_keras.comparison.contenders.base import TrainingSet
from mm_keras.features.defaults import features_of_kind, has_default

# For each kind of features, the modalities with default extractors.
KINDS = ("vector", "grid", "data")


class SplitFeatures:
    """Training and test samples of one split as arrays; each modality is extracted on first use.

    A modality that cannot be extracted therefore fails only the contenders that need it.

    Args:
        train, test: MultimodalData.
        features: dict, modality -> unfitted `Features` that extract it; they are cloned.
        inner: the inner validation split, see `TrainingSet`.
        cache, scope: see `TrainingSet`.
    """

    def __init__(self, train, test, features, inner, cache, scope):
        self.train = train
        self.test = test
        self.features = features
        self.inner = inner
        self.cache = cache
        self.scope = scope
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
            self.scope,
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


def features_by_kind(features):
    """dict, kind -> `Features`; a single `Features` is used for every kind. None stays None."""
    if features is None or isinstance(features, Mapping):
        return features
    return dict.fromkeys(KINDS, features)


def check_features(features, contenders, modalities):
    """Check the features that were passed, for all contenders or with one of them.

    Args:
        features: dict, kind -> `Features`, or None; contenders: dict, name -> Contender.
        modalities: sequence of str, the modalities of the data.

    Raises:
        TypeError: something other than `Features`.
        ValueError: a kind that does not exist, or a modality that the data does not have.
    """
    given = {f"features[{kind!r}]": (kind, value) for kind, value in (features or {}).items()}
    for name, contender in contenders.items():
        own = contender.features
        is_kind = isinstance(own, str)
        given[f"The contender {name!r}"] = (own, None) if is_kind else ("vector", own)
    for where, (kind, value) in given.items():
        if kind not in KINDS:
            raise ValueError(f"The kinds of features are {', '.join(KINDS)}. Received: {kind!r}.")
        if value is None:
            continue
        if not hasattr(value, "extractors"):
            raise TypeError(f"{where} needs Features(...). Received: {type(value).__name__}.")
        unknown = [name for name in value.extractors if name not in modalities]
        if unknown:
            raise ValueError(
                f"{where}: these are features of {', '.join(unknown)}. The data has: "
                f"{', '.join(modalities)}."
            )


def features_for(contender_features, given, train):
    """The unfitted `Features` of each modality for a contender.

    Defaults are used for texts, images, sounds and films without given features; there are none of
    sounds and films for "data".

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
        name for name in train.modalities if has_default(kind, name) and name not in by_modality
    ]
    if missing:
        by_modality |= dict.fromkeys(missing, features_of_kind(train, kind, missing))
    return by_modality

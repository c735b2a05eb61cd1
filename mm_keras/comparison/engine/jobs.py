"""The jobs of one process: features of a split are extracted once, then contenders run in turn."""

import time
import warnings
from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np

from mm_keras.comparison.contenders.base import Cache, FailedSetting, describe_error
from mm_keras.comparison.engine.features import SplitFeatures, features_for
from mm_keras.comparison.engine.fitting import fit_contender, reconcile, samples_for
from mm_keras.comparison.engine.memory import Cleanup, PeakMemory
from mm_keras.comparison.engine.store import pack
from mm_keras.comparison.splits import first_rows
from mm_keras.evaluation.metrics import accuracy
from mm_keras.evaluation.modality_use import (
    estimate_partial_information,
    information_bits,
    missing_scores,
    permutation_scores,
    shapley,
    subset_scores,
)
from mm_keras.evaluation.modality_use.emap import emap, take_rows
from mm_keras.evaluation.modality_use.partial_information_estimate import MIN_SAMPLES
from mm_keras.evaluation.robustness import CORRUPTIONS, MECHANISMS, missing_curves, severity_curve
from mm_keras.image import read_images
from mm_keras.training.compiled import CompiledModels, reusing_graphs
from mm_keras.utils.keras_tools import import_keras
from mm_keras.utils.messages import DataWarning

MAX_ROBUSTNESS_SAMPLES, IMAGE_SIZE = 300, 128


@dataclass(frozen=True)
class Job:
    """One job: the "trial", "robustness" or "learning" (curve) of one contender on one split.

    `size` is the number of training samples for "learning". `setting` is the one chosen in the
    trial, for "robustness" and "learning".
    """

    kind: str
    split: int
    contender: str
    size: int = 0
    setting: dict | None = field(default=None, compare=False)

    @property
    def key(self):
        return (self.kind, self.split, self.contender, self.size)


def feature_key(job, contender):
    """Jobs with the same key share their features."""
    features = contender.features
    return job.split, job.size, features if isinstance(features, str) else repr(features)


class JobRunner:
    """Runs jobs: `do(job)` returns a dict of JSON values and never raises.

    Args:
        data: MultimodalData with labels.
        splits: list of `Split`; contenders: dict, name -> Contender.
        features: dict, kind -> unfitted `Features`; defaults are used for missing ones.
        seed: int.
        emap_samples: int, number of samples for EMAP, from the first split.
    """

    def __init__(self, data, splits, contenders, features=None, seed=0, emap_samples=100):
        self.data = data
        self.splits = splits
        self.contenders = contenders
        self.features = features or {}
        self.seed, self.emap_samples = seed, emap_samples
        self._split_features = OrderedDict()
        self._cache_key, self._cache = None, Cache()
        self._compiled = CompiledModels()
        self._cleanup = Cleanup()
        self._run_by_kind = {
            "trial": self._trial,
            "robustness": self._robustness,
            "learning": self._learning,
        }

    def do(self, job):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", DataWarning)
            warnings.simplefilter("always", FailedSetting)
            try:
                with reusing_graphs(self._compiled):
                    result = self._run_by_kind[job.kind](job, self.contenders[job.contender])
            except Exception as error:  # the other contenders must still give results
                result = {"failed": describe_error(error)}
        self._cleanup()
        messages = {DataWarning: set(), FailedSetting: set()}
        for warning in caught:
            is_setting = issubclass(warning.category, FailedSetting)
            messages[FailedSetting if is_setting else DataWarning].add(str(warning.message))
        result["warnings"] = sorted(messages[DataWarning])
        result["failed_settings"] = sorted(messages[FailedSetting])
        return result

    def _trial(self, job, contender):
        features = self._features_for(job, contender)
        tuning, train = (samples_for(contender, features) for _ in range(2))
        cache = features.cache
        arrays = features.test_arrays(contender.modalities)
        split = self.splits[job.split]
        labels = self.data.labels[split.test]
        if contender.needs_validation:
            import_keras()  # here, so that its time and memory are not counted for the contender
        with PeakMemory() as memory:
            setting, tune_seconds = _timed(lambda: contender.choose(tuning, self._seed(job)), cache)
            fitted, fit_seconds = _timed(
                lambda: fit_contender(contender, train, setting, self._seed(job)), cache
            )
            probabilities, predict_seconds = _timed(lambda: fitted.predict(arrays), cache)
        num_reconciled = reconcile(fitted, arrays)
        if num_reconciled:
            probabilities = fitted.predict(arrays)
        score = accuracy(labels, probabilities)  # raises if these are not probabilities
        result = {
            "probabilities": pack(probabilities),
            "accuracy": score,
            "setting": setting,
            "extract_seconds": features.seconds(contender.modalities),
            "tune_seconds": tune_seconds,
            "fit_seconds": fit_seconds,
            "predict_seconds": predict_seconds,
            "parameters": fitted.num_parameters,
            "peak_memory_mb": memory.megabytes,
            "modality_use": None,
            "num_reconciled": num_reconciled,
        }
        if split.number == 0 and len(contender.modalities) > 1:
            result["modality_use"] = {
                **modality_use(fitted.predict, arrays, labels, self.emap_samples, self.seed),
                "partial_information": train.cached(
                    ("partial_information", contender.modalities),
                    lambda: partial_information(train, self.seed),
                ),
            }
        if split.number == 0:
            result["train_accuracy"] = accuracy(train.labels, fitted.predict(train.arrays))
        return result

    def _robustness(self, job, contender):
        features = self._features_for(job, contender)
        fitted = fit_contender(
            contender, samples_for(contender, features), job.setting, self._seed(job)
        )
        reconcile(fitted, features.test_arrays(contender.modalities))
        samples, labels = self._samples_to_corrupt(self.splits[job.split], contender.modalities)
        curves = [
            severity_curve(
                lambda corrupted: fitted.predict(features.transform(corrupted)),
                samples,
                corruption,
                labels=labels,
                seed=self.seed,
            )
            for modality, corruptions in CORRUPTIONS.items()
            if modality in contender.modalities
            for corruption in corruptions
        ]
        result = {"num_samples": len(labels), "curves": curves}
        if len(contender.modalities) > 1:
            result["missing"] = missing_curves(
                fitted.predict,
                features.test_arrays(contender.modalities),
                self.data.labels[self.splits[job.split].test],
                mechanisms=("random", "value") if self.data.is_multi_label else MECHANISMS,
                seed=self.seed,
            )
        return result

    def _learning(self, job, contender):
        features = self._features_for(job, contender)
        tuning, train = (samples_for(contender, features) for _ in range(2))
        setting = contender.with_setting(job.setting).choose(tuning, self._seed(job))
        fitted = fit_contender(contender, train, setting, self._seed(job))
        arrays = features.test_arrays(contender.modalities)
        reconcile(fitted, arrays)
        labels = self.data.labels[self.splits[job.split].test]
        return {"accuracy": accuracy(labels, fitted.predict(arrays))}

    def _seed(self, job):
        return 1000 * self.seed + job.split

    def _features_for(self, job, contender):
        """The `SplitFeatures` for a job; those of the last two keys are kept."""
        key = feature_key(job, contender)
        if key not in self._split_features:
            split = self.splits[job.split]
            if job.size:
                split = split.with_training(
                    first_rows(self.data.labels[split.train], job.size, self._seed(job))
                )
            train = self.data[split.train]
            features = features_for(contender.features, self.features, train)
            self._split_features[key] = SplitFeatures(
                train, self.data[split.test], features, split.inner, self._cache_for(job), key
            )
        self._split_features.move_to_end(key)
        while len(self._split_features) > 2:
            self._split_features.popitem(last=False)
        return self._split_features[key]

    def _cache_for(self, job):
        """The cache of all contenders on the job's samples; only the last one is kept."""
        if self._cache_key != (job.split, job.size):
            self._cache_key, self._cache = (job.split, job.size), Cache()
        return self._cache

    def _samples_to_corrupt(self, split, modalities):
        """Up to `MAX_ROBUSTNESS_SAMPLES` raw test samples and their labels; images as arrays."""
        rows = split.test
        if len(rows) > MAX_ROBUSTNESS_SAMPLES:
            rows = np.sort(
                np.random.default_rng(self.seed).choice(rows, MAX_ROBUSTNESS_SAMPLES, replace=False)
            )
        samples = take_rows({name: self.data[name] for name in modalities}, rows)
        if isinstance(samples.get("image"), list):
            images = read_images(samples["image"], size=IMAGE_SIZE, gray=False)
            samples["image"] = [
                None if given is None else image for given, image in zip(samples["image"], images)
            ]
        return samples, self.data.labels[rows]


def _timed(work, cache):
    """Return `(work(), seconds)`: CPU seconds, including those of results reused from the cache."""
    start, reused_seconds = time.process_time(), cache.reused_seconds
    return work(), time.process_time() - start + cache.reused_seconds - reused_seconds


def partial_information(train, seed):
    """The parts of the information in two modalities, from the training samples; else None."""
    if len(train.arrays) != 2 or train.is_multi_label or len(train) < MIN_SAMPLES:
        return None
    return estimate_partial_information(train.arrays, train.labels, seed=seed)


def modality_use(predict, arrays, labels, emap_samples, seed):
    """All measures of `evaluation.modality_use` for one fused model, as a dict of JSON values."""
    scores = subset_scores(predict, arrays, labels)
    bits = (
        None if np.ndim(labels) == 2 else subset_scores(predict, arrays, labels, information_bits)
    )
    return {
        "split": 0,
        "num_samples": len(labels),
        "permutation": permutation_scores(predict, arrays, labels, num_permutations=5, seed=seed),
        "emap": emap(predict, arrays, labels, max_samples=emap_samples, seed=seed)
        if len(arrays) == 2
        else None,
        "missing": missing_scores(predict, arrays, labels),
        "shapley": {**shapley(scores), "scores": scores},
        "shapley_bits": None if bits is None else {**shapley(bits), "scores": bits},
    }

"""`train`: the strongest of a small portfolio of classifiers for any labeled data."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mm_keras.classifier import Classifier
from mm_keras.comparison.splits import first_rows, folds_of
from mm_keras.datasets.splits import check_training_classes
from mm_keras.portfolio.candidates import best_alone
from mm_keras.portfolio.network import classifier_of
from mm_keras.portfolio.search import Search
from mm_keras.portfolio.split import check_labels, groups_of, split
from mm_keras.portfolio.task import Task
from mm_keras.utils.formatting import num_columns, pad
from mm_keras.utils.labels import relabel
from mm_keras.utils.messages import collected
from mm_keras.utils.modality_labels import modality_label
from mm_keras.utils.progress import is_watched, show_progress

if TYPE_CHECKING:
    from mm_keras.datasets import MultimodalData

MAX_SEARCHED = 10_000  # samples; of larger data, a part is searched and all of it used at the end


@dataclass
class Portfolio:
    """The result of `train`.

    Attributes:
        classifier: Classifier, ready for `predict`, `save` and `export`.
        members: dict, name of a candidate -> its weight in the classifier.
        rows: list of dict, one per candidate: "name", "level", validation "accuracy" and
            "log_loss", and "seconds".
        test: dict of scores of the classifier on the test samples, see
            `evaluation.metrics.evaluate`.
        alone: dict, modality -> "name", test "accuracy" and its "accuracy_interval", of the best
            classifier of this modality alone.
        notes: list of str: what was left out, and why.
    """

    classifier: Classifier
    members: dict[str, float]
    rows: list[dict[str, Any]]
    test: dict[str, Any]
    alone: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def leaderboard(self) -> str:
        """The candidates, the one with the highest validation accuracy first, as a text."""
        width = max(num_columns(row["name"]) for row in self.rows)
        rows = sorted(self.rows, key=lambda row: (-row["accuracy"], row["log_loss"]))
        lines = [f"{pad(row['name'], width)}  {row['accuracy']:.3f}" for row in rows]
        return "\n".join([f"{'':{width}}  validation accuracy", *lines])

    def __repr__(self):
        members = ", ".join(f"{weight:.2f} {name}" for name, weight in self.members.items())
        lines = [f"Portfolio: {members}", self.leaderboard(), *self.test_lines()]
        return "\n".join(lines)

    def test_lines(self) -> list[str]:
        """The test accuracies as lines of text."""
        scores = {"test accuracy": self.test}
        scores |= {f"{modality_label(name)} alone": score for name, score in self.alone.items()}
        width = max(map(num_columns, scores))
        return [
            f"{pad(title, width)}  {score['accuracy']:.3f} "
            f"({score['accuracy_interval'][0]:.3f} to {score['accuracy_interval'][1]:.3f})"
            for title, score in scores.items()
        ]


def train(
    data: "MultimodalData",
    test: "MultimodalData | None" = None,
    group: str | None = None,
    time_limit: float | None = None,
    seed: int = 0,
    progress: Callable[[str], Any] | bool | None = None,
) -> Portfolio:
    """Train a small portfolio of classifiers on any labeled data, and combine the best.

    Each modality alone, feature-level and decision-level fusion, linear models and dense networks,
    on the words and character n-grams of texts, on HOG, colors and (with at least 300 samples)
    visual words of images, and on the default features of other modalities: the same candidates
    for all data, cheap ones first. All are scored on the same out-of-fold probabilities: penalties,
    weights of the modalities, numbers of epochs, temperatures and the members of the final
    ensemble are chosen there, and all chosen models are then fitted on all training samples. The
    test samples are used once, at the end.

    Press Ctrl-C to stop the search and keep the best so far.

    Args:
        data: MultimodalData with one class per sample. Its column "split" is used, if there is one;
            otherwise a random quarter of the samples is for testing. Validation samples count as
            training samples.
        test: MultimodalData, the test samples, with the modalities of `data` and no other classes;
            then all of `data` is for training.
        group: str, a column of the data: samples with the same value, such as photographs of one
            object, stay together in all splits.
        time_limit: float, seconds for the search; the last fit of the chosen candidates comes on
            top. None: no limit.
        seed: int, of the splits and the networks.
        progress: bool, whether to print each line of the table as soon as it is known; None
            (default): in terminals and notebooks only. Or a function, called with each line.

    Returns:
        Portfolio.

    Raises:
        ValueError: no labels, labels of another kind, one class only, no such column, a modality
            without default features, unsuitable test samples.

    Example:
        result = mm.train(mm.datasets.load_pairs("my_data"))
        result.classifier.predict(texts=["storm warning"], images=["coast.jpg"])

    Reference:
        R. Caruana, A. Niculescu-Mizil, G. Crew, A. Ksikes (2004), Ensemble selection from libraries
        of models.
    """
    _check(data, time_limit)
    if test is None:
        data, test = split(data, group, seed)
    check_training_classes(data)
    _check_test(test, data)
    task = _task(data, groups_of(data, group), seed)
    search = Search(data, task, time_limit, _reporter(progress))
    with show_progress(False if progress is False else None):
        search.run()
        return _refitted_and_tested(search, data, test)


def _refitted_and_tested(search, data, test):
    """The Portfolio of the best candidates, fitted on all training samples."""
    task = search.task
    members, weights = search.choose()
    classifier = classifier_of(members, weights, task, data.class_names)
    result = Portfolio(
        classifier,
        {member.name: weight for member, weight in zip(members, weights)},
        search.rows,
        classifier.evaluate(test),
        notes=search.notes,
    )
    for candidate in best_alone(search.evaluated):
        (modality,) = candidate.modalities
        if [candidate] == members:
            scores = result.test
        else:
            with collected():  # these samples have been reported
                scores = classifier_of([candidate], [1.0], task, data.class_names).evaluate(test)
        result.alone[modality] = {
            "name": candidate.name,
            **{key: scores[key] for key in ("accuracy", "accuracy_interval")},
        }
    return result


def _reporter(progress):
    """The function that is called with each line of the table."""
    if progress is None:
        progress = is_watched(sys.stdout)
    if isinstance(progress, bool):
        return print if progress else lambda line: None
    return progress


def _check(data, time_limit):
    check_labels(data)
    if time_limit is not None and not time_limit > 0:
        raise ValueError(f"time_limit must be greater than 0 seconds. Received: {time_limit}.")


def _check_test(test, data):
    """Refuse test samples before the search that could not be evaluated after it."""
    check_labels(test)
    if not len(test):
        raise ValueError(
            "At least one test sample is needed. Received: none. Pass test=..., or data in which a "
            "class has several samples."
        )
    missing = [name for name in data.modalities if name not in test.modalities]
    if missing:
        raise ValueError(
            f"The test samples need the modalities {', '.join(data.modalities)}. Received: "
            f"{', '.join(test.modalities)}. If no sample has a modality, pass a list of None."
        )
    relabel(test.labels, test.class_names, data.class_names)  # raises for unknown classes


def _task(data, groups, seed):
    """The labels and folds: five, four or three of them, fewer for larger data."""
    num_samples = len(data)
    searched = np.arange(num_samples)
    if num_samples > MAX_SEARCHED:
        searched = first_rows(data.labels, MAX_SEARCHED, seed)
    some_groups = None if groups is None else [groups[row] for row in searched]
    num_units = len(searched) if groups is None else len(set(some_groups))
    num_folds = min(5 if num_samples < 1000 else 4 if num_samples < 5000 else 3, num_units)
    if num_folds < 2:
        raise ValueError(
            f"At least two {'samples' if groups is None else 'groups'} are needed for training. "
            f"Received: {num_units}."
        )
    fold_of = np.full(num_samples, -1)
    fold_of[searched] = folds_of(data.labels[searched], num_folds, seed + 1, some_groups)
    return Task(data.labels, data.num_classes, fold_of, seed)

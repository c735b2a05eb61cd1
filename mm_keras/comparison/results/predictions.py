"""The predictions of all contenders for each test sample, as CSV."""

import csv

import numpy as np

from mm_keras.comparison.results.statistics import Predictions
from mm_keras.utils.files import replacing
from mm_keras.utils.labels import predicted_labels

SEPARATOR = "|"  # between the labels of a sample that has several


def all_predictions(rows, data, splits, trials):
    """Yield (name, `Predictions`) of each contender that has a result.

    Args:
        rows: the part "contenders" of the result.
        trials: dict, key -> result of each trial.
    """
    for row in rows:
        if row["failed"] is None:
            results = [trials["trial", split.number, row["name"], 0] for split in splits]
            yield row["name"], Predictions(data, splits, results)


def write_predictions(path, rows, data, splits, trials):
    """Write one line per contender, repeat and test sample, the samples in the order of the data.

    The columns are `contender`, `repeat` and `fold` (from 1), `row` (position in the data, from 0),
    `id`, `true` and `predicted` (class names; several labels are joined by "|"), `correct` (0 or
    1), and one column `p_CLASS` with the probability of each class, all digits of a float32.
    The file is written in one step: readers see all of it or none.

    Args:
        path: the file.
        rows, data, splits, trials: see `all_predictions`.
    """
    header = ["contender", "repeat", "fold", "row", "id", "true", "predicted", "correct"]
    names = [str(name) for name in data.class_names]
    with (
        replacing(path) as part,
        open(part, "w", encoding="utf-8", errors="backslashreplace", newline="") as file,
    ):
        table = csv.writer(file, lineterminator="\n")
        table.writerow([*header, *(f"p_{name}" for name in names)])
        for contender, predictions in all_predictions(rows, data, splits, trials):
            for repeat in range(splits[-1].repeat + 1):
                pairs = zip(splits, predictions.by_split)
                own = [(split, values) for split, (_, values) in pairs if split.repeat == repeat]
                table.writerows(_lines(contender, repeat, own, data, names))


def _lines(contender, repeat, pairs, data, names):
    """The lines of one contender in one repeat; pairs are (split, probabilities)."""
    samples = np.concatenate([split.test for split, _ in pairs])
    folds = np.repeat([split.fold + 1 for split, _ in pairs], [len(p) for _, p in pairs])
    probabilities = np.concatenate([values for _, values in pairs])
    predicted = predicted_labels(probabilities, data.is_multi_label)
    for i in np.argsort(samples, kind="stable"):
        sample, truth = samples[i], data.labels[samples[i]]
        yield [
            contender,
            repeat + 1,
            folds[i],
            sample,
            data.ids[sample],
            _class_names(truth, names),
            _class_names(predicted[i], names),
            int(np.array_equal(predicted[i], truth)),
            *probabilities[i].astype(str),
        ]


def _class_names(label, names):
    if np.ndim(label):
        return SEPARATOR.join(name for name, has in zip(names, label) if has)
    return names[label]

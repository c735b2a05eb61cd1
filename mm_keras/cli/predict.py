"""The `predict` command: a saved classifier on one sample or on a CSV file."""

import csv
import shlex
import sys
from pathlib import Path

from mm_keras.classifier import Classifier
from mm_keras.datasets import load_pairs
from mm_keras.datasets.pairs.load import column_names
from mm_keras.saving.folder import read_manifest
from mm_keras.utils.files import replacing
from mm_keras.utils.keras_tools import import_keras


def run(options):
    read_manifest(Path(options.model))
    if options.csv and (options.text is not None or options.image is not None):
        raise ValueError(
            "predict takes one sample (--text, --image) or a table (--csv). Received: both."
        )
    import_keras()
    classifier = Classifier.load(options.model)
    if options.csv:
        return _predict_table(classifier, options)
    if options.text is None and options.image is None:
        raise ValueError(
            'predict needs a sample. Received none: pass --text "...", --image FILE or both, or --csv FILE.'
        )
    if options.image and not Path(options.image).is_file():
        raise FileNotFoundError(f"There is no image {options.image}.")
    given = {"text": [options.text], "image": [options.image]}
    absent = [name for name in classifier.features.shapes if given.get(name, [None]) == [None]]
    probabilities = classifier.predict_proba(given)
    if absent:
        print(
            f"(without {' and '.join(absent)}: the classifier was trained on {', '.join(classifier.features.shapes)})",
            file=sys.stderr,
        )
    print(
        ", ".join(classifier.names(probabilities)[0])
        if classifier.threshold
        else classifier.names(probabilities)[0]
    )
    for k in probabilities[0].argsort()[::-1][: options.top]:
        print(f"  {probabilities[0, k]:.3f}  {classifier.class_names[k]}")
    return 0


def _columns(classifier, options):
    """Which columns to read; a modality whose column is neither there nor asked for counts as missing."""
    there = column_names(options.csv)
    asked = {"text": options.text_column, "image": options.image_column}
    columns = {
        name: column or (name if name in there else None)
        if name in classifier.features.shapes
        else None
        for name, column in asked.items()
    }
    if not any(columns.values()):
        needed = [name for name in asked if name in classifier.features.shapes]
        raise ValueError(
            f"{options.csv} needs a column {' or '.join(needed)}. Received: {', '.join(there)}. Say which one it is, "
            f"e.g. --{needed[0]}-column {shlex.quote(there[0])}."
        )
    return columns


def _predict_table(classifier, options):
    data = load_pairs(options.csv, label=None, **_columns(classifier, options))
    probabilities = classifier.predict_proba(data)
    rows = [["id", "prediction", *classifier.class_names]]
    for name, prediction, row in zip(data.ids, classifier.names(probabilities), probabilities):
        rows.append(
            [
                name,
                prediction if isinstance(prediction, str) else "|".join(prediction),
                *(f"{p:.6f}" for p in row),
            ]
        )
    if not options.out:
        csv.writer(sys.stdout).writerows(rows)
        return 0
    with replacing(options.out) as part, open(part, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    print(f"{len(data)} predictions written to {options.out}")
    return 0

"""The `predict` command: classifies one sample or the rows of a CSV file."""

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
            "predict takes one sample (--text, --image) or a CSV file (--csv). Received: both."
        )
    import_keras()
    classifier = Classifier.load(options.model)
    if options.csv:
        return _predict_table(classifier, options)
    if options.text is None and options.image is None:
        raise ValueError(
            'predict needs a sample. Pass --text "...", --image FILE or both, or --csv FILE.'
        )
    if options.image and not Path(options.image).is_file():
        raise FileNotFoundError(f"There is no image {options.image}.")
    sample = {"text": [options.text], "image": [options.image]}
    modalities = list(classifier.features.shapes)
    missing = [name for name in modalities if sample.get(name, [None]) == [None]]
    probabilities = classifier.predict_proba(sample)
    if missing:
        print(
            f"(without {' and '.join(missing)}: the classifier was trained on "
            f"{', '.join(modalities)})",
            file=sys.stderr,
        )
    prediction = classifier.names(probabilities)[0]
    print(", ".join(prediction) if classifier.threshold else prediction)
    for k in probabilities[0].argsort()[::-1][: options.top]:
        print(f"  {probabilities[0, k]:.3f}  {classifier.class_names[k]}")
    return 0


def _columns(classifier, options):
    """The columns to read; a modality with neither a column nor an option for it is missing."""
    available = column_names(options.csv)
    columns = {"text": options.text_column, "image": options.image_column}
    needed = [name for name in columns if name in classifier.features.shapes]
    for name in columns:
        if name not in needed:
            columns[name] = None
        elif not columns[name]:
            columns[name] = name if name in available else None
    if not any(columns.values()):
        raise ValueError(
            f"{options.csv} needs a column {' or '.join(needed)}. Received: "
            f"{', '.join(available)}. Name the column to read, e.g. "
            f"--{needed[0]}-column {shlex.quote(available[0])}."
        )
    return columns


def _predict_table(classifier, options):
    data = load_pairs(options.csv, label=None, **_columns(classifier, options))
    probabilities = classifier.predict_proba(data)
    rows = [["id", "prediction", *classifier.class_names]]
    for name, prediction, row in zip(data.ids, classifier.names(probabilities), probabilities):
        if not isinstance(prediction, str):
            prediction = "|".join(prediction)
        rows.append([name, prediction, *(f"{p:.6f}" for p in row)])
    if not options.out:
        csv.writer(sys.stdout).writerows(rows)
        return 0
    with replacing(options.out) as path, open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    print(f"{len(data)} predictions written to {options.out}")
    return 0

"""The `evaluate` command: all metrics of a saved classifier on labeled data."""

import json
from pathlib import Path

from mm_keras import plots
from mm_keras.classifier import Classifier
from mm_keras.cli.console import Console
from mm_keras.cli.inputs import load
from mm_keras.cli.streams import in_one_line
from mm_keras.datasets.pairs.load import MODALITIES
from mm_keras.datasets.splits import find_split_column, split_rows
from mm_keras.features.saved import load_features
from mm_keras.plots.figure import as_png
from mm_keras.saving.kinds import CLASSIFIER
from mm_keras.utils.files import write_bytes, write_text
from mm_keras.utils.formatting import num_columns, pad, shorten_name
from mm_keras.utils.modality_labels import modality_label

NUM_SAMPLES = 1000  # of generated data
# Key in the result of `metrics.evaluate` -> name.
METRICS = {
    "accuracy": "accuracy",
    "majority": "majority class",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "mcc": "MCC",
    "top_3_accuracy": "top-3 accuracy",
    "roc_auc": "ROC-AUC, mean over classes",
    "average_precision": "average precision, mean over classes",
    "log_loss": "log loss (nats)",
    "brier": "Brier score",
    "ece": "calibration error (ECE)",
}


def run(options):
    console = Console()
    features = load_features(options.model, CLASSIFIER, options.trusted)
    _choose_columns(options, features)
    data = load(options, NUM_SAMPLES)
    modalities = list(features.shapes)
    missing = [name for name in modalities if name not in data.modalities]
    if missing:
        raise ValueError(
            f"The classifier was trained on {_listed(modalities)}. The data has "
            f"{_listed(data.modalities)}. Missing: {_listed(missing)}. Name the columns, see "
            "--text-column, --image-column, --number-columns, --category-columns and --vectors."
        )
    data, sentence = _test_samples(data)
    console.step("Data", f"{options.data}: {sentence}")
    console.start_keras()
    classifier = Classifier.load(options.model, options.trusted)
    scores = classifier.evaluate(data)
    console.step("Metrics", *_metrics(scores), "", *_classes(scores["per_class"]))
    out, files = Path(options.out), ["evaluation.json"]
    write_text(out / "evaluation.json", json.dumps(scores, indent=1, ensure_ascii=False))
    if "confusion" in scores:
        figure = plots.confusion_matrix(scores["confusion"], classifier.class_names)
        write_bytes(out / "confusion.png", as_png(figure))
        files.append("confusion.png")
    console.step("Written", *(str(out / name) for name in files))


def _listed(modalities):
    return ", ".join(map(modality_label, modalities))


def _choose_columns(options, features):
    """Set the columns: none of a kind that the classifier lacks, and those it was fitted on."""
    kinds = {name.partition("_")[0] for name in features.shapes}
    for kind in MODALITIES:
        if kind not in kinds:
            setattr(options, f"{kind}_column", "none")
    for name, option in (("numbers", "number_columns"), ("categories", "category_columns")):
        if getattr(options, option) is None and name in features.shapes:
            setattr(options, option, getattr(features.extractors[name], "columns", None))


def _test_samples(data):
    """The test samples, if a column "split" names some, else all; and a phrase about them."""
    name = find_split_column(data.columns)
    rows = split_rows(data.columns[name]).test if name else []
    if not len(rows):
        return data, f"{len(data):,} samples"
    return data[rows], f"{len(rows):,} of {len(data):,} samples, those of the test split"


def _metrics(scores):
    width = max(map(len, METRICS.values()))
    lines = []
    for key, name in METRICS.items():
        if scores.get(key) is not None:
            line = f"{name:{width}}  {scores[key]:6.3f}"
            if key == "accuracy":
                line += "   95% interval {:.3f} to {:.3f}".format(*scores["accuracy_interval"])
            if key == "ece":
                line += f"   expected by chance: {scores['ece_null']:.3f}"
            lines.append(line)
    return lines


def _classes(per_class):
    """One line per class, with precision, recall, F1 and the number of samples."""
    names = {name: shorten_name(in_one_line(name), 30) for name in per_class}
    width = max(num_columns(name) for name in [*names.values(), "class"])
    lines = [f"{'class':{width}}  precision  recall     F1  samples"]
    for name, row in per_class.items():
        start = pad(names[name], width)
        lines.append(
            f"{start}  {row['precision']:9.3f}  {row['recall']:6.3f}  {row['f1']:5.3f}"
            f"  {row['support']:7,}"
        )
    return lines

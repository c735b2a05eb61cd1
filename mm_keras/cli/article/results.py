"""The output of the `article` command: a table, figures, results.json and the classifier."""

import json

import numpy as np

from mm_keras import plots
from mm_keras.image import read_image
from mm_keras.saving.folder import check_target
from mm_keras.utils.files import write_bytes, write_text

WITHOUT = ("command", "out", "cache", "extraction_workers")  # options that change no result


def check(out):
    """Raise before training if the classifier could not be written to the folder `out`."""
    check_target(out / "classifier")


def first_complete(data):
    """Row and gray image of the first sample with a text and a readable image, or (None, None)."""
    for row in range(len(data)):
        if data["text"][row] and data["image"][row] is not None:
            try:
                return row, read_image(data["image"][row])
            except (FileNotFoundError, ValueError):
                continue
    return None, None


class Table:
    """Prints aligned rows: name, test accuracy and, for generated data, the best possible accuracy.

    Args:
        console: Console.
        names: list of str, the longest name among them determines the width of the first column.
        has_truth: bool, whether best possible accuracies are known.

    Attributes:
        rows: list of (name, accuracy or None, best possible accuracy or None).
    """

    def __init__(self, console, names, has_truth):
        self.console = console
        self.has_truth = has_truth
        self.width = max(map(len, [*names, "scikit-learn, concatenated"]))
        self.rows = []
        header = f"{'':{self.width}}  test accuracy"
        console.begin("Side by side", header + "   best possible" if has_truth else header)

    def add(self, name, score, best):
        """Print one more row."""
        self.rows.append((name, score, best))
        line = f"{name:{self.width}}  {'-' if score is None else f'{score:.3f}':>13}"
        if self.has_truth and best is not None:
            line += f"   {best:>13.3f}"
        self.console.line(line)

    def end(self, note=None):
        """Print a note and the time that the whole table took."""
        if note:
            self.console.line(note)
        self.console.end()


def saved_and_best(rows, saved):
    """Lines that name the saved classifier and, if it is another one, the best row of the table.

    Args:
        rows: list of (name, accuracy or None, best possible accuracy or None).
        saved: str, the name of the row whose classifier is saved.
    """
    scores = {name: score for name, score, _ in rows if score is not None}
    best = max(scores, key=scores.get)
    lines = [f"{saved} ({scores[saved]:.3f}): the level, operator and head of the options"]
    if scores[best] <= scores[saved]:
        return [*lines, "No other row is better."]
    lines.append(f"The best row is {best} ({scores[best]:.3f}).")
    level, _, rest = best.partition(" level, ")
    if rest:
        operator, head = rest.split(", ")
        lines.append(f"To save it, add: --level {level} --operator {operator} --head {head}")
    lines.append("For a strong baseline chosen on validation data, run: python -m mm_keras train")
    return lines


def describe_training(history, name, head, model, train):
    """A summary of one training: model, optimizer, epochs, loss and accuracy."""
    optimizer = model.optimizer
    learning_rate = float(f"{float(optimizer.learning_rate):.6g}")  # without the error of float32
    loss = history["loss"]
    metric = next(key for key in history if key.endswith("accuracy") and not key.startswith("val"))
    kept = ""
    if "val_loss" in history:
        best = int(np.argmin(history["val_loss"]))
        kept = f"; kept epoch {best + 1}: validation accuracy {history['val_' + metric][best]:.3f}"
    return (
        f"{name}: {head} head, {model.count_params():,} parameters; "
        f"{type(optimizer).__name__}({learning_rate}), "
        f"{'binary' if train.is_multi_label else 'categorical'} cross-entropy\n      "
        f"{len(loss)} {'epoch' if len(loss) == 1 else 'epochs'}, "
        f"loss {loss[0]:.3f} -> {loss[-1]:.3f}, "
        f"accuracy {history[metric][-1]:.3f}{kept}"
    )


def write(out, options, train, test, trained, scores, rows):
    """Write figures, results.json and the classifier to `out`; returns the names of the files."""
    from mm_keras.plots.figure import as_png
    from mm_keras.training.cell import default_features

    truth = train.info.get("truth") or None
    hog = default_features(train, "feature", "cnn").extractors["image"]
    image = read_image(train["image"][first_complete(train)[0]], size=hog.size)
    figures = {
        "samples.png": plots.sample_grid(train, num_samples=8, seed=options.seed),
        "hog.png": plots.hog_overlay(image, hog),
        "learning_curves.png": plots.learning_curves(trained.history),
    }
    if rows:
        figures["accuracies.png"] = plots.accuracy_bars(
            {name: score for name, score, _ in rows if score is not None},
            truth=truth,
            num_samples=len(test),
        )
    if not test.is_multi_label:
        figures["confusion_matrix.png"] = plots.confusion_matrix(
            np.array(scores["confusion"]), test.class_names
        )
    for name, figure in figures.items():
        write_bytes(out / name, as_png(figure))
    trained.classifier.save(out / "classifier")
    record = {
        "options": {key: value for key, value in vars(options).items() if key not in WITHOUT},
        "data": options.data,
        "info": dict(train.info),
        "level": options.level,
        "operator": options.operator,
        "head": options.head,
        "epochs": options.epochs,
        "seed": options.seed,
        "num_train": len(train),
        "num_test": len(test),
        "scores": scores,
        "history": trained.history,
        "side_by_side": [
            {"name": name, "accuracy": score, "best_possible": best} for name, score, best in rows
        ],
    }
    write_text(
        out / "results.json", json.dumps(record, indent=1, ensure_ascii=False, default=float)
    )
    return [*figures, "results.json", "classifier"]

"""What the `article` command tells and leaves behind: a table, images, results.json and the classifier."""

import json

import numpy as np

from mm_keras import plots
from mm_keras.image import read_image
from mm_keras.saving.folder import check_target
from mm_keras.utils.files import write_bytes, write_text


def check(out):
    """Make the folder `out`; refuse what could not be written there later, before anything is trained."""
    if out.exists() and not out.is_dir():
        raise FileExistsError(f"--out needs a folder. Received: {out}, which is a file.")
    out.mkdir(parents=True, exist_ok=True)
    check_target(out / "classifier")


def first_complete(data):
    """Row of the first sample with a text and an image that can be read, and the image in gray; (None, None) if there is none."""
    for row in range(len(data)):
        if data["text"][row] and data["image"][row] is not None:
            try:
                return row, read_image(data["image"][row])
            except (FileNotFoundError, ValueError):
                continue
    return None, None


def table(rows, has_truth):
    """Aligned lines of name, test accuracy and, for drawn data, the best possible accuracy."""
    width = max(len(name) for name, _, _ in rows)
    lines = [f"{'':{width}}  test accuracy" + ("   best possible" if has_truth else "")]
    for name, score, best in rows:
        shown = "-" if score is None else f"{score:.3f}"
        lines.append(
            f"{name:{width}}  {shown:>13}"
            + (f"   {best:>13.3f}" if has_truth and best is not None else "")
        )
    return lines


def training_in_words(history, name, head, model, train):
    """One training in words."""
    from mm_keras.training.fit import training_defaults

    defaults = training_defaults(head)
    first, last = ({key: values[at] for key, values in history.items()} for at in (0, -1))
    accuracy = next(key for key in last if key.endswith("accuracy") and not key.startswith("val"))
    kept = ""
    if "val_loss" in last:
        best = int(np.argmin(history["val_loss"]))
        kept = f"; kept epoch {best + 1}: held-out accuracy {history['val_' + accuracy][best]:.3f}"
    return (
        f"{name}: {head} head, {model.count_params():,} parameters; {defaults.optimizer}({defaults.learning_rate}), "
        f"{'binary' if train.is_multi_label else 'categorical'} cross-entropy\n      "
        f"{len(history['loss'])} epochs, loss {first['loss']:.3f} -> {last['loss']:.3f}, accuracy {last[accuracy]:.3f}{kept}"
    )


def write(out, options, train, test, trained, scores, rows):
    """Images, results.json and the classifier into the folder `out`; returns the names of what was written."""
    from mm_keras.plots.figure import as_png
    from mm_keras.training.cell import default_features

    truth = train.info.get("truth") or None
    hog = default_features(train, "feature", "cnn").extractors["image"]
    image = read_image(train["image"][first_complete(train)[0]], size=hog.size)
    figures = {
        "samples.png": plots.sample_grid(train, num_samples=8, seed=options.seed),
        "hog.png": plots.hog_overlay(image, hog),
        "learning_curves.png": plots.learning_curves(trained.history),
        "accuracies.png": plots.accuracy_bars(
            {name: score for name, score, _ in rows if score is not None}, truth=truth
        ),
    }
    if not test.is_multi_label:
        figures["confusion_matrix.png"] = plots.confusion_matrix(
            np.array(scores["confusion"]), test.class_names
        )
    for name, figure in figures.items():
        write_bytes(out / name, as_png(figure))
    trained.classifier.save(out / "classifier")
    record = {
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

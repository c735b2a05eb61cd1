"""What the `article` command leaves behind: a table, pictures, results.json and the classifier."""

import json
import os

import numpy as np


def table(rows, has_truth):
    """Aligned lines of name, test accuracy and, for drawn data, the best possible accuracy."""
    width = max(len(name) for name, _, _ in rows)
    lines = [f"{'':{width}}  test accuracy" + ("   best possible" if has_truth else "")]
    for name, score, best in rows:
        shown = "-" if score is None else f"{score:.3f}"
        lines.append(f"{name:{width}}  {shown:>13}" + (f"   {best:>13.3f}" if has_truth and best is not None else ""))
    return lines


def write(out, options, train, test, trained, scores, rows):
    """Pictures, results.json and the classifier into the folder `out`."""
    from mm_keras import plots

    truth = train.info.get("truth") or None
    figures = {"samples.png": plots.sample_grid(train, seed=options.seed),
               "learning_curves.png": plots.learning_curves(trained.history),
               "accuracies.png": plots.accuracy_bars({name: score for name, score, _ in rows if score is not None}, truth=truth)}
    picture = next((p for p in train["image"] if p is not None), None)
    if picture is not None:
        from mm_keras.image import HOG, read_image

        figures["hog.png"] = plots.hog_overlay(read_image(picture, size=256), hog=HOG(pixels_per_cell=(32, 32)))
    if not test.is_multi_label:
        figures["confusion_matrix.png"] = plots.confusion_matrix(np.array(scores["confusion"]), test.class_names)
    for name, figure in figures.items():
        figure.savefig(out / name, dpi=100)
    trained.classifier.save(out / "classifier")
    record = {"data": options.data, "info": dict(train.info), "level": options.level, "operator": options.operator,
              "head": options.head, "epochs": options.epochs, "seed": options.seed, "num_train": len(train), "num_test": len(test),
              "scores": scores, "history": trained.history,
              "side_by_side": [{"name": name, "accuracy": score, "best_possible": best} for name, score, best in rows]}
    part = out / "results.json.part"
    part.write_text(json.dumps(record, indent=1, ensure_ascii=False, default=float), encoding="utf-8")
    os.replace(part, out / "results.json")

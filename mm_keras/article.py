"""The `article` command: the article's example step by step, then all levels side by side."""

import sys
import time
from pathlib import Path

import numpy as np

from mm_keras import article_results as results
from mm_keras._quiet import import_keras
from mm_keras.classifier import Classifier
from mm_keras.recipes import TRAINING, DecisionParts, default_features, one_hot, train_cell


def run(options):
    show = Show()
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    train, test = _load(options)
    show.step("Data", f"{options.data}: {len(train):,} samples to train on, {len(test):,} unseen ones to test with",
              f"{train.num_classes} {'labels' if train.is_multi_label else 'classes'}: {', '.join(train.class_names)}")
    _preprocess(show, train, options)
    import_keras()
    trained = _extract_fuse_train(show, train, options)
    scores = trained.classifier.evaluate(test)
    show.step("5 Predict", f"accuracy on the unseen samples {scores['accuracy']:.3f}, macro-F1 {scores['macro_f1']:.3f}")
    rows = _side_by_side(show, train, test, options, scores["accuracy"])
    results.write(out, options, train, test, trained, scores, rows)
    show.step("Written", *(str(path) for path in sorted(out.iterdir())))
    _classify_unseen(show, trained.classifier, test)
    print(f"\n{show.seconds():.0f} seconds in all. Next: python -m mm_keras predict {out / 'classifier'} --text \"...\" --image FILE")


class Show:
    """What the command prints while it works: titles with seconds, and a line that follows the training."""

    def __init__(self):
        self.started = self.last = time.perf_counter()
        self.live = sys.stderr.isatty()

    def seconds(self):
        return time.perf_counter() - self.started

    def step(self, title, *lines):
        self.progress(None)
        now = time.perf_counter()
        print(f"\n{title} ({now - self.last:.1f} s)", *lines, sep="\n   ", flush=True)
        self.last = now

    def progress(self, name, epoch=0, epochs=0, logs=None):
        """A line on the terminal, rewritten after each epoch; nothing when the output is not a terminal."""
        if self.live:
            line = ""
            if name:
                line = f"   {name}: epoch {epoch} of at most {epochs}, loss {logs['loss']:.3f}, accuracy {_accuracy(logs):.3f}"
            print(f"\r{line:<78}" + ("" if name else "\r"), end="", file=sys.stderr, flush=True)


def _accuracy(logs):
    return next(value for key, value in logs.items() if key.endswith("accuracy"))


def _load(options):
    from mm_keras.datasets.named import load_named, train_and_test

    data = load_named(options.data, scheme=options.scheme, seed=options.seed, text=options.text_column, image=options.image_column,
                      label=options.label_column)
    return train_and_test(data, seed=options.seed)


def _preprocess(show, train, options):
    """Step 1 is part of the extractors; here it is shown on one sample."""
    from mm_keras.image import read_image
    from mm_keras.text import tokenize

    row = next(i for i in range(len(train)) if train["text"][i] and train["image"][i] is not None)
    text, source = train["text"][row], train["image"][row]
    picture = read_image(source)
    tokens = tokenize(text)
    show.step("1 Preprocess", f"text     {_cut(text)}", f"      -> {_cut(' | '.join(tokens))}",
              f"picture  {source if not isinstance(source, np.ndarray) else 'drawn'}",
              f"      -> grey {picture.shape[0]} x {picture.shape[1]}, values {picture.min()} to {picture.max()}")


def _extract_fuse_train(show, train, options):
    features = default_features(train, options.level, options.head)
    trained = train_cell(train, options.level, options.operator, options.head, features=features, epochs=options.epochs,
                         seed=options.seed, progress=show.progress)
    shapes = features.shapes
    optimizer, rate, _, _ = TRAINING[options.head]
    model = trained.classifier.model
    extracted = [f"{name:5} {_short(features.extractors[name])}: {len(train):,} x {' x '.join(map(str, shape))} float32"
                 for name, shape in shapes.items()]
    show.step("2 Extract, 3 Fuse, 4 Train", *extracted, _fused(model, options),
              f"head  {options.head}, {model.count_params():,} parameters; {optimizer}({rate}), "
              f"{'binary' if train.is_multi_label else 'categorical'} cross-entropy",
              *(f"      {name}: {_told(history)}" for name, history in trained.history.items()))
    return trained


def _fused(model, options):
    names = [layer.name for layer in model.layers]
    shape = f" -> {' x '.join(map(str, model.get_layer('fused').output.shape[1:]))}" if "fused" in names else ""
    return f"fuse  {options.level} level, {options.operator}{shape}"


def _told(history):
    """The last epoch of a history in words."""
    logs = {key: values[-1] for key, values in history.items()}
    accuracy = next(key for key in logs if key.endswith("accuracy") and not key.startswith("val"))
    told = f"{len(history['loss'])} epochs, loss {history['loss'][0]:.3f} -> {logs['loss']:.3f}, accuracy {logs[accuracy]:.3f}"
    if "val_loss" in logs:
        best = int(np.argmin(history["val_loss"]))
        told += f"; kept epoch {best + 1}: held-out accuracy {history['val_' + accuracy][best]:.3f}"
    return told


def _side_by_side(show, train, test, options, accuracy):
    """Text alone, picture alone and the three levels, next to scikit-learn and to the best possible accuracies."""
    truth = train.info.get("truth", {})
    majority = one_hot(train).sum(axis=0).argmax()
    rows = [("majority class", float((test.labels == majority).mean()) if not test.is_multi_label else None, truth.get("majority"))]
    for (name, operator), classifier in _cells(show, train, options).items():
        score = classifier.evaluate(test)["accuracy"] if classifier else accuracy
        best = truth.get("rules", {}).get(operator) if name == "decision" else truth.get(name)
        rows.append((_row_name(name, operator, options.head, train.modalities), score, best or truth.get("both")))
    if not train.is_multi_label:
        rows += _scikit_learn(train, test, truth)
    show.step("Side by side", *results.table(rows, bool(truth)),
              "(scikit-learn: logistic regression on TF-IDF and HOG, block-scaled as for the linear head)")
    return rows


def _cells(show, train, options):
    """(level or modality, operator) -> trained classifier, or None for the cell that is trained already."""
    operators = {"data": "concat", "feature": "concat", "decision": "product"} | {options.level: options.operator}
    settings = {"epochs": options.epochs, "seed": options.seed, "progress": show.progress}
    features = default_features(train, "feature", options.head)
    arrays = features.fit_transform(train)
    parts = DecisionParts(features.shapes, arrays, train, options.head, **settings)
    threshold = 0.5 if train.is_multi_label else None
    cells = {(name, None): Classifier(features.only(name), model, train.class_names, threshold) for name, model in parts.models.items()}
    for level, operator in operators.items():
        if level == options.level:
            cells[level, operator] = None
        elif level == "decision":
            cells[level, operator] = Classifier(features, parts.model(operator), train.class_names, threshold)
        else:
            cells[level, operator] = train_cell(train, level, operator, options.head, **settings).classifier
    return cells


def _row_name(level, operator, head, modalities):
    if level in modalities:
        return f"{'picture' if level == 'image' else level} alone"
    return f"{level} level, {operator}, {head}"


def _scikit_learn(train, test, truth):
    """scikit-learn's logistic regression on the features of the linear head: text, picture, both side by side."""
    from sklearn.linear_model import LogisticRegression

    features = default_features(train, "feature", "linear")
    arrays, unseen = features.fit_transform(train), features.transform(test)
    rows = []
    for name, parts, best in [("text alone", ["text"], "text"), ("picture alone", ["image"], "image"),
                              ("concatenated", ["text", "image"], "additive")]:
        block = np.hstack([arrays[part] for part in parts])
        model = LogisticRegression(max_iter=200, tol=1e-3).fit(block, train.labels)
        score = model.score(np.hstack([unseen[part] for part in parts]), test.labels)
        rows.append((f"scikit-learn, {name}", float(score), truth.get(best)))
    return rows


def _classify_unseen(show, classifier, test):
    some = test[:5]
    probabilities = classifier.predict_proba(some)
    lines = []
    for row, answer in enumerate(classifier.names(probabilities)):
        true = some.labels[row] if not some.is_multi_label else None
        verdict = "" if true is None else f" (it is {some.class_names[true]})"
        lines.append(f"{_cut(some['text'][row] or '(no text)', 60):60} -> {answer} {probabilities[row].max():.2f}{verdict}")
    show.step("A few unseen samples", *lines)


def _short(extractor):
    return type(extractor).__name__ if not hasattr(extractor, "transformer_list") else " + ".join(
        type(part).__name__ for _, part in extractor.transformer_list)


def _cut(text, width=100):
    text = " ".join(text.split())
    return text if len(text) <= width else text[:width - 3] + "..."

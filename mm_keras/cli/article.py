"""The `article` command: the article's example step by step, then all levels side by side."""

import shlex
from pathlib import Path

import numpy as np

from mm_keras.classifier import Classifier
from mm_keras.cli import article_results as results
from mm_keras.cli.console import Show, cut
from mm_keras.training.cell import Trained, build_network, default_features, train_cell
from mm_keras.training.decision import DecisionParts
from mm_keras.training.fit import fit, one_hot, patience_at
from mm_keras.utils.keras_import import import_keras
from mm_keras.utils.messages import some_of

OPERATORS = {"data": "concat", "feature": "concat", "decision": "product"}  # where the user chose none


def run(options):
    show = Show()
    _check_operator(options)
    out = Path(options.out)
    results.check(out)
    train, test = _load(options)
    show.step("Data", f"{options.data}: {len(train):,} samples to train on, {len(test):,} unseen ones to test with",
              f"{train.num_classes} {'labels' if train.is_multi_label else 'classes'}: {some_of(train.class_names, 20)}")
    row = _preprocess(show, train)
    features = default_features(train, options.level, options.head, operator=options.operator)
    arrays = _extract(show, train, features, row)
    trained, parts = _fuse_and_train(show, train, features, arrays, options)
    scores = trained.classifier.evaluate(test)
    show.step("5 Predict", f"accuracy on the unseen samples {scores['accuracy']:.3f}, macro-F1 {scores['macro_f1']:.3f}")
    rows = _side_by_side(show, train, test, options, scores["accuracy"], parts)
    written = results.write(out, options, train, test, trained, scores, rows)
    show.step("Written", *(str(out / name) for name in written))
    _classify_unseen(show, trained.classifier, test, options.seed)
    print(f"\n{show.seconds():.0f} seconds in all. Next: python -m mm_keras predict {shlex.quote(str(out / 'classifier'))} "
          "--text \"...\" --image FILE")


def _check_operator(options):
    """The level's default where none was chosen; a wrong one is refused before anything is loaded."""
    if options.operator is None:
        options.operator = OPERATORS[options.level]
        return
    import_keras()
    from mm_keras.fusion.choices import choices

    possible = dict.fromkeys(operator for operator, _ in choices(options.level))
    if options.operator not in possible:
        raise ValueError(f"--operator at the {options.level} level is one of {', '.join(possible)}. Received: {options.operator!r}.")


def _load(options):
    from mm_keras.datasets.named import load_named, train_and_test

    data = load_named(options.data, scheme=options.scheme, seed=options.seed, text=options.text_column, image=options.image_column,
                      label=options.label_column)
    return train_and_test(data, seed=options.seed)


def _preprocess(show, train):
    """Step 1 is part of the extractors; here it is shown on one sample. Returns the sample's row."""
    from mm_keras.text import tokenize

    row, picture = results.first_complete(train)
    if train.num_classes < 2:
        raise ValueError(f"A classifier needs two classes. Received: {', '.join(train.class_names)}.")
    if row is None:
        raise ValueError("The example needs texts and pictures. Received: no sample with a text and a picture that can be read.")
    text, source = train["text"][row], train["image"][row]
    show.step("1 Preprocess", f"text     {cut(text)}", f"      -> {cut(' | '.join(tokenize(text)))}",
              f"picture  {source if not isinstance(source, np.ndarray) else 'drawn'}",
              f"      -> grey {picture.shape[0]} x {picture.shape[1]}, values {picture.min()} to {picture.max()}")
    return row


def _extract(show, train, features, row):
    arrays = features.fit_transform(train)
    lines = [f"{name:5} {_short(features.extractors[name])}: {_times(len(train), *shape)} float32"
             for name, shape in features.shapes.items()]
    vocabulary = getattr(features.extractors["text"], "vocabulary_", None)
    if vocabulary:
        words = {column: word for word, column in vocabulary.items()}
        weights = arrays["text"][row]
        strongest = [words[column] for column in np.argsort(-weights, kind="stable")[:5] if weights[column] > 0]
        lines.append(f"      the sample's strongest words: {', '.join(strongest)}")
    show.step("2 Extract", *lines)
    return arrays


def _fuse_and_train(show, train, features, arrays, options):
    """Steps 3 and 4. At the decision level training comes first: what is fused there are the networks' answers."""
    keras = import_keras()
    settings = {"epochs": options.epochs, "seed": options.seed, "progress": show.progress, "balanced": options.balanced}
    parts = None
    if options.level == "decision":
        parts = DecisionParts(features.shapes, arrays, train, options.head, **settings)
        history = parts.history
        show.step("3 Train", *(results.told(history[name], f"{name} alone", parts.head_of(name), model, train)
                               for name, model in parts.models.items()))
        model = parts.model(options.operator)
        temperatures = ", ".join(f"{name} {temperature:.2f}" for name, temperature in parts.temperatures.items())
        show.step("4 Fuse", f"decision level, {options.operator}: {len(parts.models)} x {train.num_classes} class probabilities "
                            f"-> {train.num_classes}", f"      brought to their temperatures first: {temperatures}")
    else:
        keras.utils.set_random_seed(options.seed)
        model = build_network(features.shapes, train, options.level, options.operator, options.head)
        shapes = " and ".join(_times(*shape) for shape in features.shapes.values())
        fused = _times(*model.get_layer("fused").output.shape[1:])
        show.step("3 Fuse", f"{options.level} level, {options.operator}: {shapes} -> {fused}")
        name = f"{options.level} level"
        history = {name: fit(model, arrays, one_hot(train), options.head, train.is_multi_label, name=name,
                             patience=patience_at(options.level), **settings)}
        show.step("4 Train", results.told(history[name], name, options.head, model, train))
    return Trained(Classifier(features, model, train.class_names, _threshold(train)), history), parts


def _side_by_side(show, train, test, options, accuracy, parts):
    """Text alone, picture alone and the three levels, next to scikit-learn and to the best possible accuracies."""
    truth = train.info.get("truth", {})
    majority = one_hot(train).sum(axis=0).argmax()
    rows = [("majority class", float((test.labels == majority).mean()) if not test.is_multi_label else None, truth.get("majority"))]
    for (name, operator, head), classifier in _cells(show, train, options, parts).items():
        score = classifier.evaluate(test)["accuracy"] if classifier else accuracy
        best = truth.get("rules", {}).get(operator) if name == "decision" else truth.get(name)
        kind = f"{'picture' if name == 'image' else name} alone" if operator is None else f"{name} level, {operator}"
        rows.append((f"{kind}, {head}", score, best or truth.get("both")))
    note = "(best possible: computed from the table that the data were drawn from)" if truth else None
    if not train.is_multi_label:
        scikit_learn, used = _scikit_learn(train, test, truth)
        rows += scikit_learn
        note = f"(scikit-learn: logistic regression on {used}, scaled as for the linear head)"
    show.step("Side by side", *results.table(rows, bool(truth)), *([note] if note else []))
    return rows


def _cells(show, train, options, parts):
    """(level or modality, operator, head) -> trained classifier, or None for the cell that is trained already."""
    operators = OPERATORS | {options.level: options.operator}
    settings = {"epochs": options.epochs, "seed": options.seed, "progress": show.progress, "balanced": options.balanced}
    features = default_features(train, "feature", options.head)
    arrays = features.fit_transform(train)
    parts = parts or DecisionParts(features.shapes, arrays, train, options.head, **settings)

    def classifier(features, model):
        return Classifier(features, model, train.class_names, _threshold(train))

    cells = {(name, None, parts.head_of(name)): classifier(features.only(name), model) for name, model in parts.models.items()}
    for level, operator in operators.items():
        if level == options.level:
            trained = None
        elif level == "decision":
            trained = classifier(features, parts.model(operator))
        else:
            trained = train_cell(train, level, operator, options.head, **settings).classifier
        cells[level, operator, options.head] = trained
    return cells


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
    return rows, " and ".join(_short(extractor) for extractor in features.extractors.values())


def _classify_unseen(show, classifier, test, seed):
    some = test[np.random.default_rng(seed).permutation(len(test))[:5]]
    probabilities = classifier.predict_proba(some)
    lines = []
    for row, answer in enumerate(classifier.names(probabilities)):
        true = some.labels[row] if not some.is_multi_label else None
        verdict = "" if true is None else f" (it is {some.class_names[true]})"
        lines.append(f"{cut(some['text'][row] or '(no text)', 60):60} -> {answer} {probabilities[row].max():.2f}{verdict}")
    show.step("A few unseen samples", *lines)


def _threshold(data):
    return 0.5 if data.is_multi_label else None


def _short(extractor):
    return type(extractor).__name__ if not hasattr(extractor, "transformer_list") else " + ".join(
        type(part).__name__ for _, part in extractor.transformer_list)


def _times(*sizes):
    return " x ".join(f"{size:,}" for size in sizes)

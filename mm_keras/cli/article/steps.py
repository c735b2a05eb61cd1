"""Steps 2 to 5 of the article's example, and the table that stands text alone, image alone and the three levels side by side."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from mm_keras.classifier import Classifier
from mm_keras.cli.article import results
from mm_keras.fusion.registry import DEFAULT_OPERATORS
from mm_keras.training import default_features, train_cell
from mm_keras.training.cell import Trained, train_on_arrays
from mm_keras.training.decision import UnimodalModels
from mm_keras.utils.formatting import shorten
from mm_keras.utils.labels import one_hot


def run(console, train, test, row, options):
    """Steps 2 to 5: (trained cell, its scores, rows of the table)."""
    features = default_features(train, options.level, options.head, operator=options.operator)
    arrays = extract(console, train, features, row)
    trained, unimodal = fuse_and_train(console, train, features, arrays, options)
    scores = trained.classifier.evaluate(test)
    console.step(
        "5 Predict",
        f"accuracy on the unseen samples {scores['accuracy']:.3f}, macro-F1 {scores['macro_f1']:.3f}",
    )
    return (
        trained,
        scores,
        side_by_side(console, train, test, options, scores["accuracy"], unimodal),
    )


def extract(console, train, features, row):
    arrays = features.fit_transform(train)
    lines = [
        f"{name:5} {_short(features.extractors[name])}: {_times(len(train), *shape)} float32"
        for name, shape in features.shapes.items()
    ]
    vocabulary = getattr(features.extractors["text"], "vocabulary_", None)
    if vocabulary:
        words = {column: word for word, column in vocabulary.items()}
        weights = arrays["text"][row]
        strongest = [
            words[column]
            for column in np.argsort(-weights, kind="stable")[:5]
            if weights[column] > 0
        ]
        lines.append(f"      the sample's strongest words: {', '.join(strongest)}")
    console.step("2 Extract", *lines)
    return arrays


def fuse_and_train(console, train, features, arrays, options):
    """Steps 3 and 4. At the decision level training comes first: what is fused there are the networks' probabilities."""

    def built(model):
        shapes = " and ".join(_times(*shape) for shape in features.shapes.values())
        fused = _times(*model.get_layer("fused").output.shape[1:])
        console.step("3 Fuse", f"{options.level} level, {options.operator}: {shapes} -> {fused}")

    def trained(unimodal):
        console.step(
            "3 Train",
            *(
                results.training_in_words(
                    unimodal.history[name], f"{name} alone", unimodal.head_of(name), model, train
                )
                for name, model in unimodal.models.items()
            ),
        )

    found = train_on_arrays(
        features.shapes,
        arrays,
        train,
        options.level,
        options.operator,
        options.head,
        built=built,
        trained=trained,
        **_settings(console, options),
    )
    if options.level == "decision":
        temperatures = ", ".join(
            f"{name} {temperature:.2f}"
            for name, temperature in found.unimodal.fit_temperatures().items()
        )
        console.step(
            "4 Fuse",
            f"decision level, {options.operator}: {len(features.shapes)} x {train.num_classes} class probabilities "
            f"-> {train.num_classes}",
            f"      brought to their temperatures first: {temperatures}",
        )
    else:
        ((name, history),) = found.history.items()
        console.step(
            "4 Train", results.training_in_words(history, name, options.head, found.model, train)
        )
    return Trained(
        Classifier(features, found.model, train.class_names, _threshold(train)), found.history
    ), found.unimodal


def _settings(console, options):
    return {
        "epochs": options.epochs,
        "seed": options.seed,
        "progress": console.progress,
        "balanced": options.balanced,
    }


def side_by_side(console, train, test, options, accuracy, unimodal):
    """Text alone, image alone and the three levels, next to scikit-learn and to the best possible accuracies."""
    truth = train.info.get("truth", {})
    majority = one_hot(train.labels, train.num_classes).sum(axis=0).argmax()
    rows = [
        (
            "majority class",
            float((test.labels == majority).mean()) if not test.is_multi_label else None,
            truth.get("majority"),
        )
    ]
    for (name, operator, head), classifier in _cells(console, train, options, unimodal).items():
        score = classifier.evaluate(test)["accuracy"] if classifier else accuracy
        best = truth.get("rules", {}).get(operator) if name == "decision" else truth.get(name)
        kind = (
            f"{'image' if name == 'image' else name} alone"
            if operator is None
            else f"{name} level, {operator}"
        )
        rows.append((f"{kind}, {head}", score, best or truth.get("both")))
    note = (
        "(best possible: computed from the table that the data were drawn from)" if truth else None
    )
    if not train.is_multi_label:
        scikit_learn, used = _scikit_learn(train, test, truth)
        rows += scikit_learn
        note = f"(scikit-learn: logistic regression on {used}, scaled as for the linear head)"
    console.step("Side by side", *results.table(rows, bool(truth)), *([note] if note else []))
    return rows


def _cells(console, train, options, unimodal):
    """(level or modality, operator, head) -> trained classifier, or None for the cell that is trained already."""
    features = default_features(train, "feature", options.head)
    arrays = features.fit_transform(train)
    unimodal = unimodal or UnimodalModels(
        features.shapes, arrays, train, options.head, **_settings(console, options)
    )

    def classifier(features, model):
        return Classifier(features, model, train.class_names, _threshold(train))

    cells = {
        (name, None, unimodal.head_of(name)): classifier(features.only(name), model)
        for name, model in unimodal.models.items()
    }
    for level, operator in (DEFAULT_OPERATORS | {options.level: options.operator}).items():
        if level == options.level:
            trained = None
        elif level == "decision":
            trained = classifier(features, unimodal.fuse(operator))
        else:
            trained = train_cell(
                train, level, operator, options.head, **_settings(console, options)
            ).classifier
        cells[level, operator, options.head] = trained
    return cells


def _scikit_learn(train, test, truth):
    """scikit-learn's logistic regression on the features of the linear head: text, image, both side by side."""
    features = default_features(train, "feature", "linear")
    arrays, unseen = features.fit_transform(train), features.transform(test)
    rows = []
    for name, parts, best in [
        ("text alone", ["text"], "text"),
        ("image alone", ["image"], "image"),
        ("concatenated", ["text", "image"], "additive"),
    ]:
        block = np.hstack([arrays[part] for part in parts])
        model = LogisticRegression(max_iter=200, tol=1e-3).fit(block, train.labels)
        score = model.score(np.hstack([unseen[part] for part in parts]), test.labels)
        rows.append((f"scikit-learn, {name}", float(score), truth.get(best)))
    return rows, " and ".join(_short(extractor) for extractor in features.extractors.values())


def classify_unseen(console, classifier, test, seed):
    some = test[np.random.default_rng(seed).permutation(len(test))[:5]]
    probabilities = classifier.predict_proba(some)
    lines = []
    for row, answer in enumerate(classifier.names(probabilities)):
        true = some.labels[row] if not some.is_multi_label else None
        verdict = "" if true is None else f" (it is {some.class_names[true]})"
        lines.append(
            f"{shorten(some['text'][row] or '(no text)', 60):60} -> {answer} {probabilities[row].max():.2f}{verdict}"
        )
    console.step("A few unseen samples", *lines)


def _threshold(data):
    return 0.5 if data.is_multi_label else None


def _short(extractor):
    return (
        type(extractor).__name__
        if not hasattr(extractor, "transformer_list")
        else " + ".join(type(part).__name__ for _, part in extractor.transformer_list)
    )


def _times(*sizes):
    return " x ".join(f"{size:,}" for size in sizes)

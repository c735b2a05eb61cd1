"""Steps 2 to 5 of the article's example, and the table of single modalities and all levels."""

from functools import partial

import numpy as np
from sklearn.linear_model import LogisticRegression

from mm_keras.classifier import Classifier
from mm_keras.cli.article import results
from mm_keras.cli.choices import optimizer_options, with_chosen
from mm_keras.fusion.registry import DEFAULT_OPERATORS
from mm_keras.training import default_features
from mm_keras.training.cell import Trained, train_on_arrays
from mm_keras.training.decision import UnimodalModels
from mm_keras.training.fit import PATIENCE_AFTER_PLATEAU, head_for
from mm_keras.utils.formatting import pad, shorten
from mm_keras.utils.labels import one_hot
from mm_keras.utils.parallel import one_blas_thread
from mm_keras.utils.shapes import num_ids_of

# The example does not wait for the last improvement. With this tolerance and a shorter patience, no
# accuracy of its table differs by more than 0.01 from that of the defaults, on three seeds.
TOLERANCE = 0.002
CONCAT, LINEAR = "concat", "linear"  # the network that is closest to scikit-learn's baseline


def run(console, train, test, row, options):
    """Run steps 2 to 5; returns (trained cell, its scores, rows of the table, or an empty list)."""
    features = chosen_features(train, options.level, options, options.operator)
    arrays = extract(console, train, features, row)
    trained, unimodal = fuse_and_train(console, train, features, arrays, options)
    scores = trained.classifier.evaluate(test)
    console.step(
        "5 Predict",
        f"accuracy on the unseen samples {scores['accuracy']:.3f}, "
        f"macro-F1 {scores['macro_f1']:.3f}",
    )
    if options.no_side_by_side:
        return trained, scores, []
    rows = side_by_side(console, train, test, options, scores["accuracy"], unimodal)
    return trained, scores, rows


def chosen_features(train, level, options, operator=None, head=None):
    """The default features of a level and a head, with the extractors that the options name.

    At the data level, the raw text and the pixels themselves are fused.
    """
    features = default_features(train, level, head or options.head, operator=operator)
    return features if level == "data" else with_chosen(features, options)


def extract(console, train, features, row):
    """Step 2: fit the extractors and return the arrays; print their shapes."""
    arrays = features.fit_transform(train)
    lines = [
        f"{name:5} {_extractor_name(features.extractors[name])}: "
        f"{_times(len(train), *shape)} {arrays[name].dtype}"
        for name, shape in features.shapes.items()
    ]
    vocabulary = getattr(features.extractors["text"], "vocabulary_", None)
    if vocabulary and not num_ids_of(features.shapes["text"]):  # the columns are words
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
    """Steps 3 and 4; at the decision level, where probabilities are fused, training comes first."""

    def print_fusion(model):
        shapes = " and ".join(_times(*shape) for shape in features.shapes.values())
        fused = _times(*model.get_layer("fused").output.shape[1:])
        console.step("3 Fuse", f"{options.level} level, {options.operator}: {shapes} -> {fused}")

    def print_unimodal(unimodal):
        lines = [
            results.describe_training(
                unimodal.history[name], f"{name} alone", unimodal.head_of(name), model, train
            )
            for name, model in unimodal.models.items()
        ]
        console.step("3 Train", *lines)

    network = train_on_arrays(
        features.shapes,
        arrays,
        train,
        options.level,
        options.operator,
        options.head,
        built=print_fusion,
        trained=print_unimodal,
        **_settings(console, options),
    )
    if options.level == "decision":
        temperatures = ", ".join(
            f"{name} {temperature:.2f}"
            for name, temperature in network.unimodal.fit_temperatures().items()
        )
        console.step(
            "4 Fuse",
            f"decision level, {options.operator}: {len(features.shapes)} x {train.num_classes} "
            f"class probabilities -> {train.num_classes}",
            f"      calibrated first with temperatures: {temperatures}",
        )
    else:
        ((name, history),) = network.history.items()
        console.step(
            "4 Train", results.describe_training(history, name, options.head, network.model, train)
        )
    classifier = Classifier(features, network.model, train.class_names, _threshold(train))
    return Trained(classifier, network.history), network.unimodal


def _settings(console, options):
    return {
        "epochs": options.epochs,
        "seed": options.seed,
        "progress": console.progress,
        "balanced": options.balanced,
        "patience_after_plateau": PATIENCE_AFTER_PLATEAU,
        "tolerance": TOLERANCE,
        **optimizer_options(options),
    }


def side_by_side(console, train, test, options, accuracy, unimodal):
    """Rows (name, accuracy, best possible accuracy or None) of the table of baselines and levels.

    Each row is printed as soon as it is known: quick ones first, the data level last.
    """
    truth = train.info.get("truth", {})
    cells = _cells(console, train, options, unimodal)
    table = results.Table(console, [f"{title}, {head}" for title, head, *_ in cells], bool(truth))
    majority = one_hot(train.labels, train.num_classes).sum(axis=0).argmax()
    score = None if test.is_multi_label else float((test.labels == majority).mean())
    table.add("majority class", score, truth.get("majority"))
    note = "(best possible: computed from the distribution that generated the data)"
    if not train.is_multi_label:
        features = chosen_features(train, "feature", options, head=LINEAR)
        for row in _scikit_learn(train, test, truth, features):
            table.add(*row)
        names = _names(features)
        note = (
            f"(scikit-learn: logistic regression on {names},\n"
            f"   the same features as feature level, {CONCAT}, {LINEAR}"
        )
        others = _names(chosen_features(train, "feature", options))
        if others != names:
            note += f";\n   {options.head} at the decision and feature level: {others}"
        note += ")"
    for title, head, best, train_classifier in cells:
        classifier = train_classifier()
        score = classifier.evaluate(test)["accuracy"] if classifier else accuracy
        table.add(f"{title}, {head}", score, best or truth.get("both"))
    table.end(note if truth or not train.is_multi_label else None)
    saved = f"{options.level} level, {options.operator}, {options.head}"
    console.step("Which one is saved", *results.saved_and_best(table.rows, saved))
    return table.rows


def _cells(console, train, options, unimodal):
    """List of (title, head, best possible accuracy or None, function that trains a classifier).

    The function returns None for the cell that is trained already.
    """
    truth, settings = train.info.get("truth", {}), _settings(console, options)
    features = chosen_features(train, "feature", options)
    arrays, cache = features.fit_transform(train), {}

    def unimodal_models(names):
        shapes = {name: features.shapes[name] for name in names}
        return unimodal or UnimodalModels(
            shapes, arrays, train, options.head, cache=cache, **settings
        )

    def classifier(features, model):
        return Classifier(features, model, train.class_names, _threshold(train))

    def alone(name):
        return classifier(features.only(name), unimodal_models([name]).models[name])

    def fused(level, operator, head):
        if (level, operator, head) == (options.level, options.operator, options.head):
            return None
        if level == "decision":
            return classifier(features, unimodal_models(features.shapes).fuse(operator))
        own = chosen_features(train, level, options, operator, head)
        arrays = own.fit_transform(train)
        network = train_on_arrays(own.shapes, arrays, train, level, operator, head, **settings)
        return classifier(own, network.model)

    cells = [
        (f"{name} alone", head_for(shape, options.head), truth.get(name), partial(alone, name))
        for name, shape in features.shapes.items()
    ]
    operators = DEFAULT_OPERATORS | {options.level: options.operator}
    rows = [(level, operators[level], options.head) for level in ("decision", "feature", "data")]
    if ("feature", CONCAT, LINEAR) not in rows:
        rows.insert(0, ("feature", CONCAT, LINEAR))
    for level, operator, head in rows:
        best = truth.get("rules", {}).get(operator) if level == "decision" else None
        cells.append(
            (f"{level} level, {operator}", head, best, partial(fused, level, operator, head))
        )
    return sorted(cells, key=lambda cell: cell[1] != LINEAR)  # the quick ones first


def _scikit_learn(train, test, truth, features):
    """Rows for logistic regression on the features of text, image and both."""
    arrays, unseen = (
        {name: block.reshape(len(block), -1) for name, block in part.items()}
        for part in (features.fit_transform(train), features.transform(test))
    )
    rows = []
    for name, modalities, best in [
        ("text alone", ["text"], "text"),
        ("image alone", ["image"], "image"),
        ("concatenated", ["text", "image"], "additive"),
    ]:
        block = np.hstack([arrays[modality] for modality in modalities])
        with one_blas_thread():
            model = LogisticRegression(max_iter=200, tol=1e-3).fit(block, train.labels)
        score = model.score(np.hstack([unseen[modality] for modality in modalities]), test.labels)
        rows.append((f"scikit-learn, {name}", float(score), truth.get(best)))
    return rows


def classify_unseen(console, classifier, test, seed):
    """Print the predictions for five test samples."""
    samples = test[np.random.default_rng(seed).permutation(len(test))[:5]]
    probabilities = classifier.predict_proba(samples)
    lines = []
    for row, prediction in enumerate(classifier.names(probabilities)):
        text = shorten(samples["text"][row] or "(no text)", 60)
        line = f"{pad(text, 60)} -> {prediction} {probabilities[row].max():.2f}"
        if not samples.is_multi_label:
            line += f" (true: {samples.class_names[samples.labels[row]]})"
        lines.append(line)
    console.step("A few unseen samples", *lines)


def _threshold(data):
    return 0.5 if data.is_multi_label else None


def _extractor_name(extractor):
    if hasattr(extractor, "transformer_list"):
        return " + ".join(type(part).__name__ for _, part in extractor.transformer_list)
    return type(extractor).__name__


def _names(features):
    return " and ".join(map(_extractor_name, features.extractors.values()))


def _times(*sizes):
    return " x ".join(f"{size:,}" for size in sizes)

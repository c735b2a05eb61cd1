"""The `table` command: every cell of level x operator x head, on drawn and on real data, over several seeds."""

from pathlib import Path

import numpy as np

from mm_keras._quiet import import_keras
from mm_keras._show import Show
from mm_keras.datasets.named import load_named, train_and_test
from mm_keras.evaluation.store import Store
from mm_keras.recipes import LEVELS, DecisionParts, default_features, train_network

SETS = {"newsroom": ("newsroom", "news"), "match": ("newsroom", "match"), "glyphs": ("glyphs", None)}
HEADS = ("linear", "dense", "cnn", "rnn")


def run(options):
    """Train what is not trained yet (results are stored one by one, so a killed run continues), then print the table."""
    import_keras()
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    store = Store(out / "table.jsonl", {"samples": options.samples, "epochs": options.epochs})
    show = Show()
    truths = {}
    for name in options.sets:
        for seed in range(options.seeds):
            train, test = _load(name, seed, options.samples)
            truths[name] = train.info.get("truth", {})
            for head in options.heads:
                _train_head(store, show, name, seed, train, test, head, options)
    show.progress(None)
    text = markdown(store, options.sets, options.heads, truths)
    (out / "table.md").write_text(text, encoding="utf-8")
    print(text)


def rows():
    """All (level, operator) pairs, the modalities alone first."""
    from mm_keras.fusion import OPERATORS, RULES
    from mm_keras.fusion.data_level import CANVASES
    from mm_keras.fusion.decision_level import COMBINERS

    operators = {"data": CANVASES, "feature": OPERATORS, "decision": [*RULES, *COMBINERS]}
    return [("text", None), ("image", None)] + [(level, operator) for level in LEVELS for operator in operators[level]]


def _load(name, seed, samples):
    source, scheme = SETS[name]
    data = load_named(source, scheme=scheme, seed=seed, num_samples=samples)
    return train_and_test(data, 0.25 if source == "glyphs" else 1 / 3, seed)


def _train_head(store, show, name, seed, train, test, head, options):
    """All cells with one head, on one set and seed; arrays and unimodal models are made once for all of them."""
    extracted, parts = {}, {}
    settings = {"seed": seed, "epochs": options.epochs}
    for level, operator in rows():
        key = (name, seed, level, operator, head)
        if key in store.results:
            continue
        place = "data" if level == "data" else "feature"
        if place not in extracted:
            features = default_features(train, place, head)
            extracted[place] = (features.fit_transform(train), features.transform(test), features.shapes)
        arrays, unseen, shapes = extracted[place]

        def progress(_, epoch, epochs, logs, key=key):
            show.progress(" ".join(str(part) for part in key if part is not None), epoch, epochs, logs)

        try:
            if level == "decision":
                if not parts:
                    parts["all"] = DecisionParts(shapes, arrays, train, head, progress=progress, **settings)
                model = parts["all"].model(operator)
            else:
                model, _ = train_network(shapes, arrays, train, level, operator, head, progress=progress, **settings)
        except ValueError as error:
            store.add(key, {"refused": str(error)})
            continue
        used = {level: unseen[level]} if level in unseen else unseen
        answers = np.asarray(model.predict(used, verbose=0, batch_size=256)).argmax(axis=1)
        store.add(key, {"accuracy": float((answers == test.labels).mean()), "parameters": model.count_params()})


def markdown(store, sets, heads, truths):
    """The table as Markdown: mean test accuracy over the seeds (standard deviation), one part per data set."""
    lines = []
    for name in sets:
        truth = truths[name]
        lines += [f"### {name}", "", "| level | operator | " + " | ".join(heads) + (" | best possible |" if truth else " |"),
                  "|---|---|" + "---|" * (len(heads) + bool(truth))]
        reasons = {}
        for level, operator in rows():
            cells = [_cell(store, name, level, operator, head, reasons) for head in heads]
            best = truth.get(level, truth.get("both"))
            if level == "decision":
                best = truth.get("rules", {}).get(operator, best)
            lines.append(f"| {level} | {operator or '(alone)'} | " + " | ".join(cells) + (f" | {best:.3f} |" if truth else " |"))
        lines += [""] + [f"{mark}: {reason}" for reason, mark in reasons.items()] + [""]
    return "\n".join(lines)


def _cell(store, name, level, operator, head, reasons):
    results = [result for (n, _, lev, op, h), result in store.results.items() if (n, lev, op, h) == (name, level, operator, head)]
    if not results:
        return "-"
    if "refused" in results[0]:
        return reasons.setdefault(results[0]["refused"], f"({len(reasons) + 1})")
    accuracies = [result["accuracy"] for result in results]
    return f"{np.mean(accuracies):.3f} ({np.std(accuracies):.3f})"

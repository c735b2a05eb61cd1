"""The `table` command: every cell of level x operator x head, on drawn and on real data, over several seeds."""

import time
from itertools import product
from pathlib import Path

import numpy as np

from mm_keras.cli.console import Console
from mm_keras.comparison.engine.store import Store
from mm_keras.datasets.named import load_named, train_and_test
from mm_keras.datasets.newsroom import scheme_table
from mm_keras.fusion.registry import LEVELS
from mm_keras.heads.registry import HEADS
from mm_keras.utils.files import write_text
from mm_keras.utils.keras_tools import import_keras

SETS = {
    "newsroom": ("newsroom", "news"),
    "match": ("newsroom", "match"),
    "glyphs": ("glyphs", None),
}


def run(options):
    """Train what is not trained yet (results are stored one by one, so a killed run continues), then print the table."""
    import_keras()
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    store = Store(out / "table.jsonl", {"samples": options.samples, "epochs": options.epochs})
    console = Console()
    for name in options.sets:
        for seed in range(options.seeds):
            missing = [
                cell for cell in cells(options.heads) if (name, seed, *cell) not in store.results
            ]
            if missing:
                bench = Bench(name, seed, options)
                for number, cell in enumerate(missing, 1):
                    place = f"{name}, seed {seed}: {number} of {len(missing)}, {' '.join(filter(None, cell))}"
                    store.add(
                        (name, seed, *cell),
                        bench.result(
                            *cell, lambda _, *given, place=place: console.progress(place, *given)
                        ),
                    )
    console.progress(None)
    text = markdown(store.results, options.sets, options.heads)
    write_text(out / "table.md", text)
    print(text)


def cells(heads=tuple(HEADS)):
    """All (level, operator, head); a modality alone has the operator None."""
    return [(level, operator, head) for head, (level, operator) in product(heads, rows())]


def rows():
    """All (level, operator) pairs, the modalities alone first."""
    return [
        ("text", None),
        ("image", None),
        *((level, operator) for level, operators in LEVELS.items() for operator in operators),
    ]


def train_and_test_of(name, seed, num_samples):
    """`(train, test)` of a set of the table; `num_samples` are drawn, where it is drawn."""
    source, scheme = SETS[name]
    data = load_named(source, scheme=scheme, seed=seed, num_samples=num_samples)
    return train_and_test(data, 0.25 if source == "glyphs" else 1 / 3, seed)


class Bench:
    """One data set and seed. Features, and models of one modality, are made once for all the cells that use them."""

    def __init__(self, name, seed, options):
        self.train, self.test = train_and_test_of(name, seed, options.samples)
        self.settings = {"seed": seed, "epochs": options.epochs}
        self.extracted, self.cache = {}, {}

    def result(self, level, operator, head, progress):
        """What is stored of a cell: accuracy, parameters, CPU seconds; or why it makes no sense."""
        from mm_keras.training.cell import train_on_arrays

        start = time.process_time()
        arrays, unseen, shapes = self._features(level, operator, head)
        settings = {**self.settings, "progress": progress}
        try:
            found = train_on_arrays(
                shapes, arrays, self.train, level, operator, head, cache=self.cache, **settings
            )
        except ValueError as error:
            return {"refused": str(error)}
        model = found.model
        heads = (
            {name: found.unimodal.head_of(name) for name in found.unimodal.members}
            if found.unimodal
            else {}
        )
        answers = model.predict(
            {name: unseen[name] for name in model.input}, verbose=0, batch_size=256
        ).argmax(axis=1)
        return {
            "accuracy": float((answers == self.test.labels).mean()),
            "parameters": model.count_params(),
            "seconds": round(time.process_time() - start, 1),
            **({"heads": heads} if heads else {}),
        }

    def _features(self, level, operator, head):
        from mm_keras.training.defaults import default_features, feature_kind

        kind = feature_kind(level, head, operator)
        if kind not in self.extracted:
            features = default_features(
                self.train, level if level in LEVELS else "feature", head, operator=operator
            )
            self.extracted[kind] = (
                features.fit_transform(self.train),
                features.transform(self.test),
                features.shapes,
            )
        return self.extracted[kind]


def markdown(results, sets, heads):
    """The table as Markdown: mean test accuracy over the seeds (standard deviation), one part per data set."""
    return "\n".join(line for name in sets for line in _part(results, name, heads))


def _part(results, name, heads):
    truth = _truth(name)
    of_cell = {
        cell: [result for (n, _, *of), result in results.items() if (n, *of) == (name, *cell)]
        for cell in cells(heads)
    }
    refusals = [
        of_cell[level, operator, head][0].get("refused")
        for level, operator in rows()
        for head in heads
        if of_cell[level, operator, head]
    ]
    marks = {
        reason: f"({number})"
        for number, reason in enumerate(dict.fromkeys(filter(None, refusals)), 1)
    }
    lines = [
        f"### {name}",
        "",
        _exact(truth) if truth else "Real data: nobody knows the best possible accuracy.",
        "",
        "| level | operator | " + " | ".join(heads) + (" | best possible |" if truth else " |"),
        "|---|---|" + "---|" * (len(heads) + bool(truth)),
    ]
    for level, operator in rows():
        shown = [_cell(of_cell[level, operator, head], level, head, marks) for head in heads]
        lines.append(
            f"| {level} | {operator or '(alone)'} | "
            + " | ".join(shown)
            + (f" | {_best(truth, level, operator):.3f} |" if truth else " |")
        )
    return [*lines, "", *(f"{mark} {reason}" for reason, mark in marks.items()), ""]


def _truth(name):
    source, scheme = SETS[name]
    return scheme_table(scheme).truth() if source == "newsroom" else None


def _exact(truth):
    return (
        f"Exactly known: majority {truth['majority']:.3f}, text {truth['text']:.3f}, image {truth['image']:.3f}, both "
        f"{truth['both']:.3f}; adding only (a linear head on concat, sum or mean) {truth['additive']:.3f}; from the two decisions "
        f"alone {truth['decisions']:.3f}."
    )


def _best(truth, level, operator):
    if level == "decision":
        return truth["rules"].get(operator, truth["decisions"])
    return truth.get(level, truth["both"])


def _cell(results, level, head, marks):
    if not results:
        return "-"
    if "refused" in results[0]:
        return marks[results[0]["refused"]]
    used = results[0].get("heads", {}).get(level, head)
    if used != head:
        return f"as {used}"
    accuracies = [result["accuracy"] for result in results]
    return f"{np.mean(accuracies):.3f} ({np.std(accuracies):.3f})"

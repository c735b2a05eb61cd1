"""The `table` command: every cell of level x operator x head, over several datasets and seeds."""

import textwrap
import time
from itertools import product
from pathlib import Path

import numpy as np

from mm_keras.cli.cell_progress import CellProgress
from mm_keras.comparison.engine.store import Store
from mm_keras.datasets.named import load_named
from mm_keras.datasets.newsroom import scheme_table
from mm_keras.datasets.splits import train_and_test
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
    """Train the cells without a stored result, store each result at once, then print the table."""
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    store = Store(out / "table.jsonl", {"samples": options.samples, "epochs": options.epochs})
    keys = list(product(options.sets, range(options.seeds), cells(options.heads)))
    pending = [(name, seed, *cell) for name, seed, cell in keys]
    pending = [key for key in pending if key not in store.results]
    import_keras()
    with CellProgress(len(keys)) as progress:
        loaded = None
        for number, key in enumerate(pending, 1):
            name, seed, *cell = key
            if loaded != (name, seed):
                loaded, bench = (name, seed), Bench(name, seed, options)
            progress.start(key, pending[number - 1 :], store.results)
            store.add(key, bench.result(*cell))
            progress.finish(key, pending[number:], store.results)
    text = markdown(store.results, options.sets, options.heads)
    write_text(out / "table.md", text)
    print(text)


def cells(heads=tuple(HEADS)):
    """All (level, operator, head); the operator of a single modality is None."""
    return [(level, operator, head) for head, (level, operator) in product(heads, rows())]


def rows():
    """All (level, operator) pairs, single modalities first."""
    return [
        ("text", None),
        ("image", None),
        *((level, operator) for level, operators in LEVELS.items() for operator in operators),
    ]


def train_and_test_of(name, seed, num_samples):
    """`(train, test)` of one of SETS; `num_samples` is used for generated data only."""
    source, scheme = SETS[name]
    data = load_named(source, scheme=scheme, seed=seed, num_samples=num_samples)
    return train_and_test(data, 0.25 if source == "glyphs" else 1 / 3, seed)


class Bench:
    """The cells of one dataset and seed; features and unimodal models are shared between cells."""

    def __init__(self, name, seed, options):
        self.train, self.test = train_and_test_of(name, seed, options.samples)
        self.settings = {"seed": seed, "epochs": options.epochs}
        self.extracted, self.cache = {}, {}

    def result(self, level, operator, head):
        """dict with accuracy, parameters and CPU seconds of a cell; or why it is not possible."""
        from mm_keras.training.cell import train_on_arrays

        start = time.process_time()
        arrays, unseen, shapes = self._features(level, operator, head)
        try:
            network = train_on_arrays(
                shapes, arrays, self.train, level, operator, head, cache=self.cache, **self.settings
            )
        except ValueError as error:
            return {"refused": str(error)}
        model, unimodal = network.model, network.unimodal
        inputs = {name: unseen[name] for name in model.input}
        predictions = model.predict(inputs, verbose=0, batch_size=256).argmax(axis=1)
        result = {
            "accuracy": float((predictions == self.test.labels).mean()),
            "parameters": model.count_params(),
            "seconds": round(time.process_time() - start, 1),
        }
        if unimodal:
            result["heads"] = {name: unimodal.head_of(name) for name in unimodal.members}
        return result

    def _features(self, level, operator, head):
        from mm_keras.training.feature_kinds import default_features, feature_kind

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
    """The table as Markdown: mean (standard deviation) of test accuracy, a section per dataset."""
    return "\n".join(line for name in sets for line in _section(results, name, heads))


def _section(results, name, heads):
    truth = _truth(name)
    by_cell = {cell: [] for cell in cells(heads)}
    for (dataset, _, *cell), result in results.items():
        if dataset == name and tuple(cell) in by_cell:
            by_cell[tuple(cell)].append(result)
    reasons = [
        by_cell[level, operator, head][0].get("refused")
        for level, operator in rows()
        for head in heads
        if by_cell[level, operator, head]
    ]
    marks = {
        reason: f"({number})"
        for number, reason in enumerate(dict.fromkeys(filter(None, reasons)), 1)
    }
    titles = [*heads, "best possible"] if truth else heads
    lines = [
        f"### {name}",
        "",
        _wrap(_exact(truth) if truth else "Real data: the best possible accuracy is unknown."),
        "",
        f"| level | operator | {' | '.join(titles)} |",
        "|---|---|" + "---|" * len(titles),
    ]
    for level, operator in rows():
        columns = [_cell(by_cell[level, operator, head], level, head, marks) for head in heads]
        if truth:
            columns.append(f"{_best(truth, level, operator):.3f}")
        lines.append(f"| {level} | {operator or '(alone)'} | {' | '.join(columns)} |")
    return [*lines, "", *(_wrap(f"{mark} {reason}") for reason, mark in marks.items()), ""]


def _wrap(sentence):
    return textwrap.fill(sentence, 100, break_long_words=False, break_on_hyphens=False)


def _truth(name):
    source, scheme = SETS[name]
    return scheme_table(scheme).truth() if source == "newsroom" else None


def _exact(truth):
    return (
        f"Known exactly: majority {truth['majority']:.3f}, text {truth['text']:.3f}, "
        f"image {truth['image']:.3f}, both {truth['both']:.3f}; additive only (a linear head on "
        f"concat, sum or mean) {truth['additive']:.3f}; from the two decisions alone "
        f"{truth['decisions']:.3f}."
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
    head_used = results[0].get("heads", {}).get(level, head)
    if head_used != head:
        return f"as {head_used}"
    accuracies = [result["accuracy"] for result in results]
    return f"{np.mean(accuracies):.3f} ({np.std(accuracies):.3f})"

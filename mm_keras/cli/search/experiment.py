"""Trains and tests the methods of `search` on one data set, and answers queries."""

from pathlib import Path

import numpy as np

from mm_keras import plots
from mm_keras.cli.inputs import columns_of, other_rows, report_shared_images
from mm_keras.cli.search.answers import answers
from mm_keras.cli.search.methods import METHODS, fit, search_features, vectors_of
from mm_keras.cli.search.table import MOVED, NEED_LABELS, SHUFFLED, Table
from mm_keras.datasets import MultimodalData
from mm_keras.retriever import Retriever
from mm_keras.utils.formatting import join_words, shorten
from mm_keras.utils.messages import collected, report_bad
from mm_keras.utils.shapes import has_values

MODALITIES = ("text", "image")
NUM_QUERIES = 5
TEXTS = {
    "glyphs": "the names of characters, without words that tell the class (greek, arrow, ...)",
    "shop": "descriptions of products",
    "newsroom": "news reports",
}


class Experiment:
    """One table: all methods, and controls of the method that the options choose.

    Args:
        console: Console.
        options: the options of the command.
        train, test: MultimodalData with texts and images.

    Attributes:
        table: Table.
        embedding: what the chosen method has learned; None before `compare`.
    """

    def __init__(self, console, options, train, test):
        self.console, self.options, self.method = console, options, options.method
        self.features = search_features(train)
        arrays = self.features.fit_transform(train)
        known = np.all(list(self._known(arrays).values()), axis=0)
        report_bad(
            [train.ids[row] for row in np.flatnonzero(~known)],
            "for training had a text in which nothing is known, or no readable image",
            "They are not used. (Unknown are words and parts of words that one text alone has.)",
        )
        self.train = train[known]
        self.arrays = {name: array[known] for name, array in arrays.items()}
        report_shared_images(train, test)
        self._set_test(test)
        self.table = Table(*_relevant(self.test))
        self.embedding, self.recognized = None, None

    def _set_test(self, test):
        """Test samples that have both modalities; those without a known word count as errors."""
        unseen = self.features.transform(test)
        known = self._known(unseen)
        has_text = np.array([bool(text and text.strip()) for text in test["text"]], bool)
        kept = has_text & known["image"]
        least = max(self.options.k, 2)
        report_bad(
            [test.ids[row] for row in np.flatnonzero(~kept)],
            "for testing had no text or no readable image",
            "The search is tested without them.",
        )
        report_bad(
            [test.ids[row] for row in np.flatnonzero(kept & ~known["text"])],
            "for testing had a text in which nothing is known",
            "Nothing is found with these texts.",
        )
        if kept.sum() < least:
            raise ValueError(
                f"The search needs at least {least} test samples with text and image "
                f"(--k {self.options.k}). Received: {kept.sum()}."
            )
        self.test, self.known = test[kept], known["text"][kept]
        self.unseen = {name: array[kept] for name, array in unseen.items()}

    def _known(self, arrays):
        """dict, modality -> bool (n,): samples in which the features know something."""
        return {
            name: has_values(array, self.features.shapes[name]) for name, array in arrays.items()
        }

    def compare(self):
        """All rows of the table; the chosen method and its controls come last."""
        names = columns_of(self.options)["text"]
        column = f"the column {names}" if isinstance(names, str) else f"columns {join_words(names)}"
        texts = TEXTS.get(self.options.data, column)
        self.console.step(
            "Train and test",
            f"texts: {texts}; for example {shorten(self.test['text'][0], 60)!r}",
            *self.table.header(),
        )
        self.table.add_chance()
        if self.options.data == "shop":
            self.table.add_best()
        for method in sorted(METHODS, key=lambda name: name == self.method):
            if method not in NEED_LABELS or self.train.labels is not None:
                self.embedding = self._fit(method, self.arrays)
                similarities = self._add(method, METHODS[method], self.embedding)
        moved = other_rows(len(self.test), self.options.seed)
        self.table.add(MOVED, f"  {MOVED}", similarities[:, moved])
        others = self.arrays["image"][other_rows(len(self.train), self.options.seed)]
        embedding = self._fit(self.method, {**self.arrays, "image": others})
        self._add(SHUFFLED, f"  {SHUFFLED}", embedding)

    def _fit(self, method, arrays):
        options, progress = self.options, self.console.progress
        labels = self.train.labels
        return fit(method, self.features, arrays, labels, options.seed, options.epochs, progress)

    def _add(self, key, name, embedding):
        """Add a row; returns the similarities (texts, images)."""
        vectors = vectors_of(embedding, self.unseen)
        if key == "sm":
            classes = {m: embedding.classes_[rows.argmax(axis=1)] for m, rows in vectors.items()}
            self.recognized = {m: np.mean(classes[m] == self.test.labels) for m in classes}
        similarities = vectors["text"] @ vectors["image"].T
        self.console.progress(None)
        self.table.add(key, name, similarities)
        return similarities

    def verdict(self):
        """Sentences on the chosen method by item, and on the best one by class."""
        methods = [name for name in METHODS if name in self.table.rows]
        sentences = self.table.verdict(self.method)
        others = [name for name in methods if name not in ("ridge", self.method)]
        best = self.table.best_by_item([self.method, *others])
        if best != self.method:
            sentences.append(
                f"By item, the row {METHODS[best]} is higher than {METHODS[self.method]}; "
                f"--method {best} chooses it."
            )
        if self.recognized:
            text, image = (100 * self.recognized[name] for name in MODALITIES)
            sentences += [
                self.table.verdict_by_class(methods),
                "By item asks for this one, by class for such ones: CM and the dual encoder learn "
                "from the pairs, SM from the labels alone, so that it cannot tell samples of one "
                f"class apart. It tells the class of {text:.0f}% of the test samples from the "
                f"text, of {image:.0f}% from the image.",
            ]
        return sentences

    def answer(self):
        """Print what is found for some queries among the test samples; returns a Figure."""
        with collected():  # unknown words have been reported
            retriever = Retriever(self.features, self.embedding).index(self.test)
        options, right = self.options, []
        found = answers(retriever, options.text, options.image, options.k)
        title = "Answers: the most similar test samples (similarity at most 1)"
        if not found:
            rows = _query_rows(self.test["text"], self.known, options.seed)
            found = answers(retriever, [self.test["text"][row] for row in rows], k=options.k)
            ids = np.array(self.test.ids, dtype=object)
            right = [set(ids[self.table.by_item[row]]) for row in rows]
            title = (
                "Answers to texts of test samples: the most similar images (similarity at most 1; "
                "* belongs to the text)"
            )
        right = right or [()] * len(found)
        names = dict(zip(self.test.ids, _names(self.test)))
        images = dict(zip(self.test.ids, self.test["image"]))
        self.console.step(title)
        for answer, marked in zip(found, right):
            answer.print(names, marked)
        keys = [[key for key, _ in answer.results] for answer in found]
        return plots.search_results(
            [Path(a.query) if a.modality == "image" else a.query for a in found],
            [[images[key] for key in row] for row in keys],
            [[names[key] for key in row] for row in keys],
            [[key in marked for key in row] for row, marked in zip(keys, right)],
        )

    def retriever_of_all(self):
        """A Retriever that searches among training and test samples, by readable names."""
        both = (self.train, self.test)
        names = [
            f"{key}: {name}" for data in both for key, name in zip(data.ids, _names(data, True))
        ]
        samples = {name: [*self.train[name], *self.test[name]] for name in MODALITIES}
        with collected():
            index = MultimodalData(samples, ids=names)
            return Retriever(self.features, self.embedding).index(index)


def _relevant(test):
    """`(by_item, by_class)`, bool (n, n): which texts and images belong together.

    By item they are one sample; in the shop, samples of equal description; for files, samples of
    one image file. Without labels `by_class` is None.
    """
    items = test.ids
    if test.info.get("name") == "shop":
        items = list(zip(*(test.columns[name] for name in ("word", "color", "size", "place"))))
    elif all(isinstance(image, (str, Path)) for image in test["image"]):
        items = [str(image) for image in test["image"]]
    numbers = {item: number for number, item in enumerate(dict.fromkeys(items))}
    numbers = np.array([numbers[item] for item in items])
    labels = test.labels
    by_class = None if labels is None else labels[:, np.newaxis] == labels
    return numbers[:, np.newaxis] == numbers, by_class


def _query_rows(texts, known, seed):
    """Row numbers of random texts that are known and differ from each other."""
    rows = {}
    for row in np.random.default_rng(seed).permutation(np.flatnonzero(known)):
        rows.setdefault(texts[row], row)
    return list(rows.values())[:NUM_QUERIES]


def _names(data, files=False):
    """The text, [class] and on request the image file of each sample."""
    names = [str(text) for text in data["text"]]
    if data.labels is not None:
        names = [f"{name} [{data.class_names[k]}]" for name, k in zip(names, data.labels)]
    if files:
        is_file = [isinstance(image, (str, Path)) for image in data["image"]]
        names = [
            f"{name} {image}" if file else name
            for name, image, file in zip(names, data["image"], is_file)
        ]
    return names

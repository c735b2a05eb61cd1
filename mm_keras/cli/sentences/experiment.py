"""Trains generators on one data set and tests what they write, beside copies and controls."""

from collections import Counter

import numpy as np

from mm_keras import plots
from mm_keras.cli.inputs import other_rows, report_shared_images
from mm_keras.cli.streams import in_one_line
from mm_keras.evaluation.metrics.sentences import sentence_tokens
from mm_keras.evaluation.metrics.wrong_words import mark_errors
from mm_keras.training import target_sequence, train_generator
from mm_keras.utils.formatting import shorten
from mm_keras.utils.messages import collected, report_bad
from mm_keras.utils.shapes import has_values

NUM_SHOWN = 8
CHUNK = 500  # test samples compared with all training samples at once


class Experiment:
    """The rows that `translate` and `caption` share.

    Args:
        console: Console.
        options: the options of the command.
        features: unfitted Features.
        train, test: MultimodalData with images.
        sentences: list of str, the target sentences of the training samples.
        table: Table of the test samples.
    """

    def __init__(self, console, options, features, train, test, sentences, table):
        self.console, self.options, self.table = console, options, table
        self.features, self.test, self.sentences = features, test, sentences
        self.train_ids = train.ids
        report_shared_images(train, test)
        self.arrays = features.fit_transform(train)
        self.unseen = features.transform(test)
        self.target = target_sequence(sentences)

    def start(self):
        """Print the head of the table, and how the test sentences relate to the training ones."""
        known, words = set(self.sentences), self.target.vocabulary_.keys()
        references = self.table.references
        repeated = sum(not known.isdisjoint(several) for several in references)
        possible = sum(
            any(words >= set(sentence_tokens(reference)) for reference in several)
            for several in references
        )
        lines = [
            f"{repeated:,} of the {len(self.test):,} test samples have a sentence that also occurs "
            "in training"
        ]
        if possible < len(self.test):
            lines.append(
                f"{len(self.test) - possible:,} have words that no training sentence has: exact "
                f"can be at most {possible / len(self.test):.3f}"
            )
        self.console.step("Train and test", *lines, *self.table.header())

    def train(self, name, modalities, arrays=None, withhold=None, sentences=None):
        """A generator trained on all training samples, or on other arrays and sentences."""
        ids = self.train_ids if sentences is None else range(len(sentences))
        with collected() as notes:
            generator = train_generator(
                self.features.only(*modalities),
                self.arrays if arrays is None else arrays,
                self.sentences if sentences is None else sentences,
                self.target,
                epochs=self.options.epochs,
                seed=self.options.seed,
                withhold=withhold,
                progress=self.console.progress,
                name=name,
            )
        for rows, *note in notes:  # by the names of the samples, some of which were left out before
            report_bad([ids[row] for row in rows], *note)
        return generator

    def add(self, key, name, generator, arrays=None):
        """A row for what a generator writes about the test samples."""
        arrays = self.unseen if arrays is None else arrays
        arrays = {modality: arrays[modality] for modality in generator.features.shapes}
        with collected():  # sentences without an end: they count as they are
            sentences = generator.generate(arrays)
        self.console.progress(None)
        self.table.add(key, name, sentences)

    def add_copies(self, what):
        """Two rows without any training: the most frequent sentence, and that of another image.

        Missing images, which are all zero, are not copied from.
        """
        (frequent, _), *_ = Counter(self.sentences).most_common(1)
        self.table.add("most frequent", f"most frequent {what}", [frequent] * len(self.test))
        images = self.arrays["image"]
        known = np.flatnonzero(has_values(images, self.features.shapes["image"]))
        nearest = known[nearest_rows(self.unseen["image"], images[known])]
        copies = [self.sentences[row] for row in nearest]
        self.table.add("nearest", f"{what} of the nearest image", copies)

    def add_controls(self, generator):
        """The same generator with images of other samples, and without images."""
        others = other_rows(len(self.test), self.options.seed)
        images = self.unseen["image"]
        shuffled = {**self.unseen, "image": images[others]}
        self.add("shuffled", "  images of other samples", generator, shuffled)
        self.add("no image", "  no images", generator, {**self.unseen, "image": 0 * images})

    def add_shuffled_training(self, modalities, withhold=None):
        """A generator trained on pairs of samples and images that do not belong together."""
        others = other_rows(len(self.sentences), self.options.seed)
        arrays = {**self.arrays, "image": self.arrays["image"][others]}
        generator = self.train("trained on shuffled pairs", modalities, arrays, withhold)
        self.add("trained shuffled", "trained on shuffled pairs", generator)

    def show(self, names, sources=None):
        """Print some sentences of the rows `names` (key -> name) and return a figure of them."""
        order = np.random.default_rng(self.options.seed).permutation(len(self.test))
        rows = np.sort(order[:NUM_SHOWN])
        references = [self.table.references[row] for row in rows]
        written = {
            name: [self.table.rows[key].sentences[row] for row in rows]
            for key, name in names.items()
        }
        sources = None if sources is None else [sources[row] or "" for row in rows]
        width = max(map(len, ("reference", *written))) + 2
        lines = []
        for k, several in enumerate(references):
            sample = {} if sources is None else {"source": sources[k] or "(no text)"}
            sample["reference"] = several[0]
            sample |= {name: marked(sentences[k], several) for name, sentences in written.items()}
            lines += [
                f"{name:{width}}{in_one_line(shorten(text, 110))}" for name, text in sample.items()
            ]
            lines.append("")
        title = f"{len(rows)} test samples, chosen at random; [wrong] words, […] omitted ones"
        if len(references[0]) > 1:
            title += f"; the first of {len(references[0])} references"
        self.console.step(title, *lines[:-1])
        images = [self.test["image"][row] for row in rows]
        return plots.sentence_grid(images, references, written, sources)


def nearest_rows(queries, samples):
    """For each row of an array (n, d), the number of the nearest row of another one (m, d)."""
    squares = (samples**2).sum(axis=1)
    chunks = [queries[start : start + CHUNK] for start in range(0, len(queries), CHUNK)]
    return np.concatenate([(squares - 2 * chunk @ samples.T).argmin(axis=1) for chunk in chunks])


def marked(sentence, references):
    """The sentence with its wrong words in brackets.

    Example:
        >>> marked("der schlüssel ist rot", ["die Taste ist rot"])
        '[der schlüssel] ist rot'
    """
    text, wrong = mark_errors(sentence, references)
    pieces, before = [], False
    for character, is_wrong in zip(text, wrong):
        if is_wrong != before:
            pieces.append("[" if is_wrong else "]")
        pieces.append(character)
        before = is_wrong
    return "".join(pieces) + ("]" if before else "")

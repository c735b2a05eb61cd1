"""The table of `recognize` and `video`: each modality alone, fusion, and controls.

A control shows what a fused model really uses: the samples of one modality are shuffled, steps are
reversed or put in a random order. A gain is claimed only if the fused model is better than each
modality alone and than itself with either modality shuffled.
"""

from dataclasses import dataclass

import numpy as np

from mm_keras.classifier import Classifier
from mm_keras.cli.inputs import other_rows
from mm_keras.cli.results import finish
from mm_keras.cli.verdicts import compare, poorly_trained
from mm_keras.training.decision import UnimodalModels
from mm_keras.training.networks import train_network
from mm_keras.utils.formatting import join_words
from mm_keras.utils.keras_tools import predict_padded

BATCH_SIZE = 256
WIDTH = 40  # of the names in the table


@dataclass
class Row:
    """A line of the table.

    Attributes:
        name: str.
        right: bool array (n,), the test samples that are classified correctly.
        best: float, the best possible accuracy, or None where it is unknown.
    """

    name: str
    right: np.ndarray
    best: float | None

    @property
    def accuracy(self):
        return float(self.right.mean())


class Controls:
    """Trains and tests one row after the other, and prints each as soon as it is known.

    Args:
        console: Console.
        train, test: MultimodalData with single labels and both modalities of `features`.
        features: unfitted Features of two modalities.
        head: str, the head of all networks.
        seed: int.
        **options: options of `fit`, such as the maximum number of epochs.

    Attributes:
        rows: dict, key -> Row, in the order of the table.
        classifier: Classifier of the fused model; None before `add_fusion`.
    """

    def __init__(self, console, train, test, features, head, seed=0, **options):
        self.console, self.train, self.test = console, train, test
        self.features, self.head, self.seed = features, head, seed
        self.options = {**options, "progress": console.progress}
        self.arrays = features.fit_transform(train)
        self.unseen = features.transform(test)
        self.truth = test.info.get("truth") or {}
        self.rows = {}
        self.classifier = None

    def run(self, operators=("concat",)):
        """Add all rows; the first operator is that of the fused model."""
        best_possible = "   best possible" if self.truth else ""
        self.console.step("Train and test", f"{'':{WIDTH}} test accuracy{best_possible}")
        majority = np.bincount(self.train.labels, minlength=self.train.num_classes).argmax()
        self._add("majority", "majority class", self.test.labels == majority, "majority")
        self.add_unimodal_and_rules()
        for operator in operators:
            self.add_fusion(operator)
        self.add_shuffled()
        if all(array.ndim == 3 for array in self.arrays.values()):
            self.add_order()

    def add_unimodal_and_rules(self):
        """Each modality alone, and two rules at the decision level."""
        unimodal = UnimodalModels(
            self.features.shapes, self.arrays, self.train, self.head, self.seed, **self.options
        )
        for name, model in unimodal.models.items():
            right = self._right(model, {name: self.unseen[name]})
            self._add(name, f"{name} alone, {unimodal.head_of(name)}", right, name)
        for rule in ("product", "mean"):
            right = self._right(unimodal.fuse(rule), self.unseen)
            best = self.truth.get("rules", {}).get(rule)
            self._add(f"decision {rule}", f"decision level, {rule}", right, best)

    def add_fusion(self, operator):
        """Feature-level fusion; the first one becomes the classifier."""
        model = self._train(operator, self.arrays)
        name = f"feature level, {operator}, {self.head}"
        self._add(f"feature {operator}", name, self._right(model, self.unseen), "both")
        if self.classifier is None:
            self.classifier = Classifier(self.features, model, self.train.class_names)
            self.operator = operator

    def add_shuffled(self):
        """The fused model, where the samples of one modality are those of other test samples."""
        others = other_rows(len(self.test), self.seed)
        for name in self.features.shapes:
            arrays = {**self.unseen, name: self.unseen[name][others]}
            right = self._right(self.classifier.model, arrays)
            self._add(f"{name} shuffled", f"  {name} of other samples", right, None)

    def add_order(self):
        """The fused model on reversed steps, and one trained and tested on steps in random order.

        The order is random for each sample and modality.
        """
        truth = {key: (self.truth.get(key) or {}).get("both") for key in ("backwards", "unordered")}
        backwards = {name: array[:, ::-1] for name, array in self.unseen.items()}
        right = self._right(self.classifier.model, backwards)
        self._add("backwards", "  played backwards", right, truth["backwards"])
        rng = np.random.default_rng(self.seed)
        arrays, unseen = (
            {name: rng.permuted(_row_numbers(array), axis=1) for name, array in part.items()}
            for part in (self.arrays, self.unseen)
        )
        arrays = {name: _take_steps(self.arrays[name], order) for name, order in arrays.items()}
        unseen = {name: _take_steps(self.unseen[name], order) for name, order in unseen.items()}
        right = self._right(self._train(self.operator, arrays), unseen)
        self._add("unordered", "  steps in random order, retrained", right, truth["unordered"])

    def _train(self, operator, arrays):
        model, _ = train_network(
            self.features.shapes,
            arrays,
            self.train,
            "feature",
            operator,
            self.head,
            self.seed,
            **self.options,
        )
        return model

    def _right(self, model, arrays):
        batches = range(0, len(self.test), BATCH_SIZE)
        probabilities = [
            predict_padded(
                model,
                {name: array[start : start + BATCH_SIZE] for name, array in arrays.items()},
                BATCH_SIZE,
            )
            for start in batches
        ]
        return np.concatenate(probabilities).argmax(axis=1) == self.test.labels

    def _add(self, key, name, right, best):
        best = self.truth.get(best) if isinstance(best, str) else best
        self.rows[key] = row = Row(name, np.asarray(right), best)
        self.console.progress(None)
        end = "" if best is None else f"   {best:>13.3f}"
        print(f"   {name:{WIDTH}} {row.accuracy:>13.3f}{end}", flush=True)

    def verdict(self):
        """Sentences: what fusion gains, with intervals and corrected p values, and a conclusion."""
        names = list(self.features.shapes)
        others = {name: f"{name} alone" for name in names}
        others |= {f"{name} shuffled": f"itself with the {name} of other samples" for name in names}
        fused = self.rows[f"feature {self.operator}"]
        rights = {title: self.rows[key].right for key, title in others.items()}
        results = compare("Fusion", fused.right, rights)
        better = all(is_better for _, is_better in results)
        return [*(sentence for sentence, _ in results), self._conclusion(names, better)]

    def _conclusion(self, names, better):
        alone = {f"{name} alone": self.rows[name] for name in names}
        weak = poorly_trained({title: (row.accuracy, row.best) for title, row in alone.items()})
        if weak:
            return (
                f"No conclusion: {join_words(weak)}. A modality alone that is not trained well "
                "enough makes fusion look better than it is. Use more samples or epochs."
            )
        if better:
            return (
                f"Conclusion: fusion helps. It is better than {names[0]} alone, {names[1]} alone, "
                "and itself with either of them taken from other samples."
            )
        return (
            "Conclusion: no gain from fusion is shown, since it is not better than all of "
            "these (p values are corrected for the four comparisons)."
        )

    def finish(self, options, figures):
        """Print the verdict, write figures, results.json and the classifier, and say what is next.

        Args:
            options: the options of the command; the files are written to the folder `out`.
            figures: dict, file name -> Figure.
        """
        sentences = self.verdict()
        self.console.step("What fusion gains", *sentences)
        record = {
            "num_train": len(self.train),
            "rows": [
                {"key": key, "name": row.name.strip(), "accuracy": row.accuracy, "best": row.best}
                for key, row in self.rows.items()
            ],
            "verdict": sentences,
        }
        finish(self.console, options, self.test, record, figures, self.classifier, "predict")


def _row_numbers(array):
    """int (n, steps): 0, 1, ... in each row."""
    return np.tile(np.arange(array.shape[1]), (len(array), 1))


def _take_steps(array, order):
    return np.take_along_axis(array, order[:, :, np.newaxis], axis=1)

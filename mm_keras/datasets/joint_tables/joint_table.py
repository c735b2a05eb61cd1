"""JointTable: the joint distribution of label, text symbol and image symbol."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mm_keras.datasets.joint_tables import exact_rules
from mm_keras.datasets.joint_tables.channels import confusion, renaming


class JointTable:
    """A finite distribution P[y, t, v] with exactly known best possible accuracies.

    A synthetic data set is a sample from such a table: y is the class, t the symbol (e.g. a topic)
    shown by the text and v the symbol shown by the image. Given t alone, the best decision is the
    most likely class for each t:

        accuracy(text) = sum_t max_y P(y, t),   accuracy(both) = sum_{t,v} max_y P(y, t, v).

    These values are neither trained nor estimated. A learning curve approaches them and, apart from
    random fluctuations, never exceeds them.

    The two modalities need not be text and image: with `modalities=("audio", "video")`, accuracies
    and `truth` are named after these, and what is said here of the text holds for the first one.

    Args:
        probabilities: float array (num_classes, text symbols, image symbols), non-negative with
            sum 1.
        class_names: sequence of str, one per class; default: "0", "1", ...
        text_names: sequence of str, one per text symbol; default: "0", "1", ...
        image_names: sequence of str, one per image symbol; default: "0", "1", ...
        modalities: two distinct str, the modalities that show the symbols.

    Attributes:
        probabilities: the array as float64, read-only.
        class_names, text_names, image_names, modalities: tuples of str.

    Raises:
        ValueError: not three axes, negative entries, a sum other than 1, a wrong number of names.

    Example:
        Exclusive or: the class is whether the two symbols differ, so neither is useful alone.

        >>> table = JointTable([[[0.25, 0], [0, 0.25]], [[0, 0.25], [0.25, 0]]])
        >>> table.accuracy("text"), table.accuracy("image"), table.accuracy("both")
        (0.5, 0.5, 1.0)
        >>> table.rule_accuracy("product"), table.additive_accuracy(), table.information("both")
        (0.5, 0.5, 1.0)
        >>> table.with_noise(text_noise=0.1).accuracy("both")
        0.9

    Reference:
        T. M. Cover, J. A. Thomas (2006), Elements of Information Theory, chapter 2 (mutual
        information).
    """

    def __init__(
        self,
        probabilities: Any,
        class_names: Sequence[str] | None = None,
        text_names: Sequence[str] | None = None,
        image_names: Sequence[str] | None = None,
        modalities: Sequence[str] = ("text", "image"),
    ):
        table = np.array(probabilities, dtype=np.float64)
        if table.ndim != 3 or not table.size:
            raise ValueError(
                "A joint table needs three axes (class, text symbol, image symbol). "
                f"Received: shape {table.shape}."
            )
        if not np.isfinite(table).all() or table.min() < 0 or abs(table.sum() - 1) > 1e-6:
            raise ValueError(
                "A joint table needs non-negative probabilities with sum 1. "
                f"Received: minimum {table.min():g}, sum {table.sum():g}. Divide by the sum."
            )
        table /= table.sum()
        table.setflags(write=False)
        self.probabilities = table
        self.class_names = _names("class_names", class_names, table.shape[0])
        self.text_names = _names("text_names", text_names, table.shape[1])
        self.image_names = _names("image_names", image_names, table.shape[2])
        self.modalities = _names("modalities", modalities, 2)

    def __repr__(self):
        classes, *counts = self.probabilities.shape
        first, second = (f"{n} {name} symbols" for n, name in zip(counts, self.modalities))
        return f"JointTable: {classes} classes, {first}, {second}"

    def joint(self, given: str) -> np.ndarray:
        """Joint distribution of the class and the given symbols, array (K, symbols).

        Args:
            given: "nothing", "text", "image" (or `modalities`), or "both" (T x V columns).
        """
        table = self.probabilities
        views = {
            "nothing": lambda: table.sum(axis=(1, 2))[:, None],
            self.modalities[0]: lambda: table.sum(axis=2),
            self.modalities[1]: lambda: table.sum(axis=1),
            "both": lambda: table.reshape(len(table), -1),
        }
        if given not in views:
            raise ValueError(f"`given` must be one of {', '.join(views)}. Received: {given!r}.")
        return views[given]()

    def posterior(self, given: str) -> np.ndarray:
        """Posterior of the class given "nothing", "text", "image" or "both".

        Returns an array (K, 1), (K, T), (K, V) or (K, T, V). For a symbol that never occurs, the
        posterior is the prior.
        """
        joint = self.joint(given)
        total = joint.sum(axis=0)
        posterior = np.where(
            total > 0, joint / np.where(total > 0, total, 1.0), self.joint("nothing")
        )
        return posterior.reshape(self.probabilities.shape) if given == "both" else posterior

    def accuracy(self, given: str, test: "JointTable | None" = None) -> float:
        """Best accuracy given "nothing" (the majority class), "text", "image" or "both".

        Args:
            given: what is known.
            test: JointTable with the same symbols, or None. The decisions that are best for this
                table are tested on that one: a perfect model on data of another distribution.
                Ties are broken at random.
        """
        if test is None:
            return _number(self.joint(given).max(axis=0).sum())
        names = (self.class_names, self.text_names, self.image_names)
        if names != (test.class_names, test.text_names, test.image_names):
            raise ValueError(
                "`test` needs the same classes and symbols, in the same order. "
                f"Received: {test!r}; this table has other names: {self!r}."
            )
        posterior = self.posterior(given).reshape(len(self.probabilities), -1)
        return _number((test.joint(given) * exact_rules.choose(posterior)).sum())

    def information(self, given: str) -> float:
        """Mutual information of the class and the given symbols in bits, in [0, log2 K]."""
        joint = self.joint(given)
        independent = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
        positive = joint > 0
        ratio = joint[positive] / independent[positive]
        return _number((joint[positive] * np.log2(ratio)).sum())

    def rule_accuracy(self, rule: str) -> float:
        """Accuracy of a decision-level rule on the exact posteriors; ties are broken at random.

        Args:
            rule: "mean", "product", "max", "min", "median" or "vote" (formulas in `exact_rules`).
        """
        if rule not in exact_rules.RULES:
            raise ValueError(
                f"`rule` must be one of {', '.join(exact_rules.RULES)}. Received: {rule!r}."
            )
        first, second = (self.posterior(modality) for modality in self.modalities)
        text, image = first[:, :, None], second[:, None, :]
        decision = exact_rules.RULES[rule](text, image, self.joint("nothing")[:, :, None])
        return _number((self.probabilities * decision).sum())

    def decisions_accuracy(self) -> float:
        """Best possible accuracy given only the exact posteriors of text and image.

        No decision-level rule or trained combiner can exceed it. Symbols with the same posterior
        cannot be distinguished.
        """
        table = self.probabilities
        for axis, given in enumerate(self.modalities, 1):
            _, group = np.unique(self.posterior(given).T.round(9), axis=0, return_inverse=True)
            merge = np.eye(group.max() + 1)[group.ravel()]  # (symbols, groups)
            table = np.moveaxis(np.tensordot(table, merge, axes=(axis, 0)), -1, axis)
        return _number(table.max(axis=0).sum())

    def additive_accuracy(self) -> float:
        """Accuracy of the maximum-likelihood model with logits a[y, t] + b[y, v].

        This is the limit of a linear model on `concat`.
        """
        return _number((self.probabilities * exact_rules.additive(self.probabilities)).sum())

    def with_noise(self, text_noise: float = 0.0, image_noise: float = 0.0) -> "JointTable":
        """The table with noise: symbols are replaced by others with some probability.

        Args:
            text_noise: float in [0, 1], the probability that the text symbol is replaced by another
                one, chosen uniformly at random.
            image_noise: float in [0, 1], the same for the image symbol.

        Returns:
            JointTable with P'[y, t', v'] = sum_{t, v} P[y, t, v] C_T[t, t'] C_V[v, v'].
        """
        noises = zip(self.probabilities.shape[1:], (text_noise, image_noise), self.modalities)
        first, second = (confusion(n, noise, f"{name}_noise") for n, noise, name in noises)
        return self._through(first, self.text_names, second, self.image_names)

    def with_renamed_symbols(self, new_names: Mapping[str, str]) -> "JointTable":
        """The table with other names of the symbols, in both modalities.

        Symbols that get the same name become one: the table of an observer who cannot distinguish
        them. Symbols that exchange their names exchange their places.

        Args:
            new_names: dict, symbol -> its new name; symbols that are not in it are kept.

        Example:
            >>> table = JointTable([[[0.5, 0], [0, 0]], [[0, 0], [0, 0.5]]])
            >>> table.accuracy("both")
            1.0
            >>> table.with_renamed_symbols({"1": "0"}).accuracy("both")  # nothing is distinguished
            0.5
            >>> table.accuracy("both", test=table.with_renamed_symbols({"0": "1", "1": "0"}))
            0.0
        """
        text_names, first = renaming(self.text_names, new_names)
        image_names, second = renaming(self.image_names, new_names)
        return self._through(first, text_names, second, image_names)

    def _through(self, first, text_names, second, image_names):
        """The table whose symbols have passed through one channel per modality."""
        table = np.einsum("ytv,ta,vb->yab", self.probabilities, first, second)
        return JointTable(table, self.class_names, text_names, image_names, self.modalities)

    def truth(self) -> dict[str, Any]:
        """All best accuracies and the information, as a dict of JSON values.

        Keys: majority, text, image (or `modalities`), both, additive, decisions, rules,
        information.
        """
        return {
            "majority": self.accuracy("nothing"),
            **{modality: self.accuracy(modality) for modality in self.modalities},
            "both": self.accuracy("both"),
            "additive": self.additive_accuracy(),
            "decisions": self.decisions_accuracy(),
            "rules": {rule: self.rule_accuracy(rule) for rule in exact_rules.RULES},
            "information": {given: self.information(given) for given in (*self.modalities, "both")},
        }

    def sample(
        self, num_samples: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw `(y, t, v)`, three int64 arrays (n,), in random order.

        Stratified: the number of samples of each class is n times its probability, rounded up or
        down, and so on for each pair of symbols within its class. Even small samples are thus
        representative of the table.

        Args:
            num_samples: int, n.
            rng: numpy Generator.
        """
        num_image = self.probabilities.shape[2]
        labels = _systematic(self.joint("nothing")[:, 0], num_samples, rng)
        cells = np.zeros(num_samples, dtype=np.int64)
        for label in np.unique(labels):
            rows = np.flatnonzero(labels == label)
            cells[rows] = _systematic(self.probabilities[label].ravel(), len(rows), rng)
        return labels, cells // num_image, cells % num_image


def _systematic(weights, num_samples, rng):
    """Indices drawn in proportion to the weights by systematic sampling."""
    points = (np.arange(num_samples) + rng.random()) / max(num_samples, 1) * weights.sum()
    indices = np.searchsorted(np.cumsum(weights), points, side="right")
    return rng.permutation(np.minimum(indices, np.flatnonzero(weights)[-1])).astype(np.int64)


def _names(argument, names, count):
    names = tuple(str(name) for name in (range(count) if names is None else names))
    if len(names) != count or len(set(names)) != count:
        raise ValueError(
            f"`{argument}` needs {count} distinct names. "
            f"Received: {len(names)} ({', '.join(names[:10])})."
        )
    return names


def _number(value):
    """A float without rounding errors in the last digits, so that 0.9 prints as 0.9."""
    return round(float(value), 12)

"""What all candidates share: labels and folds."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Task:
    """What all candidates share: the training labels and the folds.

    Attributes:
        labels: int (n,).
        num_classes: int.
        fold_of: int (n,), the fold of each sample; -1 for samples only used in the last fit.
        seed: int.
    """

    labels: np.ndarray
    num_classes: int
    fold_of: np.ndarray
    seed: int = 0

    def __len__(self):
        return len(self.labels)

    @property
    def prior(self):
        """The share of each class, float (K,)."""
        return np.bincount(self.labels, minlength=self.num_classes) / len(self)

    @property
    def searched(self):
        """The samples that have out-of-fold probabilities, bool (n,)."""
        return self.fold_of >= 0

    @property
    def known(self):
        """Those among them whose class occurs in other folds too, bool (n,); all if none does."""
        known = self.searched.copy()
        for fold in range(self.fold_of.max() + 1):
            others = np.unique(self.labels[self.searched & (self.fold_of != fold)])
            known &= (self.fold_of != fold) | np.isin(self.labels, others)
        return known if known.any() else self.searched

    def out_of_fold(self, rows, fit_and_predict):
        """Probabilities (n, K) of the searched samples; the prior where `rows` is False.

        Args:
            rows: bool (n,), the samples that the model can use.
            fit_and_predict: function (training rows, rows to predict), int arrays -> (m, K).
        """
        probabilities = np.tile(self.prior, (len(self), 1))
        for fold in range(self.fold_of.max() + 1):
            test = np.flatnonzero(rows & (self.fold_of == fold))
            train = np.flatnonzero(rows & self.searched & (self.fold_of != fold))
            if len(test) and len(train):
                probabilities[test] = fit_and_predict(train, test)
        return probabilities

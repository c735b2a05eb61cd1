"""Linear candidates: logistic regression by scikit-learn, in the network a Dense layer."""

import warnings

import keras
import numpy as np
from scipy.sparse import hstack, issparse
from scipy.special import softmax

from mm_keras.portfolio.base import Candidate

STRENGTHS = (2.0, 20.0)  # C of logistic regression on columns with total variance 1
LOW_WEIGHT = 0.4  # of one modality beside the others


class Linear(Candidate):
    """Multinomial logistic regression on one view, or on several side by side.

    Penalty and weights of the modalities are chosen by the log loss of the out-of-fold
    probabilities.
    """

    def evaluate(self, task):
        weights = [(1.0,) * len(self.views)]
        if len(self.views) > 1:
            low = 1 - (1 - LOW_WEIGHT) * np.eye(len(self.views))
            weights += [tuple(row) for row in low.tolist()]
        for weighting in weights:
            rows = self._rows(weighting)
            for strength in STRENGTHS:

                def fit_and_predict(train, test, rows=rows, strength=strength):
                    kernel, bias = fit_logistic(rows[train], task, train, strength)
                    return softmax(np.float64(rows[test] @ kernel + bias), axis=1)

                oof = task.out_of_fold(self.present, fit_and_predict)
                self._score(task, oof, C=strength, weights=weighting)

    def _refit(self, task):
        train = np.flatnonzero(self.present)
        rows = self._rows(self.chosen["weights"])[train]
        kernel, bias = fit_logistic(rows, task, train, self.chosen["C"])
        widths = np.cumsum([view.rows.shape[1] for view in self.views])[:-1]
        kernels = [
            view.kernel_of(part * weight)
            for view, part, weight in zip(
                self.views, np.split(kernel, widths), self.chosen["weights"]
            )
        ]
        self.weights = [np.concatenate(kernels), bias.astype(np.float32)]

    def network(self, columns):
        dense = keras.layers.Dense(len(self.weights[1]), activation="softmax")
        outputs = dense(keras.layers.Concatenate()(columns) if len(columns) > 1 else columns[0])
        dense.set_weights(self.weights)
        return outputs

    def _rows(self, weights):
        parts = [view.rows * np.float32(weight) for view, weight in zip(self.views, weights)]
        if len(parts) == 1:
            return parts[0]
        return hstack(parts).tocsr() if any(map(issparse, parts)) else np.hstack(parts)


def fit_logistic(rows, task, train, strength):
    """Kernel (d, K) and bias (K,) of logistic regression; classes that do not occur get no share.

    Args:
        rows: (m, d), sparse or dense, the training rows.
        task: Task.
        train: int (m,), their positions.
        strength: float, C of scikit-learn's LogisticRegression.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    kernel = np.zeros((rows.shape[1], task.num_classes), np.float32)
    bias = np.full(task.num_classes, -30.0, np.float32)
    classes = np.unique(task.labels[train])
    bias[classes] = 0
    if len(classes) == 1:
        return kernel, bias
    model = LogisticRegression(C=strength, max_iter=200, tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # close enough
        model.fit(rows, task.labels[train])
    if len(classes) == 2:  # scikit-learn has the second class only
        kernel[:, classes] = np.stack([-model.coef_[0] / 2, model.coef_[0] / 2], axis=1)
        bias[classes] = [-model.intercept_[0] / 2, model.intercept_[0] / 2]
    else:
        kernel[:, classes], bias[classes] = model.coef_.T, model.intercept_
    return kernel, bias

"""The base class of candidates, and the calibrated combination of several in a network."""

import keras
import numpy as np

from mm_keras.fusion.decision.layers import DecisionRule, ModalityMask
from mm_keras.fusion.decision.weights import fit_temperature
from mm_keras.utils.labels import log_losses

MIN_CALIBRATION = 40  # samples; on fewer, a temperature would be unreliable


class Candidate:
    """Base class. `evaluate` sets the out-of-fold probabilities, `refit` fits all samples.

    Attributes:
        name: str; level: str, a modality, "feature" or "decision".
        views: tuple of View.
        probabilities: float (n, K), out of fold and calibrated.
        present: bool (n,), whether each sample has one of the modalities.
        temperature: float, see `fit_temperature`.
        accuracy, log_loss: float, of the probabilities.
        chosen: dict, what was chosen on the probabilities.
    """

    def __init__(self, name, level, views):
        self.name = name
        self.level = level
        self.views = tuple(views)
        self.chosen = {}
        self.is_fitted = False

    @property
    def modalities(self):
        return tuple(view.modality for view in self.views)

    @property
    def present(self):
        return np.any([view.present for view in self.views], axis=0)

    def evaluate(self, task):
        raise NotImplementedError

    def refit(self, task):
        """Fit the model on all training samples, once, for `network`."""
        if not self.is_fitted:
            self._refit(task)
            self.is_fitted = True

    def _refit(self, task):
        raise NotImplementedError

    def network(self, columns):
        """The tensor of (uncalibrated) probabilities, given one of columns for each view."""
        raise NotImplementedError

    def _score(self, task, probabilities, **chosen):
        """Keep these probabilities if their calibrated log loss is the lowest yet."""
        rows = task.known & self.present
        temperature = 1.0
        if rows.sum() >= MIN_CALIBRATION:
            temperature = fit_temperature(probabilities[rows], task.labels[rows])
        probabilities = calibrated(probabilities, temperature)
        known = task.known
        loss = float(log_losses(task.labels[known], probabilities[known]).mean())
        if loss < getattr(self, "log_loss", np.inf):
            right = probabilities.argmax(axis=1) == task.labels
            self.accuracy = float(right[task.searched].mean())
            self.probabilities, self.log_loss = probabilities, loss
            self.temperature, self.chosen = temperature, chosen


def calibrated(probabilities, temperature):
    """p^(1/T), normalized."""
    powers = np.maximum(probabilities, 1e-30) ** (1 / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


def fused(members, rule, prior, weights=None):
    """The tensor of a rule on the calibrated probabilities of members.

    Args:
        members: list of (candidate, tensors of the columns of its views).
        rule: str; prior: float (K,).
        weights: list of floats, one per member, or None.
    """
    present = [
        ModalityMask()(keras.layers.Concatenate()(tensors) if len(tensors) > 1 else tensors[0])
        for _, tensors in members
    ]
    layer = DecisionRule(
        rule,
        modality_weights=weights,
        priors=np.asarray(prior, float).tolist(),
        temperatures=[float(member.temperature) for member, _ in members],
    )
    return layer([member.network(tensors) for member, tensors in members], present)

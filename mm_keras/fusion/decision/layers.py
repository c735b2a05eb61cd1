"""Keras layers of decision-level models: frozen members, modality masks, rules and evidence."""

import keras
import numpy as np
from keras import ops

from mm_keras.fusion.decision.combine import fuse, labels_to_classes
from mm_keras.fusion.decision.rules import CLIP, apply_temperatures, clipped_log
from mm_keras.fusion.layers import is_present


@keras.saving.register_keras_serializable("mm_keras")
class Frozen(keras.layers.Layer):
    """A trained model as a fixed function: weights are frozen, and Dropout is always inactive.

    Called directly inside another model, it would follow that model's `training` argument.

    Args:
        model: keras.Model.

    Shapes:
        Those of the model.
    """

    def __init__(self, model, **options):
        super().__init__(autocast=False, **options)  # the model has its own dtype policies
        self.model = model
        self.trainable = False

    def call(self, inputs):
        return self.model(inputs, training=False)

    def get_config(self):
        return {**super().get_config(), "model": keras.saving.serialize_keras_object(self.model)}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "model": keras.saving.deserialize_keras_object(config["model"])})


@keras.saving.register_keras_serializable("mm_keras")
class ModalityMask(keras.layers.Layer):
    """Whether a sample has this modality: its row has a nonzero value (token ids: a token).

    Shapes:
        (n, ...) -> bool (n,).
    """

    def __init__(self, **options):
        super().__init__(autocast=False, **options)  # half precision would round values to zero

    def call(self, features):
        return is_present(features)


class _OnProbabilities(keras.layers.Layer):
    """Base class of layers on probabilities: saved options, and float32 under any dtype policy.

    Args:
        operator: str, the name of the rule or the combiner.
        priors, temperatures: lists of floats (K,) and (R,), or None; see `combine`.
        multi_label: bool.
    """

    def __init__(
        self,
        operator,
        priors=None,
        temperatures=None,
        multi_label=False,
        dtype="float32",
        **options,
    ):
        super().__init__(dtype=dtype, **options)
        self.operator = operator
        self.priors = priors
        self.temperatures = temperatures
        self.multi_label = multi_label

    def get_config(self):
        return {
            **super().get_config(),
            "operator": self.operator,
            "priors": self.priors,
            "temperatures": self.temperatures,
            "multi_label": self.multi_label,
        }


@keras.saving.register_keras_serializable("mm_keras")
class DecisionRule(_OnProbabilities):
    """One of `RULES` as a layer; same results as `combine`.

    Args:
        modality_weights: list of floats (R,) for the weighted rules, or None.
        operator, **options: see `_OnProbabilities`.

    Shapes:
        a list of R probabilities (n, K) and a list of R bool (n,) -> (n, K).
    """

    def __init__(self, operator="product", modality_weights=None, **options):
        super().__init__(operator, **options)
        self.modality_weights = modality_weights

    def call(self, probabilities, present):
        return fuse(
            ops.stack(probabilities),
            ops.stack(present),
            self.operator,
            self.priors,
            self.modality_weights,
            self.temperatures,
            self.multi_label,
        )

    def get_config(self):
        return {**super().get_config(), "modality_weights": self.modality_weights}


@keras.saving.register_keras_serializable("mm_keras")
class Evidence(_OnProbabilities):
    """The features x that a trained combiner softmax(W x + b) computes from the probabilities.

    "concat": x = [log p_1(k) / P_k ; ... ; log p_R(k) / P_k], the evidence of each modality for
    each class: (n, R K). With W = [I ... I] and b = log P the combiner is the product rule. For
    independent labels log p / P becomes the difference of the log odds of p and of P.

    "outer": x = all products p_1(i) p_2(j) ..., (n, K^R): a weight for every combination of
    decisions. With equal weights for its i, j, ... the combiner decides as the mean rule does.

    A missing modality gets the prior, so it is evidence for no class. Probabilities are clipped to
    at least 1e-6.

    Args:
        operator: "concat" or "outer".
        **options: see `_OnProbabilities`.

    Shapes:
        a list of R probabilities (n, K) and a list of R bool (n,) -> (n, R K) or (n, K^R).
    """

    def call(self, probabilities, present):
        return self.features(ops.stack(probabilities), ops.stack(present))

    def features(self, probabilities, present):
        """The features of stacked arrays, (R, n, K) and (R, n)."""
        p, present, priors = labels_to_classes(
            probabilities, present, self.priors, self.multi_label
        )
        p = ops.convert_to_tensor(p, dtype="float32")
        if self.temperatures is not None:
            p = apply_temperatures(p, self.temperatures)
        prior = (
            ops.ones_like(p) / p.shape[-1]
            if priors is None
            else ops.convert_to_tensor(priors, dtype=p.dtype)
        )
        p = ops.where(ops.expand_dims(present, -1), p, prior)
        if self.operator == "outer":
            return _outer(p)
        ratio = clipped_log(p) - clipped_log(prior)
        if self.multi_label:
            ratio = ratio[..., 1] - ratio[..., 0]  # (R, n, K)
        return ops.concatenate([ratio[i] for i in range(p.shape[0])], axis=-1)

    def initial_combiner(self, num_modalities, num_classes):
        """`(kernel, bias)` of the initial combiner.

        For "concat" it is the product rule; for "outer" it decides as the mean rule does.
        """
        identity = np.eye(num_classes, dtype=np.float32)
        equal = np.full(num_classes, 0.5 if self.multi_label else 1 / num_classes)
        prior = np.clip(
            np.asarray(equal if self.priors is None else self.priors, np.float32), CLIP, None
        )
        if self.operator == "concat":
            other = np.clip(1 - prior, CLIP, None) if self.multi_label else 1.0
            return np.tile(identity, (num_modalities, 1)), np.log(prior / other)
        # (R, K^R): the class indices i, j, ... of every combination.
        cells = np.indices((num_classes,) * num_modalities).reshape(num_modalities, -1)
        # Modalities that agree with full confidence get a probability of 99%.
        scale = np.float32(np.log(99 * (num_classes - 1)) / num_modalities)
        correction = 0 if self.priors is None else (1 - num_modalities) * prior
        kernel = scale * identity[cells].sum(axis=0)
        bias = scale * correction * np.ones(num_classes, np.float32)
        return kernel, bias


def _outer(p):
    """Products of all combinations: (R, n, K) -> (n, K^R), the last modality varying fastest."""
    cells = p[0]
    for i in range(1, p.shape[0]):
        cells = ops.reshape(
            cells[:, :, None] * p[i][:, None, :], (-1, cells.shape[1] * p.shape[-1])
        )
    return cells

"""The Keras layers of decision-level models: frozen members, who is present, the rule, what a trained combiner sees."""

import keras
import numpy as np
from keras import ops

from mm_keras.fusion.decision.combine import classes, fuse
from mm_keras.fusion.decision.rules import CLIP, apply_temperatures, clipped_log
from mm_keras.fusion.layers import is_present


@keras.saving.register_keras_serializable("mm_keras")
class Frozen(keras.layers.Layer):
    """A trained model as a fixed function: its weights stay, and its Dropout is silent also while others train.

    (Called directly inside another model, it would follow that model's `training`, whatever it is told when called.)

    Args:
        model: keras.Model.

    Shapes: those of the model.
    """

    def __init__(self, model, **options):
        super().__init__(**options)
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
    """Whether a sample has this modality: some entry of its row is not zero (of token ids: not padding).

    Shapes: (n, ...) -> bool (n,).
    """

    def call(self, features):
        return is_present(features)


class _OnProbabilities(keras.layers.Layer):
    """What the layers below share: options that are saved, and 32-bit arithmetic whatever the policy is.

    Args:
        operator: str, the rule or the combiner.
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
        self.operator, self.priors, self.temperatures = operator, priors, temperatures
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
    """One of `RULES` as a layer: the same numbers as `combine`.

    Args:
        modality_weights: list of floats (R,) for the weighted rules, or None.
        The others: see `_OnProbabilities`.

    Shapes: a list of R probabilities (n, K) and a list of R bool (n,) -> (n, K).
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
    """What a trained combiner (softmax(W x + b)) sees of the modalities' probabilities.

    "concat": x = [log p_1(k) / P_k ; ... ; log p_R(k) / P_k], how much each modality speaks for each class: (n, R K).
    With W = [I ... I] and b = log P the combiner is the product rule. For independent labels log p / P becomes the
    difference of log odds, of p and of P.
    "outer": x = all products p_1(i) p_2(j) ..., (n, K^R): a weight for every combination of decisions. With equal
    weights for its i, j, ... the combiner decides as the mean rule does.
    An absent modality says what the prior says, so it speaks for no class. Probabilities are raised to at least 1e-6.

    Args: see `_OnProbabilities`. `operator` is "concat" or "outer".

    Shapes: a list of R probabilities (n, K) and a list of R bool (n,) -> (n, R K) or (n, K^R).
    """

    def call(self, probabilities, present):
        return self.features(ops.stack(probabilities), ops.stack(present))

    def features(self, probabilities, present):
        """The same from stacked arrays, (R, n, K) and (R, n)."""
        p, present, priors = classes(probabilities, present, self.priors, self.multi_label)
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
        """`(kernel, bias)` with which the combiner is the product rule ("concat") or decides as the mean ("outer")."""
        identity = np.eye(num_classes, dtype=np.float32)
        equal = np.full(num_classes, 0.5 if self.multi_label else 1 / num_classes)
        prior = np.clip(
            np.asarray(equal if self.priors is None else self.priors, np.float32), CLIP, None
        )
        if self.operator == "concat":
            other = np.clip(1 - prior, CLIP, None) if self.multi_label else 1.0
            return np.tile(identity, (num_modalities, 1)), np.log(prior / other)
        cells = np.indices((num_classes,) * num_modalities).reshape(
            num_modalities, -1
        )  # (R, K^R): i, j, ...
        scale = np.float32(
            np.log(99 * (num_classes - 1)) / num_modalities
        )  # sure and unanimous: 99 %
        corrected = 0 if self.priors is None else (1 - num_modalities) * prior
        return scale * identity[cells].sum(axis=0), scale * corrected * np.ones(
            num_classes, np.float32
        )


def _outer(p):
    """(R, n, K) -> (n, K^R), the last modality running fastest."""
    cells = p[0]
    for i in range(1, p.shape[0]):
        cells = ops.reshape(
            cells[:, :, None] * p[i][:, None, :], (-1, cells.shape[1] * p.shape[-1])
        )
    return cells

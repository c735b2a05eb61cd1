"""Decision-level models: a rule or a trained combiner on the probabilities of unimodal models."""

import keras
import numpy as np
from numpy.typing import ArrayLike

from mm_keras.fusion.decision.combine import check_options, check_priors, check_temperatures
from mm_keras.fusion.decision.layers import DecisionRule, Evidence, Frozen, ModalityMask
from mm_keras.fusion.inputs import check_names
from mm_keras.fusion.registry import COMBINERS, LEVELS, RULES
from mm_keras.utils.messages import did_you_mean

MAX_CELLS = 10_000  # K^R of the outer product


def decision_level_model(
    models: dict[str, keras.Model],
    operator: str = "product",
    priors: ArrayLike | None = None,
    weights: dict[str, float] | None = None,
    temperatures: dict[str, float] | None = None,
    multi_label: bool = False,
) -> keras.Model:
    """A Keras model that combines the class probabilities of one trained model per modality.

    The models are copied with their current weights and frozen: training them further changes
    nothing here. A modality whose features are all zero (token ids: all padding) counts as missing
    and is left out.

    Args:
        models: dict, modality -> trained keras.Model with this modality as its only input and
            probabilities (n, K).
        operator: str, a rule of `RULES`, which needs no training, or a combiner to be trained:
            "concat" is stacking, softmax(W [log p_1; log p_2] + b), and starts as the product rule;
            "outer" sees all products p_1(i) p_2(j), and at first decides as the mean rule. Train it
            with `fit_combiner` on `out_of_fold_probabilities`: on samples that the models were
            trained on, their probabilities are too good, and it would trust them too much.
        priors: float (K,), the class frequencies in the training set; None: all equal. See
            `combine`.
        weights: dict, modality -> weight >= 0, for "weighted_mean" and "log_linear" only; see
            `choose_weights`.
        temperatures: dict, modality -> T > 0, applied to its probabilities first; see
            `fit_temperature`.
        multi_label: bool, the outputs are independent labels (sigmoid) instead of classes
            (softmax).

    Returns:
        keras.Model, not compiled: dict of features keyed by modality -> probabilities (n, K).

    Raises:
        ValueError: incompatible models, outputs that are not probabilities, options that do not
            fit.

    Example:
        >>> softmax = keras.Sequential([keras.Input((2,)), keras.layers.Softmax()])
        >>> models = {"text": softmax, "image": softmax}
        >>> model = decision_level_model(models, priors=[0.9, 0.1])
        >>> x = np.log([[0.7, 0.3]]).astype("float32")
        >>> model.predict_on_batch({"text": x, "image": x}).round(3)  # .49 / .9 to .09 / .1
        array([[0.377, 0.623]], dtype=float32)
        >>> model.predict_on_batch({"text": x, "image": 0 * x}).round(3)  # no image
        array([[0.7, 0.3]], dtype=float32)

    Reference:
        J. Kittler, M. Hatef, R. P. W. Duin, J. Matas (1998), On combining classifiers.
        D. H. Wolpert (1992), Stacked generalization.
    """
    names, num_classes = list(models), _check_models(models, multi_label)
    inputs = {
        name: keras.Input(model.inputs[0].shape[1:], dtype=model.inputs[0].dtype, name=name)
        for name, model in models.items()
    }
    probabilities = [
        _frozen_copy(model, name)(_feed(model, inputs[name], name))
        for name, model in models.items()
    ]
    present = [ModalityMask(name=f"{name}_present")(inputs[name]) for name in names]
    if operator in COMBINERS:
        if weights is not None:
            raise ValueError(f"{operator!r} learns its weights. Omit `weights`.")
        evidence = Evidence(
            operator,
            priors=check_priors(priors, num_classes, multi_label),
            multi_label=multi_label,
            temperatures=check_temperatures(temperatures, names),
            name="evidence",
        )
        outputs = _combiner(evidence, probabilities, present, num_classes)
    else:
        _check_operator(operator)
        options = check_options(
            operator, names, num_classes, priors, weights, temperatures, multi_label
        )
        rule = DecisionRule(
            operator,
            priors=options["priors"],
            modality_weights=options["weights"],
            temperatures=options["temperatures"],
            multi_label=multi_label,
            name="rule",
        )
        outputs = rule(probabilities, present)
    return keras.Model(inputs, outputs, name="decision_level")


def _combiner(evidence, probabilities, present, num_classes):
    multi_label, num_modalities = evidence.multi_label, len(probabilities)
    if evidence.operator == "outer" and (multi_label or num_classes**num_modalities > MAX_CELLS):
        raise ValueError(
            "'outer' has a weight for every combination of the modalities' classes: it needs "
            f"mutually exclusive classes and at most {MAX_CELLS} combinations. Received: "
            f"{num_modalities} modalities with {num_classes} classes, multi_label={multi_label}. "
            "Use operator='concat'."
        )
    activation = "sigmoid" if multi_label else "softmax"
    combiner = keras.layers.Dense(num_classes, activation, dtype="float32", name="combiner")
    outputs = combiner(evidence(probabilities, present))
    combiner.set_weights(evidence.initial_combiner(num_modalities, num_classes))
    return outputs


def _frozen_copy(model, name):
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    # clone_model also copies the optimizer, which would be saved with the model.
    uncompiled = keras.Model(*_input_and_output(copy), name=copy.name)
    return Frozen(uncompiled, name=f"{name}_model")


def _input_and_output(model):
    """The input of a model, a tensor or a dict of tensors, and its output."""
    if isinstance(model, keras.Sequential):
        return model.inputs[0], model.outputs[0]
    return model.input, model.output


def _feed(model, array, name):
    return {name: array} if isinstance(_input_and_output(model)[0], dict) else array


def _check_operator(operator):
    if operator not in RULES:
        raise ValueError(
            f"At decision level, operator must be one of {', '.join(LEVELS['decision'])}. "
            f"Received: {operator!r}.{did_you_mean(operator, LEVELS['decision'])}"
        )


def _check_models(models, multi_label):
    """The number of classes, once the models have been checked."""
    if not isinstance(models, dict) or not models:
        raise TypeError(
            "`models` must be a dict, modality -> keras.Model, e.g. {'text': text_model, "
            f"'image': image_model}}. Received: {type(models).__name__}."
        )
    check_names(models)
    for name, model in models.items():
        _check_model(name, model)
    sizes = {name: model.outputs[0].shape[-1] for name, model in models.items()}
    if len(set(sizes.values())) > 1:
        raise ValueError(
            f"All models need the same classes in the same order. Received: {sizes} outputs."
        )
    for name, model in models.items():
        _check_probabilities(name, model, multi_label)
    return next(iter(sizes.values()))


def _check_model(name, model):
    try:
        inputs, output = _input_and_output(model)
    except (AttributeError, TypeError):
        raise ValueError(
            f"The {name} model must be a keras.Model with a defined input: start it with "
            f"keras.Input, or make it with unimodal_model. Received: {model!r}."
        ) from None
    keys = list(inputs) if isinstance(inputs, dict) else [name]
    if keys != [name] or len(model.inputs) != 1:
        raise ValueError(
            f"The {name} model must have one input, the {name} features. "
            f"It has {len(model.inputs)}: {keys}. "
            "Pass one model per modality, each under the name of its modality."
        )
    if len(getattr(output, "shape", ())) != 2:
        raise ValueError(
            f"The {name} model must have one output of class probabilities, (n, classes). "
            f"Received: {output!r}."
        )


def _check_probabilities(name, model, multi_label):
    """Run the model once, to detect logits, or sigmoids where softmax is needed.

    Skipped when the input shape is not fully known.
    """
    shape = model.inputs[0].shape[1:]
    if None in shape:
        return
    p = model(_feed(model, np.ones((1, *shape), model.inputs[0].dtype), name), training=False)
    p = keras.ops.convert_to_numpy(p).astype(float)
    if p.min() < 0 or p.max() > 1 or not (multi_label or abs(p.sum() - 1) < 1e-2):
        needed = (
            "in [0, 1] (end the model with sigmoid)"
            if multi_label
            else "with sum 1 (end the model with softmax)"
        )
        hint = (
            "" if multi_label else " If its outputs are independent labels, pass multi_label=True."
        )
        raise ValueError(
            f"The {name} model must return probabilities {needed}. Received: a row with values "
            f"from {p.min():.3g} to {p.max():.3g} and sum {p.sum():.3g}.{hint}"
        )

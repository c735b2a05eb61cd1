"""Stacking: out-of-fold probabilities, and the exact training of a combiner on them."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike

from mm_keras.fusion.decision.combine import check_labels, stack
from mm_keras.utils.labels import one_hot, stratified_folds


def out_of_fold_probabilities(
    build: Callable[[str], keras.Model],
    arrays: dict[str, np.ndarray],
    labels: ArrayLike,
    num_folds: int = 5,
    fit: dict[str, Any] | None = None,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Probabilities for every training sample from models that were not trained on it.

    The samples are divided into stratified folds of equal size. For each fold and modality a new
    model is trained on the other folds and predicts this one. A combiner, weights or temperatures
    fitted on the result see the models as they behave on new samples. Samples that lack a modality
    (all-zero rows) get a row of nan for it.

    Args:
        build: function, modality -> a new keras.Model for it, with probabilities (n, K) as output.
            A model that is not compiled is compiled with "adam" and the cross-entropy of the
            labels.
        arrays: dict, modality -> array (n, ...) of training features.
        labels: int (n,), or (n, K) if the compiled loss needs that, as for multi-label data.
        num_folds: int >= 2, default 5.
        fit: dict of options for `model.fit`, e.g. {"epochs": 20, "batch_size": 64}.
        seed: int, determines the folds; call keras.utils.set_random_seed for the weights of the
            models.

    Returns:
        dict, modality -> float32 (n, K), rows in the order of the samples.

    Raises:
        ValueError: different numbers of samples, more folds than samples, or a model that returns
            nan.

    Example:
        >>> x = np.array([[1, 0], [0, 1], [1, 0], [0, 1], [0, 0]], "float32")  # no text in the last
        >>> def build(name):
        ...     return keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, "softmax")])
        >>> options = {"num_folds": 2, "fit": {"epochs": 1}}
        >>> p = out_of_fold_probabilities(build, {"text": x}, [0, 1, 0, 1, 2], **options)
        >>> p["text"].shape, np.isnan(p["text"]).any(axis=1)
        ((5, 3), array([False, False, False, False,  True]))

    Reference:
        D. H. Wolpert (1992), Stacked generalization.
    """
    labels = np.asarray(labels)
    lengths = {name: len(array) for name, array in arrays.items()}
    if set(lengths.values()) != {len(labels)}:
        raise ValueError(
            "Every modality needs one row per label. Received: "
            f"{len(labels)} labels, rows {lengths}."
        )
    folds = stratified_folds(labels, num_folds, seed)
    result = {}
    for name, array in arrays.items():
        for fold in range(num_folds):
            test = folds == fold
            p = _fit_and_predict(
                build(name), name, array[~test], labels[~test], array[test], fit or {}
            )
            result.setdefault(name, np.zeros((len(labels), p.shape[1]), np.float32))[test] = p
        if np.isnan(result[name]).any():
            raise ValueError(
                f"The {name} model returned nan: its training diverged. Use a lower learning rate."
            )
        result[name][~array.reshape(len(array), -1).any(axis=1)] = np.nan
    return result


def _fit_and_predict(model, name, train, labels, test, options):
    if not model.compiled:
        model.compile(
            "adam", "sparse_categorical_crossentropy" if labels.ndim == 1 else "binary_crossentropy"
        )
    named = isinstance(getattr(model, "input", None), dict)
    model.fit({name: train} if named else train, labels, **{"verbose": 0, **options})
    return model.predict({name: test} if named else test, verbose=0)


def fit_combiner(
    model: keras.Model, probabilities: dict[str, ArrayLike], labels: ArrayLike, penalty: float = 1.0
) -> keras.Model:
    """Train the combiner of a decision-level model ("concat" or "outer") exactly.

    It minimizes sum_n loss_n + penalty / 2 |W - W_0|^2 over W and b, where the loss is the
    cross-entropy and W_0 the initial combiner: with few samples it stays close to the product rule
    ("outer": the mean rule). The problem is convex, so the solution does not depend on the starting
    point, and there is no learning rate to choose.

    Args:
        model: from `decision_level_model(..., operator="concat")` or "outer". Its combiner is
            changed in place.
        probabilities: dict, modality -> (n, K), from `out_of_fold_probabilities` or held-out
            samples; a row of nan where the modality is missing.
        labels: int (n,), or 0/1 (n, K) for a multi-label model.
        penalty: float >= 0, how strongly W is pulled toward W_0. Default 1, as in scikit-learn's
            LogisticRegression (C=1).

    Returns:
        keras.Model, the same model.

    Raises:
        ValueError: a model without a combiner, other modalities, labels that do not fit.

    Example:
        The image always predicts class 0. The product rule trusts it as much as the text, the
        trained combiner does not.

        >>> from mm_keras.fusion import decision_level_model
        >>> softmax = keras.Sequential([keras.Input((2,)), keras.layers.Softmax()])
        >>> model = decision_level_model({"text": softmax, "image": softmax}, operator="concat")
        >>> text = np.array([[0.8, 0.2], [0.2, 0.8]] * 50)
        >>> p = {"text": text, "image": np.array([[0.9, 0.1]] * 100)}
        >>> logits = {name: np.log(values[:2]) for name, values in p.items()}
        >>> model.predict_on_batch(logits).argmax(axis=1)
        array([0, 0])
        >>> model = fit_combiner(model, p, [0, 1] * 50)
        >>> model.predict_on_batch(logits).argmax(axis=1)
        array([0, 1])

    Reference:
        K. M. Ting, I. H. Witten (1999), Issues in stacked generalization.
    """
    evidence, combiner = _combiner_layers(model)
    names = list(model.input)
    if set(names) != set(probabilities):
        raise ValueError(
            f"The model's modalities are {names}. Received probabilities of {list(probabilities)}."
        )
    _, stacked, present = stack({name: probabilities[name] for name in names})
    kernel, bias = evidence.initial_combiner(len(names), stacked.shape[-1])
    targets = one_hot(
        check_labels(labels, stacked.shape[1:], evidence.multi_label), stacked.shape[-1], float
    )
    features = np.asarray(evidence.features(stacked, present), dtype=np.float64)
    kernel, bias = _solve(features, targets, kernel, bias, penalty, evidence.multi_label)
    combiner.set_weights([kernel, bias])
    return model


def _combiner_layers(model):
    names = [layer.name for layer in model.layers]
    if "evidence" not in names or "combiner" not in names:
        raise ValueError(
            "Only a model from decision_level_model with operator='concat' or 'outer' has a "
            f"combiner to train. Received: {model.name!r} with the layers {', '.join(names)}."
        )
    return model.get_layer("evidence"), model.get_layer("combiner")


def _solve(features, targets, kernel, bias, penalty, multi_label):
    """The minimum by L-BFGS with the exact gradient (probabilities - targets)."""
    from scipy.optimize import minimize
    from scipy.special import expit, log_expit, log_softmax

    start = np.concatenate([kernel.ravel(), bias]).astype(np.float64)
    size = kernel.size

    def loss_and_gradient(flat):
        logits = features @ flat[:size].reshape(kernel.shape) + flat[size:]
        if multi_label:
            p = expit(logits)
            loss = -(targets * log_expit(logits) + (1 - targets) * log_expit(-logits)).sum()
        else:
            log_p = log_softmax(logits, axis=1)
            p, loss = np.exp(log_p), -(targets * log_p).sum()
        step = flat[:size] - start[:size]
        gradient = np.concatenate(
            [(features.T @ (p - targets)).ravel() + penalty * step, (p - targets).sum(axis=0)]
        )
        return (loss + penalty / 2 * step @ step) / len(targets), gradient / len(targets)

    solution = minimize(
        loss_and_gradient, start, jac=True, method="L-BFGS-B", options={"maxiter": 1000}
    ).x
    return solution[:size].reshape(kernel.shape), solution[size:]

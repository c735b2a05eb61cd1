"""Stacking: probabilities that no model could learn by heart, and the exact training of a combiner on them."""

import numpy as np

from mm_keras.fusion.decision.combine import check_labels, stack
from mm_keras.utils.labels import one_hot, stratified_folds


def out_of_fold_probabilities(build, arrays, labels, num_folds=5, fit=None, seed=0):
    """Probabilities for every training sample from models that did not see it, one model per fold and modality.

    The samples are divided into folds of equal size with the same share of every class. For each fold a fresh model is
    trained on the other folds and asked about this one. A combiner, weights or temperatures fitted on the result see
    the models as they are on new samples. Samples that lack a modality (all-zero rows) get a row of nan for it.

    Args:
        build: function, modality -> a fresh keras.Model for it, with probabilities (n, K) as output. A model that is
            not compiled is compiled with "adam" and the cross-entropy of the labels.
        arrays: dict, modality -> array (n, ...) of training features.
        labels: int (n,), or (n, K) where the compiled loss needs that, as for labels that do not exclude each other.
        num_folds: int >= 2, default 5.
        fit: dict of options for `model.fit`, e.g. {"epochs": 20, "batch_size": 64}.
        seed: int, decides who falls into which fold; call keras.utils.set_random_seed for the models' weights.

    Returns:
        dict, modality -> float32 (n, K), rows in the order of the samples.

    Raises:
        ValueError: numbers of samples that differ, more folds than samples, or a model that returns nan.

    Example:
        >>> import keras
        >>> x = np.array([[1, 0], [0, 1], [1, 0], [0, 1], [0, 0]], dtype="float32")  # the last one lacks its text
        >>> def build(name):
        ...     return keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, "softmax")])
        >>> p = out_of_fold_probabilities(build, {"text": x}, [0, 1, 0, 1, 2], num_folds=2, fit={"epochs": 1})
        >>> p["text"].shape, np.isnan(p["text"]).any(axis=1)
        ((5, 3), array([False, False, False, False,  True]))

    Reference:
        D. H. Wolpert (1992), Stacked generalization.
    """
    labels = np.asarray(labels)
    lengths = {name: len(array) for name, array in arrays.items()}
    if set(lengths.values()) != {len(labels)}:
        raise ValueError(
            f"Every modality needs one row per label. Received: {len(labels)} labels, rows {lengths}."
        )
    folds = stratified_folds(labels, num_folds, seed)
    result = {}
    for name, array in arrays.items():
        for fold in range(num_folds):
            inside = folds == fold
            p = _fit_and_predict(
                build(name), name, array[~inside], labels[~inside], array[inside], fit or {}
            )
            result.setdefault(name, np.zeros((len(labels), p.shape[1]), np.float32))[inside] = p
        if np.isnan(result[name]).any():
            raise ValueError(
                f"The {name} model returned nan: its training diverged. Lower its learning rate."
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


def fit_combiner(model, probabilities, labels, penalty=1.0):
    """Train the combiner of a decision-level model ("concat" or "outer") exactly; returns the model.

    It minimizes sum_n loss_n + penalty / 2 |W - W_0|^2 over W and b, where the loss is the cross-entropy and W_0 the
    untrained combiner: with few samples it stays near the product rule ("outer": the mean rule). The problem is convex,
    so there is one answer, whatever the starting point, and no learning rate to choose.

    Args:
        model: from `decision_level_model(..., operator="concat")` or "outer". Its combiner is changed in place.
        probabilities: dict, modality -> (n, K), from `out_of_fold_probabilities` or held-out samples; a row of nan
            where the modality is absent.
        labels: int (n,), or 0/1 (n, K) for a multi-label model.
        penalty: float >= 0, how strongly W is held at W_0. Default 1, as in scikit-learn's LogisticRegression (C=1).

    Returns:
        keras.Model, the same.

    Raises:
        ValueError: a model without a combiner, other modalities, labels that do not fit.

    Example:
        The image always says class 0. The product rule believes it like the text, the trained combiner does not.

        >>> import keras
        >>> from mm_keras.fusion import decision_level_model
        >>> softmax = keras.Sequential([keras.Input((2,)), keras.layers.Softmax()])
        >>> model = decision_level_model({"text": softmax, "image": softmax}, operator="concat")
        >>> p = {"text": np.array([[0.8, 0.2], [0.2, 0.8]] * 50), "image": np.array([[0.9, 0.1]] * 100)}
        >>> model.predict_on_batch({name: np.log(values[:2]) for name, values in p.items()}).argmax(axis=1)
        array([0, 0])
        >>> model = fit_combiner(model, p, [0, 1] * 50)
        >>> model.predict_on_batch({name: np.log(values[:2]) for name, values in p.items()}).argmax(axis=1)
        array([0, 1])

    Reference:
        K. M. Ting, I. H. Witten (1999), Issues in stacked generalization.
    """
    evidence, combiner = _layers(model)
    names = list(model.input)
    if set(names) != set(probabilities):
        raise ValueError(
            f"The model's modalities are {names}. Received probabilities of {list(probabilities)}."
        )
    _, stacked, here = stack({name: probabilities[name] for name in names})
    kernel, bias = evidence.initial_combiner(len(names), stacked.shape[-1])
    targets = one_hot(
        check_labels(labels, stacked.shape[1:], evidence.multi_label), stacked.shape[-1], float
    )
    features = np.asarray(evidence.features(stacked, here), dtype=np.float64)
    kernel, bias = _solve(features, targets, kernel, bias, penalty, evidence.multi_label)
    combiner.set_weights([kernel, bias])
    return model


def _layers(model):
    names = [layer.name for layer in model.layers]
    if "evidence" not in names or "combiner" not in names:
        raise ValueError(
            "Only a model from decision_level_model with operator='concat' or 'outer' has a combiner to "
            f"train. Received: {model.name!r} with the layers {', '.join(names)}."
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
            p, loss = (
                expit(logits),
                -(targets * log_expit(logits) + (1 - targets) * log_expit(-logits)).sum(),
            )
        else:
            log_p = log_softmax(logits, axis=1)
            p, loss = np.exp(log_p), -(targets * log_p).sum()
        step = flat[:size] - start[:size]
        slope = np.concatenate(
            [(features.T @ (p - targets)).ravel() + penalty * step, (p - targets).sum(axis=0)]
        )
        return (loss + penalty / 2 * step @ step) / len(targets), slope / len(targets)

    found = minimize(
        loss_and_gradient, start, jac=True, method="L-BFGS-B", options={"maxiter": 1000}
    ).x
    return found[:size].reshape(kernel.shape), found[size:]

"""Partial information of two modalities, estimated from feature arrays by way of few symbols."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from mm_keras.evaluation._checks import check_arrays
from mm_keras.evaluation.modality_use.partial_information import partial_information
from mm_keras.utils.labels import stratified_folds

METHODS = ("informed", "clusters", "predictions")
NUM_COMPONENTS, MIN_SYMBOLS, MAX_SYMBOLS = 32, 8, 24
SAMPLES_PER_SYMBOL, MIN_SAMPLES = 20, 40  # per symbol: on average, at least
NUM_FOLDS, MIN_PAIR_COUNT, INVERSE_PENALTY = 5, 10, 0.3
TOLERANCE, SHUFFLED_TOLERANCE = 1e-4, 1e-3  # in bits


def estimate_partial_information(
    arrays: Mapping[str, np.ndarray],
    labels: ArrayLike,
    method: str = "informed",
    num_symbols: int | None = None,
    num_shuffles: int = 3,
    seed: int = 0,
) -> dict:
    """Redundant, unique and synergistic bits of two modalities, estimated from their features.

    The features of each modality are reduced to few symbols; the counts of class and symbols are
    the table of which `partial_information` is exact. No fused model is trained.

    - "informed": samples with the same distribution of the class and of the other modality's symbol
      have the same symbol, since more than this is not needed for any of the four parts. The
      distributions are out-of-fold predictions of a logistic regression for the pairs (class, the
      other modality's k-means cluster), and k-means of these gives the symbols.
    - "clusters": k-means of the first principal components, without the labels, as Liang et al.
    - "predictions": the class that an out-of-fold logistic regression predicts from the modality.
      It misses synergy that shows only in combination, such as that of exclusive or.

    The estimate is biased in two directions. Symbols that are too coarse, or do not follow what
    matters for the class, lose information: unique and redundant bits that are lost in one modality
    become unique to the other, and synergy is lost altogether. And few samples per cell of the
    table look like information, above all like synergy: "shuffled" has the same parts for shuffled
    labels, which have none. Do not trust a part that is not well above it. This bias is at most as
    large as "shuffled" where the class is uncertain, and smaller where the symbols determine it.

    Args:
        arrays: dict with two entries, modality -> array (n, ...) of features; an integer array (n,)
            holds symbols already and is used as it is. Samples that were not used to fit the
            features are best; features that were selected with these labels inflate the estimate.
        labels: int array (n,).
        method: str, one of the above.
        num_symbols: int >= 2, symbols per modality; default: two more than there are classes,
            between 8 and 24, but at most n / 20. Ignored by "predictions".
        num_shuffles: int >= 0, how often the labels are shuffled; 0 leaves "shuffled" out.
        seed: int; the same seed gives the same estimate.

    Returns:
        dict: the keys of `partial_information`, "shuffled" (the same keys but "gap", means over the
        shuffles; or None), "method", "num_symbols" (modality -> int) and "num_samples".

    Raises:
        ValueError: not two modalities, multi-label targets, an unknown method, fewer than 40
            samples, an array that is not finite.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> text, image = rng.integers(0, 2, (2, 4000))
        >>> arrays = {"text": text, "image": image}    # symbols, not features
        >>> parts = estimate_partial_information(arrays, text ^ image, num_shuffles=0)
        >>> round(parts["synergistic"], 2), round(parts["redundant"], 2)
        (1.0, 0.0)

    Reference: P. P. Liang et al., Quantifying & modeling multimodal interactions: an information
    decomposition framework, 2023 (the estimator CVX); N. Tishby, F. C. Pereira, W. Bialek, The
    information bottleneck method, 1999 (symbols by what they say about another variable).
    """
    labels = _check_input(arrays, labels, method, num_symbols)
    labels = np.unique(labels, return_inverse=True)[1]
    if num_symbols is None:
        wanted = np.clip(labels.max() + 3, MIN_SYMBOLS, MAX_SYMBOLS)
        num_symbols = int(min(wanted, len(labels) // SAMPLES_PER_SYMBOL))
    symbols = _symbols(arrays, labels, method, num_symbols, seed)
    result = _decompose(symbols, labels, TOLERANCE)
    rng = np.random.default_rng(seed)
    shuffled = [
        _decompose(symbols, rng.permutation(labels), SHUFFLED_TOLERANCE)
        for _ in range(num_shuffles)
    ]
    return {
        **result,
        "shuffled": _mean(shuffled) if shuffled else None,
        "method": method,
        "num_symbols": {name: len(np.unique(values)) for name, values in symbols.items()},
        "num_samples": len(labels),
    }


def _check_input(arrays, labels, method, num_symbols):
    labels = check_arrays(arrays, labels)
    if labels.ndim == 2 or len(arrays) != 2:
        raise ValueError(
            "Partial information needs two modalities and one class per sample. Received: "
            f"{', '.join(arrays)}; labels {labels.shape}."
        )
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}. Received: {method!r}.")
    if num_symbols is not None and not 2 <= num_symbols <= len(labels):
        raise ValueError(
            f"num_symbols must be between 2 and the number of samples. Received: {num_symbols}."
        )
    if len(labels) < MIN_SAMPLES:
        raise ValueError(
            f"Partial information needs at least {MIN_SAMPLES} samples. Received: {len(labels)}."
        )
    for name, array in arrays.items():
        if not _is_symbols(array) and not np.isfinite(np.asarray(array, dtype=np.float64)).all():
            raise ValueError(f"The features must be finite. Those of {name} are not.")
    return labels


def _is_symbols(array):
    array = np.asarray(array)
    return array.ndim == 1 and array.dtype.kind in "iub"


def _decompose(symbols, labels, tolerance):
    """`partial_information` of the counts of class and symbols."""
    (first_name, first), (second_name, second) = symbols.items()
    table = np.zeros((labels.max() + 1, first.max() + 1, second.max() + 1))
    np.add.at(table, (labels, first, second), 1)
    return partial_information(table, (first_name, second_name), tolerance)


def _mean(parts):
    """The mean of several decompositions, part by part."""

    def mean(values):
        if isinstance(values[0], dict):
            return {key: mean([value[key] for value in values]) for key in values[0]}
        return float(np.mean(values))

    return {key: mean([part[key] for part in parts]) for key in parts[0] if key != "gap"}


def _symbols(arrays, labels, method, num_symbols, seed):
    """dict, modality -> int array (n,), its symbols."""
    given = {
        name: np.unique(array, return_inverse=True)[1]
        for name, array in arrays.items()
        if _is_symbols(array)
    }
    features = {
        name: _components(array, seed) for name, array in arrays.items() if name not in given
    }
    if method == "predictions":
        found = {
            name: _out_of_fold(values, labels, seed).argmax(axis=1)
            for name, values in features.items()
        }
        return {name: given.get(name, found.get(name)) for name in arrays}
    symbols = {
        name: given[name] if name in given else _clusters(features[name], num_symbols, seed)
        for name in arrays
    }
    if method == "informed":
        first, second = arrays
        for name, other in ((first, second), (second, first)):
            if name in features:
                distribution = _out_of_fold(features[name], _pairs(labels, symbols[other]), seed)
                symbols[name] = _clusters(np.sqrt(distribution), num_symbols, seed)
    return symbols


def _components(array, seed):
    """The first principal components, all of variance one; without those that do not vary."""
    from sklearn.decomposition import PCA

    rows = np.asarray(array, dtype=np.float64).reshape(len(array), -1)
    if not rows.std(axis=0).any():
        return np.zeros((len(rows), 1))
    num_components = min(NUM_COMPONENTS, rows.shape[1], len(rows) - 1)
    components = PCA(num_components, random_state=seed).fit_transform(rows)
    deviation = components.std(axis=0)
    return components / np.where(deviation > 1e-9 * max(deviation.max(), 1e-9), deviation, np.inf)


def _clusters(rows, num_symbols, seed):
    from sklearn.cluster import KMeans

    num_distinct = len(np.unique(rows.round(9), axis=0))
    model = KMeans(min(num_symbols, num_distinct), n_init=4, random_state=seed)
    return model.fit_predict(rows).astype(np.int64)


def _pairs(labels, symbols):
    """The pairs (class, symbol) by number; the rare pairs of a class are one pair."""
    pairs = labels * (symbols.max() + 2) + symbols + 1
    rare = np.bincount(pairs)[pairs] < MIN_PAIR_COUNT
    return np.where(rare, labels * (symbols.max() + 2), pairs)


def _out_of_fold(rows, target, seed):
    """Probabilities (n, distinct targets) that a logistic regression predicts for held-out rows."""
    from sklearn.linear_model import LogisticRegression

    values, target = np.unique(target, return_inverse=True)
    probabilities = np.zeros((len(rows), len(values)))
    folds = stratified_folds(target, NUM_FOLDS, seed)
    for fold in range(NUM_FOLDS):
        train, test = folds != fold, np.flatnonzero(folds == fold)
        known = np.unique(target[train])
        if len(known) == 1:
            probabilities[test, known] = 1
            continue
        model = LogisticRegression(C=INVERSE_PENALTY, tol=1e-3, max_iter=300)
        model.fit(rows[train], target[train])
        probabilities[np.ix_(test, known)] = model.predict_proba(rows[test])
    return probabilities

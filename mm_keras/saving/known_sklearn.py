"""The transformers of scikit-learn in saved files: their settings and their learned values.

These are the ones that the documentation and the lessons use. `n_jobs` and the like have no effect
on a prediction.
"""

import numpy as np

from mm_keras.saving.known_vectorizers import VECTORIZERS
from mm_keras.saving.rules import (
    Known,
    array,
    either,
    exactly,
    flag,
    integer,
    number,
    series,
    size,
    steps,
)

# The functions that can be saved, by name: the score functions of sklearn.feature_selection.
SCORES = (
    "chi2",
    "f_classif",
    "f_regression",
    "mutual_info_classif",
    "mutual_info_regression",
    "r_regression",
)
MAX_JOBS = 1024
NONE = exactly(None)
COUNT = integer()
POSITIVE = integer(1)
RATE = number(0)
RANDOM = either(NONE, COUNT, lambda value, sizes: type(value) is np.random.RandomState)
NUMBER = either(number(), array(kinds="fiu"))
SCALE = either(NONE, array("d"))
INPUT = {"n_features_in_": size("d")}


def _transformer(parameters, attributes, optional=(), **rest):
    return Known(parameters, {**INPUT, **attributes}, frozenset(optional), **rest)


# --- Numbers

COMPONENTS = {
    "components_": array("k", "d"),
    "explained_variance_": array("k"),
    "explained_variance_ratio_": array("k", finite=False),
    "singular_values_": array("k"),
}
SOLVER = {
    "n_components": either(NONE, RATE, exactly("mle", "auto")),
    "tol": RATE,
    "n_oversamples": COUNT,
    "power_iteration_normalizer": exactly("auto", "QR", "LU", "none"),
    "random_state": RANDOM,
}
DECOMPOSITION = {
    "TruncatedSVD": _transformer(
        {**SOLVER, "algorithm": exactly("arpack", "randomized"), "n_iter": COUNT}, COMPONENTS
    ),
    "PCA": _transformer(
        {
            **SOLVER,
            "whiten": flag,
            "copy": flag,
            "iterated_power": either(COUNT, exactly("auto")),
            "svd_solver": exactly("auto", "full", "covariance_eigh", "arpack", "randomized"),
        },
        {
            **COMPONENTS,
            "mean_": array("d"),
            "n_samples_": COUNT,
            "n_components_": size("k"),
            "noise_variance_": NUMBER,
            "_fit_svd_solver": exactly("full", "covariance_eigh", "arpack", "randomized"),
        },
        ["_fit_svd_solver"],
    ),
    "NMF": _transformer(
        {
            "n_components": either(NONE, POSITIVE, exactly("auto", "warn")),
            "init": exactly(None, "random", "nndsvd", "nndsvda", "nndsvdar"),
            "solver": exactly("cd", "mu"),
            "beta_loss": either(
                number(), exactly("frobenius", "kullback-leibler", "itakura-saito")
            ),
            "tol": RATE,
            "max_iter": integer(1, 100_000),
            "random_state": RANDOM,
            "alpha_W": RATE,
            "alpha_H": either(RATE, exactly("same")),
            "l1_ratio": number(0, 1),
            "shuffle": flag,
        },
        {
            "components_": array("k", "d"),
            "n_components_": size("k"),
            "_n_components": size("k"),
            "_beta_loss": NUMBER,
            "reconstruction_err_": NUMBER,
            "n_iter_": COUNT,
        },
    ),
}
SEEN = either(NUMBER, array("d", kinds="fiu"))
PREPROCESSING = {
    "StandardScaler": _transformer(
        {"with_mean": flag, "with_std": flag, "copy": flag},
        {"mean_": SCALE, "var_": SCALE, "scale_": SCALE, "n_samples_seen_": SEEN},
        fits=lambda saved: (
            (not saved.parameters["with_mean"] or saved.attributes["mean_"] is not None)
            and (not saved.parameters["with_std"] or saved.attributes["scale_"] is not None)
        ),
    ),
    "MinMaxScaler": _transformer(
        {"feature_range": series(number(), number()), "clip": flag, "copy": flag},
        {
            **{name: array("d") for name in ("scale_", "min_")},
            **{name: array("d") for name in ("data_min_", "data_max_", "data_range_")},
            "n_samples_seen_": SEEN,
        },
    ),
    "MaxAbsScaler": _transformer(
        {"clip": flag, "copy": flag},
        {"max_abs_": array("d"), "scale_": array("d"), "n_samples_seen_": SEEN},
    ),
    "RobustScaler": _transformer(
        {
            "with_centering": flag,
            "with_scaling": flag,
            "quantile_range": series(number(0, 100), number(0, 100)),
            "unit_variance": flag,
            "copy": flag,
        },
        {"center_": SCALE, "scale_": SCALE},
        fits=lambda saved: (
            (not saved.parameters["with_centering"] or saved.attributes["center_"] is not None)
            and (not saved.parameters["with_scaling"] or saved.attributes["scale_"] is not None)
        ),
    ),
    "Normalizer": _transformer({"norm": exactly("l1", "l2", "max"), "copy": flag}, {}),
    "QuantileTransformer": _transformer(
        {
            "n_quantiles": POSITIVE,
            "output_distribution": exactly("uniform", "normal"),
            "ignore_implicit_zeros": flag,
            "subsample": either(NONE, POSITIVE),
            "random_state": RANDOM,
            "copy": flag,
        },
        {"n_quantiles_": size("q"), "references_": array("q"), "quantiles_": array("q", "d")},
    ),
    "FunctionTransformer": Known(
        {
            "func": lambda value, sizes: (
                value is None or isinstance(value, np.ufunc) and (value.nin, value.nout) == (1, 1)
            ),
            "inverse_func": lambda value, sizes: value is None or isinstance(value, np.ufunc),
            "validate": flag,
            "accept_sparse": flag,
            "check_inverse": flag,
            "feature_names_out": exactly(None, "one-to-one"),
        },
        INPUT,
        frozenset(INPUT),
    ),
}


def _k_best(saved):
    k, columns = saved.parameters["k"], saved.sizes["d"]
    return (columns if k == "all" else min(int(k), columns),)


SELECTION = {
    "SelectKBest": _transformer(
        {
            "k": either(POSITIVE, exactly("all")),
            "score_func": lambda value, sizes: getattr(value, "__name__", "") in SCORES,
        },
        {
            "scores_": array("d", kinds="fiu", finite=False),
            "pvalues_": either(NONE, array("d", kinds="fiu", finite=False)),
        },
        shape=_k_best,
    ),
    "VarianceThreshold": _transformer(
        {"threshold": RATE},
        {"variances_": array("d")},
        shape=lambda saved: (
            int(np.sum(saved.attributes["variances_"] > saved.parameters["threshold"])),
        ),
    ),
}

# --- Composition


def _estimators(saved):
    pairs = saved.parameters["steps" if "steps" in saved.parameters else "transformer_list"]
    return [estimator for _, estimator in pairs if estimator not in ("passthrough", "drop", None)]


def _chain_fits(saved):
    """Whether there are steps, and each of them takes what the one before it gives."""
    shape = None
    if not _estimators(saved):
        return False
    for step in _estimators(saved):
        widths = [size for name, size in step.sizes.items() if name.split()[-1] == "d"]
        if shape is not None and any(shape != (width,) for width in widths):
            return False
        shape = step.shape
    return True


def _chain_shape(saved):
    return _estimators(saved)[-1].shape


def _union_shape(saved):
    shapes = [part.shape for part in _estimators(saved)]
    if not all(shape is not None and len(shape) == 1 for shape in shapes):
        return None
    return (sum(shape[0] for shape in shapes),)


def _weights(value, sizes):
    return value is None or (
        isinstance(value, dict)
        and all(type(name) is str and number()(weight, sizes) for name, weight in value.items())
    )


COMPOSITION = {
    "Pipeline": Known({"steps": steps("passthrough")}, {}, shape=_chain_shape, fits=_chain_fits),
    "FeatureUnion": Known(
        {
            "transformer_list": steps("drop"),
            "transformer_weights": _weights,
            "n_jobs": either(NONE, integer(-MAX_JOBS, MAX_JOBS)),
        },
        {},
        shape=_union_shape,
        fits=lambda saved: bool(_estimators(saved)),
    ),
}

SKLEARN = {
    f"sklearn.{module}:{name}": known
    for module, table in (
        ("feature_extraction.text", VECTORIZERS),
        ("decomposition", DECOMPOSITION),
        ("preprocessing", PREPROCESSING),
        ("feature_selection", SELECTION),
        ("pipeline", COMPOSITION),
    )
    for name, known in table.items()
}

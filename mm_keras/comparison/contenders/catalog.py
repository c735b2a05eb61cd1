"""The built-in contenders, such as `text-logistic`, `both-svm` and `feature-concat-cnn`, by name.

Names are MODALITY-MODEL for one modality, both-MODEL for scikit-learn on concatenated features, and
LEVEL-OPERATOR-HEAD for fusion. `as_contenders` also accepts your own estimators and Keras builders.
"""

import copy
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from mm_keras.comparison.contenders.base import Contender, Majority, weight_key
from mm_keras.comparison.contenders.decision import Decision
from mm_keras.comparison.contenders.estimators import Estimator
from mm_keras.comparison.contenders.networks import Builder, Network
from mm_keras.fusion.registry import LEVELS
from mm_keras.heads.registry import HEADS
from mm_keras.utils.formatting import shorten
from mm_keras.utils.modality_labels import modality_label, with_labels

# The values tried for each contender, the default first; all contenders try the first
# `num_settings` of them. If features are concatenated, the weight of each modality matters more
# than C or the learning rate, so the weights are tried instead.
C_LOGISTIC = (0.2, 1.0, 0.04)
C_LOGISTIC_TEXT = (1.0, 5.0, 0.2)  # the log loss of sparse TF-IDF needs a larger C
C_SVM = (0.03, 0.3, 0.003)
RATE_FACTORS = (1.0, 3.0, 0.3)
MAX_SETTINGS = len(RATE_FACTORS)
LOW_WEIGHT = 0.3
C_BOTH = {"logistic": 1.0, "svm": 0.03}  # fixed while the weights are tried
QUICK_FACTORS = (3.0,)  # a dense head then needs a third of the epochs

UNIMODAL = {
    "text": ("logistic", "svm", "linear", "dense"),
    "image": ("logistic", "svm", "dense", "cnn", "rnn"),
}
FUSED = (
    "both-logistic",
    "both-svm",
    "data-concat-cnn",
    "feature-concat-linear",
    "feature-product-linear",
    "feature-concat-dense",
    "feature-product-dense",
    "feature-gated-dense",
    "feature-concat-cnn",
    "feature-film-cnn",
    "feature-concat-rnn",
    "decision-mean-cnn",
    "decision-product-cnn",
    "decision-concat-cnn",
)
UNIMODAL_QUICK = {"text": ("logistic",), "image": ("logistic",)}
FUSED_QUICK = (
    "both-logistic",
    "feature-concat-dense",
    "feature-product-dense",
    "decision-product-dense",
)


def default_names(modalities: Sequence[str], quick: bool = False) -> list[str]:
    """Names of the default contenders for data with these modalities.

    Example:
        >>> default_names(["text"], quick=True)
        ['majority', 'text-logistic']
    """
    unimodal, fused = (UNIMODAL_QUICK, FUSED_QUICK) if quick else (UNIMODAL, FUSED)
    names = [
        f"{modality_label(modality)}-{model}"
        for modality in modalities
        for model in unimodal.get(modality, ("logistic", "dense"))
    ]
    return ["majority", *names, *(fused if len(modalities) > 1 else ())]


def catalog(modalities: Sequence[str]) -> list[str]:
    """Names of all available contenders for data with these modalities."""
    names = [
        "majority",
        *(
            f"{modality_label(modality)}-{model}"
            for modality in modalities
            for model in ("logistic", "svm", *HEADS)
        ),
    ]
    if len(modalities) == 1:
        return names
    cells = [
        f"{level}-{operator}-{head}"
        for level in LEVELS
        for operator in LEVELS[level]
        for head in HEADS
    ]
    return [*names, "both-logistic", "both-svm", *cells]


def make_contender(
    name: str,
    modalities: Sequence[str],
    num_settings: int = MAX_SETTINGS,
    factors: Sequence[float] = RATE_FACTORS,
    quick: bool = False,
) -> Contender:
    """The contender with a given name.

    Args:
        name: str, one of `catalog`.
        modalities: sequence of str, the modalities of the data.
        num_settings: int, 1 to 3, the number of settings to try.
        factors: sequence of float, factors of the learning rate to try.
        quick: bool; linear scikit-learn models then try all settings all the same. They are cheap,
            and a baseline that is not tuned would make fusion look better than it is.
    """
    rates = _rates(num_settings, factors)
    first, *rest = name.split("-")
    first = {modality_label(modality): modality for modality in modalities}.get(first, first)
    if name == "majority":
        return Majority()
    if rest[-1] in ("logistic", "svm"):
        count = MAX_SETTINGS if quick else num_settings
        return _linear_model(rest[-1], modalities if first == "both" else (first,), count)
    if len(rest) == 1:
        return Network(first, None, rest[0], (first,), rates)
    if first == "decision":
        return Decision(*rest, modalities, rates)
    if first == "feature":
        rates = [{**rates[0], **setting} for setting in weights(modalities, num_settings)]
    return Network(first, *rest, modalities, rates)


def _rates(num_settings, factors=RATE_FACTORS):
    return [{"rate_factor": factor} for factor in factors[:num_settings]]


def weights(modalities, num_settings):
    """Settings with equal weights, then a low weight for the last modality, the one before, ...

    Example:
        >>> weights(["text", "image"], 2)
        [{'text_weight': 1.0, 'image_weight': 1.0}, {'text_weight': 1.0, 'image_weight': 0.3}]
    """
    return [
        {weight_key(name): LOW_WEIGHT if name == weak else 1.0 for name in modalities}
        for weak in [None, *reversed(modalities)][:num_settings]
    ]


def _linear_model(model, modalities, num_settings):
    if model == "logistic":
        from sklearn.linear_model import LogisticRegression

        estimator = LogisticRegression(max_iter=300, tol=1e-3)
        values = C_LOGISTIC_TEXT if tuple(modalities) == ("text",) else C_LOGISTIC
        name = "logistic regression"
    else:
        from sklearn.svm import LinearSVC

        estimator = LinearSVC()
        name, values = "linear SVM", C_SVM
    settings = [{"C": C} for C in values[:num_settings]]
    if len(modalities) > 1:
        C = C_BOTH[model]
        settings = [{"C": C, **setting} for setting in weights(modalities, num_settings)]
    return Estimator(estimator, modalities, settings, name=name, head=model)


def read_contenders(
    contenders: str | Sequence[str] | dict[str, Any] | None,
) -> list[str] | dict[str, Any] | None:
    """The argument `contenders` of `compare`, read once: None, a list of names, or a dict.

    Raises:
        TypeError: something else, such as an estimator without a name.
        ValueError: no contenders, or two with the same name.
    """
    if contenders is None:
        return None
    if isinstance(contenders, str):
        return [contenders]
    by_name = dict(contenders) if isinstance(contenders, Mapping) else None
    if by_name is not None:
        names = list(map(str, by_name))
    else:
        is_model = callable(contenders) or hasattr(contenders, "fit")
        has_order = hasattr(contenders, "__iter__") and not isinstance(
            contenders, (set, frozenset, bytes)
        )
        names = list(contenders) if has_order and not is_model else [contenders]
        wrong = next((name for name in names if not isinstance(name, str)), None)
        if wrong is not None:
            raise TypeError(
                "contenders must be a list of names, or a dict, name -> contender. Received: "
                f"{shorten(repr(wrong), 200)}. Pass estimators and functions in a dict, "
                "e.g. {'my model': LogisticRegression()}."
            )
    if not names:
        raise ValueError(
            "At least one contender is needed. Received: none. Omit contenders to compare a "
            "default set."
        )
    if by_name is None:
        return list(map(str, names))
    if len(set(names)) < len(names):
        raise ValueError(
            "The names of contenders must be distinct texts. Received: "
            f"{', '.join(map(repr, by_name))}."
        )
    return dict(zip(names, by_name.values()))


def as_contenders(
    wanted: str | Sequence[str] | dict[str, Any] | None,
    modalities: Sequence[str],
    num_settings: int = MAX_SETTINGS,
    quick: bool = False,
) -> dict[str, Contender]:
    """Turn the argument `contenders` of `compare` into a dict, name -> Contender.

    Args:
        wanted: None for the default contenders; or a sequence of names and patterns such as
            "feature-*-cnn"; or a dict, name -> a name as above, a scikit-learn classifier, a
            function (shapes, num_classes) -> keras.Model, or a `Contender`.
        modalities: sequence of str, the modalities of the data.
        num_settings: int, 1 to 3, settings tried for built-in contenders and functions.
        quick: bool, use the default contenders of a quick comparison, and tune linear models with
            any `num_settings`, see `make_contender`.

    Raises:
        ValueError: a name that does not exist, or a modality that the data does not have.
        TypeError: an object that cannot be a contender.
    """
    if not 1 <= num_settings <= MAX_SETTINGS:
        raise ValueError(
            f"num_settings must be between 1 and {MAX_SETTINGS}. Received: {num_settings}."
        )
    modalities = tuple(modalities)
    wanted = read_contenders(wanted)
    if wanted is None:
        factors = QUICK_FACTORS if quick else RATE_FACTORS
        return {
            name: make_contender(name, modalities, num_settings, factors, quick)
            for name in default_names(modalities, quick)
        }
    if not isinstance(wanted, dict):
        wanted = {name: name for pattern in wanted for name in _matching_names(pattern, modalities)}
    return {
        with_labels(name, modalities): _as_contender(name, value, modalities, num_settings, quick)
        for name, value in wanted.items()
    }


def _matching_names(pattern, modalities):
    pattern = with_labels(pattern, modalities)
    if pattern in (*default_names(modalities), *default_names(modalities, quick=True)):
        return [pattern]
    names = [name for name in catalog(modalities) if fnmatchcase(name, pattern)]
    if not names:
        raise ValueError(
            f"No contender is called {pattern!r}. Names are majority, MODALITY-MODEL, both-MODEL "
            f"and LEVEL-OPERATOR-HEAD, e.g. {', '.join(default_names(modalities))}. A pattern such "
            "as 'feature-*-cnn' selects several contenders."
        )
    return names


def _as_contender(name, value, modalities, num_settings, quick):
    if isinstance(value, str):
        names = _matching_names(value, modalities)
        if len(names) > 1:
            raise ValueError(
                f"In a dict, each value must name one contender: {value!r} matches {len(names)}."
            )
        return make_contender(names[0], modalities, num_settings, quick=quick)
    if hasattr(value, "fit") and hasattr(value, "get_params") and not isinstance(value, type):
        contender = Estimator(value, name=str(name), head=type(value).__name__)
        contender.library = "yours"
    elif isinstance(value, Contender):
        contender = copy.copy(value)  # because its modalities may be set below
    elif callable(value) and not isinstance(value, type):
        contender = Builder(value, param_candidates=_rates(num_settings))
    else:
        raise TypeError(
            f"The contender {name!r} must be a name, a scikit-learn classifier, a function "
            f"(shapes, num_classes) -> keras.Model, or a Contender. Received: {value!r}."
        )
    if contender.modalities is None:
        contender.modalities = modalities
    unknown = [modality for modality in contender.modalities if modality not in modalities]
    if unknown:
        raise ValueError(
            f"The contender {name!r} needs {', '.join(unknown)}. The data has: "
            f"{', '.join(modalities)}."
        )
    return contender

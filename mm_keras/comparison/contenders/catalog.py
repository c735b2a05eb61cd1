"""What competes by default, and by which name: `text-logistic`, `both-svm`, `feature-concat-cnn`, `decision-product-cnn`.

Names are MODALITY-MODEL for one modality, both-MODEL for scikit-learn on all features side by side, and
LEVEL-OPERATOR-HEAD for fusion. Your own estimators and Keras builders stand beside them, see `as_contenders`.
"""

import copy
from fnmatch import fnmatchcase

from mm_keras.comparison.contenders.base import Contender, Majority, weight_key
from mm_keras.comparison.contenders.decision import Decision
from mm_keras.comparison.contenders.estimators import Estimator
from mm_keras.comparison.contenders.networks import Builder, Network
from mm_keras.fusion.registry import LEVELS
from mm_keras.heads.registry import HEADS

# What is tried for each contender, the usual value first; equally many for all: the first `num_settings` of them. Where
# features stand side by side, how strong each modality is matters more than C or the learning rate: there the weights are tried.
C_LOGISTIC, C_SVM, RATE_FACTORS = (0.2, 1.0, 0.04), (0.03, 0.3, 0.003), (1.0, 3.0, 0.3)
MAX_SETTINGS, WEAK = len(RATE_FACTORS), 0.3
C_BOTH = {"logistic": 1.0, "svm": 0.03}  # while the weights are tried
QUICK_FACTORS = (3.0,)  # a dense head then needs a third of the epochs

ALONE = {
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
ALONE_QUICK = {"text": ("logistic",), "image": ("logistic",)}
FUSED_QUICK = (
    "both-logistic",
    "feature-concat-dense",
    "feature-product-dense",
    "decision-product-dense",
)


def default_names(modalities, quick=False):
    """Names of the default contenders for data with these modalities.

    Example:
        >>> default_names(["text"], quick=True)
        ['majority', 'text-logistic']
    """
    alone, fused = (ALONE_QUICK, FUSED_QUICK) if quick else (ALONE, FUSED)
    names = [
        f"{modality}-{model}"
        for modality in modalities
        for model in alone.get(modality, ("logistic", "dense"))
    ]
    return ["majority", *names, *(fused if len(modalities) > 1 else ())]


def catalog(modalities):
    """Names of all contenders that there are for data with these modalities."""
    names = [
        "majority",
        *(
            f"{modality}-{model}"
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


def make_contender(name, modalities, num_settings=MAX_SETTINGS, factors=RATE_FACTORS):
    """The contender behind a name; `num_settings` settings are tried for it (1 to 3). `factors`: of the learning rate."""
    rates = _rates(num_settings, factors)
    first, *rest = name.split("-")
    if name == "majority":
        return Majority()
    if rest[-1] in ("logistic", "svm"):
        return _linear_model(rest[-1], modalities if first == "both" else (first,), num_settings)
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
    """Settings with all modalities equally strong, then the last one weaker, then the one before, ...

    Example:
        >>> weights(["text", "image"], 2)
        [{'text_weight': 1.0, 'image_weight': 1.0}, {'text_weight': 1.0, 'image_weight': 0.3}]
    """
    return [
        {weight_key(name): WEAK if name == weak else 1.0 for name in modalities}
        for weak in [None, *reversed(modalities)][:num_settings]
    ]


def _linear_model(kind, modalities, num_settings):
    if kind == "logistic":
        from sklearn.linear_model import LogisticRegression

        estimator, name, values = (
            LogisticRegression(max_iter=300, tol=1e-3),
            "logistic regression",
            C_LOGISTIC,
        )
    else:
        from sklearn.svm import LinearSVC

        estimator, name, values = LinearSVC(), "linear SVM", C_SVM
    settings = [{"C": C} for C in values[:num_settings]]
    if len(modalities) > 1:
        settings = [{"C": C_BOTH[kind], **setting} for setting in weights(modalities, num_settings)]
    return Estimator(estimator, modalities, settings, name=name, head=kind)


def as_contenders(wanted, modalities, num_settings=MAX_SETTINGS, quick=False):
    """dict, name -> Contender, from what the user asked for.

    Args:
        wanted: None for the default ones; or a sequence of names and patterns such as "feature-*-cnn"; or a dict, name ->
            one of: a name as above, a scikit-learn classifier, a function (shapes, num_classes) -> keras.Model, a Contender.
        modalities: of the data.
        num_settings: int, 1 to 3, for contenders by name.
        quick: bool, which default ones.

    Raises:
        ValueError: a name that does not exist; TypeError: something that cannot compete.
    """
    if not 1 <= num_settings <= MAX_SETTINGS:
        raise ValueError(
            f"num_settings must lie between 1 and {MAX_SETTINGS}. Received: {num_settings}."
        )
    modalities = tuple(modalities)
    if wanted is None:
        factors = QUICK_FACTORS if quick else RATE_FACTORS
        return {
            name: make_contender(name, modalities, num_settings, factors)
            for name in default_names(modalities, quick)
        }
    if not isinstance(wanted, dict):
        wanted = [
            name
            for pattern in ([wanted] if isinstance(wanted, str) else wanted)
            for name in _matching(pattern, modalities)
        ]
    pairs = (
        wanted.items()
        if isinstance(wanted, dict)
        else ((name, name) for name in dict.fromkeys(wanted))
    )
    return {
        str(name): _as_contender(name, value, modalities, num_settings) for name, value in pairs
    }


def _matching(pattern, modalities):
    if pattern in (*default_names(modalities), *default_names(modalities, quick=True)):
        return [pattern]
    found = [name for name in catalog(modalities) if fnmatchcase(name, pattern)]
    if not found:
        raise ValueError(
            f"No contender is called {pattern!r}. Names are majority, MODALITY-MODEL, both-MODEL and LEVEL-OPERATOR-HEAD, "
            f"e.g. {', '.join(default_names(modalities))}. Patterns such as 'feature-*-cnn' stand for several."
        )
    return found


def _as_contender(name, value, modalities, num_settings):
    if isinstance(value, str):
        found = _matching(value, modalities)
        if len(found) > 1:
            raise ValueError(
                f"In a dict, each contender is one: {value!r} stands for {len(found)}."
            )
        return make_contender(found[0], modalities, num_settings)
    if hasattr(value, "fit") and hasattr(value, "get_params") and not isinstance(value, type):
        contender = Estimator(value, name=str(name), head=type(value).__name__)
        contender.library = "yours"
    elif isinstance(value, Contender):
        contender = copy.copy(value)  # its modalities may be those of this data
    elif callable(value) and not isinstance(value, type):
        contender = Builder(value, param_candidates=_rates(num_settings))
    else:
        raise TypeError(
            f"The contender {name!r} must be a name, a scikit-learn classifier, a function (shapes, num_classes) -> "
            f"keras.Model, or a Contender. Received: {value!r}."
        )
    if contender.modalities is None:
        contender.modalities = modalities
    unknown = [modality for modality in contender.modalities if modality not in modalities]
    if unknown:
        raise ValueError(
            f"The contender {name!r} needs {', '.join(unknown)}. The data has: {', '.join(modalities)}."
        )
    return contender

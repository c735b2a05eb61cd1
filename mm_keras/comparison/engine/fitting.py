"""Fits contenders so that user-defined ones do not affect others, and checks their predictions."""

from mm_keras.comparison.contenders.base import Fitted


def samples_for(contender, features):
    """The training samples; a copy for user-defined contenders, which may write into them."""
    train = features.training_set(contender.modalities)
    return train if _is_ours(contender) else train.copy()


def fit_contender(contender, train, setting, seed):
    """The fitted contender; a user-defined one predicts from copies of the samples."""
    fitted = contender.fit(train, setting, seed)
    if _is_ours(contender):
        return fitted

    def predict(arrays):
        return fitted.predict({name: array.copy() for name, array in arrays.items()})

    return Fitted(predict, fitted.num_parameters, getattr(fitted, "reconcile", None))


def _is_ours(contender):
    return type(contender).__module__.split(".")[0] == "mm_keras"


def reconcile(fitted, arrays):
    """The number of samples for which `Fitted.reconcile` changed the most likely class.

    Raises:
        ValueError: these are most of the samples.
    """
    count = fitted.reconcile(arrays) if fitted.reconcile else 0
    num_samples = len(next(iter(arrays.values())))
    if 2 * count > num_samples:
        raise ValueError(
            "The class with the highest value (predict_proba, else decision_function) must be the "
            f"one that predict returns. For {count:,} of {num_samples:,} test samples it is not, "
            "so these values give no class probabilities."
        )
    return count

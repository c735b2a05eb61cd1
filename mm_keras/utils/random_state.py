"""Seeding that leaves the caller's random state unchanged."""

import random
import sys
from contextlib import contextmanager

import numpy as np

from mm_keras.utils.keras_tools import import_keras


@contextmanager
def seeded(seed, keep_compiled=False):
    """A context in which Python, NumPy, Keras and its backend use this seed; restored afterwards.

    Args:
        seed: int >= 0.
        keep_compiled: bool, whether TensorFlow may keep its compiled functions; to compile one
            again takes up to 0.2 seconds. Only where all random numbers come from Keras, which
            keeps their state in variables: `tf.random.normal` would go on where it was.

    Example:
        >>> np.random.seed(1)
        >>> with seeded(0):
        ...     inside = np.random.random()
        >>> after = np.random.random()
        >>> np.random.seed(1)
        >>> after == np.random.random()
        True
    """
    keras = import_keras()
    python_state = random.getstate()
    numpy_state = np.random.get_state()
    attributes = _seed_attributes()
    try:
        if not (keep_compiled and _set_seed(seed, attributes)):
            keras.utils.set_random_seed(seed)
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)
        for owner, name, value in attributes:
            setattr(owner, name, value)


def _set_seed(seed, attributes):
    """What `keras.utils.set_random_seed` does, but for the compiled functions of TensorFlow.

    Returns False, and does nothing, where there are other seeds than those of Keras and TensorFlow.
    """
    values = {
        "global_random_seed": seed,
        "global_seed_generator": None,
        "_seed": seed,
        "_rng": random.Random(seed),
    }
    if {name for _, name, _ in attributes} != values.keys():
        return False
    random.seed(seed)
    np.random.seed(seed)
    for owner, name, _ in attributes:
        setattr(owner, name, values[name])
    return True


def _seed_attributes():
    """List of (owner, name, value): the attributes in which Keras and TensorFlow keep their seeds.

    Neither has a public function for this. In a version that keeps them elsewhere, the generator is
    not restored.
    """
    attributes = []
    state = getattr(
        sys.modules.get("keras.src.backend.common.global_state"), "GLOBAL_STATE_TRACKER", None
    )
    attributes += [
        (state, name, getattr(state, name, None))
        for name in ("global_random_seed", "global_seed_generator")
        if state
    ]
    context = getattr(sys.modules.get("tensorflow.python.eager.context"), "_context", None)
    attributes += [
        (context, name, getattr(context, name))
        for name in ("_seed", "_rng")
        if hasattr(context, name)
    ]
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        attributes.append((_Torch(torch), "state", torch.get_rng_state()))
    return attributes


class _Torch:
    """Restores torch's generator by an attribute assignment, like the others."""

    def __init__(self, torch):
        vars(self)["torch"] = torch

    def __setattr__(self, name, value):
        self.torch.set_rng_state(value)

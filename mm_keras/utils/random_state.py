"""The caller's random numbers: what is done within the block leaves them as they were."""

import random
import sys
from contextlib import contextmanager

import numpy as np


@contextmanager
def seeded(seed):
    """Python, NumPy, Keras and its backend draw from this seed within the block, and afterwards go on as if it had not been.

    Args:
        seed: int >= 0.

    Example:
        >>> np.random.seed(1)
        >>> with seeded(0):
        ...     inside = np.random.random()
        >>> after = np.random.random()
        >>> np.random.seed(1)
        >>> after == np.random.random()
        True
    """
    import keras

    python, numpy_state, attributes = random.getstate(), np.random.get_state(), _attributes()
    try:
        keras.utils.set_random_seed(seed)
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy_state)
        for owner, name, value in attributes:
            setattr(owner, name, value)


def _attributes():
    """(owner, name, value) of every attribute in which Keras and TensorFlow keep their seeds: a new seed replaces these values.

    Neither offers a function for it. Where a version keeps them elsewhere, its generator is not restored.
    """
    found = []
    state = getattr(
        sys.modules.get("keras.src.backend.common.global_state"), "GLOBAL_STATE_TRACKER", None
    )
    found += [
        (state, name, getattr(state, name, None))
        for name in ("global_random_seed", "global_seed_generator")
        if state
    ]
    context = getattr(sys.modules.get("tensorflow.python.eager.context"), "_context", None)
    found += [
        (context, name, getattr(context, name))
        for name in ("_seed", "_rng")
        if hasattr(context, name)
    ]
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        found.append((_Torch(torch), "state", torch.get_rng_state()))
    return found


class _Torch:
    """Lets torch's generator be restored by an assignment, as the others are."""

    def __init__(self, torch):
        vars(self)["torch"] = torch

    def __setattr__(self, name, value):
        self.torch.set_rng_state(value)

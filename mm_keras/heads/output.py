"""The output layer of every head."""

import keras


def probabilities(vector, num_classes, multi_label=False, **options):
    """(n, d) -> (n, num_classes): softmax, or one sigmoid per label when `multi_label`.

    Computed in float32 under a dtype policy of half precision, in which the probabilities of a
    sample would not have the sum 1.
    """
    smallest = 1 if multi_label else 2
    if num_classes < smallest:
        raise ValueError(f"num_classes must be at least {smallest}. Received: {num_classes}.")
    activation = "sigmoid" if multi_label else "softmax"
    return keras.layers.Dense(
        int(num_classes),
        activation=activation,
        name="probabilities",
        dtype=full_precision(),
        **options,
    )(vector)


def full_precision():
    """The dtype of a layer that needs at least float32; None, the global policy, if that has it."""
    half = keras.config.dtype_policy().compute_dtype in ("float16", "bfloat16")
    return "float32" if half else None

"""The output layer of every head."""

import keras


def probabilities(vector, num_classes, multi_label=False, **options):
    """(n, d) -> (n, num_classes): softmax, or one sigmoid per label when `multi_label`."""
    smallest = 1 if multi_label else 2
    if num_classes < smallest:
        raise ValueError(f"num_classes must be at least {smallest}. Received: {num_classes}.")
    activation = "sigmoid" if multi_label else "softmax"
    return keras.layers.Dense(
        int(num_classes), activation=activation, name="probabilities", **options
    )(vector)

"""Keras without its backend's log messages, and predictions that the backend compiles once."""

import logging
from contextlib import contextmanager

import numpy as np

from mm_keras.utils.quiet import quiet_start


def import_keras():
    """Import keras without the log messages of its backend, see `quiet_start`."""
    with quiet_start():
        import keras
    return keras


@contextmanager
def without_retracing_notes():
    """A context without TensorFlow's warnings about retracing.

    TensorFlow counts the first prediction of each model as a retracing, and warns when there are
    several models.
    """
    logger = logging.getLogger("tensorflow")
    logger.addFilter(_is_not_about_retracing)
    try:
        yield
    finally:
        logger.removeFilter(_is_not_about_retracing)


def _is_not_about_retracing(record):
    return "triggered tf.function retracing" not in record.getMessage()


def predict_padded(model, arrays, num_rows, compiled=True):
    """`model.predict_on_batch(arrays)`, with the arrays zero-padded to `num_rows` rows.

    For a model with a dict of outputs, a dict of arrays.

    The predictions of the padding are dropped. With a fixed number of rows, TensorFlow compiles the
    model only once.

    Args:
        model: keras.Model whose inputs are a dict.
        arrays: dict, modality -> array (n, ...) with n <= num_rows.
        num_rows: int, the number of rows that the model is given.
        compiled: bool, whether TensorFlow compiles the model first, which takes some 0.1 seconds.
    """
    num_samples = len(next(iter(arrays.values())))
    padding = num_rows - num_samples
    if padding:
        arrays = {
            name: np.pad(array, [(0, padding)] + [(0, 0)] * (array.ndim - 1))
            for name, array in arrays.items()
        }
    if compiled:
        with without_retracing_notes():
            outputs = model.predict_on_batch(arrays)
    else:
        outputs = model(arrays, training=False)
    if isinstance(outputs, dict):
        return {name: np.asarray(output)[:num_samples] for name, output in outputs.items()}
    return np.asarray(outputs)[:num_samples]

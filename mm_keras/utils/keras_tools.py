"""Keras without the chatter of its backend, and predictions that its backend compiles once."""

import logging
import os
import sys
import tempfile
from contextlib import contextmanager

import numpy as np


def import_keras():
    """Import keras; what the backend's native code writes to stderr meanwhile is shown only if the import fails."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as chatter:
        os.dup2(chatter.fileno(), 2)
        try:
            import keras
        except BaseException:
            os.dup2(stderr, 2)
            chatter.seek(0)
            os.write(2, chatter.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
    return keras


@contextmanager
def without_retracing_notes():
    """TensorFlow counts the first prediction of every model as a "retracing" and warns when there are several models."""
    logger = logging.getLogger("tensorflow")
    logger.addFilter(_is_no_retracing_note)
    try:
        yield
    finally:
        logger.removeFilter(_is_no_retracing_note)


def _is_no_retracing_note(record):
    return "triggered tf.function retracing" not in record.getMessage()


def predict_padded(model, arrays, num_rows):
    """`model.predict_on_batch(arrays)` with zero rows at the end, up to `num_rows`, whose answers are left out.

    So TensorFlow compiles the model once, however many samples there are.

    Args:
        model: keras.Model whose inputs are a dict; arrays: dict, modality -> array (n, ...), n <= num_rows.
    """
    num_samples = len(next(iter(arrays.values())))
    missing = num_rows - num_samples
    if missing:
        arrays = {
            name: np.pad(array, [(0, missing)] + [(0, 0)] * (array.ndim - 1))
            for name, array in arrays.items()
        }
    with without_retracing_notes():
        return np.asarray(model.predict_on_batch(arrays))[:num_samples]

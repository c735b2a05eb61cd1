"""Keras without the start-up messages of its backend, which look like errors in a notebook."""

from mm_keras.utils.keras_tools import import_keras

keras = import_keras()

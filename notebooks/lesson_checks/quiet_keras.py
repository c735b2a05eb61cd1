"""Keras as always, without the start-up messages of its backend, which in a notebook look like errors."""

from mm_keras.utils.keras_tools import import_keras

keras = import_keras()

"""The cinema: short films with sound, with exactly known best accuracies, also without order."""

from mm_keras.datasets.cinema.make import make_cinema
from mm_keras.datasets.cinema.schemes import SCHEMES, scheme_table

__all__ = ["SCHEMES", "make_cinema", "scheme_table"]

"""Checks for the exercises of the lessons: each says "Right" or what is off, and never the answer.

One module per lesson. A check takes the reader's answer and returns a Verdict, which a notebook shows as its sentence
and an `if` or an `assert` takes as True or False.
"""

import copy
import importlib.util
import sys
from pathlib import Path

if (
    importlib.util.find_spec("mm_keras") is None
):  # not installed: take it from the folder above the notebooks
    sys.path.append(str(Path(__file__).resolve().parents[2]))


class Verdict:
    """Whether an answer is right, and one sentence about it."""

    def __init__(self, is_right, sentence):
        self.is_right = is_right
        self.sentence = sentence

    def __bool__(self):
        return self.is_right

    def __repr__(self):
        return self.sentence


def right(sentence):
    return Verdict(True, f"Right. {sentence}")


def not_yet(hint):
    return Verdict(False, f"Not yet. {hint}")


def unanswered(needed):
    """For an answer that is still `...`; `needed` says of what kind it must be."""
    return Verdict(False, f"No answer yet. Put {needed} in place of the three dots.")


def one_of(answer, letter, why_right, hints):
    """The verdict on an answer by letter; `hints`: dict, wrong letter -> what is off with it."""
    letters = ", ".join(sorted([letter, *hints]))
    if answer is ...:
        return unanswered(f"one letter ({letters}) in quotes")
    chosen = str(answer).strip().lower()
    if chosen == letter:
        return right(why_right)
    return not_yet(
        hints.get(
            chosen, f"The answer is one of the letters {letters}, in quotes. Received: {answer!r}."
        )
    )


def as_numbers(found):
    """What a function returned as an array of float, or None if that cannot be."""
    import numpy as np

    return outcome(lambda: np.asarray(found, dtype=float))[0]


def is_whole_number(answer):
    """Also 6.0 is one: what a division gives."""
    import numpy as np

    if isinstance(answer, (float, np.floating)):
        return float(answer).is_integer()
    return isinstance(answer, (int, np.integer)) and not isinstance(answer, bool)


def outcome(function, *arguments):
    """(what the reader's function returns, None), or (None, what went wrong, as half a sentence).

    The function gets copies of the arguments: it may change them.
    """
    try:
        return function(*copy.deepcopy(arguments)), None
    except Exception as error:
        return None, f"stopped with {type(error).__name__}: {error}"

"""Checks for the exercises in the lessons: each returns "Right" or a hint, never the answer.

There is one module per lesson. A check takes the student's answer and returns a Verdict. A notebook
shows the verdict as a sentence; `if` and `assert` take it as True or False.
"""

import copy
import importlib.util
import re
import sys
from pathlib import Path

if importlib.util.find_spec("mm_keras") is None:  # not installed: use the project's own folder
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
    """The verdict on an answer that is still `...`; `needed` describes what is expected."""
    return Verdict(False, f"No answer yet. Replace the three dots with {needed}.")


def no_result(function=None):
    """The verdict on a function that returns nothing: its body is missing, or its `return` is."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_code == _untouched.__code__.co_code:
        return unanswered("the body of the function, and return the result")
    return not_yet("The function returns nothing. Is `return` missing?")


def _untouched(): ...


def one_of(answer, letter, why_right, hints):
    """The verdict on a multiple-choice answer; `hints`: dict, wrong letter -> hint."""
    letters = ", ".join(sorted([letter, *hints]))
    if answer is ...:
        return unanswered(f"one letter ({letters}) in quotes")
    chosen = re.sub(r"\W", "", str(answer)).lower()  # "c)" and "(C)" are "c"
    if chosen == letter:
        return right(why_right)
    no_letter = f"The answer is one of the letters {letters}, in quotes. Received: {answer!r}."
    return not_yet(hints.get(chosen, no_letter))


def row_sums_hint(problem, rows):
    """The hint for a function that divided `rows` by their sums and stopped, or None."""
    if "broadcast" not in problem:
        return None
    sums, column = (len(rows),), (len(rows), 1)
    return (
        f"The sums of the rows have shape {sums}, and {rows.shape} cannot be divided by that. "
        f"Keep them as a column, {column}: `keepdims=True`."
    )


def as_numbers(value):
    """The value as an array of float, or None if it cannot be converted."""
    import numpy as np

    return outcome(lambda: np.asarray(value, dtype=float))[0]


def whole_number(answer):
    """The answer as int, or None if it is not one integer.

    >>> import numpy as np
    >>> [whole_number(answer) for answer in (6400.0, "6,400", np.array([6400]), "6400.5", True)]
    [6400, 6400, 6400, None, None]
    """
    import numpy as np

    if isinstance(answer, np.ndarray) and answer.size == 1:
        answer = answer.item()
    if isinstance(answer, str) and re.fullmatch(r"\s*[0-9][0-9,_ ]*", answer):
        answer = int(re.sub(r"\D", "", answer))
    return int(answer) if is_whole_number(answer) else None


def is_whole_number(answer):
    """Whether the answer is an integer; 6.0, the result of a division, counts as one."""
    import numpy as np

    if isinstance(answer, (float, np.floating)):
        return float(answer).is_integer()
    return isinstance(answer, (int, np.integer)) and not isinstance(answer, bool)


def outcome(function, *arguments):
    """(result of the student's function, None), or (None, the error as the end of a sentence).

    The function gets copies of the arguments, so it may change them.
    """
    try:
        return function(*copy.deepcopy(arguments)), None
    except Exception as error:
        return None, f"stopped with {type(error).__name__}: {error}"

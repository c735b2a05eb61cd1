"""Checks for the exercises of lesson 08, your own data."""

import tempfile
import warnings
from pathlib import Path

from lesson_checks import is_whole_number, not_yet, one_of, outcome, right, unanswered

GAPS = "text,image,label\nRain,images/a.png,weather\n,images/b.png,sports\nA goal,lost.png,sports\nSnow,images/c.png,\n,,weather\n"
SHEET = "nr;headline;desk;remark\na7;Rain, then sun;weather;new\na9;Two goals;sports;\nb1;Snow;weather;old\nb2;A draw;sports;\n"


def loaded(content, **settings):
    """What load_pairs makes of a small spreadsheet, without its warnings."""
    from mm_keras.datasets import load_pairs

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (Path(folder) / "pairs.csv").write_text(content, encoding="utf-8")
        return load_pairs(folder, **settings)


def check_gaps(answer):
    """Predict: how many samples are left of a spreadsheet with gaps.

    >>> check_gaps(5)
    Not yet. There are fewer. One row has nothing that could be learned: which cell can no training sample do without?
    >>> check_gaps(1)
    Not yet. There are more. A missing text or image becomes None; its row stays.
    >>> check_gaps("none")
    Not yet. A whole number is needed. Received: 'none'.
    """
    if answer is ...:
        return unanswered("a whole number")
    if not is_whole_number(answer):
        return not_yet(f"A whole number is needed. Received: {answer!r}.")
    samples = len(loaded(GAPS))
    if answer > samples:
        return not_yet(
            "There are fewer. One row has nothing that could be learned: "
            "which cell can no training sample do without?"
        )
    if answer < samples:
        return not_yet("There are more. A missing text or image becomes None; its row stays.")
    return right(
        "Even the last row stays, with neither text nor image: look at your warnings and your table."
    )


def check_settings(settings):
    """Change: the settings with which load_pairs reads a spreadsheet with names of its own.

    >>> check_settings({"image": None})  # doctest: +ELLIPSIS
    Not yet. load_pairs stopped with ValueError: pairs.csv needs the columns 'text', 'label'. Received: 'nr', 'headline', ...
    >>> check_settings({"text": "remark", "image": None, "label": "desk"})
    Not yet. The texts are ['new', None, 'old', None]. Which column holds the reports?
    >>> check_settings({"text": "headline", "image": None, "label": "desk"})
    Not yet. The samples are named 0, 1, 2, 3. The spreadsheet has names of its own, such as a7: in which column?
    >>> check_settings("headline")
    Not yet. A dict is needed: {"text": "...", ...}. Received: 'headline'.
    """
    if settings is ...:
        return unanswered("a dict")
    if not isinstance(settings, dict):
        return not_yet(f'A dict is needed: {{"text": "...", ...}}. Received: {settings!r}.')
    data, problem = outcome(lambda: loaded(SHEET, **settings))
    if problem:
        return not_yet(f"load_pairs {problem}")
    if "text" not in data.modalities or data["text"][1] != "Two goals":
        return not_yet(
            f"The texts are {data['text'] if 'text' in data.modalities else None}. Which column holds the reports?"
        )
    if data.labels is None or data.class_names != ("sports", "weather"):
        return not_yet(
            f"The classes are {', '.join(data.class_names) or 'unknown'}. Which column holds what is to be learned?"
        )
    if "image" in data.modalities:
        return not_yet("There are no images in this spreadsheet.")
    if data.ids[0] != "a7":
        return not_yet(
            f"The samples are named {', '.join(data.ids)}. "
            "The spreadsheet has names of its own, such as a7: in which column?"
        )
    return right(
        "Nothing in the file had to be changed, and the column left over waits in data.columns."
    )


def check_drop(answer):
    """Explain: why the accuracy of next week is lower than the one that was measured.

    >>> check_drop("a")
    Not yet. A loaded classifier predicts exactly what the saved one predicted: the lesson asserts it.
    >>> check_drop("c")
    Not yet. The vocabulary of the training reports was known in both weeks. What did the measured reports have that new ones lack?
    >>> check_drop("d")
    Not yet. Too little training lowers both numbers. Why was the first one so high?
    >>> check_drop("x")
    Not yet. The answer is one of the letters a, b, c, d, in quotes. Received: 'x'.
    """
    return one_of(
        answer,
        "b",
        "Split by event or by date, as the classifier will be used: that is what a column `split` is for.",
        {
            "a": "A loaded classifier predicts exactly what the saved one predicted: the lesson asserts it.",
            "c": "The vocabulary of the training reports was known in both weeks. What did the measured reports have that new ones lack?",
            "d": "Too little training lowers both numbers. Why was the first one so high?",
        },
    )


def check_unsure(function):
    """Build: names of the likeliest classes, or "unsure".

    >>> check_unsure(lambda probabilities, names, threshold: [names[row.argmax()] for row in probabilities])
    Not yet. For the row [0.4, 0.35, 0.25] and threshold 0.5 the answer must be 'unsure'. It is 'rain'.
    >>> check_unsure(lambda probabilities, names, threshold: ["unsure" for row in probabilities])
    Not yet. For the row [0.1, 0.8, 0.1] and threshold 0.5 the answer must be the likeliest class. It is 'unsure'.
    >>> check_unsure(lambda probabilities, names, threshold: "unsure")
    Not yet. A list with one str per row is needed. Received: 'unsure'.
    >>> check_unsure(lambda probabilities, names, threshold: probabilities.missing)
    Not yet. The function stopped with AttributeError: 'numpy.ndarray' object has no attribute 'missing'
    """
    import numpy as np

    rows, names = (
        np.array([[0.4, 0.35, 0.25], [0.1, 0.8, 0.1], [0.0, 0.4, 0.6]]),
        ("rain", "sun", "snow"),
    )
    for threshold in (0.5, 0.7):
        found, problem = outcome(function, rows.copy(), names, threshold)
        if problem:
            return not_yet(f"The function {problem}")
        if found is None or found is ...:
            return unanswered("the body of the function")
        if not isinstance(found, (list, tuple)) or len(found) != len(rows):
            return not_yet(f"A list with one str per row is needed. Received: {found!r}.")
        for row, said in zip(rows, found):
            sure = row.max() >= threshold
            if said != (names[row.argmax()] if sure else "unsure"):
                wanted = "the likeliest class" if sure else "'unsure'"
                return not_yet(
                    f"For the row {row.tolist()} and threshold {threshold} the answer must be {wanted}. It is {said!r}."
                )
    return right(
        "Someone can now look at the unsure ones; choose the threshold on samples that were not trained on."
    )

"""Checks for the exercises of lesson 08, your own data."""

import tempfile
import warnings
from pathlib import Path

from lesson_checks import no_result, not_yet, one_of, outcome, right, unanswered, whole_number

GAPS = (
    "text,image,label\n"
    "Rain,images/a.png,weather\n"
    ",images/b.png,sports\n"
    "A goal,lost.png,sports\n"
    "Snow,images/c.png,\n"
    ",,weather\n"
)
SHEET = (
    "nr;headline;desk;remark\n"
    "a7;Rain, then sun;weather;new\n"
    "a9;Two goals;sports;\n"
    "b1;Snow;weather;old\n"
    "b2;A draw;sports;\n"
)


def loaded(content, **settings):
    """The data that load_pairs returns for a small spreadsheet, without its warnings."""
    from mm_keras.datasets import load_pairs

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (Path(folder) / "pairs.csv").write_text(content, encoding="utf-8")
        return load_pairs(folder, **settings)


def check_gaps(answer):
    """Predict: how many samples are left of a spreadsheet with gaps.

    >>> check_gaps(5)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. There are fewer. One row has nothing to learn: which cell does every training sample
    need?
    >>> check_gaps(1)
    Not yet. There are more. A missing text or image becomes None, and its row stays.
    >>> check_gaps("none")
    Not yet. A whole number is needed. Received: 'none'.
    """
    if answer is ...:
        return unanswered("a whole number")
    number = whole_number(answer)
    if number is None:
        return not_yet(f"A whole number is needed. Received: {answer!r}.")
    num_samples = len(loaded(GAPS))
    if number > num_samples:
        return not_yet(
            "There are fewer. One row has nothing to learn: "
            "which cell does every training sample need?"
        )
    if number < num_samples:
        return not_yet("There are more. A missing text or image becomes None, and its row stays.")
    return right(
        "Even the last row stays, with neither text nor image: read the warnings, check the table."
    )


def check_settings(settings):
    """Change: the settings with which load_pairs reads a spreadsheet with other column names.

    >>> check_settings({"image": None})  # doctest: +ELLIPSIS
    Not yet. load_pairs stopped with ValueError: pairs.csv ... 'nr', 'headline', ...
    >>> check_settings({"text": "remark", "image": None, "label": "desk"})
    Not yet. The texts are ['new', None, 'old', None]. Which column contains the reports?
    >>> check_settings({"text": "headline", "image": None, "label": "desk"})
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. The sample ids are 0, 1, 2, 3. The spreadsheet has its own ids, such as a7: in which
    column?
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
        texts = data["text"] if "text" in data.modalities else None
        return not_yet(f"The texts are {texts}. Which column contains the reports?")
    if data.labels is None or data.class_names != ("sports", "weather"):
        classes = ", ".join(data.class_names) or "unknown"
        return not_yet(f"The classes are {classes}. Which column contains the labels?")
    if "image" in data.modalities:
        return not_yet("There are no images in this spreadsheet.")
    if data.ids[0] != "a7":
        return not_yet(
            f"The sample ids are {', '.join(data.ids)}. "
            "The spreadsheet has its own ids, such as a7: in which column?"
        )
    return right(
        "Nothing in the file had to be changed, and the remaining column is kept in data.columns."
    )


def check_drop(answer):
    """Explain: why next week's accuracy is lower than the measured one.

    >>> check_drop("a")
    Not yet. A loaded classifier predicts exactly what the saved one did: the lesson checks it.
    >>> check_drop("(b)")  # doctest: +NORMALIZE_WHITESPACE
    Not yet. The vocabulary of the training reports was known in both weeks. What did the test
    reports have that new ones lack?
    >>> check_drop("d")
    Not yet. Too little training lowers both accuracies. Why was the first one so high?
    >>> check_drop("x")
    Not yet. The answer is one of the letters a, b, c, d, in quotes. Received: 'x'.
    """
    return one_of(
        answer,
        "c",
        "Split by event or by date, as the classifier will be used: use a `split` column for that.",
        {
            "a": "A loaded classifier predicts exactly what the saved one did: "
            "the lesson checks it.",
            "b": "The vocabulary of the training reports was known in both weeks. "
            "What did the test reports have that new ones lack?",
            "d": "Too little training lowers both accuracies. Why was the first one so high?",
        },
    )


def check_unsure(function):
    """Build: the names of the most likely classes, or "unsure".

    >>> check_unsure(lambda rows, names, threshold: [names[row.argmax()] for row in rows])
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. For the row [0.4, 0.35, 0.25] and threshold 0.5 the answer must be 'unsure'. It is
    'rain'.
    >>> check_unsure(lambda rows, names, threshold: ["unsure" for row in rows])
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. For the row [0.1, 0.8, 0.1] and threshold 0.5 the answer must be the most likely class.
    It is 'unsure'.
    >>> check_unsure(lambda rows, names, threshold: "unsure")
    Not yet. A list with one str per row is needed. Received: 'unsure'.
    >>> check_unsure(lambda rows, names, threshold: print(len(rows)))
    3
    Not yet. The function returns nothing. Is `return` missing?
    >>> check_unsure(lambda rows, names, threshold: rows.missing)
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. The function stopped with AttributeError: 'numpy.ndarray' object has no attribute
    'missing'
    """
    import numpy as np

    rows = np.array([[0.4, 0.35, 0.25], [0.1, 0.8, 0.1], [0.0, 0.4, 0.6]])
    names = ("rain", "sun", "snow")
    for threshold in (0.5, 0.7):
        result, problem = outcome(function, rows.copy(), names, threshold)
        if problem:
            return not_yet(f"The function {problem}")
        if result is None or result is ...:
            return no_result(function)
        result = result.tolist() if isinstance(result, np.ndarray) else result
        if not isinstance(result, (list, tuple)) or len(result) != len(rows):
            return not_yet(f"A list with one str per row is needed. Received: {result!r}.")
        for row, name in zip(rows, result):
            sure = row.max() >= threshold
            if name != (names[row.argmax()] if sure else "unsure"):
                expected = "the most likely class" if sure else "'unsure'"
                return not_yet(
                    f"For the row {row.tolist()} and threshold {threshold} the answer must be "
                    f"{expected}. It is {name!r}."
                )
    return right("Someone can now check the unsure ones; choose the threshold on held-out samples.")

"""Checks for the exercises of lesson 06, what a CNN and an RNN do to features."""

import numpy as np

from lesson_checks import (
    as_numbers,
    no_result,
    not_yet,
    one_of,
    outcome,
    right,
    unanswered,
    whole_number,
)


def check_flatten(answer):
    """Predict: the output size of Flatten in the `cnn` head for an image of 20 x 20 pixels.

    >>> check_flatten(400)
    Not yet. There are more. How many channels does the last convolution have?
    >>> check_flatten(20 * 20 * 64)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. There are fewer. A window of three fits at fewer positions than there are rows, and
    pooling halves what is left.
    >>> check_flatten("many")
    Not yet. A whole number is needed. Received: 'many'.
    """
    if answer is ...:
        return unanswered("a whole number")
    number = whole_number(answer)
    if number is None:
        return not_yet(f"A whole number is needed. Received: {answer!r}.")
    import keras

    from mm_keras.fusion import unimodal_model

    model = unimodal_model({"image": (20, 20, 1)}, 2, head="cnn")
    (size,) = (
        layer.output.shape[1] for layer in model.layers if isinstance(layer, keras.layers.Flatten)
    )
    if number < size:
        return not_yet("There are more. How many channels does the last convolution have?")
    if number > size:
        return not_yet(
            "There are fewer. A window of three fits at fewer positions than there are rows, "
            "and pooling halves what is left."
        )
    return right("Nearly all weights of the article's network are connected to these values.")


def check_order(extractor):
    """Change: an extractor that tells "dog bites man" from "man bites dog".

    >>> from mm_keras.text import BagOfWords, TFIDF
    >>> check_order(BagOfWords())  # doctest: +NORMALIZE_WHITESPACE
    Not yet. Both sentences still have the same row. What differs between them that could be counted
    or kept?
    >>> check_order(TFIDF())  # doctest: +NORMALIZE_WHITESPACE
    Not yet. Both sentences still have the same row. What differs between them that could be counted
    or kept?
    >>> check_order("pairs")
    Not yet. An extractor such as BagOfWords(...) or Sequence(...) is needed. Received: 'pairs'.
    """
    if extractor is ...:
        return unanswered("an extractor")
    if not hasattr(extractor, "fit_transform"):
        return not_yet(
            "An extractor such as BagOfWords(...) or Sequence(...) is needed. "
            f"Received: {extractor!r}."
        )
    rows, problem = outcome(extractor.fit_transform, ["dog bites man", "man bites dog"])
    if problem:
        return not_yet(f"The extractor {problem}")
    rows = rows.toarray() if hasattr(rows, "toarray") else rows
    if (rows[0] == rows[1]).all():
        return not_yet(
            "Both sentences still have the same row. "
            "What differs between them that could be counted or kept?"
        )
    return right(
        "Pairs of words keep a little of the order for any head; "
        "token ids keep all of it, for a head that reads steps."
    )


def check_sorting(answer):
    """Explain: why the order of the columns matters to a CNN but not to a linear head.

    >>> check_sorting("b")
    Not yet. Chance affects both heads. Which head looks at neighbors?
    >>> check_sorting("c")
    Not yet. Both times the same values were there, in other columns.
    >>> check_sorting("d")
    Not yet. A linear head has one weight per column. Does it matter where the column is?
    >>> check_sorting(3)
    Not yet. The answer is one of the letters a, b, c, d, in quotes. Received: 3.
    """
    return one_of(
        answer,
        "a",
        "A vocabulary has no order, so give TF-IDF to a linear or dense head, grids to a CNN.",
        {
            "b": "Chance affects both heads. Which head looks at neighbors?",
            "c": "Both times the same values were there, in other columns.",
            "d": "A linear head has one weight per column. Does it matter where the column is?",
        },
    )


def check_slide(function):
    """Build: a window of weights that slides along a row of numbers.

    >>> check_slide(lambda row, weights: [row[i] * weights[0] for i in range(len(row))])
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. For a row of 5 numbers and 3 weights the window fits 3 times. Your answer has 5
    numbers.
    >>> check_slide(lambda row, weights: [sum(weights) for i in range(len(row) - len(weights) + 1)])
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. slide([1, 2, 4, 8, 16], [-1, 0, 1]) gives [0, 0, 0]: multiply each number in the window
    by its weight, then add.
    >>> check_slide(lambda row, weights: np.convolve(row, weights, "valid"))
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. slide([1, 2, 4, 8, 16], [-1, 0, 1]) gives [-3, -6, -12]: a convolution in the
    mathematical sense (`np.convolve`) turns the window around. Slide it as it is.
    >>> check_slide(lambda row, weights: 3)
    Not yet. A list of numbers is needed. Received: 3.
    >>> check_slide(lambda row, weights: row.missing)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. slide([1, 2, 4, 8, 16], [-1, 0, 1]) stopped with AttributeError: 'list' object has no
    attribute 'missing'
    """
    for row, weights in (
        ([1, 2, 4, 8, 16], [-1, 0, 1]),
        ([3, 1, 2, 5], [2, 1]),
        ([1, 2, 3], [1, 10, 100]),
    ):
        call = f"slide({row}, {weights})"
        result, problem = outcome(function, row, weights)
        if problem:
            return not_yet(f"{call} {problem}")
        if result is None or result is ...:
            return no_result(function)
        numbers = as_numbers(result)
        if numbers is None or numbers.ndim != 1:
            return not_yet(f"A list of numbers is needed. Received: {result!r}.")
        expected = np.correlate(row, weights)
        if len(numbers) != len(expected):
            return not_yet(
                f"For a row of {len(row)} numbers and {len(weights)} weights the window fits "
                f"{len(expected)} times. Your answer has {len(numbers)} numbers."
            )
        if not np.allclose(numbers, expected):
            return not_yet(f"{call} gives {_plain(numbers)}: {_slide_hint(numbers, row, weights)}")
    return right(
        "That is all a convolution is; a network has many such windows and learns their weights."
    )


def _plain(numbers):
    """A list of Python numbers, without `.0`: [1, 2.5] instead of [np.float64(1.0), ...]."""
    return [int(number) if number.is_integer() else number for number in numbers.tolist()]


def _slide_hint(numbers, row, weights):
    if np.allclose(numbers, np.convolve(row, weights, "valid")):
        return (
            "a convolution in the mathematical sense (`np.convolve`) turns the window around. "
            "Slide it as it is."
        )
    return "multiply each number in the window by its weight, then add."

"""Checks for the exercises of lesson 06, what a CNN and an RNN do to features."""

from lesson_checks import as_numbers, is_whole_number, not_yet, one_of, outcome, right, unanswered


def check_flatten(answer):
    """Predict: how many numbers the cnn head's Flatten holds for an image of 20 x 20.

    >>> check_flatten(400)
    Not yet. There are more. How many channels has the last convolution?
    >>> check_flatten(20 * 20 * 64)
    Not yet. There are fewer. A window of three fits fewer times than there are rows, and pooling halves what is left.
    >>> check_flatten("many")
    Not yet. A whole number is needed. Received: 'many'.
    """
    if answer is ...:
        return unanswered("a whole number")
    if not is_whole_number(answer):
        return not_yet(f"A whole number is needed. Received: {answer!r}.")
    import keras

    from mm_keras.fusion import unimodal_model

    model = unimodal_model({"image": (20, 20, 1)}, 2, head="cnn")
    (size,) = (
        layer.output.shape[1] for layer in model.layers if isinstance(layer, keras.layers.Flatten)
    )
    if answer < size:
        return not_yet("There are more. How many channels has the last convolution?")
    if answer > size:
        return not_yet(
            "There are fewer. A window of three fits fewer times than there are rows, and pooling halves what is left."
        )
    return right("Nearly all weights of the article's network hang on these numbers.")


def check_order(extractor):
    """Change: an extractor that tells "dog bites man" from "man bites dog".

    >>> from mm_keras.text import BagOfWords, TFIDF
    >>> check_order(BagOfWords())
    Not yet. Both sentences still have the same row. What could be counted, or kept, that is not the same in both?
    >>> check_order(TFIDF())
    Not yet. Both sentences still have the same row. What could be counted, or kept, that is not the same in both?
    >>> check_order("pairs")
    Not yet. An extractor such as BagOfWords(...) or Sequence(...) is needed. Received: 'pairs'.
    """
    if extractor is ...:
        return unanswered("an extractor")
    if not hasattr(extractor, "fit_transform"):
        return not_yet(
            f"An extractor such as BagOfWords(...) or Sequence(...) is needed. Received: {extractor!r}."
        )
    rows, problem = outcome(extractor.fit_transform, ["dog bites man", "man bites dog"])
    if problem:
        return not_yet(f"The extractor {problem}")
    rows = rows.toarray() if hasattr(rows, "toarray") else rows
    if (rows[0] == rows[1]).all():
        return not_yet(
            "Both sentences still have the same row. What could be counted, or kept, that is not the same in both?"
        )
    return right(
        "Pairs of words keep a little order for any head; token ids keep all of it, for a head that reads steps."
    )


def check_sorting(answer):
    """Explain: why the order of the words' columns changes what a CNN reaches, and not what a linear head reaches.

    >>> check_sorting("a")
    Not yet. The same numbers were there both times, in other places.
    >>> check_sorting("b")
    Not yet. Chance moves both heads. Which head looks at neighbors?
    >>> check_sorting("d")
    Not yet. A linear head has one weight per column. Does it matter in which place the column stands?
    >>> check_sorting(3)
    Not yet. The answer is one of the letters a, b, c, d, in quotes. Received: 3.
    """
    return one_of(
        answer,
        "c",
        "A vocabulary has no order, so give TF-IDF to a linear or dense head, grids to a CNN.",
        {
            "a": "The same numbers were there both times, in other places.",
            "b": "Chance moves both heads. Which head looks at neighbors?",
            "d": "A linear head has one weight per column. Does it matter in which place the column stands?",
        },
    )


def check_slide(function):
    """Build: a window of weights that slides along a row of numbers.

    >>> check_slide(lambda row, weights: [row[i] * weights[0] for i in range(len(row))])
    Not yet. For a row of 5 numbers and 3 weights the window fits 3 times. Your answer has 5 numbers.
    >>> check_slide(lambda row, weights: [sum(weights) for i in range(len(row) - len(weights) + 1)])
    Not yet. slide([1, 2, 4, 8, 16], [-1, 0, 1]) gives [0, 0, 0]: multiply each number in the window by its weight, then add.
    >>> check_slide(lambda row, weights: 3)
    Not yet. A list of numbers is needed. Received: 3.
    >>> check_slide(lambda row, weights: row.missing)
    Not yet. slide([1, 2, 4, 8, 16], [-1, 0, 1]) stopped with AttributeError: 'list' object has no attribute 'missing'
    """
    import numpy as np

    for row, weights in (
        ([1, 2, 4, 8, 16], [-1, 0, 1]),
        ([3, 1, 2, 5], [2, 1]),
        ([1, 2, 3], [1, 10, 100]),
    ):
        call = f"slide({row}, {weights})"
        found, problem = outcome(function, row, weights)
        if problem:
            return not_yet(f"{call} {problem}")
        if found is None or found is ...:
            return unanswered("the body of the function")
        numbers = as_numbers(found)
        if numbers is None or numbers.ndim != 1:
            return not_yet(f"A list of numbers is needed. Received: {found!r}.")
        wanted = np.correlate(row, weights)
        if len(numbers) != len(wanted):
            return not_yet(
                f"For a row of {len(row)} numbers and {len(weights)} weights the window fits {len(wanted)} times. "
                f"Your answer has {len(numbers)} numbers."
            )
        if not np.allclose(numbers, wanted):
            return not_yet(
                f"{call} gives {list(found)}: multiply each number in the window by its weight, then add."
            )
    return right(
        "That is all a convolution is; a network has many such windows and learns their weights."
    )

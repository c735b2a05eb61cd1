"""Checks for the exercises of lesson 05, concatenation or product."""

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

NUM_TEXT, NUM_IMAGE = 3, 2


def check_outer(answer):
    """Predict: the size of the outer product of [1; t] and [1; v] for 3 text and 2 image features.

    >>> check_outer(6)
    Not yet. That is t times v only. Each row begins with a 1: what do the products with it give?
    >>> check_outer(5)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. That is the length of the concatenation. Here every value is multiplied by every value
    of the other side.
    >>> check_outer(7)
    Not yet. Both rows get one value longer before they meet; then every pair is multiplied.
    >>> check_outer(2.5)
    Not yet. A whole number is needed. Received: 2.5.
    """
    if answer is ...:
        return unanswered("a whole number")
    number = whole_number(answer)
    if number is None:
        return not_yet(f"A whole number is needed. Received: {answer!r}.")
    if number == np.outer(np.ones(1 + NUM_TEXT), np.ones(1 + NUM_IMAGE)).size:
        return right("The 1s keep t and v themselves, so the outer product contains both rows.")
    if number == NUM_TEXT * NUM_IMAGE:
        return not_yet(
            "That is t times v only. Each row begins with a 1: what do the products with it give?"
        )
    if number == NUM_TEXT + NUM_IMAGE:
        return not_yet(
            "That is the length of the concatenation. "
            "Here every value is multiplied by every value of the other side."
        )
    return not_yet(
        "Both rows get one value longer before they meet; then every pair is multiplied."
    )


def check_columns(function):
    """Change: columns made of t and v with which a linear model gets all four points right.

    >>> check_columns(lambda t, v: [t, v])  # doctest: +NORMALIZE_WHITESPACE
    Not yet. A linear model gets 2 of the 4 points right with these columns: it only adds up what t
    and v say separately.
    >>> check_columns(lambda t, v: [t ** 2, v ** 2])
    Not yet. All four points have the same columns: nothing is left to tell them apart.
    >>> check_columns(lambda t, v: t * v)
    Not yet. A list of columns is needed, each with one number per point. Its shape is (4,).
    >>> check_columns(lambda t, v: [t, v, 1])  # doctest: +NORMALIZE_WHITESPACE
    Not yet. Each column needs four numbers, one per point. Their lengths are 4, 4, 1; np.ones(4) is
    a column of ones.
    >>> check_columns(lambda t: [t])
    Not yet. It stopped with TypeError: <lambda>() takes 1 positional argument but 2 were given
    """
    from sklearn.linear_model import LogisticRegression

    if function is ...:
        return unanswered("a function")
    t, v = np.array([-1.0, -1, 1, 1]), np.array([-1.0, 1, -1, 1])
    result, problem = outcome(function, t, v)
    if problem:
        return not_yet(f"It {problem}")
    if result is None or result is ...:
        return no_result(function)
    if isinstance(result, (list, tuple)) and any(np.shape(column) != (4,) for column in result):
        lengths = ", ".join(str(np.size(column)) for column in result)
        return not_yet(
            f"Each column needs four numbers, one per point. Their lengths are {lengths}; "
            "np.ones(4) is a column of ones."
        )
    columns = as_numbers(result)
    if columns is None:
        return not_yet(f"A list of columns of numbers is needed. It returns {result!r}.")
    if columns.ndim != 2 or columns.shape[1] != 4:
        return not_yet(
            "A list of columns is needed, each with one number per point. "
            f"Its shape is {columns.shape}."
        )
    if np.ptp(columns, axis=1).max() == 0:
        return not_yet("All four points have the same columns: nothing is left to tell them apart.")
    fits = (t * v > 0).astype(int)
    model = LogisticRegression(C=100).fit(columns.T, fits)
    num_right = int((model.predict(columns.T) == fits).sum())
    if num_right < 4:
        return not_yet(
            f"A linear model gets {num_right} of the 4 points right with these columns: "
            "it only adds up what t and v say separately."
        )
    return right(
        "One column that depends on both modalities is enough; a product is one way, "
        "a distance another."
    )


def check_price(answer):
    """Explain: why the product loses on news where adding up is enough.

    >>> check_price("a")
    Not yet. The 1s in it keep the features of each modality, so it can add as well.
    >>> check_price("b")
    Not yet. Both operators were given the same features and the same samples.
    >>> check_price("c")
    Not yet. Compare the accuracies on the training samples: the product is not worse there.
    """
    return one_of(
        answer,
        "d",
        "Flexibility that the task does not need costs samples.",
        {
            "a": "The 1s in it keep the features of each modality, so it can add as well.",
            "b": "Both operators were given the same features and the same samples.",
            "c": "Compare the accuracies on the training samples: the product is not worse there.",
        },
    )


def check_combination(function):
    """Build: the part of a 2 x 2 table that depends on the combination.

    That is f(0, 0) + f(1, 1) - f(0, 1) - f(1, 0).

    >>> check_combination(lambda table: table.sum())  # doctest: +NORMALIZE_WHITESPACE
    Not yet. A table of sums a(t) + b(v) must give 0: nothing in it depends on the combination.
    Yours gives 14.0.
    >>> check_combination(lambda table: 0.0)
    Not yet. The table of t times v must not give 0: everything in it depends on the combination.
    >>> check_combination(lambda table: table)
    Not yet. One number is needed. It returns ndarray.
    >>> check_combination(lambda: 0)
    Not yet. It stopped with TypeError: <lambda>() takes 0 positional arguments but 1 was given
    """
    sums, products = np.array([[1.0, 3], [4, 6]]), np.array([[1.0, -1], [-1, 1]])
    for table in (sums, products, np.array([[2.0, 5], [1, 9]])):
        result, problem = outcome(function, table)
        if problem:
            return not_yet(f"It {problem}")
        if result is None or result is ...:
            return no_result(function)
        number = as_numbers(result)
        if number is None or number.ndim != 0:
            return not_yet(f"One number is needed. It returns {type(result).__name__}.")
        number = float(number)
        expected = table[0, 0] + table[1, 1] - table[0, 1] - table[1, 0]
        if np.isclose(number, expected):
            continue
        if expected == 0:
            return not_yet(
                "A table of sums a(t) + b(v) must give 0: nothing in it depends on the "
                f"combination. Yours gives {number}."
            )
        if number == 0:
            return not_yet(
                "The table of t times v must not give 0: "
                "everything in it depends on the combination."
            )
        return not_yet(
            "It is not one diagonal minus the other: check the signs of the four numbers."
        )
    return right("Statisticians call it the interaction; lesson 07 measures it on whole test sets.")

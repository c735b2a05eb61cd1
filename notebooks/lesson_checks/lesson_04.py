"""Checks for the exercises of lesson 04, three levels of fusion."""

import numpy as np

from lesson_checks import (
    as_numbers,
    no_result,
    not_yet,
    one_of,
    outcome,
    right,
    row_sums_hint,
    unanswered,
    whole_number,
)

TEXT, IMAGE, NUM_CLASSES = 100, (8, 8, 9), 6


def check_weights(answer):
    """Predict: the parameters of a linear head on a text row of 100 and a grid of 8 x 8 x 9.

    >>> check_weights(676)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. That is the length of the concatenated row. Each class has its own weight for each
    feature in it.
    >>> check_weights(4056)
    Not yet. Nearly: y = W.X + b has one more parameter per class.
    >>> check_weights(606)
    Not yet. The image counts as well: the linear head reads its grid as one long row.
    >>> check_weights("many")
    Not yet. A whole number is needed. Received: 'many'.
    """
    if answer is ...:
        return unanswered("a whole number")
    number = whole_number(answer)
    if number is None:
        return not_yet(f"A whole number is needed. Received: {answer!r}.")
    length = TEXT + int(np.prod(IMAGE))
    needed = NUM_CLASSES * (length + 1)  # the solution compares it with the model's count_params()
    if number == needed:
        return right(
            "The decision level would have one more bias per class: "
            "each modality has its own model."
        )
    if number == length:
        return not_yet(
            "That is the length of the concatenated row. "
            "Each class has its own weight for each feature in it."
        )
    if number == needed - NUM_CLASSES:
        return not_yet("Nearly: y = W.X + b has one more parameter per class.")
    if number <= NUM_CLASSES * (TEXT + 1):
        return not_yet("The image counts as well: the linear head reads its grid as one long row.")
    return not_yet(
        "Flatten the grid and put both rows side by side; "
        "then count one weight per feature and class, and the biases."
    )


def check_rule(settings):
    """Change: settings of `combine` that keep one modality from vetoing the other's sure class.

    >>> check_rule({"rule": "product"})  # doctest: +NORMALIZE_WHITESPACE
    Not yet. The answer is 'sports', which neither modality prefers: the 0 of the image vetoes
    'weather'.
    >>> check_rule({"rule": "min"})  # doctest: +NORMALIZE_WHITESPACE
    Not yet. The answer is 'sports', which neither modality prefers: the 0 of the image vetoes
    'weather'.
    >>> check_rule({"rule": "weighted_mean", "weights": {"text": 0, "image": 1}})
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. The answer is 'finance': the image model decides, although it is less sure than the
    text model.
    >>> check_rule({"rule": "sum"})  # doctest: +ELLIPSIS
    Not yet. combine(...) stopped with ValueError: ... Received: 'sum'.
    >>> check_rule("mean")
    Not yet. A dict of settings is needed, such as {"rule": "product"}. Received: 'mean'.
    """
    from mm_keras.fusion.decision import combine

    if settings is ...:
        return unanswered("a dict of settings")
    if not isinstance(settings, dict):
        return not_yet(
            f'A dict of settings is needed, such as {{"rule": "product"}}. Received: {settings!r}.'
        )
    predicted = {"text": [[0.95, 0.05, 0.0]], "image": [[0.0, 0.4, 0.6]]}
    answer, problem = outcome(lambda: combine(predicted, **settings))
    if problem:
        return not_yet(f"combine(...) {problem}")
    chosen = ("weather", "sports", "finance")[int(np.argmax(answer[0]))]
    if chosen == "sports":
        return not_yet(
            "The answer is 'sports', which neither modality prefers: "
            "the 0 of the image vetoes 'weather'."
        )
    if chosen == "finance":
        return not_yet(
            "The answer is 'finance': the image model decides, "
            "although it is less sure than the text model."
        )
    return right("Rules that add tolerate one wrong modality; rules that multiply obey every zero.")


def check_rare(answer):
    """Explain: why the corrected product chooses a class that neither model prefers.

    >>> check_rare("a")
    Not yet. Both rows were already probabilities that sum to one.
    >>> check_rare("b")
    Not yet. Neither is overruled here: the two models predict exactly the same.
    >>> check_rare("d")
    Not yet. It divides by the prior, which is large for the frequent class. Does that favor it?
    >>> check_rare("e")
    Not yet. The answer is one of the letters a, b, c, d, in quotes. Received: 'e'.
    """
    return one_of(
        answer,
        "c",
        "Compare a probability with the prior, not with one half.",
        {
            "a": "Both rows were already probabilities that sum to one.",
            "b": "Neither is overruled here: the two models predict exactly the same.",
            "d": "It divides by the prior, which is large for the frequent class. "
            "Does that favor it?",
        },
    )


def check_product(function):
    """Build: the product rule with priors, for rows of probabilities.

    >>> check_product(lambda text, image, priors: text * image)
    Not yet. The rows must sum to one: divide the scores by their sum.
    >>> check_product(lambda t, v, p: t * v / (t * v).sum(axis=1, keepdims=True))
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. With unequal priors it differs from `combine`: both models contain the prior. How often
    may it count?
    >>> check_product(lambda t, v, p: t * v * p / (t * v * p).sum(axis=1, keepdims=True))
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. With unequal priors it differs from `combine`: both models contain the prior. How often
    may it count?
    >>> check_product(lambda t, v, p: t * v / p / (t * v / p).sum(axis=1))
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. The sums of the rows have shape (2,), and (2, 3) cannot be divided by that. Keep them
    as a column, (2, 1): `keepdims=True`.
    >>> check_product(lambda t, v, p: t[0] * v[0])
    Not yet. It must return an array of shape (2, 3), like its inputs. It returns shape (3,).
    >>> check_product(lambda text, image: text)
    Not yet. It stopped with TypeError: <lambda>() takes 2 positional arguments but 3 were given
    """
    from mm_keras.fusion.decision import combine

    text = np.array([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6]])
    image = np.array([[0.5, 0.4, 0.1], [0.3, 0.6, 0.1]])
    for priors in (np.full(3, 1 / 3), np.array([0.7, 0.2, 0.1])):
        result, problem = outcome(function, text, image, priors)
        if problem:
            return not_yet(row_sums_hint(problem, text) or f"It {problem}")
        if result is None or result is ...:
            return no_result(function)
        result = as_numbers(result)
        if result is None or result.shape != text.shape:
            received = "something else" if result is None else f"shape {result.shape}"
            return not_yet(
                f"It must return an array of shape {text.shape}, like its inputs. "
                f"It returns {received}."
            )
        if not np.allclose(np.sum(result, axis=1), 1):
            return not_yet("The rows must sum to one: divide the scores by their sum.")
        expected = combine({"text": text, "image": image}, "product", priors=priors)
        if np.allclose(result, expected, atol=1e-5):
            continue
        if np.ptp(priors) == 0:
            return not_yet("With equal priors it differs from `combine`: multiply class by class.")
        return not_yet(
            "With unequal priors it differs from `combine`: both models contain the prior. "
            "How often may it count?"
        )
    return right("With R modalities, the prior is divided out R - 1 times.")

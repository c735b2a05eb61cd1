"""Checks for the exercises of lesson 04, three levels of fusion."""

import numpy as np

from lesson_checks import as_numbers, is_whole_number, not_yet, one_of, outcome, right, unanswered

TEXT, IMAGE, NUM_CLASSES = 100, (8, 8, 9), 6


def check_weights(answer):
    """Predict: the trained numbers of a linear head on a concatenated text row of 100 and a grid of 8 x 8 x 9.

    >>> check_weights(676)
    Not yet. That is the length of the concatenated row. Each class has its own weight for each number of it.
    >>> check_weights(4056)
    Not yet. Nearly: y = W.X + b has one more trained number per class.
    >>> check_weights(606)
    Not yet. The image counts as well: the linear head reads its grid as one long row.
    >>> check_weights("many")
    Not yet. A whole number is needed. Received: 'many'.
    """
    if answer is ...:
        return unanswered("a whole number")
    if not is_whole_number(answer):
        return not_yet(f"A whole number is needed. Received: {answer!r}.")
    length = TEXT + int(np.prod(IMAGE))
    needed = NUM_CLASSES * (
        length + 1
    )  # as the model's own count_params(); the solution compares the two
    if answer == needed:
        return right(
            "At the decision level there would be one bias more per class: each modality's model has its own."
        )
    if answer == length:
        return not_yet(
            "That is the length of the concatenated row. Each class has its own weight for each number of it."
        )
    if answer == needed - NUM_CLASSES:
        return not_yet("Nearly: y = W.X + b has one more trained number per class.")
    if answer <= NUM_CLASSES * (TEXT + 1):
        return not_yet("The image counts as well: the linear head reads its grid as one long row.")
    return not_yet(
        "Flatten the grid, put both rows side by side; then one weight per number and class, and the biases."
    )


def check_rule(settings):
    """Change: settings of `combine` that let neither modality veto the class that the other is sure of.

    >>> check_rule({"rule": "product"})
    Not yet. The answer is 'sports', which neither modality prefers: the image's 0 vetoes 'weather'.
    >>> check_rule({"rule": "min"})
    Not yet. The answer is 'sports', which neither modality prefers: the image's 0 vetoes 'weather'.
    >>> check_rule({"rule": "weighted_mean", "weights": {"text": 0, "image": 1}})
    Not yet. The answer is 'finance': the image's model decides, although it is less sure than the text's.
    >>> check_rule({"rule": "sum"})
    Not yet. combine(...) stopped with ValueError: The rule is one of mean, product, max, min, median, vote, \
weighted_mean, log_linear. Received: 'sum'.
    >>> check_rule("mean")
    Not yet. A dict of settings is needed, as {"rule": "product"}. Received: 'mean'.
    """
    from mm_keras.fusion.decision import combine

    if settings is ...:
        return unanswered("a dict of settings")
    if not isinstance(settings, dict):
        return not_yet(
            f'A dict of settings is needed, as {{"rule": "product"}}. Received: {settings!r}.'
        )
    said = {"text": [[0.95, 0.05, 0.0]], "image": [[0.0, 0.4, 0.6]]}
    answer, problem = outcome(lambda: combine(said, **settings))
    if problem:
        return not_yet(f"combine(...) {problem}")
    chosen = ("weather", "sports", "finance")[int(np.argmax(answer[0]))]
    if chosen == "sports":
        return not_yet(
            "The answer is 'sports', which neither modality prefers: the image's 0 vetoes 'weather'."
        )
    if chosen == "finance":
        return not_yet(
            "The answer is 'finance': the image's model decides, although it is less sure than the text's."
        )
    return right(
        "Rules that add forgive one wild modality; rules that multiply believe every zero."
    )


def check_rare(answer):
    """Explain: why the corrected product names a class that neither model prefers.

    >>> check_rare("a")
    Not yet. Both rows were already probabilities with sum one.
    >>> check_rare("b")
    Not yet. Nobody is overruled here: the two models say exactly the same.
    >>> check_rare("d")
    Not yet. It divides by the prior, which is large for the frequent class. Is that a bonus for it?
    >>> check_rare("e")
    Not yet. The answer is one of the letters a, b, c, d, in quotes. Received: 'e'.
    """
    return one_of(
        answer,
        "c",
        "Judge a probability against what was known before, not against one half.",
        {
            "a": "Both rows were already probabilities with sum one.",
            "b": "Nobody is overruled here: the two models say exactly the same.",
            "d": "It divides by the prior, which is large for the frequent class. Is that a bonus for it?",
        },
    )


def check_product(function):
    """Build: the product rule with priors, for rows of probabilities.

    >>> check_product(lambda text, image, priors: text * image)
    Not yet. The rows must have sum one: divide the scores by their sum.
    >>> check_product(lambda t, v, p: t * v / (t * v).sum(axis=1, keepdims=True))
    Not yet. With unequal priors it differs from `combine`: both models contain the prior. How often may it count?
    >>> check_product(lambda t, v, p: t * v * p / (t * v * p).sum(axis=1, keepdims=True))
    Not yet. With unequal priors it differs from `combine`: both models contain the prior. How often may it count?
    >>> check_product(lambda t, v, p: t[0] * v[0])
    Not yet. It must return an array of shape (2, 3), as it is given. It returns shape (3,).
    >>> check_product(lambda text, image: text)
    Not yet. It stopped with TypeError: <lambda>() takes 2 positional arguments but 3 were given
    """
    from mm_keras.fusion.decision import combine

    text, image = (
        np.array([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6]]),
        np.array([[0.5, 0.4, 0.1], [0.3, 0.6, 0.1]]),
    )
    for priors in (np.full(3, 1 / 3), np.array([0.7, 0.2, 0.1])):
        found, problem = outcome(function, text, image, priors)
        if problem:
            return not_yet(f"It {problem}")
        if found is None or found is ...:
            return unanswered("the body of the function")
        found = as_numbers(found)
        if found is None or found.shape != text.shape:
            received = "something else" if found is None else f"shape {found.shape}"
            return not_yet(
                f"It must return an array of shape {text.shape}, as it is given. It returns {received}."
            )
        if not np.allclose(np.sum(found, axis=1), 1):
            return not_yet("The rows must have sum one: divide the scores by their sum.")
        if np.allclose(
            found, combine({"text": text, "image": image}, "product", priors=priors), atol=1e-5
        ):
            continue
        if np.ptp(priors) == 0:
            return not_yet("With equal priors it differs from `combine`: multiply class by class.")
        return not_yet(
            "With unequal priors it differs from `combine`: both models contain the prior. "
            "How often may it count?"
        )
    return right("With more modalities the prior is divided out once for each of them but one.")

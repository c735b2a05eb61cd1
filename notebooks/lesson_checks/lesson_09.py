"""Checks for the exercises of lesson 09, searching with words, and the claims of its text."""

from collections import Counter

from lesson_checks import no_result, not_yet, one_of, outcome, right, unanswered

NUM_PRODUCTS, NUM_AMBIGUOUS = 16, 12  # products, and those that share their word with another one


def check_products(answer):
    """Predict: the share of right products where each image shows another sample.

    >>> check_products(0.25)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. Those products have a word of their own. What about the others, where one of two
    guesses is right?
    >>> check_products(0.7)
    Not yet. Four of ten words belong to one product; but how many of the 16 products?
    >>> check_products(1 / 16)
    Not yet. The text is still the right one, and says a lot.
    >>> check_products(0.92)
    Not yet. The image says nothing about this sample. What does the word alone allow?
    >>> check_products("half")
    Not yet. A number from 0 to 1 is needed. Received: 'half'.
    """
    if answer is ...:
        return unanswered("a number from 0 to 1")
    number, problem = outcome(float, answer)
    if problem or not 0 <= number <= 1:
        return not_yet(f"A number from 0 to 1 is needed. Received: {answer!r}.")
    if abs(number - (1 - NUM_AMBIGUOUS / NUM_PRODUCTS / 2)) < 0.005:
        return right("A wrong image leaves what the text alone can reach.")
    if abs(number - 0.25) < 0.005:
        return not_yet(
            "Those products have a word of their own. "
            "What about the others, where one of two guesses is right?"
        )
    if abs(number - 0.7) < 0.005:
        return not_yet("Four of ten words belong to one product; but how many of the 16 products?")
    if number < 0.5:
        return not_yet("The text is still the right one, and says a lot.")
    return not_yet("The image says nothing about this sample. What does the word alone allow?")


def check_new_pairs(cca):
    """Change: a CCA that finds the partners of new pairs.

    >>> from mm_keras.retrieval import CCA
    >>> check_new_pairs(CCA(num_components=8, shrinkage=0, rank=None))
    ... # doctest: +NORMALIZE_WHITESPACE, +ELLIPSIS
    Not yet. It finds the partner of 100% of the 80 pairs that it was fitted on, and of ...% of
    100 new ones. Which parameter keeps directions of small variance from counting fully?
    >>> check_new_pairs(CCA(num_components=2, shrinkage=0.3, rank=None))  # doctest: +ELLIPSIS
    Not yet. It finds the partner of ... Are there enough components to tell the pairs apart?
    >>> check_new_pairs(CCA(num_components=8, shrinkage=-1))
    Not yet. The CCA stopped with ValueError: shrinkage must be at least 0. Received: -1.
    >>> check_new_pairs(0.3)
    Not yet. A CCA is needed, such as CCA(num_components=8). Received: 0.3.
    """
    from mm_keras.retrieval import CCA

    if cca is ...:
        return unanswered("a CCA")
    if not isinstance(cca, CCA):
        return not_yet(f"A CCA is needed, such as CCA(num_components=8). Received: {cca!r}.")
    fitted_on, new = _planted_pairs()
    shares, problem = outcome(_shares_found, cca, fitted_on, new)
    if problem:
        return not_yet(f"The CCA {problem}")
    if shares[1] >= 0.8:
        return right("What pairs have in common by chance is in directions of little variance.")
    hint = (
        "Are there enough components to tell the pairs apart?"
        if cca.shrinkage or shares[0] < 0.9
        else "Which parameter keeps directions of small variance from counting fully?"
    )
    return not_yet(
        f"It finds the partner of {100 * shares[0]:.0f}% of the 80 pairs that it was fitted on, "
        f"and of {100 * shares[1]:.0f}% of 100 new ones. {hint}"
    )


def _planted_pairs():
    """Pairs with 100 features in each modality and six causes in common; 80 to fit on, 100 new."""
    import numpy as np

    rng = np.random.default_rng(0)
    causes = rng.normal(size=(180, 6))
    views = [causes @ rng.normal(size=(6, 100)) + rng.normal(size=(180, 100)) for _ in range(2)]
    return [
        {"text": views[0][rows], "image": views[1][rows]} for rows in (slice(80), slice(80, 180))
    ]


def _shares_found(cca, fitted_on, new):
    """The shares of pairs whose text is nearest to its own image."""
    import numpy as np

    cca.fit(fitted_on)
    shares = []
    for pairs in (fitted_on, new):
        vectors = cca.transform(pairs)
        nearest = (vectors["text"] @ vectors["image"].T).argmax(axis=1)
        shares.append(float(np.mean(nearest == np.arange(len(nearest)))))
    return shares


def check_classes(answer):
    """Explain: why semantic matching does not mind pairs that are shuffled within each class.

    >>> check_classes("a")
    Not yet. Shuffling brings to chance what was learned from the thing that was shuffled.
    >>> check_classes("b")
    Not yet. It was fitted on as many samples as CCA. What did it see of a pair?
    >>> check_classes("C)")
    Not yet. Chance is the same before and after. What changed for a name and its class?
    >>> check_classes(7)
    Not yet. The answer is one of the letters a, b, c, d, in quotes. Received: 7.
    """
    return one_of(
        answer,
        "d",
        "To test it, shuffle what it learns from: the labels.",
        {
            "a": "Shuffling brings to chance what was learned from the thing that was shuffled.",
            "b": "It was fitted on as many samples as CCA. What did it see of a pair?",
            "c": "Chance is the same before and after. What changed for a name and its class?",
        },
    )


def check_recall(function):
    """Build: R@k, where item i is the right one for query i.

    >>> check_recall(lambda similarities, k: similarities.diagonal().mean())
    ... # doctest: +ELLIPSIS
    Not yet. For similarities [[0.9, 0.1], [0.8, 0.2]] and k = 1 the answer is 0.5. It is 0.55.
    >>> check_recall(lambda similarities, k: 1.0)
    Not yet. For similarities [[0.9, 0.1], [0.8, 0.2]] and k = 1 the answer is 0.5. It is 1.
    >>> check_recall(lambda similarities, k: "all")
    Not yet. A number is needed. Received: 'all'.
    >>> check_recall(lambda similarities, k: print(k))
    1
    Not yet. The function returns nothing. Is `return` missing?
    >>> check_recall(lambda similarities, k: similarities > similarities.diagonal())
    ... # doctest: +NORMALIZE_WHITESPACE, +ELLIPSIS
    Not yet. A number is needed. Received: array(...
    >>> check_recall(lambda similarities, k: similarities.missing)
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. The function stopped with AttributeError: 'numpy.ndarray' object has no attribute
    'missing'
    """
    import numpy as np

    from mm_keras.evaluation.metrics import retrieval_scores

    if function is ...:
        return unanswered("a function")
    small = np.array([[0.9, 0.1], [0.8, 0.2]])
    large = np.random.default_rng(0).random((30, 30)) + 0.4 * np.eye(30)
    for similarities, k in ((small, 1), (small, 2), (large, 1), (large, 5), (large.T, 5)):
        result, problem = outcome(function, similarities, k)
        if problem:
            return not_yet(f"The function {problem}")
        if result is None or result is ...:
            return no_result(function)
        number, problem = outcome(float, result)
        if problem:
            return not_yet(f"A number is needed. Received: {result!r}.")
        expected = retrieval_scores(similarities, np.arange(len(similarities)), [k])[f"R@{k}"]
        if not abs(number - expected) < 1e-6:
            which = similarities.tolist() if similarities is small else "of 30 queries and 30 items"
            return not_yet(
                f"For similarities {which} and k = {k} the answer is {expected:.3g}. "
                f"It is {number:.3g}."
            )
    return right(
        "`retrieval_scores` gives the same, and takes care of items that are equally near."
    )


# --- the claims of the lesson ---------------------------------------------------------------------


def most_names_occur_once(data):
    counts = Counter(data["text"])
    return sum(count == 1 for count in counts.values()) > 0.95 * len(data)


def finds_wrong_images(similarities):
    return (similarities.argmax(axis=1) != [0, 1, 2]).any()


def correlations_fall(correlations):
    return (
        correlations[0] > 0.8 > 0.6 > correlations[-1]
        and (correlations[1:] <= correlations[:-1]).all()
    )


def each_is_found(right_ones):
    return all(any(row) for row in right_ones)


def are_equal(recall, scores):
    return all(abs(scores[name] - value) < 1e-9 for name, value in recall.items())


def network_is_slightly_better(results):
    pairs = zip(results["dual encoder"], results["CCA"])
    return all(0 < network - cca < 0.12 for network, cca in pairs)


def names_tell_the_class(semantic, labels):
    return (semantic["text"].argmax(axis=1) == labels).mean() > 0.9


def chance_by_class(same_class):
    """The expected mAP of a random order."""
    import numpy as np

    num_items, num_right = len(same_class), same_class.sum(axis=1)
    harmonic = (1 / np.arange(1, num_items + 1)).sum()
    rest = (num_right - 1) / (num_items - 1) * (num_items - harmonic)
    return float(np.mean((rest + harmonic) / num_items))


def each_answers_its_own_question(table):
    """Rows: CCA, dual encoder, semantic matching; columns: R@10 by item, mAP by class."""
    (*pairs, semantic) = table
    return all(
        this > 0.6 > 0.2 > semantic[0] and semantic[1] > 0.6 > 0.4 > such for this, such in pairs
    )

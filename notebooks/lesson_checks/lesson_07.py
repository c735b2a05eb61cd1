"""Checks for the exercises of lesson 07, an honest comparison."""

from lesson_checks import no_result, not_yet, one_of, outcome, right, unanswered, whole_number


def check_five(answer):
    """Predict: McNemar's exact p for five reports against none.

    >>> check_five(0.03125)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. That is the chance that all five fall on one given side. Would five for the second
    model be less surprising?
    >>> check_five(0.5)
    Not yet. Too large: five fair coins seldom all fall on the same side.
    >>> check_five(0)
    Not yet. Too small: five coins that all fall on the same side are rare, not impossible.
    >>> check_five("small")
    Not yet. A number from 0 to 1 is needed. Received: 'small'.
    """
    from mm_keras.evaluation.significance import mcnemar_p_values

    if answer is ...:
        return unanswered("a number from 0 to 1")
    number, problem = outcome(float, answer)
    if problem or not 0 <= number <= 1:
        return not_yet(f"A number from 0 to 1 is needed. Received: {answer!r}.")
    p = float(mcnemar_p_values(5, 0)[0])
    if abs(number - p / 2) < 1e-6:
        return not_yet(
            "That is the chance that all five fall on one given side. "
            "Would five for the second model be less surprising?"
        )
    if number > p + 0.003:
        return not_yet("Too large: five fair coins seldom all fall on the same side.")
    if number < p - 0.003:
        return not_yet(
            "Too small: five coins that all fall on the same side are rare, not impossible."
        )
    return right("Above one in twenty: with so few disagreements no result can be convincing.")


def check_size(num_tested):
    """Change: enough test articles that the interval around 0.862 excludes 0.844.

    >>> check_size(200)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. With 200 articles the interval begins at 0.805, below the accuracy of the words alone.
    >>> check_size(100000)
    Not yet. That is enough, but more than twice as many as needed.
    >>> check_size(-3)
    Not yet. A positive whole number is needed. Received: -3.
    """
    from mm_keras.evaluation.metrics import wilson_interval

    def begins(count):
        return wilson_interval(round(0.862 * count), count)[0]

    if num_tested is ...:
        return unanswered("a whole number")
    given, num_tested = num_tested, whole_number(num_tested)
    if num_tested is None or num_tested < 1:
        return not_yet(f"A positive whole number is needed. Received: {given!r}.")
    if begins(num_tested) <= 0.844:
        return not_yet(
            f"With {num_tested} articles the interval begins at {begins(num_tested):.3f}, "
            "below the accuracy of the words alone."
        )
    if begins(num_tested // 2) > 0.844:
        return not_yet("That is enough, but more than twice as many as needed.")
    return right(
        "The accuracy of the words has an interval of its own; "
        "separating the two intervals takes many more."
    )


def check_additive(answer):
    """Explain: what an EMAP drop of zero says about a fused model that is better.

    >>> check_additive("a")  # doctest: +NORMALIZE_WHITESPACE
    Not yet. The sum still contains what the image says on its own. Which test asks whether it is
    used at all?
    >>> check_additive("c)")
    Not yet. The small p speaks against luck, and EMAP does not test for luck.
    >>> check_additive("d")
    Not yet. If it said nothing new, where would the four points come from?
    >>> check_additive(3)
    Not yet. The answer is one of the letters a, b, c, d, in quotes. Received: 3.
    """
    return one_of(
        answer,
        "b",
        "The image helps, and a simple sum of two models would achieve the same gain.",
        {
            "a": "The sum still contains what the image says on its own. "
            "Which test asks whether it is used at all?",
            "c": "The small p speaks against luck, and EMAP does not test for luck.",
            "d": "If it said nothing new, where would the four points come from?",
        },
    )


def check_corrected(function):
    """Build: Student's t over splits, corrected for overlapping training sets.

    >>> import numpy as np
    >>> check_corrected(lambda d, ratio: np.mean(d) / np.sqrt(np.var(d, ddof=1) / len(d)))
    Not yet. That is the usual t: it does not use the ratio of test to training samples.
    >>> check_corrected(lambda d, ratio: np.mean(d) / np.sqrt((1 / len(d) + ratio) * np.var(d)))
    Not yet. Nearly: the sample variance divides by the number of splits minus one.
    >>> check_corrected(lambda d, ratio: np.mean(d) / ((1 / len(d) + ratio) * np.var(d, ddof=1)))
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. The mean is divided by a variance. Its square root is what has the same unit as the
    mean.
    >>> check_corrected(lambda d, ratio: np.mean(d) / ((1 / len(d) + ratio) * np.std(d, ddof=1)))
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. Nearly: the square root belongs over the bracket as well, not only over the variance.
    >>> check_corrected(lambda d, ratio: print(d.mean()))
    0.015
    Not yet. The function returns nothing. Is `return` missing?
    >>> check_corrected(lambda d, ratio: d.missing)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. corrected_t stopped with AttributeError: 'numpy.ndarray' object has no attribute
    'missing'
    >>> check_corrected(lambda d, ratio: 0)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. For the differences 0.02, 0.01, 0.03, 0 and a ratio of 0.3 it returns 0; that is not
    the corrected t.
    """
    import numpy as np

    from mm_keras.evaluation.significance import corrected_resampled_t_test

    if function is ...:
        return unanswered("a function")
    for differences, ratio in (
        ([0.02, 0.01, 0.03, 0], 0.3),  # no ratio at which two slips give the same number
        ([0.03, -0.01, 0.02, 0.01, 0.05], 0.25),
    ):
        d = np.array(differences)
        result, problem = outcome(function, d.copy(), ratio)
        if problem:
            return not_yet(f"corrected_t {problem}")
        if result is None or result is ...:
            return no_result(function)
        number, problem = outcome(float, result)
        if problem:
            return not_yet(f"A number must be returned. Received: {result!r}.")
        if not np.isclose(number, corrected_resampled_t_test(d, 0 * d, ratio)["t"]):
            return not_yet(_t_hint(number, d, ratio))
    return right(
        "It equals the library's. With a ratio of 0 it is the usual t, which is too confident."
    )


def _t_hint(number, d, ratio):
    import numpy as np

    mean, variance = d.mean(), d.var(ddof=1)
    if np.isclose(number, mean / np.sqrt(variance / len(d))):
        return "That is the usual t: it does not use the ratio of test to training samples."
    if np.isclose(number, mean / np.sqrt((1 / len(d) + ratio) * d.var())):
        return "Nearly: the sample variance divides by the number of splits minus one."
    if np.isclose(number, mean / ((1 / len(d) + ratio) * variance)):
        return (
            "The mean is divided by a variance. "
            "Its square root is what has the same unit as the mean."
        )
    if np.isclose(number, mean / ((1 / len(d) + ratio) * np.sqrt(variance))):
        return (
            "Nearly: the square root belongs over the bracket as well, not only over the variance."
        )
    listed = ", ".join(f"{value:g}" for value in d)
    return (
        f"For the differences {listed} and a ratio of {ratio:g} it returns {number:g}; "
        "that is not the corrected t."
    )

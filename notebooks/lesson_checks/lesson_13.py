"""Checks for the exercises of lesson 13, missing modalities and calibration."""

from lesson_checks import no_result, not_yet, one_of, outcome, right, unanswered

# The probabilities of ten validation samples, and which of two classes is right for each.
CONFIDENCE, NUM_RIGHT, NUM_SAMPLES = 0.9, 7, 10


def check_softened(answer):
    """Predict: the larger of the probabilities 0.8 and 0.2 at the temperature 2.

    >>> check_softened(0.4)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. The probabilities are not divided by the temperature, their logarithms are.
    >>> check_softened(0.894)
    Not yet. That is the square root. Do the two of them still have the sum 1?
    >>> check_softened(0.94)
    Not yet. That is more confident than before. A temperature above 1 makes it less so.
    >>> check_softened(0.7)
    Not yet. Take both square roots; how large is the first one, compared with the second?
    >>> check_softened("half")
    Not yet. A number from 0 to 1 is needed. Received: 'half'.
    """
    if answer is ...:
        return unanswered("a number from 0 to 1")
    number, problem = outcome(float, answer)
    if problem or not 0 <= number <= 1:
        return not_yet(f"A number from 0 to 1 is needed. Received: {answer!r}.")
    if abs(number - _at_temperature(0.8, 2)) < 0.005:
        return right("Four times as likely has become twice as likely; the order stays the same.")
    if abs(number - 0.4) < 0.005:
        return not_yet(
            "The probabilities are not divided by the temperature, their logarithms are."
        )
    if abs(number - 0.8**0.5) < 0.005:
        return not_yet("That is the square root. Do the two of them still have the sum 1?")
    if number > 0.8:
        return not_yet(
            "That is more confident than before. A temperature above 1 makes it less so."
        )
    return not_yet("Take both square roots; how large is the first one, compared with the second?")


def check_temperature(temperature):
    """Change: the temperature at which a confidence of 0.9 becomes the share of right answers.

    >>> check_temperature(1)
    Not yet. The model now says 90%, and 70% are right: it is still too sure.
    >>> check_temperature(0.5)
    Not yet. The model now says 99%, and 70% are right: it is still too sure.
    >>> check_temperature(8)
    Not yet. The model now says 57%, and 70% are right: it is not sure enough.
    >>> check_temperature(0)
    Not yet. A temperature is a number greater than 0. Received: 0.
    >>> check_temperature("warm")
    Not yet. A temperature is a number greater than 0. Received: 'warm'.
    """
    if temperature is ...:
        return unanswered("a number greater than 0")
    number, problem = outcome(float, temperature)
    if problem or not 0 < number < float("inf"):
        return not_yet(f"A temperature is a number greater than 0. Received: {temperature!r}.")
    confidence, share = _at_temperature(CONFIDENCE, number), NUM_RIGHT / NUM_SAMPLES
    said = f"The model now says {confidence:.0%}, and {share:.0%} are right"
    if confidence > share + 0.015:
        return not_yet(f"{said}: it is still too sure.")
    if confidence < share - 0.015:
        return not_yet(f"{said}: it is not sure enough.")
    return right("This is also the temperature with the smallest log loss on these ten samples.")


def _at_temperature(probability, temperature):
    """The probability of the first of two classes, divided by a temperature as a score."""
    import numpy as np

    exponent = np.log((1 - probability) / probability) / temperature
    return float(1 / (1 + np.exp(min(exponent, 700))))


def check_gap(answer):
    """Explain: why a fused model without text is worse than a model of the image alone.

    >>> check_gap("a")  # doctest: +NORMALIZE_WHITESPACE
    Not yet. The model of the image alone is right for two in three, from the same pixels.
    >>> check_gap("(b)")
    Not yet. A temperature changes how sure the answers are, not which answer comes first.
    >>> check_gap("c")
    Not yet. Then complete samples would suffer too, and nearly all of them are right.
    >>> check_gap(4)
    Not yet. The answer is one of the letters a, b, c, d, in quotes. Received: 4.
    """
    return one_of(
        answer,
        "d",
        "With modality dropout it practices both, and hardly loses anything on complete samples.",
        {
            "a": "The model of the image alone is right for two in three, from the same pixels.",
            "b": "A temperature changes how sure the answers are, not which answer comes first.",
            "c": "Then complete samples would suffer too, and nearly all of them are right.",
        },
    )


def check_dropout(function):
    """Build: modality dropout of texts and images, given the choice for each sample.

    >>> check_dropout(lambda text, image, choice: (text * (choice != 1), image))
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. drop stopped with ValueError: operands could not be broadcast together with shapes
    (4,2) (4,) : the choices have shape (4,). Make them a column: choice[:, np.newaxis].
    >>> check_dropout(lambda text, image, choice: (text, image))  # doctest: +NORMALIZE_WHITESPACE
    Not yet. Sample 1 has the choice 1: its text must be [0, 0], and it is [3, 4].
    >>> check_dropout(lambda text, image, choice: text * (choice != 1)[:, None])
    Not yet. Two arrays are needed, texts (4, 2) and images (4, 3).
    >>> check_dropout(lambda text, image, choice: print(choice.sum()))
    3
    Not yet. The function returns nothing. Is `return` missing?
    >>> def in_place(text, image, choice):
    ...     text[choice == 1] = 0
    ...     image[choice == 2] = 0
    ...     return text, image
    >>> check_dropout(in_place)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. The arrays that were passed in have changed, and the next epoch needs them. Work on
    copies: text.copy().
    """
    import numpy as np

    if function is ...:
        return unanswered("a function")
    text, image = np.arange(1.0, 9).reshape(4, 2), np.arange(1.0, 13).reshape(4, 3)
    choice = np.array([0, 1, 2, 0])
    passed = text.copy(), image.copy()
    # outcome() passes copies, and a change of these arrays must show
    result, problem = outcome(lambda: function(*passed, choice.copy()))
    if problem:
        hint = (
            ": the choices have shape (4,). Make them a column: choice[:, np.newaxis]."
            if "broadcast" in problem
            else ""
        )
        return not_yet(f"drop {problem}{hint}")
    if result is None or result is ...:
        return no_result(function)
    arrays = _two_arrays(result, text, image)
    if arrays is None:
        return not_yet("Two arrays are needed, texts (4, 2) and images (4, 3).")
    for name, array, original, dropped in zip(("text", "image"), arrays, (text, image), (1, 2)):
        for row in range(4):
            expected = original[row] * (choice[row] != dropped)
            if not np.array_equal(array[row], expected):
                wanted, given = (
                    "[" + ", ".join(f"{value:g}" for value in values) + "]"
                    for values in (expected, array[row])
                )
                return not_yet(
                    f"Sample {row} has the choice {choice[row]}: its {name} must be {wanted}, "
                    f"and it is {given}."
                )
    if not (np.array_equal(passed[0], text) and np.array_equal(passed[1], image)):
        return not_yet(
            "The arrays that were passed in have changed, and the next epoch needs them. "
            "Work on copies: text.copy()."
        )
    return right("Drawn anew for each batch, that is what `modality_dropout` does.")


def _two_arrays(result, text, image):
    """The texts and images that were returned, as float arrays; None if they are something else."""
    import numpy as np

    if not isinstance(result, (tuple, list)) or len(result) != 2:
        return None
    arrays, problem = outcome(lambda: [np.asarray(array, dtype=float) for array in result])
    if problem or [array.shape for array in arrays] != [text.shape, image.shape]:
        return None
    return arrays

"""Checks for the exercises of lesson 11, captions, and the claims of its text."""

from lesson_checks import no_result, not_yet, one_of, outcome, right, unanswered

NUM_VALUES = {"word": 5, "color": 3, "place": 2}  # of the slots in the first exercise


def check_blind(answer):
    """Predict: how often a caption that never saw an image is right in all three slots.

    >>> check_blind(1 / 5)
    Not yet. That is the word alone. The color and the place must be right as well.
    >>> check_blind((1 / 5 + 1 / 3 + 1 / 2) / 3)
    Not yet. That is the mean over the three slots. How often are all three right at once?
    >>> check_blind(0)
    Not yet. The same caption for every image is right now and then: for which images?
    >>> check_blind("1/5")
    Not yet. A number from 0 to 1 is needed. Received: '1/5'.
    """
    if answer is ...:
        return unanswered("a number from 0 to 1")
    number, problem = outcome(float, answer)
    if problem or not 0 <= number <= 1:
        return not_yet(f"A number from 0 to 1 is needed. Received: {answer!r}.")
    chances = [1 / count for count in NUM_VALUES.values()]
    if abs(number - 1 / (5 * 3 * 2)) < 0.001:
        return right("And yet each slot alone is right far more often: report both.")
    if number == 0:
        return not_yet("The same caption for every image is right now and then: for which images?")
    if abs(number - sum(chances) / 3) < 0.01:
        return not_yet(
            "That is the mean over the three slots. How often are all three right at once?"
        )
    if abs(number - chances[0]) < 0.01:
        return not_yet("That is the word alone. The color and the place must be right as well.")
    return not_yet(
        "How many different descriptions are there, and for how many of them is one caption right?"
    )


def check_extractor(extractor):
    """Change: an extractor that tells left from right, and red from blue.

    >>> from mm_keras.image import HOG, ColorHistogram
    >>> check_extractor(ColorHistogram())  # doctest: +NORMALIZE_WHITESPACE
    Not yet. A red square on the left and on the right still give the same array: which extractor of
    this lesson knows the place?
    >>> check_extractor(HOG())  # doctest: +NORMALIZE_WHITESPACE
    Not yet. A red and a blue square give nearly the same array: HOG sees edges, not colors. An
    image may have more than one extractor.
    >>> check_extractor("HOG")
    Not yet. An image extractor, or a list of them, is needed. Received: 'HOG'.
    >>> check_extractor(HOG(orientations=0))  # doctest: +ELLIPSIS
    Not yet. The extractor stopped with ValueError: ...
    """
    import numpy as np

    if extractor is ...:
        return unanswered("an extractor")
    several = extractor if isinstance(extractor, (list, tuple)) else [extractor]
    if not several or not all(hasattr(one, "fit_transform") for one in several):
        return not_yet(
            f"An image extractor, or a list of them, is needed. Received: {extractor!r}."
        )
    left, other_side, blue = np.full((3, 64, 64, 3), 230, np.uint8)
    left[24:40, 8:24] = other_side[24:40, 40:56] = (200, 40, 40)
    blue[24:40, 8:24] = (40, 40, 200)
    images = np.stack([left, other_side, blue])
    arrays, problem = outcome(lambda: [one.fit_transform(images) for one in several])
    if problem:
        return not_yet(f"The extractor {problem}")
    place, color = (
        any(np.linalg.norm(a[0] - a[k]) > 0.2 * np.linalg.norm(a[0]) for a in arrays)
        for k in (1, 2)
    )
    if not place:
        return not_yet(
            "A red square on the left and on the right still give the same array: "
            "which extractor of this lesson knows the place?"
        )
    if not color:
        return not_yet(
            "A red and a blue square give nearly the same array: HOG sees edges, not colors. "
            "An image may have more than one extractor."
        )
    return right("In a list, the arrays of the extractors are put side by side.")


def check_shuffled(answer):
    """Explain: what a generator learns from captions with the images of others.

    >>> check_shuffled("(a)")  # doctest: +NORMALIZE_WHITESPACE
    Not yet. The trivial caption has a BLEU-4 of about 50, and was written without any image.
    >>> check_shuffled("c")
    Not yet. Random weights write random words. Where do the perfect sentences come from?
    >>> check_shuffled("d")  # doctest: +NORMALIZE_WHITESPACE
    Not yet. All products are equally frequent, and its words are right as often as by chance.
    >>> check_shuffled(1)
    Not yet. The answer is one of the letters a, b, c, d, in quotes. Received: 1.
    """
    return one_of(
        answer,
        "b",
        "Fluent is not the same as true: that needs a test with other images.",
        {
            "a": "The trivial caption has a BLEU-4 of about 50, and was written without any image.",
            "c": "Random weights write random words. Where do the perfect sentences come from?",
            "d": "All products are equally frequent, and its words are right as often as by "
            "chance.",
        },
    )


def check_copy(function):
    """Build: the captions of the nearest known images.

    >>> check_copy(lambda new, known, captions: [0, 2])  # doctest: +NORMALIZE_WHITESPACE
    Not yet. A list with one caption per new image is needed. Received: [0, 2].
    >>> check_copy(lambda new, known, captions: captions[:0:-1])
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. The image at (0.9, 0.1) is nearest to the known one at (1, 0), 'a bat'. Your caption is
    'a cup'.
    >>> check_copy(lambda new, known, captions: [captions[i] for i in (new @ known.T).argmax(1)])
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. The image at (0.9, 0.1) is nearest to the known one at (1, 0), 'a bat'. Your caption is
    'a long bow': a dot product prefers long rows. Use distances.
    >>> check_copy(lambda new, known, captions: print(captions[0]))
    a long bow
    Not yet. The function returns nothing. Is `return` missing?
    >>> check_copy(lambda new, known, captions: captions[known - new])
    ... # doctest: +NORMALIZE_WHITESPACE +ELLIPSIS
    Not yet. The function stopped with ValueError: operands could not be broadcast together ...: one
    distance for each pair is needed, (n, m). Compare new[:, np.newaxis] with known.
    """
    import numpy as np

    if function is ...:
        return unanswered("a function")
    new = np.array([[0.9, 0.1], [0.1, 0.8]])
    known = np.array([[5.0, 5.0], [1.0, 0.0], [0.0, 1.0]])
    captions = ["a long bow", "a bat", "a cup"]
    result, problem = outcome(function, new, known, captions)
    if problem:
        hint = (
            ": one distance for each pair is needed, (n, m). Compare new[:, np.newaxis] with known."
            if "broadcast" in problem
            else ""
        )
        return not_yet(f"The function {problem.strip()}{hint}")
    if result is None or result is ...:
        return no_result(function)
    if isinstance(result, np.ndarray):
        result = result.tolist()
    is_list = isinstance(result, (list, tuple)) and len(result) == len(new)
    if not is_list or not all(isinstance(caption, str) for caption in result):
        return not_yet(f"A list with one caption per new image is needed. Received: {result!r}.")
    for row, (caption, wanted) in enumerate(zip(result, (1, 2))):
        if caption != captions[wanted]:
            by_dot = captions[(new @ known.T)[row].argmax()]
            at, near = ("({:g}, {:g})".format(*point) for point in (new[row], known[wanted]))
            hint = ": a dot product prefers long rows. Use distances." if caption == by_dot else "."
            return not_yet(
                f"The image at {at} is nearest to the known one at {near}, "
                f"{captions[wanted]!r}. Your caption is {caption!r}{hint}"
            )
    return right("Three lines of NumPy: a model that needs days must beat them.")


# --- the claims of the lesson, asserted in its cells ----------------------------------------------
# Rows are dicts: "word", "color", "size", "place" -> share of right captions.


def most_captions_are_right(captions, references):
    right = sum(text in texts for text, texts in zip(captions, references))
    return right > 0.85 * len(captions) and len(set(captions)) > 100


def most_runs_name_nothing(shares):
    """Shares of the six runs of four words in "on the ... there is a ..."."""
    *others, last = shares.values()
    return len(others) == 5 and all(0.4 < share < 0.6 for share in others[:4]) and last < 0.06


def trivial_is_at_chance(rows):
    chance, trivial = rows["best possible, blind"], rows["the trivial caption"]
    return all(abs(trivial[name] - chance[name]) < 0.08 for name in chance)


def no_better_than_chance(rows):
    chance = rows["best possible, blind"]
    names = ("trained on shuffled images", "other images at test")
    return all(rows[name][slot] < chance[slot] + 0.12 for name in names for slot in chance)


def each_feature_has_its_attributes(rows):
    edges, colors = rows["HOG alone"], rows["colors alone"]
    return (
        edges["color"] < 0.5
        and min(edges[name] for name in ("word", "size", "place")) > 0.8
        and colors["color"] > 0.95
        and colors["size"] > 0.65
        and colors["word"] < 0.3
        and 0.38 < colors["place"] < 0.62
    )

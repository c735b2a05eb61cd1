"""Checks for the exercises of lesson 03, images to numbers."""

import numpy as np

from lesson_checks import (
    is_whole_number,
    no_result,
    not_yet,
    one_of,
    outcome,
    right,
    unanswered,
    whole_number,
)


def check_length(answer):
    """Predict: the length of the HOG row of an image with 4 x 6 cells and blocks of 2 x 2 cells.

    >>> check_length(216)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. That is one histogram per cell. Blocks overlap, so most cells are counted several
    times.
    >>> check_length(864)
    Not yet. There are fewer blocks than cells: the last row and column of cells begin no block.
    >>> check_length(135)
    Not yet. A block contains the histograms of all its cells.
    >>> check_length(1000)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. Count the blocks down and across, the cells in a block, and the directions in a cell;
    then multiply.
    >>> check_length(2.5)
    Not yet. A whole number is needed. Received: 2.5.
    """
    from mm_keras.image import HOG

    if answer is ...:
        return unanswered("a whole number")
    number = whole_number(answer)
    if number is None:
        return not_yet(f"A whole number is needed. Received: {answer!r}.")
    (length,) = HOG(cells_per_block=(2, 2)).fit([np.zeros((32, 48))]).output_shape_
    if number == length:
        return right("Blocks down x blocks across x cells in a block x directions.")
    cells, directions = (32 // 8) * (48 // 8), 9
    if number == cells * directions:
        return not_yet(
            "That is one histogram per cell. "
            "Blocks overlap, so most cells are counted several times."
        )
    if number == cells * 4 * directions:
        return not_yet(
            "There are fewer blocks than cells: the last row and column of cells begin no block."
        )
    if number == length // 4:
        return not_yet("A block contains the histograms of all its cells.")
    return not_yet(
        "Count the blocks down and across, the cells in a block, and the directions in a cell; "
        "then multiply."
    )


def two_colors():
    """Red on the left, green on the right, both of the same gray value: uint8 (32, 32, 3)."""
    image = np.zeros((32, 32, 3), np.uint8)
    image[:, :16], image[:, 16:] = (255, 0, 0), (0, 130, 0)
    return image


def check_border(hog):
    """Change: settings of HOG that make the border between two colors of equal gray visible.

    >>> from mm_keras.image import HOG, ColorHistogram
    >>> check_border(HOG())
    Not yet. The row is still all zeros: to this HOG the image is one uniform gray.
    >>> check_border(HOG(orientations=18, transform_sqrt=True))
    Not yet. The row is still all zeros: to this HOG the image is one uniform gray.
    >>> check_border(ColorHistogram())
    Not yet. A HOG with other settings is needed. Received: ColorHistogram().
    >>> check_border(HOG(channel_axis=1))  # doctest: +ELLIPSIS
    Not yet. The extractor stopped with ValueError: channel_axis ... Received: 1.
    """
    from mm_keras.image import HOG

    if hog is ...:
        return unanswered("a HOG")
    if not isinstance(hog, HOG):
        return not_yet(f"A HOG with other settings is needed. Received: {hog!r}.")
    row, problem = outcome(hog.fit_transform, [two_colors()])
    if problem:
        return not_yet(f"The extractor {problem}")
    if not row.any():
        return not_yet("The row is still all zeros: to this HOG the image is one uniform gray.")
    return right(
        "At each pixel the channel with the largest gradient counts; "
        "HOG does not say which colors meet there."
    )


def check_moved(answer):
    """Explain: why a shifted image keeps its visual words but changes its HOG.

    >>> check_moved("b")
    Not yet. Look at the histogram of visual words: does it have an axis for positions?
    >>> check_moved("c")
    Not yet. Both read only the gray image.
    >>> check_moved("d")  # doctest: +NORMALIZE_WHITESPACE
    Not yet. A shift changes neither brightness nor contrast, so there is nothing to normalize
    away.
    """
    return one_of(
        answer,
        "a",
        "One keeps positions, the other discards them; which is better depends on the task.",
        {
            "b": "Look at the histogram of visual words: does it have an axis for positions?",
            "c": "Both read only the gray image.",
            "d": "A shift changes neither brightness nor contrast, "
            "so there is nothing to normalize away.",
        },
    )


def check_nearest(function):
    """Build: a function that finds the most similar of several images, also for a negative.

    >>> check_nearest(lambda query, images: int(((images - query) ** 2).sum(axis=(1, 2)).argmin()))
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. It finds an image that is in the list, but not the one of a negative: compare features
    that ignore inversion.
    >>> check_nearest(lambda query, images: 0)
    Not yet. It does not even find an image that is in the list itself.
    >>> check_nearest(lambda query, images: images[0])
    Not yet. nearest(...) must return one index. It returns: ndarray.
    >>> check_nearest(lambda query: 0)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. nearest(...) stopped with TypeError: <lambda>() takes 1 positional argument but 2 were
    given
    """
    from mm_keras.datasets import make_newsroom

    images = make_newsroom(8, seed=1, size=32, pixel_noise=0.02)["image"] / 255
    verdicts = []
    for queries in (images, 0.1 + 0.8 * (1 - images)):
        indices = []
        for query in queries:
            index, problem = outcome(function, query, images)
            if problem:
                return not_yet(f"nearest(...) {problem}")
            if index is None or index is ...:
                return no_result(function)
            if not is_whole_number(index):
                return not_yet(
                    f"nearest(...) must return one index. It returns: {type(index).__name__}."
                )
            indices.append(int(index))
        verdicts.append(indices == list(range(len(images))))
    if not verdicts[0]:
        return not_yet("It does not even find an image that is in the list itself.")
    if not verdicts[1]:
        return not_yet(
            "It finds an image that is in the list, but not the one of a negative: "
            "compare features that ignore inversion."
        )
    return right("A search engine for images in a few lines; a real one adds an index.")

"""Checks for the exercises of lesson 01, the article step by step."""

import difflib

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

SHAPES = {"text": (257,), "image": (8, 8, 9)}


def check_flatten(answer):
    """Predict: the output size of Flatten in the article's network for 24 x 24 gray images.

    >>> check_flatten(576)
    Not yet. Those are the pixels. Convolutions and pooling come before Flatten.
    >>> check_flatten(9216)
    Not yet. A 3 x 3 window does not fit at the border: each convolution makes the image smaller.
    >>> check_flatten(100)
    Not yet. That is the share of one filter. How many filters does the second convolution have?
    >>> check_flatten(25600)
    Not yet. MaxPooling2D keeps one value of each 2 x 2: rows and columns are both halved.
    >>> check_flatten(1000)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. Follow rows and columns through two convolutions and the pooling; then multiply by the
    number of filters.
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

    layers = unimodal_model({"image": (24, 24, 1)}, num_classes=6, head="cnn").layers
    size = next(
        layer.output.shape[1] for layer in layers if isinstance(layer, keras.layers.Flatten)
    )
    if number == size:
        return right("Dense(128) has 128 weights for each value: most parameters are there.")
    without_borders_cut, one_filter, without_pooling = 12 * 12 * 64, size // 64, size * 4
    hints = {
        24 * 24: "Those are the pixels. Convolutions and pooling come before Flatten.",
        without_borders_cut: "A 3 x 3 window does not fit at the border: "
        "each convolution makes the image smaller.",
        one_filter: "That is the share of one filter. "
        "How many filters does the second convolution have?",
        without_pooling: "MaxPooling2D keeps one value of each 2 x 2: "
        "rows and columns are both halved.",
    }
    general = (
        "Follow rows and columns through two convolutions and the pooling; "
        "then multiply by the number of filters."
    )
    return not_yet(hints.get(number, general))


def check_settings(settings, channels=16):
    """Change: settings with which text and image are multiplied and give `channels` channels.

    >>> check_settings({"operator": "concat", "project": None})
    Not yet. The text is still concatenated with the image: 41 channels. Which operator multiplies?
    >>> check_settings({"operator": "concat", "project": 7})  # doctest: +NORMALIZE_WHITESPACE
    Not yet. 16 channels, but the text is still concatenated with the image. Which operator
    multiplies?
    >>> check_settings({"operator": "product"})  # doctest: +NORMALIZE_WHITESPACE
    Not yet. The text multiplies the image, but 64 channels enter the network. Which setting is the
    common width?
    >>> check_settings({"operator": "times"})  # doctest: +ELLIPSIS
    Not yet. feature_level_model stopped with ValueError: ...
    >>> check_settings({"operator": "product", "project": "16"})
    Not yet. project='16' is a str. Write the number without quotes.
    >>> check_settings({"operator": "product", "projekt": 16})
    Not yet. There is no setting 'projekt'. Did you mean 'project'?
    >>> check_settings("product")
    Not yet. A dict such as {"operator": ..., "project": ...} is needed. Received: 'product'.
    """
    if settings is ...:
        return unanswered("a dict of settings")
    if not isinstance(settings, dict):
        return not_yet(
            f'A dict such as {{"operator": ..., "project": ...}} is needed. Received: {settings!r}.'
        )
    from mm_keras.fusion import feature_level_model

    for name in settings:
        if name not in ("operator", "project"):
            close = difflib.get_close_matches(str(name), ("operator", "project"), n=1)
            tail = f"Did you mean {close[0]!r}?" if close else "Use 'operator' and 'project'."
            return not_yet(f"There is no setting {name!r}. {tail}")
    project = settings.get("project")
    if isinstance(project, str):
        return not_yet(f"project={project!r} is a str. Write the number without quotes.")
    model, problem = outcome(lambda: feature_level_model(SHAPES, 6, **settings))
    if problem:
        return not_yet(f"feature_level_model {problem}")
    width = model.get_layer("fused").output.shape[-1]
    if settings.get("operator", "concat") == "concat":
        question = "Which operator multiplies?"
        if width == channels:
            return not_yet(
                f"{width} channels, but the text is still concatenated with the image. {question}"
            )
        return not_yet(
            f"The text is still concatenated with the image: {width} channels. {question}"
        )
    if settings["operator"] != "product":
        return not_yet(
            f"The operator {settings['operator']!r} does something else. "
            "Which one multiplies element by element?"
        )
    if width != channels:
        return not_yet(
            f"The text multiplies the image, but {width} channels enter the network. "
            "Which setting is the common width?"
        )
    return right(
        f"Both are projected to {channels} channels; in every cell they are multiplied, and added."
    )


def check_stuck(answer):
    """Explain: what follows when the training accuracy stays at one in six.

    >>> check_stuck("a")
    Not yet. The same features reach over 85% with another learning rate.
    >>> check_stuck("c")
    Not yet. Then the accuracy on the training samples would be high.
    >>> check_stuck("d")
    Not yet. A network of the same size reached over 85% with another learning rate.
    >>> check_stuck("e")
    Not yet. The answer is one of the letters a, b, c, d, in quotes. Received: 'e'.
    """
    return one_of(
        answer,
        "b",
        "Before you judge features or network, check whether the training loss falls at all.",
        {
            "a": "The same features reach over 85% with another learning rate.",
            "c": "Then the accuracy on the training samples would be high.",
            "d": "A network of the same size reached over 85% with another learning rate.",
        },
    )


def check_product(function):
    """Build: the product of two arrays of class probabilities, with rows that sum to 1.

    >>> check_product(lambda p_text, p_image: p_text * p_image)
    Not yet. The rows do not sum to 1. By what must each row be divided?
    >>> check_product(lambda p_text, p_image: p_text * p_image / (p_text * p_image).sum())
    Not yet. All rows together sum to 1, not each of them. Along which axis do you add?
    >>> check_product(lambda p_text, p_image: p_text * p_image / (p_text * p_image).sum(axis=1))
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. The sums of the rows have shape (3,), and (3, 4) cannot be divided by that. Keep them
    as a column, (3, 1): `keepdims=True`.
    >>> check_product(lambda p_text, p_image: print())  # doctest: +NORMALIZE_WHITESPACE
    <BLANKLINE>
    Not yet. The function returns nothing. Is `return` missing?
    >>> check_product(lambda p_text, p_image: (p_text + p_image) / 2)
    Not yet. That is the mean: a class that one modality rules out still gets a share.
    >>> check_product(lambda p_text, p_image: p_text[0])
    Not yet. An array of shape (3, 4) is needed, the same as both inputs. Received: (4,).
    >>> check_product(lambda p_text, p_image: p_text.missing)
    Not yet. product stopped with AttributeError: 'numpy.ndarray' object has no attribute 'missing'
    """
    from mm_keras.fusion import RULES

    p_text, p_image = np.random.default_rng(0).dirichlet(np.ones(4), size=(2, 3))
    result, problem = outcome(function, p_text, p_image) if function is not ... else (None, None)
    if problem:
        return not_yet(row_sums_hint(problem, p_text) or f"product {problem}")
    if result is None or result is ...:
        return no_result(function)
    result = as_numbers(result)
    if result is None or result.shape != p_text.shape:
        received = "something else" if result is None else result.shape
        return not_yet(
            f"An array of shape {p_text.shape} is needed, the same as both inputs. "
            f"Received: {received}."
        )
    if np.allclose(result, np.asarray(RULES["product"](np.stack([p_text, p_image]))), atol=1e-4):
        return right(
            "Where one modality is sure, the product follows it; "
            "where both are unsure, their evidence adds up."
        )
    return not_yet(_product_hint(result, p_text, p_image))


def _product_hint(result, p_text, p_image):
    if np.allclose(result, (p_text + p_image) / 2):
        return "That is the mean: a class that one modality rules out still gets a share."
    if np.isclose(result.sum(), 1):
        return "All rows together sum to 1, not each of them. Along which axis do you add?"
    if not np.allclose(result.sum(axis=1), 1):
        return "The rows do not sum to 1. By what must each row be divided?"
    return "The rows sum to 1, but they are not the product of both divided by its sum."

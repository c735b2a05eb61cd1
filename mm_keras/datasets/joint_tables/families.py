"""Families of joint tables with closed-form accuracies: shared, unique and synergistic factors."""

from functools import reduce

import numpy as np

from mm_keras.datasets.joint_tables.channels import confusion
from mm_keras.datasets.joint_tables.joint_table import JointTable


def factorial(
    shared: int = 0,
    text: int = 0,
    image: int = 0,
    synergy: int = 0,
    size: int = 2,
    text_noise: float = 0.0,
    image_noise: float = 0.0,
) -> JointTable:
    """Independent factors, shown by both modalities, by one, or only by their combination.

    The class is the tuple of all factors. A synergy factor is y = (a + b) mod size, where the text
    shows a and the image b, each useless alone (exclusive or for size 2). With n factors in total,
    K = size^n, and without noise

        accuracy(text)  = size^-(image + synergy),
        accuracy(image) = size^-(text + synergy),
        accuracy(both)  = 1.

    Args:
        shared, text, image, synergy: int, the number of factors of each kind; at least one in
            total.
        size: int >= 2, the number of values of each factor.
        text_noise, image_noise: float in [0, 1], the probability that a shown factor is replaced by
            another value.

    Returns:
        JointTable with K = size^(shared + text + image + synergy) classes.

    Example:
        >>> table = factorial(text=1, image=1)  # one bit each
        >>> table.accuracy("text"), table.accuracy("both"), table.rule_accuracy("product")
        (0.5, 1.0, 1.0)
    """
    counts = {"shared": shared, "text": text, "image": image, "synergy": synergy}
    if min(counts.values()) < 0 or sum(counts.values()) < 1 or size < 2:
        raise ValueError(
            "At least one factor with at least two values is needed. "
            f"Received: {counts}, size={size}."
        )
    text_confusion = confusion(size, text_noise, "text_noise")
    image_confusion = confusion(size, image_noise, "image_noise")
    value = np.arange(size)
    sums = (value[None, :, None] + value[None, None, :]) % size == value[:, None, None]  # (y, a, b)
    tables = {
        "shared": np.einsum("yt,yv->ytv", text_confusion, image_confusion) / size,
        "text": text_confusion[:, :, None] / size,
        "image": image_confusion[:, None, :] / size,
        "synergy": np.einsum("yab,at,bv->ytv", sums, text_confusion, image_confusion) / size**2,
    }
    factors = [tables[kind] for kind, count in counts.items() for _ in range(count)]
    return JointTable(reduce(np.kron, factors))


def match(num_symbols: int = 4) -> JointTable:
    """Whether the image fits the text: two equally likely classes, pure synergy.

    Each modality shows one of `num_symbols` symbols, uniformly distributed in either class. The
    class is "fits" if they are equal, else "contradicts". accuracy(text) = accuracy(image) = 1/2,
    accuracy(both) = 1, and every additive model or decision rule has accuracy 1/2.

    Example:
        >>> table = match(4)
        >>> table.accuracy("text"), table.accuracy("image"), table.accuracy("both")
        (0.5, 0.5, 1.0)
        >>> table.additive_accuracy()
        0.5
    """
    if num_symbols < 2:
        raise ValueError(f"`num_symbols` must be at least 2. Received: {num_symbols}.")
    equal = np.eye(num_symbols)
    table = [(1 - equal) / (2 * num_symbols * (num_symbols - 1)), equal / (2 * num_symbols)]
    return JointTable(table, class_names=("contradicts", "fits"))


def neutral_mixture(
    num_classes: int = 6,
    shared: float = 0.35,
    text: float = 0.4,
    image: float = 0.15,
    neither: float = 0.1,
) -> JointTable:
    """The class is shown by both modalities, by one, or by none; others show a neutral symbol.

    The last symbol of each modality is the neutral one. With K classes

        accuracy(text) = shared + text + (image + neither) / K,
        accuracy(both) = 1 - neither + neither / K.

    The modalities complement each other without interaction: an additive model reaches the best
    accuracy.

    Args:
        num_classes: int >= 2, K.
        shared, text, image, neither: float, shares of the four kinds of samples, with sum 1.

    Example:
        >>> table = neutral_mixture()  # text .35 + .4 + .25 / 6
        >>> [round(table.accuracy(given), 4) for given in ("text", "image", "both")]
        [0.7917, 0.5833, 0.9167]
    """
    _check_shares(num_classes, shared=shared, text=text, image=image, neither=neither)
    table = np.zeros((num_classes, num_classes + 1, num_classes + 1))
    y = np.arange(num_classes)
    table[y, y, y] = shared
    table[y, y, -1] = text
    table[y, -1, y] = image
    table[y, -1, -1] = neither
    return JointTable(table / num_classes)


def mixture(
    num_classes: int = 6,
    shared: float = 0.3,
    text: float = 0.4,
    image: float = 0.1,
    synergy: float = 0.1,
    neither: float = 0.1,
) -> JointTable:
    """The class is shown by both modalities, by one, or by none; others show a random class.

    Information need not increase accuracy: with the default shares the image is informative
    (0.42 bits alone, 0.27 bits given the text), but it never outweighs the text, so the best
    accuracy with both is that of the text: 0.75.

    Args:
        num_classes: int >= 2, K.
        shared, text, image, synergy, neither: float, shares with sum 1. In "synergy" samples the
            class is (t + v) mod K; in "neither" samples class, text and image are independent.

    Example:
        >>> table = mixture()  # text .3 + .4 + .3 / 6
        >>> table.accuracy("text"), table.accuracy("image"), table.accuracy("both")
        (0.75, 0.5, 0.75)
    """
    _check_shares(
        num_classes, shared=shared, text=text, image=image, synergy=synergy, neither=neither
    )
    table = np.full((num_classes,) * 3, neither / num_classes**2)
    y, other = np.arange(num_classes), np.arange(num_classes)[:, None]
    table[y, y, y] += shared
    table[y, y, other] += text / num_classes
    table[y, other, y] += image / num_classes
    table[y, other, (y - other) % num_classes] += synergy / num_classes
    return JointTable(table / num_classes)


def two_part(first: JointTable, second: JointTable) -> JointTable:
    """The product of two independent tables: classes and symbols are pairs.

    Example:
        >>> table = two_part(factorial(text=1, size=3), match(2))  # the text shows the first part
        >>> table.class_names
        ('0, contradicts', '0, fits', '1, contradicts', '1, fits', '2, contradicts', '2, fits')
        >>> table.accuracy("text"), table.accuracy("both")
        (0.5, 1.0)
    """

    def pairs(a, b):
        return [f"{left}, {right}" for left in a for right in b]

    return JointTable(
        np.kron(first.probabilities, second.probabilities),
        pairs(first.class_names, second.class_names),
        pairs(first.text_names, second.text_names),
        pairs(first.image_names, second.image_names),
    )


def _check_shares(num_classes, **shares):
    if num_classes < 2 or min(shares.values()) < 0 or abs(sum(shares.values()) - 1) > 1e-9:
        raise ValueError(
            "The shares must be non-negative with sum 1, and `num_classes` at least 2. "
            f"Received: {shares} (sum {sum(shares.values()):g}), num_classes={num_classes}."
        )

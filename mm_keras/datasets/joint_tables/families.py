"""Families of joint tables whose best accuracies follow by counting: shared, unique and synergistic parts."""

from functools import reduce

import numpy as np

from mm_keras.datasets.joint_tables.joint_table import JointTable, confusion


def factorial(shared=0, text=0, image=0, synergy=0, size=2, text_noise=0.0, image_noise=0.0):
    """Independent factors of one size: some seen by both modalities, some by one, some only by combining both.

    The class is the tuple of all factors. A synergy factor is y = (a + b) mod size, of which the text shows a and
    the image b, each of them useless alone (for size 2 the exclusive or). With n factors in all, K = size^n, and
    without noise

        accuracy(text) = size^-(image + synergy),  accuracy(image) = size^-(text + synergy),  accuracy(both) = 1.

    Args:
        shared, text, image, synergy: int, the number of factors of each kind; at least one in all.
        size: int >= 2, the values of each factor.
        text_noise, image_noise: float in [0, 1], the probability that a shown factor is replaced by another value.

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
            f"At least one factor with at least two values is needed. Received: {counts}, size={size}."
        )
    see_text, see_image = (
        confusion(size, text_noise, "text_noise"),
        confusion(size, image_noise, "image_noise"),
    )
    value = np.arange(size)
    sums = (value[None, :, None] + value[None, None, :]) % size == value[:, None, None]  # (y, a, b)
    kinds = {
        "shared": np.einsum("yt,yv->ytv", see_text, see_image) / size,
        "text": see_text[:, :, None] / size,
        "image": see_image[:, None, :] / size,
        "synergy": np.einsum("yab,at,bv->ytv", sums, see_text, see_image) / size**2,
    }
    factors = [kinds[kind] for kind, count in counts.items() for _ in range(count)]
    return JointTable(reduce(np.kron, factors))


def match(num_symbols=4):
    """Does the image fit the words? Two classes, "contradicts" and "fits", equally likely: pure synergy.

    Both modalities show one of q symbols, each as likely whatever the class is; the class is "fits" when they are
    equal. accuracy(text) = accuracy(image) = 1/2, accuracy(both) = 1, and every additive model or decision rule
    stays at 1/2.

    Example:
        >>> table = match(4)
        >>> table.accuracy("text"), table.accuracy("image"), table.accuracy("both"), table.additive_accuracy()
        (0.5, 0.5, 1.0, 0.5)
    """
    if num_symbols < 2:
        raise ValueError(f"`num_symbols` is at least 2. Received: {num_symbols}.")
    equal = np.eye(num_symbols)
    table = [(1 - equal) / (2 * num_symbols * (num_symbols - 1)), equal / (2 * num_symbols)]
    return JointTable(table, class_names=("contradicts", "fits"))


def neutral_mixture(num_classes=6, shared=0.35, text=0.4, image=0.15, neither=0.1):
    """Each sample shows its class in both modalities, in one, or in none; the other one shows a neutral symbol.

    The last symbol of either modality is the neutral one. With K classes

        accuracy(text) = shared + text + (image + neither) / K,   accuracy(both) = 1 - neither + neither / K.

    The modalities complete each other and nothing has to be combined: an additive model reaches the best accuracy.

    Args:
        num_classes: int >= 2, K.
        shared, text, image, neither: floats, shares of the four kinds of samples, with sum 1.

    Example:
        >>> table = neutral_mixture()  # text .35 + .4 + .25 / 6
        >>> round(table.accuracy("text"), 4), round(table.accuracy("image"), 4), round(table.accuracy("both"), 4)
        (0.7917, 0.5833, 0.9167)
    """
    _check_shares(num_classes, shared=shared, text=text, image=image, neither=neither)
    table = np.zeros((num_classes, num_classes + 1, num_classes + 1))
    y = np.arange(num_classes)
    table[y, y, y] = shared
    table[y, y, -1] = text
    table[y, -1, y] = image
    table[y, -1, -1] = neither
    return JointTable(table / num_classes)


def mixture(num_classes=6, shared=0.3, text=0.4, image=0.1, synergy=0.1, neither=0.1):
    """Each sample shows its class in both modalities or in one; whoever does not show it shows a class by lot.

    A warning in a table: with the default shares the image is informative (0.42 bit alone, 0.27 bit beyond the
    text), but it never outweighs the text, so the best accuracy with both is the accuracy of the text: 0.75.

    Args:
        num_classes: int >= 2, K.
        shared, text, image, synergy, neither: floats, shares with sum 1. In "synergy" samples the class is
            (t + v) mod K; in "neither" samples class, text and image have nothing to do with each other.

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


def two_part(first, second):
    """The product of two independent tables: the class is a pair, and each modality shows a pair of symbols.

    Example:
        >>> table = two_part(factorial(text=1, size=3), match(2))  # the text tells the first part alone
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
            f"The shares are non-negative with sum 1, and num_classes is at least 2. "
            f"Received: {shares} (sum {sum(shares.values()):g}), num_classes={num_classes}."
        )

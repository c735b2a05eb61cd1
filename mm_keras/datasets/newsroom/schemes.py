"""How text and image relate to the class in a synthetic newsroom: a joint table per scheme."""

import numpy as np

from mm_keras.datasets.joint_tables.families import (
    factorial,
    match,
    mixture,
    neutral_mixture,
    two_part,
)
from mm_keras.datasets.joint_tables.joint_table import JointTable

DESKS = ("weather", "sports", "finance", "politics", "science", "culture")

SCHEMES = {
    "news": "six desks, shown by the text, the image, both or neither: the modalities are "
    "complementary",
    "redundant": "six desks, shown by text and image: without noise, either one is sufficient",
    "unique": "six pairs of desks; the text shows the first, the image the second: both are "
    "needed, and an additive model is sufficient",
    "match": "does the image fit the text? Only the combination is informative: one modality "
    "alone, or an additive model, is no better than chance",
    "mixed": "three desks and a verdict, with redundant, unique and synergistic information",
    "misleading": "six desks; a modality that does not show the true desk shows a random one: the "
    "image is informative, but does not increase the best accuracy",
}


def scheme_table(scheme: str) -> JointTable:
    """The JointTable of a scheme, with symbols named after the topics of reports and scenes.

    Raises:
        ValueError: an unknown scheme; the message lists the schemes.

    Example:
        >>> table = scheme_table("match")
        >>> table.class_names, table.text_names
        (('contradicts', 'fits'), ('weather', 'sports', 'finance', 'politics'))
    """
    tables = {
        "news": _news,
        "redundant": _redundant,
        "unique": _unique,
        "match": _match,
        "mixed": _mixed,
        "misleading": _misleading,
    }
    if scheme not in tables:
        raise ValueError(f"`scheme` must be one of {', '.join(SCHEMES)}. Received: {scheme!r}.")
    return tables[scheme]()


def _news():
    topics = DESKS + ("neutral",)
    return JointTable(neutral_mixture(len(DESKS)).probabilities, DESKS, topics, topics)


def _redundant():
    return JointTable(factorial(shared=1, size=len(DESKS)).probabilities, DESKS, DESKS, DESKS)


def _unique():
    words, scenes = ("weather", "sports", "finance"), ("politics", "science")
    table = two_part(factorial(text=1, size=3), factorial(image=1, size=2))
    return JointTable(
        table.probabilities,
        [f"{word}, {scene}" for word in words for scene in scenes],
        words,
        scenes,
    )


def _match():
    table, topics = match(4), DESKS[:4]
    return JointTable(table.probabilities, table.class_names, topics, topics)


def _misleading():
    return JointTable(mixture(len(DESKS)).probabilities, DESKS, DESKS, DESKS)


def _mixed():
    """Three desks of two topics each, and whether the image fits the text.

    Text and image belong to the same desk, and the image contradicts the text if it shows the other
    topic of that desk. A neutral text or a neutral image fits anything.

    Of 100 reports, 40 have a fitting image, 40 a contradicting image, 15 a neutral image and 5 a
    neutral text.
    """
    desks = {
        "nature": ("weather", "science"),
        "society": ("finance", "politics"),
        "leisure": ("sports", "culture"),
    }
    topics = [topic for pair in desks.values() for topic in pair] + ["neutral"]
    table = np.zeros((2 * len(desks), len(topics), len(topics)))
    for desk in range(len(desks)):
        fits, contradicts, pair = 2 * desk, 2 * desk + 1, (2 * desk, 2 * desk + 1)
        for topic, other in (pair, pair[::-1]):
            table[fits, topic, topic] = 0.40
            table[contradicts, topic, other] = 0.40
            table[fits, topic, -1] = 0.15
            table[fits, -1, topic] = 0.05
    names = [f"{desk}, {verdict}" for desk in desks for verdict in ("fits", "contradicts")]
    return JointTable(table / table.sum(), names, topics, topics)

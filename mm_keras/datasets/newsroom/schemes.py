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

SECTIONS = ("weather", "sports", "finance", "politics", "science", "culture")

SCHEMES = {
    "news": "six sections, shown by the text, the image, both or neither: the modalities are "
    "complementary",
    "redundant": "six sections, shown by text and image: without noise, either one is sufficient",
    "unique": "six pairs of sections; the text shows the first, the image the second: both are "
    "needed, and an additive model is sufficient",
    "match": "does the image fit the text? Only the combination is informative: one modality "
    "alone, or an additive model, is no better than chance",
    "mixed": "three sections and a verdict, with redundant, unique and synergistic information",
    "misleading": "six sections; a modality that does not show the true section shows a random "
    "one: the image is informative, but does not increase the best accuracy",
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
    topics = SECTIONS + ("neutral",)
    return JointTable(neutral_mixture(len(SECTIONS)).probabilities, SECTIONS, topics, topics)


def _redundant():
    return JointTable(
        factorial(shared=1, size=len(SECTIONS)).probabilities, SECTIONS, SECTIONS, SECTIONS
    )


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
    table, topics = match(4), SECTIONS[:4]
    return JointTable(table.probabilities, table.class_names, topics, topics)


def _misleading():
    return JointTable(mixture(len(SECTIONS)).probabilities, SECTIONS, SECTIONS, SECTIONS)


def _mixed():
    """Three sections of two topics each, and whether the image fits the text.

    Text and image belong to the same section, and the image contradicts the text if it shows the
    other topic of that section. A neutral text or a neutral image fits anything.

    Of 100 reports, 40 have a fitting image, 40 a contradicting image, 15 a neutral image and 5 a
    neutral text.
    """
    sections = {
        "nature": ("weather", "science"),
        "society": ("finance", "politics"),
        "leisure": ("sports", "culture"),
    }
    topics = [topic for pair in sections.values() for topic in pair] + ["neutral"]
    table = np.zeros((2 * len(sections), len(topics), len(topics)))
    for section in range(len(sections)):
        fits, contradicts, pair = 2 * section, 2 * section + 1, (2 * section, 2 * section + 1)
        for topic, other in (pair, pair[::-1]):
            table[fits, topic, topic] = 0.40
            table[contradicts, topic, other] = 0.40
            table[fits, topic, -1] = 0.15
            table[fits, -1, topic] = 0.05
    names = [f"{section}, {verdict}" for section in sections for verdict in ("fits", "contradicts")]
    return JointTable(table / table.sum(), names, topics, topics)

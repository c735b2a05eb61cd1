"""How words and image tell the class in a drawn newsroom: one joint table per scheme."""

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
    "news": "six desks; words, image, both or neither show the desk, else they are neutral: together they know more",
    "redundant": "six desks; words and image both show the desk, so either of them is enough until noise is added",
    "unique": "six pairs of desks; the words show the first, the image the second: both are needed, adding is enough",
    "match": "does the image fit the words? Each alone is useless, and so is adding: only the combination tells",
    "mixed": "three desks and a verdict: a part that both show, a part that one of them shows, a part that needs both",
    "misleading": "six desks; who does not know the desk shows one by lot: the image informs but wins no accuracy",
}


def scheme_table(scheme):
    """The JointTable of a scheme, its symbols named after the topics that reports and scenes can show.

    Raises:
        ValueError: an unknown name; the message lists the schemes.

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
        raise ValueError(f"`scheme` is one of {', '.join(SCHEMES)}. Received: {scheme!r}.")
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
    """Three desks of two topics each, and whether the image fits the words.

    Words and image belong to the same desk, and the image contradicts the words when it shows the other topic of
    that desk. Neutral words or a neutral image contradict nothing.

    Of 100 reports, 40 have a fitting image, 40 a contradicting one, 15 a neutral image, 5 neutral words.
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

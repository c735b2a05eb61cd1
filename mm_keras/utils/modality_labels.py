"""Labels of modalities for readers: names that were made of column names, in their own script.

Layers of networks are named after modalities, and such names are ASCII: the modality of a column
名 is text_u540d, and its label is text_名.
"""

import re

ESCAPE = re.compile("_(?:u([0-9a-f]{4})|U(000[0-9a-f]{5})|x([c-f][0-9a-f]))")


def modality_label(name: str) -> str:
    """The name of a modality as users should see it.

    Example:
        >>> modality_label("text_u6b63_u6587"), modality_label("text_body")
        ('text_正文', 'text_body')
    """
    label = ESCAPE.sub(_character, name)
    kind, _, column = name.partition("_")
    return label if label == name else f"{kind}_{label.removeprefix(kind).removeprefix('_')}"


def _character(match):
    character = chr(int("".join(filter(None, match.groups())), 16))
    return character if character.isprintable() and not character.isascii() else match.group()


def with_labels(value, modalities):
    """A JSON value with the labels of these modalities in place of their names, in all texts.

    Example:
        >>> with_labels({"best": ["text_u6b63_u6587-svm"]}, ["text_u6b63_u6587"])
        {'best': ['text_正文-svm']}
    """
    labels = {name: modality_label(name) for name in sorted(modalities, key=len, reverse=True)}
    labels = {name: label for name, label in labels.items() if name != label}
    return _replaced(value, labels) if labels else value


def _replaced(value, labels):
    if isinstance(value, dict):
        return {_replaced(key, labels): _replaced(item, labels) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_replaced(item, labels) for item in value)
    if isinstance(value, str):
        for name, label in labels.items():
            value = value.replace(name, label)
    return value

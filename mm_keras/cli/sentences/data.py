"""The data of `translate` and `caption`: samples with images and sentences."""

from itertools import compress

import numpy as np

from mm_keras.cli.inputs import load_train_and_test, require
from mm_keras.utils.messages import report_bad, some_of

FEWEST_TRAIN, FEWEST_TEST = 20, 10


def load_samples(options, console, command, sizes, sentences_of, about):
    """`(train, test, training sentences, test sentences)`; samples without a sentence are left out.

    Args:
        options: the options of the command.
        console: Console.
        command: str, its name, for messages.
        sizes: pair of int, the numbers of generated training and test samples.
        sentences_of: function, data -> list of n str or None.
        about: str, a line about the data.

    Raises:
        ValueError: no images, no sentences, or too few samples.
    """
    parts = load_train_and_test(
        options, console, *sizes, needs_labels=False, image_noise=0.0, about=about
    )
    require(parts[0], ("text", "image"), command)
    sentences = [sentences_of(part) for part in parts]
    given = [np.array([bool(s and s.strip()) for s in some], bool) for some in sentences]
    report_bad(
        [
            part.ids[row]
            for part, is_given in zip(parts, given)
            for row in np.flatnonzero(~is_given)
        ],
        "had no target sentence",
        "They are left out.",
    )
    train, test = (part[is_given] for part, is_given in zip(parts, given))
    sentences = [list(compress(some, is_given)) for some, is_given in zip(sentences, given)]
    if len(train) < FEWEST_TRAIN or len(test) < FEWEST_TEST:
        raise ValueError(
            f"{command} needs at least {FEWEST_TRAIN} samples with sentences for training and "
            f"{FEWEST_TEST} for testing. Received: {len(train)} and {len(test)}."
        )
    for part, use in ((train, "training"), (test, "testing")):
        if all(image is None for image in part["image"]):
            raise ValueError(
                f"{command} needs images. Received: none in the {len(part)} samples for {use}."
            )
    report_bad(
        [
            key
            for part in (train, test)
            for key, image in zip(part.ids, part["image"])
            if image is None
        ],
        "had no image",
        "They are used without one: nothing of the image is known.",
    )
    return train, test, *sentences


def column(data, name, command, option):
    """The values of a column; raises ValueError where there is none."""
    if name not in data.columns:
        given = "none" if name is None else repr(name)
        raise ValueError(
            f"{command} needs the column with the target sentences. Received: {given}. Pass "
            f"{option} with one of: {some_of(data.columns, 20) or 'no columns'}."
        )
    return data.columns[name]

"""The `article` command: the article's example step by step, then all levels side by side.

The steps that need no Keras are here, the others in `steps`; output is printed and written in
`results`.
"""

import shlex
from pathlib import Path

import numpy as np

from mm_keras.cli.article import results
from mm_keras.cli.choices import check_chosen, check_positions
from mm_keras.cli.console import Console
from mm_keras.cli.inputs import load
from mm_keras.datasets.splits import train_and_test
from mm_keras.fusion.registry import DEFAULT_OPERATORS, LEVELS
from mm_keras.text import tokenize
from mm_keras.utils.formatting import shorten
from mm_keras.utils.messages import did_you_mean, some_of


def run(options):
    console = Console()
    _check_operator(options)
    check_chosen(options)
    if options.level == "feature":
        check_positions(options, options.operator)
    out = Path(options.out)
    results.check(out)
    train, test = _load(options)
    console.step(
        "Data",
        f"{options.data}: {len(train):,} samples for training, {len(test):,} unseen for testing",
        f"{train.num_classes} {'labels' if train.is_multi_label else 'classes'}: "
        f"{some_of(train.class_names, 20)}",
    )
    row = _preprocess(console, train)
    console.start_keras()
    from mm_keras.cli.article import steps

    trained, scores, rows = steps.run(console, train, test, row, options)
    written = results.write(out, options, train, test, trained, scores, rows)
    console.step("Written", *(str(out / name) for name in written))
    steps.classify_unseen(console, trained.classifier, test, options.seed)
    print(
        f"\nFinished in {console.seconds():.0f} seconds. Next: python -m mm_keras predict "
        f"{shlex.quote(str(out / 'classifier'))} "
        '--text "..." --image FILE'
    )


def _check_operator(options):
    """Set the level's default operator if none was given; raise on a wrong one before any work."""
    valid = LEVELS[options.level]
    options.operator = options.operator or DEFAULT_OPERATORS[options.level]
    if options.operator not in valid:
        raise ValueError(
            f"--operator at the {options.level} level is one of {', '.join(valid)}. "
            f"Received: {options.operator!r}.{did_you_mean(options.operator, valid)}"
        )


def _load(options):
    for name in ("text", "image"):
        columns = getattr(options, f"{name}_column")
        if isinstance(columns, list):
            raise ValueError(
                f"The article's example needs one {name} column. Received: {', '.join(columns)}. "
                "The commands train and compare take several."
            )
        if columns == "none":
            raise ValueError(
                "The article's example needs texts and images. Received: "
                f"--{name}-column none. For a single modality, run: python -m mm_keras compare "
                f"--data {shlex.quote(options.data)} --{name}-column none"
            )
    data = load(options, audio="none", video="none")
    return train_and_test(data, options.test_size, options.seed)


def _preprocess(console, train):
    """Show step 1, which is part of the extractors, on one sample; returns the sample's row."""
    row, image = results.first_complete(train)
    if train.num_classes < 2:
        raise ValueError(
            f"A classifier needs two classes. Received: {', '.join(train.class_names)}."
        )
    if row is None:
        raise ValueError(
            "The example needs texts and images. Received: no sample with a text and a readable "
            "image."
        )
    text, source = train["text"][row], train["image"][row]
    console.step(
        "1 Preprocess",
        f"text     {shorten(text, 100)}",
        f"      -> {shorten(' | '.join(tokenize(text)), 100)}",
        f"image    {'(array)' if isinstance(source, np.ndarray) else source}",
        f"      -> gray {image.shape[0]} x {image.shape[1]}, values {image.min()} to {image.max()}",
    )
    return row

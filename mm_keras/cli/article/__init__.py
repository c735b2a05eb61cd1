"""The `article` command: the article's example step by step, then all levels side by side.

Here are the steps that need no Keras; the others are in `steps`, and what is told and written in `results`.
"""

import shlex
from pathlib import Path

import numpy as np

from mm_keras.cli.article import results
from mm_keras.cli.console import Console
from mm_keras.datasets.named import load_named, train_and_test
from mm_keras.fusion.registry import DEFAULT_OPERATORS, LEVELS
from mm_keras.text import tokenize
from mm_keras.utils.formatting import shorten
from mm_keras.utils.keras_tools import import_keras
from mm_keras.utils.messages import some_of


def run(options):
    console = Console()
    _check_operator(options)
    out = Path(options.out)
    results.check(out)
    train, test = _load(options)
    console.step(
        "Data",
        f"{options.data}: {len(train):,} samples to train on, {len(test):,} unseen ones to test with",
        f"{train.num_classes} {'labels' if train.is_multi_label else 'classes'}: {some_of(train.class_names, 20)}",
    )
    row = _preprocess(console, train)
    keras = import_keras()
    from mm_keras.cli.article import steps

    console.step("Start Keras", f"Keras {keras.__version__} on {keras.backend.backend()}")
    trained, scores, rows = steps.run(console, train, test, row, options)
    written = results.write(out, options, train, test, trained, scores, rows)
    console.step("Written", *(str(out / name) for name in written))
    steps.classify_unseen(console, trained.classifier, test, options.seed)
    print(
        f"\n{console.seconds():.0f} seconds in all. Next: python -m mm_keras predict {shlex.quote(str(out / 'classifier'))} "
        '--text "..." --image FILE'
    )


def _check_operator(options):
    """The level's default where none was chosen; a wrong one is refused before anything is loaded."""
    possible = LEVELS[options.level]
    options.operator = options.operator or DEFAULT_OPERATORS[options.level]
    if options.operator not in possible:
        raise ValueError(
            f"--operator at the {options.level} level is one of {', '.join(possible)}. Received: {options.operator!r}."
        )


def _load(options):
    data = load_named(
        options.data,
        scheme=options.scheme,
        seed=options.seed,
        text=options.text_column,
        image=options.image_column,
        label=options.label_column,
    )
    return train_and_test(data, seed=options.seed)


def _preprocess(console, train):
    """Step 1 is part of the extractors; here it is shown on one sample. Returns the sample's row."""
    row, image = results.first_complete(train)
    if train.num_classes < 2:
        raise ValueError(
            f"A classifier needs two classes. Received: {', '.join(train.class_names)}."
        )
    if row is None:
        raise ValueError(
            "The example needs texts and images. Received: no sample with a text and an image that can be read."
        )
    text, source = train["text"][row], train["image"][row]
    console.step(
        "1 Preprocess",
        f"text     {shorten(text, 100)}",
        f"      -> {shorten(' | '.join(tokenize(text)), 100)}",
        f"image  {source if not isinstance(source, np.ndarray) else 'drawn'}",
        f"      -> gray {image.shape[0]} x {image.shape[1]}, values {image.min()} to {image.max()}",
    )
    return row

"""What several commands read: data by name or path, split for training and testing."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from mm_keras.cli.parser import build_parser
from mm_keras.datasets.named import SHOP_NOISE, SYNTHETIC, load_named
from mm_keras.datasets.pairs.load import MODALITIES
from mm_keras.datasets.splits import train_and_test
from mm_keras.utils.formatting import join_words
from mm_keras.utils.messages import report_bad, some_of
from mm_keras.utils.modality_labels import modality_label

ROLES = (*MODALITIES, "label", "id")
# Options of `load_pairs` -> options of the commands.
FILE_OPTIONS = {
    "quoting": "quoting",
    "encoding": "encoding",
    "delimiter": "delimiter",
    "label_separator": "label_separator",
    "numbers": "number_columns",
    "categories": "category_columns",
    "vectors": "vectors",
}
NUM_SAMPLES = 2400  # of generated data


def columns_of(options):
    """The names of the columns that the options of a command give, dict, role -> name or names."""
    given = {role: getattr(options, f"{role}_column", None) for role in ROLES}
    return {role: names for role, names in given.items() if names is not None}


def file_options(options):
    """The other options of a command that say how a file is read, dict for `load_pairs`."""
    given = {name: getattr(options, option, None) for name, option in FILE_OPTIONS.items()}
    return {name: value for name, value in given.items() if value is not None}


def load(options, num_samples=NUM_SAMPLES, **more):
    """The data that the options of a command name.

    Args:
        options: the options of the command.
        num_samples: int, the size of generated data.
        **more: further options of `load_named`.
    """
    data = load_named(
        options.data,
        scheme=options.scheme,
        seed=options.seed,
        num_samples=num_samples,
        **{**file_options(options), **columns_of(options), **more},
    )
    if getattr(options, "limit", None) is not None and options.limit < len(data):
        rows = np.random.default_rng(options.seed).permutation(len(data))[: options.limit]
        data = data[np.sort(rows)]
    return drop_rare_classes(data, getattr(options, "drop_rare", None) or 1)


def drop_rare_classes(data, min_count):
    """The data without the samples of classes that have fewer than `min_count`, with a warning.

    Of multi-label data, the rare labels are left out, and no samples.
    """
    if data.labels is None:
        return data
    if data.is_multi_label:
        return _without_rare_labels(data, min_count)
    counts = np.bincount(data.labels, minlength=data.num_classes)
    rare = counts < min_count
    if not rare.any():
        return data
    kept = ~rare[data.labels]
    report_bad(
        [f"{data.class_names[k]} ({counts[k]})" for k in np.flatnonzero(rare)],
        f"had fewer than {min_count} samples",
        "Their samples are left out.",
        noun="class",
    )
    numbers = np.cumsum(~rare) - 1
    part = data[kept]
    return replace(
        part,
        labels=numbers[part.labels],
        class_names=[name for name, is_rare in zip(data.class_names, rare) if not is_rare],
    )


def _without_rare_labels(data, min_count):
    counts = np.asarray(data.labels).sum(axis=0).astype(int)
    rare = counts < min_count
    if min_count < 2 or not rare.any():
        return data
    if rare.all():
        raise ValueError(f"No label has {min_count} samples or more; the most have {counts.max()}.")
    names = np.array(data.class_names, dtype=object)
    report_bad(
        [f"{name} ({count})" for name, count in zip(names[rare], counts[rare])],
        f"had fewer than {min_count} samples",
        "They are left out.",
        noun="label",
    )
    return replace(data, labels=data.labels[:, ~rare], class_names=names[~rare].tolist())


def load_train_and_test(
    options, console, num_train, num_test, needs_labels=True, image_noise=SHOP_NOISE, about=None
):
    """`(train, test)` of the data that the options of a command name.

    Args:
        options: the options of the command.
        console: Console.
        num_train, num_test: int, the sizes of generated data.
        needs_labels: bool, whether each sample must have one label.
        image_noise: float, of the data "shop", see `make_shop`.
        about: str, what is printed instead of the class names.
    """
    data = load(options, num_train + num_test, image_noise=image_noise)
    if data.is_multi_label or (data.labels is None and needs_labels):
        raise ValueError("This command needs data with one label per sample.")
    is_whole = options.data in SYNTHETIC and getattr(options, "limit", None) is None
    test_size = num_test if is_whole else options.test_size
    train, test = train_and_test(data, test_size, options.seed, needs_labels)
    lines = [
        f"{options.data}: {len(train):,} samples for training, {len(test):,} unseen for testing"
    ]
    if about is not None:
        lines.append(about)
    elif data.labels is not None:
        lines.append(f"{train.num_classes} classes: {some_of(train.class_names, 20)}")
    console.step("Data", *lines)
    return train, test


def report_modalities(modalities, given):
    """Print which modalities of a classifier no sample has, and which of those given it lacks."""
    missing = [name for name in modalities if name not in given]
    unused = [name for name in given if name not in modalities]
    for problem, names in (("without", missing), ("ignoring", unused)):
        if names:
            print(
                f"({problem} {' and '.join(map(modality_label, names))}: the classifier was "
                f"trained on {', '.join(map(modality_label, modalities))})",
                file=sys.stderr,
            )


def report_shared_images(train, test):
    """Warn about image files that are in both, as when an image has several captions."""

    def file(image):
        return str(image) if isinstance(image, (str, Path)) else None

    files = set(map(file, train["image"])) - {None}
    report_bad(
        [key for key, image in zip(test.ids, test["image"]) if file(image) in files],
        "for testing had the image file of a training sample",
        "The scores are too high. Put all samples of an image on one side, by a column split.",
    )


def require(data, modalities, command):
    """Raise ValueError unless the data has all of some modalities."""
    if not set(modalities) <= set(data.modalities):
        raise ValueError(
            f"{command} needs {' and '.join(f'{name}s' for name in modalities)}. Received: "
            f"{', '.join(map(modality_label, data.modalities))}."
        )


def check_unused(options, used, saved):
    """Raise ValueError for options of the training, which a saved model would ignore.

    Args:
        options: the options of a command that trains, or reads the saved model `options.model`.
        used: names of the options that it uses with a saved model.
        saved: str, what is saved, e.g. "generator".
    """
    used = {"command", "model", "trusted", "extraction_workers", "cache", *used}
    defaults = vars(build_parser().parse_args([options.command, options.model]))
    ignored = [
        f"--{name.replace('_', '-')}"
        for name, value in vars(options).items()
        if name not in used and value != defaults[name]
    ]
    if ignored:
        raise ValueError(
            f"{join_words(ignored)} can be used for training only. Received: the saved {saved} "
            f"{options.model} as well. Leave out one of them."
        )


def other_rows(num_rows, seed):
    """int (n,), the number of another row for each row, at random: no row keeps its own.

    Example:
        >>> other_rows(2, seed=0)
        array([1, 0])
    """
    order = np.random.default_rng(seed).permutation(num_rows)
    others = np.empty_like(order)
    others[order] = np.roll(order, 1)
    return others

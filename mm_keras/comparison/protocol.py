"""The protocol of a comparison: its splits, which keep groups together, and its description."""

from collections import Counter

import numpy as np

from mm_keras.comparison.contenders.base import RACE_EPOCHS, RACE_MARGIN
from mm_keras.comparison.missing import is_blank
from mm_keras.comparison.splits import (
    INNER_SHARE,
    StratifiedFolds,
    make_splits,
    own_split,
    rows_of_own_split,
)
from mm_keras.datasets.pairs.labels import clean_name, look_alikes
from mm_keras.datasets.splits import check_training_classes, find_split_column, report_split_columns
from mm_keras.evaluation.leaks import group_ids
from mm_keras.utils.formatting import join_words
from mm_keras.utils.messages import check_column, some_of


def drop_unassigned(data):
    """The samples to which the column "split" assigns a part, and a sentence about the others.

    Returns:
        `(data, note)`; the note is None where no sample was dropped.

    Raises:
        ValueError: there is no such column.
    """
    column = find_split_column(data.columns)
    if column is None:
        raise ValueError(
            f"The data has no column 'split'. It has: {', '.join(data.columns) or 'none'}. Omit "
            "cv='split' (--use-split) to use cross-validation."
        )
    report_split_columns(data.columns)
    values = data.columns[column]
    rows = rows_of_own_split(values)
    if len(rows) in (0, len(data)):  # where there are none, `own_split` raises
        return data, None
    others = sorted({str(values[i]) for i in np.setdiff1d(np.arange(len(data)), rows)})
    return data[rows], (
        f"{len(data) - len(rows):,} samples were left out: their split is "
        f"{some_of(map(repr, others))}, not train, validation or test."
    )


def check_splits(data, options):
    """Refuse impossible folds and groups before anything slow: columns, the number of folds.

    Raises:
        ValueError: a column that does not exist, too few or too many folds.
    """
    for column in options.group_columns:
        check_column(data.columns, column, "to group by")
    if isinstance(options.cv, StratifiedFolds):
        options.cv.check(len(data))


def make_protocol_splits(data, options, duplicates):
    """The list of `Split` for the options of `compare` and the duplicates in the data.

    Args:
        options: Options.
        duplicates: what `find_duplicates` returns.

    Raises:
        ValueError: impossible folds.
    """
    pairs = []  # of samples that must stay together
    for column in options.group_columns:
        pairs.append(_pairs_within(_group_names(data.columns[column], column)))
    if options.group_duplicates and duplicates is not None:
        pairs.append(_pairs_within(duplicates["groups"]))
    groups = group_ids(len(data), *pairs) if pairs else None
    if options.own_split:
        values = data.columns[find_split_column(data.columns)]
        split = own_split(values, data.labels, options.seed, groups)
        check_training_classes(data[split.train])
        return [split]
    return make_splits(data.labels, options.cv, options.seed, groups)


def describe_groups(data, splits, options):
    """Sentences about samples without a group, and groups that the data's own split divides."""
    sentences = []
    for column in options.group_columns:
        values = data.columns[column]
        blank = np.array([is_blank(value) for value in values])
        if blank.any():
            count = "1 sample has" if blank.sum() == 1 else f"{blank.sum():,} samples have"
            sentences.append(f"{count} no value in {column}: each counts as a group of its own.")
        counts = Counter(clean_name(str(values[i])) for i in np.flatnonzero(~blank))
        alike = [" and ".join(map(repr, names)) for names in look_alikes(counts)]
        if alike:
            sentences.append(
                f"Values of {column} that differ only in their spelling are different groups: "
                f"{some_of(alike)}. Write them alike if they are the same."
            )
        if not options.own_split:
            continue
        train, test = (
            {clean_name(str(values[i])) for i in rows if not blank[i]}
            for rows in (splits[0].train, splits[0].test)
        )
        if train & test:
            sentences.append(
                f"{len(train & test):,} of {len(train | test):,} values of {column} lie on both "
                "sides of the data's own split: the scores may be too optimistic."
            )
    return sentences


def _group_names(values, column):
    """The group of each sample as a str; a sample with a blank cell is a group of its own."""
    blank = [is_blank(value) for value in values]
    if all(blank):
        raise ValueError(
            f"The column {column!r} to group by is empty. Choose another column, or leave out "
            "groups (--group)."
        )
    return [
        f"row {i}" if is_empty else f"value {clean_name(str(value))}"
        for i, (value, is_empty) in enumerate(zip(values, blank))
    ]


def _pairs_within(groups):
    """Pairs that join each sample with the first one of its group, int (n, 2)."""
    _, first, group = np.unique(np.asarray(groups), return_index=True, return_inverse=True)
    return np.stack([first[group.ravel()], np.arange(len(groups))], axis=1)


def describe_protocol(splits, options, contenders):
    """The protocol as a text ("sentence") and as values."""
    if options.own_split:
        scheme = "own split"
    elif options.groups:
        scheme = "group k-fold"
    else:
        scheme = "stratified k-fold"
    return {
        "sentence": _sentence(options, splits, contenders),
        "scheme": scheme,
        "cv": options.cv_name,
        "folds": len({split.fold for split in splits}),
        "repeats": len({split.repeat for split in splits}),
        "num_splits": len(splits),
        "groups": list(options.groups),
        "own_split": options.own_split,
        "seed": options.seed,
        "num_settings": options.num_settings,
        "quick": options.quick,
        "racing": describe_racing(contenders),
        "inner_share": None if splits[0].own_inner else INNER_SHARE,
        "test_sizes": [len(split.test) for split in splits],
        "train_sizes": [len(split.train) for split in splits],
        "metric": "accuracy",
    }


def _sentence(options, splits, contenders):
    return (
        f"{_describe_splits(options, splits)}; all contenders see the same samples and the same "
        "features. Everything that is learned, including vocabularies and scales, is learned from "
        f"the training samples only. {_describe_tuning(options, splits, contenders)}"
    )


def _describe_splits(options, splits):
    if options.own_split:
        start = (
            f"The data's own split: {len(splits[0].train):,} training samples and "
            f"{len(splits[0].test):,} test samples"
        )
    elif hasattr(options.cv, "n_repeats") and hasattr(options.cv, "n_splits"):
        start = f"{options.cv.n_splits}-fold cross-validation, stratified by class"
        if options.cv.n_repeats > 1:
            start += f", repeated {options.cv.n_repeats} times with different folds"
    else:
        start = f"{len(splits)} splits by {options.cv_name}"
    kept = [f"samples with the same {column}" for column in options.group_columns]
    if options.group_duplicates:
        kept.append("duplicates and near-duplicates")
    if not kept:
        return start
    where = "together in the inner validation split" if options.own_split else "in one fold"
    return f"{start}; {join_words(kept)} were kept {where}"


def _describe_tuning(options, splits, contenders):
    count = options.num_settings
    if splits[0].own_inner:
        chosen_on = (
            f"the data's own {len(splits[0].inner[1]):,} validation samples (which count as "
            "training samples)"
        )
        fitted_on = "all training samples, including these"
    else:
        chosen_on = (
            f"one inner validation split ({100 * INNER_SHARE:.0f}% of the training samples, the "
            "same for all contenders)"
        )
        fitted_on = "all training samples"
    others = {
        name: len(contender.param_candidates)
        for name, contender in contenders.items()
        if contender.level != "none" and len(contender.param_candidates) != count
    }
    if count > 1:
        different = ", ".join(f"{name} {number}" for name, number in others.items())
        different = f" (other numbers of settings: {different})" if others else ""
        chosen = f"For each contender, the best of {count} settings{different} was chosen"
    elif others:
        different = join_words(f"{name} ({number} settings)" for name, number in others.items())
        chosen = (
            f"Each contender uses its default setting, except {different}; settings and numbers "
            "of epochs were chosen"
        )
    else:
        chosen = "Each contender uses its default setting; the number of epochs was chosen"
    racing = describe_racing(contenders)
    return (
        f"{chosen} on {chosen_on}; the final model was fitted on {fitted_on}."
        f"{f' {racing}' if racing else ''}"
    )


def describe_racing(contenders):
    """A sentence on the settings of networks that are dropped early; None if there are none."""
    if not any(one.races and len(one.param_candidates) > 1 for one in contenders.values()):
        return None
    return (
        "A setting of a network was dropped when its lowest validation loss, after "
        f"{RACE_EPOCHS} epochs or more, was more than {100 * RACE_MARGIN:.0f}% above that of an "
        "earlier setting after as many epochs."
    )

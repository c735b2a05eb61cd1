"""The protocol of a comparison: its splits, with groups and duplicates kept together, and how they are told."""

import numpy as np

from mm_keras.comparison.splits import INNER_SHARE, make_splits, own_split, rows_of_own_split
from mm_keras.evaluation.leaks import group_ids
from mm_keras.utils.formatting import join_words
from mm_keras.utils.messages import some_of


def drop_unassigned(data):
    """`(data, note)`: the samples that the column "split" puts into a part, and a sentence about the others, or None.

    Raises:
        ValueError: there is no such column.
    """
    if "split" not in data.columns:
        raise ValueError(
            f"The data has no column 'split'. It has: {', '.join(data.columns) or 'none'}. Leave cv='split' "
            "(--use-split) out to have folds."
        )
    rows = rows_of_own_split(data.columns["split"])
    if len(rows) in (0, len(data)):  # where there are none, `own_split` says what is needed
        return data, None
    others = sorted(
        {str(data.columns["split"][i]) for i in np.setdiff1d(np.arange(len(data)), rows)}
    )
    return data[rows], (
        f"{len(data) - len(rows):,} samples were left out: their split is {some_of(map(repr, others))}, and neither "
        "train, validation nor test."
    )


def make_protocol_splits(data, options, found):
    """list of `Split`, from the options of `compare` and the duplicates in the data.

    Args:
        options: Options.
        found: what `find_duplicates` returns.

    Raises:
        ValueError: a column that does not exist, impossible folds.
    """
    together = []
    for column in options.group_columns:
        if column not in data.columns:
            raise ValueError(
                f"There is no column {column!r} to group by. The data has: {', '.join(data.columns) or 'none'}."
            )
        together.append(_pairs_of([str(value) for value in data.columns[column]]))
    if options.group_duplicates and found is not None:
        together.append(_pairs_of(found["groups"]))
    groups = group_ids(len(data), *together) if together else None
    if options.own_split:
        return [own_split(data.columns["split"], data.labels, options.seed, groups)]
    return make_splits(data.labels, options.cv, options.seed, groups)


def find_split_groups(data, splits, options):
    """Sentences about groups that the data's own split tears apart."""
    found = []
    for column in options.group_columns if options.own_split else ():
        values = np.array([str(value) for value in data.columns[column]])
        train, test = (set(values[rows]) for rows in (splits[0].train, splits[0].test))
        if train & test:
            found.append(
                f"{len(train & test):,} of {len(train | test):,} values of {column} lie on both sides of the data's own split: "
                "the scores may be too good."
            )
    return found


def _pairs_of(groups):
    """Pairs that join each sample with the first one of its group, int (n, 2)."""
    _, first, group = np.unique(np.asarray(groups), return_index=True, return_inverse=True)
    return np.stack([first[group.ravel()], np.arange(len(groups))], axis=1)


def describe_protocol(splits, options, contenders):
    """How it was measured, for people ("sentence") and as values."""
    repeats = len({split.repeat for split in splits})
    scheme = (
        "own split"
        if options.own_split
        else "group k-fold"
        if options.groups
        else "stratified k-fold"
    )
    return {
        "sentence": _sentence(options, splits, contenders),
        "scheme": scheme,
        "cv": options.cv_name,
        "folds": len({split.fold for split in splits}),
        "repeats": repeats,
        "num_splits": len(splits),
        "groups": list(options.groups),
        "own_split": options.own_split,
        "seed": options.seed,
        "num_settings": options.num_settings,
        "quick": options.quick,
        "inner_share": None if splits[0].own_inner else INNER_SHARE,
        "test_sizes": [len(split.test) for split in splits],
        "train_sizes": [len(split.train) for split in splits],
        "metric": "accuracy",
    }


def _sentence(options, splits, contenders):
    return (
        f"{_splits_in_words(options, splits)}; the same samples and the same features for all contenders. Everything that is "
        "learned, the vocabulary and the scales included, is learned from the training samples only. "
        f"{_tuning_in_words(options, splits, contenders)}"
    )


def _splits_in_words(options, splits):
    if options.own_split:
        start = f"The data's own split: {len(splits[0].train):,} samples to train on, {len(splits[0].test):,} to test with"
    elif hasattr(options.cv, "n_repeats") and hasattr(options.cv, "n_splits"):
        times = (
            f", {options.cv.n_repeats} times with other folds" if options.cv.n_repeats > 1 else ""
        )
        start = f"{options.cv.n_splits}-fold cross-validation, stratified by class{times}"
    else:
        start = f"{len(splits)} splits by {options.cv_name}"
    kept = [f"samples with the same {column}" for column in options.group_columns]
    if options.group_duplicates:
        kept.append("duplicates and near-duplicates")
    if not kept:
        return start
    return f"{start}; {join_words(kept)} were kept {'together in the inner validation split' if options.own_split else 'in one fold'}"


def _tuning_in_words(options, splits, contenders):
    count = options.num_settings
    chosen_on, fitted_on = (
        f"one inner validation split ({100 * INNER_SHARE:.0f} % of the training samples, the same for all)",
        "all training samples",
    )
    if splits[0].own_inner:
        chosen_on, fitted_on = (
            f"the data's own {len(splits[0].inner[1]):,} validation samples (which are among the training samples)",
            "all training samples, these included",
        )
    others = ", ".join(
        f"{name} {len(one.param_candidates)}"
        for name, one in contenders.items()
        if one.level != "none" and len(one.param_candidates) != count
    )
    others = f" (with another number of settings: {others})" if others else ""
    if count > 1:
        chosen = (
            f"For each contender the best of {count} settings{others} was chosen on {chosen_on}"
        )
    else:
        chosen = f"Each contender has its usual setting{others}; the number of epochs was chosen on {chosen_on}"
    return f"{chosen}, and then fitted on {fitted_on}."

"""The splits that a comparison asks for: folds, with groups and copies kept together, or the data's own split."""

import numpy as np

from mm_keras.comparison.splits import make_splits, own_split, rows_of_own_split
from mm_keras.evaluation.leaks import group_ids
from mm_keras.utils.messages import some_of


def with_split_only(data):
    """`(data, note)`: the samples that the column "split" puts into a part, and a sentence about the others, or None.

    Raises:
        ValueError: there is no such column.
    """
    if "split" not in data.columns:
        raise ValueError(f"The data has no column 'split'. It has: {', '.join(data.columns) or 'none'}. Leave use_split "
                         "(--use-split) out to have folds.")
    rows = rows_of_own_split(data.columns["split"])
    if len(rows) in (0, len(data)):  # where there are none, `own_split` says what is needed
        return data, None
    others = sorted({str(data.columns["split"][i]) for i in np.setdiff1d(np.arange(len(data)), rows)})
    return data[rows], (f"{len(data) - len(rows):,} samples were left out: their split is {some_of(map(repr, others))}, and neither "
                        "train, validation nor test.")


def wanted_splits(data, options, found):
    """list of `Split`, from the options of `compare` and the copies in the data.

    Args:
        found: what `copies.find` returns.

    Raises:
        ValueError: options that do not go together, a column that does not exist, impossible folds.
    """
    if options["use_split"] and options["repeats"] > 1:
        raise ValueError("The data's own split (use_split) leaves nothing to repeat. Leave out one or the other.")
    together = []
    if options["group"] is not None:
        if options["group"] not in data.columns:
            raise ValueError(f"There is no column {options['group']!r} to group by. The data has: "
                             f"{', '.join(data.columns) or 'none'}.")
        together.append(_pairs_of([str(value) for value in data.columns[options["group"]]]))
    if options["group_duplicates"] and found is not None:
        together.append(_pairs_of(found["groups"]))
    groups = group_ids(len(data), *together) if together else None
    if options["use_split"]:
        return [own_split(data.columns["split"], data.labels, options["seed"], groups)]
    return make_splits(data.labels, options["folds"], options["repeats"], options["seed"], groups)


def groups_across(data, splits, options):
    """A sentence about groups that the data's own split tears apart, or None."""
    if not options["use_split"] or options["group"] is None:
        return None
    values = np.array([str(value) for value in data.columns[options["group"]]])
    train, test = (set(values[rows]) for rows in (splits[0].train, splits[0].test))
    if not train & test:
        return None
    return (f"{len(train & test):,} of {len(train | test):,} values of {options['group']} lie on both sides of the data's own split: "
            "the scores may be too good.")


def _pairs_of(groups):
    """Pairs that join each sample with the first one of its group, int (n, 2)."""
    _, first, group = np.unique(np.asarray(groups), return_index=True, return_inverse=True)
    return np.stack([first[group.ravel()], np.arange(len(groups))], axis=1)

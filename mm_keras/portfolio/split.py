"""Which samples are for training and which for testing, without Keras."""

from typing import TYPE_CHECKING

import numpy as np

from mm_keras.comparison.splits import folds_of
from mm_keras.datasets.splits import (
    describe_values,
    find_split_column,
    report_split_columns,
    split_rows,
    train_and_test,
)
from mm_keras.utils.messages import check_column

if TYPE_CHECKING:
    from mm_keras.datasets import MultimodalData

TEST_FOLDS = 4  # a quarter of the samples is for testing
EXAMPLES = "mm_keras.compare or mm_keras.training.train_cell"


def check_labels(data):
    """Raise ValueError unless the data has one class per sample."""
    if getattr(data, "labels", None) is None:
        raise ValueError(
            f"train needs MultimodalData with labels. Received: {type(data).__name__} without "
            "labels."
        )
    if data.is_multi_label:
        raise ValueError(
            "train needs one class per sample. Received: multi-label data, with any number of "
            f"labels per sample. Use {EXAMPLES}, which take both kinds."
        )


def groups_of(data, group):
    """The values of a column as list of str; None for no column."""
    if group is None:
        return None
    check_column(data.columns, group, "to group by")
    return list(map(str, data.columns[group]))


def split(
    data: "MultimodalData", group: str | None = None, seed: int = 0
) -> "tuple[MultimodalData, MultimodalData]":
    """`(train, test)` as in `train`: by the column "split", or a random quarter for testing.

    The random quarter keeps groups together. The only sample of a class is for training.
    """
    check_labels(data)
    groups = groups_of(data, group)
    column = find_split_column(data.columns)
    if column is not None:
        rows = split_rows(data.columns[column])
        if groups is not None and not (len(rows.train) and len(rows.test)):
            raise ValueError(
                f"Without training and test samples in the column {column!r}, a random split would "
                f"divide groups. Received: {describe_values(data.columns[column])}. Rename the "
                "column, or pass test=..."
            )
        return train_and_test(data, 1 / TEST_FOLDS, seed)
    report_split_columns(data.columns)
    num_units = len(data) if groups is None else len(set(groups))
    if num_units < TEST_FOLDS:
        raise ValueError(
            f"At least {TEST_FOLDS} {'samples' if groups is None else 'groups'} are needed to hold "
            f"out test samples. Received: {num_units}. Pass test=..."
        )
    in_test = folds_of(data.labels, TEST_FOLDS, seed, groups) == 0
    single = np.bincount(data.labels, minlength=data.num_classes)[data.labels] == 1
    if groups is None:
        in_test &= ~single  # the only sample of a class is for training
    return data[~in_test], data[in_test]

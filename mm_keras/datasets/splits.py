"""The column "split" of a data set: which samples are for training, validation and testing."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mm_keras.utils.formatting import join_words
from mm_keras.utils.messages import report_bad, some_of
from mm_keras.utils.sequences import is_missing

if TYPE_CHECKING:
    from mm_keras.datasets.data import MultimodalData

# Names without case, spaces, digits and punctuation, and without "set" at the end.
TRAIN_NAMES = "train training trn tr fit learn learning trainval restval 训练 訓練".split()
VALIDATION_NAMES = (
    "val valid validation validate vld dev devel development tune tuning minival "
    "验证 驗證 校验 开发 開發"
).split()
TEST_NAMES = "test testing tst te 测试 測試".split()
# These are test samples, or validation samples if the column also has names of test samples.
EVALUATION_NAMES = "eval evaluation holdout heldout 评估 評估 评测".split()

ENDINGS = re.compile(r"(?<=.)(dataset|set|data|split|samples?|数据集|数据|集)$")


class SplitRows(NamedTuple):
    """Sorted positions of the training, validation, test and other samples, int arrays."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    others: np.ndarray


def split_rows(values: Sequence[Any]) -> SplitRows:
    """The samples that the values of a split column assign to training, validation and testing.

    Case, spaces and punctuation do not matter. Usual names are known, such as training, fit, dev,
    valid, testing, held-out, `train2017`, 训练集; see TRAIN_NAMES, VALIDATION_NAMES, TEST_NAMES.
    "eval" and "holdout" are test samples, or validation samples beside others named "test".

    Example:
        >>> rows = split_rows(["Train", "dev", "TEST ", "unused", "training set"])
        >>> [array.tolist() for array in rows]
        [[0, 4], [1], [2], [3]]
    """
    names = np.array([_known_name(value) for value in values], dtype=object)
    validation_names, test_names = VALIDATION_NAMES, [*TEST_NAMES, *EVALUATION_NAMES]
    if np.isin(names, TEST_NAMES).any():
        validation_names, test_names = [*VALIDATION_NAMES, *EVALUATION_NAMES], TEST_NAMES
    assigned = [np.isin(names, known) for known in (TRAIN_NAMES, validation_names, test_names)]
    return SplitRows(*map(np.flatnonzero, assigned), np.flatnonzero(~np.any(assigned, axis=0)))


def describe_values(values: Sequence[Any]) -> str:
    """The values of a split column with their counts: "'train' (8), 'dev' (2), empty (1)"."""
    counts = Counter(map(_plain, values))
    shown = [f"{repr(value) if value else 'empty'} ({n:,})" for value, n in counts.most_common(8)]
    return ", ".join([*shown, "..."] if len(counts) > 8 else shown)


def find_split_column(columns: Mapping[str, Sequence[Any]]) -> str | None:
    """The name of the split column: "split", or the only one that differs in its case; or None.

    Example:
        >>> find_split_column({"Chapter": [1, 2], "Split": ["train", "test"]})
        'Split'
    """
    if "split" in columns:
        return "split"
    names = [name for name in columns if _plain(name).casefold() == "split"]
    return names[0] if len(names) == 1 else None


def report_split_columns(columns: Mapping[str, Sequence[Any]]) -> None:
    """Warn about other columns than "split" that hold names of training and test samples."""
    name = find_split_column(columns)
    if name is not None:
        if name != "split":
            report_bad(
                [repr(name)],
                "is used as the column 'split'",
                "Rename it 'split', or rename it differently if it has another meaning.",
                noun="column",
            )
        return
    others = [name for name, values in columns.items() if _is_split(values)]
    report_bad(
        map(repr, others),
        "with names of training and test samples are not used"
        if len(others) > 1
        else "with names of training and test samples is not used",
        f"Pass split={others[0]!r} to load_pairs, or rename the column 'split', to use it."
        if others
        else "",
        noun="column",
    )


def _is_split(values):
    """Whether all values are names of splits, for training and for testing among them."""
    distinct = {_plain(value) for value in values} - {""}
    if not 2 <= len(distinct) <= 8:
        return False
    rows = split_rows(sorted(distinct))
    return bool(len(rows.train) and len(rows.test) and not len(rows.others))


def train_and_test(
    data: "MultimodalData", test_size: float | int = 0.25, seed: int = 0, needs_labels: bool = True
) -> tuple["MultimodalData", "MultimodalData"]:
    """`(train, test)` as given by the column "split", else by a stratified random split.

    Validation samples become training samples, because all models here hold out their own. A
    warning reports these samples, those that are left out because their split has another name,
    samples of classes without training samples, and a column that cannot be used because it has no
    training or no test samples.

    Args:
        data: MultimodalData.
        test_size: float or int, see `MultimodalData.split`; used without a split column only.
        seed: int, likewise.
        needs_labels: bool; False for data that may lack labels, which are split at random.

    Raises:
        ValueError: no labels although they are needed, a random split that is not possible,
            training samples of one class.

    Example:
        >>> from mm_keras.datasets import MultimodalData
        >>> data = MultimodalData(
        ...     {"text": ["sun", "goal", "rain", "draw"]}, [0, 1, 0, 1], ["weather", "sports"],
        ...     columns={"split": ["train", "train", "test", "test"]},
        ... )
        >>> [part["text"] for part in train_and_test(data)]
        [['sun', 'goal'], ['rain', 'draw']]
    """
    if data.labels is None and needs_labels:
        raise ValueError("Training needs labels. Received data without labels.")
    report_split_columns(data.columns)
    parts = _own_parts(data, test_size) if find_split_column(data.columns) else None
    if data.labels is None:
        return parts or _random_parts(data, test_size, seed)
    train, test = parts or data.split(test_size, seed, shuffle=False)
    check_training_classes(train)
    _report_unseen_classes(train, test)
    return train, test


def check_training_classes(train: "MultimodalData") -> None:
    """Raise ValueError if all training samples are of one class."""
    if not train.is_multi_label and len(np.unique(train.labels)) == 1:
        others = [name for k, name in enumerate(train.class_names) if k != train.labels[0]]
        raise ValueError(
            "Training samples of at least two classes are needed. Received: "
            f"{len(train):,} training samples, all of class {train.class_names[train.labels[0]]!r}"
            f"{f'; none of {some_of(others)}' if others else ''}."
        )


def _own_parts(data, test_size):
    """`(train, test)` by the column "split"; None if it cannot be used, with a warning."""
    values = np.array(data.columns[find_split_column(data.columns)], dtype=object)
    ids = np.array(data.ids, dtype=object)
    train, validation, test, others = split_rows(values)
    if not len(train) or not len(test):
        sizes = {"training": len(train), "validation": len(validation), "test": len(test)}
        found = join_words([f"{size} {name}" for name, size in sizes.items() if size] or ["no"])
        share = f"{test_size:.0%}" if test_size < 1 else f"{test_size}"
        report_bad(
            ids,
            "had a column 'split' that is not used",
            f"It needs training and test samples (train, test), but has {found} samples: "
            f"{describe_values(values)}. Instead, {share} of all samples, chosen at random, are "
            "the test samples.",
        )
        return None
    report_bad(
        ids[validation],
        "had a split for validation",
        f"Their split is {describe_values(values[validation])}. They are training samples too: "
        f"{len(train)} + {len(validation)}.",
    )
    report_bad(
        ids[others],
        "had a split other than training, validation or test",
        f"Their split is {describe_values(values[others])}. They are left out.",
    )
    return data[np.sort(np.concatenate([train, validation]))], data[test]


def _random_parts(data, test_size, seed):
    """`(train, test)` of data without labels."""
    num_test = test_size if test_size >= 1 else math.ceil(test_size * len(data))
    if not 0 < num_test < len(data):
        raise ValueError(f"Cannot split {len(data)} samples with test_size={test_size}.")
    order = np.random.default_rng(seed).permutation(len(data))
    return data[np.sort(order[num_test:])], data[np.sort(order[:num_test])]


def _report_unseen_classes(train, test):
    """Warn about test samples of classes that have no training samples."""
    in_train, in_test = (_class_indicators(part) for part in (train, test))
    unseen = in_test.any(axis=0) & ~in_train.any(axis=0)
    counts = [f"{test.class_names[k]} ({in_test[:, k].sum()})" for k in np.flatnonzero(unseen)]
    report_bad(
        np.array(test.ids, dtype=object)[in_test[:, unseen].any(axis=1)],
        "for testing had a class without training samples",
        f"No classifier can predict: {', '.join(counts)}.",
    )


def _class_indicators(data):
    """Bool (n, num_classes), whether a sample has a class."""
    if data.is_multi_label:
        return data.labels > 0
    return data.labels[:, None] == np.arange(data.num_classes)


def _plain(value):
    """A value as a str without surrounding white space; missing values as ''."""
    return "" if is_missing(value) else " ".join(str(value).split())


def _known_name(value):
    """A value in the form of TRAIN_NAMES, VALIDATION_NAMES, ..."""
    letters = filter(str.isalpha, unicodedata.normalize("NFKC", _plain(value)).casefold())
    return ENDINGS.sub("", "".join(letters))

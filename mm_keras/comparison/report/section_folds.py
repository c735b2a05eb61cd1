"""Section with the accuracy of each contender on each test fold."""

import numpy as np

from mm_keras.comparison.report import words
from mm_keras.comparison.results.long_tables import repeats_and_folds
from mm_keras.utils.markup import table, tag

MAX_SPLITS = 10  # as many columns fit on a sheet of paper; of more, the spread is shown


def folds(result, data):
    """One column per fold, or the spread over many splits."""
    title = "Scores of each fold"
    if result["protocol"]["num_splits"] == 1:
        return title, "there is one test set only"
    splits = repeats_and_folds(result)
    contenders = [c for _, members in words.grouped(result) for c in members]
    scores = {
        c["name"]: c["metrics"]["accuracy"]["splits"] for c in contenders if c["failed"] is None
    }
    if not scores:
        return title, "every contender failed"
    if len(splits) <= MAX_SPLITS:
        columns = [_split_name(split, splits) for split in splits]
        values = {name: list(map(words.format_number, row)) for name, row in scores.items()}
    else:
        columns = ["lowest", "median", "highest"]
        values = {
            name: [words.format_number(part(row)) for part in (min, np.median, max)]
            for name, row in scores.items()
        }
    rows = [
        [tag("code", name), *row, words.format_number(np.std(scores[name], ddof=1))]
        for name, row in values.items()
    ]
    caption = (
        f"Accuracy on {len(splits)} test folds, and its standard deviation over them. All metrics "
        "are in folds.csv, and the predictions for each sample in predictions.csv."
    )
    header = ["contender", *columns, "standard deviation"]
    return title, [table(caption, header, [(None, rows)])]


def _split_name(split, splits):
    """The number of the fold, with the repeat where there are several."""
    repeat, fold = split
    return f"fold {fold}" if splits[-1][0] == 1 else f"{repeat}.{fold}"

"""Section with the metrics that the main table leaves out."""

from mm_keras.comparison.report import words
from mm_keras.utils.markup import table, tag

COLUMNS = {
    "balanced_accuracy": "balanced accuracy",
    "mcc": "MCC",
    "roc_auc": "ROC-AUC",
    "average_precision": "average precision",
    "top_3_accuracy": "top-3 accuracy",
    "brier": "Brier score",
}


def further_metrics(result, data):
    """Means over the splits of all contenders, with intervals where there are several splits."""
    title = "Further metrics"
    contenders = [c for _, members in words.grouped(result) for c in members]
    contenders = [c for c in contenders if c["failed"] is None]
    if not contenders:
        return title, "every contender failed"
    names = [name for name in COLUMNS if name in contenders[0]["metrics"]]
    if names == ["brier"]:
        return title, "this result was computed without them"
    rows = [
        [tag("code", contender["name"]), *(_cell(contender["metrics"].get(n)) for n in names)]
        for contender in contenders
    ]
    text = (
        "Balanced accuracy is the mean recall of the classes. MCC is the correlation of true and "
        "predicted classes (0: chance). ROC-AUC and average precision are means over the classes, "
        "each against all others. Below the values: 95% confidence intervals"
    )
    several = result["protocol"]["num_splits"] > 1
    text += " over the folds." if several else ", where they can be computed on one test set."
    return title, [table(text, ["contender", *(COLUMNS[name] for name in names)], [(None, rows)])]


def _cell(metric):
    if metric is None or metric["mean"] is None:
        return words.NONE
    return words.with_interval(metric["mean"], metric["interval"])

"""The notes of a result: sentences that a reader needs to interpret the values."""

from mm_keras.comparison.results import verdicts
from mm_keras.evaluation.robustness import CORRUPTIONS
from mm_keras.utils.formatting import join_words
from mm_keras.utils.messages import some_of

MIN_DEGREES_OF_FREEDOM = 4  # of the t test over the splits, which are then 5


def result_notes(result, trials, splits, data, session, num_given):
    """List of sentences.

    Args:
        result: dict with "contenders", "data" and "protocol".
        trials: dict, key -> result of each trial.
        data: the MultimodalData that was compared; num_given: number of samples before `quick`.
    """
    return [
        *_failures(result["contenders"]),
        *_failed_settings(trials, len(splits)),
        *_reconciled(trials, splits),
        *_rare_classes(result["data"], len({split.fold for split in splits})),
        *_untrained_classes(data, splits),
        *_constant_accuracies(result),
        *_subset(result, num_given),
        *limits(result["protocol"]),
        *undecided(result),
        *_not_corrupted(result),
        *(f"Not measured: {failure}" for failure in dict.fromkeys(session.failed)),
        *(f"While reading the samples: {warning}" for warning in session.warnings),
    ]


def _failures(rows):
    reasons = {}
    for row in rows:
        if row["failed"]:
            reasons.setdefault(row["failed"], []).append(row["name"])
    return [f"No result for {', '.join(names)}: {reason}" for reason, names in reasons.items()]


def _failed_settings(trials, num_splits):
    counts = {}
    for (_, _, name, _), trial in trials.items():
        for failure in trial.get("failed_settings", ()):
            counts[name, failure] = counts.get((name, failure), 0) + 1
    return [
        f"A setting of {name} failed on {count} of {num_splits} splits and was left out there: "
        f"{failure}."
        for (name, failure), count in counts.items()
    ]


def _reconciled(trials, splits):
    num_tested = sum(len(split.test) for split in splits)
    counts = {}
    for (_, _, name, _), trial in trials.items():
        counts[name] = counts.get(name, 0) + trial.get("num_reconciled", 0)
    return [
        f"For {count:,} of {num_tested:,} test samples, predict() of {name} returns another class "
        "than the one with its highest value; the class of predict() counts."
        for name, count in counts.items()
        if count
    ]


def _rare_classes(data, num_folds):
    rare = [
        name for name, count in zip(data["class_names"], data["class_counts"]) if count < num_folds
    ]
    if not rare:
        return []
    return [f"Too few samples of {some_of(rare)}: some test folds contain none of them."]


def _untrained_classes(data, splits):
    """One sentence per class that has test samples, but no training samples, in some splits."""
    notes = []
    for number, name in enumerate(data.class_names):
        has_class = data.labels[:, number] > 0 if data.is_multi_label else data.labels == number
        tested = {
            split.number + 1: int(has_class[split.test].sum())
            for split in splits
            if has_class[split.test].any() and not has_class[split.train].any()
        }
        if tested:
            where = "" if len(splits) == 1 else f" in split {some_of(tested)} of {len(splits)}"
            count = sum(tested.values())
            samples = "1 test sample" if count == 1 else f"{count:,} test samples"
            notes.append(
                f"{name} has no training samples{where}: no contender can predict it for the "
                f"{samples} there."
            )
    return notes


def _constant_accuracies(result):
    num_splits = result["protocol"]["num_splits"]
    constant = [
        row["name"]
        for row in result["contenders"]
        if row["failed"] is None
        and row["level"] != "none"
        and num_splits > 1
        and len(set(row["metrics"]["accuracy"]["splits"])) == 1
    ]
    if not constant:
        return []
    return [
        f"The accuracy of {', '.join(constant)} is the same in all folds: an interval of zero "
        "width does not mean certainty."
    ]


def _not_corrupted(result):
    names = [name for name in result["data"]["modalities"] if name not in CORRUPTIONS]
    if not result["robustness"] or not names:
        return []
    return [
        f"Robustness to corrupted inputs was not measured for {join_words(names)}: there are "
        f"corruptions of {join_words(CORRUPTIONS)} only."
    ]


def _subset(result, num_given):
    num_samples = result["data"]["num_samples"]
    if num_samples == num_given:
        return []
    return [f"This quick comparison used {num_samples:,} of the {num_given:,} samples."]


def limits(protocol):
    """Sentences on what the protocol cannot show: a quick comparison, a t test over few splits."""
    sentences, df = [], protocol["num_splits"] - 1
    if protocol["quick"]:
        sentences.append(
            "A quick comparison detects large differences only. Omit quick (--quick) for "
            "publishable results."
        )
    if 0 < df < MIN_DEGREES_OF_FREEDOM:
        sentences.append(
            f"With {df + 1} splits the t test has {df} {'degree' if df == 1 else 'degrees'} of "
            "freedom and misses all but very large differences. Use at least 5 splits (folds x "
            "repeats)."
        )
    return sentences


def undecided(result):
    """A sentence on contenders whose differences probably matter, although no test finds them."""
    if limits(result["protocol"]):
        return []
    names, best = [], result["best"]["unimodal"]
    for row in result["contenders"]:
        versus = row["versus_best_unimodal"]
        matters = ((versus or {}).get("equivalence") or {"equal": 1.0})["equal"] < verdicts.ALPHA
        if matters and verdicts.finding(versus) == "not distinguishable":
            names.append(row["name"])
            num_comparisons = versus["num_comparisons"]
    if not names:
        return []
    return [
        f"By itself, the difference of {join_words(names)} from {best} is probably larger than "
        f"{verdicts.format_rope(verdicts.ROPE)}. After the correction for {num_comparisons} "
        f"comparisons, {result['protocol']['num_splits']} splits are too few to distinguish them. "
        "More repeats (--repeats 5) or fewer contenders (--contenders) detect smaller differences."
    ]

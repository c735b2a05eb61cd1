"""The best contenders and the findings of a comparison in plain sentences."""

from mm_keras.evaluation import significance
from mm_keras.evaluation.modality_use.shapley import shapley
from mm_keras.utils.formatting import format_p, format_points
from mm_keras.utils.modality_labels import modality_label

# A difference counts if the corrected p value is lower and the interval does not contain zero.
ALPHA = 0.05
# Differences in accuracy of at most one point do not matter; contenders that differ by no more with
# this probability are practically equal.
ROPE, EQUAL_PROBABILITY = 0.01, 0.95


def find_best(contenders):
    """Names of the best contenders: unimodal, fused, overall and of each level.

    The best one has the highest mean accuracy; ties are broken by the log loss. Means that differ
    by a rounding error are tied.
    """

    def best(rows):
        scores = {
            row["name"]: (
                -round(row["metrics"]["accuracy"]["mean"], 9),
                row["metrics"]["log_loss"]["mean"],
            )
            for row in rows
            if row["failed"] is None
        }
        return min(scores, key=scores.get, default=None)

    levels = list(dict.fromkeys(row["level"] for row in contenders if row["level"] != "none"))
    return {
        "unimodal": best([row for row in contenders if len(row["modalities"]) == 1]),
        "fused": best([row for row in contenders if len(row["modalities"]) > 1]),
        "overall": best(contenders),
        "by_level": {
            level: best([row for row in contenders if row["level"] == level]) for level in levels
        },
    }


def shapley_attribution(contenders, best, modalities, entropy_bits):
    """Shapley values over separately trained models.

    The models are the majority class, the best contender of each modality, and the best fused one.
    The bits of a model are `H(Y) - log loss / ln 2`: the information that it gives about the
    labels.

    Args:
        entropy_bits: float, H(Y) of the labels; None for multi-label data.

    Returns:
        dict, or None if one of the models is missing or there are not exactly two modalities.
    """
    by_name = {row["name"]: row for row in contenders if row["failed"] is None}
    majority = next((name for name, row in by_name.items() if row["level"] == "none"), None)
    models = {
        "": majority,
        **{name: best["by_level"].get(name) for name in modalities},
        "+".join(modalities): best["fused"],
    }
    if len(modalities) != 2 or None in models.values():
        return None
    attribution = {"models": models, "bits": None}
    scores = {key: by_name[name]["metrics"]["accuracy"]["mean"] for key, name in models.items()}
    attribution["accuracy"] = {**shapley(scores), "scores": scores}
    if entropy_bits is not None:
        bits = {
            key: entropy_bits - by_name[name]["metrics"]["log_loss"]["mean"] / 0.6931471805599453
            for key, name in models.items()
        }
        attribution["bits"] = {**shapley(bits), "scores": bits}
    return attribution


def p_value(versus, metric="accuracy"):
    """The p value that counts, corrected for the number of contenders.

    For the accuracy it combines the t test and McNemar's test, both of which must find a
    difference. Over few small folds the t test may see no variance at all: three folds in each of
    which one more sample is correct give p = 0. McNemar's test, which counts samples, is not
    affected by this, but it ignores the variation due to the training samples, which the t test
    includes.
    """
    return versus[metric]["p_corrected"]


def finding(versus, metric="accuracy"):
    """What the tests show: "better", "worse", "not distinguishable", or None without a test.

    All sentences, tables and marks of a report use this function.

    Args:
        versus: dict, e.g. `contender["versus_best_unimodal"]`; None if nothing was compared.
        metric: "accuracy" or "log_loss" (lower is better).

    Example:
        >>> test = {"difference": 0.04, "interval": [0.01, 0.07], "p_corrected": 0.02}
        >>> finding({"accuracy": test}), finding({"log_loss": test}, "log_loss")
        ('better', 'worse')
        >>> test = {"difference": 0.04, "interval": [-0.01, 0.09], "p_corrected": 0.2}
        >>> finding({"accuracy": test})
        'not distinguishable'
    """
    test = (versus or {}).get(metric)
    if not test or test.get("p_corrected") is None or test.get("interval") is None:
        return None
    sign = -1 if metric == "log_loss" else 1
    return significance.finding(
        sign * test["difference"], test["interval"], test["p_corrected"], ALPHA
    )


def is_practically_equal(versus):
    """Whether the difference in accuracy is within the region of practical equivalence.

    That is, with a probability of at least `EQUAL_PROBABILITY`.

    Example:
        >>> is_practically_equal({"equivalence": {"rope": 0.01, "equal": 0.97}})
        True
        >>> is_practically_equal({"equivalence": None})
        False
    """
    equivalence = (versus or {}).get("equivalence")
    return bool(equivalence) and equivalence["equal"] >= EQUAL_PROBABILITY


def sentence(first, second, versus):
    """The finding about two accuracies in words, see `significance.verdict`."""
    test = versus["accuracy"]
    return significance.verdict(
        first,
        second,
        test["difference"],
        test["interval"],
        p_value(versus),
        ALPHA,
        versus.get("num_comparisons", 1),
    )


def sentences(contenders, best, truth=None):
    """The findings in plain sentences, the most important one first."""
    by_name = {row["name"]: row for row in contenders if row["failed"] is None}
    fused, unimodal = by_name.get(best["fused"]), by_name.get(best["unimodal"])
    verdicts = []
    if fused is not None and unimodal is not None:
        verdicts += _fusion_verdicts(fused, unimodal)
    for name in best["by_level"].values():
        row = by_name.get(name)
        if row and row["versus_majority"] and len(row["modalities"]) == 1:
            verdicts.append(_verdict(row, "the majority class", row["versus_majority"]))
    if fused and (fused["modality_use"] or {}).get("emap"):
        verdicts.append(_interaction_verdict(fused["name"], fused["modality_use"]["emap"]))
    if best["overall"] and len(by_name) > 1:
        verdicts.append(_best_verdict(by_name, best["overall"]))
    if truth:
        verdicts.append(_truth_verdict(truth))
    return verdicts


def describe_contender(contender):
    """A contender in words: "fusion (both-svm)", "text alone (text-svm)"."""
    modalities = contender["modalities"]
    if len(modalities) > 1:
        description = "fusion"
    elif modalities:
        description = f"{modality_label(modalities[0])} alone"
    else:
        description = "the baseline"
    return f"{description} ({contender['name']})"


def _verdict(first, second, versus):
    text = sentence(describe_contender(first), second, versus)
    return f"{text[0].upper()}{text[1:]}."


def _fusion_verdicts(fused, unimodal):
    versus = fused["versus_best_unimodal"]
    verdicts = [_verdict(fused, describe_contender(unimodal), versus)]
    if versus.get("equivalence"):
        verdicts.append(_equivalence_verdict(versus))
    loss_finding = finding(versus, "log_loss")
    if loss_finding in ("better", "worse"):
        losses = [row["metrics"]["log_loss"]["mean"] for row in (fused, unimodal)]
        verdicts.append(
            f"Its probabilities are {loss_finding}: log loss {losses[0]:.3f} against "
            f"{losses[1]:.3f} nats ({format_p(p_value(versus, 'log_loss'))})."
        )
    return verdicts


def _equivalence_verdict(versus):
    """Whether the difference matters, from its posterior probabilities."""
    probabilities = versus["equivalence"]
    points = format_rope(probabilities["rope"])
    better, equal, worse = (
        format_probability(probabilities[key]) for key in ("better", "equal", "worse")
    )
    start = "The two are practically equal: it" if is_practically_equal(versus) else "It"
    return (
        f"{start} is better by more than {points} with probability {better}, practically equal "
        f"(within {points}) with probability {equal}, and worse by more than {points} with "
        f"probability {worse} (for this pair by itself, not corrected)."
    )


def format_rope(rope):
    """The region of practical equivalence in words.

    Example:
        >>> format_rope(0.01), format_rope(0.005)
        ('1 point', '0.5 points')
    """
    return "1 point" if rope == 0.01 else f"{100 * rope:g} points"


def format_probability(probability):
    """A probability with two digits that is never rounded to 0 or 1.

    Example:
        >>> format_probability(0.0002), format_probability(0.9203), format_probability(0.998)
        ('< 0.01', '0.92', '> 0.99')
    """
    if probability < 0.005:
        return "< 0.01"
    return "> 0.99" if probability > 0.995 else f"{probability:.2f}"


def _interaction_verdict(name, emap):
    model, additive = (f"{100 * emap[key]:.1f}%" for key in ("accuracy", "emap_accuracy"))
    interval = emap.get("interval")  # earlier results have none
    low = interval[0] if interval else emap["drop"]
    if low > 0 and emap["drop"] > 0.02:
        conclusion = "it uses interactions between the modalities"
    else:
        conclusion = "no evidence that it uses interactions between the modalities"
    difference = ""
    if interval:
        points = [format_points(value) for value in (emap["drop"], *interval)]
        difference = f" (difference {points[0]} points, 95% interval {points[1]} to {points[2]})"
    return (
        f"{name} is correct for {model} of {emap['num_samples']} samples, its best additive "
        f"approximation (EMAP) for {additive}{difference}: {conclusion}."
    )


def _best_verdict(by_name, best):
    others = [row for name, row in by_name.items() if name != best]
    worse = [row["name"] for row in others if finding(row["versus_best"]) == "worse"]
    same = [row["name"] for row in others if row["name"] not in worse]
    accuracy = by_name[best]["metrics"]["accuracy"]["mean"]
    start = f"{best} has the highest accuracy, {accuracy:.3f}"
    if not same:
        return f"{start}; all others are worse."
    if not worse:
        return f"{start}; none of the others is distinguishable from it."
    count = f"{len(same)} of the {len(others)} others {'is' if len(same) == 1 else 'are'}"
    if len(same) <= len(worse) + 4:
        names = f": {', '.join(same)}"
    else:
        names = f", all but {', '.join(worse)}"
    return f"{start}; {count} not distinguishable from it{names}."


def _truth_verdict(truth):
    labels = {
        "majority": "majority class",
        "text": "text alone",
        "image": "image alone",
        "both": "both",
        "additive": "additive model",
    }
    scores = [
        f"{labels[key]} {truth[key]:.3f}"
        for key in labels
        if isinstance(truth.get(key), (int, float))
    ]
    return f"This data was generated by known rules. Best possible accuracy: {', '.join(scores)}."

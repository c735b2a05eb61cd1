"""Who is best, and what the numbers say in plain sentences."""

from mm_keras.evaluation import significance
from mm_keras.evaluation.modality_use.shapley import shapley
from mm_keras.utils.formatting import format_p

ALPHA = 0.05  # a difference is distinguishable where the corrected p is below, and the interval leaves out zero


def find_best(contenders):
    """Names of the best contenders by mean accuracy (equal ones: by log loss): unimodal, fused, overall and of each level."""

    def best(some):
        scores = {
            one["name"]: (-one["metrics"]["accuracy"]["mean"], one["metrics"]["log_loss"]["mean"])
            for one in some
            if one["failed"] is None
        }
        return min(scores, key=scores.get, default=None)

    levels = list(dict.fromkeys(one["level"] for one in contenders if one["level"] != "none"))
    return {
        "unimodal": best([one for one in contenders if len(one["modalities"]) == 1]),
        "fused": best([one for one in contenders if len(one["modalities"]) > 1]),
        "overall": best(contenders),
        "by_level": {
            level: best([one for one in contenders if one["level"] == level]) for level in levels
        },
    }


def shapley_attribution(contenders, best, modalities, entropy_bits):
    """Shapley values over models that were trained separately: majority, each modality's best, the best fused one.

    The bits of a model are `H(Y) - log loss / ln 2`, how much less surprising the labels are with it.

    Args:
        entropy_bits: float, H(Y) of the labels; None for multi-label data.

    Returns:
        dict, or None where one of the models is not there or there are not two modalities.
    """
    by_name = {one["name"]: one for one in contenders if one["failed"] is None}
    majority = next((name for name, one in by_name.items() if one["level"] == "none"), None)
    models = {
        "": majority,
        **{name: best["by_level"].get(name) for name in modalities},
        "+".join(modalities): best["fused"],
    }
    if len(modalities) != 2 or None in models.values():
        return None
    found = {"models": models, "bits": None}
    scores = {key: by_name[name]["metrics"]["accuracy"]["mean"] for key, name in models.items()}
    found["accuracy"] = {**shapley(scores), "scores": scores}
    if entropy_bits is not None:
        bits = {
            key: entropy_bits - by_name[name]["metrics"]["log_loss"]["mean"] / 0.6931471805599453
            for key, name in models.items()
        }
        found["bits"] = {**shapley(bits), "scores": bits}
    return found


def p_value(versus, metric="accuracy"):
    """The p value that counts: of the accuracy the larger one of the t test's and McNemar's, each corrected by Holm.

    Over few small folds the t test can find no spread at all and so be sure of next to nothing: three folds in each of
    which one sample more is right give p = 0. McNemar's test, which counts samples, is not fooled by that; but it does not
    know of training samples, whose luck the t test sees. A difference counts where both see it.
    """
    p = versus[metric]["p_holm"]
    pooled = (versus.get("mcnemar") or {}).get("p_holm") if metric == "accuracy" else None
    return p if pooled is None or p is None else max(p, pooled)


def finding(versus, metric="accuracy"):
    """What the tests against another contender show: "better", "worse", "not distinguishable", or None without a test.

    Args:
        versus: dict, e.g. `contender["versus_best_unimodal"]`; None where nothing was compared.
        metric: "accuracy" or "log_loss" (of which less is better).

    Example:
        >>> finding({"accuracy": {"difference": 0.04, "interval": [0.01, 0.07], "p_holm": 0.02}})
        'better'
        >>> finding({"accuracy": {"difference": 0.04, "interval": [-0.01, 0.09], "p_holm": 0.2}})
        'not distinguishable'
        >>> finding({"accuracy": {"difference": 0.1, "interval": [0.1, 0.1], "p_holm": 0.0}, "mcnemar": {"p_holm": 0.25}})
        'not distinguishable'
    """
    test = (versus or {}).get(metric)
    if not test or test.get("p_holm") is None or test.get("interval") is None:
        return None
    low, high = test["interval"]
    if p_value(versus, metric) >= ALPHA or low <= 0 <= high:
        return "not distinguishable"
    return "better" if (test["difference"] > 0) == (metric != "log_loss") else "worse"


def sentence(first, second, versus):
    """The finding of a comparison of accuracies in words, see `significance.verdict`."""
    test = versus["accuracy"]
    return significance.verdict(
        first, second, test["difference"], test["interval"], p_value(versus), ALPHA
    )


def sentences(contenders, best, truth=None):
    """The answer in plain sentences, the most important one first."""
    by_name = {one["name"]: one for one in contenders if one["failed"] is None}
    fused, alone = by_name.get(best["fused"]), by_name.get(best["unimodal"])
    told = [] if fused is None or alone is None else _fusion(fused, alone)
    told += [
        _sentence(one, "the majority class", one["versus_majority"])
        for one in map(by_name.get, best["by_level"].values())
        if one and one["versus_majority"] and len(one["modalities"]) == 1
    ]
    if fused and (fused["modality_use"] or {}).get("emap"):
        told.append(_additive(fused["name"], fused["modality_use"]["emap"]))
    if best["overall"] and len(by_name) > 1:
        told.append(_equals(by_name, best["overall"]))
    if truth:
        told.append(_truth(truth))
    return told


def describe_contender(contender):
    """A contender in words: "fusion (both-svm)", "text alone (text-svm)"."""
    names = ["the image" if name == "image" else name for name in contender["modalities"]]
    what = "fusion" if len(names) > 1 else f"{names[0]} alone" if names else "the reference"
    return f"{what} ({contender['name']})"


def _sentence(first, second, versus):
    told = sentence(describe_contender(first), second, versus)
    return f"{told[0].upper()}{told[1:]}."


def _fusion(fused, alone):
    versus = fused["versus_best_unimodal"]
    told, found = [_sentence(fused, describe_contender(alone), versus)], finding(versus, "log_loss")
    if found in ("better", "worse"):
        losses = [one["metrics"]["log_loss"]["mean"] for one in (fused, alone)]
        told.append(
            f"Its probabilities are {found}: log loss {losses[0]:.3f} against {losses[1]:.3f} nats "
            f"({format_p(p_value(versus, 'log_loss'))})."
        )
    return told


def _additive(name, emap):
    share = [f"{100 * emap[key]:.1f} %" for key in ("accuracy", "emap_accuracy")]
    start = f"Does {name} use the modalities together? It is right in {share[0]} of {emap['num_samples']} samples"
    error = (emap["accuracy"] * (1 - emap["accuracy"]) / emap["num_samples"]) ** 0.5
    together = emap["drop"] > max(2 * error, 0.02)
    return (
        f"{start}, and with the best sum of what each modality says on its own in {share[1]}: "
        f"{'it uses them together' if together else 'no more than adding up is seen'}."
    )


def _equals(by_name, best):
    others = [one for name, one in by_name.items() if name != best]
    worse = [one["name"] for one in others if finding(one["versus_best"]) == "worse"]
    same = [one["name"] for one in others if one["name"] not in worse]
    start = f"The highest accuracy is that of {best}, {by_name[best]['metrics']['accuracy']['mean']:.3f}"
    if not same:
        return f"{start}; all others are worse."
    if not worse:
        return f"{start}; no other is distinguishable from it."
    are = "is" if len(same) == 1 else "are"
    which = (
        f": {', '.join(same)}" if len(same) <= len(worse) + 4 else f", all but {', '.join(worse)}"
    )
    return f"{start}; {len(same)} of the {len(others)} others {are} not distinguishable from it{which}."


def _truth(truth):
    named = {
        "majority": "the majority class",
        "text": "text alone",
        "image": "the image alone",
        "both": "both",
        "additive": "a sum of what each says alone",
    }
    known = [
        f"{named[key]} {truth[key]:.3f}"
        for key in named
        if isinstance(truth.get(key), (int, float))
    ]
    return f"This data was drawn by known rules. The best accuracy that is possible with {', '.join(known)}."

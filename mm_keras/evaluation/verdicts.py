"""Who is best, and what the numbers say in plain sentences."""

from mm_keras.evaluation.shapley import shapley


def find_best(contenders):
    """Names of the best contenders by mean accuracy (equal ones: by log loss): unimodal, fused, overall and of each level."""
    def best(some):
        some = [one for one in some if one["failed"] is None]
        return min(some, key=lambda one: (-one["metrics"]["accuracy"]["mean"], one["metrics"]["log_loss"]["mean"]))["name"] if some else None

    levels = list(dict.fromkeys(one["level"] for one in contenders if one["level"] != "none"))
    return {"unimodal": best([one for one in contenders if len(one["modalities"]) == 1]),
            "fused": best([one for one in contenders if len(one["modalities"]) > 1]),
            "overall": best(contenders),
            "by_level": {level: best([one for one in contenders if one["level"] == level]) for level in levels}}


def split_of_score(contenders, best, modalities, entropy_bits):
    """Shapley values over models that were trained separately: majority, each modality's best, the best fused one.

    The bits of a model are `H(Y) - log loss / ln 2`, how much less surprising the labels are with it.

    Args:
        entropy_bits: float, H(Y) of the labels; None for multi-label data.

    Returns:
        dict, or None where one of the models is not there or there are not two modalities.
    """
    by_name = {one["name"]: one for one in contenders if one["failed"] is None}
    majority = next((name for name, one in by_name.items() if one["level"] == "none"), None)
    models = {"": majority, **{name: best["by_level"].get(name) for name in modalities}, "+".join(modalities): best["fused"]}
    if len(modalities) != 2 or None in models.values():
        return None
    found = {"models": models, "bits": None}
    scores = {key: by_name[name]["metrics"]["accuracy"]["mean"] for key, name in models.items()}
    found["accuracy"] = {**shapley(scores), "scores": scores}
    if entropy_bits is not None:
        bits = {key: entropy_bits - by_name[name]["metrics"]["log_loss"]["mean"] / 0.6931471805599453 for key, name in models.items()}
        found["bits"] = {**shapley(bits), "scores": bits}
    return found


def sentences(contenders, best, truth=None, alpha=0.05):
    """The answer in plain sentences, the most important one first."""
    by_name = {one["name"]: one for one in contenders if one["failed"] is None}
    fused, alone = best["fused"], best["unimodal"]
    told = []
    if fused and alone:
        told += _fusion(by_name[fused], by_name[alone], alpha)
    told += [_against_chance(by_name[name]) for level, name in best["by_level"].items() if by_name[name]["versus_majority"]
             and len(by_name[name]["modalities"]) == 1]
    if fused and (by_name[fused]["modality_use"] or {}).get("emap"):
        told.append(_additive(fused, by_name[fused]["modality_use"]["emap"]))
    if best["overall"]:
        told.append(_equals(by_name, best["overall"], alpha))
    if truth:
        told.append(_truth(truth))
    return told


def _fusion(fused, alone, alpha):
    told = [f"Fusion against one modality: {fused['versus_best_unimodal']['sentence']}."]
    tests = fused["versus_best_unimodal"]
    found, losses = tests["log_loss"], [one["metrics"]["log_loss"]["mean"] for one in (fused, alone)]
    if found["p_holm"] < alpha and not found["interval"][0] <= 0 <= found["interval"][1]:
        word = "better" if found["difference"] < 0 else "worse"
        told.append(f"Its probabilities are {word}: log loss {losses[0]:.3f} against {losses[1]:.3f} nats ({_p(found['p_holm'])}).")
    return told


def _against_chance(one):
    return f"{one['title']}: {one['versus_majority']['sentence']}."


def _additive(name, emap):
    share = [f"{100 * emap[key]:.1f} %" for key in ("accuracy", "emap_accuracy")]
    start = f"Does {name} use the modalities together? It is right in {share[0]} of {emap['num_samples']} samples"
    if emap["drop"] > 2 * (emap["accuracy"] * (1 - emap["accuracy"]) / emap["num_samples"]) ** 0.5 and emap["drop"] > 0.02:
        return f"{start}, and with the best sum of what each modality says on its own in {share[1]}: it uses them together."
    return f"{start}, and with the best sum of what each modality says on its own in {share[1]}: it does no more than add up."


def _equals(by_name, best, alpha):
    others = [one for name, one in by_name.items() if name != best]
    same = [one["name"] for one in others if one["versus_best"]["accuracy"]["p_holm"] >= alpha
            or one["versus_best"]["accuracy"]["interval"][0] <= 0 <= one["versus_best"]["accuracy"]["interval"][1]]
    start = f"The highest accuracy is that of {best}, {by_name[best]['metrics']['accuracy']['mean']:.3f}"
    if not same:
        return f"{start}; all others are worse."
    return f"{start}; {len(same)} of the {len(others)} others are not distinguishable from it: {', '.join(same)}."


def _truth(truth):
    named = {"majority": "the majority class", "text": "text alone", "image": "picture alone", "both": "both",
             "additive": "a sum of what each says alone"}
    known = [f"{named[key]} {truth[key]:.3f}" for key in named if isinstance(truth.get(key), (int, float))]
    return f"This data was drawn by known rules. The best accuracy that is possible with {', '.join(known)}."


def _p(p):
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"

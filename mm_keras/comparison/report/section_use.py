"""Is it really multimodal? Shuffled and missing modalities, the best sum (EMAP), and whose merit the score is."""

from mm_keras.comparison.report import words
from mm_keras.comparison.report.markup import table, tag
from mm_keras.utils.formatting import format_points, join_words

TITLE = "Is it really multimodal?"
SHUFFLE = (
    "Does it matter that both belong together?",
    "Shuffle: one modality is dealt out anew among the test samples; what the accuracy loses, the model owed to "
    "it. (Two modalities that say the same may both seem unneeded.)",
)
MISSING = (
    "What if one of them is missing?",
    "One modality is taken away from the finished model. A model that then falls below one that was trained "
    "without it has never learned to do without.",
)
EMAP = (
    "Does it combine them, or only add them up?",
    "EMAP: the modalities of all samples are paired anew in every way, and the model is replaced by the best sum "
    "of what each says on its own. If the sum is right as often, nothing was gained by combining.",
)
SHAPLEY = (
    "Whose merit is the score?",
    "Shapley: what is reached above the majority class is shared out fairly, from models trained on each "
    "modality alone and on both; the interaction is what both reach beyond the sum of each alone (below zero: "
    "they partly say the same).",
)


def modality_use(result, data):
    """Four questions to the best fused contender, then the same numbers for all fused ones."""
    fused = [c for _, members in words.grouped(result) for c in members if c["modality_use"]]
    if not fused:
        is_fused = any(words.kind_of(c) == "fused" for c in result["contenders"])
        return (
            TITLE,
            "it was not measured in this run." if is_fused else "no fused contender was compared.",
        )
    best = words.best_one(result, "fused")
    best = best if best in fused else fused[0]
    name, use = best["name"], best["modality_use"]
    of_split = f" of split {use['split'] + 1} (so the numbers differ from the table)" * (
        result["protocol"]["num_splits"] > 1
    )
    start = (
        "A fused model can win because it is larger, or by leaning on one modality. Four questions to "
        f"{name}, on {use['num_samples']:,} test samples{of_split}:"
    )
    answers = [
        (SHUFFLE, _shuffled(name, use)),
        (MISSING, _missing(name, use, result)),
        (EMAP, _emap(name, use["emap"])),
        (SHAPLEY, _merit(result["shapley_attribution"])),
    ]
    questions = [
        [tag("dt", question), tag("dd", f"{method} ", tag("strong", words.unbroken(answer)))]
        for (question, method), answer in answers
    ]
    return TITLE, [tag("p", start), tag("dl", questions), _all_fused(fused, result)]


def _shuffled(name, use):
    falls = [
        f"from {words.number(found['score'])} to {words.number(found['shuffled'])} with a wrong "
        f"{modality}"
        for modality, found in use["permutation"].items()
    ]
    return f"{name} goes {join_words(falls)}."


def _missing(name, use, result):
    contenders, parts = words.by_name(result), []
    for modality, score in use["missing"].items():
        if modality == "none":
            continue
        rest = [other for other in result["data"]["modalities"] if other != modality]
        trained = (
            contenders.get(result["best"]["by_level"].get(rest[0])) if len(rest) == 1 else None
        )
        beside = ""
        if trained:
            beside = f" ({trained['name']}, which never had it: {words.number(words.mean_of(trained, 'accuracy'))})"
        parts.append(f"{words.number(score)} without {modality}{beside}")
    return (
        f"{name} reaches {words.number(use['missing'].get('none'))} with all, {join_words(parts)}."
    )


def _emap(name, emap):
    if emap is None:
        return "Not measured: it asks about two modalities."
    own, added, share = (emap[key] for key in ("accuracy", "emap_accuracy", "interaction_share"))
    return (
        f"On {emap['num_samples']:,} samples the sum reaches {words.number(added)}, {name} itself "
        f"{words.number(own)}: combining is worth {format_points(emap['drop'])} points here. Of the variation of "
        f"its outputs, {100 * share:.0f} % is interaction that no sum can follow."
    )


def _merit(split):
    if not split:
        return "Not measured: of two modalities it needs the best contender of each alone, a fused one and the majority class."
    answer = f"In points of accuracy: {_shares(split['accuracy'], format_points)}."
    if split.get("bits"):
        shares = _shares(split["bits"], lambda bits: words.number(bits, 2))
        answer += f" In bits, in which independent facts add up: {shares}."
    return answer


def _shares(shapley, form):
    parts = [f"{name} {form(value)}" for name, value in shapley["values"].items()]
    together = list(shapley["interactions"].values())
    return join_words([*parts, f"interaction {form(together[0])}"] if len(together) == 1 else parts)


def _all_fused(fused, result):
    names = result["data"]["modalities"]
    header = [
        "contender",
        "accuracy",
        *[f"wrong {name}" for name in names],
        *[f"without {name}" for name in names],
        "best sum (EMAP)",
        "interaction share",
    ]
    rows = []
    for contender in fused:
        use = contender["modality_use"]
        emap = use["emap"] or {}
        rows.append(
            [
                tag("code", contender["name"]),
                words.number(use["missing"].get("none")),
                *[
                    words.number((use["permutation"].get(name) or {}).get("shuffled"))
                    for name in names
                ],
                *[words.number(use["missing"].get(name)) for name in names],
                words.number(emap.get("emap_accuracy")),
                words.number(emap.get("interaction_share"), 2),
            ]
        )
    return table(
        "All fused contenders: accuracy as it is, with one modality shuffled, with one missing, and of the "
        "best sum.",
        header,
        [(None, rows)],
    )

"""Section on modality use: shuffled and missing modalities, EMAP, and Shapley values."""

from mm_keras.comparison.report import words
from mm_keras.utils.formatting import format_points, join_words
from mm_keras.utils.markup import table, tag

TITLE = "Does the fused model use all modalities?"
SHUFFLE = (
    "Does the pairing of the modalities matter?",
    "Shuffling: one modality is permuted among the test samples. The loss of accuracy shows how "
    "much the model depends on this modality. (If two modalities carry the same information, "
    "shuffling either of them may cost little.)",
)
MISSING = (
    "What happens if a modality is missing?",
    "One modality is withheld from the trained model. A model that then falls below one trained "
    "without this modality has not learned to work without it.",
)
EMAP = (
    "Does the model combine the modalities, or only add them up?",
    "EMAP: the modalities of all samples are recombined in every possible way, and the model is "
    "replaced by its best additive approximation, a sum with one term per modality. If the sum is "
    "as accurate as the model, interactions between the modalities contribute nothing.",
)
SHAPLEY = (
    "How much does each modality contribute?",
    "Shapley values: the gain over the majority class is divided fairly between the modalities, "
    "using models trained on each modality alone and on both. The interaction is what both achieve "
    "beyond the sum of each alone (negative if they partly carry the same information).",
)
PARTS = (
    "Is the information about the class shared, unique to one modality, or only in both together?",
    "Partial information decomposition: the information of both modalities about the class is "
    "divided into what either one shows (redundant), what only one of them shows (unique), and "
    "what only their combination shows (synergistic). It is estimated without a fused model, from "
    "features that are reduced to a few symbols. What the symbols miss is missing here, and with "
    "few samples chance looks like information, above all like synergy: a part counts only if it "
    "is well above that with shuffled labels. Even with synergy an additive model may be best.",
)


def modality_use(result, data):
    """Five questions about the best fused contender, then a table of all fused ones."""
    fused = [c for _, members in words.grouped(result) for c in members if c["modality_use"]]
    if not fused:
        is_fused = any(words.group_of(c) == "fused" for c in result["contenders"])
        if is_fused:
            return TITLE, "modality use was not measured in this run"
        return TITLE, "no fused contender was compared"
    best = words.best_contender(result, "fused")
    best = best if best in fused else fused[0]
    name, use = best["name"], best["modality_use"]
    samples = f"{use['num_samples']:,} test samples"
    if result["protocol"]["num_splits"] > 1:
        samples += f" of split {use['split'] + 1} (the values therefore differ from the main table)"
    intro = (
        "A fused model can win merely because it is larger, or because it relies on a single "
        f"modality. Five questions about {name}, answered on {samples}:"
    )
    answers = [
        (SHUFFLE, _shuffled(name, use)),
        (MISSING, _missing(name, use, result)),
        (EMAP, _emap(name, use["emap"])),
        (SHAPLEY, _attribution(result["shapley_attribution"])),
        (PARTS, _partial_information(use.get("partial_information"))),
    ]
    questions = [
        [tag("dt", question), tag("dd", f"{method} ", tag("strong", words.nonbreaking(answer)))]
        for (question, method), answer in answers
    ]
    return TITLE, [tag("p", intro), tag("dl", questions), _all_fused(fused, result)]


def _shuffled(name, use):
    changes = [
        f"from {words.format_number(scores['score'])} to {words.format_number(scores['shuffled'])} "
        f"when the {modality} is shuffled"
        for modality, scores in use["permutation"].items()
    ]
    return f"The accuracy of {name} changes {join_words(changes)}."


def _missing(name, use, result):
    contenders = words.contenders_by_name(result)
    scores = [f"{words.format_number(use['missing'].get('none'))} with all modalities"]
    for modality, score in use["missing"].items():
        if modality == "none":
            continue
        rest = [other for other in result["data"]["modalities"] if other != modality]
        trained = (
            contenders.get(result["best"]["by_level"].get(rest[0])) if len(rest) == 1 else None
        )
        text = f"{words.format_number(score)} without the {modality}"
        if trained:
            accuracy = words.format_number(words.mean_score(trained, "accuracy"))
            text += f" ({trained['name']}, trained without it: {accuracy})"
        scores.append(text)
    return f"{name} reaches {join_words(scores)}."


def _emap(name, emap):
    if emap is None:
        return "Not measured: EMAP needs two modalities."
    return (
        f"On {emap['num_samples']:,} samples, the sum reaches "
        f"{words.format_number(emap['emap_accuracy'])} and {name} itself "
        f"{words.format_number(emap['accuracy'])}: interactions are worth "
        f"{format_points(emap['drop'])} points here{_drop_interval(emap)}. They account for "
        f"{100 * emap['interaction_share']:.0f}% of the variation of the model's outputs."
    )


def _drop_interval(emap):
    """The interval of the drop in parentheses; "" for a result without one."""
    if not emap.get("interval"):
        return ""
    low, high = map(format_points, emap["interval"])
    return f" (95% interval {low} to {high})"


def _partial_information(parts):
    if not parts:
        return "Not measured: it needs two modalities, one class per sample, and 40 samples."

    def describe(parts):
        bits = [f"redundant {words.format_number(parts['redundant'], 2)}"]
        for name, value in parts["unique"].items():
            bits.append(f"unique to the {name} {words.format_number(value, 2)}")
        return join_words([*bits, f"synergistic {words.format_number(parts['synergistic'], 2)}"])

    answer = (
        f"In bits, from {parts['num_samples']:,} training samples: {describe(parts)}; together "
        f"{words.format_number(parts['information']['both'], 2)}."
    )
    if parts["shuffled"]:
        answer += f" With shuffled labels, whose true values are 0: {describe(parts['shuffled'])}."
    return answer


def _attribution(attribution):
    if not attribution:
        return (
            "Not measured: it needs exactly two modalities, a contender for each of them alone, a "
            "fused one, and the majority class."
        )
    answer = f"In points of accuracy: {_shares(attribution['accuracy'], format_points)}."
    if attribution.get("bits"):
        shares = _shares(attribution["bits"], lambda bits: words.format_number(bits, 2))
        answer += f" In bits, where independent evidence adds up: {shares}."
    return answer


def _shares(shapley, form):
    shares = [f"{name} {form(value)}" for name, value in shapley["values"].items()]
    text = f"{join_words(shares)}, together {form(sum(shapley['values'].values()))}"
    interactions = list(shapley["interactions"].values())
    if len(interactions) == 1:
        text += f" (interaction {form(interactions[0])})"
    return text


def _all_fused(fused, result):
    names = result["data"]["modalities"]
    header = [
        "contender",
        "accuracy",
        *[f"{name} shuffled" for name in names],
        *[f"{name} missing" for name in names],
        "additive (EMAP)",
        "interaction share",
    ]
    rows = []
    for contender in fused:
        use = contender["modality_use"]
        emap = use["emap"] or {}
        rows.append(
            [
                tag("code", contender["name"]),
                words.format_number(use["missing"].get("none")),
                *[
                    words.format_number((use["permutation"].get(name) or {}).get("shuffled"))
                    for name in names
                ],
                *[words.format_number(use["missing"].get(name)) for name in names],
                words.format_number(emap.get("emap_accuracy")),
                words.format_number(emap.get("interaction_share"), 2),
            ]
        )
    return table(
        "All fused contenders: accuracy with intact inputs, with one modality shuffled, with one "
        "missing, and of the best additive approximation.",
        header,
        [(None, rows)],
    )

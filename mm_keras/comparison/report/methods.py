"""The methods paragraph of a paper, with the numbers of a comparison filled in."""

from mm_keras.comparison.report import words
from mm_keras.comparison.report.references import cite
from mm_keras.comparison.results.folder import METHODS_START
from mm_keras.comparison.results.verdicts import format_rope
from mm_keras.utils.formatting import join_words

# What the operators and extractors are, where a result names them.
FUSION_SOURCES = {
    ("feature", "film"): "FiLM [@perez2018]",
    ("feature", "gated"): "gated multimodal units [@arevalo2017]",
    ("decision", "mean"): "the mean rule [@kittler1998]",
    ("decision", "product"): "the product rule [@kittler1998]",
    ("decision", "concat"): "stacking [@wolpert1992]",
}
KINDS = {"vector": "feature vectors", "grid": "feature grids", "data": "data-level inputs"}
EXTRACTOR_SOURCES = {
    "TFIDF(": "TF-IDF [@salton1988]",
    "HOG(": "HOG [@dalal2005]",
    "SIFT": "SIFT [@lowe2004]",
    "ColorHistogram(": "color histograms [@swain1991]",
    "MFCC(": "MFCC [@davis1980]",
}


def methods_file(result):
    """The text of methods.txt: `methods` with short citations, one sentence per line."""
    start = f"{METHODS_START}. The sources are in references.bib."
    return "\n".join([start, "", *map(cite, methods(result)), ""])


def methods(result):
    """Sentences about data, protocol, scores, tests and versions; sources are cited as [@key].

    Args:
        result: dict, what `mm_keras.comparison.compare` returns.

    Returns:
        list of str.
    """
    return [
        *_data(result["data"], result["manifest"].get("command_options") or {}),
        *_contenders(result),
        *_protocol(result["protocol"]),
        *_tuning(result),
        *_scores(result),
        *_tests(result),
        *_diagnostics(result),
        *_reproduction(result["manifest"]),
    ]


def _data(data, options):
    counts, several = data["class_counts"], data["multi_label"]
    drawn = ", drawn at random" if options.get("limit") == data["num_samples"] else ""
    yield (
        f"We used {data['num_samples']:,} samples of the data set {data['name']}{drawn}, with "
        f"{join_words(data['modalities'])}, in {len(counts)} {'labels' if several else 'classes'} "
        f"of {words.format_range(counts)} samples each"
        + (" (a sample may have several labels)." if several else ".")
    )
    if options.get("drop_rare"):
        yield f"Classes with fewer than {options['drop_rare']} samples were left out."
    missing = [f"no {name} for {count:,}" for name, count in data["missing"].items() if count]
    if missing:
        yield f"There was {join_words(missing)} of the samples."


def _contenders(result):
    finished = [c for c in result["contenders"] if c["failed"] is None]
    groups = [words.group_of(c) for c in finished]
    counts = [
        f"{groups.count(group)} {name}"
        for group, name in (("alone", "unimodal"), ("fused", "multimodal"))
        if group in groups
    ]
    names = join_words(c["name"] for c in finished if words.group_of(c) != "reference")
    reference = " and a majority-class baseline" if "reference" in groups else ""
    yield f"We compared {join_words(counts)} classifiers ({names}){reference}."
    fusion = [
        text
        for (level, operator), text in FUSION_SOURCES.items()
        if any((c["level"], c["operator"]) == (level, operator) for c in finished)
    ]
    if fusion:
        yield f"Fusion included {join_words(fusion)}."
    yield from _features(result["protocol"].get("features"))


def _features(features):
    if not features:
        return
    described = "; ".join(
        f"for {KINDS.get(kind, kind)}, "
        + join_words(f"{extractor} ({name})" for name, extractor in by_name.items())
        for kind, by_name in features.items()
    )
    sources = [text for start, text in EXTRACTOR_SOURCES.items() if start in described]
    kinds = f"The features include {join_words(sources)}. " if sources else ""
    yield f"{kinds}The extractors and their settings are, {described}."


def _protocol(protocol):
    train, test = (words.format_range(protocol[f"{name}_sizes"]) for name in ("train", "test"))
    if protocol["num_splits"] > 1:
        sizes = f"training sets of {train} and test sets of {test} samples"
    else:
        sizes = f"{train} training samples and {test} test samples"
    if protocol["own_split"]:
        scheme = "on the data's own split"
    elif protocol["scheme"] == "group k-fold" or "folds" in protocol["cv"]:
        scheme = f"by {protocol['folds']}-fold cross-validation, stratified by class"
        if protocol["repeats"] > 1:
            scheme += f" and repeated {protocol['repeats']} times with different folds"
    else:
        scheme = f"on {protocol['num_splits']} splits made by {protocol['cv']}"
    yield f"Performance was estimated {scheme} ({sizes})."
    kept = [
        "duplicates and near-duplicates"
        if name == "duplicates"
        else f"samples with the same {name}"
        for name in protocol["groups"]
    ]
    if kept:
        where = "together in the inner validation split"
        where = where if protocol["own_split"] else "on one side of every split"
        text = join_words(kept)
        yield f"{text[0].upper()}{text[1:]} were kept {where}."
    yield (
        "All classifiers used the same splits and features, and everything that is learned, "
        "including vocabularies and scales, was learned from the training samples only."
    )


def _tuning(result):
    tuned = [c for c in result["contenders"] if c["failed"] is None and c["level"] != "none"]
    counts = [len(c["param_candidates"]) for c in tuned]
    share = result["protocol"]["inner_share"]
    if share is None:
        where = "on the data's own validation samples"
    else:
        where = f"on one inner validation split ({100 * share:.0f}% of the training samples)"
    if counts and max(counts) > 1:
        chosen = f"one of {words.format_range(counts)} settings of each classifier was"
    elif any(c["library"] != "scikit-learn" for c in tuned):
        chosen = "no hyperparameters were tuned; the number of epochs of neural networks was"
    else:
        yield "No hyperparameters were tuned."
        return
    start = f"{chosen[0].upper()}{chosen[1:]}"
    yield (
        f"{start} chosen {where}, nested in the training set [@varma2006], and the final model "
        "was fitted on all training samples."
    )
    if result["protocol"].get("racing"):
        yield result["protocol"]["racing"]


def _scores(result):
    if result["protocol"]["num_splits"] > 1:
        how = (
            "as means over the test folds, with 95% confidence intervals from Student's t "
            "distribution and a variance corrected for overlapping training sets [@nadeau2003]"
        )
    else:
        how = (
            "on the test set, with 95% confidence intervals: Wilson's interval for the accuracy "
            "[@wilson1927] and the bootstrap for the others [@efron1979]"
        )
    yield (
        f"We report accuracy, macro-F1, log loss and expected calibration error [@guo2017] {how}."
    )
    yield (
        "Intervals of the F1 score of a class are Wilson's [@wilson1927], by way of "
        "TP / (TP + FP + FN) [@hand2021]."
    )
    if result.get("subgroups"):
        columns = join_words(part["column"] for part in result["subgroups"])
        yield (
            f"Accuracy is also reported by {columns}, with Wilson's intervals; differences on the "
            "same samples have adjusted Wald intervals [@bonett2012]."
        )


def _tests(result):
    unimodal = words.best_contender(result, "unimodal")
    tested = [c["versus_best_unimodal"] for c in result["contenders"] if c["versus_best_unimodal"]]
    if not unimodal or not tested:
        return
    first = (
        "the corrected resampled t test [@nadeau2003]"
        if result["protocol"]["num_splits"] > 1
        else "a paired bootstrap [@efron1979]"
    )
    yield (
        f"Each classifier was compared with the best unimodal one, {unimodal['name']}, by {first} "
        "and, for the accuracy, by the exact form of McNemar's test [@mcnemar1947], both of which "
        f"had to find a difference; p values and intervals of the {len(tested)} differences are "
        "corrected by Bonferroni's method [@dunn1961] at a level of 5%."
    )
    equivalence = next((test["equivalence"] for test in tested if test.get("equivalence")), None)
    if equivalence:
        yield (
            "Practical equivalence is the posterior probability that the accuracies differ by at "
            f"most {format_rope(equivalence['rope'])} [@benavoli2017]."
        )


def _diagnostics(result):
    uses = [c["modality_use"] for c in result["contenders"] if c["modality_use"]]
    emap = next((use["emap"] for use in uses if use.get("emap")), None)
    if emap:
        yield (
            "Interactions between the modalities were measured by the empirical multimodally-"
            f"additive projection (EMAP) [@hessel2020] on {emap['num_samples']:,} test samples."
        )
    parts = next(
        (use["partial_information"] for use in uses if use.get("partial_information")), None
    )
    if parts:
        yield (
            "The information of both modalities about the class was decomposed into redundant, "
            "unique and synergistic parts [@bertschinger2014], estimated from the features of "
            f"{parts['num_samples']:,} training samples that were reduced to few symbols "
            "[@liang2023]."
        )
    if result["shapley_attribution"]:
        yield "The contribution of each modality is its Shapley value [@shapley1953]."
    robustness = result["robustness"] or {}
    if robustness.get("curves"):
        yield (
            f"Robustness was measured by corrupting {robustness['num_samples']:,} test samples, "
            "without training again."
        )
    if robustness.get("missing"):
        yield (
            "Missing inputs were simulated by withholding one modality from more and more of these "
            "samples: at random, class by class, or first from those for which the modality by "
            "itself is most informative [@little2002]."
        )
    if result["leaks"]:
        sentence, _, _ = result["leaks"]["sentence"].partition(" --group-duplicates")  # advice
        yield f"Search for duplicates: {sentence}"


def _reproduction(manifest):
    versions = dict(manifest["versions"])
    sources = {"keras": "[@chollet2015]", "scikit-learn": "[@pedregosa2011]"}
    own, python = versions.pop("mm_keras", None), versions.pop("python", None)
    others = join_words(
        f"{name} {version} {sources.get(name, '')}".strip() for name, version in versions.items()
    )
    program = f"mm_keras {own} [@mm_keras]" if own else "mm_keras [@mm_keras]"
    yield (
        f"All computations used seed {manifest['seed']} and {program}, with {others}"
        + (f" in Python {python}" if python else "")
        + f" on {manifest['platform']}; the SHA-256 of the data is {manifest['data_sha256']}."
    )

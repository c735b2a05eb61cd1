"""An honest comparison: every contender on the same folds, with intervals, tests and the question whether fusion fuses."""

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from mm_keras.comparison.contenders import Decision, Majority, Network, as_contenders
from mm_keras.comparison.duplicates import duplicates_across_folds, find_duplicates
from mm_keras.comparison.engine.jobs import Job
from mm_keras.comparison.engine.manifest import FORMAT, VERSION, make_manifest
from mm_keras.comparison.engine.session import Session
from mm_keras.comparison.options import QUICK_SAMPLES, Options
from mm_keras.comparison.protocol import (
    describe_protocol,
    drop_unassigned,
    find_split_groups,
    make_protocol_splits,
)
from mm_keras.comparison.results.tables import (
    as_csv,
    num_followup_jobs,
    robustness_and_learning_curves,
    tables,
)
from mm_keras.comparison.splits import first_rows
from mm_keras.datasets import MultimodalData
from mm_keras.utils.files import write_json, write_text
from mm_keras.utils.messages import some_of


def compare(
    data,
    contenders=None,
    cv=5,
    groups=None,
    seed=0,
    num_settings=3,
    features=None,
    quick=False,
    robustness=True,
    permute_labels=False,
    workers=None,
    out=None,
    progress=None,
):
    """Compare classifiers of text, of images and of both on your data, fairly; returns a dict of JSON values.

    All contenders see the same folds and the same features. Whatever is learned, from the vocabulary to the fusion
    weights, is learned inside the training fold. Each contender may try `num_settings` settings on one inner validation
    split. Then: means with 95 % intervals, tests against the best single modality and against the best of all, how much
    each fused contender uses its modalities, robustness, learning curves, and duplicates that lie in different folds.

    Args:
        data: MultimodalData with labels.
        contenders: None for a sensible set; names and patterns such as ["text-*", "feature-*-cnn"]; or a dict, name ->
            a name, a scikit-learn classifier, a function (shapes, num_classes) -> keras.Model, or a `Contender`.
        cv: int, the number of folds of a stratified cross-validation (default 5); or "split", one split, as the data's
            column "split" says; or a splitter of scikit-learn, such as RepeatedStratifiedKFold(n_splits=5, n_repeats=3).
        groups: str or list of str: a column of the data (samples with the same value never lie in different folds), or
            "duplicates" (nor do duplicates and near-duplicates of texts and images). With cv="split" they are kept
            together where the training samples are divided, to choose settings.
        seed: int; the same seed gives the same result, bit for bit, with any number of workers.
        num_settings: int, 1 to 3, settings tried for each contender.
        features: unfitted `Features` for all contenders; or a dict with one for each of "vector" (scikit-learn, linear
            and dense heads), "grid" (cnn, rnn) and "data"; those that are missing, and text and images that they lack, are
            the default ones.
        quick: bool, a first answer: 5 folds, at most 1,500 samples, few contenders, one setting each, no robustness.
        robustness: bool, corrupted texts and images, and learning curves, for the best contender of each level.
        permute_labels: bool, repeat the contenders, our networks aside, with shuffled labels: all must fall to chance.
        workers: int, processes, each on one core; None or -1: as many as there are cores; 0: none (then the last bits of the
            numbers may depend on the machine).
        out: folder for report.html, tables and results.json; results are stored there one by one, and a run that was
            killed goes on where it was. None: no files.
        progress: function (jobs done, jobs in all, `Job`, seconds left or None), called when a job begins or ends.

    Returns:
        dict with "contenders" (one dict each: "metrics", "cost", "versus_best", "modality_use" ...), "best",
        "verdicts", "leaks", "robustness", "learning_curves", "manifest" and more; the same as OUT/results.json.

    Raises:
        ValueError: no labels, a column or a contender that does not exist, impossible folds.

    Reference:
        C. Nadeau, Y. Bengio, Inference for the generalization error, 2003; S. Varma, R. Simon, Bias in error estimation
        when using cross-validation for model selection, 2006.
    """
    options = Options.of(
        cv, groups, seed, num_settings, quick, robustness, permute_labels, contenders
    )
    return run_comparison(data, contenders, options, features, workers, out, progress)


def run_comparison(
    data,
    contenders,
    options,
    features=None,
    workers=None,
    out=None,
    progress=None,
    origin=None,
    report=True,
):
    """`compare` with its options as one value.

    Args:
        options: Options.
        origin: dict with "source", "command" and "command_options", where data and choices are from, for the manifest.
        report: bool, write the report page and its tables to `out`.
        The others: see `compare`.
    """
    if data.labels is None:
        raise ValueError("A comparison needs labels. Received data without labels.")
    started = time.perf_counter()
    data, left_out = drop_unassigned(data) if options.own_split else (data, None)
    if not data.is_multi_label and len(np.unique(data.labels)) < 2:
        raise ValueError(f"A comparison needs samples of at least two classes. Received {data!r}.")
    num_given = len(data)
    if options.quick:
        data = data[first_rows(data.labels, QUICK_SAMPLES, options.seed)]
    contenders = as_contenders(contenders, data.modalities, options.num_settings, options.quick)
    found = find_duplicates(data)
    splits = make_protocol_splits(data, options, found)
    with Session(
        data,
        splits,
        contenders,
        _by_kind(features),
        options.seed,
        options.emap_samples,
        workers,
        out,
        progress,
    ) as session:
        later = num_followup_jobs(contenders, splits, data.num_classes) if options.robustness else 0
        trials = session.do(
            [Job("trial", split.number, name) for split in splits for name in contenders], later
        )
        result = {
            "format": FORMAT,
            "version": VERSION,
            "data": _described(data, origin),
            "protocol": describe_protocol(splits, options, contenders),
            **tables(trials, contenders, data, splits),
            "leaks": duplicates_across_folds(found, data, splits, options.group_duplicates),
        }
        curves = (
            robustness_and_learning_curves(session, result, splits)
            if options.robustness
            else (None, None)
        )
        result["robustness"], result["learning_curves"] = curves
    folder = None if out is None else Path(out) / "shuffled_labels"
    result["permutation_run"] = (
        _with_shuffled_labels(data, contenders, features, options, workers, folder, progress)
        if options.permute_labels
        else None
    )
    result["notes"] = [
        *([left_out] if left_out else []),
        *find_split_groups(data, splits, options),
        *_notes(result, session, splits, num_given),
    ]
    result["timings"] = {
        "seconds": round(time.perf_counter() - started, 1),
        "workers": session.num_workers,
    }
    result["manifest"] = make_manifest(options, session.data_sha256, splits, len(data), origin)
    if out is not None:
        write(result, data, Path(out), report)
    return result


def _by_kind(features):
    """One `Features` stands for every kind of features."""
    return (
        features
        if isinstance(features, dict) or features is None
        else dict.fromkeys(("vector", "grid", "data"), features)
    )


def _described(data, origin):
    counts = (
        data.labels.sum(axis=0)
        if data.is_multi_label
        else np.bincount(data.labels, minlength=data.num_classes)
    )
    missing = {name: sum(sample is None for sample in data[name]) for name in data.modalities}
    info, source = (
        json.loads(json.dumps(dict(data.info), default=str)),
        (origin or {}).get("source"),
    )
    return {
        "name": str(data.info.get("name", source or "data")),
        "source": source,
        "num_samples": len(data),
        "modalities": list(data.modalities),
        "class_names": list(data.class_names),
        "class_counts": counts.tolist(),
        "multi_label": data.is_multi_label,
        "missing": missing,
        "truth": info.get("truth") or None,
        "info": info,
    }


def _with_shuffled_labels(data, contenders, features, options, workers, out, progress):
    """The contenders once more, on labels of other samples: nothing can be learned. Our networks take part where there is no other."""
    others = {
        name: one
        for name, one in contenders.items()
        if not isinstance(one, (Network, Decision, Majority))
    }
    labels = data.labels[np.random.default_rng(options.seed).permutation(len(data))]
    shuffled = MultimodalData(data.samples, labels, data.class_names, data.ids, data.columns)
    options = replace(options, quick=False, robustness=False, permute_labels=False, contenders=None)
    result = run_comparison(
        shuffled,
        {**(others or contenders), "majority": "majority"},
        options,
        features,
        workers,
        out,
        progress,
        report=False,
    )
    by_name = {one["name"]: one for one in result["contenders"] if one["failed"] is None}
    chance = by_name.pop("majority")["metrics"]["accuracy"]["mean"]
    rows = []
    for name, one in by_name.items():
        rows.append(
            {
                "name": name,
                "accuracy": one["metrics"]["accuracy"],
                "ok": one["versus_majority"]["finding"] != "better",
            }
        )
    wrong = [row["name"] for row in rows if not row["ok"]]
    told = (
        f"{', '.join(wrong)} {'is' if len(wrong) == 1 else 'are'} better than the majority class ({chance:.3f}): labels of test "
        "samples reach the training, or it was luck (once in twenty runs)."
        if wrong
        else "no contender gave a result."
        if not rows
        else f"no contender is better than the majority class ({chance:.3f}): no sign that labels of test samples reach the training. "
        "Copies in other folds, and texts or images that give the label away, cannot be found in this way."
    )
    return {"sentence": f"With shuffled labels {told}", "chance": chance, "contenders": rows}


def _notes(result, session, splits, num_given):
    """What a reader must know besides the numbers."""
    data, num_folds = result["data"], len({split.fold for split in splits})
    reasons = {}
    for one in result["contenders"]:
        if one["failed"]:
            reasons.setdefault(one["failed"], []).append(one["name"])
    notes = [f"No result of {', '.join(names)}: {reason}" for reason, names in reasons.items()]
    rare = [
        name for name, count in zip(data["class_names"], data["class_counts"]) if count < num_folds
    ]
    if rare:
        notes.append(f"Some folds have no sample of {some_of(rare)}: too few samples.")
    if 1 < (num_splits := result["protocol"]["num_splits"]) < 5:
        notes.append(
            f"With {num_splits} folds the t test overlooks most differences. Take at least 5 (folds, repeats)."
        )
    agree = [
        one["name"]
        for one in result["contenders"]
        if one["failed"] is None
        and one["level"] != "none"
        and num_splits > 1
        and len(set(one["metrics"]["accuracy"]["splits"])) == 1
    ]
    if agree:
        notes.append(
            f"All folds gave {', '.join(agree)} the same accuracy: an interval that is a point is no certainty."
        )
    if data["num_samples"] < num_given:
        notes.append(
            f"This quick comparison used {data['num_samples']:,} of the {num_given:,} samples."
        )
    if result["protocol"]["quick"]:
        notes.append(
            "A quick comparison sees large differences only. Leave quick (--quick) out for an answer that can be published."
        )
    notes += [f"Not measured: {what}" for what in dict.fromkeys(session.failed)]
    return notes + [f"While reading the samples: {warning}" for warning in session.warnings]


def write(result, data, folder, report=True):
    """Write results.json, results.csv and the report to a folder."""
    write_json(folder / "results.json", result)
    write_text(folder / "results.csv", as_csv(result))
    if report:
        from mm_keras.comparison.report.write import write_report

        write_report(result, data, folder)

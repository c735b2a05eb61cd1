"""`compare`: evaluates all contenders on the same folds, with intervals, tests and diagnostics."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mm_keras.comparison.checks import result_checks
from mm_keras.comparison.contenders import as_contenders, read_contenders
from mm_keras.comparison.duplicates import duplicates_across_folds, find_duplicates
from mm_keras.comparison.engine.features import check_features, features_by_kind
from mm_keras.comparison.engine.jobs import Job
from mm_keras.comparison.engine.manifest import FORMAT, VERSION, make_manifest
from mm_keras.comparison.engine.session import Session
from mm_keras.comparison.engine.signals import ending_on_signals
from mm_keras.comparison.engine.workers import num_processes
from mm_keras.comparison.missing import unusable_modalities
from mm_keras.comparison.options import QUICK_SAMPLES, Options
from mm_keras.comparison.progress import Progress, is_watched
from mm_keras.comparison.protocol import (
    check_splits,
    describe_groups,
    describe_protocol,
    drop_unassigned,
    make_protocol_splits,
)
from mm_keras.comparison.results.extractors import describe_features
from mm_keras.comparison.results.folder import results_folder
from mm_keras.comparison.results.long_tables import long_tables
from mm_keras.comparison.results.notes import result_notes
from mm_keras.comparison.results.predictions import all_predictions, write_predictions
from mm_keras.comparison.results.result import ComparisonResult
from mm_keras.comparison.results.subgroups import check_by, subgroup_scores
from mm_keras.comparison.results.tables import (
    as_csv,
    num_followup_jobs,
    robustness_and_learning_curves,
    tables,
)
from mm_keras.comparison.shuffled import contenders_to_check, describe_shuffled, shuffle_labels
from mm_keras.comparison.splits import first_rows
from mm_keras.datasets import MultimodalData
from mm_keras.utils.files import write_json, write_text
from mm_keras.utils.modality_labels import with_labels

if TYPE_CHECKING:
    from mm_keras.features import Features


def compare(
    data: MultimodalData,
    contenders: str | Sequence[str] | dict[str, Any] | None = None,
    cv: Any = 5,
    groups: str | Sequence[str] | None = None,
    seed: int = 0,
    num_settings: int = 3,
    features: "Features | dict[str, Features] | None" = None,
    quick: bool = False,
    robustness: bool = True,
    permute_labels: bool = False,
    workers: int | None = None,
    out: str | Path | None = None,
    progress: Callable[[int, int, Job, float | None], None] | bool | None = None,
    by: str | Sequence[str] | None = None,
) -> ComparisonResult:
    """Compare unimodal and fused classifiers on your data; returns a dict of JSON values.

    All contenders see the same folds and the same features. Everything that is learned, from the
    vocabulary to the fusion weights, is learned inside the training fold. Each contender may try
    `num_settings` settings on one inner validation split. The result contains means with 95%
    intervals, tests against the best unimodal contender and against the best of all, how much each
    fused contender uses its modalities, robustness, learning curves, and duplicates that lie in
    different folds.

    Args:
        data: MultimodalData with labels.
        contenders: None for a default set; names and patterns such as ["text-*", "feature-*-cnn"];
            or a dict, name -> a name, a scikit-learn classifier, a function
            (shapes, num_classes) -> keras.Model, or a `Contender`.
        cv: int, the number of folds of a stratified cross-validation (default 5); or "split", one
            split, given by the data's column "split"; or a scikit-learn splitter such as
            RepeatedStratifiedKFold(n_splits=5, n_repeats=3).
        groups: str or list of str: a column of the data (samples with the same value are never in
            different folds; a blank cell is a group of its own), or "duplicates" (the same for
            duplicates and near-duplicates of texts and images). With cv="split", groups are kept
            together in the inner validation split.
        seed: int; the same seed gives the same result, bit for bit, with any number of workers.
        num_settings: int, 1 to 3, settings tried for each contender.
        features: unfitted `Features` for all contenders; or a dict with one for each of "vector"
            (scikit-learn, linear and dense heads), "grid" (cnn, rnn) and "data". Defaults are used
            for missing keys, and for texts, images, sounds and films without an extractor.
        quick: bool, a first answer: at most 5 folds and 1,500 samples, few contenders, one setting
            each (three for linear scikit-learn models), no robustness.
        robustness: bool, measure robustness to corrupted texts and images, and learning curves,
            for the best contender of each level.
        permute_labels: bool, repeat the contenders, except our networks, with shuffled labels: all
            must fall to chance level.
        workers: int, processes, each on one core; None or -1: one per core; 0: none (the last bits
            of the values may then depend on the machine).
        out: folder for report.html, figures, tables, predictions.csv and results.json. Results are
            stored there one by one, and an interrupted run (also by SIGTERM or SIGHUP) resumes
            where it stopped. None: no files.
        progress: bool, whether to show a progress bar; None (default): in terminals and notebooks
            only. Or a function (finished jobs, all jobs, `Job`, seconds left or None), which is
            called when a job starts or ends.
        by: str or list of str: columns of the data; the accuracy is also reported for the samples
            with each value of these columns. More than ten different numbers become four groups.

    Returns:
        `ComparisonResult`, a dict with "contenders" (one dict each: "metrics", "cost",
        "versus_best", "modality_use" ...), "best", "verdicts", "leaks", "robustness",
        "learning_curves", "manifest" and more; the same as OUT/results.json. It prints as a table;
        see also its `leaderboard()`.

    Raises:
        TypeError: contenders or features that are not of the types above.
        ValueError: no labels, a column, a contender or a kind of features that does not exist,
            features of a modality that the data does not have, impossible folds, a splitter that
            divides groups.
        FileExistsError: `out` is in use by another process, or files in it that no comparison has
            written would be replaced.

    Reference:
        C. Nadeau, Y. Bengio, Inference for the generalization error, 2003; S. Varma, R. Simon, Bias
        in error estimation when using cross-validation for model selection, 2006.
    """
    contenders = read_contenders(contenders)
    options = Options.of(
        cv, groups, seed, num_settings, quick, robustness, permute_labels, contenders, by
    )
    if progress is None:
        progress = is_watched(sys.stderr)
    with Progress() if isinstance(progress, bool) and progress else nullcontext(progress) as show:
        return run_comparison(data, contenders, options, features, workers, out, show or None)


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
    """Run `compare` with its options as one value.

    Args:
        options: Options.
        origin: dict with "source", "command" and "command_options" (where the data and the options
            come from), for the manifest.
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
    check_by(data, options.by)
    check_splits(data, options)
    num_processes(workers)
    features = features_by_kind(features)
    use_default = contenders is None
    contenders, unusable = _choose_contenders(contenders, data, options, features)
    with ending_on_signals(), results_folder(out):
        parts, session, splits, trials = _compute(
            data, contenders, unusable, options, features, workers, out, progress, origin
        )
        result = ComparisonResult(parts)
        if options.by:
            predictions = dict(all_predictions(result["contenders"], data, splits, trials))
            result["subgroups"] = subgroup_scores(
                data, options.by, predictions, result["best"]["unimodal"]
            )
        folder = None if out is None else Path(out) / "shuffled_labels"
        result["permutation_run"] = (
            _run_with_shuffled_labels(
                data, contenders, features, options, workers, folder, progress
            )
            if options.permute_labels
            else None
        )
        result["notes"] = [
            *([left_out] if left_out else []),
            *(f"Left out: {reason}" for reason in unusable.values() if use_default),
            *describe_groups(data, splits, options),
            *result_notes(result, trials, splits, data, session, num_given),
        ]
        result["checks"] = result_checks(result, data)
        result["timings"] = {
            "seconds": round(time.perf_counter() - started, 1),
            "workers": session.num_workers,
        }
        result["manifest"] = make_manifest(options, session.data_sha256, splits, len(data), origin)
        result = ComparisonResult(with_labels(dict(result), data.modalities))
        if out is not None:
            write(result, data, Path(out), report)
            if report:
                write_predictions(
                    Path(out) / "predictions.csv", result["contenders"], data, splits, trials
                )
    return result


def _choose_contenders(contenders, data, options, features):
    """The contenders by name, and the reason of each modality that cannot be used.

    The default contenders are those for the other modalities.
    """
    by_name = as_contenders(contenders, data.modalities, options.num_settings, options.quick)
    check_features(features, by_name, data.modalities)
    unusable = unusable_modalities(data, features, by_name)
    if contenders is None and unusable:
        usable = [name for name in data.modalities if name not in unusable]
        if not usable:
            raise ValueError(
                f"A usable modality is needed. Received: {'; '.join(unusable.values())}"
            )
        by_name = as_contenders(None, usable, options.num_settings, options.quick)
    return by_name, unusable


def _compute(data, contenders, unusable, options, features, workers, out, progress, origin):
    """`(result, session, splits, trials)`; the result lacks notes, timings and manifest."""
    duplicates = find_duplicates(data)
    splits = make_protocol_splits(data, options, duplicates)
    with Session(
        data,
        splits,
        contenders,
        features,
        options.seed,
        options.emap_samples,
        workers,
        out,
        progress,
    ) as session:
        num_later = 0
        if options.robustness:
            num_later = num_followup_jobs(contenders, splits, data.num_classes)
        trials = _run_trials(session, contenders, splits, unusable, num_later)
        result = {
            "format": FORMAT,
            "version": VERSION,
            "data": _describe_data(data, origin),
            "protocol": {
                **describe_protocol(splits, options, contenders),
                "features": describe_features(contenders, features, data[splits[0].train]),
            },
            **tables(trials, contenders, data, splits),
            "leaks": duplicates_across_folds(duplicates, data, splits, options.group_duplicates),
        }
        curves = (
            robustness_and_learning_curves(session, result, splits)
            if options.robustness
            else (None, None)
        )
        result["robustness"], result["learning_curves"] = curves
    return result, session, splits, trials


def _run_trials(session, contenders, splits, unusable, num_later):
    """The results of all trials; those of contenders that need an unusable modality are failures.

    Args:
        unusable: dict, modality -> reason.
    """
    trials, jobs = {}, []
    for split in splits:
        for name, contender in contenders.items():
            job = Job("trial", split.number, name)
            reasons = [unusable[key] for key in contender.modalities if key in unusable]
            if reasons:
                trials[job.key] = {"failed": " ".join(reasons)}
            else:
                jobs.append(job)
    return {**trials, **session.do(jobs, num_later)}


def _describe_data(data, origin):
    counts = (
        data.labels.sum(axis=0)
        if data.is_multi_label
        else np.bincount(data.labels, minlength=data.num_classes)
    )
    missing = {name: sum(sample is None for sample in data[name]) for name in data.modalities}
    info = json.loads(json.dumps(dict(data.info), default=str))
    source = (origin or {}).get("source")
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


def _run_with_shuffled_labels(data, contenders, features, options, workers, out, progress):
    options = replace(
        options, quick=False, robustness=False, permute_labels=False, contenders=None, by=()
    )
    result = run_comparison(
        shuffle_labels(data, options.seed),
        contenders_to_check(contenders),
        options,
        features,
        workers,
        out,
        progress,
        report=False,
    )
    return describe_shuffled(result)


def write(result, data, folder, report=True):
    """Write results.json, results.csv and the report to a folder."""
    write_json(folder / "results.json", result)
    write_text(folder / "results.csv", as_csv(result))
    if report:
        (folder / "subgroups.csv").unlink(missing_ok=True)  # of an earlier run with `by`
        for name, text in long_tables(result).items():
            write_text(folder / name, text)
        from mm_keras.comparison.report.write import write_report

        write_report(result, data, folder)

"""The result of a small comparison with made-up predictions, for the tests of the report."""

import numpy as np

from mm_keras.datasets import MultimodalData
from mm_keras.evaluation import metrics, significance
from mm_keras.evaluation.modality_use import shapley

FACTS = [
    ("majority", "none", [], 0.0),
    ("text-logistic", "text", ["text"], 0.7),
    ("image-cnn", "image", ["image"], 0.5),
    ("feature-concat-cnn", "feature", ["text", "image"], 0.9),
    ("decision-product-cnn", "decision", ["text", "image"], 0.6),
]
METRICS = {
    "accuracy": metrics.accuracy,
    "macro_f1": metrics.macro_f1,
    "log_loss": metrics.log_loss,
    "brier": metrics.brier,
    "ece": metrics.ece,
    "roc_auc": metrics.roc_auc,
}
EMPTY = (
    "metrics",
    "ece_null",
    "settings",
    "cost",
    "confusion",
    "per_class",
    "reliability",
    "mistakes",
    "versus_best_unimodal",
    "versus_best",
    "modality_use",
)


def example_data(num_classes=3, num_samples=60, multi_label=False, class_names=None):
    """Short texts, and images of 8 x 8 random pixels."""
    rng = np.random.default_rng(0)
    labels = np.arange(num_samples) % num_classes
    if multi_label:
        labels = np.eye(num_classes, dtype=int)[labels]
        labels[0] = 1  # the first sample has all labels
    names = class_names or [f"class{i}" for i in range(num_classes)]
    return MultimodalData(
        {
            "text": [f"text number {i}" for i in range(num_samples)],
            "image": list(rng.integers(0, 256, (num_samples, 8, 8), dtype=np.uint8)),
        },
        labels=labels,
        class_names=names,
        info={"name": "example", "license": "CC0"},
    )


def example_result(data, folds=4):
    """The result of comparing the contenders in `FACTS`, which predict at random.

    The last entry of a contender's facts is the share of samples that it predicts correctly, before
    guessing the others.
    """
    labels = data.labels.argmax(axis=1) if data.is_multi_label else data.labels
    fold = np.arange(len(data)) // data.num_classes % folds
    predictions = {}
    for name, _, _, share in FACTS:
        rng = np.random.default_rng(int(100 * share))
        predicted = np.where(
            rng.random(len(data)) < share, labels, rng.integers(0, data.num_classes, len(data))
        )
        confidence = rng.uniform(0.5, 0.95, len(data))
        predictions[name] = np.repeat(
            (1 - confidence)[:, None] / (data.num_classes - 1), data.num_classes, axis=1
        )
        predictions[name][np.arange(len(data)), predicted] = confidence
    contenders = [_contender(data, fold, predictions, *facts) for facts in FACTS] + [_failed()]
    return {
        "format": "mm_keras comparison",
        "version": 1,
        "data": _describe(data),
        "protocol": _protocol(folds),
        "contenders": contenders,
        "verdicts": ["First verdict.", "Second verdict.", "Third verdict."],
        "best": {
            "unimodal": "text-logistic",
            "fused": "feature-concat-cnn",
            "overall": "feature-concat-cnn",
            "by_level": {c["level"]: c["name"] for c in contenders[1:5]},
        },
        "shapley_attribution": _shapley_attribution(),
        "robustness": _robustness(),
        "learning_curves": _learning_curves(),
        "leaks": _leaks(),
        "permutation_run": _permutation_run(),
        "notes": ["A note."],
        "timings": {"seconds": 75.0, "workers": 2},
        "manifest": _manifest(fold),
    }


def _contender(data, fold, predictions, name, level, modalities, share):
    probabilities, labels = predictions[name], data.labels
    scores = metrics.evaluate(labels, probabilities, data.class_names)
    curve = metrics.reliability_curve(labels, probabilities)
    return {
        "name": name,
        "title": f"title of {name}",
        "level": level,
        "operator": None,
        "head": None,
        "library": "mm_keras",
        "modalities": modalities,
        "description": f"What {name} is.",
        "param_candidates": [{"C": 0.1}, {"C": 10.0}],
        "failed": None,
        "metrics": _scores(labels, probabilities, fold),
        "ece_null": scores["ece_null"],
        "settings": [{"C": 10.0}] * (fold.max() + 1),
        "cost": {
            "fit_seconds": 1.5,
            "tune_seconds": 2.5,
            "predict_seconds": 0.04,
            "parameters": 12345,
            "peak_memory_mb": None,
        },
        "confusion": scores.get("confusion"),
        "per_class": scores["per_class"],
        "reliability": {key: values.tolist() for key, values in curve.items()},
        "mistakes": None if data.is_multi_label else _mistakes(data, probabilities),
        "versus_best_unimodal": _versus(labels, fold, predictions, name, "text-logistic"),
        "versus_best": _versus(labels, fold, predictions, name, "feature-concat-cnn"),
        "modality_use": _modality_use(share) if len(modalities) > 1 else None,
    }


def _failed():
    return {
        "name": "feature-outer-rnn",
        "title": "one that failed",
        "level": "feature",
        "operator": "outer",
        "head": "rnn",
        "library": "mm_keras",
        "modalities": ["text", "image"],
        "description": "Too large.",
        "param_candidates": [{}],
        "failed": "out of memory",
        **dict.fromkeys(EMPTY),
    }


def _scores(labels, probabilities, fold):
    scores = {}
    for name, score in METRICS.items():
        splits = [score(labels[fold == k], probabilities[fold == k]) for k in range(fold.max() + 1)]
        scores[name] = {
            "mean": float(np.mean(splits)),
            "interval": list(metrics.fold_interval(splits, 1 / 3)),
            "splits": splits,
        }
    return scores


def _versus(labels, fold, predictions, name, other):
    if name == other:
        return None
    mine, others = (_scores(labels, predictions[one], fold) for one in (name, other))
    tests = {
        metric: significance.corrected_resampled_t_test(
            mine[metric]["splits"],
            others[metric]["splits"],
            1 / 3,
            significance.simultaneous_level(4),
        )
        for metric in ("accuracy", "log_loss")
    }
    for test in tests.values():
        test["p_corrected"] = min(1.0, 4 * test["p"])
    scores = mine["accuracy"]["splits"], others["accuracy"]["splits"]
    return {
        "against": other,
        "num_comparisons": 4,
        **tests,
        "mcnemar": None,
        "equivalence": {"rope": 0.01, **significance.practical_equivalence(*scores, 1 / 3)},
        "sentence": f"{name} against {other}",
    }


def _mistakes(data, probabilities):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != data.labels)[:12]
    return [
        {
            "index": int(i),
            "id": data.ids[i],
            "true": data.class_names[data.labels[i]],
            "predicted": data.class_names[probabilities[i].argmax()],
            "confidence": float(probabilities[i].max()),
        }
        for i in wrong
    ]


def _modality_use(share):
    scores = {"": 0.3, "text": share - 0.1, "image": share - 0.2, "text+image": share}
    use = {
        "score": share,
        "shuffled": share - 0.3,
        "drop": 0.3,
        "std": 0.01,
        "relative": 0.3,
        "changed": 0.4,
    }
    return {
        "split": 0,
        "num_samples": 15,
        "permutation": {"text": use, "image": {**use, "shuffled": share - 0.25}},
        "emap": {
            "accuracy": share,
            "emap_accuracy": share - 0.02,
            "drop": 0.02,
            "interaction_share": 0.07,
            "num_samples": 15,
            "modality": "text",
        },
        "missing": {"none": share, "text": share - 0.2, "image": share - 0.1},
        "shapley": {**shapley(scores), "scores": scores},
        "shapley_bits": None,
    }


def _shapley_attribution():
    scores = {"": 0.3, "text": 0.7, "image": 0.5, "text+image": 0.85}
    return {"accuracy": {**shapley(scores), "scores": scores}, "bits": None, "models": {}}


def _robustness():
    curves = [
        {
            "contender": name,
            "corruption": corruption,
            "modality": modality,
            "severities": [0.0, 1.0, 2.0],
            "scores": [0.8, 0.7, 0.4],
            "area": 0.65,
            "retained": 0.81,
        }
        for name in ("text-logistic", "feature-concat-cnn")
        for corruption, modality in (("word_drop", "text"), ("blur", "image"))
    ]
    return {
        "split": 0,
        "num_samples": 15,
        "contenders": ["text-logistic", "feature-concat-cnn"],
        "curves": curves,
    }


def _learning_curves():
    return [
        {
            "contender": name,
            "sizes": [20, 45],
            "mean": [0.55, 0.66],
            "low": [0.44, 0.6],
            "high": [0.61, 0.71],
            "splits": [[0.5], [0.6]],
        }
        for name in ("text-logistic", "feature-concat-cnn")
    ]


def _leaks():
    example = {"indices": [3, 7], "ids": ["3", "7"], "folds": [0, 1]}
    kinds = {
        "exact_texts": {"num_pairs": 4, "num_across": 1, "examples": [example]},
        "near_images": {"num_pairs": 2, "num_across": 1, "examples": [example]},
    }
    return {
        "kinds": kinds,
        "num_leaking": 2,
        "share_leaking": 2 / 60,
        "grouped": False,
        "sentence": "2 samples leak.",
    }


def _permutation_run():
    accuracy = {"mean": 0.321, "interval": [0.2, 0.4], "splits": [0.321]}
    return {
        "sentence": "Nothing leaks.",
        "chance": 1 / 3,
        "contenders": [{"name": "text-logistic", "accuracy": accuracy, "ok": True}],
    }


def _describe(data):
    counts = (
        data.labels.sum(axis=0)
        if data.is_multi_label
        else np.bincount(data.labels, minlength=data.num_classes)
    )
    return {
        "name": data.info["name"],
        "source": "a folder",
        "num_samples": len(data),
        "modalities": list(data.modalities),
        "class_names": list(data.class_names),
        "class_counts": counts.tolist(),
        "multi_label": data.is_multi_label,
        "missing": {"text": 0, "image": 2},
        "truth": None,
        "info": dict(data.info),
    }


def _protocol(folds):
    return {
        "sentence": "4-fold cross-validation.",
        "scheme": "stratified k-fold",
        "cv": f"{folds} folds",
        "folds": folds,
        "repeats": 1,
        "num_splits": folds,
        "groups": [],
        "own_split": False,
        "seed": 0,
        "num_settings": 2,
        "inner_share": 0.2,
        "quick": False,
        "test_sizes": [15] * folds,
        "train_sizes": [45] * folds,
        "metric": "accuracy",
    }


def _manifest(fold):
    return {
        "command": ["python", "-m", "mm_keras", "compare", "--data", "my folder"],
        "options": {"folds": 4},
        "created": "2025-01-01T12:00:00+00:00",
        "data_sha256": "ab12",
        "versions": {"python": "3.12", "keras": "3.15"},
        "platform": "Linux",
        "seed": 0,
        "fold_of_sample": [fold.tolist()],
        "threads_per_worker": 1,
    }

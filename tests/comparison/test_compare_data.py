"""`compare` on unusual data, and on real data against an independent scikit-learn script."""

import numpy as np
import pytest

from mm_keras import compare
from mm_keras.comparison.options import Options
from mm_keras.comparison.protocol import describe_groups, make_protocol_splits
from mm_keras.comparison.report.tables import text_table
from mm_keras.datasets import MultimodalData, load_pairs
from tests.comparison.compare_example import by_name, small_data

HERE = {"workers": 0, "robustness": False, "num_settings": 1, "cv": 3}
CHEAP = ["majority", "text-logistic", "text-svm", "image-svm", "both-svm"]


def with_labels(labels, num_classes):
    """Texts and images that show the class clearly."""
    data, labels = small_data(len(labels), num_classes=2), np.asarray(labels)
    texts = [f"topic{label} {text}" for label, text in zip(labels, data["text"])]
    rng = np.random.default_rng(0)
    class_images = rng.integers(0, 256, (num_classes, 24, 24), dtype=np.uint8)
    return MultimodalData(
        {"text": texts, "image": class_images[labels] // 2 + data["image"] // 2},
        labels,
        [f"class{k}" for k in range(num_classes)],
    )


def several_labels():
    labels = (np.random.default_rng(0).random((60, 4)) < 0.4).astype(int)
    texts = [" ".join(f"topic{k}" for k in np.flatnonzero(row)) + " and more" for row in labels]
    images = np.zeros((60, 24, 24), np.uint8)
    for image, row in zip(images, labels):
        image[np.repeat(row, 6) > 0, ::2] = 200
    return MultimodalData({"text": texts, "image": images}, labels, ["a", "b", "c", "d"])


def half_missing():
    data = with_labels(np.arange(60) % 3, 3)
    is_given = np.random.default_rng(0).random((2, 60)) < 0.5
    return MultimodalData(
        {
            name: [sample if given else None for sample, given in zip(data[name], rows)]
            for name, rows in zip(("text", "image"), is_given)
        },
        data.labels,
        data.class_names,
    )


def images_of_all_sizes():
    data, rng = with_labels(np.arange(40) % 2, 2), np.random.default_rng(0)
    images = [
        np.kron(image[:12, :12], np.ones((s, s), np.uint8))
        for image, s in zip(data["image"], rng.integers(1, 20, 40))
    ]
    images[::3] = [np.stack([image] * 3, axis=-1) for image in images[::3]]  # some of them in color
    return MultimodalData({"text": data["text"], "image": images}, data.labels, data.class_names)


def long_texts():
    data = with_labels(np.arange(30) % 2, 2)
    words = " ".join(f"word{i}" for i in range(5000))
    return MultimodalData(
        {"text": [f"{text} {words}" for text in data["text"]], "image": data["image"]},
        data.labels,
        data.class_names,
    )


DATASETS = {
    "many classes": lambda: with_labels(np.repeat(np.arange(110), 3), 110),
    "thirty samples": lambda: with_labels(np.arange(30) % 3, 3),
    "one class dominates": lambda: with_labels([0] * 150 + [1] * 6 + [2] * 4, 3),
    "a class of two": lambda: with_labels([0] * 40 + [1] * 40 + [2] * 2, 3),
    "a class of one, a class of none": lambda: with_labels([0] * 40 + [1] * 40 + [2], 4),
    "six samples": lambda: with_labels([0, 1] * 3, 2),
    "several labels": several_labels,
    "half is missing": half_missing,
    "all sizes": images_of_all_sizes,
    "long texts": long_texts,
}


@pytest.mark.parametrize("name", DATASETS)
def test_any_data_gives_a_result(name, tmp_path):
    data = DATASETS[name]()
    result = compare(data, CHEAP, out=tmp_path, **HERE)
    found = by_name(result)
    assert [name for name, one in found.items() if one["failed"]] == []
    assert (
        found["both-svm"]["metrics"]["accuracy"]["mean"]
        >= found["majority"]["metrics"]["accuracy"]["mean"]
    )
    for one in found.values():
        for metric in one["metrics"].values():
            low, high = metric["interval"]
            assert low <= metric["mean"] <= high and np.isfinite(high)
    assert "both-svm" in text_table(result) and (tmp_path / "report.html").stat().st_size > 20_000


@pytest.mark.parametrize("modality", ["text", "image"])
def test_one_modality_is_enough(modality, tmp_path):
    data = with_labels(np.arange(30) % 3, 3)
    alone = MultimodalData({modality: data[modality]}, data.labels, data.class_names)
    result = compare(alone, ["majority", f"{modality}-logistic"], out=tmp_path, **HERE)
    assert result["best"]["fused"] is None and result["best"]["unimodal"] == f"{modality}-logistic"
    assert result["verdicts"][0].startswith("Text alone" if modality == "text" else "Image alone")


def test_a_class_without_training_samples_does_not_distort_the_probabilities_of_an_svm():
    data = with_labels([0] * 40 + [1] * 40 + [2], 3)
    found = by_name(compare(data, ["both-svm"], **HERE))["both-svm"]
    assert (
        found["metrics"]["accuracy"]["mean"] > 0.97 and found["metrics"]["log_loss"]["mean"] < 0.3
    )
    # The temperature does not grow without bound because of the class with probability 0.
    assert all(setting["temperature"] < 2 for setting in found["settings"])


def independent_scores(data, train, test):
    """Accuracies of text, image and both, computed with scikit-learn and scikit-image only."""
    from scipy.sparse import csr_matrix, hstack
    from skimage import color, feature, io, transform
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    words = TfidfVectorizer(sublinear_tf=True, min_df=2)
    parts = {
        "text": (
            words.fit_transform([data["text"][i] for i in train]),
            words.transform([data["text"][i] for i in test]),
        )
    }
    image_rows = []
    for path in data["image"]:
        image = io.imread(path)
        image = transform.resize(
            image if image.ndim == 3 else color.gray2rgb(image), (128, 128), anti_aliasing=True
        )
        hsv = color.rgb2hsv(image).reshape(-1, 3)
        counts = np.histogramdd(hsv, bins=(8, 4, 4), range=[(0, 1)] * 3)[0].ravel()
        gradients = feature.hog(
            color.rgb2gray(image), pixels_per_cell=(16, 16), cells_per_block=(2, 2)
        )
        image_rows.append(np.concatenate([gradients / 5, np.sqrt(counts / counts.sum())]))
    image_rows = np.array(image_rows)
    parts["image"] = csr_matrix(image_rows[train]), csr_matrix(image_rows[test])
    parts["both"] = tuple(hstack(pair).tocsr() for pair in zip(parts["text"], parts["image"]))
    return {
        name: LogisticRegression(C=10, max_iter=500)
        .fit(train_rows, data.labels[train])
        .score(test_rows, data.labels[test])
        for name, (train_rows, test_rows) in parts.items()
    }


def test_real_figures_against_an_independent_script(shared_data):
    data = load_pairs(shared_data / "openstax_figures", text="caption")[::4]
    split = np.array(data.columns["split"])
    expected = independent_scores(
        data, np.flatnonzero(split == "train"), np.flatnonzero(split == "test")
    )
    names = [f"{name}-logistic" for name in expected]
    found = by_name(compare(data, names, cv="split", robustness=False, workers=0))
    for name, accuracy in expected.items():
        low, high = found[f"{name}-logistic"]["metrics"]["accuracy"]["interval"]
        assert low <= accuracy <= high, (name, low, accuracy, high)


def groups_of(values, cv=2):
    """The groups of the samples, and the sentences about them."""
    data = small_data(len(values), g=values)
    options = Options.of(cv, "g")
    splits = make_protocol_splits(data, options, None)
    return splits, describe_groups(data, splits, options)


@pytest.mark.parametrize("end", [" ", "\u00a0", "\u200b", "\ufeff", "\t"])
def test_groups_differ_in_more_than_invisible_characters(end):
    names = [f"g{i // 6}" for i in range(60)]
    splits, notes = groups_of([name + end * (i % 2) for i, name in enumerate(names)])
    for split in splits:
        assert not {names[i] for i in split.train} & {names[i] for i in split.test}
    assert notes == []


def test_groups_that_look_alike_are_reported():
    _, notes = groups_of([f"{'gG'[i % 2]}{i // 12}" for i in range(60)])
    assert len(notes) == 1 and "only in their spelling" in notes[0] and "'G0' and 'g0'" in notes[0]


@pytest.mark.parametrize("blank", ["NULL", "null", "N/A", "n/a", "-", "None", " ", "\u2014"])
def test_placeholders_are_not_one_group(blank):
    _, notes = groups_of([f"g{i}" if i % 2 else blank for i in range(60)])
    assert notes == ["30 samples have no value in g: each counts as a group of its own."]


@pytest.fixture(scope="module")
def sounds_and_images():
    data = small_data(36)
    rate = 8000
    time = np.arange(rate // 4) / rate
    tones = np.stack([np.sin(2 * np.pi * 300 * (2**k) * time) for k in range(3)])
    noise = np.random.default_rng(0).normal(0, 0.1, (36, len(time)))
    samples = {"image": data["image"], "audio": (tones[data.labels] + noise).astype(np.float32)}
    return MultimodalData(samples, data.labels, data.class_names, info={"sample_rate": rate})


def test_sounds_have_default_features(sounds_and_images):
    contenders = ["majority", "audio-logistic", "both-logistic"]
    result = compare(sounds_and_images, contenders, cv=2, num_settings=1, workers=0)
    assert [row["failed"] for row in result["contenders"]] == [None] * 3
    assert by_name(result)["audio-logistic"]["metrics"]["accuracy"]["mean"] == 1.0
    corrupted = {curve["modality"] for curve in result["robustness"]["curves"]}
    assert corrupted == {"image"} and result["robustness"]["contenders"] == ["both-logistic"]
    assert any("not measured for audio" in note for note in result["notes"])
    assert not any("Not measured:" in note for note in result["notes"])


def test_duplicates_are_named_by_the_modalities_of_the_data(sounds_and_images):
    result = compare(sounds_and_images, ["majority"], **HERE)
    assert "text" not in result["leaks"]["sentence"]
    assert "image" in result["leaks"]["sentence"]


def test_readers_see_the_names_of_chinese_columns(tmp_path):
    data = small_data(30)
    texts = [text.split(" ", 1)[1] for text in data["text"]]
    samples = {"text_u6807_u9898": texts, "text_u6b63_u6587": texts, "image": data["image"]}
    data = MultimodalData(samples, data.labels, data.class_names)
    names = ["majority", "text_标题-*svm", "text_u6b63_u6587-svm", "both-svm"]
    result = compare(data, names, out=tmp_path, **HERE)
    assert [row["name"] for row in result["contenders"]] == [
        "majority",
        "text_标题-svm",
        "text_正文-svm",
        "both-svm",
    ]
    assert result["data"]["modalities"] == ["text_标题", "text_正文", "image"]
    files = ["report.html", "results.json", "results.csv", "predictions.csv", "table.tex"]
    pages = {name: (tmp_path / name).read_text(encoding="utf-8") for name in files}
    assert "text_正文 alone" in pages["report.html"].replace("Text", "text")
    assert not [name for name, page in pages.items() if "_u6" in page]

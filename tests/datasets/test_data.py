"""MultimodalData: contents, validation, indexing, stratified splits."""

import base64
import re
from dataclasses import FrozenInstanceError, replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from mm_keras.datasets import MultimodalData, load_pairs
from mm_keras.evaluation.metrics import evaluate
from mm_keras.utils.messages import DataWarning


@pytest.fixture
def data():
    """Six samples of three modalities; classes a: 0, 2, 4 and b: 1, 3, 5."""
    return MultimodalData(
        {
            "text": ["t0", "t1", None, "t3", "t4", "t5"],
            "image": np.arange(6 * 4, dtype=np.uint8).reshape(6, 2, 2),
            "audio": [None, "a1.wav", "a2.wav", None, None, None],
        },
        labels=[0, 1, 0, 1, 0, 1],
        class_names=["a", "b"],
        ids=[f"id{i}" for i in range(6)],
        columns={"chapter": [7, 7, 8, 8, 9, 9]},
        info={"name": "six"},
    )


def multi_label(labels):
    labels = np.array(labels)
    return MultimodalData(
        {"text": [str(row) for row in range(len(labels))]},
        labels=labels,
        class_names=range(labels.shape[1]),
    )


def test_contents(data):
    assert (
        len(data) == 6 and data.num_classes == 2 and data.modalities == ("text", "image", "audio")
    )
    assert data["text"][2] is None and data["image"].dtype == np.uint8
    assert (
        data.labels.dtype == np.int64 and data.class_names == ("a", "b") and not data.is_multi_label
    )
    assert repr(data) == "MultimodalData: 6 samples of text, image, audio, 2 classes (a 3, b 3)"


def test_defaults():
    data = MultimodalData({"text": iter(["one", "two"])})
    assert data["text"] == ["one", "two"] and data.ids == ["0", "1"] and data.labels is None
    assert data.class_names == () and dict(data.columns) == dict(data.info) == {}
    assert repr(data) == "MultimodalData: 2 samples of text, no labels"


@pytest.mark.parametrize(
    "index, rows",
    [
        ([4, 1], [4, 1]),
        (np.array([5, 5])[:1], [5]),
        (slice(1, 4), [1, 2, 3]),
        (slice(None, None, -2), [5, 3, 1]),
        (np.arange(6) % 3 == 0, [0, 3]),
        ([True] + [False] * 5, [0]),
        (-1, [5]),
        (np.int64(2), [2]),
        ([], []),
        (np.zeros(6, bool), []),
    ],
)
def test_indexing_keeps_everything_together(data, index, rows):
    part = data[index]
    assert part.ids == [f"id{row}" for row in rows] and part["text"] == [
        data["text"][row] for row in rows
    ]
    np.testing.assert_array_equal(part["image"], data["image"][rows])
    np.testing.assert_array_equal(part.labels, data.labels[rows])
    assert part.columns["chapter"] == [data.columns["chapter"][row] for row in rows]
    assert (
        part.class_names == data.class_names
        and part.info == data.info
        and part.labels.dtype == np.int64
    )


def test_missing_names_and_rows(data):
    with pytest.raises(KeyError, match="No modality 'video'. This data has: text, image, audio."):
        data["video"]
    with pytest.raises(IndexError, match="one value per sample \\(6\\). Received: 2"):
        data[np.array([True, False])]
    with pytest.raises(IndexError):
        data[[6]]
    assert [sample.ids for sample in data] == [[f"id{i}"] for i in range(6)]  # the loop ends


def test_frozen(data):
    with pytest.raises(FrozenInstanceError):
        data.labels = None
    with pytest.raises(TypeError):
        data.samples["text"] = []
    with pytest.raises(TypeError):
        data.columns["chapter"] = []
    other = replace(data, info={"name": "other"})
    assert other.info["name"] == "other" and data.info["name"] == "six"


def test_lists_are_copied(data):
    texts = ["a", "b"]
    data = MultimodalData({"text": texts})
    texts.append("c")
    assert data["text"] == ["a", "b"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"samples": {}}, "At least one modality is needed. Received: none."),
        (
            {"samples": {"text": ["a"], "image": []}},
            "Received: {'text': 1, 'image': 0, 'ids': 1, 'labels': 2}",
        ),
        ({"ids": ["x"]}, "'ids': 1"),
        ({"columns": {"text": ["only one"]}}, "'column text': 1"),
        ({"labels": [0]}, "'labels': 1"),
        (
            {"labels": [0, 2]},
            r"Labels must be in \[0, 2\). Received: 0 to 2; there are 2 class names",
        ),
        ({"labels": [0, -1]}, "Received: -1 to 0"),
        ({"labels": [0.0, 1.0]}, r"Received: float64 \(2,\)"),
        ({"labels": ["a", "b"]}, "Labels must be an integer array"),
        ({"labels": [[[0]], [[1]]]}, r"\(2, 1, 1\)"),
        ({"labels": [[0, 1, 1], [1, 0, 0]]}, "Received: 3 columns, 2 names"),
        ({"labels": [[0, 2], [1, 0]]}, r"Labels must be in \[0, 2\)"),
        ({"ids": ["x", "x"]}, "The ids must be distinct. Received more than once: x."),
        (
            {"class_names": ["a", "a"]},
            "The class names must be distinct. Received more than once: a.",
        ),
    ],
)
def test_invalid_data(arguments, message):
    good = {"samples": {"text": ["a", "b"]}, "labels": [0, 1], "class_names": ["a", "b"]}
    with pytest.raises(ValueError, match=message):
        MultimodalData(**{**good, **arguments})


def test_one_text_is_not_a_sequence_of_texts():
    with pytest.raises(TypeError, match="text samples must be a list. Received: one str"):
        MultimodalData({"text": "hello"})


def test_many_duplicate_ids_are_counted_and_some_named():
    with pytest.raises(ValueError, match="0, 1, 2, 3, 4 and 24995 more"):
        MultimodalData({"text": ["a"] * 50_000}, ids=np.arange(50_000) % 25_000)


def test_split_is_stratified_complete_and_repeatable():
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat([0, 1, 2], [20, 60, 120]))
    data = MultimodalData(
        {"text": [str(i) for i in range(200)]}, labels=labels, class_names=list("xyz")
    )
    train, test = data.split(test_size=0.25, seed=3)
    assert np.bincount(train.labels).tolist() == [15, 45, 90] and np.bincount(
        test.labels
    ).tolist() == [5, 15, 30]
    assert sorted(train.ids + test.ids) == sorted(data.ids)
    assert train["text"] == train.ids != sorted(train.ids, key=int)  # samples stay complete
    assert data.split(0.25, 3)[1].ids == test.ids != data.split(0.25, 4)[1].ids
    assert len(data.split(50)[1]) == 50


def test_split_shuffles_unless_it_should_not():
    data = MultimodalData(
        {"text": [str(i) for i in range(300)]}, np.repeat([0, 1, 2], 100), class_names=list("xyz")
    )
    for part, ordered in zip(data.split(seed=1), data.split(seed=1, shuffle=False)):
        assert ordered.ids == sorted(part.ids, key=int) != part.ids
        last = part.labels[-len(part) // 5 :]  # what validation_split=0.2 takes
        assert np.bincount(last).min() > 1
    assert data.split(seed=1)[0].ids == data.split(seed=1)[0].ids


def test_split_of_multi_label_data():
    rng = np.random.default_rng(0)
    data = multi_label(rng.random((200, 3)) < [0.2, 0.5, 0.7])
    train, test = data.split(0.25, 0)
    assert len(test) == 50 and test.labels.shape == (50, 3) and data.is_multi_label
    np.testing.assert_allclose(test.labels.mean(axis=0), data.labels.mean(axis=0), atol=0.03)
    assert repr(data).startswith("MultimodalData: 200 samples of text, 3 labels (0 ")


@pytest.mark.filterwarnings("ignore:.*exactly one label")
@pytest.mark.parametrize("test_size", [0.1, 0.25, 0.75, 4])
@pytest.mark.parametrize(
    "labels",
    [
        np.eye(12, dtype=int),
        np.eye(12, dtype=int)[[0] * 11 + [1]],
        np.eye(12, dtype=int)[[0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6]],
    ],
)
def test_rare_combinations_of_labels_do_not_stop_a_split(labels, test_size):
    train, test = multi_label(labels).split(test_size)
    assert len(train) + len(test) == 12 and len(train) and len(test)


def test_impossible_splits(data):
    with pytest.raises(ValueError, match="needs labels"):
        replace(data, labels=None).split()
    with pytest.raises(ValueError, match="at least two samples of each class. Received one of: b"):
        data[[0, 1, 2]].split()
    with pytest.raises(
        ValueError, match="Cannot split MultimodalData: 6 samples .* with test_size=1.5"
    ):
        data.split(1.5)
    with pytest.raises(ValueError, match="Cannot split"):
        data[[]].split()


def test_repr_of_many_classes():
    data = MultimodalData(
        {"text": ["a"] * 30}, labels=np.arange(30), class_names=[f"c{k}" for k in range(30)]
    )
    assert repr(data).endswith("c19 1, and 10 more)")


def test_one_hot_rows_are_reported_as_multi_label_targets():
    with pytest.warns(
        DataWarning, match=r"3 samples had exactly one label .* pass labels.argmax\(axis=1\)"
    ):
        data = multi_label([[1, 0], [0, 1], [1, 0]])
    assert data.is_multi_label
    data = multi_label([[1, 0], [0, 1], [1, 1]])  # no warning, nor for a part of it
    assert data[:2].labels.tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize("names", [{"a", "b"}, frozenset("ab"), {"a": 0, "b": 1}, "ab", b"ab"])
def test_class_names_without_an_order_are_refused(names, tmp_path):
    with pytest.raises(TypeError, match="class names must be a list"):
        MultimodalData({"text": ["x", "y"]}, [0, 1], names)
    (tmp_path / "p.csv").write_text("text,label\nx,a\ny,b\n", encoding="utf-8")
    with pytest.raises(TypeError, match="class names must be a list"):
        load_pairs(tmp_path / "p.csv", image=None, class_names=names)
    with pytest.raises(TypeError, match="class names must be a list"):
        evaluate([0, 1], [[0.9, 0.1], [0.6, 0.4]], names)


@pytest.mark.parametrize("values", [{"a", "b"}, {"a": 0, "b": 1}, "ab"])
def test_ids_and_columns_without_an_order_are_refused(values):
    with pytest.raises(TypeError, match="ids must be a list"):
        MultimodalData({"text": ["x", "y"]}, ids=values)
    with pytest.raises(TypeError, match="column 'g' must be a list"):
        MultimodalData({"text": ["x", "y"]}, columns={"g": values})


def test_class_names_that_repeat_are_refused_everywhere(tmp_path):
    (tmp_path / "p.csv").write_text("text,label\nx,a\ny,a\n", encoding="utf-8")
    for make in (
        lambda: MultimodalData({"text": ["x"]}, [0], ["a", "a"]),
        lambda: load_pairs(tmp_path / "p.csv", image=None, class_names=["a", "a "]),
        lambda: evaluate([0, 1], [[0.9, 0.1], [0.6, 0.4]], ["a", "a"]),
    ):
        with pytest.raises(ValueError, match="distinct. Received more than once: a"):
            make()


def test_a_notebook_shows_a_few_samples_with_small_images(data, tmp_path):
    (tmp_path / "no.png").write_text("no image")
    Image.fromarray(np.full((30, 200), 200, np.uint8)).save(tmp_path / "wide.png")
    file = (tmp_path / "wide.png").read_bytes()
    images = [np.full((9, 9), 0.5), str(tmp_path / "no.png"), str(tmp_path / "wide.png"), None]
    shown = MultimodalData(
        {"text": ["<b>bold</b>", None, "c" * 500, "d"], "image": images, "image_2": [file] * 4},
        [[1, 1], [0, 0], [0, 1], [1, 0]],
        ["x & y", "z"],
    )._repr_html_()
    assert shown.startswith("<div><p>MultimodalData: 4 samples of text, image, image_2, 2 labels")
    assert "&lt;b&gt;bold" in shown and "<b>" not in shown and "c" * 200 not in shown
    assert "x &amp; y, z" in shown and "no label" in shown
    assert shown.count("<i>missing</i>") == 2 and shown.count("<i>not readable</i>") == 1
    contents = [base64.b64decode(found) for found in re.findall('base64,([^"]+)', shown)]
    opened = [Image.open(BytesIO(content)) for content in contents]
    assert [image.size for image in opened] == [(9, 9), (64, 10), (64, 10), *[(64, 10)] * 3]
    assert opened[0].getpixel((0, 0)) == (127, 127, 127)
    html = data[0]._repr_html_()  # a single sample, without a sound
    assert html.count("<tr>") == 2 and "<i>missing</i>" in html
    many = MultimodalData({"text": [f"text {k}" for k in range(1000)]})._repr_html_()
    assert re.findall(r"text (\d+)<", many) == ["0", "250", "500", "749", "999"]
    empty = data[:0]._repr_html_()
    assert "0 samples" in empty and empty.count("<tr>") == 1
    for image in ({"path": None}, {"bytes": None, "name": "a.png"}):
        assert "not readable" in MultimodalData({"image": [image]})._repr_html_()

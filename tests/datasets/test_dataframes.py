"""MultimodalData from tables in memory, and back."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

import mm_keras as mm
from mm_keras.datasets import MultimodalData
from mm_keras.image import read_image


def png(value):
    file = BytesIO()
    Image.fromarray(np.full((8, 8), value, np.uint8)).save(file, "png")
    return file.getvalue()


def table_of(library):
    columns = {
        "title": ["Rain", None, "  ", "Goal"],
        "price": [1.5, float("nan"), 3.0, None],
        "color": ["red", None, "blue", "red"],
        "label": ["w", "s", "w", "s"],
        "note": ["a", "b", "c", "d"],
    }
    if library == "dict":
        return columns
    if library == "pyarrow":
        return pytest.importorskip("pyarrow").table(columns)
    module = pytest.importorskip(library)
    if library == "polars":
        return module.DataFrame(columns, strict=False)
    table = module.DataFrame(columns, index=[9, 8, 7, 6])
    table["title"] = table["title"].astype("string")  # pd.NA
    return table


@pytest.mark.parametrize("library", ["dict", "pandas", "polars", "pyarrow"])
def test_missing_cells_of_any_table_are_none(library):
    data = MultimodalData.from_dataframe(
        table_of(library), text="title", numbers=["price"], categories="color"
    )
    assert data.modalities == ("text", "numbers", "categories")
    assert data["text"] == ["Rain", None, None, "Goal"]
    assert data["categories"] == [["red"], [None], ["blue"], ["red"]]
    rows = mm.tabular.Numbers().fit_transform(data["numbers"])
    assert rows.any(axis=1).tolist() == [True, False, True, False]
    assert data.labels.tolist() == [1, 0, 1, 0] and data.class_names == ("s", "w")
    assert data.columns["note"] == ["a", "b", "c", "d"]
    assert data.info["columns"] == {"numbers": ["price"], "categories": ["color"]}


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_there_and_back(library):
    pytest.importorskip(library)
    data = MultimodalData.from_dataframe(table_of(library), text="title", numbers=["price"])
    table = data.to_dataframe(library)
    assert list(table["label"]) == ["w", "s", "w", "s"] and list(table["id"]) == list("0123")
    again = MultimodalData.from_dataframe(table, numbers=["price"], id="id")
    assert again["text"] == data["text"] and again.labels.tolist() == data.labels.tolist()
    np.testing.assert_array_equal(
        np.array(again["numbers"], float), np.array(data["numbers"], float)
    )


def test_no_column_is_lost_on_the_way_back():
    pytest.importorskip("pandas")
    table = {"title": ["a", "b"], "text": ["c", "d"], "label": ["e", "f"], "kind": [0, 1]}
    table |= {"id": ["x", "y"]}
    data = MultimodalData.from_dataframe(table, text="title", label="kind", id="id")
    frame = data.to_dataframe()
    assert list(frame) == ["id", "text", "label", "text_column", "label_column"]
    assert list(frame["text_column"]) == ["c", "d"] and list(frame["text"]) == ["a", "b"]


def test_columns_may_be_numbered():
    table = pytest.importorskip("pandas").DataFrame([[1.0, "a", "x"], [2.0, "b", "y"]])
    data = MultimodalData.from_dataframe(table, text=1, numbers=[0], label=2)
    again = MultimodalData.from_dataframe(table, text=1, numbers=table.columns[:1], label=2)
    assert data["text"] == ["a", "b"] and data["numbers"] == again["numbers"] == [[1.0], [2.0]]
    assert data.labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    "labels, names",
    [
        ([10, 9, 10, 2], ("2", "9", "10")),
        ([True, False, True, True], ("False", "True")),
        ([1.0, 0.0, None, 1.0], ("0", "1")),
        (["b", "a", " b ", "a"], ("a", "b")),
        ([["x", "y"], [], ["y"], None], ("x", "y")),
    ],
)
@pytest.mark.filterwarnings("ignore::mm_keras.DataWarning")
def test_labels_of_any_type_become_class_names(labels, names):
    data = MultimodalData.from_dataframe({"text": list("abcd"), "label": labels})
    assert data.class_names == names
    assert data.is_multi_label == isinstance(labels[0], list)


def test_rows_without_a_label_are_dropped_and_reported():
    with pytest.warns(mm.DataWarning, match="1 sample had no label: row 1"):
        data = MultimodalData.from_dataframe({"text": ["a", "b", "c"], "label": ["x", None, "y"]})
    assert data["text"] == ["a", "c"]


def test_two_tables_share_one_numbering():
    train = MultimodalData.from_dataframe({"text": ["a", "b"], "label": ["x", "y"]})
    test = MultimodalData.from_dataframe(
        {"text": ["c"], "label": ["y"]}, class_names=train.class_names
    )
    assert test.labels.tolist() == [1]
    with pytest.raises(ValueError, match="other classes: z"):
        MultimodalData.from_dataframe({"text": ["c"], "label": ["z"]}, class_names=["x", "y"])


def test_several_columns_of_a_kind_are_modalities_of_their_own():
    table = {"title": ["a"], "body (raw)": ["b"], "front": [png(1)], "back": [png(2)]}
    data = MultimodalData.from_dataframe(
        table, text=["title", "body (raw)"], image=["front", "back"], label=None
    )
    assert data.modalities == ("text_title", "text_body_raw", "image_front", "image_back")


def test_names_of_modalities_fit_networks_whatever_the_columns_are_called():
    table = {"标题": ["雨"], "正文": ["雨天"], "How are you? " * 20: ["well"]}
    data = MultimodalData.from_dataframe(table, text=list(table), label=None)
    assert data.modalities[:2] == ("text_u6807_u9898", "text_u6b63_u6587")
    assert data.modalities[2].startswith("text_How_are_you_How") and len(data.modalities[2]) < 100
    shapes = dict.fromkeys(data.modalities, (3,))
    assert set(mm.fusion.feature_level_model(shapes, 2).input) == set(data.modalities)


def test_images_of_any_kind_are_read():
    image = Image.fromarray(np.full((8, 8), 50, np.uint8))
    cells = [png(50), BytesIO(png(50)), {"bytes": png(50), "path": None}, image, np.asarray(image)]
    data = MultimodalData.from_dataframe({"image": [*cells, None, float("nan")]}, label=None)
    assert data["image"][5:] == [None, None]
    rows = mm.image.Pixels(size=8).fit_transform(data["image"])
    np.testing.assert_array_equal(rows[1:5], rows[[0] * 4])
    assert rows[0].any() and not rows[5:].any()
    for broken in (b"", b"no image", {"bytes": b"GIF89a"}):
        with pytest.raises(ValueError, match="cannot be read as an image"):
            read_image(broken)


def test_vectors_are_lists_arrays_or_text():
    cells = [[0.5, 1], np.array([2.0, 3]), "[4, 5]", "[6. 7.]", "8, 9", None]
    data = MultimodalData.from_dataframe({"embedding": cells}, label=None, vectors="embedding")
    rows = mm.tabular.Vectors().fit_transform(data["vectors"])
    assert rows.tolist() == [[0.5, 1], [2, 3], [4, 5], [6, 7], [8, 9], [0, 0]]
    with pytest.warns(mm.DataWarning, match="1 sample had no vector in the column 'embedding'"):
        MultimodalData.from_dataframe(
            {"embedding": [[1.0], "none"]}, label=None, vectors="embedding"
        )


@pytest.mark.parametrize(
    "options, message",
    [
        (dict(text="titel"), "no column 'titel'.*Did you mean 'title'"),
        (dict(text="title", numbers=["prise"]), "Did you mean 'price'"),
        (dict(label=None), "At least one column of samples"),
        (dict(text="title", label="nothing"), "no column 'nothing'. Received: 'title'"),
    ],
)
def test_missing_columns_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        MultimodalData.from_dataframe(table_of("dict"), **options)

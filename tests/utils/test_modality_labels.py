"""Users see the modality of a column in the script of the column's name."""

import pytest

from mm_keras.datasets.tables import modality_name
from mm_keras.utils.modality_labels import modality_label, with_labels


@pytest.mark.parametrize(
    "column", ["正文", "body", "größe", "标题（新）", "A正b_2", "😀", "unused"]
)
def test_the_label_of_a_modality_has_the_name_of_its_column(column):
    name = modality_name("text", column)
    assert name.isascii() and modality_label(name) == f"text_{column}"


def test_what_is_no_printable_character_stays():
    for name in ("text", "image_ud83d", "text_u0041", "text_U0011ffff"):
        assert modality_label(name) == name


def test_labels_replace_names_in_all_texts_of_a_value():
    names = ["text_u6b63", "text_u6b63_u6587", "image"]
    value = {"text_u6b63_u6587": [("text_u6b63-svm", 1, None)], "path": "a_u6587"}
    assert with_labels(value, names) == {"text_正文": [("text_正-svm", 1, None)], "path": "a_u6587"}
    assert with_labels(value, ["text", "image"]) is value

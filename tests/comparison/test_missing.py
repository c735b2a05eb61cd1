"""Missing data: no gain of fusion by a modality without samples, no group of blank cells."""

import warnings

import numpy as np
import pytest
from PIL import Image
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import FunctionTransformer

from mm_keras import Features, compare
from mm_keras.comparison.contenders import as_contenders
from mm_keras.comparison.missing import is_blank, unusable_modalities
from mm_keras.comparison.report.section_answer import short_answer
from mm_keras.datasets import MultimodalData
from tests.comparison.compare_example import by_name, small_data

HERE = {"workers": 0, "robustness": False, "cv": 3, "num_settings": 1}


def with_modality(name, samples):
    data = small_data()
    return MultimodalData({**data.samples, name: samples}, data.labels, data.class_names)


def unreadable(folder):
    """60 image files: some are not there, some are not images, some are missing."""
    (folder / "text.png").write_text("not an image")
    (folder / "empty.png").touch()
    return [str(folder / "gone.png"), folder / "text.png", str(folder / "empty.png"), None] * 15


EMPTY = {
    "no image": ("image", [None] * 60),
    "images that are nan": ("image", [float("nan")] * 60),
    "no text": ("text", [None] * 60),
    "blank texts": ("text", ["", " ", "\t\n", "\u200b", "\xa0", None] * 10),
    "an object array": ("text", np.array([None, float("nan"), ""] * 20, object)),
}


@pytest.mark.parametrize("case", [*EMPTY, "no image can be read"])
def test_there_is_no_gain_of_fusion_without_a_modality(case, tmp_path):
    name, samples = EMPTY.get(case) or ("image", unreadable(tmp_path))
    data, other = with_modality(name, samples), {"image": "text", "text": "image"}[name]
    names = ["majority", f"{other}-logistic", f"{name}-logistic", "both-svm"]
    mine = {**dict(zip(names, names)), "bayes": GaussianNB()}
    result = run_with_warnings(data, mine)
    failed = {key: row["failed"] for key, row in by_name(result).items() if row["failed"]}
    assert list(failed) == [f"{name}-logistic", "both-svm", "bayes"]
    assert all(f"the data has no {name}: all 60 are missing or" in text for text in failed.values())
    assert result["best"]["fused"] is None and result["best"]["unimodal"] == f"{other}-logistic"
    assert short_answer(result).startswith("No answer: there is no fused contender")
    assert not any("usion" in verdict for verdict in result["verdicts"])


def run_with_warnings(data, contenders, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # unreadable images are also reported one by one
        return compare(data, contenders, **{**HERE, **options})


def test_the_default_contenders_are_those_of_the_other_modality():
    data = with_modality("image", [None] * 60)
    result = compare(data, quick=True, workers=0, cv=2)
    assert [row["name"] for row in result["contenders"]] == ["majority", "text-logistic"]
    assert result["notes"][0] == (
        "Left out: the data has no image: all 60 are missing or not readable."
    )
    nothing = MultimodalData({"text": [None] * 6}, [0, 1] * 3, ["a", "b"])
    with pytest.raises(ValueError, match="the data has no text: all 6 are missing or empty"):
        compare(nothing)


def test_one_readable_image_is_enough_and_own_extractors_read_what_they_want(tmp_path):
    Image.new("RGB", (9, 9)).save(tmp_path / "one.png")
    files = unreadable(tmp_path)
    contenders = as_contenders(["both-svm"], ["text", "image"])
    assert set(unusable_modalities(with_modality("image", files), None, contenders)) == {"image"}
    readable = [*files[:-1], str(tmp_path / "one.png")]
    assert not unusable_modalities(with_modality("image", readable), None, contenders)
    own = {"vector": Features(image=FunctionTransformer(), scale=None)}
    assert not unusable_modalities(with_modality("image", files), own, contenders)
    vectors = with_modality("image", np.zeros((60, 3), np.float32))
    assert not unusable_modalities(vectors, None, contenders)


@pytest.mark.parametrize(
    "value", [None, "", " ", "\t", "\xa0", "\u200b", float("nan"), "nan", "None", "<NA>"]
)
def test_blank_cells_are_no_common_group(value):
    chapters = [f"chapter {i // 6}" for i in range(60)]
    blank = np.random.default_rng(0).permutation(60)[:20]
    for row in blank:
        chapters[row] = value
    data = small_data(chapter=chapters)
    result = compare(data, ["majority"], groups="chapter", **HERE)
    folds = np.array(result["manifest"]["fold_of_sample"][0])
    assert len(set(folds[blank])) == 3  # as one group they would lie in one fold
    others = np.setdiff1d(np.arange(60), blank)
    for chapter in set(np.array(chapters, object)[others]):
        assert len({folds[i] for i in others if chapters[i] == chapter}) == 1
    note = "20 samples have no value in chapter: each counts as a group of its own."
    assert is_blank(value) and note in result["notes"]


def test_an_empty_column_is_no_group_and_blank_cells_do_not_lie_on_both_sides_of_a_split():
    data = small_data(chapter=[""] * 60)
    with pytest.raises(ValueError, match="The column 'chapter' to group by is empty"):
        compare(data, ["majority"], groups="chapter", **HERE)
    split = ["train"] * 40 + ["test"] * 20
    data = small_data(chapter=[f"chapter {i}" if i % 4 else "" for i in range(60)], split=split)
    result = compare(data, ["majority"], groups="chapter", **{**HERE, "cv": "split"})
    assert not any("both sides" in note for note in result["notes"])
    assert any("15 samples have no value in chapter" in note for note in result["notes"])


def test_samples_with_a_blank_cell_still_stay_with_their_duplicates():
    data = small_data(chapter=[f"chapter {i // 6}" if i > 3 else "" for i in range(60)])
    texts = list(data["text"])
    texts[1] = texts[0] = "two samples with exactly the same text of several words"
    data = MultimodalData(
        {"text": texts}, data.labels, data.class_names, columns=dict(data.columns)
    )
    result = compare(data, ["majority"], groups=["chapter", "duplicates"], **HERE)
    folds = result["manifest"]["fold_of_sample"][0]
    assert folds[0] == folds[1]

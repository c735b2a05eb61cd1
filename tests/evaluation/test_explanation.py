"""Explanations of single predictions: exact for linear models on counts, plausible for others."""

import keras
import numpy as np
import pytest

import mm_keras as mm
from mm_keras.evaluation import explain
from mm_keras.evaluation.explanation import _remove_word


@pytest.fixture(scope="module")
def by_hand():
    """Log-odds of the second class: 2 per "rain", -1 per "goal", plus the sum of four pixels."""
    samples = {"text": ["rain goal", "goal"], "image": [np.zeros((2, 2)), np.ones((2, 2))]}
    features = mm.Features(text=mm.text.BagOfWords(), image=mm.image.Pixels(), scale=None).fit(
        samples
    )
    inputs = {"text": keras.Input((2,), name="text"), "image": keras.Input((2, 2, 1), name="image")}
    joined = keras.layers.Concatenate()([inputs["text"], keras.layers.Flatten()(inputs["image"])])
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(joined))
    vocabulary = features.extractors["text"].vocabulary_
    weights = np.zeros((6, 2), np.float32)
    weights[[vocabulary["rain"], vocabulary["goal"]], 1], weights[2:, 1] = (2, -1), 1
    model.set_weights([weights, np.zeros(2)])
    return mm.Classifier(features, model, ["sports", "weather"])


def test_a_linear_model_is_explained_by_its_summands(by_hand):
    image = np.array([[0.5, 0.0], [0.25, 0.25]])  # each pixel has weight 1: 1 in total
    result = explain(by_hand, "Rain, rain and a goal!", image, "weather")
    # words: twice 2 and once -1; of the total 4 - 1 + 1 = 4, 3 are from the text, 1 from the image
    assert result["word_weights"] == pytest.approx(
        {"rain": 4, "and": 0, "a": 0, "goal": -1}, abs=1e-4
    )
    # gray values are stored in 256 steps
    np.testing.assert_allclose(result["cell_weights"], image, atol=1e-2)
    assert result["shares"] == pytest.approx({"text": 3 / 4, "image": 1 / 4}, abs=1e-3)
    assert result["title"] == "weather: 0.98"  # 1 / (1 + exp(-4))


def test_the_other_class_has_the_opposite_weights(by_hand):
    for_one, for_other = (
        explain(by_hand, "rain", np.ones((2, 2)), name) for name in by_hand.class_names
    )
    assert for_one["word_weights"]["rain"] == pytest.approx(-2, abs=1e-3)
    assert for_other["word_weights"]["rain"] == pytest.approx(2, abs=1e-3)
    assert sum(for_one["shares"].values()) == pytest.approx(-1) and sum(
        for_other["shares"].values()
    ) == pytest.approx(1)


def test_a_missing_modality_has_no_weight(by_hand):
    text, image = explain(by_hand, "rain"), explain(by_hand, image=np.ones((2, 2)))
    assert text["cell_weights"] is None and text["shares"] == pytest.approx({"text": 1})
    assert image["word_weights"] == {} and image["shares"] == pytest.approx({"image": 1})
    with pytest.raises(ValueError, match="needs a sample of text or image"):
        explain(by_hand)
    with pytest.raises(ValueError, match="one of sports, weather. Received: 'snow'"):
        explain(by_hand, "rain", class_name="snow")


@pytest.mark.parametrize(
    "word, left",
    [("rain", "and rainy"), ("雨", "rain and rainy rain"), ("and", "rain   rainy rain")],
)
def test_only_whole_words_are_removed(word, left):
    assert _remove_word("rain and rainy rain", word) == left


def test_pairs_of_characters_are_removed_within_a_run():
    assert _remove_word("暴风雨袭击海岸", "风雨") == "暴 袭击海岸"


@pytest.mark.parametrize(
    "image, cells",
    [
        (mm.image.HOG(cells_per_block=(2, 2)), (3, 3)),
        (mm.image.HOG(cells_per_block=(1, 1), feature_vector=False), (4, 4)),
        (mm.image.Pixels(), (16, 16)),
        (mm.image.ColorHistogram(), None),
    ],
)
def test_all_types_of_features_can_be_explained_and_plotted(image, cells):
    data = mm.datasets.make_newsroom(40, seed=0, size=32)
    features = mm.Features(text=mm.text.TFIDF(stem="porter"), image=image).fit(data)
    models = {
        name: mm.fusion.unimodal_model({name: shape}, 6, head="linear")
        for name, shape in features.shapes.items()
    }
    classifier = mm.Classifier(
        features, mm.fusion.decision_level_model(models, "mean"), data.class_names
    )
    result = explain(classifier, data["text"][0], data["image"][0])
    assert (
        result["cell_weights"] is None if cells is None else result["cell_weights"].shape == cells
    )
    assert np.isfinite(list(result["word_weights"].values())).all() and set(result["shares"]) == {
        "text",
        "image",
    }
    figure = mm.plots.joint_explanation(data["image"][0], data["text"][0], **result)
    headings = [axes.get_title(loc="left") or axes.get_title() for axes in figure.axes]
    image = "image" if cells is None else "image cells"
    assert headings == ["words", image, "share of the decision", ""]  # the last one is the scale


def test_color_and_shape_of_an_image_are_explained_side_by_side():
    """Log-odds of the second class: the sum of all HOG features minus twice that of the colors."""
    image = np.zeros((32, 32, 3), np.uint8)
    image[8:, 8:, 0] = 255
    extractors = [mm.image.HOG(cells_per_block=(1, 1)), mm.image.ColorHistogram()]
    features = mm.Features(image=extractors, scale=None).fit({"image": [image]})
    rows = [np.ravel(part.fit_transform([image])) for part in extractors]
    sides = [1.0] * len(rows[0]) + [-2.0] * len(rows[1])
    weights = np.stack([np.zeros(len(sides)), np.array(sides) / 20], axis=1)
    model = mm.fusion.unimodal_model(features.shapes, 2, head="linear")
    model.set_weights([weights, np.zeros(2)])
    result = explain(mm.Classifier(features, model, ["a", "b"]), image=image, class_name="b")
    expected = {"HOG": rows[0].sum() / 20, "ColorHistogram": -2 * rows[1].sum() / 20}
    assert result["part_weights"] == pytest.approx(expected, rel=1e-3)
    assert result["cell_weights"].shape == (4, 4)
    assert result["cell_weights"].sum() == pytest.approx(expected["HOG"], rel=1e-3)

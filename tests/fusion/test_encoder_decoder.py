"""The encoder-decoder: what it is trained with, and that every operator builds and learns."""

import keras
import numpy as np
import pytest

from mm_keras.fusion import OPERATORS, TokenIds, encoder_decoder_model, teacher_forcing
from mm_keras.heads.layout import to_vector
from tests.fusion.test_levels import batch_for

TARGET = TokenIds(4, num_ids=7)
INPUTS = {
    "vectors": {"text": (7,), "image": (12,)},
    "vector and grid": {"text": (7,), "image": (4, 4, 3)},
    "tokens and vector": {"text": TokenIds(5, num_ids=11), "image": (12,)},
    "sound and film": {"audio": (6, 4), "video": (6, 9)},
    "image alone": {"image": (12,)},
    "tokens alone": {"text": TokenIds(5, num_ids=11)},
}


def test_the_words_before_each_word_and_weights_up_to_the_end():
    previous, ids, weights = teacher_forcing([[5, 6, 0, 0], [2, 3, 4, 5]])
    assert previous.tolist() == [[1, 5, 6, 0], [1, 2, 3, 4]]
    assert ids.tolist() == [[5, 6, 0, 0], [2, 3, 4, 5]]
    assert weights.tolist() == [[1, 1, 1, 0], [1, 1, 1, 1]]  # the second one does not end
    assert (previous.dtype, ids.dtype, weights.dtype) == (np.int32, np.int32, np.float32)


def test_unknown_words_and_missing_sentences_are_not_learned():
    previous, _, weights = teacher_forcing(np.array([[5, 1, 6, 0], [0, 0, 0, 0]]))
    assert previous.tolist() == [[1, 5, 1, 6], [1, 0, 0, 0]]
    assert weights.tolist() == [[1, 0, 1, 1], [0, 0, 0, 0]]


@pytest.mark.parametrize(
    "ids, message",
    [
        ([[0, 5, 6]], "padding='post'"),
        ([[5, 0, 6]], "padding='post'"),
        ([5, 6], "Received: int64"),
        ([[0.5, 2.0]], "Received: float64"),
        ([[5, -1]], "negative"),
    ],
)
def test_other_ids_are_refused(ids, message):
    with pytest.raises(ValueError, match=message):
        teacher_forcing(ids)


def test_the_parameters_are_those_of_the_formula():
    model = encoder_decoder_model({"text": (7,), "image": (12,)}, TARGET, width=3, units=2)
    encoders = (7 + 1) * 3 + (12 + 1) * 3
    first_state = (2 * 3 + 1) * 2
    decoder = 7 * 3 + 3 * 2 * (3 + 2 + 2)  # embeddings; Keras' GRU has two biases for each gate
    assert model.count_params() == encoders + first_state + decoder + (2 + 1) * 7
    assert model.get_layer("fused").output.shape == (None, 6)
    assert set(model.input) == {"text", "image", "previous"}


def test_each_word_depends_on_the_sample_and_the_words_before_it():
    model = encoder_decoder_model({"image": (12,)}, TARGET)
    image = batch_for({"image": (12,)}, n=1)["image"]
    first = model({"image": image, "previous": np.array([[1, 2, 3, 4]])}).numpy()[0]
    other_word = model({"image": image, "previous": np.array([[1, 2, 5, 4]])}).numpy()[0]
    other_image = model({"image": -image, "previous": np.array([[1, 2, 3, 4]])}).numpy()[0]
    np.testing.assert_allclose(first.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(first[:2], other_word[:2])
    assert (abs(first[2:] - other_word[2:]).max(axis=1) > 1e-4).all()
    assert (abs(first - other_image).max(axis=1) > 1e-4).all()


@pytest.mark.parametrize("inputs", INPUTS)
@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_builds_or_names_an_alternative(operator, inputs):
    shapes = INPUTS[inputs]
    if operator == "attention" and inputs in ("vectors", "sound and film"):
        with pytest.raises(ValueError, match="encoder-decoder on .*attention.* needs a vector"):
            encoder_decoder_model(shapes, TARGET, operator)
        return
    model = encoder_decoder_model(shapes, TARGET, operator, width=8, units=8)
    arrays = batch_for(shapes) | {"previous": np.ones((6, 4), np.int32)}
    arrays = {name: np.where(np.arange(6) > 0, array.T, 0).T for name, array in arrays.items()}
    assert np.isfinite(model(arrays)).all()  # also of a sample that is missing everywhere


def test_it_learns_the_sentences_of_a_few_samples():
    keras.utils.set_random_seed(0)
    shapes = INPUTS["vector and grid"]
    model = encoder_decoder_model(shapes, TARGET, "attention", width=16, units=16)
    ids = np.array([[2, 3, 0, 0], [3, 0, 0, 0], [4, 5, 6, 0], [6, 5, 4, 3]])
    previous, ids, weights = teacher_forcing(ids)
    arrays = batch_for(shapes, n=4) | {"previous": previous}
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    model.fit(arrays, ids, sample_weight=weights, epochs=40, verbose=0)
    right = model.predict(arrays, verbose=0).argmax(axis=-1) == ids
    assert right[weights > 0].all()


def test_the_order_of_source_tokens_counts_and_padding_does_not():
    model = encoder_decoder_model({"text": TokenIds(5, num_ids=11)}, TARGET)
    ids = np.array([[3, 4, 0, 0, 0], [4, 3, 0, 0, 0], [0, 0, 0, 3, 4]])
    outputs = model({"text": ids, "previous": np.ones((3, 4), np.int32)}).numpy()
    assert abs(outputs[0] - outputs[1]).max() > 1e-4
    np.testing.assert_allclose(outputs[0], outputs[2], atol=1e-6)


def test_an_operator_of_your_own_may_keep_positions():
    def beside(arrays, project=None):
        return keras.layers.Concatenate()([to_vector(array) for array in arrays.values()])

    shapes = INPUTS["vector and grid"]
    model = encoder_decoder_model(shapes, TARGET, beside, width=8)
    assert model.get_layer("fused").output.shape == (None, 16)
    beside.needs_positions = True
    model = encoder_decoder_model(shapes, TARGET, beside, width=8)
    assert model.get_layer("fused").output.shape == (None, 8 + 4 * 4 * 3)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"target": (4,)}, r"TokenIds\(length, num_ids=...\). Received: \(4,\)"),
        ({"shapes": {"previous": (3,)}}, "must not be named previous"),
        ({"operator": "glue"}, "operator must be one of concat, sum"),
        ({"rank": 3}, "Unknown option: rank"),
        ({"shapes": {}}, "Shapes are a dict"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    arguments = {"shapes": INPUTS["vectors"], "target": TARGET, **arguments}
    with pytest.raises(ValueError, match=message):
        encoder_decoder_model(**arguments)

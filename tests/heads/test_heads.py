"""Heads: parameter counts, formulas, layouts, and error messages."""

import keras
import numpy as np
import pytest

from mm_keras.heads import HEADS
from mm_keras.heads.layout import pad_to_minimum, to_sequence, to_square, to_vector

READABLE = {"linear": (5,), "dense": (5,), "cnn": (6, 6, 1), "rnn": (4, 5)}


def model_of(head, shape, num_classes=3, **options):
    tensor = keras.Input(shape)
    return keras.Model(tensor, HEADS[head](tensor, num_classes, **options))


def apply(function, array):
    """A function of Keras tensors, applied to one array."""
    tensor = keras.Input(array.shape[1:])
    return keras.ops.convert_to_numpy(keras.Model(tensor, function(tensor))(array))


@pytest.mark.parametrize("head", HEADS)
def test_softmax_sums_to_one_and_sigmoid_need_not(head):
    x = np.random.default_rng(0).normal(size=(4, *READABLE[head])).astype("float32")
    p = keras.ops.convert_to_numpy(model_of(head, READABLE[head])(x))
    assert p.shape == (4, 3) and p.min() >= 0
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-6)
    model = model_of(head, READABLE[head], multi_label=True)
    assert model.layers[-1].activation is keras.activations.sigmoid


@pytest.mark.parametrize("head", HEADS)
def test_too_few_classes(head):
    with pytest.raises(ValueError, match="num_classes must be at least 2. Received: 1"):
        model_of(head, READABLE[head], num_classes=1)
    assert model_of(head, READABLE[head], num_classes=1, multi_label=True).output_shape == (None, 1)


def test_linear_is_the_articles_formula():
    model = model_of("linear", (2,))
    weights, biases = np.array([[1.0, 0.0, -1.0], [0.0, 2.0, 0.0]]), np.array([0.0, 0.0, 1.0])
    model.set_weights([weights, biases])
    x = np.array([[1.0, 0.5]])
    logits = np.array([1.0, 1.0, 0.0])  # 1*1 + .5*0, 1*0 + .5*2, 1*-1 + .5*0 + 1
    p = keras.ops.convert_to_numpy(model(x))[0]
    np.testing.assert_allclose(p, np.exp(logits) / np.exp(logits).sum(), atol=1e-6)


def test_linear_penalty_is_l2_times_the_sum_of_squares():
    model = model_of("linear", (2,), num_classes=2, l2=0.1)
    model.set_weights([np.array([[1.0, 2.0], [0.0, 1.0]]), np.zeros(2)])
    assert float(model.losses[0]) == pytest.approx(0.6)  # .1 * (1 + 4 + 0 + 1)


def test_linear_head_learns_what_logistic_regression_learns():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2)).astype("float32")
    y = (x[:, 0] + 0.5 * x[:, 1] + 0.5 * rng.normal(size=60) > 0).astype(int)
    keras.utils.set_random_seed(0)
    model = model_of("linear", (2,), num_classes=2, l2=1 / (2 * 60))
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    for _ in range(300):
        model.train_on_batch(x, y)
    w = model.get_weights()[0]
    # The penalty is divided between two columns of weights, so C is doubled.
    oracle = LogisticRegression(C=2.0).fit(x, y)
    np.testing.assert_allclose(w[:, 1] - w[:, 0], oracle.coef_[0], atol=0.02)


def test_the_articles_network():
    model = model_of("cnn", (32, 32, 1), num_classes=6)
    assert model.count_params() == 1_625_350
    layer_names = [type(layer).__name__ for layer in model.layers[1:]]
    assert layer_names == [
        "Conv2D",
        "Conv2D",
        "MaxPooling2D",
        "Dropout",
        "Flatten",
        "Dense",
        "Dropout",
        "Dense",
    ]
    shapes = [layer.output.shape[1:] for layer in model.layers[1:]]
    assert shapes == [
        (30, 30, 32),
        (28, 28, 64),
        (14, 14, 64),
        (14, 14, 64),
        (12_544,),
        (128,),
        (128,),
        (6,),
    ]
    assert [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)] == [
        0.25,
        0.5,
    ]
    assert all(model.layers[i].activation is keras.activations.relu for i in (1, 2, 6))


@pytest.mark.parametrize(
    "shape, flattened",
    [((6, 6, 1), 64), ((3, 5, 2), 64), ((8, 8, 9), 256), ((5,), 64), ((3, 4), 64)],
)
def test_cnn_reads_small_grids_vectors_and_sequences(shape, flattened):
    model = model_of("cnn", shape)
    flat = next(layer for layer in model.layers if isinstance(layer, keras.layers.Flatten))
    assert flat.output.shape == (None, flattened)


def test_cnn_projects_only_long_vectors():
    assert "to_square" not in [layer.name for layer in model_of("cnn", (1024,)).layers]
    assert model_of("cnn", (1025,)).get_layer("to_square").units == 256


def test_dense_counts_its_layers():
    assert (
        model_of("dense", (5,), units=[10, 4]).count_params() == 60 + 44 + 15
    )  # 5*10+10, 10*4+4, 4*3+3
    assert (
        model_of("dense", (2, 3), units=4).count_params() == 28 + 15
    )  # a sequence is flattened: 6*4+4


@pytest.mark.parametrize("cell, count", [("gru", 48), ("lstm", 56)])
def test_rnn_cells(cell, count):
    model = model_of("rnn", (4, 4), cell=cell, units=2)  # 3*2*(4+2+2) and 4*2*(4+2+1)
    assert model.count_params() == count + 9  # and 2*3+3 of the output


def test_rnn_refuses_vectors_and_unknown_cells():
    with pytest.raises(
        ValueError,
        match=r"a vector \(5,\).*HOG\(feature_vector=False\).*Sequence\(\).*head='dense'",
    ):
        model_of("rnn", (5,))
    with pytest.raises(ValueError, match="cell must be one of .*'gru', 'lstm'.*Received: 'elman'"):
        model_of("rnn", (4, 5), cell="elman")


def test_layouts():
    grid = np.arange(12, dtype="float32").reshape(1, 2, 3, 2)
    np.testing.assert_array_equal(apply(to_vector, grid)[0], np.arange(12))
    np.testing.assert_array_equal(
        apply(to_sequence, grid)[0], [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]
    )
    square = apply(to_square, np.array([[1.0, 2, 3, 4, 5]]))
    np.testing.assert_array_equal(square[0, :, :, 0], [[1, 2, 3], [4, 5, 0], [0, 0, 0]])
    padded = apply(lambda x: pad_to_minimum(x, 4), grid)
    assert padded.shape == (1, 4, 4, 2)
    np.testing.assert_array_equal(padded[0, 1:3, :3], grid[0])


@pytest.mark.parametrize("head", HEADS)
def test_a_tensor_of_another_rank_is_refused(head):
    with pytest.raises(ValueError, match=r"Received: \(2, 2, 2, 2\)"):
        model_of(head, (2, 2, 2, 2))

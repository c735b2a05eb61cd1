"""A network of a few kilobytes cannot need gigabytes or hours when it is loaded."""

import keras
import pytest
from keras import layers

import mm_keras as mm
from mm_keras.saving import network
from mm_keras.saving.limits import check_limits
from tests.saving.doctored import change_network

TEXTS = ["storm and rain", "goal and goal", "rain on the coast", "the goal of the match"]


def saved(tmp_path, hidden):
    """A classifier whose network computes `hidden`, a function of (n, words) features."""
    features = mm.Features(text=mm.text.TFIDF()).fit({"text": TEXTS})
    inputs = keras.Input(features.shapes["text"], name="text")
    outputs = layers.Dense(2, "softmax")(hidden(inputs))
    mm.Classifier(features, keras.Model({"text": inputs}, outputs), ["a", "b"]).save(tmp_path / "x")
    return tmp_path / "x"


def repeated(rows, times):
    return layers.RepeatVector(times)(layers.Dense(1)(rows))


def chain(rows):
    rows = repeated(rows, 2**23)
    for _ in range(12):
        rows = layers.Activation("relu")(rows)
    return layers.GlobalMaxPooling1D()(rows)


def recurrent(rows):
    return layers.SimpleRNN(1)(repeated(rows, 2**22))


def in_both_directions(rows):
    return layers.Bidirectional(layers.LSTM(1))(repeated(rows, 2**20))


def attention(rows):
    rows = repeated(rows, 30_000)
    return layers.GlobalMaxPooling1D()(layers.Attention()([rows, rows]))


def multi_head_attention(rows):
    rows = repeated(rows, 2000)
    return layers.GlobalMaxPooling1D()(layers.MultiHeadAttention(16, 1)(rows, rows))


def additive_attention(rows):
    rows = layers.Dense(64)(repeated(rows, 2000))
    return layers.GlobalMaxPooling1D()(layers.AdditiveAttention()([rows, rows]))


def convolution(rows):
    rows = layers.Conv1D(64, 50, padding="same")(layers.Dense(64)(repeated(rows, 2**18)))
    return layers.GlobalMaxPooling1D()(layers.Conv1D(64, 50, padding="same")(rows))


def networks_that_are_called_twice(rows):
    inputs = keras.Input(rows.shape[1:])
    model = keras.Model(inputs, layers.Activation("relu")(inputs))
    for _ in range(18):
        inputs = keras.Input(rows.shape[1:])
        model = keras.Model(inputs, model(model(inputs)))
    return model(rows)


def steps_of_a_network(rows):
    inputs = keras.Input((1,))
    inner = keras.Model(inputs, layers.GlobalMaxPooling1D()(repeated(inputs, 2**16)))
    return layers.GlobalMaxPooling1D()(layers.TimeDistributed(inner)(repeated(rows, 2**12)))


def shared(rows):
    layer = layers.Attention()
    small, large = layers.RepeatVector(2), layers.RepeatVector(30_000)
    first, second = (layers.GlobalMaxPooling1D()(layer([x, x])) for x in (small(rows), large(rows)))
    return layers.Add()([first, second])


@pytest.mark.parametrize(
    "hidden",
    [
        shared,
        networks_that_are_called_twice,
        chain,
        recurrent,
        in_both_directions,
        attention,
        multi_head_attention,
        additive_attention,
        convolution,
        steps_of_a_network,
    ],
)
def test_networks_that_need_too_much_for_one_sample_are_refused(tmp_path, hidden):
    folder = saved(tmp_path, hidden)
    with pytest.raises(ValueError, match="too many|outputs of shape"):
        network.load_network(folder / "model.keras")


def test_ordinary_large_networks_are_within_the_limits():
    images = keras.Input((224, 224, 3))
    rows = images
    for filters, times in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):  # VGG16
        for _ in range(times):
            rows = layers.Conv2D(filters, 3, padding="same", activation="relu")(rows)
        rows = layers.MaxPooling2D()(rows)
    with keras.StatelessScope(initialize_variables=False):
        rows = layers.Dense(4096)(layers.Flatten()(rows))
    check_limits(keras.Model(images, layers.Dense(2)(rows)))
    words = keras.Input((1000,), dtype="int32")
    rows = layers.Embedding(50_000, 300)(words)
    rows = layers.Bidirectional(layers.LSTM(256, return_sequences=True))(rows)
    rows = layers.MultiHeadAttention(8, 64)(rows, rows)
    pooled = layers.GlobalMaxPooling1D()(rows)
    check_limits(keras.Model(words, pooled))
    query, keys = keras.Input((1, 8)), keras.Input((10_000, 8))
    check_limits(keras.Model([query, keys], layers.MultiHeadAttention(4, 8)(query, keys)))


@pytest.mark.parametrize(
    "name, settings",
    [
        ("Tile", {"repeats": [4 * 10**9]}),
        ("Repeat", {"repeats": 4 * 10**9, "axis": None}),
        ("Pad", {"pad_width": [[0, 4 * 10**9]], "mode": "constant"}),
    ],
)
@pytest.mark.parametrize("as_list", [False, True])
def test_operations_of_constants_are_refused(tmp_path, name, settings, as_list):
    folder = saved(tmp_path, lambda rows: rows)
    value = {"class_name": "__tensor__", "config": {"dtype": "float32", "value": [1.0]}}
    node = {"args": [[value] if as_list else value], "kwargs": {}}
    operation = {
        "module": "keras.src.ops.numpy",
        "class_name": name,
        "registered_name": name,
        "name": "new",
        "config": {"name": "new", **settings},
        "inbound_nodes": [node],
    }
    change_network(folder, lambda config: config["config"]["layers"].append(operation))
    with pytest.raises(ValueError, match="operation without an input"):
        mm.Classifier.load(folder)

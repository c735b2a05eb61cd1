"""Every operator x head at data and feature level builds and learns, or names an alternative."""

from itertools import product

import keras
import numpy as np
import pytest

from mm_keras.fusion import (
    TokenIds,
    cells,
    data_level_model,
    decision_level_model,
    feature_level_model,
    unimodal_model,
)
from mm_keras.fusion.build import build
from mm_keras.fusion.inputs import head_reads, operator_reads
from mm_keras.fusion.layers import MissingModalityEmbedding, ModalityDropout
from mm_keras.fusion.registry import LEVELS, OPERATORS
from mm_keras.heads import HEADS

INPUTS = {
    "data": {"planes": {"text": (2, 6, 1), "image": (6, 6, 1)}},
    "feature": {
        "vectors": {"text": (7,), "image": (12,)},
        "vector and grid": {"text": (7,), "image": (4, 4, 3)},
        "tokens and vector": {"text": TokenIds(5, num_ids=11), "image": (12,)},
        "tokens and grid": {"text": TokenIds(5, num_ids=11), "image": (4, 4, 3)},
    },
}


def choices(level):
    return list(product(LEVELS[level], HEADS))


TRAINED = [("data", "planes", *choice) for choice in choices("data")]
TRAINED += [
    ("feature", "vectors", operator, head) for operator, head in choices("feature") if head != "cnn"
]
TRAINED += [
    ("feature", "vector and grid", operator, head)
    for operator, head in choices("feature")
    if head in ("cnn", "rnn") or operator in ("film", "attention")
]  # the others flatten the grid first
TRAINED += [("feature", "vectors", "concat", "cnn")]


def batch_for(shapes, n=6, seed=0):
    """Random arrays of these shapes; token ids are padded at the end."""
    rng = np.random.default_rng(seed)
    arrays = {
        name: rng.normal(size=(n, *shape)).astype("float32") for name, shape in shapes.items()
    }
    for name, shape in shapes.items():
        if hasattr(shape, "num_ids"):
            ids = rng.integers(1, shape.num_ids, (n, *shape))
            arrays[name] = np.where(
                np.arange(shape[0]) < rng.integers(1, shape[0] + 1, (n, 1)), ids, 0
            ).astype("int32")
    return arrays


def predict(model, batch):
    return keras.ops.convert_to_numpy(model(batch))


def log_loss(probabilities, labels):
    return -np.log(probabilities[np.arange(len(labels)), labels]).mean()


@pytest.mark.parametrize("level, inputs, operator, head", TRAINED)
def test_cell_learns_and_reloads_or_names_an_alternative(level, inputs, operator, head, tmp_path):
    shapes, labels = INPUTS[level][inputs], np.array([0, 1, 2, 0, 1, 2])
    keras.utils.set_random_seed(0)
    try:
        model = build(level, shapes, 3, operator, head)
    except ValueError as error:
        assert f"operator={operator!r} with head={head!r}" in str(error)
        assert "Received" in str(error) and "Use " in str(error)
        return
    batch = batch_for(shapes)
    before = predict(model, batch)
    np.testing.assert_allclose(before.sum(axis=1), 1, atol=1e-5)
    model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy", run_eagerly=True)
    dropouts = [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    for layer in dropouts:
        layer.rate = 0
    model.train_on_batch(batch, labels)
    assert log_loss(predict(model, batch), labels) < log_loss(before, labels)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(predict(again, batch), predict(model, batch))


@pytest.mark.parametrize("inputs", ["tokens and vector", "tokens and grid"])
def test_cells_with_token_ids_predict(inputs):
    shapes = INPUTS["feature"][inputs]
    batch = batch_for(shapes)
    batch["text"][0] = 0  # a missing text
    for operator, head in choices("feature"):
        if head in ("linear", "dense") and operator not in ("concat", "attention"):
            continue  # for these heads the tokens are averaged: one operator suffices
        if (operator, head) == ("attention", "rnn"):
            with pytest.raises(ValueError, match="Received: a vector"):
                feature_level_model(shapes, 3, operator, head)
        else:
            p = predict(feature_level_model(shapes, 3, operator, head), batch)
            assert np.isfinite(p).all(), (operator, head)
            np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)


def test_the_table_of_cells_shows_what_builds():
    inputs = {"data": INPUTS["data"], "feature": {"vectors": INPUTS["feature"]["vectors"]}}
    table = cells(["data", "feature"], inputs, num_classes=3)
    refused = {(cell["operator"], cell["head"]) for cell in table if not cell["builds"]}
    no_steps = {(operator, "rnn") for operator, _ in choices("feature") if operator != "outer"}
    no_positions = {("attention", head) for head in HEADS}
    assert refused == no_steps | no_positions
    assert all(
        cell["reason"] if not cell["builds"] else cell["parameters"] > 0 and cell["fused"]
        for cell in table
    )
    assert len(table) == 2 * len(HEADS) + 10 * len(HEADS)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("shape", [(7,), (5, 3), (4, 4, 3), TokenIds(5, num_ids=11)])
def test_unimodal(head, shape):
    if head == "rnn" and shape == (7,):
        with pytest.raises(ValueError, match=r"head='rnn' on image \(7,\)"):
            unimodal_model({"image": shape}, 3, head)
        return
    model = unimodal_model({"image": shape}, 3, head)
    p = predict(model, batch_for({"image": shape}))
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("head", ["rnn", "cnn", "dense", "linear"])
def test_padding_changes_nothing_for_averaged_and_read_tokens(head):
    short = unimodal_model({"text": TokenIds(6, num_ids=9)}, 3, head)
    ids = np.array([[3, 4, 8, 0, 0, 0], [5, 0, 0, 0, 0, 0]], dtype="int32")
    if head == "cnn":
        # Windows at the end see the zeros of the padding, but not the embedding of id 0.
        short.get_layer("text_embedding").set_weights(
            [np.vstack([np.full((1, 64), 9.0), np.ones((8, 64))])]
        )
        changed = predict(short, {"text": ids})
        short.get_layer("text_embedding").set_weights(
            [np.vstack([np.full((1, 64), -9.0), np.ones((8, 64))])]
        )
        np.testing.assert_array_equal(predict(short, {"text": ids}), changed)
        return
    long = unimodal_model({"text": TokenIds(8, num_ids=9)}, 3, head)
    long.set_weights(short.get_weights())
    padded = np.pad(ids, ((0, 0), (0, 2)))
    np.testing.assert_allclose(
        predict(long, {"text": padded}), predict(short, {"text": ids}), atol=1e-6
    )


def test_rnn_on_tokens_still_sees_the_image_when_the_text_is_missing():
    model = feature_level_model(INPUTS["feature"]["tokens and vector"], 3, "concat", "rnn")
    batch = batch_for(INPUTS["feature"]["tokens and vector"])
    batch["text"][:] = 0
    p = predict(model, batch)
    assert np.abs(p[0] - p[1]).max() > 1e-4


def test_data_level_canvas():
    plane, pixels = np.arange(12.0).reshape(1, 2, 6, 1), 100 + np.arange(36.0).reshape(1, 6, 6, 1)
    batch = {"text": plane, "image": pixels}
    shapes = {name: array.shape[1:] for name, array in batch.items()}

    def canvas(operator, head):
        model = data_level_model(shapes, 3, operator, head)
        return predict(keras.Model(model.input, model.get_layer("fused").output), batch)[0]

    image_on_top = np.concatenate([pixels, plane], axis=1)[0]
    np.testing.assert_array_equal(canvas("concat", "cnn"), image_on_top)
    rows = canvas("concat", "rnn")
    np.testing.assert_array_equal(rows[:, 2:], image_on_top[:, :, 0])
    np.testing.assert_array_equal(rows[:, :2], [[1, 0]] * 6 + [[0, 1]] * 2)
    stretched = np.repeat(plane, 3, axis=1)  # two rows become six
    np.testing.assert_array_equal(canvas("product", "cnn"), (pixels * (1 + stretched))[0])
    np.testing.assert_array_equal(
        canvas("concat", "linear"), np.concatenate([pixels.ravel(), plane.ravel()])
    )


def test_data_level_gray_is_zero_for_heads_that_see_a_canvas():
    shapes, tensors = {"text": (2, 6, 1), "image": (6, 6, 1)}, []

    def head(tensor, num_classes, multi_label):
        tensors.append(tensor)
        return HEADS["cnn"](tensor, num_classes, multi_label)

    model = data_level_model(shapes, 3, "concat", head)
    batch = {name: np.full((1, *shape), 0.2, "float32") for name, shape in shapes.items()}
    np.testing.assert_allclose(
        predict(keras.Model(model.input, tensors[0]), batch), -1.2, atol=1e-6
    )  # 4 * (0.2 - 1/2)
    layer_names = {
        name: [type(layer).__name__ for layer in data_level_model(shapes, 3, "concat", name).layers]
        for name in HEADS
    }
    rescaled = {name for name, layers in layer_names.items() if "Rescaling" in layers}
    assert rescaled == {"cnn", "rnn"}  # the others read rows of any values


def test_data_level_of_three_planes():
    rng = np.random.default_rng(0)
    batch = {
        "text": rng.random((2, 2, 6, 1)),
        "image": rng.random((2, 6, 6, 1)),
        "audio": rng.random((2, 3, 6, 1)),
    }
    shapes = {name: array.shape[1:] for name, array in batch.items()}
    t, v, a = batch.values()
    for operator, expected in {
        "concat": np.concatenate([v, t, a], axis=1),
        "product": v * (1 + np.repeat(t, 3, axis=1)) * (1 + np.repeat(a, 2, axis=1)),
    }.items():
        model = data_level_model(shapes, 3, operator, "cnn")
        canvas = predict(keras.Model(model.input, model.get_layer("fused").output), batch)
        np.testing.assert_allclose(canvas, expected, rtol=1e-6)
    rows = data_level_model(shapes, 3, "concat", "rnn").get_layer("fused").output
    assert rows.shape == (None, 6 + 2 + 3, 3 + 6)  # three flags in front of each row


def test_data_level_color_and_errors():
    gray_text = data_level_model({"text": (2, 6, 1), "image": (6, 6, 3)}, 3)
    assert gray_text.get_layer("fused").output.shape == (None, 8, 6, 3)
    narrow = {"text": (2, 5, 1), "image": (6, 6, 1)}
    with pytest.raises(
        ValueError, match=r"image's width. Received columns: .*'image': 6, 'text': 5.*'product'"
    ):
        data_level_model(narrow, 3)
    assert data_level_model(narrow, 3, head="linear").get_layer("fused").output.shape == (None, 46)
    with pytest.raises(ValueError, match=r"planes .*Received: text \(7,\). Use TextPlane\(\)"):
        data_level_model({"text": (7,), "image": (6, 6, 1)}, 3)
    with pytest.raises(ValueError, match=r"text \(5,\) token ids, image .*TextPlane\(\) for text"):
        data_level_model({"text": TokenIds(5, 11), "image": (6, 6, 1)}, 3)
    with pytest.raises(ValueError, match="concat, product. Received: 'gated'.*feature_level_model"):
        data_level_model({"text": (2, 6, 1), "image": (6, 6, 1)}, 3, operator="gated")


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"operator": "glue"}, "operator must be one of concat, sum, .*Received: 'glue'"),
        ({"head": "svm"}, "head must be one of linear, dense, cnn, rnn. Received: 'svm'"),
        ({"depth": 3}, "Unknown option: depth. .*concat takes none; cnn_head takes none"),
        (
            {"shapes": {"text": (7,)}},
            r"two or more modalities. Received: text \(7,\). Use unimodal_model",
        ),
        ({"shapes": {"text": (7,), "image": (None, 3)}}, r"Received: image \(None, 3\)"),
        ({"shapes": [(7,)]}, "Shapes are a dict"),
        ({"modality_dropout": 1.0}, r"in \[0, 1\). Received: 1.0"),
        ({"num_classes": 1}, "num_classes must be at least 2. Received: 1"),
    ],
)
def test_errors_list_the_valid_choices(wrong, message):
    with pytest.raises(ValueError, match=message):
        feature_level_model(**{"shapes": INPUTS["feature"]["vectors"], "num_classes": 3, **wrong})


def test_unimodal_takes_one_modality():
    with pytest.raises(ValueError, match="one modality. Received: text.*image"):
        unimodal_model(INPUTS["feature"]["vectors"], 3)


def test_options_reach_the_operator_and_the_head():
    model = feature_level_model(
        INPUTS["feature"]["vectors"], 3, "bilinear", "dense", project=8, rank=2, units=5
    )
    assert model.get_layer("text_factors").units == 16
    assert model.get_layer("probabilities").kernel.shape == (5, 3)


def test_custom_operators_are_accepted():
    difference = lambda arrays, project=None: keras.layers.Subtract()(list(arrays.values()))
    model = feature_level_model({"text": (3,), "image": (3,)}, 2, difference, "linear")
    assert model.get_layer("fused").output.shape == (None, 3)


def test_inputs_are_keyed_by_modality():
    model = feature_level_model(INPUTS["feature"]["tokens and grid"], 3)
    assert {name: (tensor.shape[1:], tensor.dtype) for name, tensor in model.input.items()} == {
        "text": ((5,), "int32"),
        "image": ((4, 4, 3), "float32"),
    }
    assert not getattr(model, "compiled", False)
    tags = feature_level_model(INPUTS["feature"]["vectors"], 3, multi_label=True)
    assert tags.layers[-1].activation is keras.activations.sigmoid


def test_modality_dropout_drops_whole_rows_but_never_all():
    keras.utils.set_random_seed(0)
    layer = ModalityDropout(0.6)
    arrays = [
        np.ones((1000, 3), "float32"),
        np.ones((1000, 2, 2), "float32"),
        np.ones((1000, 4), "int32"),
    ]
    dropped = [
        keras.ops.convert_to_numpy(array).reshape(1000, -1)
        for array in layer(arrays, training=True)
    ]
    present = np.stack([array.any(axis=1) for array in dropped])
    assert all(
        (array.min(axis=1) == array.max(axis=1)).all() and set(np.unique(array)) == {0, 1}
        for array in dropped
    )
    assert present.any(axis=0).all()
    # All three are dropped with probability .6^3; then one of the three is kept.
    fraction = 1 - (0.6 - 0.6**3 / 3)
    np.testing.assert_allclose(present.mean(axis=1), fraction, atol=0.05)
    assert [array.dtype for array in dropped] == ["float32", "float32", "int32"]
    for given, unchanged in zip(arrays, layer(arrays, training=False)):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(unchanged), given)


def test_modality_dropout_keeps_the_only_modality_that_is_present():
    keras.utils.set_random_seed(0)
    text, image = ModalityDropout(0.9)(
        [np.ones((200, 2), "float32"), np.zeros((200, 2), "float32")], training=True
    )
    assert keras.ops.convert_to_numpy(text).all()


def test_fallback_replaces_all_zero_rows():
    layer = MissingModalityEmbedding()
    layer.build((None, 2))
    layer.set_weights([np.array([5.0, 6.0])])
    filled = keras.ops.convert_to_numpy(layer(np.array([[0.0, 1.0], [0.0, 0.0]])))
    np.testing.assert_array_equal(filled, [[0, 1], [5, 6]])


@pytest.mark.parametrize("inputs", INPUTS["feature"])
def test_models_with_modality_dropout_train_and_reload(inputs, tmp_path):
    shapes = INPUTS["feature"][inputs]
    keras.utils.set_random_seed(0)
    model = feature_level_model(shapes, 3, "concat", "dense", modality_dropout=0.5)
    model.compile("adam", "sparse_categorical_crossentropy", run_eagerly=True)
    batch = batch_for(shapes)
    batch["image"][:2] = 0
    for _ in range(3):
        model.train_on_batch(batch, np.array([0, 1, 2, 0, 1, 2]))
    assert np.abs(model.get_layer("image_fallback").get_weights()[0]).max() > 0  # it is trained
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(predict(again, batch), predict(model, batch))


@pytest.mark.parametrize("seed", [0, 1])
def test_product_sees_whether_text_and_image_match(seed):
    """y is whether two codes agree: each alone is uninformative, and so is every sum of them."""
    rng = np.random.default_rng(seed)
    labels, code = rng.integers(0, 2, 900), rng.integers(0, 4, 900)
    other = np.where(labels == 1, code, (code + rng.integers(1, 4, 900)) % 4)
    batch = {
        name: (np.eye(4)[k] + 0.1 * rng.normal(size=(900, 4))).astype("float32")
        for name, k in (("text", code), ("image", other))
    }
    train, test = {k: v[:600] for k, v in batch.items()}, {k: v[600:] for k, v in batch.items()}

    def accuracy(operator):
        keras.utils.set_random_seed(seed)
        model = feature_level_model({"text": (4,), "image": (4,)}, 2, operator, "linear")
        model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
        model.fit(train, labels[:600], epochs=15, batch_size=100, verbose=0)
        return (predict(model, test).argmax(axis=1) == labels[600:]).mean()

    assert accuracy("concat") < 0.65
    assert accuracy("product") > 0.85
    assert accuracy("outer") > 0.85


@pytest.mark.parametrize("name", ["left ear", "left/ear", "声音", "a:b", "-x", "fused"])
def test_names_that_are_invalid_for_layers_are_refused_at_every_level(name):
    shapes = {"image": (6, 6, 1), name: (2, 6, 1)}
    softmax = keras.Sequential([keras.Input((2,)), keras.layers.Softmax()])
    for make in (
        lambda: unimodal_model({name: (3,)}, 2, head="linear"),
        lambda: feature_level_model(shapes, 2),
        lambda: data_level_model(shapes, 2),
        lambda: decision_level_model({"image": softmax, name: softmax}),
    ):
        with pytest.raises(ValueError, match=f"named after its modalities.*Received: {name!r}"):
            make()


GRID = {"text": (30,), "image": (8, 8, 9)}


@pytest.mark.parametrize("name", HEADS)
def test_a_function_that_calls_a_head_builds_what_the_head_builds(name):
    def custom_head(tensor, num_classes, multi_label=False):
        return HEADS[name](tensor, num_classes, multi_label)

    def same(build, **options):
        builtin, custom = built_twice(lambda head: build(head=head, **options), name, custom_head)
        assert [array.shape for array in builtin] == [array.shape for array in custom]
        assert all((a == b).all() for a, b in zip(builtin, custom))

    for operator in ("concat", "product", "outer"):
        same(feature_level_model, shapes=GRID, num_classes=3, operator=operator)
    same(feature_level_model, shapes={"text": TokenIds(5, 11), "image": (8, 8, 9)}, num_classes=3)
    same(unimodal_model, shapes={"image": (8, 8, 9)}, num_classes=3)
    same(data_level_model, shapes={"text": (6, 8, 1), "image": (8, 8, 1)}, num_classes=3)


@pytest.mark.parametrize("head", ["linear", "cnn"])
@pytest.mark.parametrize("name", OPERATORS)
def test_a_function_that_calls_an_operator_builds_what_the_operator_builds(name, head):
    def custom_operator(arrays, project=None):
        return OPERATORS[name](arrays, project)

    for shapes in (GRID, {"text": TokenIds(5, 11), "image": (9,)}):
        builtin, custom = built_twice(
            lambda operator, shapes=shapes: feature_level_model(shapes, 3, operator, head),
            name,
            custom_operator,
        )
        assert [array.shape for array in builtin] == [array.shape for array in custom]
        assert all((a == b).all() for a, b in zip(builtin, custom))


def built_twice(build, name, function):
    """Initial weights, from one seed, of the models with a built-in and a custom function."""
    for choice in (name, function):
        keras.utils.set_random_seed(0)
        yield build(choice).get_weights()


def test_declared_layouts_equal_the_layouts_that_are_requested():
    for function, reads in (
        *(
            (head, head_reads(lambda *arguments, head=head: head(*arguments), 3))
            for head in HEADS.values()
        ),
        *(
            (
                operator,
                operator_reads(lambda *arguments, operator=operator: operator(*arguments), GRID),
            )
            for operator in OPERATORS.values()
        ),
    ):
        expected = (reads, "positions" if reads is None else reads)
        assert getattr(function, "reads", None) in expected, function


def test_a_custom_head_without_a_declared_layout_reads_positions():
    model = feature_level_model(
        GRID,
        3,
        head=lambda tensor, num_classes, multi_label=False: keras.layers.Dense(num_classes)(
            keras.layers.GlobalAveragePooling2D()(tensor)
        ),
    )
    assert model.get_layer("fused").output.shape == (None, 8, 8, 39)
